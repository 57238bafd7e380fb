/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * For scripts/coverage: a program that ends by a signal of its own, or by
 * _exit(), writes its counters too.  To be linked with
 * -Wl,--wrap=raise,--wrap=_exit.
 */
#include <stdlib.h>

void __gcov_dump(void);
int __real_raise(int);
int __wrap_raise(int);
_Noreturn void __real__exit(int);
_Noreturn void __wrap__exit(int);

int
__wrap_raise(int sig)
{
	__gcov_dump();
	return __real_raise(sig);
}

void
__wrap__exit(int status)
{
	__gcov_dump();
	__real__exit(status);
}
