/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/import.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "config/import_ini.h"
#include "config/import_xml.h"
#include "config/url.h"

enum { FILE_MAX = 16 * 1024 * 1024 };

static int
read_file(const char *file, struct buf *out, struct err *err)
{
	char shown[TEXT_NAME_MAX], block[8192];
	FILE *fp = fopen(file, "re");
	size_t n;
	int rc = 0;

	text_name(shown, sizeof(shown), file);
	if (fp == NULL)
		return err_sys(err, ERR_LOCAL, "%s: cannot open", shown);
	while (rc == 0 && (n = fread(block, 1, sizeof(block), fp)) > 0)
		if (buf_add(out, block, n) != 0)
			rc = err_set(err, ERR_LOCAL, "%s: too large", shown);
	if (rc == 0 && ferror(fp))
		rc = err_sys(err, ERR_LOCAL, "%s: cannot read", shown);
	fclose(fp);
	return rc;
}

/* A line of lftp's bookmarks: a name, a tab, a URL. */
static void
take_bookmark(char *line, struct imported *list)
{
	struct err ignored = ERR_INIT;
	struct imported_site *s;
	struct url u;
	char *name = strsep(&line, "\t"), port[16];

	if (line == NULL)
		return;
	line[strcspn(line, "\r ")] = '\0';
	s = imported_add(list, name);
	s->foreign = url_parse(line, &u, &ignored) != 0;
	if (!s->foreign) {
		snprintf(port, sizeof(port), "%d", u.port);
		imported_set(s, "host", u.host);
		/* A 0 for the usual port is dropped by the option itself. */
		imported_set(s, "port", port);
		imported_set(s, "user", u.user);
		imported_set(s, "dir", u.dir);
		if (u.has_scheme && u.implicit)
			imported_set(s, "tls", "implicit");
		s->password = u.password.text != NULL;
	}
	url_release(&u);
	imported_end(list);
}

static void
read_bookmarks(char *text, struct imported *list)
{
	char *line;

	while ((line = strsep(&text, "\n")) != NULL)
		take_bookmark(line, list);
}

/* Whatever it is: the first to know its marks. */
static int
parse(char *text, size_t n, const char *shown, struct imported *list,
    struct err *err)
{
	int bom = text_bom(text, n);

	if (bom == -1)
		return err_set(err, ERR_USAGE, "%s: %s", shown, text_utf16);
	text += bom;
	if (strstr(text, "<FileZilla3") != NULL) {
		if (import_xml_sites(text, strlen(text), list, err) != 0)
			return err_prefix(err, "%s", shown);
	} else if (strstr(text, "[Sessions\\") != NULL) {
		import_ini_winscp(text, list);
	} else if (*text == '[' || strstr(text, "\n[") != NULL) {
		import_ini_rclone(text, list);
	} else {
		read_bookmarks(text, list);
	}
	if (list->n == 0 && list->left == 0)
		return err_set(err, ERR_USAGE, "%s: neither a site manager, "
		    "nor bookmarks, nor an ini file with sites", shown);
	return 0;
}

int
import_read(const char *file, struct imported *list, struct err *err)
{
	char shown[TEXT_NAME_MAX];
	struct buf b = BUF_INIT(FILE_MAX);
	int rc = read_file(file, &b, err);

	*list = (struct imported){ .v = NULL };
	text_name(shown, sizeof(shown), file);
	if (rc == 0)
		rc = parse(b.data, b.len, shown, list, err);
	buf_release_secret(&b);
	return rc;
}
