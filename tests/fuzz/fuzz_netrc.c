/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sys/mman.h>
#include <sys/stat.h>

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "config/netrc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const users[] = { NULL, "me" };
	struct err err = ERR_INIT;
	struct netrc n;
	char path[32];
	size_t i;
	int fd, rc;

	fd = memfd_create("netrc", MFD_CLOEXEC);
	assert(fd != -1 && fchmod(fd, 0600) == 0 &&
	    write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		rc = netrc_lookup(path, "h", users[i], &n, &err);
		assert(rc == 1 || (n.login == NULL && n.account == NULL &&
		    n.password.text == NULL));
		assert(rc != -1 || err.kind == ERR_USAGE);
		assert(rc != 1 || users[i] == NULL ||
		    strcmp(n.login, users[i]) == 0);
		netrc_release(&n);
	}
	close(fd);
	return 0;
}
