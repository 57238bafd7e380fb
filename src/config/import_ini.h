/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sites in files of "[section]" and "key = value". */
#ifndef CONFIG_IMPORT_INI_H
#define CONFIG_IMPORT_INI_H

#include "config/imported.h"

/* text is cut up on the way. */
void import_ini_winscp(char *text, struct imported *list);
void import_ini_rclone(char *text, struct imported *list);

#endif
