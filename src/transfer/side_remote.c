/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/side_remote.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "ftp/digest.h"
#include "ftp/files.h"
#include "ftp/folders.h"
#include "ftp/lister.h"
#include "ftp/look.h"
#include "ftp/server.h"
#include "transfer/gone.h"
#include "transfer/side_remote_in.h"
#include "transfer/sink_remote.h"
#include "transfer/source_remote.h"

enum { NAME_SHOWN = 256 };

static void
free_remote(struct side *side)
{
	struct side_remote *r = remote_of(side);

	fetched_release(&r->fetched);
	spool_free(r->stale);
	strvec_release(&r->hops);
	pthread_mutex_destroy(&r->times_lock);
	side_release(side);
	free(r);
}

static int
connect_root(struct side *side, struct worker *w, struct err *err)
{
	struct session *s = remote_session(side, w);
	size_t n;

	if (session_connect(s, err) != 0)
		return -1;
	side->root = session_path(s, side->name);
	for (n = strlen(side->root); n > 1 && side->root[n - 1] == '/';)
		side->root[--n] = '\0';
	side->title = side->root;
	return 0;
}

/* What is wrong with it shows when it is listed, or made. */
static int
open_root(struct side *side, struct worker *w, bool source, bool *absent,
    struct err *err)
{
	(void)w;
	(void)absent;
	(void)err;
	remote_of(side)->source = source;
	return 0;
}

static int
check_root(struct side *side, struct worker *w, struct err *err)
{
	struct session *s = remote_session(side, w);
	struct listing l;
	int rc;

	if ((rc = folders_has(s, side->root, err)) != 0)
		return rc > 0 ? 0 : -1;
	rc = look_one(s, side->root, &l, err);
	if (rc == 0)
		err_set(err, ERR_REFUSED, "%s: no such directory on the "
		    "server; nothing was done", side->name);
	else if (rc == 1 && l.entry[0].type == 'f')
		err_set(err, ERR_REFUSED, "%s: not a directory but a file; "
		    "use get %s", side->name, side->name);
	else if (rc == 1)
		err_set(err, ERR_REFUSED, "%s: cannot change to the "
		    "directory: permission denied", side->name);
	listing_release(&l);
	return -1;
}

/* It exists unless we have made it. */
static int
make_root(struct side *side, struct worker *w, bool rehearsal, bool *exists,
    struct err *err)
{
	struct session *s = remote_session(side, w);
	bool made = false;
	int rc;

	if (rehearsal) {
		rc = folders_has(s, side->root, err);
		*exists = rc == 1;
		return rc < 0 ? -1 : 0;
	}
	rc = folders_make_path(s, side->root, &made, err);
	*exists = !made;
	side->named_root = (made || side->named_alike) &&
	    path_is_component(path_base(side->root));
	if (rc == 0)
		return 0;
	return refusal_explain(s, &(struct refusal){
	    .act = REFUSAL_MKDIR, .path = side->root,
	    .shown = side->name }, err);
}

static size_t
batch(struct side *side, struct worker *w, enum list_need need, uint64_t hint)
{
	return lister_batch(remote_session(side, w), need, hint);
}

static int
has_path(struct side *side, struct worker *w, const char *path,
    struct err *err)
{
	struct session *s = remote_session(side, w);
	char *full = remote_path(side, path);
	struct listing l;
	int rc;

	rc = look_one(s, full, &l, err);
	listing_release(&l);
	if (rc == 0 && (rc = look_unlisted(s, full, err)) > 0)
		rc = 1;
	free(full);
	return rc;
}

/*
 * Each look costs a listing, and where many names are there that the server
 * refuses, further ones are, too.
 */
enum { REFUSED_MAX = 8 };

static bool
is_gone(struct side *side, struct worker *w, const char *path,
    const struct err *why)
{
	struct side_remote *r = remote_of(side);
	char *full;
	bool gone, look;

	/* Of a name too long for us the server was not asked yet. */
	if (why->kind != ERR_REFUSED && why->sys != ENAMETOOLONG)
		return false;
	pthread_mutex_lock(&side->lock);
	look = r->refused < REFUSED_MAX;
	pthread_mutex_unlock(&side->lock);
	if (!look)
		return false;
	full = remote_path(side, path);
	gone = gone_is(remote_session(side, w), full);
	free(full);
	pthread_mutex_lock(&side->lock);
	r->refused += !gone;
	pthread_mutex_unlock(&side->lock);
	return gone;
}

static bool
is_occupied(const struct err *why)
{
	return why->kind == ERR_REFUSED;
}

static void
explain(struct side *side, struct worker *w, const struct refusal *what,
    struct err *err)
{
	struct refusal full = *what;
	char *path = remote_path(side, what->path);

	full.path = path;
	refusal_explain(remote_session(side, w), &full, err);
	free(path);
}

static int
look_for_stored(struct side *side, struct worker *w, const char *dir,
    struct stored *v, size_t n, struct err *err)
{
	char *full = remote_path(side, dir);
	int rc = stored_look(remote_session(side, w), full, v, n, err);

	free(full);
	return rc;
}

static int
look_for_root(struct side *side, struct worker *w, struct stored *v,
    struct err *err)
{
	char *dir = path_dir(side->root);
	int rc;

	v->name = path_base(side->root);
	rc = stored_look(remote_session(side, w), dir, v, 1, err);
	free(dir);
	return rc;
}

static int
answers(struct side *side, struct worker *w, const char *path,
    struct err *err)
{
	char *full = remote_path(side, path);
	int rc = stored_answers(remote_session(side, w), full, err);

	free(full);
	return rc;
}

static int
folds(struct side *side, enum fold how)
{
	const struct server *sv = session_server(remote_of(side)->own);

	if (how != FOLD_CASE)
		return side_folds(side, how);
	return server_has(sv, TRAIT_FOLDS_CASE) ? 1 :
	    server_has(sv, TRAIT_TELLS_CASE) ? -1 : 0;
}

static void
note_folds(struct side *side, enum fold how, bool does)
{
	if (how == FOLD_CASE)
		server_learn(session_server(remote_of(side)->own), does ?
		    TRAIT_FOLDS_CASE : TRAIT_TELLS_CASE, true, PROOF_SEEN,
		    NULL);
	else
		side_note_folds(side, how, does);
}

static bool
learn_case(struct side *side, struct worker *w, const char *path)
{
	char *full = remote_path(side, path), *other;
	struct err ignored = ERR_INIT;

	other = stored_other_case(full);
	(void)stored_learn_case(remote_session(side, w), full, &ignored);
	free(full);
	free(other);
	return other != NULL;
}

/*
 * A directory that is there though no listing had its name: not if it is a
 * link in another spelling, which leads who knows where (I4).
 */
static int
check_no_link(struct session *s, const char *full, struct err *err)
{
	const char *name = path_base(full);
	char *dir = path_dir(full), shown[NAME_SHOWN];
	const struct entry *e;
	struct listing l;
	size_t i;
	int rc;

	rc = lister_list(s, dir, LIST_WHOLE, 0, &l, err);
	e = rc == 0 ? listing_find(&l, name) : NULL;
	for (i = 0; rc == 0 && i < l.n && (e == NULL || e->type != 'd'); i++)
		if (l.entry[i].type == 'l' &&
		    fold_between(name, l.entry[i].name) != FOLD_OTHER)
			rc = err_set(err, ERR_REFUSED, "a symbolic link is in "
			    "the way, %s", text_escape_to(shown,
			    sizeof(shown), l.entry[i].name));
	listing_release(&l);
	free(dir);
	return rc;
}

static int
make_dir(struct side *side, struct worker *w, const char *path, int mode,
    bool *made, struct err *err)
{
	struct session *s = remote_session(side, w);
	struct err ignored = ERR_INIT;
	char *full = remote_path(side, path);
	int rc;

	*made = true;
	rc = folders_make_path(s, full, made, err);
	if (rc == 0 && !*made)
		rc = check_no_link(s, full, err);
	if (rc == 0 && mode != -1)
		(void)files_set_mode(s, full, mode, &ignored);
	if (rc != 0)
		rc = refusal_explain(s, &(struct refusal){
		    .act = REFUSAL_MKDIR, .path = full, .shown = path }, err);
	free(full);
	return rc;
}

static int
make_dirs(struct side *side, struct worker *w, const char *const *path,
    const int *mode, size_t n, struct err *each, struct err *err)
{
	char **full = xcalloc(n + 1, sizeof(*full));
	size_t i;
	int rc;

	for (i = 0; i < n; i++)
		full[i] = remote_path(side, path[i]);
	rc = folders_make_many(remote_session(side, w),
	    (const char *const *)full, mode, n, each, err);
	for (i = 0; i < n; i++)
		free(full[i]);
	free(full);
	return rc;
}

static int
set_mode(struct side *side, struct worker *w, const char *path, int mode,
    struct err *err)
{
	struct session *s = remote_session(side, w);
	char *full = remote_path(side, path);
	int rc = 0;

	if (files_set_mode(s, full, mode, err) != 0)
		rc = refusal_explain(s, &(struct refusal){
		    .act = REFUSAL_CHMOD, .path = full, .shown = path }, err);
	free(full);
	return rc;
}

static int
remove_seen(struct side *side, struct worker *w, const struct remove *what,
    bool emptied, const struct seen *e, size_t n, struct err *err)
{
	char *full = remote_path(side, what->dir);
	struct remove r = *what;
	int rc;

	r.s = remote_session(side, w);
	r.dir = full;
	rc = emptied ? remove_dirs(&r, e, n, err) :
	    remove_entries(&r, e, n, err);
	free(full);
	return rc;
}

static struct source *
open_source(struct side *side, struct worker *w, const struct side_file *f,
    struct err *err)
{
	const struct source_remote_request rq = {
		.path = f->full, .entry = f->entry, .identify = f->identify,
	};

	(void)err;
	return source_remote_open(remote_session(side, w), &rq);
}

/* A part is named after the version, which a server may still have to tell. */
static struct sink *
open_sink(struct side *side, struct worker *w, const struct side_file *f,
    struct source *from, struct err *err)
{
	const struct sink_remote_request rq = {
		.path = f->full, .keep_mode = f->keep_mode,
		.verify = f->verify,
	};

	if (!from->told && from->ops->look != NULL &&
	    from->ops->look(from, true, err) != 0)
		return NULL;
	return sink_remote_open(remote_session(side, w), &rq, from, err);
}

static bool
has_digests(struct side *side, struct worker *w)
{
	return digest_offered(remote_session(side, w));
}

/* It computes what it likes best. */
static int
digest(struct side *side, struct worker *w, const char *path, bool chooses,
    enum hash_alg *alg, char hex[HASH_HEX_MAX], struct err *err)
{
	char *full = remote_path(side, path);
	enum hash_alg had;
	int rc = digest_ask(remote_session(side, w), full, &had, hex, err);

	free(full);
	if (rc == 1 && !chooses && had != *alg)
		return 0;
	*alg = had;
	return rc;
}

static int
look_at_source(struct side *side, struct worker *w, const char *path,
    struct copy_result *res, struct err *err)
{
	struct session *s = remote_session(side, w);
	char *full = remote_path(side, path);
	int rc;

	session_try_begin(s);
	while ((rc = identity_many(s, (const char *const *)&full, 1,
	    &res->look, err)) != 0 && session_again(s, NULL, err))
		err_clear(err);
	session_try_end(s);
	free(full);
	return rc;
}

static void
removed_source(void *ctx, const struct fetched *f, enum fate fate,
    const struct err *err)
{
	struct side *side = ctx;
	const char *path = f->path + strlen(side->root);
	struct err why;

	if (fate != FATE_CHANGED && fate != FATE_FAILED)
		return;
	why = *err;
	path += strspn(path, "/");
	refusal_explain(NULL, &(struct refusal){ .act = REFUSAL_DELETE,
	    .path = f->path, .shown = path, .type = 'f' }, &why);
	side->kept(side->ctx, path, &why);
}

static void
settle_sources(void *ctx, struct err *err)
{
	struct side *side = ctx;

	side->settle(side->ctx, err);
}

static void
remove_source(struct side *side, struct worker *w, const char *path,
    const struct copy_result *res, struct err *err)
{
	char *full = remote_path(side, path);

	(void)err;
	fetched_add(&remote_of(side)->fetched, remote_session(side, w), full,
	    &res->look, NULL);
	free(full);
}

static void
end_sources(struct side *side, struct worker *w)
{
	fetched_flush(&remote_of(side)->fetched, remote_session(side, w));
}

static struct manifest *
open_manifest(struct side *side, struct worker *w, unsigned shard,
    unsigned shards, struct err *err)
{
	return manifest_load(remote_session(side, w), side->root, shard,
	    shards, err);
}

static int
write_piece(struct side *side, struct worker *w, struct manifest *mf,
    struct err *err)
{
	return manifest_write_piece(mf, remote_session(side, w), err);
}

static const struct side_ops ops = {
	.free = free_remote,
	.connect = connect_root,
	.open = open_root,
	.check = check_root,
	.make_root = make_root,
	.open_backup = side_remote_backup_open,
	.full = remote_path,
	.batch = batch,
	.list = side_remote_list_dirs,
	.confirm = side_remote_list_confirm,
	.is_endless = side_remote_list_is_endless,
	.tell_links = side_remote_list_tell_links,
	.has = has_path,
	.are_there = side_remote_hide_ask,
	.find_hidden = side_remote_hide_find,
	.shows_dots = side_remote_hide_not,
	.is_gone = is_gone,
	.is_occupied = is_occupied,
	.explain = explain,
	.stored = look_for_stored,
	.root_stored = look_for_root,
	.answers = answers,
	.folds = folds,
	.note_folds = note_folds,
	.learn_case = learn_case,
	.make_dir = make_dir,
	.make_dirs = make_dirs,
	.set_mode = set_mode,
	.link = side_remote_link_make,
	.remove = remove_seen,
	.back_up = side_remote_backup_move,
	.back_up_old = side_remote_backup_move,
	.take_back = side_remote_backup_undo,
	.drop_parts = side_remote_parts_drop,
	.end_parts = side_remote_parts_end,
	.source = open_source,
	.sink = open_sink,
	.has_digests = has_digests,
	.digest = digest,
	.look = look_at_source,
	.remove_source = remove_source,
	.end_sources = end_sources,
	.exact_times = side_remote_times_ask,
	.try_time = side_remote_times_try,
	.keeps_times = side_remote_times_kept,
	.open_manifest = open_manifest,
	.write_piece = write_piece,
};

struct side *
side_remote_new(struct session *own, size_t i, const char *name, bool follow)
{
	struct side_remote *r = xcalloc(1, sizeof(*r));

	side_init(&r->side, &ops, name);
	r->side.facts = (struct side_facts){
		.failing = ERR_REFUSED, .op = "put",
		.no_time = "this server lets nobody set it",
		.no_mode = "this server does not let one set them; "
		    "--no-perms leaves them alone",
		.follows = true, .tells_names = true, .few_digests = true,
		.links_last = true, .moves_links = true, .asks_source = true,
	};
	r->own = own;
	r->i = i;
	r->follow = follow;
	r->stale = spool_new();
	fetched_init(&r->fetched, removed_source, r);
	r->fetched.settle = settle_sources;
	pthread_mutex_init(&r->times_lock, NULL);
	return &r->side;
}
