/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "ftp/listway.h"
#include "ftp/session_in.h"
#include "listing/parser.h"

/* Names below a directory, as they come: DIR/CHILD/NAME. */
struct tally {
	const char *dir;
	size_t dir_len;
	struct listing *l;
	size_t dirs;		/* that had names */
	struct buf line;	/* not whole yet */
};

static void
tally_line(struct tally *t)
{
	char *line = t->line.data, *child, *name;
	const struct entry *found;
	struct entry *e;

	if (t->line.len == 0)
		return;
	line[strcspn(line, "\r")] = '\0';
	if (strncmp(line, t->dir, t->dir_len) != 0 || line[t->dir_len] != '/')
		return;
	child = line + t->dir_len + 1;
	if ((name = strchr(child, '/')) == NULL)
		return;
	*name = '\0';
	if ((found = listing_find(t->l, child)) == NULL)
		return;
	e = &t->l->entry[found - t->l->entry];
	t->dirs += e->hint == 0;
	e->hint += listing_name_sum(name + 1);
}

static int
take_tally(void *ctx, const void *data, size_t n, struct err *err)
{
	struct tally *t = ctx;
	const char *p = data, *end = p + n, *nl;

	for (; p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (buf_add(&t->line, p,
		    (size_t)((nl != NULL ? nl : end) - p)) != 0)
			return err_set(err, ERR_PROTOCOL, "line too long");
		if (nl == NULL)
			break;
		tally_line(t);
		buf_clear(&t->line);
	}
	return 0;
}

static void
forget_hints(struct listing *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		l->entry[i].hint = 0;
}

void
tally_below(struct session *s, const char *full, struct listing *l)
{
	struct tally t = {
		.dir = full, .dir_len = strlen(full), .l = l,
		.line = BUF_INIT(PARSER_LINE_MAX),
	};
	struct err ignored = ERR_INIT;
	struct data_request rq = { .verb = "NLST", .options = "-aR" };
	struct data_end end = { 0 };
	char *all;

	forget_hints(l);
	/* Blanks and all that a glob takes for something else. */
	if (!server_has(s->server, TRAIT_NLST_BELOW) ||
	    strpbrk(full, " \t*?[]{}\\~") != NULL)
		return;
	if (t.dir_len > 0 && full[t.dir_len - 1] == '/')
		t.dir_len--;
	all = xasprintf("%.*s/*", (int)t.dir_len, full);
	rq.path = all;
	if (listway_fetch(s, &rq, take_tally, &t, &end, &ignored) != 0 ||
	    end.bare || end.said[0] != '\0') {
		server_learn(s->server, TRAIT_NLST_BELOW, false, PROOF_SEEN,
		    ignored.msg);
		t.dirs = 0;
	}
	/* One alone may be where a limit ended both NLST and its STAT. */
	if (t.dirs < 2)
		forget_hints(l);
	s->used = clock_ms();
	free(all);
	buf_release(&t.line);
}
