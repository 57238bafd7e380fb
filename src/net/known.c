/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/known.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/text.h"
#include "config/pin.h"
#include "config/url.h"
#include "local/lock.h"
#include "net/host.h"
#include "net/wait.h"

enum {
	SHOWN_MAX = 300,	/* of a file's name; pins need room too */
	LOCK_WAIT_MS = 5000,
	LOCK_RETRY_MS = 10,
};

/* One line of the file, cut at its blanks. */
struct line {
	char *server, *pin;
};

static const char blanks[] = " \t";

/* An address in its shortest form, so that it has one name only. */
static char *
shortest(const char *address)
{
	char text[INET6_ADDRSTRLEN];
	size_t n = strcspn(address, "%");
	struct in6_addr ip;
	char *bare;
	bool valid;

	bare = xstrndup(address, n);
	valid = inet_pton(AF_INET6, bare, &ip) == 1 &&
	    inet_ntop(AF_INET6, &ip, text, sizeof(text)) != NULL;
	free(bare);
	return valid ? xasprintf("%s%s", text, address + n) : NULL;
}

static char *
not_a_host(const char *host, struct err *err)
{
	char shown[SHOWN_MAX];

	err_set(err, ERR_USAGE, "%s: not the name of a host",
	    text_escape_to(shown, sizeof(shown), host));
	return NULL;
}

char *
known_server(const char *host, int port, struct err *err)
{
	char *ascii, *address, *server = NULL;
	size_t len, i;

	ascii = host_ascii(host, err);
	if (ascii == NULL)
		return NULL;
	for (i = 0; ascii[i] != '\0'; i++)
		ascii[i] = (char)tolower((unsigned char)ascii[i]);
	len = strlen(ascii);
	if (len > 1 && ascii[len - 1] == '.')
		ascii[len - 1] = '\0';
	if (strchr(ascii, ':') != NULL) {
		address = shortest(ascii);
		if (address != NULL && url_is_host(address))
			server = xasprintf("[%s]:%d", address, port);
		free(address);
	} else if (url_is_host(ascii)) {
		server = xasprintf("%s:%d", ascii, port);
	}
	free(ascii);
	return server != NULL ? server : not_a_host(host, err);
}

/* What a line calls a server in known_server()'s form, or NULL. */
static char *
canonical(const char *text)
{
	struct err err = ERR_INIT;
	const char *colon = strrchr(text, ':');
	char *host, *server = NULL;
	uint64_t port;

	if (colon == NULL || parse_u64(colon + 1, 65535, &port) != 0 ||
	    port == 0)
		return NULL;
	host = xstrndup(text, (size_t)(colon - text));
	/* "::1:21" says nothing certain. */
	if (host[0] == '[' || strchr(host, ':') == NULL)
		server = known_server(host, (int)port, &err);
	free(host);
	return server;
}

/* 1, 0 for a line without meaning, -1 for one that is wrong. */
static int
split(char *text, size_t len, struct line *line)
{
	char *end;

	if (len > 0 && text[len - 1] == '\n')
		text[--len] = '\0';
	if (strlen(text) != len)
		return -1;
	text += strspn(text, blanks);
	if (*text == '\0' || *text == '#')
		return 0;
	line->server = text;
	text += strcspn(text, blanks);
	if (*text == '\0')
		return -1;
	*text++ = '\0';
	line->pin = text + strspn(text, blanks);
	end = line->pin + strcspn(line->pin, blanks);
	if (end[strspn(end, blanks)] != '\0')
		return -1;
	*end = '\0';
	return 1;
}

/* What is sought in the file, and what has been found of it. */
struct search {
	const char *file;	/* escaped */
	const char *server;
	unsigned char key[PIN_BYTES];
	bool same;
	unsigned other;		/* line with another key; 0: none */
	char pin[128];		/* the one there, escaped */
};

static int
look_at(struct search *s, char *text, size_t len, unsigned number,
    struct err *err)
{
	unsigned char key[PIN_BYTES];
	char *server = NULL;
	struct line line;
	int rc, bom = number == 1 ? text_bom(text, len) : 0;

	if (bom == -1)
		return err_set(err, ERR_TRUST, "%s: %s", s->file, text_utf16);
	rc = split(text + bom, len - (size_t)bom, &line);
	if (rc == 1 && ((server = canonical(line.server)) == NULL ||
	    pin_decode(line.pin, key) != 0))
		rc = -1;
	if (rc == -1)
		err_set(err, ERR_TRUST, "%s:%u: not a line of 'HOST:PORT "
		    "sha256//PIN'; mend or remove it", s->file, number);
	if (rc == 1 && strcmp(server, s->server) == 0) {
		if (memcmp(key, s->key, sizeof(key)) == 0) {
			s->same = true;
		} else if (s->other == 0) {
			s->other = number;
			text_escape_to(s->pin, sizeof(s->pin), line.pin);
		}
	}
	free(server);
	return rc < 0 ? -1 : 0;
}

int
known_find(FILE *fp, const char *file, const char *server, const char *pin,
    bool *is_new, struct err *err)
{
	char shown[SHOWN_MAX], *text = NULL;
	struct search s = { .file = shown, .server = server };
	size_t cap = 0;
	unsigned number = 0;
	ssize_t len;
	int rc = 0;

	text_escape_to(shown, sizeof(shown), file);
	if (pin_decode(pin, s.key) != 0)
		return err_set(err, ERR_TRUST, "server's key has no pin");
	while (rc == 0 && (len = getline(&text, &cap, fp)) != -1)
		rc = look_at(&s, text, (size_t)len, ++number, err);
	free(text);
	if (rc == 0 && ferror(fp))
		rc = err_sys(err, ERR_LOCAL, "%s", shown);
	if (rc != 0)
		return -1;
	*is_new = !s.same && s.other == 0;
	if (s.same || s.other == 0)
		return 0;
	return err_set(err, ERR_TRUST, "SERVER'S KEY HAS CHANGED: it has pin "
	    "%s, known is %s; somebody may pose as the server; if it really "
	    "has a new key, remove the line %s:%u", pin, s.pin, shown,
	    s.other);
}

/* Whoever can write it decides whom we trust. */
static int
check_owner(int fd, const char *shown, struct err *err)
{
	struct stat sb;

	if (fstat(fd, &sb) == -1)
		return err_sys(err, ERR_LOCAL, "%s", shown);
	if (!S_ISREG(sb.st_mode))
		return err_set(err, ERR_LOCAL, "%s: not a file", shown);
	if (sb.st_uid != geteuid() && sb.st_uid != 0)
		return err_set(err, ERR_TRUST, "%s: belongs to another user",
		    shown);
	if ((sb.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return err_set(err, ERR_TRUST, "%s: others can write it; "
		    "chmod 600 it after a look at what is in it", shown);
	return 0;
}

/* 0 with *fp NULL if there is no such file. */
static int
open_known(const char *file, FILE **fp, struct err *err)
{
	char shown[SHOWN_MAX];
	int fd;

	*fp = NULL;
	text_escape_to(shown, sizeof(shown), file);
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK |
	    O_NOCTTY);
	if (fd == -1 && errno == ENOENT)
		return 0;
	if (fd == -1 && errno == ELOOP)
		return err_set(err, ERR_LOCAL, "%s: is a symbolic link",
		    shown);
	if (fd == -1)
		return err_sys(err, ERR_LOCAL, "%s", shown);
	if (check_owner(fd, shown, err) != 0) {
		close(fd);
		return -1;
	}
	*fp = fdopen(fd, "r");
	if (*fp != NULL)
		return 0;
	err_sys(err, ERR_LOCAL, "%s", shown);
	close(fd);
	return -1;
}

int
known_check(const char *file, const char *server, const char *pin,
    bool *is_new, struct err *err)
{
	FILE *fp;
	int rc = 0;

	if (open_known(file, &fp, err) != 0)
		return -1;
	*is_new = true;
	if (fp != NULL) {
		rc = known_find(fp, file, server, pin, is_new, err);
		fclose(fp);
	}
	return rc;
}

static int
wait_for_lock(const char *path, struct err *err)
{
	int64_t deadline = deadline_in(LOCK_WAIT_MS);
	int fd;

	for (;;) {
		err_clear(err);
		fd = lock_take(path, err);
		if (fd != -1 || err->kind != ERR_LOCK ||
		    deadline_left(deadline) == 0 ||
		    net_sleep(LOCK_RETRY_MS, NULL, err) != 0)
			return fd;
	}
}

/* All of in, and the new line. */
static int
write_lines(FILE *in, FILE *out, const char *server, const char *pin)
{
	int c, last = '\n';

	while (in != NULL && (c = getc(in)) != EOF) {
		putc(c, out);
		last = c;
	}
	if (last != '\n')
		putc('\n', out);
	fprintf(out, "%s %s\n", server, pin);
	if ((in != NULL && ferror(in)) || fflush(out) != 0 || ferror(out))
		return -1;
	return fsync(fileno(out));
}

static int
replace(const char *file, FILE *in, const char *server, const char *pin)
{
	char *temp = xasprintf("%s.new", file);
	FILE *out = NULL;
	int fd, rc = -1;

	/* One that is there is of a run which was killed: we have the lock. */
	unlink(temp);
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    0600);
	if (fd != -1 && (out = fdopen(fd, "w")) == NULL)
		close(fd);
	if (out != NULL) {
		rc = write_lines(in, out, server, pin);
		if (fclose(out) != 0)
			rc = -1;
		if (rc == 0)
			rc = rename(temp, file);
		if (rc == -1)
			unlink(temp);
	}
	free(temp);
	return rc;
}

/* Under the lock; what another run has added by now counts. */
static int
add_locked(const char *file, const char *server, const char *pin,
    bool *added, struct err *err)
{
	char shown[SHOWN_MAX];
	FILE *in;
	int rc = 0;

	if (open_known(file, &in, err) != 0)
		return -1;
	*added = true;
	if (in != NULL) {
		rc = known_find(in, file, server, pin, added, err);
		rewind(in);
	}
	if (rc == 0 && *added && replace(file, in, server, pin) != 0) {
		text_escape_to(shown, sizeof(shown), file);
		rc = err_sys(err, ERR_LOCAL, "%s: cannot keep the server's "
		    "key", shown);
	}
	if (in != NULL)
		fclose(in);
	return rc;
}

int
known_add(const char *file, const char *server, const char *pin,
    bool *added, struct err *err)
{
	char *path = xasprintf("%s.lock", file);
	int fd, rc;

	*added = false;
	fd = wait_for_lock(path, err);
	rc = fd == -1 ? -1 : add_locked(file, server, pin, added, err);
	if (fd != -1)
		lock_release(fd, path);
	free(path);
	return rc;
}
