/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "listing/admits.h"

static const char *const admissions[] = {
	"Output truncated to 10000 matches",
	"Listing truncated.",
	"Transfer complete (list was truncated)",
	"WARNING: truncated after 5,000 entries",
	"Output limited to 2000 lines",
	"Limited to 500",
	"Directory listing limited to the first 1000 entries.",
	"Listing limit (1000) reached",
	"Maximum number of entries reached",
	"max. files exceeded",
	"Too many files; use a pattern",
	"Directory too large, not all entries are shown",
	"Showing first 500",
	"first 10000 of 10050",
	"Only 1000 files listed",
	"Only first ones are listed",
	"Only the first ones are listed",
	"Transferred 2000 of 2050 entries",
	"2000 files out of 2050",
	"50 more files exist",
	"Some names were left out",
	"12 entries omitted",
	"Listing incomplete",
	"Partial listing sent",
	"Listing stopped at 5000 files",
	"ATTENTION: only the newest 500 files are listed",
	"Directory has more than 1000 entries",
	"Maximum of 1000 entries displayed",
	"500 entries (more available)",
	"Limit reached",
	"Too much output",
	"Results capped at 500",
	"Listing aborted",
	"Listing \"of x truncated",
	"\"a\" truncated \"b\"",
	"Transfer done (but failed to open directory).",
	"Cannot open all directories",
	"There are too many entries in \"/a\"",
	"Listing of /s limited to 500",
	"Section limited to 500 files",
	"Limit exceeded",
	"Limit hit",
	"Max 500 files",
	"More entries on the next page",
	"First 5.000 of them",
	"Listing incomplete\ndone",
	"First 00000000000000000000005 of them",
	"User quota: 90% used, listing truncated",
	NULL
};

static const char *const others[] = {
	"Options: -a -l ",
	"10000 matches total",
	"2 matches total",
	"Directory send OK.",
	"Transfer complete.",
	"Transfer complete, 200 entries",
	"Transfer complete: 1,024 bytes of 2,048 left",
	"Maximum disk quota limited to 307200 kBytes",
	"Used disk quota 29 kBytes, available 307171 kBytes",
	"Bandwidth limited to 100 KB/s",
	"Transfer done, limited to 100KB/s for files",
	"Transfer done, limited to 100 KB/sec for files",
	"Transfer done, limited to 100KB/second for files",
	"Transfer done, limited to 100MB/min for files",
	"Transfer done, limited to 100GB/day for files",
	"You may have no more than 5 of 10 connections",
	"Quota: 12 of 100 files",
	"Listing not truncated",
	"Listing not  truncated",
	"0 entries omitted",
	"Listing \"truncated\"",
	"Listing \"of x truncated\"",
	"\"truncated\" and \"omitted\" listed",
	"no entries were left out",
	"Successfully transferred \"/truncated/too many files\"",
	"Status of /first 10:",
	"Status of /too-many-files/limited:",
	"End of status",
	"Closing data connection, file list sent (1 of 1)",
	"Listed 1 or more files",
	"Closing data connection. Requested file action successful (for "
	    "example, file transfer or file abort).",
	"File limit: 10000 files, 12 used",
	"The limit is 10 a day",
	"The end is reached",
	"3 matches (max 10000)",
	"Only directories are listed",
	"Only names, as at first, are listed",
	"Done, 0 errors",
	"Transfer complete without errors",
	"ABOR command successful",
	"First 000000000000000000000005 of them",
	"Only such as are 30 days old",
	"Names of users limited to 8",
	"Usernames limited to 8",
	"",
	NULL
};

static void
test_admits(void **state)
{
	char said[64];
	size_t i;

	(void)state;
	for (i = 0; admissions[i] != NULL; i++)
		if (!admits_reply(admissions[i], said, sizeof(said)))
			fail_msg("not seen: %s", admissions[i]);
	/* What stands behind a line ends no name in it. */
	assert_true(admits_line("\"x truncated\"", 12, said, sizeof(said)));
}

static void
test_others(void **state)
{
	char said[64];
	size_t i;

	(void)state;
	for (i = 0; others[i] != NULL; i++)
		if (admits_reply(others[i], said, sizeof(said)))
			fail_msg("mistaken: %s", others[i]);
}

static void
test_line(void **state)
{
	char said[32];

	(void)state;
	assert_true(admits_reply("Options: -a -l \nOutput truncated to 7\x1b",
	    said, sizeof(said)));
	assert_string_equal(said, "Output truncated to 7\\033");
	assert_true(admits_reply(" first 20 files\ndone", said, sizeof(said)));
	assert_string_equal(said, "first 20 files");
	assert_false(admits_reply("Options: -a -l \n20 matches total", said,
	    sizeof(said)));
	assert_string_equal(said, "");
	assert_false(admits_reply("", said, sizeof(said)));
}

/* Long lines are looked at as far as their beginning. */
static void
test_long(void **state)
{
	static char line[100 * 1000];
	char said[16], all[1024];
	size_t i;

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	assert_false(admits_reply(line, said, sizeof(said)));
	memset(line, ' ', sizeof(line) - 1);
	memcpy(line, "truncated", 9);
	assert_true(admits_reply(line, said, sizeof(said)));
	/* Of so many words. */
	for (i = 0; i < 63; i++)
		memcpy(line + 2 * i, "a ", 2);
	memcpy(line + 2 * i, "denied", 6);
	assert_true(admits_line(line, 200, said, sizeof(said)));
	memcpy(line + 2 * i, "a denied", 8);
	assert_false(admits_line(line, 200, said, sizeof(said)));
	/* What is said of one as long as they get. */
	memset(line, '.', sizeof(line) - 1);
	memcpy(line, "truncated ", 10);
	assert_true(admits_line(line, 512, all, sizeof(all)));
	assert_int_equal(strlen(all), 511);
	/* The last 6 of 511 bytes. */
	memset(line, ' ', sizeof(line) - 1);
	memcpy(line + 505, "denied", 6);
	assert_true(admits_reply(line, said, sizeof(said)));
	memset(line, '"', sizeof(line) - 1);
	assert_false(admits_reply(line, said, sizeof(said)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_admits),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
