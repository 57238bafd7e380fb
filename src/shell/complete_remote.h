/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names on a server for the shell that calls us, where nothing is open yet:
 * over one connection that is given up when it takes long, and kept for a
 * moment (complete_cache.h).  Nobody is asked, no command of the user's is
 * run, and nothing is said.
 *
 * It is done only for a site that a block of the configuration names, with a
 * pin or a ca-file of its own, a user, and a password in a file: whoever
 * strikes a key has not yet decided to connect to anything.
 */
#ifndef SHELL_COMPLETE_REMOTE_H
#define SHELL_COMPLETE_REMOTE_H

#include <stdbool.h>

#include "base/cancel.h"
#include "base/strvec.h"
#include "shell/site.h"
#include "ui/tasks.h"

/*
 * Adds the names in dir ("": where the site begins) on the site that text
 * names, directories with a '/' at their end; dirs: only what is, or may lead
 * to, a directory.  Main thread.
 */
void complete_remote_names(struct site_sources *sources, const char *text,
    struct tasks *tasks, struct cancel *cancel, const char *dir, bool dirs,
    struct strvec *names);

#endif
