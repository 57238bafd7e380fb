/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/digest.h"

#include <stdlib.h>

#include "ftp/session_in.h"

/* How a digest can be asked for, best first. */
static const struct {
	unsigned flag;
	enum hash_alg alg;
	const char *verb;
	size_t digits;
} digests[] = {
	{ FEAT_XSHA256, HASH_SHA256, "XSHA256", 64 },
	{ FEAT_XSHA512, HASH_SHA512, "XSHA512", 128 },
	{ FEAT_XSHA1, HASH_SHA1, "XSHA1", 40 },
	{ FEAT_XMD5, HASH_MD5, "XMD5", 32 },
	{ FEAT_XCRC, HASH_CRC32, "XCRC", 8 },
};

enum { DIGESTS = sizeof(digests) / sizeof(digests[0]) };

/*
 * HASH with the best algorithm, of those in the mask wanted (1 << alg), that
 * the server has (draft-bryan-ftpext-hash).
 */
static int
ask_hash(struct session *s, const char *full, unsigned wanted,
    enum hash_alg *alg, char *hex, struct err *err)
{
	unsigned have = s->conn->feat.hashes & wanted;
	struct reply *r;
	char opts[64];
	size_t i;

	for (i = 0; i < DIGESTS; i++)
		if (have & (1U << digests[i].alg))
			break;
	if (i == DIGESTS)
		return 0;
	snprintf(opts, sizeof(opts), "OPTS HASH %s",
	    hash_name(digests[i].alg));
	if (session_command(s, &r, NULL, err, opts, NULL) != 0 ||
	    session_command(s, &r, NULL, err, "HASH", full) != 0)
		return -1;
	*alg = digests[i].alg;
	return reply_digest(r, digests[i].digits, hex) == 0;
}

bool
digest_offered(const struct session *s)
{
	const struct feat *feat = session_feat(s);
	unsigned all = FEAT_HASH;
	size_t i;

	for (i = 0; i < DIGESTS; i++)
		all |= digests[i].flag;
	return feat != NULL && (feat->flags & all) != 0;
}

/* By any algorithm of the mask wanted. */
static int
ask_any(struct session *s, const char *path, unsigned wanted,
    enum hash_alg *alg, char hex[HASH_HEX_MAX], struct err *err)
{
	struct reply *r;
	char *full;
	size_t i;
	int rc = 0;

	if (session_connect(s, err) != 0)
		return -1;
	full = session_path(s, path);
	if (s->conn->feat.flags & FEAT_HASH)
		rc = ask_hash(s, full, wanted, alg, hex, err);
	for (i = 0; rc == 0 && i < DIGESTS; i++) {
		if (!(s->conn->feat.flags & digests[i].flag) ||
		    !(wanted & (1U << digests[i].alg)))
			continue;
		rc = session_command(s, &r, NULL, err, digests[i].verb, full);
		if (rc == 0 && reply_digest(r, digests[i].digits, hex) == 0) {
			*alg = digests[i].alg;
			rc = 1;
		}
	}
	free(full);
	return rc;
}

int
digest_ask_by(struct session *s, const char *path, enum hash_alg alg,
    char hex[HASH_HEX_MAX], struct err *err)
{
	return ask_any(s, path, 1U << alg, &alg, hex, err);
}

int
digest_ask(struct session *s, const char *path, enum hash_alg *alg,
    char hex[HASH_HEX_MAX], struct err *err)
{
	return ask_any(s, path, ~0U, alg, hex, err);
}
