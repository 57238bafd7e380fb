/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "transfer/spool.h"
#include "locks.h"

struct seen {
	char text[256];
	int stop_after;
};

static int
note(void *ctx, const char *first, const char *second)
{
	struct seen *seen = ctx;
	size_t n = strlen(seen->text);

	snprintf(seen->text + n, sizeof(seen->text) - n, "%s=%s;", first,
	    second);
	return --seen->stop_after == 0 ? 7 : 0;
}

static struct spool *
three(void)
{
	struct spool *sp = spool_new();
	struct err err = ERR_INIT;

	assert_int_equal(spool_add(sp, "a", "1", &err), 0);
	assert_int_equal(spool_add(sp, "b", "", &err), 0);
	assert_int_equal(spool_add(sp, "", "a name\nof two lines", &err), 0);
	return sp;
}

static void
test_order(void **state)
{
	struct spool *sp = three();
	struct seen forward = { 0 }, backward = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(spool_count(sp), 3);
	assert_int_equal(spool_each(sp, SPOOL_FORWARD, note, &forward, &err),
	    0);
	assert_string_equal(forward.text, "a=1;b=;=a name\nof two lines;");
	assert_int_equal(spool_each(sp, SPOOL_BACKWARD, note, &backward, &err),
	    0);
	assert_string_equal(backward.text, "=a name\nof two lines;b=;a=1;");
	spool_free(sp);
}

/* Half a record would make pairs of what does not belong together. */
static void
test_broken(void **state)
{
	struct spool *sp = three();
	struct seen seen = { 0 };
	struct err err = ERR_INIT;
	struct rlimit was, none;
	char *large = malloc(1 << 20);

	(void)state;
	memset(large, 'x', (1 << 20) - 1);
	large[(1 << 20) - 1] = '\0';
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	none = was;
	none.rlim_cur = 4096;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_int_equal(spool_add(sp, "d", large, &err), -1);
	assert_int_equal(err.sys, EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_equal(spool_add(sp, "e", "5", &err), -1);
	assert_int_equal(err.sys, EFBIG);
	assert_int_equal(spool_each(sp, SPOOL_FORWARD, note, &seen, &err), -1);
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_string_equal(seen.text, "");
	free(large);
	spool_free(sp);
}

/* Bytes of address space that this process has. */
static rlim_t
address_space(void)
{
	FILE *fp = fopen("/proc/self/statm", "r");
	unsigned long pages = 0;

	assert_non_null(fp);
	assert_int_equal(fscanf(fp, "%lu", &pages), 1);
	fclose(fp);
	return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static void
test_no_room(void **state)
{
	struct spool *sp = three();
	struct seen seen = { 0 };
	struct err err = ERR_INIT;
	struct rlimit was, full;
	char *large = malloc(32 << 20);

	(void)state;
	memset(large, 'x', (32 << 20) - 1);
	large[(32 << 20) - 1] = '\0';
	assert_int_equal(spool_add(sp, "d", large, &err), 0);
	assert_int_equal(getrlimit(RLIMIT_AS, &was), 0);
	full = was;
	full.rlim_cur = address_space() + (8 << 20);
	assert_int_equal(setrlimit(RLIMIT_AS, &full), 0);
	assert_int_equal(spool_each(sp, SPOOL_FORWARD, note, &seen, &err), -1);
	assert_int_equal(setrlimit(RLIMIT_AS, &was), 0);
	assert_int_equal(err.sys, ENOMEM);
	assert_string_equal(seen.text, "");
	free(large);
	spool_free(sp);
}

static void
test_stop(void **state)
{
	struct spool *sp = three();
	struct seen seen = { .stop_after = 2 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(spool_each(sp, SPOOL_FORWARD, note, &seen, &err), 7);
	assert_string_equal(seen.text, "a=1;b=;");
	spool_free(sp);
}

static void
test_empty(void **state)
{
	struct spool *sp = spool_new();
	struct seen seen = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(spool_each(sp, SPOOL_BACKWARD, note, &seen, &err), 0);
	assert_string_equal(seen.text, "");
	spool_free(sp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
