/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/refusal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "ftp/folders.h"
#include "ftp/lister.h"
#include "ftp/look.h"
#include "ftp/session_in.h"

enum { NAME_SHOWN = 256 };

/* What was tried. */
static const char *const acts[] = {
	[REFUSAL_READ] = "cannot read",
	[REFUSAL_WRITE] = "cannot write",
	[REFUSAL_LIST] = "cannot list",
	[REFUSAL_ENTER] = "cannot change to it",
	[REFUSAL_MKDIR] = "cannot make the directory",
	[REFUSAL_RMDIR] = "cannot remove the directory",
	[REFUSAL_DELETE] = "cannot delete",
	[REFUSAL_RENAME] = "cannot rename",
	[REFUSAL_CHMOD] = "cannot change permissions",
	[REFUSAL_TOUCH] = "cannot set the time",
};

/* The server's words. */

/* Whether the words of a refusal are about what was named. */
static bool
is_about_name(int code)
{
	return code == 450 || code == 451 || code == 521 || code == 550 ||
	    code == 551 || code == 553 || code == 554;
}

static bool
makes_name(enum refusal_act act)
{
	return act == REFUSAL_WRITE || act == REFUSAL_MKDIR ||
	    act == REFUSAL_RENAME;
}

static enum refusal_cause
about_parent(enum refusal_act act, enum refusal_cause cause)
{
	bool makes = makes_name(act);

	if (cause == CAUSE_MISSING && act == REFUSAL_RENAME)
		return CAUSE_UNKNOWN;	/* which of the two? */
	/* ProFTPD's "Operation not permitted": onto a directory. */
	if (cause == CAUSE_FORBIDDEN)
		return makes ? CAUSE_UNKNOWN : CAUSE_DENIED;
	if (cause == CAUSE_MISSING && makes)
		return CAUSE_PARENT_MISSING;
	if (cause == CAUSE_NO_DIR && makes)
		return CAUSE_PARENT_NO_DIR;
	return cause;
}

enum refusal_cause
refusal_words(enum refusal_act act, int code, const char *words)
{
	static const struct {
		const char *words;
		enum refusal_cause cause;
	} known[] = {
		{ "not empty", CAUSE_NOT_EMPTY },
		{ "not a directory", CAUSE_NO_DIR },
		{ "is a directory", CAUSE_IS_DIR },
		{ "no such file", CAUSE_MISSING },
		{ "no such dir", CAUSE_MISSING },
		{ "not found", CAUSE_MISSING },
		{ "does not exist", CAUSE_MISSING },
		{ "doesn't exist", CAUSE_MISSING },
		{ "cannot find the", CAUSE_MISSING },
		{ "permission denied", CAUSE_DENIED },
		{ "access is denied", CAUSE_DENIED },
		{ "access denied", CAUSE_DENIED },
		{ "not permitted", CAUSE_FORBIDDEN },
		{ "read-only", CAUSE_DENIED },
		{ "being used", CAUSE_BUSY },
		{ "in use", CAUSE_BUSY },
		{ "sharing violation", CAUSE_BUSY },
		{ "busy", CAUSE_BUSY },
		{ "type not allowed", CAUSE_NAME },
		{ "extension", CAUSE_NAME },
		{ "too long", CAUSE_NAME },
		{ "prohibited", CAUSE_NAME },
		{ "invalid", CAUSE_NAME },
		{ "illegal", CAUSE_NAME },
		{ "forbidden filename", CAUSE_NAME },
	};
	size_t i;

	if (code == 500 || code == 502 || code == 504)
		return act == REFUSAL_CHMOD || act == REFUSAL_TOUCH ?
		    CAUSE_NO_MEANS : CAUSE_UNKNOWN;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcasestr(words, known[i].words) != NULL)
			return about_parent(act, known[i].cause);
	if (act == REFUSAL_MKDIR && strcasestr(words, "exist") != NULL)
		return CAUSE_EXISTS;
	return CAUSE_UNKNOWN;
}

/* The look. */

/* 'd', 'f', 'l', 'o'; 0: no such name; '?': that is not known. */
static char
type_of(struct session *s, const char *path)
{
	struct err err = ERR_INIT;
	struct listing l;
	char type = 0;
	int rc;

	rc = look_one(s, path, &l, &err);
	if (rc == 1)
		type = l.entry[0].type;
	listing_release(&l);
	if (rc < 0)
		return '?';
	if (rc == 1 && (type == 'l' || type == '?') &&
	    folders_has(s, path, &err) == 1)
		return 'd';
	return type;
}

/* What is wrong with the directory that path is in; fine: nothing. */
static enum refusal_cause
look_at_parent(struct session *s, const char *path, enum refusal_cause fine)
{
	char *full = session_path(s, path), *dir = path_dir(full);
	struct err err = ERR_INIT;
	enum refusal_cause cause = fine;
	char type;

	if (folders_has(s, dir, &err) != 1) {
		type = type_of(s, dir);
		cause = type == 0 ? CAUSE_PARENT_MISSING :
		    type == 'f' ? CAUSE_PARENT_NO_DIR : CAUSE_DENIED;
	}
	free(dir);
	free(full);
	return cause;
}

static enum refusal_cause
look_into(struct session *s, const char *path)
{
	enum refusal_cause cause = CAUSE_DENIED;
	struct err err = ERR_INIT;
	struct listing l;

	if (lister_list(s, path, LIST_ROUGH, 0, &l, &err) == 0 &&
	    l.n + l.bad > 0)
		cause = CAUSE_NOT_EMPTY;
	listing_release(&l);
	return cause;
}

static enum refusal_cause
look_at_place(struct session *s, const char *path, char type)
{
	if (type == '?')
		return CAUSE_UNKNOWN;
	if (type == 'd')
		return CAUSE_IS_DIR;
	return type == 0 ? look_at_parent(s, path, CAUSE_DENIED) :
	    CAUSE_DENIED;
}

static enum refusal_cause
find_cause(struct session *s, const struct refusal *what)
{
	char type = what->type != 0 && what->type != '?' ? what->type :
	    type_of(s, what->path);

	switch (what->act) {
	case REFUSAL_WRITE:
		return look_at_place(s, what->path, type);
	case REFUSAL_MKDIR:
		return type == 'd' ? CAUSE_EXISTS :
		    type != 0 && type != '?' ? CAUSE_NO_DIR :
		    look_at_place(s, what->path, type);
	default:
		break;
	}
	if (type == '?')
		return CAUSE_UNKNOWN;
	if (type == 0)
		return look_at_parent(s, what->path, CAUSE_MISSING);
	switch (what->act) {
	case REFUSAL_READ:
		return type == 'd' ? CAUSE_IS_DIR :
		    type == 'l' ? CAUSE_LINK :
		    type == 'o' ? CAUSE_NO_FILE : CAUSE_DENIED;
	case REFUSAL_LIST:
	case REFUSAL_ENTER:
		return type == 'd' ? CAUSE_DENIED : CAUSE_NO_DIR;
	case REFUSAL_RMDIR:
		return type == 'd' ? look_into(s, what->path) : CAUSE_NO_DIR;
	case REFUSAL_DELETE:
		return type == 'd' ? CAUSE_IS_DIR : CAUSE_DENIED;
	case REFUSAL_RENAME:
		type = type_of(s, what->to);
		return type != 0 && type != '?' ? CAUSE_EXISTS :
		    look_at_place(s, what->to, type);
	default:
		return CAUSE_DENIED;
	}
}

/*
 * Thousands of files of one directory are refused alike: what hindered one
 * upload is believed of the next.
 */
static enum refusal_cause
look_once(struct session *s, const struct refusal *what)
{
	struct refused_before *before = &s->refused;
	enum refusal_cause cause;
	char *full, *dir;

	if (what->act != REFUSAL_WRITE)
		return find_cause(s, what);
	full = session_path(s, what->path);
	dir = path_dir(full);
	free(full);
	if (before->dir != NULL && strcmp(before->dir, dir) == 0) {
		free(dir);
		return (enum refusal_cause)before->cause;
	}
	cause = find_cause(s, what);
	free(before->dir);
	before->dir = NULL;
	before->cause = cause;
	if (cause != CAUSE_IS_DIR && cause != CAUSE_UNKNOWN)
		before->dir = dir;
	else
		free(dir);
	return cause;
}

/* The message. */

static const char *
say_missing(enum refusal_act act)
{
	return act == REFUSAL_LIST || act == REFUSAL_ENTER ||
	    act == REFUSAL_RMDIR ? "no such directory" : "no such file";
}

static void
say_cause(const struct refusal *what, enum refusal_cause cause,
    struct buf *b)
{
	/* What needs no name to be said; NULL: nothing is. */
	static const char *const alone[] = {
		[CAUSE_NO_FILE] = "not a regular file",
		[CAUSE_NOT_EMPTY] = "directory not empty",
		[CAUSE_DENIED] = "permission denied",
		[CAUSE_BUSY] = "in use on the server",
		[CAUSE_NAME] = "the server takes no such name",
		[CAUSE_NO_MEANS] = "this server lets nobody do that",
		[CAUSE_LINK] = "a link to what is not there, or may not be "
		    "read",
		[CAUSE_FORBIDDEN] = NULL, [CAUSE_UNKNOWN] = NULL,
	};
	const char *place = what->to != NULL ? what->to : what->path;
	char *dir = path_dir(place), *shown = text_escaped(dir);
	char *to = text_escaped(what->to != NULL ? what->to : "");

	switch (cause) {
	case CAUSE_MISSING:
		buf_adds(b, say_missing(what->act));
		break;
	case CAUSE_PARENT_MISSING:
		buf_addf(b, "no such directory: %s", shown);
		break;
	case CAUSE_PARENT_NO_DIR:
		buf_addf(b, "%s is not a directory", shown);
		break;
	case CAUSE_IS_DIR:
		if (what->to != NULL)
			buf_addf(b, "%s ", to);
		buf_adds(b, "is a directory");
		break;
	case CAUSE_NO_DIR:
		buf_adds(b, what->act == REFUSAL_MKDIR ?
		    "exists already, and is not a directory" :
		    "not a directory");
		break;
	case CAUSE_EXISTS:
		if (what->to != NULL)
			buf_addf(b, "%s ", to);
		buf_adds(b, "exists already");
		break;
	default:
		if (alone[cause] != NULL)
			buf_adds(b, alone[cause]);
		break;
	}
	free(to);
	free(shown);
	free(dir);
}

/* Whether it may be but the part's name that is refused. */
static bool
is_part_suspect(const struct refusal *what, enum refusal_cause cause,
    bool looked, int code)
{
	return what->act == REFUSAL_WRITE && what->part != NULL &&
	    (cause == CAUSE_UNKNOWN || cause == CAUSE_NAME ||
	    (cause == CAUSE_DENIED && looked)) &&
	    (is_about_name(code) || code == 501 || code == 504);
}

static void
say_remedy(const struct refusal *what, enum refusal_cause cause,
    bool part, struct buf *b)
{
	const char *place = what->to != NULL ? what->to : what->path;
	char *path = text_escaped(what->path), *dir = path_dir(place);
	char *shown = text_escaped(dir), *name;

	if (cause == CAUSE_PARENT_MISSING && makes_name(what->act))
		buf_addf(b, "; make it: mkdir -p %s",
		    what->act == REFUSAL_MKDIR ? path : shown);
	else if (cause == CAUSE_NOT_EMPTY || (cause == CAUSE_IS_DIR &&
	    what->act == REFUSAL_DELETE))
		buf_addf(b, "; with all in it: rm -r %s", path);
	else if (cause == CAUSE_IS_DIR && what->act == REFUSAL_READ)
		buf_addf(b, "; use -r: get -r %s", path);
	else if (cause == CAUSE_IS_DIR && what->act == REFUSAL_WRITE)
		buf_addf(b, "; to put it there: put -O %s", path);
	else if (cause == CAUSE_NO_DIR && what->act == REFUSAL_RMDIR)
		buf_addf(b, "; use rm %s", path);
	if (part) {
		name = text_escaped(path_base(what->part));
		buf_addf(b, "; if only the name is refused that it was sent "
		    "as (%s): -o temp-names=no", name);
		free(name);
	}
	free(shown);
	free(dir);
	free(path);
}

/* A part that may not be made: it is the directory that is protected. */
static void
say_act(const struct refusal *what, enum refusal_cause cause, struct buf *b)
{
	char *dir = path_dir(what->path), *shown = text_escaped(dir);

	buf_adds(b, acts[what->act]);
	if (what->part != NULL && cause == CAUSE_DENIED)
		buf_addf(b, strcmp(dir, ".") == 0 ?
		    " in the remote directory" : " in remote %s", shown);
	free(shown);
	free(dir);
}

void
refusal_say(const struct refusal *what, enum refusal_cause cause,
    bool looked, struct err *err)
{
	struct buf b = BUF_INIT(sizeof(err->msg));
	struct err old = *err;
	char shown[TEXT_NAME_MAX];

	buf_addf(&b, "%s: ", text_name(shown, sizeof(shown),
	    what->shown != NULL ? what->shown : what->path));
	say_act(what, cause, &b);
	buf_adds(&b, ": ");
	say_cause(what, cause, &b);
	if (cause == CAUSE_UNKNOWN)
		buf_adds(&b, old.reply);
	else
		buf_addf(&b, " (%s)", old.reply);
	say_remedy(what, cause, is_part_suspect(what, cause, looked,
	    old.code), &b);
	err_set(err, old.kind, "%s", b.data);
	err_note_reply(err, old.code, old.reply);
	buf_release(&b);
}

/* Whether the n bytes before the words in a message are this name's. */
static bool
is_name(const char *msg, size_t n, const char *name)
{
	char *escaped = text_escaped(name);
	size_t len = strlen(escaped);
	bool is = n == len + 2 && strncmp(msg, escaped, len) == 0;

	free(escaped);
	return is;
}

/*
 * What was refused: the path, or a directory above it that was to be made;
 * NULL if the message is about something else.  The caller frees it.
 */
static char *
object_of(struct session *s, const struct refusal *what, const char *msg,
    size_t n)
{
	char *full, *dir;

	if (n == 0 || is_name(msg, n, what->path) ||
	    is_name(msg, n, "rename") || is_name(msg, n, acts[what->act]))
		return xstrdup(what->path);
	if (s == NULL)
		return NULL;
	full = session_path(s, what->path);
	if (is_name(msg, n, full)) {
		free(full);
		return xstrdup(what->path);
	}
	while (!is_name(msg, n, full)) {
		dir = path_dir(full);
		if (what->act != REFUSAL_MKDIR || strcmp(dir, full) == 0 ||
		    strcmp(dir, ".") == 0) {
			free(dir);
			free(full);
			return NULL;
		}
		free(full);
		full = dir;
	}
	return full;
}

int
refusal_explain(struct session *s, const struct refusal *refused,
    struct err *err)
{
	struct refusal what = *refused;
	enum refusal_cause cause;
	char tail[NAME_SHOWN], *object;
	const char *words = strstr(err->msg, err->reply);
	bool looked = false;

	if (err->kind != ERR_REFUSED || *err->reply == '\0' ||
	    words == NULL)
		return -1;
	object = object_of(s, &what, err->msg, (size_t)(words - err->msg));
	if (object == NULL)
		return -1;
	if (strcmp(object, what.path) != 0)
		what.shown = NULL;
	what.path = object;
	/* What is to be renamed has been taken under the part's name. */
	if (is_name(err->msg, (size_t)(words - err->msg), "rename"))
		what.part = NULL;
	strlcpy(tail, words + strlen(err->reply), sizeof(tail));
	cause = refusal_words(what.act, err->code, err->reply);
	if (s == NULL && cause == CAUSE_UNKNOWN && is_about_name(err->code) &&
	    what.act == REFUSAL_DELETE && what.type == 'f')
		cause = CAUSE_DENIED;
	if (s != NULL && cause == CAUSE_UNKNOWN && is_about_name(err->code) &&
	    session_alive(s) && cancel_reason(s->cancel) == CANCEL_NONE) {
		cause = look_once(s, &what);
		looked = true;
		/* For now is not for want of a right. */
		if (cause == CAUSE_DENIED && reply_class(err->code) == 4)
			cause = CAUSE_UNKNOWN;
	}
	refusal_say(&what, cause, looked, err);
	if (*tail != '\0')
		err_append(err, "%s", tail);
	free(object);
	return -1;
}
