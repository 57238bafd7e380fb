/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/text.h"

enum { IAC = 255, IAC_WILL = 251, IAC_DONT = 254 };	/* RFC 854 */

enum { SHOWN_MAX = 80 };

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

void
reply_clear(struct reply *r)
{
	r->code = 0;
	r->done = false;
	r->lines = 0;
	buf_clear(&r->text);
}

void
reply_release(struct reply *r)
{
	reply_clear(r);
	buf_release(&r->text);
}

int
reply_class(int code)
{
	return code / 100;
}

const char *
reply_looks_like(const char *data, size_t n)
{
	static const struct {
		const char *start;
		size_t n;
		const char *what;
	} known[] = {
		{ "SSH-", 4, "SSH" },
		{ "HTTP/", 5, "HTTP" },
		{ "\x15\x03", 2, "TLS" },	/* alert */
		{ "\x16\x03", 2, "TLS" },	/* handshake */
		{ "* OK", 4, "IMAP" },
		{ "+OK", 3, "POP3" },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (n >= known[i].n &&
		    memcmp(data, known[i].start, known[i].n) == 0)
			return known[i].what;
	return NULL;
}

static int
line_error(const char *line, size_t n, const char *why, struct err *err)
{
	struct buf shown = BUF_INIT(SHOWN_MAX * 8);
	const char *what = reply_looks_like(line, n);

	text_escape(&shown, line, n < SHOWN_MAX ? n : SHOWN_MAX);
	err_set(err, ERR_PROTOCOL, "%s: \"%s%s\"", why, shown.data,
	    n > SHOWN_MAX ? "..." : "");
	if (what != NULL)
		err_append(err, "; that is %s, not FTP", what);
	buf_release(&shown);
	return -1;
}

/* The code at the beginning of a line, or 0. */
static int
line_code(const char *line, size_t n)
{
	if (n < 3 || line[0] < '1' || line[0] > '5' || !is_digit(line[1]) ||
	    !is_digit(line[2]) || (n > 3 && line[3] != ' ' && line[3] != '-'))
		return 0;
	return (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0';
}

int
reply_feed(struct reply *r, const char *line, size_t n, struct err *err)
{
	int code = line_code(line, n);

	if (r->done)
		reply_clear(r);
	if (n > REPLY_LINE_MAX)
		return line_error(line, n, "reply line too long", err);
	if (r->lines == 0 && code == 0)
		return line_error(line, n, "not an FTP reply", err);
	if (memchr(line, '\0', n) != NULL)
		return line_error(line, n, "NUL byte in a reply", err);
	if (r->lines == 0)
		r->code = code;
	if (code == r->code) {
		r->done = n == 3 || line[3] == ' ';
		line += n == 3 ? 3 : 4;
		n -= n == 3 ? 3 : 4;
	}
	if ((r->lines > 0 && buf_addc(&r->text, '\n') != 0) ||
	    buf_add(&r->text, line, n) != 0)
		return err_set(err, ERR_PROTOCOL,
		    "reply too long: more than %zu bytes", r->text.max);
	r->lines++;
	return r->done;
}

size_t
reply_strip_telnet(char *line, size_t n)
{
	unsigned char *s = (unsigned char *)line;
	size_t in, out;

	if (memchr(s, IAC, n) == NULL)
		return n;
	for (in = out = 0; in < n; in++) {
		if (s[in] == IAC && n - in > 2 && s[in + 1] >= IAC_WILL &&
		    s[in + 1] <= IAC_DONT) {
			in += 2;
			continue;
		}
		if (s[in] == IAC && n - in > 1 && s[in + 1] == IAC)
			in++;
		s[out++] = s[in];
	}
	return out;
}

/* The next line of text that says anything; false: there is none. */
static bool
next_line(const char **text, const char **line, size_t *n)
{
	const char *p = *text, *end;

	for (; *p != '\0'; p = *end != '\0' ? end + 1 : end) {
		p += strspn(p, " \t\r");
		end = p + strcspn(p, "\n");
		*line = p;
		*n = (size_t)(end - p);
		while (*n > 0 && strchr(" \t\r", p[*n - 1]) != NULL)
			--*n;
		*text = *end != '\0' ? end + 1 : end;
		/* Nor do rules and frames. */
		if (strspn(p, "-=*_#+.~ \t\r") < (size_t)(end - p))
			return true;
	}
	return false;
}

/* Joins the lines; *last is where the last one begins. */
static void
join_lines(const struct reply *r, struct buf *b, size_t *last)
{
	const char *text = r->text.data, *line;
	size_t n;

	buf_addf(b, "%03d", r->code);
	*last = b->len;
	while (next_line(&text, &line, &n)) {
		if (b->len - *last == n + 1 && memcmp(b->data + *last + 1,
		    line, n) == 0)
			continue;
		if (b->len > 3 && strchr(".:;,!?", b->data[b->len - 1]) == NULL)
			buf_addc(b, ';');
		*last = b->len;
		buf_addc(b, ' ');
		buf_add(b, line, n);
	}
}

char *
reply_say(const struct reply *r, char *out, size_t size)
{
	struct buf b = BUF_INIT(BUF_OWN);
	size_t last, room;
	char *all, *end;

	join_lines(r, &b, &last);
	all = text_escaped(b.data);
	if (strlen(all) >= size) {
		end = text_escaped(b.data + last);
		room = size > strlen(end) ? size - strlen(end) : 0;
		if (room > sizeof("550 ...")) {
			text_escape_to(out, room, b.data);
			strlcat(out, end, size);
		} else {
			memmove(b.data + 3, b.data + last, b.len - last + 1);
			text_escape_to(out, size, b.data);
		}
		free(end);
	} else {
		text_escape_to(out, size, b.data);
	}
	free(all);
	buf_release(&b);
	return out;
}

int
reply_error(const struct reply *r, struct err *err, const char *fmt, ...)
{
	char what[512], say[REPLY_SAY_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	/* 421 refuses nothing: the session is over. */
	err_set(err, r->code == 421 ? ERR_NETWORK : ERR_REFUSED, "%s: %s",
	    what, reply_say(r, say, sizeof(say)));
	err_note_reply(err, r->code, say);
	return -1;
}

/* "d1d...d65535d)" after the "(" at s; what the middle says is not trusted. */
static int
epsv_port(const char *s, int *port)
{
	const char *p = s;
	uint64_t value;
	size_t n;
	int fields;
	char delim = *p++;

	if (delim <= ' ' || delim > '~')
		return -1;
	for (fields = 0; fields < 2; p++) {
		if (*p <= ' ' || *p > '~')
			return -1;
		fields += *p == delim;
	}
	for (n = 0; is_digit(p[n]); )
		n++;
	if (n > 5 || p[n] != delim || p[n + 1] != ')' ||
	    parse_u64n(p, n, 65535, &value) != 0 || value == 0)
		return -1;
	*port = (int)value;
	return 0;
}

int
reply_epsv(const struct reply *r, int *port)
{
	const char *p;

	if (r->code != 229)
		return -1;
	for (p = r->text.data; (p = strchr(p, '(')) != NULL; )
		if (epsv_port(++p, port) == 0)
			return 0;
	return -1;
}

/* Six numbers with commas between; 1: no, -1: yes, but out of range. */
static int
six_numbers(const char *p, unsigned num[6])
{
	unsigned value;
	int i;

	for (i = 0; i < 6; i++) {
		if (!is_digit(*p))
			return 1;
		for (value = 0; is_digit(*p); p++)
			if (value <= 255)
				value = value * 10 + (unsigned)(*p - '0');
		num[i] = value;
		if (i < 5 && *p++ != ',')
			return 1;
	}
	if (*p == ',' && is_digit(p[1]))
		return 1;
	for (i = 0; i < 6; i++)
		if (num[i] > 255)
			return -1;
	return 0;
}

int
reply_pasv(const struct reply *r, char address[16], int *port)
{
	const char *p;
	unsigned num[6];
	int rc;

	if (r->code != 227)
		return -1;
	for (p = r->text.data; *p != '\0'; ) {
		if (!is_digit(*p)) {
			p++;
			continue;
		}
		rc = six_numbers(p, num);
		if (rc < 0 || (rc == 0 && num[4] == 0 && num[5] == 0))
			return -1;
		if (rc == 0) {
			snprintf(address, 16, "%u.%u.%u.%u", num[0], num[1],
			    num[2], num[3]);
			*port = (int)(num[4] * 256 + num[5]);
			return 0;
		}
		while (is_digit(*p) || *p == ',')
			p++;
	}
	return -1;
}

static bool
ends_quote(const char *p)
{
	return *p == '"' && (p[1] == '\0' || p[1] == ' ' || p[1] == '\n');
}

/* Undoubled up to the closing quote; -1 if that is not followed by a blank. */
static int
quoted_path(const char *p, struct buf *path)
{
	for (; *p != '\0' && *p != '\n'; p++) {
		if (*p == '"' && p[1] != '"')
			return ends_quote(p) ? 0 : -1;
		if (*p == '"')
			p++;
		buf_addc(path, *p);
	}
	return -1;
}

/* Pure-FTPd does not double: up to the last quote before a blank. */
static int
undoubled_path(const char *start, struct buf *path)
{
	const char *p, *last = NULL;

	for (p = start; *p != '\0' && *p != '\n'; p++)
		if (ends_quote(p))
			last = p;
	if (last == NULL)
		return -1;
	buf_add(path, start, (size_t)(last - start));
	return 0;
}

static bool
has_control(const struct buf *b)
{
	size_t i;

	for (i = 0; i < b->len; i++)
		if ((unsigned char)b->data[i] < ' ' || b->data[i] == 127)
			return true;
	return false;
}

int
reply_path(const struct reply *r, char **path)
{
	struct buf b = BUF_INIT(REPLY_LINE_MAX);
	const char *start, *last;

	if (r->code != 257)
		return -1;
	/* The last line is the one that others may stand before. */
	last = strrchr(r->text.data, '\n');
	start = last != NULL ? strchr(last, '"') : NULL;
	if (start == NULL && (start = strchr(r->text.data, '"')) == NULL)
		return -1;
	if (quoted_path(++start, &b) != 0) {
		buf_clear(&b);
		if (undoubled_path(start, &b) != 0)
			buf_clear(&b);
	}
	if (b.len == 0 || b.full || has_control(&b)) {
		buf_release(&b);
		return -1;
	}
	*path = buf_detach(&b);
	return 0;
}

int
reply_size(const struct reply *r, int64_t *size)
{
	const char *text = r->text.data, *s;
	uint64_t value, found = UINT64_MAX;
	size_t n;

	while (r->code == 213 && next_line(&text, &s, &n)) {
		if (parse_u64n(s, n, INT64_MAX, &value) != 0)
			continue;
		if (found != UINT64_MAX && found != value)
			return -1;
		found = value;
	}
	if (found == UINT64_MAX)
		return -1;
	*size = (int64_t)found;
	return 0;
}

int
reply_mdtm(const struct reply *r, struct timespec *ts, bool *sub)
{
	const char *text = r->text.data, *s;
	struct timespec value, found = { 0 };
	bool known = false;
	size_t n;

	while (r->code == 213 && next_line(&text, &s, &n)) {
		if (clock_parse_ftp(s, n, &value) != 0)
			continue;
		if (known && (found.tv_sec != value.tv_sec ||
		    found.tv_nsec != value.tv_nsec))
			return -1;
		known = true;
		found = value;
		*sub = memchr(s, '.', n) != NULL;
	}
	if (known)
		*ts = found;
	return known ? 0 : -1;
}

int
reply_announced(const struct reply *r, int64_t *size)
{
	const char *p;
	uint64_t value;
	size_t n;
	int rc = -1;

	if (reply_class(r->code) != 1)
		return -1;
	/* The last one: the name of the file stands before it. */
	for (p = r->text.data; (p = strchr(p, '(')) != NULL; ) {
		for (n = 0, p++; is_digit(p[n]); )
			n++;
		if (strncmp(p + n, " bytes)", 7) == 0 &&
		    parse_u64n(p, n, INT64_MAX, &value) == 0) {
			*size = (int64_t)value;
			rc = 0;
		}
	}
	return rc;
}

static void
lower_hex(const char *s, size_t n, char *hex)
{
	size_t i;

	for (i = 0; i < n; i++)
		hex[i] = s[i] >= 'A' && s[i] <= 'F' ? s[i] + 32 : s[i];
	hex[n] = '\0';
}

int
reply_digest(const struct reply *r, size_t hexlen, char *hex)
{
	const char *p = r->text.data;
	size_t n;
	int rc = -1;

	if (reply_class(r->code) != 2)
		return -1;
	/* HASH: digest, then name; 251 (MD5): name, then digest. */
	while (*p != '\0' && (rc != 0 || r->code == 251)) {
		p += strspn(p, " \n\"");
		n = strcspn(p, " \n\"");
		if (n == hexlen &&
		    strspn(p, "0123456789abcdefABCDEF") == hexlen) {
			lower_hex(p, n, hex);
			rc = 0;
		}
		p += n;
	}
	return rc;
}
