/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ftp/refusal.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

/* As servers put it. */
static void
test_words(void **state)
{
	static const struct {
		enum refusal_act act;
		int code;
		const char *words;
		enum refusal_cause cause;
	} t[] = {
		{ REFUSAL_READ, 550, "550 a: No such file or directory",
		    CAUSE_MISSING },
		{ REFUSAL_READ, 550, "550 The system cannot find the file "
		    "specified.", CAUSE_MISSING },
		{ REFUSAL_READ, 550, "550 File not found", CAUSE_MISSING },
		{ REFUSAL_READ, 550, "550 Can't open a: Permission denied",
		    CAUSE_DENIED },
		{ REFUSAL_READ, 550, "550 Access is denied.", CAUSE_DENIED },
		{ REFUSAL_READ, 550, "550 Failed to open file.",
		    CAUSE_UNKNOWN },
		{ REFUSAL_READ, 550, "550 Is a directory.", CAUSE_IS_DIR },
		{ REFUSAL_WRITE, 553, "553 a/b: No such file or directory",
		    CAUSE_PARENT_MISSING },
		{ REFUSAL_WRITE, 553, "553 a/b: Not a directory",
		    CAUSE_PARENT_NO_DIR },
		{ REFUSAL_WRITE, 553, "553 Could not create file.",
		    CAUSE_UNKNOWN },
		{ REFUSAL_WRITE, 552, "552 Quota exceeded", CAUSE_UNKNOWN },
		{ REFUSAL_MKDIR, 550, "550 a: File exists", CAUSE_EXISTS },
		{ REFUSAL_MKDIR, 521, "521 \"/a\" directory already exists",
		    CAUSE_EXISTS },
		{ REFUSAL_MKDIR, 550, "550 Path does not exist",
		    CAUSE_PARENT_MISSING },
		{ REFUSAL_RMDIR, 550, "550 a: Directory not empty",
		    CAUSE_NOT_EMPTY },
		{ REFUSAL_RMDIR, 550, "550 a: Not a directory", CAUSE_NO_DIR },
		{ REFUSAL_RENAME, 550, "550 No such file or directory.",
		    CAUSE_UNKNOWN },
		{ REFUSAL_CHMOD, 502, "502 'SITE CHMOD' not understood",
		    CAUSE_NO_MEANS },
		{ REFUSAL_CHMOD, 500, "500 no", CAUSE_NO_MEANS },
		{ REFUSAL_CHMOD, 504, "504 no", CAUSE_NO_MEANS },
		{ REFUSAL_CHMOD, 501, "501 no", CAUSE_UNKNOWN },
		{ REFUSAL_CHMOD, 503, "503 no", CAUSE_UNKNOWN },
		{ REFUSAL_TOUCH, 500, "500 no", CAUSE_NO_MEANS },
		{ REFUSAL_TOUCH, 504, "504 no", CAUSE_NO_MEANS },
		/* Such a verb: that is not of the file. */
		{ REFUSAL_READ, 500, "500 not found", CAUSE_UNKNOWN },
		{ REFUSAL_READ, 502, "502 not found", CAUSE_UNKNOWN },
		{ REFUSAL_READ, 504, "504 not found", CAUSE_UNKNOWN },
		{ REFUSAL_DELETE, 502, "502 no", CAUSE_UNKNOWN },
		{ REFUSAL_WRITE, 550, "550 The process cannot access the "
		    "file because it is being used by another process.",
		    CAUSE_BUSY },
		{ REFUSAL_WRITE, 553, "553 file type not allowed",
		    CAUSE_NAME },
		{ REFUSAL_WRITE, 553, "553 Prohibited file name",
		    CAUSE_NAME },
	};
	size_t i;

	(void)state;
	for (i = 0; i < N(t); i++)
		assert_int_equal(refusal_words(t[i].act, t[i].code,
		    t[i].words), t[i].cause);
}

static void
expect(const struct refusal *what, enum refusal_cause cause, bool looked,
    const char *reply, const char *want)
{
	struct err err = { .kind = ERR_REFUSED };
	int code = (int)strtol(reply, NULL, 10);

	err_note_reply(&err, code, reply);
	refusal_say(what, cause, looked, &err);
	assert_string_equal(err.msg, want);
	assert_string_equal(err.reply, reply);
	assert_int_equal(err.kind, ERR_REFUSED);
	assert_int_equal(err.code, code);
}

static void
test_say(void **state)
{
	struct refusal put = {
		.act = REFUSAL_WRITE, .path = "/srv/x/f", .shown = "x/f",
		.part = "/srv/x/f.1.ftps-part",
	};

	(void)state;
	expect(&(struct refusal){ .act = REFUSAL_READ, .path = "a\tb" },
	    CAUSE_MISSING, true, "550 No",
	    "a\\011b: cannot read: no such file (550 No)");
	expect(&(struct refusal){ .act = REFUSAL_RENAME, .path = "a",
	    .to = "d/b" }, CAUSE_EXISTS, true, "550 No",
	    "a: cannot rename: d/b exists already (550 No)");
	expect(&(struct refusal){ .act = REFUSAL_RENAME, .path = "a",
	    .to = "d/b" }, CAUSE_IS_DIR, true, "550 No",
	    "a: cannot rename: d/b is a directory (550 No)");
	expect(&(struct refusal){ .act = REFUSAL_RENAME, .path = "a",
	    .to = "d/b" }, CAUSE_PARENT_MISSING, true, "550 No",
	    "a: cannot rename: no such directory: d (550 No); make it: "
	    "mkdir -p d");
	expect(&(struct refusal){ .act = REFUSAL_DELETE, .path = "d/a" },
	    CAUSE_IS_DIR, true, "550 No", "d/a: cannot delete: is a "
	    "directory (550 No); with all in it: rm -r d/a");
	expect(&(struct refusal){ .act = REFUSAL_MKDIR, .path = "d/a" },
	    CAUSE_PARENT_NO_DIR, true, "550 No", "d/a: cannot make the "
	    "directory: d is not a directory (550 No)");
	expect(&(struct refusal){ .act = REFUSAL_MKDIR, .path = "d/a" },
	    CAUSE_PARENT_MISSING, true, "550 No", "d/a: cannot make the "
	    "directory: no such directory: d (550 No); make it: "
	    "mkdir -p d/a");
	expect(&(struct refusal){ .act = REFUSAL_MKDIR, .path = "d/a" },
	    CAUSE_NO_DIR, true, "550 No", "d/a: cannot make the directory: "
	    "exists already, and is not a directory (550 No)");
	expect(&(struct refusal){ .act = REFUSAL_RMDIR, .path = "d/a" },
	    CAUSE_NO_DIR, true, "550 No", "d/a: cannot remove the "
	    "directory: not a directory (550 No); use rm d/a");
	expect(&(struct refusal){ .act = REFUSAL_RMDIR, .path = "d/a" },
	    CAUSE_NOT_EMPTY, true, "550 No", "d/a: cannot remove the "
	    "directory: directory not empty (550 No); with all in it: "
	    "rm -r d/a");
	expect(&(struct refusal){ .act = REFUSAL_RMDIR, .path = "d/a" },
	    CAUSE_MISSING, true, "550 No", "d/a: cannot remove the "
	    "directory: no such directory (550 No)");
	expect(&(struct refusal){ .act = REFUSAL_LIST, .path = "d/a" },
	    CAUSE_MISSING, true, "550 No",
	    "d/a: cannot list: no such directory (550 No)");
	expect(&(struct refusal){ .act = REFUSAL_ENTER, .path = "d/a" },
	    CAUSE_MISSING, true, "550 No",
	    "d/a: cannot change to it: no such directory (550 No)");
	expect(&(struct refusal){ .act = REFUSAL_LIST, .path = "d/a" },
	    CAUSE_NO_DIR, true, "550 No",
	    "d/a: cannot list: not a directory (550 No)");
	expect(&(struct refusal){ .act = REFUSAL_READ, .path = "d/a" },
	    CAUSE_IS_DIR, true, "550 No", "d/a: cannot read: is a "
	    "directory (550 No); use -r: get -r d/a");
	expect(&(struct refusal){ .act = REFUSAL_WRITE, .path = "d/a" },
	    CAUSE_IS_DIR, true, "550 No", "d/a: cannot write: is a "
	    "directory (550 No); to put it there: put -O d/a");
	expect(&(struct refusal){ .act = REFUSAL_CHMOD, .path = "d/a" },
	    CAUSE_IS_DIR, true, "550 No",
	    "d/a: cannot change permissions: is a directory (550 No)");
	expect(&put, CAUSE_UNKNOWN, false, "552 Quota exceeded",
	    "x/f: cannot write: 552 Quota exceeded");
	expect(&put, CAUSE_NAME, false, "553 file type not allowed",
	    "x/f: cannot write: the server takes no such name (553 file type "
	    "not allowed); if only the name is refused that it was sent as "
	    "(f.1.ftps-part): -o temp-names=no");
	expect(&put, CAUSE_DENIED, false, "550 Permission denied",
	    "x/f: cannot write in remote /srv/x: permission denied (550 "
	    "Permission denied)");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
