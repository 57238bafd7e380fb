/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How transfers can end, and what each end is worth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "ftp/verdict.h"

/* What was in err before, which a lost transfer keeps. */
#define BEFORE "connection reset"

struct row {
	const char *name;
	struct verdict_input in;
	enum verdict verdict;
	enum err_kind kind;
	const char *msg;
};

static const struct row downloads[] = {
	{ "all came", { .expected = 5, .moved = 5, .code = 226 },
	    VERDICT_WHOLE, ERR_NONE, "" },
	{ "more came", { .expected = 5, .moved = 6, .code = 226 },
	    VERDICT_WHOLE, ERR_NONE, "" },
	{ "250 ends one, too", { .expected = 5, .moved = 5, .code = 250 },
	    VERDICT_WHOLE, ERR_NONE, "" },
	{ "nothing was to come", { .expected = 0, .code = 226 },
	    VERDICT_WHOLE, ERR_NONE, "" },
	{ "size not known, in the clear", { .expected = -1, .moved = 5,
	    .end = STREAM_END_BARE, .code = 226 },
	    VERDICT_WHOLE, ERR_NONE, "" },
	{ "short", { .expected = 5, .moved = 4, .code = 226 },
	    VERDICT_SHORT, ERR_VERIFY,
	    "transfer ended early: 4 of 5 bytes came" },
	{ "short whatever tls-eof", { .protected = true, .eof = TLS_EOF_LAX,
	    .end = STREAM_END_NOTIFY, .expected = 5, .moved = 4, .code = 226 },
	    VERDICT_SHORT, ERR_VERIFY,
	    "transfer ended early: 4 of 5 bytes came" },
	{ "nothing of it, and 226", { .expected = 5, .code = 226 },
	    VERDICT_SHORT, ERR_VERIFY,
	    "transfer ended early: 0 of 5 bytes came" },
	{ "short, and the server says why", { .expected = 5, .moved = 4,
	    .code = 426, .words = "426 Broken" }, VERDICT_SHORT, ERR_VERIFY,
	    "transfer ended early: 4 of 5 bytes came: 426 Broken" },
	{ "300 is no good end", { .expected = 5, .moved = 4,
	    .code = 300, .words = "300 Well" }, VERDICT_SHORT, ERR_VERIFY,
	    "transfer ended early: 4 of 5 bytes came: 300 Well" },
	{ "299 is a good one", { .expected = 5, .moved = 5,
	    .code = 299, .words = "299 Well" }, VERDICT_WHOLE, ERR_NONE, "" },
	{ "all came, and 300", { .expected = 5, .moved = 5,
	    .code = 300, .words = "300 Well" }, VERDICT_REFUSED, ERR_REFUSED,
	    "300 Well" },
	{ "nothing of it, and 300", { .expected = 5, .code = 300,
	    .words = "300 Well" }, VERDICT_REFUSED, ERR_REFUSED,
	    "300 Well" },
	{ "nothing was to come, and a bare end", { .protected = true,
	    .end = STREAM_END_BARE, .expected = 0, .code = 226 },
	    VERDICT_WHOLE, ERR_NONE, "" },
	{ "short, and no reply", { .lost = true, .expected = 5, .moved = 4 },
	    VERDICT_SHORT, ERR_VERIFY,
	    "transfer ended early: 4 of 5 bytes came" },
	{ "nothing, and no reply", { .lost = true, .expected = 5 },
	    VERDICT_SHORT, ERR_VERIFY,
	    "transfer ended early: 0 of 5 bytes came" },
	{ "short, and another's answer", { .expected = 5, .moved = 4,
	    .code = 229, .words = "229 Port" }, VERDICT_SHORT, ERR_VERIFY,
	    "transfer ended early: 4 of 5 bytes came" },
	{ "all came, and no reply", { .lost = true, .expected = 5,
	    .moved = 5 }, VERDICT_LOST, ERR_NETWORK, BEFORE },
	{ "all came, and another's answer", { .expected = 5, .moved = 5,
	    .code = 229, .words = "229 Port" }, VERDICT_ASTRAY, ERR_NETWORK,
	    "transfer ended by an answer to EPSV: 229 Port" },
	{ "another's refusal", { .astray = true, .expected = 5, .moved = 5,
	    .code = 501, .words = "501 What?" }, VERDICT_ASTRAY, ERR_NETWORK,
	    "transfer ended by an answer to EPSV: 501 What?" },
	{ "refused before a byte", { .expected = 5, .code = 550,
	    .words = "550 No" }, VERDICT_REFUSED, ERR_REFUSED, "550 No" },
	{ "all came, and a refusal", { .expected = 5, .moved = 5,
	    .code = 451, .words = "451 Oh" }, VERDICT_REFUSED, ERR_REFUSED,
	    "451 Oh" },
	{ "the session's end", { .expected = 5, .moved = 5, .code = 421,
	    .words = "421 Bye" }, VERDICT_REFUSED, ERR_NETWORK,
	    "server ended the session: 421 Bye" },
	{ "resuming is asked for", { .protected = true,
	    .end = STREAM_END_NOTIFY, .expected = 5, .code = 522,
	    .words = "522 Resume" }, VERDICT_REFUSED, ERR_NETWORK, "server "
	    "insists that data connections resume the TLS session: "
	    "522 Resume" },
	{ "522 in the clear", { .expected = 5, .code = 522,
	    .words = "522 Family" }, VERDICT_REFUSED, ERR_REFUSED,
	    "522 Family" },
};

/* Under TLS, where the peer did not say that this was the end. */
static const struct row bare[] = {
	{ "close_notify", { .end = STREAM_END_NOTIFY, .expected = -1,
	    .moved = 5, .code = 226 }, VERDICT_WHOLE, ERR_NONE, "" },
	{ "the size shows", { .end = STREAM_END_BARE, .expected = 5,
	    .moved = 5, .code = 226 }, VERDICT_WHOLE, ERR_NONE, "" },
	{ "no size", { .end = STREAM_END_BARE, .expected = -1, .moved = 5,
	    .code = 226 }, VERDICT_SHORT, ERR_VERIFY, "connection ended "
	    "without close_notify and the size is not known: it may have "
	    "been cut short" },
	{ "not ended at all", { .end = STREAM_OPEN, .expected = -1,
	    .moved = 5, .code = 226 }, VERDICT_SHORT, ERR_VERIFY,
	    "connection ended without close_notify and the size is not "
	    "known: it may have been cut short" },
	{ "no size, refused at once", { .end = STREAM_END_BARE,
	    .expected = -1, .code = 550, .words = "550 No" },
	    VERDICT_REFUSED, ERR_REFUSED, "550 No" },
	{ "no size, lax", { .end = STREAM_END_BARE, .eof = TLS_EOF_LAX,
	    .expected = -1, .moved = 5, .code = 226 },
	    VERDICT_WHOLE, ERR_NONE, "" },
	{ "the size shows, strict", { .end = STREAM_END_BARE,
	    .eof = TLS_EOF_STRICT, .expected = 5, .moved = 5, .code = 226 },
	    VERDICT_SHORT, ERR_VERIFY, "connection ended without "
	    "close_notify, which tls-eof strict asks for" },
	{ "close_notify, strict", { .end = STREAM_END_NOTIFY,
	    .eof = TLS_EOF_STRICT, .expected = 5, .moved = 5, .code = 226 },
	    VERDICT_WHOLE, ERR_NONE, "" },
	{ "a listing", { .listing = true, .end = STREAM_END_BARE,
	    .expected = -1, .moved = 5, .code = 226 },
	    VERDICT_TO_LOOK, ERR_NONE, "" },
	{ "a listing, with close_notify", { .listing = true,
	    .end = STREAM_END_NOTIFY, .expected = -1, .moved = 5,
	    .code = 226 }, VERDICT_WHOLE, ERR_NONE, "" },
	{ "a listing, lax", { .listing = true, .end = STREAM_END_BARE,
	    .eof = TLS_EOF_LAX, .expected = -1, .moved = 5, .code = 226 },
	    VERDICT_WHOLE, ERR_NONE, "" },
	{ "a listing, strict", { .listing = true, .end = STREAM_END_BARE,
	    .eof = TLS_EOF_STRICT, .expected = -1, .moved = 5, .code = 226 },
	    VERDICT_SHORT, ERR_VERIFY, "connection ended without "
	    "close_notify, which tls-eof strict asks for" },
	{ "a listing, refused", { .listing = true, .end = STREAM_END_BARE,
	    .expected = -1, .moved = 5, .code = 451, .words = "451 Oh" },
	    VERDICT_REFUSED, ERR_REFUSED, "451 Oh" },
};

/* Of these the server alone knows. */
static const struct row uploads[] = {
	{ "taken", { .end = STREAM_OPEN, .expected = -1, .moved = 5,
	    .code = 226 }, VERDICT_WHOLE, ERR_NONE, "" },
	{ "taken, strict", { .eof = TLS_EOF_STRICT, .end = STREAM_END_BARE,
	    .expected = -1, .moved = 5, .code = 250 },
	    VERDICT_WHOLE, ERR_NONE, "" },
	{ "what is expected does not matter", { .expected = 9, .moved = 5,
	    .code = 226 }, VERDICT_WHOLE, ERR_NONE, "" },
	{ "no reply", { .lost = true, .expected = -1, .moved = 5 },
	    VERDICT_LOST, ERR_NETWORK, BEFORE },
	{ "our end did not get through", { .lost = true, .expected = -1,
	    .moved = 5, .code = 226, .words = "226 Fine" },
	    VERDICT_LOST, ERR_NETWORK, BEFORE },
	{ "refused", { .expected = -1, .moved = 5, .code = 552,
	    .words = "552 Full" }, VERDICT_REFUSED, ERR_REFUSED, "552 Full" },
	{ "another's answer", { .expected = -1, .moved = 5, .code = 229,
	    .words = "229 Port" }, VERDICT_ASTRAY, ERR_NETWORK,
	    "transfer ended by an answer to EPSV: 229 Port" },
};

static void
check(const struct row *row, bool protected, bool upload)
{
	struct verdict_input in = row->in;
	struct err err = ERR_INIT;
	enum verdict v;

	in.protected = in.protected || protected;
	in.upload = upload;
	if (in.lost)
		err_set(&err, ERR_NETWORK, BEFORE);
	v = verdict_of(&in, &err);
	if (v != row->verdict || err.kind != row->kind ||
	    strcmp(err.msg, row->msg) != 0)
		fail_msg("%s: %d, %s: %s", row->name, (int)v,
		    err_kind_name(err.kind), err.msg);
	if (v == VERDICT_REFUSED && (err.code != in.code ||
	    strcmp(err.reply, in.words) != 0))
		fail_msg("%s: %d, %s", row->name, err.code, err.reply);
}

#define CHECK_ALL(rows, protected, upload)				\
	do {								\
		size_t i;						\
									\
		for (i = 0; i < sizeof(rows) / sizeof((rows)[0]); i++)	\
			check(&(rows)[i], protected, upload);		\
	} while (0)

static void
test_downloads(void **state)
{
	(void)state;
	CHECK_ALL(downloads, false, false);
	CHECK_ALL(bare, true, false);
}

static void
test_uploads(void **state)
{
	(void)state;
	CHECK_ALL(uploads, false, true);
	CHECK_ALL(uploads, true, true);
}

static void
test_blame(void **state)
{
	static const struct {
		int code;
		const char *words;
		bool blames;
	} rows[] = {
		{ 425, "425 Cannot open data connection", true },
		{ 522, "522 Resume", true },
		{ 450, "450 TLS session was not resumed", true },
		{ 450, "450 tls", true },
		{ 450, "450 In use", false },
		{ 550, "550 TLS.txt: no such file", false },
		{ 426, "426 Aborted", false },
	};
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		err = (struct err)ERR_INIT;
		verdict_refusal(rows[i].code, rows[i].words, false, &err);
		if (verdict_blames_connection(&err) != rows[i].blames)
			fail_msg("%s", rows[i].words);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_downloads),
		cmocka_unit_test(test_uploads),
		cmocka_unit_test(test_blame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
