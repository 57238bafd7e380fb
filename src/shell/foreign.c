/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/foreign.h"

#include <stddef.h>
#include <string.h>

struct foreign {
	const char *name, *say;
};

static const char bytes[] = "files always go byte by byte";
static const char shown[] = "'set progress' says what is shown";
static const char sides[] = "'set mode passive' or 'active' says who "
    "connects";

static const struct foreign needless[] = {
	{ "binary", bytes }, { "bin", bytes }, { "image", bytes },
	{ "type", bytes },
	{ "ascii", "files go byte by byte: line ends stay as they are" },
	{ "prompt", "get and put never ask" },
	{ "hash", shown }, { "tick", shown }, { "progress", shown },
	{ "passive", sides }, { "epsv", sides }, { "epsv4", sides },
	{ "epsv6", sides }, { "sendport", sides },
	{ "glob", "'set glob no' takes names literally" },
	{ "bell", "there is none" },
	{ "verbose", "-v shows the dialogue" },
	{ "debug", "-v shows the dialogue" },
	{ "option", "scripts stop at what fails, and never ask" },
	{ NULL, NULL }
};

static const struct foreign instead[] = {
	{ "append", "nothing is ever added to a file; 'put -c' goes on with "
	    "an upload" },
	{ "at", "cron(8) and at(1) do that" },
	{ "bookmark", "sites stand in the configuration; 'sites' lists them" },
	{ "bzcat", "use 'cat FILE | bzcat'" },
	{ "cache", "nothing is kept" },
	{ "call", "use 'quote'" },
	{ "case", "names are never changed" },
	{ "chgrp", "FTP has no such command; perhaps 'site CHGRP'" },
	{ "chown", "FTP has no such command; perhaps 'site CHOWN'" },
	{ "cr", bytes },
	{ "keepuptodate", "use 'mirror -R' again and again" },
	{ "local", "use '!COMMAND'" },
	{ "lpage", "use '!less FILE'" },
	{ "lumask", "use umask(1) before" },
	{ "macdef", "use 'source FILE'" },
	{ "mmv", "mv takes several names and a directory" },
	{ "newer", "use 'mirror -n'" },
	{ "nmap", "names are never changed" },
	{ "ntrans", "names are never changed" },
	{ "proxy", "use the two sites one after the other" },
	{ "queue", "write the commands one after the other; get and put take "
	    "several files" },
	{ "remopts", "use 'quote OPTS'" },
	{ "repeat", "use a loop of the shell around ftps" },
	{ "restart", "'get -c' goes on where it was" },
	{ "rhelp", "use 'quote HELP'" }, { "remotehelp", "use 'quote HELP'" },
	{ "rstatus", "use 'quote STAT'" },
	{ "runique", "use 'get -o NAME'" }, { "sunique", "use 'put -o NAME'" },
	{ "shell", "use '!'" },
	{ "synchronize", "use 'mirror', or 'mirror -R'" },
	{ "system", "use 'quote SYST'" },
	{ "umask", "use 'site UMASK'" },
	{ "zcat", "use 'cat FILE | zcat'" },
	{ "zmore", "use 'cat FILE | zmore'" },
	{ NULL, NULL }
};

static const char *
find_name(const struct foreign *table, const char *name)
{
	for (; table->name != NULL; table++) {
		if (strcmp(table->name, name) == 0)
			return table->say;
	}
	return NULL;
}

const char *
foreign_needless(const char *name)
{
	return find_name(needless, name);
}

const char *
foreign_instead(const char *name)
{
	return find_name(instead, name);
}
