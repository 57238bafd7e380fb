/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What lftp's scripts have that has another name here, or none: its settings
 * ("ssl:ca-file") and its options of mirror.  Tables.
 */
#ifndef SHELL_LFTP_H
#define SHELL_LFTP_H

#include <stdbool.h>

#include "base/err.h"
#include "shell/cmd.h"

/* What a setting of lftp's comes to. */
struct lftp_set {
	const char *ours;	/* the setting to set, or NULL: none */
	char *value;		/* to this; lftp_release() frees it */
	const char *say;	/* to be told, or NULL */
};

/*
 * Whether a name is lftp's: "ftp:ssl-force", "net:timeout/host", or
 * "ssl-force", if it is none of ours.
 */
bool lftp_is_setting(const char *name);
/*
 * 0, or -1 (ERR_USAGE) if it is not known here, or not for its value.  Release
 * out in any case.
 */
int lftp_setting(const char *name, const char *value, struct lftp_set *out,
    struct err *err);
void lftp_release(struct lftp_set *set);

/* Options of mirror, ended by id 0; each has one of these ids, or ours. */
enum { LFTP_FIRST = 1000 };

extern const struct cmd_option lftp_mirror_options[];
/*
 * What is to be said of one, by its id, whose value does not matter here:
 * 0 with *say (NULL: nothing), or -1 (ERR_USAGE): it cannot be passed over.
 */
int lftp_mirror_option(int id, const char **say, struct err *err);

#endif
