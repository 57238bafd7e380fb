/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Meets servers that show what they are told to, certificates that no library
 * would make included: for chains.py.  A line of standard input is a meeting,
 * words NAME=VALUE between tabs; its answer is a line of output:
 *
 *	accepted|refused  KIND  tickets-kept  MESSAGE
 *
 *	chain=FILE,...		DER, the server's first
 *	key=FILE		the server's (PEM)
 *	staple=FILE		its OCSP answer
 *	version=1.2|1.3
 *	ca=FILE, system=FILE	PEM; the second as the system's own store
 *	pin=PIN, known=FILE, crl=FILE, ocsp=auto|require|off, host=NAME
 *	priority=STRING		tls-priority
 *	data=FILE,...		the control connection is good; this chain is
 *	datakey=FILE		that of the data connection.  The verdict is
 *	resume=yes|no		then its own; with yes it is offered a ticket
 */
#include <sys/socket.h>

#include <err.h>
#include <fcntl.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/stream.h"
#include "net/tls_private.h"
#include "net/wait.h"

enum { WAIT_MS = 60000, BUFFER = 16 * 1024, CHAIN_MAX = 24 };

struct job {
	const char *chain, *key, *staple, *version;
	const char *ca, *system, *pin, *known, *crl, *ocsp, *host;
	const char *data, *datakey, *resume, *priority;
};

struct server {
	const char *version;
	gnutls_datum_t tickets;		/* the key to them; size 0: none */
	gnutls_pcert_st certs[CHAIN_MAX];
	unsigned ncerts;
	gnutls_ocsp_data_st staple;
	unsigned nstaples;
	gnutls_privkey_t key;
	int fd;
	pthread_t thread;
};

static const char *system_store;

/* Replaces GnuTLS' own, which does just this, with a file of its making. */
int
gnutls_certificate_set_x509_system_trust(gnutls_certificate_credentials_t cred)
{
	gnutls_x509_trust_list_t list;

	if (system_store == NULL)
		return 0;
	gnutls_certificate_get_trust_list(cred, &list);
	return gnutls_x509_trust_list_add_trust_file(list, system_store, NULL,
	    GNUTLS_X509_FMT_PEM, 0, 0);
}

/* The server. */

static void
load(const char *file, gnutls_datum_t *out)
{
	if (gnutls_load_file(file, out) < 0)
		err(1, "%s", file);
}

static void
server_init(struct server *sv, const struct job *job, const char *chain,
    const char *key)
{
	char *list = xstrdup(chain), *rest = list, *file;
	gnutls_datum_t pem;

	memset(sv, 0, sizeof(*sv));
	sv->version = job->version;
	load(key, &pem);
	gnutls_privkey_init(&sv->key);
	if (gnutls_privkey_import_x509_raw(sv->key, &pem, GNUTLS_X509_FMT_PEM,
	    NULL, 0) < 0)
		errx(1, "%s: no key", key);
	gnutls_free(pem.data);
	while ((file = strsep(&rest, ",")) != NULL) {
		if (sv->ncerts == CHAIN_MAX)
			errx(1, "%s: too long", chain);
		load(file, &sv->certs[sv->ncerts].cert);
		sv->certs[sv->ncerts++].type = GNUTLS_CRT_X509;
	}
	gnutls_pubkey_init(&sv->certs[0].pubkey);
	if (gnutls_pubkey_import_privkey(sv->certs[0].pubkey, sv->key, 0,
	    0) < 0)
		errx(1, "%s: no public key", key);
	if (job->staple != NULL) {
		load(job->staple, &sv->staple.response);
		sv->nstaples = 1;
	}
	free(list);
}

static void
server_release(struct server *sv)
{
	unsigned i;

	gnutls_pubkey_deinit(sv->certs[0].pubkey);
	gnutls_privkey_deinit(sv->key);
	for (i = 0; i < sv->ncerts; i++)
		gnutls_free(sv->certs[i].cert.data);
	gnutls_free(sv->staple.response.data);
}

static int
give_chain(gnutls_session_t s, const struct gnutls_cert_retr_st *info,
    gnutls_pcert_st **certs, unsigned *ncerts, gnutls_ocsp_data_st **staples,
    unsigned *nstaples, gnutls_privkey_t *key, unsigned *flags)
{
	struct server *sv = gnutls_session_get_ptr(s);

	(void)info;
	*certs = sv->certs;
	*ncerts = sv->ncerts;
	*staples = &sv->staple;
	*nstaples = sv->nstaples;
	*key = sv->key;
	*flags = 0;
	return 0;
}

static void
say_hello(gnutls_session_t s)
{
	char c[64];
	ssize_t n;

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
	char priority[128];
	gnutls_session_t s;
	int rc;

	snprintf(priority, sizeof(priority), "NORMAL:%%VERIFY_ALLOW_BROKEN:"
	    "-VERS-ALL:+VERS-TLS%s", sv->version);
	gnutls_certificate_allocate_credentials(&cred);
	gnutls_certificate_set_retrieve_function3(cred, give_chain);
	gnutls_init(&s, GNUTLS_SERVER);
	gnutls_session_set_ptr(s, sv);
	gnutls_priority_set_direct(s, priority, NULL);
	gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, cred);
	if (sv->tickets.size > 0)
		gnutls_session_ticket_enable_server(s, &sv->tickets);
	gnutls_transport_set_int(s, sv->fd);
	do {
		rc = gnutls_handshake(s);
	} while (rc < 0 && !gnutls_error_is_fatal(rc));
	if (rc == 0)
		say_hello(s);
	else
		gnutls_alert_send_appropriate(s, rc);
	gnutls_deinit(s);
	gnutls_certificate_free_credentials(cred);
	close(sv->fd);
	return NULL;
}

/* The client. */

static void
await(struct stream *s)
{
	struct err e = ERR_INIT;
	struct pollfd pfd;

	stream_pollfd(s, &pfd);
	if (net_wait(&pfd, 1, deadline_in(WAIT_MS), NULL, &e) != 1)
		errx(1, "stuck: %s", e.msg);
}

/* Handshake, then all that the server says, so its tickets as well. */
static int
talk(struct stream *s, struct err *e)
{
	char text[64];
	ssize_t n;
	int rc;

	while ((rc = stream_try_handshake(s, e)) == STREAM_AGAIN)
		await(s);
	if (rc != 0)
		return rc;
	while ((n = stream_try_read(s, text, sizeof(text), e)) != 0) {
		if (n == STREAM_AGAIN)
			await(s);
		else if (n < 0)
			return -1;
	}
	while ((rc = stream_try_finish(s, e)) == STREAM_AGAIN)
		await(s);
	return rc;
}

static int
meet(struct tls_peer *peer, enum tls_role role, struct server *sv,
    struct err *e)
{
	struct stream *s;
	int fds[2], rc;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
		err(1, "socketpair");
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	sv->fd = fds[1];
	if (pthread_create(&sv->thread, NULL, serve, sv) != 0)
		errx(1, "no thread");
	s = stream_new(fds[0], BUFFER);
	rc = stream_start_tls(s, peer, role, e);
	if (rc == 0)
		rc = talk(s, e);
	stream_free(s);
	pthread_join(sv->thread, NULL);
	return rc;
}

static struct tls_options
options(const struct job *job, struct strvec *pins)
{
	struct tls_options o = { .host = job->host, .port = 21,
	    .ca_file = job->ca, .crl_file = job->crl, .pins = pins,
	    .priority = job->priority };

	if (job->pin != NULL)
		strvec_add(pins, job->pin);
	if (job->known != NULL) {
		o.trust = TRUST_TOFU;
		o.known_file = job->known;
	}
	if (job->ocsp != NULL && strcmp(job->ocsp, "require") == 0)
		o.ocsp = OCSP_REQUIRE;
	if (job->ocsp != NULL && strcmp(job->ocsp, "off") == 0)
		o.ocsp = OCSP_OFF;
	return o;
}

/* One ticket more, or another one, was kept than before. */
static bool
kept(const struct tls_peer *peer, const gnutls_datum_t *before)
{
	return peer->ticket.size != before->size ||
	    (before->size > 0 && memcmp(peer->ticket.data, before->data,
	    before->size) != 0);
}

static int
meet_both(const struct job *job, struct tls_peer *peer, struct server *sv,
    gnutls_datum_t *before, struct err *e)
{
	struct server data;
	int rc;

	if (job->data != NULL && gnutls_session_ticket_key_generate(
	    &sv->tickets) < 0)
		errx(1, "no key");
	rc = meet(peer, TLS_CONTROL, sv, e);
	if (rc != 0 || job->data == NULL)
		return rc;
	before->size = peer->ticket.size;
	before->data = xmalloc(before->size + 1);
	memcpy(before->data, peer->ticket.data, before->size);
	server_init(&data, job, job->data, job->datakey);
	if (strcmp(job->resume, "yes") == 0)
		data.tickets = sv->tickets;
	else if (gnutls_session_ticket_key_generate(&data.tickets) < 0)
		errx(1, "no key");
	rc = meet(peer, TLS_DATA, &data, e);
	if (data.tickets.data != sv->tickets.data)
		gnutls_free(data.tickets.data);
	server_release(&data);
	return rc;
}

static void
do_job(const struct job *job)
{
	struct strvec pins = STRVEC_INIT;
	struct tls_options o = options(job, &pins);
	gnutls_datum_t before = { NULL, 0 };
	struct tls_context *ctx;
	struct tls_peer *peer;
	struct err e = ERR_INIT;
	struct server sv;
	int rc = -1;
	bool any = false;

	system_store = job->system;
	server_init(&sv, job, job->chain, job->key);
	ctx = tls_context_new(&o, &e);
	if (ctx != NULL) {
		peer = tls_peer_new(ctx);
		rc = meet_both(job, peer, &sv, &before, &e);
		any = kept(peer, &before);
		tls_peer_free(peer);
	}
	printf("%s\t%d\t%d\t%s\n", rc == 0 ? "accepted" : "refused", e.kind,
	    any, e.msg);
	fflush(stdout);
	tls_context_free(ctx);
	strvec_release(&pins);
	gnutls_free(sv.tickets.data);
	free(before.data);
	server_release(&sv);
}

static void
parse(struct job *job, char *line)
{
	const struct {
		const char *name;
		const char **value;
	} words[] = {
		{ "chain", &job->chain }, { "key", &job->key },
		{ "staple", &job->staple }, { "version", &job->version },
		{ "ca", &job->ca }, { "system", &job->system },
		{ "pin", &job->pin }, { "known", &job->known },
		{ "crl", &job->crl }, { "ocsp", &job->ocsp },
		{ "host", &job->host }, { "data", &job->data },
		{ "datakey", &job->datakey }, { "resume", &job->resume },
		{ "priority", &job->priority },
	};
	const size_t n = sizeof(words) / sizeof(words[0]);
	char *word, *value;
	size_t i;

	memset(job, 0, sizeof(*job));
	while ((word = strsep(&line, "\t")) != NULL) {
		value = strchr(word, '=');
		if (value == NULL)
			errx(1, "%s: no value", word);
		*value++ = '\0';
		for (i = 0; i < n && strcmp(word, words[i].name) != 0; i++)
			continue;
		if (i == n)
			errx(1, "%s: no such word", word);
		*words[i].value = value;
	}
}

int
main(void)
{
	char *line = NULL;
	size_t size = 0;
	struct job job;
	ssize_t n;

	signal(SIGPIPE, SIG_IGN);
	while ((n = getline(&line, &size, stdin)) > 0) {
		line[n - 1] = '\0';
		parse(&job, line);
		do_job(&job);
	}
	free(line);
	return 0;
}
