/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/url.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/text.h"

/* A stretch of the text that is being parsed. */
struct span {
	const char *s;
	size_t n;
};

/* Where the parts of a SITE are; s NULL: absent. */
struct parts {
	struct span scheme, user, password, host, dir;
};

static struct span
span(const char *from, const char *to)
{
	struct span sp = { from, (size_t)(to - from) };

	return sp;
}

static const char *
find_char(struct span sp, char c)
{
	return memchr(sp.s, c, sp.n);
}

/* The length of "scheme://" before "://", or 0. */
static size_t
scheme_length(const char *text)
{
	size_t n = 0;

	if (!isalpha((unsigned char)*text))
		return 0;
	while (isalnum((unsigned char)text[n]) ||
	    (text[n] != '\0' && strchr("+-.", text[n]) != NULL))
		n++;
	return strncmp(text + n, "://", 3) == 0 ? n : 0;
}

static bool
is_port(struct span sp)
{
	size_t i;

	for (i = 0; i < sp.n; i++)
		if (!isdigit((unsigned char)sp.s[i]))
			return false;
	return sp.n > 0;
}

/*
 * Where the password is.  It reaches to an @ behind a slash if there is one:
 * then nobody knows what is password and what directory, and *clear becomes
 * false.  What looks like a port is one behind a user, and in URLs of others.
 */
static struct span
find_password(const char *text, bool *clear)
{
	struct span none = { 0 }, before;
	const char *slash, *at, *last, *colon;
	size_t n = scheme_length(text);
	bool ours = n == 0 || strncasecmp(text, "ftp", 3) == 0;

	*clear = true;
	text += n > 0 ? n + strlen("://") : 0;
	slash = text + strcspn(text, "/");
	if ((last = strrchr(text, '@')) == NULL)
		return none;
	at = last < slash ? last : slash;
	while (at > text && *at != '@')
		at--;
	if (*at == '@' && (colon = find_char(span(text, at), ':')) != NULL) {
		*clear = last < slash;
		return span(colon + 1, last);
	}
	before = span(*at == '@' ? at + 1 : text, slash);
	if (last < slash || *before.s == '[' ||
	    (colon = find_char(before, ':')) == NULL ||
	    ((*at == '@' || !ours) && is_port(span(colon + 1, slash))))
		return none;
	*clear = false;
	return span(colon + 1, last);
}

/* Divides only; host still has its brackets and port. */
static struct parts
split(const char *text)
{
	struct parts p = { 0 };
	struct span login;
	const char *slash, *at, *colon;
	size_t n;

	if ((n = scheme_length(text)) > 0) {
		p.scheme = span(text, text + n);
		text += n + strlen("://");
	}
	slash = text + strcspn(text, "/");
	if (*slash == '/')
		p.dir = span(slash + 1, slash + strlen(slash));
	p.host = span(text, slash);
	for (at = slash; at > text && at[-1] != '@'; at--)
		;
	if (at == text)
		return p;
	p.host = span(at, slash);
	login = p.user = span(text, at - 1);
	if ((colon = find_char(login, ':')) != NULL) {
		p.user = span(login.s, colon);
		p.password = span(colon + 1, login.s + login.n);
	}
	return p;
}

static int
hex_pair(const char *s, size_t n)
{
	char pair[3] = "";

	if (n < 2 || !isxdigit((unsigned char)s[0]) ||
	    !isxdigit((unsigned char)s[1]))
		return -1;
	memcpy(pair, s, 2);
	return (int)strtol(pair, NULL, 16);
}

/* Decodes percent-escapes; NULL (and err) for what may not stand in name. */
static char *
decode(struct span sp, const char *name, struct err *err)
{
	char *out = xmalloc(sp.n + 1);
	size_t i, len = 0;
	int c;

	for (i = 0; i < sp.n; i++) {
		c = (unsigned char)sp.s[i];
		if (c == '%') {
			c = hex_pair(sp.s + i + 1, sp.n - i - 1);
			i += 2;
		}
		if (c == -1 || c == '\0' || c == '\r' || c == '\n') {
			err_set(err, ERR_USAGE, c == -1 ?
			    "%s: write '%%' itself as %%25" :
			    "%s: CR, LF or NUL in it", name);
			freezero(out, sp.n + 1);
			return NULL;
		}
		out[len++] = (char)c;
	}
	out[len] = '\0';
	return out;
}

static int
set_scheme(struct span scheme, struct url *u, struct err *err)
{
	static const struct {
		const char *name;
		bool implicit;
	} schemes[] = {
		{ "ftp", false }, { "ftpes", false }, { "ftps", true },
	};
	char *name, shown[64];
	bool sftp;
	size_t i;

	if (scheme.s == NULL)
		return 0;
	name = xstrndup(scheme.s, scheme.n);
	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (strcasecmp(name, schemes[i].name) != 0)
			continue;
		u->has_scheme = true;
		u->implicit = schemes[i].implicit;
		free(name);
		return 0;
	}
	sftp = strcasecmp(name, "sftp") == 0;
	text_escape_to(shown, sizeof(shown), name);
	free(name);
	return err_set(err, ERR_USAGE, "%s://: %s", shown, sftp ?
	    "this is SSH, not FTP: use sftp(1)" :
	    "unknown scheme; use ftp://, ftpes:// (explicit TLS) or "
	    "ftps:// (implicit TLS)");
}

static int
set_login(const struct parts *p, struct url *u, struct err *err)
{
	char *password;

	if (p->user.s == NULL)
		return 0;
	if (p->user.n == 0)
		return err_set(err, ERR_USAGE, "empty user name before '@'");
	if ((u->user = decode(p->user, "user name", err)) == NULL)
		return -1;
	if (p->password.s == NULL)
		return 0;
	if ((password = decode(p->password, "password", err)) == NULL)
		return -1;
	u->password.text = password;
	return 0;
}

/* "[ADDRESS]"; RFC 6874 writes the zone's '%' as "%25", people do not. */
static char *
bracketed(struct span sp, struct err *err)
{
	char *host, *zone;

	host = xstrndup(sp.s, sp.n);
	if ((zone = strstr(host, "%25")) != NULL)
		memmove(zone + 1, zone + 3, strlen(zone + 3) + 1);
	if (strchr(host, ':') != NULL)
		return host;
	free(host);
	err_set(err, ERR_USAGE, "no IPv6 address within the brackets");
	return NULL;
}

static int
set_port(struct span sp, struct url *u, struct err *err)
{
	uint64_t port;

	if (sp.n == 0)
		return err_set(err, ERR_USAGE, "no port behind the ':'");
	/* its text stays unsaid: in "user:pass/word@host" it is a password */
	if (parse_u64n(sp.s, sp.n, 65535, &port) != 0 || port == 0)
		return err_set(err, ERR_USAGE, "no port from 1 to 65535; "
		    "write HOST/dir for a directory");
	u->port = (int)port;
	return 0;
}

/* HOST[:PORT] or [ADDRESS][:PORT]. */
static int
set_host(struct span sp, struct url *u, struct err *err)
{
	const char *end = sp.s + sp.n, *stop, *rest;
	bool brackets = *sp.s == '[';

	if (brackets) {
		if ((stop = find_char(sp, ']')) == NULL)
			return err_set(err, ERR_USAGE, "'[' without ']'");
		u->host = bracketed(span(sp.s + 1, stop), err);
		rest = stop + 1;
	} else {
		if ((stop = find_char(sp, ':')) == NULL)
			stop = end;
		if (stop != end && find_char(span(stop + 1, end), ':') != NULL)
			return err_set(err, ERR_USAGE,
			    "write an IPv6 address in brackets");
		u->host = decode(span(sp.s, stop), "host", err);
		rest = stop;
	}
	if (u->host == NULL)
		return -1;
	if (!url_is_host(u->host))
		return err_set(err, ERR_USAGE, *u->host == '\0' ?
		    "no host in it" : "not the name of a host");
	if (rest == end)
		return 0;
	if (*rest != ':')
		return err_set(err, ERR_USAGE, "only a port may follow ']'");
	return set_port(span(rest + 1, end), u, err);
}

/* HOST:DIR is what scp has. */
static int
advise_directory(const char *host, struct span dir, struct err *err)
{
	char *copy = xstrndup(dir.s != NULL ? dir.s : "", dir.n), shown[256];

	if (dir.n == 0)
		strlcpy(shown, "DIR", sizeof(shown));
	else
		text_escape_to(shown, sizeof(shown), copy);
	free(copy);
	return err_append(err, "; for a directory write %s/%s, or %s//%s from "
	    "the root", host, shown, host, shown);
}

int
url_parse(const char *text, struct url *u, struct err *err)
{
	struct parts p = split(text);
	char host[256];
	bool clear;

	memset(u, 0, sizeof(*u));
	find_password(text, &clear);
	if (!clear)
		return err_set(err, ERR_USAGE, "write '/' in a password as "
		    "%%2F, and '@' in a directory as %%40");
	if (set_scheme(p.scheme, u, err) != 0 || set_login(&p, u, err) != 0)
		return -1;
	if (set_host(p.host, u, err) != 0) {
		if (u->host == NULL || *u->host == '\0')
			return -1;
		text_escape_to(host, sizeof(host), u->host);
		err_prefix(err, "%s", host);
		return p.host.s[p.host.n - 1] != ':' ? -1 :
		    advise_directory(host, p.dir, err);
	}
	if (p.dir.s == NULL || p.dir.n == 0)
		return 0;
	u->dir = decode(p.dir, "directory", err);
	return u->dir == NULL ? -1 : 0;
}

void
url_release(struct url *u)
{
	free(u->user);
	free(u->host);
	free(u->dir);
	secret_release(&u->password);
	memset(u, 0, sizeof(*u));
}

bool
url_password(const char *text, size_t *at, size_t *n)
{
	bool clear;
	struct span password = find_password(text, &clear);

	if (password.s == NULL)
		return false;
	*at = (size_t)(password.s - text);
	*n = password.n;
	return true;
}

bool
url_wipe_password(char *text)
{
	size_t at, n;

	if (!url_password(text, &at, &n))
		return false;
	memset(text + at, 'x', n);
	return true;
}

bool
url_is_host(const char *s)
{
	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f ||
		    strchr("/[]@", *s) != NULL)
			return false;
	return true;
}
