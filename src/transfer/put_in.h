/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The inside of an upload: put.c sends the bytes to the part, commit.c
 * checks the part and renames it, for several files in few flights.
 */
#ifndef TRANSFER_PUT_IN_H
#define TRANSFER_PUT_IN_H

#include <sys/queue.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "ftp/mtime.h"
#include "ftp/question.h"
#include "transfer/copy.h"

struct uploads;

/* Where an upload is after its bytes have gone. */
enum put_stage {
	PUT_SENT,		/* the final reply was good */
	PUT_CHECKING,		/* size, time and mode are asked */
	PUT_CHECKED,
	PUT_RENAMING,
	PUT_DONE,
	PUT_BY_HAND,		/* to be renamed by a step of its own */
	PUT_FAILED,		/* err says why; trying again may help */
};

struct put {
	STAILQ_ENTRY(put) link;
	struct uploads *u;
	struct session *s;
	struct copy_put p;	/* its strings are the following */
	char *local;
	char *remote;		/* absolute: the destination */
	char *named;		/* the same as it was given */
	char *part;		/* and what it is sent to first */
	struct copy_result res;
	/* the source */
	int fd;
	bool own_fd;
	bool regular;		/* size and time are known, can be repeated */
	struct stat st;		/* at its opening */
	int64_t sent;		/* position reached */
	int64_t shown;		/* position told to the observer */
	int64_t had;		/* what the server had of it last time */
	bool again, fresh;
	bool again_whole;	/* going on was refused: from the beginning */
	bool begun;		/* the server has something of it */
	bool hopeless;		/* what it has cannot be put in its place */
	struct hash *hash;
	int lock;		/* of the part's name, or -1 */
	char *lock_path;
	char *chunk;
	/* without a part: the file that it replaces */
	struct question old_size, old_time;
	bool way_made;		/* the old file was moved away */
	/* after the bytes */
	enum put_stage stage;
	struct question of_size, of_time, of_mode;	/* of the part */
	struct question of_case;	/* by its name in other case */
	struct question rename[2];
	struct mtime mtime;
	int64_t size;		/* of the part; -1: not known */
	bool unanswered;	/* RNTO went: perhaps it is in place */
	bool look;		/* its name may be another there */
	struct err err;
	copy_done done;
	void *ctx;
};

/* Opens the source and locks the part; NULL with err. */
struct put *put_new(struct uploads *u, struct session *s,
    const struct copy_put *p, struct err *err);
/* Closes it and gives the lock back, once the file is committed. */
void put_release_source(struct put *put);
void put_free(struct put *put);
/* How long the end of what is given up is waited for. */
enum { PUT_WITHDRAW_MS = 1000 };
/* One attempt to get the bytes there, up to the final reply. */
int put_send(struct put *put, struct err *err);

/* Whether there is no part: the setting temp-names=no. */
bool put_is_in_place(const struct put *put);

/* Queues what the uploads before this one have to ask or do next. */
int uploads_advance(struct uploads *u, struct err *err);

#endif
