/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "ftp/listway.h"
#include "ftp/session_in.h"
#include "listing/sums.h"

static int
take_names(void *ctx, const void *data, size_t n, struct err *err)
{
	return sums_feed(ctx, data, n, err);
}

void
tally_below(struct session *s, const char *full, struct listing *l)
{
	struct data_request rq = { .verb = "NLST", .options = "-aR" };
	struct data_end end = { 0 };
	struct err ignored = ERR_INIT;
	struct sums sums;
	bool whole;
	char *all;

	/* Blanks and all that a glob takes for something else. */
	if (!server_has(s->server, TRAIT_NLST_BELOW) ||
	    strpbrk(full, " \t*?[]{}\\~") != NULL)
		return;
	all = path_join(full, "*");
	rq.path = all;
	sums_begin(&sums, full, l);
	whole = listway_fetch(s, &rq, take_names, &sums, &end,
	    &ignored) == 0 && !end.bare && *end.said == '\0';
	if (!whole)
		server_learn(s->server, TRAIT_NLST_BELOW, false, PROOF_SEEN,
		    ignored.msg);
	sums_end(&sums, whole);
	free(all);
}
