/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/lftp.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "config/option.h"

/* Settings. */

enum change {
	SAME,		/* ours takes the same values */
	YES_NO,		/* yes and no are these words of ours */
	FIRST,		/* "DOWN:UP": one number here */
	NEVER,		/* it is so already, or means nothing here */
	IF_NO,		/* the same, but what is to be told of "no" */
	REFUSED,	/* unless it is empty, or "no" */
};

struct setting {
	const char *name;
	enum change change;
	const char *ours;
	const char *yes, *no;
	const char *say;
};

static const char keeps_checks[] = "checked all the same: set pin, ca-file or "
    "trust";
static const char no_proxies[] = "there are no proxies here";
static const char log_file[] = "see 'set log-file'";

/* Behind all others: other protocols, and what concerns lftp alone. */
static const struct setting settings[] = {
	{ "bmk:save-passwords", NEVER, NULL, NULL, NULL, NULL },
	{ "cache:enable", NEVER, NULL, NULL, NULL, NULL },
	{ "cache:expire", NEVER, NULL, NULL, NULL, NULL },
	{ "cmd:default-protocol", NEVER, NULL, NULL, NULL, NULL },
	{ "cmd:fail-exit", IF_NO, NULL, NULL, NULL,
	    "a script ends at what fails; a '-' before a command lets it "
	    "fail" },
	{ "cmd:interactive", NEVER, NULL, NULL, NULL, NULL },
	{ "cmd:trace", NEVER, NULL, NULL, NULL, NULL },
	{ "color:use-color", YES_NO, "color", "always", "never", NULL },
	{ "dns:order", NEVER, NULL, NULL, NULL,
	    "-4 and -6 choose addresses" },
	{ "file:charset", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:acct", SAME, "account", NULL, NULL, NULL },
	{ "ftp:anon-pass", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:anon-user", REFUSED, NULL, NULL, NULL, "use 'user NAME'" },
	{ "ftp:auto-passive-mode", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:bind-data-socket", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:catch-size", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:charset", NEVER, NULL, NULL, NULL,
	    "names go as they are" },
	{ "ftp:client", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:fix-pasv-address", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:home", REFUSED, NULL, NULL, NULL, "use 'cd DIR'" },
	{ "ftp:ignore-pasv-address", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:lang", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:list-options", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:nop-interval", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:passive-mode", YES_NO, "mode", "passive", "active", NULL },
	{ "ftp:port-ipv4", SAME, "active-address", NULL, NULL, NULL },
	{ "ftp:port-range", SAME, "active-ports", NULL, NULL, NULL },
	{ "ftp:prefer-epsv", YES_NO, "passive-command", "auto", "pasv", NULL },
	{ "ftp:proxy", REFUSED, NULL, NULL, NULL, no_proxies },
	{ "ftp:rest-list", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:rest-stor", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:retry-530", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:retry-530-anonymous", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:site-group", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:ssl-allow", IF_NO, NULL, NULL, NULL,
	    "all goes over TLS; without, it is 'set tls off' before 'open'" },
	{ "ftp:ssl-allow-anonymous", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:ssl-auth", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:ssl-copy-sid", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:ssl-data-use-keys", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:ssl-force", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:ssl-protect-data", IF_NO, NULL, NULL, NULL,
	    "data are protected; without, it is 'set tls-data clear' before "
	    "'open'" },
	{ "ftp:ssl-protect-fxp", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:ssl-protect-list", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:ssl-shutdown-timeout", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:ssl-use-ccc", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:stat-interval", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:strict-multiline", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:sync-mode", YES_NO, "pipeline", "off", "auto", NULL },
	{ "ftp:timezone", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:trust-feat", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:use-abor", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:use-allo", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:use-feat", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:use-fxp", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:use-hftp", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:use-ip-tos", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:use-mdtm", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:use-mdtm-overloaded", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:use-mlsd", YES_NO, "listing", "auto", "list", NULL },
	{ "ftp:use-mode-z", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:use-pret", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:use-quit", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:use-site-chmod", NEVER, NULL, NULL, NULL,
	    "mirror --no-perms leaves permissions alone" },
	{ "ftp:use-site-idle", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:use-site-utime", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:use-site-utime2", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:use-size", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:use-stat-for-list", YES_NO, "listing", "stat", "auto", NULL },
	{ "ftp:use-telnet-iac", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:use-tvfs", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:use-utf8", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:verify-address", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:verify-port", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:waiting-150-timeout", NEVER, NULL, NULL, NULL, NULL },
	{ "ftp:web-mode", NEVER, NULL, NULL, NULL, NULL },
	{ "ftps:initial-prot", NEVER, NULL, NULL, NULL, NULL },
	{ "mirror:dereference", REFUSED, NULL, NULL, NULL,
	    "use 'mirror -L'" },
	{ "mirror:exclude-regex", REFUSED, NULL, NULL, NULL,
	    "use 'mirror -x RE'" },
	{ "mirror:include-regex", REFUSED, NULL, NULL, NULL,
	    "use 'mirror -i RE'" },
	{ "mirror:no-empty-dirs", REFUSED, NULL, NULL, NULL,
	    "use 'mirror --no-empty-dirs'" },
	{ "mirror:order", NEVER, NULL, NULL, NULL, NULL },
	{ "mirror:overwrite", NEVER, NULL, NULL, NULL, NULL },
	{ "mirror:parallel-directories", NEVER, NULL, NULL, NULL, NULL },
	{ "mirror:parallel-transfer-count", SAME, "connections", NULL, NULL,
	    NULL },
	{ "mirror:require-source", NEVER, NULL, NULL, NULL, NULL },
	{ "mirror:set-permissions", IF_NO, NULL, NULL, NULL,
	    "mirror --no-perms leaves permissions alone" },
	{ "mirror:skip-noaccess", NEVER, NULL, NULL, NULL, NULL },
	{ "mirror:sort-by", NEVER, NULL, NULL, NULL, NULL },
	{ "mirror:use-pget-n", NEVER, NULL, NULL, NULL, NULL },
	{ "net:connection-limit", SAME, "connections", NULL, NULL, NULL },
	{ "net:connection-takeover", NEVER, NULL, NULL, NULL, NULL },
	{ "net:idle", NEVER, NULL, NULL, NULL, NULL },
	{ "net:limit-max", NEVER, NULL, NULL, NULL, NULL },
	{ "net:limit-rate", FIRST, "rate-limit", NULL, NULL, NULL },
	{ "net:limit-total-rate", FIRST, "rate-limit", NULL, NULL, NULL },
	{ "net:max-retries", SAME, "retries", NULL, NULL, NULL },
	{ "net:persist-retries", NEVER, NULL, NULL, NULL, NULL },
	{ "net:reconnect-interval-base", SAME, "retry-delay", NULL, NULL,
	    NULL },
	{ "net:reconnect-interval-max", NEVER, NULL, NULL, NULL, NULL },
	{ "net:reconnect-interval-multiplier", NEVER, NULL, NULL, NULL,
	    NULL },
	{ "net:socket-bind-ipv4", SAME, "bind-address", NULL, NULL, NULL },
	{ "net:socket-bind-ipv6", SAME, "bind-address", NULL, NULL, NULL },
	{ "net:socket-buffer", NEVER, NULL, NULL, NULL, NULL },
	{ "net:socket-maxseg", NEVER, NULL, NULL, NULL, NULL },
	{ "net:timeout", SAME, "timeout", NULL, NULL, NULL },
	{ "pget:default-n", SAME, "connections", NULL, NULL, NULL },
	{ "pget:min-chunk-size", NEVER, NULL, NULL, NULL, NULL },
	{ "pget:save-status", NEVER, NULL, NULL, NULL, NULL },
	{ "ssl:ca-file", SAME, "ca-file", NULL, NULL, NULL },
	{ "ssl:ca-path", REFUSED, NULL, NULL, NULL, "use ca-file" },
	{ "ssl:cert-file", SAME, "cert", NULL, NULL, NULL },
	{ "ssl:check-hostname", IF_NO, NULL, NULL, NULL,
	    "the host's name is checked all the same: 'set tls-server-name' "
	    "to the one in the certificate" },
	{ "ssl:crl-file", SAME, "crl-file", NULL, NULL, NULL },
	{ "ssl:crl-path", REFUSED, NULL, NULL, NULL, "use crl-file" },
	{ "ssl:key-file", SAME, "key", NULL, NULL, NULL },
	{ "ssl:priority", SAME, "tls-priority", NULL, NULL, NULL },
	{ "ssl:use-sni", NEVER, NULL, NULL, NULL, NULL },
	{ "ssl:verify-certificate", IF_NO, NULL, NULL, NULL, keeps_checks },
	{ "xfer:buffer-size", NEVER, NULL, NULL, NULL, NULL },
	{ "xfer:clobber", IF_NO, NULL, NULL, NULL,
	    "get replaces files that are there" },
	{ "xfer:destination-directory", REFUSED, NULL, NULL, NULL,
	    "use 'get -O DIR'" },
	{ "xfer:disk-full-fatal", NEVER, NULL, NULL, NULL, NULL },
	{ "xfer:eta-period", NEVER, NULL, NULL, NULL, NULL },
	{ "xfer:eta-terse", NEVER, NULL, NULL, NULL, NULL },
	{ "xfer:keep-backup", NEVER, NULL, NULL, NULL, NULL },
	{ "xfer:log", NEVER, NULL, NULL, NULL, log_file },
	{ "xfer:log-file", NEVER, NULL, NULL, NULL, log_file },
	{ "xfer:make-backup", NEVER, NULL, NULL, NULL, NULL },
	{ "xfer:max-redirections", NEVER, NULL, NULL, NULL, NULL },
	{ "xfer:parallel", SAME, "connections", NULL, NULL, NULL },
	{ "xfer:rate-period", NEVER, NULL, NULL, NULL, NULL },
	{ "xfer:temp-file-name", NEVER, NULL, NULL, NULL, NULL },
	{ "xfer:timeout", NEVER, NULL, NULL, NULL, NULL },
	{ "xfer:use-temp-file", YES_NO, "temp-names", "yes", "no", NULL },
	{ "xfer:verify", NEVER, NULL, NULL, NULL, "see 'set verify'" },
	{ "xfer:verify-command", REFUSED, NULL, NULL, NULL,
	    "see 'set verify'" },
	{ "bmk:*", NEVER, NULL, NULL, NULL, NULL },
	{ "cache:*", NEVER, NULL, NULL, NULL, NULL },
	{ "cmd:*", NEVER, NULL, NULL, NULL, NULL },
	{ "color:*", NEVER, NULL, NULL, NULL, NULL },
	{ "dns:*", NEVER, NULL, NULL, NULL, NULL },
	{ "file:*", NEVER, NULL, NULL, NULL, NULL },
	{ "fish:*", NEVER, NULL, NULL, NULL, NULL },
	{ "hftp:*", NEVER, NULL, NULL, NULL, NULL },
	{ "http:*", NEVER, NULL, NULL, NULL, NULL },
	{ "https:*", NEVER, NULL, NULL, NULL, NULL },
	{ "module:*", NEVER, NULL, NULL, NULL, NULL },
	{ "sftp:*", NEVER, NULL, NULL, NULL, NULL },
	{ "torrent:*", NEVER, NULL, NULL, NULL, NULL },
	{ "log:*", NEVER, NULL, NULL, NULL, log_file },
	{ NULL, NEVER, NULL, NULL, NULL, NULL }
};

/* "sftp:*": all of that group; name may lack its group. */
static bool
is_setting(const char *pattern, const char *name, size_t n)
{
	size_t group = strcspn(pattern, ":") + 1;

	if (memchr(name, ':', n) == NULL)
		return pattern[group] != '*' &&
		    strlen(pattern + group) == n &&
		    strncmp(pattern + group, name, n) == 0;
	if (pattern[group] == '*')
		return strncmp(pattern, name, group) == 0;
	return strlen(pattern) == n && strncmp(pattern, name, n) == 0;
}

/* Up to the closure, "net:timeout/host"; the group may be left out. */
static const struct setting *
find_setting(const char *name)
{
	const struct setting *s;
	size_t n = strcspn(name, "/");

	for (s = settings; s->name != NULL; s++) {
		if (is_setting(s->name, name, n))
			return s;
	}
	return NULL;
}

bool
lftp_is_setting(const char *name)
{
	const char *colon = strchr(name, ':');

	if (colon == NULL)
		return option_find(name) == NULL && find_setting(name) != NULL;
	return colon != name && colon[1] != '\0';
}

/* The first number of "100K:50K" that is one, for both directions. */
static char *
first_number(const char *value)
{
	size_t n = strcspn(value, ":");

	if (value[n] == ':' && strspn(value, "0") == n)
		return xstrdup(value + n + 1);
	return xstrndup(value, n);
}

int
lftp_setting(const char *name, const char *value, struct lftp_set *out,
    struct err *err)
{
	const struct setting *s = find_setting(name);
	bool yes = false, known = parse_bool(value, &yes) == 0;

	*out = (struct lftp_set){ NULL, NULL, NULL };
	if (s == NULL)
		return err_set(err, ERR_USAGE, "%s: lftp's, and not known "
		    "here; 'set -a' lists ours", name);
	switch (s->change) {
	case SAME:
		out->value = xstrdup(value);
		break;
	case YES_NO:
		if (!known)
			return err_set(err, ERR_USAGE, "%s: neither yes nor "
			    "no", name);
		out->value = xstrdup(yes ? s->yes : s->no);
		break;
	case FIRST:
		out->value = first_number(value);
		break;
	case NEVER:
		out->say = s->say;
		/* A name without a group may be a slip. */
		if (s->say == NULL && strchr(name, ':') == NULL)
			out->say = "lftp's, and does nothing here";
		return 0;
	case REFUSED:
		if (*value == '\0' || (known && !yes))
			return 0;
		return err_set(err, ERR_USAGE, "%s: not here: %s", name,
		    s->say);
	case IF_NO:
		out->say = known && !yes ? s->say : NULL;
		return 0;
	}
	out->ours = s->ours;
	return 0;
}

void
lftp_release(struct lftp_set *set)
{
	free(set->value);
	set->value = NULL;
}

/* Options of mirror. */

enum {
	PASSED = LFTP_FIRST, FIRST_DELETE, LOG, PGET, ALL, MISSING, EXISTING,
	CHOWN, LOOP, ERRORS, FLAT, TEXT, DIRS, SCRIPT, ONE_FILE, ONE_DIR,
	LISTS, RECURSION,
};

const struct cmd_option lftp_mirror_options[] = {
	{ PASSED, "depth-first", ARG_NONE, NULL, "" },
	{ PASSED, "scan-all-first", ARG_NONE, NULL, "" },
	{ PASSED, "skip-noaccess", ARG_NONE, NULL, "" },
	{ PASSED, "use-cache", ARG_NONE, NULL, "" },
	{ PASSED, "overwrite", ARG_NONE, NULL, "" },
	{ PASSED, "no-overwrite", ARG_NONE, NULL, "" },
	{ PASSED, "upload-older", ARG_NONE, NULL, "" },
	{ PASSED, "no-dereference", ARG_NONE, NULL, "" },
	{ PASSED, "no-umask", ARG_NONE, NULL, "" },
	{ PASSED, "allow-suid", ARG_NONE, NULL, "" },
	{ 's', NULL, ARG_NONE, NULL, "" },
	{ FIRST_DELETE, "delete-first", ARG_NONE, NULL, "" },
	{ LOG, "log", ARG_TEXT, "FILE", "" },
	{ PGET, "use-pget-n", ARG_TEXT, "[=N]", "" },
	{ ALL, "transfer-all", ARG_NONE, NULL, "" },
	{ MISSING, "only-missing", ARG_NONE, NULL, "" },
	{ EXISTING, "only-existing", ARG_NONE, NULL, "" },
	{ CHOWN, "allow-chown", ARG_NONE, NULL, "" },
	{ 'a', NULL, ARG_NONE, NULL, "" },
	{ LOOP, "loop", ARG_NONE, NULL, "" },
	{ ERRORS, "max-errors", ARG_TEXT, "N", "" },
	{ FLAT, "flat", ARG_NONE, NULL, "" },
	{ TEXT, "ascii", ARG_NONE, NULL, "" },
	{ DIRS, "Remove-source-dirs", ARG_NONE, NULL, "" },
	{ DIRS, "Move", ARG_NONE, NULL, "" },
	{ SCRIPT, "script", ARG_NAME, "FILE", "" },
	{ ONE_FILE, "file", ARG_NAME, "FILE", "" },
	{ 'f', NULL, ARG_NAME, "FILE", "" },
	{ ONE_DIR, "directory", ARG_NAME, "DIR", "" },
	{ 'F', NULL, ARG_NAME, "DIR", "" },
	{ RECURSION, "recursion", ARG_TEXT, "WHEN", "" },
	{ LISTS, "include-rx-from", ARG_NAME, "FILE", "" },
	{ LISTS, "exclude-rx-from", ARG_NAME, "FILE", "" },
	{ LISTS, "include-glob-from", ARG_NAME, "FILE", "" },
	{ 0 }
};

static const struct {
	int id;
	bool refused;
	const char *say;
} sayings[] = {
	{ FIRST_DELETE, false, "--delete-first: deletions come last" },
	{ LOG, false, "--log: 'set log-file' keeps a log" },
	{ PGET, false, "--use-pget-n: a file goes over one connection, many "
	    "at a time" },
	{ ALL, false, "--transfer-all: what is equal is not sent again" },
	{ MISSING, true, "--only-missing: not here; -n takes what is newer, "
	    "too" },
	{ EXISTING, true, "--only-existing: not here" },
	{ CHOWN, true, "--allow-chown: owners are not carried over" },
	{ 'a', true, "-a: owners are not carried over" },
	{ LOOP, true, "--loop: not here; run it again" },
	{ ERRORS, true, "--max-errors: not here; all is tried, and the status "
	    "tells" },
	{ FLAT, true, "--flat: not here" },
	{ TEXT, true, "--ascii: files go byte by byte" },
	{ DIRS, true, "only files are moved: --remove-source-files" },
	{ SCRIPT, true, "--script: not here; --dry-run prints what would be "
	    "done" },
	{ ONE_FILE, true, "--file: use get, or put" },
	{ 'f', true, "-f: use get, or put" },
	{ ONE_DIR, true, "--directory: name the directory, without an "
	    "option" },
	{ 'F', true, "-F: name the directory, without an option" },
	{ RECURSION, true, "--recursion: not here; -r is 'never'" },
	{ LISTS, true, "use --exclude-from (globs), or -x and -i" },
};

int
lftp_mirror_option(int id, const char **say, struct err *err)
{
	size_t i;

	*say = NULL;
	for (i = 0; i < sizeof(sayings) / sizeof(sayings[0]); i++) {
		if (sayings[i].id != id)
			continue;
		if (sayings[i].refused)
			return err_set(err, ERR_USAGE, "mirror: %s",
			    sayings[i].say);
		*say = sayings[i].say;
	}
	return 0;
}
