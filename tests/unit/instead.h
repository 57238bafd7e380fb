/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * For tests whose functions stand in place of the C library's.  The test
 * includes the headers of cmocka first.
 */
#ifndef TESTS_UNIT_INSTEAD_H
#define TESTS_UNIT_INSTEAD_H

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>

/* Makes the pointer real that function of the library. */
#define REAL(name) (*(void **)&real = dlsym(RTLD_NEXT, name))

/* Whether to fail now, with the error *with; it is 0 from then on. */
static inline bool
fails_once(int *with)
{
	if (*with == 0)
		return false;
	errno = *with;
	*with = 0;
	return true;
}

#endif
