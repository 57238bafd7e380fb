/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"

#include <sys/types.h>
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <unictype.h>
#include <unistr.h>
#include <unistring/version.h>
#include <uniwidth.h>

enum {
	PIECE_MAX = 16,		/* an escape, or a character, and a NUL */
	HALF_YEAR = 31556952 / 2,
	DAY = 24 * 60 * 60,
};

/* Nothing of these can be seen, or it changes what is seen around it. */
static bool
is_harmful(ucs4_t uc)
{
	return uc_is_general_category_withtable(uc,
	    UC_CATEGORY_MASK_C | UC_CATEGORY_MASK_Zl | UC_CATEGORY_MASK_Zp);
}

/*
 * What the first character of s (n > 0 bytes) looks like; returns how many
 * bytes of s that was.
 */
static size_t
next_piece(const char *s, size_t n, char piece[PIECE_MAX])
{
	const uint8_t *u = (const uint8_t *)s;
	ucs4_t uc;
	int len;

	len = u8_mbtoucr(&uc, u, n);
	if (len <= 0 || uc < ' ' || uc == 0x7f) {
		snprintf(piece, PIECE_MAX, "\\%03o", u[0]);
		return 1;
	}
	if (is_harmful(uc)) {
		snprintf(piece, PIECE_MAX, "\\u{%04X}", (unsigned int)uc);
	} else {
		memcpy(piece, s, (size_t)len);
		piece[len] = '\0';
	}
	return (size_t)len;
}

void
text_escape(struct buf *b, const char *s, size_t n)
{
	char piece[PIECE_MAX];
	size_t used;

	for (; n > 0; s += used, n -= used) {
		used = next_piece(s, n, piece);
		if (buf_adds(b, piece) != 0)
			return;
	}
}

void
text_escape_json(struct buf *b, const char *s, size_t n)
{
	ucs4_t uc;
	int len;

	for (; n > 0; s += len, n -= (size_t)len) {
		len = u8_mbtoucr(&uc, (const uint8_t *)s, n);
		if (len <= 0)
			len = 1;
		if (uc != 0x7f && !is_harmful(uc))
			buf_add(b, s, (size_t)len);
		else if (uc < 0x10000)
			buf_addf(b, "\\u%04x", (unsigned int)uc);
		else
			buf_addf(b, "\\u%04x\\u%04x",
			    0xd800 + ((unsigned int)(uc - 0x10000) >> 10),
			    0xdc00 + ((unsigned int)uc & 0x3ff));
	}
}

char *
text_escape_to(char *out, size_t size, const char *s)
{
	static const char dots[] = "...";
	char piece[PIECE_MAX];
	size_t n = strlen(s), len = 0, cut = 0, used, add;

	for (; n > 0; s += used, n -= used) {
		used = next_piece(s, n, piece);
		add = strlen(piece);
		if (len + add >= size) {
			strlcpy(out + cut, dots, size - cut);
			return out;
		}
		memcpy(out + len, piece, add);
		len += add;
		if (len + sizeof(dots) <= size)
			cut = len;
	}
	out[len] = '\0';
	return out;
}

char *
text_name(char *out, size_t size, const char *name)
{
	char *all = text_escaped(name), piece[PIECE_MAX];
	size_t n = strlen(name), len = strlen(all), room = size / 2, at = 0;
	size_t used;

	if (len < size) {
		strlcpy(out, all, size);
	} else {
		text_escape_to(out, size - room, name);
		for (; len - at > room; name += used, n -= used) {
			used = next_piece(name, n, piece);
			at += strlen(piece);
		}
		strlcat(out, all + at, size);
	}
	free(all);
	return out;
}

char *
text_escaped(const char *s)
{
	struct buf b = BUF_INIT(BUF_OWN);

	text_escape(&b, s, strlen(s));
	return buf_detach(&b);
}

bool
text_is_utf8(const char *s, size_t n)
{
	return memchr(s, '\0', n) == NULL &&
	    u8_check((const uint8_t *)s, n) == NULL;
}

const char text_utf16[] = "in UTF-16; save it as UTF-8";

int
text_bom(const char *s, size_t n)
{
	if (n >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0)
		return 3;
	if (n >= 2 && (memcmp(s, "\xff\xfe", 2) == 0 ||
	    memcmp(s, "\xfe\xff", 2) == 0))
		return -1;
	return 0;
}

int
text_width(const char *s)
{
	return u8_strwidth((const uint8_t *)s, "UTF-8");
}

char *
text_size(char *buf, size_t size, uint64_t bytes)
{
	char s[5];

	if (bytes < 1000) {
		snprintf(buf, size, "%d", (int)bytes);
		return buf;
	}
	if (bytes > INT64_MAX)
		bytes = INT64_MAX;
	humanize_number(s, sizeof(s), (int64_t)bytes, "", HN_AUTOSCALE,
	    HN_DECIMAL | HN_NOSPACE);
	strlcpy(buf, s, size);
	return buf;
}

char *
text_duration(char *buf, size_t size, int64_t seconds)
{
	long long s = seconds > 0 ? seconds : 0;

	if (s < 60)
		snprintf(buf, size, "%llds", s);
	else if (s < 3600)
		snprintf(buf, size, "%lldm%02llds", s / 60, s % 60);
	else
		snprintf(buf, size, "%lldh%02lldm", s / 3600, s / 60 % 60);
	return buf;
}

bool
text_is_recent(int64_t t, int64_t now)
{
	return t > now - HALF_YEAR && t <= now + DAY;
}

char *
text_date(char *buf, size_t size, int64_t t, int64_t now)
{
	time_t tt = (time_t)t;
	struct tm tm;

	if (localtime_r(&tt, &tm) == NULL ||
	    strftime(buf, size, text_is_recent(t, now) ? "%b %e %H:%M" :
	    "%b %e  %Y", &tm) == 0)
		strlcpy(buf, "?", size);
	return buf;
}

char *
text_mode(char *buf, size_t size, char type, int mode)
{
	char s[12];

	if (mode < 0) {
		snprintf(buf, size, "%c?????????", type);
		return buf;
	}
	strmode((mode_t)mode & 07777, s);
	snprintf(buf, size, "%c%.9s", type, s + 1);
	return buf;
}

int
text_library(void)
{
	return _libunistring_version;
}
