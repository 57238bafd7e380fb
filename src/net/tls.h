/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TLS over GnuTLS: what is shared by all connections of a run (priority,
 * credentials, trust), and what belongs to one control connection (tickets,
 * the server's certificate).  Only net/ sees GnuTLS.
 *
 *	ctx = tls_context_new(&options, &err);	once, shared by threads
 *	peer = tls_peer_new(ctx);		one a control connection
 *	stream_start_tls(control, peer, TLS_CONTROL, &err);
 *	stream_start_tls(data, peer, TLS_DATA, &err);	resumes the newest
 */
#ifndef NET_TLS_H
#define NET_TLS_H

#include <stdbool.h>
#include <time.h>

#include "base/buf.h"
#include "base/cancel.h"
#include "base/err.h"
#include "base/strvec.h"
#include "config/option.h"
#include "config/secret.h"

struct tls_options {
	const char *host;		/* as named: for the check and SNI */
	int port;			/* with it, the name of a known key */
	const char *server_name;	/* instead of host, or NULL */
	const char *priority;		/* NULL: ours */
	/*
	 * Instead, and taken as it is, whatever is old or weak in it: for
	 * handshakes that only show what a server takes.  NULL: none.
	 */
	const char *probe;
	enum tls_min min;
	enum tls_resume resume;
	const char *ca_file;		/* NULL: the system's */
	const struct strvec *pins;	/* may be empty */
	bool insecure;
	enum trust_kind trust;
	const char *known_file;		/* see known.h; NULL: none */
	const char *crl_file;		/* NULL: none */
	enum ocsp_kind ocsp;
	/* Our own certificate: files or pkcs11: URIs; NULL: none. */
	const char *cert, *key;
	const char *key_password;	/* its setting; NULL: none */
	struct cancel *cancel;		/* while its command runs, or NULL */
	/* Asks the user where key_password is NULL; NULL: nobody is there. */
	int (*ask)(const char *prompt, struct secret *answer, struct err *err);
};

/*
 * What of a site's settings is about TLS; borrowed.  The rest stays zero: the
 * file of known keys, probe, cancel and ask.
 */
struct tls_options tls_options_of(const struct settings *set);

struct tls_context;
struct tls_peer;

enum tls_role { TLS_CONTROL, TLS_DATA };

/*
 * Copies what it needs.  ERR_USAGE for a bad priority string (says where),
 * an unreadable CA file, CRL file, certificate or key, a key that others can
 * read, a wrong or missing password; ERR_TRUST for a certificate of our own
 * that is not valid now.  key_password is looked at, or the user asked, only
 * if the key wants one.  The system's trust store is loaded only when a
 * certificate must be checked against it, once a context.  Shared by threads.
 */
struct tls_context *tls_context_new(const struct tls_options *o,
    struct err *err);
/* One more owner, each of whom frees it; returns ctx.  NULL is fine. */
struct tls_context *tls_context_hold(struct tls_context *ctx);
void tls_context_free(struct tls_context *ctx);
/*
 * What the user is to be told, each once a context: that a server's key was
 * new (trust tofu), that its certificate or ours expires within 14 days.
 * NULL: nothing more.  The caller frees it.
 */
char *tls_context_note(struct tls_context *ctx);

/* ctx must outlive it. */
struct tls_peer *tls_peer_new(struct tls_context *ctx);
void tls_peer_free(struct tls_peer *peer);
/* Whether an earlier data connection of this peer was resumed. */
bool tls_peer_resumes(const struct tls_peer *peer);
/* How many session tickets its control connection has brought so far. */
unsigned tls_peer_tickets(const struct tls_peer *peer);
/*
 * Some servers end the handshake over the ALPN name: after a control
 * handshake failed and this is true, connect anew with a new peer for which
 * tls_peer_without_alpn() was called.
 */
bool tls_peer_alpn_refused(const struct tls_peer *peer);
void tls_peer_without_alpn(struct tls_peer *peer);
/* From now on its data connections offer no session to be resumed. */
void tls_peer_without_resuming(struct tls_peer *peer);

/* What the server's certificate tells. */
struct tls_cert_info {
	char subject[256], issuer[256];	/* escaped for a terminal */
	char names[512];		/* what it is for, the first few */
	char pin[64];			/* "sha256//BASE64" of the SPKI */
	char fingerprint[96];		/* SHA-256 of the certificate, hex */
	time_t not_before, not_after;
};
/* As it was shown, trusted or not: 0, or -1 if that was not yet. */
int tls_peer_cert(const struct tls_peer *peer, struct tls_cert_info *info);

/*
 * Of that one: it was refused, and only since nobody known vouches for it, so
 * that a person may be asked; or it was taken for its key, be that pinned or
 * known, and not for an authority.
 */
bool tls_peer_unknown(const struct tls_peer *peer);
bool tls_peer_by_key(const struct tls_peer *peer);
/*
 * A person takes this key for the server's: in this run, and if it is to be
 * kept (known_file), in later ones.  0, or -1: it is not kept.
 */
int tls_context_accept(struct tls_context *ctx,
    const struct tls_cert_info *info, bool keep, struct err *err);

/* Which GnuTLS is in use, for --version. */
const char *tls_library(void);

#endif
