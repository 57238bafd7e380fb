/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/tls.h"

#include <gnutls/gnutls.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "net/cert.h"
#include "net/host.h"
#include "net/tls_client.h"
#include "net/tls_private.h"
#include "net/trust.h"

enum {
	DAY = 24 * 60 * 60,
	EXPIRY_NOTICE_DAYS = 14,
};

/*
 * Appended to GnuTLS' default, so that the system's policy holds.  AES-128
 * first: as safe, and cheaper.  ECDHE-PSK: a resumed session too gets fresh
 * keys (psk_dhe_ke only).  Static RSA and SHA-1 signatures go.
 */
static const char policy[] =
    "-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:"
    "-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:"
    "-RSA:-SIGN-RSA-SHA1:-SIGN-ECDSA-SHA1:%PROFILE_MEDIUM:"
    "%SAFE_RENEGOTIATION:+ECDHE-PSK";
/* Whatever the user's string says: nothing older than TLS 1.2. */
static const char no_old[] =
    ":-VERS-SSL3.0:-VERS-TLS1.1:-VERS-TLS1.0:-VERS-DTLS-ALL";
static const char no_tls12[] = ":-VERS-TLS1.2";

static int
set_priority(struct tls_context *ctx, const struct tls_options *o,
    struct err *err)
{
	const char *user = o->priority, *at;
	char shown[128];
	char *text;
	int rc;

	text = o->probe != NULL ? xstrdup(o->probe) :
	    xasprintf("%s%s%s", user != NULL ? user : policy,
	    user != NULL ? no_old : "", o->min == TLS_MIN_13 ? no_tls12 : "");
	rc = gnutls_priority_init2(&ctx->priority, text, &at,
	    user != NULL || o->probe != NULL ? 0 :
	    GNUTLS_PRIORITY_INIT_DEF_APPEND);
	if (rc < 0) {
		/* The parser names a place; ours at the end tells nothing. */
		if (rc == GNUTLS_E_INVALID_REQUEST && user != NULL &&
		    at >= text && at < text + strlen(user))
			err_set(err, ERR_USAGE, "tls-priority: not "
			    "understood from \"%s\" on", text_escape_to(shown,
			    sizeof(shown), user + (at - text)));
		else
			err_set(err, ERR_USAGE, "tls-priority: %s",
			    gnutls_strerror(rc));
		ctx->priority = NULL;
	}
	free(text);
	return rc < 0 ? -1 : 0;
}

static void
note_offered(struct tls_context *ctx)
{
	const unsigned *list;
	int i, n;

	n = gnutls_priority_protocol_list(ctx->priority, &list);
	for (i = 0; i < n; i++) {
		if (ctx->offered[0] != '\0')
			strlcat(ctx->offered, ", ", sizeof(ctx->offered));
		strlcat(ctx->offered, gnutls_protocol_get_name(list[i]),
		    sizeof(ctx->offered));
	}
}

static void
add_note(struct tls_context *ctx, char *text)
{
	pthread_mutex_lock(&ctx->lock);
	strvec_take(&ctx->notes, text);
	pthread_mutex_unlock(&ctx->lock);
}

char *
tls_context_note(struct tls_context *ctx)
{
	char *note = NULL;

	pthread_mutex_lock(&ctx->lock);
	if (ctx->notes.n > 0) {
		note = ctx->notes.v[0];
		memmove(ctx->notes.v, ctx->notes.v + 1,
		    ctx->notes.n * sizeof(*ctx->notes.v));
		ctx->notes.n--;
	}
	pthread_mutex_unlock(&ctx->lock);
	return note;
}

static void
note_expiry(struct tls_context *ctx, const char *whose,
    const struct tls_cert_info *info)
{
	time_t left = info->not_after - clock_now().tv_sec;
	char day[16], when[32];

	if (left > (time_t)EXPIRY_NOTICE_DAYS * DAY)
		return;
	if (left < DAY)
		strlcpy(when, "in less than a day", sizeof(when));
	else
		snprintf(when, sizeof(when), "in %d day%s", (int)(left / DAY),
		    left < 2 * DAY ? "" : "s");
	add_note(ctx, xasprintf("%s expires %s (%s)", whose, when,
	    clock_format_day(info->not_after, day, sizeof(day))));
}

static int
load_client(struct tls_context *ctx, const struct tls_options *o,
    struct err *err)
{
	struct tls_cert_info info;

	if (o->cert == NULL && o->key == NULL)
		return 0;
	ctx->client = tls_client_new(o, trust_credentials(ctx->trust), &info,
	    err);
	if (ctx->client == NULL)
		return -1;
	note_expiry(ctx, "the client certificate", &info);
	return 0;
}

struct tls_options
tls_options_of(const struct settings *set)
{
	return (struct tls_options){
		.host = set->host, .port = settings_port(set),
		.server_name = set->tls_server_name,
		.priority = set->tls_priority, .min = set->tls_min,
		.resume = set->tls_resume, .ca_file = set->ca_file,
		.pins = &set->pin, .insecure = set->insecure,
		.trust = set->trust, .crl_file = set->crl_file,
		.ocsp = set->ocsp, .cert = set->cert, .key = set->key,
		.key_password = set->key_password,
	};
}

struct tls_context *
tls_context_new(const struct tls_options *o, struct err *err)
{
	struct tls_context *ctx = xcalloc(1, sizeof(*ctx));

	pthread_mutex_init(&ctx->lock, NULL);
	ctx->resume = o->resume;
	ctx->own_priority = o->priority != NULL;
	ctx->name = host_certified(o->server_name != NULL ? o->server_name :
	    o->host, err);
	if (ctx->name == NULL)
		goto fail;
	/* RFC 6066, 3: no addresses in SNI. */
	ctx->sni = !host_is_address(ctx->name);
	if (set_priority(ctx, o, err) != 0)
		goto fail;
	note_offered(ctx);
	ctx->trust = trust_new(ctx->name, o, err);
	if (ctx->trust == NULL || load_client(ctx, o, err) != 0)
		goto fail;
	return ctx;
fail:
	tls_context_free(ctx);
	return NULL;
}

struct tls_context *
tls_context_hold(struct tls_context *ctx)
{
	if (ctx == NULL)
		return NULL;
	pthread_mutex_lock(&ctx->lock);
	ctx->others++;
	pthread_mutex_unlock(&ctx->lock);
	return ctx;
}

void
tls_context_free(struct tls_context *ctx)
{
	bool held;

	if (ctx == NULL)
		return;
	pthread_mutex_lock(&ctx->lock);
	held = ctx->others-- > 0;
	pthread_mutex_unlock(&ctx->lock);
	if (held)
		return;
	/* A token's key asks the client's structure for the PIN. */
	trust_free(ctx->trust);
	tls_client_free(ctx->client);
	if (ctx->priority != NULL)
		gnutls_priority_deinit(ctx->priority);
	pthread_mutex_destroy(&ctx->lock);
	strvec_release(&ctx->notes);
	free(ctx->name);
	free(ctx);
}

struct tls_peer *
tls_peer_new(struct tls_context *ctx)
{
	struct tls_peer *peer = xcalloc(1, sizeof(*peer));

	peer->ctx = ctx;
	peer->alpn = true;
	return peer;
}

static void
free_ticket(struct tls_peer *peer)
{
	if (peer->ticket.data != NULL)
		gnutls_memset(peer->ticket.data, 0, peer->ticket.size);
	gnutls_free(peer->ticket.data);
}

void
tls_peer_free(struct tls_peer *peer)
{
	if (peer == NULL)
		return;
	free_ticket(peer);
	free(peer->leaf.data);
	free(peer);
}

bool
tls_peer_resumes(const struct tls_peer *peer)
{
	return peer->resumes;
}

unsigned
tls_peer_tickets(const struct tls_peer *peer)
{
	return peer->tickets;
}

bool
tls_peer_alpn_refused(const struct tls_peer *peer)
{
	return peer->alpn_refused;
}

void
tls_peer_without_alpn(struct tls_peer *peer)
{
	peer->alpn = false;
}

void
tls_peer_without_resuming(struct tls_peer *peer)
{
	peer->no_resuming = true;
}

int
tls_peer_cert(const struct tls_peer *peer, struct tls_cert_info *info)
{
	if (peer->leaf.size == 0)
		return -1;
	return cert_tell(&peer->leaf, info);
}

bool
tls_peer_unknown(const struct tls_peer *peer)
{
	return peer->unknown;
}

bool
tls_peer_by_key(const struct tls_peer *peer)
{
	return peer->by_key;
}

int
tls_context_accept(struct tls_context *ctx, const struct tls_cert_info *info,
    bool keep, struct err *err)
{
	return trust_accept(ctx->trust, info, keep, err);
}

void
tls_peer_take_ticket(struct tls_peer *peer, gnutls_datum_t *ticket)
{
	free_ticket(peer);
	peer->ticket = *ticket;
}

void
tls_peer_met(struct tls_peer *peer, const gnutls_datum_t *der, unsigned n,
    bool stapled)
{
	peer->shown = n;
	peer->stapled = stapled;
	free(peer->leaf.data);
	peer->leaf.data = xmalloc(der->size);
	memcpy(peer->leaf.data, der->data, der->size);
	peer->leaf.size = der->size;
}

/* The server's certificate expires but once, however often it is met. */
static bool
first_meeting(struct tls_context *ctx)
{
	bool first;

	pthread_mutex_lock(&ctx->lock);
	first = !ctx->expiry_noted;
	ctx->expiry_noted = true;
	pthread_mutex_unlock(&ctx->lock);
	return first;
}

int
tls_peer_accept(struct tls_peer *peer, const gnutls_datum_t *der,
    struct err *err)
{
	struct tls_context *ctx = peer->ctx;
	struct tls_cert_info info;
	bool added;

	if (cert_tell(der, &info) != 0)
		return err_set(err, ERR_TRUST,
		    "server shows no readable certificate");
	if (trust_learn(ctx->trust, &info, &added, err) != 0)
		return -1;
	if (added)
		add_note(ctx, xasprintf("new server, whose key is trusted "
		    "from now on: %s", info.pin));
	if (first_meeting(ctx))
		note_expiry(ctx, "the server's certificate", &info);
	peer->accepted = true;
	return 0;
}

const char *
tls_library(void)
{
	return gnutls_check_version(NULL);
}
