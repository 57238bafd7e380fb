/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/path.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"

char *
path_join(const char *dir, const char *name)
{
	size_t n;

	if (*name == '/' || *dir == '\0')
		return xstrdup(name);
	if (*name == '\0')
		return xstrdup(dir);
	n = strlen(dir);
	return xasprintf("%s%s%s", dir, dir[n - 1] == '/' ? "" : "/", name);
}

/* Takes the last component off b, or adds ".." where there is none. */
static void
go_up(struct buf *b, bool absolute)
{
	const char *last = path_base(b->data);
	size_t at;

	if (b->len == 0 || strcmp(last, "..") == 0) {
		if (!absolute)
			buf_adds(b, b->len != 0 ? "/.." : "..");
		return;
	}
	at = (size_t)(last - b->data);
	buf_truncate(b, at > 0 ? at - 1 : 0);
}

char *
path_resolve(const char *dir, const char *name)
{
	struct buf b = BUF_INIT(BUF_OWN);
	char *joined = path_join(dir, name);
	bool absolute = *joined == '/';
	const char *s;
	size_t n;

	for (s = joined; *s != '\0'; s += n) {
		s += strspn(s, "/");
		n = strcspn(s, "/");
		if (n == 0 || (n == 1 && s[0] == '.'))
			continue;
		if (n == 2 && s[0] == '.' && s[1] == '.') {
			go_up(&b, absolute);
			continue;
		}
		if (absolute || b.len != 0)
			buf_addc(&b, '/');
		buf_add(&b, s, n);
	}
	free(joined);
	if (b.len == 0)
		buf_addc(&b, absolute ? '/' : '.');
	return buf_detach(&b);
}

const char *
path_base(const char *p)
{
	const char *slash = strrchr(p, '/');

	return slash != NULL ? slash + 1 : p;
}

char *
path_beside(const char *p, const char *name)
{
	return xasprintf("%.*s%s", (int)(path_base(p) - p), p, name);
}

char *
path_dir(const char *p)
{
	size_t n = (size_t)(path_base(p) - p);

	if (n == 0)
		return xstrdup(".");
	while (n > 1 && p[n - 1] == '/')
		n--;
	return xstrndup(p, n);
}

char *
path_parent(const char *p)
{
	return path_base(p) == p ? xstrdup("") : path_dir(p);
}

bool
path_is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (strcmp(dir, "/") == 0)
		return *path == '/';
	return strncmp(path, dir, n) == 0 &&
	    (path[n] == '\0' || path[n] == '/');
}

char *
path_relative(const char *dir, const char *path)
{
	struct buf b = BUF_INIT(BUF_OWN);
	char *up = xstrdup(dir), *parent;

	while (!path_is_below(path, up)) {
		buf_adds(&b, b.len != 0 ? "/.." : "..");
		parent = path_dir(up);
		free(up);
		up = parent;
	}
	path += strcmp(up, "/") == 0 ? 0 : strlen(up);
	path += strspn(path, "/");
	if (*path != '\0' && b.len != 0)
		buf_addc(&b, '/');
	buf_adds(&b, *path != '\0' || b.len != 0 ? path : ".");
	free(up);
	return buf_detach(&b);
}

bool
path_is_component(const char *name)
{
	return *name != '\0' && strcmp(name, ".") != 0 &&
	    strcmp(name, "..") != 0 && strpbrk(name, "/\r\n") == NULL;
}

static bool
is_version_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
	    (c >= 'A' && c <= 'F');
}

bool
path_is_part(const char *name)
{
	const char *base = path_base(name);
	size_t n = strlen(base), suffix = sizeof(PATH_PART_SUFFIX) - 1, end;

	if (n < suffix || strcasecmp(base + n - suffix, PATH_PART_SUFFIX) != 0)
		return false;
	end = n -= suffix;
	while (n > 0 && is_version_digit(base[n - 1]))
		n--;
	return n < end && n > 1 && base[n - 1] == '.';
}

char *
path_aside(const char *path)
{
	return xasprintf("%s.%08x" PATH_PART_SUFFIX, path, arc4random());
}
