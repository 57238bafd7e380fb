/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Examines a server as an experienced administrator would, and says what is
 * wrong and how to mend it.  Writes nothing to the server, and sends the
 * password only to one that is trusted.
 *
 *	settings_copy(&suits, &site->set);
 *	doctor_examine(&rq, &suits, &err);
 *	settings_release(&suits);
 */
#ifndef DOCTOR_DOCTOR_H
#define DOCTOR_DOCTOR_H

#include <stdbool.h>

#include "base/cancel.h"
#include "base/err.h"
#include "ftp/site.h"

enum doctor_result {
	DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL, DOCTOR_UNTESTED, DOCTOR_RESULTS
};

/* One line of the report.  Text is escaped; all of it is borrowed. */
struct doctor_finding {
	enum doctor_result result;
	const char *subject;	/* "certificate" */
	const char *text;
	/* What mends it, as lines to copy; NULL: nothing is to be done. */
	const char *ours;	/* for our configuration: "mode active" */
	const char *theirs;	/* for the server's, in the file where */
	const char *where;
};

struct doctor_request {
	const struct site *site;
	bool limits;		/* how many connections it grants, too */
	struct cancel *cancel;
	void (*found)(void *ctx, const struct doctor_finding *f);
	void *ctx;
};

/* "ok", "warn", "FAIL", "not tested". */
const char *doctor_result_name(enum doctor_result result);
/*
 * suits, a copy of the site's settings, becomes what suits this server.  0
 * whatever was found, or -1 if it was cancelled.
 */
int doctor_examine(const struct doctor_request *rq, struct settings *suits,
    struct err *err);

#endif
