/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "doctor/fetch.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "ftp/data.h"
#include "listing/parser.h"

/* Takes the bytes; 0 or -1. */
static int
parse_all(struct data *d, struct parser *p, struct fetched *out,
    struct err *err)
{
	char buf[16 * 1024];
	ssize_t n;

	while ((n = data_read(d, buf, sizeof(buf), err)) > 0) {
		out->bytes += n;
		if (parser_feed(p, buf, (size_t)n, err) != 0)
			return -1;
	}
	return n == 0 ? 0 : -1;
}

static int
transfer_listing(struct conn *c, const char *verb, struct parser *p,
    struct fetched *out, struct err *err)
{
	struct data_request rq = { .verb = verb };
	struct data_end end = { 0 };
	int64_t began = clock_ms();
	struct data *d;

	if (data_open(c, &rq, &d, err) != 0)
		return -1;
	if (parse_all(d, p, out, err) != 0) {
		data_abort(d);
		return -1;
	}
	if (data_finish(d, -1, &end, err) != 0)
		return -1;
	out->ms = clock_ms() - began;
	out->bare = end.bare;
	return 0;
}

int
fetch_listing(struct conn *c, const char *verb, enum data_mode mode,
    enum passive_command command, struct fetched *out, struct err *err)
{
	const struct site *site = c->site;
	struct site other = *site;
	struct parser *p;
	int rc;

	memset(out, 0, sizeof(*out));
	other.set.mode = mode;
	other.set.passive_command = command;
	other.set.tls_eof = TLS_EOF_SIZE;
	p = parser_new(strcmp(verb, "MLSD") == 0 ? PARSER_MLSD : PARSER_LIST,
	    time(NULL));
	conn_set_site(c, &other);
	rc = transfer_listing(c, verb, p, out, err);
	conn_set_site(c, site);
	if (rc == 0)
		return parser_finish(p, &out->listing, err);
	parser_free(p);
	return -1;
}

void
fetch_release(struct fetched *f)
{
	listing_release(&f->listing);
}

const char *
fetch_verb(const struct conn *c)
{
	return server_has(c->server, TRAIT_MLSD) ? "MLSD" : "LIST";
}
