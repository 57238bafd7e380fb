/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A manifest on a server that is an array: see the functions at its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/path.h"
#include "ftp/lister.h"
#include "transfer/copy_get.h"
#include "transfer/copy_put.h"
#include "transfer/manifest.h"
#include "transfer/sink_remote.h"
#include "locks.h"

enum { FILES_MAX = 16, PIECE_FILES = 1000, PIECE_MS = 60 * 1000 };

#define HEX_A	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1"
#define HEX_B	"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb" \
		"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb2"
#define ZEROS	"00000000000000000000000000000000" \
		"00000000000000000000000000000000"
#define HEAD(seq)	"# ftps manifest " seq "\n"

static struct {
	char *name[FILES_MAX];
	char *text[FILES_MAX];
	size_t n;
	bool hides;		/* names that begin with a dot */
	int gets;
	enum err_kind no_list, no_get, no_put;
	int code;		/* of refusals; 0: 550 */
	char removed[256];
	int64_t now;		/* milliseconds */
} server;

static void
server_put(const char *name, const char *text)
{
	size_t i;

	for (i = 0; i < server.n && strcmp(server.name[i], name) != 0; i++)
		continue;
	assert_true(i < FILES_MAX);
	if (i == server.n)
		server.name[server.n++] = xstrdup(name);
	else
		free(server.text[i]);
	server.text[i] = xstrdup(text);
}

static const char *
server_text(const char *name)
{
	size_t i;

	for (i = 0; i < server.n; i++)
		if (strcmp(server.name[i], name) == 0)
			return server.text[i];
	return NULL;
}

static int
server_clear(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < server.n; i++) {
		free(server.name[i]);
		free(server.text[i]);
	}
	memset(&server, 0, sizeof(server));
	return 0;
}

static struct manifest *
load(unsigned shard, unsigned shards)
{
	struct err err = ERR_INIT;
	struct manifest *mf;

	mf = manifest_load(NULL, "/top", shard, shards, &err);
	if (mf == NULL)
		fail_msg("%s", err.msg);
	assert_int_equal(err.kind, ERR_NONE);
	return mf;
}

static void
store(struct manifest *mf)
{
	struct err err = ERR_INIT;

	assert_int_equal(manifest_store(mf, &err), 0);
	assert_string_equal(err.msg, "");
	manifest_free(mf);
}

static void
note(struct manifest *mf, const char *path, int64_t size, const char *hex)
{
	struct err err = ERR_INIT;

	assert_int_equal(manifest_note(mf, path, size, hex, &err), 0);
}

static void
assert_found(const struct manifest *mf, const char *path, int64_t size,
    const char *hex)
{
	struct manifest_entry e;

	assert_true(manifest_find(mf, path, &e));
	assert_int_equal(e.size, size);
	assert_string_equal(e.hex, hex);
}

static void
assert_missing(const struct manifest *mf, const char *path)
{
	struct manifest_entry e;

	assert_false(manifest_find(mf, path, &e));
}

static void
test_nothing(void **state)
{
	struct manifest *mf = load(0, 0);

	(void)state;
	assert_missing(mf, "a");
	assert_false(manifest_lists(mf, "a", 'f', 0));
	assert_false(manifest_is_due(mf));
	store(mf);
	assert_int_equal(server.n, 0);
	manifest_free(NULL);
}

static void
test_round_trip(void **state)
{
	struct manifest *mf = load(0, 0);
	struct err err = ERR_INIT;

	(void)state;
	note(mf, "d/a b\\\t\x7f\xc3\xa4", 12, HEX_A);
	note(mf, "a", 0, HEX_B);
	assert_int_equal(manifest_note_made(mf, "e", 'd', &err), 0);
	assert_int_equal(manifest_note_made(mf, "ln", 'l', &err), 0);
	/* It is about earlier runs. */
	assert_missing(mf, "a");
	store(mf);
	assert_string_equal(server_text(".ftps-manifest"), HEAD("1")
	    HEX_A " 12 d/a\\040b\\134\\011\\177\xc3\xa4\n"
	    HEX_B " 0 a\n" ZEROS " 0 e/\n" ZEROS " 0 ln\n");
	mf = load(0, 0);
	assert_found(mf, "d/a b\\\t\x7f\xc3\xa4", 12, HEX_A);
	assert_found(mf, "a", 0, HEX_B);
	assert_missing(mf, "e");
	assert_missing(mf, "ln");
	assert_missing(mf, "d");
	manifest_free(mf);
}

/* What of the target was sent or made by an earlier run. */
static void
test_lists(void **state)
{
	struct manifest *mf;

	(void)state;
	server_put(".ftps-manifest", HEAD("1") HEX_A " 12 d/s/a\n"
	    HEX_A " 1 d/s/b\n" HEX_B " 0 d/s/empty\n" ZEROS " 0 e/\n"
	    ZEROS " 0 ln\n");
	mf = load(0, 0);
	assert_true(manifest_lists(mf, "d/s/a", 'f', 12));
	assert_true(manifest_lists(mf, "d/s/b", 'f', 1));
	assert_true(manifest_lists(mf, "d/s/empty", 'f', 0));
	assert_false(manifest_lists(mf, "d/s/a", 'f', 13));
	assert_false(manifest_lists(mf, "d/s/a", 'd', 12));
	assert_false(manifest_lists(mf, "d/s/a", 'l', 12));
	assert_true(manifest_lists(mf, "e", 'd', -1));
	assert_false(manifest_lists(mf, "e", 'l', -1));
	assert_false(manifest_lists(mf, "e", 'f', -1));
	assert_true(manifest_lists(mf, "ln", 'l', -1));
	assert_false(manifest_lists(mf, "ln", 'd', -1));
	assert_false(manifest_lists(mf, "ln", 'f', -2));
	/* What stands in a directory had it made. */
	assert_true(manifest_lists(mf, "d", 'd', -1));
	assert_true(manifest_lists(mf, "d/s", 'd', -1));
	assert_false(manifest_lists(mf, "s", 'd', -1));
	assert_false(manifest_lists(mf, ".", 'd', -1));
	manifest_free(mf);
}

/* Of several the one that was written last; within one the last line. */
static void
test_later_wins(void **state)
{
	struct manifest *mf;

	(void)state;
	server_put(".ftps-manifest.000002", HEAD("3") HEX_A " 3 a\n"
	    HEX_A " 4 b\n" HEX_B " 5 b\n");
	server_put(".ftps-manifest-1-2", HEAD("4") HEX_B " 6 c\n");
	server_put(".ftps-manifest", HEAD("2") HEX_A " 1 a\n" HEX_A " 0 z\n"
	    HEX_A " 2 c\n" HEX_A " 7 only\n" HEX_B " 0 z\n");
	mf = load(0, 0);
	assert_found(mf, "a", 3, HEX_A);
	assert_found(mf, "b", 5, HEX_B);
	assert_found(mf, "c", 6, HEX_B);
	assert_found(mf, "only", 7, HEX_A);
	note(mf, "only", 8, HEX_B);
	store(mf);
	/* Each name once, and none that another's file has newer. */
	assert_string_equal(server_text(".ftps-manifest"), HEAD("5")
	    HEX_A " 3 a\n" HEX_B " 5 b\n" HEX_B " 0 z\n" HEX_B " 8 only\n");
	assert_string_equal(server.removed, "/top/.ftps-manifest.000002;");
	assert_string_equal(server_text(".ftps-manifest-1-2"),
	    HEAD("4") HEX_B " 6 c\n");
}

static void
test_forget(void **state)
{
	struct manifest *mf;
	struct err err = ERR_INIT;

	(void)state;
	server_put(".ftps-manifest", HEAD("1") HEX_A " 1 a\n" HEX_A " 2 b\n"
	    ZEROS " 0 d/\n");
	mf = load(0, 0);
	assert_int_equal(manifest_forget(mf, "a", &err), 0);
	assert_int_equal(manifest_forget(mf, "d", &err), 0);
	store(mf);
	assert_string_equal(server_text(".ftps-manifest"), HEAD("2")
	    HEX_A " 2 b\n");
	/* What is made anew is listed once. */
	server_put(".ftps-manifest", HEAD("2") HEX_A " 2 b\n" ZEROS " 0 d/\n"
	    ZEROS " 0 l\n");
	mf = load(0, 0);
	assert_int_equal(manifest_note_made(mf, "d", 'd', &err), 0);
	assert_int_equal(manifest_note_made(mf, "l", 'l', &err), 0);
	store(mf);
	assert_string_equal(server_text(".ftps-manifest"), HEAD("3")
	    HEX_A " 2 b\n" ZEROS " 0 d/\n" ZEROS " 0 l\n");
}

/* A directory that was made has its line also when something came into it. */
static void
test_made_and_filled(void **state)
{
	struct manifest *mf;
	struct err err = ERR_INIT;

	(void)state;
	server_put(".ftps-manifest", HEAD("1") ZEROS " 0 d/\n"
	    HEX_A " 1 d/f\n");
	mf = load(0, 0);
	assert_int_equal(manifest_forget(mf, "d/f", &err), 0);
	store(mf);
	assert_string_equal(server_text(".ftps-manifest"), HEAD("2")
	    ZEROS " 0 d/\n");
}

/* A shard has its own, and reads them all. */
static void
test_shards(void **state)
{
	struct manifest *mf;

	(void)state;
	server_put(".ftps-manifest-1-3", HEAD("1") HEX_A " 1 a\n");
	server_put(".FTPS-MANIFEST-2-3", HEAD("1") HEX_A " 2 b\n");
	server_put(".ftps-manifest-2-3.000007", HEAD("2") HEX_A " 3 c\n");
	server_put(".ftps-manifest.0123abcd.ftps-part", "no");
	server_put("ftps-manifest", "no");
	mf = load(1, 3);
	assert_found(mf, "a", 1, HEX_A);
	assert_found(mf, "b", 2, HEX_A);
	note(mf, "d", 4, HEX_B);
	store(mf);
	assert_string_equal(server_text(".ftps-manifest-2-3"), HEAD("3")
	    HEX_A " 2 b\n" HEX_A " 3 c\n" HEX_B " 4 d\n");
	assert_string_equal(server.removed, "/top/.ftps-manifest-2-3.000007;");
}

/* Which are pieces of ours, and go once all is in one. */
static void
test_numbers(void **state)
{
	static const char *const ours[] = {
		".ftps-manifest.000001", ".FTPS-MANIFEST.2",
		".ftps-manifest.1000000",
	}, *const others[] = {
		".ftps-manifest-7", ".ftps-manifest.1000001",
		".ftps-manifest.", ".ftps-manifest.1x", ".ftps-manifest-1-1",
	};
	struct manifest *mf;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++)
		server_put(ours[i], HEAD("1") HEX_A " 1 ours\n");
	for (i = 0; i < 5; i++)
		server_put(others[i], HEAD("1") HEX_A " 2 other\n");
	mf = load(0, 0);
	assert_found(mf, "ours", 1, HEX_A);
	assert_found(mf, "other", 2, HEX_A);
	store(mf);
	assert_string_equal(server_text(".ftps-manifest"), HEAD("2")
	    HEX_A " 1 ours\n" HEX_A " 1 ours\n" HEX_A " 1 ours\n");
	assert_string_equal(server.removed, "/top/.ftps-manifest.000001;"
	    "/top/.FTPS-MANIFEST.2;/top/.ftps-manifest.1000000;");
	for (i = 0; i < 5; i++)
		assert_non_null(server_text(others[i]));
}

static void
test_pieces(void **state)
{
	struct manifest *mf;
	struct err err = ERR_INIT;
	char path[16];
	int i;

	(void)state;
	/* Listed in any order, and beside what has no number. */
	server_put(".ftps-manifest.000041", HEAD("7") HEX_A " 1 old\n");
	server_put(".ftps-manifest.000007", HEAD("6") HEX_A " 1 older\n");
	server_put(".ftps-manifest.saved", HEAD("5") HEX_A " 1 saved\n");
	mf = load(0, 0);
	for (i = 0; i < PIECE_FILES; i++) {
		assert_false(manifest_is_due(mf));
		snprintf(path, sizeof(path), "f%03d", i);
		note(mf, path, i, HEX_A);
	}
	assert_true(manifest_is_due(mf));
	assert_false(manifest_is_due(mf));
	assert_int_equal(manifest_write_piece(mf, NULL, &err), 0);
	assert_string_equal(err.msg, "");
	for (i = 0; i < PIECE_FILES; i++) {
		assert_false(manifest_is_due(mf));
		note(mf, "again", i, HEX_A);
	}
	assert_true(manifest_is_due(mf));
	assert_non_null(strstr(server_text(".ftps-manifest.000042"),
	    HEAD("8") HEX_A " 0 f000\n" HEX_A " 1 f001\n"));
	assert_null(server_text(".ftps-manifest"));
	note(mf, "last", 5, HEX_B);
	store(mf);
	assert_string_equal(server.removed, "/top/.ftps-manifest.000041;"
	    "/top/.ftps-manifest.000007;/top/.ftps-manifest.000042;");
	mf = load(0, 0);
	assert_found(mf, "old", 1, HEX_A);
	assert_found(mf, "older", 1, HEX_A);
	assert_found(mf, "f999", 999, HEX_A);
	assert_found(mf, "last", 5, HEX_B);
	manifest_free(mf);
}

/* One is due after a while, too, however little is to be noted. */
static void
test_piece_in_time(void **state)
{
	struct manifest *mf;
	struct err err = ERR_INIT;
	int i;

	(void)state;
	server.now = 500;
	mf = load(0, 0);
	note(mf, "a", 1, HEX_A);
	for (i = 0; i < 2; i++) {
		server.now += PIECE_MS - 1;
		assert_false(manifest_is_due(mf));
		server.now++;
		assert_true(manifest_is_due(mf));
		/* Once: it is on its way. */
		server.now += PIECE_MS;
		assert_false(manifest_is_due(mf));
		assert_int_equal(manifest_write_piece(mf, NULL, &err), 0);
	}
	manifest_free(mf);
}

/* A piece that was not written is in the whole all the same. */
static void
test_piece_fails(void **state)
{
	struct manifest *mf = load(0, 0);
	struct err err = ERR_INIT;

	(void)state;
	note(mf, "a", 1, HEX_A);
	assert_int_equal(manifest_write_piece(mf, NULL, &err), 0);
	note(mf, "b", 2, HEX_B);
	server.no_put = ERR_NETWORK;
	assert_int_equal(manifest_write_piece(mf, NULL, &err), -1);
	assert_int_equal(err.kind, ERR_NETWORK);
	assert_non_null(strstr(err.msg, "manifest: "));
	assert_int_equal(manifest_store(mf, &err), -1);
	assert_int_equal(server.n, 1);
	assert_string_equal(server.removed, "");
	server.no_put = ERR_NONE;
	store(mf);
	assert_string_equal(server_text(".ftps-manifest"), HEAD("4")
	    HEX_A " 1 a\n" HEX_B " 2 b\n");
	assert_string_equal(server.removed, "/top/.ftps-manifest.000001;");
}

/* What stands in the server's file leads nowhere else (I4). */
static void
test_not_ours(void **state)
{
	static const char *const bad[] = {
		HEX_A " 1 ../a\n", HEX_A " 1 /a\n", HEX_A " 1 a//b\n",
		HEX_A " 1 a/../b\n", HEX_A " 1 \n", HEX_A " 1 .\n",
		HEX_A " 1 \\056\\056/a\n", HEX_A " 1 /\n", HEX_A " 1\n",
		HEX_A "\n", HEX_A " -1 a\n", HEX_A " 1x a\n", HEX_A "  a\n",
		"x" HEX_A " 1 a\n", "\n", "text\n", HEAD("x"), HEAD("1"),
	};
	struct err err = ERR_INIT;
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		text = xasprintf(HEAD("1") HEX_B " 1 good\n%s", bad[i]);
		server_put(".ftps-manifest", text);
		free(text);
		if (manifest_load(NULL, "/top", 0, 0, &err) != NULL)
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(err.kind, ERR_VERIFY);
		assert_non_null(strstr(err.msg, "/top/.ftps-manifest: not a "
		    "manifest of ours"));
		err_clear(&err);
	}
	server_put(".ftps-manifest", HEAD("1x") HEX_B " 1 good\n");
	assert_null(manifest_load(NULL, "/top", 0, 0, &err));
	server_put(".ftps-manifest", HEAD("4294967295") HEX_B " 1 good\n");
	manifest_free(load(0, 0));
	server_put(".ftps-manifest", HEAD("4294967296") HEX_B " 1 good\n");
	assert_null(manifest_load(NULL, "/top", 0, 0, &err));
}

/* Listings may hide them: then they are asked for by name. */
static void
test_hidden(void **state)
{
	struct manifest *mf;
	struct err err = ERR_INIT;
	int refused;

	(void)state;
	for (refused = 0; refused < 2; refused++) {
		server_put(".ftps-manifest", HEAD("1") HEX_A " 1 a\n");
		server_put(".ftps-manifest.000001", HEAD("2") HEX_A " 2 b\n");
		server_put(".ftps-manifest.000002", HEAD("3") HEX_A " 3 c\n");
		server_put(".ftps-manifest.000004", HEAD("5") HEX_A " 5 e\n");
		server.hides = !refused;
		server.no_list = refused ? ERR_REFUSED : ERR_NONE;
		mf = load(0, 0);
		assert_found(mf, "a", 1, HEX_A);
		assert_found(mf, "b", 2, HEX_A);
		assert_found(mf, "c", 3, HEX_A);
		assert_missing(mf, "e");
		store(mf);
		assert_string_equal(server_text(".ftps-manifest"), HEAD("4")
		    HEX_A " 1 a\n" HEX_A " 2 b\n" HEX_A " 3 c\n");
		assert_string_equal(server.removed,
		    "/top/.ftps-manifest.000001;/top/.ftps-manifest.000002;");
		server_clear(NULL);
	}
	/* Nothing has that name, either. */
	server.hides = true;
	manifest_free(load(0, 0));
	/* That is not what this says. */
	server.code = 450;
	assert_null(manifest_load(NULL, "/top", 0, 0, &err));
	assert_int_equal(err.kind, ERR_REFUSED);
}

/* Names with a dot are shown: what is not is not there. */
static void
test_not_hidden(void **state)
{
	struct manifest *mf;

	(void)state;
	server_put(".other", "");
	mf = load(0, 0);
	assert_int_equal(server.gets, 0);
	manifest_free(mf);
}

static void
test_no_load(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	server.no_list = ERR_NETWORK;
	assert_null(manifest_load(NULL, "/top", 0, 0, &err));
	assert_int_equal(err.kind, ERR_NETWORK);
	err_clear(&err);
	server.no_list = ERR_NONE;
	server_put(".ftps-manifest", HEAD("1"));
	server.no_get = ERR_NETWORK;
	assert_null(manifest_load(NULL, "/top", 0, 0, &err));
	assert_int_equal(err.kind, ERR_NETWORK);
	err_clear(&err);
	/* It is listed, so it is no question of there being none. */
	server.no_get = ERR_REFUSED;
	assert_null(manifest_load(NULL, "/top", 0, 0, &err));
	assert_int_equal(err.kind, ERR_REFUSED);
	assert_non_null(strstr(err.msg, "/top/.ftps-manifest: cannot read"));
}

static void
test_is_file(void **state)
{
	static const char *const are[] = {
		".ftps-manifest", ".ftps-manifest.000001", ".FTPS-MANIFEST",
		".ftps-manifest-1-2", ".ftps-manifest-1-2.000003",
	}, *const are_not[] = {
		"ftps-manifest", ".ftps-manifesto", ".ftps-manifes", "",
		"a.ftps-manifest",
	};
	size_t i;

	(void)state;
	for (i = 0; i < 5; i++) {
		assert_true(manifest_is_file(are[i]));
		assert_false(manifest_is_file(are_not[i]));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_nothing, server_clear),
		cmocka_unit_test_teardown(test_round_trip, server_clear),
		cmocka_unit_test_teardown(test_lists, server_clear),
		cmocka_unit_test_teardown(test_later_wins, server_clear),
		cmocka_unit_test_teardown(test_forget, server_clear),
		cmocka_unit_test_teardown(test_made_and_filled, server_clear),
		cmocka_unit_test_teardown(test_shards, server_clear),
		cmocka_unit_test_teardown(test_numbers, server_clear),
		cmocka_unit_test_teardown(test_pieces, server_clear),
		cmocka_unit_test_teardown(test_piece_in_time, server_clear),
		cmocka_unit_test_teardown(test_piece_fails, server_clear),
		cmocka_unit_test_teardown(test_not_ours, server_clear),
		cmocka_unit_test_teardown(test_hidden, server_clear),
		cmocka_unit_test_teardown(test_not_hidden, server_clear),
		cmocka_unit_test_teardown(test_no_load, server_clear),
		cmocka_unit_test(test_is_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* In place of the library's. */

int64_t
clock_ms(void)
{
	return server.now;
}

static int
refuse(enum err_kind kind, struct err *err)
{
	err_set(err, kind, "refused");
	err->code = server.code != 0 ? server.code : 550;
	return -1;
}

int
copy_get(struct session *s, const struct copy_get *g,
    struct copy_result *res, struct err *err)
{
	const char *text = server_text(path_base(g->remote));

	(void)s;
	memset(res, 0, sizeof(*res));
	assert_int_equal(strncmp(g->remote, "/top/", 5), 0);
	server.gets++;
	if (server.no_get != ERR_NONE || text == NULL)
		return refuse(server.no_get != ERR_NONE ? server.no_get :
		    ERR_REFUSED, err);
	assert_int_equal(write(g->fd, text, strlen(text)), strlen(text));
	return 0;
}

int
copy_put(struct session *s, const struct copy_put *p,
    struct copy_result *res, struct err *err)
{
	struct buf b = BUF_INIT(BUF_OWN);
	char chunk[4096];
	off_t at = 0;
	ssize_t n;

	(void)s;
	memset(res, 0, sizeof(*res));
	assert_int_equal(strncmp(p->remote, "/top/", 5), 0);
	if (server.no_put != ERR_NONE)
		return refuse(server.no_put, err);
	for (; (n = pread(p->fd, chunk, sizeof(chunk), at)) > 0; at += n)
		buf_add(&b, chunk, (size_t)n);
	server_put(path_base(p->remote), b.data);
	buf_release(&b);
	return 0;
}

void
sink_remote_remove_part(struct session *s, const char *part)
{
	size_t n = strlen(server.removed), i;

	(void)s;
	for (i = 0; i < server.n; i++)
		if (strcmp(server.name[i], path_base(part)) == 0)
			*server.name[i] = '-';
	snprintf(server.removed + n, sizeof(server.removed) - n, "%s;", part);
}

int
lister_list(struct session *s, const char *dir, enum list_need need,
    unsigned flags, struct listing *out, struct err *err)
{
	size_t i;

	(void)s, (void)flags;
	memset(out, 0, sizeof(*out));
	assert_string_equal(dir, "/top");
	assert_int_equal(need, LIST_ROUGH);
	if (server.no_list != ERR_NONE)
		return refuse(server.no_list, err);
	out->entry = xcalloc(FILES_MAX, sizeof(*out->entry));
	for (i = 0; i < server.n; i++) {
		if (server.hides && server.name[i][0] == '.')
			continue;
		out->dotfiles |= server.name[i][0] == '.';
		out->entry[out->n++].name = server.name[i];
	}
	return 0;
}
