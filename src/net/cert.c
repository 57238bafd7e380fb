/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cert.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "net/host.h"

enum { DAY = 24 * 60 * 60, NAMES_SHOWN = 5 };

void
cert_name(gnutls_x509_crt_t crt, bool issuer, const char *missing, char *out,
    size_t size)
{
	gnutls_datum_t dn = { .data = NULL };
	int rc;

	rc = issuer ? gnutls_x509_crt_get_issuer_dn3(crt, &dn, 0) :
	    gnutls_x509_crt_get_dn3(crt, &dn, 0);
	/* Of a name without attributes it makes none, and succeeds. */
	text_escape_to(out, size, rc == 0 && dn.data != NULL ?
	    (char *)dn.data : missing);
	gnutls_free(dn.data);
}

static void
format_pin(const struct cert_digest *key, char *out, size_t size)
{
	gnutls_datum_t in = { (unsigned char *)key->bytes, PIN_BYTES };
	gnutls_datum_t text = { .data = NULL };

	/* Out of memory only; an empty pin then matches nothing. */
	if (gnutls_base64_encode2(&in, &text) == 0)
		snprintf(out, size, "sha256//%.*s", (int)text.size,
		    text.data);
	gnutls_free(text.data);
}

static void
format_fingerprint(const struct cert_digest *whole, char *out, size_t size)
{
	size_t i;

	for (i = 0; i < PIN_BYTES; i++)
		snprintf(out + 3 * i, size - 3 * i, "%02X%s",
		    whole->bytes[i], i == PIN_BYTES - 1 ? "" : ":");
}

bool
cert_alt_name(const struct cert *c, unsigned i, char *out, size_t size,
    int *type)
{
	char raw[256];
	size_t len = sizeof(raw);

	*type = gnutls_x509_crt_get_subject_alt_name(c->crt, i, raw, &len,
	    NULL);
	if (*type == GNUTLS_SAN_DNSNAME) {
		text_escape_to(out, size, raw);
		return true;
	}
	if (*type == GNUTLS_SAN_IPADDRESS && (len == 4 || len == 16))
		return inet_ntop(len == 4 ? AF_INET : AF_INET6, raw, out,
		    size) != NULL;
	return false;
}

void
cert_add_names(const struct cert *c, struct buf *out)
{
	char name[256];
	unsigned i, n = 0;
	int type = 0;

	for (i = 0; type != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE; i++) {
		if (!cert_alt_name(c, i, name, sizeof(name), &type))
			continue;
		if (n == NAMES_SHOWN) {
			buf_adds(out, ", ...");
			break;
		}
		buf_addf(out, "%s%s%s", n++ > 0 ? ", " : "", name,
		    type == GNUTLS_SAN_DNSNAME && host_is_address(name) ?
		    " (as a name, not as an address)" : "");
	}
	if (n == 0)
		buf_adds(out, c->info.subject);
}

static void
note_names(struct cert *c)
{
	struct buf names = BUF_INIT(sizeof(c->info.names) - 1);

	cert_add_names(c, &names);
	strlcpy(c->info.names, names.data, sizeof(c->info.names));
	buf_release(&names);
}

int
cert_init(struct cert *c, const gnutls_datum_t *der)
{
	size_t size = PIN_BYTES;

	memset(c, 0, sizeof(*c));
	if (gnutls_x509_crt_init(&c->crt) < 0)
		return -1;
	if (gnutls_x509_crt_import(c->crt, der, GNUTLS_X509_FMT_DER) < 0 ||
	    gnutls_x509_crt_get_key_id(c->crt, GNUTLS_KEYID_USE_SHA256,
	    c->key.bytes, &size) < 0 ||
	    gnutls_fingerprint(GNUTLS_DIG_SHA256, der, c->whole.bytes,
	    &size) < 0) {
		gnutls_x509_crt_deinit(c->crt);
		return -1;
	}
	cert_name(c->crt, false, "", c->info.subject,
	    sizeof(c->info.subject));
	cert_name(c->crt, true, "", c->info.issuer, sizeof(c->info.issuer));
	note_names(c);
	format_pin(&c->key, c->info.pin, sizeof(c->info.pin));
	format_fingerprint(&c->whole, c->info.fingerprint,
	    sizeof(c->info.fingerprint));
	c->info.not_before = gnutls_x509_crt_get_activation_time(c->crt);
	c->info.not_after = gnutls_x509_crt_get_expiration_time(c->crt);
	c->self_signed = gnutls_x509_crt_check_issuer(c->crt, c->crt) != 0;
	return 0;
}

void
cert_release(struct cert *c)
{
	gnutls_x509_crt_deinit(c->crt);
}

int
cert_tell(const gnutls_datum_t *der, struct tls_cert_info *info)
{
	struct cert c;

	if (cert_init(&c, der) != 0)
		return -1;
	*info = c.info;
	cert_release(&c);
	return 0;
}

int
cert_check_time(const struct tls_cert_info *info, struct err *err)
{
	time_t now = clock_now().tv_sec;
	char day[16];
	long days;

	if (now < info->not_before)
		return err_set(err, ERR_TRUST, "certificate is not valid "
		    "before %s; is this machine's clock right?",
		    clock_format_day(info->not_before, day, sizeof(day)));
	if (now <= info->not_after)
		return 0;
	clock_format_day(info->not_after, day, sizeof(day));
	days = (now - info->not_after) / DAY;
	if (days == 0)
		return err_set(err, ERR_TRUST, "certificate expired today "
		    "(%s); it has to be renewed", day);
	return err_set(err, ERR_TRUST, "certificate expired %ld day%s ago "
	    "(%s); it has to be renewed", days, days == 1 ? "" : "s", day);
}
