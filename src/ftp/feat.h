/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FEAT (RFC 2389): what the server says it can do. */
#ifndef FTP_FEAT_H
#define FTP_FEAT_H

#include <stdbool.h>

#include "base/buf.h"

/* Bits of struct feat.flags. */
enum feat_flag {
	FEAT_UTF8 = 1 << 0, FEAT_MLST = 1 << 1, FEAT_MFMT = 1 << 2,
	FEAT_MFF = 1 << 3, FEAT_MDTM = 1 << 4, FEAT_REST = 1 << 5,
	FEAT_EPSV = 1 << 6, FEAT_HASH = 1 << 7, FEAT_XCRC = 1 << 8,
	FEAT_XMD5 = 1 << 9, FEAT_XSHA1 = 1 << 10, FEAT_XSHA256 = 1 << 11,
	FEAT_XSHA512 = 1 << 12,
};

/* Facts that MLST offers, and which are on by default ("*"). */
enum feat_fact {
	FACT_TYPE = 1 << 0, FACT_SIZE = 1 << 1, FACT_MODIFY = 1 << 2,
	FACT_UNIX_MODE = 1 << 3, FACT_UNIX_OWNER = 1 << 4,
	FACT_UNIX_GROUP = 1 << 5, FACT_PERM = 1 << 6, FACT_UNIQUE = 1 << 7,
};

struct feat {
	bool known;		/* FEAT was answered */
	unsigned flags;
	unsigned facts, facts_on;
	unsigned hashes;	/* HASH: 1 << enum hash_alg */
	struct buf lines;	/* as said, escaped, one a line */
};

/* All zero: nothing is known. */
void feat_release(struct feat *f);
/*
 * From the text of a 211 reply (struct reply.text), in place of what was
 * known before.  Forgiving: any case, with or without the leading blank.
 */
void feat_parse(struct feat *f, const char *text);

#endif
