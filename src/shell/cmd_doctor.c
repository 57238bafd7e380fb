/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doctor: what is wrong with a server, line by line. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "doctor/doctor.h"
#include "shell/block.h"
#include "shell/cmd_all.h"
#include "shell/run.h"

enum {
	LIMITS = 256,
	RESULT_COLUMNS = 10, SUBJECT_COLUMNS = 12,
	INDENT = RESULT_COLUMNS + SUBJECT_COLUMNS + 2,
	REMEDY_INDENT = RESULT_COLUMNS + 1,
};

struct report {
	struct run *run;
	bool json;
	int columns;		/* of the terminal; 0: none */
	unsigned n[DOCTOR_RESULTS];
};

/* How much of text goes on one line, which may end at a blank. */
static size_t
fitting(const char *text, int columns)
{
	size_t i, last = 0;
	int width = 0;

	for (i = 0; text[i] != '\0'; i++) {
		if (text[i] == ' ')
			last = i;
		width += ((unsigned char)text[i] & 0xc0) != 0x80;
		if (width > columns && last > 0)
			return last;
	}
	return i;
}

/*
 * Text whose further lines are indented as its first one is; one long word gets
 * a line for itself.
 */
static void
print_text(const struct report *rp, const char *text)
{
	FILE *fp = rp->run->out;
	int room = rp->columns - INDENT - 1;
	size_t n;

	if (rp->columns > 0 && (int)strcspn(text, " ") > room)
		fprintf(fp, "\n%*s", REMEDY_INDENT, "");
	for (;;) {
		n = rp->columns > 0 ? fitting(text, room) : strlen(text);
		fprintf(fp, "%.*s\n", (int)n, text);
		text += n;
		if (*text == '\0')
			return;
		text++;
		fprintf(fp, "%*s", INDENT, "");
	}
}

/* Lines to copy, below whose they are. */
static void
print_remedy(FILE *fp, const char *whose, const char *lines)
{
	size_t n;

	for (; *lines != '\0'; lines += n + (lines[n] != '\0')) {
		n = strcspn(lines, "\n");
		fprintf(fp, "%*s%s  %.*s\n", REMEDY_INDENT, "", whose, (int)n,
		    lines);
	}
}

static void
print_finding(const struct report *rp, const struct doctor_finding *f)
{
	FILE *fp = rp->run->out;
	char whose[64];

	fprintf(fp, "%-*s %-*s ", RESULT_COLUMNS,
	    doctor_result_name(f->result), SUBJECT_COLUMNS, f->subject);
	print_text(rp, f->text);
	if (f->ours != NULL)
		print_remedy(fp, "here:", f->ours);
	if (f->theirs != NULL) {
		snprintf(whose, sizeof(whose), "%s:", f->where);
		print_remedy(fp, whose, f->theirs);
	}
	fflush(fp);
}

static void
on_found(void *ctx, const struct doctor_finding *f)
{
	struct report *rp = ctx;
	struct event ev = {
		.type = EVENT_CHECK, .check = f, .bytes = -1, .seconds = -1,
	};

	rp->n[f->result]++;
	if (rp->json)
		observe_event(rp->run->obs, &ev);
	else
		print_finding(rp, f);
}

/* What suits the server, for the configuration. */
static void
print_block(const struct report *rp, const struct settings *suits)
{
	struct buf b = BUF_INIT(BUF_OWN);

	if (!rp->json) {
		block_show(&b, rp->run->site->name, suits);
		fprintf(rp->run->out, "\n%s", b.data);
	}
	buf_release(&b);
}

static int
conclude(const struct report *rp, struct err *err)
{
	if (rp->n[DOCTOR_FAIL] == 0)
		return 0;
	return err_set(err, ERR_REFUSED, "%u of the checks failed",
	    rp->n[DOCTOR_FAIL]);
}

static int
run_doctor(struct run *run, const struct args *a, struct err *err)
{
	struct report rp = { .run = run, .json = run_is_json(run) };
	const struct doctor_request rq = { .site = run->site,
	    .limits = args_has(a, LIMITS), .cancel = run->cancel,
	    .found = on_found, .ctx = &rp };
	struct settings suits;
	int rc;

	/* It may be the one connection that the server grants. */
	session_close(run->session);
	if (run_is_terminal(run))
		rp.columns = term_columns(fileno(run->out));
	settings_copy(&suits, &run->site->set);
	rc = doctor_examine(&rq, &suits, err);
	if (rc == 0) {
		print_block(&rp, &suits);
		rc = conclude(&rp, err);
	}
	settings_release(&suits);
	return rc;
}

static const struct cmd_option doctor_options[] = {
	{ LIMITS, "limits", ARG_NONE, NULL,
	    "how many connections it grants, too" },
	{ 0 }
};

const struct cmd cmd_doctor = {
	.name = "doctor",
	.options = doctor_options,
	.flags = CMD_SERVER | CMD_APART,
	.usage = "doctor [--limits]",
	.summary = "Examine the server: what is wrong, and how to mend it",
	.help = "Each line is ok, warn, FAIL or not tested; below it stands "
	    "what mends it, as\na line to copy for this configuration or the "
	    "server's.  At the end: a site\nblock that suits the server.  "
	    "Nothing is written to the server.",
	.run = run_doctor,
};
