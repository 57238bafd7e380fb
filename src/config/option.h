/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The settings: one table gives each its name, type, default and one line of
 * help.  The configuration, -o, "set", help, completion and the manual's
 * check all read it.  The values are a plain struct which other layers get
 * as a const pointer; nobody looks a setting up by name.
 *
 *	struct settings st;
 *	settings_init(&st);			defaults
 *	option_set(&st, "port", "990", &err);
 *	option_set_first(...)			only if nobody has set it yet
 *	settings_release(&st);
 */
#ifndef CONFIG_OPTION_H
#define CONFIG_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strvec.h"

enum tls_mode { TLS_EXPLICIT, TLS_IMPLICIT, TLS_OFF };
enum tls_data { TLS_DATA_PRIVATE, TLS_DATA_CLEAR };
enum tls_min { TLS_MIN_12, TLS_MIN_13 };
enum tls_resume { TLS_RESUME_AUTO, TLS_RESUME_REQUIRE, TLS_RESUME_OFF };
enum tls_eof { TLS_EOF_SIZE, TLS_EOF_STRICT, TLS_EOF_LAX };
enum trust_kind { TRUST_CA, TRUST_TOFU };
enum ocsp_kind { OCSP_AUTO, OCSP_REQUIRE, OCSP_OFF };
enum data_mode { MODE_PASSIVE, MODE_ACTIVE };
enum passive_command { PASSIVE_AUTO, PASSIVE_EPSV, PASSIVE_PASV };
enum passive_address { PASSIVE_CONTROL, PASSIVE_REPLY };
enum address_family { FAMILY_ANY, FAMILY_IPV4, FAMILY_IPV6 };
enum pipeline_mode { PIPELINE_OFF, PIPELINE_AUTO };	/* or a bool */
enum listing_kind { LISTING_AUTO, LISTING_MLSD, LISTING_LIST, LISTING_STAT };
enum verify_kind { VERIFY_SIZE, VERIFY_HASH, VERIFY_NONE };
enum when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };

/*
 * Strings are NULL unless set, never ""; times in milliseconds, 0: without
 * limit (keepalive: off).
 */
struct settings {
	/* of a site */
	char *host;
	int port;			/* 0: by tls */
	char *user, *account;
	char *password_command, *password_file;
	char *dir;
	/* protection */
	enum tls_mode tls;
	enum tls_data tls_data;
	enum tls_min tls_min;
	char *tls_priority;
	char *tls_server_name;
	enum tls_resume tls_resume;
	enum tls_eof tls_eof;
	bool insecure;			/* -k; no name in the table */
	enum trust_kind trust;
	struct strvec pin;		/* each as typed; see pin.h */
	char *ca_file, *crl_file;
	enum ocsp_kind ocsp;
	char *cert, *key;		/* files or pkcs11: URIs */
	char *key_password;		/* where it is: file:..., command:... */
	/* connections */
	enum data_mode mode;
	int active_port_lo, active_port_hi;	/* 0: any */
	char *active_address;
	enum passive_command passive_command;
	enum passive_address passive_address;
	char *bind_address;
	enum address_family address_family;
	int connections;
	enum pipeline_mode pipeline;
	int64_t connect_timeout, timeout, reply_timeout;
	int retries;
	int64_t retry_delay;
	int64_t keepalive;
	char *deadline;			/* as typed; main works it out */
	uint64_t rate_limit;		/* bytes a second; 0: none */
	enum listing_kind listing;
	/* transfers */
	bool temp_names;
	bool preserve_times;
	bool fsync;
	enum verify_kind verify;
	/* surface */
	bool glob;
	bool confirm;
	enum when color;
	char *pager;			/* NULL: $PAGER, else less */
	char *editor;			/* NULL: $VISUAL, $EDITOR, else vi */
	enum when progress;
	char *log_file;
	bool syslog;

	/* which were set by somebody, by row of the table */
	uint64_t set;
};

enum option_type {
	OPTION_STRING,
	OPTION_PATH,		/* a string; "~/" is the home directory */
	OPTION_COMMAND,		/* a string for sh -c */
	OPTION_NUMBER,		/* int */
	OPTION_BOOL,
	OPTION_CHOICE,		/* an enum, in the order of choices */
	OPTION_TIME,		/* int64_t, milliseconds */
	OPTION_SIZE,		/* uint64_t, bytes */
	OPTION_LIST,		/* struct strvec; ';' between several */
	OPTION_RANGE,		/* two ints, "LO-HI" */
};

struct option_row {
	const char *name;
	enum option_type type;
	size_t offset;			/* in struct settings */
	int64_t min, max;		/* numbers, times, ranges */
	const char *const *choices;	/* NULL-terminated */
	const char *preset;		/* default as text, NULL: none */
	const char *help;		/* one line */
	/*
	 * Where a site is, who logs in and how it is protected: holds from
	 * the next "open" on, never for a site that is open already.
	 */
	bool at_open;
	/* NULL, or what else a string or an element must be; else says why */
	int (*check)(const char *value, struct err *err);
};

/* The table, ended by a row whose name is NULL. */
extern const struct option_row option_table[];

void settings_init(struct settings *st);
/* to holds nothing before (not initialised, or released). */
void settings_copy(struct settings *to, const struct settings *from);
void settings_release(struct settings *st);
/* The port that is meant: the setting, or that of FTP (RFC 959) or FTPS. */
enum { PORT_EXPLICIT = 21, PORT_IMPLICIT = 990 };
int settings_port(const struct settings *st);

/*
 * Whether what is given for name is a secret itself: an account, what
 * should have been the source of a password, or "password" and its like,
 * which do not exist.
 */
bool option_is_secret(const char *name, const char *value);
/* The row, or NULL; exact name. */
const struct option_row *option_find(const char *name);
/*
 * Sets from text (for a list: adds).  An empty value takes the setting back
 * to none where there is no default; never for pin, ca-file and crl-file, so
 * that an empty variable in a script switches no check off.  ERR_USAGE with the
 * name, the value and what would be right, and st is as it was.  An unknown
 * name gets the nearest names as a hint.
 */
int option_set(struct settings *st, const char *name, const char *value,
    struct err *err);
/* Does nothing (but checks the value) if the setting was set before. */
int option_set_first(struct settings *st, const char *name, const char *value,
    struct err *err);
bool option_is_set(const struct settings *st, const struct option_row *row);
/* The value that from has, and whether somebody set it. */
void option_copy(struct settings *to, const struct settings *from,
    const struct option_row *row);
/*
 * Appends the present value as text that option_set() would take; nothing
 * if there is none.
 */
void option_print(const struct settings *st, const struct option_row *row,
    struct buf *out);

#endif
