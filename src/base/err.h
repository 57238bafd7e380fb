/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How a function says why it failed: it returns -1 and fills a struct err.
 * The lowest layer writes the sentence, upper layers put their object before
 * it (err_prefix), one place prints it.  The kinds are those of the manual's
 * EXIT STATUS; one table maps them to a status and to "worth a retry".
 *
 *	struct err err = ERR_INIT;
 *	if (foo(x, &err) != 0)
 *		return err_prefix(&err, "%s", name);
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

enum err_kind {
	ERR_NONE,
	ERR_REFUSED,	/* by the server: 4yz or 5yz in code */
	ERR_USAGE,
	ERR_NETWORK,
	ERR_TIMEOUT,
	ERR_PROTOCOL,	/* the server breaks the protocol */
	ERR_TLS,	/* handshake, no TLS offered, unprotected data */
	ERR_TRUST,	/* certificate, host name, pin */
	ERR_LOGIN,
	ERR_LOCAL,	/* local file system */
	ERR_LOCK,
	ERR_VERIFY,	/* what arrived is not what was sent */
	ERR_CANCELLED,
};

struct err {
	enum err_kind kind;
	int code;	/* the server's reply code, or 0 */
	int sys;	/* errno behind it, or 0 */
	char msg[1024];	/* one line, already escaped for a terminal */
	char reply[512];	/* what the server said, escaped, or "" */
	char remedy[128];	/* a line of the configuration, or "" */
};

#define ERR_INIT { 0 }

/*
 * Sets the error and returns -1.  Text from a server must be escaped by the
 * caller (text_escape()).
 */
int err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same; appends ": " and the text of errno, and keeps errno in sys. */
int err_sys(struct err *err, enum err_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/*
 * The same of a file: ERR_LOCAL, "PATH: WHAT: ...".  A path too long for a
 * message is cut.
 */
int err_path(struct err *err, const char *path, const char *what);
/* Puts "OBJECT: " in front of the message; returns -1. */
int err_prefix(struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Appends to the message (advice, as "; try ..."); returns -1. */
int err_append(struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Notes what the server said (escaped, its code before it), and the code. */
void err_note_reply(struct err *err, int code, const char *words);
/*
 * Notes the setting that would mend it, as "NAME VALUE"; nothing in it may be
 * of the peer's choice but what was checked.  Returns -1.
 */
int err_advise(struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void err_clear(struct err *err);

/* The kind's name in JSON: "refused", "usage", ... */
const char *err_kind_name(enum err_kind kind);
/* The exit status of the kind (0 for ERR_NONE; 130 for ERR_CANCELLED). */
int err_status(enum err_kind kind);
/* Whether there was no room, here or on the server: disk full, quota. */
bool err_no_room(const struct err *err);
/*
 * Whether doing the same again, after a delay, can help: network, timeout,
 * protocol, a 4yz reply, data cut short; never a 5yz, trust, login, local.
 */
bool err_retry(const struct err *err);

/*
 * The kind for several failures together: theirs if all have one status,
 * else ERR_REFUSED.  What did not fail (ERR_NONE) does not count.
 */
enum err_kind err_merge(enum err_kind a, enum err_kind b);

#endif
