/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of handshakes that fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "net/tls_error.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LONG \
    "0123456789012345678901234567890123456789012345678901234567890123456789"

struct env {
	gnutls_session_t session;
	gnutls_certificate_credentials_t cred;
	struct tls_context ctx;
	struct tls_scene at;
	unsigned char alert[7];	/* a record that is to come */
	size_t taken;
};

static ssize_t
push(gnutls_transport_ptr_t ptr, const void *data, size_t n)
{
	(void)ptr;
	(void)data;
	return (ssize_t)n;
}

static ssize_t
pull(gnutls_transport_ptr_t ptr, void *data, size_t n)
{
	struct env *e = ptr;

	if (n > sizeof(e->alert) - e->taken)
		n = sizeof(e->alert) - e->taken;
	memcpy(data, e->alert + e->taken, n);
	e->taken += n;
	return (ssize_t)n;
}

static void
setup(struct env *e)
{
	memset(e, 0, sizeof(*e));
	assert_int_equal(gnutls_init(&e->session, GNUTLS_CLIENT), 0);
	assert_int_equal(gnutls_set_default_priority(e->session), 0);
	assert_int_equal(gnutls_certificate_allocate_credentials(&e->cred),
	    0);
	gnutls_credentials_set(e->session, GNUTLS_CRD_CERTIFICATE, e->cred);
	gnutls_transport_set_ptr(e->session, e);
	gnutls_transport_set_push_function(e->session, push);
	gnutls_transport_set_pull_function(e->session, pull);
	strlcpy(e->ctx.offered, "TLS1.3, TLS1.2", sizeof(e->ctx.offered));
	e->at = (struct tls_scene){
		.session = e->session, .ctx = &e->ctx, .role = TLS_CONTROL,
	};
}

static void
teardown(struct env *e)
{
	gnutls_deinit(e->session);
	gnutls_certificate_free_credentials(e->cred);
}

static void
assert_handshake(struct env *e, int rc, const char *says)
{
	struct err err = ERR_INIT;

	assert_int_equal(tls_error_handshake(&e->at, rc, &err), -1);
	assert_int_equal(err.kind, ERR_TLS);
	assert_string_equal(err.msg, says);
}

static void
test_no_tls(void **state)
{
	static const int all[] = {
		GNUTLS_E_UNEXPECTED_PACKET, GNUTLS_E_UNEXPECTED_PACKET_LENGTH,
		GNUTLS_E_RECORD_OVERFLOW
	};
	static const struct {
		const char *first, *says;
	} rows[] = {
		{ "", "server answered the TLS handshake with something "
		    "else" },
		{ "HTTP/1.1 400 No\r\n", "server answered the TLS handshake "
		    "with something else: it speaks HTTP" },
		{ "HTTP", "server answered the TLS handshake with something "
		    "else" },
		{ "SSH-2.0-x\r\n", "this is an SSH server (sftp), not FTP" },
		{ "SSH-", "this is an SSH server (sftp), not FTP" },
		{ "HTTP/", "server answered the TLS handshake with something "
		    "else: it speaks HTTP" },
		{ "SSH", "server answered the TLS handshake with something "
		    "else" },
		{ "421", "server answered the TLS handshake with something "
		    "else" },
		{ "421x", "server answered the TLS handshake with something "
		    "else" },
		{ "x21 x", "server answered the TLS handshake with something "
		    "else" },
		{ "4x1 x", "server answered the TLS handshake with something "
		    "else" },
		{ "42x x", "server answered the TLS handshake with something "
		    "else" },
		{ "421 ", "server answered the TLS handshake in the clear "
		    "(421 )" },
		{ "421 no\r\nmore", "server answered the TLS handshake in "
		    "the clear (421 no)" },
		{ "421-no\nmore", "server answered the TLS handshake in the "
		    "clear (421-no)" },
		{ "421 \033[m\r", "server answered the TLS handshake in the "
		    "clear (421 \\033[m)" },
		{ "421 5" LONG "0123456789", "server answered the TLS "
		    "handshake in the clear (421 5" LONG "0123)" },
	};
	struct env e;
	size_t i, k;

	(void)state;
	setup(&e);
	for (i = 0; i < COUNT(rows); i++) {
		e.at.first = rows[i].first;
		e.at.nfirst = strlen(rows[i].first);
		for (k = 0; k < COUNT(all); k++)
			assert_handshake(&e, all[k], rows[i].says);
	}
	/* No more than what has come counts. */
	e.at.first = "421 no";
	e.at.nfirst = 3;
	assert_handshake(&e, all[0], rows[0].says);
	e.at.role = TLS_DATA;
	assert_handshake(&e, all[0], "server answered the TLS handshake of "
	    "the data connection in the clear");
	teardown(&e);
}

static void
test_greeting(void **state)
{
	static const char *const greetings[] = { "220 hi\r\n", "120-hi\r\n" };
	struct err err = ERR_INIT;
	struct env e;
	size_t i;

	(void)state;
	setup(&e);
	for (i = 0; i < COUNT(greetings); i++) {
		e.at.first = greetings[i];
		e.at.nfirst = strlen(greetings[i]);
		assert_int_equal(tls_error_handshake(&e.at,
		    GNUTLS_E_UNSUPPORTED_VERSION_PACKET, &err), -1);
		assert_int_equal(err.code, i == 0 ? 220 : 120);
		assert_non_null(strstr(err.msg, "hi); this port is for "
		    "explicit TLS: use ftp:// (or -o tls=explicit)"));
	}
	e.at.first = "222 hi";
	e.at.nfirst = strlen(e.at.first);
	assert_handshake(&e, GNUTLS_E_UNEXPECTED_PACKET, "server answered "
	    "the TLS handshake in the clear (222 hi)");
	e.at.nfirst = 0;
	assert_handshake(&e, GNUTLS_E_UNSUPPORTED_VERSION_PACKET, "server "
	    "speaks no version of TLS that is allowed (we offered TLS1.3, "
	    "TLS1.2)");
	teardown(&e);
}

static void
test_relics(void **state)
{
	static const char weak[] = "TLS handshake: server chose an algorithm "
	    "that is too weak";
	char more[256];
	struct env e;

	(void)state;
	setup(&e);
	snprintf(more, sizeof(more), "%s; old servers need -o "
	    "tls-priority=NORMAL", weak);
	assert_handshake(&e, GNUTLS_E_INSUFFICIENT_SECURITY, more);
	assert_handshake(&e, GNUTLS_E_DH_PRIME_UNACCEPTABLE, "TLS handshake: "
	    "server's Diffie-Hellman group is too small; old servers need -o "
	    "tls-priority=NORMAL");
	e.ctx.own_priority = true;
	assert_handshake(&e, GNUTLS_E_INSUFFICIENT_SECURITY, weak);
	assert_handshake(&e, GNUTLS_E_MEMORY_ERROR,
	    "TLS handshake: Internal error in memory allocation");
	assert_handshake(&e, GNUTLS_E_KEY_USAGE_VIOLATION, "certificate's key "
	    "is not for this handshake (keyUsage); if it is the right one, "
	    "use -o tls-priority=NORMAL:%COMPAT and --pin");
	teardown(&e);
}

static void
test_unreadable(void **state)
{
	static const int unreadable[] = {
		GNUTLS_E_CERTIFICATE_ERROR, GNUTLS_E_X509_DUPLICATE_EXTENSION,
		GNUTLS_E_ASN1_TIME_ERROR, GNUTLS_E_ASN1_EMBEDDED_NULL_IN_STRING,
		GNUTLS_E_ASN1_ELEMENT_NOT_FOUND, GNUTLS_E_ASN1_DER_ERROR,
		GNUTLS_E_ASN1_DER_OVERFLOW
	};
	static const int others[] = {
		GNUTLS_E_ASN1_ELEMENT_NOT_FOUND + 1,
		GNUTLS_E_ASN1_DER_OVERFLOW - 1, GNUTLS_E_PULL_ERROR
	};
	struct err err = ERR_INIT;
	struct env e;
	size_t i;

	(void)state;
	setup(&e);
	for (i = 0; i < COUNT(unreadable); i++) {
		tls_error_handshake(&e.at, unreadable[i], &err);
		assert_non_null(strstr(err.msg,
		    "server's certificate cannot be read: "));
		assert_int_not_equal(err.msg[strlen(err.msg) - 1], '.');
	}
	for (i = 0; i < COUNT(others); i++) {
		tls_error_handshake(&e.at, others[i], &err);
		assert_non_null(strstr(err.msg, "TLS handshake: "));
	}
	teardown(&e);
}

/* Lets that alert come in a handshake. */
static void
take_alert(struct env *e, int alert)
{
	const unsigned char record[] = {
		21, 3, 3, 0, 2, GNUTLS_AL_FATAL, (unsigned char)alert
	};

	setup(e);
	memcpy(e->alert, record, sizeof(record));
	assert_int_equal(gnutls_handshake(e->session),
	    GNUTLS_E_FATAL_ALERT_RECEIVED);
}

static void
test_alerts(void **state)
{
	struct err err = ERR_INIT;
	struct env e;

	(void)state;
	take_alert(&e, GNUTLS_A_HANDSHAKE_FAILURE);
	assert_handshake(&e, GNUTLS_E_FATAL_ALERT_RECEIVED, "server refused "
	    "the TLS handshake: it has no cipher, key exchange or kind of "
	    "signature in common with us (alert 40) (we offered TLS1.3, "
	    "TLS1.2); old servers need -o tls-priority=NORMAL");
	e.ctx.own_priority = true;
	assert_handshake(&e, GNUTLS_E_FATAL_ALERT_RECEIVED, "server refused "
	    "the TLS handshake: it has no cipher, key exchange or kind of "
	    "signature in common with us (alert 40) (we offered TLS1.3, "
	    "TLS1.2)");
	teardown(&e);
	take_alert(&e, GNUTLS_A_ACCESS_DENIED);
	assert_handshake(&e, GNUTLS_E_FATAL_ALERT_RECEIVED, "server refused "
	    "the TLS handshake: access denied (alert 49) (we offered TLS1.3, "
	    "TLS1.2)");
	assert_int_equal(tls_error_session(&e.at,
	    GNUTLS_E_FATAL_ALERT_RECEIVED, &err), -1);
	assert_string_equal(err.msg, "server ended the TLS session: access "
	    "denied (alert 49)");
	assert_int_equal(err.sys, 0);
	teardown(&e);
	/* The first and the last that have words. */
	take_alert(&e, GNUTLS_A_UNEXPECTED_MESSAGE);
	assert_handshake(&e, GNUTLS_E_FATAL_ALERT_RECEIVED, "server refused "
	    "the TLS handshake: it did not expect our message (alert 10) (we "
	    "offered TLS1.3, TLS1.2)");
	teardown(&e);
	take_alert(&e, GNUTLS_A_NO_APPLICATION_PROTOCOL);
	assert_handshake(&e, GNUTLS_E_FATAL_ALERT_RECEIVED, "server refused "
	    "the TLS handshake: it does not take the protocol name ftp (ALPN) "
	    "(alert 120) (we offered TLS1.3, TLS1.2)");
	teardown(&e);
	take_alert(&e, 7);
	assert_handshake(&e, GNUTLS_E_FATAL_ALERT_RECEIVED, "server refused "
	    "the TLS handshake: for a reason that nobody has defined (alert "
	    "7) (we offered TLS1.3, TLS1.2)");
	teardown(&e);
	take_alert(&e, GNUTLS_A_BAD_RECORD_MAC);
	assert_int_equal(tls_error_session(&e.at,
	    GNUTLS_E_FATAL_ALERT_RECEIVED, &err), -1);
	assert_int_equal(err.sys, EBADMSG);
	teardown(&e);
}

static void
test_session(void **state)
{
	struct err err = ERR_INIT;
	struct env e;

	(void)state;
	setup(&e);
	assert_int_equal(tls_error_session(&e.at,
	    GNUTLS_E_UNEXPECTED_PACKET_LENGTH, &err), -1);
	assert_string_equal(err.msg, "server broke the TLS session, probably "
	    "crashed; see its log");
	assert_int_equal(err.sys, 0);
	assert_int_equal(tls_error_session(&e.at, GNUTLS_E_DECRYPTION_FAILED,
	    &err), -1);
	assert_int_equal(err.kind, ERR_TLS);
	assert_string_equal(err.msg, "TLS: Decryption has failed");
	assert_int_equal(err.sys, EBADMSG);
	err_clear(&err);
	assert_int_equal(tls_error_session(&e.at, GNUTLS_E_MEMORY_ERROR,
	    &err), -1);
	assert_int_equal(err.sys, 0);
	teardown(&e);
}

static void
test_reason(void **state)
{
	char out[64], cut[9];

	(void)state;
	assert_string_equal(tls_error_reason(GNUTLS_E_DECRYPTION_FAILED, out,
	    sizeof(out)), "Decryption has failed");
	assert_string_equal(tls_error_reason(GNUTLS_E_DECRYPTION_FAILED, cut,
	    sizeof(cut)), "Decrypti");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_tls),
		cmocka_unit_test(test_greeting),
		cmocka_unit_test(test_relics),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_alerts),
		cmocka_unit_test(test_session),
		cmocka_unit_test(test_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
