/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "listing/sums.h"

#include <string.h>

#include "listing/parser.h"

static void
forget_hints(struct listing *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		l->entry[i].hint = 0;
}

void
sums_begin(struct sums *u, const char *dir, struct listing *l)
{
	*u = (struct sums){
		.dir = dir, .dir_len = strlen(dir), .l = l,
		.line = BUF_INIT(PARSER_LINE_MAX),
	};
	if (u->dir_len > 0 && dir[u->dir_len - 1] == '/')
		u->dir_len--;
	forget_hints(l);
}

static void
take_line(struct sums *u)
{
	char *line = u->line.data, *child, *name;
	const struct entry *found;
	struct entry *e;

	if (u->line.len == 0)
		return;
	line[strcspn(line, "\r")] = '\0';
	if (strncmp(line, u->dir, u->dir_len) != 0 || line[u->dir_len] != '/')
		return;
	child = line + u->dir_len + 1;
	if ((name = strchr(child, '/')) == NULL)
		return;
	*name = '\0';
	if ((found = listing_find(u->l, child)) == NULL)
		return;
	e = &u->l->entry[found - u->l->entry];
	u->dirs += e->hint == 0;
	e->hint += listing_name_sum(name + 1);
}

int
sums_feed(struct sums *u, const void *data, size_t n, struct err *err)
{
	const char *p = data, *end = p + n, *nl;

	for (; p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (buf_add(&u->line, p,
		    (size_t)((nl != NULL ? nl : end) - p)) != 0)
			return err_set(err, ERR_PROTOCOL, "line too long");
		if (nl == NULL)
			break;
		take_line(u);
		buf_clear(&u->line);
	}
	return 0;
}

void
sums_end(struct sums *u, bool whole)
{
	if (!whole || u->dirs < 2)
		forget_hints(u->l);
	buf_release(&u->line);
}
