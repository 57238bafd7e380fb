/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Data connections: which ways there are, and how their TLS begins. */
#ifndef DOCTOR_LINK_H
#define DOCTOR_LINK_H

#include "doctor/visit.h"

/* Over the login in v.  Whether some way leads to data. */
bool link_examine(struct exam *x, struct visit *v);

#endif
