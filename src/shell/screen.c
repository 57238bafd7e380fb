/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/screen.h"

#include <string.h>

#include "base/text.h"

enum {
	/* A line without an end is shown in pieces of this many bytes. */
	LINE_SHOWN = 4096,
	UTF8_MAX = 4,
};

/* Escapes n bytes, but leaves tabs. */
static void
print_escaped(struct screen *scr, const char *s, size_t n)
{
	struct buf b = BUF_INIT(BUF_OWN);
	const char *tab;
	size_t some;

	while (n > 0) {
		tab = memchr(s, '\t', n);
		some = tab != NULL ? (size_t)(tab - s) : n;
		text_escape(&b, s, some);
		if (tab != NULL) {
			buf_addc(&b, '\t');
			some++;
		}
		s += some;
		n -= some;
	}
	fwrite(b.data, 1, b.len, scr->fp);
	buf_release(&b);
}

static void
print_line(struct screen *scr)
{
	size_t n = scr->line.len;

	if (n > 0 && scr->line.data[n - 1] == '\r')
		n--;
	print_escaped(scr, scr->line.data, n);
	putc('\n', scr->fp);
	buf_clear(&scr->line);
}

/* Prints the beginning of a long line, up to a whole character. */
static void
print_part(struct screen *scr)
{
	size_t n = scr->line.len, cut = n;

	while (cut > n - UTF8_MAX && (scr->line.data[cut - 1] & 0xc0) == 0x80)
		cut--;
	if (cut > 0 && (scr->line.data[cut - 1] & 0xc0) == 0xc0)
		cut--;
	print_escaped(scr, scr->line.data, cut);
	buf_consume(&scr->line, cut);
}

int
screen_take(void *screen, const char *data, size_t n, struct err *err)
{
	struct screen *scr = screen;
	const char *end;
	size_t some;

	while (n > 0) {
		end = memchr(data, '\n', n);
		some = end != NULL ? (size_t)(end - data) : n;
		if (some > LINE_SHOWN) {
			some = LINE_SHOWN;
			end = NULL;
		}
		buf_add(&scr->line, data, some);
		if (end != NULL) {
			print_line(scr);
			some++;
		} else if (scr->line.len >= LINE_SHOWN) {
			print_part(scr);
		}
		data += some;
		n -= some;
	}
	if (ferror(scr->fp))
		return err_sys(err, ERR_LOCAL, "output: cannot write");
	return 0;
}

void
screen_finish(struct screen *scr)
{
	print_escaped(scr, scr->line.data, scr->line.len);
	buf_release(&scr->line);
}
