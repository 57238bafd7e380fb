/* SPDX-License-Identifier: GPL-3.0-or-later */
extern unsigned char *mutate_ran;
#define MUTATE_RAN(n)	((void)(mutate_ran[n] = 1))
