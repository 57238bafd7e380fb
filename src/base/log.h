/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The log: errors, warnings and notes for the user, the protocol dialogue
 * (-v) and debugging (-vv).  Any thread may call it.  Every line is complete
 * and escaped when it comes here; the sink decides where it goes.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level {
	LOG_ERROR,
	LOG_WARNING,
	LOG_INFO,
	LOG_DIALOGUE,	/* -v: commands and replies */
	LOG_DEBUG,	/* -vv: TLS, timing */
};

/* Called with the log's lock held, one line without its newline at a time. */
typedef void (*log_sink)(void *ctx, enum log_level level, const char *line);

/* Lines above max are dropped.  sink NULL: "ftps: line" on stderr. */
void log_setup(enum log_level max, log_sink sink, void *ctx);
/* Whether a line of this level would go anywhere: guards costly arguments. */
bool log_enabled(enum log_level level);
void log_line(enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#define log_error(...)		log_line(LOG_ERROR, __VA_ARGS__)
#define log_warning(...)	log_line(LOG_WARNING, __VA_ARGS__)
#define log_info(...)		log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...)		log_line(LOG_DEBUG, __VA_ARGS__)

#endif
