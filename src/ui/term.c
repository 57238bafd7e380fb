/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/term.h"

#include <sys/ioctl.h>
#include <sys/queue.h>
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "net/wait.h"
#include "ui/journal.h"
#include "ui/json.h"
#include "ui/report.h"

enum {
	TICK_MS = 200,			/* between two drawings */
	PLAIN_MS = 10 * 1000,		/* the same without a terminal */
	QUEUE_MAX = 4 * 1024 * 1024,	/* events beyond wait to be written */
	COLUMNS_DEFAULT = 80,
	EDGE = 3,			/* columns left free, for ^C or ^Z */
	ROWS_MAX = 9,			/* of progress */
	ROWS_DEFAULT = 24,
	RFC3339_SIZE = 32,
};

/* How progress is shown. */
enum drawing { DRAW_NEVER, DRAW_LINE, DRAW_PLAIN };

/* A line on its way out. */
struct message {
	STAILQ_ENTRY(message) link;
	FILE *fp;			/* or NULL: for the log file only */
	bool prefix;			/* "ftps: " on a terminal */
	bool logged;
	bool to_journal;		/* as level, if that is open */
	enum journal_level level;
	struct timespec time;
	char *text;
};

STAILQ_HEAD(messages, message);

struct term {
	/* unchanged after term_new() */
	struct term_options o;
	struct observer observer;	/* behind all voices */
	struct voice *own;
	pthread_t main;
	int wake[2];
	FILE *log;			/* or NULL */

	/* for all threads, under the lock */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct messages queue;
	size_t queued;			/* bytes */
	bool woken;			/* a byte is in the pipe */
	bool served;			/* the main thread is in a task */
	char *transfer;			/* a line: the last that went well */
	int transfers;			/* of this task that went well */
	bool summed;			/* this task had a summary */

	/* of the main thread */
	enum drawing drawing;
	struct voice *shown;		/* whose progress is drawn */
	int drawn;			/* columns of the line that is there */
	int over[ROWS_MAX];		/* of those above it */
	int nover;
	bool edited;			/* by a person, who types it */
	int above;			/* and its rows above the cursor */
	bool erases;			/* the terminal knows ESC [ K etc. */
	bool lays_out;			/* anew, when it gets narrower */
	int64_t next_tick, next_plain;
	bool log_broken;
};

static bool
is_main_thread(const struct term *t)
{
	return pthread_equal(pthread_self(), t->main) != 0;
}

/* With the lock held.  Ends term_wait(). */
static void
wake_main(struct term *t)
{
	ssize_t n;

	if (t->woken)
		return;
	t->woken = true;
	n = write(t->wake[1], "", 1);
	(void)n;	/* a full pipe wakes as well */
}

/*
 * Queues a line, which it takes over.  wait: an event, whose sender may have
 * to wait until the terminal or the pipe has taken what came before.
 */
static void
post_message(struct term *t, struct message *m, bool wait)
{
	size_t n = strlen(m->text);

	m->time = clock_now();
	pthread_mutex_lock(&t->lock);
	while (wait && t->served && t->queued > QUEUE_MAX && !is_main_thread(t))
		pthread_cond_wait(&t->changed, &t->lock);
	STAILQ_INSERT_TAIL(&t->queue, m, link);
	t->queued += n;
	wake_main(t);
	pthread_mutex_unlock(&t->lock);
	if (is_main_thread(t))
		term_flush(t);
}

/*
 * A line of text.  What is escaped stays as it is, so that doing it here
 * again costs nothing and makes up for what anyone forgot.
 */
static struct message *
message_new(FILE *fp, bool prefix, const char *text)
{
	struct message *m = xcalloc(1, sizeof(*m));

	m->fp = fp;
	m->prefix = prefix;
	m->logged = true;
	m->text = text_escaped(text);
	return m;
}

static void
message_to_journal(struct message *m, enum journal_level level)
{
	m->to_journal = true;
	m->level = level;
}

static void
message_free(struct message *m)
{
	free(m->text);
	free(m);
}

/* The main thread's side: writing and drawing. */

static bool
knows_escapes(void)
{
	const char *name = getenv("TERM");

	return name != NULL && strcmp(name, "dumb") != 0;
}

/* These two cut off what is beyond the edge; nearly all others do not. */
static bool
knows_layout(void)
{
	const char *name = getenv("TERM");

	return knows_escapes() && strcmp(name, "linux") != 0 &&
	    getenv("XTERM_VERSION") == NULL;
}

/* From the cursor on, where width columns of old text may stand. */
static void
erase_rest(const struct term *t, int width)
{
	if (t->erases)
		fputs("\033[K", stderr);
	else if (width > 0)
		fprintf(stderr, "%*s", width, "");
}

static int
rows_of(const struct term *t, int width, int columns)
{
	return t->lays_out && width > columns ? (width - 1) / columns + 1 : 1;
}

/*
 * To the left edge of what is drawn, each line of which goes on in further
 * rows if the terminal has become narrower than it.  All of it is cleared if
 * it has, or if all is wanted.
 */
static void
go_to_start(const struct term *t, bool all)
{
	int columns = term_columns(STDERR_FILENO);
	int up = rows_of(t, t->drawn, columns) - 1, i;

	for (i = 0; i < t->nover; i++)
		up += rows_of(t, t->over[i], columns);
	if (up > 0)
		fprintf(stderr, "\033[%dA", up);
	fputc('\r', stderr);
	if (up > t->nover || (all && up > 0))
		fputs("\033[J", stderr);
}

static void
erase_progress(struct term *t)
{
	/* The terminal may have added the ^C of an interrupt, or ^Z. */
	int width = t->drawn + EDGE - 1;
	int columns = term_columns(STDERR_FILENO) - 1;

	go_to_start(t, true);
	erase_rest(t, width < columns ? width : columns);
	fputc('\r', stderr);
	t->nover = 0;
}

/* What is typed may go on below the cursor. */
static void
erase_edited(const struct term *t)
{
	if (!t->erases) {
		fputc('\n', stderr);
		return;
	}
	if (t->above > 0)
		fprintf(stderr, "\033[%dA", t->above);
	fputs("\r\033[J", stderr);
}

void
term_erase(struct term *t)
{
	if (t->drawn == 0)
		return;
	if (t->edited && (t->erases || t->above > 0))
		erase_edited(t);
	else
		erase_progress(t);
	t->drawn = 0;
}

void
term_forget(struct term *t)
{
	t->drawn = t->nover = 0;
}

static void
write_log(struct term *t, const struct message *m)
{
	char time[RFC3339_SIZE];

	clock_format_rfc3339(m->time, time, sizeof(time));
	fprintf(t->log, "%s %s\n", time, m->text);
}

static void
write_message(struct term *t, const struct message *m)
{
	if (m->fp != NULL) {
		term_erase(t);
		if (m->fp == stderr)
			fflush(stdout);
		fprintf(m->fp, "%s%s\n", m->prefix ? "ftps: " : "", m->text);
	}
	if (t->log != NULL && m->logged)
		write_log(t, m);
	if (t->o.syslog && m->to_journal)
		journal_line(m->level, m->text);
}

static void
flush_streams(struct term *t)
{
	int failed;

	fflush(stdout);
	if (t->log == NULL || fflush(t->log) == 0 || t->log_broken)
		return;
	failed = errno;
	t->log_broken = true;
	term_erase(t);
	fprintf(stderr, "ftps: log file: cannot write: %s\n",
	    strerror(failed));
}

void
term_flush(struct term *t)
{
	struct messages batch = STAILQ_HEAD_INITIALIZER(batch);
	struct message *m;
	char bytes[16];

	pthread_mutex_lock(&t->lock);
	STAILQ_CONCAT(&batch, &t->queue);
	t->queued = 0;
	if (t->woken && read(t->wake[0], bytes, sizeof(bytes)) >= 0)
		t->woken = false;
	pthread_cond_broadcast(&t->changed);
	pthread_mutex_unlock(&t->lock);
	if (STAILQ_EMPTY(&batch))
		return;
	while ((m = STAILQ_FIRST(&batch)) != NULL) {
		STAILQ_REMOVE_HEAD(&batch, link);
		write_message(t, m);
		message_free(m);
	}
	flush_streams(t);
}

/* A background job leaves the terminal to the others. */
static bool
in_foreground(void)
{
	pid_t group = tcgetpgrp(STDERR_FILENO);

	return group == -1 || group == getpgrp();
}

static void
draw_line(struct term *t, const char *line, int width)
{
	int columns = term_columns(STDERR_FILENO) - 1;

	go_to_start(t, false);
	fputs(line, stderr);
	/* Not beyond the edge, which may have come nearer. */
	erase_rest(t, (t->drawn < columns ? t->drawn : columns) - width);
	/* Longer ones may have left something: see erase_progress(). */
	if (t->erases || width > t->drawn)
		t->drawn = width;
}

/* Several lines; the last stays where it is while there are fewer. */
static void
draw_block(struct term *t, char *lines)
{
	struct buf out = BUF_INIT(BUF_OWN);
	char *line, *last = strrchr(lines, '\n');
	int before = t->nover;

	*last++ = '\0';
	go_to_start(t, false);
	t->nover = 0;
	while ((line = strsep(&lines, "\n")) != NULL) {
		buf_addf(&out, "%s\033[K\n", line);
		t->over[t->nover++] = text_width(line);
	}
	while (t->nover < before) {
		buf_adds(&out, "\033[K\n");
		t->over[t->nover++] = 0;
	}
	buf_addf(&out, "%s\033[K", last);
	t->drawn = text_width(last);
	fputs(out.data, stderr);
	buf_release(&out);
}

/* What there is room for, and the terminal can do. */
static int
rows_for(const struct term *t)
{
	struct winsize w;
	int rows = ROWS_DEFAULT;

	if (!t->erases || t->drawing != DRAW_LINE)
		return 1;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_row != 0)
		rows = w.ws_row;
	return rows / 2 < ROWS_MAX ? rows / 2 : ROWS_MAX;
}

static void
draw(struct term *t, char *lines)
{
	bool block;

	if (!in_foreground())
		return;
	block = strchr(lines, '\n') != NULL;
	if (t->nover > 0 && (!block || t->nover >= rows_for(t)))
		term_erase(t);
	if (block)
		draw_block(t, lines);
	else
		draw_line(t, lines, text_width(lines));
}

void
term_draw(struct term *t)
{
	struct buf line = BUF_INIT(BUF_OWN);
	int64_t now = clock_ms();
	int columns = term_columns(STDERR_FILENO);

	if (t->drawing == DRAW_NEVER || now < t->next_tick)
		return;
	t->next_tick = now + TICK_MS;
	/* At each tick, so that the rate is known when a line is due. */
	voice_block(t->shown, now, columns - EDGE, rows_for(t), &line);
	if (line.len == 0) {
		term_erase(t);
	} else if (t->drawing == DRAW_LINE) {
		draw(t, line.data);
	} else if (now >= t->next_plain) {
		t->next_plain = now + PLAIN_MS;
		fprintf(stderr, "%s\n", line.data);
	}
	buf_release(&line);
}

void
term_wait(struct term *t, int64_t deadline, struct cancel *cancel)
{
	struct pollfd in = { .fd = t->wake[0], .events = POLLIN };
	struct err err;

	if (t->drawing != DRAW_NEVER && t->next_tick < deadline)
		deadline = t->next_tick;
	net_wait(&in, 1, deadline, cancel, &err);
}

void
term_wake(struct term *t)
{
	pthread_mutex_lock(&t->lock);
	wake_main(t);
	pthread_mutex_unlock(&t->lock);
}

/* A single transfer in the interactive shell is worth a line at its end. */
static void
report_single(struct term *t)
{
	char *line = NULL;

	pthread_mutex_lock(&t->lock);
	if (t->transfers == 1 && !t->summed) {
		line = t->transfer;
		t->transfer = NULL;
	}
	pthread_mutex_unlock(&t->lock);
	if (line != NULL)
		term_print(t, "%s", line);
	free(line);
}

void
term_begin(struct term *t)
{
	if (t->served)
		return;
	/* A job that is fetched back goes on where it was. */
	if (voice_job(t->shown) == 0)
		voice_reset(t->shown);
	pthread_mutex_lock(&t->lock);
	t->served = true;
	t->transfers = 0;
	t->summed = false;
	pthread_mutex_unlock(&t->lock);
	t->next_tick = clock_ms() + TICK_MS;
	t->next_plain = clock_ms() + PLAIN_MS;
}

void
term_end(struct term *t, bool ended)
{
	pthread_mutex_lock(&t->lock);
	t->served = false;
	pthread_cond_broadcast(&t->changed);
	pthread_mutex_unlock(&t->lock);
	term_flush(t);
	term_erase(t);
	if (ended)
		report_single(t);
}

/* What comes from the engine. */

static void
post_log_line(void *ctx, enum log_level level, const char *line)
{
	static const enum term_verbosity needed[] = {
		[LOG_ERROR] = TERM_QUIET,
		[LOG_WARNING] = TERM_NORMAL,
		[LOG_INFO] = TERM_NORMAL,
		[LOG_DIALOGUE] = TERM_VERBOSE,
		[LOG_DEBUG] = TERM_DEBUG,
	};
	struct term *t = ctx;
	struct message *m = message_new(t->o.verbosity >= needed[level] ?
	    stderr : NULL, level <= LOG_INFO, line);

	if (level <= LOG_WARNING)
		message_to_journal(m, level == LOG_ERROR ? JOURNAL_ERROR :
		    JOURNAL_WARNING);
	/* Without waiting: the log's lock is held. */
	post_message(t, m, false);
}

static void
post_json(struct term *t, const struct event *ev)
{
	struct message *m;
	char *text = NULL;
	size_t n = 0;
	FILE *fp;

	fp = open_memstream(&text, &n);
	if (fp == NULL)
		abort();
	json_event(fp, ev);
	fclose(fp);
	text[strcspn(text, "\n")] = '\0';
	m = xcalloc(1, sizeof(*m));
	m->fp = stdout;
	m->text = text;
	post_message(t, m, true);
}

/* Where a line of this level is to be seen; NULL: nowhere. */
static FILE *
stream_for(const struct term *t, enum report_level level)
{
	switch (level) {
	case REPORT_ERROR:
		return stderr;
	case REPORT_WARNING:
		return t->o.verbosity >= TERM_NORMAL ? stderr : NULL;
	case REPORT_RESULT:
		return t->o.verbosity >= TERM_NORMAL && !t->o.json ?
		    stdout : NULL;
	case REPORT_DETAIL:
	case REPORT_NOTE:
		return t->o.verbosity >= TERM_VERBOSE ? stderr : NULL;
	case REPORT_NOTHING:
		break;
	}
	return NULL;
}

static void
post_text(struct term *t, const struct event *ev)
{
	struct buf line = BUF_INIT(BUF_OWN);
	enum report_level level;
	size_t before;
	struct message *m;
	bool prefix;
	FILE *fp;

	if (ev->job != 0)
		buf_addf(&line, "[%d] ", ev->job);
	before = line.len;
	level = report_event(ev, &line);
	fp = stream_for(t, level);
	if (ev->type == EVENT_SUMMARY && fp != NULL && isatty(fileno(fp))) {
		buf_truncate(&line, before);
		report_summary(ev->summary, term_columns(fileno(fp)) -
		    (int)before, &line);
	}
	prefix = level == REPORT_ERROR || level == REPORT_WARNING ||
	    level == REPORT_NOTE;
	if (level != REPORT_NOTHING && (fp != NULL || t->log != NULL ||
	    t->o.syslog)) {
		m = message_new(fp, prefix, line.data);
		if (level == REPORT_ERROR || level == REPORT_WARNING)
			message_to_journal(m, ev->type == EVENT_ERROR ?
			    JOURNAL_ERROR : JOURNAL_WARNING);
		post_message(t, m, true);
	}
	buf_release(&line);
}

/* Keeps the line for report_single(). */
static void
note_transfer(struct term *t, const struct event *ev)
{
	struct buf line = BUF_INIT(BUF_OWN);

	if (!t->o.interactive || t->o.json || ev->job != 0 ||
	    t->o.verbosity != TERM_NORMAL)
		return;
	pthread_mutex_lock(&t->lock);
	if (ev->type == EVENT_SUMMARY) {
		t->summed = true;
	} else if (ev->type == EVENT_TRANSFER && ev->err == NULL &&
	    !ev->dry_run) {
		t->transfers++;
		report_transfer(ev, &line);
		free(t->transfer);
		t->transfer = buf_detach(&line);
	}
	pthread_mutex_unlock(&t->lock);
}

static void
post_event(void *ctx, const struct event *ev)
{
	struct term *t = ctx;

	note_transfer(t, ev);
	if (t->o.json)
		post_json(t, ev);
	post_text(t, ev);
}

void
term_edit_begin(struct term *t, int above)
{
	t->drawn = term_columns(STDERR_FILENO) - 1;
	t->edited = true;
	t->above = above;
}

bool
term_edit_end(struct term *t)
{
	bool cleared = t->drawn == 0;

	t->drawn = 0;
	t->edited = false;
	return cleared;
}

void
term_print(struct term *t, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	/* With --json, standard output is for events alone. */
	post_message(t, message_new(t->o.json ? stderr : stdout, false, text),
	    true);
	free(text);
}

void
term_record(struct term *t, const char *fmt, ...)
{
	va_list ap;
	char *text, *escaped;

	if (!t->o.syslog)
		return;
	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	escaped = text_escaped(text);
	term_flush(t);
	journal_line(JOURNAL_INFO, escaped);
	free(escaped);
	free(text);
}

/* Beginning, end and settings. */

void
term_set_syslog(struct term *t, bool on)
{
	term_flush(t);
	if (on && !t->o.syslog)
		journal_open();
	else if (!on && t->o.syslog)
		journal_close();
	t->o.syslog = on;
}

static int
open_log(struct term *t, struct err *err)
{
	const char *name = t->o.log_file;
	int fd;

	if (name == NULL)
		return 0;
	fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY,
	    0600);
	if (fd == -1)
		return err_sys(err, ERR_LOCAL, "%s: cannot open log file",
		    name);
	t->log = fdopen(fd, "a");
	if (t->log == NULL)
		abort();
	return 0;
}

static void
start_log(struct term *t)
{
	static const enum log_level shown[] = {
		[TERM_QUIET] = LOG_ERROR,
		[TERM_NORMAL] = LOG_INFO,
		[TERM_VERBOSE] = LOG_DIALOGUE,
		[TERM_DEBUG] = LOG_DEBUG,
	};
	enum log_level max = shown[t->o.verbosity];

	if (t->log != NULL && max < LOG_DIALOGUE)
		max = LOG_DIALOGUE;
	log_setup(max, post_log_line, t);
}

int
term_set_log(struct term *t, const char *name, struct err *err)
{
	FILE *before = t->log;
	int rc;

	term_flush(t);
	t->log = NULL;
	t->o.log_file = name;
	rc = open_log(t, err);
	t->o.log_file = NULL;
	if (rc != 0) {
		t->log = before;
		return -1;
	}
	if (before != NULL)
		fclose(before);
	t->log_broken = false;
	start_log(t);
	return 0;
}

struct term *
term_new(const struct term_options *o, struct err *err)
{
	struct term *t = xcalloc(1, sizeof(*t));

	t->o = *o;
	t->main = pthread_self();
	t->erases = knows_escapes();
	t->lays_out = knows_layout();
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->changed, NULL);
	STAILQ_INIT(&t->queue);
	t->observer = (struct observer){
		.ctx = t, .event = post_event,
	};
	t->own = t->shown = voice_new(&t->observer);
	t->wake[0] = t->wake[1] = -1;
	if (open_log(t, err) != 0)
		goto fail;
	t->o.log_file = NULL;
	if (pipe2(t->wake, O_CLOEXEC | O_NONBLOCK) != 0) {
		err_sys(err, ERR_LOCAL, "pipe");
		goto fail;
	}
	term_set_progress(t, o->progress);
	start_log(t);
	if (o->syslog)
		journal_open();
	return t;
fail:
	term_free(t);
	return NULL;
}

void
term_free(struct term *t)
{
	if (t == NULL)
		return;
	log_setup(LOG_INFO, NULL, NULL);
	term_flush(t);
	term_erase(t);
	if (t->log != NULL)
		fclose(t->log);
	if (t->o.syslog)
		journal_close();
	if (t->wake[0] != -1) {
		close(t->wake[0]);
		close(t->wake[1]);
	}
	voice_free(t->own);
	free(t->transfer);
	pthread_cond_destroy(&t->changed);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

const struct observer *
term_observer(struct term *t)
{
	return voice_observer(t->own);
}

void
term_show(struct term *t, struct voice *v)
{
	t->shown = v != NULL ? v : t->own;
}

bool
term_is_json(const struct term *t)
{
	return t->o.json;
}

bool
term_is_interactive(const struct term *t)
{
	return t->o.interactive;
}

bool
term_color(void)
{
	const char *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && (no == NULL || no[0] == '\0') &&
	    knows_escapes();
}

int
term_columns(int fd)
{
	struct winsize w;

	if (ioctl(fd, TIOCGWINSZ, &w) != 0 || w.ws_col == 0)
		return COLUMNS_DEFAULT;
	return w.ws_col;
}

void
term_set_progress(struct term *t, enum when progress)
{
	bool terminal = isatty(STDERR_FILENO) != 0;

	term_erase(t);
	if (t->o.verbosity == TERM_QUIET || progress == WHEN_NEVER)
		t->drawing = DRAW_NEVER;
	else if (terminal)
		t->drawing = DRAW_LINE;
	else
		t->drawing = progress == WHEN_ALWAYS ? DRAW_PLAIN : DRAW_NEVER;
}
