/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sys/resource.h>
#include <sys/stat.h>

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shell/complete_cache.h"
#include "tempdir.h"

#define DIGITS_63 \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"
/* Where "key" is kept. */
#define OF_KEY \
	"2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"

enum { NOW = 1000000, AGE = 30, BYTES_MAX = 1 << 20 };

struct world {
	char *dir;
	int names;	/* the directory of what is kept */
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	const struct strvec none = { 0 };

	w->dir = tempdir_new();
	setenv("XDG_CACHE_HOME", w->dir, 1);
	complete_cache_put("first", NOW, AGE, &none);
	if (chdir(w->dir) != 0)
		abort();
	w->names = open("ftps/names", O_RDONLY | O_DIRECTORY);
	assert_int_not_equal(w->names, -1);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	close(w->names);
	if (chdir("/") != 0)
		abort();
	tempdir_remove(w->dir);
	free(w);
	return 0;
}

static void
set_time(const struct world *w, const char *name, time_t mtime)
{
	const struct timespec times[] = {
		{ .tv_sec = mtime }, { .tv_sec = mtime },
	};

	assert_int_equal(utimensat(w->names, name, times,
	    AT_SYMLINK_NOFOLLOW), 0);
}

/* What is kept for "key", a '|' behind each; NULL: nothing. */
static const char *
kept(time_t now)
{
	struct strvec lines = STRVEC_INIT;
	static char text[256];
	size_t i;

	*text = '\0';
	if (!complete_cache_get("key", now, AGE, &lines)) {
		assert_int_equal(lines.n, 0);
		return NULL;
	}
	for (i = 0; i < lines.n; i++) {
		strlcat(text, lines.v[i], sizeof(text));
		strlcat(text, "|", sizeof(text));
	}
	strvec_release(&lines);
	return text;
}

static void
keep(const char *key, const char *a, const char *b)
{
	struct strvec lines = STRVEC_INIT;

	strvec_add(&lines, a);
	strvec_add(&lines, b);
	complete_cache_put(key, NOW, AGE, &lines);
	strvec_release(&lines);
}

static bool
is_there(const struct world *w, const char *name)
{
	return faccessat(w->names, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* How many files there are. */
static int
count(void)
{
	DIR *d = opendir("ftps/names");
	int n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2;
}

static void
test_keeps(void **state)
{
	const struct world *w = *state;
	struct stat st;

	assert_null(kept(NOW));
	keep("key", "f one", "d two three");
	assert_int_equal(fstatat(w->names, OF_KEY, &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	set_time(w, OF_KEY, NOW);
	assert_string_equal(kept(NOW), "f one|d two three|");
	keep("other", "x", "y");
	assert_string_equal(kept(NOW), "f one|d two three|");
	keep("key", "", "z");
	set_time(w, OF_KEY, NOW);
	assert_string_equal(kept(NOW), "|z|");
	/* The other is of today, which is long after NOW. */
	assert_int_equal(count(), 1);
}

static void
test_age(void **state)
{
	const struct world *w = *state;

	write_file(w->names, OF_KEY, "a\nb");
	set_time(w, OF_KEY, NOW);
	assert_string_equal(kept(NOW), "a|b|");
	assert_string_equal(kept(NOW + AGE), "a|b|");
	assert_null(kept(NOW + AGE + 1));
	assert_null(kept(NOW - 1));
}

/* What is no file of ours, or too large. */
static void
test_not_ours(void **state)
{
	const struct world *w = *state;
	struct strvec lines = STRVEC_INIT;
	int fd;

	write_file(w->names, "mine", "a\n");
	set_time(w, "mine", NOW);
	assert_int_equal(symlinkat("mine", w->names, OF_KEY), 0);
	assert_null(kept(NOW));
	unlinkat(w->names, OF_KEY, 0);
	assert_int_equal(mkfifoat(w->names, OF_KEY, 0600), 0);
	set_time(w, OF_KEY, NOW);
	assert_null(kept(NOW));
	unlinkat(w->names, OF_KEY, 0);
	assert_int_equal(mkdirat(w->names, OF_KEY, 0700), 0);
	set_time(w, OF_KEY, NOW);
	assert_null(kept(NOW));
	unlinkat(w->names, OF_KEY, AT_REMOVEDIR);
	fd = openat(w->names, OF_KEY, O_RDWR | O_CREAT, 0600);
	assert_int_equal(ftruncate(fd, BYTES_MAX + 1), 0);
	set_time(w, OF_KEY, NOW);
	assert_null(kept(NOW));
	assert_int_equal(ftruncate(fd, BYTES_MAX), 0);
	set_time(w, OF_KEY, NOW);
	assert_true(complete_cache_get("key", NOW, AGE, &lines));
	strvec_release(&lines);
	/* Only root can give it away. */
	if (fchown(fd, 4711, (gid_t)-1) == 0)
		assert_null(kept(NOW));
	close(fd);
}

/* Whatever is old and named by a digest, also one half written. */
static void
test_forgets(void **state)
{
	static const struct {
		const char *name;
		time_t mtime;
		bool stays;
	} files[] = {
		{ DIGITS_63 "0", NOW - AGE - 1, false },
		{ DIGITS_63 "1", NOW - AGE, true },
		{ DIGITS_63 "2", NOW + 1, false },
		{ DIGITS_63 "3.aBcDeF", NOW - AGE - 1, false },
		{ DIGITS_63 "4.aBcDeF", NOW, true },
		{ DIGITS_63, 1, true },
		{ DIGITS_63 "g", 1, true },
		{ DIGITS_63 "0g", 1, true },
		{ DIGITS_63 "00", 1, true },
		{ DIGITS_63 ".", 1, true },
		{ "other", 1, true },
	};
	const size_t n = sizeof(files) / sizeof(files[0]);
	const struct world *w = *state;
	size_t i;

	for (i = 0; i < n; i++) {
		write_file(w->names, files[i].name, "x");
		set_time(w, files[i].name, files[i].mtime);
	}
	assert_int_equal(mkdirat(w->names, DIGITS_63 "a", 0700), 0);
	set_time(w, DIGITS_63 "a", 1);
	assert_int_equal(symlinkat("other", w->names, DIGITS_63 "b"), 0);
	set_time(w, DIGITS_63 "b", 1);
	keep("key", "a", "b");
	for (i = 0; i < n; i++)
		assert_int_equal(is_there(w, files[i].name), files[i].stays);
	assert_true(is_there(w, DIGITS_63 "a"));
	assert_true(is_there(w, DIGITS_63 "b"));
	assert_true(is_there(w, OF_KEY));
}

/* A line that would make it too much is left out, and no other. */
static void
test_too_much(void **state)
{
	const struct world *w = *state;
	const size_t n = BYTES_MAX - 2;
	struct strvec lines = STRVEC_INIT;
	char *big = malloc(n + 1);
	struct stat st;

	memset(big, 'x', n);
	big[n] = '\0';
	strvec_add(&lines, big);
	strvec_add(&lines, "y");
	strvec_add(&lines, "");
	complete_cache_put("key", NOW, AGE, &lines);
	strvec_release(&lines);
	free(big);
	assert_int_equal(fstatat(w->names, OF_KEY, &st, 0), 0);
	assert_int_equal(st.st_size, BYTES_MAX);
	set_time(w, OF_KEY, NOW);
	assert_true(complete_cache_get("key", NOW, AGE, &lines));
	assert_int_equal(lines.n, 2);
	assert_int_equal(strlen(lines.v[0]), n);
	assert_string_equal(lines.v[1], "");
	strvec_release(&lines);
}

/* A file that is opened first of all is one like others. */
static void
test_first_descriptor(void **state)
{
	const struct world *w = *state;
	int saved = dup(STDIN_FILENO);
	const char *text;

	close(STDIN_FILENO);
	keep("key", "a", "b");
	set_time(w, OF_KEY, NOW);
	text = kept(NOW);
	assert_int_equal(open("/dev/null", O_RDONLY), STDIN_FILENO);
	dup2(saved, STDIN_FILENO);
	close(saved);
	assert_non_null(text);
	assert_string_equal(text, "a|b|");
}

/* What cannot be kept is not, and nothing is left of it. */
static void
test_cannot(void **state)
{
	const struct world *w = *state;
	struct rlimit was, full;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	full = (struct rlimit){ 1, was.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
	keep("key", "a", "b");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_equal(count(), 0);
	assert_int_equal(mkdirat(w->names, OF_KEY, 0700), 0);
	keep("key", "a", "b");
	assert_int_equal(count(), 1);
	assert_null(kept(NOW));
	unlinkat(w->names, OF_KEY, AT_REMOVEDIR);
	assert_int_equal(rmdir("ftps/names"), 0);
	write_file(AT_FDCWD, "ftps/names", "");
	keep("key", "a", "b");
	assert_null(kept(NOW));
	/* Who only asks makes nothing. */
	assert_int_equal(unlink("ftps/names"), 0);
	assert_int_equal(rmdir("ftps"), 0);
	assert_null(kept(NOW));
	assert_int_not_equal(access("ftps", F_OK), 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_keeps),
		TEST(test_age),
		TEST(test_not_ours),
		TEST(test_forgets),
		TEST(test_too_much),
		TEST(test_first_descriptor),
		TEST(test_cannot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
