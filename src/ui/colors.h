/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The colour of an entry in a listing, by LS_COLORS as dircolors(1) writes it.
 *
 *	code = colors_of(getenv("LS_COLORS"), &entry);
 */
#ifndef UI_COLORS_H
#define UI_COLORS_H

#include "listing/listing.h"

/*
 * What stands between ESC [ and m, digits and semicolons only, or NULL: none.
 * The caller frees it.  spec NULL: the usual ones.
 */
char *colors_of(const char *spec, const struct entry *e);

#endif
