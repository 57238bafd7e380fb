/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands that show one end of files: head and tail. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "ftp/files.h"
#include "net/wait.h"
#include "shell/cmd_all.h"
#include "shell/names.h"
#include "shell/run.h"
#include "shell/screen.h"
#include "shell/view.h"

enum {
	LINES = 10,			/* without -n and -c */
	TAIL_WINDOW = 64 * 1024,	/* the first try to find them in */
	TAIL_MAX = 64 * 1024 * 1024,	/* what tail holds at most */
	FOLLOW_MS = 1000,		/* between two looks of tail -f */
};

/* What one call shows of each file. */
struct ends {
	struct run *run;
	uint64_t n;			/* lines, or bytes */
	bool bytes;			/* -c */
	bool headers;			/* "==> name <==" */
	bool shown;			/* something was */
	struct follow *file;		/* tail -f */
	size_t nfiles;
};

/* A file that tail -f goes on with. */
struct follow {
	const char *path;
	int64_t offset;			/* up to where it was shown */
};

/* What one file's piece goes to, a person or not. */
struct print {
	struct run *run;
	bool escape;
	struct screen scr;
	uint64_t left;			/* lines or bytes still to come */
	bool bytes;
	int64_t moved;
};

#define PRINT_INIT(ends_) {						\
	.run = (ends_)->run, .escape = run_is_terminal((ends_)->run),	\
	.scr = SCREEN_INIT((ends_)->run->out), .left = (ends_)->n,	\
	.bytes = (ends_)->bytes }

static void
print_header(struct ends *x, const char *path)
{
	if (x->headers) {
		fprintf(x->run->out, "%s==> ", x->shown ? "\n" : "");
		run_print_name(x->run, path);
		fputs(" <==\n", x->run->out);
	}
	x->shown = true;
}

static int
print_data(struct print *p, const char *data, size_t n, struct err *err)
{
	p->moved += (int64_t)n;
	if (p->escape)
		return screen_take(&p->scr, data, n, err);
	if (fwrite(data, 1, n, p->run->out) != n)
		return err_sys(err, ERR_LOCAL, "output: cannot write");
	return 0;
}

/* Of all operands together: whether there are several decides on headers. */
static bool
run_ends(struct ends *x, const struct args *a, names_fn fn,
    struct glob_result *r)
{
	bool go_on = names_expand(x->run, a, 0, a->n, r);

	x->headers = r->n > 1 && !args_has(a, 'q');
	return go_on && names_call(x->run, r, fn, x);
}

static struct ends
ends_init(struct run *run, const struct args *a)
{
	struct ends x = { .run = run, .n = LINES, .bytes = args_has(a, 'c') };

	if (x.bytes)
		parse_size(args_value(a, 'c'), &x.n);
	else if (args_value(a, 'n') != NULL)
		parse_u64(args_value(a, 'n'), INT32_MAX, &x.n);
	return x;
}

static int
check_ends(struct run *run, const struct args *a, struct err *err)
{
	uint64_t n;

	if (args_value(a, 'n') != NULL &&
	    parse_u64(args_value(a, 'n'), INT32_MAX, &n) != 0)
		return err_set(err, ERR_USAGE, "%s: -n: not a number",
		    a->cmd->name);
	if (args_value(a, 'c') != NULL &&
	    (parse_size(args_value(a, 'c'), &n) != 0 || n > INT64_MAX))
		return err_set(err, ERR_USAGE, "%s: -c: not a size (100, 4K)",
		    a->cmd->name);
	return cmd_cat.check(run, a, err);
}

/* head */

static int
take_head(void *ctx, const char *data, size_t n, struct err *err)
{
	struct print *p = ctx;
	size_t i = 0;

	if (p->bytes) {
		i = p->left < n ? (size_t)p->left : n;
		p->left -= i;
	}
	for (; !p->bytes && i < n && p->left > 0; i++) {
		if (data[i] == '\n')
			p->left--;
	}
	if (print_data(p, data, i, err) != 0)
		return -1;
	return p->left == 0;
}

static int
head_one(struct run *run, const struct glob_name *name, void *ctx,
    struct err *err)
{
	struct ends *x = ctx;
	struct print p = PRINT_INIT(x);
	int rc;

	print_header(x, name->path);
	rc = view_file(run->session, name->path, 0, take_head, &p, err);
	screen_finish(&p.scr);
	return rc == 0 ? 0 : names_refused(run, REFUSAL_READ, name, err);
}

static int
run_head(struct run *run, const struct args *a, struct err *err)
{
	struct ends x = ends_init(run, a);
	struct glob_result r = { 0 };

	run_ends(&x, a, head_one, &r);
	glob_release(&r);
	return run_result(run, err);
}

#define ENDS_OPTIONS							\
	{ 'n', "lines", ARG_TEXT, "N", "so many instead of 10; also -N" }, \
	{ 'c', "bytes", ARG_TEXT, "SIZE", "so many bytes" },		\
	{ 'q', "quiet", ARG_NONE, NULL, "no names before several files" }

static const struct cmd_option head_options[] = { ENDS_OPTIONS, { 0 } };

const struct cmd cmd_head = {
	.name = "head",
	.options = head_options,
	.min = 1, .max = -1, .first = ARG_REMOTE, .rest = ARG_REMOTE,
	.flags = CMD_SERVER | CMD_DATA | CMD_COUNT,
	.usage = "head [-q] [-n N | -c SIZE] FILE...",
	.summary = "Print the first lines of files",
	.check = check_ends,
	.run = run_head,
};

/* tail */

struct tail {
	struct buf data;
	uint64_t n;
	bool bytes;
	int64_t seen;			/* bytes from the offset on */
};

/* Where the last ones begin; found: whether there are as many. */
static size_t
last_lines(const struct tail *t, bool *found)
{
	uint64_t lines = t->n;
	size_t at = t->data.len;

	*found = true;
	if (t->bytes) {
		*found = at >= t->n;
		return *found ? at - (size_t)t->n : 0;
	}
	if (lines == 0)
		return at;
	if (at > 0 && t->data.data[at - 1] == '\n')
		at--;
	for (; at > 0; at--) {
		if (t->data.data[at - 1] == '\n' && --lines == 0)
			return at;
	}
	*found = false;
	return 0;
}

static int
take_tail(void *ctx, const char *data, size_t n, struct err *err)
{
	struct tail *t = ctx;
	bool found;

	t->seen += (int64_t)n;
	if (t->data.len + n > TAIL_MAX)
		buf_consume(&t->data, last_lines(t, &found));
	if (buf_add(&t->data, data, n) != 0)
		return err_set(err, ERR_LOCAL,
		    "what is to be shown is longer than 64M");
	return 0;
}

/*
 * Reads ever more of the file's end until it is found in it.  *end: up to
 * where the file was read.
 */
static int
read_tail(struct session *s, const char *path, struct tail *t, int64_t *end,
    struct err *err)
{
	int64_t size = 0, window = TAIL_WINDOW, offset;
	bool found;
	int rc;

	if ((rc = files_size(s, path, &size, err)) < 0)
		return -1;
	if (t->bytes && t->n < TAIL_MAX)
		window = (int64_t)t->n;
	for (;; window = window > INT64_MAX / 8 ? INT64_MAX : window * 8) {
		offset = rc == 1 && size > window ? size - window : 0;
		buf_clear(&t->data);
		t->seen = 0;
		if (view_file(s, path, offset, take_tail, t, err) != 0) {
			/* Not every server knows REST. */
			if (offset == 0 || err->code / 100 != 5)
				return -1;
			err_clear(err);
			rc = 0;
			continue;
		}
		*end = t->seen > INT64_MAX - offset ? INT64_MAX :
		    offset + t->seen;
		buf_consume(&t->data, last_lines(t, &found));
		if (found || offset == 0)
			return 0;
	}
}

static void
follow_add(struct ends *x, const char *path, int64_t offset)
{
	x->file = xreallocarray(x->file, x->nfiles + 1, sizeof(*x->file));
	x->file[x->nfiles++] = (struct follow){ path, offset };
}

static int
tail_one(struct run *run, const struct glob_name *name, void *ctx,
    struct err *err)
{
	struct ends *x = ctx;
	struct print p = PRINT_INIT(x);
	struct tail t = {
		.data = BUF_INIT(TAIL_MAX), .n = x->n, .bytes = x->bytes,
	};
	int64_t end = 0;
	int rc;

	print_header(x, name->path);
	rc = read_tail(run->session, name->path, &t, &end, err);
	if (rc == 0)
		rc = print_data(&p, t.data.data, t.data.len, err);
	screen_finish(&p.scr);
	buf_release(&t.data);
	if (rc == 0)
		follow_add(x, name->path, end);
	return rc == 0 ? 0 : names_refused(run, REFUSAL_READ, name, err);
}

/* -f */

static int
take_rest(void *ctx, const char *data, size_t n, struct err *err)
{
	return print_data(ctx, data, n, err);
}

/* Shows what has been added to a file since the last look. */
static int
follow_once(struct ends *x, struct follow *f, bool switched, struct err *err)
{
	struct print p = PRINT_INIT(x);
	int64_t size;
	int rc;

	rc = files_size(x->run->session, f->path, &size, err);
	if (rc == 0)
		return err_set(err, ERR_REFUSED, "%s: the server tells no "
		    "size (any more): it cannot be followed", f->path);
	if (rc < 0 || size == f->offset)
		return rc < 0 ? -1 : 0;
	if (size < f->offset) {
		observe_warning(x->run->obs, "%s: has become shorter, shown "
		    "from its beginning", f->path);
		f->offset = 0;
	}
	if (switched)
		print_header(x, f->path);
	rc = view_file(x->run->session, f->path, f->offset, take_rest, &p, err);
	f->offset += p.moved;
	screen_finish(&p.scr);
	fflush(x->run->out);
	return rc == 0 ? 1 : -1;
}

/* Until it is stopped, or nobody reads any more. */
static int
follow_files(struct ends *x, struct err *err)
{
	const struct follow *last = NULL;
	size_t i;
	int rc;

	for (;;) {
		fflush(x->run->out);
		if (net_sleep(FOLLOW_MS, x->run->cancel, err) != 0)
			return -1;
		for (i = 0; i < x->nfiles; i++) {
			rc = follow_once(x, &x->file[i], last != &x->file[i],
			    err);
			if (rc < 0)
				return -1;
			if (rc == 1)
				last = &x->file[i];
		}
	}
}

static int
run_tail(struct run *run, const struct args *a, struct err *err)
{
	struct ends x = ends_init(run, a);
	struct glob_result r = { 0 };
	int rc = 0;

	if (run_ends(&x, a, tail_one, &r) && args_has(a, 'f') &&
	    x.nfiles > 0)
		rc = follow_files(&x, err);
	free(x.file);
	glob_release(&r);
	return rc != 0 ? -1 : run_result(run, err);
}

static const struct cmd_option tail_options[] = {
	ENDS_OPTIONS,
	{ 'f', "follow", ARG_NONE, NULL,
	    "go on with what is added, until Ctrl-C" },
	{ 0 }
};

const struct cmd cmd_tail = {
	.name = "tail",
	.options = tail_options,
	.min = 1, .max = -1, .first = ARG_REMOTE, .rest = ARG_REMOTE,
	.flags = CMD_SERVER | CMD_DATA | CMD_COUNT,
	.usage = "tail [-fq] [-n N | -c SIZE] FILE...",
	.summary = "Print the last lines of files",
	.help = "Only the end of a file is fetched where the server knows "
	    "SIZE and REST.\n-f looks at its size once a second.",
	.check = check_ends,
	.run = run_tail,
};
