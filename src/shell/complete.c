/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/complete.h"

#include <sys/stat.h>

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "config/conf.h"
#include "config/option.h"
#include "ftp/lister.h"
#include "shell/cmd.h"
#include "shell/shell.h"
#include "ui/term.h"

/* Longer than this nobody waits for a Tab. */
enum { LISTING_MS = 10 * 1000 };

/* Where in a line the cursor is. */
enum place {
	PLACE_COMMAND,
	PLACE_FILE,		/* behind > */
	PLACE_PIPE,		/* behind |: to the next ; && || */
	PLACE_SHELL,		/* behind !: to the line's end */
	PLACE_COMMENT,
	PLACE_ASTRAY,		/* in what sh reads twice */
};

/* What the line is made of since its last operator. */
struct scan {
	enum place place;
	struct strvec word;	/* the words before the one at the cursor */
	struct buf part;	/* the word at the cursor, quotes removed */
	bool in_word;
	size_t start;		/* where it begins in the line */
	char quote;		/* still open: ' or ", else 0 */
};

/* The candidates as they are gathered. */
struct search {
	const struct complete_source *src;
	const char *prefix;	/* what each has to begin with */
	struct strvec found;	/* whole words, unquoted */
};

/* Reading the line. */

/* Whether sh will read it: its quoting is another than ours. */
static bool
is_for_sh(const struct scan *s)
{
	return s->place == PLACE_PIPE || s->place == PLACE_SHELL;
}

static void
end_word(struct scan *s)
{
	if (!s->in_word)
		return;
	/* The word after > ends the redirection. */
	if (s->place == PLACE_FILE)
		s->place = PLACE_COMMAND;
	else
		strvec_add(&s->word, s->part.data);
	buf_clear(&s->part);
	s->in_word = false;
}

static void
begin_word(struct scan *s, size_t at)
{
	if (s->in_word)
		return;
	s->in_word = true;
	s->start = at;
}

/* ; & | > and newline; returns how many bytes of p belong together. */
static size_t
scan_operator(struct scan *s, const char *p)
{
	size_t n = p[1] == p[0] && p[0] != ';' && p[0] != '\n' ? 2 : 1;

	end_word(s);
	if (s->place == PLACE_ASTRAY || s->place == PLACE_SHELL ||
	    (s->place == PLACE_PIPE && n == 1 && p[0] != ';' && p[0] != '\n'))
		return n;
	if (p[0] == '>') {
		s->place = PLACE_FILE;
		return n;
	}
	strvec_release(&s->word);
	s->place = p[0] == '|' && n == 1 ? PLACE_PIPE : PLACE_COMMAND;
	return n;
}

/* `...`, $(...), ${...}, $'...' and $"..." */
static bool
is_expanded(const char *p)
{
	return *p == '`' ||
	    (*p == '$' && p[1] != '\0' && strchr("({'\"", p[1]) != NULL);
}

/* A byte inside quotes; returns how many were taken. */
static size_t
scan_quoted(struct scan *s, const char *p)
{
	const char *special = is_for_sh(s) ? "\"\\$`" : "\"\\";

	if (*p == s->quote) {
		s->quote = 0;
		return 1;
	}
	if (s->quote == '"' && is_for_sh(s) && is_expanded(p))
		s->place = PLACE_ASTRAY;
	if (s->quote == '"' && p[0] == '\\' && p[1] != '\0' &&
	    strchr(special, p[1]) != NULL) {
		buf_addc(&s->part, p[1]);
		return 2;
	}
	buf_addc(&s->part, *p);
	return 1;
}

static size_t
scan_plain(struct scan *s, const char *line, size_t at)
{
	const char *p = line + at;

	if (strchr(" \t\r", *p) != NULL) {
		end_word(s);
		return 1;
	}
	if (strchr(";&|>\n", *p) != NULL)
		return scan_operator(s, p);
	if (!s->in_word && *p == '#' && s->place == PLACE_COMMAND) {
		s->place = PLACE_COMMENT;
		return strlen(p);
	}
	if (!s->in_word && (*p == '!' || *p == '-') &&
	    s->place == PLACE_COMMAND && s->word.n == 0) {
		if (*p == '!')
			s->place = PLACE_SHELL;
		return 1;
	}
	if (is_for_sh(s) && is_expanded(p))
		s->place = PLACE_ASTRAY;
	begin_word(s, at);
	if (*p == '\'' || *p == '"') {
		s->quote = *p;
		return 1;
	}
	if (*p == '\\') {
		if (p[1] == '\0')
			return 1;
		buf_addc(&s->part, p[1]);
		return 2;
	}
	buf_addc(&s->part, *p);
	return 1;
}

static void
scan_line(struct scan *s, const char *line)
{
	size_t at = 0;

	*s = (struct scan){ .part = BUF_INIT(BUF_OWN) };
	while (line[at] != '\0') {
		if (s->quote != 0)
			at += scan_quoted(s, line + at);
		else
			at += scan_plain(s, line, at);
	}
	if (!s->in_word)
		s->start = at;
}

static void
scan_release(struct scan *s)
{
	strvec_release(&s->word);
	buf_release(&s->part);
}

/* Candidates. */

static void
add(struct search *s, const char *word)
{
	if (strncmp(word, s->prefix, strlen(s->prefix)) == 0)
		strvec_add(&s->found, word);
}

static void
add_all(struct search *s, const char *const *words)
{
	for (; words != NULL && *words != NULL; words++)
		add(s, *words);
}

static void
add_commands(struct search *s)
{
	size_t i;

	for (i = 0; cmd_table[i] != NULL; i++) {
		add(s, cmd_table[i]->name);
		add_all(s, cmd_table[i]->aliases);
	}
}

static void
add_settings(struct search *s)
{
	const struct option_row *row;

	for (row = option_table; row->name != NULL; row++)
		add(s, row->name);
}

static void
add_sites(struct search *s)
{
	struct strvec names = STRVEC_INIT;
	size_t i;

	s->src->sites(s->src->ctx, &names);
	for (i = 0; i < names.n; i++)
		add(s, names.v[i]);
	strvec_release(&names);
}

/* What cannot be typed or seen is not offered. */
static bool
is_plain(const char *name)
{
	char *escaped = text_escaped(name);
	bool plain = strcmp(escaped, name) == 0;

	free(escaped);
	return plain;
}

/* Names in the directory that the prefix names. */
static void
add_names(struct search *s, enum arg_kind kind)
{
	bool dirs = kind == ARG_REMOTE_DIR || kind == ARG_LOCAL_DIR;
	bool remote = kind == ARG_REMOTE || kind == ARG_REMOTE_DIR;
	struct strvec names = STRVEC_INIT;
	const char *base = path_base(s->prefix);
	char *dir, *path;
	size_t i;

	dir = xstrndup(s->prefix, (size_t)(base - s->prefix));
	(remote ? s->src->remote : s->src->local)(s->src->ctx, dir, dirs,
	    &names);
	for (i = 0; i < names.n; i++) {
		if ((names.v[i][0] == '.' && base[0] != '.') ||
		    !is_plain(names.v[i]))
			continue;
		/* Nobody who typed nothing wants an option. */
		path = xasprintf("%s%s%s", s->prefix[0] == '\0' &&
		    names.v[i][0] == '-' ? "./" : "", dir, names.v[i]);
		add(s, path);
		free(path);
	}
	strvec_release(&names);
	free(dir);
}

static void
add_kind(struct search *s, enum arg_kind kind)
{
	switch (kind) {
	case ARG_REMOTE:
	case ARG_REMOTE_DIR:
	case ARG_LOCAL:
	case ARG_LOCAL_DIR:
		add_names(s, kind);
		break;
	case ARG_SITE:
		add_sites(s);
		break;
	case ARG_SETTING:
		add_settings(s);
		break;
	case ARG_COMMAND:
		add_commands(s);
		break;
	case ARG_NONE:
	case ARG_TEXT:
	case ARG_NAME:
		break;
	}
}

static void
add_options(struct search *s, const struct cmd *cmd)
{
	const char *dashes = (cmd->flags & CMD_WORDS) != 0 ? "-" : "--";
	const struct cmd_option *o;
	char word[64];

	for (o = cmd->options; o != NULL && o->id != 0; o++) {
		if (o->name != NULL)
			snprintf(word, sizeof(word), "%s%s", dashes, o->name);
		else
			snprintf(word, sizeof(word), "-%c", o->id);
		add(s, word);
	}
	add(s, "--help");
}

/* Reading a command's words as far as its table tells what they are. */

static const struct cmd_option *
option_by_name(const struct cmd *cmd, const char *name, size_t n)
{
	const struct cmd_option *o;

	for (o = cmd->options; o != NULL && o->id != 0; o++) {
		if (o->name != NULL && strncmp(o->name, name, n) == 0 &&
		    o->name[n] == '\0')
			return o;
	}
	return NULL;
}

static const struct cmd_option *
option_by_letter(const struct cmd *cmd, char letter)
{
	const struct cmd_option *o;

	for (o = cmd->options; o != NULL && o->id != 0; o++) {
		if (o->id == letter)
			return o;
	}
	return NULL;
}

/* The option of this word whose argument the next word is, or NULL. */
static const struct cmd_option *
wants_next(const struct cmd *cmd, const char *word)
{
	const struct cmd_option *o = NULL;

	if (word[1] == '-' || (cmd->flags & CMD_WORDS) != 0) {
		word += word[1] == '-' ? 2 : 1;
		o = option_by_name(cmd, word, strlen(word));
		return o != NULL && o->arg != ARG_NONE ? o : NULL;
	}
	for (word++; *word != '\0'; word++) {
		o = option_by_letter(cmd, *word);
		if (o != NULL && o->arg != ARG_NONE)
			return word[1] == '\0' ? o : NULL;
	}
	return NULL;
}

/* A setting's value, where the words before it name one. */
static void
add_values(struct search *s, const char *setting)
{
	static const char *const booleans[] = { "yes", "no", NULL };
	const struct option_row *row = option_find(setting);

	if (row == NULL)
		return;
	add_all(s, row->type == OPTION_BOOL ? booleans : row->choices);
}

/* mirror -R exchanges its operands: the one command that does. */
static bool
is_reversed(const struct cmd *cmd, const struct strvec *word)
{
	size_t i;

	if (strcmp(cmd->name, "mirror") != 0)
		return false;
	for (i = 1; i < word->n; i++) {
		if (strcmp(word->v[i], "--reverse") == 0 ||
		    (word->v[i][0] == '-' && word->v[i][1] != '-' &&
		    strchr(word->v[i], 'R') != NULL))
			return true;
	}
	return false;
}

static void
add_operand(struct search *s, const struct cmd *cmd,
    const struct strvec *operands, bool reversed)
{
	if (cmd->max >= 0 && operands->n >= (size_t)cmd->max)
		return;
	if (operands->n == 1 && cmd->first == ARG_SETTING)
		add_values(s, operands->v[0]);
	else
		add_kind(s, (operands->n == 0) != reversed ? cmd->first :
		    cmd->rest);
}

/*
 * "--name=value": value is completed by itself, the rest put back in front
 * of what was found.
 */
static void
add_option_value(struct search *s, const struct cmd *cmd, const char *equals)
{
	const char *whole = s->prefix;
	const struct cmd_option *o;
	size_t n = (size_t)(equals + 1 - whole), i;
	char *word;

	o = option_by_name(cmd, whole + 2, n - 3);
	if (o == NULL)
		return;
	s->prefix = equals + 1;
	add_kind(s, o->arg);
	s->prefix = whole;
	for (i = 0; i < s->found.n; i++) {
		word = xasprintf("%.*s%s", (int)n, whole, s->found.v[i]);
		free(s->found.v[i]);
		s->found.v[i] = word;
	}
}

static void
add_argument(struct search *s, const struct cmd *cmd,
    const struct strvec *word)
{
	struct strvec operands = STRVEC_INIT;
	const struct cmd_option *pending = NULL;
	bool ended = (cmd->flags & CMD_RAW) != 0;
	const char *equals;
	size_t i;

	for (i = 1; i < word->n; i++) {
		if (pending != NULL)
			pending = NULL;
		else if (ended || word->v[i][0] != '-' ||
		    word->v[i][1] == '\0')
			strvec_add(&operands, word->v[i]);
		else if (strcmp(word->v[i], "--") == 0)
			ended = true;
		else
			pending = wants_next(cmd, word->v[i]);
	}
	equals = strchr(s->prefix, '=');
	if (pending != NULL)
		add_kind(s, pending->arg);
	else if (ended || s->prefix[0] != '-')
		add_operand(s, cmd, &operands, is_reversed(cmd, word));
	else if (strncmp(s->prefix, "--", 2) == 0 && equals != NULL)
		add_option_value(s, cmd, equals);
	else
		add_options(s, cmd);
	strvec_release(&operands);
}

static void
search_all(struct search *s, const struct scan *scan)
{
	const struct cmd *cmd;
	struct err err;

	if (scan->place == PLACE_COMMENT || scan->place == PLACE_ASTRAY)
		return;
	if (scan->place != PLACE_COMMAND) {
		if (s->prefix[0] != '-')
			add_names(s, ARG_LOCAL);
	} else if (scan->word.n == 0) {
		add_commands(s);
	} else {
		cmd = cmd_find(scan->word.v[0], &err);
		if (cmd != NULL)
			add_argument(s, cmd, &scan->word);
	}
}

/* From candidates to text. */

static void
remove_twins(struct strvec *sv)
{
	size_t i, n = 0;

	for (i = 0; i < sv->n; i++) {
		if (n > 0 && strcmp(sv->v[n - 1], sv->v[i]) == 0)
			free(sv->v[i]);
		else
			sv->v[n++] = sv->v[i];
	}
	if (n < sv->n)
		sv->v[n] = NULL;
	sv->n = n;
}

/* Bytes that all have in common, whole characters only. */
static size_t
common(const struct strvec *sv)
{
	const char *first = sv->v[0];
	size_t n = strlen(first), i, k;

	for (i = 1; i < sv->n; i++) {
		for (k = 0; k < n && sv->v[i][k] == first[k]; k++)
			continue;
		n = k;
	}
	while (n > 0 && (first[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static bool
is_special(char c, char quote, bool sh)
{
	if (quote == '\'')
		return false;
	if (quote == '"')
		return strchr(sh ? "\"\\$`" : "\"\\", c) != NULL;
	if (!sh)
		return strchr(" \t'\"\\;&|<>#*?[]", c) != NULL;
	/* What is known to mean nothing, in any shell. */
	return (c & 0x80) == 0 && !isalnum((unsigned char)c) &&
	    strchr("_./,:@%+-", c) == NULL;
}

/* Of our own words, or (sh) of sh's. */
static void
add_quoted(struct buf *b, const char *s, size_t n, char quote, bool sh)
{
	size_t i;

	if (quote != 0)
		buf_addc(b, quote);
	for (i = 0; i < n; i++) {
		if (quote == '\'' && s[i] == '\'') {
			buf_adds(b, "'\\''");
			continue;
		}
		if (is_special(s[i], quote, sh))
			buf_addc(b, '\\');
		buf_addc(b, s[i]);
	}
}

static char *
quoted_text(const struct strvec *found, char quote, bool sh)
{
	struct buf b = BUF_INIT(BUF_OWN);
	size_t n = common(found);

	add_quoted(&b, found->v[0], n, quote, sh);
	if (found->n == 1 && n > 0 && found->v[0][n - 1] != '/') {
		if (quote != 0)
			buf_addc(&b, quote);
		buf_addc(&b, ' ');
	}
	return buf_detach(&b);
}

/* The last component, with the '/' that marks a directory. */
static const char *
last_part(const char *word)
{
	const char *p = word + strlen(word);

	if (p > word && p[-1] == '/')
		p--;
	while (p > word && p[-1] != '/')
		p--;
	return p;
}

void
complete_line(const char *line, const struct complete_source *src,
    struct completion *out)
{
	struct search s = { .src = src };
	struct scan scan;
	size_t i;

	scan_line(&scan, line);
	s.prefix = scan.part.data;
	search_all(&s, &scan);
	strvec_sort(&s.found);
	remove_twins(&s.found);
	*out = (struct completion){ .start = scan.start };
	if (s.found.n > 0)
		out->text = quoted_text(&s.found, scan.quote,
		    is_for_sh(&scan));
	for (i = 0; i < s.found.n; i++)
		strvec_add(&out->shown, last_part(s.found.v[i]));
	strvec_release(&s.found);
	scan_release(&scan);
}

void
completion_release(struct completion *c)
{
	free(c->text);
	c->text = NULL;
	strvec_release(&c->shown);
}

/* The shell's names. */

struct complete_cache {
	struct shell *sh;
	char *path;		/* of listing; NULL: nothing is kept */
	struct listing listing;
};

struct complete_cache *
complete_cache_new(struct shell *sh)
{
	struct complete_cache *c = xcalloc(1, sizeof(*c));

	c->sh = sh;
	return c;
}

void
complete_forget(struct complete_cache *c)
{
	if (c->path == NULL)
		return;
	listing_release(&c->listing);
	free(c->path);
	c->path = NULL;
}

void
complete_cache_free(struct complete_cache *c)
{
	if (c == NULL)
		return;
	complete_forget(c);
	free(c);
}

struct fetch {
	struct session *s;
	const char *path;
	struct listing *listing;
	int rc;
};

static void
fetch_listing(void *arg)
{
	struct fetch *f = arg;
	struct err err;

	f->rc = lister_list(f->s, f->path, LIST_TO_LOOK, 0, f->listing,
	    &err);
}

/*
 * Takes over path.  A directory that cannot be listed has no names; what the
 * server said of it will be said when the command runs.
 */
static void
fetch(struct complete_cache *c, char *path)
{
	struct shell *sh = c->sh;
	struct fetch f = { sh->session, path, &c->listing, -1 };
	int64_t deadline = deadline_in(LISTING_MS);

	complete_forget(c);
	c->listing = (struct listing){ 0 };
	c->path = path;
	if (sh->deadline < deadline)
		deadline = sh->deadline;
	term_run(sh->term, fetch_listing, &f, sh->cancel, deadline);
	if (cancel_reason(sh->cancel) == CANCEL_DEADLINE &&
	    deadline_left(sh->deadline) != 0)
		cancel_reset(sh->cancel);
}

static bool
may_be_dir(const struct entry *e)
{
	return e->type != 'f' && e->type != 'o';
}

static void
remote_names(void *ctx, const char *dir, bool dirs, struct strvec *names)
{
	struct complete_cache *c = ctx;
	const struct entry *e;
	char *path;
	size_t i;

	/* Nobody wants to wait for a connection because of a Tab. */
	if (c->sh->session == NULL || session_cwd(c->sh->session) == NULL)
		return;
	path = session_path(c->sh->session, dir);
	if (c->path == NULL || strcmp(c->path, path) != 0)
		fetch(c, path);
	else
		free(path);
	for (i = 0; i < c->listing.n; i++) {
		e = &c->listing.entry[i];
		if ((!dirs || may_be_dir(e)) && !path_is_part(e->name))
			strvec_addf(names, "%s%s", e->name,
			    e->type == 'd' ? "/" : "");
	}
}

static void
local_name(DIR *d, const char *name, bool dirs, struct strvec *names)
{
	struct stat st;
	bool is_dir;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return;
	is_dir = fstatat(dirfd(d), name, &st, 0) == 0 && S_ISDIR(st.st_mode);
	if (is_dir || !dirs)
		strvec_addf(names, "%s%s", name, is_dir ? "/" : "");
}

static void
local_names(void *ctx, const char *dir, bool dirs, struct strvec *names)
{
	struct complete_cache *c = ctx;
	const struct dirent *e;
	DIR *d;
	int fd;

	fd = openat(c->sh->dir.fd, dir[0] != '\0' ? dir : ".",
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return;
	d = fdopendir(fd);
	if (d == NULL) {
		close(fd);
		return;
	}
	while ((e = readdir(d)) != NULL)
		local_name(d, e->d_name, dirs, names);
	closedir(d);
}

static void
site_names(void *ctx, struct strvec *names)
{
	struct complete_cache *c = ctx;
	struct err err;
	size_t i;

	for (i = 0; i < c->sh->config_files.n; i++)
		conf_sites(c->sh->config_files.v[i], names, &err);
}

struct complete_source
complete_shell_source(struct complete_cache *c)
{
	return (struct complete_source){
		.ctx = c,
		.remote = remote_names,
		.local = local_names,
		.sites = site_names,
	};
}
