/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One control connection from greeting to QUIT: protected, logged in, and
 * what is known of the server behind it.  A session holds one at a time.
 */
#ifndef FTP_CONN_H
#define FTP_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "ftp/control.h"
#include "ftp/feat.h"
#include "ftp/session.h"
#include "net/tls.h"

/* Whose server it is, by its greeting or FEAT: for the table of quirks. */
enum server_kind {
	SERVER_OTHER, SERVER_VSFTPD, SERVER_PROFTPD, SERVER_PUREFTPD,
	SERVER_PYFTPDLIB, SERVER_FILEZILLA, SERVER_IIS,
};

/* How the server lets one set a modification time. */
enum time_means {
	TIME_UNTRIED, TIME_MFMT, TIME_MFF, TIME_UTIME, TIME_UTIME_FIRST,
	TIME_MDTM, TIME_NO_MEANS,
};

/*
 * What this run has learned of a server; survives reconnecting.
 */
struct quirks {
	bool no_alpn;
	bool no_epsv, no_rest, no_mlsd, no_mlst, no_list_a, no_stat;
	bool no_chmod, no_symlink, no_size;
	bool list_a_works;
	bool no_nlst_below;	/* NLST of all subdirectories */
	bool epsv_works;
	bool no_early_end;	/* of downloads, see ftp/data.c */
	bool no_ahead;		/* EPSV before the end of a transfer */
	bool data_soon;		/* wanted as soon as we are logged in */
	enum time_means time;
};

/* An EPSV that was sent for the transfer to come. */
struct ahead {
	bool sent, answered;
	bool astray;		/* by what is no answer to EPSV */
	int port;		/* 0: refused */
	int64_t since;		/* clock_ms() */
	bool at_login;		/* then it is connected to at once */
	int fd;			/* this connection, or -1 */
};

struct conn {
	const struct site *site;
	struct control *control;
	struct cancel *cancel;
	struct tls_peer *peer;		/* NULL under tls=off */
	struct quirks *quirks;		/* the session's */
	struct feat feat;
	enum server_kind kind;
	char *login_dir;		/* PWD after login, or NULL */
	char *cwd;			/* where the server is; NULL: unknown */
	int64_t since;			/* clock_ms() of the login */
	bool protected_data;
	bool far;			/* round trips cost more than work */
	struct ahead ahead;
};

/*
 * Dials, protects and logs in, in as few flights as possible.  ERR_LOGIN,
 * ERR_TLS, ERR_TRUST are final; ERR_NETWORK covers 421 and other 4yz.
 * quirks->data_soon: the first data connection is begun while we log in.
 */
int conn_open(const struct site *site, int number, struct quirks *quirks,
    const struct observer *obs, struct cancel *cancel, struct conn **out,
    struct err *err);
/* For session_set_site(). */
void conn_set_site(struct conn *c, const struct site *site);
/* polite: says QUIT first, without waiting for long. */
void conn_close(struct conn *c, bool polite);
bool conn_alive(const struct conn *c);
/* Deadline for a reply to a quick or a slow command. */
int64_t conn_soon(const struct conn *c);
int64_t conn_late(const struct conn *c);

#endif
