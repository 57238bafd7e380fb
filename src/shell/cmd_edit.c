/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * edit: a file of the server, worked on here.  What takes long is done in a
 * thread, as of other commands; the editor has the terminal, and so the main
 * thread.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "config/conceal.h"
#include "ftp/refusal.h"
#include "local/draft.h"
#include "shell/cmd_all.h"
#include "shell/glob.h"
#include "shell/run.h"
#include "shell/shell.h"
#include "shell/spawn.h"
#include "transfer/copy_get.h"
#include "transfer/copy_put.h"
#include "transfer/original.h"
#include "transfer/sink_remote.h"

enum { DRAFT_UMASK = 077 };

struct editing {
	struct run *run;
	const struct word *word;
	struct glob_result names;
	const char *path;		/* the one of these */
	char shown[TEXT_NAME_MAX];	/* the same, for messages */
	struct original original;
	struct draft *draft;
	const char *change;		/* of the original; or NULL */
	struct err *err;
	int rc;
};

static void
report(const struct editing *ed, const char *op, const char *source,
    const char *target, const struct copy_result *res, const struct err *err)
{
	observe_event(ed->run->obs, &(struct event){
	    .type = EVENT_TRANSFER, .op = op, .source = source,
	    .target = target, .bytes = res->bytes, .seconds = -1,
	    .resumed = res->resumed, .verified = res->verified, .err = err });
}

/* There and back; in a thread. */

static int
find_name(struct editing *ed, struct err *err)
{
	if (glob_remote(ed->run, ed->word, &ed->names, err) != 0)
		return -1;
	if (ed->names.n != 1)
		return err_set(err, ERR_USAGE, "%s: edit is for one file, "
		    "these are %zu", ed->word->text, ed->names.n);
	ed->path = ed->names.name[0].path;
	text_name(ed->shown, sizeof(ed->shown), ed->path);
	return 0;
}

static int
fetch(struct editing *ed, struct err *err)
{
	struct session *s = ed->run->session;
	const struct copy_get g = {
		.remote = ed->original.path, .tree = draft_tree(ed->draft),
		.local = path_base(ed->original.path), .fd = -1,
		.umask = DRAFT_UMASK, .verify = ed->run->set->verify,
		.identify = true, .lone = true,
	};
	struct copy_result res;

	if (copy_get(s, &g, &res, err) != 0)
		return refusal_explain(s, &(struct refusal){
		    .act = REFUSAL_READ, .path = ed->path }, err);
	if (term_is_json(ed->run->term))
		report(ed, "get", ed->path, draft_path(ed->draft), &res, NULL);
	return original_note(&ed->original, &res.look, err);
}

static int
begin(struct editing *ed, struct err *err)
{
	struct session *s = ed->run->session;

	if (session_connect(s, err) != 0 || find_name(ed, err) != 0)
		return -1;
	if (original_look(&ed->original, s, ed->path, err) != 0)
		return err_prefix(err, "%s", ed->shown);
	ed->draft = draft_new(path_base(ed->original.path), err);
	if (ed->draft == NULL ||
	    (ed->original.there && fetch(ed, err) != 0))
		return -1;
	return draft_note(ed->draft, err);
}

static void
begin_in_task(void *arg)
{
	struct editing *ed = arg;

	session_run_begin(ed->run->session);
	ed->rc = begin(ed, ed->err);
	session_run_end(ed->run->session);
}

/* What is there by now stays. */
static int
refuse_change(const struct editing *ed, struct err *err)
{
	char shown[TEXT_NAME_MAX];

	return err_set(err, ERR_REFUSED, "%s: on the server %s; nothing was "
	    "replaced; to replace it all the same: put -o %s %s", ed->shown,
	    ed->change, ed->shown, text_name(shown, sizeof(shown),
	    draft_path(ed->draft)));
}

/* A hook of the copy, and before it. */
static int
check_original(void *ctx, struct err *err)
{
	struct editing *ed = ctx;

	if (original_check(&ed->original, &ed->change, err) != 0)
		return -1;
	return ed->change != NULL ? refuse_change(ed, err) : 0;
}

/* What the sink then carries over. */
static bool
take_mode(const struct editing *ed)
{
	int mode = ed->original.mode;

	return ed->original.there && mode != -1 && (mode & S_IRUSR) != 0 &&
	    chmod(draft_path(ed->draft), (mode_t)mode & 0777) == 0;
}

static void
sent(void *ctx, const struct copy_result *res, const struct err *err)
{
	struct editing *ed = ctx;
	struct session *s = ed->run->session;

	ed->rc = err == NULL ? 0 : -1;
	if (err != NULL && ed->change != NULL) {
		if (res->part != NULL)
			sink_remote_remove_part(s, res->part);
		refuse_change(ed, ed->err);
	} else if (err != NULL) {
		*ed->err = *err;
		refusal_explain(s, &(struct refusal){ .act = REFUSAL_WRITE,
		    .path = ed->path, .part = res->part }, ed->err);
	} else if (ed->original.mode != -1 && !res->mode_kept &&
	    ed->run->set->temp_names) {
		observe_warning(ed->run->obs, "%s: its mode, %04o, could not "
		    "be kept", ed->shown, (unsigned)ed->original.mode);
	}
	report(ed, "put", draft_path(ed->draft), ed->path, res,
	    ed->rc != 0 ? ed->err : NULL);
}

static void
send_back(struct editing *ed)
{
	struct copy_put p = {
		.remote = ed->original.path, .tree = draft_tree(ed->draft),
		.local = path_base(ed->original.path), .fd = -1,
		.verify = ed->run->set->verify, .keep_mode = take_mode(ed),
		.before_rename = check_original, .ctx = ed,
	};
	struct copy_tail *t = copy_tail_new();

	copy_put_queue(t, ed->run->session, &p, sent, ed);
	copy_tail_free(t);
}

static void
send_in_task(void *arg)
{
	struct editing *ed = arg;

	session_run_begin(ed->run->session);
	ed->rc = session_connect(ed->run->session, ed->err);
	if (ed->rc == 0)
		ed->rc = check_original(ed, ed->err);
	if (ed->rc == 0)
		send_back(ed);
	session_run_end(ed->run->session);
}

/* In the main thread. */

static const char *
editor(const struct run *run)
{
	static const char *const names[] = { "VISUAL", "EDITOR" };
	const char *command = run->set->editor;
	size_t i;

	for (i = 0; i < 2 && (command == NULL || *command == '\0'); i++)
		command = getenv(names[i]);
	return command != NULL && *command != '\0' ? command : "vi";
}

/*
 * Its keys are its own: sh, unless it has become the editor, is not to end by
 * them before it.
 */
static int
run_editor(const struct editing *ed, struct err *err)
{
	struct run *run = ed->run;
	const char *name = editor(run);
	char *command = xasprintf("trap : INT QUIT; %s \"$@\"", name), *shown;
	char *argv[] = { xstrdup(draft_path(ed->draft)), NULL };
	const struct spawn sp = {
		.command = command, .argv = argv, .dir = run->dir->fd,
		.in = -1, .out = term_is_json(run->term) ||
		    !isatty(STDOUT_FILENO) ? STDERR_FILENO : -1,
	};
	int rc;

	term_flush(run->term);
	fflush(stdout);
	rc = spawn_foreground(&sp, run->cancel, err);
	if (rc != 0) {
		shown = conceal_copy(name);
		err_prefix(err, "%.60s", shown);
		err_append(err, "; nothing was sent");
		free(shown);
	}
	free(argv[0]);
	free(command);
	return rc;
}

/* Sends it back if that makes sense. */
static int
conclude(struct editing *ed, struct err *err)
{
	switch (draft_changed(ed->draft, err)) {
	case 0:
		log_info("%s: unchanged; nothing was sent", ed->shown);
		return 0;
	case -1:
		return err_prefix(err, "%s", ed->shown);
	}
	tasks_run(ed->run->tasks, send_in_task, ed, ed->run->cancel,
	    ed->run->shell->deadline);
	return ed->rc;
}

/* The draft of what has failed stays, if there is any work in it. */
static void
leave_draft(struct editing *ed)
{
	struct err ignored = ERR_INIT;
	char shown[TEXT_NAME_MAX];
	bool keep = ed->rc != 0 && ed->draft != NULL &&
	    draft_changed(ed->draft, &ignored) == 1;

	if (keep)
		observe_loud_warning(ed->run->obs, "%s: your draft is kept: %s",
		    ed->shown, text_name(shown, sizeof(shown),
		    draft_path(ed->draft)));
	draft_free(ed->draft, keep);
}

static int
run_edit(struct run *run, const struct args *a, struct err *err)
{
	struct editing ed = { .run = run, .word = &a->word[0], .err = err };

	tasks_run(run->tasks, begin_in_task, &ed, run->cancel,
	    run->shell->deadline);
	if (ed.rc == 0 && (ed.rc = run_editor(&ed, err)) == 0)
		ed.rc = conclude(&ed, err);
	leave_draft(&ed);
	original_release(&ed.original);
	glob_release(&ed.names);
	return ed.rc;
}

/* Standard output may be a file or events, where messages are seen. */
static int
check_edit(struct run *run, const struct args *a, struct err *err)
{
	(void)run;
	(void)a;
	if (isatty(STDIN_FILENO) &&
	    (isatty(STDOUT_FILENO) || isatty(STDERR_FILENO)))
		return 0;
	return err_set(err, ERR_USAGE, "edit: the editor needs a terminal; in "
	    "scripts use get and put");
}

const struct cmd cmd_edit = {
	.name = "edit",
	.min = 1, .max = 1, .first = ARG_REMOTE,
	.flags = CMD_SERVER | CMD_SHELL,
	.usage = "edit FILE",
	.summary = "Change a file of the server in an editor",
	.help = "The editor is that of the setting editor, of $VISUAL or "
	    "$EDITOR, else vi.  The\nfile is sent back if it was changed here "
	    "and not meanwhile on the server.",
	.check = check_edit,
	.run = run_edit,
};
