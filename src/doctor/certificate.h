/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The server's certificate: by whom, for what, until when, and its key. */
#ifndef DOCTOR_CERTIFICATE_H
#define DOCTOR_CERTIFICATE_H

#include "doctor/exam.h"

/* trust: what it is refused for, if it is. */
void certificate_examine(struct exam *x, const struct err *trust);

#endif
