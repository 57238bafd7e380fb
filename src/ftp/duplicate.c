/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/duplicate.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/path.h"
#include "ftp/files.h"
#include "ftp/removal.h"
#include "ftp/rename.h"
#include "ftp/session_in.h"
#include "local/part.h"

/*
 * Both commands: 0, 1 not known to the server, -1.  *begun: something may be
 * there as part.
 */
static int
send_both(struct session *s, const char *from, const char *part, bool *begun,
    struct err *err)
{
	struct reply *r;

	if (session_command(s, &r, NULL, err, "SITE CPFR", from) != 0)
		return -1;
	if (r->code == 500 || r->code == 501 || r->code == 502 ||
	    r->code == 504)
		return 1;
	if (r->code != 350)
		return reply_error(r, err, "%s", from);
	*begun = true;
	if (session_command(s, &r, NULL, err, "SITE CPTO", part) != 0)
		return -1;
	return reply_class(r->code) == 2 ? 0 : reply_error(r, err, "%s", from);
}

/* Whether nothing is missing in it, as far as sizes are told. */
static int
compare_sizes(struct session *s, const char *from, const char *part,
    struct err *err)
{
	const char *path[] = { from, part };
	int64_t size[2];

	if (files_sizes(s, path, 2, size, err) != 0)
		return -1;
	if (size[0] >= 0 && size[0] != size[1])
		return err_set(err, ERR_VERIFY, "the server's copy has "
		    "%" PRId64 " of %" PRId64 " bytes",
		    size[1] >= 0 ? size[1] : 0, size[0]);
	return 0;
}

int
duplicate_file(struct session *s, const char *from, const char *to,
    struct err *err)
{
	char *source = session_full(s, from, err), *target, *dir, *name;
	char version[PART_VERSION_MAX], *part;
	struct err ignored = ERR_INIT;
	bool begun = false;
	int rc;

	if (source == NULL)
		return -1;
	target = session_path(s, to);
	dir = path_dir(target);
	part_version(version, "cp", -1, NULL);
	name = part_name(path_base(target), version);
	part = path_join(dir, name);
	rc = send_both(s, source, part, &begun, err);
	if (rc == 0) {
		rc = compare_sizes(s, source, part, err);
		if (rc == 0)
			rc = rename_path(s, part, target, true, err);
	}
	if (rc < 0 && begun)
		(void)removal_file(s, part, &ignored);
	free(part);
	free(name);
	free(dir);
	free(target);
	free(source);
	return rc;
}
