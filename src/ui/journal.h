/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * syslog(3), in a file of its own: its header's names are those of base/log.h,
 * too.  It is one for the whole process.
 *
 *	journal_open();
 *	journal_line(JOURNAL_ERROR, "nas: no such host");
 *	journal_close();
 */
#ifndef UI_JOURNAL_H
#define UI_JOURNAL_H

enum journal_level { JOURNAL_ERROR, JOURNAL_WARNING, JOURNAL_INFO };

/* As "ftps[PID]", facility user. */
void journal_open(void);
/* An escaped line.  That nobody takes it is no failure of ours. */
void journal_line(enum journal_level level, const char *line);
void journal_close(void);

#endif
