/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sites of other programs: FileZilla's sitemanager.xml, WinSCP.ini, lftp's
 * bookmarks and rclone.conf, told apart by what is in them.
 *
 *	import_read("sitemanager.xml", &list, &err);
 *	imported_release(&list);		in any case
 */
#ifndef CONFIG_IMPORT_H
#define CONFIG_IMPORT_H

#include "base/err.h"
#include "config/imported.h"

/* ERR_LOCAL if it cannot be read, ERR_USAGE if it is none of these. */
int import_read(const char *file, struct imported *list, struct err *err);

#endif
