/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/colors.h"

static void
expect(const char *spec, char type, int mode, const char *name,
    const char *want)
{
	struct entry e = { .name = name, .type = type, .mode = mode };
	char *code = colors_of(spec, &e);

	if (want == NULL)
		assert_null(code);
	else
		assert_string_equal(code, want);
	free(code);
}

static void
test_kinds(void **state)
{
	static const char spec[] = "no=0:fi=7:di=1:ln=2:ex=3:su=4:sg=5:tw=6:"
	    "ow=8:st=9:*.gz=10";

	(void)state;
	expect(spec, 'd', 0755, "a", "1");
	expect(spec, 'd', -1, "a.gz", "1");
	expect(spec, 'd', 01777, "a", "6");
	expect(spec, 'd', 0777, "a", "8");
	expect(spec, 'd', 01755, "a", "9");
	expect(spec, 'l', 0777, "a.gz", "2");
	expect(spec, 'f', 0755, "a.gz", "3");
	expect(spec, 'f', 0100, "a", "3");
	expect(spec, 'f', 0010, "a", "3");
	expect(spec, 'f', 0001, "a", "3");
	expect(spec, 'f', 06755, "a", "4");
	expect(spec, 'd', 01775, "a", "9");
	expect(spec, 'd', 0775, "a", "1");
	expect(spec, 'f', 04755, "a", "4");
	expect(spec, 'f', 02755, "a", "5");
	expect(spec, 'f', 0644, "a.gz", "10");
	expect(spec, 'f', 0644, "a", "7");
	expect(spec, 'f', -1, "a", "7");
	expect(spec, 'o', 0644, "a.gz", NULL);
	/* What is not said of the special kind is said of the usual one. */
	expect("di=1:ex=3", 'd', 01777, "a", "1");
	expect("di=1:ex=3", 'f', 04755, "a", "3");
}

static void
test_endings(void **state)
{
	(void)state;
	expect("*.gz=1:*.tar.gz=2", 'f', 0644, "a.tar.gz", "2");
	expect("*.tar.gz=2:*.gz=1", 'f', 0644, "a.tar.gz", "1");
	expect("*.gz=1", 'f', 0644, "A.GZ", "1");
	expect("*.gz=1", 'f', 0644, "gz", NULL);
	expect("*~=1", 'f', 0644, "a~", "1");
	expect("*README=1", 'f', 0644, "README", "1");
	expect("*=1", 'f', 0644, "a", NULL);
}

/* Nothing but digits gets to the terminal. */
static void
test_bad(void **state)
{
	(void)state;
	expect("di=34m\033[2J", 'd', 0755, "a", NULL);
	expect("ln=target", 'l', 0777, "a", NULL);
	expect("di", 'd', 0755, "a", NULL);
	expect("di=", 'd', 0755, "a", NULL);
	expect("di=1:di=", 'd', 0755, "a", NULL);
	expect("", 'd', 0755, "a", NULL);
	expect(":::=1:di=1:", 'd', 0755, "a", "1");
	/* These mean that there is none. */
	expect("di=0", 'd', 0755, "a", NULL);
	expect("fi=0:*.x=3", 'f', 0644, "a", NULL);
	expect("di=10", 'd', 0755, "a", "10");
	expect("di=1;0", 'd', 0755, "a", "1;0");
	expect("d=1", 'd', 0755, "a", NULL);
	expect("dir=1", 'd', 0755, "a", NULL);
	expect("*.gz=00", 'f', 0644, "a.gz", NULL);
	expect(NULL, 'd', 0755, "a", "01;34");
	expect(NULL, 'l', 0777, "a", "01;36");
	expect(NULL, 'f', 0755, "a", "01;32");
	expect(NULL, 'f', 0644, "a", NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_endings),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
