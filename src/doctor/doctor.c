/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "doctor/doctor.h"

#include "doctor/certificate.h"
#include "doctor/crowd.h"
#include "doctor/entry.h"
#include "doctor/exam.h"
#include "doctor/finding.h"
#include "doctor/link.h"
#include "doctor/listings.h"
#include "doctor/offers.h"
#include "doctor/ours.h"
#include "doctor/port.h"
#include "doctor/reach.h"
#include "doctor/visit.h"

const char *
doctor_result_name(enum doctor_result result)
{
	static const char *const names[DOCTOR_RESULTS] = {
		[DOCTOR_OK] = "ok", [DOCTOR_WARN] = "warn",
		[DOCTOR_FAIL] = "FAIL", [DOCTOR_UNTESTED] = "not tested",
	};

	return names[result];
}

static bool
is_over(const struct exam *x)
{
	return cancel_reason(x->rq->cancel) != CANCEL_NONE;
}

/* What needs a login. */
static void
examine_inside(struct exam *x)
{
	struct visit v;
	bool in = entry_examine(x, &v);

	if (in && link_examine(x, &v) && !is_over(x))
		listings_examine(x, &v);
	visit_end(x, &v);
	if (in && x->goodbye != STREAM_OPEN && x->site->set.tls != TLS_OFF)
		finding_ok(x, "goodbye", x->goodbye == STREAM_END_NOTIFY ?
		    "the control connection ends with close_notify" :
		    "the control connection ends without close_notify, which "
		    "harms nobody");
	if (in && x->rq->limits && !is_over(x))
		crowd_examine(x);
}

static void
examine(struct exam *x)
{
	struct err trust = ERR_INIT;

	if (!reach_examine(x) || is_over(x))
		return;
	port_examine(x, &trust);
	if (x->secure && !is_over(x))
		certificate_examine(x, &trust);
	if (x->speaks && !is_over(x))
		offers_examine(x);
	if (is_over(x))
		return;
	if (x->trusted || x->site->set.tls == TLS_OFF)
		examine_inside(x);
	else
		finding_untested(x, "login", "%s", x->secure ?
		    "the password goes to no server that is not trusted" :
		    "no password goes out without TLS");
	ours_examine(x);
}

int
doctor_examine(const struct doctor_request *rq, struct settings *suits,
    struct err *err)
{
	struct exam x = { .rq = rq, .site = rq->site, .suits = suits };

	x.server = server_new();
	x.greeted = server_new();
	examine(&x);
	server_free(x.server);
	server_free(x.greeted);
	return is_over(&x) ? cancel_error(rq->cancel, err) : 0;
}
