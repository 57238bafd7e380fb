/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scripts: read whole, and checked before anything of them is run. */
#ifndef SHELL_CHECK_H
#define SHELL_CHECK_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "shell/lex.h"
#include "shell/run.h"

/*
 * Reads a script, from below lcd's directory, or standard input for "-", to
 * its end.  ERR_USAGE.  Release b in any case.
 */
int check_read(const struct run *run, const char *name, struct buf *b,
    struct err *err);
/*
 * Checks a whole script: every command known, every option right; reads
 * "source"d files, too, and puts what aliases stand for in their place.  site:
 * one will be open when it begins.  ERR_USAGE.
 */
int check_script(struct run *run, bool site, struct script *script,
    struct err *err);

#endif
