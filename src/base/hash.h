/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Digests, computed as data pass by (GnuTLS underneath). */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>

enum hash_alg {
	HASH_SHA256, HASH_SHA512, HASH_SHA1, HASH_MD5, HASH_CRC32
};

struct hash;

/* Hex digits of the longest digest and a NUL. */
#define HASH_HEX_MAX 129

struct hash *hash_new(enum hash_alg alg);
void hash_update(struct hash *h, const void *data, size_t n);
/*
 * Writes lower-case hex and frees h.  "" if GnuTLS refuses the algorithm (as
 * MD5 in FIPS mode).
 */
void hash_finish(struct hash *h, char hex[HASH_HEX_MAX]);
void hash_free(struct hash *h);
/* All at once. */
void hash_hex(enum hash_alg alg, const void *data, size_t n,
    char hex[HASH_HEX_MAX]);
/* "SHA-256", as in HASH replies; and back (case-blind), -1 if unknown. */
const char *hash_name(enum hash_alg alg);
int hash_by_name(const char *name, enum hash_alg *alg);

#endif
