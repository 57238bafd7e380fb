/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/tls_error.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "net/cert.h"

enum { REASON_MAX = 160, SHOWN_MAX = 80 };

static const struct {
	int alert;
	const char *words;
} alerts[] = {
	{ GNUTLS_A_UNEXPECTED_MESSAGE, "it did not expect our message" },
	{ GNUTLS_A_BAD_RECORD_MAC, "what we sent was spoiled on its way, or "
	    "seen so" },
	{ GNUTLS_A_RECORD_OVERFLOW, "a record of ours is too long for it" },
	{ GNUTLS_A_HANDSHAKE_FAILURE, "it has no cipher, key exchange or kind "
	    "of signature in common with us" },
	{ GNUTLS_A_BAD_CERTIFICATE, "it does not accept our client "
	    "certificate" },
	{ GNUTLS_A_UNSUPPORTED_CERTIFICATE, "it cannot use a client "
	    "certificate of this kind" },
	{ GNUTLS_A_CERTIFICATE_REVOKED, "our client certificate was revoked" },
	{ GNUTLS_A_CERTIFICATE_EXPIRED, "our client certificate expired" },
	{ GNUTLS_A_CERTIFICATE_UNKNOWN, "it does not accept our client "
	    "certificate, or has trouble with its own" },
	{ GNUTLS_A_ILLEGAL_PARAMETER, "it takes something that we sent for "
	    "wrong" },
	{ GNUTLS_A_UNKNOWN_CA, "it does not know the authority of our client "
	    "certificate" },
	{ GNUTLS_A_ACCESS_DENIED, "access denied" },
	{ GNUTLS_A_DECODE_ERROR, "it cannot read what we sent" },
	{ GNUTLS_A_DECRYPT_ERROR, "it cannot verify or decrypt what we sent" },
	{ GNUTLS_A_PROTOCOL_VERSION, "it speaks no version of TLS that we do" },
	{ GNUTLS_A_INSUFFICIENT_SECURITY, "it wants stronger ciphers" },
	{ GNUTLS_A_INTERNAL_ERROR, "it has an internal error; see its log" },
	{ GNUTLS_A_INAPPROPRIATE_FALLBACK, "it could do better than this "
	    "version of TLS" },
	{ GNUTLS_A_USER_CANCELED, "it cancelled" },
	{ GNUTLS_A_NO_RENEGOTIATION, "it will not renegotiate" },
	{ GNUTLS_A_MISSING_EXTENSION, "it misses an extension" },
	{ GNUTLS_A_UNSUPPORTED_EXTENSION, "it does not know an extension" },
	{ GNUTLS_A_UNRECOGNIZED_NAME, "it does not know the host name; "
	    "-o tls-server-name=NAME sets another" },
	{ GNUTLS_A_UNKNOWN_PSK_IDENTITY, "it does not know the session that "
	    "was to be resumed" },
	{ GNUTLS_A_CERTIFICATE_REQUIRED, "it wants a client certificate" },
	{ GNUTLS_A_NO_APPLICATION_PROTOCOL, "it does not take the protocol "
	    "name ftp (ALPN)" },
};

/* Errors of a handshake that a server of the old days makes. */
static const struct {
	int rc;
	const char *words;
} relics[] = {
	{ GNUTLS_E_DH_PRIME_UNACCEPTABLE, "server's Diffie-Hellman group is "
	    "too small" },
	{ GNUTLS_E_SAFE_RENEGOTIATION_FAILED, "server lacks safe "
	    "renegotiation (RFC 5746)" },
	{ GNUTLS_E_UNSAFE_RENEGOTIATION_DENIED, "server lacks safe "
	    "renegotiation (RFC 5746)" },
	{ GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM, "server signs by an "
	    "algorithm that is not allowed" },
	{ GNUTLS_E_UNWANTED_ALGORITHM, "server chose an algorithm that is not "
	    "allowed" },
	{ GNUTLS_E_INSUFFICIENT_SECURITY, "server chose an algorithm that is "
	    "too weak" },
};

static const char *
alert_words(int alert)
{
	size_t i;

	for (i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++) {
		if (alerts[i].alert == alert)
			return alerts[i].words;
	}
	return "for a reason that nobody has defined";
}

static bool
is_no_tls(int rc)
{
	return rc == GNUTLS_E_UNEXPECTED_PACKET ||
	    rc == GNUTLS_E_UNEXPECTED_PACKET_LENGTH ||
	    rc == GNUTLS_E_UNSUPPORTED_VERSION_PACKET ||
	    rc == GNUTLS_E_RECORD_OVERFLOW;
}

/* What begins with the three digits of a reply is one in the clear. */
static bool
is_reply(const struct tls_scene *at)
{
	const char *p = at->first;

	return at->nfirst >= 4 && isdigit((unsigned char)p[0]) &&
	    isdigit((unsigned char)p[1]) && isdigit((unsigned char)p[2]) &&
	    (p[3] == ' ' || p[3] == '-');
}

static bool
begins(const struct tls_scene *at, const char *with)
{
	return at->nfirst >= strlen(with) &&
	    memcmp(at->first, with, strlen(with)) == 0;
}

/* Only of the control connection: other bytes may be those of files. */
static int
no_tls(const struct tls_scene *at, struct err *err)
{
	char line[SHOWN_MAX], shown[4 * SHOWN_MAX];
	size_t n = at->nfirst < sizeof(line) - 1 ? at->nfirst :
	    sizeof(line) - 1;

	if (at->role == TLS_DATA)
		return err_set(err, ERR_TLS, "server answered the TLS "
		    "handshake of the data connection in the clear");
	if (begins(at, "SSH-"))
		return err_set(err, ERR_TLS, "this is an SSH server (sftp), "
		    "not FTP");
	if (!is_reply(at))
		return err_set(err, ERR_TLS, "server answered the TLS "
		    "handshake with something else%s", begins(at, "HTTP/") ?
		    ": it speaks HTTP" : "");
	memcpy(line, at->first, n);
	line[n] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	text_escape_to(shown, sizeof(shown), line);
	err_set(err, ERR_TLS, "server answered the TLS handshake in the "
	    "clear (%s)", shown);
	err->code = (int)strtol(line, NULL, 10);
	if (begins(at, "220") || begins(at, "120"))
		err_append(err, "; this port is for explicit TLS: use ftp:// "
		    "(or -o tls=explicit)");
	return -1;
}

/* Who set tls-priority himself knows of it. */
static int
name_priority(const struct tls_scene *at, const char *priority,
    struct err *err)
{
	return at->ctx->own_priority ? -1 : err_append(err, "; old servers "
	    "need -o tls-priority=%s", priority);
}

/* Alerts do not say whose certificate they mean; we know who asked. */
static int
alert_error(const struct tls_scene *at, const char *what, struct err *err)
{
	int alert = gnutls_alert_get(at->session);

	err_set(err, ERR_TLS, "server %s: %s (alert %d)", what,
	    alert_words(alert), alert);
	if (gnutls_certificate_client_get_request_status(at->session) == 0)
		return -1;
	return err_append(err, at->ctx->client == NULL ?
	    "; it asks for a client certificate (settings cert and key)" :
	    "; it may not accept our client certificate");
}

static int
refused(const struct tls_scene *at, struct err *err)
{
	int alert = gnutls_alert_get(at->session);

	alert_error(at, "refused the TLS handshake", err);
	err_append(err, " (we offered %s)", at->ctx->offered);
	if (alert != GNUTLS_A_HANDSHAKE_FAILURE)
		return -1;
	return name_priority(at, "NORMAL", err);
}

/* The certificate's own words against its use: the user may know better. */
static int
wrong_usage(const struct tls_scene *at, struct err *err)
{
	const gnutls_datum_t *chain;
	struct tls_cert_info info;
	unsigned n;

	chain = gnutls_certificate_get_peers(at->session, &n);
	err_set(err, ERR_TLS, "certificate's key is not for this handshake "
	    "(keyUsage)");
	if (chain == NULL || cert_tell(&chain[0], &info) != 0)
		return err_append(err, "; if it is the right one, use "
		    "-o tls-priority=NORMAL:%%COMPAT and --pin");
	return err_append(err, "; if it is the right one, use "
	    "-o tls-priority=NORMAL:%%COMPAT and --pin %s", info.pin);
}

static bool
is_unreadable(int rc)
{
	return rc == GNUTLS_E_CERTIFICATE_ERROR ||
	    rc == GNUTLS_E_X509_DUPLICATE_EXTENSION ||
	    rc == GNUTLS_E_ASN1_TIME_ERROR ||
	    rc == GNUTLS_E_ASN1_EMBEDDED_NULL_IN_STRING ||
	    (rc <= GNUTLS_E_ASN1_ELEMENT_NOT_FOUND &&
	    rc >= GNUTLS_E_ASN1_DER_OVERFLOW);
}

int
tls_error_handshake(const struct tls_scene *at, int rc, struct err *err)
{
	char reason[REASON_MAX];
	size_t i;

	if (rc == GNUTLS_E_FATAL_ALERT_RECEIVED)
		return refused(at, err);
	if (is_no_tls(rc) && (is_reply(at) || rc !=
	    GNUTLS_E_UNSUPPORTED_VERSION_PACKET))
		return no_tls(at, err);
	if (rc == GNUTLS_E_UNSUPPORTED_VERSION_PACKET)
		return err_set(err, ERR_TLS, "server speaks no version of TLS "
		    "that is allowed (we offered %s)", at->ctx->offered);
	if (rc == GNUTLS_E_KEY_USAGE_VIOLATION)
		return wrong_usage(at, err);
	for (i = 0; i < sizeof(relics) / sizeof(relics[0]); i++) {
		if (relics[i].rc != rc)
			continue;
		err_set(err, ERR_TLS, "TLS handshake: %s", relics[i].words);
		return name_priority(at, "NORMAL", err);
	}
	tls_error_reason(rc, reason, sizeof(reason));
	if (is_unreadable(rc))
		return err_set(err, ERR_TLS, "server's certificate cannot be "
		    "read: %s", reason);
	return err_set(err, ERR_TLS, "TLS handshake: %s", reason);
}

int
tls_error_session(const struct tls_scene *at, int rc, struct err *err)
{
	bool spoiled = rc == GNUTLS_E_DECRYPTION_FAILED;
	char reason[REASON_MAX];

	if (rc == GNUTLS_E_FATAL_ALERT_RECEIVED) {
		alert_error(at, "ended the TLS session", err);
		spoiled = gnutls_alert_get(at->session) ==
		    GNUTLS_A_BAD_RECORD_MAC;
	} else if (is_no_tls(rc)) {
		err_set(err, ERR_TLS, "server broke the TLS session, "
		    "probably crashed; see its log");
	} else {
		err_set(err, ERR_TLS, "TLS: %s", tls_error_reason(rc, reason,
		    sizeof(reason)));
	}
	/* Changed on its way, or seen so there: worth another try. */
	if (spoiled)
		err->sys = EBADMSG;
	return -1;
}

const char *
tls_error_reason(int rc, char *out, size_t size)
{
	size_t n;

	n = strlcpy(out, gnutls_strerror(rc), size);
	if (n > 0 && n < size && out[n - 1] == '.')
		out[n - 1] = '\0';
	return out;
}
