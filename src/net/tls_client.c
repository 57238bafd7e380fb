/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/tls_client.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/pkcs11.h>
#include <gnutls/pkcs12.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "config/conceal.h"
#include "config/home.h"
#include "config/secret.h"
#include "net/cert.h"

enum {
	SHOWN_MAX = 300,
	FILE_MAX = 1024 * 1024,
	CHAIN_MAX = 16,
};

struct tls_client {
	const struct tls_options *o;	/* only while it is made */
	struct secret password;
	bool on_token;			/* which may ask for it each time */
	struct err why;			/* there was no password to be had */
	bool refused;			/* the token said that it is wrong */
	bool last_try;			/* the token would lock at a mistake */
	gnutls_x509_crt_t *chain;
	unsigned nchain;
	gnutls_privkey_t key;
};

static bool
is_token(const char *name)
{
	return gnutls_url_is_supported(name) != 0;
}

static int
fetch_password(const char *from, struct secret *password,
    struct cancel *cancel, struct err *err)
{
	static const char file[] = "file:", command[] = "command:";
	bool others = false;
	char *path;
	int rc;

	if (strncmp(from, command, strlen(command)) == 0)
		return secret_from_command(from + strlen(command), password,
		    cancel, err);
	path = home_expand(from + strlen(file));
	rc = secret_from_file(path, password, &others, err);
	free(path);
	if (rc != 0 || !others)
		return rc;
	secret_release(password);
	return err_set(err, ERR_USAGE, "%s: others can read it; chmod 600 it",
	    from + strlen(file));
}

static int
ask_user(struct tls_client *c, const char *what, const char *name,
    struct err *err)
{
	char shown[SHOWN_MAX], *prompt;
	int rc;

	text_escape_to(shown, sizeof(shown), name);
	prompt = xasprintf("%s %s: ", what, shown);
	rc = c->o->ask(prompt, &c->password, err);
	free(prompt);
	return rc;
}

/* Only what is encrypted asks for it: the password, or PIN, of name. */
static int
need_password(struct tls_client *c, const char *what, const char *name,
    struct err *err)
{
	if (c->password.text != NULL)
		return 0;
	if (c->o != NULL && c->o->key_password == NULL && c->o->ask != NULL)
		return ask_user(c, what, name, err);
	if (c->o == NULL || c->o->key_password == NULL)
		return err_set(err, ERR_USAGE, "needs a password; say by the "
		    "setting key-password where it is");
	if (fetch_password(c->o->key_password, &c->password, c->o->cancel,
	    err) == 0)
		return 0;
	return err_prefix(err, "key-password");
}

static int
need_file_password(struct tls_client *c, struct err *err)
{
	return need_password(c, "Password of the key in",
	    c->o->key != NULL ? c->o->key : c->o->cert, err);
}

/*
 * For tokens, which lock after a few mistakes: a PIN that was wrong is never
 * tried again, and the last try is left to a person.
 */
static int
give_pin(void *ctx, int attempt, const char *url, const char *label,
    unsigned flags, char *pin, size_t size)
{
	struct tls_client *c = ctx;

	(void)url;
	if (attempt > 0 || (flags & GNUTLS_PIN_WRONG) != 0)
		c->refused = true;
	if ((flags & GNUTLS_PIN_FINAL_TRY) != 0)
		c->last_try = true;
	if (c->refused || c->last_try ||
	    need_password(c, "PIN of", label, &c->why) != 0)
		return -1;
	return strlcpy(pin, c->password.text, size) < size ? 0 : -1;
}

static int
token_error(const struct tls_client *c, int rc, struct err *err)
{
	if (c->refused)
		return err_set(err, ERR_USAGE, "the token refuses the PIN");
	if (c->last_try)
		return err_set(err, ERR_USAGE, "one more wrong PIN would lock "
		    "the token; not tried: log in to it by hand first");
	if (c->why.kind != ERR_NONE) {
		*err = c->why;
		return -1;
	}
	return err_set(err, ERR_USAGE, "%s", gnutls_strerror(rc));
}

static int
check_readers(int fd, struct err *err)
{
	struct stat sb;

	if (fstat(fd, &sb) == -1)
		return err_sys(err, ERR_USAGE, "cannot read it");
	if (!S_ISREG(sb.st_mode) || sb.st_size > FILE_MAX)
		return err_set(err, ERR_USAGE, "not a file with a key");
	if ((sb.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return err_set(err, ERR_USAGE, "others can read or write the "
		    "key in it; chmod 600 it");
	return 0;
}

static int
read_fd(int fd, struct buf *out, struct err *err)
{
	char piece[4096];
	ssize_t n;

	while ((n = read(fd, piece, sizeof(piece))) > 0)
		if (buf_add(out, piece, (size_t)n) != 0)
			break;
	explicit_bzero(piece, sizeof(piece));
	if (n == -1)
		return err_sys(err, ERR_USAGE, "cannot read it");
	return out->full ? err_set(err, ERR_USAGE, "too large") : 0;
}

static int
load_file(const char *file, bool secret, struct buf *out, struct err *err)
{
	int fd, rc = 0;

	fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1)
		return err_sys(err, ERR_USAGE, "cannot read it");
	if (secret)
		rc = check_readers(fd, err);
	if (rc == 0)
		rc = read_fd(fd, out, err);
	close(fd);
	return rc;
}

static gnutls_datum_t
datum(const struct buf *b)
{
	return (gnutls_datum_t){ (unsigned char *)b->data, b->len };
}

/* Armoured text, or else what PKCS#12 files are, DER. */
static bool
is_pem(const struct buf *b)
{
	return memmem(b->data, b->len, "-----BEGIN", 10) != NULL;
}

/* A certificate in DER, without the armour. */
static bool
is_bare(const struct buf *b)
{
	gnutls_datum_t der = datum(b);
	gnutls_x509_crt_t crt;
	bool good;

	if (gnutls_x509_crt_init(&crt) < 0)
		return false;
	good = gnutls_x509_crt_import(crt, &der, GNUTLS_X509_FMT_DER) >= 0;
	gnutls_x509_crt_deinit(crt);
	return good;
}

static bool
has_key(const struct buf *b)
{
	static const char sequence = 0x30;	/* what PKCS#12 begins with */

	return is_pem(b) ? memmem(b->data, b->len, "PRIVATE KEY-----", 16) !=
	    NULL : b->data[0] == sequence && !is_bare(b);
}

static int
bare_error(struct err *err)
{
	return err_set(err, ERR_USAGE, "a certificate in DER, without a key; "
	    "make it PEM (openssl x509 -inform DER) and name its key by the "
	    "setting key");
}

static int
use_key(struct tls_client *c, gnutls_x509_privkey_t key, struct err *err)
{
	int rc;

	rc = gnutls_privkey_init(&c->key);
	if (rc >= 0)
		rc = gnutls_privkey_import_x509(c->key, key,
		    GNUTLS_PRIVKEY_IMPORT_COPY);
	gnutls_x509_privkey_deinit(key);
	return rc >= 0 ? 0 : err_set(err, ERR_USAGE, "%s",
	    gnutls_strerror(rc));
}

/* All that GnuTLS says of a password that is wrong or not there. */
static bool
is_encrypted(int rc)
{
	return rc == GNUTLS_E_DECRYPTION_FAILED ||
	    rc == GNUTLS_E_MAC_VERIFY_FAILED ||
	    rc == GNUTLS_E_PKCS11_PIN_ERROR;
}

static int
key_error(int rc, struct err *err)
{
	if (is_encrypted(rc))
		return err_set(err, ERR_USAGE, "the password is wrong");
	return err_set(err, ERR_USAGE, "no key to be read in it: %s",
	    gnutls_strerror(rc));
}

static int
pem_key(struct tls_client *c, const struct buf *b, struct err *err)
{
	gnutls_datum_t pem = datum(b);
	gnutls_x509_privkey_t key;
	int rc;

	if (gnutls_x509_privkey_init(&key) < 0)
		return err_set(err, ERR_USAGE, "out of memory");
	rc = gnutls_x509_privkey_import2(key, &pem, GNUTLS_X509_FMT_PEM, NULL,
	    0);
	if (is_encrypted(rc)) {
		if (need_file_password(c, err) != 0)
			goto fail;
		rc = gnutls_x509_privkey_import2(key, &pem,
		    GNUTLS_X509_FMT_PEM, c->password.text, 0);
	}
	if (rc >= 0)
		return use_key(c, key, err);
	key_error(rc, err);
fail:
	gnutls_x509_privkey_deinit(key);
	return -1;
}

/* The chain as well, unless it is there by now. */
static int
open_bag(struct tls_client *c, gnutls_pkcs12_t p12, const char *password,
    struct err *err)
{
	gnutls_x509_privkey_t key = NULL;
	gnutls_x509_crt_t *chain = NULL;
	unsigned nchain = 0;
	int rc;

	rc = gnutls_pkcs12_simple_parse(p12, password, &key, &chain, &nchain,
	    NULL, NULL, NULL, 0);
	if (rc < 0)
		return key_error(rc, err);
	if (key == NULL || nchain == 0) {
		gnutls_x509_privkey_deinit(key);
		return err_set(err, ERR_USAGE,
		    "no key and certificate in it");
	}
	c->chain = chain;
	c->nchain = nchain;
	return use_key(c, key, err);
}

static int
load_bag(struct tls_client *c, const struct buf *b, struct err *err)
{
	gnutls_datum_t der = datum(b);
	gnutls_pkcs12_t p12;
	int rc;

	if (gnutls_pkcs12_init(&p12) < 0)
		return err_set(err, ERR_USAGE, "out of memory");
	if (gnutls_pkcs12_import(p12, &der, GNUTLS_X509_FMT_DER, 0) < 0)
		rc = err_set(err, ERR_USAGE, "neither PEM nor PKCS#12");
	else if (gnutls_pkcs12_verify_mac(p12, "") >= 0)
		rc = open_bag(c, p12, "", err);
	else if ((rc = need_file_password(c, err)) == 0)
		rc = gnutls_pkcs12_verify_mac(p12, c->password.text) >= 0 ?
		    open_bag(c, p12, c->password.text, err) :
		    err_set(err, ERR_USAGE, "the password is wrong");
	gnutls_pkcs12_deinit(p12);
	return rc;
}

static int
token_key(struct tls_client *c, const char *url, struct err *err)
{
	int rc;

	c->on_token = true;
	rc = gnutls_privkey_init(&c->key);
	if (rc >= 0) {
		gnutls_privkey_set_pin_function(c->key, give_pin, c);
		rc = gnutls_privkey_import_url(c->key, url, 0);
	}
	return rc >= 0 ? 0 : token_error(c, rc, err);
}

static int
load_key(struct tls_client *c, const char *name, struct err *err)
{
	struct buf b = BUF_INIT(FILE_MAX);
	int rc;

	if (is_token(name))
		return token_key(c, name, err);
	rc = load_file(name, false, &b, err);
	if (rc == 0 && !has_key(&b) && (is_pem(&b) ||
	    is_bare(&b)))
		rc = err_set(err, ERR_USAGE, "a certificate, not a key");
	/* Once more, now that it is known to be nobody else's business. */
	if (rc == 0) {
		buf_release_secret(&b);
		rc = load_file(name, true, &b, err);
	}
	if (rc == 0 && !is_pem(&b))
		rc = err_set(err, ERR_USAGE, "not PEM; a PKCS#12 file goes "
		    "to cert, alone, a key in DER has to be made PEM "
		    "(openssl pkey -inform DER)");
	if (rc == 0)
		rc = pem_key(c, &b, err);
	buf_release_secret(&b);
	return rc;
}

static int
token_chain(struct tls_client *c, const char *url, struct err *err)
{
	int rc;

	rc = gnutls_x509_crt_list_import_url(&c->chain, &c->nchain, url,
	    give_pin, c, 0);
	return rc >= 0 ? 0 : token_error(c, rc, err);
}

static int
pem_chain(struct tls_client *c, const struct buf *b, struct err *err)
{
	gnutls_datum_t pem = datum(b);
	int rc;

	/* give_to() sorts them; that leaves out what leads nowhere. */
	rc = gnutls_x509_crt_list_import2(&c->chain, &c->nchain, &pem,
	    GNUTLS_X509_FMT_PEM, 0);
	if (rc >= 0)
		return 0;
	return err_set(err, ERR_USAGE, "no certificate to be read in it: %s",
	    gnutls_strerror(rc));
}

/* The key too, if the file holds it and it is not said to be elsewhere. */
static int
load_chain_file(struct tls_client *c, const char *name, bool with_key,
    struct err *err)
{
	struct buf b = BUF_INIT(FILE_MAX);
	int rc;

	rc = load_file(name, false, &b, err);
	/* Once more, now that it is known to be nobody else's business. */
	if (rc == 0 && has_key(&b)) {
		buf_release_secret(&b);
		rc = load_file(name, true, &b, err);
	}
	if (rc == 0 && is_bare(&b))
		rc = bare_error(err);
	else if (rc == 0 && !is_pem(&b))
		rc = with_key ? load_bag(c, &b, err) : err_set(err, ERR_USAGE,
		    "not PEM; if it is PKCS#12, leave the setting key out");
	else if (rc == 0 && (rc = pem_chain(c, &b, err)) == 0 && with_key)
		rc = pem_key(c, &b, err);
	buf_release_secret(&b);
	return rc;
}

static int
load_chain(struct tls_client *c, const char *name, bool with_key,
    struct err *err)
{
	if (!is_token(name))
		return load_chain_file(c, name, with_key, err);
	if (token_chain(c, name, err) != 0)
		return -1;
	return with_key ? token_key(c, name, err) : 0;
}

static int
check_leaf(const struct tls_client *c, struct tls_cert_info *info,
    struct err *err)
{
	gnutls_datum_t der;
	int rc;

	if (gnutls_x509_crt_export2(c->chain[0], GNUTLS_X509_FMT_DER,
	    &der) < 0)
		return err_set(err, ERR_USAGE, "not readable");
	rc = cert_tell(&der, info);
	gnutls_free(der.data);
	if (rc != 0)
		return err_set(err, ERR_USAGE, "not readable");
	return cert_check_time(info, err);
}

/* Which certificate is the key's: from 0 on, or -1. */
static int
find_owner(const struct tls_client *c)
{
	unsigned char id[64], other[64];
	size_t size = sizeof(id), n;
	gnutls_pubkey_t pub;
	int found = -1;
	unsigned i;

	if (gnutls_pubkey_init(&pub) < 0)
		return -1;
	if (gnutls_pubkey_import_privkey(pub, c->key, 0, 0) < 0 ||
	    gnutls_pubkey_get_key_id(pub, GNUTLS_KEYID_USE_SHA256, id,
	    &size) < 0)
		size = 0;
	for (i = 0; found == -1 && i < c->nchain; i++) {
		n = sizeof(other);
		if (gnutls_x509_crt_get_key_id(c->chain[i],
		    GNUTLS_KEYID_USE_SHA256, other, &n) >= 0 && n == size &&
		    memcmp(id, other, n) == 0)
			found = (int)i;
	}
	gnutls_pubkey_deinit(pub);
	return found;
}

static int
mismatch(const struct tls_client *c, struct err *err)
{
	int owner = find_owner(c);

	if (owner <= 0)
		return err_set(err, ERR_USAGE,
		    "the key is not the certificate's");
	return err_set(err, ERR_USAGE, "the key is not the first "
	    "certificate's, but that of number %d; put that one first, its "
	    "authorities behind it", owner + 1);
}

/* On success they belong to cred. */
static int
give_to(struct tls_client *c, gnutls_certificate_credentials_t cred,
    struct err *err)
{
	gnutls_pcert_st *list = xcalloc(CHAIN_MAX, sizeof(*list));
	unsigned i, n = c->nchain;
	int rc;

	rc = n > CHAIN_MAX ? GNUTLS_E_SHORT_MEMORY_BUFFER :
	    gnutls_pcert_import_x509_list(list, c->chain, &n,
	    GNUTLS_X509_CRT_LIST_SORT);
	if (rc >= 0) {
		rc = gnutls_certificate_set_key(cred, NULL, 0, list, (int)n,
		    c->key);
		if (rc >= 0)
			c->key = NULL;
		else
			for (i = 0; i < n; i++)
				gnutls_pcert_deinit(&list[i]);
	}
	free(list);
	if (rc == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
		return mismatch(c, err);
	return rc >= 0 ? 0 : err_set(err, ERR_USAGE, "%s",
	    gnutls_strerror(rc));
}

/* Puts the setting and its value before what is wrong with it. */
static int
blame(struct err *err, const char *setting, const char *value)
{
	char shown[SHOWN_MAX], *masked = conceal_copy(value);

	text_escape_to(shown, sizeof(shown), masked);
	free(masked);
	return err_prefix(err, "%s: %s", setting, shown);
}

static int
load(struct tls_client *c, gnutls_certificate_credentials_t cred,
    struct tls_cert_info *info, struct err *err)
{
	const char *cert = c->o->cert, *key = c->o->key;

	if (cert == NULL)
		return err_set(err, ERR_USAGE,
		    "key: there is no certificate (cert) to it");
	if (load_chain(c, cert, key == NULL, err) != 0 ||
	    check_leaf(c, info, err) != 0)
		return blame(err, "cert", cert);
	if (key != NULL && load_key(c, key, err) != 0)
		return blame(err, "key", key);
	if (give_to(c, cred, err) != 0)
		return blame(err, key != NULL ? "key" : "cert",
		    key != NULL ? key : cert);
	return 0;
}

struct tls_client *
tls_client_new(const struct tls_options *o,
    gnutls_certificate_credentials_t cred, struct tls_cert_info *info,
    struct err *err)
{
	struct tls_client *c = xcalloc(1, sizeof(*c));
	int rc;

	c->o = o;
	rc = load(c, cred, info, err);
	c->o = NULL;
	if (!c->on_token)
		secret_release(&c->password);
	if (rc == 0)
		return c;
	tls_client_free(c);
	return NULL;
}

void
tls_client_free(struct tls_client *c)
{
	unsigned i;

	if (c == NULL)
		return;
	for (i = 0; i < c->nchain; i++)
		gnutls_x509_crt_deinit(c->chain[i]);
	gnutls_free(c->chain);
	if (c->key != NULL)
		gnutls_privkey_deinit(c->key);
	secret_release(&c->password);
	free(c);
}
