/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command mirror. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/text.h"
#include "local/lock.h"
#include "shell/cmd_all.h"
#include "shell/lftp.h"
#include "shell/run.h"
#include "shell/spawn.h"
#include "shell/xfer.h"
#include "transfer/mirror_lock.h"
#include "transfer/mirror_pair.h"
#include "ui/report.h"

enum { NAME_SHOWN = 256, PARALLEL_MAX = 256, BACKUP_MAX = 4096 };

/* Options without a letter. */
enum {
	DELETE_EXCLUDED = 256, MAX_DELETE, FORCE, REQUIRE, BACKUP_DIR,
	IGNORE_TIME, IGNORE_SIZE, CHECKSUM, NO_CONTINUE, EXCLUDE_FROM,
	NEWER_THAN, OLDER_THAN, MIN_SIZE, MAX_SIZE, PERMS, NO_SYMLINKS,
	NO_RECURSION, NO_EMPTY_DIRS, DRY_RUN, REMOVE_SOURCE, VERIFY, SHARD,
	LOCK, ON_CHANGE, MANIFEST, SIZE_RANGE,
};

/* What the words of one call come to. */
struct call {
	struct run *run;
	struct mirror_options o;
	struct filter *filter;
	char *target;		/* when it was not given */
	char *backup_dir;
};

static int __attribute__((format(printf, 3, 4)))
bad_value(struct err *err, const char *value, const char *fmt, ...)
{
	char shown[NAME_SHOWN], *what;
	va_list ap;

	va_start(ap, fmt);
	what = xvasprintf(fmt, ap);
	va_end(ap);
	text_escape_to(shown, sizeof(shown), value);
	err_set(err, ERR_USAGE, "mirror: %s: '%s'", what, shown);
	free(what);
	return -1;
}

static int
take_max_delete(struct mirror_options *o, const char *text, struct err *err)
{
	size_t n = strlen(text);
	uint64_t number;

	if (n > 0 && text[n - 1] == '%' &&
	    parse_u64n(text, n - 1, 100, &number) == 0)
		o->max_delete_percent = (int)number;
	else if (parse_u64(text, INT64_MAX, &number) == 0)
		o->max_delete = (int64_t)number;
	else
		return bad_value(err, text, "--max-delete: neither a number "
		    "nor a percentage");
	return 0;
}

static int
take_size(int64_t *out, const char *name, const char *text, struct err *err)
{
	uint64_t size;

	if (parse_size(text, &size) != 0 || size > INT64_MAX)
		return bad_value(err, text, "%s: not a size", name);
	*out = (int64_t)size;
	return 0;
}

/* lftp's "FROM-TO", of which either may be missing. */
static int
take_size_range(struct mirror_options *o, const char *text, struct err *err)
{
	size_t n = strcspn(text, "-");
	char *from = xstrndup(text, n);
	int rc = 0;

	if (*from != '\0')
		rc = take_size(&o->min_size, "--size-range", from, err);
	if (rc == 0 && text[n] == '-' && text[n + 1] != '\0')
		rc = take_size(&o->max_size, "--size-range", text + n + 1,
		    err);
	free(from);
	return rc;
}

static int
take_time(bool *has, time_t *out, const char *name, const char *text,
    struct err *err)
{
	int64_t t;

	if (parse_when(text, time(NULL), &t) != 0)
		return bad_value(err, text, "%s: neither an age (7d) nor a "
		    "date (YYYY-MM-DD)", name);
	*has = true;
	*out = (time_t)t;
	return 0;
}

static int
take_shard(struct mirror_options *o, const char *text, struct err *err)
{
	size_t n = strcspn(text, "/");
	uint64_t i, of;

	if (text[n] != '/' || parse_u64(text + n + 1, UINT16_MAX, &of) != 0 ||
	    parse_u64n(text, n, of, &i) != 0 || i == 0)
		return bad_value(err, text,
		    "--shard: not I/N with I from 1 to N");
	o->shard = (unsigned)i - 1;
	o->shards = (unsigned)of;
	return 0;
}

static int
take_parallel(struct mirror_options *o, const char *text, struct err *err)
{
	uint64_t n;

	if (parse_u64(text, PARALLEL_MAX, &n) != 0 || n == 0)
		return bad_value(err, text, "-P: not a number from 1 to %d",
		    PARALLEL_MAX);
	o->parallel = (int)n;
	return 0;
}

static int
take_verify(struct mirror_options *o, const char *text, struct err *err)
{
	if (strcmp(text, "size") == 0)
		o->verify = VERIFY_SIZE;
	else if (strcmp(text, "hash") == 0)
		o->verify = VERIFY_HASH;
	else
		return bad_value(err, text, "--verify: neither size nor hash");
	return 0;
}

/* Dates in it, as %Y-%m-%d, become today's. */
static int
take_backup_dir(struct call *call, const char *text, struct err *err)
{
	/* The format is the user's on purpose, which compilers warn of. */
	size_t (*format)(char *, size_t, const char *, const struct tm *) =
	    strftime;
	char expanded[BACKUP_MAX];
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	if (*text == '\0' ||
	    format(expanded, sizeof(expanded), text, &tm) == 0)
		return bad_value(err, text, "--backup-dir: no directory");
	free(call->backup_dir);
	call->backup_dir = xstrdup(expanded);
	return 0;
}

static int
take_filter_file(struct call *call, const char *text, struct err *err)
{
	char *path = path_join(call->run->dir->path, text);
	int rc = filter_add_file(call->filter, path, err);

	free(path);
	return rc;
}

/* Options with a value; filters keep the order of the command line. */
static int
take_option_value(struct call *call, const struct arg_value *v, struct err *err)
{
	struct mirror_options *o = &call->o;

	switch (v->id) {
	case 'x':
		return filter_add(call->filter, FILTER_EXCLUDE_RE, v->text,
		    err);
	case 'i':
		return filter_add(call->filter, FILTER_INCLUDE_RE, v->text,
		    err);
	case 'X':
		return filter_add(call->filter, FILTER_EXCLUDE_GLOB, v->text,
		    err);
	case 'I':
		return filter_add(call->filter, FILTER_INCLUDE_GLOB, v->text,
		    err);
	case EXCLUDE_FROM:
		return take_filter_file(call, v->text, err);
	case 'P':
		return take_parallel(o, v->text, err);
	case MAX_DELETE:
		return take_max_delete(o, v->text, err);
	case REQUIRE:
		o->require = v->text;
		return 0;
	case BACKUP_DIR:
		return take_backup_dir(call, v->text, err);
	case 'N':
	case NEWER_THAN:
		return take_time(&o->has_newer, &o->newer_than,
		    "--newer-than", v->text, err);
	case OLDER_THAN:
		return take_time(&o->has_older, &o->older_than,
		    "--older-than", v->text, err);
	case SIZE_RANGE:
		return take_size_range(o, v->text, err);
	case MIN_SIZE:
		return take_size(&o->min_size, "--min-size", v->text, err);
	case MAX_SIZE:
		return take_size(&o->max_size, "--max-size", v->text, err);
	case VERIFY:
		return take_verify(o, v->text, err);
	case SHARD:
		return take_shard(o, v->text, err);
	default:
		return 0;
	}
}

static void
take_flag(struct mirror_options *o, int id)
{
	switch (id) {
	case 'R':
		o->reverse = true;
		break;
	case 'e':
		o->delete = true;
		break;
	case DELETE_EXCLUDED:
		o->delete = o->delete_excluded = true;
		break;
	case FORCE:
		o->force = true;
		break;
	case 'n':
		o->only_newer = true;
		break;
	case IGNORE_TIME:
		o->ignore_time = true;
		break;
	case IGNORE_SIZE:
		o->ignore_size = true;
		break;
	case CHECKSUM:
		o->checksum = true;
		break;
	case MANIFEST:
		o->manifest = true;
		break;
	case 'c':
	case NO_CONTINUE:
		o->resume = id == 'c';
		break;
	case 'p':
	case PERMS:
		o->perms = id == PERMS;
		break;
	case 'L':
		o->dereference = true;
		break;
	case NO_SYMLINKS:
		o->no_symlinks = true;
		break;
	case 'r':
	case NO_RECURSION:
		o->no_recursion = true;
		break;
	case NO_EMPTY_DIRS:
		o->no_empty_dirs = true;
		break;
	case DRY_RUN:
		o->dry_run = true;
		break;
	case REMOVE_SOURCE:
		o->remove_source = true;
		break;
	}
}

/* Source and target; without the latter, the source's own name here. */
static void
take_operands(struct call *call, const struct args *a)
{
	const char *source = a->word[0].text, *target;
	char *base;

	if (a->n > 1) {
		target = a->word[1].text;
	} else {
		base = xfer_base(source);
		call->target = xfer_target(args_value(a, 'O'), base);
		target = call->target;
		free(base);
	}
	call->o.local = call->o.reverse ? source : target;
	call->o.remote = call->o.reverse ? target : source;
}

static void
call_release(struct call *call)
{
	filter_free(call->filter);
	free(call->target);
	free(call->backup_dir);
}

/* Release call in any case. */
static int
call_parse(struct run *run, const struct args *a, struct call *call,
    struct err *err)
{
	const struct settings *set = run->set;
	size_t i;

	*call = (struct call){
		.run = run,
		.filter = filter_new(),
		.o = {
			.local_dirfd = run->dir->fd, .umask = run->umask,
			.parallel = set->connections, .resume = true,
			.perms = true, .in_place = !set->temp_names,
			.min_size = -1, .max_size = -1, .max_delete = -1,
			.max_delete_percent = -1, .verify = set->verify,
		},
	};
	for (i = 0; i < a->nvalues; i++) {
		if (a->value[i].text == NULL)
			take_flag(&call->o, a->value[i].id);
		else if (take_option_value(call, &a->value[i], err) != 0)
			return strncmp(err->msg, "mirror", 6) == 0 ? -1 :
			    err_prefix(err, "mirror");
	}
	take_operands(call, a);
	call->o.filter = call->filter;
	call->o.backup_dir = call->backup_dir;
	return 0;
}

static int
check_mirror(struct run *run, const struct args *a, struct err *err)
{
	struct call call;
	const char *say;
	size_t i;
	int rc;

	for (i = 0; i < a->nvalues; i++)
		if (lftp_mirror_option(a->value[i].id, &say, err) != 0)
			return -1;
	rc = call_parse(run, a, &call, err);

	if (rc == 0 && call.o.manifest && !call.o.reverse)
		rc = err_set(err, ERR_USAGE, "mirror: --manifest is for -R");
	call_release(&call);
	return rc;
}

/* --on-change: what changed is told by the environment. */
static int
run_hook(struct run *run, const char *command, const struct call *call,
    struct err *err)
{
	const struct mirror_options *o = &call->o;
	struct spawn sp = {
		.command = "FTPS_SOURCE=$1 FTPS_TARGET=$2; "
		    "export FTPS_SOURCE FTPS_TARGET; exec sh -c \"$3\"",
		.dir = run->dir->fd, .in = -1, .out = -1,
	};
	const char *argv[] = {
		o->reverse ? o->local : o->remote,
		o->reverse ? o->remote : o->local, command, NULL
	};
	pid_t pid;

	sp.argv = (char *const *)argv;
	if (term_is_json(run->term))
		sp.out = STDERR_FILENO;
	if (spawn_start(&sp, &pid, err) == 0 &&
	    spawn_wait(pid, run->cancel, err) == 0)
		return 0;
	return err_prefix(err, "--on-change");
}

static bool
may_delete(struct run *run, const struct mirror_options *o)
{
	char shown[NAME_SHOWN];

	if (!o->delete || o->dry_run)
		return true;
	return run_confirm(run, "Delete in %s what the source does not "
	    "have?", text_escape_to(shown, sizeof(shown),
	    o->reverse ? o->remote : o->local));
}

/* -v: prints what the terminal otherwise shows under its own -v only. */
static void
print_event(void *ctx, const struct event *ev)
{
	const struct run *run = ctx;
	struct buf line = BUF_INIT(BUF_OWN);

	observe_event(run->obs, ev);
	if (report_event(ev, &line) == REPORT_DETAIL)
		term_print(run->term, "%s", line.data);
	buf_release(&line);
}

static void
pass_progress(void *ctx, const char *name, int64_t delta, int64_t total,
    bool done)
{
	const struct run *run = ctx;

	observe_progress(run->obs, name, delta, total, done);
}

static int
run_locked(struct run *run, const struct args *a, struct call *call,
    struct err *err)
{
	const char *hook = args_value(a, ON_CHANGE);
	struct observer verbose = {
		.ctx = run, .event = print_event, .progress = pass_progress,
	};
	struct summary sum;
	int rc;

	rc = mirror_pair_run(run->session, &call->o,
	    args_has(a, 'v') ? &verbose : run->obs, &sum, err);
	if (hook != NULL && !sum.dry_run && sum.transferred + sum.deleted > 0 &&
	    cancel_reason(run->cancel) == CANCEL_NONE) {
		struct err why = ERR_INIT;

		if (run_hook(run, hook, call, &why) != 0 && rc == 0) {
			*err = why;
			rc = -1;
		}
	}
	return rc;
}

/* Keeps a second run on the same trees away; a dry run changes nothing. */
static int
run_under_locks(struct run *run, const struct args *a, struct call *call,
    struct err *err)
{
	struct mirror_lock lock;
	int rc;

	if (args_has(a, LOCK) || call->o.dry_run)
		return run_locked(run, a, call, err);
	if (session_connect(run->session, err) != 0)
		return -1;
	rc = mirror_lock_take(&lock, run->session, &call->o, err);
	if (rc == 0)
		rc = run_locked(run, a, call, err);
	mirror_lock_release(&lock);
	return rc;
}

/* What lftp would have done otherwise. */
static void
note_foreign(struct run *run, const struct args *a)
{
	struct err ignored = ERR_INIT;
	const char *say;
	size_t i;

	for (i = 0; i < a->nvalues; i++)
		if (lftp_mirror_option(a->value[i].id, &say, &ignored) == 0 &&
		    say != NULL)
			observe_warning(run->obs, "mirror: %s", say);
}

static int
run_mirror(struct run *run, const struct args *a, struct err *err)
{
	const char *lock = args_value(a, LOCK);
	struct call call;
	char *path;
	int fd = -1, rc;

	note_foreign(run, a);
	rc = call_parse(run, a, &call, err);
	if (rc == 0 && lock != NULL) {
		path = path_join(run->dir->path, lock);
		fd = lock_take(path, err);
		free(path);
		rc = fd != -1 ? 0 : -1;
	}
	if (rc == 0 && may_delete(run, &call.o))
		rc = run_under_locks(run, a, &call, err);
	if (fd != -1)
		lock_release(fd, NULL);
	call_release(&call);
	return rc;
}

static const struct cmd_option mirror_options[] = {
	{ 'R', "reverse", ARG_NONE, NULL, "upload: LOCAL to REMOTE" },
	{ 'e', "delete", ARG_NONE, NULL,
	    "delete what the source does not have" },
	{ DELETE_EXCLUDED, "delete-excluded", ARG_NONE, NULL,
	    "delete what the filters leave out, too" },
	{ MAX_DELETE, "max-delete", ARG_TEXT, "N|P%",
	    "delete nothing if it were more than that" },
	{ FORCE, "force", ARG_NONE, NULL,
	    "delete even if the source is empty" },
	{ REQUIRE, "require", ARG_NAME, "NAME",
	    "do nothing unless the source has NAME" },
	{ BACKUP_DIR, "backup-dir", ARG_NAME, "DIR",
	    "move what would be replaced or deleted there (strftime)" },
	{ 'n', "only-newer", ARG_NONE, NULL, "only files that are newer" },
	{ IGNORE_TIME, "ignore-time", ARG_NONE, NULL,
	    "times make no difference" },
	{ IGNORE_SIZE, "ignore-size", ARG_NONE, NULL,
	    "sizes make no difference" },
	{ CHECKSUM, "checksum", ARG_NONE, NULL,
	    "digests make the difference (HASH or its like)" },
	{ MANIFEST, "manifest", ARG_NONE, NULL,
	    "uploads: keep digests on the server, compare with them" },
	{ 'c', "continue", ARG_NONE, NULL,
	    "continue partial files (the default)" },
	{ NO_CONTINUE, "no-continue", ARG_NONE, NULL, "do not" },
	{ 'P', "parallel", ARG_TEXT, "N", "use N connections" },
	{ 'x', "exclude", ARG_NAME, "RE", "leave out what matches" },
	{ 'i', "include", ARG_NAME, "RE", "take what matches" },
	{ 'X', "exclude-glob", ARG_NAME, "GLOB", "leave out what matches" },
	{ 'I', "include-glob", ARG_NAME, "GLOB", "take what matches" },
	{ EXCLUDE_FROM, "exclude-from", ARG_LOCAL, "FILE",
	    "leave out what a glob in FILE matches" },
	{ NEWER_THAN, "newer-than", ARG_TEXT, "TIME",
	    "only files changed since: 7d, 2026-11-20" },
	{ OLDER_THAN, "older-than", ARG_TEXT, "TIME",
	    "only files changed before" },
	{ MIN_SIZE, "min-size", ARG_TEXT, "SIZE", "no smaller files" },
	{ MAX_SIZE, "max-size", ARG_TEXT, "SIZE", "no larger files" },
	{ 'p', "no-perms", ARG_NONE, NULL,
	    "leave permissions alone" },
	{ PERMS, "perms", ARG_NONE, NULL,
	    "carry permissions over (the default)" },
	{ 'L', "dereference", ARG_NONE, NULL,
	    "take what links point to (uploads)" },
	{ NO_SYMLINKS, "no-symlinks", ARG_NONE, NULL, "leave links out" },
	{ NO_RECURSION, "no-recursion", ARG_NONE, NULL,
	    "leave directories out" },
	{ NO_EMPTY_DIRS, "no-empty-dirs", ARG_NONE, NULL,
	    "make directories only for files" },
	{ DRY_RUN, "dry-run", ARG_NONE, NULL,
	    "say what would be done, do nothing" },
	{ REMOVE_SOURCE, "remove-source-files", ARG_NONE, NULL,
	    "delete each file once it is over and verified" },
	{ VERIFY, "verify", ARG_TEXT, "size|hash",
	    "how each file is checked after its transfer" },
	{ SHARD, "shard", ARG_TEXT, "I/N",
	    "only the I-th of N parts of the tree" },
	{ LOCK, "lock", ARG_LOCAL, "FILE",
	    "end with status 7 if another run holds FILE" },
	{ ON_CHANGE, "on-change", ARG_NAME, "COMMAND",
	    "run a local command if anything changed" },
	{ 'v', "verbose", ARG_TEXT, "[=N]",
	    "print what is done, and why" },
	{ 0 }
};

/* lftp's names for some of these. */
static const struct cmd_option mirror_synonyms[] = {
	{ 'r', NULL, ARG_NONE, NULL, "" },
	{ 'N', NULL, ARG_TEXT, "TIME", "" },
	{ 'O', "target-directory", ARG_NAME, "DIR", "" },
	{ 'O', "destination-directory", ARG_NAME, "DIR", "" },
	{ REMOVE_SOURCE, "Remove-source-files", ARG_NONE, NULL, "" },
	{ DRY_RUN, "just-print", ARG_NONE, NULL, "" },
	{ EXCLUDE_FROM, "exclude-glob-from", ARG_LOCAL, "FILE", "" },
	{ SIZE_RANGE, "size-range", ARG_TEXT, "FROM-TO", "" },
	{ 0 }
};

static const struct cmd_option *const mirror_foreign[] = {
	mirror_synonyms, lftp_mirror_options, NULL
};

const struct cmd cmd_mirror = {
	.name = "mirror",
	.options = mirror_options,
	.foreign = mirror_foreign,
	.min = 1, .max = 2, .first = ARG_REMOTE_DIR, .rest = ARG_LOCAL_DIR,
	.exchange = 'R',
	.flags = CMD_SERVER | CMD_DATA,
	.usage = "mirror [OPTION]... REMOTE [LOCAL] | "
	    "mirror -R [OPTION]... LOCAL [REMOTE]",
	.example = "mirror www /srv/www",
	.summary = "Make one tree like the other",
	.help = "Of several filters, the last that matches decides; if the "
	    "first is an include,\nwhat matches none is left out.",
	.check = check_mirror,
	.run = run_mirror,
};
