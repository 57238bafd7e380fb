/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a transfer was, once it is over.  Pure: how either connection ended, in;
 * out comes whether the bytes that moved are all there were (I2).
 */
#ifndef FTP_VERDICT_H
#define FTP_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "config/option.h"
#include "net/stream.h"

struct verdict_input {
	bool upload;
	bool listing;		/* whose bare end is told, not refused */
	bool protected;		/* the data connection was, by TLS */
	bool lost;		/* no end to it; why is in err already */
	bool astray;		/* something else was answered in its place */
	enum stream_end end;	/* of a download */
	enum tls_eof eof;	/* the setting */
	int64_t expected;	/* bytes of a download; -1: not known */
	int64_t moved;		/* bytes either way */
	int code;		/* of the final reply; 0: none came */
	const char *words;	/* the whole of it, as reply_say() shows it */
};

enum verdict {
	VERDICT_WHOLE,
	VERDICT_TO_LOOK,	/* a listing without close_notify behind it */
	VERDICT_SHORT,		/* bytes are missing, or may be: ERR_VERIFY */
	VERDICT_ASTRAY,		/* not its answer: ERR_NETWORK */
	VERDICT_REFUSED,	/* as verdict_refusal() says */
	VERDICT_LOST,		/* err is what it was */
};

/*
 * Bytes that are missing count before what the server says of it, unless it
 * refused and sent none.  Sets err but for the first two.
 */
enum verdict verdict_of(const struct verdict_input *in, struct err *err);
/*
 * A reply that refuses a command with a data connection, as an error:
 * ERR_REFUSED, or ERR_NETWORK where a new login may help.  Returns -1.
 */
int verdict_refusal(int code, const char *words, bool protected,
    struct err *err);
/* Whether a refusal may be about the TLS session or the port, not the file. */
bool verdict_blames_connection(const struct err *err);

#endif
