/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options of the program itself, as main's table has them. */
#ifndef SHELL_MAIN_OPTION_H
#define SHELL_MAIN_OPTION_H

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>

struct main_option {
	int id;			/* the letter, or from 256 on */
	const char *name;	/* or NULL */
	const char *value;	/* its argument, or NULL */
	const char *setting;	/* that it sets, or NULL */
	const char *to;		/* to what, if it has no argument */
	const char *help;
};

/* Such a table. */
struct main_options {
	const struct main_option *v;
	size_t n;
};

/* By its id, or NULL. */
const struct main_option *main_option_find(const struct main_options *options,
    int id);
/*
 * By the n bytes of a long name, or by a beginning of it that no other has;
 * else NULL.
 */
const struct main_option *main_option_named(
    const struct main_options *options, const char *name, size_t n);
/*
 * For getopt_long(), up to the first operand: letters and n + 2 longs, of
 * which one is extra, that no table has.
 */
enum { MAIN_OPTION_LETTERS = 128 };
void main_option_getopt(const struct main_options *options,
    const struct option *extra, char letters[MAIN_OPTION_LETTERS],
    struct option *longs);
/* A line of help for each. */
void main_option_help(FILE *fp, const struct main_options *options);

#endif
