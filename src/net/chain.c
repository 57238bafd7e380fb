/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/chain.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509-ext.h>
#include <gnutls/x509.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "net/cert.h"
#include "net/der.h"

enum {
	SHOWN_MAX = 256,
	OID_MAX = 128,
	NAME_MAX_SIZE = 1024,
	EXTENSIONS_MAX = 64,
	TRIES_MAX = 64,		/* signatures that are tried */
};

static const char basic_constraints[] = "2.5.29.19";
static const char name_constraints[] = "2.5.29.30";
static const char key_usage[] = "2.5.29.15";
static const char key_purpose[] = "2.5.29.37";

/* The search for a chain. */
struct search {
	struct chain *chain;
	gnutls_x509_trust_list_t trusted;
	gnutls_x509_crt_t *shown;
	unsigned nshown, tries;
};

static bool extend(struct search *s);

/* Whether a certificate is, byte for byte, one that is trusted. */
static bool
is_anchor(struct search *s, gnutls_x509_crt_t crt)
{
	gnutls_x509_trust_list_iter_t iter = NULL;
	gnutls_x509_crt_t ca;
	gnutls_datum_t dn;
	bool found;

	if (gnutls_x509_crt_get_raw_dn(crt, &dn) < 0)
		return false;
	/* The first of that name; seldom there are more. */
	if (gnutls_x509_trust_list_get_issuer_by_dn(s->trusted, &dn, &ca,
	    GNUTLS_TL_GET_COPY) < 0) {
		gnutls_free(dn.data);
		return false;
	}
	gnutls_free(dn.data);
	found = gnutls_x509_crt_equals(ca, crt) != 0;
	gnutls_x509_crt_deinit(ca);
	while (!found && gnutls_x509_trust_list_iter_get_ca(s->trusted, &iter,
	    &ca) >= 0) {
		found = gnutls_x509_crt_equals(ca, crt) != 0;
		gnutls_x509_crt_deinit(ca);
	}
	if (iter != NULL)
		gnutls_x509_trust_list_iter_deinit(iter);
	return found;
}

/*
 * The issuer's name is the subject's, and its key made the signature.  By what
 * digest is judged by GnuTLS' own verification, which knows what the user and
 * the system allow.
 */
static bool
is_signed_by(struct search *s, gnutls_x509_crt_t crt,
    gnutls_x509_crt_t issuer)
{
	unsigned status;

	return gnutls_x509_crt_check_issuer(crt, issuer) != 0 &&
	    ++s->tries <= TRIES_MAX &&
	    gnutls_x509_crt_verify(crt, &issuer, 1,
	    GNUTLS_VERIFY_ALLOW_BROKEN, &status) >= 0 &&
	    status == 0;
}

static gnutls_x509_crt_t
last_of(const struct chain *c)
{
	return c->certs[c->n - 1];
}

static void
push(struct chain *c, gnutls_x509_crt_t crt)
{
	c->certs[c->n++] = crt;
}

/* Takes ca, which is trusted, as the end of the chain if it signs its last. */
static bool
end_with(struct search *s, gnutls_x509_crt_t ca)
{
	if (!is_signed_by(s, last_of(s->chain), ca)) {
		gnutls_x509_crt_deinit(ca);
		return false;
	}
	push(s->chain, ca);
	return true;
}

static bool
end_in_anchor(struct search *s)
{
	gnutls_x509_trust_list_iter_t iter = NULL;
	gnutls_x509_crt_t ca;
	bool found;

	if (gnutls_x509_trust_list_get_issuer(s->trusted, last_of(s->chain),
	    &ca, GNUTLS_TL_GET_COPY) < 0)
		return false;
	found = end_with(s, ca);
	/* Another one of that name. */
	while (!found && gnutls_x509_trust_list_iter_get_ca(s->trusted, &iter,
	    &ca) >= 0)
		found = end_with(s, ca);
	if (iter != NULL)
		gnutls_x509_trust_list_iter_deinit(iter);
	return found;
}

static bool
is_used(const struct chain *c, gnutls_x509_crt_t crt)
{
	unsigned i;

	for (i = 0; i < c->n; i++) {
		if (gnutls_x509_crt_equals(c->certs[i], crt) != 0)
			return true;
	}
	return false;
}

static bool
extend_by(struct search *s, unsigned i)
{
	struct chain *c = s->chain;

	if (s->shown[i] == NULL || is_used(c, s->shown[i]) ||
	    !is_signed_by(s, last_of(c), s->shown[i]))
		return false;
	push(c, s->shown[i]);
	s->shown[i] = NULL;
	if (extend(s))
		return true;
	s->shown[i] = c->certs[--c->n];
	return false;
}

/* Goes on to a trusted one, trying each that the server shows. */
static bool
extend(struct search *s)
{
	unsigned i;

	if (is_anchor(s, last_of(s->chain)) || end_in_anchor(s))
		return true;
	for (i = 0; i != s->nshown && s->chain->n < CHAIN_MAX; i++) {
		if (extend_by(s, i))
			return true;
	}
	return false;
}

static int
import(gnutls_x509_crt_t *out, const gnutls_datum_t *der)
{
	return gnutls_x509_crt_init(out) >= 0 &&
	    gnutls_x509_crt_import(*out, der, GNUTLS_X509_FMT_DER) >= 0 ?
	    0 : -1;
}

int
chain_init(struct chain *c, gnutls_session_t session,
    gnutls_certificate_credentials_t cred, struct err *err)
{
	gnutls_x509_crt_t shown[CHAIN_MAX] = { NULL };
	struct search s = { .chain = c, .shown = shown };
	const gnutls_datum_t *ders;
	unsigned i, n = 0;
	int rc = 0;

	memset(c, 0, sizeof(*c));
	gnutls_certificate_get_trust_list(cred, &s.trusted);
	ders = gnutls_certificate_get_peers(session, &n);
	for (i = 0; rc == 0 && i < n && i < CHAIN_MAX; i++)
		rc = import(&shown[i], &ders[i]);
	if (rc != 0 || n == 0) {
		rc = err_set(err, ERR_TRUST, "server's certificates are not "
		    "readable");
	} else {
		s.nshown = i;
		push(c, shown[0]);
		shown[0] = NULL;
		c->anchored = extend(&s);
	}
	for (i = 0; i < CHAIN_MAX; i++) {
		if (shown[i] != NULL)
			gnutls_x509_crt_deinit(shown[i]);
	}
	return rc;
}

void
chain_release(struct chain *c)
{
	while (c->n > 0)
		gnutls_x509_crt_deinit(c->certs[--c->n]);
}

/* What is wrong, and with whose certificate. */
static int
blame(gnutls_x509_crt_t crt, const char *what, struct err *err)
{
	char shown[SHOWN_MAX];

	cert_name(crt, false, "?", shown, sizeof(shown));
	return err_set(err, ERR_TRUST, "certificate is not trusted: that of "
	    "%s %s", shown, what);
}

/* An extension's value, of size 0 if there is none; gnutls_free() it. */
static gnutls_datum_t
get_extension(gnutls_x509_crt_t crt, const char *oid)
{
	gnutls_datum_t value = { .data = NULL };
	unsigned critical;

	if (gnutls_x509_crt_get_extension_by_oid2(crt, oid, 0, &value,
	    &critical) < 0)
		return (gnutls_datum_t){ NULL, 0 };
	return value;
}

static bool
is_handled(const char *oid)
{
	static const char *const oids[] = { basic_constraints,
	    name_constraints, key_usage, key_purpose,
	    "2.5.29.17",		/* subjectAltName */
	    "2.5.29.31",		/* cRLDistributionPoints */
	    "2.5.29.32", "2.5.29.33", "2.5.29.36", "2.5.29.54", /* policies */
	    "1.3.6.1.5.5.7.1.24",	/* TLS feature: GnuTLS looks at it */
	};
	size_t i;

	for (i = 0; i < sizeof(oids) / sizeof(oids[0]); i++) {
		if (strcmp(oid, oids[i]) == 0)
			return true;
	}
	return false;
}

/* Nothing critical that is not looked at. */
static int
check_critical(gnutls_x509_crt_t crt, struct err *err)
{
	char oid[OID_MAX];
	unsigned i, critical;
	size_t size;
	int rc;

	for (i = 0; i < EXTENSIONS_MAX; i++) {
		size = sizeof(oid);
		rc = gnutls_x509_crt_get_extension_info(crt, i, oid, &size,
		    &critical);
		if (rc == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			return 0;
		if (rc < 0)
			break;
		if (critical != 0 && !is_handled(oid))
			return blame(crt, "has an unknown critical "
			    "extension", err);
	}
	return blame(crt, "has extensions that are not readable", err);
}

/* Zero where there is no such extension: then all is allowed. */
static int
check_usage(gnutls_x509_crt_t crt, unsigned wanted, struct err *err)
{
	unsigned usage = 0, critical;
	int rc;

	rc = gnutls_x509_crt_get_key_usage(crt, &usage, &critical);
	if (rc == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
		return 0;
	if (rc < 0 || usage == 0)
		return blame(crt, "has a key usage that is not readable",
		    err);
	if ((usage & wanted) == 0)
		return blame(crt, "has a key that is for other uses", err);
	return 0;
}

int
chain_check_purpose(gnutls_x509_crt_t crt, struct err *err)
{
	gnutls_datum_t value = get_extension(crt, key_purpose);
	char oid[OID_MAX];
	bool fits = value.size == 0;
	unsigned i, critical;
	size_t size = sizeof(oid);
	int rc = 0;

	gnutls_free(value.data);
	for (i = 0; !fits && (rc = gnutls_x509_crt_get_key_purpose_oid(crt, i,
	    oid, &size, &critical)) >= 0; i++, size = sizeof(oid))
		fits = strcmp(oid, GNUTLS_KP_TLS_WWW_SERVER) == 0 ||
		    strcmp(oid, GNUTLS_KP_ANY) == 0;
	return fits ? 0 : blame(crt, "is not one for servers", err);
}

/* RFC 5280 knows no negative length of a path; GnuTLS takes it for none. */
static bool
is_negative(const gnutls_datum_t *basic)
{
	gnutls_datum_t rest = *basic, in = { .data = NULL }, value;

	(void)der_take(&rest, DER_SEQUENCE, &in);
	(void)der_take(&in, DER_BOOLEAN, &value);
	return der_take(&in, DER_INTEGER, &value) && value.size > 0 &&
	    (value.data[0] & 0x80) != 0;
}

/*
 * Who signs has to be an authority; of the trusted ones this may be known
 * by less (version 1, or a key for certificates).  below: how many
 * authorities are between it and the server.
 */
static int
check_authority(gnutls_x509_crt_t crt, bool is_anchor_, unsigned below,
    struct err *err)
{
	gnutls_datum_t basic = get_extension(crt, basic_constraints);
	unsigned critical, ca = 0, usage = 0;
	bool absent = basic.size == 0, negative;
	int length = -1;

	negative = !absent && is_negative(&basic);
	gnutls_free(basic.data);
	if (absent && is_anchor_ && (gnutls_x509_crt_get_version(crt) == 1 ||
	    (gnutls_x509_crt_get_key_usage(crt, &usage, &critical) >= 0 &&
	    (usage & GNUTLS_KEY_KEY_CERT_SIGN) != 0)))
		return 0;
	if (absent || gnutls_x509_crt_get_basic_constraints(crt, &critical,
	    &ca, &length) < 0 || ca == 0)
		return blame(crt, "is not one of an authority", err);
	if (negative || (length >= 0 && below > (unsigned)length))
		return blame(crt, "does not allow so long a chain", err);
	return check_usage(crt, GNUTLS_KEY_KEY_CERT_SIGN, err);
}

/* Name constraints. */

static bool
is_issued_by_itself(gnutls_x509_crt_t crt)
{
	gnutls_datum_t subject = { .data = NULL }, issuer = { .data = NULL };
	bool same;

	same = gnutls_x509_crt_get_raw_dn(crt, &subject) >= 0 &&
	    gnutls_x509_crt_get_raw_issuer_dn(crt, &issuer) >= 0 &&
	    subject.size == issuer.size &&
	    memcmp(subject.data, issuer.data, subject.size) == 0;
	gnutls_free(subject.data);
	gnutls_free(issuer.data);
	return same;
}

typedef int (*get_tree)(gnutls_x509_name_constraints_t, unsigned, unsigned *,
    gnutls_datum_t *);

static unsigned
count_trees(gnutls_x509_name_constraints_t nc, get_tree get)
{
	gnutls_datum_t tree;
	unsigned n = 0, type;

	while (get(nc, n, &type, &tree) >= 0)
		n++;
	return n;
}

/*
 * Whether GnuTLS sees all that an extension says: every subtree, and neither
 * minimum nor maximum, which RFC 5280 rules out.
 */
static bool
is_understood(gnutls_x509_name_constraints_t nc,
    const gnutls_datum_t *extension)
{
	gnutls_datum_t rest = *extension, in, trees, tree, base;
	unsigned n = 0;
	unsigned char tag;

	if (!der_take(&rest, DER_SEQUENCE, &in) || rest.size > 0)
		return false;
	for (tag = DER_CONTEXT; tag <= DER_CONTEXT + 1; tag++) {
		if (!der_take(&in, tag, &trees))
			continue;
		for (; trees.size > 0; n++) {
			if (!der_take(&trees, DER_SEQUENCE, &tree) ||
			    !der_take_any(&tree, &base) || tree.size > 0)
				return false;
		}
	}
	return in.size == 0 && n ==
	    count_trees(nc, gnutls_x509_name_constraints_get_permitted) +
	    count_trees(nc, gnutls_x509_name_constraints_get_excluded);
}

/*
 * Ends in, at a border: "a.b.c" in "b.c"; everything in "".  Of a directory's
 * name a comma is none if it is escaped (RFC 4514, 2.4).
 */
static bool
is_within(const char *name, const char *base, char border)
{
	size_t n = strlen(name), m = strlen(base), at, escapes = 0;

	if (m > n || strcasecmp(name + n - m, base) != 0)
		return false;
	if (m == 0 || m == n || base[0] == border)
		return true;
	at = n - m - 1;
	if (border == ',')
		while (escapes < at && name[at - 1 - escapes] == '\\')
			escapes++;
	return name[at] == border && escapes % 2 == 0;
}

/*
 * One name below one subtree of its type.  Addresses and mail GnuTLS has
 * compared; what it can't compare counts as excluded, and as not permitted.
 */
static bool
is_violation(unsigned type, const char *name, const char *tree, bool excluded)
{
	switch (type) {
	case GNUTLS_SAN_IPADDRESS:
	case GNUTLS_SAN_RFC822NAME:
		return false;
	case GNUTLS_SAN_DNSNAME:
		return excluded && is_within(name, tree, '.');
	case GNUTLS_SAN_DN:
		return is_within(name, tree, ',') == excluded;
	default:
		return true;
	}
}

/* Of excluded trees no one may hold it, of permitted ones one has to. */
static bool
fits_trees(gnutls_x509_name_constraints_t nc, unsigned type,
    const char *name, bool excluded)
{
	get_tree get = excluded ? gnutls_x509_name_constraints_get_excluded :
	    gnutls_x509_name_constraints_get_permitted;
	unsigned i, tree_type;
	gnutls_datum_t tree;
	bool any = false, bad = false;
	char *text;

	for (i = 0; get(nc, i, &tree_type, &tree) >= 0; i++) {
		if (tree_type != type)
			continue;
		text = xstrndup((char *)tree.data, tree.size);
		bad = is_violation(type, name, text, excluded);
		free(text);
		any = true;
		if (bad == excluded)
			break;
	}
	return !any || !bad;
}

static bool
fits(gnutls_x509_name_constraints_t nc, unsigned type, const char *name)
{
	return fits_trees(nc, type, name, true) &&
	    fits_trees(nc, type, name, false);
}

static bool
subject_fits(gnutls_x509_name_constraints_t nc, gnutls_x509_crt_t crt)
{
	gnutls_datum_t dn = { .data = NULL };
	bool good;
	int rc;

	rc = gnutls_x509_crt_get_dn3(crt, &dn, 0);
	if (rc == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
		return true;	/* it has none */
	good = rc == 0 && dn.data != NULL &&
	    fits(nc, GNUTLS_SAN_DN, (char *)dn.data);
	gnutls_free(dn.data);
	return good;
}

static bool
names_fit(gnutls_x509_name_constraints_t nc, gnutls_x509_crt_t crt)
{
	char name[NAME_MAX_SIZE];
	size_t size = sizeof(name);
	unsigned i;
	int type;

	for (i = 0; (type = gnutls_x509_crt_get_subject_alt_name(crt, i, name,
	    &size, NULL)) >= 0; i++, size = sizeof(name)) {
		name[size < sizeof(name) ? size : sizeof(name) - 1] = '\0';
		if (!fits(nc, type, name))
			return false;
	}
	return type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
}

/* The names of all that are below the i-th, which constrains them. */
static int
check_below(const struct chain *c, unsigned i,
    gnutls_x509_name_constraints_t nc, struct err *err)
{
	unsigned at;

	for (at = 0; at < i; at++) {
		if (at > 0 && is_issued_by_itself(c->certs[at]))
			continue;
		if (!subject_fits(nc, c->certs[at]) ||
		    !names_fit(nc, c->certs[at]))
			return blame(c->certs[at], "has a name that its "
			    "authority may not give", err);
	}
	return 0;
}

static int
check_names(const struct chain *c, unsigned i, struct err *err)
{
	gnutls_datum_t value = get_extension(c->certs[i], name_constraints);
	gnutls_x509_name_constraints_t nc;
	unsigned critical;
	int rc = -1;

	if (value.size == 0)
		return 0;
	if (gnutls_x509_name_constraints_init(&nc) >= 0) {
		rc = gnutls_x509_crt_get_name_constraints(c->certs[i], nc, 0,
		    &critical);
		rc = rc < 0 || !is_understood(nc, &value) ?
		    blame(c->certs[i], "constrains names in a way that is "
		    "not understood", err) : check_below(c, i, nc, err);
		gnutls_x509_name_constraints_deinit(nc);
	} else {
		err_set(err, ERR_TRUST, "out of memory");
	}
	gnutls_free(value.data);
	return rc;
}

int
chain_check(const struct chain *c, struct err *err)
{
	unsigned i, below = 0;

	for (i = 0; i < c->n; i++) {
		if (check_critical(c->certs[i], err) != 0 ||
		    chain_check_purpose(c->certs[i], err) != 0)
			return -1;
		if (i == 0) {
			if (check_usage(c->certs[0],
			    GNUTLS_KEY_DIGITAL_SIGNATURE |
			    GNUTLS_KEY_KEY_ENCIPHERMENT |
			    GNUTLS_KEY_KEY_AGREEMENT, err) != 0)
				return -1;
			continue;
		}
		if (check_authority(c->certs[i], i + 1 == c->n, below,
		    err) != 0 || check_names(c, i, err) != 0)
			return -1;
		if (!is_issued_by_itself(c->certs[i]))
			below++;
	}
	return 0;
}
