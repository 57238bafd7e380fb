/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/mask.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

static const char blanks[] = " \t";
static const char stars[] = "****";

enum { STARS = sizeof(stars) - 1, LONG_ENOUGH = 6, CODE = 3 };

static bool
is_word(const char *s, size_t n, const char *word)
{
	return strlen(word) == n && strncasecmp(s, word, n) == 0;
}

static bool
has(const char *s, size_t n, const char *part)
{
	size_t len = strlen(part);

	for (; n >= len; s++, n--)
		if (strncasecmp(s, part, len) == 0)
			return true;
	return false;
}

/* A verb of FTP, or (site) the first word behind SITE. */
static bool
takes_secret(const char *verb, size_t n, bool site)
{
	static const char *const parts[] = {
		"PASS", "PSW", "PWD", "ACCT", "ADDUSER", "LOGIN",
	};
	size_t i;

	if (!site && (is_word(verb, n, "PWD") || is_word(verb, n, "XPWD")))
		return false;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (has(verb, n, parts[i]))
			return true;
	return false;
}

static const char *
skip_word(const char *s, size_t n)
{
	return s + n + strspn(s + n, blanks);
}

const char *
mask_secret(const char *command)
{
	const char *verb = command + strspn(command, blanks);
	size_t n = strcspn(verb, blanks);
	bool site = is_word(verb, n, "SITE");

	if (site) {
		verb = skip_word(verb, n);
		n = strcspn(verb, blanks);
	}
	if (!takes_secret(verb, n, site))
		return NULL;
	verb = skip_word(verb, n);
	return *verb != '\0' ? verb : NULL;
}

static bool
stands_alone(const char *line, size_t n, size_t at, size_t len)
{
	return (at == 0 || !isalnum((unsigned char)line[at - 1])) &&
	    (at + len == n || !isalnum((unsigned char)line[at + len]));
}

static size_t
mask_word(char *line, size_t n, const char *word, size_t len)
{
	size_t at, shown = len < STARS ? len : STARS;

	for (at = 0; at + len <= n; at++) {
		if (memcmp(line + at, word, len) != 0 ||
		    (len < LONG_ENOUGH && !stands_alone(line, n, at, len)))
			continue;
		memcpy(line + at, stars, shown);
		memmove(line + at + shown, line + at + len, n - at - len);
		n -= len - shown;
	}
	return n;
}

static size_t
code_length(const char *line, size_t n)
{
	return n >= CODE && isdigit((unsigned char)line[0]) &&
	    isdigit((unsigned char)line[1]) &&
	    isdigit((unsigned char)line[2]) &&
	    (n == CODE || line[CODE] == ' ' || line[CODE] == '-') ? CODE : 0;
}

size_t
mask_echo(char *line, size_t n, const char *secret)
{
	size_t code = code_length(line, n), len;

	line += code;
	n -= code;
	/* All of it first: blanks may belong to it. */
	if (*secret != '\0')
		n = mask_word(line, n, secret, strlen(secret));
	for (secret += strspn(secret, blanks); *secret != '\0';
	    secret = skip_word(secret, len)) {
		len = strcspn(secret, blanks);
		n = mask_word(line, n, secret, len);
	}
	return code + n;
}
