/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/parse.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <time.h>

int
parse_u64(const char *s, uint64_t max, uint64_t *out)
{
	return parse_u64n(s, strlen(s), max, out);
}

int
parse_u64n(const char *s, size_t n, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;
	unsigned int digit;
	size_t i;

	if (n == 0)
		return -1;
	for (i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		digit = (unsigned int)(s[i] - '0');
		if (v > (max - digit) / 10 || digit > max)
			return -1;
		v = v * 10 + digit;
	}
	*out = v;
	return 0;
}

int
parse_mode(const char *s, int *out)
{
	int v = 0;

	if (*s == '\0')
		return -1;
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '7')
			return -1;
		v = v * 8 + (*s - '0');
		if (v > 07777)
			return -1;
	}
	*out = v;
	return 0;
}

/* Letters of chmod(1) and their bits. */
struct letter {
	char c;
	int bits;
};

static const struct letter who_letters[] = {
	{ 'u', 04700 }, { 'g', 02070 }, { 'o', 01007 }, { 'a', 07777 }, { 0 }
};
static const struct letter perm_letters[] = {
	{ 'r', 0444 }, { 'w', 0222 }, { 'x', 0111 }, { 's', 06000 },
	{ 't', 01000 }, { 0 }
};

/* The bits of as many letters as there are; *s goes behind them. */
static int
letter_bits(const char **s, const struct letter *table, int extra)
{
	const struct letter *l;
	int bits = 0;

	for (;; ++*s) {
		if (**s == 'X' && extra >= 0) {
			bits |= extra;
			continue;
		}
		for (l = table; l->c != 0 && l->c != **s; l++)
			;
		if (l->c == 0)
			return bits;
		bits |= l->bits;
	}
}

/* "go-w", and what follows with another sign; NULL: it is none. */
static const char *
mode_clause(const char *s, bool is_dir, int *mode)
{
	int who = letter_bits(&s, who_letters, -1), bits;
	char sign;

	if (who == 0)
		who = 07777;
	do {
		sign = *s;
		if (sign != '+' && sign != '-' && sign != '=')
			return NULL;
		s++;
		bits = letter_bits(&s, perm_letters,
		    is_dir || (*mode & 0111) != 0 ? 0111 : 0) & who;
		/* As chmod(1): "=" leaves a directory's s bits. */
		if (sign == '=')
			*mode &= ~(who & (is_dir ? 01777 : 07777));
		*mode = sign == '-' ? *mode & ~bits : *mode | bits;
	} while (*s != '\0' && *s != ',');
	return s;
}

int
parse_mode_change(const char *s, int was, bool is_dir, int *out)
{
	int mode = was;

	if (parse_mode(s, out) == 0)
		return 0;
	for (;;) {
		s = mode_clause(s, is_dir, &mode);
		if (s == NULL)
			return -1;
		if (*s == '\0')
			break;
		s++;
	}
	*out = mode;
	return 0;
}

/* The digits s begins with. */
static size_t
digits(const char *s)
{
	return strspn(s, "0123456789");
}

/* The power of 1024 that suffix s means, -1 if it means none. */
static int
size_shift(const char *s)
{
	static const char units[] = "KMGT";
	const char *u;
	int shift = 0;

	u = *s != '\0' ? strchr(units, toupper((unsigned char)*s)) : NULL;
	if (u != NULL) {
		shift = 10 * (int)(u - units + 1);
		s++;
		if (strcasecmp(s, "iB") == 0)
			return shift;
	}
	return *s == '\0' || strcasecmp(s, "B") == 0 ? shift : -1;
}

int
parse_size(const char *s, uint64_t *bytes)
{
	uint64_t whole, fraction = 0, scale = 1;
	size_t n, i, point = 0;
	int shift;

	n = digits(s);
	if (parse_u64n(s, n, UINT64_MAX, &whole) != 0)
		return -1;
	s += n;
	if (*s == '.') {
		point = digits(++s);
		if (point > 6 || parse_u64n(s, point, 999999, &fraction) != 0)
			return -1;
		s += point;
	}
	shift = size_shift(s);
	if (shift < 0 || (point != 0 && shift == 0) ||
	    whole > UINT64_MAX >> shift)
		return -1;
	for (i = 0; i < point; i++)
		scale *= 10;
	whole <<= shift;
	fraction = (fraction << shift) / scale;
	if (fraction > UINT64_MAX - whole)
		return -1;
	*bytes = whole + fraction;
	return 0;
}

int
parse_duration(const char *s, int64_t *ms)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = {
		{ "d", 86400000 }, { "h", 3600000 }, { "m", 60000 },
		{ "s", 1000 }, { "ms", 1 },
	};
	const size_t n_units = sizeof(units) / sizeof(units[0]);
	uint64_t v;
	int64_t sum = 0;
	size_t i, n, first = 0;

	if (parse_u64(s, INT64_MAX / 1000, &v) == 0) {
		*ms = (int64_t)v * 1000;
		return 0;
	}
	if (*s == '\0')
		return -1;
	while (*s != '\0') {
		n = digits(s);
		if (parse_u64n(s, n, INT64_MAX, &v) != 0)
			return -1;
		s += n;
		n = strcspn(s, "0123456789");
		for (i = first; i < n_units; i++)
			if (strlen(units[i].name) == n &&
			    strncmp(units[i].name, s, n) == 0)
				break;
		if (i == n_units ||
		    v > (uint64_t)((INT64_MAX - sum) / units[i].ms))
			return -1;
		sum += (int64_t)v * units[i].ms;
		first = i + 1;
		s += n;
	}
	*ms = sum;
	return 0;
}

int
parse_bool(const char *s, bool *out)
{
	static const char *const words[][2] = {
		{ "no", "yes" }, { "off", "on" }, { "false", "true" },
		{ "0", "1" },
	};
	size_t i;
	int v;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		for (v = 0; v < 2; v++) {
			if (strcasecmp(s, words[i][v]) == 0) {
				*out = v != 0;
				return 0;
			}
		}
	}
	return -1;
}

/* n digits at *s, then the character after (or the end); moves *s past. */
static int
field(const char **s, size_t n, char after, int min, int max, int *out)
{
	uint64_t v;

	if (digits(*s) != n || (*s)[n] != after ||
	    parse_u64n(*s, n, (uint64_t)max, &v) != 0 || v < (uint64_t)min)
		return -1;
	*out = (int)v;
	*s += after != '\0' ? n + 1 : n;
	return 0;
}

/* "HH:MM" or "HH:MM:SS". */
static int
parse_time_of_day(const char *s, struct tm *tm)
{
	if (field(&s, 2, ':', 0, 23, &tm->tm_hour) != 0)
		return -1;
	if (field(&s, 2, '\0', 0, 59, &tm->tm_min) == 0)
		return 0;
	if (field(&s, 2, ':', 0, 59, &tm->tm_min) != 0)
		return -1;
	return field(&s, 2, '\0', 0, 59, &tm->tm_sec);
}

static int
parse_date(const char *s, int64_t *t)
{
	struct tm tm = { 0 }, check;
	bool has_time = strchr(s, ' ') != NULL;

	if (field(&s, 4, '-', 0, 9999, &tm.tm_year) != 0 ||
	    field(&s, 2, '-', 1, 12, &tm.tm_mon) != 0 ||
	    field(&s, 2, has_time ? ' ' : '\0', 1, 31, &tm.tm_mday) != 0)
		return -1;
	if (has_time && parse_time_of_day(s, &tm) != 0)
		return -1;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	check = tm;
	timegm(&check);
	if (check.tm_mday != tm.tm_mday)
		return -1;	/* as 31 April */
	tm.tm_isdst = -1;
	*t = mktime(&tm);
	return 0;
}

/* "7days", "2 hours": one number and a word for what it counts. */
static int
parse_ago(const char *s, int64_t now, int64_t *t)
{
	static const struct {
		const char *word;
		int64_t seconds;
	} units[] = {
		{ "minute", 60 }, { "hour", 3600 }, { "day", 86400 },
		{ "week", 7 * 86400 }, { "month", 30 * 86400 },
		{ "year", 365 * 86400 },
	};
	size_t n = strspn(s, "0123456789"), i, len;
	const char *word = s + n + strspn(s + n, " ");
	uint64_t count;

	if (parse_u64n(s, n, INT32_MAX, &count) != 0)
		return -1;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		len = strlen(units[i].word);
		if (strncmp(word, units[i].word, len) != 0 ||
		    (word[len] != '\0' && strcmp(word + len, "s") != 0))
			continue;
		*t = now - (int64_t)count * units[i].seconds;
		return 0;
	}
	return -1;
}

int
parse_when(const char *s, int64_t now, int64_t *t)
{
	int64_t ms;

	if (strcmp(s, "now") == 0)
		*t = now;
	else if (strncmp(s, "now-", 4) == 0)
		return parse_ago(s + 4, now, t);
	else if (parse_duration(s, &ms) == 0)
		*t = now - ms / 1000;
	else
		return parse_date(s, t);
	return 0;
}
