/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ways of listing one directory over a data connection: MLSD, LIST -a,
 * LIST, as the setting says and the server has them.  What is to be concluded
 * from that is for lister.h.
 */
#ifndef FTP_LISTWAY_H
#define FTP_LISTWAY_H

#include <stdbool.h>
#include <stddef.h>

#include "ftp/data.h"
#include "ftp/session.h"
#include "listing/listing.h"

/* Takes what came; 0 or -1. */
typedef int (*listway_take)(void *ctx, const void *data, size_t n,
    struct err *err);

/*
 * What a listing command says, piece by piece, to take(); end: how it ended.
 * Connected; not repeated.  0 or -1.
 */
int listway_fetch(struct session *s, const struct data_request *rq,
    listway_take take, void *ctx, struct data_end *end, struct err *err);
/*
 * A directory by its absolute name, by the first way that works; by_list: as
 * ls shows it.  Of what is not there, or no directory, a refusal, also where
 * the server just lists nothing.  Connected; not repeated.  0 or -1; release
 * out in any case.
 */
int listway_list(struct session *s, const char *full, bool by_list,
    struct listing *out, struct err *err);

#endif
