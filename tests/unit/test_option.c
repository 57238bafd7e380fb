/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/option.h"
#include "config/pin.h"

#define PIN_A "sha256//AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define HEX_A "000102030405060708090a0b0c0d0e0f" \
    "101112131415161718191A1B1C1D1E1F"
#define COLONS_A "00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:" \
    "10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F"
#define PIN_B "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static char *
printed(const struct settings *st, const char *name)
{
	struct buf b = BUF_INIT(BUF_OWN);
	static char text[512];

	option_print(st, option_find(name), &b);
	assert_true(b.len < sizeof(text));
	memcpy(text, b.data, b.len + 1);
	buf_release(&b);
	return text;
}

static void
test_defaults(void **state)
{
	struct settings st;

	(void)state;
	settings_init(&st);
	assert_null(st.host);
	assert_int_equal(st.port, 0);
	assert_int_equal(st.tls, TLS_EXPLICIT);
	assert_int_equal(st.tls_data, TLS_DATA_PRIVATE);
	assert_int_equal(st.tls_min, TLS_MIN_12);
	assert_int_equal(st.tls_resume, TLS_RESUME_AUTO);
	assert_int_equal(st.tls_eof, TLS_EOF_SIZE);
	assert_false(st.insecure);
	assert_int_equal(st.pin.n, 0);
	assert_int_equal(st.mode, MODE_PASSIVE);
	assert_int_equal(st.active_port_lo, 0);
	assert_int_equal(st.passive_address, PASSIVE_CONTROL);
	assert_int_equal(st.address_family, FAMILY_ANY);
	assert_int_equal(st.connections, 4);
	assert_int_equal(st.pipeline, PIPELINE_AUTO);
	assert_int_equal(st.connect_timeout, 20000);
	assert_int_equal(st.timeout, 60000);
	assert_int_equal(st.reply_timeout, 300000);
	assert_int_equal(st.retries, 10);
	assert_int_equal(st.retry_delay, 1000);
	assert_int_equal(st.keepalive, 60000);
	assert_null(st.deadline);
	assert_int_equal(st.rate_limit, 0);
	assert_int_equal(st.listing, LISTING_AUTO);
	assert_true(st.temp_names);
	assert_true(st.preserve_times);
	assert_false(st.fsync);
	assert_int_equal(st.verify, VERIFY_SIZE);
	assert_true(st.glob);
	assert_true(st.confirm);
	assert_int_equal(st.color, WHEN_AUTO);
	assert_int_equal(st.progress, WHEN_AUTO);
	assert_true(st.set == 0);
	settings_release(&st);
}

static void
test_table(void **state)
{
	const struct option_row *row, *other;
	struct settings st;
	struct err err = ERR_INIT;

	(void)state;
	settings_init(&st);
	for (row = option_table; row->name != NULL; row++) {
		assert_ptr_equal(option_find(row->name), row);
		assert_true(row->help != NULL && *row->help != '\0');
		for (other = option_table; other < row; other++) {
			assert_string_not_equal(other->name, row->name);
			assert_true(other->offset != row->offset);
		}
		assert_int_equal(row->type == OPTION_CHOICE,
		    row->choices != NULL);
		assert_true(row->type != OPTION_LIST || row->check != NULL);
		/* what is printed as the default can be set again */
		if (row->preset != NULL) {
			assert_string_equal(printed(&st, row->name),
			    row->preset);
			assert_int_equal(option_set(&st, row->name,
			    row->preset, &err), 0);
		} else
			assert_string_equal(printed(&st, row->name), "");
	}
	assert_null(option_find("insecure"));
	assert_null(option_find("Host"));
	assert_null(option_find(""));
	settings_release(&st);
}

/* NULL print: refused, with a message that has this in it. */
struct set_case {
	const char *name, *value, *print, *says;
};

static const struct set_case set_cases[] = {
	{ "host", "nas.example.net", "nas.example.net", NULL },
	{ "host", "", "", NULL },
	{ "host", "a b", NULL, "host: 'a b': not the name of a host" },
	{ "host", "a\033b", NULL, "host: 'a" },
	{ "port", "1", "1", NULL },
	{ "port", "65535", "65535", NULL },
	{ "port", "990", "990", NULL },
	{ "port", "", "", NULL },
	{ "port", "0", NULL, "port: '0': not a number from 1 to 65535" },
	{ "port", "65536", NULL, "1 to 65535" },
	{ "port", "21 ", NULL, "1 to 65535" },
	{ "port", "-1", NULL, "1 to 65535" },
	{ "user", "a@b", "a@b", NULL },
	{ "user", "a\r\nDELE x", NULL, "CR or LF" },
	{ "account", "a\n", NULL, "account: CR or LF" },
	{ "dir", "/a b", "/a b", NULL },
	{ "dir", "a\rb", NULL, "CR or LF" },
	{ "password-command", "pass show 'a b' | head -1",
	    "pass show 'a b' | head -1", NULL },
	{ "tls", "implicit", "implicit", NULL },
	{ "tls", "off", "off", NULL },
	{ "tls", "Off", NULL, "not one of explicit implicit off" },
	{ "tls", "", NULL, "not one of" },
	{ "tls", "no", NULL, "not one of" },
	{ "tls-data", "clear", "clear", NULL },
	{ "tls-min", "1.3", "1.3", NULL },
	{ "tls-min", "1.1", NULL, "not one of 1.2 1.3" },
	{ "tls-resume", "require", "require", NULL },
	{ "tls-eof", "lax", "lax", NULL },
	{ "pin", PIN_A, PIN_A, NULL },
	{ "pin", HEX_A ";" PIN_B, HEX_A ";" PIN_B, NULL },
	{ "pin", "", NULL, "pin: '': not sha256//" },
	{ "pin", PIN_A ";", NULL, "sha256//" },
	{ "pin", PIN_A ";;" PIN_B, NULL, "sha256//" },
	{ "pin", ";" PIN_A, NULL, "sha256//" },
	{ "pin", "sha256//", NULL, "sha256//" },
	{ "ca-file", "/etc/ca.pem", "/etc/ca.pem", NULL },
	{ "ca-file", "~/ca.pem", "/home/x/ca.pem", NULL },
	{ "ca-file", "~other/ca.pem", "~other/ca.pem", NULL },
	{ "ca-file", "", NULL, "empty" },
	{ "password-file", "~", "/home/x", NULL },
	{ "dir", "~/x", "~/x", NULL },
	{ "active-ports", "50000-50010", "50000-50010", NULL },
	{ "active-ports", "7-7", "7-7", NULL },
	{ "active-ports", "1-65535", "1-65535", NULL },
	{ "active-ports", "", "", NULL },
	{ "active-ports", "7", NULL, "LO-HI within 1-65535" },
	{ "active-ports", "8-7", NULL, "LO-HI" },
	{ "active-ports", "0-7", NULL, "LO-HI" },
	{ "active-ports", "1-65536", NULL, "LO-HI" },
	{ "active-ports", "1--2", NULL, "LO-HI" },
	{ "active-ports", "1-", NULL, "LO-HI" },
	{ "active-ports", "-2", NULL, "LO-HI" },
	{ "address-family", "ipv6", "ipv6", NULL },
	{ "connections", "1", "1", NULL },
	{ "connections", "256", "256", NULL },
	{ "connections", "0", NULL, "from 1 to 256" },
	{ "connections", "257", NULL, "from 1 to 256" },
	{ "connections", "", NULL, "from 1 to 256" },
	{ "connections", "4294967297", NULL, "from 1 to 256" },
	{ "retries", "0", "0", NULL },
	{ "retries", "1000000", "1000000", NULL },
	{ "retries", "1000001", NULL, "from 0 to 1000000" },
	{ "pipeline", "off", "off", NULL },
	{ "pipeline", "on", NULL, "not one of" },
	{ "timeout", "5m", "300s", NULL },
	{ "timeout", "1500ms", "1500ms", NULL },
	{ "timeout", "0", "0s", NULL },
	{ "timeout", "30d", "2592000s", NULL },
	{ "timeout", "2592000001ms", NULL, "more than 30 days" },
	{ "timeout", "31d", NULL, "more than 30 days" },
	{ "timeout", "soon", NULL, "not a time" },
	{ "timeout", "-5", NULL, "not a time" },
	{ "timeout", "", NULL, "not a time" },
	{ "rate-limit", "10M", "10M", NULL },
	{ "rate-limit", "10485761", "10485761", NULL },
	{ "rate-limit", "0", "0", NULL },
	{ "rate-limit", "1023", "1023", NULL },
	{ "rate-limit", "2048G", "2T", NULL },
	{ "rate-limit", "1024T", "1024T", NULL },
	{ "rate-limit", "9223372036854775807", "9223372036854775807", NULL },
	{ "rate-limit", "fast", NULL, "not a size" },
	{ "rate-limit", "-1", NULL, "not a size" },
	{ "rate-limit", "9223372036854775808", NULL, "not a size" },
	{ "deadline", "06:00", "06:00", NULL },
	{ "deadline", "6:00", "6:00", NULL },
	{ "deadline", "23:59", "23:59", NULL },
	{ "deadline", "006:00", NULL, "HH:MM" },
	{ "deadline", "2h", "2h", NULL },
	{ "deadline", "1ms", "1ms", NULL },
	{ "deadline", "", "", NULL },
	{ "deadline", "24:00", NULL, "HH:MM" },
	{ "deadline", "06:60", NULL, "HH:MM" },
	{ "deadline", ":00", NULL, "HH:MM" },
	{ "deadline", "06:0", NULL, "HH:MM" },
	{ "deadline", "0", NULL, "HH:MM" },
	{ "glob", "off", "no", NULL },
	{ "glob", "1", "yes", NULL },
	{ "glob", "maybe", NULL, "not yes or no" },
	{ "glob", "", NULL, "not yes or no" },
	{ "color", "never", "never", NULL },
	{ "verify", "none", "none", NULL },
	{ "key-password", "file:x", "file:x", NULL },
	{ "key-password", "command:x", "command:x", NULL },
	{ "key-password", "", "", NULL },
	{ "key-password", "command:", NULL, "key-password: neither file:" },
	{ "key-password", "file:-", NULL, "key-password: neither file:" },
};

static void
check_case(const struct set_case *c)
{
	const struct option_row *row = option_find(c->name);
	struct settings st;
	struct err err = ERR_INIT;
	char before[512];
	int rc;

	settings_init(&st);
	strlcpy(before, printed(&st, c->name), sizeof(before));
	rc = option_set(&st, c->name, c->value, &err);
	if (rc != (c->print != NULL ? 0 : -1))
		fail_msg("%s '%s': %d %s", c->name, c->value, rc, err.msg);
	assert_int_equal(option_is_set(&st, row), rc == 0);
	assert_string_equal(printed(&st, c->name),
	    c->print != NULL ? c->print : before);
	if (c->print == NULL) {
		assert_int_equal(err.kind, ERR_USAGE);
		if (strstr(err.msg, c->says) == NULL)
			fail_msg("%s '%s': says %s", c->name, c->value,
			    err.msg);
		assert_null(strpbrk(err.msg, "\r\n\033"));
	}
	settings_release(&st);
}

static void
test_set(void **state)
{
	size_t i;

	(void)state;
	assert_int_equal(setenv("HOME", "/home/x", 1), 0);
	for (i = 0; i < sizeof(set_cases) / sizeof(set_cases[0]); i++)
		check_case(&set_cases[i]);
}

static void
test_failed_set_keeps_value(void **state)
{
	struct settings st;
	struct err err = ERR_INIT;

	(void)state;
	settings_init(&st);
	assert_int_equal(option_set(&st, "host", "nas", &err), 0);
	assert_int_equal(option_set(&st, "host", "a b", &err), -1);
	assert_string_equal(st.host, "nas");
	assert_int_equal(option_set(&st, "pin", PIN_A, &err), 0);
	assert_int_equal(option_set(&st, "pin", PIN_B ";x", &err), -1);
	assert_int_equal(st.pin.n, 1);
	assert_int_equal(option_set(&st, "active-ports", "1-2", &err), 0);
	assert_int_equal(option_set(&st, "active-ports", "3-x", &err), -1);
	assert_int_equal(st.active_port_lo, 1);
	settings_release(&st);
}

static void
test_set_first(void **state)
{
	struct settings st;
	struct err err = ERR_INIT;

	(void)state;
	settings_init(&st);
	assert_int_equal(option_set_first(&st, "port", "1", &err), 0);
	assert_int_equal(option_set_first(&st, "port", "2", &err), 0);
	assert_int_equal(st.port, 1);
	assert_int_equal(option_set_first(&st, "port", "x", &err), -1);
	assert_int_equal(option_set(&st, "port", "3", &err), 0);
	assert_int_equal(st.port, 3);
	assert_int_equal(option_set_first(&st, "pin", PIN_A, &err), 0);
	assert_int_equal(option_set_first(&st, "pin", PIN_B, &err), 0);
	assert_int_equal(st.pin.n, 1);
	/* set to its default is set, and so is set to nothing */
	assert_int_equal(option_set(&st, "tls", "explicit", &err), 0);
	assert_int_equal(option_set_first(&st, "tls", "off", &err), 0);
	assert_int_equal(st.tls, TLS_EXPLICIT);
	assert_int_equal(option_set(&st, "pager", "", &err), 0);
	assert_int_equal(option_set_first(&st, "pager", "less", &err), 0);
	assert_null(st.pager);
	settings_release(&st);
}

/* A value for each type that is not the default. */
static const char *
other_value(const struct option_row *row)
{
	switch (row->type) {
	case OPTION_NUMBER:
		return "7";
	case OPTION_BOOL:
		return *row->preset == 'y' ? "no" : "yes";
	case OPTION_CHOICE:
		return row->choices[strcmp(row->choices[0], row->preset) == 0];
	case OPTION_TIME:
		return "7s";
	case OPTION_SIZE:
		return "7K";
	case OPTION_LIST:
		return PIN_A;
	case OPTION_RANGE:
		return "7-8";
	default:
		return strcmp(row->name, "deadline") == 0 ? "2h" :
		    strcmp(row->name, "key-password") == 0 ? "file:x" : "x";
	}
}

static void
test_copy_and_reset(void **state)
{
	const struct option_row *row, *other;
	struct settings st, from, none;
	struct err err = ERR_INIT;

	(void)state;
	settings_init(&none);
	for (row = option_table; row->name != NULL; row++) {
		settings_init(&st);
		settings_init(&from);
		assert_int_equal(option_set(&from, row->name,
		    other_value(row), &err), 0);
		for (other = option_table; other->name != NULL; other++)
			option_copy(&st, &from, other);
		assert_string_equal(printed(&st, row->name),
		    other_value(row));
		assert_true(st.set == from.set);
		settings_release(&from);
		option_copy(&st, &none, row);
		assert_true(st.set == 0);
		assert_string_equal(printed(&st, row->name),
		    row->preset != NULL ? row->preset : "");
		settings_release(&st);
	}
	settings_release(&none);
}

static void
test_lists_add(void **state)
{
	struct settings st, copy;
	struct err err = ERR_INIT;

	(void)state;
	settings_init(&st);
	assert_int_equal(option_set(&st, "pin", PIN_A, &err), 0);
	assert_int_equal(option_set(&st, "pin", PIN_B ";" HEX_A, &err), 0);
	assert_int_equal(st.pin.n, 3);
	assert_string_equal(st.pin.v[1], PIN_B);
	assert_int_equal(option_set(&st, "host", "nas", &err), 0);
	st.insecure = true;
	settings_copy(&copy, &st);
	settings_release(&st);
	assert_int_equal(copy.pin.n, 3);
	assert_string_equal(copy.pin.v[2], HEX_A);
	assert_string_equal(copy.host, "nas");
	assert_true(copy.insecure);
	assert_true(option_is_set(&copy, option_find("host")));
	assert_false(option_is_set(&copy, option_find("port")));
	settings_release(&copy);
	assert_true(copy.set == 0);
}

static void
test_secret(void **state)
{
	static const struct {
		const char *name, *value;
		bool is_secret;
	} rows[] = {
		{ "account", "x", true }, { "account", "", false },
		{ "user", "x", false }, { "password-file", "x", false },
		{ "key-password", "file:x", false },
		{ "key-password", "command:x", false },
		{ "key-password", "x", true }, { "key-password", "", false },
		{ "password", "x", true }, { "PASSWD", "x", true },
		{ "password", "", false }, { "pas", "x", false },
		{ "compass", "x", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (option_is_secret(rows[i].name, rows[i].value) !=
		    rows[i].is_secret)
			fail_msg("%s '%s'", rows[i].name, rows[i].value);
}

static void
test_unknown(void **state)
{
	static const struct {
		const char *name, *says;
	} cases[] = {
		{ "prot", "prot: no such setting; did you mean 'port'" },
		{ "conections", "'connections'?" },
		{ "password", "'password-command' or 'password-file'?" },
		{ "tls_data", "'tls-data'?" },
		{ "Host", "'host'?" },
		{ "time-out", "'timeout'?" },
		{ "tls-", "'tls' or 'tls-data' or 'tls-min'?" },
		{ "tim", "; did you mean 'timeout'?" },
		/* The longer it is, the more may be wrong. */
		{ "ts", "; did you mean 'tls'?" },
		{ "xlx", "; did you mean 'tls'?" },
		{ "\033[2J", "\\033[2J" },
	};
	static const char *const far[] = {
		"", "ssl:verify-certificate", "xyzzy", "ti", "xl",
		("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"
		"zzzzzz"),
		("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"
		"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"),
	};
	struct settings st;
	struct err err = ERR_INIT;
	size_t i;

	(void)state;
	settings_init(&st);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(option_set(&st, cases[i].name, "1", &err),
		    -1);
		assert_int_equal(err.kind, ERR_USAGE);
		if (strstr(err.msg, cases[i].says) == NULL)
			fail_msg("%s: %s", cases[i].name, err.msg);
		assert_int_equal(option_set_first(&st, cases[i].name, "1",
		    &err), -1);
	}
	for (i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		assert_int_equal(option_set(&st, far[i], "1", &err), -1);
		assert_null(strstr(err.msg, "mean"));
		assert_null(strchr(err.msg, '?'));
	}
	assert_true(st.set == 0);
	settings_release(&st);
}

static void
test_pin(void **state)
{
	static const char *const bad[] = {
		"", "sha256//", "sha1//AAAA", "SHA256//", "sha256/" PIN_A,
		"sha256//AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
		"sha256//AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=",
		"sha256//AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8==",
		"sha256//AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8A",
		"sha256//AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdH=8=",
		"sha256//AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd H8=",
		" " PIN_A, PIN_A " ", HEX_A "0", HEX_A ":", "0" HEX_A,
		":" COLONS_A, COLONS_A ":", COLONS_A ":00",
		"00:0102030405060708090a0b0c0d0e0f"
		    "101112131415161718191A1B1C1D1E1F",
		"g00102030405060708090a0b0c0d0e0f"
		    "101112131415161718191A1B1C1D1E1F",
	};
	unsigned char key[PIN_BYTES], same[PIN_BYTES];
	size_t i;

	(void)state;
	assert_int_equal(pin_decode(PIN_A, key), 0);
	for (i = 0; i < PIN_BYTES; i++)
		assert_int_equal(key[i], i);
	memset(same, 0, sizeof(same));
	assert_int_equal(pin_decode(HEX_A, same), 0);
	assert_memory_equal(same, key, PIN_BYTES);
	memset(same, 0, sizeof(same));
	assert_int_equal(pin_decode(COLONS_A, same), 0);
	assert_memory_equal(same, key, PIN_BYTES);
	/* of the empty string, with + and / in it */
	assert_int_equal(pin_decode(PIN_B, same), 0);
	assert_memory_equal(same, "\xe3\xb0\xc4\x42\x98\xfc\x1c\x14\x9a\xfb"
	    "\xf4\xc8\x99\x6f\xb9\x24\x27\xae\x41\xe4\x64\x9b\x93\x4c\xa4"
	    "\x95\x99\x1b\x78\x52\xb8\x55", PIN_BYTES);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (pin_decode(bad[i], key) == 0)
			fail_msg("'%s' accepted", bad[i]);
		assert_int_equal(key[31], 31);
	}
}

static void
test_port(void **state)
{
	struct settings st;

	(void)state;
	settings_init(&st);
	assert_int_equal(settings_port(&st), 21);
	st.tls = TLS_OFF;
	assert_int_equal(settings_port(&st), 21);
	st.tls = TLS_IMPLICIT;
	assert_int_equal(settings_port(&st), 990);
	st.port = 2121;
	assert_int_equal(settings_port(&st), 2121);
	settings_release(&st);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_port),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_failed_set_keeps_value),
		cmocka_unit_test(test_set_first),
		cmocka_unit_test(test_copy_and_reset),
		cmocka_unit_test(test_lists_add),
		cmocka_unit_test(test_secret),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_pin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
