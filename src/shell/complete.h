/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the word before the cursor can become: commands and their options,
 * settings and sites from the tables, remote and local names, which a source
 * gives (complete_names.h).  Pure.
 */
#ifndef SHELL_COMPLETE_H
#define SHELL_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strvec.h"
#include "shell/candidates.h"

struct aliases;
struct cmd;
struct line;

struct complete_source {
	void *ctx;
	const struct cmd *const *commands;	/* ended by NULL */
	const struct aliases *aliases;		/* or NULL */
	/*
	 * Adds the names in dir (as typed, quotes removed; "": the current
	 * one), directories with a '/' at their end.  dirs: only what is, or
	 * may lead to, a directory.
	 */
	void (*remote)(void *ctx, const char *dir, bool dirs,
	    struct strvec *names);
	void (*local)(void *ctx, const char *dir, bool dirs,
	    struct strvec *names);
	void (*sites)(void *ctx, struct strvec *names);
};

struct completion {
	size_t start;		/* where the word begins in the line */
	/* quoted, to stand in place of the word; NULL: no candidate */
	char *text;
	struct strvec shown;	/* the candidates as people see them, sorted */
};

/*
 * Completes the word that ends at the line's end (the cursor).  One
 * candidate is finished with a blank, or its '/' if it is a directory;
 * several give what they have in common.  Release with
 * complete_release().
 */
void complete_line(const char *line, const struct complete_source *src,
    struct completion *out);
void complete_release(struct completion *c);
/*
 * Adds to out what the word out->prefix can become behind those of line (the
 * command first; none: commands), and what can be a setting's value.
 */
void complete_word(const struct line *line, const struct complete_source *src,
    struct candidates *out);
void complete_value(const char *setting, const struct complete_source *src,
    struct candidates *out);

#endif
