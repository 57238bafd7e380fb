/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "base/log.h"
#include "ftp/server.h"
#include "locks.h"

#define TLS PROOF_TOLD_UNDER_TLS
#define CLEAR PROOF_HINT_IN_CLEAR

static int
setup(void **state)
{
	*state = server_new();
	return 0;
}

static int
teardown(void **state)
{
	server_free(*state);
	return 0;
}

static void
test_nothing_known(void **state)
{
	struct server *s = *state;

	assert_true(server_has(s, TRAIT_EPSV));
	assert_false(server_shown(s, TRAIT_EPSV, CLEAR));
	assert_true(server_has(s, TRAIT_LIST_A));
	assert_false(server_has(s, TRAIT_MLSD));
	assert_false(server_has(s, TRAIT_STAT_IS_WHOLE));
}

static void
test_families(void **state)
{
	static const struct {
		const char *greeting;
		bool whole, leaves_out, stop, end, no_links;
	} rows[] = {
		{ "(vsFTPd 3.0.3)", true, false, true, true, false },
		{ "welcome to VSFTPD", true, false, true, true, false },
		{ "ProFTPD Server (x)", false, true, true, false, true },
		{ "pyftpdlib 1.5.7 ready.", false, false, true, false, true },
		{ "Welcome to Pure-FTPd", false, false, false, false, false },
		{ "", false, false, false, false, false },
	};
	struct server *s = *state;
	size_t i;

	/* Each in the place of the one before. */
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		server_greeted(s, rows[i].greeting, TLS);
		assert_int_equal(server_has(s, TRAIT_STAT_IS_WHOLE),
		    rows[i].whole);
		assert_int_equal(server_has(s, TRAIT_STAT_LEAVES_OUT),
		    rows[i].leaves_out);
		assert_int_equal(server_has(s, TRAIT_STOP), rows[i].stop);
		assert_int_equal(server_has(s, TRAIT_EARLY_END), rows[i].end);
		assert_int_equal(server_has(s, TRAIT_MLSD_NO_LINKS),
		    rows[i].no_links);
	}
}

static void
test_refusals(void **state)
{
	struct server *s = *state;

	assert_int_equal(server_refusals(s), 0);
	server_login(s, false);
	server_login(s, false);
	assert_int_equal(server_refusals(s), 2);
	server_login(s, true);
	assert_int_equal(server_refusals(s), 0);
	server_login(s, false);
	assert_int_equal(server_refusals(s), 1);
}

/* What anybody can have written serves nothing that matters. */
static void
test_hint(void **state)
{
	static const char *const names[] = {
		"vsFTPd", "ProFTPD", "pyftpdlib",
	};
	struct server *s = *state, *none = server_new();
	enum trait t;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		server_greeted(s, names[i], CLEAR);
		for (t = 0; t < TRAITS; t++)
			if (t != TRAIT_EPSV_AT_LOGIN)
				assert_int_equal(server_has(s, t),
				    server_has(none, t));
		assert_int_equal(server_has(s, TRAIT_EPSV_AT_LOGIN),
		    strcmp(names[i], "ProFTPD") == 0);
	}
	server_greeted(s, "ProFTPD", TLS);
	server_greeted(s, "vsFTPd", CLEAR);
	assert_true(server_has(s, TRAIT_STAT_LEAVES_OUT));
	server_free(none);
}

#define VSFTPD_FEAT "Features:\n AUTH TLS\n EPRT\n EPSV\n MDTM\n PASV\n" \
	" PBSZ\n PROT\n REST STREAM\n SIZE\n TVFS\nEnd"
#define PROFTPD_FEAT "Features:\n AUTH TLS\n CCC\n MFF modify;UNIX.group;" \
	"UNIX.mode;\n MFMT\n REST STREAM\n SIZE\n TVFS\nEnd"
#define SITE_MISC_FEAT "Merkmale:\n EPSV\n SITE MKDIR\n SITE RMDIR\n" \
	" SITE SYMLINK\n SITE UTIME\n SIZE\nEnde"
#define PYFTPDLIB_FEAT "Features supported:\n EPSV\n MLST type*;\n" \
	" REST STREAM\n SIZE\n TVFS\nEnd FEAT."
#define PUREFTPD_FEAT "Extensions supported:\n EPRT\n MLST type*;\nEnd."

/* What they say under TLS, as they were heard, and what only looks like it. */
static void
test_words(void **state)
{
	static const struct {
		struct server_words words;
		enum trait has;		/* TRAITS: none */
	} rows[] = {
		{ { NULL, VSFTPD_FEAT, "Switching to Binary mode." },
		    TRAIT_STAT_IS_WHOLE },
		{ { NULL, PROFTPD_FEAT, "Type set to I" },
		    TRAIT_STAT_LEAVES_OUT },
		{ { NULL, SITE_MISC_FEAT, "Typ ist I" },
		    TRAIT_STAT_LEAVES_OUT },
		{ { NULL, PYFTPDLIB_FEAT, "Type set to: Binary." },
		    TRAIT_MLSD_NO_LINKS },
		{ { NULL, PUREFTPD_FEAT, "TYPE is now 8-bit binary" },
		    TRAITS },
		{ { NULL, NULL, "Switching to Binary mode." }, TRAITS },
		{ { NULL, VSFTPD_FEAT, "Type set to I" }, TRAITS },
		{ { NULL, VSFTPD_FEAT, "Switching to Binary mode. MKD" },
		    TRAITS },
		{ { NULL, PROFTPD_FEAT, "Switching to Binary mode." },
		    TRAIT_STAT_LEAVES_OUT },
		{ { NULL, PYFTPDLIB_FEAT, "Switching to Binary mode." },
		    TRAITS },
		{ { NULL, PYFTPDLIB_FEAT, "Type set to I" }, TRAITS },
		{ { NULL, NULL, NULL }, TRAITS },
		{ { "(vsFTPd 3.0.3)", NULL, "ok" }, TRAIT_STAT_IS_WHOLE },
		{ { "(vsFTPd 3.0.3)", PROFTPD_FEAT, "ok" },
		    TRAIT_STAT_LEAVES_OUT },
	};
	static const enum trait asked[] = {
		TRAIT_STAT_IS_WHOLE, TRAIT_STAT_LEAVES_OUT,
	};
	struct server *s = *state;
	size_t i, j;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		server_greeted(s, "vsFTPd", CLEAR);
		server_told(s, &rows[i].words);
		for (j = 0; j < 2; j++)
			if (server_has(s, asked[j]) != (asked[j] ==
			    rows[i].has))
				fail_msg("row %zu", i);
		if (rows[i].has == TRAITS && server_has(s,
		    TRAIT_MLSD_NO_LINKS))
			fail_msg("row %zu", i);
		if (rows[i].has != TRAITS)
			assert_true(server_shown(s, rows[i].has, TLS));
	}
}

/* Advice for administrators comes from whoever it is taken for. */
static void
test_directives(void **state)
{
	static const struct server_words words = { NULL, "Extensions "
	    "supported:\n SIZE\n TVFS\n ESTA\n PASV\n EPSV\n ESTP\nEnd.",
	    "TYPE is now 8-bit binary" };
	struct server *s = *state;
	const char *where = "?";

	assert_null(server_directive(s, WISH_PORTS, &where));
	server_greeted(s, "ProFTPD Server ready.", CLEAR);
	assert_string_equal(server_directive(s, WISH_PORTS, &where),
	    "PassivePorts 50000 50100");
	assert_string_equal(where, "proftpd.conf");
	server_told(s, &words);
	assert_string_equal(server_directive(s, WISH_PORTS, &where),
	    "PassivePortRange 50000 50100");
	assert_string_equal(where, "pure-ftpd.conf");
	assert_null(server_directive(s, WISH_ANY_SESSION, &where));
}

/* A weaker proof does not replace a stronger one; an equal one does. */
static void
test_proofs(void **state)
{
	static const enum proof proofs[] = { CLEAR, TLS, PROOF_SEEN };
	struct server *s;
	int a, b, value;

	(void)state;
	for (a = 0; a < 3; a++)
		for (b = 0; b < 3; b++)
			for (value = 0; value < 2; value++) {
				s = server_new();
				server_learn(s, TRAIT_EPSV_AT_LOGIN, value,
				    proofs[a], NULL);
				server_learn(s, TRAIT_EPSV_AT_LOGIN, !value,
				    proofs[b], NULL);
				assert_int_equal(server_has(s,
				    TRAIT_EPSV_AT_LOGIN),
				    b >= a ? !value : value);
				server_free(s);
			}
	s = server_new();
	server_learn(s, TRAIT_EPSV, true, TLS, NULL);
	assert_true(server_shown(s, TRAIT_EPSV, CLEAR));
	assert_true(server_shown(s, TRAIT_EPSV, TLS));
	assert_false(server_shown(s, TRAIT_EPSV, PROOF_SEEN));
	server_learn(s, TRAIT_EPSV, false, PROOF_SEEN, NULL);
	assert_false(server_shown(s, TRAIT_EPSV, CLEAR));
	server_free(s);
}

/* A new family forgets what the old one was told to be, not what was seen. */
static void
test_family_changes(void **state)
{
	struct server *s = *state;

	server_greeted(s, "vsFTPd", TLS);
	server_learn(s, TRAIT_EARLY_END, false, PROOF_SEEN, NULL);
	server_learn(s, TRAIT_CHMOD, false, PROOF_SEEN, NULL);
	server_greeted(s, "vsFTPd", TLS);
	assert_false(server_has(s, TRAIT_EARLY_END));
	server_greeted(s, "something else", TLS);
	assert_false(server_has(s, TRAIT_EARLY_END));
	assert_false(server_has(s, TRAIT_CHMOD));
	assert_false(server_has(s, TRAIT_STAT_IS_WHOLE));
	assert_true(server_has(s, TRAIT_UTIME));
}

/* A kind that worked is doubted at the second loss in a row, others at once. */
static void
test_flights(void **state)
{
	struct server *s = *state;

	assert_false(server_flew(s, "RETR"));
	server_flight_worked(s, "RETR");
	assert_true(server_flew(s, "RETR"));
	assert_false(server_flew(s, "STOR"));
	assert_false(server_flight_failed(s, TRAIT_FLIGHTS, "RETR", "lost"));
	server_flight_worked(s, "RETR");
	assert_false(server_flight_failed(s, TRAIT_FLIGHTS, "RETR", "lost"));
	assert_true(server_has(s, TRAIT_FLIGHTS));
	assert_true(server_flight_failed(s, TRAIT_EPSV_AHEAD, "EPSV", "lost"));
	assert_true(server_has(s, TRAIT_FLIGHTS));
	assert_true(server_flight_failed(s, TRAIT_FLIGHTS, "RETR", "lost"));
	assert_false(server_has(s, TRAIT_FLIGHTS));
	/* What another session gave up is not tried again. */
	server_flight_worked(s, "MKD");
	assert_true(server_flight_failed(s, TRAIT_FLIGHTS, "MKD", "lost"));
}

/* Of more kinds than there are nothing is known: they are not believed in. */
static void
test_many_flights(void **state)
{
	struct server *s = *state;
	char verb[] = "AA";
	int i, flew = 0;

	for (i = 0; i < 100; i++) {
		verb[0] = (char)('A' + i / 10);
		verb[1] = (char)('A' + i % 10);
		server_flight_worked(s, verb);
		flew += server_flew(s, verb);
	}
	assert_int_equal(flew, 48);
	assert_int_equal(server_refusals(s), 0);
	assert_true(server_flew(s, "AA"));
	assert_true(server_flight_failed(s, TRAIT_FLIGHTS, verb, "lost"));
	assert_false(server_has(s, TRAIT_FLIGHTS));
}

static void
keep(void *ctx, enum log_level level, const char *line)
{
	(void)level;
	strlcat(ctx, line, 256);
	strlcat(ctx, "\n", 256);
}

static void
test_log(void **state)
{
	struct server *s = *state;
	char lines[256] = "";

	log_setup(LOG_DIALOGUE, keep, lines);
	server_learn(s, TRAIT_EPSV, true, PROOF_SEEN, "229 so");
	server_learn(s, TRAIT_EPSV, false, PROOF_SEEN, "500 what");
	server_learn(s, TRAIT_EPSV, false, PROOF_SEEN, "500 what");
	server_learn(s, TRAIT_REST, false, PROOF_SEEN, NULL);
	server_learn(s, TRAIT_MLSD, true, TLS, NULL);
	log_setup(LOG_WARNING, NULL, NULL);
	assert_string_equal(lines, "server: no EPSV: 500 what\n"
	    "server: no REST\n");
}

static void
test_count(void **state)
{
	struct server *s = *state;

	assert_int_equal(server_connections(s), 0);
	server_count(s, 1);
	server_count(s, 1);
	assert_int_equal(server_connections(s), 2);
	server_count(s, -1);
	assert_int_equal(server_connections(s), 1);
	server_count(s, -1);
}

/* It is there until the last who holds it lets it go. */
static void
test_hold(void **state)
{
	struct server *s = *state;

	assert_ptr_equal(server_hold(s), s);
	assert_ptr_equal(server_hold(s), s);
	server_free(s);
	server_free(s);
	server_learn(s, TRAIT_EPSV, false, PROOF_SEEN, NULL);
	assert_false(server_has(s, TRAIT_EPSV));
}

static void *
learn_much(void *arg)
{
	int i;

	for (i = 0; i < 10000; i++) {
		server_learn(arg, i % TRAITS, i & 1, PROOF_SEEN, NULL);
		(void)server_has(arg, (i + 1) % TRAITS);
		server_greeted(arg, i & 2 ? "vsFTPd" : "ProFTPD", TLS);
	}
	return NULL;
}

/* For the thread sanitizer. */
static void
test_threads(void **state)
{
	pthread_t t[3];
	size_t i;

	for (i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&t[i], NULL, learn_much,
		    *state), 0);
	for (i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
}

#define server_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		server_test(test_nothing_known),
		server_test(test_families),
		server_test(test_refusals),
		server_test(test_hint),
		server_test(test_words),
		server_test(test_directives),
		server_test(test_proofs),
		server_test(test_family_changes),
		server_test(test_flights),
		server_test(test_many_flights),
		server_test(test_log),
		server_test(test_count),
		server_test(test_hold),
		server_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
