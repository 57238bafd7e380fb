/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The last step of an upload (I3): RNFR and RNTO, which leave with the next
 * file's commands if there is one, or a step of its own with all that a server
 * may need for it.
 */
#include "ftp/files.h"
#include "ftp/rename.h"
#include "transfer/sink_remote_in.h"

static int
rename_alone(struct sink_remote *r, struct err *err)
{
	return rename_path(r->s, r->part, r->path, true, err);
}

int
sink_rename_send(struct sink_remote *r, bool now, struct err *err)
{
	const struct question none = { .state = QUESTION_NONE };

	r->rename[0] = r->rename[1] = none;
	if (r->sink.in_place)
		return 0;
	return now ? rename_alone(r, err) :
	    question_rename(r->rename, r->s, r->part, r->path, err);
}

/* Only what RNTO is answered decides. */
int
sink_rename_hear(struct sink_remote *r, struct err *err)
{
	if (r->rename[0].state == QUESTION_NONE)
		return 1;
	if (r->rename[0].state == QUESTION_LOST ||
	    r->rename[1].state == QUESTION_LOST)
		return sink_check_lost(r, FAULT_UNANSWERED, err);
	if (sink_check_waits(r))
		return 0;
	if (question_granted(&r->rename[1]))
		return 1;
	return rename_alone(r, err) == 0 ? 1 : -1;
}

/* Whether the destination is what was sent: 1, 0, -1. */
static int
is_in_place(struct sink_remote *r, struct err *err)
{
	enum time_precision precision;
	struct timespec ts;
	int64_t size;
	int rc;

	rc = files_size(r->s, r->path, &size, err);
	if (rc <= 0 || size != r->sent)
		return rc < 0 ? -1 : 0;
	if (!r->sink.time_kept)
		return 1;
	rc = files_time(r->s, r->path, &ts, &precision, err);
	return rc > 0 ? ts.tv_sec == r->version.mtime.tv_sec : rc;
}

/* The part was checked, so while it is there the rename is enough. */
int
sink_rename_where(struct sink_remote *r, enum sink_place *place,
    struct err *err)
{
	int64_t size;
	int rc;

	*place = SINK_NEITHER;
	rc = files_size(r->s, r->part, &size, err);
	if (rc > 0 && size == r->sent)
		*place = SINK_PART;
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	rc = is_in_place(r, err);
	if (rc > 0)
		*place = SINK_COMMITTED;
	return rc < 0 ? -1 : 0;
}
