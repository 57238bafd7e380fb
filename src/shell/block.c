/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/block.h"

#include <stdlib.h>
#include <string.h>

#include "config/conceal.h"

/* As one word, quoted if need be. */
static void
add_word(struct buf *out, const char *word)
{
	if (*word != '\0' && strpbrk(word, " \t\"'\\#") == NULL) {
		buf_adds(out, word);
		return;
	}
	buf_addc(out, '"');
	for (; *word != '\0'; word++) {
		if (*word == '"' || *word == '\\')
			buf_addc(out, '\\');
		buf_addc(out, *word);
	}
	buf_addc(out, '"');
}

static void
add_line(struct buf *out, const struct option_row *row, const char *value)
{
	buf_addf(out, "\t%-15s ", row->name);
	/* A command is taken as it stands, but for quotes around all of it. */
	if (row->type == OPTION_COMMAND && strchr("\"'", *value) == NULL)
		buf_adds(out, value);
	else
		add_word(out, value);
	buf_addc(out, '\n');
}

static bool
belongs_in_block(const struct settings *set, const struct option_row *row)
{
	return option_is_set(set, row) && (row->at_open ||
	    strcmp(row->name, "connections") == 0 ||
	    strcmp(row->name, "pipeline") == 0 ||
	    strcmp(row->name, "passive-command") == 0 ||
	    strcmp(row->name, "passive-address") == 0 ||
	    strcmp(row->name, "address-family") == 0);
}

static void
add_setting(struct buf *out, const struct settings *set,
    const struct option_row *row)
{
	const struct strvec *list =
	    (const void *)((const char *)set + row->offset);
	struct buf value = BUF_INIT(BUF_OWN);
	size_t i;

	option_print(set, row, &value);
	if (row->type == OPTION_LIST)
		for (i = 0; i < list->n; i++)
			add_line(out, row, list->v[i]);
	else if (value.len > 0 && !option_is_secret(row->name, value.data))
		add_line(out, row, value.data);
	buf_release(&value);
}

void
block_add(struct buf *out, const char *name, const struct settings *set)
{
	const struct option_row *row;

	buf_adds(out, "site ");
	add_word(out, name);
	buf_addc(out, '\n');
	for (row = option_table; row->name != NULL; row++)
		if (belongs_in_block(set, row))
			add_setting(out, set, row);
}

void
block_show(struct buf *out, const char *name, const struct settings *set)
{
	struct buf block = BUF_INIT(BUF_OWN);
	char *shown;

	block_add(&block, name, set);
	shown = conceal_copy(block.data);
	buf_adds(out, shown);
	free(shown);
	buf_release_secret(&block);
}
