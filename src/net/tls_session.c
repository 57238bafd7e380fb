/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/tls_session.h"

#include <gnutls/gnutls.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "net/tls_error.h"
#include "net/tls_private.h"
#include "net/trust.h"

enum {
	/* GnuTLS caps it at this; what it caps is when we forget a ticket. */
	TICKET_LIFETIME_S = 7 * 24 * 60 * 60,
	/* The "session data" without a ticket are four zero bytes. */
	TICKET_MIN = 5,
	FIRST_MAX = 80,
	RECORD_HEADER = 5,	/* its last two bytes: the length of the rest */
	/* Messages in a row that are no data; no honest server sends more. */
	IDLE_MESSAGES_MAX = 1000,
};

struct tls_session {
	gnutls_session_t s;
	struct tls_peer *peer;
	enum tls_role role;
	struct tls_transport transport;
	struct err verdict;	/* of the verify function, if it refused */
	bool verified;		/* the verify function agreed */
	bool starved;		/* the last pull found nothing */
	bool ended;		/* a pull found the end of the connection */
	bool broken;		/* a pull met an error */
	bool new_ticket;	/* met, but not yet taken */
	int idle;		/* messages since the last data */
	size_t record, rest;	/* of the one on its way: come, to come */
	uint64_t pulled;	/* bytes of whole records since the last data */
	uint64_t idle_bytes;
	bool resumed;
	char first[FIRST_MAX];	/* bytes that came */
	size_t nfirst;
};

/* GnuTLS does not tell where a record ends that holds no data. */
static void
follow_records(struct tls_session *ts, const unsigned char *p, size_t n)
{
	size_t step;

	for (; n > 0; p += step, n -= step) {
		step = 1;
		if (ts->record < RECORD_HEADER) {
			ts->rest = (ts->rest << 8 | *p) & 0xffff;
		} else {
			step = n < ts->rest ? n : ts->rest;
			ts->rest -= step;
		}
		ts->record += step;
		if (ts->record >= RECORD_HEADER && ts->rest == 0) {
			ts->pulled += ts->record;
			ts->record = 0;
		}
	}
}

static void
keep_first(struct tls_session *ts, const void *p, size_t n)
{
	if (n > sizeof(ts->first) - ts->nfirst)
		n = sizeof(ts->first) - ts->nfirst;
	memcpy(ts->first + ts->nfirst, p, n);
	ts->nfirst += n;
}

static ssize_t
pull(gnutls_transport_ptr_t ptr, void *buf, size_t n)
{
	struct tls_session *ts = ptr;
	ssize_t got;

	got = ts->transport.pull(ts->transport.ctx, buf, n);
	if (got == -1) {
		ts->starved = errno == EAGAIN;
		ts->broken = errno != EAGAIN;
		gnutls_transport_set_errno(ts->s, errno);
	} else {
		keep_first(ts, buf, got);
		follow_records(ts, buf, got);
	}
	ts->ended = got == 0;
	return got;
}

static ssize_t
push(gnutls_transport_ptr_t ptr, const void *data, size_t n)
{
	struct tls_session *ts = ptr;

	ts->transport.push(ts->transport.ctx, data, n);
	return n;
}

/* Never waits: net_wait() does. */
static int
pull_timeout(gnutls_transport_ptr_t ptr, unsigned ms)
{
	(void)ptr;
	(void)ms;
	return 1;
}

/* A data connection that did not resume must show the same certificate. */
static int
check_data_leaf(struct tls_session *ts, struct err *err)
{
	const gnutls_datum_t *chain, *leaf = &ts->peer->leaf;
	unsigned n;

	if (ts->peer->ctx->resume == TLS_RESUME_REQUIRE)
		return err_set(err, ERR_TRUST, "server did not resume the TLS "
		    "session on the data connection (tls-resume require)");
	chain = gnutls_certificate_get_peers(ts->s, &n);
	if (chain == NULL || !ts->peer->accepted ||
	    chain[0].size != leaf->size ||
	    memcmp(chain[0].data, leaf->data, leaf->size) != 0)
		return err_set(err, ERR_TRUST, "data connection shows another "
		    "certificate than the control connection: it led to "
		    "another server, as behind a load balancer (then "
		    "passive-address=reply may help), or somebody is in "
		    "between");
	return 0;
}

/* Runs before our Finished is sent, and never on a resumed session. */
static int
verify(gnutls_session_t s)
{
	struct tls_session *ts = gnutls_session_get_ptr(s);
	struct trust_seen seen = { .unknown = false };
	const gnutls_datum_t *chain;
	gnutls_datum_t answer;
	unsigned n;
	int rc;

	chain = gnutls_certificate_get_peers(s, &n);
	if (ts->role == TLS_CONTROL && chain != NULL)
		tls_peer_met(ts->peer, &chain[0], n,
		    gnutls_ocsp_status_request_get(s, &answer) == 0);
	if (ts->role == TLS_CONTROL)
		rc = trust_check(ts->peer->ctx->trust, s, &seen, &ts->verdict);
	else
		rc = check_data_leaf(ts, &ts->verdict);
	if (ts->role == TLS_CONTROL) {
		ts->peer->unknown = seen.unknown;
		ts->peer->by_key = seen.by_key;
	}
	ts->verified = rc == 0;
	return rc == 0 ? 0 : GNUTLS_E_CERTIFICATE_ERROR;
}

static int
on_ticket(gnutls_session_t s, unsigned type, unsigned when, unsigned incoming,
    const gnutls_datum_t *msg)
{
	struct tls_session *ts = gnutls_session_get_ptr(s);

	(void)type;
	(void)when;
	(void)incoming;
	(void)msg;
	ts->new_ticket = true;
	return 0;
}

/* Hands the newest ticket to the peer; never an empty one for a good one. */
static void
take_ticket(struct tls_session *ts)
{
	gnutls_datum_t data = { .data = NULL };

	ts->new_ticket = false;
	if (gnutls_protocol_get_version(ts->s) >= GNUTLS_TLS1_3 &&
	    (gnutls_session_get_flags(ts->s) &
	    GNUTLS_SFLAGS_SESSION_TICKET) == 0)
		return;
	if (gnutls_session_get_data2(ts->s, &data) < 0)
		return;
	if (data.size < TICKET_MIN) {
		gnutls_free(data.data);
		return;
	}
	tls_peer_take_ticket(ts->peer, &data);
	if (ts->role == TLS_CONTROL)
		ts->peer->tickets++;
}

/* What the server's name, its protocols and its session are. */
static int
set_extensions(struct tls_session *ts)
{
	static const gnutls_datum_t ftp = { (unsigned char *)"ftp", 3 };
	const struct tls_peer *peer = ts->peer;
	const char *name = peer->ctx->name;
	int rc = 0;

	if (peer->ctx->sni)
		rc = gnutls_server_name_set(ts->s, GNUTLS_NAME_DNS, name,
		    strlen(name));
	if (rc == 0 && ts->role == TLS_CONTROL && peer->alpn)
		rc = gnutls_alpn_set_protocols(ts->s, &ftp, 1, 0);
	if (rc == 0 && ts->role == TLS_DATA && peer->ticket.size > 0 &&
	    peer->ctx->resume != TLS_RESUME_OFF && !peer->no_resuming)
		rc = gnutls_session_set_data(ts->s, peer->ticket.data,
		    peer->ticket.size);
	return rc;
}

static int
set_up(struct tls_session *ts)
{
	int rc;

	gnutls_session_set_ptr(ts->s, ts);
	gnutls_transport_set_ptr(ts->s, ts);
	gnutls_transport_set_pull_function(ts->s, pull);
	gnutls_transport_set_push_function(ts->s, push);
	gnutls_transport_set_pull_timeout_function(ts->s, pull_timeout);
	gnutls_handshake_set_timeout(ts->s, 0);
	gnutls_db_set_cache_expiration(ts->s, TICKET_LIFETIME_S);
	gnutls_session_set_verify_function(ts->s, verify);
	gnutls_handshake_set_hook_function(ts->s,
	    GNUTLS_HANDSHAKE_NEW_SESSION_TICKET, GNUTLS_HOOK_POST, on_ticket);
	rc = gnutls_priority_set(ts->s, ts->peer->ctx->priority);
	if (rc == 0)
		rc = gnutls_credentials_set(ts->s, GNUTLS_CRD_CERTIFICATE,
		    trust_credentials(ts->peer->ctx->trust));
	return rc == 0 ? set_extensions(ts) : rc;
}

/*
 * A key share a kind of curve is made by default.  A server that agreed on the
 * first of them for the control connection will do so again, else it asks.
 */
static unsigned
key_shares(const struct tls_peer *peer, enum tls_role role)
{
	const unsigned *groups;

	if (role == TLS_DATA &&
	    gnutls_priority_group_list(peer->ctx->priority, &groups) > 0 &&
	    groups[0] == (unsigned)peer->group)
		return GNUTLS_KEY_SHARE_TOP;
	return 0;
}

struct tls_session *
tls_session_new(struct tls_peer *peer, enum tls_role role,
    const struct tls_transport *transport, struct err *err)
{
	struct tls_session *ts = xcalloc(1, sizeof(*ts));
	int rc;

	ts->peer = peer;
	ts->role = role;
	ts->transport = *transport;
	/* Our certificate goes whichever issuers the server says it wants. */
	rc = gnutls_init(&ts->s, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL |
	    GNUTLS_NONBLOCK | GNUTLS_FORCE_CLIENT_CERT |
	    key_shares(peer, role));
	if (rc == 0)
		rc = set_up(ts);
	if (rc == 0)
		return ts;
	err_set(err, ERR_TLS, "TLS: %s", gnutls_strerror(rc));
	tls_session_free(ts);
	return NULL;
}

void
tls_session_free(struct tls_session *ts)
{
	if (ts == NULL)
		return;
	if (ts->s != NULL)
		gnutls_deinit(ts->s);
	free(ts);
}

/* A reset, which GnuTLS takes for a short record if one had begun. */
static bool
is_broken(const struct tls_session *ts, int rc)
{
	return rc == GNUTLS_E_PULL_ERROR || (ts->broken &&
	    rc == GNUTLS_E_UNEXPECTED_PACKET_LENGTH);
}

/* The connection ended, which may be within a record, too. */
static bool
is_cut(const struct tls_session *ts, int rc)
{
	return rc == GNUTLS_E_PREMATURE_TERMINATION || (ts->ended &&
	    rc == GNUTLS_E_UNEXPECTED_PACKET_LENGTH);
}

static struct tls_scene
scene(const struct tls_session *ts)
{
	return (struct tls_scene){ .session = ts->s, .ctx = ts->peer->ctx,
	    .role = ts->role, .first = ts->first, .nfirst = ts->nfirst };
}

/* The rest of what is no TLS, which GnuTLS does not care for. */
static void
pull_first(struct tls_session *ts)
{
	char buf[FIRST_MAX];
	ssize_t got;

	got = ts->transport.pull(ts->transport.ctx, buf,
	    sizeof(ts->first) - ts->nfirst);
	if (got != -1)
		keep_first(ts, buf, got);
}

static int
handshake_error(struct tls_session *ts, int rc, struct err *err)
{
	struct tls_scene at;

	if (ts->verdict.kind != ERR_NONE) {
		*err = ts->verdict;
		return -1;
	}
	if (is_cut(ts, rc)) {
		err_set(err, ERR_TLS, "server ended the connection in the "
		    "TLS handshake; its log may tell why");
		err->sys = ECONNRESET;
		return -1;
	}
	if (rc == GNUTLS_E_FATAL_ALERT_RECEIVED && gnutls_alert_get(ts->s) ==
	    GNUTLS_A_NO_APPLICATION_PROTOCOL)
		ts->peer->alpn_refused = true;
	pull_first(ts);
	at = scene(ts);
	return tls_error_handshake(&at, rc, err);
}

static int
accept_control(struct tls_session *ts, struct err *err)
{
	const gnutls_datum_t *chain;
	unsigned n;

	chain = gnutls_certificate_get_peers(ts->s, &n);
	if (!ts->verified || chain == NULL)
		return err_set(err, ERR_TLS, "server showed no certificate");
	ts->peer->group = gnutls_group_get(ts->s);
	return tls_peer_accept(ts->peer, &chain[0], err);
}

static int
accept_data(struct tls_session *ts, struct err *err)
{
	ts->resumed = gnutls_session_is_resumed(ts->s) != 0;
	if (!ts->resumed && !ts->verified)
		return err_set(err, ERR_TLS, "data connection neither resumes "
		    "the TLS session nor shows a certificate");
	if (ts->resumed)
		ts->peer->resumes = true;
	return 0;
}

/* Only now may a ticket be kept (curl CVE-2024-0853). */
static int
finish_handshake(struct tls_session *ts, struct err *err)
{
	struct buf b = BUF_INIT(256);
	int rc;

	rc = ts->role == TLS_CONTROL ? accept_control(ts, err) :
	    accept_data(ts, err);
	if (rc != 0)
		return -1;
	ts->pulled = 0;
	/* A resumed TLS 1.2 session has only what it began with. */
	if (gnutls_protocol_get_version(ts->s) < GNUTLS_TLS1_3 &&
	    !ts->resumed)
		take_ticket(ts);
	if (log_enabled(LOG_DEBUG)) {
		tls_session_describe(ts, &b);
		log_debug("%s connection: %s",
		    ts->role == TLS_CONTROL ? "control" : "data", b.data);
		buf_release(&b);
	}
	return 0;
}

int
tls_session_handshake(struct tls_session *ts, struct err *err)
{
	int rc;

	do {
		ts->starved = false;
		rc = gnutls_handshake(ts->s);
		if (rc == 0)
			return finish_handshake(ts, err);
		if (is_broken(ts, rc))
			return TLS_IO;
		if (gnutls_error_is_fatal(rc))
			break;
		if (ts->starved)
			return TLS_AGAIN;
	} while (++ts->idle < IDLE_MESSAGES_MAX);
	gnutls_alert_send_appropriate(ts->s, rc);
	return handshake_error(ts, rc, err);
}

static int
read_error(const struct tls_session *ts, int rc, struct err *err)
{
	struct tls_scene at = scene(ts);

	return tls_error_session(&at, rc, err);
}

/*
 * RFC 8446, 6.1: user_canceled is no error, and close_notify follows it, which
 * GnuTLS would not read any more; Java ends all its sessions so.
 */
static bool
is_cancelled(const struct tls_session *ts, int rc)
{
	return rc == GNUTLS_E_FATAL_ALERT_RECEIVED &&
	    gnutls_alert_get(ts->s) == GNUTLS_A_USER_CANCELED;
}

/*
 * A record without data for us.  To renegotiate in the middle of data fails
 * (src/README, F2): a polite no, and most servers go on.
 */
static bool
is_idle(struct tls_session *ts, int rc)
{
	if (rc == GNUTLS_E_REHANDSHAKE)
		gnutls_alert_send(ts->s, GNUTLS_AL_WARNING,
		    GNUTLS_A_NO_RENEGOTIATION);
	return !gnutls_error_is_fatal(rc);
}

ssize_t
tls_session_read(struct tls_session *ts, void *buf, size_t n,
    bool *notified, struct err *err)
{
	ssize_t rc;

	*notified = false;
	do {
		ts->starved = false;
		rc = gnutls_record_recv(ts->s, buf, n);
		if (ts->new_ticket)
			take_ticket(ts);
		if (rc > 0) {
			ts->idle = 0;
			ts->pulled = 0;
			return rc;
		}
		if (rc == 0 || is_cancelled(ts, rc)) {
			*notified = true;
			return 0;
		}
		if (is_cut(ts, rc))
			return 0;
		if (is_broken(ts, rc))
			return TLS_IO;
		if (!is_idle(ts, rc))
			return read_error(ts, rc, err);
		ts->idle_bytes += ts->pulled;
		ts->pulled = 0;
		if (ts->starved)
			return TLS_AGAIN;
	} while (++ts->idle < IDLE_MESSAGES_MAX);
	return err_set(err, ERR_TLS, "server sends TLS messages without end");
}

uint64_t
tls_session_idle_bytes(const struct tls_session *ts)
{
	return ts->idle_bytes;
}

int
tls_session_write(struct tls_session *ts, const void *buf, size_t n,
    struct err *err)
{
	const char *p = buf;
	ssize_t rc;

	/* The server may have asked for shorter records (RFC 8449). */
	for (; n > 0; p += rc, n -= rc) {
		rc = gnutls_record_send(ts->s, p, n);
		if (rc <= 0)
			return err_set(err, ERR_TLS, "TLS: %s",
			    gnutls_strerror((int)rc));
	}
	return 0;
}

void
tls_session_bye(struct tls_session *ts)
{
	/* Our push takes all, so this cannot be left half done. */
	(void)gnutls_bye(ts->s, GNUTLS_SHUT_WR);
}

bool
tls_session_resumed(const struct tls_session *ts)
{
	return ts->resumed;
}

void
tls_session_describe(const struct tls_session *ts, struct buf *out)
{
	buf_addf(out, "%s %s%s",
	    gnutls_protocol_get_name(gnutls_protocol_get_version(ts->s)),
	    gnutls_cipher_get_name(gnutls_cipher_get(ts->s)),
	    ts->resumed ? ", resumed" : "");
}
