/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/mirror_pair.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "transfer/pool.h"
#include "transfer/side_local.h"
#include "transfer/side_remote.h"

int
mirror_pair_run(struct session *s, const struct mirror_options *o,
    const struct observer *obs, struct summary *sum, struct err *err)
{
	const struct settings *set = &session_site(s)->set;
	struct cancel *cancel = session_cancel(s);
	bool up = o->reverse;
	struct side *local = side_local_new(o->local_dirfd, o->local,
	    o->umask, up && o->dereference, cancel);
	struct side *remote = side_remote_new(s, 0, o->remote,
	    !up && o->dereference);
	struct mirror_context cx = {
		.from = up ? local : remote, .to = up ? remote : local,
		.pool = pool_new(&s, 1, cancel, o->parallel),
		.cancel = cancel, .obs = obs,
	};
	struct mirror_options mine = *o;
	int rc;

	mine.keep_times = set->preserve_times;
	mine.to_disk = set->fsync;
	mine.rate_limit = set->rate_limit;
	remote->named_alike = o->named_alike;
	rc = mirror_run(&cx, &mine, sum, err);
	pool_free(cx.pool);
	side_free(local);
	side_free(remote);
	return rc;
}

/* The local directory by a name that means the same to every run. */
static char *
name_local(const struct mirror_options *o)
{
	char base[PATH_MAX] = "/", link[64], real[PATH_MAX], *path;
	ssize_t n;

	if (o->local_dirfd == AT_FDCWD) {
		if (getcwd(base, sizeof(base)) == NULL)
			base[0] = '\0';
	} else {
		snprintf(link, sizeof(link), "/proc/self/fd/%d",
		    o->local_dirfd);
		n = readlink(link, base, sizeof(base) - 1);
		base[n > 0 ? n : 0] = '\0';
	}
	path = path_resolve(base, o->local);
	if (realpath(path, real) == NULL)
		return path;
	free(path);
	return xstrdup(real);
}

static char *
name_remote(struct session *s, const struct mirror_options *o)
{
	const struct settings *set = &session_site(s)->set;
	char *path = session_path(s, o->remote), *name;

	name = xasprintf("%s\n%d\n%s\n%s", set->host, settings_port(set),
	    set->user != NULL ? set->user : "", path);
	free(path);
	return name;
}

void
mirror_pair_names(struct session *s, const struct mirror_options *o,
    char **from, char **to)
{
	char *local = name_local(o), *remote = name_remote(s, o);

	*from = o->reverse ? local : remote;
	*to = o->reverse ? remote : local;
}
