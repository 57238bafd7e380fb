/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/conf.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "config/home.h"

enum {
	INCLUDE_DEPTH = 16,
	FILES_SIZE = 1024 * 1024,	/* a file with all it includes */
};

static const char blanks[] = " \t";
static const char pattern_chars[] = "*?[";

struct conf {
	const char *site;		/* NULL: none */
	struct settings *st;
	bool *known;			/* NULL: nobody asks */
	struct strvec *names;		/* NULL: nobody asks */
	conf_alias take_alias;		/* NULL: nobody asks */
	void *ctx;			/* of that */
	bool must_exist, trusted;	/* trusted: whoever could write it */
	size_t size;			/* read up to now */
	int depth;			/* of includes */
	/* of the present block */
	bool in_block, active;
	uint64_t set_before;		/* st->set at its beginning */
};

/* One line, divided into words unless it is a command that cannot be. */
struct line {
	const char *rest;		/* all after the first word */
	struct strvec words;
	bool quoted;			/* the second word begins so */
};

static int parse_text(struct conf *, const char *, char *, struct err *);

/*
 * Appends the next word to words: blanks divide, '...' and "..." quote, and so
 * does \ before a quote, a blank, # and itself; elsewhere, as in DOMAIN\user,
 * it is a character like others.  Returns where the word ends, or NULL if a
 * quote stays open.
 */
static const char *
add_word(const char *s, struct strvec *words)
{
	char *word = xmalloc(strlen(s) + 1);
	char quote = '\0';
	size_t n = 0;

	for (; *s != '\0'; s++) {
		if (quote == '\0' && strchr(blanks, *s) != NULL)
			break;
		if (*s == quote)
			quote = '\0';
		else if (quote == '\0' && (*s == '\'' || *s == '"'))
			quote = *s;
		else if (*s == '\\' && s[1] != '\0' && quote != '\'' &&
		    strchr(quote == '"' ? "\"\\" : "\"\\'# \t", s[1]) != NULL)
			word[n++] = *++s;
		else
			word[n++] = *s;
	}
	word[n] = '\0';
	strvec_take(words, word);
	return quote == '\0' ? s : NULL;
}

/* rest keeps its quotes and comment, for a command. */
static int
split(const char *s, struct line *line)
{
	line->rest = "";
	for (;;) {
		s += strspn(s, blanks);
		if (line->words.n == 1) {
			line->rest = s;
			line->quoted = *s == '\'' || *s == '"';
		}
		if (*s == '\0' || *s == '#')
			return 0;
		if ((s = add_word(s, &line->words)) == NULL)
			return -1;
	}
}

static bool
site_matches(const struct conf *conf, const char *pattern)
{
	if (conf->site == NULL)
		return strcmp(pattern, "*") == 0;
	return strcmp(pattern, conf->site) == 0 ||
	    fnmatch(pattern, conf->site, 0) == 0;
}

static void
add_name(struct strvec *names, const char *name)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		if (strcmp(names->v[i], name) == 0)
			return;
	strvec_add(names, name);
}

static int
begin_site(struct conf *conf, const struct line *line, struct err *err)
{
	const char *name;
	size_t i;

	if (line->words.n < 2)
		return err_set(err, ERR_USAGE, "site: needs a name");
	conf->in_block = true;
	conf->active = false;
	conf->set_before = conf->st->set;
	for (i = 1; i < line->words.n; i++) {
		name = line->words.v[i];
		if (*name == '\0')
			return err_set(err, ERR_USAGE, "site: empty name");
		if (site_matches(conf, name))
			conf->active = true;
		if (strpbrk(name, pattern_chars) != NULL)
			continue;
		if (conf->names != NULL)
			add_name(conf->names, name);
		if (conf->known != NULL && conf->site != NULL &&
		    strcmp(name, conf->site) == 0)
			*conf->known = true;
	}
	return 0;
}

static int
give_alias(const struct conf *conf, const struct line *line, struct err *err)
{
	if (line->words.n < 3)
		return err_set(err, ERR_USAGE,
		    "alias: needs a name and a command");
	if (conf->in_block)
		return err_set(err, ERR_USAGE, "alias: belongs before the "
		    "first site, for it holds for all");
	return conf->take_alias == NULL ? 0 :
	    conf->take_alias(conf->ctx, line->rest, err);
}

/* The one word after the name, or for a command all that follows. */
static const char *
value_of(const struct line *line, bool command, bool open_quote,
    struct err *err)
{
	const char *name = line->words.v[0];

	if (*line->rest == '\0' || *line->rest == '#')
		err_set(err, ERR_USAGE, "%s: needs a value", name);
	else if (!open_quote && line->words.n == 2 &&
	    (!command || line->quoted))
		return line->words.v[1];
	else if (command)
		return line->rest;
	else if (open_quote)
		err_set(err, ERR_USAGE, "%s: unterminated quote", name);
	else
		err_set(err, ERR_USAGE,
		    "%s: only one value; quote blanks in it", name);
	return NULL;
}

static int
set_value(struct conf *conf, const struct option_row *row, const char *value,
    struct err *err)
{
	uint64_t set = conf->st->set;
	struct settings scratch;
	int rc;

	if (!conf->active) {
		settings_init(&scratch);
		rc = option_set(&scratch, row->name, value, err);
		settings_release(&scratch);
		return rc;
	}
	if (row->type != OPTION_LIST)
		return option_set_first(conf->st, row->name, value, err);
	/* the lines of one block add up */
	conf->st->set = conf->set_before;
	rc = option_set_first(conf->st, row->name, value, err);
	conf->st->set |= set;
	return rc;
}

static int
unknown_name(struct conf *conf, const struct line *line, struct err *err)
{
	const char *name = line->words.v[0];
	char shown[128];

	if (strcasecmp(name, "host") == 0 && line->words.n > 1)
		return err_set(err, ERR_USAGE, "%s: here a block begins with "
		    "'site %s'", name, text_escape_to(shown, sizeof(shown),
		    line->words.v[1]));
	if (strchr(name, '=') == NULL)
		return option_set(conf->st, name, "", err);
	text_escape_to(shown, sizeof(shown), name);
	return err_set(err, ERR_USAGE, "%s: write 'NAME VALUE', without '='",
	    shown);
}

static int
set_line(struct conf *conf, const struct line *line, bool open_quote,
    struct err *err)
{
	const struct option_row *row = option_find(line->words.v[0]);
	const char *value;

	if (row == NULL)
		return unknown_name(conf, line, err);
	value = value_of(line, row->type == OPTION_COMMAND, open_quote, err);
	return value == NULL ? -1 : set_value(conf, row, value, err);
}

static int
check_owner(const char *name, const struct stat *sb, struct err *err)
{
	if (sb->st_uid != geteuid() && sb->st_uid != 0)
		return err_set(err, ERR_USAGE,
		    "%s: belongs to somebody else, who could put commands "
		    "into it", name);
	if ((sb->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return err_set(err, ERR_USAGE,
		    "%s: others can write to it; run 'chmod go-w %s'",
		    name, name);
	return 0;
}

static int
read_all(struct conf *conf, int fd, const char *name, struct buf *text,
    struct err *err)
{
	char chunk[8192];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) > 0) {
		if (text->len == 0 && text_bom(chunk, (size_t)n) == -1)
			return err_set(err, ERR_USAGE, "%s: %s", name,
			    text_utf16);
		if (memchr(chunk, '\0', (size_t)n) != NULL)
			return err_set(err, ERR_USAGE,
			    "%s: NUL byte, no text file", name);
		if (buf_add(text, chunk, (size_t)n) != 0)
			return err_set(err, ERR_USAGE,
			    "%s: configuration larger than %d KiB", name,
			    FILES_SIZE / 1024);
	}
	if (n == -1)
		return err_sys(err, ERR_USAGE, "%s", name);
	buf_consume(text, (size_t)text_bom(text->data, text->len));
	conf->size += text->len;
	return 0;
}

/* Returns 1 if the file is missing. */
static int
read_file(struct conf *conf, const char *file, struct buf *text,
    struct err *err)
{
	char name[256];
	struct stat sb;
	int fd, rc;

	text_escape_to(name, sizeof(name), file);
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd == -1) {
		rc = errno == ENOENT || errno == ENOTDIR;
		err_sys(err, ERR_USAGE, "%s", name);
		return rc ? 1 : -1;
	}
	if (fstat(fd, &sb) == -1)
		rc = err_sys(err, ERR_USAGE, "%s", name);
	else if (conf->trusted)
		rc = 0;
	else
		rc = check_owner(name, &sb, err);
	if (rc == 0)
		rc = read_all(conf, fd, name, text, err);
	close(fd);
	return rc;
}

static int
include(struct conf *conf, const char *file, const struct line *line,
    struct buf *text, char **path, struct err *err)
{
	char *name, *dir;

	if (line->words.n != 2 || *line->words.v[1] == '\0')
		return err_set(err, ERR_USAGE, "include: needs one file");
	if (conf->depth == INCLUDE_DEPTH)
		return err_set(err, ERR_USAGE,
		    "include: more than %d files deep", INCLUDE_DEPTH);
	name = home_expand(line->words.v[1]);
	dir = path_dir(file);
	*path = path_join(dir, name);
	free(dir);
	free(name);
	return read_file(conf, *path, text, err) == 0 ? 0 :
	    err_prefix(err, "include");
}

/* What an included file is wrong about names that file's line, not ours. */
static int
parse_line(struct conf *conf, const char *file, const char *s, bool *inner,
    struct err *err)
{
	struct line line = { .words = STRVEC_INIT };
	struct buf text = BUF_INIT(FILES_SIZE - conf->size);
	char *path = NULL;
	bool open_quote = split(s, &line) != 0;
	int rc = 0;

	if (line.words.n == 0)
		goto out;
	if (open_quote && (line.words.n == 1 ||
	    option_find(line.words.v[0]) == NULL))
		rc = err_set(err, ERR_USAGE, "unterminated quote");
	else if (strcmp(line.words.v[0], "site") == 0)
		rc = begin_site(conf, &line, err);
	else if (strcmp(line.words.v[0], "alias") == 0)
		rc = give_alias(conf, &line, err);
	else if (strcmp(line.words.v[0], "include") != 0)
		rc = set_line(conf, &line, open_quote, err);
	else {
		rc = include(conf, file, &line, &text, &path, err);
		*inner = rc == 0;
		if (rc == 0) {
			conf->depth++;
			rc = parse_text(conf, path, text.data, err);
			conf->depth--;
		}
	}
out:
	free(path);
	buf_release(&text);
	strvec_release(&line.words);
	return rc;
}

/* A site line in an included file ends with it. */
static int
parse_text(struct conf *conf, const char *file, char *text, struct err *err)
{
	const bool in_block = conf->in_block, active = conf->active;
	const uint64_t set_before = conf->set_before;
	char *s, *end, shown[256];
	size_t number = 0;
	bool inner = false;

	while ((s = strsep(&text, "\n")) != NULL) {
		number++;
		end = s + strlen(s);
		while (end > s && strchr(" \t\r", end[-1]) != NULL)
			*--end = '\0';
		if (parse_line(conf, file, s, &inner, err) == 0)
			continue;
		if (inner)
			return -1;
		text_escape_to(shown, sizeof(shown), file);
		return err_prefix(err, "%s:%zu", shown, number);
	}
	conf->in_block = in_block;
	conf->active = active;
	conf->set_before = set_before;
	return 0;
}

static int
parse_file(struct conf *conf, const char *file, struct err *err)
{
	struct buf text = BUF_INIT(FILES_SIZE);
	int rc;

	rc = read_file(conf, file, &text, err);
	if (rc == 1 && !conf->must_exist) {
		err_clear(err);
		rc = 0;
	} else if (rc == 1)
		rc = -1;
	else if (rc == 0)
		rc = parse_text(conf, file, text.data, err);
	buf_release(&text);
	return rc;
}

int
conf_read(const char *file, bool must_exist, const char *site,
    struct settings *st, bool *known, struct err *err)
{
	struct conf conf = {
		.site = site, .st = st, .known = known,
		.must_exist = must_exist, .trusted = must_exist, .active = true,
		.set_before = st->set,
	};

	return parse_file(&conf, file, err);
}

int
conf_sites(const char *file, struct strvec *names, struct err *err)
{
	struct settings scratch;
	struct conf conf = {
		.st = &scratch, .names = names, .trusted = true,
	};
	int rc;

	settings_init(&scratch);
	rc = parse_file(&conf, file, err);
	settings_release(&scratch);
	return rc;
}

int
conf_aliases(const char *file, bool must_exist, conf_alias take, void *ctx,
    struct err *err)
{
	struct settings scratch;
	struct conf conf = {
		.st = &scratch, .take_alias = take, .ctx = ctx,
		.must_exist = must_exist, .trusted = must_exist,
	};
	int rc;

	settings_init(&scratch);
	rc = parse_file(&conf, file, err);
	settings_release(&scratch);
	return rc;
}

/* $VARIABLE if absolute (others are to be ignored), else ~/FALLBACK. */
static char *
base_directory(const char *variable, const char *fallback)
{
	const char *dir = getenv(variable);
	char *home, *full;

	if (dir != NULL && *dir == '/')
		return xstrdup(dir);
	if ((home = home_dir()) == NULL)
		return NULL;
	full = xasprintf("%s/%s", home, fallback);
	free(home);
	return full;
}

char *
conf_user_file(void)
{
	char *dir, *file;

	if ((dir = base_directory("XDG_CONFIG_HOME", ".config")) == NULL)
		return NULL;
	file = xasprintf("%s/ftps/config", dir);
	free(dir);
	return file;
}

/* What cannot be made shows when a file in it is opened. */
static void
make_directories(char *file)
{
	char *slash;

	for (slash = strchr(file + 1, '/'); slash != NULL;
	    slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(file, 0700);
		*slash = '/';
	}
}

/* NAME of ours in such a directory. */
static char *
own_file(const char *variable, const char *fallback, const char *name,
    bool create)
{
	char *dir, *file;

	if ((dir = base_directory(variable, fallback)) == NULL)
		return NULL;
	file = xasprintf("%s/ftps/%s", dir, name);
	free(dir);
	if (create)
		make_directories(file);
	return file;
}

char *
conf_state_file(const char *name, bool create)
{
	return own_file("XDG_STATE_HOME", ".local/state", name, create);
}

char *
conf_cache_file(const char *name, bool create)
{
	return own_file("XDG_CACHE_HOME", ".cache", name, create);
}

int
conf_add_block(const char *file, const char *block, struct err *err)
{
	char shown[TEXT_NAME_MAX], *path = xstrdup(file);
	FILE *fp = NULL;
	int fd, rc = 0;

	make_directories(path);
	free(path);
	text_name(shown, sizeof(shown), file);
	fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd != -1)
		fp = fdopen(fd, "a");
	if (fp == NULL)
		return err_sys(err, ERR_LOCAL, "%s: cannot open", shown);
	/* A last line without its end does not matter before an empty one. */
	if (putc('\n', fp) == EOF || fputs(block, fp) == EOF ||
	    fflush(fp) != 0)
		rc = err_sys(err, ERR_LOCAL, "%s: cannot write", shown);
	if (fclose(fp) != 0 && rc == 0)
		rc = err_sys(err, ERR_LOCAL, "%s: cannot write", shown);
	return rc;
}
