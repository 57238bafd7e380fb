/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

static struct {
	pthread_mutex_t lock;
	_Atomic enum log_level max;
	log_sink sink;
	void *ctx;
} state = { .lock = PTHREAD_MUTEX_INITIALIZER, .max = LOG_INFO };

void
log_setup(enum log_level max, log_sink sink, void *ctx)
{
	pthread_mutex_lock(&state.lock);
	state.max = max;
	state.sink = sink;
	state.ctx = ctx;
	pthread_mutex_unlock(&state.lock);
}

bool
log_enabled(enum log_level level)
{
	return level <= state.max;
}

void
log_line(enum log_level level, const char *fmt, ...)
{
	va_list ap;
	char *line;

	if (!log_enabled(level))
		return;
	va_start(ap, fmt);
	line = xvasprintf(fmt, ap);
	va_end(ap);
	pthread_mutex_lock(&state.lock);
	if (state.sink != NULL)
		state.sink(state.ctx, level, line);
	else
		fprintf(stderr, "ftps: %s\n", line);
	pthread_mutex_unlock(&state.lock);
	free(line);
}
