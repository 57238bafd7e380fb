/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many connections a server grants at once. */
#ifndef DOCTOR_CROWD_H
#define DOCTOR_CROWD_H

#include "doctor/exam.h"

/* Up to eight, which are let go at once. */
void crowd_examine(struct exam *x);

#endif
