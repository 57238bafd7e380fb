/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/ls.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "ui/colors.h"

enum {
	GAP = 2,			/* between columns */
	NARROWEST = 1 + GAP,		/* column */
	DATE_SIZE = 32,
	MODE_SIZE = 16,
	SIZE_SIZE = 24,
};

/* One entry as it is printed. */
struct item {
	const struct entry *e;
	char *name;		/* escaped unless raw */
	char mark;		/* behind it, or NUL */
	int width;		/* with the mark */
};

struct widths {
	int owner, group, size;
};

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct item *)a)->e->name,
	    ((const struct item *)b)->e->name);
}

/* Newest first. */
static int
by_time(const void *a, const void *b)
{
	const struct timespec *x = &((const struct item *)a)->e->mtime;
	const struct timespec *y = &((const struct item *)b)->e->mtime;

	if (x->tv_sec != y->tv_sec)
		return x->tv_sec > y->tv_sec ? -1 : 1;
	if (x->tv_nsec != y->tv_nsec)
		return x->tv_nsec > y->tv_nsec ? -1 : 1;
	return by_name(a, b);
}

/* Largest first. */
static int
by_size(const void *a, const void *b)
{
	int64_t x = ((const struct item *)a)->e->size;
	int64_t y = ((const struct item *)b)->e->size;

	if (x != y)
		return x > y ? -1 : 1;
	return by_name(a, b);
}

static void
reverse_items(struct item *item, size_t n)
{
	struct item t;
	size_t i;

	for (i = 0; i < n / 2; i++) {
		t = item[i];
		item[i] = item[n - 1 - i];
		item[n - 1 - i] = t;
	}
}

static void
sort_items(struct item *item, size_t n, const struct ls_options *o)
{
	static int (*const compare[])(const void *, const void *) = {
		[LS_BY_NAME] = by_name,
		[LS_BY_TIME] = by_time,
		[LS_BY_SIZE] = by_size,
	};

	if (o->sort != LS_UNSORTED && n > 1)
		qsort(item, n, sizeof(*item), compare[o->sort]);
	if (o->reverse)
		reverse_items(item, n);
}

static char *
shown_name(const char *name, const struct ls_options *o)
{
	return o->raw ? xstrdup(name) : text_escaped(name);
}

/* As ls -F has it; the long form shows a link by its target. */
static char
mark_of(const struct entry *e, const struct ls_options *o)
{
	if (!o->classify)
		return '\0';
	switch (e->type) {
	case 'd':
		return '/';
	case 'l':
		return o->long_form && e->target != NULL ? '\0' : '@';
	case 'f':
		return e->mode >= 0 && (e->mode & 0111) != 0 ? '*' : '\0';
	default:
		return '\0';
	}
}

/* The items to print; the caller frees them and their names. */
static struct item *
collect_items(const struct entry *entry, size_t n, const struct ls_options *o,
    size_t *count)
{
	struct item *item = xcalloc(n, sizeof(*item));
	size_t i, used = 0;

	for (i = 0; i < n; i++) {
		if (entry[i].name[0] == '.' && !o->all)
			continue;
		item[used].e = &entry[i];
		item[used].name = shown_name(entry[i].name, o);
		item[used].mark = mark_of(&entry[i], o);
		item[used].width = text_width(item[used].name) +
		    (item[used].mark != '\0');
		used++;
	}
	*count = used;
	return item;
}

static void
print_name(FILE *fp, const struct item *item, const struct ls_options *o)
{
	char *code = o->color ?
	    colors_of(getenv("LS_COLORS"), item->e) : NULL;

	if (code != NULL)
		fprintf(fp, "\033[%sm%s\033[0m", code, item->name);
	else
		fputs(item->name, fp);
	if (item->mark != '\0')
		putc(item->mark, fp);
	free(code);
}

static void
pad(FILE *fp, int columns)
{
	fprintf(fp, "%*s", columns > 0 ? columns : 0, "");
}

/*
 * Widths of the columns if there are that many; returns their sum without
 * the last gap.
 */
static int
column_widths(const struct item *item, size_t n, size_t columns, int *width)
{
	size_t rows = (n + columns - 1) / columns, i;
	int sum = -GAP;

	memset(width, 0, columns * sizeof(*width));
	for (i = 0; i < n; i++) {
		if (item[i].width > width[i / rows])
			width[i / rows] = item[i].width;
	}
	for (i = 0; i < columns; i++)
		sum += width[i] + GAP;
	return sum;
}

static void
print_columns(FILE *fp, const struct item *item, size_t n,
    const struct ls_options *o)
{
	size_t columns, rows, row, i;
	int *width;

	columns = o->columns > NARROWEST ? (size_t)o->columns / NARROWEST : 1;
	if (columns > n)
		columns = n;
	width = xcalloc(columns, sizeof(*width));
	while (columns > 1 &&
	    column_widths(item, n, columns, width) > o->columns)
		columns--;
	rows = (n + columns - 1) / columns;
	for (row = 0; row < rows; row++) {
		for (i = row; i < n; i += rows) {
			print_name(fp, &item[i], o);
			if (i + rows < n)
				pad(fp, width[i / rows] - item[i].width + GAP);
		}
		putc('\n', fp);
	}
	free(width);
}

static void
size_text(char *out, const struct entry *e, const struct ls_options *o)
{
	if (e->size < 0)
		strlcpy(out, "-", SIZE_SIZE);
	else if (o->human)
		text_size(out, SIZE_SIZE, (uint64_t)e->size);
	else
		snprintf(out, SIZE_SIZE, "%" PRId64, e->size);
}

/*
 * What a LIST tells is on the server's clock, unless its zone is known; that
 * is printed as it came, all else in local time.
 */
static void
date_text(char *out, const struct entry *e, const struct ls_options *o)
{
	int64_t t = e->mtime.tv_sec;
	bool clock = e->precision == PRECISION_MINUTE &&
	    text_is_recent(t, o->now);
	struct tm tm;

	if (e->precision == PRECISION_NONE)
		strlcpy(out, "?", DATE_SIZE);
	else if (listing_is_utc(e))
		text_date(out, DATE_SIZE, t, o->now);
	else if (gmtime_r(&e->mtime.tv_sec, &tm) == NULL ||
	    strftime(out, DATE_SIZE, clock ? "%b %e %H:%M" : "%b %e  %Y",
	    &tm) == 0)
		strlcpy(out, "?", DATE_SIZE);
}

static char *
shown_word(const char *s, const struct ls_options *o)
{
	return shown_name(s != NULL && s[0] != '\0' ? s : "-", o);
}

static void
widen_to(int *width, int to)
{
	if (to > *width)
		*width = to;
}

static void
measure_columns(const struct item *item, size_t n, const struct ls_options *o,
    struct widths *w)
{
	char size[SIZE_SIZE], *s;
	size_t i;

	for (i = 0; i < n; i++) {
		s = shown_word(item[i].e->owner, o);
		widen_to(&w->owner, text_width(s));
		free(s);
		s = shown_word(item[i].e->group, o);
		widen_to(&w->group, text_width(s));
		free(s);
		size_text(size, item[i].e, o);
		widen_to(&w->size, (int)strlen(size));
	}
}

static void
print_word(FILE *fp, const char *text, int width, const struct ls_options *o)
{
	char *s = shown_word(text, o);

	fprintf(fp, " %s", s);
	pad(fp, width - text_width(s));
	free(s);
}

static void
print_long(FILE *fp, const struct item *item, const struct widths *w,
    const struct ls_options *o)
{
	const struct entry *e = item->e;
	char mode[MODE_SIZE], size[SIZE_SIZE], date[DATE_SIZE], *target;
	char type = e->type == 'f' ? '-' : e->type;

	text_mode(mode, sizeof(mode), type == 'o' ? '?' : type, e->mode);
	size_text(size, e, o);
	date_text(date, e, o);
	fputs(mode, fp);
	print_word(fp, e->owner, w->owner, o);
	print_word(fp, e->group, w->group, o);
	fprintf(fp, " %*s %12s ", w->size, size, date);
	print_name(fp, item, o);
	if (e->target != NULL) {
		target = shown_name(e->target, o);
		fprintf(fp, " -> %s", target);
		free(target);
	}
	putc('\n', fp);
}

void
ls_print(FILE *fp, const struct entry *entry, size_t n,
    const struct ls_options *o)
{
	struct widths w = { 0 };
	struct item *item;
	size_t count, i;

	item = collect_items(entry, n, o, &count);
	sort_items(item, count, o);
	if (o->long_form)
		measure_columns(item, count, o, &w);
	else if (!o->one_column && count > 0)
		print_columns(fp, item, count, o);
	for (i = 0; i < count; i++) {
		if (o->long_form) {
			print_long(fp, &item[i], &w, o);
		} else if (o->one_column) {
			print_name(fp, &item[i], o);
			putc('\n', fp);
		}
		free(item[i].name);
	}
	free(item);
}
