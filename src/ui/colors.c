/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/colors.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

static const char usual[] = "di=01;34:ln=01;36:ex=01;32";

enum {
	KINDS_MAX = 4,		/* keys that may be about one entry */
	SETUID = 04000, SETGID = 02000, STICKY = 01000, OTHERS_WRITE = 02,
	ANY_EXEC = 0111,
};

/* The keys for a directory's mode, the most telling first. */
static size_t
dir_kinds(int mode, const char **key)
{
	size_t n = 0;

	if (mode >= 0 && (mode & STICKY) != 0 && (mode & OTHERS_WRITE) != 0)
		key[n++] = "tw";
	else if (mode >= 0 && (mode & OTHERS_WRITE) != 0)
		key[n++] = "ow";
	else if (mode >= 0 && (mode & STICKY) != 0)
		key[n++] = "st";
	key[n++] = "di";
	return n;
}

static size_t
file_kinds(int mode, const char **key)
{
	size_t n = 0;

	if (mode >= 0 && (mode & SETUID) != 0)
		key[n++] = "su";
	else if (mode >= 0 && (mode & SETGID) != 0)
		key[n++] = "sg";
	if (mode >= 0 && (mode & ANY_EXEC) != 0)
		key[n++] = "ex";
	return n;
}

static size_t
kinds_of(const struct entry *e, const char *key[KINDS_MAX])
{
	switch (e->type) {
	case 'd':
		return dir_kinds(e->mode, key);
	case 'l':
		key[0] = "ln";
		return 1;
	case 'f':
		return file_kinds(e->mode, key);
	default:
		return 0;
	}
}

/* Whether key, of n bytes, is "*" and an ending of name. */
static bool
is_ending(const char *key, size_t n, const char *name)
{
	size_t len = strlen(name);

	return n > 1 && key[0] == '*' && len >= n - 1 &&
	    strncasecmp(name + len - (n - 1), key + 1, n - 1) == 0;
}

/*
 * The value of the last pair whose key is kind, or, kind NULL, an ending of
 * name.  NULL if there is none, or it has anything but digits in it.
 */
static char *
find_code(const char *spec, const char *kind, const char *name)
{
	const char *value, *found = NULL;
	size_t n, key, length = 0;

	for (; *spec != '\0'; spec += n + (spec[n] == ':')) {
		n = strcspn(spec, ":");
		key = strcspn(spec, "=");
		if (key >= n || !(kind != NULL ? strlen(kind) == key &&
		    strncmp(spec, kind, key) == 0 :
		    is_ending(spec, key, name)))
			continue;
		value = spec + key + 1;
		length = n - key - 1;
		found = strspn(value, "0123456789;") >= length &&
		    length > 0 ? value : NULL;
	}
	return found != NULL ? xstrndup(found, length) : NULL;
}

char *
colors_of(const char *spec, const struct entry *e)
{
	const char *key[KINDS_MAX];
	char *code = NULL;
	size_t i, n = kinds_of(e, key);

	if (spec == NULL)
		spec = usual;
	for (i = 0; i < n && code == NULL; i++)
		code = find_code(spec, key[i], NULL);
	if (code == NULL && e->type == 'f')
		code = find_code(spec, NULL, e->name);
	if (code == NULL && e->type == 'f')
		code = find_code(spec, "fi", NULL);
	/* "0" and "00" mean no colour. */
	if (code != NULL && code[strspn(code, "0")] == '\0') {
		free(code);
		code = NULL;
	}
	return code;
}
