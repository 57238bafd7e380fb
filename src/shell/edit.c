/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/edit.h"

#include <sys/types.h>
#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include <histedit.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "config/conf.h"
#include "ftp/session.h"
#include "net/wait.h"
#include "shell/complete_names.h"
#include "shell/jobs.h"
#include "shell/passwords.h"
#include "shell/shell.h"
#include "ui/ls.h"
#include "ui/term.h"

enum {
	HISTORY_MAX = 1000,	/* lines; the file may hold twice as many */
	IDLE_MS = 1000,		/* between two looks at the terminal */
	SHOWN_MAX = 200,	/* candidates */
};

struct edit {
	struct shell *sh;
	EditLine *el;
	History *history;
	char *file;		/* of the history, or NULL */
	char *prompt;
	FILE *out;		/* the terminal */
	int columns;
	mbstate_t partial;	/* of a character read in part */
	struct complete_names *names;
};

/* The history. */

/* Whether libedit can show it: the locale may be another than the text's. */
static bool
is_showable(const char *s)
{
	return mbstowcs(NULL, s, 0) != (size_t)-1;
}

static void
enter_line(struct edit *e, const char *line)
{
	HistEvent ev;

	history(e->history, &ev, H_ENTER, line);
}

/* By way of another file and a rename: another shell may be reading. */
static void
shorten_history(const struct edit *e)
{
	HistEvent ev;
	char *name;
	bool whole;
	FILE *fp;
	int fd, rc;

	name = xasprintf("%s.XXXXXX", e->file);
	fd = mkstemp(name);
	fp = fd != -1 ? fdopen(fd, "w") : NULL;
	if (fp != NULL) {
		for (rc = history(e->history, &ev, H_LAST); rc != -1;
		    rc = history(e->history, &ev, H_PREV))
			fprintf(fp, "%s\n", ev.str);
		whole = fflush(fp) == 0 && !ferror(fp);
		if (fclose(fp) != 0 || !whole || rename(name, e->file) != 0)
			unlink(name);
	} else if (fd != -1) {
		close(fd);
		unlink(name);
	}
	free(name);
}

static void
load_history(struct edit *e)
{
	char *line = NULL;
	size_t cap = 0, lines = 0;
	ssize_t n;
	bool whole;
	FILE *fp;

	fp = e->file != NULL ? fopen(e->file, "re") : NULL;
	if (fp == NULL)
		return;
	while ((n = getline(&line, &cap, fp)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (line[0] != '\0' && is_showable(line))
			enter_line(e, line);
		lines++;
	}
	whole = !ferror(fp);
	free(line);
	fclose(fp);
	/* Had it not been read whole, lines would be lost. */
	if (whole && lines > 2 * HISTORY_MAX)
		shorten_history(e);
}

/*
 * At once and in one piece, so that several shells can share the file and
 * a killed one loses nothing.
 */
static void
append_history(const struct edit *e, const char *line)
{
	struct buf b = BUF_INIT(BUF_OWN);
	ssize_t n = 0;
	int fd;

	fd = e->file != NULL ? open(e->file,
	    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600) : -1;
	if (fd == -1)
		return;
	buf_addf(&b, "%s\n", line);
	if (fchmod(fd, 0600) == 0)
		n = write(fd, b.data, b.len);
	(void)n;	/* a history that cannot be kept is no reason to stop */
	close(fd);
	buf_release(&b);
}

static void
keep_line(struct edit *e, const char *line)
{
	if (line[0] == '\0' || isblank((unsigned char)line[0]) ||
	    passwords_in(e->sh->commands, &e->sh->aliases, line))
		return;
	enter_line(e, line);
	append_history(e, line);
}

void
edit_history(const struct edit *e, FILE *fp, int n)
{
	HistEvent ev;
	int rc, total, skip = 0;

	if (history(e->history, &ev, H_GETSIZE) == -1)
		return;
	total = ev.num;
	if (n > 0 && n < total)
		skip = total - n;
	for (rc = history(e->history, &ev, H_LAST); rc != -1;
	    rc = history(e->history, &ev, H_PREV)) {
		if (skip-- > 0)
			continue;
		fprintf(fp, "%5d  %s\n", ev.num, ev.str);
	}
}

/* Input. */

static struct edit *
edit_of(EditLine *el)
{
	void *data = NULL;

	el_get(el, EL_CLIENTDATA, &data);
	return data;
}

/* After Ctrl-Z and fg, the terminal is as the calling shell left it. */
static bool
was_stopped(struct edit *e)
{
	struct termios tio;
	int editing = 0;

	return el_get(e->el, EL_EDITMODE, &editing) == 0 && editing &&
	    tcgetattr(STDIN_FILENO, &tio) == 0 &&
	    (tio.c_lflag & ICANON) != 0;
}

/* Columns that libedit gives it. */
static int
width_of(wchar_t c)
{
	int n = wcwidth(c);

	return n >= 0 ? n : c < 0x100 ? 2 : 8;
}

/* Goes on by one character, at whose left edge *column was. */
static void
step_over(wchar_t c, int columns, int *row, int *column)
{
	int n = width_of(c);

	if (*column + n > columns) {
		++*row;
		*column = 0;
	}
	*column += n;
	if (*column >= columns) {
		++*row;
		*column = 0;
	}
}

/* How many rows of the prompt and of what is typed are above the cursor's. */
static int
rows_above(const struct edit *e)
{
	const LineInfoW *info = el_wline(e->el);
	int row = 0, column = text_width(e->prompt);
	const wchar_t *c;

	row = column / e->columns;
	column %= e->columns;
	for (c = info->buffer; c < info->cursor; c++)
		step_over(*c, e->columns, &row, &column);
	return row;
}

static void
begin_message(struct edit *e)
{
	term_edit_begin(e->sh->term, rows_above(e));
}

static void
follow_terminal(struct edit *e)
{
	int columns = term_columns(fileno(e->out));
	bool stopped = was_stopped(e);

	if (columns == e->columns && !stopped)
		return;
	e->columns = columns;
	if (stopped) {
		/* libedit believes it to be prepared still. */
		el_set(e->el, EL_PREP_TERM, 0);
		el_set(e->el, EL_PREP_TERM, 1);
	}
	el_resize(e->el);
	/* libedit takes the cursor to stand at the upper left then. */
	if (stopped) {
		fputc('\r', e->out);
	} else {
		begin_message(e);
		term_erase(e->sh->term);
		(void)term_edit_end(e->sh->term);
	}
	el_set(e->el, EL_REFRESH);
}

static void
serve_idle_terminal(struct edit *e)
{
	follow_terminal(e);
	jobs_look_at_deadline(e->sh);
	begin_message(e);
	if (e->sh->session != NULL && session_alive(e->sh->session))
		session_keepalive(e->sh->session);
	term_flush(e->sh->term);
	if (term_edit_end(e->sh->term))
		el_set(e->el, EL_REFRESH);
}

/* The next byte: 1, 0 at the end of input, -1 when cancelled. */
static int
read_byte(struct edit *e, char *c)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	struct err err;
	ssize_t n;
	int ready;

	for (;;) {
		ready = net_wait(&in, 1, deadline_in(IDLE_MS), e->sh->cancel,
		    &err);
		if (ready < 0)
			return -1;
		if (ready == 0) {
			serve_idle_terminal(e);
			continue;
		}
		n = read(STDIN_FILENO, c, 1);
		if (n >= 0)
			return (int)n;
		if (errno != EINTR && errno != EAGAIN)
			return -1;
	}
}

static int
read_char(EditLine *el, wchar_t *wc)
{
	struct edit *e = edit_of(el);
	size_t n;
	char c;
	int rc;

	for (;;) {
		rc = read_byte(e, &c);
		if (rc <= 0)
			return rc;
		follow_terminal(e);
		n = mbrtowc(wc, &c, 1, &e->partial);
		if (n == (size_t)-1)
			memset(&e->partial, 0, sizeof(e->partial));
		else if (n != (size_t)-2)
			return 1;
	}
}

/* Completion. */

static void
show_candidates(struct edit *e, const struct strvec *shown)
{
	struct ls_options o = { .all = true, .sort = LS_UNSORTED };
	struct entry *entry;
	size_t n = shown->n < SHOWN_MAX ? shown->n : SHOWN_MAX, i;

	entry = xcalloc(n, sizeof(*entry));
	for (i = 0; i < n; i++)
		entry[i] = (struct entry){ .name = shown->v[i], .type = '?' };
	o.columns = term_columns(fileno(e->out));
	putc('\n', e->out);
	ls_print(e->out, entry, n, &o);
	if (n < shown->n)
		fprintf(e->out, "... and %zu more\n", shown->n - n);
	fflush(e->out);
	free(entry);
}

/* Puts text in place of old, which ends at the cursor; false: the same. */
static bool
replace_word(EditLine *el, const char *old, const char *text)
{
	size_t n = strlen(old), chars;

	if (strcmp(old, text) == 0)
		return false;
	if (strncmp(old, text, n) == 0) {
		el_insertstr(el, text + n);
		return true;
	}
	chars = mbstowcs(NULL, old, 0);
	if (chars == (size_t)-1)
		return false;
	el_deletestr(el, (int)chars);
	el_insertstr(el, text);
	return true;
}

static unsigned char
on_tab(EditLine *el, int ch)
{
	struct edit *e = edit_of(el);
	struct complete_source src = complete_names_source(e->names);
	const LineInfo *info = el_line(el);
	struct completion c;
	unsigned char rc = CC_REFRESH;
	char *line;

	(void)ch;
	line = xstrndup(info->buffer, (size_t)(info->cursor - info->buffer));
	begin_message(e);
	complete_line(line, &src, &c);
	if (term_edit_end(e->sh->term))
		rc = CC_REDISPLAY;
	if (c.text == NULL) {
		el_beep(el);
	} else if (!replace_word(el, line + c.start, c.text) && c.shown.n > 1) {
		show_candidates(e, &c.shown);
		rc = CC_REDISPLAY;
	}
	complete_release(&c);
	free(line);
	return rc;
}

/* The line. */

static char *
prompt_of(EditLine *el)
{
	return edit_of(el)->prompt;
}

/* libedit takes no prompt that the locale cannot encode. */
static void
make_ascii(char *s)
{
	for (; *s != '\0'; s++) {
		if ((*s & 0x80) != 0)
			*s = '?';
	}
}

static void
set_prompt(struct edit *e)
{
	const struct shell *sh = e->sh;
	struct buf b = BUF_INIT(BUF_OWN);
	const char *cwd;

	buf_adds(&b, "ftps");
	if (sh->site != NULL) {
		buf_addc(&b, ' ');
		text_escape(&b, sh->site->name, strlen(sh->site->name));
		cwd = session_cwd(sh->session);
		buf_addc(&b, ':');
		if (cwd != NULL)
			text_escape(&b, cwd, strlen(cwd));
	}
	buf_adds(&b, "> ");
	free(e->prompt);
	e->prompt = buf_detach(&b);
	if (!is_showable(e->prompt))
		make_ascii(e->prompt);
}

static void
bind_keys(EditLine *el)
{
	el_set(el, EL_EDITOR, "emacs");
	el_set(el, EL_BIND, "^R", "em-inc-search-prev", NULL);
	el_source(el, NULL);
	el_set(el, EL_ADDFN, "ftps-complete", "complete the word", on_tab);
	el_set(el, EL_BIND, "^I", "ftps-complete", NULL);
}

struct edit *
edit_new(struct shell *sh)
{
	struct edit *e = xcalloc(1, sizeof(*e));
	HistEvent ev;

	e->sh = sh;
	e->out = isatty(STDOUT_FILENO) ? stdout : stderr;
	e->columns = term_columns(fileno(e->out));
	e->names = complete_names_new(sh);
	e->file = conf_state_file("history", true);
	e->history = history_init();
	e->el = el_init("ftps", stdin, e->out, stderr);
	if (e->history == NULL || e->el == NULL)
		abort();
	history(e->history, &ev, H_SETSIZE, HISTORY_MAX);
	history(e->history, &ev, H_SETUNIQUE, 1);
	load_history(e);
	el_set(e->el, EL_CLIENTDATA, e);
	el_set(e->el, EL_SIGNAL, 0);
	el_set(e->el, EL_PROMPT, prompt_of);
	el_set(e->el, EL_HIST, history, e->history);
	el_set(e->el, EL_GETCFN, read_char);
	bind_keys(e->el);
	return e;
}

void
edit_free(struct edit *e)
{
	if (e == NULL)
		return;
	el_end(e->el);
	history_end(e->history);
	complete_names_free(e->names);
	free(e->prompt);
	free(e->file);
	free(e);
}

/* NULL from libedit: Ctrl-C begins anew, all else ends the input. */
static char *
end_without_line(struct edit *e)
{
	fputc('\n', e->out);
	fflush(e->out);
	if (cancel_reason(e->sh->cancel) != SIGINT)
		return NULL;
	cancel_reset(e->sh->cancel);
	memset(&e->partial, 0, sizeof(e->partial));
	return xstrdup("");
}

char *
edit_line(struct edit *e)
{
	const char *typed;
	char *line;
	int n = 0;

	complete_names_forget(e->names);
	set_prompt(e);
	fflush(stdout);
	/* Before the prompt is there: a key hit at once would be lost. */
	el_set(e->el, EL_PREP_TERM, 1);
	typed = el_gets(e->el, &n);
	if (typed == NULL || n <= 0 ||
	    cancel_reason(e->sh->cancel) != CANCEL_NONE)
		return end_without_line(e);
	line = xstrndup(typed, strcspn(typed, "\n"));
	keep_line(e, line);
	return line;
}

/* Its version, and that of the API only where it has no own. */
#define STRING_OF(x)	#x
#define STRING(x)	STRING_OF(x)

const char *
edit_library(void)
{
	return STRING(LIBEDIT_MAJOR) "." STRING(LIBEDIT_MINOR);
}
