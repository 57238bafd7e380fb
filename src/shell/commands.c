/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/commands.h"

#include "shell/cmd_all.h"

const struct cmd *const commands[] = {
	&cmd_open, &cmd_close, &cmd_user, &cmd_status, &cmd_features,
	&cmd_sites, &cmd_save, &cmd_set, &cmd_doctor, &cmd_pin,
	&cmd_exit,
	&cmd_ls, &cmd_nlist, &cmd_cd, &cmd_pwd, &cmd_stat, &cmd_find_,
	&cmd_tree, &cmd_du, &cmd_df, &cmd_cat, &cmd_more, &cmd_head,
	&cmd_tail, &cmd_checksum,
	&cmd_lcd, &cmd_lpwd, &cmd_lls, &cmd_lmkdir,
	&cmd_get, &cmd_put, &cmd_mirror, &cmd_edit,
	&cmd_mkdir, &cmd_rmdir, &cmd_rm, &cmd_mv, &cmd_cp, &cmd_ln,
	&cmd_chmod, &cmd_touch,
	&cmd_jobs, &cmd_wait_, &cmd_fg, &cmd_kill_,
	&cmd_site, &cmd_quote,
	&cmd_help_, &cmd_history, &cmd_alias_, &cmd_echo, &cmd_source,
	&cmd_sleep, &cmd_version, &cmd_foreign,
	NULL
};
