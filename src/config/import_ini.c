/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/import_ini.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* A line "key = value" of a site. */
typedef void (*take_line)(struct imported_site *s, const char *key,
    const char *value);

static char *
trimmed(char *s)
{
	size_t n;

	s += strspn(s, " \t");
	n = strlen(s);
	while (n > 0 && isspace((unsigned char)s[n - 1]))
		s[--n] = '\0';
	return s;
}

static int
hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c == '\0' ? NULL :
	    strchr(digits, tolower((unsigned char)c));

	return at != NULL ? (int)(at - digits) : -1;
}

/* "%20", in place; what would end the string stays as it is. */
static void
unescape(char *s)
{
	char *out = s;
	int hi, lo;

	for (; *s != '\0'; s++) {
		hi = s[0] == '%' ? hex(s[1]) : -1;
		lo = hi >= 0 ? hex(s[2]) : -1;
		if (lo >= 0 && hi + lo > 0) {
			*out++ = (char)(hi << 4 | lo);
			s += 2;
		} else {
			*out++ = *s;
		}
	}
	*out = '\0';
}

/*
 * All sections whose names begin with prefix, which is not part of the site's;
 * foreign: they are none of ours until a line says otherwise.
 */
static void
read_sections(char *text, const char *prefix, bool foreign, take_line take,
    struct imported *list)
{
	struct imported_site *s = NULL;
	char *line, *value, *end;

	while ((line = strsep(&text, "\n")) != NULL) {
		line = trimmed(line);
		if (*line == '[') {
			if (s != NULL)
				imported_end(list);
			s = NULL;
			end = strrchr(line, ']');
			if (end == NULL || strncmp(line + 1, prefix,
			    strlen(prefix)) != 0)
				continue;
			*end = '\0';
			unescape(line);
			s = imported_add(list, line + 1 + strlen(prefix));
			s->foreign = foreign;
		} else if (s != NULL && strchr("#;", *line) == NULL) {
			value = line;
			line = strsep(&value, "=");
			if (value != NULL)
				take(s, trimmed(line), trimmed(value));
		}
	}
	if (s != NULL)
		imported_end(list);
}

/* One of ours by the name of one of theirs: whether it was one. */
struct alias {
	const char *theirs, *ours;
};

static bool
take_alias(struct imported_site *s, const struct alias *a, const char *key,
    const char *value)
{
	for (; a->theirs != NULL; a++) {
		if (strcasecmp(a->theirs, key) != 0)
			continue;
		imported_set(s, a->ours, value);
		return true;
	}
	return false;
}

static void
take_winscp(struct imported_site *s, const char *key, const char *raw)
{
	static const struct alias aliases[] = {
		{ "HostName", "host" }, { "PortNumber", "port" },
		{ "UserName", "user" }, { "RemoteDirectory", "dir" },
		{ NULL, NULL }
	};
	char *value = xstrdup(raw);

	unescape(value);
	if (take_alias(s, aliases, key, value)) {
	} else if (strcasecmp(key, "FSProtocol") == 0) {
		s->foreign = strcmp(value, "5") != 0;
	} else if (strcasecmp(key, "Ftps") == 0) {
		s->clear = strcmp(value, "0") == 0;
		if (strcmp(value, "1") == 0)
			imported_set(s, "tls", "implicit");
	} else if (strcasecmp(key, "FtpPasvMode") == 0 &&
	    strcmp(value, "0") == 0) {
		imported_set(s, "mode", "active");
	} else if (strncasecmp(key, "Password", strlen("Password")) == 0) {
		s->password = *value != '\0';
	}
	free(value);
}

void
import_ini_winscp(char *text, struct imported *list)
{
	read_sections(text, "Sessions\\", true, take_winscp, list);
}

static void
take_rclone(struct imported_site *s, const char *key, const char *value)
{
	static const struct alias aliases[] = {
		{ "host", "host" }, { "port", "port" }, { "user", "user" },
		{ "concurrency", "connections" }, { NULL, NULL }
	};
	bool yes = strcasecmp(value, "true") == 0;

	if (take_alias(s, aliases, key, value))
		return;
	if (strcasecmp(key, "type") == 0) {
		s->foreign = strcmp(value, "ftp") != 0;
		s->clear = true;
	} else if (strcasecmp(key, "tls") == 0 && yes) {
		s->clear = false;
		imported_set(s, "tls", "implicit");
	} else if (strcasecmp(key, "explicit_tls") == 0 && yes) {
		s->clear = false;
	} else if (strcasecmp(key, "disable_epsv") == 0 && yes) {
		imported_set(s, "passive-command", "pasv");
	} else if (strcasecmp(key, "pass") == 0) {
		s->password = *value != '\0';
	}
}

void
import_ini_rclone(char *text, struct imported *list)
{
	read_sections(text, "", true, take_rclone, list);
}
