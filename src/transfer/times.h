/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Times that do not come back as they were set: a file system of even
 * seconds or of minutes, a listing in local time beside an MDTM in UTC,
 * fractions that one side has and the other has not.  What one trial shows of
 * that explains others.  Pure.
 */
#ifndef TRANSFER_TIMES_H
#define TRANSFER_TIMES_H

#include <stdbool.h>
#include <time.h>

#include "listing/listing.h"

/* What becomes of a time that is set. */
struct time_model {
	bool known;
	time_t offset[2];	/* may be one: winter's and summer's */
	time_t grain;
	bool fraction;		/* of a second is shown that nobody set */
};

/* How a time came: in a listing, without seconds, or by MDTM. */
enum time_reading { READ_LISTED, READ_COARSE, READ_ASKED, TIME_READINGS };

struct reading {
	enum time_reading by;
	struct timespec time;
	enum time_precision precision;
};

/* How far b is from a: whole quarter-hours, and what is left. */
void times_apart(time_t a, time_t b, time_t *offset, time_t *rest);
/* Whether one may be what became of the other; p: of a day, or better. */
bool times_may_be(struct timespec a, struct timespec b,
    enum time_precision p);
/*
 * One in the same minute that even seconds and whole minutes each make
 * something else of: it is odd, and far from both ends.
 */
time_t times_telling(time_t t);
/* What a telling time that was set, and how it came back, tell. */
void times_learn(struct time_model *tm, struct timespec set,
    struct timespec got);
/* Whether set would come back as got. */
bool times_explain(const struct time_model *tm, struct timespec set,
    struct timespec got, enum time_precision p);
/* The same with the offset given. */
bool times_explain_by(const struct time_model *tm, time_t offset,
    struct timespec set, struct timespec got, enum time_precision p);

#endif
