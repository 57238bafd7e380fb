/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names as servers and file systems change them: one component each, raw
 * bytes.  What may be one name on a side that folds is two on one that does
 * not; this only tells what is possible.
 *
 *	set = fold_set_new(sent, n);
 *	name = fold_set_find(set, "REPORT_");	perhaps it is that one
 *	fold_set_free(set);
 */
#ifndef BASE_FOLD_H
#define BASE_FOLD_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether servers are known to change such a name: control bytes, blanks at
 * either end, a dot at the end, any of :*?"<>|\ or bytes beyond ASCII.  (Case
 * is not looked at.)
 */
bool fold_at_risk(const char *name);

/* In what two names differ. */
enum fold {
	FOLD_SAME,		/* in nothing */
	FOLD_CASE,		/* in case alone */
	FOLD_FORM,		/* in Unicode's normal form alone */
	FOLD_BOTH,		/* in case and in form */
	FOLD_ENDS,		/* in blanks or dots at the ends as well */
	FOLD_REPLACED,		/* in characters that _ or ? stands for */
	FOLD_OTHER,		/* these are two names for all */
};

/* How a side may have come to store a name so. */
enum fold fold_between(const char *name, const char *stored);

/* The names of one directory, n of them, which are borrowed. */
struct fold_set *fold_set_new(const char *const *name, size_t n);
void fold_set_free(struct fold_set *set);
/*
 * One of them, other than the very same bytes, that may have been stored so:
 * fold_between() is not FOLD_OTHER.  NULL if there is none.
 */
const char *fold_set_find(const struct fold_set *set, const char *stored);

/*
 * What all spellings of a name have in common but for replaced characters:
 * equal for FOLD_SAME to FOLD_ENDS.  The caller frees it.
 */
char *fold_key(const char *name);

#endif
