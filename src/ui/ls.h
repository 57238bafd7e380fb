/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entries for people: ls in columns, long form, colours by LS_COLORS. */
#ifndef UI_LS_H
#define UI_LS_H

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "listing/listing.h"

enum ls_sort { LS_BY_NAME, LS_BY_TIME, LS_BY_SIZE, LS_UNSORTED };

struct ls_options {
	bool all, long_form, one_column, reverse, human, color;
	bool classify;		/* a '/', '@' or '*' behind the name */
	bool raw;		/* names unescaped: output is no terminal */
	enum ls_sort sort;
	int columns;		/* width */
	time_t now;
};

/* Prints n entries; hidden ones only with all. */
void ls_print(FILE *fp, const struct entry *entry, size_t n,
    const struct ls_options *o);

#endif
