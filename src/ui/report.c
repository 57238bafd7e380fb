/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/text.h"

enum { SIZE_TEXT = 16, DURATION_TEXT = 32 };

/* Why a mirror does something: a name for JSON, words for people. */
static const struct {
	const char *name, *words;
} reasons[REASONS] = {
	[REASON_NEW] = { "new", "new" },
	[REASON_SIZE] = { "size", "size differs" },
	[REASON_TIME] = { "time", "time differs" },
	[REASON_NEWER] = { "newer", "newer" },
	[REASON_DIGEST] = { "digest", "digest differs" },
	[REASON_UNKNOWN] = { "unknown", "size unknown" },
	[REASON_MOVE] = { "move", "same, source goes" },
	[REASON_TYPE] = { "type", "type differs" },
	[REASON_ABSENT] = { "absent", "not in source" },
	[REASON_EXCLUDED] = { "excluded", "excluded" },
};

const char *
report_reason(enum reason reason)
{
	return reasons[reason].name;
}

static void
add_reason(struct buf *out, enum reason reason)
{
	if (reason != REASON_NONE)
		buf_addf(out, " (%s)", reasons[reason].words);
}

static void
add_name(struct buf *out, const char *verb, const char *name)
{
	buf_adds(out, verb);
	text_escape(out, name, strlen(name));
}

/* What is behind "NAME: " in a message that begins so, else all of it. */
static const char *
behind_name(const char *message, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(message, name, n) != 0 || message[n] != ':')
		return message;
	return message + n + 1 + strspn(message + n + 1, " ");
}

/* "PATH: message", but the path once only. */
static void
add_message(struct buf *out, const char *path, const char *message)
{
	char shown[TEXT_NAME_MAX], *name;

	if (message == NULL)
		message = "failed";
	if (path != NULL) {
		name = text_escaped(path);
		text_name(shown, sizeof(shown), path);
		buf_addf(out, "%s: ", shown);
		message = behind_name(message, name);
		if (strcmp(shown, name) != 0)
			message = behind_name(message, shown);
		free(name);
	}
	buf_adds(out, message);
}

static void
add_count(struct buf *out, uint64_t n, const char *one, const char *many)
{
	buf_addf(out, "%" PRIu64 " %s", n, n == 1 ? one : many);
}

/* ", 3 failed"; what did not happen is not worth the room. */
static void
add_nonzero(struct buf *out, uint64_t n, const char *one, const char *many)
{
	if (n == 0)
		return;
	buf_adds(out, ", ");
	add_count(out, n, one, many);
}

/* "3 directories, 12 files, 1 link: " */
static void
add_source(struct buf *out, const struct summary *s, bool dirs)
{
	if (dirs && s->dirs != 0)
		add_count(out, s->dirs, "directory, ", "directories, ");
	add_count(out, s->files, "file", "files");
	add_nonzero(out, s->links, "link", "links");
	buf_adds(out, ": ");
}

static void
add_done(struct buf *out, const struct summary *s)
{
	char size[SIZE_TEXT], duration[DURATION_TEXT];

	text_duration(duration, sizeof(duration), (int64_t)s->seconds);
	buf_addf(out, "%" PRIu64 " transferred", s->transferred);
	if (s->transferred != 0)
		buf_addf(out, " (%s)", text_size(size, sizeof(size),
		    s->bytes));
	add_nonzero(out, s->skipped, "unchanged", "unchanged");
	add_nonzero(out, s->deleted, "deleted", "deleted");
	add_nonzero(out, s->failed, "failed", "failed");
	add_nonzero(out, s->warned, "warning", "warnings");
	buf_addf(out, " in %s%s", duration, s->dry_run ? " (dry run)" : "");
}

void
report_summary(const struct summary *s, int columns, struct buf *out)
{
	size_t start = out->len, room = (size_t)columns;
	int without;

	for (without = 0; without < 3; without++) {
		buf_truncate(out, start);
		if (without < 2)
			add_source(out, s, without == 0);
		add_done(out, s);
		if (columns == 0 || out->len - start <= room)
			break;
	}
}

static void
add_connection(struct buf *out, const struct event *ev, const char *what)
{
	if (ev->host != NULL)
		add_name(out, "", ev->host);
	buf_adds(out, what);
	if (ev->detail != NULL)
		add_name(out, "", ev->detail);
}

enum report_level
report_event(const struct event *ev, struct buf *out)
{
	switch (ev->type) {
	case EVENT_CONNECT:
		add_connection(out, ev, ": connected, ");
		return REPORT_NOTE;
	case EVENT_LOGIN:
		add_connection(out, ev, ": logged in as ");
		return REPORT_NOTE;
	case EVENT_TRANSFER:
		if (ev->err != NULL)
			return REPORT_NOTHING;
		buf_addf(out, "%s ", ev->op);
		add_name(out, "", ev->source);
		add_reason(out, ev->reason);
		break;
	case EVENT_DELETE:
		add_name(out, "delete ", ev->path);
		add_reason(out, ev->reason);
		break;
	case EVENT_MKDIR:
		add_name(out, "mkdir ", ev->path);
		break;
	case EVENT_WARNING:
		add_message(out, ev->path, ev->message);
		return ev->loud ? REPORT_ERROR : REPORT_WARNING;
	case EVENT_ERROR:
		add_message(out, ev->path, ev->message);
		return REPORT_ERROR;
	case EVENT_SUMMARY:
		report_summary(ev->summary, 0, out);
		return REPORT_RESULT;
	case EVENT_SKIP:
	case EVENT_ENTRY:
	case EVENT_CHECK:
		return REPORT_NOTHING;
	}
	return ev->dry_run ? REPORT_RESULT : REPORT_DETAIL;
}

void
report_transfer(const struct event *ev, struct buf *out)
{
	char size[SIZE_TEXT], rate[SIZE_TEXT], duration[DURATION_TEXT];
	uint64_t bytes = ev->bytes > 0 ? (uint64_t)ev->bytes : 0;

	add_name(out, "", path_base(ev->source));
	buf_addf(out, "  %s", text_size(size, sizeof(size), bytes));
	if (ev->seconds > 0.01)
		buf_addf(out, "  %s/s", text_size(rate, sizeof(rate),
		    (uint64_t)((double)bytes / ev->seconds)));
	buf_addf(out, "  %s", text_duration(duration, sizeof(duration),
	    (int64_t)ev->seconds));
}
