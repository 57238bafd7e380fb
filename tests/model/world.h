/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What one run of the model is about, all of it made from a seed: two sides
 * and what they are like, a tree on each, what the mirror is asked for, and
 * what goes wrong.  All chance is in here; 0 switches off whatever is a
 * number, so that the shrinker can try that.
 */
#ifndef TESTS_MODEL_WORLD_H
#define TESTS_MODEL_WORLD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "node.h"

enum { FROM, TO, SIDES };

/* The directories at the top of each side: the mirror's root and others. */
#define WORLD_ROOT	"top"
#define WORLD_BESIDE	"beside"
#define WORLD_BACKUP	"top/old"	/* in the target itself */

/* What a mirror may be asked for; see the table in world.c. */
enum wish {
	WISH_DELETE, WISH_FORCE, WISH_DELETE_EXCLUDED, WISH_MAX_DELETE,
	WISH_MAX_PERCENT,
	WISH_ONLY_NEWER, WISH_IGNORE_TIME, WISH_IGNORE_SIZE, WISH_CHECKSUM,
	WISH_NO_RESUME, WISH_NEWER_THAN, WISH_OLDER_THAN, WISH_MIN_SIZE,
	WISH_MAX_SIZE, WISH_SHARD, WISH_NO_RECURSION, WISH_NO_EMPTY_DIRS,
	WISH_NO_SYMLINKS, WISH_PERMS, WISH_REQUIRE, WISH_BACKUP,
	WISH_REMOVE_SOURCE, WISH_DRY_RUN, WISH_VERIFY, WISH_PARALLEL, WISHES
};

/* What a side is like. */
enum nature {
	NATURE_SERVER,		/* not a local disk: follows links, refuses */
	NATURE_BATCH,		/* lists several directories at once */
	NATURE_FOLDS_CASE,	/* names that differ in case or form are one */
	NATURE_DECOMPOSES,	/* stores names in the other normal form */
	NATURE_REPLACES,	/* some characters by '_' */
	NATURE_LOWERS,		/* stores names in small letters */
	NATURE_GRAIN,		/* of times: see world_grain() */
	NATURE_ZONE,		/* listings are so many hours off */
	NATURE_NO_LINKS, NATURE_NO_MODES, NATURE_NO_TIMES,
	NATURE_LINKS_NEED,	/* what they lead to, to be made */
	NATURE_NO_FRACTIONS,	/* of seconds are shown */
	NATURE_MINUTES,		/* are all that listings show */
	NATURE_HIDES_DOTS,	/* listings lack names that begin so */
	NATURE_HIDES,		/* and each so many'th entry, not saying so */
	NATURE_DOUBT,		/* rough listings do, and say that they may */
	NATURE_LINKS_AS_DIRS,	/* a link to a directory is listed as one */
	NATURE_NO_IDENTITY,	/* numbers of files are not told */
	NATURE_NO_DIGEST,
	NATURE_NAME_MAX,	/* longer names are refused */
	NATURE_PIECES,		/* bytes that are read at once */
	NATURE_LATER,		/* looks at a commit until it is ready */
	NATURE_NO_RESUME,	/* files are read from their beginning */
	NATURES
};

/* What a side does; the hooks at which something can go wrong. */
enum deed {
	DEED_LIST, DEED_LOOK, DEED_MAKE_DIR, DEED_REMOVE, DEED_MOVE,
	DEED_LINK, DEED_SET_MODE, DEED_TIME, DEED_DIGEST, DEED_READ,
	DEED_WRITE, DEED_COMMIT, DEEDS
};

enum trouble_kind {
	TROUBLE_REFUSED,	/* for good */
	TROUBLE_LOST,		/* the connection, and nothing was done */
	TROUBLE_LATE,		/* the same, but it was done */
	TROUBLE_NEVER,		/* no answer comes at all */
	TROUBLE_CUT,		/* a listing or file ends early; it shows */
	TROUBLE_SHORT,		/* a file does, and it does not show */
	TROUBLE_VANISHED,	/* another hand was quicker */
	TROUBLE_CHANGED,	/* the same, with another content */
	TROUBLE_FULL,		/* no room from some byte on */
	TROUBLE_KILLED,		/* the run */
	TROUBLES
};

enum { WORLD_TROUBLES = 4, WORLD_RULES = 3 };

struct trouble {
	int side;
	enum deed deed;
	enum trouble_kind kind;
	unsigned nth;		/* of such deeds of that side, from 1 */
	unsigned times;		/* so often from then on */
	unsigned after;		/* bytes or entries */
};

/* -X or -I GLOB. */
struct rule {
	bool include;
	const char *glob;	/* a constant */
};

struct world {
	uint64_t seed;
	struct node *side[SIDES];
	int nature[SIDES][NATURES];
	int wish[WISHES];
	struct trouble trouble[WORLD_TROUBLES];
	size_t ntroubles;
	struct rule rule[WORLD_RULES];
	size_t nrules;
};

struct world *world_new(uint64_t seed);
struct world *world_copy(const struct world *w);
void world_free(struct world *w);
/* As much as one needs to see what went on. */
void world_print(const struct world *w, FILE *fp);
void world_print_tree(const struct node *root, const char *title, FILE *fp);
const char *world_deed_name(enum deed d);
const char *world_trouble_name(enum trouble_kind k);
/* The nature of a side; a disk has none of what only servers do. */
int world_nature(const struct world *w, int side, enum nature n);
/* The grain of a side's times, in nanoseconds. */
int64_t world_grain(const struct world *w, int side);

#endif
