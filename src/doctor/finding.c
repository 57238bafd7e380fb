/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "doctor/finding.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void __attribute__((format(printf, 3, 0)))
hand_over(const struct exam *x, struct doctor_finding *f, const char *fmt,
    va_list ap)
{
	char *text = xvasprintf(fmt, ap);

	f->text = text;
	x->rq->found(x->rq->ctx, f);
	free(text);
}

void
finding_ok(struct exam *x, const char *subject, const char *fmt, ...)
{
	struct doctor_finding f = { .result = DOCTOR_OK, .subject = subject };
	va_list ap;

	va_start(ap, fmt);
	hand_over(x, &f, fmt, ap);
	va_end(ap);
}

void
finding_untested(struct exam *x, const char *subject,
    const char *fmt, ...)
{
	struct doctor_finding f = { .result = DOCTOR_UNTESTED,
	    .subject = subject };
	va_list ap;

	va_start(ap, fmt);
	hand_over(x, &f, fmt, ap);
	va_end(ap);
}

/* "NAME VALUE" */
static void
suit(struct settings *set, const char *line)
{
	char *copy = xstrdup(line), *value = copy, *name;
	struct err ignored = ERR_INIT;

	name = strsep(&value, " ");
	if (value != NULL)
		(void)option_set(set, name, value, &ignored);
	free(copy);
}

/* By what it said under TLS, else by its greeting. */
static const char *
directive(const struct exam *x, enum server_wish wish, const char **where)
{
	const char *line;

	if (wish == WISHES)
		return NULL;
	line = server_directive(x->server, wish, where);
	return line != NULL ? line : server_directive(x->greeted, wish, where);
}

void
finding_bad(struct exam *x, const struct finding *bad, const char *fmt, ...)
{
	struct doctor_finding f = { .result = bad->result,
	    .subject = bad->subject, .ours = bad->ours };
	va_list ap;

	f.theirs = directive(x, bad->wish, &f.where);
	if (bad->ours != NULL)
		suit(x->suits, bad->ours);
	va_start(ap, fmt);
	hand_over(x, &f, fmt, ap);
	va_end(ap);
}
