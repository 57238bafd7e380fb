/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Operands that name files on the server, expanded one after the other.
 *
 *	return names_each(run, a, fn, ctx, err);
 */
#ifndef SHELL_NAMES_H
#define SHELL_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "ftp/refusal.h"
#include "shell/args.h"
#include "shell/glob.h"
#include "shell/run.h"

typedef int (*names_fn)(struct run *run, const struct glob_name *name,
    void *ctx, struct err *err);

/*
 * Expands operands first to last (not included).  What fails is reported and
 * remembered (run_failed()); false: there is no use in going on.
 */
bool names_expand(struct run *run, const struct args *a, size_t first,
    size_t last, struct glob_result *r);
/* Adds one name as it is. */
void names_add(struct glob_result *r, const char *path);
/* Calls fn for each; failures as above. */
bool names_call(struct run *run, const struct glob_result *r, names_fn fn,
    void *ctx);
/*
 * Before names are moved or copied ("moved") into directory to: 0, or -1 if
 * two of them would be one there.
 */
int names_check_into(struct run *run, const struct glob_result *r,
    const char *to, const char *command, const char *moved, struct err *err);
/* All of that for all operands.  0, or -1 with an err that was reported. */
int names_each(struct run *run, const struct args *a, names_fn fn,
    void *ctx, struct err *err);
/*
 * What a name is: the entry known from a glob, or asked for (flags:
 * LIST_SIZES, LIST_TIMES).  1 found (then *e's strings last as long as l,
 * which is to be released, and the glob), 0 no such name (err says so, too),
 * -1.
 */
int names_stat(struct run *run, const struct glob_name *name, unsigned flags,
    struct listing *l, struct entry *e, struct err *err);
/*
 * Says in words why a name was refused (ftp/refusal.h); returns -1.
 */
int names_refused(struct run *run, enum refusal_act act,
    const struct glob_name *name, struct err *err);
/*
 * All that is in a directory (flags: ftp/lister.h), or -1.  Release l in any
 * case.
 */
int names_list(struct run *run, const char *path, unsigned flags,
    struct listing *l, struct err *err);
/*
 * Whether a name is a directory, or a link to one: 1, 0, -1.  A name that
 * does not exist is none.
 */
int names_is_dir(struct run *run, const struct glob_name *name,
    struct err *err);

#endif
