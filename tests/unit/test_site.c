/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "shell/site.h"
#include "tempdir.h"

/* A home with a configuration and a .netrc.  TLS is off: nothing is asked. */
static const char config[] =
    "site nas\n"
    "host nas.example\n"
    "user me\n"
    "password-command echo C\n"
    "account acct\n"
    "retries 4\n"
    "site shared\n"
    "host shared.example\n"
    "password-command echo S\n"
    "site bare\n"
    "host bare.example\n"
    "user me\n";
static const char netrc[] = "machine one login nr password N\n"
    "machine acc login nr password N account A\n"
    "machine whose password N\n";

struct world {
	char *dir;
	int dirfd;
	struct site_sources src;
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct err err = ERR_INIT;
	char *path;

	w->dir = tempdir_new();
	w->dirfd = open(w->dir, O_RDONLY | O_DIRECTORY);
	write_file(w->dirfd, "config", config);
	write_file(w->dirfd, ".netrc", netrc);
	assert_int_equal(fchmodat(w->dirfd, "config", 0600, 0), 0);
	assert_int_equal(fchmodat(w->dirfd, ".netrc", 0600, 0), 0);
	setenv("HOME", w->dir, 1);
	unsetenv("NETRC");
	unsetenv("FTPS_PASSWORD");
	memset(&w->src, 0xff, sizeof(w->src));
	site_sources_init(&w->src);
	if (asprintf(&path, "%s/config", w->dir) == -1)
		abort();
	strvec_take(&w->src.config_files, path);
	assert_int_equal(option_set(&w->src.base, "tls", "off", &err), 0);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	site_sources_release(&w->src);
	close(w->dirfd);
	tempdir_remove(w->dir);
	free(w);
	return 0;
}

static void
give(struct world *w, const char *user, const char *password)
{
	secret_set(&w->src.given_password, password);
	w->src.given_user = user != NULL ? strdup(user) : NULL;
}

static void
set_base(struct world *w, const char *name, const char *value)
{
	struct err err = ERR_INIT;

	assert_int_equal(option_set(&w->src.base, name, value, &err), 0);
}

/* Events of warnings: "! " before those that are not to be silenced. */
static void
note_warning(void *ctx, const struct event *ev)
{
	assert_int_equal(ev->type, EVENT_WARNING);
	buf_addf(ctx, "%s%s; ", ev->loud ? "! " : "", ev->message);
}

/* "user password host port", or "error: ..." */
static void
expect(struct world *w, const struct site_request *asked, const char *want)
{
	struct site_request rq = *asked;
	struct buf b = BUF_INIT(BUF_OWN);
	struct err err = ERR_INIT;
	struct site *site;

	rq.sources = &w->src;
	if (site_make(&rq, &site, &err) == 0) {
		buf_addf(&b, "%s %s %s %d", site->set.user,
		    site->password.text != NULL ? site->password.text : "-",
		    site->set.host, settings_port(&site->set));
		site_free(site);
	} else {
		buf_addf(&b, "error: %s", err.msg);
	}
	assert_string_equal(b.data, want);
	buf_release(&b);
}

static void
expect_text(struct world *w, const char *text, const char *want)
{
	expect(w, &(struct site_request){ .text = text }, want);
}

static void
test_where(void **state)
{
	struct world *w = *state;

	expect_text(w, "host", "anonymous anonymous@ host 21");
	expect_text(w, "ftp@host:2121", "ftp anonymous@ host 2121");
	expect_text(w, "me:P@host", "me P host 21");
	expect_text(w, "nas", "me C nas.example 21");
	expect_text(w, "you@nas", "you C nas.example 21");
	expect_text(w, "one", "nr N one 21");
	expect_text(w, "nr@one", "nr N one 21");
	/* Nobody's. */
	expect_text(w, "whose", "anonymous anonymous@ whose 21");
	/* Another's entry. */
	expect_text(w, "you@one", "you - one 21");
	expect_text(w, "ftps://host", "error: ftps:// contradicts the setting "
	    "tls=off");
}

static void
test_login(void **state)
{
	struct world *w = *state;

	expect(w, &(struct site_request){ .text = "host", .login = "me,P,Q" },
	    "me P,Q host 21");
	expect(w, &(struct site_request){ .text = "you@host",
	    .login = "me,P" }, "you - host 21");
}

/* The URL's counts most; what is given, before what is configured. */
static void
test_given(void **state)
{
	struct world *w = *state;

	give(w, NULL, "G");
	expect_text(w, "nas", "me G nas.example 21");
	expect_text(w, "me:U@nas", "me U nas.example 21");
	expect_text(w, "me@nas", "me G nas.example 21");
	/* It is for the first target alone. */
	expect_text(w, "me@bare", "me - bare.example 21");
	expect_text(w, "me@nas:22", "me C nas.example 22");
}

static void
test_given_for_user(void **state)
{
	struct world *w = *state;

	give(w, "me", "G");
	expect_text(w, "you@host", "you - host 21");
	expect_text(w, "me@host", "me G host 21");
	expect_text(w, "me@HOST", "me G HOST 21");
	expect_text(w, "host", "anonymous anonymous@ host 21");
}

/* A command that no configuration gives is for one target, too. */
static void
test_source(void **state)
{
	struct world *w = *state;
	const struct option_row *row = option_find("password-command");
	struct err err = ERR_INIT;

	assert_int_equal(site_sources_set(&w->src, row, "echo S", &err), 0);
	expect_text(w, "me@host", "me S host 21");
	expect_text(w, "me@bare", "me - bare.example 21");
	assert_int_equal(site_sources_set(&w->src, row, "echo T", &err), 0);
	expect_text(w, "me@bare", "me T bare.example 21");
	expect_text(w, "me@host", "me - host 21");
	assert_int_equal(site_sources_set(&w->src, row, "", &err), 0);
	expect_text(w, "me@bare", "me - bare.example 21");
	assert_int_equal(site_sources_set(&w->src, row, "exit 3", &err), 0);
	expect_text(w, "me@host", "error: password-command: ended with "
	    "status 3");
}

/* -u's first, then the file's; the environment's is taken in any case. */
static void
test_password(void **state)
{
	struct world *w = *state;
	struct err err = ERR_INIT;
	char *file;

	write_file(w->dirfd, "pw", "F\n");
	assert_int_equal(fchmodat(w->dirfd, "pw", 0600, 0), 0);
	if (asprintf(&file, "%s/pw", w->dir) == -1)
		abort();
	setenv("FTPS_PASSWORD", "E", 1);
	assert_int_equal(site_sources_password(&w->src, file, NULL, &err), 0);
	assert_string_equal(w->src.given_password.text, "F");
	assert_null(getenv("FTPS_PASSWORD"));
	setenv("FTPS_PASSWORD", "E", 1);
	secret_set(&w->src.given_password, "U");
	assert_int_equal(site_sources_password(&w->src, file, NULL, &err), 0);
	assert_string_equal(w->src.given_password.text, "U");
	assert_null(getenv("FTPS_PASSWORD"));
	secret_release(&w->src.given_password);
	setenv("FTPS_PASSWORD", "E", 1);
	assert_int_equal(site_sources_password(&w->src, NULL, NULL, &err), 0);
	assert_string_equal(w->src.given_password.text, "E");
	free(file);
}

/* "user": what was given or configured is another's. */
static void
test_other_user(void **state)
{
	struct world *w = *state;
	struct site_request rq = {
		.sources = &w->src, .text = "nas", .login = "you",
	};
	struct err err = ERR_INIT;
	struct site *site, *other;

	give(w, NULL, "G");
	assert_int_equal(site_make(&(struct site_request){
	    .sources = &w->src, .text = "nas" }, &site, &err), 0);
	assert_string_equal(site->set.account, "acct");
	rq.set = &site->set;
	expect(w, &rq, "you - nas.example 21");
	rq.login = "you,P";
	expect(w, &rq, "you P nas.example 21");
	rq.password = "Q";
	expect(w, &rq, "you,P Q nas.example 21");
	assert_int_equal(option_set(&site->set, "account", "mine", &err), 0);
	assert_int_equal(site_make(&rq, &other, &err), 0);
	assert_string_equal(other->set.account, "acct");
	site_free(other);
	rq.password = NULL;
	rq.login = "me";
	expect(w, &rq, "me C nas.example 21");
	site_free(site);
	assert_int_equal(site_make(&(struct site_request){
	    .sources = &w->src, .text = "shared" }, &site, &err), 0);
	rq.text = "shared";
	rq.set = &site->set;
	rq.login = "you";
	expect(w, &rq, "you S shared.example 21");
	rq.login = "you,P";
	expect(w, &rq, "you P shared.example 21");
	site_free(site);
}

static void
note_event(void *ctx, const struct event *ev)
{
	if (ev->type == EVENT_WARNING)
		++*(int *)ctx;
}

/* Others can read it: nobody logs in, but who can be asked. */
static void
test_netrc_refused(void **state)
{
	struct world *w = *state;
	const struct login_ask ask = { 0 };
	int warnings = 0;
	struct observer obs = { .ctx = &warnings, .event = note_event };
	struct site_request rq = { .text = "nr@one", .ask = &ask,
		.obs = &obs };
	char *want;

	assert_int_equal(fchmodat(w->dirfd, ".netrc", 0644, 0), 0);
	if (asprintf(&want, "error: %s/.netrc: others can read the password "
	    "in it; run 'chmod 600 %s/.netrc'", w->dir, w->dir) == -1)
		abort();
	expect_text(w, "one", want);
	expect_text(w, "nr@one", want);
	free(want);
	expect_text(w, "you@one", "you - one 21");
	expect_text(w, "nr:P@one", "nr P one 21");
	expect_text(w, "host", "anonymous anonymous@ host 21");
	expect(w, &rq, "nr - one 21");
	assert_int_equal(warnings, 1);
}

static void
test_change(void **state)
{
	struct world *w = *state;
	const struct option_row *row = option_find("retries");
	struct site *site, *changed, *back;
	struct err err = ERR_INIT;

	assert_int_equal(site_make(&(struct site_request){
	    .sources = &w->src, .text = "nas" }, &site, &err), 0);
	assert_int_equal(site->set.retries, 4);
	assert_int_equal(site_change(site, &w->src, row, "x", &changed, &err),
	    -1);
	assert_int_equal(site_change(site, &w->src, row, "7", &changed, &err),
	    0);
	assert_int_equal(site->set.retries, 4);
	site_free(site);
	assert_int_equal(changed->set.retries, 7);
	assert_string_equal(changed->name, "nas");
	assert_string_equal(changed->password.text, "C");
	assert_int_equal(site_change(changed, &w->src, row, "", &back, &err),
	    0);
	site_free(changed);
	assert_int_equal(back->set.retries, 4);
	site_free(back);
}

/* What a site is called, and what the first file says of it. */
static void
test_files(void **state)
{
	struct world *w = *state;
	struct strvec names = STRVEC_INIT;
	struct err err = ERR_INIT;
	char *second, *none;

	assert_int_equal(w->src.base.retries, 10);
	assert_true(w->src.base.glob);
	write_file(w->dirfd, "second", "site nas\nretries 5\nport 2121\n"
	    "site more\n");
	if (asprintf(&second, "%s/second", w->dir) == -1 ||
	    asprintf(&none, "%s/none", w->dir) == -1)
		abort();
	strvec_take(&w->src.config_files, second);
	strvec_take(&w->src.config_files, none);
	assert_int_equal(site_names(&w->src, &names, &err), 0);
	assert_int_equal(names.n, 4);
	assert_string_equal(names.v[0], "nas");
	assert_string_equal(names.v[3], "more");
	strvec_release(&names);
	expect_text(w, "nas", "me C nas.example 2121");
	/* A file that was named has to be there. */
	w->src.config_named = true;
	write_file(w->dirfd, "second", "");
	assert_int_equal(fchmodat(w->dirfd, "second", 0600, 0), 0);
	if (asprintf(&none, "error: %s/none: No such file or directory",
	    w->dir) == -1)
		abort();
	expect_text(w, "nas", none);
	free(none);
	w->src.config_named = false;
	write_file(w->dirfd, "second", "nosuch x\n");
	if (asprintf(&second, "error: %s/second:1: nosuch: no such setting",
	    w->dir) == -1)
		abort();
	expect_text(w, "nas", second);
	free(second);
	assert_int_equal(site_names(&w->src, &names, &err), -1);
	strvec_release(&names);
}

static void
test_contradictions(void **state)
{
	struct world *w = *state;
	struct err err = ERR_INIT;

	set_base(w, "pin", "00000000000000000000000000000000"
	    "00000000000000000000000000000000");
	expect_text(w, "host", "anonymous anonymous@ host 21");
	w->src.base.insecure = true;
	expect_text(w, "host", "error: --insecure and a pin contradict each "
	    "other");
	assert_int_equal(site_sources_set(&w->src, option_find("pin"), "",
	    &err), 0);
	expect_text(w, "host", "anonymous anonymous@ host 21");
}

/* Which TLS there is, by scheme, port and setting. */
static void
expect_tls(struct world *w, const char *tls, const char *text,
    enum tls_mode want)
{
	const struct option_row *row = option_find("tls");
	struct err err = ERR_INIT;
	struct site *site, *copy;

	assert_int_equal(site_sources_set(&w->src, row, tls, &err), 0);
	if (site_make(&(struct site_request){ .sources = &w->src,
	    .text = text }, &site, &err) != 0)
		fail_msg("%s: %s", text, err.msg);
	assert_int_equal(site->set.tls, want);
	copy = site_copy(site);
	assert_string_equal(copy->name, site->name);
	assert_string_equal(copy->set.host, "host");
	assert_string_equal(copy->password.text, "anonymous@");
	assert_ptr_equal(copy->tls, site->tls);
	assert_int_equal(copy->tls == NULL, want == TLS_OFF);
	site_free(site);
	site_free(copy);
}

static void
test_tls(void **state)
{
	struct world *w = *state;

	w->src.base.insecure = true;
	expect_tls(w, "", "host", TLS_EXPLICIT);
	expect_tls(w, "", "host:990", TLS_IMPLICIT);
	expect_tls(w, "", "host:991", TLS_EXPLICIT);
	expect_tls(w, "", "ftp://host:990", TLS_EXPLICIT);
	expect_tls(w, "", "ftps://host", TLS_IMPLICIT);
	expect_tls(w, "explicit", "host:990", TLS_EXPLICIT);
	expect_tls(w, "explicit", "ftps://host", TLS_IMPLICIT);
	expect_tls(w, "implicit", "host", TLS_IMPLICIT);
	expect_tls(w, "implicit", "ftp://host", TLS_EXPLICIT);
	expect_tls(w, "off", "host:990", TLS_OFF);
	expect_tls(w, "off", "ftp://host", TLS_OFF);
	set_base(w, "tls", "explicit");
	w->src.base.insecure = false;
	set_base(w, "ca-file", "/nonexistent");
	expect_text(w, "host", "error: ca-file: /nonexistent: No such file "
	    "or directory");
}

/* What was given is for one scheme. */
static void
test_given_for_scheme(void **state)
{
	struct world *w = *state;

	give(w, NULL, "G");
	set_base(w, "tls", "explicit");
	w->src.base.insecure = true;
	expect_text(w, "ftp://u@given", "u G given 21");
	expect_text(w, "ftps://u@given:21", "u - given 21");
	expect_text(w, "ftp://u@given", "u G given 21");
}

/* A changed site has its context once. */
static void
test_change_with_tls(void **state)
{
	struct world *w = *state;
	struct site *site, *changed;
	struct err err = ERR_INIT;

	set_base(w, "tls", "explicit");
	w->src.base.insecure = true;
	assert_int_equal(site_make(&(struct site_request){
	    .sources = &w->src, .text = "nas" }, &site, &err), 0);
	assert_int_equal(site_change(site, &w->src, option_find("retries"),
	    "7", &changed, &err), 0);
	site_free(site);
	assert_non_null(changed->tls);
	site_free(changed);
}

/* Files that others can read are warned of, the others are not. */
static void
test_password_files(void **state)
{
	struct world *w = *state;
	struct buf told = BUF_INIT(BUF_OWN), want = BUF_INIT(BUF_OWN);
	const struct observer obs = { .ctx = &told, .event = note_warning };
	const struct site_request rq = { .text = "me@host", .obs = &obs };
	struct err err = ERR_INIT;
	char *file;

	write_file(w->dirfd, "pw", "F\n");
	assert_int_equal(fchmodat(w->dirfd, "pw", 0600, 0), 0);
	if (asprintf(&file, "%s/pw", w->dir) == -1)
		abort();
	set_base(w, "password-file", file);
	expect(w, &rq, "me F host 21");
	assert_int_equal(site_sources_password(&w->src, NULL, &obs, &err), 0);
	assert_int_equal(site_sources_password(&w->src, file, &obs, &err), 0);
	secret_release(&w->src.given_password);
	assert_string_equal(told.data, "");
	assert_int_equal(fchmodat(w->dirfd, "pw", 0644, 0), 0);
	expect(w, &rq, "me F host 21");
	assert_int_equal(site_sources_password(&w->src, file, &obs, &err), 0);
	buf_addf(&want, "%s: the password in it can be read by others; run "
	    "'chmod 600 %s'; ", file, file);
	buf_addf(&want, "%s: the password in it can be read by others; run "
	    "'chmod 600 %s'; ", file, file);
	assert_string_equal(told.data, want.data);
	secret_release(&w->src.given_password);
	assert_int_equal(unlinkat(w->dirfd, "pw", 0), 0);
	buf_clear(&want);
	buf_addf(&want, "error: %s: cannot read the password: No such file "
	    "or directory", file);
	expect(w, &rq, want.data);
	assert_int_equal(site_sources_password(&w->src, file, &obs, &err),
	    -1);
	buf_release(&want);
	buf_release(&told);
	free(file);
}

static void
test_account(void **state)
{
	struct world *w = *state;
	struct site_request rq = { .sources = &w->src, .text = "acc" };
	struct err err = ERR_INIT;
	struct site *site;

	assert_int_equal(site_make(&rq, &site, &err), 0);
	assert_string_equal(site->set.account, "A");
	site_free(site);
	set_base(w, "account", "mine");
	assert_int_equal(site_make(&rq, &site, &err), 0);
	assert_string_equal(site->set.account, "mine");
	site_free(site);
}

static void
expect_warnings(const struct settings *set, const char *want)
{
	static char name[] = "n\001s";
	const struct site site = { .name = name, .set = *set };
	struct buf told = BUF_INIT(BUF_OWN);
	const struct observer obs = { .ctx = &told, .event = note_warning };

	site_warn(&site, &obs);
	assert_string_equal(told.data, want);
	buf_release(&told);
}

static void
test_warn(void **state)
{
	struct settings set;

	(void)state;
	settings_init(&set);
	expect_warnings(&set, "");
	set.tls_data = TLS_DATA_CLEAR;
	expect_warnings(&set, "! n\\001s: tls-data=clear: listings and files "
	    "cross the network in clear text; ");
	set.tls_eof = TLS_EOF_LAX;
	set.tls_data = TLS_DATA_PRIVATE;
	expect_warnings(&set, "! n\\001s: tls-eof=lax: a transfer that was "
	    "cut short may count as whole; ");
	set.insecure = true;
	set.tls_eof = TLS_EOF_STRICT;
	expect_warnings(&set, "! n\\001s: insecure: the server's certificate "
	    "is not checked; anybody can pose as it; ");
	set.tls = TLS_OFF;
	set.tls_eof = TLS_EOF_LAX;
	set.tls_data = TLS_DATA_CLEAR;
	expect_warnings(&set, "! n\\001s: tls=off: the password and all data "
	    "cross the network in clear text; ");
	settings_release(&set);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_where),
		TEST(test_login),
		TEST(test_given),
		TEST(test_given_for_user),
		TEST(test_source),
		TEST(test_password),
		TEST(test_other_user),
		TEST(test_netrc_refused),
		TEST(test_change),
		TEST(test_files),
		TEST(test_contradictions),
		TEST(test_tls),
		TEST(test_given_for_scheme),
		TEST(test_change_with_tls),
		TEST(test_password_files),
		TEST(test_account),
		cmocka_unit_test(test_warn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
