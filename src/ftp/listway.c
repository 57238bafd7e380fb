/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/listway.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ftp/conn.h"
#include "ftp/session_in.h"

enum { LIST_BUFFER = 64 * 1024 };

int
listway_fetch(struct session *s, const char *verb, const char *arg,
    listway_take take, void *ctx, struct data_end *end, struct err *err)
{
	struct data_request rq = { .verb = verb, .arg = arg };
	struct data *d;
	ssize_t n;
	char *buf;
	int rc = 0;

	if (data_open(s->conn, &rq, &d, err) != 0)
		return -1;
	buf = xmalloc(LIST_BUFFER);
	while ((n = data_read(d, buf, LIST_BUFFER, err)) > 0)
		if ((rc = take(ctx, buf, (size_t)n, err)) != 0)
			break;
	free(buf);
	if (n != 0) {
		data_abort(d);
		return -1;
	}
	return data_finish(d, -1, end, err);
}

static int
take_listing(void *ctx, const void *data, size_t n, struct err *err)
{
	return list_feed(ctx, data, n, err);
}

/* How the listing of this server is asked for. */
struct way {
	const char *verb, *arg;
	bool change_dir;
	enum list_format format;
};

static struct way
plain_way(const struct session *s)
{
	if (!server_has(s->server, TRAIT_LIST_A))
		return (struct way){ "LIST", NULL, true, LIST_LIST };
	return (struct way){ "LIST", "-a", true, LIST_LIST };
}

static struct way
choose_way(const struct session *s, const char *path)
{
	enum listing_kind kind = s->site->set.listing;

	if (kind == LISTING_MLSD || (kind != LISTING_LIST &&
	    server_has(s->server, TRAIT_MLSD)))
		return (struct way){ "MLSD", path, false, LIST_MLSD };
	return plain_way(s);
}

/* The answer to a CWD that was sent ahead of the listing. */
struct moved {
	int code;
	char say[REPLY_SAY_MAX];
};

static void
note_moved(void *ctx, const struct reply *r)
{
	struct moved *m = ctx;

	if (r == NULL)
		return;
	m->code = r->code;
	reply_say(r, m->say, sizeof(m->say));
}

/*
 * CWD leaves with the listing's own commands.  If it is refused, what comes
 * is some other directory's listing, and is thrown away.
 */
static int
move_to(struct session *s, const char *path, struct moved *m,
    struct err *err)
{
	struct conn *c = s->conn;

	m->code = 200;
	if (c->cwd != NULL && strcmp(c->cwd, path) == 0)
		return 0;
	free(c->cwd);
	c->cwd = NULL;
	m->code = 0;
	return control_send_for(c->control, note_moved, m, err, "CWD %s",
	    path);
}

static int
list_once(struct session *s, const char *path, const struct way *way,
    struct listing *out, struct err *err)
{
	struct list_parser *p;
	struct moved moved = { .code = 200 };
	struct data_end end = { 0 };
	int rc;

	if (way->change_dir && move_to(s, path, &moved, err) != 0)
		return -1;
	p = list_parser_new(way->format, time(NULL));
	rc = listway_fetch(s, way->verb, way->arg, take_listing, p, &end,
	    err);
	s->used = clock_ms();
	/* The one answer still out belongs to a local variable. */
	if (moved.code == 0)
		control_kill(s->conn->control);
	if (moved.code >= 400) {
		list_parser_free(p);
		err_clear(err);
		err_set(err, ERR_REFUSED, "%s", moved.say);
		err_note_reply(err, moved.code, moved.say);
		return -1;
	}
	if (rc != 0) {
		list_parser_free(p);
		return -1;
	}
	if (way->change_dir && s->conn->cwd == NULL)
		s->conn->cwd = xstrdup(path);
	rc = list_finish(p, out, err);
	out->gap = end.bare ? GAP_CUT : GAP_NONE;
	if (end.said[0] != '\0') {
		out->gap = GAP_SAID;
		strlcpy(out->said, end.said, sizeof(out->said));
	}
	out->by_mlsd = way->format == LIST_MLSD;
	return rc;
}

/* After a failure: whether another way of listing is worth a try. */
static bool
other_way(struct session *s, const struct way *way, const struct err *err)
{
	bool unknown;

	if (s->site->set.listing != LISTING_AUTO)
		return false;
	unknown = err->code >= 500 && err->code <= 504;
	if (strcmp(way->verb, "MLSD") == 0 && unknown) {
		server_learn(s->server, TRAIT_MLSD, false, PROOF_SEEN,
		    err->msg);
		return true;
	}
	if (way->format == LIST_LIST && way->arg != NULL &&
	    !server_shown(s->server, TRAIT_LIST_A, PROOF_SEEN) &&
	    (unknown || err->code == 550 || err->kind == ERR_PROTOCOL)) {
		server_learn(s->server, TRAIT_LIST_A, false, PROOF_SEEN,
		    err->msg);
		return true;
	}
	return false;
}

/*
 * Servers that take "-a" for a name answer with an empty listing.  Where the
 * entry "." shows that it was understood, that is remembered.
 */
static bool
is_doubtful(struct session *s, const struct way *way,
    const struct listing *out)
{
	if (way->format != LIST_LIST || way->arg == NULL ||
	    server_shown(s->server, TRAIT_LIST_A, PROOF_SEEN))
		return false;
	if (out->self)
		server_learn(s->server, TRAIT_LIST_A, true, PROOF_SEEN, NULL);
	return !out->self && out->n == 0;
}

int
listway_list(struct session *s, const char *path, bool by_list,
    struct listing *out, struct err *err)
{
	struct way way;

	for (;;) {
		way = by_list ? plain_way(s) : choose_way(s, path);
		memset(out, 0, sizeof(*out));
		if (list_once(s, path, &way, out, err) == 0) {
			if (!is_doubtful(s, &way, out))
				return 0;
			server_learn(s->server, TRAIT_LIST_A, false,
			    PROOF_SEEN, "an empty listing");
		} else if (!conn_alive(s->conn) || !other_way(s, &way, err)) {
			return -1;
		}
		listing_release(out);
		err_clear(err);
	}
}
