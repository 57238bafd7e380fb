/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/probe.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "net/cert.h"
#include "net/tls_private.h"

enum { FEATURE_STATUS_REQUEST = 5 };	/* RFC 7633; RFC 6066, 8 */

static void
look_at_key(const struct cert *c, struct probe_look *look)
{
	unsigned bits = 0;
	int algo;

	algo = gnutls_x509_crt_get_pk_algorithm(c->crt, &bits);
	snprintf(look->key, sizeof(look->key), "%s-%u", algo > 0 ?
	    gnutls_pk_get_name(algo) : "unknown", bits);
	look->weak_key = algo <= 0 || gnutls_pk_bits_to_sec_param(algo,
	    bits) < GNUTLS_SEC_PARAM_MEDIUM;
	algo = gnutls_x509_crt_get_signature_algorithm(c->crt);
	snprintf(look->signature, sizeof(look->signature), "%s",
	    algo > 0 ? gnutls_sign_get_name(algo) : "unknown");
	look->weak_signature = algo <= 0 || gnutls_sign_is_secure2(algo,
	    GNUTLS_SIGN_FLAG_SECURE_FOR_CERTS) == 0;
}

static void
look_at_revocation(const struct cert *c, struct probe_look *look)
{
	gnutls_x509_tlsfeatures_t features;
	gnutls_datum_t uri = { .data = NULL };
	char point[512];
	size_t size = sizeof(point);
	unsigned i, feature;
	int rc;

	rc = gnutls_x509_crt_get_authority_info_access(c->crt, 0,
	    GNUTLS_IA_OCSP_URI, &uri, NULL);
	look->tells_ocsp = rc >= 0;
	gnutls_free(uri.data);
	rc = gnutls_x509_crt_get_crl_dist_points(c->crt, 0, point, &size,
	    NULL, NULL);
	look->tells_crl = rc >= 0 || rc == GNUTLS_E_SHORT_MEMORY_BUFFER;
	if (gnutls_x509_tlsfeatures_init(&features) < 0)
		return;
	if (gnutls_x509_crt_get_tlsfeatures(c->crt, features, 0, NULL) == 0)
		for (i = 0; gnutls_x509_tlsfeatures_get(features, i,
		    &feature) == 0; i++)
			look->must_staple |= feature == FEATURE_STATUS_REQUEST;
	gnutls_x509_tlsfeatures_deinit(features);
}

int
probe_look(const struct tls_peer *peer, struct probe_look *look)
{
	struct cert c;
	size_t i;

	memset(look, 0, sizeof(*look));
	if (peer == NULL || peer->leaf.size == 0 ||
	    cert_init(&c, &peer->leaf) != 0)
		return -1;
	look->info = c.info;
	look->self_signed = c.self_signed;
	look->shown = peer->shown;
	look->stapled = peer->stapled;
	for (i = 0; i < PIN_BYTES; i++)
		snprintf(look->pin_hex + 2 * i, 3, "%02x", c.key.bytes[i]);
	look_at_key(&c, look);
	look_at_revocation(&c, look);
	cert_release(&c);
	return 0;
}

bool
probe_can_offer(const char *priority)
{
	gnutls_priority_t p;
	const unsigned *list;
	bool can;

	if (gnutls_priority_init(&p, priority, NULL) < 0)
		return false;
	can = gnutls_priority_protocol_list(p, &list) > 0 &&
	    gnutls_priority_cipher_list(p, &list) > 0;
	gnutls_priority_deinit(p);
	return can;
}
