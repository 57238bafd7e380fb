/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "listing/parser.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "listing/arena.h"
#include "listing/dialect.h"

enum { DAY_SECONDS = 24 * 60 * 60 };

static const uint64_t bytes_max = (uint64_t)4 << 30;
static const uint64_t names_max = (uint64_t)1 << 30;

struct parser {
	enum parser_format format;
	dialect_fn parse;	/* NULL: kind of LIST not yet known */
	struct tm latest;
	struct buf line;	/* beginning of a line that is still to end */
	struct listing out;
	size_t cap;		/* of out.entry */
	size_t good, senseless;	/* lines */
	size_t entries_max;
	uint64_t bytes, names_max;
	bool unsorted;
	size_t crlf, bare;	/* lines that ended in CRLF, in LF alone */
	const char *owner, *group;	/* of the last entry: mostly the same */
};

struct parser *
parser_new(enum parser_format format, time_t now)
{
	struct parser *p = xcalloc(1, sizeof(*p));

	p->format = format;
	parser_limit(p, PARSER_ENTRIES_MAX, names_max);
	p->parse = format == PARSER_MLSD ? mlsd_line :
	    format == PARSER_NLST ? nlst_line : NULL;
	/* A server's clock, or its zone, may be ahead of ours. */
	now += DAY_SECONDS;
	gmtime_r(&now, &p->latest);
	/* The end of a longer line is not kept: it is bad anyway. */
	buf_init(&p->line, PARSER_LINE_MAX + 2);
	return p;
}

void
parser_limit(struct parser *p, size_t entries, uint64_t names)
{
	p->entries_max = entries;
	p->names_max = names;
}

void
parser_free(struct parser *p)
{
	if (p == NULL)
		return;
	listing_release(&p->out);
	buf_release(&p->line);
	free(p);
}

static void
count_bad(struct listing *l, struct span s, const char *why)
{
	struct buf b = BUF_INIT(sizeof(l->bad_name) - 4);

	if (l->bad++ > 0)
		return;
	l->bad_why = why;
	if (s.n == 0)
		buf_adds(&b, "(empty line)");
	text_escape(&b, s.s, s.n);
	strlcpy(l->bad_name, b.data, sizeof(l->bad_name));
	if (b.full)
		strlcat(l->bad_name, "...", sizeof(l->bad_name));
	buf_release(&b);
}

/* "." and "..", which every second server lists. */
static bool
is_self(const struct line *l)
{
	return l->type == '.' || (l->name.n <= 2 && l->name.s[0] == '.' &&
	    l->name.s[l->name.n - 1] == '.');
}

static const char *
keep_string(struct listing *l, struct span s)
{
	return arena_keep(&l->arena, s.s, s.n);
}

/* As keep_string(), but what was kept last serves again if it is equal. */
static const char *
keep_again(struct listing *l, struct span s, const char **last)
{
	if (s.n == 0 || s.n > PARSER_OWNER_MAX)
		return NULL;
	if (*last == NULL || strncmp(*last, s.s, s.n) != 0 ||
	    (*last)[s.n] != '\0')
		*last = keep_string(l, s);
	return *last;
}

static struct entry *
new_entry(struct parser *p)
{
	if (p->out.n == p->cap) {
		p->cap = p->cap == 0 ? 64 : p->cap * 2;
		p->out.entry = xreallocarray(p->out.entry, p->cap,
		    sizeof(*p->out.entry));
	}
	return &p->out.entry[p->out.n];
}

static void
add_entry(struct parser *p, const char *name, const struct line *l)
{
	struct listing *out = &p->out;
	struct entry *e = new_entry(p);

	*e = (struct entry){
		.name = name, .type = l->type, .order = (unsigned)out->n,
		.size = l->size, .mtime = l->mtime,
		.precision = l->precision, .mode = l->mode,
		.owner = keep_again(out, l->owner, &p->owner),
		.group = keep_again(out, l->group, &p->group),
		.target = l->target.n > 0 && l->target.n <= PARSER_TARGET_MAX ?
		    keep_string(out, l->target) : NULL,
		.unique = l->unique.n > 0 ?
		    span_sum(l->unique) : 0,
	};
	if (out->n > 0 && strcmp(e[-1].name, name) >= 0)
		p->unsorted = true;
	out->n++;
	if (*name == '.')
		out->dotfiles = true;
	if (e->precision != PRECISION_NONE &&
	    (out->precision == PRECISION_NONE || e->precision < out->precision))
		out->precision = e->precision;
}

/* Whether the line was understood; finds out what kind of LIST it is. */
static bool
understood(struct parser *p, struct span line, struct line *l)
{
	static const dialect_fn kinds[] = {
		unix_line, dos_line, eplf_line
	};
	size_t i;

	if (p->parse != NULL)
		return p->parse(line.s, line.n, &p->latest, l) == 0;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i](line.s, line.n, &p->latest, l) != 0)
			continue;
		p->parse = kinds[i];
		return true;
	}
	return false;
}

/* An empty line and "total 123" of ls. */
static bool
is_filler(struct span line)
{
	size_t i = 6;

	if (line.n == 0)
		return true;
	if (line.n < 7 || strncasecmp(line.s, "total ", 6) != 0)
		return false;
	while (i < line.n && line.s[i] >= '0' && line.s[i] <= '9')
		i++;
	return i == line.n;
}

static const char torn[] = "a line break in the name";

/*
 * Servers end all lines alike.  One that ends in LF alone where most end in
 * CRLF is the first part of a name with a LF in it: vsftpd, ProFTPD and
 * pyftpdlib send that as it is.
 */
static bool
is_torn(struct parser *p, struct span line, bool cr)
{
	if (!cr)
		return p->crlf > p->bare++;
	/* Too late for the one before. */
	if (p->crlf++ == 0 && p->bare > 0)
		count_bad(&p->out, line, torn);
	return false;
}

/* A name that can be used, in the arena; or NULL, and it is counted as bad. */
static const char *
take_name(struct parser *p, struct span line, struct span s, bool is_whole)
{
	const char *name;

	if (s.n > PARSER_NAME_MAX) {
		count_bad(&p->out, s, "the name is too long");
		return NULL;
	}
	name = keep_string(&p->out, s);
	if (is_whole && memchr(line.s, '\0', line.n) == NULL &&
	    path_is_component(name))
		return name;
	/* A flood of bad names costs no memory. */
	arena_unkeep(p->out.arena, s.n);
	count_bad(&p->out, s, is_whole ? "no plain name" : torn);
	return NULL;
}

static int
check_room(const struct parser *p, struct err *err)
{
	if (p->out.n == p->entries_max)
		return err_set(err, ERR_PROTOCOL,
		    "directory too large: more than %zu entries",
		    p->entries_max);
	if (arena_size(p->out.arena) > p->names_max)
		return err_set(err, ERR_PROTOCOL,
		    "directory too large: more than 1 GiB of names");
	return 0;
}

/* ended: by a LF, not by the end of the listing. */
static int
take_line(struct parser *p, const char *s, size_t n, bool ended,
    struct err *err)
{
	bool is_whole, cr = n > 0 && s[n - 1] == '\r';
	struct span line = { s, cr ? n - 1 : n };
	struct line l;
	const char *name;

	if (p->format == PARSER_LIST && is_filler(line))
		return 0;
	is_whole = !ended || line.n > PARSER_LINE_MAX ||
	    !is_torn(p, line, cr);
	if (line.n > PARSER_LINE_MAX || !understood(p, line, &l)) {
		p->senseless++;
		count_bad(&p->out, line, line.n > PARSER_LINE_MAX ?
		    "the line is too long" : "the line makes no sense");
		return 0;
	}
	p->good++;
	if (is_self(&l)) {
		p->out.self++;
		return 0;
	}
	if ((name = take_name(p, line, l.name, is_whole)) == NULL)
		return 0;
	if (check_room(p, err) != 0)
		return -1;
	add_entry(p, name, &l);
	return 0;
}

/* What there is room for; more makes the line too long in any case. */
static void
collect(struct buf *b, const char *s, size_t n)
{
	size_t room = b->max - b->len;

	buf_add(b, s, n < room ? n : room);
}

int
parser_feed(struct parser *p, const void *data, size_t n, struct err *err)
{
	const char *s = data, *end = s + n, *nl;
	int rc;

	p->bytes += n;
	if (p->bytes > bytes_max)
		return err_set(err, ERR_PROTOCOL,
		    "directory too large: more than 4 GiB of listing");
	for (; s < end; s = nl + 1) {
		nl = memchr(s, '\n', (size_t)(end - s));
		if (nl == NULL) {
			collect(&p->line, s, (size_t)(end - s));
			break;
		}
		if (p->line.len == 0)
			rc = take_line(p, s, (size_t)(nl - s), true, err);
		else {
			collect(&p->line, s, (size_t)(nl - s));
			rc = take_line(p, p->line.data, p->line.len, true, err);
			buf_clear(&p->line);
		}
		if (rc != 0)
			return -1;
	}
	return 0;
}

/* Sorts them; of those of one name the first is left. */
static void
drop_twins(struct listing *l)
{
	size_t in, out;

	listing_sort(l);
	for (in = out = 0; in < l->n; in++) {
		if (out > 0 &&
		    strcmp(l->entry[out - 1].name, l->entry[in].name) == 0)
			count_bad(l, span_of(l->entry[in].name),
			    "listed twice");
		else
			l->entry[out++] = l->entry[in];
	}
	l->n = out;
}

int
parser_finish(struct parser *p, struct listing *out, struct err *err)
{
	int rc = 0;

	memset(out, 0, sizeof(*out));
	if (p->line.len > 0)
		rc = take_line(p, p->line.data, p->line.len, false, err);
	if (rc == 0 && p->senseless > p->good)
		rc = err_set(err, ERR_PROTOCOL,
		    "listing not understood: %s", p->out.bad_name);
	if (rc == 0) {
		if (p->unsorted)
			drop_twins(&p->out);
		/* Of DOS and EPLF nobody expects a ".". */
		p->out.may_hide = p->format == PARSER_LIST &&
		    (p->parse == NULL || p->parse == unix_line) &&
		    p->out.self == 0 && !p->out.dotfiles;
		*out = p->out;
		memset(&p->out, 0, sizeof(p->out));
	}
	parser_free(p);
	return rc;
}

int
parser_mlst(const char *line, struct listing *out, struct err *err)
{
	struct parser *p;
	struct line l;
	char shown[160];

	memset(out, 0, sizeof(*out));
	if (mlsd_line(line, strlen(line), NULL, &l) != 0)
		return err_set(err, ERR_PROTOCOL, "no MLST line: \"%s\"",
		    text_escape_to(shown, sizeof(shown), line));
	if (l.type == '.')
		l.type = 'd';
	p = parser_new(PARSER_MLSD, 0);
	add_entry(p, keep_string(&p->out, l.name), &l);
	return parser_finish(p, out, err);
}
