/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/bare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"

/* What stands before the path, and whether the path is what is listed. */
static const struct {
	const char *before;	/* '?' for a word */
	bool lists;
} forms[] = {
	{ "RETR ", false }, { "STOR ", false }, { "APPE ", false },
	{ "DELE ", false }, { "RMD ", false }, { "MKD ", false },
	{ "RNFR ", false }, { "RNTO ", false }, { "SIZE ", false },
	{ "MDTM ? ", false }, { "MDTM ", false }, { "MLST ", false },
	{ "MFMT ? ", false }, { "MFF ? ", false }, { "HASH ", false },
	{ "XCRC ", false }, { "XMD5 ", false }, { "XSHA1 ", false },
	{ "XSHA256 ", false }, { "XSHA512 ", false }, { "MD5 ", false },
	{ "SITE CHMOD ? ", false }, { "SITE UTIME ? ", false },
	{ "SITE UTIME ", false },
	{ "MLSD ", true }, { "NLST ", true }, { "LIST -a ", true },
	{ "LIST ", true },
};

/* Where the path begins that follows this, or NULL. */
static const char *
path_behind(const char *line, const char *before)
{
	for (; *before != '\0'; before++) {
		if (*before == '?') {
			if (*line == '/' || *line == ' ' || *line == '\0')
				return NULL;
			line += strcspn(line, " ");
		} else if (*line++ != *before) {
			return NULL;
		}
	}
	return *line == '/' ? line : NULL;
}

bool
bare_split(const char *line, char **dir, char **there)
{
	const char *path = NULL;
	size_t i, n = sizeof(forms) / sizeof(forms[0]);
	int before;

	for (i = 0; i < n; i++)
		if ((path = path_behind(line, forms[i].before)) != NULL)
			break;
	if (path == NULL || (!forms[i].lists && path[1] == '\0'))
		return false;
	before = (int)(path - line);
	if (forms[i].lists) {
		*dir = xstrdup(path);
		*there = xasprintf("%.*s", before - 1, line);
	} else {
		*dir = path_dir(path);
		*there = xasprintf("%.*s%s", before, line, path_base(path));
	}
	return true;
}
