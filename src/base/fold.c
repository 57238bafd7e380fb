/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/fold.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <unicase.h>
#include <uninorm.h>
#include <unistr.h>

#include "base/buf.h"
#include "base/mem.h"

/* What a server may replace in a name. */
enum {
	CONTROLS = 1,
	RESERVED = 2,
	BEYOND_ASCII = 4,
	ENDS = 8,
	LAST = 16,		/* of the ends the very last alone */
	BY_BYTE = 32,		/* beyond ASCII, one mark a byte */
	FORMS_MAX = 64,
};

static bool
is_control(unsigned char c)
{
	return c < ' ' || c == 0x7f;
}

static bool
is_reserved(unsigned char c)
{
	return c != '\0' && strchr(":*?\"<>|\\", c) != NULL;
}

static bool
is_end(char c)
{
	return c == ' ' || c == '.' || c == '\t';
}

bool
fold_at_risk(const char *name)
{
	size_t i, n = strlen(name);

	if (n > 0 && (name[0] == ' ' || is_end(name[n - 1])))
		return true;
	for (i = 0; i < n; i++)
		if (is_control((unsigned char)name[i]) ||
		    is_reserved((unsigned char)name[i]) ||
		    (unsigned char)name[i] >= 0x80)
			return true;
	return false;
}

/*
 * The character at s and how many bytes it has.  Bytes that are no UTF-8 are
 * taken for Latin-1, as servers do that make UTF-8 of it.
 */
static size_t
next_char(const char *s, size_t n, ucs4_t *uc)
{
	int len = u8_mbtoucr(uc, (const uint8_t *)s, n);

	if (len > 0)
		return (size_t)len;
	*uc = (unsigned char)*s;
	return 1;
}

static void
add_char(struct buf *b, ucs4_t uc)
{
	uint8_t u[6];
	int len = u8_uctomb(u, uc, sizeof(u));

	if (len > 0)
		buf_add(b, u, (size_t)len);
}

static bool
is_ascii(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s >= 0x80)
			return false;
	return true;
}

static char *
in_utf8(const char *s)
{
	struct buf b = BUF_INIT(BUF_OWN);
	size_t n = strlen(s), len;
	ucs4_t uc;

	for (; n > 0; s += len, n -= len) {
		len = next_char(s, n, &uc);
		add_char(&b, uc);
	}
	return buf_detach(&b);
}

/* In normal form C, of which the case goes as well if fold. */
static char *
normalise(const char *s, bool fold)
{
	char *plain = in_utf8(s), *out;
	uint8_t *u, *folded = NULL;
	size_t n = strlen(plain), len = 0;

	u = u8_normalize(fold ? UNINORM_NFD : UNINORM_NFC,
	    (const uint8_t *)plain, n, NULL, &n);
	if (u != NULL && fold)
		folded = u8_casefold(u, n, NULL, UNINORM_NFC, NULL, &len);
	if (u == NULL || (fold && folded == NULL))
		out = xstrdup(plain);
	else
		out = xstrndup((const char *)(fold ? folded : u),
		    fold ? len : n);
	free(folded);
	free(u);
	free(plain);
	return out;
}

static char *
lower_ascii(const char *s)
{
	char *out = xstrdup(s), *p;

	for (p = out; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p += 'a' - 'A';
	return out;
}

static char *
fold_case(const char *s)
{
	return is_ascii(s) ? lower_ascii(s) : normalise(s, true);
}

static void
strip_ends(char *s)
{
	size_t n = strlen(s), blanks = strspn(s, " \t");

	while (n > blanks && is_end(s[n - 1]))
		n--;
	memmove(s, s + blanks, n - blanks);
	s[n - blanks] = '\0';
}

char *
fold_key(const char *name)
{
	char *key = fold_case(name);

	strip_ends(key);
	return key;
}

static unsigned
class_of(ucs4_t uc)
{
	if (uc >= 0x80)
		return BEYOND_ASCII;
	if (is_control((unsigned char)uc))
		return CONTROLS;
	return is_reserved((unsigned char)uc) ? RESERVED : 0;
}

/* Where the name begins and ends without what is at its ends. */
static void
find_ends(const char *name, size_t *head, size_t *tail)
{
	*head = strspn(name, " \t");
	*tail = strlen(name);
	while (*tail > *head && is_end(name[*tail - 1]))
		--*tail;
}

/* What there is in a name that could be replaced. */
static unsigned
classes_in(const char *name)
{
	size_t n = strlen(name), head, tail, i;
	unsigned classes = 0;

	find_ends(name, &head, &tail);
	if (head > 0 || tail < n)
		classes |= ENDS;
	if (tail < n)
		classes |= LAST;
	for (i = 0; i < n; i++)
		classes |= class_of((unsigned char)name[i]);
	return classes & BEYOND_ASCII ? classes | BY_BYTE : classes;
}

/* A name whose such characters are replaced, in the form of fold_key(). */
static char *
replace(const char *name, unsigned classes)
{
	struct buf b = BUF_INIT(BUF_OWN);
	size_t n = strlen(name), len, i, head, tail;
	char *key;
	ucs4_t uc;

	find_ends(name, &head, &tail);
	if (!(classes & ENDS)) {
		head = 0;
		tail = classes & LAST ? n - 1 : n;
	}
	for (i = 0; i < n; i += len) {
		len = next_char(name + i, n - i, &uc);
		if (!(class_of(uc) & classes) && i >= head && i < tail) {
			add_char(&b, uc);
			continue;
		}
		buf_addc(&b, '_');
		if (classes & BY_BYTE)
			len = 1;
	}
	key = fold_key(b.data);
	buf_release(&b);
	return key;
}

/* What may stand for a character that a server does not take. */
static bool
is_mark(ucs4_t uc)
{
	return uc == '_' || uc == '?' || uc == 0xfffd ||
	    /* Windows' services for other systems keep them here. */
	    (uc >= 0xf000 && uc <= 0xf0ff);
}

/* A stored name with all such marks alike; NULL if there are none. */
static char *
marked(const char *stored)
{
	struct buf b = BUF_INIT(BUF_OWN);
	size_t n = strlen(stored), len;
	bool any = false;
	char *key;
	ucs4_t uc;

	for (; n > 0; stored += len, n -= len) {
		len = next_char(stored, n, &uc);
		any |= is_mark(uc);
		add_char(&b, is_mark(uc) ? '_' : uc);
	}
	key = any ? fold_key(b.data) : NULL;
	buf_release(&b);
	return key;
}

/* All that may become of a name at risk, as replace() has it. */
static size_t
replaced_forms(const char *name, char *form[FORMS_MAX])
{
	unsigned all = classes_in(name), classes;
	size_t n = 0;

	for (classes = 1; classes < FORMS_MAX; classes++)
		if ((classes & all) == classes &&
		    (classes & (ENDS | LAST)) != (ENDS | LAST) &&
		    (!(classes & BY_BYTE) || (classes & BEYOND_ASCII)))
			form[n++] = replace(name, classes);
	return n;
}

static bool
may_be_replaced(const char *name, const char *stored)
{
	char *form[FORMS_MAX], *with_marks;
	bool found = false;
	size_t i, n;

	if (!fold_at_risk(name) || (with_marks = marked(stored)) == NULL)
		return false;
	n = replaced_forms(name, form);
	for (i = 0; i < n; i++) {
		found |= strcmp(form[i], with_marks) == 0;
		free(form[i]);
	}
	free(with_marks);
	return found;
}

/* Equal once made from both. */
static bool
same_by(char *a, char *b)
{
	bool same = strcmp(a, b) == 0;

	free(a);
	free(b);
	return same;
}

enum fold
fold_between(const char *name, const char *stored)
{
	bool as_is, one_form;
	char *a, *b;

	if (strcmp(name, stored) == 0)
		return FOLD_SAME;
	if (same_by(lower_ascii(name), lower_ascii(stored)))
		return FOLD_CASE;
	if (same_by(fold_case(name), fold_case(stored))) {
		a = normalise(name, false);
		b = normalise(stored, false);
		as_is = strcmp(a, name) == 0 && strcmp(b, stored) == 0;
		one_form = strcmp(a, b) == 0;
		free(a);
		free(b);
		return as_is ? FOLD_CASE : one_form ? FOLD_FORM : FOLD_BOTH;
	}
	if (same_by(fold_key(name), fold_key(stored)))
		return FOLD_ENDS;
	return may_be_replaced(name, stored) ? FOLD_REPLACED : FOLD_OTHER;
}

struct form {
	char *key;
	const char *name;
	bool replaced;		/* to be compared with what marked() says */
};

struct fold_set {
	struct form *form;	/* sorted */
	size_t n, cap;
};

static int
compare_forms(const void *a, const void *b)
{
	const struct form *f = a, *g = b;

	return f->replaced != g->replaced ? f->replaced - g->replaced :
	    strcmp(f->key, g->key);
}

/* key is taken over. */
static void
add_form(struct fold_set *set, const char *name, char *key, bool replaced)
{
	if (set->n == set->cap) {
		set->cap = set->cap != 0 ? set->cap * 2 : 64;
		set->form = xreallocarray(set->form, set->cap,
		    sizeof(*set->form));
	}
	set->form[set->n++] = (struct form){ key, name, replaced };
}

struct fold_set *
fold_set_new(const char *const *name, size_t n)
{
	struct fold_set *set = xcalloc(1, sizeof(*set));
	char *form[FORMS_MAX];
	size_t i, j, k;

	for (i = 0; i < n; i++) {
		add_form(set, name[i], fold_key(name[i]), false);
		k = fold_at_risk(name[i]) ? replaced_forms(name[i], form) : 0;
		for (j = 0; j < k; j++)
			add_form(set, name[i], form[j], true);
	}
	if (set->n > 0)
		qsort(set->form, set->n, sizeof(*set->form), compare_forms);
	return set;
}

void
fold_set_free(struct fold_set *set)
{
	size_t i;

	if (set == NULL)
		return;
	for (i = 0; i < set->n; i++)
		free(set->form[i].key);
	free(set->form);
	free(set);
}

/* The first form that is not before key's. */
static size_t
lower_bound(const struct fold_set *set, const struct form *key)
{
	size_t low = 0, high = set->n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (compare_forms(&set->form[mid], key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* key is taken over, and may be NULL. */
static const char *
find_form(const struct fold_set *set, const char *stored, char *key,
    bool replaced)
{
	const struct form wanted = { key, stored, replaced };
	const char *found = NULL;
	size_t i;

	if (key == NULL)
		return NULL;
	for (i = lower_bound(set, &wanted); found == NULL && i < set->n &&
	    compare_forms(&set->form[i], &wanted) == 0; i++)
		if (strcmp(set->form[i].name, stored) != 0)
			found = set->form[i].name;
	free(key);
	return found;
}

const char *
fold_set_find(const struct fold_set *set, const char *stored)
{
	const char *found;

	found = find_form(set, stored, fold_key(stored), false);
	return found != NULL ? found :
	    find_form(set, stored, marked(stored), true);
}
