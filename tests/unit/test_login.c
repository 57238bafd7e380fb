/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Logging in by steps, to a server with TLS that answers by a table. */
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
#include "ftp/login.h"

enum { CONNECTIONS_MAX = 8, DAY = 24 * 60 * 60 };

/*
 * What is answered otherwise than usual ("2:PASS": in the second connection);
 * NULL: nothing, it hangs up.
 */
struct odd {
	const char *command, *reply;
};

struct peer {
	gnutls_certificate_credentials_t cred;
	int lfd;
	enum tls_mode tls;
	const char *alpn;	/* the only one it takes, or NULL */
	const struct odd *odd;	/* up to one without a command, or NULL */
	bool alone;		/* known to take no flights */
	const char *account;	/* ours, or NULL */
	int connections, greeted;
	char heard[1024];	/* verbs, a blank behind each */
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

static bool
is_meant(const struct peer *sv, const char *command, const char *line)
{
	size_t n = strcspn(line, " \r");

	if (command[0] != '\0' && command[1] == ':') {
		if (command[0] - '0' != sv->connections)
			return false;
		command += 2;
	}
	return strlen(command) == n && strncmp(line, command, n) == 0;
}

static const char *
answer(const struct peer *sv, const char *line)
{
	static const struct odd usual[] = {
		{ "", "220 Hi" }, { "AUTH", "234 Go" },
		{ "USER", "331 And?" }, { "PASS", "230 Hello" },
		{ "FEAT", "211 None" }, { "PWD", "257 \"/\"" },
		{ "QUIT", "221 Bye" }, { NULL, NULL },
	};
	const struct odd *o;

	for (o = sv->odd; o != NULL && o->command != NULL; o++)
		if (is_meant(sv, o->command, line))
			return o->reply;
	for (o = usual; o->command != NULL; o++)
		if (is_meant(sv, o->command, line))
			return o->reply;
	return "200 Fine";
}

static ssize_t
put(gnutls_session_t s, int fd, const char *data, size_t n)
{
	return s != NULL ? gnutls_record_send(s, data, n) :
	    write(fd, data, n);
}

static ssize_t
take(gnutls_session_t s, int fd, char *c)
{
	ssize_t n;

	if (s == NULL)
		return read(fd, c, 1);
	do {
		n = gnutls_record_recv(s, c, 1);
	} while (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED);
	return n;
}

/* Over TLS, or in the clear if s is NULL; until AUTH or the end: 1, 0. */
static int
talk(struct peer *sv, gnutls_session_t s, int fd, bool greets)
{
	char line[512] = "", text[512];
	const char *reply;
	size_t n;

	for (;;) {
		reply = answer(sv, line);
		if (reply == NULL)
			return 0;
		snprintf(text, sizeof(text), "%s\r\n", reply);
		if ((greets || line[0] != '\0') &&
		    put(s, fd, text, strlen(text)) < 0)
			return 0;
		if (strncmp(line, "AUTH", 4) == 0)
			return strncmp(text, "234", 3) == 0;
		n = 0;
		while (n < sizeof(line) - 1 && take(s, fd, &line[n]) == 1 &&
		    line[n++] != '\n')
			continue;
		line[n] = '\0';
		if (n == 0)
			return 0;
		snprintf(text, sizeof(text), "%.*s ",
		    (int)strcspn(line, " \r"), line);
		strlcat(sv->heard, text, sizeof(sv->heard));
	}
}

static void
serve_one(struct peer *sv, int fd)
{
	gnutls_datum_t alpn = { (unsigned char *)sv->alpn,
	    sv->alpn != NULL ? (unsigned)strlen(sv->alpn) : 0 };
	gnutls_session_t s;
	int rc;

	sv->greeted += sv->tls != TLS_IMPLICIT;
	if (sv->tls != TLS_IMPLICIT && talk(sv, NULL, fd, true) == 0)
		return;
	gnutls_init(&s, GNUTLS_SERVER);
	gnutls_set_default_priority(s);
	gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, sv->cred);
	if (sv->alpn != NULL)
		gnutls_alpn_set_protocols(s, &alpn, 1, GNUTLS_ALPN_MANDATORY);
	gnutls_transport_set_int(s, fd);
	do {
		rc = gnutls_handshake(s);
	} while (rc < 0 && !gnutls_error_is_fatal(rc));
	if (rc == 0) {
		sv->greeted += sv->tls == TLS_IMPLICIT;
		(void)talk(sv, s, fd, sv->tls == TLS_IMPLICIT);
	} else {
		gnutls_alert_send_appropriate(s, rc);
	}
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
peer_start(struct peer *sv)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);

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
site_init(struct site *site, int port, const char *tls)
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
	assert_int_equal(option_set(&site->set, "tls", tls, &err), 0);
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

/* What a watcher saw. */
struct seen {
	char text[2048];	/* "+user -user": begun, ended; "!": failed */
	int codes[LOGIN_STEPS];	/* of the replies */
	bool cert;		/* LOGIN_TRUST came with one */
	bool alive;		/* there is a connection then */
	struct err err;
};

static const char *const step_names[LOGIN_STEPS] = {
	"resolve", "connect", "greeting", "auth", "handshake", "trust",
	"user", "password", "pbsz", "prot", "features", "options",
	"directory",
};

static void
note(struct seen *seen, char sign, enum login_step step)
{
	char text[32];

	snprintf(text, sizeof(text), "%s%c%s", seen->text[0] != '\0' ? " " :
	    "", sign, step_names[step]);
	strlcat(seen->text, text, sizeof(seen->text));
}

static void
note_begin(void *ctx, enum login_step step)
{
	note(ctx, '+', step);
}

static void
note_end(void *ctx, const struct login_report *r)
{
	struct seen *seen = ctx;

	note(seen, r->err != NULL ? '!' : '-', r->step);
	assert_true(r->began > 0 && r->began <= r->ended);
	if (r->err != NULL)
		seen->err = *r->err;
	if (r->reply != NULL)
		seen->codes[r->step] = r->reply->code;
	if (r->step == LOGIN_TRUST)
		seen->cert = r->cert != NULL &&
		    strstr(r->cert->subject, "server") != NULL;
}

static void
test_alpn(void **state)
{
	struct login_request rq = { .number = 1, .server = server_new(),
	    .until = LOGIN_STEPS };
	struct err err = ERR_INIT;
	struct peer sv = { .tls = TLS_IMPLICIT, .alpn = "ftp" };
	struct site site;
	struct conn *c;
	int i;

	(void)state;
	site_init(&site, peer_start(&sv), "implicit");
	rq.site = &site;
	assert_int_equal(login_open(&rq, &c, &err), 0);
	conn_close(c, true);
	assert_true(server_has(rq.server, TRAIT_ALPN));
	site_release(&site);
	peer_stop(&sv);
	assert_int_equal(sv.connections, 1);

	/* Once more without it, and from then on without it at once. */
	sv = (struct peer){ .tls = TLS_IMPLICIT, .alpn = "http/1.1" };
	site_init(&site, peer_start(&sv), "implicit");
	site.set.pipeline = false;
	for (i = 0; i < 2; i++) {
		if (login_open(&rq, &c, &err) != 0 || err.kind != ERR_NONE)
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
	struct seen seen = { .text = "" };
	const struct login_watch w = { .ctx = &seen, .begins = note_begin,
	    .ends = note_end };
	struct login_request rq = { .number = 1, .server = server_new(),
	    .until = LOGIN_STEPS, .watch = &w };
	struct err err = ERR_INIT;
	struct tls_options o;
	struct peer sv = { .tls = TLS_IMPLICIT, .alpn = "ftp" };
	struct site site;
	struct conn *c;
	int port;

	(void)state;
	port = peer_start(&sv);
	site_init(&site, port, "implicit");
	tls_context_free(site.tls);
	o = (struct tls_options){ .host = "127.0.0.1", .port = port };
	site.tls = tls_context_new(&o, &err);
	assert_non_null(site.tls);
	rq.site = &site;
	assert_int_equal(login_open(&rq, &c, &err), -1);
	assert_int_equal(err.kind, ERR_TRUST);
	assert_string_equal(seen.text, "+resolve -resolve +connect -connect "
	    "+handshake -handshake +trust !trust");
	assert_true(seen.cert);
	assert_int_equal(seen.err.kind, ERR_TRUST);
	assert_true(server_has(rq.server, TRAIT_ALPN));
	site_release(&site);
	peer_stop(&sv);
	assert_int_equal(sv.connections, 1);
	server_free(rq.server);
}

/* One login, watched; the connection is closed again. */
static int
watch(struct peer *sv, const char *tls, enum login_step until,
    struct seen *seen, struct err *err)
{
	const struct login_watch w = { .ctx = seen, .begins = note_begin,
	    .ends = note_end };
	struct login_request rq = { .number = 1, .until = until,
	    .server = server_new(), .watch = &w };
	struct conn *c = NULL;
	struct site site;
	int rc;

	memset(seen, 0, sizeof(*seen));
	if (sv->alone)
		server_learn(rq.server, TRAIT_FLIGHTS, false, PROOF_SEEN,
		    NULL);
	site_init(&site, peer_start(sv), tls);
	if (sv->account != NULL)
		assert_int_equal(option_set(&site.set, "account", sv->account,
		    err), 0);
	rq.site = &site;
	rc = login_open(&rq, &c, err);
	assert_true((rc == 0) == (c != NULL));
	seen->alive = conn_alive(c);
	conn_close(c, false);
	server_free(rq.server);
	site_release(&site);
	peer_stop(sv);
	return rc;
}

static void
test_steps(void **state)
{
	struct peer sv = { .tls = TLS_EXPLICIT };
	struct err err = ERR_INIT;
	struct seen seen;

	(void)state;
	assert_int_equal(watch(&sv, "explicit", LOGIN_STEPS, &seen, &err), 0);
	assert_string_equal(seen.text, "+resolve -resolve +connect -connect "
	    "+greeting -greeting +auth -auth +handshake -handshake "
	    "+trust -trust +user +password +pbsz +prot +features +options "
	    "+directory -user -password -pbsz -prot -features -options "
	    "-directory");
	assert_string_equal(sv.heard, "AUTH USER PASS PBSZ PROT FEAT TYPE "
	    "PWD ");
	assert_int_equal(seen.codes[LOGIN_GREETING], 220);
	assert_int_equal(seen.codes[LOGIN_AUTH], 234);
	assert_int_equal(seen.codes[LOGIN_USER], 331);
	assert_int_equal(seen.codes[LOGIN_PASSWORD], 230);
	assert_int_equal(seen.codes[LOGIN_DIRECTORY], 257);
	assert_int_equal(seen.codes[LOGIN_HANDSHAKE], 0);
	assert_true(seen.cert);
}

static void
test_steps_implicit(void **state)
{
	struct peer sv = { .tls = TLS_IMPLICIT };
	struct err err = ERR_INIT;
	struct seen seen;

	(void)state;
	assert_int_equal(watch(&sv, "implicit", LOGIN_STEPS, &seen, &err), 0);
	assert_non_null(strstr(seen.text, "-connect +handshake -handshake "
	    "+trust -trust +greeting -greeting +user "));
}

/* Without flights each step begins when the one before has ended. */
static void
test_steps_alone(void **state)
{
	struct peer sv = { .tls = TLS_EXPLICIT, .alone = true };
	struct err err = ERR_INIT;
	struct seen seen;

	(void)state;
	assert_int_equal(watch(&sv, "explicit", LOGIN_STEPS, &seen, &err), 0);
	assert_non_null(strstr(seen.text, "-trust +user -user +password "
	    "-password +pbsz -pbsz +prot -prot +features -features +options "
	    "-options +directory -directory"));
	assert_string_equal(sv.heard, "AUTH USER PASS PBSZ PROT FEAT TYPE "
	    "PWD ");
}

/* It does not ask for the password, which came all the same. */
static void
test_no_password(void **state)
{
	static const struct odd odd[] = {
		{ "USER", "230 In" }, { "PASS", "202 In already" },
		{ NULL, NULL },
	};
	struct peer sv = { .tls = TLS_EXPLICIT, .odd = odd };
	struct err err = ERR_INIT;
	struct seen seen;

	(void)state;
	assert_int_equal(watch(&sv, "explicit", LOGIN_STEPS, &seen, &err), 0);
	assert_int_equal(seen.codes[LOGIN_USER], 230);
	assert_int_equal(seen.codes[LOGIN_PASSWORD], 202);
	assert_null(strchr(seen.text, '!'));

	sv = (struct peer){ .tls = TLS_EXPLICIT, .odd = odd, .alone = true };
	assert_int_equal(watch(&sv, "explicit", LOGIN_STEPS, &seen, &err), 0);
	assert_non_null(strstr(seen.text, "+user -user +pbsz"));
}

/* The account, behind USER or PASS, is of the password's step, begun once. */
static void
test_account(void **state)
{
	static const struct odd odd[][3] = {
		{ { "USER", "332 And?" }, { "ACCT", "230 In" } },
		{ { "PASS", "332 And?" }, { "ACCT", "230 In" } },
	};
	struct err err = ERR_INIT;
	struct seen seen;
	struct peer sv;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		sv = (struct peer){ .tls = TLS_EXPLICIT, .odd = odd[i],
		    .alone = true, .account = "a" };
		assert_int_equal(watch(&sv, "explicit", LOGIN_STEPS, &seen,
		    &err), 0);
		if (strstr(seen.text, "+user -user +password -password "
		    "+pbsz") == NULL)
			fail_msg("%s", seen.text);
		assert_int_equal(seen.codes[LOGIN_PASSWORD], 230);
	}
}

/* The flight goes wrong, and it is tried once more. */
static void
test_steps_again(void **state)
{
	/* It reads USER, and throws away what came with it. */
	static const struct odd odd[] = {
		{ "PASS", "503 USER first" }, { NULL, NULL },
	};
	struct peer sv = { .tls = TLS_OFF, .odd = odd };
	struct err err = ERR_INIT;
	struct seen seen;

	(void)state;
	assert_int_equal(watch(&sv, "off", LOGIN_STEPS, &seen, &err), -1);
	assert_int_equal(err.kind, ERR_LOGIN);
	assert_string_equal(seen.text, "+resolve -resolve +connect -connect "
	    "+greeting -greeting +user +password +features +options "
	    "+directory !password +resolve -resolve +connect -connect "
	    "+greeting -greeting +user -user +password !password");
	assert_int_equal(sv.connections, 2);
}

/*
 * The flight goes wrong: what that is is learned when the login works without,
 * and until then no other is tried.
 */
static void
test_doubt(void **state)
{
	static const struct {
		struct odd odd[3];
		enum login_step until;
		enum err_kind kind;	/* of the first login */
		bool flights, doubts;	/* afterwards */
		int connections;	/* with the second login's */
	} rows[] = {
		{ { { "1:PASS", "503 USER first" } }, LOGIN_STEPS,
		    ERR_NONE, false, false, 3 },
		{ { { "1:PASS", "503 USER first" } }, LOGIN_DIRECTORY,
		    ERR_NONE, false, false, 3 },
		{ { { "1:PASS", "503 USER first" } }, LOGIN_OPTIONS,
		    ERR_NONE, true, false, 3 },
		{ { { "1:PASS", "503 USER first" }, { "2:USER", "421 No" } },
		    LOGIN_STEPS, ERR_NETWORK, true, true, 3 },
		{ { { "1:PASS", "503 USER first" }, { "2:PASS", "530 No" } },
		    LOGIN_STEPS, ERR_LOGIN, true, false, 3 },
	};
	struct login_request rq;
	char why[REPLY_SAY_MAX];
	struct peer sv;
	struct site site;
	struct conn *c;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sv = (struct peer){ .tls = TLS_EXPLICIT, .odd = rows[i].odd };
		site_init(&site, peer_start(&sv), "explicit");
		rq = (struct login_request){ .number = 1, .site = &site,
		    .until = rows[i].until, .server = server_new() };
		err = (struct err)ERR_INIT;
		c = NULL;
		assert_int_equal(login_open(&rq, &c, &err),
		    rows[i].kind == ERR_NONE ? 0 : -1);
		assert_int_equal(err.kind, rows[i].kind);
		conn_close(c, false);
		assert_int_equal(server_has(rq.server, TRAIT_FLIGHTS),
		    rows[i].flights);
		assert_int_equal(server_doubts_login(rq.server, why,
		    sizeof(why)), rows[i].doubts);
		if (rows[i].doubts)
			assert_non_null(strstr(why, "out of step"));
		else
			assert_string_equal(why, "");
		err_clear(&err);
		assert_int_equal(login_open(&rq, &c, &err), 0);
		conn_close(c, false);
		server_free(rq.server);
		site_release(&site);
		peer_stop(&sv);
		assert_int_equal(sv.connections, rows[i].connections);
	}
}

static void
test_until(void **state)
{
	static const struct {
		enum login_step until;
		const char *off, *on;	/* heard, without TLS and with */
	} rows[] = {
		{ LOGIN_RESOLVE, "", "" },
		{ LOGIN_CONNECT, "", "" },
		{ LOGIN_GREETING, "", "" },
		{ LOGIN_AUTH, "", "AUTH " },
		{ LOGIN_HANDSHAKE, "", "AUTH " },
		{ LOGIN_TRUST, "", "AUTH " },
		{ LOGIN_USER, "USER ", "AUTH USER " },
		{ LOGIN_PASSWORD, "USER PASS ", "AUTH USER PASS " },
		{ LOGIN_PBSZ, "USER PASS ", "AUTH USER PASS PBSZ " },
		{ LOGIN_PROT, "USER PASS ", "AUTH USER PASS PBSZ PROT " },
		{ LOGIN_FEATURES, "USER PASS FEAT ",
		    "AUTH USER PASS PBSZ PROT FEAT " },
		{ LOGIN_OPTIONS, "USER PASS FEAT TYPE ",
		    "AUTH USER PASS PBSZ PROT FEAT TYPE " },
		{ LOGIN_DIRECTORY, "USER PASS FEAT TYPE PWD ",
		    "AUTH USER PASS PBSZ PROT FEAT TYPE PWD " },
	};
	struct err err = ERR_INIT;
	struct seen seen;
	struct peer sv;
	size_t i;
	int tls, how;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (how = 0; how < 4; how++) {
			tls = how % 2;
			sv = (struct peer){ .tls = tls ? TLS_EXPLICIT :
			    TLS_OFF, .alone = how / 2 };
			if (watch(&sv, tls ? "explicit" : "off",
			    rows[i].until, &seen, &err) != 0)
				fail_msg("%s", err.msg);
			assert_string_equal(sv.heard, tls ? rows[i].on :
			    rows[i].off);
			if (rows[i].until != LOGIN_CONNECT)
				assert_int_equal(sv.connections,
				    rows[i].until > LOGIN_CONNECT);
			assert_int_equal(seen.alive,
			    rows[i].until >= LOGIN_CONNECT);
			assert_null(strchr(seen.text, '!'));
		}
}

/* Under implicit TLS the handshake comes before the greeting. */
static void
test_until_implicit(void **state)
{
	static const struct {
		enum login_step until;
		const char *seen;
	} rows[] = {
		{ LOGIN_CONNECT, "+resolve -resolve +connect -connect" },
		{ LOGIN_TRUST, "+resolve -resolve +connect -connect "
		    "+handshake -handshake +trust -trust" },
		{ LOGIN_GREETING, "+resolve -resolve +connect -connect "
		    "+handshake -handshake +trust -trust "
		    "+greeting -greeting" },
	};
	struct err err = ERR_INIT;
	struct seen seen;
	struct peer sv;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sv = (struct peer){ .tls = TLS_IMPLICIT };
		assert_int_equal(watch(&sv, "implicit", rows[i].until, &seen,
		    &err), 0);
		assert_string_equal(seen.text, rows[i].seen);
	}
}

/* Where logins fail, and what for. */
static void
test_failures(void **state)
{
	static const struct {
		struct odd odd[2];
		const char *last;	/* what the watcher saw last */
		enum err_kind kind;
		const char *msg;
	} rows[] = {
		{ { { "", "421 Later" } }, "!greeting", ERR_NETWORK,
		    "server is not ready: 421 Later" },
		{ { { "", "500 Never" } }, "!greeting", ERR_REFUSED,
		    "server refuses the connection: 500 Never" },
		{ { { "", "230 In" } }, "!greeting", ERR_PROTOCOL,
		    "server wants no login: 230 In" },
		{ { { "AUTH", "534 Never" } }, "!auth", ERR_TLS,
		    "server offers no TLS: 534 Never; nothing was sent in "
		    "the clear" },
		{ { { "USER", "530 Not you" } }, "!user", ERR_LOGIN,
		    "login as u refused: 530 Not you" },
		{ { { "PASS", "530 Wrong" } }, "!password", ERR_LOGIN,
		    "login as u refused: 530 Wrong" },
		{ { { "PASS", "431 Later" } }, "!password", ERR_NETWORK,
		    "server cannot log us in now: 431 Later" },
		{ { { "PASS", "332 Account?" } }, "!password", ERR_LOGIN,
		    "server asks for an account; give it by the setting "
		    "account" },
		{ { { "PASS", "331 Code?" } }, "!password", ERR_LOGIN,
		    "server asks for more than the password, which only the "
		    "interactive shell can answer: 331 Code?" },
		{ { { "PROT", "536 Never" } }, "!prot", ERR_TLS, "server "
		    "refuses PROT P, the protection of data: 536 Never" },
		{ { { "TYPE", "504 Never" } }, "!options", ERR_REFUSED,
		    "server refuses binary transfers: 504 Never" },
	};
	struct err err;
	struct seen seen;
	struct peer sv;
	const char *last;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sv = (struct peer){ .tls = TLS_EXPLICIT,
		    .odd = rows[i].odd };
		err = (struct err)ERR_INIT;
		assert_int_equal(watch(&sv, "explicit", LOGIN_STEPS, &seen,
		    &err), -1);
		last = strrchr(seen.text, ' ') + 1;
		if (strcmp(last, rows[i].last) != 0 ||
		    err.kind != rows[i].kind ||
		    strcmp(err.msg, rows[i].msg) != 0)
			fail_msg("%s: %s", seen.text, err.msg);
		assert_string_equal(seen.err.msg, err.msg);
	}
}

/* The server hangs up, where commands leave together and where alone. */
static void
test_hung_up(void **state)
{
	static const struct {
		struct odd odd[3];
		const char *last, *msg;
	} rows[] = {
		{ { { "", NULL } }, "!greeting", " (no greeting); if this "
		    "port is for implicit TLS, use ftps://" },
		{ { { "AUTH", NULL } }, "!auth", " at AUTH TLS; a firewall "
		    "that reads along, or a server without TLS, does so; "
		    "ftps:// may work" },
		{ { { "USER", NULL } }, "!user", "" },
		{ { { "PASS", NULL } }, "!password", "" },
		{ { { "PASS", "332 And?" }, { "ACCT", NULL } }, "!password",
		    "" },
		{ { { "PBSZ", NULL } }, "!pbsz", "" },
		{ { { "PROT", NULL } }, "!prot", "" },
		{ { { "FEAT", NULL } }, "!features", "" },
		{ { { "TYPE", NULL } }, "!options", "" },
		{ { { "PWD", NULL } }, "!directory", "" },
	};
	struct err err;
	struct seen seen;
	struct peer sv;
	const char *last;
	size_t i;
	int alone;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (alone = 0; alone < 2; alone++) {
			sv = (struct peer){ .tls = TLS_EXPLICIT,
			    .odd = rows[i].odd, .alone = alone,
			    .account = "a" };
			err = (struct err)ERR_INIT;
			assert_int_equal(watch(&sv, "explicit", LOGIN_STEPS,
			    &seen, &err), -1);
			last = strrchr(seen.text, ' ') + 1;
			if (strcmp(last, rows[i].last) != 0 ||
			    err.kind != ERR_NETWORK ||
			    strstr(err.msg, rows[i].msg) == NULL)
				fail_msg("%s: %s", seen.text, err.msg);
		}
}

static int
know_no_user(void *ctx, const struct site *site, struct err *err)
{
	(void)ctx;
	(void)site;
	return err_set(err, ERR_USAGE, "nobody says who");
}

/* Whom we are to log in as nobody says. */
static void
test_no_user(void **state)
{
	const struct login_ask ask = { .user = know_no_user };
	struct login_request rq = { .number = 1, .until = LOGIN_STEPS,
	    .server = server_new(), .ask = &ask };
	struct peer sv = { .tls = TLS_OFF };
	struct err err = ERR_INIT;
	struct conn *c = NULL;
	struct site site;

	(void)state;
	site_init(&site, peer_start(&sv), "off");
	free(site.set.user);
	site.set.user = NULL;
	rq.site = &site;
	assert_int_equal(login_open(&rq, &c, &err), -1);
	assert_string_equal(err.msg, "nobody says who");
	assert_null(c);
	peer_stop(&sv);
	assert_string_equal(sv.heard, "");
	site_release(&site);
	server_free(rq.server);
}

/* Nothing is there, or not by that name. */
static void
test_not_there(void **state)
{
	struct seen seen = { .text = "" };
	const struct login_watch w = { .ctx = &seen, .begins = note_begin,
	    .ends = note_end };
	struct login_request rq = { .number = 1, .until = LOGIN_STEPS,
	    .server = server_new(), .watch = &w };
	struct err err = ERR_INIT;
	struct peer sv = { .tls = TLS_OFF };
	struct site site;
	struct conn *c;

	(void)state;
	site_init(&site, peer_start(&sv), "off");
	peer_stop(&sv);
	rq.site = &site;
	assert_int_equal(login_open(&rq, &c, &err), -1);
	assert_string_equal(seen.text,
	    "+resolve -resolve +connect !connect");
	assert_int_equal(err.kind, ERR_NETWORK);

	seen.text[0] = '\0';
	assert_int_equal(option_set(&site.set, "host", "a..invalid", &err),
	    0);
	assert_int_equal(login_open(&rq, &c, &err), -1);
	assert_string_equal(seen.text, "+resolve !resolve");
	site_release(&site);
	server_free(rq.server);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alpn),
		cmocka_unit_test(test_no_retry),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_steps_implicit),
		cmocka_unit_test(test_steps_alone),
		cmocka_unit_test(test_no_password),
		cmocka_unit_test(test_account),
		cmocka_unit_test(test_steps_again),
		cmocka_unit_test(test_doubt),
		cmocka_unit_test(test_until),
		cmocka_unit_test(test_until_implicit),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_hung_up),
		cmocka_unit_test(test_no_user),
		cmocka_unit_test(test_not_there),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
