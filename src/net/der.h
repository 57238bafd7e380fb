/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Just enough of DER to see what GnuTLS hides: takes one value after the
 * other off what is left.
 */
#ifndef NET_DER_H
#define NET_DER_H

#include <gnutls/gnutls.h>

#include <stdbool.h>

enum {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_SEQUENCE = 0x30,
	DER_CONTEXT = 0xa0,	/* + N: [N], constructed */
	DER_USER_CERTS = 0x81,	/* of IssuingDistributionPoint: [1], [2] */
	DER_CA_CERTS = 0x82,
};

/*
 * Takes the first value off rest, its content is *value: true, or false with
 * rest as it was if there is none, or (der_take()) none of this tag.
 */
bool der_take(gnutls_datum_t *rest, unsigned char tag, gnutls_datum_t *value);
bool der_take_any(gnutls_datum_t *rest, gnutls_datum_t *value);

#endif
