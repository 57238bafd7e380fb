/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *
there_or_abort(void *p)
{
	static const char msg[] = "ftps: out of memory\n";
	ssize_t n;

	if (p == NULL) {
		n = write(STDERR_FILENO, msg, sizeof(msg) - 1);
		(void)n;
		abort();
	}
	return p;
}

void *
xmalloc(size_t size)
{
	return there_or_abort(malloc(size != 0 ? size : 1));
}

void *
xcalloc(size_t n, size_t size)
{
	if (n == 0 || size == 0)
		n = size = 1;
	return there_or_abort(calloc(n, size));
}

void *
xreallocarray(void *p, size_t n, size_t size)
{
	if (n == 0 || size == 0)
		n = size = 1;
	return there_or_abort(reallocarray(p, n, size));
}

char *
xstrdup(const char *s)
{
	return there_or_abort(strdup(s));
}

char *
xstrdup_null(const char *s)
{
	return s != NULL ? xstrdup(s) : NULL;
}

char *
xstrndup(const char *s, size_t n)
{
	return there_or_abort(strndup(s, n));
}

char *
xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = xvasprintf(fmt, ap);
	va_end(ap);
	return s;
}

char *
xvasprintf(const char *fmt, va_list ap)
{
	char *s;

	return there_or_abort(vasprintf(&s, fmt, ap) < 0 ? NULL : s);
}
