/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What this program is, and which libraries it works with. */
#ifndef SHELL_VERSION_H
#define SHELL_VERSION_H

#include <stdio.h>

void version_print(FILE *fp);

#endif
