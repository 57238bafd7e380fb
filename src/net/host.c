/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/host.h"

#include <sys/socket.h>
#include <netinet/in.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <idn2.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static char *
without_brackets(const char *host)
{
	size_t len = strlen(host);

	if (len > 2 && host[0] == '[' && host[len - 1] == ']')
		return xstrndup(host + 1, len - 2);
	return xstrdup(host);
}

bool
host_is_address(const char *host)
{
	unsigned char ip[sizeof(struct in6_addr)];
	char *bare;
	bool is;

	bare = without_brackets(host);
	bare[strcspn(bare, "%")] = '\0';
	is = inet_pton(AF_INET, bare, ip) == 1 ||
	    inet_pton(AF_INET6, bare, ip) == 1;
	free(bare);
	return is;
}

static bool
is_ascii(const char *s)
{
	for (; *s != '\0'; s++) {
		if (!isascii((unsigned char)*s))
			return false;
	}
	return true;
}

char *
host_ascii(const char *host, struct err *err)
{
	char shown[256];
	uint8_t *label;
	char *out;
	int rc;

	/* Plain names go as they are: some have underscores. */
	if (is_ascii(host))
		return without_brackets(host);
	rc = idn2_lookup_u8((const uint8_t *)host, &label,
	    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (rc != IDN2_OK) {
		err_set(err, ERR_USAGE, "%s: not a host name: %s",
		    text_escape_to(shown, sizeof(shown), host),
		    idn2_strerror(rc));
		return NULL;
	}
	out = xstrdup((char *)label);
	idn2_free(label);
	return out;
}

char *
host_certified(const char *host, struct err *err)
{
	char *name;
	size_t len;

	name = host_ascii(host, err);
	if (name == NULL)
		return NULL;
	if (host_is_address(name))
		name[strcspn(name, "%")] = '\0';
	len = strlen(name);
	if (len > 1 && name[len - 1] == '.')
		name[len - 1] = '\0';
	return name;
}

const char *
host_library(void)
{
	return idn2_check_version(NULL);
}
