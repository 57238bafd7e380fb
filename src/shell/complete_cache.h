/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What completion has found out on servers, kept for a short while in files
 * that only we can read: one for each key, named by its digest.
 */
#ifndef SHELL_COMPLETE_CACHE_H
#define SHELL_COMPLETE_CACHE_H

#include <stdbool.h>
#include <time.h>

#include "base/strvec.h"

/*
 * Adds the lines that are kept for key and not older than max_age seconds;
 * false if there is no such file.
 */
bool complete_cache_get(const char *key, time_t now, int max_age,
    struct strvec *lines);
/*
 * Keeps lines, of which those are left out that would make it too much, and
 * forgets what is older than max_age.  What cannot be kept is not.
 */
void complete_cache_put(const char *key, time_t now, int max_age,
    const struct strvec *lines);

#endif
