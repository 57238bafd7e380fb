/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/journal.h"

#include <syslog.h>

void
journal_open(void)
{
	openlog("ftps", LOG_PID, LOG_USER);
}

void
journal_line(enum journal_level level, const char *line)
{
	static const int priorities[] = {
		[JOURNAL_ERROR] = LOG_ERR,
		[JOURNAL_WARNING] = LOG_WARNING,
		[JOURNAL_INFO] = LOG_INFO,
	};

	syslog(priorities[level], "%s", line);
}

void
journal_close(void)
{
	closelog();
}
