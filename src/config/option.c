/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/option.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/text.h"
#include "config/home.h"
#include "config/pin.h"
#include "config/url.h"

enum {
	NAME_MAX_SHOWN = 64,	/* bytes of a foreign name in a message */
	HINTS_MAX = 3,
};

#define DAY_MS	((int64_t)24 * 60 * 60 * 1000)

static const char *const tls_choices[] = {
	"explicit", "implicit", "off", NULL
};
static const char *const tls_data_choices[] = { "private", "clear", NULL };
static const char *const tls_min_choices[] = { "1.2", "1.3", NULL };
static const char *const tls_resume_choices[] = {
	"auto", "require", "off", NULL
};
static const char *const tls_eof_choices[] = {
	"size", "strict", "lax", NULL
};
static const char *const trust_choices[] = { "ca", "tofu", NULL };
static const char *const ocsp_choices[] = { "auto", "require", "off", NULL };
static const char *const mode_choices[] = { "passive", "active", NULL };
static const char *const passive_command_choices[] = {
	"auto", "epsv", "pasv", NULL
};
static const char *const passive_address_choices[] = {
	"control", "reply", NULL
};
static const char *const family_choices[] = { "any", "ipv4", "ipv6", NULL };
static const char *const pipeline_choices[] = { "off", "auto", NULL };
static const char *const listing_choices[] = {
	"auto", "mlsd", "list", "stat", NULL
};
static const char *const verify_choices[] = {
	"size", "hash", "none", NULL
};
static const char *const when_choices[] = {
	"auto", "always", "never", NULL
};

static int
check_host(const char *value, struct err *err)
{
	if (*value == '\0' || url_is_host(value))
		return 0;
	return err_set(err, ERR_USAGE, "not the name of a host");
}

/* What goes to the server as an argument of a command. */
static int
check_argument(const char *value, struct err *err)
{
	if (strpbrk(value, "\r\n") == NULL)
		return 0;
	return err_set(err, ERR_USAGE, "CR or LF in it");
}

static int
check_pin(const char *value, struct err *err)
{
	unsigned char key[PIN_BYTES];

	if (pin_decode(value, key) == 0)
		return 0;
	return err_set(err, ERR_USAGE,
	    "not sha256//BASE64 of 32 bytes, nor 64 hex digits");
}

static int
check_not_empty(const char *value, struct err *err)
{
	if (*value != '\0')
		return 0;
	return err_set(err, ERR_USAGE, "empty");
}

/*
 * The secret itself is refused: settings are shown and logged.  So is
 * standard input, which has other uses.
 */
static int
check_source(const char *value, struct err *err)
{
	static const char *const kinds[] = { "file:", "command:" };
	size_t i, n;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		n = strlen(kinds[i]);
		if (strncmp(value, kinds[i], n) == 0 && value[n] != '\0' &&
		    strcmp(value, "file:-") != 0)
			return 0;
	}
	return *value == '\0' ? 0 :
	    err_set(err, ERR_USAGE, "neither file:PATH nor command:COMMAND");
}

static bool
is_time_of_day(const char *s)
{
	uint64_t hours, minutes;
	const char *colon = strchr(s, ':');

	return colon != NULL && colon - s <= 2 &&
	    strlen(colon + 1) == 2 &&
	    parse_u64n(s, (size_t)(colon - s), 23, &hours) == 0 &&
	    parse_u64(colon + 1, 59, &minutes) == 0;
}

static int
check_deadline(const char *value, struct err *err)
{
	int64_t ms;

	if (*value == '\0' || is_time_of_day(value) ||
	    (parse_duration(value, &ms) == 0 && ms > 0))
		return 0;
	return err_set(err, ERR_USAGE, "neither a time (30m, 2h) nor HH:MM");
}

/* As many rows as settings.set has bits, at most. */
#define ROW(name_, type_, field_)					\
	.name = (name_), .type = OPTION_##type_,			\
	.offset = offsetof(struct settings, field_)
#define CHOICE(name_, field_)						\
	ROW(name_, CHOICE, field_), .choices
#define TIMES(name_, field_)						\
	ROW(name_, TIME, field_), .max = 30 * DAY_MS

const struct option_row option_table[] = {
	{ ROW("host", STRING, host), .check = check_host,
	    .at_open = true,
	    .help = "name or address to connect to" },
	{ ROW("port", NUMBER, port), .min = 1, .max = 65535,
	    .at_open = true,
	    .help = "control port; 21, or 990 with implicit TLS" },
	{ ROW("user", STRING, user), .check = check_argument,
	    .at_open = true,
	    .help = "login name" },
	{ ROW("account", STRING, account), .check = check_argument,
	    .at_open = true,
	    .help = "account, for servers that ask for one (ACCT)" },
	{ ROW("password-command", COMMAND, password_command),
	    .at_open = true,
	    .help = "command whose first line of output is the password" },
	{ ROW("password-file", PATH, password_file),
	    .at_open = true,
	    .help = "file whose first line is the password" },
	{ ROW("dir", STRING, dir), .check = check_argument,
	    .at_open = true,
	    .help = "directory to begin in" },

	{ CHOICE("tls", tls) = tls_choices, .preset = "explicit",
	    .at_open = true,
	    .help = "AUTH TLS, TLS from the first byte, or clear text" },
	{ CHOICE("tls-data", tls_data) = tls_data_choices,
	    .preset = "private",
	    .at_open = true,
	    .help = "protection of data connections" },
	{ CHOICE("tls-min", tls_min) = tls_min_choices, .preset = "1.2",
	    .at_open = true,
	    .help = "oldest TLS version to accept" },
	{ ROW("tls-priority", STRING, tls_priority),
	    .at_open = true,
	    .help = "GnuTLS priority string instead of our own" },
	{ ROW("tls-server-name", STRING, tls_server_name),
	    .check = check_host,
	    .at_open = true,
	    .help = "name to expect in the certificate, if not the host's" },
	{ CHOICE("tls-resume", tls_resume) = tls_resume_choices,
	    .preset = "auto",
	    .at_open = true,
	    .help = "resume the control session on data connections" },
	{ CHOICE("tls-eof", tls_eof) = tls_eof_choices, .preset = "size",
	    .at_open = true,
	    .help = "when data may end without close_notify: at the "
	    "announced size, never, always" },
	{ CHOICE("trust", trust) = trust_choices, .preset = "ca",
	    .at_open = true,
	    .help = "certificate authorities, or the key seen first (tofu)" },
	{ ROW("pin", LIST, pin), .check = check_pin,
	    .at_open = true,
	    .help = "SHA-256 of the server's key: sha256//BASE64 or hex" },
	{ ROW("ca-file", PATH, ca_file), .check = check_not_empty,
	    .at_open = true,
	    .help = "trust anchors (PEM) instead of the system's" },
	{ ROW("crl-file", PATH, crl_file), .check = check_not_empty,
	    .at_open = true,
	    .help = "revocation lists (PEM) that certificates are checked by" },
	{ CHOICE("ocsp", ocsp) = ocsp_choices, .preset = "auto",
	    .at_open = true,
	    .help = "stapled OCSP answers: check, demand or ignore them" },
	{ ROW("cert", PATH, cert),
	    .at_open = true,
	    .help = "own certificate: PEM, PKCS#12 or a pkcs11: URI" },
	{ ROW("key", PATH, key),
	    .at_open = true,
	    .help = "its key, if not in cert: PEM or a pkcs11: URI" },
	{ ROW("key-password", COMMAND, key_password), .check = check_source,
	    .at_open = true,
	    .help = "the key's password or PIN: file:PATH or "
	    "command:COMMAND" },

	{ CHOICE("mode", mode) = mode_choices, .preset = "passive",
	    .at_open = true,
	    .help = "who opens data connections: we or the server" },
	{ ROW("active-ports", RANGE, active_port_lo), .min = 1, .max = 65535,
	    .help = "ports to listen on in active mode, LO-HI" },
	{ ROW("active-address", STRING, active_address),
	    .check = check_host,
	    .help = "address to announce in active mode" },
	{ CHOICE("passive-command", passive_command) =
	    passive_command_choices, .preset = "auto",
	    .help = "how passive data connections are asked for" },
	{ CHOICE("passive-address", passive_address) =
	    passive_address_choices, .preset = "control",
	    .help = "connect to the server we know, or as its 227 says" },
	{ ROW("bind-address", STRING, bind_address), .check = check_host,
	    .help = "own address to connect from" },
	{ CHOICE("address-family", address_family) = family_choices,
	    .preset = "any",
	    .help = "IPv4, IPv6 or whichever answers" },
	{ ROW("connections", NUMBER, connections), .min = 1, .max = 256,
	    .preset = "4",
	    .help = "parallel connections for transfers and listings" },
	{ CHOICE("pipeline", pipeline) = pipeline_choices,
	    .preset = "auto",
	    .help = "send commands before earlier replies have come" },
	{ TIMES("connect-timeout", connect_timeout), .preset = "20s",
	    .help = "limit for connecting" },
	{ TIMES("timeout", timeout), .preset = "60s",
	    .help = "limit without any progress" },
	{ TIMES("reply-timeout", reply_timeout), .preset = "300s",
	    .help = "limit for slow replies: hashes, end of an upload" },
	{ ROW("retries", NUMBER, retries), .max = 1000000, .preset = "10",
	    .help = "attempts after temporary failures in a row" },
	{ TIMES("retry-delay", retry_delay), .preset = "1s",
	    .help = "pause before the first retry; doubles up to 60s" },
	{ TIMES("keepalive", keepalive), .preset = "60s",
	    .help = "NOOP this often while idle; 0: never" },
	{ ROW("deadline", STRING, deadline), .check = check_deadline,
	    .help = "end of the whole run: 30m, 2h, 06:00" },
	{ ROW("rate-limit", SIZE, rate_limit), .preset = "0",
	    .help = "bytes a second over all connections; 0: none" },
	{ CHOICE("listing", listing) = listing_choices, .preset = "auto",
	    .help = "command that lists directories" },

	{ ROW("temp-names", BOOL, temp_names), .preset = "yes",
	    .help = "upload under another name and rename when complete" },
	{ ROW("preserve-times", BOOL, preserve_times), .preset = "yes",
	    .help = "carry modification times over" },
	{ ROW("fsync", BOOL, fsync), .preset = "no",
	    .help = "write each file to the disk, not all at the end" },
	{ CHOICE("verify", verify) = verify_choices, .preset = "size",
	    .help = "check after each transfer" },

	{ ROW("glob", BOOL, glob), .preset = "yes",
	    .help = "expand * ? [ ] in names" },
	{ ROW("confirm", BOOL, confirm), .preset = "yes",
	    .help = "ask before what destroys (interactive shell only)" },
	{ CHOICE("color", color) = when_choices, .preset = "auto",
	    .help = "colours in listings" },
	{ ROW("pager", COMMAND, pager),
	    .help = "command for more, instead of $PAGER" },
	{ ROW("editor", COMMAND, editor),
	    .help = "command for edit, instead of $VISUAL or $EDITOR" },
	{ CHOICE("progress", progress) = when_choices, .preset = "auto",
	    .help = "progress lines; auto: on a terminal" },
	{ ROW("log-file", PATH, log_file),
	    .help = "messages and dialogue also go to this file" },
	{ ROW("syslog", BOOL, syslog), .preset = "no",
	    .help = "errors, and what scripts do, also go to syslog" },
	{ .name = NULL }
};

static_assert(sizeof(option_table) / sizeof(option_table[0]) <= 65,
    "settings.set has 64 bits");
static_assert(offsetof(struct settings, active_port_hi) ==
    offsetof(struct settings, active_port_lo) + sizeof(int),
    "a range is two neighbours");
static_assert(sizeof(enum tls_mode) == sizeof(int), "choices are ints");

static void *
field(struct settings *st, const struct option_row *row)
{
	return (char *)st + row->offset;
}

static const void *
cfield(const struct settings *st, const struct option_row *row)
{
	return (const char *)st + row->offset;
}

static uint64_t
bit(const struct option_row *row)
{
	return (uint64_t)1 << (row - option_table);
}

static bool
is_string(const struct option_row *row)
{
	return row->type == OPTION_STRING || row->type == OPTION_PATH ||
	    row->type == OPTION_COMMAND;
}

/* Bytes of the field. */
static size_t
width(const struct option_row *row)
{
	static const size_t widths[] = {
		[OPTION_STRING] = sizeof(char *),
		[OPTION_PATH] = sizeof(char *),
		[OPTION_COMMAND] = sizeof(char *),
		[OPTION_NUMBER] = sizeof(int),
		[OPTION_BOOL] = sizeof(bool),
		[OPTION_CHOICE] = sizeof(int),
		[OPTION_TIME] = sizeof(int64_t),
		[OPTION_SIZE] = sizeof(uint64_t),
		[OPTION_LIST] = sizeof(struct strvec),
		[OPTION_RANGE] = 2 * sizeof(int),
	};

	return widths[row->type];
}

static int
set_string(void *p, const struct option_row *row, const char *value,
    struct err *err)
{
	char **s = p;

	if (row->check != NULL && row->check(value, err) != 0)
		return -1;
	free(*s);
	if (*value == '\0')
		*s = NULL;
	else if (row->type == OPTION_PATH)
		*s = home_expand(value);
	else
		*s = xstrdup(value);
	return 0;
}

static int
set_number(void *p, const struct option_row *row, const char *value,
    struct err *err)
{
	uint64_t v;

	if (*value == '\0' && row->preset == NULL)
		v = 0;
	else if (parse_u64(value, (uint64_t)row->max, &v) != 0 ||
	    v < (uint64_t)row->min)
		return err_set(err, ERR_USAGE,
		    "not a number from %" PRId64 " to %" PRId64,
		    row->min, row->max);
	*(int *)p = (int)v;
	return 0;
}

static int
set_bool(void *p, const struct option_row *row, const char *value,
    struct err *err)
{
	(void)row;
	if (parse_bool(value, p) != 0)
		return err_set(err, ERR_USAGE, "not yes or no");
	return 0;
}

static int
set_choice(void *p, const struct option_row *row, const char *value,
    struct err *err)
{
	int i;

	for (i = 0; row->choices[i] != NULL; i++)
		if (strcmp(row->choices[i], value) == 0) {
			*(int *)p = i;
			return 0;
		}
	err_set(err, ERR_USAGE, "not one of");
	for (i = 0; row->choices[i] != NULL; i++)
		err_append(err, " %s", row->choices[i]);
	return -1;
}

static int
set_time(void *p, const struct option_row *row, const char *value,
    struct err *err)
{
	int64_t ms;

	if (parse_duration(value, &ms) != 0)
		return err_set(err, ERR_USAGE,
		    "not a time, as 500ms, 90s, 5m or 1h");
	if (ms > row->max)
		return err_set(err, ERR_USAGE, "more than %" PRId64 " days",
		    row->max / DAY_MS);
	*(int64_t *)p = ms;
	return 0;
}

static int
set_size(void *p, const struct option_row *row, const char *value,
    struct err *err)
{
	uint64_t bytes;

	(void)row;
	if (parse_size(value, &bytes) != 0 || bytes > INT64_MAX)
		return err_set(err, ERR_USAGE,
		    "not a size, as 4096, 500K or 10M");
	*(uint64_t *)p = bytes;
	return 0;
}

/* All elements are checked before the first is added. */
static int
set_list(void *p, const struct option_row *row, const char *value,
    struct err *err)
{
	struct strvec add = STRVEC_INIT;
	size_t i, n;
	int rc = 0;

	do {
		n = strcspn(value, ";");
		strvec_take(&add, xstrndup(value, n));
		rc = row->check(add.v[add.n - 1], err);
		value += n;
	} while (rc == 0 && *value++ == ';');
	for (i = 0; rc == 0 && i < add.n; i++)
		strvec_add(p, add.v[i]);
	strvec_release(&add);
	return rc;
}

static int
set_range(void *p, const struct option_row *row, const char *value,
    struct err *err)
{
	uint64_t lo = 0, hi = 0, max = (uint64_t)row->max;
	const char *dash = strchr(value, '-');
	int *range = p;

	if (*value != '\0' && (dash == NULL ||
	    parse_u64n(value, (size_t)(dash - value), max, &lo) != 0 ||
	    parse_u64(dash + 1, max, &hi) != 0 ||
	    lo < (uint64_t)row->min || hi < lo))
		return err_set(err, ERR_USAGE,
		    "not LO-HI within %" PRId64 "-%" PRId64,
		    row->min, row->max);
	range[0] = (int)lo;
	range[1] = (int)hi;
	return 0;
}

static int
apply(struct settings *st, const struct option_row *row, const char *value,
    struct err *err)
{
	static int (*const setters[])(void *, const struct option_row *,
	    const char *, struct err *) = {
		[OPTION_STRING] = set_string,
		[OPTION_PATH] = set_string,
		[OPTION_COMMAND] = set_string,
		[OPTION_NUMBER] = set_number,
		[OPTION_BOOL] = set_bool,
		[OPTION_CHOICE] = set_choice,
		[OPTION_TIME] = set_time,
		[OPTION_SIZE] = set_size,
		[OPTION_LIST] = set_list,
		[OPTION_RANGE] = set_range,
	};
	char shown[256];

	if (setters[row->type](field(st, row), row, value, err) == 0)
		return 0;
	/* Whoever wrote the secret itself does not want to see it again. */
	if (option_is_secret(row->name, value))
		return err_prefix(err, "%s", row->name);
	text_escape_to(shown, sizeof(shown), value);
	return err_prefix(err, "%s: '%s'", row->name, shown);
}

/* Frees what the row's field holds and leaves it empty. */
static void
clear(struct settings *st, const struct option_row *row)
{
	if (row->type == OPTION_LIST)
		strvec_release(field(st, row));
	else if (is_string(row)) {
		free(*(char **)field(st, row));
		*(char **)field(st, row) = NULL;
	}
}

/* The field is all zeros, which is what there is without a preset. */
static void
preset(struct settings *st, const struct option_row *row)
{
	struct err err = ERR_INIT;
	int rc;

	if (row->preset == NULL)
		return;
	rc = apply(st, row, row->preset, &err);
	assert(rc == 0);
	(void)rc;
}

void
settings_init(struct settings *st)
{
	const struct option_row *row;

	memset(st, 0, sizeof(*st));
	for (row = option_table; row->name != NULL; row++)
		preset(st, row);
}

void
settings_copy(struct settings *to, const struct settings *from)
{
	const struct option_row *row;
	const struct strvec *list;
	char **s;
	size_t i;

	*to = *from;
	for (row = option_table; row->name != NULL; row++) {
		if (row->type == OPTION_LIST) {
			list = cfield(from, row);
			memset(field(to, row), 0, sizeof(*list));
			for (i = 0; i < list->n; i++)
				strvec_add(field(to, row), list->v[i]);
		} else if (is_string(row)) {
			s = field(to, row);
			*s = xstrdup_null(*s);
		}
	}
}

void
settings_release(struct settings *st)
{
	const struct option_row *row;

	for (row = option_table; row->name != NULL; row++)
		clear(st, row);
	st->set = 0;
}

int
settings_port(const struct settings *st)
{
	if (st->port != 0)
		return st->port;
	return st->tls == TLS_IMPLICIT ? PORT_IMPLICIT : PORT_EXPLICIT;
}

const struct option_row *
option_find(const char *name)
{
	const struct option_row *row;

	for (row = option_table; row->name != NULL; row++)
		if (strcmp(row->name, name) == 0)
			return row;
	return NULL;
}

bool
option_is_secret(const char *name, const char *value)
{
	const struct option_row *row = option_find(name);
	struct err err = ERR_INIT;

	if (*value == '\0')
		return false;
	if (row == NULL)
		return strncasecmp(name, "pass", 4) == 0;
	if (row->check == check_source)
		return check_source(value, &err) != 0;
	return strcmp(name, "account") == 0;
}

/* Levenshtein's; an a of over NAME_MAX_SHOWN bytes is far from anything. */
static size_t
distance(const char *a, const char *b)
{
	size_t d[NAME_MAX_SHOWN + 1], n = strlen(a), i, diagonal, up;

	if (n >= sizeof(d) / sizeof(d[0]))
		return n;
	for (i = 0; i <= n; i++)
		d[i] = i;
	for (; *b != '\0'; b++) {
		diagonal = d[0]++;
		for (i = 1; i <= n; i++) {
			up = d[i];
			if (a[i - 1] != *b)
				diagonal++;
			if (diagonal > up + 1)
				diagonal = up + 1;
			if (diagonal > d[i - 1] + 1)
				diagonal = d[i - 1] + 1;
			d[i] = diagonal;
			diagonal = up;
		}
	}
	return d[n];
}

/* A beginning counts as close: "password" means "password-file". */
static size_t
closeness(const char *name, const char *candidate)
{
	size_t n = strlen(name);

	if (n >= 3 && strncmp(name, candidate, n) == 0)
		return 1;
	return distance(name, candidate);
}

static int
unknown_setting(const char *name, struct err *err)
{
	const struct option_row *row;
	char shown[4 * NAME_MAX_SHOWN];
	size_t best = 1 + (strlen(name) + 1) / 4, c;
	int hints = 0;

	for (row = option_table; row->name != NULL; row++)
		if ((c = closeness(name, row->name)) < best)
			best = c;
	text_escape_to(shown, sizeof(shown), name);
	err_set(err, ERR_USAGE, "%s: no such setting", shown);
	for (row = option_table; row->name != NULL; row++)
		if (closeness(name, row->name) == best && hints < HINTS_MAX)
			err_append(err, "%s '%s'", hints++ == 0 ?
			    "; did you mean" : " or", row->name);
	return hints > 0 ? err_append(err, "?") : -1;
}

int
option_set(struct settings *st, const char *name, const char *value,
    struct err *err)
{
	const struct option_row *row = option_find(name);

	if (row == NULL)
		return unknown_setting(name, err);
	if (apply(st, row, value, err) != 0)
		return -1;
	st->set |= bit(row);
	return 0;
}

int
option_set_first(struct settings *st, const char *name, const char *value,
    struct err *err)
{
	const struct option_row *row = option_find(name);
	struct settings scratch;
	int rc;

	if (row == NULL || !option_is_set(st, row))
		return option_set(st, name, value, err);
	settings_init(&scratch);
	rc = apply(&scratch, row, value, err);
	settings_release(&scratch);
	return rc;
}

bool
option_is_set(const struct settings *st, const struct option_row *row)
{
	return (st->set & bit(row)) != 0;
}

void
option_copy(struct settings *to, const struct settings *from,
    const struct option_row *row)
{
	struct settings copy;

	settings_copy(&copy, from);
	clear(to, row);
	memcpy(field(to, row), field(&copy, row), width(row));
	memset(field(&copy, row), 0, width(row));
	to->set = (to->set & ~bit(row)) | (from->set & bit(row));
	settings_release(&copy);
}

static void
print_size(uint64_t bytes, struct buf *out)
{
	const char *unit = "BKMGT";

	for (; bytes != 0 && bytes % 1024 == 0 && unit[1] != '\0'; unit++)
		bytes /= 1024;
	buf_addf(out, "%" PRIu64, bytes);
	if (*unit != 'B')
		buf_addc(out, *unit);
}

static void
print_list(const struct strvec *list, struct buf *out)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		buf_addf(out, "%s%s", i == 0 ? "" : ";", list->v[i]);
}

void
option_print(const struct settings *st, const struct option_row *row,
    struct buf *out)
{
	const void *p = cfield(st, row);
	const int *n = p;
	int64_t ms;

	switch (row->type) {
	case OPTION_STRING:
	case OPTION_PATH:
	case OPTION_COMMAND:
		if (*(char *const *)p != NULL)
			buf_adds(out, *(char *const *)p);
		break;
	case OPTION_NUMBER:
		if (*n != 0 || row->preset != NULL)
			buf_addf(out, "%d", *n);
		break;
	case OPTION_BOOL:
		buf_adds(out, *(const bool *)p ? "yes" : "no");
		break;
	case OPTION_CHOICE:
		buf_adds(out, row->choices[*n]);
		break;
	case OPTION_TIME:
		ms = *(const int64_t *)p;
		buf_addf(out, "%" PRId64 "%s",
		    ms % 1000 == 0 ? ms / 1000 : ms,
		    ms % 1000 == 0 ? "s" : "ms");
		break;
	case OPTION_SIZE:
		print_size(*(const uint64_t *)p, out);
		break;
	case OPTION_LIST:
		print_list(p, out);
		break;
	case OPTION_RANGE:
		if (n[0] != 0)
			buf_addf(out, "%d-%d", n[0], n[1]);
		break;
	}
}
