/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/check.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "net/wait.h"
#include "shell/alias.h"
#include "shell/args.h"
#include "shell/cmd.h"

enum {
	DEPTH_MAX = 16,			/* of files that source files */
	FILE_MAX_BYTES = 16 * 1024 * 1024,
	NAME_SHOWN = 256,
};

struct check {
	struct run *run;
	bool site;		/* one will be open */
	int depth;
	struct err *err;
};

static int check_lines(struct check *c, struct script *script);

/* Ctrl-C also ends the wait for whoever writes into a FIFO. */
static int
read_all(const struct run *run, int fd, const char *shown, struct buf *b,
    struct err *err)
{
	struct pollfd in = { .fd = fd, .events = POLLIN };
	char chunk[16 * 1024];
	ssize_t n;

	for (;;) {
		if (net_wait(&in, 1, DEADLINE_NONE, run->cancel, err) < 0)
			return -1;
		n = read(fd, chunk, sizeof(chunk));
		if (n == 0)
			return 0;
		if (n == -1 && errno != EINTR && errno != EAGAIN)
			return err_sys(err, ERR_USAGE, "%s: cannot read",
			    shown);
		if (n > 0 && buf_add(b, chunk, (size_t)n) != 0)
			return err_set(err, ERR_USAGE, "%s: too long", shown);
	}
}

/* Refuses what is no text, and takes a byte order mark off. */
static int
check_text(struct buf *b, const char *shown, struct err *err)
{
	int bom = text_bom(b->data, b->len);

	if (bom == -1)
		return err_set(err, ERR_USAGE, "%s: %s", shown, text_utf16);
	if (memchr(b->data, '\0', b->len) != NULL)
		return err_set(err, ERR_USAGE, "%s: NUL byte in it", shown);
	buf_consume(b, (size_t)bom);
	return 0;
}

int
check_read(const struct run *run, const char *name, struct buf *b,
    struct err *err)
{
	bool standard = strcmp(name, "-") == 0;
	char shown[NAME_SHOWN];
	int fd, rc;

	buf_init(b, FILE_MAX_BYTES);
	text_escape_to(shown, sizeof(shown), standard ?
	    "standard input" : name);
	fd = standard ? STDIN_FILENO : openat(run->dir->fd, name,
	    O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return err_sys(err, ERR_USAGE, "%s: cannot read", shown);
	rc = read_all(run, fd, shown, b, err);
	if (!standard)
		close(fd);
	return rc == 0 ? check_text(b, shown, err) : -1;
}

/* Reads the file that "source" names; its script is kept in the line. */
static int
check_source(struct check *c, struct line *line, const char *name)
{
	struct buf text;
	int rc;

	if (c->depth == DEPTH_MAX)
		return err_set(c->err, ERR_USAGE, "source: too deep");
	rc = check_read(c->run, name, &text, c->err);
	line->sourced = xmalloc(sizeof(*line->sourced));
	STAILQ_INIT(line->sourced);
	if (rc == 0)
		rc = lex_parse(text.data, name, line->sourced, c->err);
	buf_release(&text);
	c->depth++;
	if (rc == 0)
		rc = check_lines(c, line->sourced);
	c->depth--;
	return rc;
}

static int
check_args(struct check *c, struct line *line, const struct args *a)
{
	const struct cmd *cmd = a->cmd;

	if ((cmd->flags & CMD_SERVER) != 0 && !c->site) {
		/* Once is enough. */
		c->site = true;
		return err_set(c->err, ERR_USAGE,
		    "%s: no site is open; see 'help open'", cmd->name);
	}
	if (cmd->check != NULL && cmd->check(c->run, a, c->err) != 0)
		return -1;
	if ((cmd->flags & CMD_LOGIN) != 0)
		c->site = true;
	if ((cmd->flags & CMD_SOURCE) != 0)
		return check_source(c, line, a->word[0].text);
	return 0;
}

static int
check_command(struct check *c, struct line *line)
{
	const struct cmd *cmd;
	struct args a;
	bool help;
	int rc;

	cmd = cmd_find(c->run->commands, line->word[0].text, c->err);
	if (cmd == NULL)
		return -1;
	rc = args_parse(cmd, line, &a, &help, c->err);
	if (rc == 0 && line->aside)
		rc = cmd_check_aside(cmd, c->err);
	if (rc == 0 && !help)
		rc = check_args(c, line, &a);
	args_release(&a);
	return rc;
}

static int
check_line(struct check *c, struct script *script, struct line *line)
{
	if (alias_expand(c->run->aliases, script, line, c->err) != 0)
		return -1;
	if (line->shell != NULL || check_command(c, line) == 0)
		return 0;
	return line->alias == NULL ? -1 :
	    err_prefix(c->err, "%s", line->alias);
}

/* All that is wrong is told at once; the last of it is the caller's to tell. */
static int
check_lines(struct check *c, struct script *script)
{
	struct err *last = c->err, one;
	char shown[NAME_SHOWN];
	struct line *line;
	int rc = 0;

	STAILQ_FOREACH(line, script, link) {
		err_clear(&one);
		c->err = &one;
		if (check_line(c, script, line) == 0)
			continue;
		if (line->file != NULL && line->sourced == NULL)
			err_prefix(&one, "%s:%d", text_escape_to(shown,
			    sizeof(shown), line->file), line->number);
		if (rc != 0)
			observe_error(c->run->obs, NULL, last);
		*last = one;
		rc = -1;
	}
	c->err = last;
	return rc;
}

int
check_script(struct run *run, bool site, struct script *script,
    struct err *err)
{
	struct check c = { .run = run, .site = site, .err = err };

	return check_lines(&c, script);
}
