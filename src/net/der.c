/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/der.h"

#include <stddef.h>

/* The length behind the tag at p; the size of both, 0 if they are not whole. */
static size_t
header(const unsigned char *p, size_t n, size_t *length)
{
	size_t i, bytes;

	if (n < 2)
		return 0;
	*length = p[1];
	if (p[1] < 0x80)
		return 2;
	bytes = p[1] & 0x7f;
	if (bytes == 0 || bytes > 4 || n < 2 + bytes)
		return 0;
	for (*length = 0, i = 0; i < bytes; i++)
		*length = *length << 8 | p[2 + i];
	return 2 + bytes;
}

bool
der_take_any(gnutls_datum_t *rest, gnutls_datum_t *value)
{
	size_t head, length;

	head = header(rest->data, rest->size, &length);
	if (head == 0 || length > rest->size - head)
		return false;
	*value = (gnutls_datum_t){ rest->data + head, (unsigned)length };
	rest->data += head + length;
	rest->size -= (unsigned)(head + length);
	return true;
}

bool
der_take(gnutls_datum_t *rest, unsigned char tag, gnutls_datum_t *value)
{
	return rest->size > 0 && rest->data[0] == tag &&
	    der_take_any(rest, value);
}
