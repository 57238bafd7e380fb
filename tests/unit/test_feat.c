/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/mem.h"
#include "ftp/feat.h"

#define HASHED	(1u << HASH_SHA256)

static void
check(const char *text, unsigned flags, unsigned facts, unsigned facts_on,
    unsigned hashes)
{
	struct feat f = { 0 };

	feat_parse(&f, text);
	assert_true(f.known);
	assert_int_equal(f.flags, flags);
	assert_int_equal(f.facts, facts);
	assert_int_equal(f.facts_on, facts_on);
	assert_int_equal(f.hashes, hashes);
	feat_release(&f);
}

static void
test_vsftpd(void **state)
{
	(void)state;
	check("Features:\n AUTH SSL\n AUTH TLS\n EPRT\n EPSV\n MDTM\n PASV\n"
	    " PBSZ\n PROT\n REST STREAM\n SIZE\n TVFS\nEnd",
	    FEAT_EPSV | FEAT_MDTM | FEAT_REST, 0, 0, 0);
}

static void
test_proftpd(void **state)
{
	const unsigned facts = FACT_MODIFY | FACT_PERM | FACT_SIZE |
	    FACT_TYPE | FACT_UNIQUE | FACT_UNIX_GROUP | FACT_UNIX_MODE |
	    FACT_UNIX_OWNER;

	(void)state;
	check("Features:\n AUTH TLS\n CCC\n CLNT\n EPRT\n EPSV\n"
	    " HASH CRC32;MD5;SHA-1;SHA-256*;SHA-512\n HOST\n"
	    " LANG en-US.UTF-8;en-US*\n MDTM\n MFF modify;UNIX.group;\n"
	    " MFMT\n MLST modify*;perm*;size*;type*;unique*;UNIX.group*;"
	    "UNIX.groupname*;UNIX.mode*;UNIX.owner*;UNIX.ownername*;\n"
	    " PBSZ\n PROT\n REST STREAM\n SITE COPY\n SITE MKDIR\n"
	    " SITE SYMLINK\n SITE UTIME\n SIZE\n SSCN\n TVFS\n UTF8\n"
	    " XCRC\n XMD5\n XSHA\n XSHA1\n XSHA256\n XSHA512\nEnd",
	    FEAT_EPSV | FEAT_HASH | FEAT_MDTM | FEAT_MFF | FEAT_MFMT |
	    FEAT_MLST | FEAT_REST | FEAT_UTF8 | FEAT_XCRC | FEAT_XMD5 |
	    FEAT_XSHA1 | FEAT_XSHA256 | FEAT_XSHA512,
	    facts, facts, 1 << HASH_CRC32 | 1 << HASH_MD5 | 1 << HASH_SHA1 |
	    1 << HASH_SHA256 | 1 << HASH_SHA512);
}

static void
test_pureftpd(void **state)
{
	const unsigned facts = FACT_TYPE | FACT_SIZE | FACT_MODIFY |
	    FACT_UNIX_MODE | FACT_UNIX_OWNER | FACT_UNIX_GROUP | FACT_UNIQUE;

	(void)state;
	check("Extensions supported:\n UTF8\n EPRT\n IDLE\n MDTM\n SIZE\n"
	    " MFMT\n REST STREAM\n MLST type*;size*;sizd*;modify*;UNIX.mode*;"
	    "UNIX.uid*;UNIX.gid*;unique*;\n MLSD\n PRET\n AUTH TLS\n PBSZ\n"
	    " PROT\n TVFS\n ESTA\n PASV\n EPSV\n ESTP\nEnd.",
	    FEAT_UTF8 | FEAT_MDTM | FEAT_MFMT | FEAT_REST | FEAT_MLST |
	    FEAT_EPSV, facts, facts, 0);
}

static void
test_odd_forms(void **state)
{
	(void)state;
	/* No leading blank, any case, several words, no "*". */
	check("Extended features supported:\nlang EN*\nutf8\n"
	    "Auth TLS;TLS-C;SSL;TLS-P;\nrest stream\n"
	    "SITE SYMLINK;UTIME;CHMOD\nEnd",
	    FEAT_UTF8 | FEAT_REST, 0, 0, 0);
	check("x\n mlst Type*;x;SIZE;unix.MODE;;lang\nEnd", FEAT_MLST,
	    FACT_TYPE | FACT_SIZE | FACT_UNIX_MODE, FACT_TYPE, 0);
	check("x\n HASH SHA-256;sha-1*;WHIRLPOOL;*;\nEnd", FEAT_HASH, 0, 0,
	    HASHED | 1 << HASH_SHA1);
	/* Words that only begin alike, or stand elsewhere. */
	check("x\n MDTMS\n XMLST type*;\n AUTH GSSAPI\n SITE CHMOD\n"
	    " OPTS SHA-1\n X UTF8\n TYPE A;MDTM\nEnd", 0, 0, 0, 0);
	check("REST\nMDTM", FEAT_REST | FEAT_MDTM, 0, 0, 0);
	check("No features", 0, 0, 0, 0);
	check("", 0, 0, 0, 0);
	check("\n\n \n\t\n", 0, 0, 0, 0);
}

static void
test_long_words(void **state)
{
	struct buf b = BUF_INIT(BUF_OWN);
	size_t i;

	(void)state;
	/* Either side of the longest word that is looked at. */
	for (i = 30; i < 34; i++)
		buf_addf(&b, "%0*d %0*d\n", (int)i, 0, (int)i, 0);
	buf_adds(&b, " MLST ");
	for (i = 0; i < 5000; i++)
		buf_adds(&b, "modify");
	buf_adds(&b, "*;size*;\n ");
	for (i = 0; i < 5000; i++)
		buf_adds(&b, "SIZE");
	buf_adds(&b, "\nEnd");
	check(b.data, FEAT_MLST, FACT_SIZE, FACT_SIZE, 0);
	buf_release(&b);
}

static void
test_lines(void **state)
{
	struct feat f = { 0 };

	(void)state;
	assert_false(f.known);
	feat_parse(&f, "Features:\n UTF8\nMDTM\n X\033Y\nEnd");
	assert_string_equal(f.lines.data, "UTF8\nMDTM\nX\\033Y\n");
	/* A second FEAT takes the place of the first. */
	feat_parse(&f, "Features:\n MDTM\nEnd");
	assert_string_equal(f.lines.data, "MDTM\n");
	assert_int_equal(f.flags, FEAT_MDTM);
	feat_parse(&f, "UTF8\nMDTM");
	assert_string_equal(f.lines.data, "UTF8\nMDTM\n");
	feat_release(&f);
	assert_false(f.known);
	assert_int_equal(f.flags, 0);
}

static void
test_lines_limit(void **state)
{
	struct feat f = { 0 };
	char *text = xmalloc(1024 * 1024 + 1);

	(void)state;
	memset(text, '\033', 1024 * 1024);
	text[1024 * 1024] = '\0';
	memcpy(text, "x\n", 2);
	memcpy(text + 1024 * 1024 - 6, "\nMDTM\n", 6);
	feat_parse(&f, text);
	assert_int_equal(f.flags, FEAT_MDTM);
	assert_in_range(f.lines.len, 1, 256 * 1024);
	feat_release(&f);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vsftpd),
		cmocka_unit_test(test_proftpd),
		cmocka_unit_test(test_pureftpd),
		cmocka_unit_test(test_odd_forms),
		cmocka_unit_test(test_long_words),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_lines_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
