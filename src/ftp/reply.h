/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Replies of the server (RFC 959, 4.2; RFC 1123, 4.1.2.11) and what is said
 * inside some of them.  Pure: bytes in, values out.
 *
 *	struct reply r = REPLY_INIT;
 *	while ((rc = reply_feed(&r, line, n, &err)) == 0) ...next line
 *	if (reply_class(r.code) == 2) ...
 *	reply_release(&r);
 */
#ifndef FTP_REPLY_H
#define FTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"

enum {
	REPLY_LINE_MAX = 8 * 1024,
	REPLY_TEXT_MAX = 64 * 1024,
	REPLY_LISTING_MAX = 64 * 1024 * 1024	/* STAT, MLST, HELP */
};

struct reply {
	int code;		/* 100-599; 0 before the first line */
	struct buf text;	/* lines without codes, '\n' between them */
	bool done;		/* reply_feed() has come to its end */
	int lines;
};

#define REPLY_INIT { .text = BUF_INIT(REPLY_TEXT_MAX) }

/* Begins anew; text.max, which the caller may have raised, stays. */
void reply_clear(struct reply *r);
void reply_release(struct reply *r);
/*
 * What a code's first digit says (RFC 959, 4.2.1): 1 wait for another, 2 done,
 * 3 go on, 4 not now, 5 no.
 */
int reply_class(int code);
/*
 * What the first bytes of a connection that does not speak FTP look like:
 * "SSH", "HTTP", "TLS", ...; or NULL.
 */
const char *reply_looks_like(const char *data, size_t n);
/*
 * One line without its end of line (a CR before LF already taken off; telnet
 * IAC sequences already taken out).  1: the reply is complete, 0: more lines
 * follow, -1: ERR_PROTOCOL (no reply line, NUL, too long; shows up to 80
 * escaped bytes).  The text of a multi-line reply's inner lines keeps their
 * leading blank; "ddd-" with the reply's own code is taken off.  A line after
 * a complete reply begins the next one.
 */
int reply_feed(struct reply *r, const char *line, size_t n, struct err *err);
/*
 * Removes telnet IAC DO/DONT/WILL/WONT x and folds IAC IAC, in place;
 * returns the new length.
 */
size_t reply_strip_telnet(char *line, size_t n);
enum { REPLY_SAY_MAX = 512 };

/*
 * The code and all lines of the text, escaped, as "550 No such file" or "552
 * Quota exceeded; transfer aborted".  What is too long for size loses its
 * middle: the last line is there in any case.  Returns out.
 */
char *reply_say(const struct reply *r, char *out, size_t size);
/*
 * Fills err with ERR_REFUSED (421: ERR_NETWORK), the code and "what: 550
 * words"; returns -1.
 */
int reply_error(const struct reply *r, struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* 229 (RFC 2428): the port; 0 or -1. */
int reply_epsv(const struct reply *r, int *port);
/* 227: first run of six numbers; address as text "a.b.c.d". 0 or -1. */
int reply_pasv(const struct reply *r, char address[16], int *port);
/*
 * 257: the quoted path, quotes undoubled (Pure-FTPd does not double them);
 * control bytes are refused.  0 and an owned string, or -1.
 */
int reply_path(const struct reply *r, char **path);
/*
 * 213 of SIZE: 0, or -1 for anything else or beyond INT64_MAX.  Of several
 * lines those count that are nothing but a size, or a time, and all alike.
 */
int reply_size(const struct reply *r, int64_t *size);
/* 213 of MDTM (RFC 3659, 2.3); sub is set if a fraction was given. */
int reply_mdtm(const struct reply *r, struct timespec *ts, bool *sub);
/* The last "(1234 bytes)" in a 1yz reply: 0 or -1. */
int reply_announced(const struct reply *r, int64_t *size);
/*
 * The digest in a reply to HASH ("SHA-256 0-99 hex name") or to XSHA256 and
 * its like: finds a hex string of hexlen digits standing alone; lower case.
 * hex holds hexlen + 1 bytes.  0 or -1.
 */
int reply_digest(const struct reply *r, size_t hexlen, char *hex);

#endif
