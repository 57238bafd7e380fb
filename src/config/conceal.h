/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What within a longer text is a secret by its form: the password in a URL,
 * the PIN in a pkcs11: URI.  Pure.
 */
#ifndef CONFIG_CONCEAL_H
#define CONFIG_CONCEAL_H

#include <stdbool.h>
#include <stddef.h>

/* The first one, *n bytes of text, or NULL. */
const char *conceal_find(const char *text, size_t *n);
/* Overwrites all by 'x's; whether there was one. */
bool conceal_wipe(char *text);
/* A copy with "****" in place of each, for messages; the caller frees it. */
char *conceal_copy(const char *text);

#endif
