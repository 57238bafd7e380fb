/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

enum { PATH_SHOWN_MAX = 512 };

static const struct {
	const char *name;
	int status;
	bool retry;
} kinds[] = {
	[ERR_NONE] =		{ "none",	0,	false },
	[ERR_REFUSED] =		{ "refused",	1,	false },
	[ERR_USAGE] =		{ "usage",	2,	false },
	[ERR_NETWORK] =		{ "network",	3,	true },
	[ERR_TIMEOUT] =		{ "timeout",	3,	true },
	[ERR_PROTOCOL] =	{ "protocol",	3,	true },
	[ERR_TLS] =		{ "tls",	4,	false },
	[ERR_TRUST] =		{ "trust",	4,	false },
	[ERR_LOGIN] =		{ "login",	5,	false },
	[ERR_LOCAL] =		{ "local",	6,	false },
	[ERR_LOCK] =		{ "lock",	7,	false },
	[ERR_VERIFY] =		{ "verify",	8,	true },
	[ERR_CANCELLED] =	{ "cancelled",	130,	false },
};

/* Names in messages may be anything: none reaches a terminal as it is. */
static void
escape(struct err *err)
{
	struct buf b = BUF_INIT(sizeof(err->msg) - 1);
	const char *s;

	for (s = err->msg; *s >= ' ' && *s < 0x7f; s++)
		continue;
	if (*s == '\0')
		return;
	text_escape(&b, err->msg, strlen(err->msg));
	strlcpy(err->msg, b.data, sizeof(err->msg));
	buf_release(&b);
}

/*
 * Formats at offset at of the message; where that is too long, it is cut
 * between two UTF-8 characters.
 */
static void __attribute__((format(printf, 3, 0)))
format(struct err *err, size_t at, const char *fmt, va_list ap)
{
	size_t room, end;

	room = sizeof(err->msg) - at;
	if ((size_t)vsnprintf(err->msg + at, room, fmt, ap) < room)
		return;
	end = strlen(err->msg);
	while (end > at && (err->msg[end - 1] & 0xc0) == 0x80)
		end--;
	if (end > at && (err->msg[end - 1] & 0x80) != 0)
		end--;
	err->msg[end] = '\0';
}

static void __attribute__((format(printf, 2, 3)))
append(struct err *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	format(err, strlen(err->msg), fmt, ap);
	va_end(ap);
}

static void __attribute__((format(printf, 3, 0)))
set_message(struct err *err, enum err_kind kind, const char *fmt, va_list ap)
{
	struct err new = { .kind = kind };

	format(&new, 0, fmt, ap);
	*err = new;
}

int
err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_message(err, kind, fmt, ap);
	va_end(ap);
	escape(err);
	return -1;
}

int
err_sys(struct err *err, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;
	int saved = errno;

	va_start(ap, fmt);
	set_message(err, kind, fmt, ap);
	va_end(ap);
	append(err, ": %s", strerror(saved));
	escape(err);
	err->sys = saved;
	return -1;
}

int
err_path(struct err *err, const char *path, const char *what)
{
	char shown[PATH_SHOWN_MAX];
	int saved = errno;

	text_escape_to(shown, sizeof(shown), path);
	errno = saved;
	return err_sys(err, ERR_LOCAL, "%s: %s", shown, what);
}

int
err_advise(struct err *err, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(err->remedy, sizeof(err->remedy), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(err->remedy))
		*err->remedy = '\0';
	return -1;
}

int
err_prefix(struct err *err, const char *fmt, ...)
{
	struct err old = *err;
	va_list ap;

	va_start(ap, fmt);
	format(err, 0, fmt, ap);
	va_end(ap);
	append(err, ": %s", old.msg);
	escape(err);
	return -1;
}

int
err_append(struct err *err, const char *fmt, ...)
{
	struct err old = *err;
	va_list ap;

	va_start(ap, fmt);
	format(err, strlen(old.msg), fmt, ap);
	va_end(ap);
	escape(err);
	return -1;
}

void
err_note_reply(struct err *err, int code, const char *words)
{
	err->code = code;
	strlcpy(err->reply, words, sizeof(err->reply));
}

void
err_clear(struct err *err)
{
	*err = (struct err)ERR_INIT;
}

const char *
err_kind_name(enum err_kind kind)
{
	return kinds[kind].name;
}

int
err_status(enum err_kind kind)
{
	return kinds[kind].status;
}

bool
err_no_room(const struct err *err)
{
	return err->sys == ENOSPC || err->sys == EDQUOT ||
	    err->code == 452 || err->code == 552;
}

bool
err_retry(const struct err *err)
{
	if (err->kind == ERR_REFUSED)
		return err->code >= 400 && err->code < 500;
	/*
	 * A handshake that was cut short, not one that was refused; a record
	 * that was changed on its way.
	 */
	if (err->kind == ERR_TLS)
		return err->sys == ECONNRESET || err->sys == EBADMSG;
	return kinds[err->kind].retry;
}

enum err_kind
err_merge(enum err_kind a, enum err_kind b)
{
	if (b == ERR_NONE)
		return a;
	if (a == ERR_NONE || err_status(a) == err_status(b))
		return b;
	return ERR_REFUSED;
}
