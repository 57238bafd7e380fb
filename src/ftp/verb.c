/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/verb.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

enum { QUICK = 1, BASIC = 2, DATA = 4, NO_NAME = 8, CODES = 6 };

static const struct verb {
	char name[VERB_MAX];
	unsigned flags;		/* NO_NAME: 550 and 553 are others' */
	int codes[CODES];	/* its 2yz and 3yz */
} verbs[] = {
	{ "USER", QUICK | BASIC, { 230, 232, 331, 332, 336, 202 } },
	{ "PASS", BASIC, { 230, 202, 232, 331, 332, 336 } },
	{ "ACCT", 0, { 230, 202 } },
	{ "PBSZ", QUICK, { 200 } },
	{ "PROT", QUICK, { 200 } },
	{ "FEAT", QUICK, { 211, 200, 214 } },
	{ "OPTS", QUICK | NO_NAME, { 200, 202 } },
	{ "TYPE", QUICK | BASIC, { 200 } },
	{ "NOOP", QUICK | BASIC, { 200, 250, 220 } },
	{ "PWD", QUICK | BASIC, { 257 } },
	{ "CWD", QUICK | BASIC, { 250, 200 } },
	{ "EPSV", QUICK, { 229 } },
	{ "PASV", QUICK | BASIC, { 227 } },
	{ "SIZE", QUICK, { 213 } },
	{ "MDTM", QUICK, { 213, 250, 253, 200 } },
	{ "MFMT", QUICK, { 213, 250, 253, 200, 202 } },
	{ "MLST", QUICK, { 250 } },
	{ "STAT", 0, { 213, 212, 211 } },
	{ "REST", QUICK, { 350 } },
	{ "RNFR", QUICK | BASIC, { 350 } },
	{ "RNTO", QUICK | BASIC, { 250, 200, 253 } },
	{ "MKD", QUICK | BASIC, { 257, 250, 200 } },
	{ "DELE", QUICK | BASIC, { 250, 200 } },
	{ "RMD", QUICK | BASIC, { 250, 200 } },
	{ "RETR", DATA, { 226, 250, 200 } },
	{ "STOR", DATA, { 226, 250, 200 } },
	{ "APPE", DATA, { 226, 250, 200 } },
	{ "LIST", DATA, { 226, 250, 200 } },
	{ "NLST", DATA, { 226, 250, 200 } },
	{ "MLSD", DATA, { 226, 250, 200 } },
};

static const struct verb *
find_verb(const char *name)
{
	const struct verb *v;

	for (v = verbs; v < verbs + sizeof(verbs) / sizeof(verbs[0]); v++)
		if (strcmp(v->name, name) == 0)
			return v;
	return NULL;
}

void
verb_of(const char *line, char verb[VERB_MAX])
{
	size_t i;

	for (i = 0; i < VERB_MAX - 1 && isalnum((unsigned char)line[i]); i++)
		verb[i] = (char)toupper((unsigned char)line[i]);
	verb[i] = '\0';
}

bool
verb_fits(const char *verb, int code)
{
	const struct verb *v = find_verb(verb);
	size_t i;

	if (v == NULL || code >= 400)
		return v == NULL || !(v->flags & NO_NAME) ||
		    (code != 550 && code != 553);
	if (code < 200)
		return v->flags & DATA;
	for (i = 0; i < CODES; i++)
		if (v->codes[i] == code)
			return true;
	return false;
}

bool
verb_is_quick(const char *verb)
{
	const struct verb *v = find_verb(verb);

	return v != NULL && v->flags & QUICK;
}

bool
verb_moves_data(const char *verb)
{
	const struct verb *v = find_verb(verb);

	return v != NULL && v->flags & DATA;
}

bool
verb_is_basic(const char *verb)
{
	const struct verb *v = find_verb(verb);

	return v != NULL && v->flags & BASIC;
}
