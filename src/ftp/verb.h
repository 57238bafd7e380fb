/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is known of commands, whoever the server is: which answers can be
 * theirs, so that one sees when answers and commands are out of step.
 */
#ifndef FTP_VERB_H
#define FTP_VERB_H

#include <stdbool.h>

/* Long enough for those that are known; others are unknown when cut. */
enum { VERB_MAX = 8 };

/* The verb of a command line, in capitals. */
void verb_of(const char *line, char verb[VERB_MAX]);
/* Whether a reply of this code can answer it; refusals mostly can. */
bool verb_fits(const char *verb, int code);
/* Answered at once, whatever it is about and however busy a server is. */
bool verb_is_quick(const char *verb);
/* It has a data connection, whose port is gone once it was refused. */
bool verb_moves_data(const char *verb);
/* Known to every server: an answer 500 means that something got lost. */
bool verb_is_basic(const char *verb);

#endif
