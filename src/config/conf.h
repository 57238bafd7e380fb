/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Configuration files, in ssh_config's manner: "NAME VALUE" lines, "site
 * NAME..." opens a block, "include FILE"; what stands first wins.  Words may
 * be quoted; # begins a comment; a backslash means something before
 * quotes, blanks, # and itself alone.
 *
 *	site nas backup*		names, or patterns of fnmatch()
 *	    dir "/my files"
 *	    password-command systemd-creds cat nas
 *
 * "alias NAME COMMAND..." stands before all blocks: what the shell's command of
 * that name reads.
 *
 * A value is one word, except that a command is the rest of its line as it
 * stands (unless all of it is one quoted word).  The lines with pin in a
 * block add up; a later block adds none.  An included file is read as if it
 * stood there, its name counts from the including file's directory, "~/" is
 * the home directory, and the block goes on behind it.
 */
#ifndef CONFIG_CONF_H
#define CONFIG_CONF_H

#include <stdbool.h>

#include "base/err.h"
#include "base/strvec.h"
#include "config/option.h"

/*
 * Reads file and applies what holds for site (NULL: only what stands before
 * every block, or in "site *") by option_set_first().  The whole file is
 * checked, other sites' blocks too.  *known (unless NULL) becomes true if a
 * block names the site, not merely by a pattern; else it stays.  A missing
 * file is an error only if must_exist.  Without must_exist, which is to say
 * that nobody named the file, it and what it includes must be ours or root's
 * and writable by nobody else, since it can hold commands.  ERR_USAGE with
 * "FILE:LINE: ..." for what is wrong in it; what stood before has then been
 * applied.
 */
int conf_read(const char *file, bool must_exist, const char *site,
    struct settings *st, bool *known, struct err *err);
/*
 * Adds the names of all site blocks (without patterns), each once, to names.
 * A missing file has none; whose it is does not matter here.
 */
int conf_sites(const char *file, struct strvec *names, struct err *err);
/* A line with alias: all behind that word. */
typedef int (*conf_alias)(void *ctx, const char *definition, struct err *err);
/*
 * Gives each line with alias to take, in their order; for what is read, and
 * must_exist, see conf_read().  ERR_USAGE.
 */
int conf_aliases(const char *file, bool must_exist, conf_alias take, void *ctx,
    struct err *err);
/*
 * Adds a block at the end of file, which is made, with its directories and for
 * its owner alone, if there is none.  ERR_LOCAL.
 */
int conf_add_block(const char *file, const char *block, struct err *err);
/* $XDG_CONFIG_HOME/ftps/config or ~/.config/ftps/config; caller frees; NULL
 * if there is no home. */
char *conf_user_file(void);
/* $XDG_STATE_HOME/ftps/NAME or ~/.local/state/ftps/NAME; makes the directory
 * (0700) if create; caller frees; NULL if there is no home. */
char *conf_state_file(const char *name, bool create);
/* The same for $XDG_CACHE_HOME/ftps/NAME or ~/.cache/ftps/NAME. */
char *conf_cache_file(const char *name, bool create);

#endif
