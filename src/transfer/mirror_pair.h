/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A mirror between a directory of this machine and one of a server: the one
 * place where it counts which of them is the source.
 */
#ifndef TRANSFER_MIRROR_PAIR_H
#define TRANSFER_MIRROR_PAIR_H

#include "ftp/session.h"
#include "transfer/mirror.h"

/*
 * As mirror_run(), with the session, its site's settings and up to
 * o->parallel connections.  What is done is told to obs.
 */
int mirror_pair_run(struct session *s, const struct mirror_options *o,
    const struct observer *obs, struct summary *sum, struct err *err);

/*
 * Both ends by names that mean the same to every run; the caller frees them.
 * s is connected.
 */
void mirror_pair_names(struct session *s, const struct mirror_options *o,
    char **from, char **to);

#endif
