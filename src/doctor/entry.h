/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The login, its protection, and what the server says it can do. */
#ifndef DOCTOR_ENTRY_H
#define DOCTOR_ENTRY_H

#include "doctor/visit.h"

/*
 * Logs in, and leaves the connection in v, to be ended by the caller in any
 * case.  False: the server does not let us in.
 */
bool entry_examine(struct exam *x, struct visit *v);
/* Logs in once more if the connection was lost: 0 or -1. */
int entry_again(struct exam *x, struct visit *v, struct err *err);

#endif
