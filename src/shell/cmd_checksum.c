/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command checksum: digests of the server's files, and of ours. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "ftp/digest.h"
#include "shell/cmd_all.h"
#include "shell/glob.h"
#include "shell/names.h"
#include "shell/run.h"
#include "shell/view.h"

enum { CHUNK = 64 * 1024 };

struct checksum {
	struct run *run;
	bool chosen;		/* -a */
	enum hash_alg alg;
	bool fetch;		/* -d: computed here, over the data */
	bool compare;		/* -c: with the local file of that name */
};

/* "SHA256", "sha-256", "md5"; 0 or -1. */
static int
find_algorithm(const char *text, enum hash_alg *alg)
{
	static const struct {
		const char *name;
		enum hash_alg alg;
	} names[] = {
		{ "sha256", HASH_SHA256 }, { "sha512", HASH_SHA512 },
		{ "sha1", HASH_SHA1 }, { "md5", HASH_MD5 },
		{ "crc32", HASH_CRC32 },
	};
	size_t i;

	if (hash_by_name(text, alg) == 0)
		return 0;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcasecmp(text, names[i].name) == 0) {
			*alg = names[i].alg;
			return 0;
		}
	}
	return -1;
}

static int
check_checksum(struct run *run, const struct args *a, struct err *err)
{
	enum hash_alg alg;

	(void)run;
	if (args_value(a, 'a') != NULL &&
	    find_algorithm(args_value(a, 'a'), &alg) != 0)
		return err_set(err, ERR_USAGE, "checksum: -a: none of sha256, "
		    "sha512, sha1, md5, crc32");
	return 0;
}

/* As sha256sum --tag has it: "SHA256 (name) = ...", for its -c. */
static void
print_digest(struct checksum *c, enum hash_alg alg, const char *name,
    const char *hex)
{
	const char *s;

	for (s = hash_name(alg); *s != '\0'; s++) {
		if (*s != '-')
			putc(*s, c->run->out);
	}
	fputs(" (", c->run->out);
	run_print_name(c->run, name);
	fprintf(c->run->out, ") = %s\n", hex);
}

/* A FIFO would be waited for, and its data be taken from others. */
static int
open_regular(const struct checksum *c, const char *name, struct err *err)
{
	int fd = openat(c->run->dir->fd, name,
	    O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1)
		err_sys(err, ERR_LOCAL, "%s: cannot read", name);
	else if (S_ISREG(st.st_mode))
		return fd;
	else
		err_set(err, ERR_LOCAL, "%s: cannot read: no regular file",
		    name);
	if (fd != -1)
		close(fd);
	return -1;
}

/* A file of this machine, below lcd's directory. */
static int
local_digest(struct checksum *c, const char *name, enum hash_alg alg,
    char hex[HASH_HEX_MAX], struct err *err)
{
	struct hash *h;
	char *chunk;
	ssize_t n;
	int fd;

	if ((fd = open_regular(c, name, err)) == -1)
		return -1;
	h = hash_new(alg);
	chunk = xmalloc(CHUNK);
	while ((n = read(fd, chunk, CHUNK)) > 0 &&
	    cancel_reason(c->run->cancel) == CANCEL_NONE)
		hash_update(h, chunk, (size_t)n);
	if (n < 0)
		err_sys(err, ERR_LOCAL, "%s: cannot read", name);
	else if (n > 0)
		cancel_error(c->run->cancel, err);
	free(chunk);
	close(fd);
	hash_finish(h, hex);
	return n == 0 ? 0 : -1;
}

static int
take_data(void *ctx, const char *data, size_t n, struct err *err)
{
	(void)err;
	hash_update(ctx, data, n);
	return 0;
}

/* Of what the server sends. */
static int
fetched_digest(struct checksum *c, const char *path, enum hash_alg alg,
    char hex[HASH_HEX_MAX], struct err *err)
{
	struct hash *h = hash_new(alg);
	int rc;

	rc = view_file(c->run->session, path, 0, take_data, h, err);
	hash_finish(h, hex);
	return rc;
}

/* By the server, or over its data: what was chosen, else the best it has. */
static int
remote_digest(struct checksum *c, const struct glob_name *name,
    enum hash_alg *alg, char hex[HASH_HEX_MAX], struct err *err)
{
	int rc;

	*alg = c->alg;
	if (c->fetch) {
		if (fetched_digest(c, name->path, *alg, hex, err) == 0)
			return 0;
		return names_refused(c->run, REFUSAL_READ, name, err);
	}
	rc = c->chosen ?
	    digest_ask_by(c->run->session, name->path, *alg, hex, err) :
	    digest_ask(c->run->session, name->path, alg, hex, err);
	if (rc != 0)
		return rc > 0 ? 0 : -1;
	if (!digest_offered(c->run->session))
		return err_set(err, ERR_REFUSED, "the server computes no "
		    "digests (no HASH, XSHA256 or the like); with -d it is "
		    "fetched, and computed here");
	return err_set(err, ERR_REFUSED, "the server tells no %s of it; with "
	    "-d it is fetched, and computed here",
	    c->chosen ? hash_name(*alg) : "digest");
}

static int
compare_sides(struct checksum *c, const char *path, enum hash_alg alg,
    const char *hex, struct err *err)
{
	const char *local = path_base(path);
	char own[HASH_HEX_MAX];

	if (local_digest(c, local, alg, own, err) != 0)
		return -1;
	if (strcmp(own, hex) != 0)
		return err_set(err, ERR_VERIFY, "differs from the local file "
		    "(%s %s, here %s)", hash_name(alg), hex, own);
	run_print_name(c->run, path);
	fputs(": the same\n", c->run->out);
	return 0;
}

static int
checksum_one(struct run *run, const struct glob_name *name, void *ctx,
    struct err *err)
{
	struct checksum *c = ctx;
	char hex[HASH_HEX_MAX];
	enum hash_alg alg;

	(void)run;
	if (remote_digest(c, name, &alg, hex, err) != 0)
		return -1;
	if (c->compare)
		return compare_sides(c, name->path, alg, hex, err);
	print_digest(c, alg, name->path, hex);
	return 0;
}

static int
run_local(struct checksum *c, const struct args *a, struct err *err)
{
	struct strvec names = STRVEC_INIT;
	char hex[HASH_HEX_MAX];
	size_t i;

	for (i = 0; i < a->n; i++) {
		if (glob_local(c->run, &a->word[i], &names, err) != 0)
			run_failed(c->run, a->word[i].text, err);
		err_clear(err);
	}
	for (i = 0; i < names.n; i++) {
		if (local_digest(c, names.v[i], c->alg, hex, err) == 0)
			print_digest(c, c->alg, names.v[i], hex);
		else if (run_failed(c->run, names.v[i], err))
			break;
		err_clear(err);
	}
	strvec_release(&names);
	return run_result(c->run, err);
}

static int
run_checksum(struct run *run, const struct args *a, struct err *err)
{
	struct checksum c = {
		.run = run, .alg = HASH_SHA256, .fetch = args_has(a, 'd'),
		.compare = args_has(a, 'c'),
	};

	if (args_value(a, 'a') != NULL)
		c.chosen = find_algorithm(args_value(a, 'a'), &c.alg) == 0;
	if (args_has(a, 'l'))
		return run_local(&c, a, err);
	return names_each(run, a, checksum_one, &c, err);
}

static const struct cmd_option checksum_options[] = {
	{ 'a', "algorithm", ARG_TEXT, "ALG",
	    "sha256, sha512, sha1, md5, crc32; else the server's best" },
	{ 'c', "compare", ARG_NONE, NULL,
	    "with the local files of the same names" },
	{ 'd', "download", ARG_NONE, NULL,
	    "fetch the files and compute it here" },
	{ 'l', "local", ARG_NONE, NULL, "of local files" },
	{ 0 }
};

const struct cmd cmd_checksum = {
	.name = "checksum",
	.options = checksum_options,
	.min = 1, .max = -1, .first = ARG_REMOTE, .rest = ARG_REMOTE,
	.flags = CMD_SERVER,
	.usage = "checksum [-a ALG] [-cd | -l] FILE...",
	.summary = "Print digests of files, as the server computes them",
	.help = "-c: status 8 if one differs.",
	.check = check_checksum,
	.run = run_checksum,
};
