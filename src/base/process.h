/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a process that holds passwords sees to at its beginning. */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

/*
 * Opens what is closed of standard input, output and error, lest a file or a
 * connection be taken for it.
 */
void process_hold_standard(void);
/* No core file, and no other process of the user's looks at the memory. */
void process_forbid_cores(void);

#endif
