/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One certificate: its names, times and digests, for those who judge it
 * (trust.c) and those who tell of it.  Only files that know GnuTLS include it.
 *
 *	if (cert_init(&c, &der) == 0) ...
 *	cert_release(&c);
 */
#ifndef NET_CERT_H
#define NET_CERT_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/pin.h"
#include "net/tls.h"

struct cert_digest {
	unsigned char bytes[PIN_BYTES];	/* SHA-256 */
};

struct cert {
	gnutls_x509_crt_t crt;
	struct cert_digest key, whole;
	struct tls_cert_info info;
	bool self_signed;
};

/* 0, or -1 if it can't be parsed: then there is nothing to release. */
int cert_init(struct cert *c, const gnutls_datum_t *der);
void cert_release(struct cert *c);

/*
 * The name of the subject or of the issuer (RFC 4514), escaped; missing if
 * there is none that can be read.
 */
void cert_name(gnutls_x509_crt_t crt, bool issuer, const char *missing,
    char *out, size_t size);
/*
 * The i-th of the names that it is for, as text; false if that one is of no
 * use to people.  *type: as of gnutls_x509_crt_get_subject_alt_name(), which
 * is GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE behind the last.
 */
bool cert_alt_name(const struct cert *c, unsigned i, char *out, size_t size,
    int *type);
/* The first few of them, or else its subject. */
void cert_add_names(const struct cert *c, struct buf *out);

/* What is to be told of a certificate: 0, or -1 if it can't be parsed. */
int cert_tell(const gnutls_datum_t *der, struct tls_cert_info *info);
/* ERR_TRUST if it is not valid now. */
int cert_check_time(const struct tls_cert_info *info, struct err *err);

#endif
