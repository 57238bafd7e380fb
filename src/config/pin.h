/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pins: the SHA-256 of a server key (of its SubjectPublicKeyInfo), written
 * "sha256//BASE64" as curl does, or as 64 hex digits, with or without a
 * colon between the bytes.
 */
#ifndef CONFIG_PIN_H
#define CONFIG_PIN_H

enum { PIN_BYTES = 32 };

/* Decodes one pin into key; 0, or -1 (key unchanged) if text is no pin. */
int pin_decode(const char *text, unsigned char key[PIN_BYTES]);

#endif
