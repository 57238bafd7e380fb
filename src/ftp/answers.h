/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether something answers to a name, where no listing has to be read. */
#ifndef FTP_ANSWERS_H
#define FTP_ANSWERS_H

#include "ftp/reply.h"
#include "ftp/session.h"
#include "listing/listing.h"

/*
 * The entry in a good reply to MLST, which one of its lines is: 0, or -1, then
 * with err only if some line looked like it.
 */
int answers_facts(const struct reply *r, struct listing *out,
    struct err *err);
/*
 * The entry in a good reply to MLST of an absolute name: 1; 2 if it is about
 * something else, and so is no answer; -1.
 */
int answers_mlst(const struct reply *r, const char *full, struct listing *out,
    struct err *err);
/*
 * Asks for n absolute names, many in a flight: there[i] tells whether
 * something answers to it, a file or directory as far as the server tells one
 * by name.  0, or -1 when the connection failed, or an answer was neither yes
 * nor no.
 */
int answers_many(struct session *s, const char *const *full, size_t n,
    bool *there, struct err *err);

#endif
