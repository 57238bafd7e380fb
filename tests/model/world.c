/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "world.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
	NOW = 1700000000, DAY = 24 * 3600,
	DEPTH = 3, IN_ROOT = 7, IN_DIR = 4,
	SIZE_SMALL = 24, SIZE_LARGE = 3000,
};

/* A number that can be switched on: how often, and up to which value. */
struct knob {
	const char *name;
	unsigned permille;
	unsigned max;
};

static const struct knob wishes[WISHES] = {
	[WISH_DELETE] = { "--delete", 600, 1 },
	[WISH_FORCE] = { "--force", 100, 1 },
	[WISH_DELETE_EXCLUDED] = { "--delete-excluded", 100, 1 },
	[WISH_MAX_DELETE] = { "--max-delete (and 1)", 50, 4 },
	[WISH_MAX_PERCENT] = { "--max-delete %", 30, 60 },
	[WISH_ONLY_NEWER] = { "--only-newer", 60, 1 },
	[WISH_IGNORE_TIME] = { "--ignore-time", 60, 1 },
	[WISH_IGNORE_SIZE] = { "--ignore-size", 40, 1 },
	[WISH_CHECKSUM] = { "--checksum", 60, 1 },
	[WISH_NO_RESUME] = { "--no-continue", 50, 1 },
	[WISH_NEWER_THAN] = { "--newer-than (days before)", 40, 3 },
	[WISH_OLDER_THAN] = { "--older-than (days before)", 40, 3 },
	[WISH_MIN_SIZE] = { "--min-size", 40, SIZE_SMALL },
	[WISH_MAX_SIZE] = { "--max-size", 40, SIZE_SMALL },
	[WISH_SHARD] = { "--shard N/3", 40, 3 },
	[WISH_NO_RECURSION] = { "--no-recursion", 30, 1 },
	[WISH_NO_EMPTY_DIRS] = { "--no-empty-dirs", 60, 1 },
	[WISH_NO_SYMLINKS] = { "--no-symlinks", 60, 1 },
	[WISH_PERMS] = { "--perms", 150, 1 },
	[WISH_REQUIRE] = { "--require a", 30, 1 },
	[WISH_BACKUP] = { "--backup-dir " WORLD_BACKUP, 80, 1 },
	[WISH_REMOVE_SOURCE] = { "--remove-source-files", 120, 1 },
	[WISH_DRY_RUN] = { "--dry-run", 40, 1 },
	[WISH_VERIFY] = { "--verify hash", 40, 1 },
	[WISH_PARALLEL] = { "--parallel (and 1)", 150, 3 },
};

static const struct knob natures[NATURES] = {
	[NATURE_SERVER] = { "server", 500, 1 },
	[NATURE_BATCH] = { "batch", 300, 8 },
	[NATURE_FOLDS_CASE] = { "folds case", 150, 1 },
	[NATURE_DECOMPOSES] = { "decomposes", 80, 1 },
	[NATURE_REPLACES] = { "replaces characters", 80, 1 },
	[NATURE_LOWERS] = { "lowers", 40, 1 },
	[NATURE_GRAIN] = { "grain", 300, 4 },
	[NATURE_ZONE] = { "zone", 100, 14 },
	[NATURE_NO_LINKS] = { "no links", 150, 1 },
	[NATURE_LINKS_NEED] = { "links need", 150, 1 },
	[NATURE_NO_MODES] = { "no modes", 150, 1 },
	[NATURE_NO_TIMES] = { "no times", 80, 1 },
	[NATURE_NO_FRACTIONS] = { "no fractions", 300, 1 },
	[NATURE_MINUTES] = { "minutes", 150, 1 },
	[NATURE_HIDES_DOTS] = { "hides dots", 80, 1 },
	[NATURE_HIDES] = { "hides each n'th", 50, 5 },
	[NATURE_DOUBT] = { "doubt, each n'th", 80, 5 },
	[NATURE_LINKS_AS_DIRS] = { "links as directories", 60, 1 },
	[NATURE_NO_IDENTITY] = { "no identity", 300, 1 },
	[NATURE_NO_DIGEST] = { "no digest", 300, 1 },
	[NATURE_NAME_MAX] = { "name at most", 30, 12 },
	[NATURE_PIECES] = { "pieces of", 300, 64 },
	[NATURE_LATER] = { "ready after", 200, 3 },
	[NATURE_NO_RESUME] = { "no resume", 150, 1 },
};

static const char *const deeds[DEEDS] = {
	[DEED_LIST] = "list", [DEED_LOOK] = "look",
	[DEED_MAKE_DIR] = "make-dir", [DEED_REMOVE] = "remove",
	[DEED_MOVE] = "move", [DEED_LINK] = "link",
	[DEED_SET_MODE] = "set-mode", [DEED_TIME] = "time",
	[DEED_DIGEST] = "digest", [DEED_READ] = "read",
	[DEED_WRITE] = "write", [DEED_COMMIT] = "commit",
};

static const char *const troubles[TROUBLES] = {
	[TROUBLE_REFUSED] = "refused", [TROUBLE_LOST] = "lost",
	[TROUBLE_LATE] = "late", [TROUBLE_NEVER] = "never",
	[TROUBLE_CUT] = "cut", [TROUBLE_SHORT] = "short",
	[TROUBLE_VANISHED] = "vanished",
	[TROUBLE_CHANGED] = "changed", [TROUBLE_FULL] = "full",
	[TROUBLE_KILLED] = "killed",
};

static const char *const names[] = {
	"a", "b", "c", "A", "B", "a.tmp", "b.tmp", "Read", "read", ".dot",
	"x:y", "x_y", "\xc3\xa4", "a\xcc\x88", "\xc3\x84", "long-name-here",
	"old", "d1", "d2", "D1", "e.", "e", " f", "n\nl",
	"a.0123abcd.ftps-part",
};

static const char *const globs[] = {
	"*.tmp", "a", "d1/", "b*", "/a", "d1/a", "old/", "[A-Z]*",
};

static const char *const targets[] = {
	"a", "b", "d1", "../beside", "../beside/a", "/abs", "nowhere", "../..",
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Chance: splitmix64. */
struct chance {
	uint64_t state;
	uint64_t files;		/* so many were made: their contents differ */
};

static uint64_t
draw(struct chance *c)
{
	uint64_t z = (c->state += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static unsigned
below(struct chance *c, size_t n)
{
	return (unsigned)(draw(c) % n);
}

static bool
happens(struct chance *c, unsigned permille)
{
	return below(c, 1000) < permille;
}

/* Contents of which no two are alike. */
static void
fill(struct chance *c, struct node *n)
{
	char data[SIZE_LARGE];
	size_t i, size = below(c, happens(c, 30) ? SIZE_LARGE : SIZE_SMALL);
	int len;

	len = snprintf(data, sizeof(data), "%" PRIu64 ".", ++c->files);
	if (size < (size_t)len)
		size = size < SIZE_SMALL / 8 ? 0 : (size_t)len;
	for (i = (size_t)len; i < size; i++)
		data[i] = (char)('a' + i % 26);
	node_set_data(n, data, size);
}

static struct timespec
some_time(struct chance *c)
{
	struct timespec ts = { .tv_sec = NOW - below(c, 4 * DAY) };

	if (happens(c, 500))
		ts.tv_nsec = (long)below(c, 1000000000);
	return ts;
}

static char
some_type(struct chance *c)
{
	unsigned x = below(c, 100);

	return x < 60 ? 'f' : x < 85 ? 'd' : x < 97 ? 'l' : 'o';
}

static struct node *
new_entry(struct chance *c, struct node *dir, const char *name, char type)
{
	struct node *n = node_new(dir, name, type);

	n->mtime = some_time(c);
	if (type == 'f')
		fill(c, n);
	else if (type == 'l')
		node_set_target(n, targets[below(c, COUNT(targets))]);
	if (type != 'l' && happens(c, 300))
		n->mode = type == 'd' ? 0700 : 0600;
	return n;
}

static void
grow(struct chance *c, struct node *dir, unsigned max, unsigned depth)
{
	const char *name;
	struct node *n;
	unsigned i, many = below(c, max + 1);

	for (i = 0; i < many; i++) {
		name = names[below(c, COUNT(names))];
		if (node_child(dir, name) != NULL)
			continue;
		n = new_entry(c, dir, name, some_type(c));
		if (n->type == 'd' && depth > 1)
			grow(c, n, IN_DIR, depth - 1);
	}
}

/* What a target has of an entry that it got in some earlier run. */
static void
age(struct chance *c, struct node *n)
{
	unsigned x = below(c, 10);
	struct node *dir = n->parent;
	char *name;

	if (x < 4)
		return;
	if (x == 4) {
		n->mtime = some_time(c);
	} else if (x == 5 && n->type == 'f') {
		fill(c, n);
	} else if (x == 6) {
		n->mode ^= 0044;
	} else if (x == 7) {
		name = xstrdup(n->name);
		node_free(n);
		n = new_entry(c, dir, name, some_type(c));
		free(name);
	} else if (x > 7) {
		node_free(n);
	}
}

static void
age_all(struct chance *c, struct node *dir)
{
	struct node *n, *next;

	for (n = dir->child; n != NULL; n = next) {
		next = n->next;
		if (n->type == 'd')
			age_all(c, n);
		age(c, n);
	}
	grow(c, dir, 1, 1);
}

static struct node *
make_side(struct chance *c)
{
	struct node *root = node_new(NULL, "", 'd'), *dir;

	node_new(root, WORLD_ROOT, 'd');
	dir = node_new(root, WORLD_BESIDE, 'd');
	new_entry(c, dir, "a", 'f');
	new_entry(c, dir, "d1", 'd');
	new_entry(c, node_child(dir, "d1"), "a", 'f');
	return root;
}

static void
plant(struct chance *c, struct world *w)
{
	struct node *from, *to, *copy;

	w->side[FROM] = make_side(c);
	w->side[TO] = make_side(c);
	from = node_at(w->side[FROM], WORLD_ROOT);
	to = node_at(w->side[TO], WORLD_ROOT);
	if (!happens(c, 30))
		grow(c, from, IN_ROOT, DEPTH);
	if (happens(c, 100)) {
		node_free(to);
		return;
	}
	if (happens(c, 700)) {
		copy = node_copy(from);
		node_free(to);
		node_move(copy, w->side[TO], WORLD_ROOT);
		age_all(c, copy);
	} else {
		grow(c, to, IN_ROOT, DEPTH);
	}
}

static void
number_all(struct node *root, uint64_t *number)
{
	struct node *n;

	for (n = root; n != NULL; n = node_next(root, n))
		n->number = n->edition = ++*number;
}

static void
turn(struct chance *c, const struct knob *k, size_t n, int *value)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (happens(c, k[i].permille))
			value[i] = (int)(1 + below(c, k[i].max));
}

static void
trouble(struct chance *c, struct trouble *t)
{
	static const enum deed likely[] = {
		DEED_LIST, DEED_READ, DEED_WRITE, DEED_COMMIT, DEED_REMOVE,
	};

	t->side = (int)below(c, SIDES);
	t->deed = happens(c, 600) ? likely[below(c, COUNT(likely))] :
	    (enum deed)below(c, DEEDS);
	t->kind = (enum trouble_kind)below(c, TROUBLES);
	t->nth = 1 + below(c, 6);
	t->times = happens(c, 700) ? 1 : 1 + below(c, 20);
	t->after = below(c, SIZE_SMALL);
}

struct world *
world_new(uint64_t seed)
{
	struct world *w = xcalloc(1, sizeof(*w));
	struct chance c = { .state = seed };
	uint64_t number = 0;

	w->seed = seed;
	plant(&c, w);
	number_all(w->side[FROM], &number);
	number_all(w->side[TO], &number);
	turn(&c, wishes, WISHES, w->wish);
	turn(&c, natures, NATURES, w->nature[FROM]);
	turn(&c, natures, NATURES, w->nature[TO]);
	if (happens(&c, 500))
		w->ntroubles = 1 + below(&c, WORLD_TROUBLES);
	for (size_t i = 0; i < w->ntroubles; i++)
		trouble(&c, &w->trouble[i]);
	if (happens(&c, 250))
		w->nrules = 1 + below(&c, WORLD_RULES);
	for (size_t i = 0; i < w->nrules; i++)
		w->rule[i] = (struct rule){ happens(&c, 300),
			globs[below(&c, COUNT(globs))] };
	return w;
}

struct world *
world_copy(const struct world *w)
{
	struct world *copy = xmalloc(sizeof(*copy));

	*copy = *w;
	copy->side[FROM] = node_copy(w->side[FROM]);
	copy->side[TO] = node_copy(w->side[TO]);
	return copy;
}

void
world_free(struct world *w)
{
	if (w == NULL)
		return;
	node_free(w->side[FROM]);
	node_free(w->side[TO]);
	free(w);
}

static void
print_name(const char *s, FILE *fp)
{
	for (; *s != '\0'; s++)
		if (*s > ' ' && *s < 0x7f)
			fputc(*s, fp);
		else
			fprintf(fp, "\\%03o", (unsigned char)*s);
}

static void
print_node(const struct node *root, const struct node *n, FILE *fp)
{
	const struct node *up;

	for (up = n; up != root; up = up->parent)
		fputs("  ", fp);
	print_name(n->name, fp);
	if (n->type == 'f')
		fprintf(fp, ": %zu \"%.*s\"", n->size,
		    (int)(n->size < 12 ? n->size : 12),
		    n->size > 0 ? n->data : "");
	else if (n->type == 'l')
		fprintf(fp, " -> %s", n->target);
	else
		fputs(n->type == 'd' ? "/" : " (other)", fp);
	fprintf(fp, "  #%" PRIu64 " %03o %+" PRId64 ".%09ld\n", n->number,
	    (unsigned)n->mode, (int64_t)n->mtime.tv_sec - NOW,
	    n->mtime.tv_nsec);
}

void
world_print_tree(const struct node *root, const char *title, FILE *fp)
{
	const struct node *n;

	fprintf(fp, "%s:\n", title);
	for (n = node_next(root, root); n != NULL; n = node_next(root, n))
		print_node(root, n, fp);
}

static void
print_knobs(const char *title, const struct knob *k, size_t n,
    const int *value, FILE *fp)
{
	size_t i;

	fputs(title, fp);
	for (i = 0; i < n; i++)
		if (value[i] != 0)
			fprintf(fp, " [%s %d]", k[i].name, value[i]);
	fputc('\n', fp);
}

const char *
world_deed_name(enum deed d)
{
	return deeds[d];
}

const char *
world_trouble_name(enum trouble_kind k)
{
	return troubles[k];
}

int
world_nature(const struct world *w, int side, enum nature n)
{
	static const bool of_servers[NATURES] = {
		[NATURE_LOWERS] = true, [NATURE_ZONE] = true,
		[NATURE_MINUTES] = true, [NATURE_HIDES_DOTS] = true,
		[NATURE_HIDES] = true, [NATURE_DOUBT] = true,
		[NATURE_LINKS_AS_DIRS] = true, [NATURE_NO_TIMES] = true,
		[NATURE_LINKS_NEED] = true, [NATURE_LATER] = true,
		[NATURE_NO_RESUME] = true,
		[NATURE_NO_IDENTITY] = true, [NATURE_NO_DIGEST] = true,
		[NATURE_NO_FRACTIONS] = true, [NATURE_NO_MODES] = true,
	};

	return of_servers[n] && w->nature[side][NATURE_SERVER] == 0 ? 0 :
	    w->nature[side][n];
}

int64_t
world_grain(const struct world *w, int side)
{
	static const int64_t grains[] = {
		1, 1000, 1000000000, 2 * INT64_C(1000000000),
		60 * INT64_C(1000000000),
	};

	return grains[world_nature(w, side, NATURE_GRAIN)];
}

void
world_print(const struct world *w, FILE *fp)
{
	const struct trouble *t;
	size_t i;

	fprintf(fp, "seed %" PRIu64 "\n", w->seed);
	print_knobs("mirror", wishes, WISHES, w->wish, fp);
	for (i = 0; i < w->nrules; i++)
		fprintf(fp, "  -%c %s\n", w->rule[i].include ? 'I' : 'X',
		    w->rule[i].glob);
	print_knobs("from:", natures, NATURES, w->nature[FROM], fp);
	print_knobs("to:", natures, NATURES, w->nature[TO], fp);
	for (i = 0; i < w->ntroubles; i++) {
		t = &w->trouble[i];
		fprintf(fp, "trouble: %s: %s %u (%u times, after %u): %s\n",
		    t->side == FROM ? "from" : "to", deeds[t->deed], t->nth,
		    t->times, t->after, troubles[t->kind]);
	}
	world_print_tree(w->side[FROM], "from", fp);
	world_print_tree(w->side[TO], "to", fp);
}
