/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which versions of TLS and which ciphers a server takes. */
#ifndef DOCTOR_OFFERS_H
#define DOCTOR_OFFERS_H

#include "doctor/exam.h"

void offers_examine(struct exam *x);

#endif
