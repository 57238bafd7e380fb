/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/home.h"

#include <sys/types.h>

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"

char *
home_dir(void)
{
	const char *home = getenv("HOME");
	struct passwd pw, *res = NULL;
	char buf[4096];

	if (home != NULL && *home == '/')
		return xstrdup(home);
	if (getpwuid_r(geteuid(), &pw, buf, sizeof(buf), &res) != 0 ||
	    res == NULL || res->pw_dir == NULL || *res->pw_dir != '/')
		return NULL;
	return xstrdup(res->pw_dir);
}

char *
home_expand(const char *path)
{
	char *home, *full;

	if (path[0] != '~' || (path[1] != '/' && path[1] != '\0'))
		return xstrdup(path);
	if ((home = home_dir()) == NULL)
		return xstrdup(path);
	full = xasprintf("%s%s", home, path + 1);
	free(home);
	return full;
}
