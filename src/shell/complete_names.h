/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The names that a shell can complete with: of its directories, here and on
 * the server, and of its sites.  A listing of the server is kept until
 * complete_names_forget().
 */
#ifndef SHELL_COMPLETE_NAMES_H
#define SHELL_COMPLETE_NAMES_H

#include "shell/complete.h"

struct complete_names;
struct shell;

/* Main thread.  sh is borrowed. */
struct complete_names *complete_names_new(struct shell *sh);
void complete_names_free(struct complete_names *c);
void complete_names_forget(struct complete_names *c);
/* From now on remote names are those of a site that nobody has opened. */
void complete_names_of_site(struct complete_names *c, const char *site);
struct complete_source complete_names_source(struct complete_names *c);

#endif
