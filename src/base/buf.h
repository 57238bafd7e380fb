/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A byte buffer that grows up to a maximum, the only string builder.
 *
 *	struct buf b = BUF_INIT(64 * 1024);
 *	buf_addf(&b, "%s/%s", dir, name);
 *	if (b.full) ...	an addition did not fit and was left out whole
 *	s = buf_detach(&b);	or buf_release(&b)
 *
 * data is always terminated by a NUL that does not count in len.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data;	/* "" while nothing is allocated */
	size_t len;
	size_t cap;	/* allocated, with the NUL; 0: nothing */
	size_t max;	/* len never exceeds this */
	bool full;	/* an addition was refused; sticky until cleared */
};

/* What an empty buffer points to; never written to. */
extern const char buf_empty[1];

#define BUF_INIT(max_) { .data = (char *)buf_empty, .max = (max_) }
/* The maximum for what comes from the user or from ourselves. */
#define BUF_OWN	((size_t)1 << 30)

void buf_init(struct buf *b, size_t max);
/* Frees the memory; the buffer is empty and usable again. */
void buf_release(struct buf *b);
/* Wipes the memory first: for secrets. */
void buf_release_secret(struct buf *b);
/* Empties without freeing; takes full back. */
void buf_clear(struct buf *b);

/* The additions return 0, or -1 (and set full) if max would be exceeded. */
int buf_add(struct buf *b, const void *data, size_t n);
int buf_adds(struct buf *b, const char *s);
int buf_addc(struct buf *b, char c);
int buf_addf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Removes the first n bytes (n <= len). */
void buf_consume(struct buf *b, size_t n);
/* Cuts to n bytes (n <= len). */
void buf_truncate(struct buf *b, size_t n);
/* Hands the string over; the caller frees it; the buffer is empty again. */
char *buf_detach(struct buf *b);

#endif
