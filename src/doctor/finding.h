/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How a part of an examination tells what it found.
 *
 *	finding_ok(x, "name", "%s is %s", host, address);
 *	finding_bad(x, &(struct finding){ DOCTOR_WARN, "passive",
 *	    "mode active", WISH_PORTS }, "%s", err.msg);
 */
#ifndef DOCTOR_FINDING_H
#define DOCTOR_FINDING_H

#include "doctor/exam.h"

struct finding {
	enum doctor_result result;
	const char *subject;
	/* What mends it: a line of our configuration, or NULL; */
	const char *ours;
	enum server_wish wish;		/* of the server's; WISHES: nothing */
};

void finding_ok(struct exam *x, const char *subject, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void finding_untested(struct exam *x, const char *subject, const char *fmt,
    ...)
    __attribute__((format(printf, 3, 4)));
/* What mends it on our side also goes to the settings that suit. */
void finding_bad(struct exam *x, const struct finding *f, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
