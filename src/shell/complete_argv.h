/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Completion for the shell that calls us: what the last word of a command
 * line of ours can become.  The scripts (completion_script.h) hand in what was
 * typed, and print what comes out.
 *
 *	complete_argv_read(&c, "fish", stdin, &err);
 *	complete_argv_scan(&c, options);
 *	...				what c->given are, the site's sources
 *	complete_argv_print(&c, &source, stdout);
 *	complete_argv_release(&c);
 */
#ifndef SHELL_COMPLETE_ARGV_H
#define SHELL_COMPLETE_ARGV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "base/strvec.h"
#include "shell/complete.h"
#include "shell/main_option.h"

/* An option with its value (NULL: it has none). */
struct given_option {
	const struct main_option *option;
	const char *value;
};

struct complete_argv {
	struct strvec before;	/* words before the cursor's, ours the first */
	char *word;		/* that at the cursor */
	/* for bash: what of word is kept, and which quote is open in it */
	size_t kept;
	char quote;
	bool bash;		/* which quotes nothing itself */
	bool literal;		/* to be set: the setting glob is off */
	/* of complete_argv_scan() */
	const struct main_options *options;
	struct given_option *given;	/* before the command */
	size_t ngiven;
	const char *site;		/* or NULL */
	size_t command;			/* its place in before; 0: none yet */
	const struct main_option *wanting;	/* word is its value, or NULL */
	bool only_operands;			/* "--" was there */
};

/*
 * Reads what a script hands in, each ended by NUL: for zsh and fish the words
 * up to the cursor, for bash its COMP_WORDBREAKS and its line as it stands.
 * ERR_USAGE.  Release c in any case.
 */
int complete_argv_read(struct complete_argv *c, const char *shell, FILE *fp,
    struct err *err);
/* Finds out what the words before the cursor are.  options is borrowed. */
void complete_argv_scan(struct complete_argv *c,
    const struct main_options *options);
/*
 * Prints "words", and what the word can become, each on a line, a tab and what
 * it is behind those that have such a text; or "files" or "dirs", if it is
 * a name here, which shells complete best themselves, with a tab and what of
 * the word stands before that name.  In bash's quotes for bash, else bare.
 */
void complete_argv_print(const struct complete_argv *c,
    const struct complete_source *src, FILE *fp);
void complete_argv_release(struct complete_argv *c);

#endif
