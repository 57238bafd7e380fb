/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/verdict.h"

#include <string.h>

/* Whether it ended as anybody between us and the server could end it. */
static bool
is_bare(const struct verdict_input *in)
{
	return in->protected && in->end != STREAM_END_NOTIFY &&
	    in->eof != TLS_EOF_LAX;
}

/* Whether what came down is less than the file, or may be: then why. */
static bool
is_short(const struct verdict_input *in, struct err *why)
{
	if (in->upload)
		return false;
	if (in->expected >= 0 && in->moved < in->expected) {
		err_set(why, ERR_VERIFY,
		    "transfer ended early: %lld of %lld bytes came",
		    (long long)in->moved, (long long)in->expected);
		return true;
	}
	if (!is_bare(in))
		return false;
	if (in->eof == TLS_EOF_STRICT) {
		err_set(why, ERR_VERIFY, "connection ended without "
		    "close_notify, which tls-eof strict asks for");
		return true;
	}
	if (in->expected >= 0 || in->listing)
		return false;
	err_set(why, ERR_VERIFY, "connection ended without close_notify and "
	    "the size is not known: it may have been cut short");
	return true;
}

int
verdict_refusal(int code, const char *words, bool protected, struct err *err)
{
	/* vsftpd says 522 where others say 425. */
	if (code == 421)
		err_set(err, ERR_NETWORK, "server ended the session: %s",
		    words);
	else if (code == 522 && protected)
		err_set(err, ERR_NETWORK, "server insists that data "
		    "connections resume the TLS session: %s", words);
	else
		err_set(err, ERR_REFUSED, "%s", words);
	err_note_reply(err, code, words);
	return -1;
}

bool
verdict_blames_connection(const struct err *err)
{
	return err->code == 425 || err->code == 522 ||
	    (err->code == 450 && strcasestr(err->msg, "TLS") != NULL);
}

enum verdict
verdict_of(const struct verdict_input *in, struct err *err)
{
	struct err why = ERR_INIT;

	if (is_short(in, &why) && (in->moved > 0 || in->code < 300)) {
		*err = why;
		if (in->code >= 300)
			err_append(err, ": %s", in->words);
		return VERDICT_SHORT;
	}
	if (in->lost)
		return VERDICT_LOST;
	if (in->astray || in->code == 229) {
		err_set(err, ERR_NETWORK, "transfer ended by an answer to "
		    "EPSV: %s", in->words);
		return VERDICT_ASTRAY;
	}
	if (in->code >= 300) {
		verdict_refusal(in->code, in->words, in->protected, err);
		return VERDICT_REFUSED;
	}
	return !in->upload && in->listing && is_bare(in) ? VERDICT_TO_LOOK :
	    VERDICT_WHOLE;
}
