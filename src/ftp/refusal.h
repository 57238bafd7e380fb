/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Refusals in words.  Servers say little ("550 Failed to open file."), so a
 * message is made here of what the user named, what was tried, the cause
 * (from the server's words, else from one look at what is there), the words,
 * and the remedy.
 *
 *	if (folders_make(s, path, err) != 0)
 *		return refusal_explain(s, &(struct refusal){
 *		    .act = REFUSAL_MKDIR, .path = path }, err);
 */
#ifndef FTP_REFUSAL_H
#define FTP_REFUSAL_H

#include <stdbool.h>

#include "base/err.h"
#include "ftp/session.h"

enum refusal_act {
	REFUSAL_READ, REFUSAL_WRITE, REFUSAL_LIST, REFUSAL_ENTER,
	REFUSAL_MKDIR, REFUSAL_RMDIR, REFUSAL_DELETE, REFUSAL_RENAME,
	REFUSAL_CHMOD, REFUSAL_TOUCH,
};

enum refusal_cause {
	CAUSE_UNKNOWN, CAUSE_MISSING, CAUSE_PARENT_MISSING,
	CAUSE_PARENT_NO_DIR, CAUSE_IS_DIR, CAUSE_NO_DIR, CAUSE_NO_FILE,
	CAUSE_EXISTS, CAUSE_NOT_EMPTY, CAUSE_DENIED, CAUSE_NO_MEANS,
	CAUSE_BUSY, CAUSE_NAME, CAUSE_LINK, CAUSE_FORBIDDEN,
};

struct refusal {
	enum refusal_act act;
	const char *path;
	const char *shown;	/* as the user knows it, or NULL: path */
	const char *to;		/* REFUSAL_RENAME: the new name */
	char type;		/* of path, where a listing told it, or 0 */
	const char *part;	/* REFUSAL_WRITE: the name sent, or NULL */
};

/*
 * Makes the message of what a command was refused for, with s NULL without a
 * look.  Any other error, and one that is explained already, stays as it is.
 * Returns -1.
 */
int refusal_explain(struct session *s, const struct refusal *what,
    struct err *err);
/* What the server's words say of the cause; pure. */
enum refusal_cause refusal_words(enum refusal_act act, int code,
    const char *words);
/* The message, without a look; pure.  looked: the cause was not said. */
void refusal_say(const struct refusal *what, enum refusal_cause cause,
    bool looked, struct err *err);

#endif
