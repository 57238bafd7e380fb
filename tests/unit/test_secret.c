/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <readpassphrase.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cancel.h"
#include "base/err.h"
#include "base/mem.h"
#include "config/secret.h"
#include "instead.h"

/* What the machine fails with; 0: it does not. */
static int no_process, no_child, no_terminal;
/* What is typed; NULL: the C library's own asks. */
static const char *typed;
static size_t wiped;

/* These instead of the libraries'. */
int
posix_spawn(pid_t *pid, const char *path,
    const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attr,
    char *const argv[], char *const envp[])
{
	int (*real)(pid_t *, const char *, const posix_spawn_file_actions_t *,
	    const posix_spawnattr_t *, char *const[], char *const[]);

	if (no_process != 0)
		return no_process;
	REAL("posix_spawn");
	return real(pid, path, actions, attr, argv, envp);
}

/* Fails once. */
pid_t
waitpid(pid_t pid, int *status, int flags)
{
	pid_t (*real)(pid_t, int *, int);

	REAL("waitpid");
	return fails_once(&no_child) ? -1 : real(pid, status, flags);
}

char *
readpassphrase(const char *prompt, char *buf, size_t size, int flags)
{
	char *(*real)(const char *, char *, size_t, int);

	assert_true((flags & RPP_REQUIRE_TTY) != 0);
	assert_true((flags & RPP_ECHO_ON) == 0);
	if (no_terminal != 0) {
		errno = no_terminal;
		return NULL;
	}
	if (typed != NULL) {
		strlcpy(buf, typed, size);
		return buf;
	}
	REAL("readpassphrase");
	return real(prompt, buf, size, flags);
}

void
freezero(void *p, size_t n)
{
	wiped = n;
	explicit_bzero(p, n);
	free(p);
}

static int
setup(void **state)
{
	char dir[] = "/tmp/ftps-secret.XXXXXX";

	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	*state = xstrdup(dir);
	return 0;
}

static int
teardown(void **state)
{
	unlink("file");
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(*state), 0);
	free(*state);
	return 0;
}

static void
write_bytes(const char *text, size_t n)
{
	FILE *f = fopen("file", "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod("file", 0600), 0);
}

static void
test_struct(void **state)
{
	struct secret a = SECRET_INIT, b = SECRET_INIT;

	(void)state;
	secret_release(&a);
	secret_set(&a, "one");
	secret_set(&a, a.text);
	assert_string_equal(a.text, "one");
	secret_copy(&b, &a);
	assert_string_equal(b.text, "one");
	assert_ptr_not_equal(a.text, b.text);
	secret_copy(&b, &b);
	assert_string_equal(b.text, "one");
	secret_release(&a);
	assert_null(a.text);
	assert_int_equal(wiped, sizeof("one"));
	secret_copy(&b, &a);
	assert_null(b.text);
}

static void
assert_file(const char *text, size_t n, const char *want, const char *says)
{
	struct secret sec = SECRET_INIT;
	struct err err = ERR_INIT;
	bool others;
	int rc;

	write_bytes(text, n);
	rc = secret_from_file("file", &sec, &others, &err);
	if (want != NULL) {
		assert_int_equal(rc, 0);
		assert_string_equal(sec.text, want);
	} else {
		assert_int_equal(rc, -1);
		assert_int_equal(err.kind, ERR_USAGE);
		if (strstr(err.msg, says) == NULL)
			fail_msg("says %s", err.msg);
		assert_null(strstr(err.msg, "hunter2"));
		assert_null(sec.text);
	}
	assert_false(others);
	secret_release(&sec);
}

static void
test_file(void **state)
{
	char longest[4097];

	(void)state;
	memset(longest, 'x', sizeof(longest));
	assert_file(longest, 4097, NULL, "file: password too long");
	assert_file("hunter2", 7, "hunter2", NULL);
	assert_file("hunter2\nmore\n", 13, "hunter2", NULL);
	assert_file("hunter2\r\n", 9, "hunter2", NULL);
	assert_file(" a b \n", 6, " a b ", NULL);
	assert_file("", 0, NULL, "file: not even an empty line");
	assert_file("\nhunter2\n", 9, "", NULL);
	assert_file("\r\n", 2, "", NULL);
	assert_file("\n", 1, "", NULL);
	assert_file("hunter2\0x\n", 10, NULL, "file: NUL byte");
	assert_file("\xef\xbb\xbfhunter2\r\n", 12, "hunter2", NULL);
	assert_file("\xef\xbb\xbf\n", 4, "", NULL);
	assert_file("\xef\xbb\xbf", 3, "", NULL);
	assert_file("\xff\xfeh\0u\0n\0t\0\n\0", 12, NULL,
	    "file: the password is in UTF-16; save it as UTF-8");
	assert_file("\xfe\xff\0h\0u\0n\0t\0\n", 12, NULL, "UTF-16");
	assert_file(longest, 4096, NULL, "file: password too long");
	longest[4095] = '\0';
	assert_file(longest, 4095, longest, NULL);
}

static void
test_file_readable_by_others(void **state)
{
	struct secret sec = SECRET_INIT;
	struct err err = ERR_INIT;
	bool others = false;

	(void)state;
	write_bytes("x", 1);
	assert_int_equal(chmod("file", 0640), 0);
	assert_int_equal(secret_from_file("file", &sec, &others, &err), 0);
	assert_true(others);
	assert_int_equal(chmod("file", 0604), 0);
	assert_int_equal(secret_from_file("file", &sec, &others, &err), 0);
	assert_true(others);
	secret_release(&sec);
	assert_int_equal(secret_from_file("none", &sec, &others, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.msg, "none: cannot read the password: "));
	assert_int_equal(secret_from_file(".", &sec, &others, &err), -1);
	assert_non_null(strstr(err.msg, ".: cannot read the password: "));
}

/* Only the first line is taken: the rest is somebody else's. */
static void
test_standard_input(void **state)
{
	struct secret sec = SECRET_INIT;
	struct err err = ERR_INIT;
	char rest[8] = "";
	bool others = true;
	int saved = dup(STDIN_FILENO), p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	assert_int_equal(write(p[1], "hunter2\nrest", 12), 12);
	close(p[1]);
	assert_int_equal(dup2(p[0], STDIN_FILENO), STDIN_FILENO);
	close(p[0]);
	assert_int_equal(secret_from_file("-", &sec, &others, &err), 0);
	assert_string_equal(sec.text, "hunter2");
	assert_false(others);
	assert_int_equal(read(STDIN_FILENO, rest, sizeof(rest)), 4);
	assert_memory_equal(rest, "rest", 4);
	assert_int_equal(secret_from_file("-", &sec, &others, &err), -1);
	assert_non_null(strstr(err.msg, "standard input: not even"));
	assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
	close(saved);
	secret_release(&sec);
}

static void
assert_command(const char *command, const char *want, const char *says)
{
	struct cancel *cancel = cancel_new();
	struct secret sec = SECRET_INIT;
	struct err err = ERR_INIT;
	int rc;

	secret_set(&sec, "earlier");
	/* of a call before, which is nobody's business here */
	errno = EINTR;
	rc = secret_from_command(command, &sec, cancel, &err);
	if (want != NULL) {
		if (rc != 0)
			fail_msg("%s: %s", command, err.msg);
		assert_string_equal(sec.text, want);
	} else {
		assert_int_equal(rc, -1);
		assert_int_equal(err.kind, ERR_USAGE);
		if (strstr(err.msg, says) == NULL)
			fail_msg("%s: says %s", command, err.msg);
		assert_null(strstr(err.msg, "hunter2"));
		assert_null(sec.text);
	}
	/* no child is left behind */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	secret_release(&sec);
	cancel_free(cancel);
}

static void
test_command(void **state)
{
	(void)state;
	assert_command("echo hunter2", "hunter2", NULL);
	assert_command("printf 'a b\\r\\nrest'", "a b", NULL);
	assert_command("printf x", "x", NULL);
	/* its input is empty, and all of its output is taken */
	assert_command("cat; echo y; i=0; while [ $i -lt 3000 ]; do "
	    "echo 01234567890123 || exit 1; i=$((i+1)); done", "y", NULL);
	assert_command("echo hunter2; exit 3", NULL,
	    "ended with status 3");
	assert_command("exit 3", NULL, "ended with status 3");
	assert_command("echo hunter2; kill -9 $$", NULL,
	    "killed by signal 9");
	assert_command(":", NULL,
	    "not even an empty line");
	assert_command("echo; echo x", "", NULL);
	assert_command("printf '\\357\\273\\277pw\\r\\n'", "pw", NULL);
	assert_command("printf '\\377\\376p\\000w\\000'", NULL, "UTF-16");
	assert_command("printf 'hunter2\\000x\\n'", NULL, "NUL byte");
	assert_command("yes hunter2", NULL, "prints more than 64 KiB");
	assert_command("echo pw; head -c 65535 /dev/zero", "pw", NULL);
	assert_command("echo pw; head -c 65536 /dev/zero", NULL,
	    "prints more than 64 KiB");
	assert_command("exec 2>/dev/null; ftps-no-such-command", NULL,
	    "ended with status 127");
}

static void
test_command_broken(void **state)
{
	struct secret sec = SECRET_INIT;
	struct rlimit old, none;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(secret_from_command("echo x", &sec, NULL, &err), -1);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_string_equal(err.msg,
	    "cannot make a pipe: Too many open files");
	no_process = EAGAIN;
	assert_command("echo x", NULL, "cannot start the shell: Resource");
	no_process = 0;
	/* Interrupted: it is waited for again. */
	no_child = EINTR;
	assert_command("echo x", "x", NULL);
	no_child = ECHILD;
	assert_int_equal(secret_from_command("echo x", &sec, NULL, &err), -1);
	assert_string_equal(err.msg, "cannot wait for it: No child processes");
	assert_null(sec.text);
	/* It is still there. */
	assert_true(waitpid(-1, NULL, 0) > 0);
}

static void
do_nothing(int sig)
{
	(void)sig;
}

/* Nobody writes; a signal that comes again and again ends the waiting. */
static void
test_file_interrupted(void **state)
{
	struct itimerval often = { { 0, 10000 }, { 0, 10000 } }, never = { 0 };
	struct sigaction old, sa;
	struct secret sec = SECRET_INIT;
	struct err err = ERR_INIT;
	bool others;
	int fd;

	(void)state;
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = do_nothing;
	assert_int_equal(mkfifo("file", 0600), 0);
	assert_true((fd = open("file", O_RDWR)) != -1);
	assert_int_equal(sigaction(SIGALRM, &sa, &old), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	assert_int_equal(secret_from_file("file", &sec, &others, &err), -1);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_int_equal(sigaction(SIGALRM, &old, NULL), 0);
	close(fd);
	assert_int_equal(err.kind, ERR_CANCELLED);
	assert_string_equal(err.msg, "file: interrupted");
	assert_false(others);
	assert_null(sec.text);
}

/* Signals that we ignore mean to a command what they always do. */
static void
test_command_signals(void **state)
{
	struct sigaction old, sa;

	(void)state;
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_IGN;
	assert_int_equal(sigaction(SIGPIPE, &sa, &old), 0);
	assert_command("(kill -13 $(exec sh -c 'echo $PPID'); echo no) & "
	    "wait $!; echo $?", "141", NULL);
	assert_command("kill -13 $$; echo no", NULL, "killed by signal 13");
	assert_int_equal(sigaction(SIGPIPE, &old, NULL), 0);
}

static void
test_command_cancelled(void **state)
{
	struct cancel *cancel = cancel_new();
	struct secret sec = SECRET_INIT;
	struct err err = ERR_INIT;
	char command[64];

	(void)state;
	cancel_install(cancel);
	/* the command waits for ever, but first it sends us a signal */
	snprintf(command, sizeof(command),
	    "kill -15 %ld; exec tail -f /dev/null", (long)getpid());
	assert_int_equal(secret_from_command(command, &sec, cancel, &err),
	    -1);
	assert_int_equal(err.kind, ERR_CANCELLED);
	assert_int_equal(cancel_reason(cancel), SIGTERM);
	assert_null(sec.text);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	/* cancelled before: nothing is waited for */
	assert_int_equal(secret_from_command("tail -f /dev/null", &sec,
	    cancel, &err), -1);
	assert_int_equal(err.kind, ERR_CANCELLED);
	cancel_free(cancel);
}

static void
test_environment(void **state)
{
	struct secret sec = SECRET_INIT;
	char *value;

	(void)state;
	unsetenv("FTPS_PASSWORD");
	assert_false(secret_from_environment(&sec));
	assert_null(sec.text);
	setenv("FTPS_PASSWORD", "", 1);
	assert_false(secret_from_environment(&sec));
	assert_null(getenv("FTPS_PASSWORD"));
	/* putenv() keeps our own memory, so that the wiping shows */
	value = xstrdup("FTPS_PASSWORD=hunter2");
	assert_int_equal(putenv(value), 0);
	assert_true(secret_from_environment(&sec));
	assert_string_equal(sec.text, "hunter2");
	assert_null(getenv("FTPS_PASSWORD"));
	assert_memory_equal(value, "FTPS_PASSWORD=\0\0\0\0\0\0\0", 22);
	free(value);
	assert_false(secret_from_environment(&sec));
	assert_string_equal(sec.text, "hunter2");
	setenv("FTPS_PASSWORD", "a\nb\r\n", 1);
	assert_true(secret_from_environment(&sec));
	assert_string_equal(sec.text, "a\nb");
	setenv("FTPS_PASSWORD", "x\n\n", 1);
	assert_true(secret_from_environment(&sec));
	assert_string_equal(sec.text, "x\n");
	setenv("FTPS_PASSWORD", "\n", 1);
	assert_true(secret_from_environment(&sec));
	assert_string_equal(sec.text, "");
	setenv("FTPS_PASSWORD", "\r\n", 1);
	assert_true(secret_from_environment(&sec));
	assert_string_equal(sec.text, "");
	setenv("FTPS_PASSWORD", "x\r", 1);
	assert_true(secret_from_environment(&sec));
	assert_string_equal(sec.text, "x\r");
	secret_release(&sec);
}

static void
test_terminal(void **state)
{
	struct secret sec = SECRET_INIT;
	struct err err = ERR_INIT;
	char longest[4096];

	(void)state;
	typed = "hunter2";
	assert_int_equal(secret_from_terminal("Password: ", &sec, &err), 0);
	assert_string_equal(sec.text, "hunter2");
	memset(longest, 'x', sizeof(longest));
	longest[4095] = '\0';
	typed = longest;
	assert_int_equal(secret_from_terminal("Password: ", &sec, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_string_equal(err.msg, "password too long");
	assert_string_equal(sec.text, "hunter2");
	longest[4094] = '\0';
	assert_int_equal(secret_from_terminal("Password: ", &sec, &err), 0);
	assert_string_equal(sec.text, longest);
	secret_release(&sec);
	no_terminal = EINTR;
	assert_int_equal(secret_from_terminal("Password: ", &sec, &err), -1);
	assert_int_equal(err.kind, ERR_CANCELLED);
	assert_string_equal(err.msg, "interrupted");
	no_terminal = EIO;
	assert_int_equal(secret_from_terminal("Password: ", &sec, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.msg, "cannot ask for the password: "));
	assert_null(sec.text);
	no_terminal = 0;
	typed = NULL;
}

/* Without a terminal there is nobody to ask. */
static void
test_no_terminal(void **state)
{
	struct secret sec = SECRET_INIT;
	struct err err = ERR_INIT;
	pid_t pid;
	int status;

	(void)state;
	if ((pid = fork()) == 0) {
		setsid();
		_exit(secret_from_terminal("Password: ", &sec, &err) == -1 &&
		    err.kind == ERR_USAGE && sec.text == NULL ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_struct),
		TEST(test_file),
		TEST(test_file_interrupted),
		TEST(test_file_readable_by_others),
		TEST(test_standard_input),
		TEST(test_command),
		TEST(test_command_broken),
		TEST(test_command_signals),
		TEST(test_command_cancelled),
		TEST(test_environment),
		TEST(test_terminal),
		TEST(test_no_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
