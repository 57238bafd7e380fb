/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events as NDJSON on a stream (jansson underneath); keys as in the manual. */
#ifndef UI_JSON_H
#define UI_JSON_H

#include <stdio.h>

#include "base/observe.h"

/*
 * Writes one line for ev.  Names that are not UTF-8 appear escaped under
 * their key and exactly in KEY_b64.  The caller holds the lock of fp.
 */
void json_event(FILE *fp, const struct event *ev);
/* Which jansson this was built with. */
const char *json_library(void);

#endif
