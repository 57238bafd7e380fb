/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a failure of a source or a sink was, beside what its struct err says:
 * copy.c has one table of what each means at which stage.
 */
#ifndef TRANSFER_FAULT_H
#define TRANSFER_FAULT_H

enum fault {
	FAULT_PLAIN,		/* no more than err says */
	FAULT_OFFSET,		/* to begin in the middle was refused */
	FAULT_DIFFERS,		/* what is there is not of this file */
	FAULT_LOST,		/* no connection, and nothing was done */
	FAULT_UNANSWERED,	/* no connection, and perhaps it was done */
	FAULTS
};

#endif
