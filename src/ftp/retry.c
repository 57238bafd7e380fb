/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/retry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FULL_WORDS							\
	"no space|not enough space|insufficient|disk full|quota|"	\
	"no room|out of space|volume full"

/*
 * Temporary refusals (4yz), the first row that fits; what fits none is
 * RETRY_LONG.  A permanent one (5yz) is never repeated.
 */
static const struct {
	int code;		/* 0: any 4yz */
	const char *verb;	/* NULL: any */
	const char *words;	/* any of these, between "|"; NULL: any */
	enum retry_kind kind;
} refusals[] = {
	/* About the connection: it is another one next time. */
	{ 421, NULL, NULL, RETRY_LONG },
	{ 425, NULL, NULL, RETRY_LONG },
	{ 426, NULL, NULL, RETRY_LONG },
	/* Room does not come by waiting; most servers say 451 or 452. */
	{ 452, NULL, NULL, RETRY_NEVER },
	{ 0, NULL, FULL_WORDS, RETRY_NEVER },
	/* Said with a 450 or 451 by servers that mean 550. */
	{ 0, NULL, "no such file|no such dir|not found|does not exist|"
	    "doesn't exist|permission denied|access denied|not permitted|"
	    "access is denied|not a directory|is a directory|not empty|"
	    "file exists|already exists", RETRY_NEVER },
	/* Somebody has it open: not for a minute, or for hours. */
	{ 0, "DELE", NULL, RETRY_BRIEFLY },
	{ 0, "RMD", NULL, RETRY_BRIEFLY },
	{ 0, "MKD", NULL, RETRY_BRIEFLY },
	{ 0, "RNFR", NULL, RETRY_BRIEFLY },
	{ 0, "RNTO", NULL, RETRY_BRIEFLY },
	{ 0, "SITE", NULL, RETRY_BRIEFLY },
	{ 0, "MFMT", NULL, RETRY_BRIEFLY },
	{ 0, "CWD", NULL, RETRY_BRIEFLY },
	{ 0, "SIZE", NULL, RETRY_BRIEFLY },
	{ 0, "MDTM", NULL, RETRY_BRIEFLY },
	{ 0, "MLST", NULL, RETRY_BRIEFLY },
	{ 0, "STAT", NULL, RETRY_BRIEFLY },
	{ 0, "HASH", NULL, RETRY_BRIEFLY },
};

/* Whether text has one of the words between "|", in any case. */
static bool
has_word(const char *text, const char *words)
{
	char one[64];
	size_t n;

	for (; *words != '\0'; words += n + (words[n] == '|')) {
		n = strcspn(words, "|");
		if (n < sizeof(one)) {
			memcpy(one, words, n);
			one[n] = '\0';
			if (strcasestr(text, one) != NULL)
				return true;
		}
	}
	return false;
}

bool
retry_is_full(const struct err *err)
{
	/* vsftpd says no more than the last of these words. */
	return err->kind == ERR_REFUSED && (err->code == 452 ||
	    err->code == 552 || has_word(err->msg, FULL_WORDS
	    "|writing to local file"));
}

bool
retry_is_crowded(const char *words)
{
	if (has_word(words, "attempt"))
		return false;
	if (has_word(words, "too many user|too many connection|"
	    "too many client|too many session|too many logins|"
	    "maximum number of|maximum number clients|max clients|"
	    "max connection|maximum connection|concurrent|simultaneous|"
	    "already logged in|already connected"))
		return true;
	if (has_word(words, "incorrect|invalid|wrong|password|fail|locked|"
	    "lockout|disabled|expired|denied|banned|blocked"))
		return false;
	return has_word(words, "too many|maximum|limit|later|busy|"
	    "no more than|temporar|overload");
}

static enum retry_kind
kind_of_login(const struct retry_case *c, const struct err *err)
{
	if (err->code != 0 && retry_is_crowded(err->msg))
		return RETRY_LONG;
	/* The same password was good: the server may still count a ghost. */
	return err->code == 530 && c->good_login ? RETRY_BRIEFLY :
	    RETRY_NEVER;
}

static enum retry_kind
kind_of_refusal(const char *verb, const struct err *err)
{
	size_t i;

	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (refusals[i].code != 0 && refusals[i].code != err->code)
			continue;
		if (refusals[i].verb != NULL && (verb == NULL ||
		    strcmp(refusals[i].verb, verb) != 0))
			continue;
		if (refusals[i].words != NULL &&
		    !has_word(*err->reply != '\0' ? err->reply :
		    err->msg, refusals[i].words))
			continue;
		return refusals[i].kind;
	}
	return RETRY_LONG;
}

enum retry_kind
retry_kind(const struct retry_case *c, const struct err *err)
{
	if (err->kind == ERR_LOGIN)
		return kind_of_login(c, err);
	/* A name that does not exist will not exist in a minute. */
	if (err->kind == ERR_NETWORK && err->sys == ENOENT)
		return RETRY_NEVER;
	if (!err_retry(err))
		return RETRY_NEVER;
	if (err->kind == ERR_REFUSED)
		return kind_of_refusal(c->verb, err);
	return RETRY_LONG;
}

void
retry_begin(struct retry *r)
{
	r->depth++;
}

void
retry_end(struct retry *r)
{
	if (--r->depth > 0)
		return;
	r->tries = 0;
	if (r->runs == 0)
		r->lost = false;
}

void
retry_run_begin(struct retry *r)
{
	r->runs++;
}

void
retry_run_end(struct retry *r)
{
	if (--r->runs == 0)
		r->lost = false;
}

void
retry_progress(struct retry *r)
{
	r->tries = 0;
}

/* Doubling from the setting; the last quarter of it by chance. */
static int64_t
delay_of(const struct retry *r, const struct retry_case *c,
    enum retry_kind kind)
{
	int64_t ms = c->delay_ms;
	int i;

	if (kind == RETRY_BRIEFLY && ms > RETRY_BRIEF_MS)
		ms = RETRY_BRIEF_MS;
	for (i = 1; kind == RETRY_LONG && i < r->tries &&
	    ms < RETRY_DELAY_MAX_MS; i++)
		ms *= 2;
	if (ms > RETRY_DELAY_MAX_MS)
		ms = RETRY_DELAY_MAX_MS;
	return ms - arc4random_uniform((uint32_t)(ms / 4 + 1));
}

bool
retry_again(struct retry *r, const struct retry_case *c,
    const struct err *err, int64_t now_ms, int64_t *delay_ms, int *max)
{
	enum retry_kind kind = retry_kind(c, err);

	*max = c->retries;
	if (kind == RETRY_BRIEFLY && *max > RETRY_BRIEF_MAX)
		*max = RETRY_BRIEF_MAX;
	if (kind == RETRY_NEVER || r->tries >= *max ||
	    (c->first && c->terminal))
		return false;
	if (r->tries == 0)
		r->since = now_ms;
	r->tries++;
	*delay_ms = delay_of(r, c, kind);
	return !c->first ||
	    now_ms + *delay_ms - r->since <= RETRY_FIRST_MAX_MS;
}
