/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whom we trust and who we are: first use, revocation, certificates of our
 * own, against a GnuTLS server in a thread.  What openssl makes for it is in
 * test_trust.sh.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/ocsp.h>
#include <gnutls/pkcs11.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/cert.h"
#include "net/probe.h"
#include "net/stream.h"
#include "net/tls.h"
#include "net/tls_private.h"
#include "net/trust.h"
#include "net/wait.h"
#include "instead.h"
#define LOCKS_OF_LIBRARIES
#include "locks.h"
#include "tempdir.h"
#include "time_now.h"

enum {
	WAIT_MS = 20000,
	BUFFER = 16 * 1024,
	VERSIONS = 2,
	DAY = 24 * 60 * 60,
};

static const char *const priorities[VERSIONS] = {
	"NORMAL:-VERS-ALL:+VERS-TLS1.3", "NORMAL:-VERS-ALL:+VERS-TLS1.2",
};

static char *dir;
static int dirfd_;

/* Returns one of a few static names in dir; NULL for NULL. */
static const char *
in_dir(const char *name)
{
	static char names[8][512];
	static int next;
	char *out;

	if (name == NULL)
		return NULL;
	out = names[next++ % 8];
	snprintf(out, sizeof(names[0]), "%s/%s", dir, name);
	return out;
}

static int
make_files(void **state)
{
	const char *srcdir = getenv("srcdir");
	char *command;
	int status;

	(void)state;
	dir = tempdir_new();
	dirfd_ = open(dir, O_RDONLY | O_DIRECTORY);
	command = xasprintf("sh '%s/tests/unit/test_trust.sh' '%s'",
	    srcdir != NULL ? srcdir : ".", dir);
	status = system(command);
	free(command);
	return status;
}

static int
remove_files(void **state)
{
	(void)state;
	close(dirfd_);
	tempdir_remove(dir);
	return 0;
}

/* The server. */

struct server {
	const char *cert;	/* NAME.crt and NAME.key */
	gnutls_datum_t staple;	/* size 0: none */
	const char *priority;
	bool wants_client;
	const char *names_ca;	/* whose client certificates it says to take */
	/* what it saw */
	int fd, handshake;
	char client[64];
	struct probe_look look;	/* and what was seen of it */
	pthread_t thread;
};

static int
give_staple(gnutls_session_t s, void *arg, gnutls_datum_t *out)
{
	const struct server *sv = arg;

	(void)s;
	if (sv->staple.size == 0)
		return GNUTLS_E_NO_CERTIFICATE_STATUS;
	out->data = gnutls_malloc(sv->staple.size);
	memcpy(out->data, sv->staple.data, sv->staple.size);
	out->size = sv->staple.size;
	return 0;
}

static void
note_client(struct server *sv, gnutls_session_t s)
{
	const gnutls_datum_t *der;
	size_t size = sizeof(sv->client);
	gnutls_x509_crt_t crt;
	unsigned n;

	der = gnutls_certificate_get_peers(s, &n);
	if (der == NULL || n == 0)
		return;
	gnutls_x509_crt_init(&crt);
	if (gnutls_x509_crt_import(crt, der, GNUTLS_X509_FMT_DER) == 0)
		gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME,
		    0, 0, sv->client, &size);
	gnutls_x509_crt_deinit(crt);
}

static void
talk(struct server *sv, gnutls_session_t s)
{
	char c[64];
	ssize_t n;

	note_client(sv, s);
	if (gnutls_record_send(s, "220 hello\r\n", 11) != 11)
		return;
	gnutls_bye(s, GNUTLS_SHUT_WR);
	do {
		n = gnutls_record_recv(s, c, sizeof(c));
	} while (n > 0 || (n < 0 && !gnutls_error_is_fatal(n)));
}

static void *
serve(void *arg)
{
	struct server *sv = arg;
	gnutls_certificate_credentials_t cred;
	char crt[512], key[512];
	gnutls_session_t s;

	snprintf(crt, sizeof(crt), "%s/%s.crt", dir, sv->cert);
	snprintf(key, sizeof(key), "%s/%s.key", dir, sv->cert);
	gnutls_certificate_allocate_credentials(&cred);
	gnutls_certificate_set_x509_key_file(cred, crt, key,
	    GNUTLS_X509_FMT_PEM);
	gnutls_certificate_set_ocsp_status_request_function(cred, give_staple,
	    sv);
	if (sv->names_ca != NULL)
		gnutls_certificate_set_x509_trust_file(cred, sv->names_ca,
		    GNUTLS_X509_FMT_PEM);
	gnutls_init(&s, GNUTLS_SERVER);
	gnutls_priority_set_direct(s, sv->priority, NULL);
	gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, cred);
	if (sv->wants_client)
		gnutls_certificate_server_set_request(s, GNUTLS_CERT_REQUIRE);
	gnutls_transport_set_int(s, sv->fd);
	do {
		sv->handshake = gnutls_handshake(s);
	} while (sv->handshake < 0 && !gnutls_error_is_fatal(sv->handshake));
	if (sv->handshake == 0)
		talk(sv, s);
	else
		gnutls_alert_send_appropriate(s, sv->handshake);
	gnutls_deinit(s);
	gnutls_certificate_free_credentials(cred);
	close(sv->fd);
	return NULL;
}

/* The client. */

static struct tls_options
options(void)
{
	return (struct tls_options){ .host = "nas.example", .port = 21,
	    .ca_file = in_dir("ca.crt") };
}

static void
await(struct stream *s)
{
	struct err err = ERR_INIT;
	struct pollfd pfd;

	stream_pollfd(s, &pfd);
	assert_int_equal(net_wait(&pfd, 1, deadline_in(WAIT_MS), NULL, &err),
	    1);
}

/* Connects and reads the greeting. */
static int
meet(struct tls_context *ctx, struct server *sv, struct err *err)
{
	struct tls_peer *peer = tls_peer_new(ctx);
	struct stream *s;
	char text[64];
	ssize_t n;
	int fds[2], rc;

	err_clear(err);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	sv->fd = fds[1];
	sv->client[0] = '\0';
	pthread_create(&sv->thread, NULL, serve, sv);
	s = stream_new(fds[0], BUFFER);
	assert_int_equal(stream_start_tls(s, peer, TLS_CONTROL, err), 0);
	while ((rc = stream_try_handshake(s, err)) == STREAM_AGAIN)
		await(s);
	while (rc == 0 && (n = stream_try_read(s, text, sizeof(text),
	    err)) != 0) {
		if (n == STREAM_AGAIN)
			await(s);
		else if (n < 0)
			rc = -1;
	}
	while (rc == 0 && stream_try_finish(s, err) == STREAM_AGAIN)
		await(s);
	(void)probe_look(peer, &sv->look);
	stream_free(s);
	tls_peer_free(peer);
	pthread_join(sv->thread, NULL);
	return rc;
}

/* The same with a context of its own. */
static int
visit(const struct tls_options *o, struct server *sv, struct err *err)
{
	struct tls_context *ctx;
	int rc;

	err_clear(err);
	ctx = tls_context_new(o, err);
	if (ctx == NULL)
		return -1;
	rc = meet(ctx, sv, err);
	tls_context_free(ctx);
	return rc;
}

/* NULL says: it must work. */
static void
expect(const struct tls_options *o, struct server *sv, enum err_kind kind,
    const char *says)
{
	struct err err = ERR_INIT;
	int rc;

	rc = visit(o, sv, &err);
	if (says == NULL && rc != 0)
		fail_msg("%s: %s", sv->cert, err.msg);
	if (says == NULL)
		return;
	if (rc == 0)
		fail_msg("%s: accepted, not '%s'", sv->cert, says);
	if (err.kind != kind || strstr(err.msg, says) == NULL)
		fail_msg("%s: kind %d, not %d: '%s', not '%s'", sv->cert,
		    err.kind, kind, err.msg, says);
}

static char *
pin_of(const char *name)
{
	struct tls_options o = options();
	struct server sv = { .cert = name, .priority = priorities[0] };
	struct err err = ERR_INIT;
	char *pin, *end;

	/* The refusal names it. */
	o.ca_file = in_dir("other.crt");
	assert_int_equal(visit(&o, &sv, &err), -1);
	pin = strstr(err.msg, "sha256//");
	assert_non_null(pin);
	end = pin + strcspn(pin, " ;,");
	return xstrndup(pin, (size_t)(end - pin));
}

static void
test_settings(void **state)
{
	static const struct {
		const char *name, *value;
		bool good;
	} rows[] = {
		{ "trust", "tofu", true }, { "trust", "", false },
		{ "ocsp", "require", true }, { "ocsp", "yes", false },
		{ "crl-file", "/x.pem", true }, { "crl-file", "", false },
		{ "cert", "pkcs11:token=x;object=y", true },
		{ "cert", "", true }, { "key", "k.pem", true },
		{ "key-password", "file:pw", true },
		{ "key-password", "command:pass show 'a b'", true },
		{ "key-password", "", true },
		{ "key-password", "file:", false },
		{ "key-password", "file:-", false },
		{ "key-password", "opensesame", false },
	};
	struct err err;
	struct settings st;
	size_t i;
	int rc;

	(void)state;
	settings_init(&st);
	assert_int_equal(st.trust, TRUST_CA);
	assert_int_equal(st.ocsp, OCSP_AUTO);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err_clear(&err);
		rc = option_set(&st, rows[i].name, rows[i].value, &err);
		assert_int_equal(rc, rows[i].good ? 0 : -1);
	}
	/* Who takes it for the password itself is not shown it. */
	assert_non_null(strstr(err.msg, "key-password"));
	assert_null(strstr(err.msg, "opensesame"));
	settings_release(&st);
}

/* From its first second to its last, and for how long it is none yet. */
static void
test_time(void **state)
{
	enum { FIRST = 1000000000, LAST = FIRST + 30 * DAY };
	static const struct {
		time_t now;
		const char *says;	/* NULL: fine */
	} rows[] = {
		{ FIRST - 1, "certificate is not valid before 2001-09-09; is "
		    "this machine's clock right?" },
		{ FIRST, NULL }, { LAST, NULL },
		{ LAST + 1, "certificate expired today (2001-10-09); it has "
		    "to be renewed" },
		{ LAST + DAY - 1, "certificate expired today (2001-10-09); "
		    "it has to be renewed" },
		{ LAST + DAY, "certificate expired 1 day ago (2001-10-09); "
		    "it has to be renewed" },
		{ LAST + 2 * DAY, "certificate expired 2 days ago "
		    "(2001-10-09); it has to be renewed" },
	};
	const struct tls_cert_info info = {
		.not_before = FIRST, .not_after = LAST,
	};
	struct err err;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err_clear(&err);
		time_now = rows[i].now;
		rc = cert_check_time(&info, &err);
		time_now = 0;
		assert_int_equal(rc, rows[i].says == NULL ? 0 : -1);
		assert_string_equal(err.msg, rows[i].says == NULL ? "" :
		    rows[i].says);
		assert_int_equal(err.kind, rc == 0 ? ERR_NONE : ERR_TRUST);
	}
}

/*
 * A signature that cannot be verified is none, whoever is named as its
 * maker: GnuTLS says so by GNUTLS_CERT_INVALID alone.
 */
static void
test_forged(void **state)
{
	static const char *const forged[] = { "forged-1", "forged-2",
	    "forged-3" };
	struct server sv = { 0 };
	struct tls_options o = options(), tofu = options();
	size_t i;

	(void)state;
	tofu.trust = TRUST_TOFU;
	tofu.known_file = in_dir("known");
	for (i = 0; i < 3 * VERSIONS; i++) {
		sv.cert = forged[i / VERSIONS];
		sv.priority = priorities[i % VERSIONS];
		expect(&o, &sv, ERR_TRUST, "cannot be verified");
		expect(&tofu, &sv, ERR_TRUST, "cannot be verified");
	}
	assert_null(read_file(dirfd_, "known"));
}

/* What to do about a wrong name. */
static void
test_names(void **state)
{
	struct server sv = { .cert = "self", .priority = priorities[0] };
	struct tls_options o = options();
	struct strvec pins = STRVEC_INIT;

	(void)state;
	o.host = "192.0.2.1";
	o.ca_file = in_dir("self.crt");
	expect(&o, &sv, ERR_TRUST, "certificate is for nas.example, not for "
	    "192.0.2.1; if it is the right server, use "
	    "-o tls-server-name=nas.example");
	o.server_name = "nas.example";
	expect(&o, &sv, 0, NULL);
	o.server_name = NULL;
	sv.cert = "box";
	o.ca_file = in_dir("box.crt");
	expect(&o, &sv, ERR_TRUST, "certificate is for CN=NAS box 5, not for "
	    "192.0.2.1; if it is the right server, use --pin sha256//");
	strvec_take(&pins, pin_of("box"));
	o.pins = &pins;
	expect(&o, &sv, 0, NULL);
	strvec_release(&pins);
	/* Not more than five, of those that could be meant. */
	o = options();
	sv.cert = "names-5";
	expect(&o, &sv, ERR_TRUST, "certificate is for a, 192.0.2.7, "
	    "2001:db8::7, 192.0.2.8 (as a name, not as an address), e, not "
	    "for nas.example");
	sv.cert = "names-6";
	expect(&o, &sv, ERR_TRUST,
	    "certificate is for a, b, c, d, e, ..., not for nas.example");
}

/* What a person has looked at is accepted, and kept if that is wanted. */
static void
test_accept(void **state)
{
	struct server sv = { .cert = "self", .priority = priorities[0] };
	struct tls_options o = options();
	struct err err = ERR_INIT;
	struct tls_context *ctx;

	(void)state;
	ctx = tls_context_new(&o, &err);
	assert_non_null(ctx);
	assert_int_equal(meet(ctx, &sv, &err), -1);
	assert_int_equal(tls_context_accept(ctx, &sv.look.info, false, &err),
	    0);
	assert_int_equal(meet(ctx, &sv, &err), 0);
	/* That key only. */
	sv.cert = "twin";
	assert_int_equal(meet(ctx, &sv, &err), -1);
	assert_int_equal(err.kind, ERR_TRUST);
	err_clear(&err);
	assert_int_equal(tls_context_accept(ctx, &sv.look.info, true, &err),
	    -1);
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_string_equal(err.msg,
	    "no home directory to keep the keys of servers in");
	tls_context_free(ctx);
	o.known_file = in_dir("known");
	ctx = tls_context_new(&o, &err);
	err_clear(&err);
	assert_int_equal(tls_context_accept(ctx, &sv.look.info, true, &err), 0);
	assert_non_null(strstr(read_file(dirfd_, "known"), sv.look.info.pin));
	tls_context_free(ctx);
	unlinkat(dirfd_, "known", 0);
}

/* What who examines a server is told. */
static void
test_probe(void **state)
{
	struct server sv = { .cert = "good", .priority = priorities[0] };
	struct tls_options o = options();
	struct tls_context *ctx;
	struct tls_peer *peer;
	struct err err = ERR_INIT;

	(void)state;
	expect(&o, &sv, 0, NULL);
	assert_string_equal(sv.look.info.subject, "CN=good,O=Home");
	assert_string_equal(sv.look.info.issuer, "CN=Trust CA,O=Home");
	assert_string_equal(sv.look.key, "EC/ECDSA-256");
	assert_string_equal(sv.look.signature, "RSA-SHA256");
	assert_int_equal(strlen(sv.look.pin_hex), 64);
	assert_false(sv.look.weak_key);
	assert_false(sv.look.weak_signature);
	assert_false(sv.look.self_signed);
	assert_false(sv.look.tells_ocsp);
	assert_false(sv.look.tells_crl);
	assert_false(sv.look.must_staple);
	assert_false(sv.look.stapled);
	assert_int_equal(sv.look.shown, 1);
	sv.cert = "listed";
	expect(&o, &sv, 0, NULL);
	assert_true(sv.look.tells_ocsp);
	assert_true(sv.look.tells_crl);
	assert_false(sv.look.must_staple);
	sv.cert = "staple";
	assert_int_equal(gnutls_load_file(in_dir("staple.ocsp"), &sv.staple),
	    0);
	expect(&o, &sv, 0, NULL);
	gnutls_free(sv.staple.data);
	assert_true(sv.look.must_staple);
	assert_true(sv.look.stapled);
	sv = (struct server){ .cert = "self", .priority = priorities[0] };
	o.ca_file = in_dir("self.crt");
	expect(&o, &sv, 0, NULL);
	assert_true(sv.look.self_signed);
	/* Before a handshake there is nothing to tell. */
	ctx = tls_context_new(&o, &err);
	peer = tls_peer_new(ctx);
	assert_int_equal(probe_look(peer, &sv.look), -1);
	assert_int_equal(probe_look(NULL, &sv.look), -1);
	tls_peer_free(peer);
	tls_context_free(ctx);
}

/* What is none. */
static void
test_no_certificate(void **state)
{
	gnutls_datum_t junk = { (unsigned char *)"junk", 4 };
	struct tls_options o = options();
	struct tls_cert_info info;
	struct err err = ERR_INIT;
	struct tls_context *ctx = tls_context_new(&o, &err);
	struct tls_peer *peer = tls_peer_new(ctx);

	(void)state;
	assert_int_equal(cert_tell(&junk, &info), -1);
	assert_int_equal(tls_peer_accept(peer, &junk, &err), -1);
	assert_int_equal(err.kind, ERR_TRUST);
	assert_string_equal(err.msg, "server shows no readable certificate");
	tls_peer_free(peer);
	tls_context_free(ctx);
}

/* First use. */

static void
test_tofu(void **state)
{
	struct server sv = { .priority = priorities[0] };
	struct tls_options o = options();
	char *self = pin_of("self"), *twin = pin_of("twin"), *line;
	struct err err = ERR_INIT;

	(void)state;
	o.trust = TRUST_TOFU;
	o.known_file = in_dir("known");
	o.host = "192.0.2.1";	/* nobody's certificate has this name */
	sv.cert = "self";
	expect(&o, &sv, 0, NULL);
	line = xasprintf("192.0.2.1:21 %s\n", self);
	assert_string_equal(read_file(dirfd_, "known"), line);
	expect(&o, &sv, 0, NULL);
	assert_string_equal(read_file(dirfd_, "known"), line);

	/* Another key: refused, with both pins and the line. */
	sv.cert = "twin";
	expect(&o, &sv, ERR_TRUST, "known:1");
	/* The server was told before we proved anything. */
	assert_int_equal(sv.handshake, GNUTLS_E_FATAL_ALERT_RECEIVED);
	assert_int_equal(visit(&o, &sv, &err), -1);
	assert_non_null(strstr(err.msg, self));
	assert_non_null(strstr(err.msg, twin));
	assert_string_equal(read_file(dirfd_, "known"), line);
	/* Even if an authority vouches for it. */
	o.host = "nas.example";
	expect(&o, &sv, 0, NULL);
	sv.cert = "good";
	expect(&o, &sv, ERR_TRUST, "known:2");
	/* Another port is another server. */
	o.port = 990;
	expect(&o, &sv, 0, NULL);
	free(line);
	free(self);
	free(twin);
	unlinkat(dirfd_, "known", 0);
}

static void
test_tofu_limits(void **state)
{
	struct server sv = { .priority = priorities[1] };
	struct tls_options o = options();
	struct strvec pins = STRVEC_INIT;

	(void)state;
	/* Not asked for: nothing is learnt, nothing is looked up. */
	sv.cert = "self";
	o.known_file = in_dir("known");
	expect(&o, &sv, ERR_TRUST, "self-signed");
	assert_null(read_file(dirfd_, "known"));
	/* A pin is more, and without checks nothing is worth keeping. */
	o.trust = TRUST_TOFU;
	strvec_take(&pins, pin_of("twin"));
	o.pins = &pins;
	expect(&o, &sv, ERR_TRUST, "not the pinned one");
	o.pins = NULL;
	o.insecure = true;
	expect(&o, &sv, 0, NULL);
	assert_null(read_file(dirfd_, "known"));
	o.insecure = false;
	/* It stands in for issuer and name, for nothing else. */
	sv.cert = "client-old";
	expect(&o, &sv, ERR_TRUST, "expired 3 days ago");
	assert_null(read_file(dirfd_, "known"));
	/* What cannot be kept is not trusted. */
	sv.cert = "self";
	o.known_file = in_dir("missing/known");
	expect(&o, &sv, ERR_LOCAL, "missing/known");
	o.known_file = NULL;
	expect(&o, &sv, ERR_USAGE, "no home directory");
	o.known_file = in_dir("known");
	o.host = "a b";
	o.server_name = "nas.example";
	expect(&o, &sv, ERR_USAGE, "a b: not the name of a host");
	o = (struct tls_options){ .host = "nas.example", .port = 21,
		.ca_file = in_dir("ca.crt"), .trust = TRUST_TOFU };
	/* A damaged file does not make the server new. */
	write_file(dirfd_, "known", "nas.example:21 sha256//\n");
	o.known_file = in_dir("known");
	expect(&o, &sv, ERR_TRUST, "known:1");
	unlinkat(dirfd_, "known", 0);
	strvec_release(&pins);
}

/* What is learnt and accepted, without a server. */
static void
test_learn(void **state)
{
	static const struct tls_cert_info info = { .pin =
	    "sha256//AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=" };
	static const char other[] = "nas.example:21 "
	    "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
	struct tls_options o = options();
	struct err err = ERR_INIT;
	struct trust *t;
	bool added;

	(void)state;
	o.trust = TRUST_TOFU;
	o.known_file = in_dir("known");
	t = trust_new("nas.example", &o, &err);
	assert_non_null(t);
	assert_int_equal(trust_learn(t, &info, &added, &err), 0);
	assert_true(added);
	assert_int_equal(trust_learn(t, &info, &added, &err), 0);
	assert_false(added);
	/* By now another run has seen another key. */
	write_file(dirfd_, "known", other);
	assert_int_equal(trust_learn(t, &info, &added, &err), -1);
	assert_int_equal(err.kind, ERR_TRUST);
	assert_false(added);
	err_clear(&err);
	assert_int_equal(trust_accept(t, &info, true, &err), -1);
	assert_int_equal(err.kind, ERR_TRUST);
	assert_string_equal(read_file(dirfd_, "known"), other);
	unlinkat(dirfd_, "known", 0);
	trust_free(t);

	err_clear(&err);
	o.host = "a b";
	assert_null(trust_new("nas.example", &o, &err));
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.msg, "a b: not the name of a host"));

	err_clear(&err);
	o = options();
	t = trust_new("nas.example", &o, &err);
	assert_int_equal(trust_learn(t, &info, &added, &err), 0);
	assert_false(added);
	assert_int_equal(trust_accept(t, &info, false, &err), 0);
	assert_int_equal(trust_accept(t, &info, true, &err), -1);
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_non_null(strstr(err.msg, "no home directory to keep"));
	trust_free(t);
}

/* What the user is told, once. */

static void
expect_note(struct tls_context *ctx, const char *says)
{
	char *note;

	note = tls_context_note(ctx);
	if (says == NULL) {
		assert_null(note);
		return;
	}
	assert_non_null(note);
	if (strstr(note, says) == NULL)
		fail_msg("'%s', not '%s'", note, says);
	free(note);
}

static void
test_notes(void **state)
{
	struct server sv = { .cert = "soon", .priority = priorities[0] };
	struct tls_options o = options();
	struct err err = ERR_INIT;
	struct tls_context *ctx;

	(void)state;
	o.trust = TRUST_TOFU;
	o.known_file = in_dir("known");
	o.cert = in_dir("client-soon.crt");
	o.key = in_dir("client-soon.key");
	ctx = tls_context_new(&o, &err);
	assert_non_null(ctx);
	expect_note(ctx, "client certificate expires in 1 day (20");
	expect_note(ctx, NULL);
	assert_int_equal(meet(ctx, &sv, &err), 0);
	assert_int_equal(meet(ctx, &sv, &err), 0);
	expect_note(ctx, "trusted from now on: sha256//");
	expect_note(ctx, "server's certificate expires in 7 days (20");
	expect_note(ctx, NULL);
	tls_context_free(ctx);

	sv.cert = "good";
	o = options();
	ctx = tls_context_new(&o, &err);
	assert_int_equal(meet(ctx, &sv, &err), 0);
	expect_note(ctx, NULL);
	tls_context_free(ctx);
	unlinkat(dirfd_, "known", 0);
}

static time_t
end_of(const char *name)
{
	struct tls_cert_info info;
	gnutls_datum_t pem, der;
	gnutls_x509_crt_t crt;

	gnutls_x509_crt_init(&crt);
	assert_int_equal(gnutls_load_file(in_dir(name), &pem), 0);
	assert_int_equal(gnutls_x509_crt_import(crt, &pem,
	    GNUTLS_X509_FMT_PEM), 0);
	assert_int_equal(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER,
	    &der), 0);
	assert_int_equal(cert_tell(&der, &info), 0);
	gnutls_free(pem.data);
	gnutls_free(der.data);
	gnutls_x509_crt_deinit(crt);
	return info.not_after;
}

/* From two weeks before the end on, in whole days. */
static void
test_expiry(void **state)
{
	static const struct {
		time_t left;
		const char *says;	/* NULL: nothing yet */
	} rows[] = {
		{ 14 * DAY + 1, NULL }, { 14 * DAY, "expires in 14 days (20" },
		{ 14 * DAY - 1, "expires in 13 days (20" },
		{ 2 * DAY, "expires in 2 days (20" },
		{ 2 * DAY - 1, "expires in 1 day (20" },
		{ DAY, "expires in 1 day (20" },
		{ DAY - 1, "expires in less than a day (20" },
		{ 0, "expires in less than a day (20" },
	};
	struct tls_options o = options();
	time_t end = end_of("client.crt");
	struct err err = ERR_INIT;
	struct tls_context *ctx;
	size_t i;

	(void)state;
	o.cert = in_dir("client.crt");
	o.key = in_dir("client.key");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		time_now = end - rows[i].left;
		ctx = tls_context_new(&o, &err);
		time_now = 0;
		assert_non_null(ctx);
		expect_note(ctx, rows[i].says);
		tls_context_free(ctx);
	}
}

struct visitor {
	struct tls_context *ctx;
	struct server sv;
	struct err err;
	int rc;
};

static void *
visit_aside(void *arg)
{
	struct visitor *v = arg;

	v->rc = meet(v->ctx, &v->sv, &v->err);
	return NULL;
}

/* They are taken by one thread while another connects. */
static void
test_notes_aside(void **state)
{
	struct visitor v = { .sv = { .cert = "soon",
		.priority = priorities[0] } };
	struct tls_options o = options();
	int64_t deadline = deadline_in(WAIT_MS);
	struct err err = ERR_INIT;
	pthread_t thread;
	char *note;
	int n = 0;

	(void)state;
	o.trust = TRUST_TOFU;
	o.known_file = in_dir("known");
	v.ctx = tls_context_new(&o, &err);
	assert_non_null(v.ctx);
	assert_int_equal(pthread_create(&thread, NULL, visit_aside, &v), 0);
	while (n < 2 && deadline_left(deadline) > 0) {
		note = tls_context_note(v.ctx);
		n += note != NULL;
		free(note);
		usleep(1000);
	}
	pthread_join(thread, NULL);
	assert_int_equal(v.rc, 0);
	assert_int_equal(n, 2);
	tls_context_free(v.ctx);
	unlinkat(dirfd_, "known", 0);
}

/* Revocation. */

static void
test_crl(void **state)
{
	static const struct {
		const char *cert, *crl, *says;
	} rows[] = {
		{ "good", "ca.crl", NULL },
		{ "good", "both.crl", NULL },
		{ "revoked", NULL, NULL },
		{ "revoked", "ca.crl", "certificate of CN=revoked,O=Home was "
		    "revoked by its issuer (" },
		{ "revoked", "both.crl", "revoked by its issuer" },
		{ "good", "old.crl", "/old.crl: revocation list of CN=Trust "
		    "CA,O=Home expired on 20" },
		{ "revoked", "old.crl", "expired on 20" },
		{ "good", "early.crl", "not valid yet" },
		{ "good", "forged.crl", "not signed by it" },
		{ "revoked", "forged.crl", "not signed by it" },
		{ "good", "other.crl", "no revocation list of CN=Trust "
		    "CA,O=Home in it" },
		/* On a part of the certificates only, by where it is, */
		{ "listed", "ca.crl", NULL },
		{ "listed", "at-1.crl", NULL },
		{ "listed", "at-2.crl", "that covers the certificate" },
		{ "listed", "at-both.crl", NULL },
		{ "good", "at-1.crl", "that covers the certificate" },
		/* or by what they are. */
		{ "good", "of-users.crl", NULL },
		{ "revoked", "of-users.crl", "revoked by its issuer" },
		{ "good", "of-cas.crl", "that covers the certificate" },
		{ "revoked", "of-cas.crl", "that covers the certificate" },
		{ "good", "of-keys.crl", "that covers the certificate" },
		{ "good", "of-nothing.crl", "that covers the certificate" },
		{ "good", "strange.crl", "critical extension that is unknown" },
		{ "good", "odd.crl", NULL },
	};
	struct tls_options o;
	struct server sv;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		o = options();
		o.crl_file = in_dir(rows[i].crl);
		sv = (struct server){ .cert = rows[i].cert,
		    .priority = priorities[i % VERSIONS] };
		expect(&o, &sv, ERR_TRUST, rows[i].says);
		/* They hold with stapling ignored, too. */
		o.ocsp = OCSP_OFF;
		expect(&o, &sv, ERR_TRUST, rows[i].says);
	}
}

/* Pins and first use do not stand in for it. */
static void
test_crl_pinned(void **state)
{
	struct server sv = { .cert = "revoked", .priority = priorities[0] };
	struct tls_options o = options();
	struct strvec pins = STRVEC_INIT;

	(void)state;
	strvec_take(&pins, pin_of("revoked"));
	o.pins = &pins;
	o.crl_file = in_dir("ca.crl");
	expect(&o, &sv, ERR_TRUST, "revoked by its issuer");
	/* Whose signature nobody can check. */
	o.ca_file = in_dir("other.crt");
	expect(&o, &sv, ERR_TRUST, "cannot be checked");
	strvec_release(&pins);
	/* One who issued itself is on nobody's list. */
	sv.cert = "self";
	strvec_take(&pins, pin_of("self"));
	expect(&o, &sv, 0, NULL);
	strvec_release(&pins);
}

static void
test_crl_file(void **state)
{
	struct server sv = { .cert = "good", .priority = priorities[0] };
	struct tls_options o = options();

	(void)state;
	o.crl_file = in_dir("missing.crl");
	expect(&o, &sv, ERR_USAGE, "missing.crl: No such file");
	o.crl_file = in_dir("ca.crt");
	expect(&o, &sv, ERR_USAGE, "no revocation list");
	o.crl_file = "/dev/null";
	expect(&o, &sv, ERR_USAGE, "/dev/null");
}

/*
 * Shifts the times of an OCSP answer by whole years and signs it anew: what
 * openssl ocsp cannot make.  There are SEQUENCE headers of four bytes only.
 */
static void
shift_answer(gnutls_datum_t *der, int years)
{
	unsigned char *p = der->data, *tbs, *end = p + der->size;
	gnutls_datum_t pem, data, sig;
	gnutls_privkey_t key;
	char *year, text[8];
	size_t size;

	/* BasicOCSPResponse is in the only OCTET STRING of such a size. */
	tbs = memmem(p, der->size, "\x2b\x06\x01\x05\x05\x07\x30\x01\x01", 9);
	assert_non_null(tbs);
	tbs += 9 + 4 + 4;
	assert_int_equal(tbs[0], 0x30);
	assert_int_equal(tbs[1] & 0x80, 0x80);
	size = (tbs[1] & 0x7f) == 1 ? 3 + tbs[2] : 4 + (tbs[2] << 8 | tbs[3]);
	for (p = tbs; p + 17 < tbs + size; p++) {
		if (p[0] != 0x18 || p[1] != 15 || p[16] != 'Z')
			continue;
		year = (char *)p + 2;
		snprintf(text, sizeof(text), "%.4s", year);
		snprintf(text, sizeof(text), "%04d", atoi(text) + years);
		memcpy(year, text, 4);
		/* there is a 28th of February each year */
		memcpy(year + 6, "28", 2);
	}
	assert_int_equal(gnutls_load_file(in_dir("ca.key"), &pem), 0);
	gnutls_privkey_init(&key);
	assert_int_equal(gnutls_privkey_import_x509_raw(key, &pem,
	    GNUTLS_X509_FMT_PEM, NULL, 0), 0);
	data = (gnutls_datum_t){ tbs, size };
	assert_int_equal(gnutls_privkey_sign_data(key, GNUTLS_DIG_SHA256, 0,
	    &data, &sig), 0);
	assert_true(end - sig.size > tbs + size);
	memcpy(end - sig.size, sig.data, sig.size);
	gnutls_free(sig.data);
	gnutls_free(pem.data);
	gnutls_privkey_deinit(key);
}

static void
test_ocsp(void **state)
{
	static const struct {
		const char *cert, *staple;
		int years;
		const char *says[3];	/* under auto, require, off */
	} rows[] = {
		{ "good", NULL, 0, { NULL, "staples no OCSP answer", NULL } },
		{ "good", "good.ocsp", 0, { NULL, NULL, NULL } },
		{ "staple", "staple.ocsp", 0, { NULL, NULL, NULL } },
		{ "staple", NULL, 0, { "OCSP status", "OCSP status", NULL } },
		{ "revoked", "revoked.ocsp", 0, { "revoked", "revoked",
		    NULL } },
		/* says nothing, and must not be taken for consent */
		{ "good", "error.ocsp", 0, { NULL, "responder had an error",
		    NULL } },
		{ "good", "staple.ocsp", 0, { "OCSP", "OCSP", NULL } },
		{ "good", "forged.ocsp", 0, { "OCSP", "OCSP", NULL } },
		{ "good", "good.ocsp", -1, { "OCSP data are old",
		    "OCSP data are old", NULL } },
		{ "good", "good.ocsp", 1, { NULL, "from the future", NULL } },
	};
	struct tls_options o;
	struct server sv;
	size_t i, v;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sv = (struct server){ .cert = rows[i].cert };
		if (rows[i].staple != NULL)
			assert_int_equal(gnutls_load_file(
			    in_dir(rows[i].staple), &sv.staple), 0);
		if (rows[i].years != 0)
			shift_answer(&sv.staple, rows[i].years);
		for (v = 0; v < 3 * VERSIONS; v++) {
			o = options();
			o.ocsp = (enum ocsp_kind)(v / VERSIONS);
			sv.priority = priorities[v % VERSIONS];
			expect(&o, &sv, ERR_TRUST, rows[i].says[v / VERSIONS]);
		}
		gnutls_free(sv.staple.data);
	}
}

/* From its first second to its last. */
static void
test_ocsp_time(void **state)
{
	static const struct {
		bool at_end;
		int from_there;
		const char *says[2];	/* under auto, require */
	} rows[] = {
		{ false, -1, { NULL, "OCSP answer is from the future (20" } },
		{ false, 0, { NULL, NULL } }, { true, 0, { NULL, NULL } },
		{ true, 1, { "OCSP answer is too old (20",
		    "OCSP answer is too old (20" } },
	};
	struct server sv = { .cert = "good", .priority = priorities[0] };
	struct tls_options o = options();
	time_t start, end;
	gnutls_ocsp_resp_t resp;
	size_t i, v;

	(void)state;
	assert_int_equal(gnutls_load_file(in_dir("good.ocsp"), &sv.staple), 0);
	gnutls_ocsp_resp_init(&resp);
	assert_int_equal(gnutls_ocsp_resp_import(resp, &sv.staple), 0);
	assert_int_equal(gnutls_ocsp_resp_get_single(resp, 0, NULL, NULL, NULL,
	    NULL, NULL, &start, &end, NULL, NULL), 0);
	gnutls_ocsp_resp_deinit(resp);
	for (i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		v = i % 2;
		o.ocsp = v == 0 ? OCSP_AUTO : OCSP_REQUIRE;
		time_now = (rows[i / 2].at_end ? end : start) +
		    rows[i / 2].from_there;
		expect(&o, &sv, ERR_TRUST, rows[i / 2].says[v]);
	}
	time_now = 0;
	gnutls_free(sv.staple.data);
}

/* Nobody can check the answer where only the pin vouches for the key. */
static void
test_ocsp_pinned(void **state)
{
	struct server sv = { .cert = "good", .priority = priorities[0] };
	struct tls_options o = options();
	struct strvec pins = STRVEC_INIT;

	(void)state;
	assert_int_equal(gnutls_load_file(in_dir("good.ocsp"), &sv.staple),
	    0);
	strvec_take(&pins, pin_of("good"));
	o.pins = &pins;
	o.ca_file = in_dir("other.crt");
	expect(&o, &sv, 0, NULL);
	o.ocsp = OCSP_REQUIRE;
	expect(&o, &sv, ERR_TRUST, "cannot be checked");
	/* It has to be one, all the same. */
	sv.staple.size /= 2;
	expect(&o, &sv, ERR_TRUST, "stapled OCSP answer is not readable");
	o.ocsp = OCSP_AUTO;
	expect(&o, &sv, ERR_TRUST, "stapled OCSP answer is not readable");
	o.ocsp = OCSP_OFF;
	expect(&o, &sv, 0, NULL);
	strvec_release(&pins);
	gnutls_free(sv.staple.data);
}

/* Who we are. */

static void
test_client(void **state)
{
	static const struct {
		const char *cert, *key, *from;
		const char *says;	/* NULL: the server sees CN=client */
	} rows[] = {
		{ "client.crt", "client.key", NULL, NULL },
		{ "both.pem", NULL, NULL, NULL },
		{ "both.pem", "client.key", NULL, NULL },
		{ "client.crt", "enc.key", "file:pw", NULL },
		{ "client.crt", "enc.key", "command:cat pw", NULL },
		{ "client.crt", "old-style.key", "file:pw", NULL },
		{ "client.p12", NULL, "file:pw", NULL },
		{ "open.p12", NULL, NULL, NULL },
		{ "client.crt", "enc.key", NULL, "enc.key: needs a password" },
		{ "client.p12", NULL, NULL, "client.p12: needs a password" },
		{ "client.crt", "enc.key", "file:pw-wrong",
		    "enc.key: the password is wrong" },
		{ "client.crt", "old-style.key", "file:pw-wrong",
		    "old-style.key: the password is wrong" },
		{ "client.p12", NULL, "file:pw-wrong",
		    "client.p12: the password is wrong" },
		{ "client.crt", "enc.key", "file:missing", "missing" },
		{ "client.crt", "enc.key", "command:exit 3",
		    "ended with status 3" },
		{ "client.crt", "good.key", NULL,
		    "good.key: the key is not the certificate's" },
		{ "client.crt", NULL, NULL, "client.crt: no key" },
		{ "client.key", "client.key", NULL,
		    "client.key: no certificate" },
		{ NULL, "client.key", NULL, "there is no certificate" },
		{ "client.crt", "missing", NULL, "missing: cannot read it" },
		{ "missing", NULL, NULL, "missing: cannot read it" },
		{ "client.p12", "client.key", NULL, "leave the setting key" },
		{ "client.crt", "client.p12", NULL, "goes to cert, alone" },
		{ "good.ocsp", NULL, NULL, "neither PEM nor PKCS#12" },
		{ "ca-first.pem", NULL, NULL, "ca-first.pem: the key is not "
		    "the first certificate's, but that of number 2; put" },
		{ "ca-first.pem", "client.key", NULL, "number 2; put" },
		{ "client.der", NULL, NULL, "client.der: a certificate in "
		    "DER, without a key; make it PEM" },
		{ "client.der", "client.key", NULL, "without a key" },
		{ "client.crt", "client.der", NULL, "a certificate, not a "
		    "key" },
		{ "client.crt", "key.der", NULL, "a key in DER has to be" },
		{ "client.crt", "fifo", NULL, "not a file with a key" },
		{ "client.crt", ".", NULL, "cannot read it: Is a directory" },
		{ "client.crt", "large.key", NULL, "large.key: too large" },
		{ "nokey.p12", NULL, NULL, "nokey.p12: no key" },
		{ "many.crt", "client.key", NULL, "too short to hold" },
		{ "no-cert.p12", NULL, "file:pw", "no-cert.p12: no key to "
		    "be read in it: " },
		{ "odd.p12", NULL, "file:pw", "odd.p12: no key to be read in "
		    "it: " },
		{ "large.key", NULL, NULL, "large.key: too large" },
		{ "largest.p12", NULL, NULL, "neither PEM nor PKCS#12" },
		{ "curve.crt", "client.key", NULL, "curve.crt: not readable" },
	};
	struct tls_options o;
	struct server sv;
	size_t i;

	(void)state;
	assert_int_equal(chdir(dir), 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		o = options();
		o.cert = in_dir(rows[i].cert);
		o.key = in_dir(rows[i].key);
		o.key_password = rows[i].from;
		sv = (struct server){ .cert = "good", .wants_client = true,
		    .priority = priorities[i % VERSIONS] };
		expect(&o, &sv, ERR_USAGE, rows[i].says);
		if (rows[i].says == NULL)
			assert_string_equal(sv.client, "client");
	}
}

static int refusal;
static char asked[256];

static int
answer(const char *prompt, struct secret *password, struct err *err)
{
	strlcpy(asked, prompt, sizeof(asked));
	if (refusal != 0)
		return err_set(err, ERR_CANCELLED, "no answer");
	secret_set(password, "secret");
	return 0;
}

/* Where no setting says where the password is, somebody may know it. */
static void
test_client_asks(void **state)
{
	static const char *const names[][2] = {
		{ "client.crt", "enc.key" }, { "client.p12", NULL },
	};
	struct server sv = { .cert = "good", .wants_client = true,
		.priority = priorities[0] };
	struct tls_options o = options();
	const char *file;
	char *prompt;
	size_t i;

	(void)state;
	o.ask = answer;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		o.cert = in_dir(names[i][0]);
		o.key = in_dir(names[i][1]);
		o.key_password = NULL;
		file = o.key != NULL ? o.key : o.cert;
		prompt = xasprintf("Password of the key in %s: ", file);
		asked[0] = '\0';
		expect(&o, &sv, 0, NULL);
		assert_string_equal(sv.client, "client");
		assert_string_equal(asked, prompt);
		free(prompt);
		refusal = -1;
		expect(&o, &sv, ERR_CANCELLED, "no answer");
		refusal = 0;
		asked[0] = '\0';
		o.key_password = "file:pw-wrong";
		expect(&o, &sv, ERR_USAGE, "the password is wrong");
		assert_string_equal(asked, "");
	}
	/* What is not encrypted asks for nothing. */
	o.cert = in_dir("both.pem");
	o.key = o.key_password = NULL;
	expect(&o, &sv, 0, NULL);
	assert_string_equal(asked, "");
}

static void
set_mode(const char *name, mode_t mode)
{
	assert_int_equal(fchmodat(dirfd_, name, mode, 0), 0);
}

/* Before anything is sent. */
static void
test_client_expired(void **state)
{
	struct server sv = { .cert = "good", .priority = priorities[0] };
	struct tls_options o = options();
	struct err err = ERR_INIT;

	(void)state;
	o.cert = in_dir("client-old.crt");
	o.key = in_dir("client-old.key");
	expect(&o, &sv, ERR_TRUST,
	    "client-old.crt: certificate expired 3 days ago (20");
	assert_null(tls_context_new(&o, &err));
}

static void
test_client_readers(void **state)
{
	static const char *const names[][2] = {
		{ "client.crt", "client.key" }, { "both.pem", NULL },
		{ "open.p12", NULL },
	};
	static const mode_t modes[] = { 0640, 0604, 0620 };
	struct server sv = { .cert = "good", .priority = priorities[0] };
	struct tls_options o = options();
	size_t i, m;
	const char *file;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		file = names[i][1] != NULL ? names[i][1] : names[i][0];
		o.cert = in_dir(names[i][0]);
		o.key = in_dir(names[i][1]);
		for (m = 0; m < sizeof(modes) / sizeof(modes[0]); m++) {
			set_mode(file, modes[m]);
			expect(&o, &sv, ERR_USAGE, "chmod 600");
		}
		set_mode(file, 0400);
		/* The certificate is no secret. */
		if (names[i][1] != NULL)
			set_mode(names[i][0], 0644);
		expect(&o, &sv, 0, NULL);
	}
	/* What holds no key has nothing to hide. */
	o.cert = "/etc/passwd";
	expect(&o, &sv, ERR_USAGE, "neither PEM nor PKCS#12");
	/* The password has. */
	o.cert = in_dir("client.crt");
	o.key = in_dir("enc.key");
	o.key_password = "file:pw";
	set_mode("pw", 0644);
	expect(&o, &sv, ERR_USAGE, "pw: others can read it");
	set_mode("pw", 0600);
}

/* Asked for and not there; there and not asked for; of a foreign issuer. */
static void
test_client_wanted(void **state)
{
	struct tls_options o;
	struct server sv;
	size_t v;

	(void)state;
	for (v = 0; v < VERSIONS; v++) {
		o = options();
		sv = (struct server){ .cert = "good", .wants_client = true,
		    .priority = priorities[v] };
		expect(&o, &sv, ERR_TLS, "asks for a client certificate");
		o.cert = in_dir("both.pem");
		sv.names_ca = in_dir("other.crt");
		expect(&o, &sv, 0, NULL);
		assert_string_equal(sv.client, "client");
		sv.wants_client = false;
		expect(&o, &sv, 0, NULL);
		assert_string_equal(sv.client, "");
	}
}

/* Tokens. */

static const char token_url[] = "pkcs11:token=ftps";

/* A token that asks for the PIN so, once; room 0: none is in between. */
static struct {
	unsigned flags;
	size_t room;
	gnutls_pin_callback_t ask;
	void *ctx;
	int answer;
	char pin[16];
} token;

/* These instead of the library's. */
void
gnutls_privkey_set_pin_function(gnutls_privkey_t key,
    gnutls_pin_callback_t ask, void *ctx)
{
	void (*real)(gnutls_privkey_t, gnutls_pin_callback_t, void *);

	REAL("gnutls_privkey_set_pin_function");
	token.ask = ask;
	token.ctx = ctx;
	real(key, ask, ctx);
}

int
gnutls_privkey_import_url(gnutls_privkey_t key, const char *url,
    unsigned flags)
{
	int (*real)(gnutls_privkey_t, const char *, unsigned);

	REAL("gnutls_privkey_import_url");
	if (token.room == 0)
		return real(key, url, flags);
	token.answer = token.ask(token.ctx, 0, url, "ftps", token.flags,
	    token.pin, token.room);
	return GNUTLS_E_PKCS11_PIN_ERROR;
}

/* What a token may say beside its wish for the PIN, "secret". */
static void
test_pin(void **state)
{
	static const struct {
		unsigned flags;
		size_t room;
		int answer;
		const char *says;
	} rows[] = {
		{ 0, 7, 0, ": Error in provided PIN" },
		{ GNUTLS_PIN_COUNT_LOW, 16, 0, ": Error in provided PIN" },
		{ 0, 6, -1, ": Error in provided PIN" },
		{ GNUTLS_PIN_WRONG, 16, -1, "the token refuses the PIN" },
		{ GNUTLS_PIN_FINAL_TRY, 16, -1, "one more wrong PIN would "
		    "lock the token; not tried: log in to it by hand first" },
		{ GNUTLS_PIN_FINAL_TRY | GNUTLS_PIN_WRONG, 16, -1,
		    "the token refuses the PIN" },
	};
	struct server sv = { .cert = "good", .priority = priorities[0] };
	struct tls_options o = options();
	size_t i;

	(void)state;
	o.cert = in_dir("client.crt");
	o.key = token_url;
	o.key_password = "command:cat pw";
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		token.flags = rows[i].flags;
		token.room = rows[i].room;
		token.answer = 1;
		expect(&o, &sv, ERR_USAGE, rows[i].says);
		assert_int_equal(token.answer, rows[i].answer);
		if (rows[i].answer == 0)
			assert_string_equal(token.pin, "secret");
	}
	token.room = 0;
}

static const char *
find_softhsm(void)
{
	static const char *const paths[] = {
		"/usr/lib/softhsm/libsofthsm2.so",
		"/usr/lib64/softhsm/libsofthsm2.so",
		"/usr/lib64/libsofthsm2.so",
		"/usr/local/lib/softhsm/libsofthsm2.so",
	};
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (access(paths[i], R_OK) == 0)
			return paths[i];
	}
	return NULL;
}

static int
answer_pin(void *ctx, int attempt, const char *url, const char *label,
    unsigned flags, char *pin, size_t size)
{
	(void)ctx;
	(void)url;
	(void)label;
	if (attempt > 0)
		return -1;
	strlcpy(pin, (flags & GNUTLS_PIN_SO) != 0 ? "so-pin" : "secret",
	    size);
	return 0;
}

/* Our key and certificate, again under each label. */
static void
fill_token(const char *label, unsigned flags)
{
	gnutls_datum_t pem, id = { (unsigned char *)label, strlen(label) };
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;

	gnutls_x509_privkey_init(&key);
	gnutls_x509_crt_init(&crt);
	assert_int_equal(gnutls_load_file(in_dir("client.key"), &pem), 0);
	assert_int_equal(gnutls_x509_privkey_import(key, &pem,
	    GNUTLS_X509_FMT_PEM), 0);
	gnutls_free(pem.data);
	assert_int_equal(gnutls_load_file(in_dir("client.crt"), &pem), 0);
	assert_int_equal(gnutls_x509_crt_import(crt, &pem,
	    GNUTLS_X509_FMT_PEM), 0);
	gnutls_free(pem.data);
	assert_int_equal(gnutls_pkcs11_copy_x509_privkey2(token_url, key,
	    label, &id, GNUTLS_KEY_DIGITAL_SIGNATURE, flags |
	    GNUTLS_PKCS11_OBJ_FLAG_MARK_SENSITIVE |
	    GNUTLS_PKCS11_OBJ_FLAG_LOGIN), 0);
	assert_int_equal(gnutls_pkcs11_copy_x509_crt2(token_url, crt, label,
	    &id, GNUTLS_PKCS11_OBJ_FLAG_LOGIN), 0);
	gnutls_x509_privkey_deinit(key);
	gnutls_x509_crt_deinit(crt);
}

static bool
make_token(void)
{
	const char *module = find_softhsm();
	char *conf;

	if (module == NULL)
		return false;
	conf = xasprintf("directories.tokendir = %s/tokens\nlog.level = "
	    "ERROR\n", dir);
	mkdirat(dirfd_, "tokens", 0700);
	write_file(dirfd_, "softhsm.conf", conf);
	free(conf);
	setenv("SOFTHSM2_CONF", in_dir("softhsm.conf"), 1);
	gnutls_pkcs11_init(GNUTLS_PKCS11_FLAG_MANUAL, NULL);
	assert_int_equal(gnutls_pkcs11_add_provider(module, NULL), 0);
	gnutls_pkcs11_set_pin_function(answer_pin, NULL);
	assert_int_equal(gnutls_pkcs11_token_init(
	    "pkcs11:manufacturer=SoftHSM%20project", "so-pin", "ftps"), 0);
	assert_int_equal(gnutls_pkcs11_token_set_pin(token_url, NULL,
	    "secret", GNUTLS_PIN_USER), 0);
	fill_token("me", 0);
	fill_token("strict", GNUTLS_PKCS11_OBJ_FLAG_MARK_ALWAYS_AUTH);
	gnutls_pkcs11_set_pin_function(NULL, NULL);
	return true;
}

static void
test_token(void **state)
{
	static const char object[] = "pkcs11:token=ftps;object=me";
	struct server sv = { .cert = "good", .wants_client = true };
	struct tls_options o = options();
	const char *crt, *key;
	size_t v;

	(void)state;
	if (!make_token()) {
		print_message("skip: libsofthsm2 is not installed\n");
		skip();
	}
	crt = in_dir("client.crt");
	key = in_dir("client.key");
	for (v = 0; v < VERSIONS; v++) {
		sv.priority = priorities[v];
		o.cert = o.key = object;
		o.key_password = "file:pw";
		expect(&o, &sv, 0, NULL);
		assert_string_equal(sv.client, "client");
		o.key = NULL;
		expect(&o, &sv, 0, NULL);
		/* The certificate there is no secret. */
		o.key = key;
		o.key_password = NULL;
		expect(&o, &sv, 0, NULL);
		assert_string_equal(sv.client, "client");
		o.cert = crt;
		o.key = object;
		o.key_password = "command:cat pw";
		expect(&o, &sv, 0, NULL);
		assert_string_equal(sv.client, "client");
		/* A key that wants the PIN for each signature. */
		o.key = "pkcs11:token=ftps;object=strict";
		expect(&o, &sv, 0, NULL);
		assert_string_equal(sv.client, "client");
	}
	o.key_password = NULL;
	expect(&o, &sv, ERR_USAGE, "needs a password");
	o.key = "pkcs11:token=ftps;object=nobody";
	o.key_password = "file:pw";
	expect(&o, &sv, ERR_USAGE, "nobody");
	/* GnuTLS would ask again and again. */
	o.key = object;
	o.key_password = "file:pw-wrong";
	expect(&o, &sv, ERR_USAGE, "the token refuses the PIN");
	o.key_password = "file:pw";
	expect(&o, &sv, 0, NULL);
}

/* One key for all connections of a run. */
struct worker {
	struct tls_context *ctx;
	struct server sv;
	struct err err;
	pthread_t thread;
	int rc;
};

static void *
work(void *arg)
{
	struct worker *w = arg;
	int i;

	for (i = 0; i < 5 && w->rc == 0; i++)
		w->rc = meet(w->ctx, &w->sv, &w->err);
	return NULL;
}

static void
test_token_threads(void **state)
{
	struct tls_options o = options();
	struct err err = ERR_INIT;
	struct worker w[4];
	struct tls_context *ctx;
	size_t i;

	(void)state;
	if (find_softhsm() == NULL)
		skip();
	o.cert = "pkcs11:token=ftps;object=strict";
	o.key_password = "file:pw";
	ctx = tls_context_new(&o, &err);
	assert_non_null(ctx);
	memset(w, 0, sizeof(w));
	for (i = 0; i < 4; i++) {
		w[i].ctx = ctx;
		w[i].sv = (struct server){ .cert = "good",
		    .wants_client = true,
		    .priority = priorities[i % VERSIONS] };
		pthread_create(&w[i].thread, NULL, work, &w[i]);
	}
	for (i = 0; i < 4; i++) {
		pthread_join(w[i].thread, NULL);
		if (w[i].rc != 0)
			fail_msg("%s", w[i].err.msg);
		assert_string_equal(w[i].sv.client, "client");
	}
	tls_context_free(ctx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_forged),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_accept),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_no_certificate),
		cmocka_unit_test(test_tofu),
		cmocka_unit_test(test_tofu_limits),
		cmocka_unit_test(test_learn),
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_notes_aside),
		cmocka_unit_test(test_crl),
		cmocka_unit_test(test_crl_pinned),
		cmocka_unit_test(test_crl_file),
		cmocka_unit_test(test_ocsp),
		cmocka_unit_test(test_ocsp_time),
		cmocka_unit_test(test_ocsp_pinned),
		cmocka_unit_test(test_client),
		cmocka_unit_test(test_client_asks),
		cmocka_unit_test(test_client_expired),
		cmocka_unit_test(test_client_readers),
		cmocka_unit_test(test_client_wanted),
		cmocka_unit_test(test_pin),
		cmocka_unit_test(test_token),
		cmocka_unit_test(test_token_threads),
	};

	signal(SIGPIPE, SIG_IGN);
	if (system("command -v openssl >/dev/null") != 0) {
		printf("skip: openssl is not installed\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, make_files, remove_files);
}
