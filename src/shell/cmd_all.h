/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All commands: one constant each, in the files of their families. */
#ifndef SHELL_CMD_ALL_H
#define SHELL_CMD_ALL_H

#include "shell/args.h"
#include "shell/cmd.h"
#include "shell/run.h"

/* cmd_session.c */
extern const struct cmd cmd_open, cmd_close, cmd_user, cmd_status,
    cmd_features, cmd_set, cmd_exit;
/* cmd_doctor.c, cmd_pin.c */
extern const struct cmd cmd_doctor, cmd_pin;
/* cmd_ls.c, cmd_look.c, cmd_find.c, cmd_du.c, cmd_view.c, cmd_tail.c */
/* cmd_tree.c, cmd_df.c, cmd_checksum.c */
extern const struct cmd cmd_tree, cmd_df, cmd_checksum;
extern const struct cmd cmd_ls, cmd_nlist, cmd_cd, cmd_pwd, cmd_stat;
extern const struct cmd cmd_find_, cmd_du;
extern const struct cmd cmd_cat, cmd_more, cmd_head, cmd_tail;
/* cmd_jobs.c */
extern const struct cmd cmd_jobs, cmd_wait_, cmd_fg, cmd_kill_;
/* cmd_local.c */
extern const struct cmd cmd_lcd, cmd_lpwd, cmd_lls, cmd_lmkdir;
/* cmd_get.c, cmd_put.c, cmd_mirror.c, cmd_edit.c */
extern const struct cmd cmd_get, cmd_put, cmd_mirror, cmd_edit;
/* cmd_change.c, cmd_chmod.c, cmd_rm.c, cmd_cp.c, cmd_ln.c */
extern const struct cmd cmd_cp, cmd_ln;
extern const struct cmd cmd_mkdir, cmd_rmdir, cmd_mv, cmd_chmod, cmd_touch;
extern const struct cmd cmd_rm;
/* cmd_alias.c */
extern const struct cmd cmd_alias_;
/* cmd_foreign.c */
extern const struct cmd cmd_foreign;
/* cmd_help.c */
extern const struct cmd cmd_help_;
/* cmd_misc.c */
extern const struct cmd cmd_site, cmd_quote, cmd_history,
    cmd_echo, cmd_source, cmd_sleep, cmd_version;
/* cmd_sites.c */
extern const struct cmd cmd_sites, cmd_save;

#endif
