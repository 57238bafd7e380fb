/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Servers that end a listing at a limit mostly say so in the words of a reply
 * that is otherwise one of success: "226 Output truncated to 2000 matches".
 * Pure.
 */
#ifndef LISTING_ADMITS_H
#define LISTING_ADMITS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether a line (n bytes, without its code) says that a listing is not all:
 * truncated, limited to, too many, the first N, N of M, failed, ...  Limits on
 * other things (quota, speed, users) do not count, nor does what is in quotes
 * or has a '/' in it: such words are names.  said: the line, escaped and cut
 * to size, or "".
 */
bool admits_line(const char *line, size_t n, char *said, size_t size);
/* The same for the first such line of a reply's text ('\n' between lines). */
bool admits_reply(const char *text, char *said, size_t size);

#endif
