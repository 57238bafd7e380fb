/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a session can learn of directories and files: listings and stat. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "ftp/conn.h"
#include "ftp/data.h"
#include "ftp/list.h"
#include "ftp/mtime.h"
#include "ftp/session.h"
#include "ftp/session_in.h"
#include "ftp/status.h"

enum {
	LIST_BUFFER = 64 * 1024,
	/* Entries; where limits are set, they are higher. */
	DOUBTFUL_MAX = 250,
	NAME_SHOWN = 256,
};

/* Gets what a listing command says, piece by piece, to take(). */
static int
fetch(struct conn *c, const char *verb, const char *arg,
    int (*take)(void *ctx, const void *data, size_t n, struct err *err),
    void *ctx, struct data_end *end, struct err *err)
{
	struct data_request rq = { .verb = verb, .arg = arg };
	struct data *d;
	ssize_t n;
	char *buf;
	int rc = 0;

	if (data_open(c, &rq, &d, err) != 0)
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
	rc = fetch(s->conn, way->verb, way->arg, take_listing, p, &end, err);
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

static int
list_some_way(struct session *s, const char *path, bool plain,
    struct listing *out, struct err *err)
{
	struct way way;

	for (;;) {
		way = plain ? plain_way(s) : choose_way(s, path);
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

int
session_list_plain(struct session *s, const char *full, struct listing *out,
    struct err *err)
{
	memset(out, 0, sizeof(*out));
	if (session_connect(s, err) != 0)
		return -1;
	return list_some_way(s, full, true, out, err);
}

static bool
can_stat(const struct session *s)
{
	return session_alive(s) && server_has(s->server, TRAIT_STAT);
}

/* Without a data connection. */
bool
session_lists_by_stat(const struct session *s)
{
	enum listing_kind kind = s->site->set.listing;

	return can_stat(s) && !server_has(s->server, TRAIT_STAT_LEAVES_OUT) &&
	    (kind == LISTING_STAT || (kind == LISTING_AUTO &&
	    server_has(s->server, TRAIT_STAT_IS_WHOLE) &&
	    s->site->set.pipeline));
}

/* Worth the trouble of making sure where round trips are long. */
bool
session_lists_roughly(const struct session *s)
{
	enum listing_kind kind = s->site->set.listing;

	if (session_lists_by_stat(s))
		return true;
	return can_stat(s) && server_has(s->server, TRAIT_STAT_LEAVES_OUT) &&
	    (kind == LISTING_STAT || (kind == LISTING_AUTO &&
	    s->conn->far && s->site->set.pipeline));
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
list_by_stat(struct session *s, const char *full, struct listing *out,
    struct err *err)
{
	struct err refused = ERR_INIT;

	if (!session_lists_by_stat(s))
		return 1;
	if (status_list(s->conn, &full, 1, out, &refused, err) != 0) {
		note_nonsense(s, err);
		return -1;
	}
	s->used = clock_ms();
	return refused.kind == ERR_NONE && out->gap == GAP_NONE ? 0 : 1;
}

static void
warn_of(const struct session *s, const char *full, const struct listing *l)
{
	char shown[NAME_SHOWN];

	if (l->gap <= GAP_DOUBT && l->bad == 0)
		return;
	text_escape_to(shown, sizeof(shown), full);
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

/* By STAT in one flight, as far as that goes. */
static void
list_flight(struct session *s, const char *const *path, size_t n,
    struct listing *out, struct err *err)
{
	struct err failed = ERR_INIT;
	bool doubtful;
	size_t i;
	int rc;

	rc = status_list(s->conn, path, n, out, err, &failed);
	if (rc != 0)
		note_nonsense(s, &failed);
	for (i = 0; i < n; i++) {
		doubtful = server_has(s->server, TRAIT_STAT_LEAVES_OUT);
		if (rc != 0 || err[i].kind != ERR_NONE ||
		    (doubtful && out[i].n > DOUBTFUL_MAX))
			out[i].gap = GAP_CUT;
		else if (doubtful && out[i].gap == GAP_NONE)
			out[i].gap = GAP_DOUBT;
	}
}

static void
list_many(struct session *s, const char *const *path, size_t n, bool flight,
    bool links, struct listing *out, struct err *err)
{
	size_t i;
	int rc;

	memset(out, 0, n * sizeof(*out));
	if (flight && n > 0)
		list_flight(s, path, n, out, err);
	for (i = 0; i < n; i++) {
		if (flight && out[i].gap <= GAP_DOUBT) {
			warn_of(s, path[i], &out[i]);
			continue;
		}
		listing_release(&out[i]);
		err_clear(&err[i]);
		rc = links ? session_list_links(s, path[i], &out[i], &err[i]) :
		    session_list(s, path[i], &out[i], &err[i]);
		if (rc == 0)
			err_clear(&err[i]);
	}
}

void
session_list_many(struct session *s, const char *const *path, size_t n,
    bool links, struct listing *out, struct err *err)
{
	list_many(s, path, n, session_lists_by_stat(s), links, out, err);
}

void
session_list_roughly(struct session *s, const char *const *path, size_t n,
    bool links, struct listing *out, struct err *err)
{
	list_many(s, path, n, session_lists_roughly(s), links, out, err);
}

int
session_list(struct session *s, const char *path, struct listing *out,
    struct err *err)
{
	char *full = NULL;
	int rc;

	memset(out, 0, sizeof(*out));
	session_try_begin(s);
	for (;;) {
		rc = session_connect_for_data(s, err);
		if (rc != 0)
			break;
		free(full);
		full = session_path(s, path);
		rc = list_by_stat(s, full, out, err);
		if (rc == 1) {
			listing_release(out);
			rc = list_some_way(s, full, false, out, err);
		}
		if (rc == 0 || !session_again(s, "LIST", err))
			break;
		err_clear(err);
	}
	session_try_end(s);
	if (rc == 0)
		warn_of(s, full, out);
	free(full);
	return rc;
}

struct names {
	struct buf text;
};

static int
take_names(void *ctx, const void *data, size_t n, struct err *err)
{
	struct names *names = ctx;

	if (buf_add(&names->text, data, n) != 0)
		return err_set(err, ERR_PROTOCOL, "listing too long");
	return 0;
}

static void
split_names(char *text, struct strvec *out)
{
	char *line;

	while ((line = strsep(&text, "\n")) != NULL) {
		line[strcspn(line, "\r")] = '\0';
		if (line[0] != '\0')
			strvec_add(out, line);
	}
}

int
session_nlist(struct session *s, const char *path, struct strvec *names,
    struct err *err)
{
	struct names got = { .text = BUF_INIT(REPLY_LISTING_MAX) };
	struct data_end end = { 0 };
	int rc = -1;
	char *full;

	session_try_begin(s);
	do {
		err_clear(err);
		buf_clear(&got.text);
		if (session_connect_for_data(s, err) != 0)
			break;
		full = session_path(s, path);
		rc = fetch(s->conn, "NLST", full, take_names, &got, &end, err);
		free(full);
		s->used = clock_ms();
	} while (rc != 0 && session_again(s, "NLST", err));
	session_try_end(s);
	if (rc == 0 && (end.bare || end.said[0] != '\0'))
		observe_warning(s->obs, "%s: the names are incomplete: %s",
		    s->site->name, end.said[0] != '\0' ? end.said :
		    "the connection ended without close_notify");
	if (rc == 0 && got.text.len > 0)
		split_names(got.text.data, names);
	buf_release(&got.text);
	return rc;
}

/* Names below a directory, as they come: DIR/CHILD/NAME. */
struct tally {
	const char *dir;
	size_t dir_len;
	const struct listing *l;
	uint64_t *sum;
	size_t dirs;		/* that had names */
	struct buf line;	/* not whole yet */
};

static void
tally_line(struct tally *t)
{
	char *line = t->line.data, *child, *name;
	const struct entry *e;
	uint64_t *sum;

	if (t->line.len == 0)
		return;
	line[strcspn(line, "\r")] = '\0';
	if (strncmp(line, t->dir, t->dir_len) != 0 || line[t->dir_len] != '/')
		return;
	child = line + t->dir_len + 1;
	if ((name = strchr(child, '/')) == NULL)
		return;
	*name = '\0';
	if ((e = listing_find(t->l, child)) == NULL)
		return;
	sum = &t->sum[e - t->l->entry];
	t->dirs += *sum == 0;
	*sum += list_name_sum(name + 1);
}

static int
take_tally(void *ctx, const void *data, size_t n, struct err *err)
{
	struct tally *t = ctx;
	const char *p = data, *end = p + n, *nl;

	for (; p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (buf_add(&t->line, p,
		    (size_t)((nl != NULL ? nl : end) - p)) != 0)
			return err_set(err, ERR_PROTOCOL, "line too long");
		if (nl == NULL)
			break;
		tally_line(t);
		buf_clear(&t->line);
	}
	return 0;
}

void
session_sum_below(struct session *s, const char *full,
    const struct listing *l, uint64_t *sum)
{
	struct tally t = {
		.dir = full, .dir_len = strlen(full), .l = l, .sum = sum,
		.line = BUF_INIT(LIST_LINE_MAX),
	};
	struct err ignored = ERR_INIT;
	struct data_end end = { 0 };
	char *all;

	memset(sum, 0, l->n * sizeof(*sum));
	/* Blanks and all that a glob takes for something else. */
	if (!server_has(s->server, TRAIT_NLST_BELOW) ||
	    strpbrk(full, " \t*?[]{}\\~") != NULL)
		return;
	if (t.dir_len > 0 && full[t.dir_len - 1] == '/')
		t.dir_len--;
	all = xasprintf("-aR %.*s/*", (int)t.dir_len, full);
	if (fetch(s->conn, "NLST", all, take_tally, &t, &end,
	    &ignored) != 0 || end.bare || end.said[0] != '\0') {
		server_learn(s->server, TRAIT_NLST_BELOW, false, PROOF_SEEN,
		    ignored.msg);
		t.dirs = 0;
	}
	/* One alone may be where a limit ended both NLST and its STAT. */
	if (t.dirs < 2)
		memset(sum, 0, l->n * sizeof(*sum));
	s->used = clock_ms();
	free(all);
	buf_release(&t.line);
}

/* The fact line in a reply to MLST: the one that begins with a blank. */
static int
parse_mlst_reply(const struct reply *r, struct listing *out,
    struct err *err)
{
	char *copy = xstrdup(r->text.data), *rest = copy, *line;
	int rc = -1;

	while ((line = strsep(&rest, "\n")) != NULL)
		if (strchr(line, '=') != NULL && strchr(line, ';') != NULL &&
		    (rc = list_parse_mlst(line, out, err)) == 0)
			break;
	free(copy);
	if (rc != 0 && err->kind == ERR_NONE)
		err_set(err, ERR_PROTOCOL, "answer to MLST makes no sense");
	return rc == 0 ? 1 : -1;
}

static int
stat_mlst(struct session *s, const char *full, struct listing *out,
    struct err *err)
{
	struct reply *r;

	if (session_command(s, &r, NULL, err, "MLST %s", full) != 0)
		return -1;
	if (r->code / 100 == 2)
		return parse_mlst_reply(r, out, err);
	if (r->code == 550 || r->code == 553)
		return 0;
	if (r->code >= 500 && r->code <= 504) {
		server_deny(s->server, TRAIT_MLST, r);
		return 0;
	}
	return reply_error(r, err, "%s", full);
}

/* SIZE and MDTM in one flight, for an entry of a coarse listing. */
static int
refine(struct session *s, const char *full, struct entry *e,
    struct err *err)
{
	struct conn *c = s->conn;
	struct timespec ts;
	struct reply *r;
	int64_t size;
	bool sub;

	if (control_send(c->control, err, "SIZE %s", full) != 0 ||
	    control_send(c->control, err, "MDTM %s", full) != 0 ||
	    control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	if (reply_size(r, &size) == 0)
		e->size = size;
	if (control_reply(c->control, conn_soon(c), &r, err) != 0)
		return -1;
	if (reply_mdtm(r, &ts, &sub) == 0) {
		e->mtime = ts;
		e->precision = sub ? PRECISION_SUB : PRECISION_SECOND;
	}
	return 1;
}

static int
stat_root(struct listing *out, struct err *err)
{
	return list_parse_mlst("type=dir; .", out, err) == 0 ? 1 : -1;
}

/* By the listing of the directory it is in. */
static int
stat_listed(struct session *s, const char *full, struct listing *out,
    struct err *err)
{
	const struct entry *found;
	char *dir;
	int rc;

	if (path_base(full)[0] == '\0')
		return stat_root(out, err);
	dir = path_dir(full);
	rc = session_list(s, dir, out, err);
	free(dir);
	if (rc != 0)
		return err->code == 550 ? 0 : -1;
	found = listing_find(out, path_base(full));
	if (found == NULL)
		return listing_check(out, err);
	out->entry[0] = *found;
	out->n = 1;
	if (found->type != 'f' || out->entry[0].precision >= PRECISION_SECOND)
		return 1;
	return refine(s, full, &out->entry[0], err);
}

int
session_stat(struct session *s, const char *path, struct listing *out,
    struct err *err)
{
	char *full;
	int rc = 0;

	memset(out, 0, sizeof(*out));
	if (session_connect(s, err) != 0)
		return -1;
	full = session_path(s, path);
	if (server_has(s->server, TRAIT_MLST) &&
	    s->site->set.listing != LISTING_LIST) {
		rc = stat_mlst(s, full, out, err);
		if (server_has(s->server, TRAIT_MLST))
			goto out;
	}
	rc = stat_listed(s, full, out, err);
out:
	if (rc != 1)
		listing_release(out);
	free(full);
	return rc;
}

int
session_set_mtime(struct session *s, const char *path, time_t t,
    struct err *err)
{
	struct conn *c;
	char *full;
	int rc = -1;

	session_try_begin(s);
	do {
		err_clear(err);
		if ((c = session_conn(s, err)) == NULL)
			break;
		full = session_path(s, path);
		rc = mtime_set(c, full, t, err);
		free(full);
	} while (rc < 0 && session_again(s, "MFMT", err));
	session_try_end(s);
	s->used = clock_ms();
	return rc;
}

/* How a digest can be asked for, best first. */
static const struct {
	unsigned flag;
	enum hash_alg alg;
	const char *verb;
	size_t digits;
} digests[] = {
	{ FEAT_XSHA256, HASH_SHA256, "XSHA256", 64 },
	{ FEAT_XSHA512, HASH_SHA512, "XSHA512", 128 },
	{ FEAT_XSHA1, HASH_SHA1, "XSHA1", 40 },
	{ FEAT_XMD5, HASH_MD5, "XMD5", 32 },
	{ FEAT_XCRC, HASH_CRC32, "XCRC", 8 },
};

enum { DIGESTS = sizeof(digests) / sizeof(digests[0]) };

/* HASH with the best algorithm the server has (draft-bryan-ftpext-hash). */
static int
ask_hash(struct session *s, const char *full, enum hash_alg *alg, char *hex,
    struct err *err)
{
	unsigned have = s->conn->feat.hashes;
	struct reply *r;
	size_t i;

	for (i = 0; i < DIGESTS; i++)
		if (have & (1U << digests[i].alg))
			break;
	if (i == DIGESTS)
		return 0;
	if (session_command(s, &r, NULL, err, "OPTS HASH %s",
	    hash_name(digests[i].alg)) != 0 ||
	    session_command(s, &r, NULL, err, "HASH %s", full) != 0)
		return -1;
	*alg = digests[i].alg;
	return r->code / 100 == 2 &&
	    reply_digest(r, digests[i].digits, hex) == 0;
}

int
session_hash(struct session *s, const char *path, enum hash_alg *alg,
    char hex[HASH_HEX_MAX], struct err *err)
{
	struct reply *r;
	char *full;
	size_t i;
	int rc = 0;

	if (session_connect(s, err) != 0)
		return -1;
	full = session_path(s, path);
	if (s->conn->feat.flags & FEAT_HASH)
		rc = ask_hash(s, full, alg, hex, err);
	for (i = 0; rc == 0 && i < DIGESTS; i++) {
		if (!(s->conn->feat.flags & digests[i].flag))
			continue;
		rc = session_command(s, &r, NULL, err, "%s %s",
		    digests[i].verb, full);
		if (rc == 0 && r->code / 100 == 2 &&
		    reply_digest(r, digests[i].digits, hex) == 0) {
			*alg = digests[i].alg;
			rc = 1;
		}
	}
	free(full);
	return rc;
}
