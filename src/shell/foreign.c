/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/foreign.h"

#include <stddef.h>
#include <string.h>

struct foreign {
	const char *name, *say;
};

static const char bytes[] = "files always go byte by byte";
static const char shown[] = "'set progress' says what is shown";
static const char sides[] = "'set mode active', or 'passive', does that";
static const char buffers[] = "the system sizes buffers";
static const char dialogue[] = "-v shows the dialogue";
static const char alone[] = "write the command alone";
static const char rate[] = "use 'set rate-limit SIZE'";
static const char edits[] = "use 'edit FILE'";

static const struct foreign needless[] = {
	{ "binary", bytes }, { "bin", bytes }, { "image", bytes },
	{ "type", bytes },
	{ "ascii", "files go byte by byte, line ends as they are" },
	{ "prompt", "get and put never ask" },
	{ "hash", shown }, { "tick", shown }, { "progress", shown },
	{ "passive", sides }, { "epsv", sides }, { "epsv4", sides },
	{ "epsv6", sides }, { "sendport", sides },
	{ "glob", "'set glob no' takes names literally" },
	{ "bell", "there is none" },
	{ "verbose", dialogue }, { "debug", dialogue }, { "trace", dialogue },
	{ "form", bytes }, { "struct", bytes },
	{ "preserve", "times are kept anyway" },
	{ "reset", "nothing gets out of step" },
	{ "sndbuf", buffers }, { "rcvbuf", buffers }, { "xferbuf", buffers },
	{ "option", "scripts stop at what fails, and never ask" },
	{ NULL, NULL }
};

static const struct foreign instead[] = {
	{ "$", "use 'source FILE'" },
	{ "account", "use 'set account' before 'open'" },
	{ "anon", "use 'user anonymous'" },
	{ "append", "a file is stored whole, or not at all; 'put -c' goes on "
	    "with an upload that broke off" },
	{ "at", "cron(8) and at(1) do that" },
	{ "bookmark", "'save NAME' keeps the site that is open; 'sites' lists "
	    "all" },
	{ "bzcat", "use 'cat FILE | bzcat'" },
	{ "bzmore", "use 'cat FILE | bzmore'" },
	{ "cache", "nothing is kept" },
	{ "call", "use 'quote'" },
	{ "case", "names are never changed" },
	{ "chgrp", "FTP has none; perhaps 'site CHGRP'" },
	{ "chown", "FTP has none; perhaps 'site CHOWN'" },
	{ "clear", "Ctrl-L does that" },
	{ "command", alone },
	{ "cr", bytes },
	{ "emacs", edits },
	{ "eval", alone },
	{ "fget", "use get, with the names behind it" },
	{ "gate", "there are no proxies" },
	{ "get1", "use 'get'" },
	{ "idle", "use 'site IDLE SECONDS'" },
	{ "keepuptodate", "use 'mirror -R' again and again" },
	{ "lcat", "use '!cat FILE'" },
	{ "lftp", "use 'open SITE'" },
	{ "local", "use '!COMMAND'" },
	{ "logout", "use 'exit'" },
	{ "lpage", "use '!less FILE'" },
	{ "lumask", "use umask(1) before" },
	{ "macdef", "use 'source FILE'" },
	{ "man", "use 'help COMMAND'" },
	{ "mmv", "mv takes several names and a directory" },
	{ "mode", "'set mode active', or 'passive', says who connects" },
	{ "nano", edits },
	{ "newer", "use 'mirror -n'" },
	{ "nmap", "names are never changed" },
	{ "ntrans", "names are never changed" },
	{ "pdir", "use 'ls -l | less'" }, { "pls", "use 'ls | less'" },
	{ "proxy", "use the two sites one after the other" },
	{ "queue", "use 'COMMAND &', and 'wait'" },
	{ "rate", rate },
	{ "reconnect", "the next command connects by itself" },
	{ "remopts", "use 'quote OPTS'" },
	{ "repeat", "use a loop of the shell around ftps" },
	{ "restart", "'get -c' goes on where it was" },
	{ "rhelp", "use 'quote HELP'" }, { "remotehelp", "use 'quote HELP'" },
	{ "rstatus", "use 'quote STAT'" },
	{ "runique", "use 'get -o NAME'" }, { "sunique", "use 'put -o NAME'" },
	{ "sftp", "use 'open SITE'" },
	{ "shell", "use '!'" },
	{ "slot", "use '&' for jobs, or 'open' for another site" },
	{ "suspend", "Ctrl-Z does that" },
	{ "synchronize", "use 'mirror', or 'mirror -R'" },
	{ "system", "use 'quote SYST'" },
	{ "throttle", rate },
	{ "umask", "use 'site UMASK'" },
	{ "unset", "use 'set NAME \"\"'" },
	{ "usage", "use 'help COMMAND'" },
	{ "vi", edits }, { "vim", edits },
	{ "whoami", "use 'status'" },
	{ "zcat", "use 'cat FILE | zcat'" },
	{ "zmore", "use 'cat FILE | zmore'" },
	{ NULL, NULL }
};

/* Of the program. */
static const struct foreign options[] = {
	{ "-B", "buffers need no size" },
	{ "-C", "nothing is compressed" },
	{ "-N", "NETRC=FILE in the environment names another netrc" },
	{ "-P", "use -p PORT" },
	{ "-R", "requests need no number" },
	{ "-T", "use -o rate-limit=SIZE" },
	{ "-a", "use 'get -c' to go on; to be anonymous, -u anonymous" },
	{ "-d", "use -v" },
	{ "-g", "use --no-glob" },
	{ "-i", "SSH's keys are of no use here; see --cert" },
	{ "-l", "use -o rate-limit=SIZE" },
	{ "-r", "use 'get -r' or 'put -r'" },
	{ "-s", "an address of ours is -o bind-address=ADDRESS" },
	{ "--env-password", "FTPS_PASSWORD is read by itself" },
	{ "--norc", "use -F /dev/null" },
	{ "--rcfile", "use -F FILE" },
	{ "--ssl-reqd", "it is always so" },
	{ NULL, NULL }
};

/* ssh's settings, for -o. */
static const struct foreign settings[] = {
	{ "IdentityFile", "use cert and key" },
	{ "ProxyCommand", "there are no proxies" },
	{ "ProxyJump", "there are no proxies" },
	{ "StrictHostKeyChecking", "use pin, or trust=tofu" },
	{ "UserKnownHostsFile", "use pin, or trust=tofu" },
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

const char *
foreign_option(const char *option)
{
	return find_name(options, option);
}

bool
foreign_option_needless(int letter)
{
	return letter == 'n' || letter == 'i';
}

const char *
foreign_setting(const char *name)
{
	return find_name(settings, name);
}
