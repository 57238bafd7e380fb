/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "doctor/doctor.h"
#include "listing/listing.h"
#include "ui/report.h"

enum { RFC3339_SIZE = 32, DIGITS = 12 };

static const char *const event_names[] = {
	[EVENT_CONNECT] = "connect",
	[EVENT_LOGIN] = "login",
	[EVENT_ENTRY] = "entry",
	[EVENT_TRANSFER] = "transfer",
	[EVENT_DELETE] = "delete",
	[EVENT_MKDIR] = "mkdir",
	[EVENT_SKIP] = "skip",
	[EVENT_WARNING] = "warning",
	[EVENT_ERROR] = "error",
	[EVENT_CHECK] = "check",
	[EVENT_SUMMARY] = "summary",
};

/* jansson reports nothing but a lack of memory on what we give to it. */
static void
set_member(json_t *o, const char *key, json_t *value)
{
	if (json_object_set_new(o, key, value) != 0)
		abort();
}

static void
set_int(json_t *o, const char *key, int64_t value)
{
	if (value >= 0)
		set_member(o, key, json_integer(value));
}

static void
set_seconds(json_t *o, double seconds)
{
	if (seconds >= 0)
		set_member(o, "seconds",
		    json_real(round(seconds * 1000) / 1000));
}

static void
set_time(json_t *o, const char *key, struct timespec ts)
{
	char s[RFC3339_SIZE];

	clock_format_rfc3339(ts, s, sizeof(s));
	set_member(o, key, json_string(s));
}

/* RFC 4648, section 4. */
static char *
base64(const unsigned char *in, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out, *p;
	unsigned int v;
	size_t i;

	out = p = xmalloc(n / 3 * 4 + 5);
	for (i = 0; i < n; i += 3) {
		v = (unsigned int)in[i] << 16;
		if (i + 1 < n)
			v |= (unsigned int)in[i + 1] << 8;
		if (i + 2 < n)
			v |= in[i + 2];
		*p++ = digits[v >> 18];
		*p++ = digits[v >> 12 & 63];
		*p++ = i + 1 < n ? digits[v >> 6 & 63] : '=';
		*p++ = i + 2 < n ? digits[v & 63] : '=';
	}
	*p = '\0';
	return out;
}

/* What others named: exactly, or, if it is not UTF-8, in two forms. */
static void
set_name(json_t *o, const char *key, const char *name)
{
	char *escaped, *exact, *exact_key;
	size_t n;

	if (name == NULL)
		return;
	n = strlen(name);
	if (text_is_utf8(name, n)) {
		set_member(o, key, json_stringn(name, n));
		return;
	}
	escaped = text_escaped(name);
	exact = base64((const unsigned char *)name, n);
	exact_key = xasprintf("%s_b64", key);
	set_member(o, key, json_string(escaped));
	set_member(o, exact_key, json_string(exact));
	free(exact_key);
	free(exact);
	free(escaped);
}

static void
set_true(json_t *o, const char *key, bool value)
{
	if (value)
		set_member(o, key, json_true());
}

static const char *
type_name(char type)
{
	switch (type) {
	case 'f':
		return "file";
	case 'd':
		return "dir";
	case 'l':
		return "link";
	default:
		return "other";
	}
}

/* On the server's clock, whose zone is not known: without one. */
static void
set_clock(json_t *o, const struct entry *e)
{
	char s[RFC3339_SIZE];
	struct tm tm;

	if (gmtime_r(&e->mtime.tv_sec, &tm) != NULL &&
	    strftime(s, sizeof(s), e->precision == PRECISION_DAY ?
	    "%Y-%m-%d" : "%Y-%m-%dT%H:%M", &tm) != 0)
		set_member(o, "mtime", json_string(s));
}

static void
set_entry(json_t *o, const struct entry *e)
{
	char perm[16];

	set_name(o, "name", e->name);
	set_member(o, "type", json_string(type_name(e->type)));
	set_int(o, "size", e->size);
	if (e->precision != PRECISION_NONE && listing_is_utc(e))
		set_time(o, "mtime", e->mtime);
	else if (e->precision != PRECISION_NONE)
		set_clock(o, e);
	if (e->mode >= 0) {
		snprintf(perm, sizeof(perm), "%04o", (unsigned int)e->mode);
		set_member(o, "perm", json_string(perm));
	}
	set_name(o, "owner", e->owner);
	set_name(o, "group", e->group);
	set_name(o, "target", e->target);
}

static void
set_error(json_t *o, const struct err *err, const char *message_key)
{
	set_member(o, "kind", json_string(err_kind_name(err->kind)));
	if (err->code != 0)
		set_member(o, "code", json_integer(err->code));
	if (err->reply[0] != '\0')
		set_name(o, "reply", err->reply);
	set_member(o, "status", json_integer(err_status(err->kind)));
	set_name(o, message_key, err->msg);
}

static void
set_transfer(json_t *o, const struct event *ev)
{
	set_name(o, "op", ev->op);
	set_name(o, "source", ev->source);
	set_name(o, "target", ev->target);
	set_name(o, "reason", report_reason(ev->reason));
	set_int(o, "bytes", ev->bytes);
	set_seconds(o, ev->seconds);
	set_member(o, "resumed", json_boolean(ev->resumed));
	set_member(o, "verified", json_boolean(ev->verified));
	if (ev->err != NULL)
		set_error(o, ev->err, "error");
	else
		set_member(o, "status", json_integer(0));
}

static void
set_summary(json_t *o, const struct summary *s)
{
	set_member(o, "directories", json_integer((json_int_t)s->dirs));
	set_member(o, "files", json_integer((json_int_t)s->files));
	set_member(o, "links", json_integer((json_int_t)s->links));
	set_member(o, "transferred", json_integer((json_int_t)s->transferred));
	set_member(o, "skipped", json_integer((json_int_t)s->skipped));
	set_member(o, "deleted", json_integer((json_int_t)s->deleted));
	set_member(o, "failed", json_integer((json_int_t)s->failed));
	set_member(o, "warnings", json_integer((json_int_t)s->warned));
	set_member(o, "bytes", json_integer((json_int_t)s->bytes));
	set_seconds(o, s->seconds);
	set_true(o, "dry_run", s->dry_run);
}

static void
set_check(json_t *o, const struct doctor_finding *f)
{
	set_name(o, "check", f->subject);
	set_name(o, "result", doctor_result_name(f->result));
	set_name(o, "message", f->text);
	set_name(o, "remedy", f->ours);
	if (f->theirs == NULL)
		return;
	set_name(o, "server_remedy", f->theirs);
	set_name(o, "server_file", f->where);
}

static void
set_fields(json_t *o, const struct event *ev)
{
	switch (ev->type) {
	case EVENT_CONNECT:
		set_name(o, "host", ev->host);
		set_name(o, "tls", ev->detail);
		break;
	case EVENT_LOGIN:
		set_name(o, "host", ev->host);
		set_name(o, "user", ev->detail);
		break;
	case EVENT_ENTRY:
		set_name(o, "path", ev->path);
		set_entry(o, ev->entry);
		break;
	case EVENT_TRANSFER:
		set_transfer(o, ev);
		break;
	case EVENT_SKIP:
		set_name(o, "path", ev->path);
		set_name(o, "reason", ev->op);
		set_member(o, "type", json_string(type_name(ev->type_of)));
		break;
	case EVENT_DELETE:
	case EVENT_MKDIR:
		set_name(o, "path", ev->path);
		set_name(o, "reason", report_reason(ev->reason));
		set_member(o, "type", json_string(ev->is_dir ||
		    ev->type == EVENT_MKDIR ? "dir" : "file"));
		break;
	case EVENT_CHECK:
		set_check(o, ev->check);
		break;
	case EVENT_WARNING:
		set_name(o, "path", ev->path);
		set_name(o, "message", ev->message);
		break;
	case EVENT_ERROR:
		set_name(o, "path", ev->path);
		set_error(o, ev->err, "message");
		break;
	case EVENT_SUMMARY:
		set_name(o, "op", ev->op);
		set_name(o, "source", ev->source);
		set_name(o, "target", ev->target);
		set_summary(o, ev->summary);
		break;
	}
	set_true(o, "dry_run", ev->dry_run);
}

void
json_event(FILE *fp, const struct event *ev)
{
	json_t *o = json_object();
	struct buf line = BUF_INIT(BUF_OWN);
	char *text;

	if (o == NULL)
		abort();
	set_member(o, "event", json_string(event_names[ev->type]));
	set_time(o, "time", clock_now());
	if (ev->job != 0)
		set_member(o, "job", json_integer(ev->job));
	set_fields(o, ev);
	text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(DIGITS));
	if (text == NULL)
		abort();
	text_escape_json(&line, text, strlen(text));
	/* A stream that cannot be written to keeps its error for its owner. */
	fprintf(fp, "%s\n", line.data);
	fflush(fp);
	buf_release(&line);
	free(text);
	json_decref(o);
}

const char *
json_library(void)
{
	return JANSSON_VERSION;
}
