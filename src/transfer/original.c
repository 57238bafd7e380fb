/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/original.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "ftp/digest.h"
#include "ftp/folders.h"
#include "ftp/lister.h"
#include "ftp/look.h"

static int
refuse_entry(const struct entry *e, struct err *err)
{
	char shown[TEXT_NAME_MAX];

	if (e->type == 'd')
		return err_set(err, ERR_REFUSED, "is a directory");
	if (e->type != 'l')
		return err_set(err, ERR_REFUSED, "is no regular file");
	err_set(err, ERR_REFUSED, "is a link, which a file would replace");
	if (e->target != NULL)
		err_append(err, "; take what it leads to: %s",
		    text_name(shown, sizeof(shown), e->target));
	return -1;
}

/*
 * What MLST tells of a link is mostly what it leads to.  A listing shows the
 * link; where there is none to be had, nothing is known.
 */
static int
refuse_hidden_link(const struct original *o, struct err *err)
{
	struct err ignored = ERR_INIT;
	char *dir = path_dir(o->path);
	const struct entry *e = NULL;
	struct listing l;
	int rc = 0;

	if (lister_list(o->s, dir, LIST_TO_LOOK, 0, &l, &ignored) == 0)
		e = listing_find(&l, path_base(o->path));
	if (e != NULL && e->type == 'l')
		rc = refuse_entry(e, err);
	listing_release(&l);
	free(dir);
	return rc;
}

static int
take_entry(struct original *o, const struct entry *e, struct err *err)
{
	if (e->type != 'f' && e->type != '?')
		return refuse_entry(e, err);
	o->there = true;
	o->mode = e->mode;
	o->seen = seen_remote(e);
	o->seen.name = NULL;
	return refuse_hidden_link(o, err);
}

/* No listing shows it: hidden, or not there yet. */
static int
look_further(struct original *o, struct err *err)
{
	char *dir;
	int rc = look_unlisted(o->s, o->path, err);

	if (rc == 'd')
		return err_set(err, ERR_REFUSED, "is a directory");
	if (rc < 0)
		return -1;
	o->there = rc == 'f';
	if (o->there)
		return 0;
	dir = path_dir(o->path);
	rc = folders_has(o->s, dir, err);
	free(dir);
	if (rc == 0)
		err_set(err, ERR_REFUSED, "there is no such directory");
	return rc == 1 ? 0 : -1;
}

int
original_look(struct original *o, struct session *s, const char *path,
    struct err *err)
{
	struct listing l;
	int rc;

	*o = (struct original){ .s = s, .mode = -1,
		.seen = { .type = '?', .size = -1 } };
	o->path = session_path(s, path);
	rc = look_one(s, o->path, &l, err);
	if (rc == 0)
		return look_further(o, err);
	if (rc < 0)
		return -1;
	rc = take_entry(o, &l.entry[0], err);
	listing_release(&l);
	return rc;
}

int
original_note(struct original *o, const struct identity *fetched,
    struct err *err)
{
	o->was = *fetched;
	if (digest_offered(o->s) &&
	    digest_ask(o->s, o->path, &o->alg, o->digest, err) < 0)
		return -1;
	return 0;
}

/* By a listing, on servers that tell nothing of one file. */
static int
look_again(const struct original *o, const char **why, struct err *err)
{
	struct seen now;
	struct listing l;
	int rc = look_one(o->s, o->path, &l, err);

	if (rc > 0) {
		now = seen_remote(&l.entry[0]);
		*why = !o->there ? "somebody has made it meanwhile" :
		    o->seen.type == '?' ? NULL : seen_change(&o->seen, &now);
		listing_release(&l);
	} else if (rc == 0 && o->seen.type != '?') {
		*why = "it is gone";
	}
	return rc < 0 ? -1 : 0;
}

static int
ask_again(const struct original *o, const char **why, struct err *err)
{
	const char *path = o->path;
	struct identity now;

	if (identity_many(o->s, &path, 1, &now, err) != 0)
		return -1;
	*why = now.there ? identity_change(&o->was, &now) : "it is gone";
	return 0;
}

static int
compare_digests(const struct original *o, const char **why, struct err *err)
{
	char now[HASH_HEX_MAX];
	int rc = digest_ask_by(o->s, o->path, o->alg, now, err);

	if (rc > 0 && strcmp(now, o->digest) != 0)
		*why = "its digest has changed";
	return rc < 0 ? -1 : 0;
}

int
original_check(const struct original *o, const char **why, struct err *err)
{
	int rc;

	*why = NULL;
	rc = o->there && o->was.there ? ask_again(o, why, err) :
	    look_again(o, why, err);
	if (rc == 0 && *why == NULL && *o->digest != '\0')
		rc = compare_digests(o, why, err);
	return rc;
}

void
original_release(struct original *o)
{
	free(o->path);
}
