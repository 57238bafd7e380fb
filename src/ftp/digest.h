/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Digests of files, computed by the server. */
#ifndef FTP_DIGEST_H
#define FTP_DIGEST_H

#include <stdbool.h>

#include "base/err.h"
#include "base/hash.h"
#include "ftp/session.h"

/* Whether the server, which is connected, says that it knows digests. */
bool digest_offered(const struct session *s);
/* By that algorithm only: 1, 0 (the server has it not), -1. */
int digest_ask_by(struct session *s, const char *path, enum hash_alg alg,
    char hex[HASH_HEX_MAX], struct err *err);
/* The server's digest of a file by the best it has: 1, 0 (has none), -1. */
int digest_ask(struct session *s, const char *path, enum hash_alg *alg,
    char hex[HASH_HEX_MAX], struct err *err);

#endif
