/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/bare.h"

#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"

/*
 * What a command begins with.  CWD is how one goes somewhere, and STAT without
 * a name is about the server.
 */
static const char *const about_name[] = {
	"RETR", "STOR", "APPE", "DELE", "RMD", "MKD", "RNFR", "RNTO", "SIZE",
	"MDTM", "MLST", "MFMT", "MFF", "HASH", "XCRC", "XMD5", "XSHA1",
	"XSHA256", "XSHA512", "MD5", "SITE CHMOD", "SITE UTIME", NULL,
};
static const char *const about_place[] = { "MLSD", "NLST", "LIST", NULL };

static bool
begins_with_one(const char *verb, const char *const *list)
{
	size_t n;

	for (; *list != NULL; list++) {
		n = strlen(*list);
		if (strncmp(verb, *list, n) == 0 &&
		    (verb[n] == '\0' || verb[n] == ' '))
			return true;
	}
	return false;
}

bool
bare_split(const char *verb, const char *path, char **dir, char **name)
{
	if (path[0] != '/')
		return false;
	if (begins_with_one(verb, about_place)) {
		*dir = xstrdup(path);
		*name = NULL;
		return true;
	}
	if (path[1] == '\0' || !begins_with_one(verb, about_name))
		return false;
	*dir = path_dir(path);
	*name = xstrdup(path_base(path));
	return true;
}
