/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/trust.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "config/pin.h"
#include "net/cert.h"
#include "net/chain.h"
#include "net/host.h"
#include "net/known.h"
#include "net/tls_error.h"
#include "net/tls_revoke.h"

enum {
	REASON_MAX = 160,
};

struct trust {
	gnutls_certificate_credentials_t cred;
	char *name;
	struct cert_digest *pins;
	size_t npins;
	bool insecure;
	bool tofu;
	char *server, *known_file;	/* NULL: no known keys */
	char accepted[64];	/* the pin of a person's, or ""; the lock */
	struct tls_revoke *revoke;
	/* The first use of the system's store changes the credentials. */
	pthread_mutex_t lock;
	bool loaded;
	bool empty;		/* the system has no store */
};

/* A server's certificate and what is asked of it again and again. */
struct leaf {
	struct cert cert;
	bool pinned, known;	/* its key is trusted as such */
	bool unknown;		/* refused since nobody vouches for it */
};

static int
parse_pin(const char *text, struct cert_digest *pin, struct err *err)
{
	char shown[160];

	if (pin_decode(text, pin->bytes) == 0)
		return 0;
	return err_set(err, ERR_USAGE, "pin: %s: not sha256//BASE64 or 64 hex "
	    "digits", text_escape_to(shown, sizeof(shown), text));
}

static int
load_ca_file(struct trust *t, const char *file, struct err *err)
{
	char shown[512], reason[REASON_MAX];
	int n;

	text_escape_to(shown, sizeof(shown), file);
	n = gnutls_certificate_set_x509_trust_file(t->cred, file,
	    GNUTLS_X509_FMT_PEM);
	if (n == GNUTLS_E_FILE_ERROR)
		return err_sys(err, ERR_USAGE, "ca-file: %s", shown);
	if (n < 0)
		return err_set(err, ERR_USAGE, "ca-file: %s: %s", shown,
		    tls_error_reason(n, reason, sizeof(reason)));
	if (n == 0)
		return err_set(err, ERR_USAGE, "ca-file: %s: no certificate "
		    "(PEM) in it", shown);
	t->loaded = true;
	return 0;
}

static int
load_pins(struct trust *t, const struct strvec *pins, struct err *err)
{
	size_t i;

	t->npins = pins != NULL ? pins->n : 0;
	t->pins = xcalloc(t->npins + 1, sizeof(*t->pins));
	for (i = 0; i < t->npins; i++) {
		if (parse_pin(pins->v[i], &t->pins[i], err) != 0)
			return -1;
	}
	return 0;
}

/* A pin says more than what was seen first. */
static int
set_known(struct trust *t, const struct tls_options *o, struct err *err)
{
	if (t->npins > 0)
		return 0;
	t->tofu = o->trust == TRUST_TOFU;
	if (o->known_file == NULL && t->tofu)
		return err_set(err, ERR_USAGE, "trust tofu: no home directory "
		    "to keep the keys of servers in");
	if (o->known_file == NULL)
		return 0;
	t->server = known_server(o->host, o->port, err);
	if (t->server == NULL)
		return -1;
	t->known_file = xstrdup(o->known_file);
	return 0;
}

struct trust *
trust_new(const char *name, const struct tls_options *o, struct err *err)
{
	struct trust *t = xcalloc(1, sizeof(*t));
	int rc;

	pthread_mutex_init(&t->lock, NULL);
	t->name = xstrdup(name);
	t->insecure = o->insecure;
	rc = gnutls_certificate_allocate_credentials(&t->cred);
	if (rc < 0) {
		err_set(err, ERR_TLS, "%s", gnutls_strerror(rc));
		goto fail;
	}
	if (load_pins(t, o->pins, err) != 0 || set_known(t, o, err) != 0)
		goto fail;
	if (o->ca_file != NULL && load_ca_file(t, o->ca_file, err) != 0)
		goto fail;
	t->revoke = tls_revoke_new(o->crl_file, o->ocsp, t->cred, err);
	if (t->revoke == NULL)
		goto fail;
	return t;
fail:
	trust_free(t);
	return NULL;
}

void
trust_free(struct trust *t)
{
	if (t == NULL)
		return;
	if (t->cred != NULL)
		gnutls_certificate_free_credentials(t->cred);
	tls_revoke_free(t->revoke);
	pthread_mutex_destroy(&t->lock);
	free(t->server);
	free(t->known_file);
	free(t->pins);
	free(t->name);
	free(t);
}

gnutls_certificate_credentials_t
trust_credentials(const struct trust *t)
{
	return t->cred;
}

static bool
has_pin(const struct trust *t, const struct cert_digest *d)
{
	size_t i;

	for (i = 0; i != t->npins; i++) {
		if (memcmp(&t->pins[i], d, sizeof(*d)) == 0)
			return true;
	}
	return false;
}

static int
check_pin(const struct trust *t, struct leaf *leaf, struct err *err)
{
	leaf->pinned = has_pin(t, &leaf->cert.key);
	if (t->npins == 0 || leaf->pinned)
		return 0;
	if (has_pin(t, &leaf->cert.whole))
		return err_set(err, ERR_TRUST, "the pin given is the "
		    "certificate's fingerprint; the pin of its key is %s",
		    leaf->cert.info.pin);
	return err_set(err, ERR_TRUST, "server's key is not the pinned one: "
	    "it has pin %s; if its admin says that it got a new key, change "
	    "the pin, else somebody may be in between", leaf->cert.info.pin);
}

static int
check_known(const struct trust *t, struct leaf *leaf, struct err *err)
{
	bool is_new;

	if (!t->tofu)
		return 0;
	leaf->known = true;
	return known_check(t->known_file, t->server, leaf->cert.info.pin,
	    &is_new, err);
}

/*
 * Nobody vouches for it: whether its key is known all the same.  Another key
 * that is known makes it worse.  Under the lock.  0 or -1.
 */
static int
recall(const struct trust *t, struct leaf *leaf, struct err *err)
{
	const char *pin = leaf->cert.info.pin;
	bool is_new = true;

	leaf->known = *pin != '\0' && strcmp(t->accepted, pin) == 0;
	if (leaf->known)
		return 0;
	if (t->known_file != NULL &&
	    known_check(t->known_file, t->server, pin, &is_new, err) != 0)
		return -1;
	leaf->known = !is_new;
	if (is_new && *t->accepted != '\0')
		return err_set(err, ERR_TRUST, "SERVER'S KEY HAS CHANGED: it "
		    "has pin %s, accepted was %s; somebody may pose as the "
		    "server", pin, t->accepted);
	return 0;
}

int
trust_accept(struct trust *t, const struct tls_cert_info *info, bool keep,
    struct err *err)
{
	bool added;

	pthread_mutex_lock(&t->lock);
	strlcpy(t->accepted, info->pin, sizeof(t->accepted));
	pthread_mutex_unlock(&t->lock);
	if (!keep)
		return 0;
	if (t->known_file == NULL)
		return err_set(err, ERR_LOCAL, "no home directory to keep the "
		    "keys of servers in");
	return known_add(t->known_file, t->server, info->pin, &added, err);
}

int
trust_learn(struct trust *t, const struct tls_cert_info *info, bool *added,
    struct err *err)
{
	bool is_new;

	*added = false;
	if (!t->tofu || t->insecure)
		return 0;
	if (known_check(t->known_file, t->server, info->pin, &is_new,
	    err) != 0)
		return -1;
	if (!is_new)
		return 0;
	return known_add(t->known_file, t->server, info->pin, added, err);
}

/* GnuTLS looks no further once the issuer is unknown. */
static int
check_key(const struct leaf *leaf, struct err *err)
{
	unsigned bits;
	int algo;

	algo = gnutls_x509_crt_get_pk_algorithm(leaf->cert.crt, &bits);
	if (algo > 0 && gnutls_pk_bits_to_sec_param(algo, bits) >=
	    GNUTLS_SEC_PARAM_MEDIUM)
		return 0;
	return err_set(err, ERR_TRUST, "certificate's key is too weak (%u-bit "
	    "%s); the server needs a new one", bits, algo > 0 ?
	    gnutls_pk_get_name(algo) : "unknown");
}

/* Whether the certificate would do for the setting tls-server-name. */
static bool
serves(const struct leaf *leaf, const char *name)
{
	/* It goes into lines that people copy to a shell. */
	static const char harmless[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:";
	struct err ignored = ERR_INIT;
	char *certified = host_certified(name, &ignored);
	bool good;

	good = certified != NULL && strcmp(certified, name) == 0 &&
	    name[strspn(name, harmless)] == '\0' &&
	    gnutls_x509_crt_check_hostname2(leaf->cert.crt, name, 0) != 0;
	free(certified);
	return good;
}

/* A name that the setting tls-server-name could have; false if none. */
static bool
usable_name(const struct leaf *leaf, char *out, size_t size)
{
	unsigned i;
	int type = 0;

	for (i = 0; type != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE; i++) {
		if (cert_alt_name(&leaf->cert, i, out, size, &type) &&
		    serves(leaf, out))
			return true;
	}
	return gnutls_x509_crt_get_dn_by_oid(leaf->cert.crt,
	    GNUTLS_OID_X520_COMMON_NAME, 0, 0, out, &size) == 0 &&
	    serves(leaf, out);
}

/* Nobody needs to vouch for it. */
static bool
trusted_key(const struct leaf *leaf)
{
	return leaf->pinned || leaf->known;
}

static int
check_name(const struct trust *t, const struct leaf *leaf, struct err *err)
{
	struct buf names = BUF_INIT(600);
	char usable[256];

	if (leaf->known || (leaf->pinned && leaf->cert.self_signed))
		return 0;
	if (gnutls_x509_crt_check_hostname2(leaf->cert.crt, t->name, 0) != 0)
		return 0;
	cert_add_names(&leaf->cert, &names);
	err_set(err, ERR_TRUST, "certificate is for %s, not for %s",
	    names.data, t->name);
	buf_release(&names);
	if (usable_name(leaf, usable, sizeof(usable))) {
		err_append(err, "; if it is the right server, use "
		    "-o tls-server-name=%s", usable);
		return err_advise(err, "tls-server-name %s", usable);
	}
	if (!leaf->cert.self_signed)
		return -1;
	err_append(err, "; if it is the right server, use --pin %s",
	    leaf->cert.info.pin);
	return err_advise(err, "pin %s", leaf->cert.info.pin);
}

static int
unknown_issuer(const struct trust *t, const struct leaf *leaf,
    struct err *err)
{
	if (leaf->cert.self_signed)
		err_set(err, ERR_TRUST, "certificate is self-signed");
	else
		err_set(err, ERR_TRUST, "certificate is issued by an unknown "
		    "authority, \"%s\"", leaf->cert.info.issuer);
	if (t->empty)
		err_append(err, "; this system has no trusted certificates");
	err_append(err, "; if it is the right one, use --cacert FILE, "
	    "--pin %s, or -o trust=tofu to keep what is seen first",
	    leaf->cert.info.pin);
	return err_advise(err, "pin %s", leaf->cert.info.pin);
}

static int
bad_status(unsigned status, struct err *err)
{
	static const char start[] = "The certificate is NOT trusted. ";
	gnutls_datum_t out = { .data = NULL };
	char shown[512];
	char *text;

	if (gnutls_certificate_verification_status_print(status,
	    GNUTLS_CRT_X509, &out, 0) < 0)
		return err_set(err, ERR_TRUST, "certificate is not trusted");
	text = (char *)out.data;
	if (strncmp(text, start, sizeof(start) - 1) == 0)
		text += sizeof(start) - 1;
	text[strcspn(text, "\n")] = '\0';
	while (*text != '\0' && (text[strlen(text) - 1] == ' ' ||
	    text[strlen(text) - 1] == '.'))
		text[strlen(text) - 1] = '\0';
	/* GnuTLS has no words for GNUTLS_CERT_INVALID alone. */
	err_set(err, ERR_TRUST, "certificate is not trusted: %s",
	    *text == '\0' ? "it, or one that it rests on, has a signature "
	    "that cannot be verified" :
	    text_escape_to(shown, sizeof(shown), text));
	gnutls_free(out.data);
	return -1;
}

/* What GnuTLS says of the chain, time and OCSP answer, but the name. */
static int
verify_chain(struct trust *t, const struct leaf *leaf,
    gnutls_session_t session, unsigned *status)
{
	gnutls_typed_vdata_st purpose = { .type = GNUTLS_DT_KEY_PURPOSE_OID,
	    .data = (unsigned char *)GNUTLS_KP_TLS_WWW_SERVER };

	if (!t->loaded && !(trusted_key(leaf) && leaf->cert.self_signed)) {
		t->empty =
		    gnutls_certificate_set_x509_system_trust(t->cred) <= 0;
		t->loaded = true;
	}
	return gnutls_certificate_verify_peers(session, &purpose, 1, status);
}

/* What it may say where the one thing wrong is that nobody vouches. */
static const unsigned unvouched = GNUTLS_CERT_INVALID |
    GNUTLS_CERT_SIGNER_NOT_FOUND;

/*
 * What GnuTLS may say of the chain of a key that is trusted as such, since it
 * is replaced by what is proved otherwise: the key by itself, its time and
 * strength by check_leaf(), what its certificate is for by check_use().  An
 * OCSP answer can't be verified where nobody knows the issuer.
 */
static unsigned
replaced(const struct leaf *leaf, unsigned status)
{
	if (!trusted_key(leaf) || (!leaf->cert.self_signed &&
	    (status & GNUTLS_CERT_SIGNER_NOT_FOUND) == 0))
		return 0;
	return GNUTLS_CERT_INVALID | GNUTLS_CERT_SIGNER_NOT_FOUND |
	    GNUTLS_CERT_INSECURE_ALGORITHM | GNUTLS_CERT_PURPOSE_MISMATCH |
	    GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED |
	    GNUTLS_CERT_INVALID_OCSP_STATUS;
}

/*
 * Of one that nobody known vouches for.  A key's owner who signs his own
 * certificate can as well sign another one: it proves nothing beside the key.
 */
static int
check_use(const struct leaf *leaf, struct err *err)
{
	int algo;

	if (leaf->cert.self_signed)
		return 0;
	algo = gnutls_x509_crt_get_signature_algorithm(leaf->cert.crt);
	if (algo == GNUTLS_SIGN_UNKNOWN || gnutls_sign_is_secure2(algo,
	    GNUTLS_SIGN_FLAG_SECURE_FOR_CERTS) == 0)
		return err_set(err, ERR_TRUST, "certificate is signed by a "
		    "broken or unknown algorithm (%s)",
		    algo == GNUTLS_SIGN_UNKNOWN ? "unknown" :
		    gnutls_sign_get_name(algo));
	return chain_check_purpose(leaf->cert.crt, err);
}

/* Under the lock, since another thread may be loading the system's store. */
static int
check_status(struct trust *t, struct leaf *leaf,
    gnutls_session_t session, struct err *err)
{
	char reason[REASON_MAX];
	unsigned status;
	int rc;

	/*
	 * GnuTLS sets GNUTLS_CERT_INVALID beside any other bit, but also
	 * alone, where it gave up: a signature by an algorithm that it does
	 * not know, an error inside.  So nothing but 0 is good.
	 */
	rc = verify_chain(t, leaf, session, &status);
	if (rc < 0)
		return err_set(err, ERR_TRUST, "certificate is not trusted: "
		    "one of those shown with it cannot be read: %s",
		    tls_error_reason(rc, reason, sizeof(reason)));
	if (status == 0)
		return 0;
	if ((status & GNUTLS_CERT_SIGNER_NOT_FOUND) != 0 &&
	    !trusted_key(leaf) && recall(t, leaf, err) != 0)
		return -1;
	if ((status & ~replaced(leaf, status)) == 0)
		return check_use(leaf, err);
	if ((status & GNUTLS_CERT_SIGNER_NOT_FOUND) != 0 &&
	    !trusted_key(leaf)) {
		leaf->unknown = (status & ~unvouched) == 0;
		return unknown_issuer(t, leaf, err);
	}
	return bad_status(status & ~replaced(leaf, status), err);
}

static int
check_chain(const struct trust *t, const struct leaf *leaf,
    gnutls_session_t session, struct err *err)
{
	struct chain chain;
	int rc;

	rc = chain_init(&chain, session, t->cred, err);
	if (rc == 0 && !trusted_key(leaf))
		rc = chain.anchored ? chain_check(&chain, err) :
		    err_set(err, ERR_TRUST, "certificate is not trusted: no "
		    "unbroken row of signatures leads to a known authority");
	if (rc == 0)
		rc = tls_revoke_check(t->revoke, session, &chain, err);
	chain_release(&chain);
	return rc;
}

static int
check_leaf(struct trust *t, struct leaf *leaf, gnutls_session_t session,
    struct err *err)
{
	int rc;

	if (check_pin(t, leaf, err) != 0 || check_known(t, leaf, err) != 0)
		return -1;
	if (cert_check_time(&leaf->cert.info, err) != 0 ||
	    check_key(leaf, err) != 0)
		return -1;
	pthread_mutex_lock(&t->lock);
	rc = check_status(t, leaf, session, err);
	if (rc == 0)
		rc = check_chain(t, leaf, session, err);
	pthread_mutex_unlock(&t->lock);
	return rc == 0 ? check_name(t, leaf, err) : -1;
}

int
trust_check(struct trust *t, gnutls_session_t session,
    struct trust_seen *seen, struct err *err)
{
	const gnutls_datum_t *chain;
	struct leaf leaf = { .pinned = false, .known = false };
	unsigned n;
	int rc;

	chain = gnutls_certificate_get_peers(session, &n);
	if (chain == NULL || cert_init(&leaf.cert, &chain[0]) != 0)
		return err_set(err, ERR_TRUST,
		    "server shows no readable certificate");
	rc = t->insecure ? 0 : check_leaf(t, &leaf, session, err);
	seen->unknown = rc != 0 && leaf.unknown && t->npins == 0;
	seen->by_key = rc == 0 && (t->insecure || trusted_key(&leaf));
	cert_release(&leaf.cert);
	return rc;
}
