/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the answers to USER, PASS, PBSZ and TYPE in one flight say together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "ftp/sight.h"

enum { BUFSIZE = 16 * 1024, SHORT_MS = 1 };

/* The control connection of a flight that was answered so far by said. */
static struct control *
fly(const char *said, int *peer)
{
	static const char *const flight[] = {
		"USER u", "PASS p", "PBSZ 0", "TYPE I",
	};
	struct err err = ERR_INIT;
	struct control *c;
	int fds[2];
	size_t i;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	c = control_new(stream_new(fds[0], BUFSIZE), 1, NULL);
	for (i = 0; i < sizeof(flight) / sizeof(flight[0]); i++)
		assert_int_equal(control_send(c, &err, "%s", flight[i]), 0);
	assert_int_equal(write(fds[1], said, strlen(said)),
	    (ssize_t)strlen(said));
	(void)control_gather(c, NULL, SHORT_MS, &err);
	*peer = fds[1];
	return c;
}

static void
test_look(void **state)
{
	static const struct {
		const char *said;
		struct sight sight;
	} rows[] = {
		{ "", { .own = true, .missing = true } },
		{ "331 And?\r\n", { .own = true, .missing = true } },
		{ "331 And?\r\n230 In\r\n200 0\r\n200 I\r\n",
		    { .own = true, .in = true } },
		{ "230 In\r\n202 In\r\n200 0\r\n200 I\r\n",
		    { .own = true, .in = true } },
		{ "331 And?\r\n232 In\r\n", { .own = true, .missing = true,
		    .in = true } },
		{ "331 And?\r\n501 No\r\n", { .own = true, .missing = true,
		    .refused = true, .final = true } },
		{ "331 And?\r\n530 No\r\n", { .own = true, .missing = true,
		    .refused = true, .final = true, .no = "530 No" } },
		{ "331 And?\r\n530 No\r\n503 No\r\n530 Not yet\r\n",
		    { .own = true, .refused = true, .final = true,
		    .no = "530 Not yet" } },
		{ "399 Well\r\n", { .missing = true } },
		{ "400 No\r\n", { .own = true, .missing = true,
		    .refused = true, .final = true } },
		{ "331 And?\r\n430 No\r\n", { .own = true, .missing = true,
		    .refused = true, .final = true, .no = "430 No" } },
		{ "421 Bye\r\n", { .own = true, .missing = true,
		    .refused = true, .final = true } },
		/* PASS was thrown away. */
		{ "331 And?\r\n503 USER first\r\n200 0\r\n200 I\r\n",
		    { .refused = true, .lost = true } },
		/* Answered in an order of its own. */
		{ "331 And?\r\n200 0\r\n200 I\r\n230 In\r\n",
		    { .in = true } },
		{ "200 0\r\n530 No\r\n", { .missing = true, .refused = true,
		    .no = "530 No" } },
		/* Not logged in, it says behind its 230. */
		{ "331 And?\r\n230 In\r\n530 No\r\n", { .missing = true,
		    .in = true, .refused = true, .no = "530 No" } },
		/* Of PASS, in the middle of that of USER. */
		{ "331-And?\r\n230 In\r\n331 Yes\r\n200 0\r\n200 I\r\n",
		    { .in = true } },
		{ "500 What?\r\n", { .missing = true, .refused = true } },
	};
	struct control *c;
	struct sight s;
	size_t i;
	int peer;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		c = fly(rows[i].said, &peer);
		sight_look(c, &s);
		if (s.own != rows[i].sight.own ||
		    s.missing != rows[i].sight.missing ||
		    s.in != rows[i].sight.in ||
		    s.refused != rows[i].sight.refused ||
		    s.final != rows[i].sight.final ||
		    s.lost != rows[i].sight.lost ||
		    strcmp(s.no, rows[i].sight.no) != 0)
			fail_msg("%s: own %d missing %d in %d refused %d "
			    "final %d lost %d no '%s'", rows[i].said, s.own,
			    s.missing, s.in, s.refused, s.final, s.lost, s.no);
		control_free(c);
		close(peer);
	}
}

static void
test_awaits(void **state)
{
	struct control *c;
	int peer;

	(void)state;
	c = fly("", &peer);
	assert_true(sight_awaits(c, "USER"));
	assert_false(sight_awaits(c, "PASS"));
	control_free(c);
	close(peer);
	c = fly("331 And?\r\n", &peer);
	assert_true(sight_awaits(c, "PASS"));
	control_free(c);
	close(peer);
	c = fly("331 A\r\n230 B\r\n200 C\r\n200 D\r\n", &peer);
	assert_false(sight_awaits(c, "USER"));
	assert_false(sight_awaits(c, "PASS"));
	control_free(c);
	close(peer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_look),
		cmocka_unit_test(test_awaits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
