/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "doctor/reach.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "doctor/finding.h"
#include "net/dial.h"
#include "net/host.h"

enum { NAME_MAX_SHOWN = 256, ADDRESS_SIZE = 64 };

/* How each address fared. */
struct fared {
	size_t reached, v6_lost, v4_reached;
};

static void
tell_names(struct exam *x, const struct dial *d, int64_t ms)
{
	struct buf b = BUF_INIT(BUF_OWN);
	char host[NAME_MAX_SHOWN], address[ADDRESS_SIZE];
	size_t i;

	if (host_is_address(x->site->set.host))
		return;
	for (i = 0; i < dial_count(d); i++) {
		dial_name(d, i, address, sizeof(address));
		buf_addf(&b, "%s%s", i > 0 ? ", " : "", address);
	}
	finding_ok(x, "name", "%s is %s (%lld ms)", text_escape_to(host,
	    sizeof(host), x->site->set.host), b.data, (long long)ms);
	buf_release(&b);
}

static void
try_address(struct exam *x, const struct dial *d, size_t i, struct fared *f)
{
	int64_t began = clock_ms();
	struct err err = ERR_INIT;
	char name[ADDRESS_SIZE];
	bool v6;
	int fd;

	dial_name(d, i, name, sizeof(name));
	v6 = strchr(name, ':') != NULL;
	fd = dial_connect_to(d, i, &err);
	if (fd != -1) {
		f->reached++;
		f->v4_reached += !v6;
		finding_ok(x, "address", "%s port %d answers (%lld ms)", name,
		    settings_port(&x->site->set),
		    (long long)(clock_ms() - began));
		close(fd);
		return;
	}
	f->v6_lost += v6;
	finding_bad(x, &(struct finding){ dial_count(d) > 1 ? DOCTOR_WARN :
	    DOCTOR_FAIL, "address", NULL, WISHES }, "%s", err.msg);
}

bool
reach_examine(struct exam *x)
{
	const struct settings *set = &x->site->set;
	struct dial_options o = { .bind_address = set->bind_address,
	    .family = set->address_family, .timeout_ms = set->connect_timeout,
	    .deadline = DEADLINE_NONE, .cancel = x->rq->cancel };
	struct fared f = { 0 };
	struct err err = ERR_INIT;
	int64_t began = clock_ms();
	struct dial *d;
	size_t i;

	d = dial_resolve(set->host, settings_port(set), &o, &err);
	if (d == NULL) {
		finding_bad(x, &(struct finding){ DOCTOR_FAIL, "name", NULL,
		    WISHES }, "%s", err.msg);
		return false;
	}
	tell_names(x, d, clock_ms() - began);
	for (i = 0; i < dial_count(d) &&
	    cancel_reason(x->rq->cancel) == CANCEL_NONE; i++)
		try_address(x, d, i, &f);
	if (f.reached == 0 && dial_count(d) > 1)
		finding_bad(x, &(struct finding){ DOCTOR_FAIL, "address", NULL,
		    WISHES }, "none of them answers at port %d",
		    settings_port(set));
	else if (f.v6_lost > 0 && f.v4_reached > 0)
		finding_bad(x, &(struct finding){ DOCTOR_WARN, "address",
		    "address-family ipv4", WISHES }, "only IPv4 leads there: "
		    "each connection is tried over IPv6 first");
	dial_end(d);
	return f.reached > 0;
}
