/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What answers at the ports of FTP: TLS of either kind, or something else. */
#ifndef DOCTOR_PORT_H
#define DOCTOR_PORT_H

#include "doctor/exam.h"

/*
 * Sets secure and trusted of x; *trust is what the certificate is refused
 * for, if it is.
 */
void port_examine(struct exam *x, struct err *trust);

#endif
