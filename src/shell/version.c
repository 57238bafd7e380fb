/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/version.h"

#include <string.h>

#include "base/text.h"
#include "config/import_xml.h"
#include "net/host.h"
#include "net/tls.h"
#include "shell/edit.h"
#include "ui/json.h"

/* It does not tell its version. */
#ifdef LIBBSD_OVERLAY
static const char libbsd[] = ", libbsd";
#else
static const char libbsd[] = "";
#endif

void
version_print(FILE *fp)
{
	const char *expat = strchr(import_xml_library(), '_');
	int unistring = text_library();

	fprintf(fp, "ftps %s\n", PACKAGE_VERSION);
	fprintf(fp, "GnuTLS %s, libidn2 %s, libunistring %d.%d,\n",
	    tls_library(), host_library(), unistring >> 16,
	    unistring >> 8 & 0xff);
	fprintf(fp, "libedit %s, jansson %s, expat %s%s\n", edit_library(),
	    json_library(), expat != NULL ? expat + 1 : "?", libbsd);
}
