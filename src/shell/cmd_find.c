/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command find. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/text.h"
#include "ftp/lister.h"
#include "ftp/look.h"
#include "ftp/zone.h"
#include "shell/cmd_all.h"
#include "shell/names.h"
#include "shell/run.h"
#include "shell/walk.h"
#include "transfer/remove.h"

enum {
	DAY = 24 * 3600,
	MINUTE = 60,
	BLOCK = 512,
	NAME_SHOWN = 256,
};

enum {
	FIND_NAME = 256, FIND_INAME, FIND_TYPE, FIND_SIZE, FIND_MTIME,
	FIND_MMIN, FIND_NEWER, FIND_MAXDEPTH, FIND_MINDEPTH, FIND_PRINT,
	FIND_PRINT0, FIND_DELETE,
};

/* "+5", "-5" or "5": more, less or just so much. */
struct number {
	char sign;		/* or 0 */
	uint64_t n;
	uint64_t unit;
};

static int
parse_number(const char *s, bool units, struct number *out)
{
	static const char letters[] = "cbkMG";
	static const uint64_t sizes[] = {
		1, BLOCK, 1 << 10, 1 << 20, 1 << 30
	};
	const char *letter;
	size_t n;

	*out = (struct number){ .unit = units ? BLOCK : 1 };
	if (*s == '+' || *s == '-')
		out->sign = *s++;
	n = strspn(s, "0123456789");
	if (units && s[n] != '\0' && s[n + 1] == '\0' &&
	    (letter = strchr(letters, s[n])) != NULL)
		out->unit = sizes[letter - letters];
	else if (s[n] != '\0')
		return -1;
	return parse_u64n(s, n, INT64_MAX / 2, &out->n);
}

/* As find(1) does it: what is begun counts as a whole unit. */
static bool
meets_number(const struct number *want, uint64_t have)
{
	have = (have + want->unit - 1) / want->unit;
	return want->sign == '+' ? have > want->n :
	    want->sign == '-' ? have < want->n : have == want->n;
}

struct find {
	struct walk walk;
	const struct args *a;
	uint64_t max_depth, min_depth;
	time_t now;
	struct timespec newer;		/* -newer: than this */
	bool print, print0, deletes;
	bool zone;			/* times count */
	bool stop;			/* there is no use in going on */
};

/* What of one directory is to go once all below it was seen. */
struct doomed {
	struct find *f;
	const char *dir;		/* as the user would write it */
	struct seen *seen;
	size_t n;
	bool stays;			/* something that was to go */
};

/* -mtime and -mmin. */
static bool
meets_age(const struct find *f, const struct arg_value *v,
    const struct entry *e, time_t unit)
{
	struct number want;

	parse_number(v->text, false, &want);
	return e->precision != PRECISION_NONE && e->mtime.tv_sec <= f->now &&
	    meets_number(&want, (uint64_t)(f->now - e->mtime.tv_sec) /
	    (uint64_t)unit);
}

static bool
is_newer(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec :
	    a->tv_nsec > b->tv_nsec;
}

static bool
meets_condition(const struct find *f, const struct arg_value *v,
    const char *name, const struct entry *e)
{
	struct number want;

	switch (v->id) {
	case FIND_NAME:
		return fnmatch(v->text, name, 0) == 0;
	case FIND_INAME:
		return fnmatch(v->text, name, FNM_CASEFOLD) == 0;
	case FIND_TYPE:
		return e->type == v->text[0];
	case FIND_SIZE:
		parse_number(v->text, true, &want);
		return e->type == 'f' && e->size >= 0 &&
		    meets_number(&want, (uint64_t)e->size);
	case FIND_MTIME:
		return meets_age(f, v, e, DAY);
	case FIND_MMIN:
		return meets_age(f, v, e, MINUTE);
	case FIND_NEWER:
		return e->precision != PRECISION_NONE &&
		    is_newer(&e->mtime, &f->newer);
	default:
		return true;
	}
}

static bool
meets_all(const struct find *f, const char *path, const struct entry *e,
    uint64_t depth)
{
	const struct args *a = f->a;
	const char *name = path_base(path);
	size_t i;

	if (depth < f->min_depth)
		return false;
	for (i = 0; i < a->nvalues; i++) {
		if (!meets_condition(f, &a->value[i], name, e))
			return false;
	}
	return true;
}

static void
tell_found(struct find *f, const char *path, const struct entry *e)
{
	struct event ev = {
		.type = EVENT_ENTRY, .path = path, .entry = e, .bytes = -1,
		.seconds = -1,
	};
	FILE *fp = f->walk.run->out;

	if (!f->print)
		return;
	if (run_is_json(f->walk.run)) {
		observe_event(f->walk.run->obs, &ev);
	} else {
		run_print_name(f->walk.run, path);
		putc(f->print0 ? '\0' : '\n', fp);
	}
}

/* -delete */

static void
note_failure(struct find *f, const char *path, const struct err *err)
{
	if (run_failed(f->walk.run, path, err))
		f->stop = true;
}

static void
note_fate(void *ctx, const struct seen *e, enum fate fate,
    const struct err *err)
{
	struct doomed *d = ctx;
	char *path = path_join(d->dir, e->name);
	struct event ev = {
		.type = EVENT_DELETE, .path = path, .is_dir = e->type == 'd',
		.bytes = -1, .seconds = -1,
	};
	struct err why;

	if (fate == FATE_REMOVED) {
		observe_event(d->f->walk.run->obs, &ev);
	} else if (fate != FATE_GONE) {
		d->stays = true;
		why = *err;
		if (fate == FATE_FAILED)
			refusal_explain(d->f->walk.run->session,
			    &(struct refusal){ .path = path, .type = e->type,
			    .act = e->type == 'd' ? REFUSAL_RMDIR :
			    REFUSAL_DELETE }, &why);
		note_failure(d->f, path, &why);
	}
	free(path);
}

static void
doomed_add(struct doomed *d, const struct entry *e)
{
	d->seen = xreallocarray(d->seen, d->n + 1, sizeof(*d->seen));
	d->seen[d->n++] = seen_remote(e);
}

static void
doomed_remove(struct doomed *d)
{
	struct run *run = d->f->walk.run;
	char *full = session_path(run->session, d->dir);
	struct remove r = {
		.s = run->session, .cancel = run->cancel, .dir = full,
		.links = true, .named = true, .ended = note_fate, .ctx = d,
	};
	struct err err = ERR_INIT;

	if (!d->f->stop && remove_entries(&r, d->seen, d->n, &err) != 0) {
		note_failure(d->f, d->dir, &err);
		d->stays = true;
	}
	free(full);
	free(d->seen);
}

/*
 * The entries with their times in UTC, to be freed; what is to be deleted is
 * compared as it was listed.
 */
static struct entry *
settle_zone(struct find *f, const char *path, const struct listing *l)
{
	struct listing copy = { .n = l->n };
	struct err err = ERR_INIT;

	copy.entry = xcalloc(l->n + 1, sizeof(*copy.entry));
	if (l->n > 0)
		memcpy(copy.entry, l->entry, l->n * sizeof(*copy.entry));
	if (f->zone && zone_settle(f->walk.run->session, path, &copy,
	    &err) != 0)
		note_failure(f, path, &err);
	return copy.entry;
}

static bool find_in(struct find *f, const char *path, uint64_t depth,
    const struct listing *l);

/* What is below entry i; whether that is nothing, or nothing is left of it. */
static bool
find_below(struct find *f, struct walk_level *level, size_t i,
    const char *path, uint64_t depth)
{
	struct err err = ERR_INIT;
	bool empty = false;
	struct listing l;

	if (walk_list(level, i, &l, &err) == 0) {
		empty = depth > f->max_depth ? l.n == 0 :
		    find_in(f, path, depth, &l);
	} else {
		note_failure(f, path, &err);
		f->stop = f->stop || f->walk.endless;
	}
	listing_release(&l);
	return empty;
}

/* A server may remove a directory with all that is in it. */
static void
doom(struct doomed *d, const char *path, const struct entry *e, bool empty)
{
	char shown[TEXT_NAME_MAX];
	struct err err = ERR_INIT;

	if (e->type != 'd' || empty) {
		doomed_add(d, e);
		return;
	}
	err_set(&err, ERR_REFUSED, "cannot remove the directory: directory "
	    "not empty; with all in it: rm -r %s",
	    text_name(shown, sizeof(shown), path));
	note_failure(d->f, path, &err);
}

/* Whether nothing is left of it. */
static bool
find_in(struct find *f, const char *path, uint64_t depth,
    const struct listing *l)
{
	struct entry *e = settle_zone(f, path, l);
	struct doomed d = { .f = f, .dir = path };
	struct walk_level level;
	bool meets, empty;
	char *name;
	size_t i;

	walk_begin(&level, &f->walk, path, l, (unsigned)depth);
	for (i = 0; i < l->n && !f->stop; i++) {
		if (path_is_part(e[i].name))
			continue;
		name = path_join(path, e[i].name);
		meets = meets_all(f, name, &e[i], depth);
		if (meets)
			tell_found(f, name, &e[i]);
		empty = e[i].type == 'd' && (depth < f->max_depth ||
		    (meets && f->deletes)) &&
		    find_below(f, &level, i, name, depth + 1);
		if (meets && f->deletes && !f->stop)
			doom(&d, name, &l->entry[i], empty);
		free(name);
	}
	walk_end(&level);
	doomed_remove(&d);
	free(e);
	return l->n == d.n && !d.stays && !f->stop;
}

static void
find_root(struct find *f, const char *path)
{
	struct err err = ERR_INIT;
	struct listing l;

	if (f->max_depth == 0)
		return;
	if (names_list(f->walk.run, path, f->walk.flags, &l, &err) == 0)
		find_in(f, path, 1, &l);
	else
		note_failure(f, path, &err);
	listing_release(&l);
}

/* -delete of a file that was named; a directory that was named stays. */
static void
remove_named(struct find *f, const char *path)
{
	struct err err = ERR_INIT;
	struct event ev = {
		.type = EVENT_DELETE, .path = path, .bytes = -1, .seconds = -1,
	};

	switch (remove_name(f->walk.run->session, path, &err)) {
	case NAMED_REMOVED:
		observe_event(f->walk.run->obs, &ev);
		break;
	case NAMED_FAILED:
		note_failure(f, path, &err);
		break;
	case NAMED_NOTHING:
	case NAMED_DIR:
		break;
	}
}

static int
find_from(struct run *run, const struct glob_name *name, void *ctx,
    struct err *err)
{
	struct find *f = ctx;
	struct entry self;
	struct listing l;
	int rc;

	if ((rc = names_stat(run, name, f->walk.flags, &l, &self, err)) != 1)
		return -1;
	self.name = path_base(name->path);
	if (self.type != 'd' && self.type != 'f' &&
	    (rc = names_is_dir(run, name, err)) == 1)
		self.type = 'd';
	if (rc >= 0 && meets_all(f, name->path, &self, 0)) {
		tell_found(f, name->path, &self);
		if (self.type != 'd' && f->deletes)
			remove_named(f, name->path);
	}
	if (rc >= 0 && self.type == 'd')
		find_root(f, name->path);
	listing_release(&l);
	return rc >= 0 ? 0 : -1;
}

static int
check_find_value(const struct arg_value *v)
{
	struct number n;
	uint64_t depth;

	switch (v->id) {
	case FIND_TYPE:
		return strlen(v->text) == 1 &&
		    strchr("fdl", v->text[0]) != NULL ? 0 : -1;
	case FIND_SIZE:
		return parse_number(v->text, true, &n);
	case FIND_MTIME:
	case FIND_MMIN:
		return parse_number(v->text, false, &n);
	case FIND_MAXDEPTH:
	case FIND_MINDEPTH:
		return parse_u64(v->text, UINT32_MAX, &depth);
	default:
		return 0;
	}
}

static int
check_find(struct run *run, const struct args *a, struct err *err)
{
	const struct cmd_option *o;
	size_t i;

	(void)run;
	for (i = 0; i < a->nvalues; i++) {
		if (check_find_value(&a->value[i]) == 0)
			continue;
		o = a->cmd->options;
		while (o->id != a->value[i].id)
			o++;
		return err_set(err, ERR_USAGE, "find: -%s: not %s", o->name,
		    o->value);
	}
	return 0;
}

/* The time of the file that others have to be newer than. */
static int
look_newer(struct find *f, const char *path, struct err *err)
{
	struct listing l;
	int rc;

	rc = look_one(f->walk.run->session, path, &l, err);
	if (rc == 1 && l.entry[0].precision == PRECISION_NONE)
		rc = err_set(err, ERR_REFUSED, "the server tells no time of "
		    "it");
	if (rc == 1)
		f->newer = l.entry[0].mtime;
	else if (rc == 0)
		err_set(err, ERR_REFUSED, "no such file");
	listing_release(&l);
	return rc == 1 ? 0 : err_prefix(err, "find: -newer: %s", path);
}

static struct find
find_init(struct run *run, const struct args *a)
{
	struct find f = {
		.walk = { .run = run, .skip_parts = true }, .a = a,
		.max_depth = UINT64_MAX, .now = time(NULL),
		.print0 = args_has(a, FIND_PRINT0),
		.deletes = args_has(a, FIND_DELETE),
	};

	f.print = f.print0 || args_has(a, FIND_PRINT) || !f.deletes;
	if (args_has(a, FIND_SIZE))
		f.walk.flags |= LIST_SIZES;
	f.zone = args_has(a, FIND_MTIME) || args_has(a, FIND_MMIN) ||
	    args_has(a, FIND_NEWER);
	if (f.zone)
		f.walk.flags |= LIST_TIMES;
	if (f.deletes)
		f.walk.flags |= LIST_TARGETS | LIST_LINKS;
	if (args_value(a, FIND_MAXDEPTH) != NULL)
		parse_u64(args_value(a, FIND_MAXDEPTH), UINT32_MAX,
		    &f.max_depth);
	if (args_value(a, FIND_MINDEPTH) != NULL)
		parse_u64(args_value(a, FIND_MINDEPTH), UINT32_MAX,
		    &f.min_depth);
	return f;
}

static bool
may_delete(struct run *run, const struct find *f, const struct args *a)
{
	char shown[NAME_SHOWN];

	return !f->deletes || run_confirm(run, "Delete what is found below "
	    "%s%s?", text_escape_to(shown, sizeof(shown), a->n > 0 ?
	    a->word[0].text : "."), a->n > 1 ? " and the others" : "");
}

static int
run_find(struct run *run, const struct args *a, struct err *err)
{
	const char *newer = args_value(a, FIND_NEWER);
	struct find f = find_init(run, a);
	struct glob_result r = { 0 };
	bool go_on;

	if (newer != NULL && look_newer(&f, newer, err) != 0)
		return -1;
	if (!may_delete(run, &f, a))
		return 0;
	go_on = names_expand(run, a, 0, a->n, &r);
	if (a->n == 0)
		names_add(&r, ".");
	if (go_on)
		names_call(run, &r, find_from, &f);
	glob_release(&r);
	return run_result(run, err);
}

static const struct cmd_option find_options[] = {
	{ FIND_NAME, "name", ARG_NAME, "GLOB", "the last component matches" },
	{ FIND_INAME, "iname", ARG_NAME, "GLOB", "the same in any case" },
	{ FIND_TYPE, "type", ARG_TEXT, "f|d|l", "file, directory, link" },
	{ FIND_SIZE, "size", ARG_TEXT, "[+-]N[ckMG]",
	    "more, less or so many blocks, bytes (c), KiB ..." },
	{ FIND_MTIME, "mtime", ARG_TEXT, "[+-]N", "days since it changed" },
	{ FIND_MMIN, "mmin", ARG_TEXT, "[+-]N", "minutes since it changed" },
	{ FIND_NEWER, "newer", ARG_REMOTE, "FILE", "changed after FILE was" },
	{ FIND_MAXDEPTH, "maxdepth", ARG_TEXT, "N", "no deeper than that" },
	{ FIND_MINDEPTH, "mindepth", ARG_TEXT, "N", "nor less deep" },
	{ FIND_PRINT, "print", ARG_NONE, NULL,
	    "print names (done without -delete)" },
	{ FIND_PRINT0, "print0", ARG_NONE, NULL,
	    "the same, with a NUL behind each: for xargs -0" },
	{ FIND_DELETE, "delete", ARG_NONE, NULL,
	    "delete what meets all conditions, but no PATH itself" },
	{ 0 }
};

/* lftp's */
static const struct cmd_option lftp_options[] = {
	{ FIND_MAXDEPTH, "d", ARG_TEXT, "N", "" },
	{ 0 }
};

static const struct cmd_option *const find_foreign[] = {
	lftp_options, NULL
};

const struct cmd cmd_find_ = {
	.name = "find",
	.options = find_options,
	.foreign = find_foreign,
	.min = 0, .max = -1, .first = ARG_REMOTE, .rest = ARG_REMOTE,
	.flags = CMD_SERVER | CMD_DATA | CMD_WORDS,
	.usage = "find [PATH]... [-name GLOB] [-type f|d|l] "
	    "[-mtime [+-]N] [-delete] ...",
	.summary = "Print the names in a tree that meet all conditions",
	.check = check_find,
	.run = run_find,
};
