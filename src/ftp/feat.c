/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/feat.h"

#include <string.h>
#include <strings.h>

#include "base/hash.h"
#include "base/text.h"

/* A reply's text, escaped: four bytes or less for one, mostly. */
enum { LINES_MAX = 256 * 1024, WORD_MAX = 32 };

struct word {
	const char *name;
	unsigned flag;
};

static const struct word features[] = {
	{ "UTF8", FEAT_UTF8 }, { "UTF-8", FEAT_UTF8 },
	{ "MLST", FEAT_MLST }, { "MLSD", FEAT_MLST },
	{ "MFMT", FEAT_MFMT }, { "MFF", FEAT_MFF }, { "MDTM", FEAT_MDTM },
	{ "REST", FEAT_REST }, { "EPSV", FEAT_EPSV }, { "HASH", FEAT_HASH },
	{ "XCRC", FEAT_XCRC }, { "XMD5", FEAT_XMD5 },
	{ "XSHA", FEAT_XSHA1 }, { "XSHA1", FEAT_XSHA1 },
	{ "XSHA256", FEAT_XSHA256 }, { "XSHA512", FEAT_XSHA512 },
	{ NULL, 0 }
};

static const struct word facts[] = {
	{ "type", FACT_TYPE }, { "size", FACT_SIZE },
	{ "modify", FACT_MODIFY }, { "unix.mode", FACT_UNIX_MODE },
	{ "unix.owner", FACT_UNIX_OWNER },
	{ "unix.ownername", FACT_UNIX_OWNER },
	{ "unix.uid", FACT_UNIX_OWNER },
	{ "unix.group", FACT_UNIX_GROUP },
	{ "unix.groupname", FACT_UNIX_GROUP },
	{ "unix.gid", FACT_UNIX_GROUP },
	{ "perm", FACT_PERM }, { "unique", FACT_UNIQUE },
	{ NULL, 0 }
};

void
feat_release(struct feat *f)
{
	buf_release(&f->lines);
	*f = (struct feat){ 0 };
}

static unsigned
lookup(const struct word *table, const char *name)
{
	for (; table->name != NULL; table++)
		if (strcasecmp(table->name, name) == 0)
			return table->flag;
	return 0;
}

/*
 * The next word of a line that is ended by one of stop; *p moves behind it.
 * False at the end of the line.  A word too long for any table is empty.
 */
static bool
next_word(const char **p, const char *end, const char *stop,
    char word[WORD_MAX])
{
	const char *start;
	size_t n;

	while (*p < end && strchr(stop, **p) != NULL)
		(*p)++;
	for (start = *p; *p < end && strchr(stop, **p) == NULL; )
		(*p)++;
	n = (size_t)(*p - start);
	if (n >= WORD_MAX)
		word[0] = '\0';
	else {
		memcpy(word, start, n);
		word[n] = '\0';
	}
	return n > 0;
}

/* Takes off the "*" of a default; whether there was one. */
static bool
take_star(char *word)
{
	size_t n = strlen(word);

	if (n == 0 || word[n - 1] != '*')
		return false;
	word[n - 1] = '\0';
	return true;
}

static void
parse_fact(struct feat *f, char *word)
{
	bool on = take_star(word);
	unsigned fact = lookup(facts, word);

	f->facts |= fact;
	if (on)
		f->facts_on |= fact;
}

static void
parse_hash(struct feat *f, char *word)
{
	enum hash_alg alg;

	take_star(word);
	if (hash_by_name(word, &alg) == 0)
		f->hashes |= 1u << alg;
}

/* Whether the line names a feature that we know. */
static bool
parse_line(struct feat *f, const char *p, const char *end)
{
	char name[WORD_MAX], word[WORD_MAX];
	unsigned flags;

	if (!next_word(&p, end, " \t", name))
		return false;
	flags = lookup(features, name);
	while (next_word(&p, end, " \t;,", word)) {
		if (strcasecmp(name, "MLST") == 0)
			parse_fact(f, word);
		else if (flags & FEAT_HASH)
			parse_hash(f, word);
	}
	f->flags |= flags;
	return flags != 0;
}

void
feat_parse(struct feat *f, const char *text)
{
	const char *line, *end, *start;
	bool known, frame;

	feat_release(f);
	f->known = true;
	buf_init(&f->lines, LINES_MAX);
	for (line = text; *line != '\0'; line = *end == '\0' ? end : end + 1) {
		end = line + strcspn(line, "\n");
		known = parse_line(f, line, end);
		/* "Features:" and "End" are not features. */
		frame = line == text || *end == '\0';
		for (start = line; start < end && *start == ' '; )
			start++;
		if (start == end || (frame && !known))
			continue;
		text_escape(&f->lines, start, (size_t)(end - start));
		buf_addc(&f->lines, '\n');
	}
}
