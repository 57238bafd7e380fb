/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/observe.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/mem.h"

void
observe_event(const struct observer *obs, const struct event *ev)
{
	if (obs != NULL)
		obs->event(obs->ctx, ev);
}

static void __attribute__((format(printf, 3, 0)))
warn(const struct observer *obs, bool loud, const char *fmt, va_list ap)
{
	struct event ev = {
		.type = EVENT_WARNING, .bytes = -1, .seconds = -1,
		.loud = loud,
	};
	char *s;

	if (obs == NULL)
		return;
	s = xvasprintf(fmt, ap);
	ev.message = s;
	observe_event(obs, &ev);
	free(s);
}

void
observe_warning(const struct observer *obs, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	warn(obs, false, fmt, ap);
	va_end(ap);
}

void
observe_loud_warning(const struct observer *obs, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	warn(obs, true, fmt, ap);
	va_end(ap);
}

void
observe_error(const struct observer *obs, const char *path,
    const struct err *err)
{
	struct event ev = {
		.type = EVENT_ERROR, .path = path, .message = err->msg,
		.err = err, .bytes = -1, .seconds = -1,
	};

	observe_event(obs, &ev);
}

void
observe_progress(const struct observer *obs, const char *name, int64_t delta,
    int64_t total, bool done)
{
	if (obs != NULL)
		obs->progress(obs->ctx, name, delta, total, done);
}
