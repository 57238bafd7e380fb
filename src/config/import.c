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
		imported_set(s, "port", u.port != 0 ? port : NULL);
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

int
import_read(const char *file, struct imported *list, struct err *err)
{
	char shown[TEXT_NAME_MAX];
	struct buf b = BUF_INIT(FILE_MAX);
	int rc = read_file(file, &b, err);
	char *text = b.data;
	int bom;

	*list = (struct imported){ 0 };
	text_name(shown, sizeof(shown), file);
	bom = rc == 0 ? text_bom(text, b.len) : 0;
	if (bom == -1)
		rc = err_set(err, ERR_USAGE, "%s: %s", shown, text_utf16);
	else
		text += bom;
	if (rc == 0 && strstr(text, "<FileZilla3") != NULL) {
		if (import_xml_sites(text, strlen(text), list, err) != 0)
			rc = err_prefix(err, "%s", shown);
	} else if (rc == 0 && strstr(text, "[Sessions\\") != NULL) {
		import_ini_winscp(text, list);
	} else if (rc == 0 && (*text == '[' || strstr(text, "\n[") != NULL)) {
		import_ini_rclone(text, list);
	} else if (rc == 0) {
		read_bookmarks(text, list);
	}
	buf_release_secret(&b);
	if (rc == 0 && list->n == 0 && list->left == 0)
		rc = err_set(err, ERR_USAGE, "%s: neither a site manager, nor "
		    "bookmarks, nor an ini file with sites", shown);
	return rc;
}
