/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said inside replies: ports, paths, sizes, times, digests. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ftp/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_ports(const struct reply *r)
{
	char address[16];
	int port;

	if (reply_epsv(r, &port) == 0)
		assert(port > 0 && port <= 65535);
	if (reply_pasv(r, address, &port) == 0) {
		assert(port > 0 && port <= 65535);
		assert(strlen(address) >= 7 &&
		    strspn(address, "0123456789.") == strlen(address));
	}
}

static void
check_path(const struct reply *r)
{
	const char *p;
	char *path;

	if (reply_path(r, &path) != 0)
		return;
	assert(*path != '\0');
	for (p = path; *p != '\0'; p++)
		assert((unsigned char)*p >= ' ' && *p != 127);
	free(path);
}

static void
check_values(const struct reply *r)
{
	struct timespec ts;
	int64_t size;
	char hex[9];
	bool sub;

	if (reply_size(r, &size) == 0)
		assert(size >= 0);
	if (reply_announced(r, &size) == 0)
		assert(size >= 0);
	if (reply_mdtm(r, &ts, &sub) == 0)
		assert(ts.tv_nsec >= 0 && ts.tv_nsec < 1000000000);
	if (reply_digest(r, 8, hex) == 0)
		assert(strspn(hex, "0123456789abcdef") == 8);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int codes[] = { 150, 213, 227, 229, 250, 251, 257 };
	struct reply r = REPLY_INIT;
	size_t i;

	if (size == 0 || memchr(data, '\0', size) != NULL ||
	    buf_add(&r.text, data, size) != 0) {
		reply_release(&r);
		return 0;
	}
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		r.code = codes[i];
		check_ports(&r);
		check_path(&r);
		check_values(&r);
	}
	reply_release(&r);
	return 0;
}
