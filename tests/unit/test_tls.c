/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Streams under TLS and trust, against a GnuTLS server in a thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/probe.h"
#include "net/stream.h"
#include "net/wait.h"
#include "instead.h"
#include "locks.h"
#include "tempdir.h"
#include "time_now.h"

enum {
	WAIT_MS = 20000,
	CONTROL_BUFFER = 16 * 1024,
	DATA_BUFFER = 256 * 1024,
	LARGE = 8 * 1024 * 1024,
	DAY = 24 * 60 * 60,
};

/* What the system's store has; NULL: there is none. */
static const char *system_file;
/* How often it was read. */
static int system_reads;
/* What a ticket is refused with, once; 0: it is taken. */
static int ticket_error;
/* How many bytes were overwritten. */
static atomic_size_t wiped;		/* by whichever thread */

/* These instead of the libraries'. */
int
gnutls_certificate_set_x509_system_trust(gnutls_certificate_credentials_t cred)
{
	system_reads++;
	return system_file == NULL ? 0 :
	    gnutls_certificate_set_x509_trust_file(cred, system_file,
	    GNUTLS_X509_FMT_PEM);
}

int
gnutls_session_set_data(gnutls_session_t session, const void *data,
    size_t size)
{
	int (*real)(gnutls_session_t, const void *, size_t);
	int rc = ticket_error;

	REAL("gnutls_session_set_data");
	ticket_error = 0;
	return rc != 0 ? rc : real(session, data, size);
}

void
gnutls_memset(void *data, int c, size_t size)
{
	void (*real)(void *, int, size_t);

	assert_non_null(data);
	REAL("gnutls_memset");
	real(data, c, size);
	wiped += size;
}

/* Certificates. */

struct cert {
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
};

struct cert_spec {
	const char *cn;
	const char *dns;	/* NULL: no alternative name */
	int from_days, to_days;	/* from now */
	const struct cert *issuer;	/* NULL: itself */
	bool ca;
	gnutls_pk_algorithm_t algo;	/* 0: ECDSA */
	unsigned bits;
	const char *purpose;
	const char *permits;	/* the only domain that it may certify */
};

static struct cert ca, good, other, self_signed, expired, future, wrong_name,
    unknown, weak, for_clients, expired_self, narrow_ca, narrow, client_ca,
    by_client_ca;
static char *dir, *ca_file;

static void
permit(gnutls_x509_crt_t crt, const char *domain)
{
	gnutls_datum_t name = { (unsigned char *)domain, strlen(domain) };
	gnutls_x509_name_constraints_t nc;

	gnutls_x509_name_constraints_init(&nc);
	assert_int_equal(gnutls_x509_name_constraints_add_permitted(nc,
	    GNUTLS_SAN_DNSNAME, &name), 0);
	assert_int_equal(gnutls_x509_crt_set_name_constraints(crt, nc, 1), 0);
	gnutls_x509_name_constraints_deinit(nc);
}

static void
make_cert(struct cert *c, const struct cert_spec *spec)
{
	const struct cert *issuer = spec->issuer != NULL ? spec->issuer : c;
	static unsigned char serial;
	time_t now = time(NULL);

	gnutls_x509_privkey_init(&c->key);
	gnutls_x509_crt_init(&c->crt);
	assert_int_equal(gnutls_x509_privkey_generate(c->key,
	    spec->algo != 0 ? spec->algo : GNUTLS_PK_ECDSA,
	    spec->algo != 0 ? spec->bits :
	    GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0), 0);
	serial++;
	gnutls_x509_crt_set_version(c->crt, 3);
	gnutls_x509_crt_set_serial(c->crt, &serial, 1);
	gnutls_x509_crt_set_dn_by_oid(c->crt,
	    GNUTLS_OID_X520_ORGANIZATION_NAME, 0, "Home", 4);
	gnutls_x509_crt_set_dn_by_oid(c->crt, GNUTLS_OID_X520_COMMON_NAME, 0,
	    spec->cn, strlen(spec->cn));
	gnutls_x509_crt_set_activation_time(c->crt,
	    now + (time_t)spec->from_days * DAY - 60);
	gnutls_x509_crt_set_expiration_time(c->crt,
	    now + (time_t)spec->to_days * DAY - 60);
	if (spec->dns != NULL)
		gnutls_x509_crt_set_subject_alt_name(c->crt,
		    GNUTLS_SAN_DNSNAME, spec->dns, strlen(spec->dns),
		    GNUTLS_FSAN_SET);
	if (spec->purpose != NULL)
		gnutls_x509_crt_set_key_purpose_oid(c->crt, spec->purpose, 0);
	if (spec->permits != NULL)
		permit(c->crt, spec->permits);
	gnutls_x509_crt_set_basic_constraints(c->crt, spec->ca, -1);
	gnutls_x509_crt_set_key(c->crt, c->key);
	assert_int_equal(gnutls_x509_crt_sign2(c->crt, issuer->crt,
	    issuer->key, GNUTLS_DIG_SHA256, 0), 0);
}

static void
free_cert(struct cert *c)
{
	gnutls_x509_crt_deinit(c->crt);
	gnutls_x509_privkey_deinit(c->key);
}

static size_t
der_size(const struct cert *c)
{
	gnutls_datum_t der;
	size_t size;

	assert_int_equal(gnutls_x509_crt_export2(c->crt, GNUTLS_X509_FMT_DER,
	    &der), 0);
	size = der.size;
	gnutls_free(der.data);
	return size;
}

static void
write_ca_file(void)
{
	const struct cert *all[] = { &ca, &narrow_ca, &client_ca };
	gnutls_datum_t pem;
	size_t i;
	FILE *f;

	dir = tempdir_new();
	ca_file = xasprintf("%s/ca.pem", dir);
	f = fopen(ca_file, "w");
	assert_non_null(f);
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		assert_int_equal(gnutls_x509_crt_export2(all[i]->crt,
		    GNUTLS_X509_FMT_PEM, &pem), 0);
		assert_int_equal(fwrite(pem.data, 1, pem.size, f), pem.size);
		gnutls_free(pem.data);
	}
	assert_int_equal(fclose(f), 0);
}

/* Another certificate of the same size as good: signatures' sizes vary. */
static void
make_twin(void)
{
	for (;;) {
		make_cert(&other, &(struct cert_spec){ .cn = "twin",
		    .dns = "nas.example", .to_days = 9, .issuer = &ca });
		if (der_size(&other) == der_size(&good))
			return;
		free_cert(&other);
	}
}

/* Authorities that are trusted, but not with everything. */
static void
make_limited(void)
{
	make_cert(&narrow_ca, &(struct cert_spec){ .cn = "Narrow CA",
	    .ca = true, .to_days = 9, .permits = "nas.example" });
	make_cert(&narrow, &(struct cert_spec){ .cn = "narrow",
	    .dns = "nas.example", .to_days = 9, .issuer = &narrow_ca });
	make_cert(&client_ca, &(struct cert_spec){ .cn = "Client CA",
	    .ca = true, .to_days = 9, .purpose = GNUTLS_KP_TLS_WWW_CLIENT });
	make_cert(&by_client_ca, &(struct cert_spec){ .cn = "by client",
	    .dns = "nas.example", .to_days = 9, .issuer = &client_ca });
}

static int
make_certs(void **state)
{
	struct cert stranger;

	(void)state;
	make_cert(&ca, &(struct cert_spec){ .cn = "Test CA", .ca = true,
	    .to_days = 9 });
	make_cert(&stranger, &(struct cert_spec){ .cn = "Stranger",
	    .ca = true, .to_days = 9 });
	make_cert(&good, &(struct cert_spec){ .cn = "good",
	    .dns = "nas.example", .to_days = 9, .issuer = &ca });
	make_twin();
	make_cert(&self_signed, &(struct cert_spec){ .cn = "box \033[2J",
	    .dns = "elsewhere.example", .to_days = 9 });
	make_cert(&expired, &(struct cert_spec){ .cn = "old",
	    .dns = "nas.example", .from_days = -9, .to_days = -3,
	    .issuer = &ca });
	make_cert(&expired_self, &(struct cert_spec){ .cn = "old self",
	    .dns = "nas.example", .from_days = -9, .to_days = -3 });
	make_cert(&future, &(struct cert_spec){ .cn = "new",
	    .dns = "nas.example", .from_days = 2, .to_days = 9,
	    .issuer = &ca });
	make_cert(&wrong_name, &(struct cert_spec){ .cn = "wrong",
	    .dns = "www.example", .to_days = 9, .issuer = &ca });
	make_cert(&unknown, &(struct cert_spec){ .cn = "unknown",
	    .dns = "nas.example", .to_days = 9, .issuer = &stranger });
	make_cert(&weak, &(struct cert_spec){ .cn = "weak",
	    .dns = "nas.example", .to_days = 9, .issuer = &ca,
	    .algo = GNUTLS_PK_RSA, .bits = 1024 });
	make_cert(&for_clients, &(struct cert_spec){ .cn = "client",
	    .dns = "nas.example", .to_days = 9, .issuer = &ca,
	    .purpose = GNUTLS_KP_TLS_WWW_CLIENT });
	free_cert(&stranger);
	make_limited();
	write_ca_file();
	return 0;
}

static int
free_certs(void **state)
{
	struct cert *all[] = { &ca, &good, &other, &self_signed, &expired,
	    &expired_self, &future, &wrong_name, &unknown, &weak,
	    &for_clients, &narrow_ca, &narrow, &client_ca, &by_client_ca };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		free_cert(all[i]);
	free(ca_file);
	tempdir_remove(dir);
	return 0;
}

/* The server. */

enum { TLS13, TLS12 };

static const char *const priorities[] = {
	[TLS13] = "NORMAL:-VERS-ALL:+VERS-TLS1.3",
	[TLS12] = "NORMAL:-VERS-ALL:+VERS-TLS1.2",
};

struct server {
	gnutls_certificate_credentials_t cred;
	gnutls_priority_t priority;
	gnutls_datum_t ticket_key;	/* size 0: gives no tickets */
	const char *alpn;		/* the only one it takes, or NULL */
	bool caches;			/* resumes by session ID */
	gnutls_datum_t cached;
};

struct link {
	struct server *sv;
	int fd;
	gnutls_session_t s;
	void (*talk)(struct link *l);
	pthread_t thread;
	/* what the server saw */
	int handshake;
	bool resumed;
	char sni[256], alpn[32];
	int seen;
};

static void
use_cert(struct server *sv, const struct cert *c)
{
	if (sv->cred != NULL)
		gnutls_certificate_free_credentials(sv->cred);
	gnutls_certificate_allocate_credentials(&sv->cred);
	assert_int_equal(gnutls_certificate_set_x509_key(sv->cred,
	    (gnutls_x509_crt_t *)&c->crt, 1, c->key), 0);
}

static void
server_init(struct server *sv, const struct cert *c, const char *priority,
    bool tickets)
{
	memset(sv, 0, sizeof(*sv));
	use_cert(sv, c);
	assert_int_equal(gnutls_priority_init(&sv->priority, priority, NULL),
	    0);
	if (tickets)
		gnutls_session_ticket_key_generate(&sv->ticket_key);
}

static void
server_release(struct server *sv)
{
	gnutls_certificate_free_credentials(sv->cred);
	gnutls_priority_deinit(sv->priority);
	gnutls_free(sv->ticket_key.data);
	gnutls_free(sv->cached.data);
}

static gnutls_datum_t
copy(gnutls_datum_t d)
{
	gnutls_datum_t out = { NULL, 0 };

	if (d.size > 0) {
		out = (gnutls_datum_t){ gnutls_malloc(d.size), d.size };
		memcpy(out.data, d.data, d.size);
	}
	return out;
}

/* A session cache of one. */
static int
cache_store(void *arg, gnutls_datum_t key, gnutls_datum_t data)
{
	struct server *sv = arg;

	(void)key;
	gnutls_free(sv->cached.data);
	sv->cached = copy(data);
	return 0;
}

static gnutls_datum_t
cache_retrieve(void *arg, gnutls_datum_t key)
{
	(void)key;
	return copy(((struct server *)arg)->cached);
}

static void
note_names(struct link *l)
{
	gnutls_datum_t alpn;
	size_t size = sizeof(l->sni);
	unsigned type;

	if (gnutls_server_name_get(l->s, l->sni, &size, &type, 0) < 0)
		l->sni[0] = '\0';
	if (gnutls_alpn_get_selected_protocol(l->s, &alpn) == 0)
		snprintf(l->alpn, sizeof(l->alpn), "%.*s", (int)alpn.size,
		    alpn.data);
}

static void *
serve(void *arg)
{
	struct link *l = arg;
	gnutls_datum_t alpn;

	gnutls_init(&l->s, GNUTLS_SERVER |
	    (l->sv->ticket_key.size == 0 ? GNUTLS_NO_TICKETS : 0));
	gnutls_priority_set(l->s, l->sv->priority);
	gnutls_credentials_set(l->s, GNUTLS_CRD_CERTIFICATE, l->sv->cred);
	if (l->sv->ticket_key.size > 0)
		gnutls_session_ticket_enable_server(l->s, &l->sv->ticket_key);
	if (l->sv->caches) {
		gnutls_db_set_ptr(l->s, l->sv);
		gnutls_db_set_store_function(l->s, cache_store);
		gnutls_db_set_retrieve_function(l->s, cache_retrieve);
	}
	if (l->sv->alpn != NULL) {
		alpn = (gnutls_datum_t){ (unsigned char *)l->sv->alpn,
		    strlen(l->sv->alpn) };
		gnutls_alpn_set_protocols(l->s, &alpn, 1,
		    GNUTLS_ALPN_MANDATORY);
	}
	gnutls_transport_set_int(l->s, l->fd);
	do {
		l->handshake = gnutls_handshake(l->s);
	} while (l->handshake < 0 && !gnutls_error_is_fatal(l->handshake));
	if (l->handshake == 0) {
		l->resumed = gnutls_session_is_resumed(l->s);
		note_names(l);
		l->talk(l);
	} else {
		gnutls_alert_send_appropriate(l->s, l->handshake);
	}
	gnutls_deinit(l->s);
	if (l->fd >= 0)
		close(l->fd);
	return NULL;
}

/* Ways of talking. */

/* No assertions in the server's thread: what fails, the client misses. */
static void
say(struct link *l, const char *text)
{
	(void)gnutls_record_send(l->s, text, strlen(text));
}

/* What the client closes with: 0 is close_notify. */
static ssize_t
hear_end(struct link *l)
{
	char buf[256];
	ssize_t n;

	while ((n = gnutls_record_recv(l->s, buf, sizeof(buf))) > 0 ||
	    (n < 0 && !gnutls_error_is_fatal(n)))
		continue;
	return n;
}

static void
talk_politely(struct link *l)
{
	say(l, "220 hello\r\n");
	gnutls_bye(l->s, GNUTLS_SHUT_WR);
	l->seen = hear_end(l);
}

static void
talk_rudely(struct link *l)
{
	say(l, "220 hello\r\n");
	shutdown(l->fd, SHUT_WR);
	l->seen = hear_end(l);
}

static void
talk_reset(struct link *l)
{
	struct linger linger = { .l_onoff = 1 };

	say(l, "220 hello\r\n");
	setsockopt(l->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(l->fd);
	l->fd = -1;
}

/* Within the header of a record. */
static void
talk_torn(struct link *l)
{
	say(l, "220 hello\r\n");
	if (write(l->fd, "\x17\x03\x03", 3) < 0)
		l->seen = -1;
	shutdown(l->fd, SHUT_WR);
	l->seen = hear_end(l);
}

static void
talk_crash(struct link *l)
{
	static const char oops[] = "500 OOPS: child died\r\n";

	say(l, "220 hello\r\n");
	if (write(l->fd, oops, strlen(oops)) < 0)
		l->seen = -1;
}

static void
talk_alert(struct link *l)
{
	say(l, "220 hello\r\n");
	gnutls_alert_send(l->s, GNUTLS_AL_FATAL, GNUTLS_A_INTERNAL_ERROR);
}

/* As Java ends a session. */
static void
talk_cancel(struct link *l)
{
	say(l, "220 hello\r\n");
	gnutls_alert_send(l->s, GNUTLS_AL_WARNING, GNUTLS_A_USER_CANCELED);
	gnutls_bye(l->s, GNUTLS_SHUT_WR);
}

static void
talk_renegotiate(struct link *l)
{
	char c;
	ssize_t n;

	say(l, "220 hel");
	gnutls_rehandshake(l->s);
	do {
		n = gnutls_record_recv(l->s, &c, 1);
	} while (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED);
	if (n == GNUTLS_E_WARNING_ALERT_RECEIVED &&
	    gnutls_alert_get(l->s) == GNUTLS_A_NO_RENEGOTIATION)
		l->seen = 1;
	say(l, "lo\r\n");
	gnutls_bye(l->s, GNUTLS_SHUT_WR);
	hear_end(l);
}

static void
talk_update_keys(struct link *l)
{
	say(l, "220 ");
	gnutls_session_key_update(l->s, GNUTLS_KU_PEER);
	say(l, "hello\r\n");
	gnutls_bye(l->s, GNUTLS_SHUT_WR);
	l->seen = hear_end(l);
}

/* Tickets, and never a byte. */
static void
talk_tickets(struct link *l)
{
	int i;

	for (i = 0; i < 1100; i++) {
		if (gnutls_session_ticket_send(l->s, 1, 0) < 0)
			break;
	}
	l->seen = hear_end(l);
}

/* More of them, but with data in between. */
static void
talk_mixed(struct link *l)
{
	int i;

	for (i = 0; i < 1100; i++) {
		if (gnutls_session_ticket_send(l->s, 1, 0) < 0)
			break;
		if (i % 100 == 99)
			say(l, "x");
	}
	gnutls_bye(l->s, GNUTLS_SHUT_WR);
	l->seen = hear_end(l);
}

static char
pattern(size_t i)
{
	return (char)(i * 131 ^ i >> 9);
}

static void
talk_much(struct link *l)
{
	char *data = malloc(LARGE);
	size_t i, n;

	for (i = 0; i < LARGE; i++)
		data[i] = pattern(i);
	for (i = 0, n = 1; i < LARGE; i += n, n = n * 3 % 20011) {
		if (n > 16384)
			n = 16384;
		if (n > LARGE - i)
			n = LARGE - i;
		if (gnutls_record_send(l->s, data + i, n) != (ssize_t)n)
			break;
	}
	gnutls_bye(l->s, GNUTLS_SHUT_WR);
	l->seen = hear_end(l);
	free(data);
}

/* seen: bytes that came, all as they should be. */
static void
hear_much(struct link *l)
{
	char *buf = malloc(16384);
	ssize_t n, i;

	for (;;) {
		n = gnutls_record_recv(l->s, buf, 16384);
		if (n < 0 && !gnutls_error_is_fatal(n))
			continue;
		for (i = 0; i < n && buf[i] == pattern(l->seen + i); i++)
			continue;
		if (n <= 0 || i < n)
			break;
		l->seen += n;
	}
	free(buf);
	gnutls_bye(l->s, GNUTLS_SHUT_WR);
	if (n != 0)
		l->seen = -1;
}

/* seen: the number of records. */
static void
hear_records(struct link *l)
{
	char buf[16384];
	ssize_t n;

	while ((n = gnutls_record_recv(l->s, buf, sizeof(buf))) > 0 ||
	    n == GNUTLS_E_AGAIN)
		l->seen += n > 0;
	gnutls_bye(l->s, GNUTLS_SHUT_WR);
}

/* The client. */

struct client {
	struct tls_options o;
	struct strvec pins;
	struct tls_context *ctx;
	struct tls_peer *peer;
};

static void
client_init(struct client *c)
{
	memset(c, 0, sizeof(*c));
	c->o = (struct tls_options){ .host = "nas.example",
	    .ca_file = ca_file, .pins = &c->pins };
}

static void
client_start(struct client *c)
{
	struct err err = ERR_INIT;

	c->ctx = tls_context_new(&c->o, &err);
	if (c->ctx == NULL)
		fail_msg("%s", err.msg);
	c->peer = tls_peer_new(c->ctx);
}

static void
client_release(struct client *c)
{
	tls_peer_free(c->peer);
	tls_context_free(c->ctx);
	strvec_release(&c->pins);
}

static void
tcp_pair(int fds[2])
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);
	int lfd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(lfd, (struct sockaddr *)&sin, len), 0);
	assert_int_equal(listen(lfd, 1), 0);
	getsockname(lfd, (struct sockaddr *)&sin, &len);
	fds[0] = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fds[0], (struct sockaddr *)&sin, len), 0);
	fds[1] = accept(lfd, NULL, NULL);
	setsockopt(fds[1], IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	close(lfd);
}

static struct stream *
dial(struct client *c, struct server *sv, enum tls_role role,
    void (*talk)(struct link *), struct link *l)
{
	struct err err = ERR_INIT;
	struct stream *s;
	int fds[2];

	tcp_pair(fds);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	*l = (struct link){ .sv = sv, .fd = fds[1], .talk = talk };
	pthread_create(&l->thread, NULL, serve, l);
	s = stream_new(fds[0], role == TLS_CONTROL ? CONTROL_BUFFER :
	    DATA_BUFFER);
	if (stream_start_tls(s, c->peer, role, &err) != 0)
		fail_msg("%s", err.msg);
	return s;
}

static void
hang_up(struct stream *s, struct link *l)
{
	stream_free(s);
	pthread_join(l->thread, NULL);
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

static int
shake(struct stream *s, struct err *err)
{
	int rc;

	while ((rc = stream_try_handshake(s, err)) == STREAM_AGAIN)
		await(s);
	return rc;
}

static ssize_t
read_wait(struct stream *s, void *buf, size_t n, struct err *err)
{
	ssize_t got;

	while ((got = stream_try_read(s, buf, n, err)) == STREAM_AGAIN)
		await(s);
	return got;
}

/* Reads to the end: 0, or -1. */
static ssize_t
read_all(struct stream *s, char *out, size_t size, struct err *err)
{
	size_t n = 0;
	ssize_t got;

	while ((got = read_wait(s, out + n, size - 1 - n, err)) > 0)
		n += got;
	out[n] = '\0';
	return got;
}

static void
finish(struct stream *s)
{
	struct err err = ERR_INIT;
	int rc;

	while ((rc = stream_try_finish(s, &err)) == STREAM_AGAIN)
		await(s);
	assert_int_equal(rc, 0);
}

/* One control connection: the greeting is read, so tickets have come. */
static int
greet(struct client *c, struct server *sv, struct link *l, struct err *err)
{
	struct stream *s;
	char text[64];
	int rc;

	s = dial(c, sv, TLS_CONTROL, talk_politely, l);
	rc = shake(s, err);
	if (rc == 0) {
		assert_int_equal(read_all(s, text, sizeof(text), err), 0);
		assert_string_equal(text, "220 hello\r\n");
		finish(s);
	}
	hang_up(s, l);
	return rc;
}

static void
test_handshake(void **state)
{
	static const char *const want[] = { "TLS1.3 AES-128-GCM",
	    "TLS1.2 AES-128-GCM" };
	struct tls_cert_info info;
	struct err err = ERR_INIT;
	struct buf b = BUF_INIT(100);
	struct client c;
	struct server sv;
	struct stream *s;
	struct link l;
	char text[64];
	int v;

	(void)state;
	for (v = TLS13; v <= TLS12; v++) {
		server_init(&sv, &good, priorities[v], true);
		client_init(&c);
		client_start(&c);
		assert_int_equal(tls_peer_cert(c.peer, &info), -1);
		s = dial(&c, &sv, TLS_CONTROL, talk_politely, &l);
		assert_int_equal(shake(s, &err), 0);
		buf_clear(&b);
		stream_describe(s, &b);
		assert_string_equal(b.data, want[v]);
		assert_false(stream_resumed(s));
		assert_int_equal(tls_peer_cert(c.peer, &info), 0);
		assert_string_equal(info.subject, "CN=good,O=Home");
		assert_string_equal(info.issuer, "CN=Test CA,O=Home");
		assert_int_equal(strlen(info.fingerprint), 95);
		assert_memory_equal(info.pin, "sha256//", 8);
		assert_true(info.not_after > time(NULL));
		assert_int_equal(read_all(s, text, sizeof(text), &err), 0);
		assert_string_equal(text, "220 hello\r\n");
		assert_int_equal(stream_ended(s), STREAM_END_NOTIFY);
		finish(s);
		hang_up(s, &l);
		/* It got our close_notify. */
		assert_int_equal(l.seen, 0);
		assert_string_equal(l.sni, "nas.example");
		client_release(&c);
		server_release(&sv);
	}
	buf_release(&b);
}

static void
resume_three_times(struct client *c, struct server *sv, bool is_tls12)
{
	struct err err = ERR_INIT;
	struct stream *s;
	struct link l;
	char text[64];
	int i;

	c->o.resume = TLS_RESUME_REQUIRE;
	client_start(c);
	assert_int_equal(greet(c, sv, &l, &err), 0);
	assert_false(tls_peer_resumes(c->peer));
	wiped = 0;
	for (i = 0; i < 3; i++) {
		s = dial(c, sv, TLS_DATA, talk_politely, &l);
		if (shake(s, &err) != 0)
			fail_msg("%s", err.msg);
		assert_true(stream_resumed(s));
		assert_int_equal(read_all(s, text, sizeof(text), &err), 0);
		finish(s);
		hang_up(s, &l);
		assert_true(l.resumed);
		assert_string_equal(l.sni, "nas.example");
	}
	assert_true(tls_peer_resumes(c->peer));
	/* Under TLS 1.3 each has a new ticket, and the old one is wiped. */
	assert_true(wiped > 0 || is_tls12);
	wiped = 0;
	tls_peer_free(c->peer);
	c->peer = NULL;
	assert_true(wiped > 0);
}

/* By ticket, and under TLS 1.2 also by session ID. */
static void
test_resume(void **state)
{
	struct client c;
	struct server sv;
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		server_init(&sv, &good, priorities[i > 0 ? TLS12 : TLS13],
		    i < 2);
		sv.caches = i == 2;
		client_init(&c);
		resume_three_times(&c, &sv, i > 0);
		client_release(&c);
		server_release(&sv);
	}
}

/* Bytes of what a client says first. */
static ssize_t
hello_size(struct client *c, enum tls_role role)
{
	struct err err = ERR_INIT;
	struct stream *s;
	char hello[4096];
	ssize_t n;
	int fds[2];

	tcp_pair(fds);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	s = stream_new(fds[0], CONTROL_BUFFER);
	assert_int_equal(stream_start_tls(s, c->peer, role, &err), 0);
	assert_int_equal(stream_try_handshake(s, &err), STREAM_AGAIN);
	n = recv(fds[1], hello, sizeof(hello), 0);
	stream_free(s);
	close(fds[1]);
	return n;
}

/* A server's curve is known from its control connection: one share will do. */
static void
test_key_shares(void **state)
{
	enum { X25519_SHARE = 32 + 4 };
	struct err err = ERR_INIT;
	struct client c;
	struct server sv;
	struct link l;
	ssize_t control, data;

	(void)state;
	server_init(&sv, &good, priorities[TLS13], false);
	client_init(&c);
	client_start(&c);
	control = hello_size(&c, TLS_CONTROL);
	data = hello_size(&c, TLS_DATA);
	assert_int_equal(greet(&c, &sv, &l, &err), 0);
	assert_int_equal(hello_size(&c, TLS_CONTROL), control);
	assert_int_equal(hello_size(&c, TLS_DATA), data - X25519_SHARE);
	client_release(&c);
	server_release(&sv);
}

/* No tickets: the same certificate will do, another will not. */
static void
test_data_certificate(void **state)
{
	struct err err = ERR_INIT;
	struct client c;
	struct server sv;
	struct stream *s;
	struct link l;
	int v;

	(void)state;
	for (v = TLS13; v <= TLS12; v++) {
		server_init(&sv, &good, priorities[v], false);
		client_init(&c);
		client_start(&c);
		assert_int_equal(greet(&c, &sv, &l, &err), 0);
		s = dial(&c, &sv, TLS_DATA, talk_politely, &l);
		assert_int_equal(shake(s, &err), 0);
		assert_false(stream_resumed(s));
		finish(s);
		hang_up(s, &l);
		assert_false(tls_peer_resumes(c.peer));

		use_cert(&sv, &other);
		err_clear(&err);
		s = dial(&c, &sv, TLS_DATA, talk_politely, &l);
		assert_int_equal(shake(s, &err), -1);
		hang_up(s, &l);
		assert_int_equal(err.kind, ERR_TRUST);
		assert_non_null(strstr(err.msg, "another certificate"));
		client_release(&c);
		server_release(&sv);
	}
}

static void
test_resume_settings(void **state)
{
	struct err err = ERR_INIT;
	struct client c;
	struct server sv;
	struct stream *s;
	struct link l;

	(void)state;
	/* "require", and the server does not. */
	server_init(&sv, &good, priorities[TLS13], false);
	client_init(&c);
	c.o.resume = TLS_RESUME_REQUIRE;
	client_start(&c);
	assert_int_equal(greet(&c, &sv, &l, &err), 0);
	s = dial(&c, &sv, TLS_DATA, talk_politely, &l);
	assert_int_equal(shake(s, &err), -1);
	hang_up(s, &l);
	assert_int_equal(err.kind, ERR_TRUST);
	assert_non_null(strstr(err.msg, "did not resume"));
	client_release(&c);
	server_release(&sv);

	/* "off", and the server would. */
	server_init(&sv, &good, priorities[TLS13], true);
	client_init(&c);
	c.o.resume = TLS_RESUME_OFF;
	client_start(&c);
	assert_int_equal(greet(&c, &sv, &l, &err), 0);
	s = dial(&c, &sv, TLS_DATA, talk_politely, &l);
	assert_int_equal(shake(s, &err), 0);
	finish(s);
	hang_up(s, &l);
	assert_false(l.resumed);
	client_release(&c);
	server_release(&sv);
}

/* A ticket that GnuTLS itself does not take. */
static void
test_ticket_refused(void **state)
{
	struct err err = ERR_INIT;
	struct client c;
	struct server sv;
	struct stream *s;
	struct link l;
	int fds[2];

	(void)state;
	server_init(&sv, &good, priorities[TLS13], true);
	client_init(&c);
	client_start(&c);
	assert_int_equal(greet(&c, &sv, &l, &err), 0);
	tcp_pair(fds);
	s = stream_new(fds[0], DATA_BUFFER);
	ticket_error = GNUTLS_E_DB_ERROR;
	assert_int_equal(stream_start_tls(s, c.peer, TLS_DATA, &err), -1);
	assert_int_equal(ticket_error, 0);
	assert_int_equal(err.kind, ERR_TLS);
	assert_string_equal(err.msg, "TLS: Error in Database backend.");
	stream_free(s);
	close(fds[1]);
	client_release(&c);
	server_release(&sv);
}

/* A data connection that was refused leaves the good ticket alone. */
static void
test_tickets_survive(void **state)
{
	struct err err = ERR_INIT;
	struct client c;
	struct server sv, evil;
	struct stream *s;
	struct link l;
	char text[64];

	(void)state;
	server_init(&sv, &good, priorities[TLS13], true);
	server_init(&evil, &other, priorities[TLS13], true);
	client_init(&c);
	client_start(&c);
	assert_int_equal(greet(&c, &sv, &l, &err), 0);
	s = dial(&c, &evil, TLS_DATA, talk_politely, &l);
	assert_int_equal(shake(s, &err), -1);
	hang_up(s, &l);
	s = dial(&c, &sv, TLS_DATA, talk_politely, &l);
	assert_int_equal(shake(s, &err), 0);
	assert_int_equal(read_all(s, text, sizeof(text), &err), 0);
	finish(s);
	hang_up(s, &l);
	assert_true(l.resumed);
	/* A refused control certificate leaves no ticket at all. */
	client_release(&c);
	client_init(&c);
	client_start(&c);
	use_cert(&sv, &expired);
	assert_int_equal(greet(&c, &sv, &l, &err), -1);
	err_clear(&err);
	s = dial(&c, &sv, TLS_DATA, talk_politely, &l);
	assert_int_equal(shake(s, &err), -1);
	hang_up(s, &l);
	assert_int_equal(err.kind, ERR_TRUST);
	client_release(&c);
	server_release(&sv);
	server_release(&evil);
}

static void
test_ends(void **state)
{
	static const struct {
		void (*talk)(struct link *l);
		ssize_t rc;
		enum stream_end end;
		enum err_kind kind;
		const char *msg;
	} rows[] = {
		{ talk_politely, 0, STREAM_END_NOTIFY, ERR_NONE, "" },
		{ talk_rudely, 0, STREAM_END_BARE, ERR_NONE, "" },
		{ talk_reset, -1, STREAM_OPEN, ERR_NETWORK, "reset" },
		{ talk_crash, -1, STREAM_OPEN, ERR_TLS, "broke the TLS" },
		{ talk_alert, -1, STREAM_OPEN, ERR_TLS, "internal error" },
		{ talk_cancel, 0, STREAM_END_NOTIFY, ERR_NONE, "" },
		{ talk_torn, 0, STREAM_END_BARE, ERR_NONE, "" },
	};
	struct err err;
	struct client c;
	struct server sv;
	struct stream *s;
	struct link l;
	struct pollfd pfd;
	char text[64];
	size_t i;
	int v;

	(void)state;
	for (i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		v = i % 2;
		err_clear(&err);
		server_init(&sv, &good, priorities[v], true);
		client_init(&c);
		client_start(&c);
		s = dial(&c, &sv, TLS_CONTROL, rows[i / 2].talk, &l);
		if (shake(s, &err) == 0)
			assert_int_equal(read_all(s, text, sizeof(text), &err),
			    rows[i / 2].rc);
		assert_int_equal(stream_ended(s), rows[i / 2].end);
		assert_int_equal(err.kind, rows[i / 2].kind);
		assert_non_null(strstr(err.msg, rows[i / 2].msg));
		/* What came before the end is not lost; after a reset it is. */
		if (rows[i / 2].kind != ERR_NETWORK)
			assert_string_equal(text, "220 hello\r\n");
		/* It stays so. */
		if (rows[i / 2].rc == 0)
			assert_int_equal(stream_try_read(s, text, 1, &err), 0);
		/* He waits for our end, and we may wait for his. */
		if (rows[i / 2].talk == talk_politely) {
			stream_pollfd(s, &pfd);
			assert_int_equal(pfd.fd, -1);
			assert_int_equal(stream_try_discard(s, &err),
			    STREAM_AGAIN);
			stream_pollfd(s, &pfd);
			assert_int_equal(pfd.fd, stream_fd(s));
			assert_int_equal(pfd.events, POLLIN);
		}
		if (rows[i / 2].kind == ERR_TLS) {
			err_clear(&err);
			assert_int_equal(stream_try_write(s, "x", 1, &err), -1);
			assert_int_equal(err.kind, ERR_TLS);
			assert_int_equal(strncmp(err.msg, "TLS: ", 5), 0);
		}
		hang_up(s, &l);
		client_release(&c);
		server_release(&sv);
	}
}

/* Each write is a record of its own; all leave together. */
static void
test_records(void **state)
{
	struct err err = ERR_INIT;
	struct client c;
	struct server sv;
	struct stream *s;
	struct link l;
	char text[8];
	uint64_t moved;
	int i;

	(void)state;
	server_init(&sv, &good, priorities[TLS13], true);
	client_init(&c);
	client_start(&c);
	s = dial(&c, &sv, TLS_CONTROL, hear_records, &l);
	assert_int_equal(shake(s, &err), 0);
	moved = stream_moved(s);
	for (i = 0; i < 200; i++)
		assert_int_equal(stream_try_write(s, "x", 1, &err), 1);
	assert_int_equal(stream_moved(s), moved);
	while (stream_try_flush(s, &err) == STREAM_AGAIN)
		await(s);
	finish(s);
	assert_int_equal(read_all(s, text, sizeof(text), &err), 0);
	hang_up(s, &l);
	assert_int_equal(l.seen, 200);
	client_release(&c);
	server_release(&sv);
}

static void
test_download(void **state)
{
	struct err err = ERR_INIT;
	struct client c;
	struct server sv;
	struct stream *s;
	struct link l;
	char *buf = malloc(100000);
	size_t n, size;
	ssize_t got, i;
	int v;

	(void)state;
	for (v = TLS13; v <= TLS12; v++) {
		server_init(&sv, &good, priorities[v], true);
		client_init(&c);
		client_start(&c);
		assert_int_equal(greet(&c, &sv, &l, &err), 0);
		s = dial(&c, &sv, TLS_DATA, talk_much, &l);
		for (n = 0, size = 1; n < LARGE; n += got) {
			got = read_wait(s, buf, size, &err);
			if (got <= 0)
				fail_msg("%s", err.msg);
			for (i = 0; i < got; i++)
				assert_int_equal(buf[i], pattern(n + i));
			size = size * 7 % 99991 + 1;
		}
		assert_int_equal(read_wait(s, buf, 1, &err), 0);
		assert_int_equal(stream_ended(s), STREAM_END_NOTIFY);
		finish(s);
		hang_up(s, &l);
		client_release(&c);
		server_release(&sv);
	}
	free(buf);
}

static void
test_upload(void **state)
{
	struct err err = ERR_INIT;
	struct client c;
	struct server sv;
	struct stream *s;
	struct link l;
	char *data = malloc(LARGE);
	size_t n;
	ssize_t put;
	int v;

	(void)state;
	for (n = 0; n < LARGE; n++)
		data[n] = pattern(n);
	for (v = TLS13; v <= TLS12; v++) {
		server_init(&sv, &good, priorities[v], true);
		client_init(&c);
		client_start(&c);
		assert_int_equal(greet(&c, &sv, &l, &err), 0);
		s = dial(&c, &sv, TLS_DATA, hear_much, &l);
		for (n = 0; n < LARGE; n += put) {
			while ((put = stream_try_write(s, data + n, LARGE - n,
			    &err)) == STREAM_AGAIN)
				await(s);
			if (put <= 0)
				fail_msg("%s", err.msg);
		}
		finish(s);
		assert_int_equal(read_wait(s, data, 1, &err), 0);
		assert_int_equal(stream_ended(s), STREAM_END_NOTIFY);
		data[0] = pattern(0);
		hang_up(s, &l);
		assert_int_equal(l.seen, LARGE);
		client_release(&c);
		server_release(&sv);
	}
	free(data);
}

/* What a server says in the clear before TLS is nobody's word. */
static void
test_early_bytes(void **state)
{
	struct err err = ERR_INIT;
	struct client c;
	struct stream *s;
	int fds[2];
	char buf[4];

	(void)state;
	client_init(&c);
	client_start(&c);
	tcp_pair(fds);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	s = stream_new(fds[0], CONTROL_BUFFER);
	assert_int_equal(write(fds[1], "234 220 injected\r\n", 18), 18);
	assert_int_equal(read_wait(s, buf, 4, &err), 4);
	assert_int_equal(stream_start_tls(s, c.peer, TLS_CONTROL, &err), -1);
	assert_int_equal(err.kind, ERR_TLS);
	assert_non_null(strstr(err.msg, "before TLS"));
	stream_free(s);
	close(fds[1]);

	/* Later they are a broken handshake. */
	tcp_pair(fds);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	s = stream_new(fds[0], CONTROL_BUFFER);
	assert_int_equal(stream_start_tls(s, c.peer, TLS_CONTROL, &err), 0);
	assert_int_equal(write(fds[1], "220 injected\r\n", 14), 14);
	err_clear(&err);
	assert_int_equal(shake(s, &err), -1);
	assert_int_equal(err.kind, ERR_TLS);
	stream_free(s);
	close(fds[1]);

	/* What is told of them is what came, though it be no whole line. */
	tcp_pair(fds);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	s = stream_new(fds[0], CONTROL_BUFFER);
	assert_int_equal(stream_start_tls(s, c.peer, TLS_CONTROL, &err), 0);
	assert_int_equal(write(fds[1], "421 x", 5), 5);
	err_clear(&err);
	assert_int_equal(shake(s, &err), -1);
	assert_string_equal(err.msg, "server answered the TLS handshake in "
	    "the clear (421 x)");
	stream_free(s);
	close(fds[1]);
	client_release(&c);
}

/* A server that says nothing costs no more than the deadline. */
static void
test_silence(void **state)
{
	struct err err = ERR_INIT;
	struct client c;
	struct stream *s;
	struct pollfd pfd;
	int fds[2];

	(void)state;
	client_init(&c);
	client_start(&c);
	tcp_pair(fds);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	s = stream_new(fds[0], CONTROL_BUFFER);
	assert_int_equal(stream_start_tls(s, c.peer, TLS_CONTROL, &err), 0);
	assert_int_equal(stream_try_handshake(s, &err), STREAM_AGAIN);
	stream_pollfd(s, &pfd);
	assert_int_equal(pfd.events, POLLIN);
	assert_int_equal(net_wait(&pfd, 1, clock_ms() + 30, NULL, &err), 0);
	assert_int_equal(stream_try_read(s, &pfd, 1, &err), STREAM_AGAIN);
	assert_int_equal(stream_try_write(s, "x", 1, &err), STREAM_AGAIN);
	assert_int_equal(stream_try_flush(s, &err), STREAM_AGAIN);
	close(fds[1]);
	assert_int_equal(shake(s, &err), -1);
	stream_free(s);
	client_release(&c);
}

static void
test_renegotiation(void **state)
{
	struct err err = ERR_INIT;
	struct client c;
	struct server sv;
	struct stream *s;
	struct link l;
	char text[64];

	(void)state;
	server_init(&sv, &good, priorities[TLS12], true);
	client_init(&c);
	client_start(&c);
	s = dial(&c, &sv, TLS_CONTROL, talk_renegotiate, &l);
	assert_int_equal(shake(s, &err), 0);
	assert_int_equal(read_all(s, text, sizeof(text), &err), 0);
	assert_string_equal(text, "220 hello\r\n");
	finish(s);
	hang_up(s, &l);
	assert_int_equal(l.seen, 1);
	client_release(&c);
	server_release(&sv);
}

static void
test_key_update(void **state)
{
	enum {
		HEADER = 5, TYPE = 1, TAG = 16, RECORD = HEADER + TYPE + TAG
	};
	struct err err = ERR_INIT;
	struct client c;
	struct server sv;
	struct stream *s;
	struct link l;
	char text[64];
	uint64_t moved;

	(void)state;
	server_init(&sv, &good, priorities[TLS13], false);
	client_init(&c);
	client_start(&c);
	s = dial(&c, &sv, TLS_CONTROL, talk_update_keys, &l);
	assert_int_equal(shake(s, &err), 0);
	moved = stream_moved(s);
	assert_int_equal(read_all(s, text, sizeof(text), &err), 0);
	assert_string_equal(text, "220 hello\r\n");
	/* A new key of theirs is no progress. */
	assert_int_equal(stream_moved(s) - moved, RECORD + 4 + RECORD + 7 +
	    RECORD + 2);
	finish(s);
	hang_up(s, &l);
	assert_int_equal(l.seen, 0);
	client_release(&c);
	server_release(&sv);
}

static void
test_no_data(void **state)
{
	struct err err = ERR_INIT;
	struct client c;
	struct server sv;
	struct stream *s;
	struct link l;
	char text[64];
	uint64_t moved;

	(void)state;
	server_init(&sv, &good, priorities[TLS13], true);
	client_init(&c);
	client_start(&c);
	s = dial(&c, &sv, TLS_CONTROL, talk_tickets, &l);
	assert_int_equal(shake(s, &err), 0);
	moved = stream_moved(s);
	assert_int_equal(read_all(s, text, sizeof(text), &err), -1);
	/* They are no progress; what is unread, now or then, may look so. */
	assert_true((int64_t)(stream_moved(s) - moved) <= CONTROL_BUFFER);
	assert_int_equal(err.kind, ERR_TLS);
	assert_non_null(strstr(err.msg, "without end"));
	hang_up(s, &l);
	client_release(&c);
	server_release(&sv);
}

/* Tickets between data end some time, are taken once, and are no progress. */
static void
test_mixed(void **state)
{
	enum {
		HEADER = 5, TYPE = 1, TAG = 16, FIRST_TICKETS = 600,
		DATA = 11 * (HEADER + 1 + TYPE + TAG) +
		    HEADER + 2 + TYPE + TAG
	};
	struct err err = ERR_INIT;
	struct client c;
	struct server sv;
	struct stream *s;
	struct link l;
	unsigned tickets;
	uint64_t moved;
	int64_t progress;
	char byte;
	int i;

	(void)state;
	server_init(&sv, &good, priorities[TLS13], true);
	client_init(&c);
	client_start(&c);
	s = dial(&c, &sv, TLS_CONTROL, talk_mixed, &l);
	assert_int_equal(shake(s, &err), 0);
	moved = stream_moved(s);
	for (i = 0; i < 11; i++)
		assert_int_equal(read_wait(s, &byte, 1, &err), 1);
	assert_int_equal(read_wait(s, &byte, 1, &err), 0);
	assert_int_equal(stream_ended(s), STREAM_END_NOTIFY);
	/* The first tickets may have come with the handshake. */
	progress = (int64_t)(stream_moved(s) - moved);
	assert_true(progress <= DATA);
	assert_true(progress >= DATA - FIRST_TICKETS);
	finish(s);
	hang_up(s, &l);
	s = dial(&c, &sv, TLS_CONTROL, talk_politely, &l);
	assert_int_equal(shake(s, &err), 0);
	assert_int_equal(read_wait(s, &byte, 1, &err), 1);
	tickets = tls_peer_tickets(c.peer);
	for (i = 1; i < 11; i++)
		assert_int_equal(read_wait(s, &byte, 1, &err), 1);
	assert_int_equal(tls_peer_tickets(c.peer), tickets);
	finish(s);
	hang_up(s, &l);
	client_release(&c);
	server_release(&sv);
}

/* Workers share a context; the first to need it loads the system's store. */
struct worker {
	struct client c;
	struct server *sv;
	struct link l;
	struct err err;
	pthread_t thread;
	int rc;
};

static void *
work(void *arg)
{
	struct worker *w = arg;

	w->rc = greet(&w->c, w->sv, &w->l, &w->err);
	return NULL;
}

static void
test_threads(void **state)
{
	struct worker w[4];
	struct client c;
	struct server sv;
	size_t i;

	(void)state;
	server_init(&sv, &good, priorities[TLS13], true);
	client_init(&c);
	c.o.ca_file = NULL;
	client_start(&c);
	memset(w, 0, sizeof(w));
	for (i = 0; i < 4; i++) {
		w[i].c = c;
		w[i].c.peer = tls_peer_new(c.ctx);
		w[i].sv = &sv;
		pthread_create(&w[i].thread, NULL, work, &w[i]);
	}
	for (i = 0; i < 4; i++) {
		pthread_join(w[i].thread, NULL);
		tls_peer_free(w[i].c.peer);
		assert_int_equal(w[i].rc, -1);
		assert_int_equal(w[i].err.kind, ERR_TRUST);
	}
	client_release(&c);
	server_release(&sv);
}

static void
test_names(void **state)
{
	struct err err = ERR_INIT;
	struct client c;
	struct server sv;
	struct stream *s;
	struct link l;

	(void)state;
	server_init(&sv, &good, priorities[TLS13], false);
	sv.alpn = "ftp";
	client_init(&c);
	c.o.host = "nas.example.";
	client_start(&c);
	assert_int_equal(greet(&c, &sv, &l, &err), 0);
	assert_string_equal(l.sni, "nas.example");
	assert_string_equal(l.alpn, "ftp");
	s = dial(&c, &sv, TLS_DATA, talk_politely, &l);
	assert_int_equal(shake(s, &err), 0);
	finish(s);
	hang_up(s, &l);
	assert_string_equal(l.sni, "nas.example");
	assert_string_equal(l.alpn, "");
	client_release(&c);

	/* An address is no name, but a name can be given for it. */
	client_init(&c);
	c.o.host = "[::1]";
	c.o.insecure = true;
	client_start(&c);
	assert_int_equal(greet(&c, &sv, &l, &err), 0);
	assert_string_equal(l.sni, "");
	client_release(&c);
	client_init(&c);
	c.o.host = "192.0.2.1";
	c.o.server_name = "nas.example";
	client_start(&c);
	assert_int_equal(greet(&c, &sv, &l, &err), 0);
	assert_string_equal(l.sni, "nas.example");
	client_release(&c);

	/* A server that wants another protocol. */
	sv.alpn = "http/1.1";
	client_init(&c);
	client_start(&c);
	assert_int_equal(greet(&c, &sv, &l, &err), -1);
	assert_int_equal(err.kind, ERR_TLS);
	assert_true(tls_peer_alpn_refused(c.peer));
	tls_peer_free(c.peer);
	c.peer = tls_peer_new(c.ctx);
	tls_peer_without_alpn(c.peer);
	assert_int_equal(greet(&c, &sv, &l, &err), 0);
	assert_false(tls_peer_alpn_refused(c.peer));
	client_release(&c);
	server_release(&sv);
}

static void
test_certificates(void **state)
{
	static const struct {
		const struct cert *cert;
		const char *msg[2];
	} rows[] = {
		{ &good, { NULL } },
		{ &expired, { "expired 3 days ago (20", NULL } },
		{ &future, { "not valid before 20", NULL } },
		{ &wrong_name, { "is for www.example, not for nas.example",
		    NULL } },
		{ &self_signed, { "self-signed", "--pin sha256//" } },
		{ &unknown, { "unknown authority, \"CN=Stranger,O=Home\"",
		    "--pin sha256//" } },
		{ &weak, { "1024", NULL } },
		{ &for_clients, { "not trusted", NULL } },
		{ &narrow, { NULL } },
		{ &by_client_ca, { "CN=Client CA,O=Home is not one for "
		    "servers",
		    NULL } },
	};
	struct err err;
	struct client c;
	struct server sv;
	struct link l;
	size_t i, v;
	int rc;

	(void)state;
	for (i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		v = i % 2;
		server_init(&sv, rows[i / 2].cert, priorities[v], true);
		client_init(&c);
		client_start(&c);
		err_clear(&err);
		rc = greet(&c, &sv, &l, &err);
		assert_int_equal(rc, rows[i / 2].msg[0] == NULL ? 0 : -1);
		if (rc != 0) {
			assert_int_equal(err.kind, ERR_TRUST);
			if (strstr(err.msg, rows[i / 2].msg[0]) == NULL)
				fail_msg("%s", err.msg);
			/* It is said once. */
			assert_null(strstr(err.msg, "NOT trusted"));
			assert_null(strstr(err.msg, "  "));
			if (rows[i / 2].msg[1] != NULL)
				assert_non_null(strstr(err.msg,
				    rows[i / 2].msg[1]));
			/* The server was told, before we said anything. */
			assert_int_equal(l.handshake,
			    GNUTLS_E_FATAL_ALERT_RECEIVED);
		}
		client_release(&c);

		client_init(&c);
		c.o.insecure = true;
		client_start(&c);
		assert_int_equal(greet(&c, &sv, &l, &err), 0);
		client_release(&c);
		server_release(&sv);
	}
}

static void
pins_of(const struct cert *cert, char *pin, char *hex, char *fingerprint)
{
	unsigned char raw[32];
	gnutls_datum_t d = { raw, sizeof(raw) }, out;
	size_t size = sizeof(raw), i;

	gnutls_x509_crt_get_key_id(cert->crt, GNUTLS_KEYID_USE_SHA256, raw,
	    &size);
	gnutls_base64_encode2(&d, &out);
	sprintf(pin, "sha256//%.*s", (int)out.size, out.data);
	gnutls_free(out.data);
	for (i = 0; i < sizeof(raw); i++)
		sprintf(hex + 2 * i, "%02x", raw[i]);
	gnutls_x509_crt_get_fingerprint(cert->crt, GNUTLS_DIG_SHA256, raw,
	    &size);
	for (i = 0; i < sizeof(raw); i++)
		sprintf(fingerprint + 2 * i, "%02X", raw[i]);
}

/* Who has two weeks left is told of it, once. */
static void
test_expiry(void **state)
{
	static const struct {
		int left;
		const char *says;	/* NULL: nothing */
	} rows[] = {
		{ 14 * DAY + 1, NULL }, { 14 * DAY, "in 14 days (" },
		{ 2 * DAY, "in 2 days (" }, { 2 * DAY - 1, "in 1 day (" },
		{ DAY, "in 1 day (" }, { DAY - 1, "in less than a day (" },
	};
	struct err err = ERR_INIT;
	struct cert cert;
	struct client c;
	struct server sv;
	struct link l;
	char *note, says[128];
	size_t i;

	(void)state;
	make_cert(&cert, &(struct cert_spec){ .cn = "long",
	    .dns = "nas.example", .from_days = -30, .to_days = 9,
	    .issuer = &ca });
	server_init(&sv, &cert, priorities[TLS13], false);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		client_init(&c);
		client_start(&c);
		time_now = gnutls_x509_crt_get_expiration_time(cert.crt) -
		    rows[i].left;
		if (greet(&c, &sv, &l, &err) != 0)
			fail_msg("%s", err.msg);
		note = tls_context_note(c.ctx);
		if (rows[i].says == NULL) {
			assert_null(note);
		} else {
			snprintf(says, sizeof(says), "the server's certificate "
			    "expires %s", rows[i].says);
			assert_int_equal(strncmp(note, says, strlen(says)), 0);
		}
		free(note);
		assert_int_equal(greet(&c, &sv, &l, &err), 0);
		assert_null(tls_context_note(c.ctx));
		time_now = 0;
		client_release(&c);
	}
	server_release(&sv);
	free_cert(&cert);
}

/* The system's store is read once, and only where it is needed. */
static void
test_system_store(void **state)
{
	static const char none[] = "; this system has no trusted certificates";
	const struct {
		const struct cert *cert;
		const char *store, *file;
		bool pinned;
		int reads;
		const char *says;	/* NULL: fine */
	} rows[] = {
		{ &good, NULL, NULL, false, 1, none },
		{ &good, ca_file, NULL, false, 1, NULL },
		{ &good, ca_file, ca_file, false, 0, NULL },
		{ &self_signed, ca_file, NULL, true, 0, NULL },
		{ &unknown, ca_file, NULL, true, 1, NULL },
		{ &unknown, ca_file, NULL, false, 1,
		    "unknown authority, \"CN=Stranger,O=Home\"; if" },
	};
	char pin[64], hex[65], print[65];
	struct err err;
	struct client c;
	struct server sv;
	struct link l;
	size_t i, k;
	int rc;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		server_init(&sv, rows[i].cert, priorities[TLS13], true);
		client_init(&c);
		c.o.ca_file = rows[i].file;
		pins_of(rows[i].cert, pin, hex, print);
		if (rows[i].pinned)
			strvec_add(&c.pins, pin);
		client_start(&c);
		system_file = rows[i].store;
		system_reads = 0;
		for (k = 0; k < 2; k++) {
			err_clear(&err);
			rc = greet(&c, &sv, &l, &err);
			if ((rc == 0) != (rows[i].says == NULL))
				fail_msg("row %zu: %s", i, err.msg);
			if (rc != 0)
				assert_non_null(strstr(err.msg, rows[i].says));
		}
		assert_int_equal(system_reads, rows[i].reads);
		client_release(&c);
		server_release(&sv);
	}
	system_file = NULL;
}

enum pin_form { PIN_OWN, PIN_HEX, PIN_PRINT, PIN_OTHER, PIN_BOTH };

static void
test_pins(void **state)
{
	static const struct {
		const struct cert *cert;
		enum pin_form form;
		const char *msg;	/* NULL: fine */
		bool says_pin;
	} rows[] = {
		{ &good, PIN_OWN, NULL, false },
		{ &good, PIN_HEX, NULL, false },
		{ &good, PIN_BOTH, NULL, false },
		{ &good, PIN_OTHER, "not the pinned one: it has pin ", true },
		{ &good, PIN_PRINT, "fingerprint; the pin of its key is ",
		    true },
		/* stands in for the issuer ... */
		{ &unknown, PIN_OWN, NULL, false },
		{ &unknown, PIN_OTHER, "not the pinned one", true },
		/* ... and if self-signed for the name */
		{ &self_signed, PIN_OWN, NULL, false },
		{ &self_signed, PIN_HEX, NULL, false },
		{ &self_signed, PIN_OTHER, "not the pinned one", true },
		{ &wrong_name, PIN_OWN, "is for www.example", false },
		/* but for nothing else */
		{ &expired, PIN_OWN, "expired", false },
		{ &expired_self, PIN_OWN, "expired", false },
		{ &future, PIN_OWN, "not valid before", false },
		{ &weak, PIN_OWN, "weak", false },
		{ &for_clients, PIN_OWN, "not trusted", false },
	};
	char pin[64], hex[65], print[65], pin2[64], hex2[65], print2[65];
	struct err err;
	struct client c;
	struct server sv;
	struct link l;
	size_t i;
	int rc;

	(void)state;
	pins_of(&other, pin2, hex2, print2);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pins_of(rows[i].cert, pin, hex, print);
		server_init(&sv, rows[i].cert, priorities[i % 2], true);
		client_init(&c);
		if (rows[i].form == PIN_OTHER || rows[i].form == PIN_BOTH)
			strvec_add(&c.pins, pin2);
		if (rows[i].form == PIN_OWN || rows[i].form == PIN_BOTH)
			strvec_add(&c.pins, pin);
		if (rows[i].form == PIN_HEX)
			strvec_add(&c.pins, hex);
		if (rows[i].form == PIN_PRINT)
			strvec_add(&c.pins, print);
		client_start(&c);
		err_clear(&err);
		rc = greet(&c, &sv, &l, &err);
		if ((rc == 0) != (rows[i].msg == NULL))
			fail_msg("row %zu: %s", i, err.msg);
		if (rc != 0) {
			assert_int_equal(err.kind, ERR_TRUST);
			if (strstr(err.msg, rows[i].msg) == NULL ||
			    (rows[i].says_pin &&
			    strstr(err.msg, pin) == NULL))
				fail_msg("row %zu: %s", i, err.msg);
		}
		client_release(&c);
		server_release(&sv);
	}
}

/* What a certificate says reaches no terminal as it is. */
static void
test_escaped(void **state)
{
	struct tls_cert_info info;
	struct err err = ERR_INIT;
	struct client c;
	struct server sv;
	struct link l;

	(void)state;
	server_init(&sv, &self_signed, priorities[TLS13], true);
	client_init(&c);
	c.o.insecure = true;
	client_start(&c);
	assert_int_equal(greet(&c, &sv, &l, &err), 0);
	assert_int_equal(tls_peer_cert(c.peer, &info), 0);
	assert_null(strchr(info.subject, '\033'));
	assert_non_null(strstr(info.subject, "box "));
	client_release(&c);
	server_release(&sv);
}

static void
test_versions(void **state)
{
	struct err err = ERR_INIT;
	struct client c;
	struct server sv;
	struct link l;

	(void)state;
	server_init(&sv, &good, "NORMAL:-VERS-ALL:+VERS-TLS1.1", true);
	client_init(&c);
	client_start(&c);
	assert_int_equal(greet(&c, &sv, &l, &err), -1);
	assert_int_equal(err.kind, ERR_TLS);
	assert_non_null(strstr(err.msg, "TLS1.3, TLS1.2"));
	client_release(&c);
	/* Not even if asked for. */
	client_init(&c);
	c.o.priority = "NORMAL:+VERS-TLS1.1";
	client_start(&c);
	assert_int_equal(greet(&c, &sv, &l, &err), -1);
	client_release(&c);
	server_release(&sv);

	server_init(&sv, &good, priorities[TLS12], true);
	client_init(&c);
	c.o.min = TLS_MIN_13;
	client_start(&c);
	err_clear(&err);
	assert_int_equal(greet(&c, &sv, &l, &err), -1);
	assert_non_null(strstr(err.msg, "(we offered TLS1.3)"));
	client_release(&c);
	client_init(&c);
	c.o.priority = "NORMAL:-CIPHER-ALL:+AES-256-CBC";
	client_start(&c);
	assert_int_equal(greet(&c, &sv, &l, &err), 0);
	client_release(&c);
	server_release(&sv);
}

/* A certificate by its armour alone. */
static const char *
broken_ca_file(void)
{
	static char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/broken.pem", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("-----BEGIN CERTIFICATE-----\nAAAA\n"
	    "-----END CERTIFICATE-----\n", f);
	assert_int_equal(fclose(f), 0);
	return path;
}

static void
test_can_offer(void **state)
{
	(void)state;
	assert_true(probe_can_offer("NORMAL"));
	assert_true(probe_can_offer("NORMAL:-VERS-ALL:+VERS-TLS1.2"));
	assert_false(probe_can_offer("NORMAL:+NONSENSE"));
	assert_false(probe_can_offer("NORMAL:-VERS-ALL"));
	assert_false(probe_can_offer("NORMAL:-CIPHER-ALL"));
}

static void
test_options(void **state)
{
	struct err err = ERR_INIT;
	struct client c;

	(void)state;
	client_init(&c);
	c.o.host = "\xff.example";
	assert_null(tls_context_new(&c.o, &err));
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.msg, "\\377.example: not a host name"));

	client_init(&c);
	c.o.probe = "NORMAL:+NONSENSE";
	assert_null(tls_context_new(&c.o, &err));
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.msg, "tls-priority: The request"));

	client_init(&c);
	c.o.priority = "NORMAL:+NONSENSE";
	assert_null(tls_context_new(&c.o, &err));
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.msg, "NONSENSE"));

	c.o.priority = "NONSENSE";
	assert_null(tls_context_new(&c.o, &err));
	assert_string_equal(err.msg,
	    "tls-priority: not understood from \"NONSENSE\" on");

	client_init(&c);
	c.o.ca_file = "/nonexistent/ca.pem";
	assert_null(tls_context_new(&c.o, &err));
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.msg, "/nonexistent/ca.pem: No such file"));
	c.o.ca_file = "/dev/null";
	assert_null(tls_context_new(&c.o, &err));
	assert_int_equal(err.kind, ERR_USAGE);
	assert_string_equal(err.msg,
	    "ca-file: /dev/null: no certificate (PEM) in it");
	c.o.ca_file = broken_ca_file();
	assert_null(tls_context_new(&c.o, &err));
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.msg, "/broken.pem: "));

	client_init(&c);
	strvec_add(&c.pins, "sha256//short");
	assert_null(tls_context_new(&c.o, &err));
	assert_int_equal(err.kind, ERR_USAGE);
	strvec_release(&c.pins);
	tls_context_free(NULL);
	tls_peer_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handshake),
		cmocka_unit_test(test_resume),
		cmocka_unit_test(test_key_shares),
		cmocka_unit_test(test_data_certificate),
		cmocka_unit_test(test_resume_settings),
		cmocka_unit_test(test_ticket_refused),
		cmocka_unit_test(test_tickets_survive),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_download),
		cmocka_unit_test(test_upload),
		cmocka_unit_test(test_early_bytes),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_renegotiation),
		cmocka_unit_test(test_key_update),
		cmocka_unit_test(test_no_data),
		cmocka_unit_test(test_mixed),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_certificates),
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_system_store),
		cmocka_unit_test(test_pins),
		cmocka_unit_test(test_escaped),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_can_offer),
		cmocka_unit_test(test_options),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, make_certs, free_certs);
}
