/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings of ours that take protection away. */
#ifndef DOCTOR_OURS_H
#define DOCTOR_OURS_H

#include "doctor/exam.h"

void ours_examine(struct exam *x);

#endif
