/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/listway.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "ftp/conn.h"
#include "ftp/session_in.h"
#include "listing/parser.h"

enum { LIST_BUFFER = 64 * 1024 };

int
listway_fetch(struct session *s, const struct data_request *rq,
    listway_take take, void *ctx, struct data_end *end, struct err *err)
{
	struct data *d;
	ssize_t n;
	char *buf;
	int rc = 0;

	if (data_open(s->conn, rq, &d, err) != 0)
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
	return parser_feed(ctx, data, n, err);
}

/* How the listing of this server is asked for. */
struct way {
	struct data_request rq;
	bool change_dir;
	enum parser_format format;
};

static const struct way list_all = {
	{ .verb = "LIST", .options = "-a" }, true, PARSER_LIST
};
static const struct way list_bare = {
	{ .verb = "LIST" }, true, PARSER_LIST
};

static struct way
plain_way(const struct session *s)
{
	return server_has(s->server, TRAIT_LIST_A) ? list_all : list_bare;
}

/*
 * Whether a server may take a name for a pattern, or a part of it for options:
 * Apache's lists what matches.
 */
static bool
is_ambiguous(const char *path)
{
	return strpbrk(path, "*?[{") != NULL || strstr(path, " -") != NULL;
}

static struct way
choose_way(const struct session *s, const char *path)
{
	enum listing_kind kind = s->site->set.listing;

	if (kind != LISTING_MLSD && (kind == LISTING_LIST ||
	    !server_has(s->server, TRAIT_MLSD)))
		return plain_way(s);
	if (is_ambiguous(path))
		return (struct way){ { .verb = "MLSD" }, true, PARSER_MLSD };
	return (struct way){ { .verb = "MLSD", .path = path }, false,
	    PARSER_MLSD };
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

/* On a server without paths, whose names all count from where we are. */
static bool
is_here(const struct session *s, const char *path)
{
	return s->foreign != NULL && (*path == '\0' || strcmp(path, ".") == 0);
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

	if ((c->cwd != NULL && strcmp(c->cwd, path) == 0) ||
	    is_here(s, path))
		return 0;
	free(c->cwd);
	c->cwd = NULL;
	m->code = 0;
	return control_send_path_for(c->control, note_moved, m, err, "CWD",
	    path);
}

static void
note_nothing(void *ctx, const struct reply *r)
{
	(void)ctx;
	(void)r;
}

/* CWD was refused: that, and not what the listing was, counts. */
static int
refuse_move(const struct moved *m, struct err *err)
{
	err_clear(err);
	err_set(err, ERR_REFUSED, "%s", m->say);
	err_note_reply(err, m->code, m->say);
	return 1;
}

/* CWD worked: that is where we are, or we go back to where names count from. */
static int
settle_move(struct session *s, const char *path, struct err *err)
{
	struct conn *c = s->conn;

	if (s->foreign != NULL && !is_here(s, path))
		return control_send_path_for(c->control, note_nothing, NULL,
		    err, "CWD", s->foreign);
	if (s->foreign == NULL && c->cwd == NULL)
		c->cwd = xstrdup(path);
	return 0;
}

/* What the parser made of it, and what the end of the data says of that. */
static int
end_listing(struct parser *p, const struct data_end *end, struct listing *out,
    struct err *err)
{
	int rc = parser_finish(p, out, err);

	out->gap = end->bare ? GAP_CUT : GAP_NONE;
	if (*end->said == '\0')
		return rc;
	out->gap = GAP_SAID;
	strlcpy(out->said, end->said, sizeof(out->said));
	/* vsftpd: "226 Transfer done (but failed to open directory)." */
	if (rc == 0 && out->n == 0 && out->self == 0)
		rc = err_set(err, ERR_REFUSED, "%s", end->said);
	return rc;
}

/* 0, -1; 1: the directory itself was refused, whatever the way. */
static int
list_once(struct session *s, const char *path, const struct way *way,
    struct listing *out, struct err *err)
{
	struct moved moved = { .code = 200 };
	struct data_end end = { 0 };
	struct parser *p;
	int rc;

	if (way->change_dir && move_to(s, path, &moved, err) != 0)
		return -1;
	p = parser_new(way->format, time(NULL));
	rc = listway_fetch(s, &way->rq, take_listing, p, &end, err);
	/* The one answer still out belongs to a local variable. */
	if (moved.code == 0)
		control_kill(s->conn->control);
	if (moved.code >= 400)
		rc = refuse_move(&moved, err);
	else if (rc == 0 && way->change_dir)
		rc = settle_move(s, path, err);
	if (rc != 0) {
		parser_free(p);
		return rc;
	}
	rc = end_listing(p, &end, out, err);
	out->by_mlsd = way->format == PARSER_MLSD;
	return rc;
}

/* After a failure: whether another way of listing is worth a try. */
static bool
other_way(struct session *s, struct way *way, const struct err *err)
{
	bool unknown = err->code >= 500 && err->code <= 504;

	if (way->format == PARSER_MLSD) {
		*way = plain_way(s);
		return unknown && s->site->set.listing != LISTING_MLSD;
	}
	if (way->rq.options == NULL || server_shown(s->server, TRAIT_LIST_A,
	    PROOF_SEEN) ||
	    !(unknown || err->code == 550 || err->kind == ERR_PROTOCOL))
		return false;
	*way = list_bare;
	return true;
}

/*
 * What a way that works shows of another that did not: a refusal could have
 * been about the directory.  Servers that take "-a" for a name also answer
 * with an empty listing; it is understood once it showed something.
 */
static void
note_ways(struct session *s, const struct way *way,
    const struct listing *out, const struct err *no_mlsd,
    const struct err *no_list_a)
{
	bool empty = out->n == 0 && out->self == 0;

	if (no_mlsd->kind != ERR_NONE)
		server_learn(s->server, TRAIT_MLSD, false, PROOF_SEEN,
		    no_mlsd->msg);
	if (way->rq.options == NULL && (no_list_a->code != 0 ||
	    (no_list_a->kind != ERR_NONE && !empty)))
		server_learn(s->server, TRAIT_LIST_A, false, PROOF_SEEN,
		    no_list_a->msg);
	else if (way->format == PARSER_LIST && way->rq.options != NULL &&
	    !empty)
		server_learn(s->server, TRAIT_LIST_A, true, PROOF_SEEN, NULL);
}

static bool
is_doubtful(const struct session *s, const struct way *way,
    const struct listing *out)
{
	return way->format == PARSER_LIST && way->rq.options != NULL &&
	    out->self == 0 && out->n == 0 && out->bad == 0 &&
	    !server_shown(s->server, TRAIT_LIST_A, PROOF_SEEN);
}

/*
 * Some servers list nothing where nothing is (Apache's), or a file as what is
 * in it: whether that is a directory, CWD tells.  0, 1: it is none, -1.
 */
static int
check_exists(struct session *s, const char *path, const struct way *way,
    const struct listing *out, struct err *err)
{
	struct conn *c = s->conn;
	struct reply *r;

	if (way->change_dir || out->self > 0 || out->bad > 0 || out->n > 1 ||
	    (out->n == 1 && strcmp(out->entry[0].name, path_base(path)) != 0) ||
	    (c->cwd != NULL && strcmp(c->cwd, path) == 0))
		return 0;
	if (control_send_path(c->control, err, "CWD", path) != 0 ||
	    control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	if (reply_class(r->code) != 2) {
		reply_error(r, err, "no directory");
		return 1;
	}
	free(c->cwd);
	c->cwd = xstrdup(path);
	return 0;
}

int
listway_list(struct session *s, const char *path, bool by_list,
    struct listing *out, struct err *err)
{
	struct err no_mlsd = ERR_INIT, no_list_a = ERR_INIT, *no;
	struct way way = by_list ? plain_way(s) : choose_way(s, path);
	int rc;

	for (;;) {
		memset(out, 0, sizeof(*out));
		no = way.format == PARSER_MLSD ? &no_mlsd : &no_list_a;
		rc = list_once(s, path, &way, out, err);
		if (rc == 0)
			rc = check_exists(s, path, &way, out, err);
		if (rc == 0 && !is_doubtful(s, &way, out)) {
			note_ways(s, &way, out, &no_mlsd, &no_list_a);
			return 0;
		}
		if (rc == 0) {
			err_set(no, ERR_REFUSED, "an empty listing");
			way = list_bare;
		} else if (rc > 0 || !conn_alive(s->conn) ||
		    !other_way(s, &way, err)) {
			return -1;
		} else {
			*no = *err;
		}
		listing_release(out);
		err_clear(err);
	}
}
