/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/server.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"

/* What is believed of a server of which nothing is known. */
static const struct {
	const char *name;
	bool has;
	bool hint;		/* what came in the clear is good enough */
} traits[TRAITS] = {
	[TRAIT_FLIGHTS] = { "several commands at once", true, false },
	[TRAIT_ALPN] = { "ALPN", true, false },
	/* ftp-srv takes what comes at once for a command. */
	[TRAIT_HELLO] = { "handshake right behind 234", true, false },
	[TRAIT_EPSV] = { "EPSV", true, false },
	[TRAIT_PASV] = { "PASV", true, false },
	[TRAIT_PORTS] = { "passive ports", true, false },
	[TRAIT_IPV6] = { "passive ports over IPv6", true, false },
	/* An answer under TLS, which is looked at. */
	[TRAIT_EPSV_AT_LOGIN] = { "EPSV at login", false, true },
	[TRAIT_EPSV_AHEAD] = { "EPSV ahead of a 226", false, false },
	[TRAIT_EPSV_DURING] = { "EPSV during a transfer", false, false },
	[TRAIT_EARLY_END] = { "early close_notify", false, false },
	[TRAIT_STOP] = { "breaking downloads off", false, false },
	[TRAIT_PRELIMINARY] = { "150 before a transfer", true, false },
	[TRAIT_REST] = { "REST", true, false },
	[TRAIT_REST_STOR] = { "REST before STOR", true, false },
	[TRAIT_SIZE] = { "SIZE", true, false },
	[TRAIT_SLASHES] = { "paths in commands", true, false },
	[TRAIT_MLSD] = { "MLSD", false, false },
	[TRAIT_MLST] = { "MLST", false, false },
	[TRAIT_LIST_A] = { "LIST -a", true, false },
	[TRAIT_STAT] = { "STAT", true, false },
	[TRAIT_STAT_IS_WHOLE] = { "STAT for listings", false, false },
	[TRAIT_STAT_LEAVES_OUT] = { "STAT for rough listings", false, false },
	[TRAIT_NLST_BELOW] = { "NLST -aR", true, false },
	[TRAIT_MLSD_NO_LINKS] = { "MLSD without links", false, false },
	[TRAIT_MLSD_RESOLVES] = { "MLSD with wrong targets", false, false },
	[TRAIT_RENAMES_ONTO] = { "RNTO onto a name that exists", true,
	    false },
	[TRAIT_CHMOD] = { "SITE CHMOD", true, false },
	[TRAIT_SYMLINK] = { "SITE SYMLINK", true, false },
	[TRAIT_MFMT] = { "MFMT", false, false },
	[TRAIT_MFF] = { "MFF", false, false },
	[TRAIT_UTIME] = { "SITE UTIME", true, false },
	[TRAIT_UTIME_FIRST] = { "SITE UTIME, time first", true, false },
	[TRAIT_MDTM_SETS] = { "MDTM for setting times", true, false },
	[TRAIT_FOLDS_CASE] = { "names in any case", false, false },
	[TRAIT_TELLS_CASE] = { "names that differ in case", false, false },
};

enum { VSFTPD, PROFTPD, PYFTPDLIB, PUREFTPD, FILEZILLA, FAMILIES };

/* vsftpd cannot leave versions out, but ciphers that old ones need. */
static const char good_ciphers[] =
    "ssl_ciphers=ECDHE+AESGCM:ECDHE+CHACHA20";

static const struct {
	const char *name;	/* in greetings, in any case */
	const char *where;	/* its directives belong */
	const char *directive[WISHES];
} families[FAMILIES] = {
	[VSFTPD] = { "vsFTPd", "vsftpd.conf", {
		[WISH_TLS] = "ssl_enable=YES",
		[WISH_VERSIONS] = good_ciphers,
		[WISH_CIPHERS] = good_ciphers,
		[WISH_CERTIFICATE] = "rsa_cert_file=FILE",
		[WISH_PROT] = "ssl_enable=YES",
		[WISH_ANY_SESSION] = "require_ssl_reuse=NO",
		[WISH_PORTS] = "pasv_min_port=50000\npasv_max_port=50100",
		[WISH_ADDRESS] = "pasv_address=ADDRESS",
		[WISH_UTF8] = "utf8_filesystem=YES",
		[WISH_UTC] = "use_localtime=NO",
		[WISH_CONNECTIONS] = "max_per_ip=8",
	} },
	[PROFTPD] = { "ProFTPD", "proftpd.conf", {
		[WISH_TLS] = "TLSEngine on",
		[WISH_VERSIONS] = "TLSProtocol TLSv1.2 TLSv1.3",
		[WISH_CIPHERS] = "TLSCipherSuite "
		    "ECDHE+AESGCM:ECDHE+CHACHA20",
		[WISH_CERTIFICATE] = "TLSRSACertificateFile FILE",
		[WISH_PROT] = "TLSRequired on",
		[WISH_ANY_SESSION] = "TLSOptions NoSessionReuseRequired",
		[WISH_PORTS] = "PassivePorts 50000 50100",
		[WISH_ADDRESS] = "MasqueradeAddress ADDRESS",
		[WISH_UTF8] = "UseEncoding on",
		[WISH_UTC] = "TimesGMT on",
		[WISH_CONNECTIONS] = "MaxClientsPerHost 8",
	} },
	[PYFTPDLIB] = { "pyftpdlib", "its Python", {
		[WISH_TLS] = "from pyftpdlib.handlers import TLS_FTPHandler\n"
		    "handler = TLS_FTPHandler\nhandler.certfile = 'FILE'",
		[WISH_VERSIONS] = "from OpenSSL import SSL\n"
		    "handler.ssl_options |= SSL.OP_NO_TLSv1 | "
		    "SSL.OP_NO_TLSv1_1",
		[WISH_CIPHERS] = "handler.get_ssl_context().set_cipher_list("
		    "b'ECDHE+AESGCM')",
		[WISH_CERTIFICATE] = "handler.certfile = 'FILE'",
		[WISH_PROT] = "handler.tls_data_required = True",
		[WISH_PORTS] = "handler.passive_ports = range(50000, 50101)",
		[WISH_ADDRESS] = "handler.masquerade_address = 'ADDRESS'",
		[WISH_UTC] = "handler.use_gmt_times = True",
		[WISH_CONNECTIONS] = "server.max_cons_per_ip = 8",
	} },
	[PUREFTPD] = { "Pure-FTPd", "pure-ftpd.conf", {
		[WISH_TLS] = "TLS 2",
		[WISH_VERSIONS] = "TLSCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20",
		[WISH_CIPHERS] = "TLSCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20",
		[WISH_CERTIFICATE] = "CertFile FILE",
		[WISH_PROT] = "TLS 2",
		[WISH_PORTS] = "PassivePortRange 50000 50100",
		[WISH_ADDRESS] = "ForcePassiveIP ADDRESS",
		[WISH_CONNECTIONS] = "MaxClientsPerIP 8",
	} },
	[FILEZILLA] = { "FileZilla Server", "its settings", {
		[WISH_VERSIONS] = "Protocol settings: minimum TLS version 1.2",
		[WISH_CERTIFICATE] = "FTP and FTP over TLS: certificate",
		[WISH_PORTS] = "Passive mode: custom port range 50000-50100",
		[WISH_ADDRESS] = "Passive mode: public IP ADDRESS",
	} },
};

/*
 * What families say and no others do, whatever administrators change: where
 * two are given it is both.
 */
static const struct mark {
	int family;
	const char *features;	/* somewhere in FEAT */
	const char *not_in;	/* and this is not */
	const char *type;
} marks[] = {
	/* mod_facts.c; mod_site_misc.c.  TYPE speaks many languages. */
	{ PROFTPD, "\n MFF modify;UNIX.group;UNIX.mode;\n", NULL, NULL },
	{ PROFTPD, "\n SITE MKDIR\n SITE RMDIR\n SITE SYMLINK\n "
	    "SITE UTIME\n", NULL, NULL },
	/* features.c; postlogin.c */
	{ VSFTPD, "\n REST STREAM\n SIZE\n TVFS\n", "\n MLST",
	    "Switching to Binary mode." },
	/* handlers.py */
	{ PYFTPDLIB, "Features supported:\n", NULL, "Type set to: Binary." },
	/* ftpd.c */
	{ PUREFTPD, "\n TVFS\n ESTA\n PASV\n EPSV\n ESTP", NULL, NULL },
};

/*
 * How families differ from that.  Seen with vsftpd 3.0.3, ProFTPD 1.3.8 and
 * pyftpdlib 1.5.7, if nothing else is said.
 */
static const struct {
	int family;
	enum trait trait;
	bool has;
} known[] = {
	/* It reads commands behind a transfer, whenever they came. */
	{ VSFTPD, TRAIT_EPSV_AHEAD, true },
	{ VSFTPD, TRAIT_EPSV_DURING, true },
	/* It waits for our close_notify before it says 226. */
	{ VSFTPD, TRAIT_EARLY_END, true },
	{ VSFTPD, TRAIT_STOP, true },
	/* ls.c writes both. */
	{ VSFTPD, TRAIT_STAT_IS_WHOLE, true },
	/* It takes MDTM with a time, and knows no other means. */
	{ VSFTPD, TRAIT_UTIME, false },
	{ VSFTPD, TRAIT_UTIME_FIRST, false },
	{ VSFTPD, TRAIT_MDTM_SETS, true },

	{ PROFTPD, TRAIT_EPSV_AT_LOGIN, true },
	/*
	 * "450 data transfer in progress", but that ends with the last byte.
	 * (Others say 226 before we could ask.)
	 */
	{ PROFTPD, TRAIT_EPSV_AHEAD, true },
	{ PROFTPD, TRAIT_STOP, true },
	/* mod_ls: ListOptions maxfiles, maxdirs; links to "." and "..". */
	{ PROFTPD, TRAIT_STAT_LEAVES_OUT, true },
	/*
	 * mod_facts tells where a link leads, from the current directory and
	 * not from the link's, and leaves out those that lead nowhere.
	 */
	{ PROFTPD, TRAIT_MLSD_NO_LINKS, true },
	{ PROFTPD, TRAIT_MLSD_RESOLVES, true },

	{ PYFTPDLIB, TRAIT_STOP, true },
	{ PYFTPDLIB, TRAIT_MLSD_NO_LINKS, true },
};

struct fact {
	bool known, has;
	enum proof proof;
};

/* How commands of one verb fared behind unanswered ones. */
struct flight {
	char verb[VERB_MAX];
	bool worked;
	int failed;		/* since then */
};

/* More verbs than are ever sent so; of further ones nothing is known. */
enum { FLIGHTS = 48 };

struct server {
	pthread_mutex_t lock;
	struct fact fact[TRAITS];
	int family;		/* or FAMILIES */
	enum proof proof;	/* of the family */
	struct flight flight[FLIGHTS];
	int refusals;		/* of our password, since a good login */
	bool doubted;		/* a flight of the login went wrong, */
	char doubt[REPLY_SAY_MAX];	/* because */
	int others;		/* owners beside the first */
	int connections;	/* there are now */
};

struct server *
server_new(void)
{
	struct server *s = xcalloc(1, sizeof(*s));

	pthread_mutex_init(&s->lock, NULL);
	s->family = FAMILIES;
	return s;
}

struct server *
server_hold(struct server *s)
{
	pthread_mutex_lock(&s->lock);
	s->others++;
	pthread_mutex_unlock(&s->lock);
	return s;
}

void
server_count(struct server *s, int change)
{
	pthread_mutex_lock(&s->lock);
	s->connections += change;
	pthread_mutex_unlock(&s->lock);
}

int
server_connections(struct server *s)
{
	int n;

	pthread_mutex_lock(&s->lock);
	n = s->connections;
	pthread_mutex_unlock(&s->lock);
	return n;
}

void
server_free(struct server *s)
{
	bool held;

	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	held = s->others-- > 0;
	pthread_mutex_unlock(&s->lock);
	if (held)
		return;
	assert(s->connections == 0);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* All below: the lock is held. */

static bool
counts(const struct fact *f, enum trait t)
{
	return f->known &&
	    (f->proof > PROOF_HINT_IN_CLEAR || traits[t].hint);
}

static bool
has(const struct server *s, enum trait t)
{
	return counts(&s->fact[t], t) ? s->fact[t].has : traits[t].has;
}

static void
set_trait(struct server *s, enum trait t, bool value, enum proof proof)
{
	struct fact *f = &s->fact[t];

	if (!f->known || proof >= f->proof)
		*f = (struct fact){ true, value, proof };
}

/* What the family before had told goes, what was seen stays. */
static void
change_family(struct server *s, int family, enum proof proof)
{
	size_t i;

	s->family = family;
	s->proof = proof;
	for (i = 0; i < TRAITS; i++)
		if (s->fact[i].proof < PROOF_SEEN)
			s->fact[i].known = false;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].family == family)
			set_trait(s, known[i].trait, known[i].has, proof);
}

/* From here on: without the lock. */

static void
set_family(struct server *s, int family, enum proof proof)
{
	bool news;

	pthread_mutex_lock(&s->lock);
	news = proof >= s->proof &&
	    (family != s->family || proof != s->proof);
	if (news)
		change_family(s, family, proof);
	pthread_mutex_unlock(&s->lock);
	if (news && proof > PROOF_HINT_IN_CLEAR && family != FAMILIES)
		log_line(LOG_DIALOGUE, "server: %s", families[family].name);
}

static int
family_of_greeting(const char *greeting)
{
	int i;

	for (i = 0; i < FAMILIES; i++)
		if (strcasestr(greeting, families[i].name) != NULL)
			break;
	return i;
}

static int
family_of_words(const struct server_words *w)
{
	const struct mark *m;

	for (m = marks; m < marks + sizeof(marks) / sizeof(marks[0]); m++) {
		if (w->features == NULL ||
		    strstr(w->features, m->features) == NULL ||
		    (m->not_in != NULL &&
		    strstr(w->features, m->not_in) != NULL))
			continue;
		if (m->type == NULL ||
		    (w->type != NULL && strcmp(w->type, m->type) == 0))
			return m->family;
	}
	return FAMILIES;
}

void
server_greeted(struct server *s, const char *greeting, enum proof proof)
{
	set_family(s, family_of_greeting(greeting), proof);
}

void
server_told(struct server *s, const struct server_words *w)
{
	int family = family_of_words(w);

	if (family == FAMILIES && w->greeting != NULL)
		family = family_of_greeting(w->greeting);
	set_family(s, family, PROOF_TOLD_UNDER_TLS);
}

bool
server_has(const struct server *s, enum trait t)
{
	struct server *locked = (struct server *)s;
	bool value;

	pthread_mutex_lock(&locked->lock);
	value = has(s, t);
	pthread_mutex_unlock(&locked->lock);
	return value;
}

const char *
server_directive(const struct server *s, enum server_wish wish,
    const char **where)
{
	struct server *locked = (struct server *)s;
	int family;

	pthread_mutex_lock(&locked->lock);
	family = s->family;
	pthread_mutex_unlock(&locked->lock);
	if (family == FAMILIES)
		return NULL;
	*where = families[family].where;
	return families[family].directive[wish];
}

bool
server_shown(const struct server *s, enum trait t, enum proof proof)
{
	struct server *locked = (struct server *)s;
	bool value;

	pthread_mutex_lock(&locked->lock);
	value = has(s, t) && s->fact[t].known && s->fact[t].proof >= proof;
	pthread_mutex_unlock(&locked->lock);
	return value;
}

void
server_learn(struct server *s, enum trait t, bool value, enum proof proof,
    const char *why)
{
	bool before, after;

	pthread_mutex_lock(&s->lock);
	before = has(s, t);
	set_trait(s, t, value, proof);
	after = has(s, t);
	pthread_mutex_unlock(&s->lock);
	if (before != after && proof == PROOF_SEEN)
		log_line(LOG_DIALOGUE, "server: %s%s%s%s",
		    after ? "" : "no ", traits[t].name,
		    why != NULL ? ": " : "", why != NULL ? why : "");
}

/* The lock is held. NULL: there is no room for another. */
static struct flight *
find_flight(struct server *s, const char *verb)
{
	struct flight *f;

	for (f = s->flight; f < s->flight + FLIGHTS; f++) {
		if (*f->verb == '\0')
			strlcpy(f->verb, verb, sizeof(f->verb));
		if (strcmp(f->verb, verb) == 0)
			return f;
	}
	return NULL;
}

void
server_flight_worked(struct server *s, const char *verb)
{
	struct flight *f;

	pthread_mutex_lock(&s->lock);
	if ((f = find_flight(s, verb)) != NULL) {
		f->worked = true;
		f->failed = 0;
	}
	pthread_mutex_unlock(&s->lock);
}

bool
server_flew(const struct server *s, const char *verb)
{
	struct server *locked = (struct server *)s;
	struct flight *f;
	bool worked;

	pthread_mutex_lock(&locked->lock);
	f = find_flight(locked, verb);
	worked = f != NULL && f->worked;
	pthread_mutex_unlock(&locked->lock);
	return worked;
}

bool
server_flight_failed(struct server *s, enum trait t, const char *verb,
    const char *why)
{
	struct flight *f;
	char say[REPLY_SAY_MAX];
	bool enough;

	pthread_mutex_lock(&s->lock);
	f = find_flight(s, verb);
	enough = f == NULL || !f->worked || ++f->failed > 1 || !has(s, t);
	pthread_mutex_unlock(&s->lock);
	if (!enough)
		return false;
	snprintf(say, sizeof(say), "%s: %s", verb, why);
	server_learn(s, t, false, PROOF_SEEN, say);
	return true;
}

void
server_deny(struct server *s, enum trait t, const struct reply *r)
{
	char say[REPLY_SAY_MAX];

	server_learn(s, t, false, PROOF_SEEN,
	    r != NULL ? reply_say(r, say, sizeof(say)) : NULL);
}

void
server_login(struct server *s, bool good)
{
	pthread_mutex_lock(&s->lock);
	s->refusals = good ? 0 : s->refusals + 1;
	pthread_mutex_unlock(&s->lock);
}

int
server_refusals(const struct server *s)
{
	struct server *locked = (struct server *)s;
	int n;

	pthread_mutex_lock(&locked->lock);
	n = s->refusals;
	pthread_mutex_unlock(&locked->lock);
	return n;
}

void
server_doubt_login(struct server *s, const char *why)
{
	pthread_mutex_lock(&s->lock);
	s->doubted = why != NULL;
	strlcpy(s->doubt, why != NULL ? why : "", sizeof(s->doubt));
	pthread_mutex_unlock(&s->lock);
}

bool
server_doubts_login(const struct server *s, char *why, size_t size)
{
	struct server *locked = (struct server *)s;
	bool doubted;

	pthread_mutex_lock(&locked->lock);
	doubted = s->doubted;
	strlcpy(why, s->doubt, size);
	pthread_mutex_unlock(&locked->lock);
	return doubted;
}
