/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/conceal.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "config/url.h"

/* What ends a URL within other words. */
static const char ends[] = " \t\r\n'\"<>|;";
static const char pin[] = "pin-value=";

static bool
in_scheme(char c)
{
	return isalnum((unsigned char)c) || (c != '\0' && strchr("+-.", c));
}

/* The password of a URL whose "://" is at p, in text before it. */
static const char *
in_url(const char *text, const char *p, size_t *n)
{
	const char *from = p;
	char *url;
	size_t at;
	bool found;

	while (from > text && in_scheme(from[-1]))
		from--;
	url = xstrndup(from, (size_t)(p - from) + strcspn(p, ends));
	found = url_password(url, &at, n);
	freezero(url, strlen(url));
	return found ? from + at : NULL;
}

static const char *
in_uri(const char *p, size_t *n)
{
	p += strlen(pin);
	*n = strcspn(p, "&;'\" \t\r\n");
	return p;
}

const char *
conceal_find(const char *text, size_t *n)
{
	const char *p, *found;

	for (p = text; *p != '\0'; p++) {
		found = NULL;
		if (strncmp(p, "://", 3) == 0)
			found = in_url(text, p, n);
		else if (strncasecmp(p, pin, strlen(pin)) == 0)
			found = in_uri(p, n);
		if (found != NULL && *n > 0)
			return found;
	}
	return NULL;
}

bool
conceal_wipe(char *text)
{
	const char *secret;
	bool any = false;
	size_t n;

	while ((secret = conceal_find(text, &n)) != NULL) {
		any = true;
		memset(text + (secret - text), 'x', n);
		text += secret - text + n;
	}
	return any;
}

char *
conceal_copy(const char *text)
{
	struct buf b = BUF_INIT(BUF_OWN);
	const char *secret;
	size_t n;

	while ((secret = conceal_find(text, &n)) != NULL) {
		buf_add(&b, text, (size_t)(secret - text));
		buf_adds(&b, "****");
		text = secret + n;
	}
	buf_adds(&b, text);
	return buf_detach(&b);
}
