/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { BUF_FIRST = 64 };

const char buf_empty[1] = "";

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf)BUF_INIT(max);
}

void
buf_release(struct buf *b)
{
	if (b->cap != 0)
		free(b->data);
	buf_init(b, b->max);
}

void
buf_release_secret(struct buf *b)
{
	if (b->cap != 0)
		explicit_bzero(b->data, b->cap);
	buf_release(b);
}

void
buf_clear(struct buf *b)
{
	buf_truncate(b, 0);
	b->full = false;
}

/*
 * Makes room for n bytes more and the NUL.  The old memory is wiped when the
 * data move: a secret leaves no copy behind.
 */
static int
reserve(struct buf *b, size_t n)
{
	size_t cap;
	char *p;

	if (n > b->max - b->len) {
		b->full = true;
		return -1;
	}
	if (n < b->cap - b->len)
		return 0;
	cap = b->cap != 0 ? b->cap : BUF_FIRST;
	while (cap - b->len <= n)
		cap = cap > SIZE_MAX / 2 ? b->len + n + 1 : cap * 2;
	p = xmalloc(cap);
	memcpy(p, b->data, b->len + 1);
	if (b->cap != 0) {
		explicit_bzero(b->data, b->cap);
		free(b->data);
	}
	b->data = p;
	b->cap = cap;
	return 0;
}

int
buf_add(struct buf *b, const void *data, size_t n)
{
	if (n == 0)
		return 0;
	if (reserve(b, n) != 0)
		return -1;
	memcpy(b->data + b->len, data, n);
	b->len += n;
	b->data[b->len] = '\0';
	return 0;
}

int
buf_adds(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int
buf_addc(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

int
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->full = true;
		return -1;
	}
	if (n == 0)
		return 0;
	if (reserve(b, (size_t)n) != 0)
		return -1;
	va_start(ap, fmt);
	vsnprintf(b->data + b->len, b->cap - b->len, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return 0;
}

void
buf_consume(struct buf *b, size_t n)
{
	assert(n <= b->len);
	if (n == 0)
		return;
	b->len -= n;
	memmove(b->data, b->data + n, b->len + 1);
}

void
buf_truncate(struct buf *b, size_t n)
{
	assert(n <= b->len);
	if (n == b->len)
		return;
	b->len = n;
	b->data[n] = '\0';
}

char *
buf_detach(struct buf *b)
{
	char *s;

	s = b->cap != 0 ? b->data : xstrdup("");
	buf_init(b, b->max);
	return s;
}
