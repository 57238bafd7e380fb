/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/mirror_lock.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "config/conf.h"
#include "local/lock.h"
#include "transfer/mirror_pair.h"

/* The file for a key, which is taken over; NULL without a home. */
static char *
lock_file(const char *what, char *key)
{
	char hex[HASH_HEX_MAX], *name, *path;

	hash_hex(HASH_SHA256, key, strlen(key), hex);
	free(key);
	name = xasprintf("%s-%.32s.lock", what, hex);
	path = conf_state_file(name, true);
	free(name);
	return path;
}

/* A descriptor, or -1; ERR_LOCK is the only error. */
static int
lock_path(struct session *s, const char *path, bool shared, struct err *err)
{
	int fd;

	if (path == NULL)
		return -1;
	fd = lock_take_as(path, shared, err);
	if (fd == -1 && err->kind != ERR_LOCK) {
		observe_warning(session_observer(s), "%s; other runs are not "
		    "kept from this one's way", err->msg);
		err_clear(err);
	}
	return fd;
}

int
mirror_lock_take(struct mirror_lock *l, struct session *s,
    const struct mirror_options *o, struct err *err)
{
	char *from, *to;

	mirror_pair_names(s, o, &from, &to);
	*l = (struct mirror_lock){ .run = -1, .target = -1 };
	l->run_path = lock_file("mirror", xasprintf("%s\n%s\n%u/%u", from, to,
	    o->shard, o->shards));
	l->target_path = lock_file("target", to);
	free(from);
	l->run = lock_path(s, l->run_path, false, err);
	if (l->run == -1 && err->kind == ERR_LOCK)
		return err_set(err, ERR_LOCK, "another run has the same source "
		    "and target; wait for its end");
	/* One warning is enough. */
	if (l->run == -1)
		return 0;
	l->target = lock_path(s, l->target_path, !o->delete, err);
	if (l->target == -1 && err->kind == ERR_LOCK)
		return err_set(err, ERR_LOCK, "another run %s the target; wait "
		    "for its end", o->delete ? "is at work in" :
		    "with --delete has");
	return 0;
}

void
mirror_lock_release(struct mirror_lock *l)
{
	if (l->target != -1)
		lock_release(l->target, l->target_path);
	if (l->run != -1)
		lock_release(l->run, l->run_path);
	free(l->target_path);
	free(l->run_path);
}
