/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A configuration file, and the values of the settings. */
#include <sys/mman.h>

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strvec.h"
#include "config/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever was accepted can be printed and set again to the same. */
static void
check_settings(const struct settings *st)
{
	const struct option_row *row;
	struct settings again;
	struct buf a = BUF_INIT(BUF_OWN), b = BUF_INIT(BUF_OWN);
	struct err err = ERR_INIT;
	int rc;

	settings_init(&again);
	for (row = option_table; row->name != NULL; row++) {
		if (!option_is_set(st, row))
			continue;
		buf_clear(&a);
		buf_clear(&b);
		option_print(st, row, &a);
		rc = option_set(&again, row->name, a.data, &err);
		assert(rc == 0);
		option_print(&again, row, &b);
		assert(strcmp(a.data, b.data) == 0);
	}
	buf_release(&a);
	buf_release(&b);
	settings_release(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const sites[] = { NULL, "nas" };
	struct strvec names = STRVEC_INIT;
	struct settings st;
	struct err err = ERR_INIT;
	bool known = false;
	char path[32];
	size_t i;
	int fd;

	/* an include would read what lies about here */
	if (memmem(data, size, "include", strlen("include")) != NULL)
		return 0;
	fd = memfd_create("conf", MFD_CLOEXEC);
	assert(fd != -1 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (i = 0; i < sizeof(sites) / sizeof(sites[0]); i++) {
		settings_init(&st);
		if (conf_read(path, true, sites[i], &st, &known, &err) == 0)
			check_settings(&st);
		else
			assert(err.kind == ERR_USAGE);
		settings_release(&st);
	}
	(void)conf_sites(path, &names, &err);
	strvec_release(&names);
	close(fd);
	return 0;
}
