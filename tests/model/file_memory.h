/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of a side_memory: sources and sinks of copies. */
#ifndef TESTS_MODEL_FILE_MEMORY_H
#define TESTS_MODEL_FILE_MEMORY_H

#include <sys/stat.h>

#include "stage.h"

struct source;
struct sink;

/* They are closed by copy(). */
struct source *source_memory_new(struct stage *st, int side,
    const char *path);
struct sink *sink_memory_new(struct stage *st, int side, const char *path,
    bool keep_time, bool keep_mode);
/* What tells one file from another, and from itself when it has changed. */
void file_memory_stat(const struct node *n, struct stat *out);

#endif
