/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/progress.h"

#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include <unistr.h>

#include "base/mem.h"
#include "base/text.h"

enum {
	SAMPLES = 32,		/* for the rate: the last */
	WINDOW_MS = 5000,	/* or those of so many milliseconds */
	WARM_UP_MS = 500,	/* no rate is told before */
	NAME_MIN = 8,		/* columns for the name, if it needs them */
	NAME_GOOD = 20,		/* and before all is said at length */
	NAME_WIDE = 50,		/* and at most, before figures in a column */
	FIGURES = 22,		/* "  100%  1023M of 1023M" */
	SIZE_TEXT = 16,
	DURATION_TEXT = 32,
};

struct file {
	TAILQ_ENTRY(file) link;
	char *name;
	int64_t moved, total;	/* total: -1 unknown */
};

TAILQ_HEAD(files, file);

struct sample {
	int64_t ms, bytes;
};

struct progress {
	struct files files;		/* under way, oldest first */
	uint64_t active, done;
	uint64_t expected;		/* files, those two among them */
	bool open;			/* there may be more */
	bool several;			/* were under way at once */
	int64_t coming;			/* bytes of those that have not begun */
	bool unsized;			/* or more: some did not tell */
	int64_t moved;			/* of all, done or not */
	int64_t done_bytes;		/* of those that are done */
	struct sample sample[SAMPLES];	/* a ring */
	size_t first, nsamples;
};

struct progress *
progress_new(void)
{
	struct progress *p = xcalloc(1, sizeof(*p));

	TAILQ_INIT(&p->files);
	return p;
}

static void
remove_file(struct progress *p, struct file *f)
{
	TAILQ_REMOVE(&p->files, f, link);
	p->active--;
	free(f->name);
	free(f);
}

void
progress_reset(struct progress *p)
{
	struct file *f;

	while ((f = TAILQ_FIRST(&p->files)) != NULL)
		remove_file(p, f);
	p->done = p->expected = 0;
	p->open = p->unsized = p->several = false;
	p->coming = p->moved = p->done_bytes = 0;
	p->first = p->nsamples = 0;
}

void
progress_free(struct progress *p)
{
	if (p == NULL)
		return;
	progress_reset(p);
	free(p);
}

static struct file *
find_file(struct progress *p, const char *name)
{
	struct file *f;

	TAILQ_FOREACH(f, &p->files, link) {
		if (strcmp(f->name, name) == 0)
			return f;
	}
	return NULL;
}

static struct file *
begin_file(struct progress *p, const char *name, int64_t total)
{
	struct file *f = xcalloc(1, sizeof(*f));

	f->name = xstrdup(name);
	TAILQ_INSERT_TAIL(&p->files, f, link);
	p->active++;
	if (total > 0)
		p->coming -= total < p->coming ? total : p->coming;
	return f;
}

static void
expect_files(struct progress *p, int64_t files, int64_t bytes, bool all)
{
	p->expected += (uint64_t)files;
	p->open = !all;
	if (bytes >= 0)
		p->coming += bytes;
	else if (files > 0)
		p->unsized = true;
}

void
progress_update(struct progress *p, const char *name, int64_t delta,
    int64_t total, bool done)
{
	struct file *f;

	if (name == NULL) {
		expect_files(p, delta, total, done);
		return;
	}
	f = find_file(p, name);
	if (f == NULL)
		f = begin_file(p, name, total);
	f->moved += delta;
	f->total = total;
	p->moved += delta;
	if (!done)
		return;
	p->done++;
	p->done_bytes += f->moved;
	remove_file(p, f);
}

bool
progress_active(const struct progress *p)
{
	return p->active != 0;
}

static const struct sample *
oldest(const struct progress *p)
{
	return &p->sample[p->first];
}

static const struct sample *
newest(const struct progress *p)
{
	return &p->sample[(p->first + p->nsamples - 1) % SAMPLES];
}

void
progress_tick(struct progress *p, int64_t now)
{
	while (p->nsamples == SAMPLES ||
	    (p->nsamples > 1 && now - oldest(p)->ms > WINDOW_MS)) {
		p->first = (p->first + 1) % SAMPLES;
		p->nsamples--;
	}
	p->nsamples++;
	p->sample[(p->first + p->nsamples - 1) % SAMPLES] =
	    (struct sample){ .ms = now, .bytes = p->moved };
}

/* Bytes a second over the window, or -1: not known yet. */
static int64_t
bytes_a_second(const struct progress *p)
{
	int64_t bytes, ms;

	if (p->nsamples < 2)
		return -1;
	ms = newest(p)->ms - oldest(p)->ms;
	bytes = newest(p)->bytes - oldest(p)->bytes;
	if (ms < WARM_UP_MS)
		return -1;
	return bytes > 0 ? (int64_t)((double)bytes * 1000 / (double)ms) : 0;
}

/* Files that have not begun yet. */
static bool
has_more(const struct progress *p)
{
	return p->expected > p->done + p->active;
}

/* All bytes, or -1 if a size, or that of a file to come, is not known. */
static int64_t
known_total(const struct progress *p)
{
	const struct file *f;
	int64_t total = p->done_bytes;

	if (has_more(p) && p->unsized)
		return -1;
	if (has_more(p))
		total += p->coming;
	TAILQ_FOREACH(f, &p->files, link) {
		if (f->total < 0)
			return -1;
		total += f->total > f->moved ? f->total : f->moved;
	}
	return total;
}

/*
 * The end of an escaped name that fits into so many columns: of a path it
 * tells more than the beginning.
 */
static const char *
name_tail(const char *name, int columns)
{
	const uint8_t *at = (const uint8_t *)name;
	ucs4_t uc;

	while (*at != '\0' && text_width((const char *)at) > columns)
		at = u8_next(&uc, at);
	return (const char *)at;
}

static void
add_name(struct buf *out, const char *name, int columns)
{
	if (text_width(name) <= columns)
		buf_adds(out, name);
	else if (columns > 3)
		buf_addf(out, "...%s", name_tail(name, columns - 3));
}

/* What the line says behind the name, in this order. */
enum part { PERCENT, FILES, BYTES, RATE, LEFT, PARTS };

/* What is given up, one after the other, as it gets narrow. */
static const struct layout {
	bool brief;
	unsigned without;		/* bits by part */
	int name;			/* columns that the name is to have */
} layouts[] = {
	{ false, 0, NAME_GOOD },
	{ true, 0, NAME_MIN },
	{ true, 1U << BYTES, NAME_MIN },
	{ true, 1U << BYTES | 1U << RATE, NAME_MIN },
	{ true, 1U << BYTES | 1U << RATE | 1U << FILES, NAME_MIN },
	{ true, 1U << BYTES | 1U << RATE | 1U << FILES | 1U << LEFT, 0 },
};

static int
percent(int64_t moved, int64_t total)
{
	if (moved < 0)
		return 0;
	if (moved >= total)
		return 100;
	return (int)((double)moved * 100 / (double)total);
}

static uint64_t
count_files(const struct progress *p)
{
	return has_more(p) ? p->expected : p->done + p->active;
}

static void
add_percent(const struct progress *p, int64_t total, struct buf *out)
{
	if (total > 0 && !p->open)
		buf_addf(out, "  %3d%%", percent(p->moved, total));
}

/* Behind what may get more. */
static const char *
at_least(const struct progress *p)
{
	return p->open ? "+" : "";
}

static void
add_files(const struct progress *p, bool brief, struct buf *out)
{
	if (count_files(p) < 2 && !p->open)
		return;
	buf_addf(out, brief ? "  %llu/%llu%s" : "  %llu of %llu%s files",
	    (unsigned long long)p->done,
	    (unsigned long long)count_files(p), at_least(p));
}

static void
add_bytes(const struct progress *p, int64_t total, bool brief,
    struct buf *out)
{
	char moved[SIZE_TEXT], of[SIZE_TEXT];

	text_size(moved, sizeof(moved), p->moved > 0 ? (uint64_t)p->moved : 0);
	buf_addf(out, "  %s", moved);
	if (total > 0)
		buf_addf(out, "%s%s%s", brief ? "/" : " of ", text_size(of,
		    sizeof(of), (uint64_t)total), at_least(p));
}

static void
add_rate(int64_t bps, struct buf *out)
{
	char size[SIZE_TEXT];

	if (bps == 0)
		buf_adds(out, "  stalled");
	else if (bps > 0)
		buf_addf(out, "  %s/s", text_size(size, sizeof(size),
		    (uint64_t)bps));
}

static void
add_left(const struct progress *p, int64_t total, int64_t bps,
    struct buf *out)
{
	char left[DURATION_TEXT];

	if (bps > 0 && total > p->moved)
		buf_addf(out, "  %s%s left", text_duration(left, sizeof(left),
		    (total - p->moved + bps - 1) / bps), at_least(p));
}

static void
add_parts(const struct progress *p, const struct layout *l, struct buf *out)
{
	int64_t total = known_total(p), bps = bytes_a_second(p);

	if ((l->without & 1U << PERCENT) == 0)
		add_percent(p, total, out);
	if ((l->without & 1U << FILES) == 0)
		add_files(p, l->brief, out);
	if ((l->without & 1U << BYTES) == 0)
		add_bytes(p, total, l->brief, out);
	if ((l->without & 1U << RATE) == 0)
		add_rate(bps, out);
	if ((l->without & 1U << LEFT) == 0)
		add_left(p, total, bps, out);
}

/* The most that leaves so much room as the name is to have.  ASCII. */
static void
add_figures(const struct progress *p, int name, int columns, struct buf *out)
{
	size_t i, n = sizeof(layouts) / sizeof(layouts[0]);
	int room;

	for (i = 0; i < n; i++) {
		room = name < layouts[i].name ? name : layouts[i].name;
		buf_clear(out);
		add_parts(p, &layouts[i], out);
		if ((int)out->len + room <= columns)
			return;
	}
}

/* What is told of all files, behind a name that is escaped. */
static void
add_total(const struct progress *p, const char *name, int columns,
    struct buf *out)
{
	struct buf figures = BUF_INIT(BUF_OWN);

	add_figures(p, text_width(name), columns, &figures);
	add_name(out, name, columns - (int)figures.len);
	buf_add(out, figures.data, figures.len);
	buf_release(&figures);
}

void
progress_line(const struct progress *p, int columns, struct buf *out)
{
	const struct file *f = TAILQ_FIRST(&p->files);
	char *name;

	if (f == NULL)
		return;
	name = text_escaped(f->name);
	add_total(p, name, columns, out);
	free(name);
}

/* "NAME      45%  3.0M of 6.7M", the figures below one another. */
static void
add_file(const struct file *f, int columns, struct buf *out)
{
	char *name = text_escaped(f->name), moved[SIZE_TEXT], of[SIZE_TEXT];
	int room = columns - FIGURES, width;
	struct buf shown = BUF_INIT(BUF_OWN);

	if (room > NAME_WIDE)
		room = NAME_WIDE;
	add_name(&shown, name, room);
	width = text_width(shown.data);
	buf_addf(out, "%s%*s", shown.data, room - width, "");
	text_size(moved, sizeof(moved), f->moved > 0 ? (uint64_t)f->moved : 0);
	if (f->total > 0)
		buf_addf(out, "  %3d%%  %5s of %s",
		    percent(f->moved, f->total), moved, text_size(of,
		    sizeof(of), (uint64_t)f->total));
	else
		buf_addf(out, "        %5s", moved);
	buf_release(&shown);
	free(name);
}

void
progress_block(struct progress *p, int columns, int rows, struct buf *out)
{
	const struct file *f;

	p->several = p->several || p->active > 1;
	if (!p->several || rows < 2 || columns < NAME_MIN + FIGURES) {
		progress_line(p, columns, out);
		return;
	}
	TAILQ_FOREACH(f, &p->files, link) {
		if (--rows == 0)
			break;
		add_file(f, columns, out);
		buf_addc(out, '\n');
	}
	add_total(p, "Total", columns, out);
}
