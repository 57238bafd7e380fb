/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "doctor/key.h"

#include "doctor/visit.h"

static int
look_at_key(const struct visit *v, struct probe_look *out, struct err *err)
{
	if (probe_look(v->c->peer, out) == 0)
		return 0;
	return err_set(err, ERR_TRUST, "server shows no readable certificate");
}

int
key_look(const struct site *site, struct cancel *cancel,
    struct probe_look *out, struct err *trust, struct err *err)
{
	const struct doctor_request rq = { .site = site, .cancel = cancel };
	struct exam x = { .rq = &rq, .site = site };
	struct visit v;
	int rc;

	x.server = server_new();
	x.greeted = server_new();
	rc = visit_begin(&x, site, LOGIN_HANDSHAKE, &v, err);
	if (rc != 0 && v.failed == LOGIN_TRUST) {
		*trust = *err;
		err_clear(err);
		visit_end(&x, &v);
		rc = visit_anybody(&x, site->set.tls, settings_port(
		    &site->set), NULL, &v, err);
	}
	if (rc == 0)
		rc = look_at_key(&v, out, err);
	visit_end(&x, &v);
	server_free(x.server);
	server_free(x.greeted);
	return rc;
}
