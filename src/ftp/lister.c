/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/lister.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "ftp/conn.h"
#include "ftp/facts.h"
#include "ftp/links.h"
#include "ftp/listway.h"
#include "ftp/session_in.h"
#include "ftp/status.h"
#include "ftp/tally.h"
#include "ftp/zone.h"

enum {
	/* Entries; where limits are set, they are higher. */
	DOUBTFUL_MAX = 250,
	/* Subdirectories whose names are worth being asked for together. */
	HINTED_MIN = 4,
	NAME_SHOWN = 256,
};

static bool
can_stat(const struct session *s)
{
	return session_alive(s) && server_has(s->server, TRAIT_STAT) &&
	    server_has(s->server, TRAIT_SLASHES);
}

/* Whether STAT does, without a data connection. */
static bool
lists_by_stat(const struct session *s, enum list_need need)
{
	enum listing_kind kind = s->site->set.listing;
	bool whole = server_has(s->server, TRAIT_STAT_IS_WHOLE);

	if (!can_stat(s) || server_has(s->server, TRAIT_STAT_LEAVES_OUT))
		return false;
	if (kind == LISTING_STAT)
		return whole || need != LIST_WHOLE;
	return kind == LISTING_AUTO && whole && conn_flights(s->conn);
}

/*
 * Whether it does in flights, at least so that little may be left out: worth
 * the trouble of making sure where round trips are long.
 */
static bool
lists_roughly(const struct session *s, enum list_need need)
{
	enum listing_kind kind = s->site->set.listing;

	if (lists_by_stat(s, need))
		return true;
	return can_stat(s) && server_has(s->server, TRAIT_STAT_LEAVES_OUT) &&
	    (kind == LISTING_STAT || (kind == LISTING_AUTO &&
	    s->conn->far && conn_flights(s->conn)));
}

static void
note_nonsense(struct session *s, const struct err *err)
{
	if (err->kind == ERR_PROTOCOL)
		server_learn(s->server, TRAIT_STAT, false, PROOF_SEEN,
		    err->msg);
}

/* Lists by STAT: 0, 1 if another way has to be taken, -1. */
static int
list_by_stat(struct session *s, const char *full, enum list_need need,
    struct listing *out, struct err *err)
{
	struct err refused = ERR_INIT;

	if (!lists_by_stat(s, need))
		return 1;
	if (status_list(s->conn, &full, 1, need != LIST_TO_LOOK, out,
	    &refused, err) != 0) {
		note_nonsense(s, err);
		return -1;
	}
	return refused.kind == ERR_NONE && out->gap == GAP_NONE ? 0 : 1;
}

/* One directory, whatever it takes. */
static int
list_alone(struct session *s, const char *dir, enum list_need need,
    struct listing *out, struct err *err)
{
	char *full;
	int rc;

	memset(out, 0, sizeof(*out));
	session_try_begin(s);
	for (;;) {
		rc = session_connect_for_data(s, err);
		if (rc != 0)
			break;
		full = session_path(s, dir);
		rc = list_by_stat(s, full, need, out, err);
		if (rc == 1) {
			listing_release(out);
			rc = listway_list(s, full, false, out, err);
		}
		free(full);
		if (rc != -1 || !session_again(s, "LIST", err))
			break;
		listing_release(out);
		err_clear(err);
	}
	session_try_end(s);
	return rc == 0 || err->kind != ERR_REFUSED ? rc :
	    err_prefix(err, "cannot list");
}

static void
warn_of(const struct session *s, const char *dir, const struct listing *l)
{
	char shown[NAME_SHOWN];

	if (l->gap <= GAP_DOUBT && l->bad == 0)
		return;
	text_escape_to(shown, sizeof(shown), *dir != '\0' ? dir : ".");
	if (l->gap == GAP_CUT)
		observe_warning(s->obs, "%s: the listing ended without "
		    "close_notify and may be incomplete", shown);
	if (l->gap == GAP_SAID)
		observe_warning(s->obs, "%s: the listing is incomplete: the "
		    "server leaves names out: %s", shown, l->said);
	if (l->bad > 0)
		observe_warning(s->obs, "%s: %zu entries of the listing were "
		    "left out, the first: %s (%s)", shown, l->bad,
		    l->bad_name, l->bad_why);
}

/* What came, against what was needed. */
static int
check_need(const struct session *s, const char *dir, enum list_need need,
    const struct listing *l, struct err *err)
{
	if (need != LIST_TO_LOOK)
		return listing_check(l, err);
	warn_of(s, dir, l);
	return 0;
}

/* What else was asked for of files. */
static int
add_facts(struct session *s, const char *dir, unsigned flags,
    struct listing *l, struct err *err)
{
	if ((flags & LIST_SIZES) != 0 && facts_add_sizes(s, dir, l, err) != 0)
		return -1;
	if ((flags & LIST_TIMES) != 0 && facts_add_times(s, dir, l, err) != 0)
		return -1;
	return (flags & LIST_ZONE) != 0 ? zone_settle(s, dir, l, err) : 0;
}

/* So that STAT can be believed of the directories below. */
static void
add_hints(struct session *s, const char *dir, enum list_need need,
    unsigned flags, struct listing *l)
{
	size_t i, dirs = 0;
	char *full;

	if ((flags & LIST_BELOW) == 0 || need == LIST_ROUGH)
		return;
	for (i = 0; i < l->n; i++)
		dirs += l->entry[i].type == 'd';
	if (dirs < HINTED_MIN || lists_by_stat(s, LIST_WHOLE) ||
	    !lists_roughly(s, LIST_WHOLE))
		return;
	full = session_path(s, dir);
	tally_below(s, full, l);
	free(full);
}

int
lister_list(struct session *s, const char *dir, enum list_need need,
    unsigned flags, struct listing *out, struct err *err)
{
	int rc;

	rc = list_alone(s, dir, need, out, err);
	if (rc == 0 && (flags & LIST_TARGETS) != 0)
		rc = links_add(s, dir, out, err);
	if (rc == 0 && (flags & LIST_LINKS) != 0)
		rc = links_mark(s, dir, out, err);
	if (rc == 0)
		rc = add_facts(s, dir, flags, out, err);
	/* What is a link in it and what is not is not known. */
	if (rc != 0) {
		listing_release(out);
		return -1;
	}
	add_hints(s, dir, need, flags, out);
	return check_need(s, dir, need, out, err);
}

int
lister_confirm(struct session *s, const char *dir, unsigned flags,
    struct listing *l, struct err *err)
{
	struct listing was = *l;
	int rc;

	if (l->gap != GAP_DOUBT)
		return 0;
	rc = lister_list(s, dir, LIST_WHOLE, flags & ~(unsigned)LIST_BELOW, l,
	    err);
	listing_take_hints(l, &was);
	listing_release(&was);
	return rc;
}

/* Whether what STAT showed of the request's i-th directory will do. */
static bool
is_enough(const struct lister_request *rq, size_t i, const struct listing *l)
{
	if (l->gap != GAP_DOUBT)
		return l->gap == GAP_NONE;
	if (l->n > DOUBTFUL_MAX)
		return false;
	/* The same names as NLST has: nothing is left out. */
	return rq->need == LIST_ROUGH || (l->bad == 0 &&
	    listing_sum(l) == rq->hint[i]);
}

/*
 * By STAT in one flight, as far as that goes: at[i] tells which of the
 * request's directories out[i] is.  got[at[i]] is set where it serves.
 */
static void
list_flight(struct session *s, const struct lister_request *rq,
    const size_t *at, size_t n, struct listing *out, bool *got)
{
	bool leaves_out = server_has(s->server, TRAIT_STAT_LEAVES_OUT);
	struct err each[LISTER_MAX] = { 0 }, err = ERR_INIT;
	struct listing listing[LISTER_MAX];
	const char *dir[LISTER_MAX];
	struct listing *l;
	size_t i;
	int rc;

	for (i = 0; i < n; i++)
		dir[i] = rq->dir[at[i]];
	rc = status_list(s->conn, dir, n, rq->need != LIST_TO_LOOK, listing,
	    each, &err);
	if (rc != 0)
		note_nonsense(s, &err);
	for (i = 0; i < n; i++) {
		l = &listing[i];
		if (leaves_out && l->gap == GAP_NONE)
			l->gap = GAP_DOUBT;
		got[at[i]] = rc == 0 && each[i].kind == ERR_NONE &&
		    is_enough(rq, at[i], l);
		if (got[at[i]])
			out[at[i]] = *l;
		else
			listing_release(l);
	}
}

/* What a flight brought, with what else was asked for. */
static void
end_flight(struct session *s, const struct lister_request *rq, size_t i,
    struct listing *l, struct err *err)
{
	if (add_facts(s, rq->dir[i], rq->flags, l, err) != 0) {
		listing_release(l);
		return;
	}
	add_hints(s, rq->dir[i], rq->need, rq->flags, l);
	(void)check_need(s, rq->dir[i], rq->need, l, err);
}

void
lister_list_many(struct session *s, const struct lister_request *rq,
    struct listing *out, struct err *each)
{
	bool all = lists_by_stat(s, rq->need), got[LISTER_MAX] = { false };
	bool rough = lists_roughly(s, rq->need);
	size_t at[LISTER_MAX], i, n = 0;

	assert(rq->n <= LISTER_MAX);
	memset(out, 0, rq->n * sizeof(*out));
	for (i = 0; i < rq->n; i++)
		if (all || (rough && (rq->need == LIST_ROUGH ||
		    (rq->hint != NULL && rq->hint[i] != 0))))
			at[n++] = i;
	if (n > 0)
		list_flight(s, rq, at, n, out, got);
	for (i = 0; i < rq->n; i++) {
		if (got[i])
			end_flight(s, rq, i, &out[i], &each[i]);
		else if (lister_list(s, rq->dir[i], rq->need, rq->flags,
		    &out[i], &each[i]) == 0)
			err_clear(&each[i]);
	}
}

size_t
lister_batch(const struct session *s, enum list_need need, uint64_t hint)
{
	bool many = need == LIST_ROUGH || hint != 0 ? lists_roughly(s, need) :
	    lists_by_stat(s, need);

	return many ? LISTER_MAX : 1;
}

int
lister_mark_links(struct session *s, const char *dir, struct listing *l,
    struct err *err)
{
	return links_mark(s, dir, l, err);
}

int
lister_is_link(struct session *s, const char *path, struct err *err)
{
	char *full;
	int rc;

	if (session_connect(s, err) != 0)
		return -1;
	full = session_path(s, path);
	rc = links_is_link(s, full, err);
	free(full);
	return rc;
}

static int
take_names(void *ctx, const void *data, size_t n, struct err *err)
{
	if (buf_add(ctx, data, n) != 0)
		return err_set(err, ERR_PROTOCOL, "listing too long");
	return 0;
}

static void
split_names(char *text, struct strvec *out)
{
	char *line;

	while ((line = strsep(&text, "\n")) != NULL) {
		line[strcspn(line, "\r")] = '\0';
		if (*line != '\0')
			strvec_add(out, line);
	}
}

int
lister_names(struct session *s, const char *path, struct strvec *names,
    struct err *err)
{
	struct buf text = BUF_INIT(REPLY_LISTING_MAX);
	struct data_end end = { 0 };
	int rc = -1;
	char *full;

	session_try_begin(s);
	do {
		err_clear(err);
		buf_clear(&text);
		if (session_connect_for_data(s, err) != 0)
			break;
		full = session_path(s, path);
		rc = listway_fetch(s, &(struct data_request){ .verb = "NLST",
		    .path = full }, take_names, &text, &end, err);
		free(full);
	} while (rc == -1 && session_again(s, "NLST", err));
	session_try_end(s);
	if (rc == 0 && (end.bare || *end.said != '\0'))
		observe_warning(s->obs, "%s: the names are incomplete: %s",
		    s->site->name, *end.said != '\0' ? end.said :
		    "the connection ended without close_notify");
	if (rc == 0 && text.len > 0)
		split_names(text.data, names);
	buf_release(&text);
	return rc;
}
