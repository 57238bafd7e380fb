/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/option.h"
#include "shell/lftp.h"

/* Sets it as "set" would; what is said, or NULL. */
static const char *
set(struct settings *st, const char *name, const char *value)
{
	struct err err = ERR_INIT;
	struct lftp_set s;

	if (lftp_setting(name, value, &s, &err) != 0)
		fail_msg("%s %s: %s", name, value, err.msg);
	if (s.ours != NULL && option_set(st, s.ours, s.value, &err) != 0)
		fail_msg("%s %s: %s", name, value, err.msg);
	lftp_release(&s);
	return s.say;
}

static void
test_ours(void **state)
{
	struct settings st;

	(void)state;
	settings_init(&st);
	assert_null(set(&st, "ftp:passive-mode", "off"));
	assert_int_equal(st.mode, MODE_ACTIVE);
	assert_null(set(&st, "ftp:passive-mode", "yes"));
	assert_int_equal(st.mode, MODE_PASSIVE);
	set(&st, "ftp:prefer-epsv", "no");
	assert_int_equal(st.passive_command, PASSIVE_PASV);
	set(&st, "ftp:sync-mode", "on");
	assert_int_equal(st.pipeline, PIPELINE_OFF);
	set(&st, "ftp:use-mlsd", "no");
	assert_int_equal(st.listing, LISTING_LIST);
	set(&st, "ftp:use-stat-for-list", "yes");
	assert_int_equal(st.listing, LISTING_STAT);
	set(&st, "xfer:use-temp-file", "no");
	assert_false(st.temp_names);
	set(&st, "color:use-color", "no");
	assert_int_equal(st.color, WHEN_NEVER);
	set(&st, "net:timeout/ftp.example.net", "30s");
	assert_int_equal(st.timeout, 30000);
	set(&st, "net:max-retries", "3");
	assert_int_equal(st.retries, 3);
	set(&st, "net:reconnect-interval-base", "5");
	assert_int_equal(st.retry_delay, 5000);
	set(&st, "net:limit-rate", "0:2K");
	assert_int_equal(st.rate_limit, 2048);
	set(&st, "net:limit-total-rate", "3K:0");
	assert_int_equal(st.rate_limit, 3072);
	set(&st, "mirror:parallel-transfer-count", "7");
	assert_int_equal(st.connections, 7);
	set(&st, "ftp:port-range", "5000-5010");
	assert_int_equal(st.active_port_hi, 5010);
	set(&st, "ssl:ca-file", "/a");
	assert_string_equal(st.ca_file, "/a");
	set(&st, "ssl:cert-file", "/b");
	assert_string_equal(st.cert, "/b");
	set(&st, "ssl:key-file", "/c");
	assert_string_equal(st.key, "/c");
	settings_release(&st);
}

/* No word of lftp's takes protection away, but each is told of. */
static void
test_checks_stay(void **state)
{
	static const char *const names[] = {
		"ssl:verify-certificate", "ssl:check-hostname",
		"ftp:ssl-allow", "ftp:ssl-protect-data",
		"ssl:verify-certificate/host",
	};
	static const char *const quiet[] = {
		"ftp:ssl-force", "ftp:ssl-protect-list", "ftp:ssl-use-ccc",
		"ftps:initial-prot",
	};
	struct settings st;
	size_t i;

	(void)state;
	settings_init(&st);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_non_null(set(&st, names[i], "no"));
		assert_null(set(&st, names[i], "yes"));
	}
	for (i = 0; i < sizeof(quiet) / sizeof(quiet[0]); i++)
		set(&st, quiet[i], "no");
	assert_int_equal(st.set, 0);
	assert_false(st.insecure);
	assert_int_equal(st.tls, TLS_EXPLICIT);
	assert_int_equal(st.tls_data, TLS_DATA_PRIVATE);
	settings_release(&st);
}

static void
test_unknown(void **state)
{
	struct err err = ERR_INIT;
	struct lftp_set s;

	(void)state;
	assert_true(lftp_is_setting("ftp:x"));
	assert_false(lftp_is_setting("port"));
	assert_false(lftp_is_setting(":x"));
	assert_false(lftp_is_setting("x:"));
	assert_int_equal(lftp_setting("ftp:x", "1", &s, &err), -1);
	assert_int_equal(lftp_setting("ftp:passive-mode", "x", &s, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
}

/* lftp takes names without their group; not those that are ours. */
static void
test_without_group(void **state)
{
	struct settings st;

	(void)state;
	settings_init(&st);
	assert_true(lftp_is_setting("passive-mode"));
	assert_false(lftp_is_setting("timeout"));
	assert_false(lftp_is_setting("nosuch"));
	assert_false(lftp_is_setting("*"));
	assert_null(set(&st, "passive-mode", "off"));
	assert_int_equal(st.mode, MODE_ACTIVE);
	assert_non_null(set(&st, "verify-certificate", "no"));
	assert_non_null(set(&st, "use-utf8", "no"));
	settings_release(&st);
}

static void
test_groups(void **state)
{
	static const char *const refused[] = {
		"ftp:proxy", "ftp:home", "mirror:exclude-regex", "ssl:ca-path",
	};
	struct settings st;
	struct err err;
	struct lftp_set s;
	size_t i;

	(void)state;
	settings_init(&st);
	assert_null(set(&st, "sftp:auto-confirm", "yes"));
	assert_null(set(&st, "cmd:prompt", "x"));
	assert_null(set(&st, "ftp:use-allo", "no"));
	assert_non_null(set(&st, "log:enabled", "yes"));
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		err_clear(&err);
		assert_null(set(&st, refused[i], ""));
		assert_int_equal(lftp_setting(refused[i], "x", &s, &err), -1);
		assert_non_null(strstr(err.msg, ": not here: "));
	}
	assert_int_equal(st.set, 0);
	settings_release(&st);
}

/* What cannot be passed over says why. */
static void
test_mirror(void **state)
{
	const struct cmd_option *o;
	struct err err;
	const char *say;
	size_t refused = 0;

	(void)state;
	for (o = lftp_mirror_options; o->id != 0; o++) {
		err_clear(&err);
		if (lftp_mirror_option(o->id, &say, &err) != 0) {
			assert_int_equal(err.kind, ERR_USAGE);
			refused++;
		}
	}
	assert_true(refused > 10);
	assert_int_equal(lftp_mirror_option('R', &say, &err), 0);
	assert_null(say);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ours),
		cmocka_unit_test(test_checks_stay),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_without_group),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_mirror),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
