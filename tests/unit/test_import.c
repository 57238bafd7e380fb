/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sites out of the files of other programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/import.h"

static struct imported list;
static struct err err;

static int
read_text(const char *text)
{
	char name[] = "/tmp/ftps-import.XXXXXX";
	int fd = mkstemp(name), rc;

	assert_true(fd != -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	imported_release(&list);
	err_clear(&err);
	rc = import_read(name, &list, &err);
	unlink(name);
	return rc;
}

static void
test_filezilla(void **state)
{
	const struct imported_site *s;
	struct settings fresh;

	(void)state;
	assert_int_equal(read_text(
	    "<?xml version=\"1.0\"?>\n<FileZilla3 version=\"3.60\"><Servers>"
	    "<Folder expanded=\"1\">Work<Server><Host>a.example</Host>"
	    "<Port>2121</Port><Protocol>4</Protocol><User>me &amp; you</User>"
	    "<Pass encoding=\"base64\">c2VjcmV0</Pass>"
	    "<PasvMode>MODE_ACTIVE</PasvMode><Name>My NAS</Name>"
	    "<RemoteDir>1 0 4 home 6 my dir</RemoteDir></Server></Folder>"
	    "<Server><Host>b.example</Host><Protocol>3</Protocol><User></User>"
	    "<MaximumMultipleConnections>2</MaximumMultipleConnections>"
	    "<Name>My NAS</Name></Server>"
	    "<Server><Host>c.example</Host><Protocol>1</Protocol>"
	    "<Name>ssh</Name></Server>"
	    "<Server><Host>d.example</Host><Protocol>6</Protocol>"
	    "<Port>0</Port><User>0</User><PasvMode>MODE_PASSIVE</PasvMode>"
	    "<MaximumMultipleConnections>0</MaximumMultipleConnections>"
	    "<Name>clear</Name></Server>"
	    "</Servers></FileZilla3>\n"), 0);
	assert_int_equal(list.n, 3);
	assert_int_equal(list.left, 1);
	s = &list.v[0];
	assert_string_equal(s->name, "My-NAS");
	assert_string_equal(s->set.host, "a.example");
	assert_int_equal(s->set.port, 2121);
	assert_string_equal(s->set.user, "me & you");
	assert_string_equal(s->set.dir, "/home/my dir");
	assert_int_equal(s->set.mode, MODE_ACTIVE);
	assert_true(s->password);
	assert_false(s->clear);
	s = &list.v[1];
	assert_string_equal(s->name, "My-NAS-2");
	assert_int_equal(s->set.tls, TLS_IMPLICIT);
	assert_int_equal(s->set.connections, 2);
	assert_null(s->set.user);
	assert_false(s->password);
	assert_string_equal(list.v[2].name, "clear");
	s = &list.v[2];
	assert_true(s->clear);
	assert_int_equal(s->set.tls, TLS_EXPLICIT);
	assert_int_equal(s->set.mode, MODE_PASSIVE);
	assert_string_equal(s->set.user, "0");
	settings_init(&fresh);
	assert_int_equal(s->set.port, fresh.port);
	assert_int_equal(s->set.connections, fresh.connections);
	assert_int_equal(s->set.timeout, fresh.timeout);
	settings_release(&fresh);
}

static void
test_bad_xml(void **state)
{
	(void)state;
	assert_int_equal(read_text("<FileZilla3><Servers>"), -1);
	assert_non_null(strstr(err.msg, "no XML"));
	/* What grows without end is not even begun. */
	assert_int_equal(read_text("<!DOCTYPE x [<!ENTITY a \"aa\">]>"
	    "<FileZilla3><Servers><Server><Host>&a;</Host></Server>"
	    "</Servers></FileZilla3>"), -1);
	assert_int_equal(list.n, 0);
}

/* Directories that are not what FileZilla writes are left out. */
static void
test_filezilla_dirs(void **state)
{
	static const struct {
		const char *text, *dir;
	} cases[] = {
		{ "1 0 4 home", "/home" }, { "1 0 1 a 2 b ", "/a/b " },
		{ "2 0 4 home", NULL }, { "1 3 4 home", NULL },
		{ "1 0", NULL }, { "1 0 4 hom", NULL }, { "1 0 4home", NULL },
		{ "1 0 4homes", NULL },
		{ "1 0 x home", NULL }, { "1 0 0 a", NULL },
		{ "1 0 0 ", NULL }, { "1 0 1 a 0 ", NULL },
		{ "1 0 1 a 9 b", NULL }, { "1 0 1 ab", NULL },
		{ "1 0 9 123456789", "/123456789" },
		{ "1 0 10 1234567890", "/1234567890" },
		{ "1 0 a 1234567890", NULL },
	};
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		text = xasprintf("<FileZilla3><Server><Host>h</Host>"
		    "<RemoteDir>%s</RemoteDir><Name>a</Name></Server>"
		    "</FileZilla3>", cases[i].text);
		assert_int_equal(read_text(text), 0);
		free(text);
		assert_int_equal(list.n, 1);
		if (cases[i].dir == NULL)
			assert_null(list.v[0].set.dir);
		else
			assert_string_equal(list.v[0].set.dir, cases[i].dir);
	}
}

static void
test_winscp(void **state)
{
	const struct imported_site *s;

	(void)state;
	assert_int_equal(read_text("[Configuration\\Interface]\r\nHost=no\r\n"
	    "[Sessions\\my%20nas]\r\nHostName=nas.example\r\nPortNumber=990\r\n"
	    "UserName=CORP%5Canna\r\nFSProtocol=5\r\nFtps=1\r\n"
	    "Password=A35C\r\nRemoteDirectory=/a%20b\r\nFtpPasvMode=0\r\n"
	    "[Sessions\\ssh]\r\nHostName=ssh.example\r\n"), 0);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.left, 1);
	s = &list.v[0];
	assert_string_equal(s->name, "my-nas");
	assert_string_equal(s->set.host, "nas.example");
	assert_int_equal(s->set.port, 990);
	assert_string_equal(s->set.user, "CORP\\anna");
	assert_string_equal(s->set.dir, "/a b");
	assert_int_equal(s->set.tls, TLS_IMPLICIT);
	assert_int_equal(s->set.mode, MODE_ACTIVE);
	assert_true(s->password);
	/* What is of other sections is no site's. */
	assert_int_equal(read_text("[Sessions\\B\xc3\xbcro]\nFSProtocol=5\n"
	    "HostName=a\nFtps=3\nFtpPasvMode=1\nPassword=\n"
	    "[Configuration]\nHostName=b\n[Sessions\\x\nHostName=c\n"
	    "[Sessions\\y]\nFSProtocol=5\nFtps=0\n"
	    "[Sessions\\a%20b%2a]\nFSProtocol=5\nHostName=d%zz%4%00\n"
	    "Ftps=0\n"), 0);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.left, 1);
	s = &list.v[0];
	assert_string_equal(s->name, "B\xc3\xbcro");
	assert_string_equal(s->set.host, "a");
	assert_int_equal(s->set.tls, TLS_EXPLICIT);
	assert_int_equal(s->set.mode, MODE_PASSIVE);
	assert_false(s->password);
	assert_false(s->clear);
	assert_string_equal(list.v[1].name, "a-b-");
	assert_true(list.v[1].clear);
	assert_string_equal(list.v[1].set.host, "d%zz%4%00");
	assert_int_equal(read_text("[Sessions\\x]\nFSProtocol=5\n"
	    "HostName=a\nUserName=b%01c\nRemoteDirectory=%\n"), 0);
	assert_string_equal(list.v[0].set.user, "b\001c");
	assert_string_equal(list.v[0].set.dir, "%");
}

static void
test_rclone(void **state)
{
	(void)state;
	assert_int_equal(read_text("# mine\n[nas]\ntype = ftp\n"
	    "host = nas.example\nuser = me\nport = 2121\nexplicit_tls = true\n"
	    "pass = obscured\nconcurrency = 3\ndisable_epsv = true\n\n"
	    "[s3]\ntype = s3\nhost = x\n\n[plain]\ntype = ftp\n"
	    "host = old.example\n"), 0);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.left, 1);
	assert_string_equal(list.v[0].set.host, "nas.example");
	assert_int_equal(list.v[0].set.port, 2121);
	assert_int_equal(list.v[0].set.connections, 3);
	assert_int_equal(list.v[0].set.passive_command, PASSIVE_PASV);
	assert_true(list.v[0].password);
	assert_false(list.v[0].clear);
	assert_true(list.v[1].clear);
	assert_false(list.v[1].password);
	assert_int_equal(list.v[1].set.tls, TLS_EXPLICIT);
	assert_int_equal(read_text("[a]\ntype = ftp\nhost = h\ntls = true\n"
	    "[b]\ntype = ftp\nhost = h\ntls = false\n"), 0);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.v[0].set.tls, TLS_IMPLICIT);
	assert_false(list.v[0].clear);
	assert_int_equal(list.v[1].set.tls, TLS_EXPLICIT);
	assert_true(list.v[1].clear);
}

static void
test_lftp(void **state)
{
	(void)state;
	assert_int_equal(read_text("nas\tftp://me:secret@nas.example:2121/up/"
	    "\nold\tftps://old.example\nssh\tsftp://s.example\n"), 0);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.left, 1);
	assert_string_equal(list.v[0].name, "nas");
	assert_string_equal(list.v[0].set.host, "nas.example");
	assert_string_equal(list.v[0].set.user, "me");
	assert_string_equal(list.v[0].set.dir, "up/");
	assert_int_equal(list.v[0].set.port, 2121);
	assert_true(list.v[0].password);
	assert_int_equal(list.v[1].set.tls, TLS_IMPLICIT);
	assert_int_equal(list.v[1].set.port, 0);
	assert_int_equal(read_text("a\tftp://x\na\tftp://y\na\tftp://z\n"
	    "a-2\tftp://w\nno URL\n"), 0);
	assert_int_equal(list.n, 4);
	assert_string_equal(list.v[1].name, "a-2");
	assert_string_equal(list.v[2].name, "a-3");
	assert_string_equal(list.v[3].name, "a-2-2");
	/* What is not ASCII stays. */
	assert_int_equal(read_text("\xc3\x80\177 _.-\tftp://x\n"), 0);
	assert_string_equal(list.v[0].name, "\xc3\x80--_.-");
}

static void
test_nothing(void **state)
{
	(void)state;
	assert_int_equal(read_text("hello\n"), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_int_equal(read_text(""), -1);
	assert_int_equal(import_read("/nonexistent", &list, &err), -1);
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_int_equal(import_read("/tmp", &list, &err), -1);
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_string_equal(err.msg, "/tmp: cannot read: Is a directory");
	assert_int_equal(import_read("/dev/zero", &list, &err), -1);
	assert_int_equal(err.kind, ERR_LOCAL);
	assert_string_equal(err.msg, "/dev/zero: too large");
	/* What is left out is something, too. */
	assert_int_equal(read_text("[a]\ntype = s3\n"), 0);
	assert_int_equal(list.n, 0);
	assert_int_equal(list.left, 1);
	assert_int_equal(read_text("\xff\xfeh"), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.msg, "UTF-16"));
	assert_int_equal(read_text("\xef\xbb\xbf[a]\nhost = h\n"
	    "type = ftp\n"), 0);
	assert_int_equal(list.n, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filezilla),
		cmocka_unit_test(test_bad_xml),
		cmocka_unit_test(test_filezilla_dirs),
		cmocka_unit_test(test_winscp),
		cmocka_unit_test(test_rclone),
		cmocka_unit_test(test_lftp),
		cmocka_unit_test(test_nothing),
	};
	int rc = cmocka_run_group_tests(tests, NULL, NULL);

	imported_release(&list);
	return rc;
}
