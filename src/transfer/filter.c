/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/filter.h"

#include <sys/queue.h>
#include <sys/types.h>

#include <fnmatch.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

enum { SHOWN_MAX = 512 };

struct rule {
	TAILQ_ENTRY(rule) link;
	bool include;
	bool is_re;
	bool dir_only;		/* globs from here on */
	bool anchored;
	size_t slashes;
	char *glob;
	regex_t re;
};

TAILQ_HEAD(rules, rule);

struct filter {
	struct rules rules;
};

struct filter *
filter_new(void)
{
	struct filter *f = xcalloc(1, sizeof(*f));

	TAILQ_INIT(&f->rules);
	return f;
}

void
filter_free(struct filter *f)
{
	struct rule *r;

	if (f == NULL)
		return;
	while ((r = TAILQ_FIRST(&f->rules)) != NULL) {
		TAILQ_REMOVE(&f->rules, r, link);
		if (r->is_re)
			regfree(&r->re);
		free(r->glob);
		free(r);
	}
	free(f);
}

static int
compile_re(struct rule *r, const char *pattern, struct err *err)
{
	char shown[SHOWN_MAX], why[128];
	int code;

	code = regcomp(&r->re, pattern, REG_EXTENDED | REG_NOSUB);
	r->is_re = code == 0;
	if (code == 0)
		return 0;
	regerror(code, &r->re, why, sizeof(why));
	return err_set(err, ERR_USAGE, "%s: bad regular expression: %s",
	    text_escape_to(shown, sizeof(shown), pattern), why);
}

static int
compile_glob(struct rule *r, const char *pattern, struct err *err)
{
	const char *s;
	size_t n;

	r->anchored = *pattern == '/';
	pattern += strspn(pattern, "/");
	n = strlen(pattern);
	while (n > 0 && pattern[n - 1] == '/') {
		r->dir_only = true;
		n--;
	}
	if (n == 0)
		return err_set(err, ERR_USAGE, "a glob of only '/' would "
		    "match nothing; use '*'");
	r->glob = xstrndup(pattern, n);
	for (s = r->glob; (s = strchr(s, '/')) != NULL; s++)
		r->slashes++;
	return 0;
}

int
filter_add(struct filter *f, enum filter_kind kind, const char *pattern,
    struct err *err)
{
	struct rule *r;
	int rc;

	if (*pattern == '\0')
		return err_set(err, ERR_USAGE, "empty pattern");
	r = xcalloc(1, sizeof(*r));
	r->include = kind == FILTER_INCLUDE_RE || kind == FILTER_INCLUDE_GLOB;
	if (kind == FILTER_EXCLUDE_RE || kind == FILTER_INCLUDE_RE)
		rc = compile_re(r, pattern, err);
	else
		rc = compile_glob(r, pattern, err);
	if (rc == 0)
		TAILQ_INSERT_TAIL(&f->rules, r, link);
	else
		free(r);
	return rc;
}

/* One line of n bytes, without its newline. */
static int
add_line(struct filter *f, const char *line, size_t n, bool first,
    struct err *err)
{
	enum filter_kind kind = FILTER_EXCLUDE_GLOB;
	int bom = first ? text_bom(line, n) : 0;

	if (bom == -1)
		return err_set(err, ERR_USAGE, "%s", text_utf16);
	line += bom;
	n -= (size_t)bom;
	if (strlen(line) != n)
		return err_set(err, ERR_USAGE, "NUL byte in a pattern");
	if (*line == '#' || line[strspn(line, " \t")] == '\0')
		return 0;
	if ((*line == '+' || *line == '-') && line[1] == ' ') {
		if (*line == '+')
			kind = FILTER_INCLUDE_GLOB;
		line += 1 + strspn(line + 1, " ");
	}
	return filter_add(f, kind, line, err);
}

int
filter_add_file(struct filter *f, const char *path, struct err *err)
{
	char shown[SHOWN_MAX], *line = NULL;
	unsigned long number = 0;
	size_t cap = 0;
	ssize_t n;
	FILE *fp;
	int rc = 0;

	text_escape_to(shown, sizeof(shown), path);
	if ((fp = fopen(path, "re")) == NULL)
		return err_sys(err, ERR_LOCAL, "%s: cannot open", shown);
	while (rc == 0 && (n = getline(&line, &cap, fp)) != -1) {
		number++;
		if (line[n - 1] == '\n')
			line[--n] = '\0';
		if (n > 0 && line[n - 1] == '\r')
			line[--n] = '\0';
		rc = add_line(f, line, (size_t)n, number == 1, err);
	}
	if (rc == -1)
		err_prefix(err, "%s:%lu", shown, number);
	else if (!feof(fp))
		rc = err_sys(err, ERR_LOCAL, "%s: cannot read", shown);
	free(line);
	fclose(fp);
	return rc;
}

/* The last components of path: as many as there are slashes, and one. */
static const char *
tail(const char *path, size_t slashes)
{
	const char *s = path + strlen(path);

	for (; s > path; s--)
		if (s[-1] == '/' && slashes-- == 0)
			break;
	return s;
}

static bool
rule_matches(const struct rule *r, const char *path, const char *as_dir)
{
	if (r->is_re)
		return regexec(&r->re, as_dir != NULL ? as_dir : path, 0, NULL,
		    0) == 0;
	if (r->dir_only && as_dir == NULL)
		return false;
	return fnmatch(r->glob, r->anchored ? path : tail(path, r->slashes),
	    FNM_PATHNAME) == 0;
}

/* The rule that decides: the last that matches; NULL if none does. */
static const struct rule *
find_rule(const struct filter *f, const char *path, bool is_dir)
{
	char *as_dir = is_dir ? xasprintf("%s/", path) : NULL;
	const struct rule *r;

	TAILQ_FOREACH_REVERSE(r, &f->rules, rules, link)
		if (rule_matches(r, path, as_dir))
			break;
	free(as_dir);
	return r;
}

bool
filter_takes(const struct filter *f, const char *path, bool is_dir)
{
	const struct rule *r;

	if (f == NULL || TAILQ_EMPTY(&f->rules))
		return true;
	r = find_rule(f, path, is_dir);
	if (r != NULL)
		return r->include;
	return is_dir || !TAILQ_FIRST(&f->rules)->include;
}

bool
filter_excludes(const struct filter *f, const char *path, bool is_dir)
{
	const struct rule *r = f != NULL ? find_rule(f, path, is_dir) : NULL;

	return r != NULL && !r->include;
}
