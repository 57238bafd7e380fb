/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "doctor/crowd.h"

#include <stdio.h>

#include "doctor/finding.h"
#include "doctor/visit.h"

enum { CROWD_MAX = 8 };

static void
tell_limit(struct exam *x, int n, const struct err *err)
{
	char ours[32];

	if (n == CROWD_MAX) {
		finding_ok(x, "connections", "%d at once are granted", n);
		return;
	}
	if (n == 0) {
		finding_untested(x, "connections", "%s", err->msg);
		return;
	}
	snprintf(ours, sizeof(ours), "connections %d", n);
	finding_bad(x, &(struct finding){ n < x->site->set.connections ?
	    DOCTOR_WARN : DOCTOR_OK, "connections",
	    n < x->site->set.connections ? ours : NULL,
	    n < x->site->set.connections ? WISH_CONNECTIONS : WISHES },
	    "%d at once are granted; then: %s", n, err->msg);
}

void
crowd_examine(struct exam *x)
{
	struct visit v[CROWD_MAX];
	struct err err = ERR_INIT;
	int i, n;

	/* The one before may not be forgotten yet, those here are not. */
	for (n = 0; n < CROWD_MAX; n++) {
		x->reached = n == 0;
		if (visit_begin(x, x->site, LOGIN_STEPS, &v[n], &err) != 0)
			break;
	}
	tell_limit(x, n, &err);
	for (i = 0; i < n; i++)
		visit_end(x, &v[i]);
}
