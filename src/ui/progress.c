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
	NAME_MIN = 8,		/* columns that the name gets in any case */
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
	uint64_t active, done, expected;
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
	p->moved = p->done_bytes = 0;
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
	f = xcalloc(1, sizeof(*f));
	f->name = xstrdup(name);
	f->total = -1;
	TAILQ_INSERT_TAIL(&p->files, f, link);
	p->active++;
	return f;
}

void
progress_update(struct progress *p, const char *name, int64_t delta,
    int64_t total, bool done)
{
	struct file *f;

	if (name == NULL) {
		p->expected += (uint64_t)delta;
		return;
	}
	f = find_file(p, name);
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

/* All bytes, or -1 if a size, or a file to come, is not known. */
static int64_t
known_total(const struct progress *p)
{
	const struct file *f;
	int64_t total = p->done_bytes;

	if (p->expected > p->done + p->active)
		return -1;
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
	char *escaped = text_escaped(name);

	if (text_width(escaped) <= columns)
		buf_adds(out, escaped);
	else if (columns > 3)
		buf_addf(out, "...%s", name_tail(escaped, columns - 3));
	free(escaped);
}

static void
add_speed(const struct progress *p, int64_t total, struct buf *out)
{
	char size[SIZE_TEXT], left[DURATION_TEXT];
	int64_t bps = bytes_a_second(p);

	if (bps < 0)
		return;
	if (bps == 0) {
		buf_adds(out, "  stalled");
		return;
	}
	buf_addf(out, "  %s/s", text_size(size, sizeof(size), (uint64_t)bps));
	if (total > p->moved)
		buf_addf(out, "  %s left", text_duration(left, sizeof(left),
		    (total - p->moved + bps - 1) / bps));
}

static void
add_figures(const struct progress *p, struct buf *out)
{
	char moved[SIZE_TEXT], of[SIZE_TEXT];
	int64_t total = known_total(p);

	text_size(moved, sizeof(moved), p->moved > 0 ? (uint64_t)p->moved : 0);
	if (total > 0) {
		text_size(of, sizeof(of), (uint64_t)total);
		buf_addf(out, "  %s of %s", moved, of);
	} else {
		buf_addf(out, "  %s", moved);
	}
	add_speed(p, total, out);
}

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
	uint64_t seen = p->done + p->active;

	return p->expected > seen ? p->expected : seen;
}

void
progress_line(const struct progress *p, int columns, struct buf *out)
{
	const struct file *f = TAILQ_FIRST(&p->files);
	struct buf rest = BUF_INIT(BUF_OWN);
	int64_t total = known_total(p);
	int room;

	if (f == NULL)
		return;
	if (total > 0)
		buf_addf(&rest, "  %3d%%", percent(p->moved, total));
	if (count_files(p) > 1)
		buf_addf(&rest, "  %llu of %llu files",
		    (unsigned long long)p->done,
		    (unsigned long long)count_files(p));
	add_figures(p, &rest);
	room = columns - (int)rest.len;
	if (room < NAME_MIN) {
		/* The figures are ASCII: a byte is a column. */
		room = columns < NAME_MIN ? columns : NAME_MIN;
		if ((int)rest.len > columns - room)
			buf_truncate(&rest, (size_t)(columns - room));
	}
	add_name(out, f->name, room);
	buf_add(out, rest.data, rest.len);
	buf_release(&rest);
}
