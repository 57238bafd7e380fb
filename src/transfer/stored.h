/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The names under which a side shows what was put there.  Only a listing of
 * the directory tells: commands that name a thing are mapped as its name was.
 */
#ifndef TRANSFER_STORED_H
#define TRANSFER_STORED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "ftp/session.h"
#include "local/tree.h"

/* One name that was put into a directory. */
struct stored {
	const char *name;	/* one component, borrowed */
	bool listed;		/* it is there */
	bool kept;		/* or nothing else can be told */
	char *as;		/* what it is called instead, or NULL */
};

/*
 * Looks for n names, NULL-initialised but for name, in one listing of dir.
 * 0, or -1 when the connection failed.  Release each in any case.
 */
int stored_look(struct session *s, const char *dir, struct stored *v,
    size_t n, struct err *err);
int stored_look_local(struct tree *t, const char *dir, struct stored *v,
    size_t n, struct err *err);
void stored_release(struct stored *v);
/*
 * Looks for one path of the server that was just made, if its name is one that
 * servers are known to change: 0, or -1 with what stored_error() says.
 */
int stored_check(struct session *s, const char *path, struct err *err);
/* What is said of one that is not kept: -1, of the kind given. */
int stored_error(const struct stored *v, enum err_kind kind,
    struct err *err);
/* The same of one that is not sent since another has its place. */
int stored_twin(const char *name, const char *other, enum err_kind kind,
    struct err *err);
/* The same of a name and what stands there. */
int stored_as(const char *name, const char *as, enum err_kind kind,
    struct err *err);

/*
 * Whether something answers to a path (absolute) of the server: 1, 0, -1;
 * a name that no listing shows may answer for another.  Where nothing that
 * asks for files works, 0 is no proof.
 */
int stored_answers(struct session *s, const char *path, struct err *err);

/* Whether it is known what the server takes names that differ in case for. */
bool stored_knows_case(struct session *s);
/*
 * Finds that out by a path (absolute) that is there and whose namesake in
 * other case was not there before it.  It stays unknown without letters in the
 * name, and where the server does not answer to the path itself.  0, or -1
 * when the connection failed.
 */
int stored_learn_case(struct session *s, const char *path, struct err *err);

/*
 * A path with its last name's ASCII letters in other case; NULL without any.
 * The caller frees it.
 */
char *stored_other_case(const char *path);

/* The comparison itself; listed is sorted (strcmp). */
void stored_compare(struct stored *v, size_t n, const char *const *listed,
    size_t nlisted);

#endif
