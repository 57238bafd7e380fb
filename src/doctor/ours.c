/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "doctor/ours.h"

#include "doctor/finding.h"

static void
weak(struct exam *x, bool is, const char *ours, const char *what, int *n)
{
	if (!is)
		return;
	++*n;
	finding_bad(x, &(struct finding){ DOCTOR_WARN, "settings", ours,
	    WISHES }, "%s", what);
}

void
ours_examine(struct exam *x)
{
	const struct settings *set = &x->site->set;
	int n = 0;

	weak(x, set->tls == TLS_OFF, "tls explicit",
	    "tls=off: the password and all data cross the network in clear "
	    "text", &n);
	weak(x, set->tls_data == TLS_DATA_CLEAR, "tls-data private",
	    "tls-data=clear: listings and files cross the network in clear "
	    "text", &n);
	weak(x, set->insecure, NULL, "--insecure: anybody can pose as the "
	    "server; use a pin (see above)", &n);
	weak(x, set->tls_eof == TLS_EOF_LAX, "tls-eof size",
	    "tls-eof=lax: a transfer that was cut short may count as whole",
	    &n);
	weak(x, set->tls_priority != NULL, NULL, "tls-priority replaces our "
	    "choice of ciphers", &n);
	weak(x, set->tls_resume == TLS_RESUME_OFF, "tls-resume auto",
	    "tls-resume=off: a full handshake for each data connection", &n);
	weak(x, !set->temp_names, NULL, "temp-names=no: who reads a file "
	    "while it is sent gets half of it", &n);
	weak(x, set->verify == VERIFY_NONE, "verify size",
	    "verify=none: nobody looks whether all has arrived", &n);
	if (n == 0)
		finding_ok(x, "settings", "none of ours is weak");
}
