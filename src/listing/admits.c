/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "listing/admits.h"

#include <ctype.h>
#include <string.h>

#include "base/parse.h"
#include "base/text.h"

enum {
	LINE_LOOKED_AT = 512,
	WORDS_MAX = 64,
};

/* A line as words in lower case, without marks around them. */
struct words {
	char text[LINE_LOOKED_AT];
	const char *word[WORDS_MAX];
	size_t n;
};

/* They say it by themselves. */
static const char *const plain[] = {
	"abbreviated", "cannot", "clipped", "curtailed", "cut", "denied",
	"error", "errors", "failed", "failure", "incomplete", "incompletely",
	"omitted", "omitting", "overflow", "partial", "partially",
	"shortened", "suppressed", "trimmed", "unable", NULL
};

/* They say it of something; or of nothing, two together. */
static const char *const bounds[] = {
	"exceed", "limit", "reached", "restrict", "stopp", "stops", "capped",
	"aborted", "interrupt", NULL
};

/* What a listing consists of. */
static const char *const nouns[] = {
	"entr", "file", "match", "name", "item", "line", "object", "result",
	"listing", "list", "output", "director", "folder", "record", "row",
	NULL
};

/* What else servers limit, and tell of behind a listing. */
static const char *const others[] = {
	"quota", "byte", "kb", "kib", "mb", "mib", "gb", "gib", "kbytes",
	"rate", "speed", "bandwidth", "ratio", "user", "session", "connection",
	"login", "client", "upload", "download", "unlimited", "time", "second",
	"sec", "minute", "disk", "space", "credit", "free", "used", "usage",
	NULL
};

/* Quoted text and paths are somebody's names. */
static size_t
copy_without_names(char *out, const char *line, size_t n)
{
	size_t i, j = 0;
	bool quoted = false;

	for (i = 0; i < n && j + 1 < LINE_LOOKED_AT; i++) {
		if (line[i] == '"' && (quoted || memchr(line + i + 1, '"',
		    n - i - 1) != NULL)) {
			quoted = !quoted;
			out[j++] = ' ';
		} else if (!quoted) {
			out[j++] = (char)tolower((unsigned char)line[i]);
		}
	}
	out[j] = '\0';
	return j;
}

/* "100KB/s", "KB/sec"; anything else with a '/' is a path. */
static bool
is_speed(const char *word)
{
	const char *per = strchr(word, '/');

	return per != NULL && per > word && (strcmp(per, "/s") == 0 ||
	    strcmp(per, "/sec") == 0 || strcmp(per, "/second") == 0 ||
	    strcmp(per, "/min") == 0 || strcmp(per, "/day") == 0);
}

static void
split(struct words *w, const char *line, size_t n)
{
	char *rest = w->text, *word;
	size_t len;

	w->n = 0;
	copy_without_names(w->text, line, n);
	while (w->n < WORDS_MAX &&
	    (word = strsep(&rest, " \t\r()[]<>=;:!?*'-_")) != NULL) {
		len = strlen(word);
		while (len > 0 && strchr(".,", word[len - 1]) != NULL)
			word[--len] = '\0';
		if (is_speed(word))
			w->word[w->n++] = "speed";
		else if (len > 0 && strchr(word, '/') == NULL)
			w->word[w->n++] = word;
	}
}

static bool
begins(const char *word, const char *stem)
{
	return strncmp(word, stem, strlen(stem)) == 0;
}

static bool
is_any(const char *word, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(word, *list) == 0)
			return true;
	return false;
}

static bool
begins_any(const char *word, const char *const *list)
{
	for (; *list != NULL; list++)
		if (begins(word, *list))
			return true;
	return false;
}

static const char *
word_at(const struct words *w, size_t i)
{
	return i < w->n ? w->word[i] : "";
}

static bool
is_at(const struct words *w, size_t i, const char *word)
{
	return strcmp(word_at(w, i), word) == 0;
}

/* "2000", "2,000" or "2.000" */
static bool
number_at(const struct words *w, size_t i, uint64_t *out)
{
	char digits[24];
	const char *s = word_at(w, i);
	size_t n = 0;

	for (; *s != '\0' && n + 1 < sizeof(digits); s++)
		if (*s != ',' && *s != '.')
			digits[n++] = *s;
	return *s == '\0' && parse_u64n(digits, n, UINT64_MAX, out) == 0;
}

static bool
any_noun(const struct words *w)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (begins_any(w->word[i], nouns))
			return true;
	return false;
}

/* "kbytes", "100mb", "users"; but not "sec" in "section". */
static bool
is_other(const char *word)
{
	const char *const *o;
	size_t len;

	word += strspn(word, "0123456789.,");
	for (o = others; *o != NULL; o++) {
		len = strlen(*o);
		if (begins(word, *o) && (len > 3 || word[len] == '\0' ||
		    strcmp(word + len, "s") == 0))
			return true;
	}
	return false;
}

static bool
any_other(const struct words *w)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (is_other(w->word[i]))
			return true;
	return false;
}

static bool
is_limit_reached(const struct words *w)
{
	bool limit = false, reached = false;
	size_t i;

	for (i = 0; i < w->n; i++) {
		limit |= begins(w->word[i], "limit");
		reached |= begins(w->word[i], "reach") ||
		    begins(w->word[i], "exceed") || is_at(w, i, "hit");
	}
	return limit && reached;
}

/* "not truncated", "0 entries omitted", "nothing was left out" */
static bool
is_denied(const struct words *w, size_t at)
{
	static const char *const none[] = {
		"0", "no", "none", "nothing", NULL
	};
	static const char *const denials[] = {
		"not", "never", "without", NULL
	};
	size_t i;

	if (at > 0 && is_any(w->word[at - 1], denials))
		return true;
	for (i = 0; i < at; i++)
		if (is_any(w->word[i], none))
			return true;
	return false;
}

/* Two words that say it by themselves. */
static bool
is_phrase(const struct words *w, size_t i)
{
	static const char *const pair[][2] = {
		{ "left", "out" }, { "not", "all" }, { "not", "complete" },
		{ "too", "many" }, { "too", "much" }, { "too", "large" },
		{ "too", "long" }, { "too", "big" }, { "more", "available" },
		{ "more", "exist" }, { "more", "follow" },
		{ "more", "remain" }, { "not", "shown" }, { "not", "listed" },
		{ "not", "displayed" }, { "not", "included" },
		{ "not", "sent" }, { "not", "show" },
	};
	size_t k;

	for (k = 0; k < sizeof(pair) / sizeof(pair[0]); k++)
		if (is_at(w, i, pair[k][0]) && is_at(w, i + 1, pair[k][1]))
			return true;
	return false;
}

/* "only the newest 500 files" */
static bool
is_only(const struct words *w, size_t i)
{
	uint64_t n;
	size_t k;

	if (is_at(w, i + 1, "first") || is_at(w, i + 2, "first"))
		return true;
	for (k = i + 1; k <= i + 3; k++)
		if (number_at(w, k, &n))
			return any_noun(w);
	return false;
}

/*
 * "first 500", "only 500 files", "500 of 700 files", "200 more files", "more
 * than 500 files", "max 500 files"
 */
static bool
is_count(const struct words *w, size_t i)
{
	uint64_t n, all;

	if (is_at(w, i, "only"))
		return is_only(w, i);
	if (is_at(w, i, "first"))
		return number_at(w, i + 1, &n);
	if (begins(word_at(w, i), "max") || (is_at(w, i, "more") &&
	    is_at(w, i + 1, "than"))) {
		i += is_at(w, i + 1, "of") || is_at(w, i + 1, "than");
		return number_at(w, i + 1, &n) &&
		    begins_any(word_at(w, i + 2), nouns);
	}
	if (is_at(w, i, "more") && begins_any(word_at(w, i + 1), nouns))
		return !is_at(w, i - 1, "or");
	if (!number_at(w, i, &n))
		return false;
	/* "500 files of 700" */
	if (begins_any(word_at(w, i + 1), nouns))
		i++;
	i += is_at(w, i + 1, "out");
	return is_at(w, i + 1, "of") && number_at(w, i + 2, &all) && n < all;
}

static bool
admits_gap(const char *line, size_t n)
{
	struct words w;
	bool other;
	size_t i;

	split(&w, line, n);
	other = any_other(&w);
	for (i = 0; i < w.n; i++) {
		if (begins(w.word[i], "truncat") || is_any(w.word[i], plain) ||
		    is_phrase(&w, i)) {
			if (!is_denied(&w, i))
				return true;
		} else if (other) {
			continue;
		} else if (begins(w.word[i], "limited") &&
		    is_at(&w, i + 1, "to")) {
			return true;
		} else if (begins_any(w.word[i], bounds) &&
		    (any_noun(&w) || is_limit_reached(&w))) {
			if (!is_denied(&w, i))
				return true;
		} else if (is_count(&w, i)) {
			return true;
		}
	}
	return false;
}

bool
admits_line(const char *line, size_t n, char *said, size_t size)
{
	char copy[LINE_LOOKED_AT];

	*said = '\0';
	if (!admits_gap(line, n))
		return false;
	if (*line == ' ') {
		line++;
		n--;
	}
	if (n >= sizeof(copy))
		n = sizeof(copy) - 1;
	memcpy(copy, line, n);
	copy[n] = '\0';
	text_escape_to(said, size, copy);
	return true;
}

bool
admits_reply(const char *text, char *said, size_t size)
{
	size_t n;

	for (*said = '\0'; *text != '\0'; text += n + (text[n] != '\0')) {
		n = strcspn(text, "\n");
		if (admits_line(text, n, said, size))
			return true;
	}
	return false;
}
