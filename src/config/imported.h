/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sites as they were found in other programs' files.
 *
 *	s = imported_add(list, "name");
 *	imported_set(s, "host", "nas.example");
 *	imported_end(list);		leaves out what cannot be one of ours
 */
#ifndef CONFIG_IMPORTED_H
#define CONFIG_IMPORTED_H

#include <stdbool.h>
#include <stddef.h>

#include "config/option.h"

struct imported_site {
	char *name;		/* as a word of our configuration */
	struct settings set;
	bool foreign;		/* no FTP: SFTP, WebDAV and others */
	bool clear;		/* it was used without TLS */
	bool password;		/* the file has one, which stays there */
};

struct imported {
	struct imported_site *v;
	size_t n;
	size_t left;		/* how many were foreign, or had no host */
};

/* The name, decoded by the caller, loses what a site of ours cannot have. */
struct imported_site *imported_add(struct imported *list, const char *name);
/* What the setting does not take, or is empty, is left out. */
void imported_set(struct imported_site *s, const char *name,
    const char *value);
/* The last one is complete. */
void imported_end(struct imported *list);
void imported_release(struct imported *list);

#endif
