/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The model of the mirror: random trees, options and troubles between two
 * sides in memory.
 *
 *	mirror_model			2,000 seeds, as in make check
 *	mirror_model 100000 1		so many, from seed 1 on
 *	mirror_model 1 4711 -v		one of them, told
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "play.h"
#include "shrink.h"

enum { SEEDS = 2000, FAILURES_MAX = 10 };

/* The invariant that a complaint is about has to stay the same. */
static char kind[16];

static bool
fails(const struct world *w)
{
	char complaint[COMPLAINT_MAX];

	play(w, complaint, NULL);
	return complaint[0] != '\0' && strncmp(complaint + strlen("run 1: "),
	    kind, strlen(kind)) == 0;
}

static void
report(struct world *w, const char *complaint)
{
	char smaller[COMPLAINT_MAX];

	printf("# seed %" PRIu64 ": %s\n", w->seed, complaint);
	snprintf(kind, sizeof(kind), "%.10s", complaint + strlen("run 1: "));
	shrink(w, fails);
	play(w, smaller, NULL);
	printf("# made smaller: %s\n", smaller);
	world_print(w, stdout);
	play(w, smaller, stdout);
	fflush(stdout);
}

/* Whether the mirror does as it should in a world. */
static bool
try_seed(uint64_t seed, bool verbose)
{
	struct world *w = world_new(seed);
	char complaint[COMPLAINT_MAX];

	if (verbose)
		world_print(w, stdout);
	play(w, complaint, verbose ? stdout : NULL);
	if (complaint[0] != '\0')
		report(w, complaint);
	world_free(w);
	return complaint[0] == '\0';
}

int
main(int argc, char **argv)
{
	uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : SEEDS;
	uint64_t from = argc > 2 ? strtoull(argv[2], NULL, 10) : 1, seed;
	bool verbose = argc > 3 && strcmp(argv[3], "-v") == 0;
	int failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("1..1");
	for (seed = from; seed < from + n && failed < FAILURES_MAX; seed++)
		failed += !try_seed(seed, verbose);
	printf("%s 1 - %" PRIu64 " worlds from seed %" PRIu64 "\n",
	    failed == 0 ? "ok" : "not ok", n, from);
	return failed != 0;
}
