/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Globs over remote and local names, component by component over
 * fnmatch(3).  A name that exists exactly as written wins; a leading dot is
 * matched only explicitly; "glob no" takes every name literally.
 */
#ifndef SHELL_GLOB_H
#define SHELL_GLOB_H

#include "base/err.h"
#include "base/strvec.h"
#include "shell/lex.h"
#include "shell/run.h"

/*
 * One expanded name with what is known of it.  entry is borrowed from the
 * result; NULL if the name had no glob (nothing was asked of the server).
 */
struct glob_name {
	char *path;			/* as the user would write it */
	const struct entry *entry;
	bool typed;			/* it had none */
};

struct glob_result {
	struct glob_name *name;
	size_t n;
	struct listing *listing;	/* internal */
	size_t nlistings;
};

/*
 * Adds what the word stands for.  A glob that matches nothing is ERR_REFUSED
 * with code 550 ("no match").  Part files never match.
 */
int glob_remote(struct run *run, const struct word *w,
    struct glob_result *out, struct err *err);
void glob_release(struct glob_result *r);
/* The same for local names, below lcd's directory; ERR_LOCAL if none. */
int glob_local(struct run *run, const struct word *w, struct strvec *out,
    struct err *err);

#endif
