/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stages of a copy, and what a failure at one of them means next; pure. */
#ifndef TRANSFER_NEXT_H
#define TRANSFER_NEXT_H

#include "transfer/fault.h"

enum copy_stage {
	COPY_LOOK,		/* what is there, on both sides */
	COPY_BEGIN,		/* both are opened */
	COPY_MOVE,		/* the bytes go */
	COPY_CHECK,		/* to be asked: is it what was sent? */
	COPY_CHECKING,		/* asked */
	COPY_COMMIT,		/* to get its name */
	COPY_COMMITTING,	/* that was sent */
	COPY_WHERE,		/* and nobody has answered: has it got it? */
	COPY_NAME,		/* is it called as it should be? */
	COPY_AGAIN,		/* something failed; perhaps once more */
	COPY_DONE,
	COPY_FAILED,
};

enum next {
	NEXT_NEVER,		/* it has failed */
	NEXT_AT_ONCE,		/* from the beginning, and without waiting */
	NEXT_RESUME,		/* after a while, from the part */
	NEXT_ANEW,		/* after a while, from the beginning */
	NEXT_WHERE,		/* after a while: has it got its name? */
};

enum next next_of(enum copy_stage stage, enum fault fault);

#endif
