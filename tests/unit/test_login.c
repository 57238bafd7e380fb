/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Logging in where the server ends the handshake over the ALPN name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <netinet/in.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ftp/conn.h"

enum { CONNECTIONS_MAX = 8, DAY = 24 * 60 * 60 };

struct peer {
	gnutls_certificate_credentials_t cred;
	int lfd;
	const char *alpn;	/* the only one it takes */
	int connections, greeted;
	pthread_t thread;
};

static void
make_cert(gnutls_certificate_credentials_t cred)
{
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;

	gnutls_x509_privkey_init(&key);
	gnutls_x509_crt_init(&crt);
	assert_int_equal(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
	    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0), 0);
	gnutls_x509_crt_set_version(crt, 3);
	gnutls_x509_crt_set_serial(crt, "\1", 1);
	gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0,
	    "server", 6);
	gnutls_x509_crt_set_activation_time(crt, time(NULL) - DAY);
	gnutls_x509_crt_set_expiration_time(crt, time(NULL) + 99 * DAY);
	gnutls_x509_crt_set_key(crt, key);
	assert_int_equal(gnutls_x509_crt_sign2(crt, crt, key,
	    GNUTLS_DIG_SHA256, 0), 0);
	assert_int_equal(gnutls_certificate_set_x509_key(cred, &crt, 1, key),
	    0);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
}

static const char *
answer(const char *line)
{
	static const struct {
		const char *command, *reply;
	} rows[] = {
		{ "USER", "331 And?\r\n" }, { "PASS", "230 Hello\r\n" },
		{ "FEAT", "211 None\r\n" }, { "PWD", "257 \"/\"\r\n" },
		{ "QUIT", "221 Bye\r\n" },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strncmp(line, rows[i].command,
		    strlen(rows[i].command)) == 0)
			return rows[i].reply;
	}
	return "200 Fine\r\n";
}

/* One command a record, as we send them. */
static void
talk(struct peer *sv, gnutls_session_t s)
{
	char line[512];
	const char *reply = "220 Hi\r\n";
	ssize_t n;

	sv->greeted++;
	do {
		if (gnutls_record_send(s, reply, strlen(reply)) < 0)
			return;
		do {
			n = gnutls_record_recv(s, line, sizeof(line) - 1);
		} while (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED);
		line[n > 0 ? n : 0] = '\0';
		reply = answer(line);
	} while (n > 0);
}

static void
serve_one(struct peer *sv, int fd)
{
	gnutls_datum_t alpn = { (unsigned char *)sv->alpn,
	    strlen(sv->alpn) };
	gnutls_session_t s;
	int rc;

	gnutls_init(&s, GNUTLS_SERVER);
	gnutls_set_default_priority(s);
	gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, sv->cred);
	gnutls_alpn_set_protocols(s, &alpn, 1, GNUTLS_ALPN_MANDATORY);
	gnutls_transport_set_int(s, fd);
	do {
		rc = gnutls_handshake(s);
	} while (rc < 0 && !gnutls_error_is_fatal(rc));
	if (rc == 0)
		talk(sv, s);
	else
		gnutls_alert_send_appropriate(s, rc);
	gnutls_deinit(s);
}

/* Until the listening socket is shut down. */
static void *
serve(void *arg)
{
	struct peer *sv = arg;
	int fd;

	while (sv->connections < CONNECTIONS_MAX &&
	    (fd = accept(sv->lfd, NULL, NULL)) != -1) {
		sv->connections++;
		serve_one(sv, fd);
		close(fd);
	}
	return NULL;
}

static int
peer_start(struct peer *sv, const char *alpn)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);

	memset(sv, 0, sizeof(*sv));
	sv->alpn = alpn;
	gnutls_certificate_allocate_credentials(&sv->cred);
	make_cert(sv->cred);
	sv->lfd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(sv->lfd, (struct sockaddr *)&sin, len), 0);
	assert_int_equal(listen(sv->lfd, 1), 0);
	getsockname(sv->lfd, (struct sockaddr *)&sin, &len);
	pthread_create(&sv->thread, NULL, serve, sv);
	return ntohs(sin.sin_port);
}

static void
peer_stop(struct peer *sv)
{
	shutdown(sv->lfd, SHUT_RDWR);
	pthread_join(sv->thread, NULL);
	close(sv->lfd);
	gnutls_certificate_free_credentials(sv->cred);
}

static void
site_init(struct site *site, int port)
{
	struct tls_options o = { .host = "127.0.0.1", .port = port,
	    .insecure = true };
	struct err err = ERR_INIT;
	char text[16];

	memset(site, 0, sizeof(*site));
	site->name = (char *)"test";
	settings_init(&site->set);
	snprintf(text, sizeof(text), "%d", port);
	assert_int_equal(option_set(&site->set, "host", "127.0.0.1", &err),
	    0);
	assert_int_equal(option_set(&site->set, "port", text, &err), 0);
	assert_int_equal(option_set(&site->set, "tls", "implicit", &err), 0);
	assert_int_equal(option_set(&site->set, "user", "u", &err), 0);
	secret_set(&site->password, "p");
	site->tls = tls_context_new(&o, &err);
	assert_non_null(site->tls);
}

static void
site_release(struct site *site)
{
	tls_context_free(site->tls);
	secret_release(&site->password);
	settings_release(&site->set);
}

static void
test_alpn(void **state)
{
	struct login_request rq = { .number = 1, .server = server_new() };
	struct err err = ERR_INIT;
	struct peer sv;
	struct site site;
	struct conn *c;
	int i;

	(void)state;
	site_init(&site, peer_start(&sv, "ftp"));
	rq.site = &site;
	assert_int_equal(conn_open(&rq, &c, &err), 0);
	conn_close(c, true);
	assert_true(server_has(rq.server, TRAIT_ALPN));
	site_release(&site);
	peer_stop(&sv);
	assert_int_equal(sv.connections, 1);

	/* Once more without it, and from then on without it at once. */
	site_init(&site, peer_start(&sv, "http/1.1"));
	for (i = 0; i < 2; i++) {
		if (conn_open(&rq, &c, &err) != 0)
			fail_msg("%s", err.msg);
		conn_close(c, true);
		assert_false(server_has(rq.server, TRAIT_ALPN));
	}
	site_release(&site);
	peer_stop(&sv);
	assert_int_equal(sv.connections, 3);
	assert_int_equal(sv.greeted, 2);
	server_free(rq.server);
}

/* Any other end of a handshake is final. */
static void
test_no_retry(void **state)
{
	struct login_request rq = { .number = 1, .server = server_new() };
	struct err err = ERR_INIT;
	struct tls_options o;
	struct peer sv;
	struct site site;
	struct conn *c;
	int port;

	(void)state;
	port = peer_start(&sv, "ftp");
	site_init(&site, port);
	tls_context_free(site.tls);
	o = (struct tls_options){ .host = "127.0.0.1", .port = port };
	site.tls = tls_context_new(&o, &err);
	assert_non_null(site.tls);
	rq.site = &site;
	assert_int_equal(conn_open(&rq, &c, &err), -1);
	assert_int_equal(err.kind, ERR_TRUST);
	assert_true(server_has(rq.server, TRAIT_ALPN));
	site_release(&site);
	peer_stop(&sv);
	assert_int_equal(sv.connections, 1);
	server_free(rq.server);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alpn),
		cmocka_unit_test(test_no_retry),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
