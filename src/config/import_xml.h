/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FileZilla's site manager. */
#ifndef CONFIG_IMPORT_XML_H
#define CONFIG_IMPORT_XML_H

#include "base/err.h"
#include "config/imported.h"

/* ERR_USAGE for what is no XML. */
int import_xml_sites(const char *text, size_t n, struct imported *list,
    struct err *err);
/* Which expat is in use, as "expat_2.5.0". */
const char *import_xml_library(void);

#endif
