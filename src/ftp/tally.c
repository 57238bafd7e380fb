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
	const struct listing *l;
	uint64_t *sum;
	size_t dirs;		/* that had names */
	struct buf line;	/* not whole yet */
};

static void
tally_line(struct tally *t)
{
	char *line = t->line.data, *child, *name;
	const struct entry *e;
	uint64_t *sum;

	if (t->line.len == 0)
		return;
	line[strcspn(line, "\r")] = '\0';
	if (strncmp(line, t->dir, t->dir_len) != 0 || line[t->dir_len] != '/')
		return;
	child = line + t->dir_len + 1;
	if ((name = strchr(child, '/')) == NULL)
		return;
	*name = '\0';
	if ((e = listing_find(t->l, child)) == NULL)
		return;
	sum = &t->sum[e - t->l->entry];
	t->dirs += *sum == 0;
	*sum += listing_name_sum(name + 1);
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

void
tally_below(struct session *s, const char *full, const struct listing *l,
    uint64_t *sum)
{
	struct tally t = {
		.dir = full, .dir_len = strlen(full), .l = l, .sum = sum,
		.line = BUF_INIT(PARSER_LINE_MAX),
	};
	struct err ignored = ERR_INIT;
	struct data_request rq = { .verb = "NLST", .options = "-aR" };
	struct data_end end = { 0 };
	char *all;

	memset(sum, 0, l->n * sizeof(*sum));
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
		memset(sum, 0, l->n * sizeof(*sum));
	s->used = clock_ms();
	free(all);
	buf_release(&t.line);
}
