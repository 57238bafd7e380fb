/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the server's name has addresses, and whether each can be reached. */
#ifndef DOCTOR_REACH_H
#define DOCTOR_REACH_H

#include "doctor/exam.h"

/* Whether there is any use in going on. */
bool reach_examine(struct exam *x);

#endif
