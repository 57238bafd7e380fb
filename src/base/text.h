/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Text for people.  Whatever a server (or a file system) supplied reaches a
 * terminal or a log only through text_escape().
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Appends n bytes at s to b so that they are harmless on any terminal: C0,
 * DEL, C1, bidi and other format controls and invalid UTF-8 become \ooo or
 * \u{XXXX}; printable UTF-8 stays.  A newline is escaped too.  What does not
 * fit in b is left out from there on, and b->full set.
 */
void text_escape(struct buf *b, const char *s, size_t n);
/* The same into a static-sized array, cut with "..." ; returns out. */
char *text_escape_to(char *out, size_t size, const char *s);
/*
 * The same for JSON that is made already, valid UTF-8: \uXXXX, so that nothing
 * is lost and \ keeps its meaning.
 */
void text_escape_json(struct buf *b, const char *s, size_t n);
/*
 * A name for a message: escaped, and what is too long for size loses its
 * middle, so that the reason is not pushed out of sight.  Returns out.
 */
enum { TEXT_NAME_MAX = 200 };
char *text_name(char *out, size_t size, const char *name);
/* The escaped copy; the caller frees it. */
char *text_escaped(const char *s);

/* Valid UTF-8 without NUL? */
bool text_is_utf8(const char *s, size_t n);
/* What to say where text_bom() is -1. */
extern const char text_utf16[];
/*
 * How many bytes at the start of a text file's n are UTF-8's byte order mark, 3
 * or 0; -1 if they say that it is no UTF-8 but UTF-16, as some editors on
 * Windows write.
 */
int text_bom(const char *s, size_t n);
/* Columns on a terminal of printable UTF-8 (as text_escape() makes it). */
int text_width(const char *s);

/* "0", "999", "1.5K", "23M": at most five characters. buf >= 8 bytes. */
char *text_size(char *buf, size_t size, uint64_t bytes);
/* "12s", "3m05s", "2h03m". */
char *text_duration(char *buf, size_t size, int64_t seconds);
/*
 * Whether ls(1) shows a time of day: within the half year before now.  What is
 * a day ahead, clocks being as they are, is recent, too.
 */
bool text_is_recent(int64_t t, int64_t now);
/* As ls -l: "Nov 20 13:24" if recent, else "Nov 20  2023". */
char *text_date(char *buf, size_t size, int64_t t, int64_t now);
/* "drwxr-xr-x" for type ('d', '-', 'l') and mode; mode < 0: "d?????????". */
char *text_mode(char *buf, size_t size, char type, int mode);
/* Which libunistring is in use: major << 16 | minor << 8 | subminor. */
int text_library(void);

#endif
