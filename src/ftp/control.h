/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The control connection: a pipeline.  Sending a command and reading its
 * reply are two calls; replies are matched to commands in order.
 *
 *	control_send_path(c, &err, "CWD", dir);
 *	control_send(c, &err, "PWD");
 *	control_reply(c, deadline, &r, &err);		of CWD
 *	control_reply(c, deadline, &r, &err);		of PWD
 *
 * What is about a name on the server leaves by control_send_path(), which
 * decides how names are sent.  A command sent with one of the functions in
 * ..._for() needs nobody to wait for it: its reply goes to a function,
 * whenever it comes by.  Without pipelining
 * ("pipeline off") sending waits for the reply to the command before.
 */
#ifndef FTP_CONTROL_H
#define FTP_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/err.h"
#include "ftp/reply.h"
#include "ftp/server.h"
#include "net/stream.h"

struct control;

/*
 * The final reply to a command sent with control_send_for(); NULL if the
 * connection ended before it came.  Must not call into the control
 * connection except for control_send_for().
 */
typedef void (*control_done)(void *ctx, const struct reply *r);

/* Takes the stream over; number names the connection in the log. */
struct control *control_new(struct stream *s, int number,
    struct cancel *cancel);
/* Closes at once; functions still expecting replies get NULL. */
void control_free(struct control *c);
struct stream *control_stream(struct control *c);
/* Sending waits for the reply to the command before. */
void control_set_lockstep(struct control *c, bool on);
/*
 * From now on a flight that goes wrong is noticed, and learned of the server
 * (TRAIT_FLIGHTS): a command behind others that is not answered within
 * control_patience(), or by what can be no answer to it, or is refused as if
 * something before it was lost, or with which the connection ends.  The
 * connection is given up then.
 */
void control_watch(struct control *c, struct server *server);
/* What it is without, if the command sent last goes astray, is t. */
void control_blame(struct control *c, enum trait t);
/* clock_ms() of the latest reply. */
int64_t control_heard(const struct control *c);
/* ms that an answer to a quick command may take behind the one before. */
int64_t control_patience(const struct control *c);
/*
 * Whether that was why it ended, and flights of that kind are given up: then
 * all is to be done again, on a new connection.
 */
bool control_went_astray(const struct control *c);
/* Whether it ended with an answer that cannot be its command's. */
bool control_lost_step(const struct control *c);
/*
 * The same, told by those who know of an answer what cannot be seen from its
 * code alone, or that it is overdue.  Sets err; -1.
 */
int control_astray(struct control *c, const char *why, struct err *err);
/*
 * A server without TRAIT_SLASHES gets names without their directories: CWD
 * goes there first, and *cwd, where it is as far as known (NULL: not),
 * follows.  Whether it has that is known once a command with a path was
 * answered well.  Until then those that it refuses are said again so, before
 * their answers are handed out.
 */
void control_set_place(struct control *c, char **cwd);
/* Whether that is not known yet. */
bool control_doubts_slashes(struct control *c);
/*
 * Commands with a data connection are said again by their callers: whether
 * "verb path", refused so while that was in doubt, is worth it, now
 * bare; and if that is refused, too, that it was not for the slashes.
 */
bool control_try_bare(struct control *c, const char *verb, const char *path,
    const struct err *refusal);
void control_end_trial(struct control *c);
/*
 * Where names go bare, goes to where "verb path" is to be said, ahead of what
 * has to stand right before it (REST): 1, 0 that is no matter, -1.
 */
int control_go(struct control *c, const char *verb, const char *path,
    struct err *err);
/* Limit of waiting in lockstep and for output, ms. */
void control_set_timeout(struct control *c, int64_t ms);
/* What its waits watch from now on, NULL: nothing; returns what it was. */
struct cancel *control_set_cancel(struct control *c, struct cancel *cancel);
/* What a cancel leaves its waits from now on, ms, all together; 0: nothing. */
void control_set_grace(struct control *c, int64_t ms);
/* False once it was closed, broken, or said 421: nothing can be sent. */
bool control_alive(const struct control *c);
/* Declares it unusable (after an abort, say). */
void control_kill(struct control *c);

/*
 * Whether text can be part of a command: 0, or -1 (ERR_USAGE).  Tells before
 * others are sent what control_send() would refuse.
 */
int control_check(const char *text, struct err *err);
/*
 * Queues a command.  The only ways to send: CR, LF and NUL, and 0xFF before
 * 0xF0-0xFE, are refused (ERR_USAGE).  Nothing leaves before
 * control_flush(), or reading.  0 or -1.
 */
int control_send(struct control *c, struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/*
 * The same for all commands about a name on the server: verb is what stands
 * before it ("SITE CHMOD 644"), behind what stands after it.  Here it is
 * decided what cannot be sent, and whether a path goes as it is or bare.
 */
int control_send_path(struct control *c, struct err *err, const char *verb,
    const char *path);
int control_send_path_for(struct control *c, control_done fn, void *ctx,
    struct err *err, const char *verb, const char *path);
int control_send_path_then(struct control *c, control_done fn, void *ctx,
    struct err *err, const char *verb, const char *path, const char *behind);
/* The same, with secret as the argument, which the log shows as "****". */
int control_send_secret(struct control *c, const char *verb,
    const char *secret, struct err *err);
int control_send_for(struct control *c, control_done fn, void *ctx,
    struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/*
 * What is sent from now on, and its answers unless they are refusals, is in
 * the log at -vv only; at -v what, in its place.  NULL: all is again.
 */
void control_hush(struct control *c, const char *what);
/* Hands everything queued to the socket; waits for it by the time limit. */
int control_flush(struct control *c, struct err *err);

/*
 * The next reply of the oldest command that was sent with control_send(),
 * which may be preliminary (1yz; then its final one is still to come).
 * *r belongs to the control connection and is good until the next call.
 * ERR_TIMEOUT at the deadline; ERR_NETWORK when the connection ends.
 */
int control_reply(struct control *c, int64_t deadline, struct reply **r,
    struct err *err);
/* The same without waiting: 1 a reply, 0 none yet, -1. */
int control_try_reply(struct control *c, struct reply **r, struct err *err);
/*
 * Reads until all commands are answered: 1; 0 when for ms nothing has come, or
 * the function of an answer has set *until (NULL: none does); -1 when the
 * connection has ended.  The replies stay, to be looked at.
 */
int control_gather(struct control *c, const bool *until, int64_t ms,
    struct err *err);
/*
 * The i-th of the commands sent with control_send() whose reply was not taken
 * yet: its verb, and its final reply if that has come; false: there is none.
 */
bool control_peek(const struct control *c, size_t i, const char **verb,
    const struct reply **r);
/* Before any command: the greeting, and nothing but it. */
int control_greeting(struct control *c, int64_t deadline, struct reply **r,
    struct err *err);
/*
 * Puts TLS on top and shakes hands.  Anything the server sent behind its last
 * reply is fatal (ERR_TLS "data before TLS").
 */
int control_start_tls(struct control *c, struct tls_peer *peer,
    int64_t deadline, struct err *err);
/* Reads until *done, which the function of an answer sets. */
int control_await(struct control *c, const bool *done, int64_t deadline,
    struct err *err);
/* Reads until every control_send_for() is answered. */
int control_settle(struct control *c, int64_t deadline, struct err *err);
/* How many commands await their final reply. */
int control_pending(const struct control *c);
/* The reply to the command sent last may have up to max bytes (STAT). */
void control_reply_max(struct control *c, size_t max);

#endif
