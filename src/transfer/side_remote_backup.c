/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --backup-dir on a server. */
#include "ftp/folders.h"
#include "ftp/look.h"
#include "ftp/rename.h"
#include "transfer/side_remote_in.h"

int
side_remote_backup_open(struct side *side, const char *dir, bool rehearsal,
    struct err *err)
{
	(void)rehearsal;
	(void)err;
	side->backup = session_path(remote_of(side)->own, dir);
	return 0;
}

/* It is there: under its name? */
static void
note_backup(struct side *side)
{
	pthread_mutex_lock(&side->lock);
	side->backed_up = true;
	pthread_mutex_unlock(&side->lock);
}

/* from: what path is called now, absolute. */
static int
move_aside(struct side *side, struct session *s, const char *from,
    const char *path, struct err *err)
{
	char *to = path_join(side->backup, path), *dir = path_dir(to);
	int rc;

	rc = folders_make_path(s, dir, NULL, err);
	if (rc == 0)
		note_backup(side);
	if (rc == 0)
		rc = rename_path(s, from, to, true, err);
	if (rc != 0)
		err_prefix(err, "cannot move to the backup directory");
	free(dir);
	free(to);
	return rc;
}

/* What is not there any more needs no backup. */
static bool
is_gone(struct session *s, const char *full, const struct err *why)
{
	struct err ignored = ERR_INIT;
	struct listing l;
	int rc;

	if (why->kind != ERR_REFUSED)
		return false;
	rc = look_one(s, full, &l, &ignored);
	listing_release(&l);
	return rc == 0;
}

int
side_remote_backup_move(struct side *side, struct worker *w,
    const char *path, struct err *err)
{
	struct session *s = remote_session(side, w);
	char *full = remote_path(side, path);
	int rc = move_aside(side, s, full, path, err);

	if (rc != 0 && is_gone(s, full, err)) {
		err_clear(err);
		rc = 0;
	}
	free(full);
	return rc;
}

/* An answer may have been lost: what is there by now stays. */
int
side_remote_backup_undo(struct side *side, struct worker *w,
    const char *path, struct err *err)
{
	struct session *s = remote_session(side, w);
	char *full = remote_path(side, path);
	char *kept = path_join(side->backup, path);
	struct listing l;
	int rc;

	rc = look_one(s, full, &l, err);
	listing_release(&l);
	if (rc == 0)
		rc = rename_path(s, kept, full, false, err);
	free(kept);
	free(full);
	return rc < 0 ? -1 : 0;
}

int
side_remote_backup_aside(struct side *side, struct worker *w,
    const char *aside, const char *path, struct err *err)
{
	if (move_aside(side, remote_session(side, w), aside, path, err) == 0)
		return 0;
	return err_append(err, "; it is now called %s", path_base(aside));
}
