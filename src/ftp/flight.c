/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/flight.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
flight_init(struct flight *f)
{
	STAILQ_INIT(&f->commands);
}

void
flight_release(struct flight *f)
{
	struct command *c;

	while ((c = STAILQ_FIRST(&f->commands)) != NULL)
		flight_drop(f, c);
}

struct command *
flight_add(struct flight *f, flight_done fn, void *ctx)
{
	struct command *c = xcalloc(1, sizeof(*c));

	c->fn = fn;
	c->ctx = ctx;
	c->early = (struct reply)REPLY_INIT;
	c->reply = (struct reply)REPLY_INIT;
	c->max = REPLY_TEXT_MAX;
	c->blame = TRAIT_FLIGHTS;
	STAILQ_INSERT_TAIL(&f->commands, c, link);
	f->n++;
	return c;
}

void
flight_drop(struct flight *f, struct command *c)
{
	STAILQ_REMOVE(&f->commands, c, command, link);
	f->n--;
	f->held -= c->held;
	reply_release(&c->early);
	reply_release(&c->reply);
	if (c->secret != NULL)
		freezero(c->secret, strlen(c->secret));
	free(c->about.verb);
	free(c->about.path);
	free(c->about.behind);
	free(c);
}

struct command *
flight_unanswered(const struct flight *f)
{
	struct command *c;

	STAILQ_FOREACH(c, &f->commands, link)
		if (!c->final)
			return c;
	return NULL;
}

struct command *
flight_awaited(const struct flight *f)
{
	struct command *c;

	STAILQ_FOREACH(c, &f->commands, link)
		if (c->fn == NULL)
			return c;
	return NULL;
}

bool
flight_tells(const struct flight *f)
{
	const struct command *c;

	STAILQ_FOREACH(c, &f->commands, link)
		if (c->fn != NULL)
			return true;
	return false;
}

struct command *
flight_last(const struct flight *f)
{
	return STAILQ_LAST(&f->commands, command, link);
}

void
flight_hand_out(struct flight *f, struct command *c)
{
	if (c->held || c->fn == NULL || !c->final)
		return;
	c->fn(c->ctx, &c->reply);
	flight_drop(f, c);
}

void
flight_end(struct flight *f)
{
	struct command *c, *next;
	flight_done fn;
	void *ctx;

	STAILQ_FOREACH_SAFE(c, &f->commands, link, next) {
		if (c->fn == NULL)
			continue;
		fn = c->fn;
		ctx = c->ctx;
		flight_drop(f, c);
		fn(ctx, NULL);
	}
}

void
flight_note_path(struct flight *f, const struct command *c, int code,
    struct server *server)
{
	if (!c->has_path || code >= 400 || f->settled ||
	    strcmp(c->verb, "SITE") == 0)
		return;
	server_learn(server, TRAIT_SLASHES, !f->bare, PROOF_SEEN, NULL);
	f->settled = true;
}

bool
flight_may_be_slashes(int code)
{
	return code == 500 || code == 501 || code == 504 || code == 550 ||
	    code == 553;
}

/*
 * Whether c, which was refused, is to be said again.  What stood behind one
 * that is may have been refused for that (RNTO behind RNFR).
 */
static bool
is_doubtful(const struct flight *f, const struct command *c)
{
	int code = c->reply.code;

	if (c->about.path == NULL || (f->settled && !f->bare) ||
	    verb_moves_data(c->verb))
		return false;
	return flight_may_be_slashes(code) || (f->held > 0 && code >= 500);
}

void
flight_hold(struct flight *f, struct command *c)
{
	c->held = c->final && is_doubtful(f, c);
	f->held += c->held;
	if (f->settled && !f->bare)
		flight_let_go(f);
}

static struct command *
first_held(const struct flight *f)
{
	struct command *c;

	STAILQ_FOREACH(c, &f->commands, link)
		if (c->held)
			return c;
	return NULL;
}

void
flight_let_go(struct flight *f)
{
	struct command *c;
	struct reply tmp;

	while ((c = first_held(f)) != NULL) {
		c->held = false;
		f->held--;
		if (c->early.code != 0 &&
		    (f->bare || c->early.code != c->reply.code)) {
			tmp = c->reply;
			c->reply = c->early;
			c->early = tmp;
		}
		reply_clear(&c->early);
		flight_hand_out(f, c);
	}
}
