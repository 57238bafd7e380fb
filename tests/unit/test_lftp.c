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
	set(&st, "ftp:prefer-epsv", "yes");
	assert_int_equal(st.passive_command, PASSIVE_AUTO);
	set(&st, "ftp:sync-mode", "on");
	assert_int_equal(st.pipeline, PIPELINE_OFF);
	set(&st, "ftp:sync-mode", "off");
	assert_int_equal(st.pipeline, PIPELINE_AUTO);
	set(&st, "ftp:use-mlsd", "no");
	assert_int_equal(st.listing, LISTING_LIST);
	set(&st, "ftp:use-mlsd", "yes");
	assert_int_equal(st.listing, LISTING_AUTO);
	set(&st, "ftp:use-stat-for-list", "yes");
	assert_int_equal(st.listing, LISTING_STAT);
	set(&st, "ftp:use-stat-for-list", "no");
	assert_int_equal(st.listing, LISTING_AUTO);
	set(&st, "xfer:use-temp-file", "no");
	assert_false(st.temp_names);
	set(&st, "xfer:use-temp-file", "yes");
	assert_true(st.temp_names);
	set(&st, "color:use-color", "no");
	assert_int_equal(st.color, WHEN_NEVER);
	set(&st, "color:use-color", "yes");
	assert_int_equal(st.color, WHEN_ALWAYS);
	settings_release(&st);
}

static void
test_values(void **state)
{
	struct settings st;

	(void)state;
	settings_init(&st);
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
	set(&st, "net:limit-rate", "4K");
	assert_int_equal(st.rate_limit, 4096);
	set(&st, "net:limit-rate", "0:0");
	assert_int_equal(st.rate_limit, 0);
	set(&st, "net:limit-rate", "1K");
	set(&st, "net:limit-rate", "0\0" "9");
	assert_int_equal(st.rate_limit, 0);
	set(&st, "net:connection-limit", "5");
	assert_int_equal(st.connections, 5);
	set(&st, "pget:default-n", "6");
	assert_int_equal(st.connections, 6);
	set(&st, "xfer:parallel", "8");
	assert_int_equal(st.connections, 8);
	set(&st, "mirror:parallel-transfer-count", "7");
	assert_int_equal(st.connections, 7);
	set(&st, "ftp:port-range", "5000-5010");
	assert_int_equal(st.active_port_hi, 5010);
	set(&st, "ftp:port-ipv4", "192.0.2.1");
	assert_string_equal(st.active_address, "192.0.2.1");
	set(&st, "net:socket-bind-ipv4", "192.0.2.2");
	assert_string_equal(st.bind_address, "192.0.2.2");
	set(&st, "net:socket-bind-ipv6", "2001:db8::1");
	assert_string_equal(st.bind_address, "2001:db8::1");
	set(&st, "ssl:crl-file", "/d");
	assert_string_equal(st.crl_file, "/d");
	set(&st, "ssl:priority", "NORMAL");
	assert_string_equal(st.tls_priority, "NORMAL");
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
	assert_int_equal(lftp_setting("net:time", "1", &s, &err), -1);
	assert_int_equal(lftp_setting("net:timeouts", "1", &s, &err), -1);
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

/* "passed", "told", or "refused". */
static const char *
fate_of(const struct cmd_option *o)
{
	struct err err = ERR_INIT;
	const char *say;

	if (lftp_mirror_option(o->id, &say, &err) == 0)
		return say != NULL ? "told" : "passed";
	assert_int_equal(err.kind, ERR_USAGE);
	assert_null(say);
	return "refused";
}

/* What would change what is done cannot be passed over. */
static void
test_mirror(void **state)
{
	static const char *const passed[] = {
		"depth-first", "scan-all-first", "skip-noaccess", "use-cache",
		"overwrite", "no-overwrite", "upload-older", "no-dereference",
		"no-umask", "allow-suid", "s", NULL
	};
	static const char *const told[] = {
		"delete-first", "log", "use-pget-n", "transfer-all", NULL
	};
	const struct cmd_option *o;
	const char *want, *const *name, *say;
	struct err err = ERR_INIT;
	char letter[2] = "";

	(void)state;
	for (o = lftp_mirror_options; o->id != 0; o++) {
		want = "refused";
		letter[0] = (char)o->id;
		for (name = passed; *name != NULL; name++)
			if (strcmp(*name, o->name != NULL ? o->name :
			    letter) == 0)
				want = "passed";
		for (name = told; *name != NULL; name++)
			if (o->name != NULL && strcmp(*name, o->name) == 0)
				want = "told";
		if (strcmp(fate_of(o), want) != 0)
			fail_msg("%s is %s", o->name != NULL ? o->name :
			    letter, fate_of(o));
	}
	assert_int_equal(lftp_mirror_option('R', &say, &err), 0);
	assert_null(say);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ours),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_checks_stay),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_without_group),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_mirror),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
