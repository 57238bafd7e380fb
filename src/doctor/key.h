/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The key of a server, whether it is trusted or not. */
#ifndef DOCTOR_KEY_H
#define DOCTOR_KEY_H

#include "base/cancel.h"
#include "base/err.h"
#include "ftp/site.h"
#include "net/probe.h"

/*
 * Connects, twice if need be, and logs in to nothing.  *trust: why it is not
 * trusted, if so.  0 or -1.
 */
int key_look(const struct site *site, struct cancel *cancel,
    struct probe_look *look, struct err *trust, struct err *err);

#endif
