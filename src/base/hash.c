/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/hash.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "base/mem.h"

static const struct {
	const char *name;
	gnutls_digest_algorithm_t alg;
} algs[] = {
	[HASH_SHA256] =	{ "SHA-256",	GNUTLS_DIG_SHA256 },
	[HASH_SHA512] =	{ "SHA-512",	GNUTLS_DIG_SHA512 },
	[HASH_SHA1] =	{ "SHA-1",	GNUTLS_DIG_SHA1 },
	[HASH_MD5] =	{ "MD5",	GNUTLS_DIG_MD5 },
	[HASH_CRC32] =	{ "CRC32",	GNUTLS_DIG_NULL },
};

struct hash {
	enum hash_alg alg;
	gnutls_hash_hd_t hd;	/* NULL for CRC32 */
	bool failed;
	uint32_t crc;
	uint32_t table[256];	/* CRC32 only */
};

static void
crc_init(struct hash *h)
{
	uint32_t i, c;
	int bit;

	for (i = 0; i < 256; i++) {
		c = i;
		for (bit = 0; bit < 8; bit++)
			c = (c & 1) != 0 ? 0xedb88320 ^ (c >> 1) : c >> 1;
		h->table[i] = c;
	}
	h->crc = 0xffffffff;
}

static void
crc_update(struct hash *h, const unsigned char *p, size_t n)
{
	uint32_t c = h->crc;

	while (n-- > 0)
		c = h->table[(c ^ *p++) & 0xff] ^ (c >> 8);
	h->crc = c;
}

struct hash *
hash_new(enum hash_alg alg)
{
	struct hash *h = xcalloc(1, sizeof(*h));

	h->alg = alg;
	if (alg == HASH_CRC32)
		crc_init(h);
	else if (gnutls_hash_init(&h->hd, algs[alg].alg) != 0)
		h->failed = true;
	return h;
}

void
hash_update(struct hash *h, const void *data, size_t n)
{
	if (h->alg == HASH_CRC32)
		crc_update(h, data, n);
	else if (!h->failed && gnutls_hash(h->hd, data, n) != 0)
		h->failed = true;
}

void
hash_finish(struct hash *h, char hex[HASH_HEX_MAX])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char raw[64];
	size_t n, i;

	if (h->alg == HASH_CRC32) {
		n = 4;
		for (i = 0; i < n; i++)
			raw[i] = (unsigned char)(~h->crc >> (24 - 8 * i));
	} else {
		n = h->failed ? 0 : gnutls_hash_get_len(algs[h->alg].alg);
		if (h->hd != NULL)
			gnutls_hash_output(h->hd, raw);
	}
	for (i = 0; i < n; i++) {
		hex[2 * i] = digits[raw[i] >> 4];
		hex[2 * i + 1] = digits[raw[i] & 15];
	}
	hex[2 * n] = '\0';
	hash_free(h);
}

void
hash_free(struct hash *h)
{
	if (h == NULL)
		return;
	if (h->hd != NULL)
		gnutls_hash_deinit(h->hd, NULL);
	free(h);
}

void
hash_hex(enum hash_alg alg, const void *data, size_t n,
    char hex[HASH_HEX_MAX])
{
	struct hash *h = hash_new(alg);

	hash_update(h, data, n);
	hash_finish(h, hex);
}

const char *
hash_name(enum hash_alg alg)
{
	return algs[alg].name;
}

int
hash_by_name(const char *name, enum hash_alg *alg)
{
	size_t i;

	for (i = 0; i < sizeof(algs) / sizeof(algs[0]); i++) {
		if (strcasecmp(name, algs[i].name) == 0) {
			*alg = (enum hash_alg)i;
			return 0;
		}
	}
	return -1;
}
