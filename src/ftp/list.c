/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/list.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "ftp/listline.h"

enum {
	/* Many small listings are kept at once, and some are large. */
	CHUNK_FIRST = 1024,
	CHUNK_MAX = 64 * 1024,
	DAY_SECONDS = 24 * 60 * 60,
};

static const uint64_t bytes_max = (uint64_t)4 << 30;
static const uint64_t kept_max = (uint64_t)1 << 30;

/* Strings live in chunks that are freed together. */
struct chunk {
	struct chunk *next;
	size_t used, size;
	char data[];
};

struct list_parser {
	enum list_format format;
	listline_fn parse;	/* NULL: kind of LIST not yet known */
	struct tm latest;
	struct buf line;	/* beginning of a line that is still to end */
	struct listing out;
	size_t cap;		/* of out.entry */
	size_t good, senseless;	/* lines */
	uint64_t bytes;
	bool unsorted;
	size_t crlf, bare;	/* lines that ended in CRLF, in LF alone */
	const char *owner, *group;	/* of the last entry: mostly the same */
};

struct list_parser *
list_parser_new(enum list_format format, time_t now)
{
	struct list_parser *p = xcalloc(1, sizeof(*p));

	p->format = format;
	p->parse = format == LIST_MLSD ? listline_mlsd :
	    format == LIST_NLST ? listline_name : NULL;
	/* A server's clock, or its zone, may be ahead of ours. */
	now += DAY_SECONDS;
	gmtime_r(&now, &p->latest);
	/* The end of a longer line is not kept: it is bad anyway. */
	buf_init(&p->line, LIST_LINE_MAX + 2);
	return p;
}

void
list_parser_free(struct list_parser *p)
{
	if (p == NULL)
		return;
	listing_release(&p->out);
	buf_release(&p->line);
	free(p);
}

void
listing_release(struct listing *l)
{
	struct chunk *c, *next;

	for (c = l->arena; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	free(l->entry);
	if (l->other != NULL)
		listing_release(l->other);
	free(l->other);
	memset(l, 0, sizeof(*l));
}

/* A copy of s in the arena. */
static const char *
keep(struct listing *l, struct span s)
{
	struct chunk *c = l->arena;
	size_t size;
	char *copy;

	if (c == NULL || c->size - c->used <= s.n) {
		size = c == NULL ? CHUNK_FIRST : c->size * 2;
		if (size > CHUNK_MAX)
			size = CHUNK_MAX;
		if (size <= s.n)
			size = s.n + 1;
		c = xmalloc(sizeof(*c) + size);
		c->next = l->arena;
		c->used = 0;
		c->size = size;
		l->arena = c;
	}
	copy = c->data + c->used;
	memcpy(copy, s.s, s.n);
	copy[s.n] = '\0';
	c->used += s.n + 1;
	l->kept += s.n + 1;
	return copy;
}

/* Takes back the copy just made: a flood of bad names costs no memory. */
static void
unkeep(struct listing *l, struct span s)
{
	struct chunk *c = l->arena;

	c->used -= s.n + 1;
	l->kept -= s.n + 1;
}

/* As keep(), but what was kept last serves again if it is equal. */
static const char *
keep_again(struct listing *l, struct span s, const char **last)
{
	if (s.n == 0 || s.n > LIST_OWNER_MAX)
		return NULL;
	if (*last == NULL || strncmp(*last, s.s, s.n) != 0 ||
	    (*last)[s.n] != '\0')
		*last = keep(l, s);
	return *last;
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
is_self(const struct listline *l)
{
	return l->type == '.' || (l->name.n <= 2 && l->name.s[0] == '.' &&
	    l->name.s[l->name.n - 1] == '.');
}

/* FNV-1a, never 0. */
static uint64_t
sum_of(const char *s, size_t n)
{
	uint64_t h = 0xcbf29ce484222325;

	while (n-- > 0)
		h = (h ^ (unsigned char)*s++) * 0x100000001b3;
	return h | 1;
}

static struct entry *
new_entry(struct list_parser *p)
{
	if (p->out.n == p->cap) {
		p->cap = p->cap == 0 ? 64 : p->cap * 2;
		p->out.entry = xreallocarray(p->out.entry, p->cap,
		    sizeof(*p->out.entry));
	}
	return &p->out.entry[p->out.n];
}

static void
add_entry(struct list_parser *p, const char *name, const struct listline *l)
{
	struct listing *out = &p->out;
	struct entry *e = new_entry(p);

	*e = (struct entry){
		.name = name, .type = l->type, .order = (unsigned)out->n,
		.size = l->size, .mtime = l->mtime,
		.precision = l->precision, .mode = l->mode,
		.owner = keep_again(out, l->owner, &p->owner),
		.group = keep_again(out, l->group, &p->group),
		.target = l->target.n > 0 && l->target.n <= LIST_TARGET_MAX ?
		    keep(out, l->target) : NULL,
		.unique = l->unique.n > 0 ?
		    sum_of(l->unique.s, l->unique.n) : 0,
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
understood(struct list_parser *p, struct span line, struct listline *l)
{
	static const listline_fn kinds[] = {
		listline_unix, listline_dos, listline_eplf
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
is_torn(struct list_parser *p, struct span line, bool cr)
{
	if (!cr)
		return p->crlf > p->bare++;
	/* Too late for the one before. */
	if (p->crlf++ == 0 && p->bare > 0)
		count_bad(&p->out, line, torn);
	return false;
}

/* ended: by a LF, not by the end of the listing. */
static int
take_line(struct list_parser *p, const char *s, size_t n, bool ended,
    struct err *err)
{
	struct span line = { s, n };
	struct listline l;
	const char *name;
	bool bad, cr = n > 0 && s[n - 1] == '\r';

	if (cr)
		line.n--;
	if (p->format == LIST_LIST && is_filler(line))
		return 0;
	bad = ended && line.n <= LIST_LINE_MAX && is_torn(p, line, cr);
	if (line.n > LIST_LINE_MAX || !understood(p, line, &l)) {
		p->senseless++;
		count_bad(&p->out, line, line.n > LIST_LINE_MAX ?
		    "the line is too long" : "the line makes no sense");
		return 0;
	}
	p->good++;
	if (is_self(&l)) {
		p->out.self++;
		return 0;
	}
	if (l.name.n > LIST_NAME_MAX) {
		count_bad(&p->out, l.name, "the name is too long");
		return 0;
	}
	name = keep(&p->out, l.name);
	if (bad || memchr(line.s, '\0', line.n) != NULL ||
	    !path_is_component(name)) {
		unkeep(&p->out, l.name);
		count_bad(&p->out, l.name, bad ? torn :
		    "no plain name");
		return 0;
	}
	if (p->out.n == LIST_ENTRIES_MAX)
		return err_set(err, ERR_PROTOCOL,
		    "directory too large: more than %d entries",
		    LIST_ENTRIES_MAX);
	if (p->out.kept > kept_max)
		return err_set(err, ERR_PROTOCOL,
		    "directory too large: more than 1 GiB of names");
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
list_feed(struct list_parser *p, const void *data, size_t n, struct err *err)
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

/* By name; twins in the order in which they came. */
static int
compare_entries(const void *va, const void *vb)
{
	const struct entry *a = va, *b = vb;
	int rc = strcmp(a->name, b->name);

	if (rc == 0)
		rc = a->order < b->order ? -1 : a->order > b->order;
	return rc;
}

static void
sort_entries(struct listing *l)
{
	size_t in, out;

	qsort(l->entry, l->n, sizeof(*l->entry), compare_entries);
	for (in = out = 0; in < l->n; in++) {
		if (out > 0 &&
		    strcmp(l->entry[out - 1].name, l->entry[in].name) == 0)
			count_bad(l, (struct span){ l->entry[in].name,
			    strlen(l->entry[in].name) }, "listed twice");
		else
			l->entry[out++] = l->entry[in];
	}
	l->n = out;
}

int
list_finish(struct list_parser *p, struct listing *out, struct err *err)
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
			sort_entries(&p->out);
		/* Of DOS and EPLF nobody expects a ".". */
		p->out.may_hide = p->format == LIST_LIST &&
		    (p->parse == NULL || p->parse == listline_unix) &&
		    p->out.self == 0 && !p->out.dotfiles;
		*out = p->out;
		memset(&p->out, 0, sizeof(p->out));
	}
	list_parser_free(p);
	return rc;
}

int
listing_check(const struct listing *l, struct err *err)
{
	if (l->gap == GAP_CUT)
		return err_set(err, ERR_VERIFY, "the listing was cut short");
	if (l->gap == GAP_SAID)
		return err_set(err, ERR_REFUSED, "the server leaves names "
		    "out of the listing: %s; its limit has to be raised",
		    l->said);
	if (l->bad > 0)
		return err_set(err, ERR_REFUSED, "%zu entries of the listing "
		    "cannot be used, the first: %s (%s)", l->bad, l->bad_name,
		    l->bad_why);
	return 0;
}

uint64_t
list_name_sum(const char *name)
{
	return sum_of(name, strlen(name));
}

uint64_t
listing_sum(const struct listing *l)
{
	uint64_t sum = list_name_sum(".") + list_name_sum("..");
	size_t i;

	for (i = 0; i < l->n; i++)
		sum += list_name_sum(l->entry[i].name);
	return sum;
}

static int
compare_name(const void *key, const void *entry)
{
	return strcmp(key, ((const struct entry *)entry)->name);
}

const struct entry *
listing_find(const struct listing *l, const char *name)
{
	if (l->n == 0)
		return NULL;
	return bsearch(name, l->entry, l->n, sizeof(*l->entry), compare_name);
}

size_t
listing_from(const struct listing *l, const char *name)
{
	size_t lo = 0, hi = l->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (strcmp(l->entry[mid].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

int
list_parse_mlst(const char *line, struct listing *out, struct err *err)
{
	struct list_parser *p;
	struct listline l;
	char shown[160];

	memset(out, 0, sizeof(*out));
	if (listline_mlsd(line, strlen(line), NULL, &l) != 0)
		return err_set(err, ERR_PROTOCOL, "no MLST line: \"%s\"",
		    text_escape_to(shown, sizeof(shown), line));
	if (l.type == '.')
		l.type = 'd';
	p = list_parser_new(LIST_MLSD, 0);
	add_entry(p, keep(&p->out, l.name), &l);
	return list_finish(p, out, err);
}

void
listing_take_links(struct listing *l, struct listing *other)
{
	const struct entry *from;
	struct entry *to;
	size_t i, n = l->n;

	for (i = 0; i < other->n; i++) {
		from = &other->entry[i];
		if (from->type != 'l' || from->target == NULL)
			continue;
		to = n == 0 ? NULL : bsearch(from->name, l->entry, n,
		    sizeof(*to), compare_name);
		/* pyftpdlib's MLSD tells of what a link points to. */
		if (to != NULL) {
			to->type = 'l';
			to->target = from->target;
		}
		if (to != NULL)
			continue;
		l->entry = xreallocarray(l->entry, l->n + 1, sizeof(*to));
		l->entry[l->n++] = *from;
		l->dotfiles |= *from->name == '.';
	}
	if (l->n > n)
		qsort(l->entry, l->n, sizeof(*to), compare_entries);
	l->other = xcalloc(1, sizeof(*l->other));
	*l->other = *other;
	memset(other, 0, sizeof(*other));
}
