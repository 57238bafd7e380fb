/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Listings: how they end, how fast they come, and what their times mean. */
#ifndef DOCTOR_LISTINGS_H
#define DOCTOR_LISTINGS_H

#include "doctor/visit.h"

/* Over the login in v, or another one. */
void listings_examine(struct exam *x, struct visit *v);

#endif
