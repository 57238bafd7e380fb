/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A site as a block of the configuration (config/conf.h reads it). */
#ifndef SHELL_BLOCK_H
#define SHELL_BLOCK_H

#include "base/buf.h"
#include "config/option.h"

/*
 * Appends "site NAME" and what was set of where it is, who logs in and how
 * that is protected, and how many connections; no secrets.
 */
void block_add(struct buf *out, const char *name, const struct settings *set);
/* The same for others to see: without the PIN of a pkcs11: URI, too. */
void block_show(struct buf *out, const char *name, const struct settings *set);

#endif
