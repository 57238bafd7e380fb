/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "local/lock.h"
#include "net/known.h"
#include "instead.h"
#include "tempdir.h"

#define PIN_A "sha256//AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define HEX_A "000102030405060708090a0b0c0d0e0f" \
    "101112131415161718191A1B1C1D1E1F"
#define PIN_B "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

struct scratch {
	char *dir, *file;
	int fd;
};

/* By so much the clock is ahead: who waits only thinks so, if it is set. */
static int64_t ahead_ms;
static bool hurry;
/* How often somebody waited, and a lock that goes at the third time. */
static int waits, held = -1;
/* What these fail with, once; 0: they do not. */
static int fstat_errno, fdopen_errno, rename_errno, fsync_errno, fclose_errno;

/* These instead of the C library's. */
int
poll(struct pollfd *fds, nfds_t n, int ms)
{
	int (*real)(struct pollfd *, nfds_t, int);

	REAL("poll");
	if (!hurry)
		return real(fds, n, ms);
	ahead_ms += ms;
	if (++waits == 3 && held != -1)
		lock_release(held, NULL);
	return 0;
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	int (*real)(clockid_t, struct timespec *), rc;

	REAL("clock_gettime");
	rc = real(id, ts);
	ts->tv_sec += ahead_ms / 1000;
	ts->tv_nsec += ahead_ms % 1000 * 1000000;
	if (ts->tv_nsec >= 1000000000) {
		ts->tv_sec++;
		ts->tv_nsec -= 1000000000;
	}
	return rc;
}

int
fstat(int fd, struct stat *st)
{
	int (*real)(int, struct stat *);

	REAL("fstat");
	return fails_once(&fstat_errno) ? -1 : real(fd, st);
}

FILE *
fdopen(int fd, const char *how)
{
	FILE *(*real)(int, const char *);

	REAL("fdopen");
	return fails_once(&fdopen_errno) ? NULL : real(fd, how);
}

int
rename(const char *from, const char *to)
{
	int (*real)(const char *, const char *);

	REAL("rename");
	return fails_once(&rename_errno) ? -1 : real(from, to);
}

int
fsync(int fd)
{
	int (*real)(int);

	REAL("fsync");
	return fails_once(&fsync_errno) ? -1 : real(fd);
}

int
fclose(FILE *fp)
{
	int (*real)(FILE *), rc;

	REAL("fclose");
	rc = real(fp);
	return fails_once(&fclose_errno) ? EOF : rc;
}

static int
setup(void **state)
{
	struct scratch *s = xcalloc(1, sizeof(*s));

	s->dir = tempdir_new();
	s->file = xasprintf("%s/known_servers", s->dir);
	s->fd = open(s->dir, O_RDONLY | O_DIRECTORY);
	*state = s;
	return s->fd == -1 ? -1 : 0;
}

static int
teardown(void **state)
{
	struct scratch *s = *state;

	close(s->fd);
	tempdir_remove(s->dir);
	free(s->file);
	free(s);
	return 0;
}

static void
test_server(void **state)
{
	static const struct {
		const char *host, *server;
	} rows[] = {
		{ "nas.example", "nas.example:2121" },
		{ "NAS.Example.", "nas.example:2121" },
		{ "b\xc3\xbc" "cher.example", "xn--bcher-kva.example:2121" },
		{ "B\xc3\x9c" "CHER.example", "xn--bcher-kva.example:2121" },
		{ "192.0.2.1", "192.0.2.1:2121" },
		{ "::1", "[::1]:2121" },
		{ "[2001:DB8:0:0::1]", "[2001:db8::1]:2121" },
		{ "fe80::1%eth0", "[fe80::1%eth0]:2121" },
		{ "a.", "a:2121" },
		{ ".", ".:2121" },
		{ "\xff.example", NULL },
		{ "a b", NULL },
		{ "a\nb", NULL },
		{ "", NULL },
		{ "a:b", NULL },
		{ "\xff", NULL },
		{ "[fe80::1%a b]", NULL },
	};
	struct err err;
	char *server;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err_clear(&err);
		server = known_server(rows[i].host, 2121, &err);
		if (rows[i].server == NULL) {
			assert_null(server);
			assert_int_equal(err.kind, ERR_USAGE);
		} else {
			assert_non_null(server);
			assert_string_equal(server, rows[i].server);
		}
		free(server);
	}
}

/* What is said of the key PIN_A of nas.example:21. */
enum answer { NEW, SAME, CHANGED, BAD };

static const struct {
	const char *text;
	enum answer answer;
	const char *says;
} files[] = {
	{ "", NEW, NULL },
	{ "# a comment\n\n \t\n", NEW, NULL },
	{ "nas.example:21 " PIN_A "\n", SAME, NULL },
	{ "nas.example:21 " PIN_A, SAME, NULL },
	{ "  nas.example:21\t" PIN_A " \n", SAME, NULL },
	{ "nas.example:21 " HEX_A "\n", SAME, NULL },
	{ "NAS.example.:021 " PIN_A "\n", SAME, NULL },
	{ "nas.example:990 " PIN_B "\nnas.example:21 " PIN_A "\n", SAME,
	    NULL },
	{ "nas.example:990 " PIN_B "\n", NEW, NULL },
	{ "anas.example:21 " PIN_B "\n", NEW, NULL },
	{ "[::1]:21 " PIN_B "\n", NEW, NULL },
	{ "nas.example:21 " PIN_B "\n", CHANGED, "/k:1" },
	{ "# x\n\nnas.example:21 " PIN_B "\n", CHANGED, "/k:3" },
	{ "# x\n\nNas.Example.:21 " PIN_B "\n", CHANGED, "/k:3" },
	/* any of several keys will do */
	{ "nas.example:21 " PIN_B "\nnas.example:21 " PIN_A "\n", SAME,
	    NULL },
	/* what is damaged makes nobody new */
	{ "nas.example:21\n", BAD, "/k:1" },
	{ "nas.example:21 " PIN_A " x\n", BAD, "/k:1" },
	{ "nas.example:65535 " PIN_B "\n", NEW, NULL },
	{ "\xef\xbb\xbfnas.example:21 " PIN_A "\n", SAME, NULL },
	{ "\xff\xfen\n", BAD, "/k: in UTF-16" },
	{ "nas.example " PIN_A "\n", BAD, "/k:1" },
	{ "nas.example:0 " PIN_A "\n", BAD, "/k:1" },
	{ "nas.example:65536 " PIN_A "\n", BAD, "/k:1" },
	{ ":21 " PIN_A "\n", BAD, "/k:1" },
	{ "::1:21 " PIN_A "\n", BAD, "/k:1" },
	{ "nas.example:21 sha256//short\n", BAD, "/k:1" },
	{ "nas.example:21 " PIN_A "\r\n", BAD, "/k:1" },
	{ "nas.example:21 " PIN_A "\n\nother\n", BAD, "/k:3" },
	{ "other\nnas.example:21 " PIN_A "\n", BAD, "/k:1" },
};

static void
test_find(void **state)
{
	struct err err;
	bool is_new;
	size_t i;
	FILE *fp;
	int rc;

	(void)state;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		fp = fmemopen((char *)files[i].text, strlen(files[i].text),
		    "r");
		assert_non_null(fp);
		err_clear(&err);
		rc = known_find(fp, "/k", "nas.example:21", PIN_A, &is_new,
		    &err);
		fclose(fp);
		if (files[i].answer == NEW || files[i].answer == SAME) {
			if (rc != 0)
				fail_msg("row %zu: %s", i, err.msg);
			assert_int_equal(is_new, files[i].answer == NEW);
			continue;
		}
		assert_int_equal(rc, -1);
		assert_int_equal(err.kind, ERR_TRUST);
		if (strstr(err.msg, files[i].says) == NULL)
			fail_msg("row %zu: %s", i, err.msg);
		if (files[i].answer == CHANGED) {
			assert_non_null(strstr(err.msg, PIN_A));
			assert_non_null(strstr(err.msg, PIN_B));
		}
	}
}

/* What cannot be read makes nobody new. */
static void
test_unreadable(void **state)
{
	struct scratch *s = *state;
	struct err err = ERR_INIT;
	bool is_new = false;
	FILE *fp = fopen(s->dir, "r");

	assert_non_null(fp);
	assert_int_equal(known_find(fp, "/k\n", "nas.example:21", PIN_A,
	    &is_new, &err), -1);
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_string_equal(err.msg, "/k\\012: Is a directory");
	assert_false(is_new);
	fclose(fp);
}

static void
test_nul(void **state)
{
	static const char text[] = "nas.example:21 " PIN_A "\0x\n";
	struct err err = ERR_INIT;
	bool is_new;
	FILE *fp;

	(void)state;
	fp = fmemopen((char *)text, sizeof(text) - 1, "r");
	assert_int_equal(known_find(fp, "/k", "nas.example:21", PIN_A,
	    &is_new, &err), -1);
	assert_int_equal(err.kind, ERR_TRUST);
	fclose(fp);
}

static mode_t
mode_of(const char *file)
{
	struct stat sb;

	assert_int_equal(lstat(file, &sb), 0);
	return sb.st_mode & 07777;
}

static void
test_add(void **state)
{
	struct scratch *s = *state;
	struct err err = ERR_INIT;
	bool flag;

	umask(0);
	assert_int_equal(known_check(s->file, "a:21", PIN_A, &flag, &err), 0);
	assert_true(flag);
	assert_int_equal(known_add(s->file, "a:21", PIN_A, &flag, &err), 0);
	assert_true(flag);
	assert_string_equal(read_file(s->fd, "known_servers"),
	    "a:21 " PIN_A "\n");
	assert_int_equal(mode_of(s->file), 0600);
	assert_int_equal(known_check(s->file, "a:21", PIN_A, &flag, &err), 0);
	assert_false(flag);
	/* once is enough */
	assert_int_equal(known_add(s->file, "a:21", PIN_A, &flag, &err), 0);
	assert_false(flag);
	assert_string_equal(read_file(s->fd, "known_servers"),
	    "a:21 " PIN_A "\n");
	/* nothing is left beside it */
	assert_int_equal(faccessat(s->fd, "known_servers.lock", F_OK, 0), -1);
	assert_int_equal(faccessat(s->fd, "known_servers.new", F_OK, 0), -1);
	umask(022);
}

static void
test_add_changed(void **state)
{
	struct scratch *s = *state;
	struct err err = ERR_INIT;
	bool added;

	write_file(s->fd, "known_servers", "a:21 " PIN_B "\n");
	chmod(s->file, 0600);
	assert_int_equal(known_add(s->file, "a:21", PIN_A, &added, &err), -1);
	assert_int_equal(err.kind, ERR_TRUST);
	assert_false(added);
	assert_string_equal(read_file(s->fd, "known_servers"),
	    "a:21 " PIN_B "\n");
}

static void
test_add_keeps(void **state)
{
	struct scratch *s = *state;
	struct err err = ERR_INIT;
	bool added;

	write_file(s->fd, "known_servers", "# mine\n\nb:21\t" PIN_B);
	chmod(s->file, 0600);
	/* of a run that was killed */
	write_file(s->fd, "known_servers.new", "c:21");
	write_file(s->fd, "known_servers.lock", "");
	assert_int_equal(known_add(s->file, "a:21", PIN_A, &added, &err), 0);
	assert_string_equal(read_file(s->fd, "known_servers"),
	    "# mine\n\nb:21\t" PIN_B "\na:21 " PIN_A "\n");
	/* not to what is damaged */
	write_file(s->fd, "known_servers", "b:21\n");
	chmod(s->file, 0600);
	assert_int_equal(known_add(s->file, "a:21", PIN_A, &added, &err), -1);
	assert_int_equal(err.kind, ERR_TRUST);
	assert_string_equal(read_file(s->fd, "known_servers"), "b:21\n");
}

static void
test_refused(void **state)
{
	struct scratch *s = *state;
	struct err err = ERR_INIT;
	char *file;
	bool flag;

	/* A link, even one to nothing, could lead anywhere. */
	assert_int_equal(symlinkat("elsewhere", s->fd, "known_servers"), 0);
	assert_int_equal(known_check(s->file, "a:21", PIN_A, &flag, &err),
	    -1);
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_non_null(strstr(err.msg, "known_servers: is a symbolic link"));
	assert_int_equal(known_add(s->file, "a:21", PIN_A, &flag, &err), -1);
	assert_int_equal(faccessat(s->fd, "elsewhere", F_OK, 0), -1);
	unlinkat(s->fd, "known_servers", 0);

	write_file(s->fd, "known_servers", "a:21 " PIN_A "\n");
	chmod(s->file, 0620);
	assert_int_equal(known_check(s->file, "a:21", PIN_A, &flag, &err),
	    -1);
	assert_int_equal(err.kind, ERR_TRUST);
	assert_non_null(strstr(err.msg, "others can write it"));
	chmod(s->file, 0644);
	assert_int_equal(known_check(s->file, "a:21", PIN_A, &flag, &err), 0);
	unlinkat(s->fd, "known_servers", 0);

	assert_int_equal(mkdirat(s->fd, "known_servers", 0700), 0);
	assert_int_equal(known_check(s->file, "a:21", PIN_A, &flag, &err),
	    -1);
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_non_null(strstr(err.msg, "known_servers: not a file"));
	file = xasprintf("%s/x", s->file);
	unlinkat(s->fd, "known_servers", AT_REMOVEDIR);
	write_file(s->fd, "known_servers", "a:21 " PIN_A "\n");
	assert_int_equal(known_check(file, "a:21", PIN_A, &flag, &err), -1);
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_non_null(strstr(err.msg, "/x: Not a directory"));
	free(file);
	assert_int_equal(known_check(s->file, "a:21", "short", &flag, &err),
	    -1);
	assert_int_equal(err.kind, ERR_TRUST);
	assert_string_equal(err.msg, "server's key has no pin");
	/* What is in the way of the new file. */
	assert_int_equal(mkdirat(s->fd, "known_servers.new", 0700), 0);
	assert_int_equal(known_add(s->file, "b:21", PIN_B, &flag, &err), -1);
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_non_null(strstr(err.msg, "known_servers: cannot keep the "
	    "server's key: File exists"));
	assert_string_equal(read_file(s->fd, "known_servers"),
	    "a:21 " PIN_A "\n");
}

/* One that cannot be examined, or read, makes nobody new. */
static void
test_broken(void **state)
{
	static const struct {
		int *call, errnum;
		const char *says;
	} rows[] = {
		{ &fstat_errno, EIO, "/known_servers: Input/output error" },
		{ &fdopen_errno, ENOMEM, "/known_servers: Cannot allocate" },
	};
	struct scratch *s = *state;
	struct err err;
	size_t i;
	int fd, after;
	bool flag;

	write_file(s->fd, "known_servers", "");
	fd = dup(0);
	close(fd);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err_clear(&err);
		*rows[i].call = rows[i].errnum;
		assert_int_equal(known_check(s->file, "a:21", PIN_A, &flag,
		    &err), -1);
		assert_int_equal(err.kind, ERR_LOCAL);
		assert_int_equal(err.sys, rows[i].errnum);
		assert_non_null(strstr(err.msg, rows[i].says));
		after = dup(0);
		close(after);
		assert_int_equal(after, fd);
	}
}

/* A key that cannot be kept: nothing is left of it. */
static void
test_not_kept(void **state)
{
	int *const calls[] = { &fsync_errno, &fclose_errno, &rename_errno };
	struct scratch *s = *state;
	struct err err;
	bool added;
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		err_clear(&err);
		*calls[i] = EIO;
		assert_int_equal(known_add(s->file, "a:21", PIN_A, &added,
		    &err), -1);
		assert_int_equal(*calls[i], 0);
		assert_int_equal(err.kind, ERR_LOCAL);
		assert_non_null(strstr(err.msg, "/known_servers: cannot keep "
		    "the server's key: Input/output error"));
		assert_int_equal(faccessat(s->fd, "known_servers", F_OK, 0),
		    -1);
		assert_int_equal(faccessat(s->fd, "known_servers.new", F_OK,
		    0), -1);
	}
	assert_int_equal(known_add(s->file, "a:21", PIN_A, &added, &err), 0);
}

/* What another run holds is waited for, but not without an end. */
static void
test_wait(void **state)
{
	struct scratch *s = *state;
	struct err err = ERR_INIT;
	char *path = xasprintf("%s.lock", s->file);
	bool added;

	held = lock_take(path, &err);
	assert_true(held != -1);
	hurry = true;
	waits = 0;
	ahead_ms = 0;
	assert_int_equal(known_add(s->file, "a:21", PIN_A, &added, &err), 0);
	assert_true(added);
	assert_int_equal(err.kind, ERR_NONE);
	assert_int_equal(waits, 3);
	assert_int_equal(ahead_ms, 30);

	held = -1;
	assert_true(lock_take(path, &err) != -1);
	assert_int_equal(known_add(s->file, "b:21", PIN_A, &added, &err), -1);
	assert_int_equal(err.kind, ERR_LOCK);
	assert_false(added);
	assert_in_range(waits, 4, 503);
	assert_in_range(ahead_ms, 40, 5030);
	hurry = false;
	free(path);
}

/* Who else can write it could make us trust anybody; root can anyway. */
static void
test_owners(void **state)
{
	enum { OTHER = 54321 };
	static const char file[] = "known_servers";
	struct scratch *s = *state;
	struct err err = ERR_INIT;
	bool flag;
	int rc;

	if (geteuid() != 0)
		skip();
	write_file(s->fd, "known_servers", "a:21 " PIN_A "\n");
	/* Who knows if others may come here: by a name in it they may. */
	assert_int_equal(fchdir(s->fd), 0);
	chmod(file, 0644);
	chmod(".", 0711);
	assert_int_equal(seteuid(OTHER), 0);
	rc = known_check(file, "a:21", PIN_A, &flag, &err);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(rc, 0);
	assert_false(flag);
	assert_int_equal(chown(file, OTHER, (gid_t)-1), 0);
	assert_int_equal(known_check(file, "a:21", PIN_A, &flag, &err), -1);
	assert_int_equal(err.kind, ERR_TRUST);
	assert_non_null(strstr(err.msg, "belongs to another user"));
	assert_int_equal(seteuid(OTHER), 0);
	rc = known_check(file, "a:21", PIN_A, &flag, &err);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(rc, 0);
	assert_int_equal(chdir("/"), 0);
}

static void
test_no_directory(void **state)
{
	struct scratch *s = *state;
	struct err err = ERR_INIT;
	char *file;
	bool flag;

	file = xasprintf("%s/missing/known_servers", s->dir);
	assert_int_equal(known_check(file, "a:21", PIN_A, &flag, &err), 0);
	assert_true(flag);
	assert_int_equal(known_add(file, "a:21", PIN_A, &flag, &err), -1);
	assert_int_equal(err.kind, ERR_LOCAL);
	free(file);
}

/* Runs and threads at the same time. */
enum { WRITERS = 8, EACH = 10 };

struct writer {
	const char *file;
	int number, added, changed, failed;
	pthread_t thread;
};

static void *
write_keys(void *arg)
{
	struct writer *w = arg;
	struct err err = ERR_INIT;
	char server[32], pin[65];
	bool added;
	int i;

	for (i = 0; i < EACH; i++) {
		snprintf(server, sizeof(server), "h%d-%d:21", w->number, i);
		if (known_add(w->file, server, PIN_A, &added, &err) != 0)
			w->failed++;
	}
	/* All want the same server, each with a key of its own. */
	snprintf(pin, sizeof(pin), "%064x", w->number);
	err_clear(&err);
	if (known_add(w->file, "all:21", pin, &added, &err) == 0)
		w->added += added;
	else if (err.kind == ERR_TRUST)
		w->changed++;
	return NULL;
}

static void
test_together(void **state)
{
	struct writer w[WRITERS] = { 0 };
	int i, added = 0, changed = 0, lines = 0, c;
	struct scratch *s = *state;
	FILE *fp;

	for (i = 0; i < WRITERS; i++) {
		w[i].file = s->file;
		w[i].number = i;
		pthread_create(&w[i].thread, NULL, write_keys, &w[i]);
	}
	for (i = 0; i < WRITERS; i++) {
		pthread_join(w[i].thread, NULL);
		assert_int_equal(w[i].failed, 0);
		added += w[i].added;
		changed += w[i].changed;
	}
	assert_int_equal(added, 1);
	assert_int_equal(changed, WRITERS - 1);
	fp = fopen(s->file, "r");
	assert_non_null(fp);
	while ((c = getc(fp)) != EOF)
		lines += c == '\n';
	fclose(fp);
	assert_int_equal(lines, WRITERS * EACH + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_server),
		cmocka_unit_test(test_find),
		cmocka_unit_test_setup_teardown(test_unreadable, setup,
		    teardown),
		cmocka_unit_test(test_nul),
		cmocka_unit_test_setup_teardown(test_add, setup, teardown),
		cmocka_unit_test_setup_teardown(test_add_changed, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_add_keeps, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_broken, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_kept, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_wait, setup, teardown),
		cmocka_unit_test_setup_teardown(test_owners, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_directory, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_together, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
