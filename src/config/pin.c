/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/pin.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

enum { PIN_BASE64 = 44 };	/* 32 bytes: 43 digits and one '=' */

static int
hex_value(char c)
{
	const char *digits = "0123456789abcdef", *p;

	if (!isxdigit((unsigned char)c))
		return -1;
	p = strchr(digits, tolower((unsigned char)c));
	return (int)(p - digits);
}

static int
decode_hex(const char *s, unsigned char *key)
{
	bool colons = s[0] != '\0' && s[1] != '\0' && s[2] == ':';
	int hi, lo;
	size_t i;

	for (i = 0; i < PIN_BYTES; i++) {
		if (colons && i > 0 && *s++ != ':')
			return -1;
		if ((hi = hex_value(s[0])) < 0 || (lo = hex_value(s[1])) < 0)
			return -1;
		key[i] = (unsigned char)(hi << 4 | lo);
		s += 2;
	}
	return *s == '\0' ? 0 : -1;
}

static int
base64_value(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p;

	p = c == '\0' ? NULL : strchr(digits, c);
	return p == NULL ? -1 : (int)(p - digits);
}

static int
decode_base64(const char *s, unsigned char *key)
{
	unsigned int bits = 0;
	size_t i, n = 0;
	int v;

	if (strlen(s) != PIN_BASE64 || s[PIN_BASE64 - 1] != '=')
		return -1;
	for (i = 0; i < PIN_BASE64 - 1; i++) {
		if ((v = base64_value(s[i])) < 0)
			return -1;
		bits = bits << 6 | (unsigned int)v;
		/* four digits make three bytes */
		if (i % 4 != 0)
			key[n++] = (unsigned char)(bits >> (6 - 2 * (i % 4)));
	}
	/* the last digit has two bits to spare: a typing error if set */
	return (bits & 3) == 0 ? 0 : -1;
}

int
pin_decode(const char *text, unsigned char key[PIN_BYTES])
{
	static const char prefix[] = "sha256//";
	unsigned char tmp[PIN_BYTES];
	int rc;

	if (strncmp(text, prefix, strlen(prefix)) == 0)
		rc = decode_base64(text + strlen(prefix), tmp);
	else
		rc = decode_hex(text, tmp);
	if (rc == 0)
		memcpy(key, tmp, sizeof(tmp));
	return rc;
}
