/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A growing vector of owned strings; v is NULL-terminated once n > 0. */
#ifndef BASE_STRVEC_H
#define BASE_STRVEC_H

#include <stddef.h>

struct strvec {
	char **v;
	size_t n, cap;
};

#define STRVEC_INIT { 0 }

/* Adds a copy of s. */
void strvec_add(struct strvec *sv, const char *s);
/* Adds s itself, which the vector then owns. */
void strvec_take(struct strvec *sv, char *s);
void strvec_addf(struct strvec *sv, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Sorts by strcmp(). */
void strvec_sort(struct strvec *sv);
/* Frees all; empty and usable again. */
void strvec_release(struct strvec *sv);

#endif
