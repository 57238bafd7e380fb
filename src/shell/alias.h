/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names that stand for a command line, as a shell's: what is typed behind
 * them is added to its last command.  Pure.
 *
 *	struct aliases as = { 0 };
 *	alias_define(&as, "ll", "ls -l", &err);
 *	alias_expand(&as, &script, line, &err);
 *	alias_release_all(&as);
 */
#ifndef SHELL_ALIAS_H
#define SHELL_ALIAS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "shell/lex.h"

struct alias {
	char *name, *text;
};

/* Sorted by name. */
struct aliases {
	struct alias *v;
	size_t n;
};

void alias_release_all(struct aliases *as);
void alias_copy_all(struct aliases *to, const struct aliases *from);

/* Its text, or NULL. */
const char *alias_find(const struct aliases *as, const char *name);
/*
 * Makes name stand for text, whatever it stood for before.  ERR_USAGE if the
 * name could not be typed as one word, or the text is no command line.
 */
int alias_define(struct aliases *as, const char *name, const char *text,
    struct err *err);
/*
 * The same by what stands behind "alias" in the configuration, NAME and words
 * of a command, unless the name stands for something already.
 */
int alias_define_line(struct aliases *as, const char *definition,
    struct err *err);
/* Whether there was one. */
bool alias_remove(struct aliases *as, const char *name);
/*
 * Words as one text, which is read as these words again; one word alone is the
 * text already.  The caller frees it.
 */
char *alias_text(const struct word *word, size_t n);

/*
 * If line, one of script, begins with an alias that is not quoted, puts what
 * that stands for in its place: line is then the first of these.  Aliases
 * within are expanded, too, but none within itself.  ERR_USAGE, and the script
 * is as it was, if that becomes too much, or makes no command line.  as may be
 * NULL: none.
 */
int alias_expand(const struct aliases *as, struct script *script,
    struct line *line, struct err *err);

#endif
