/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Trees in memory: what a side of a model holds, and what its oracle
 * remembers of it.
 *
 *	root = node_new(NULL, "", 'd');
 *	n = node_new(root, "a", 'f');
 *	n = node_at(root, "dir/a");
 *	node_free(root);
 */
#ifndef TESTS_MODEL_NODE_H
#define TESTS_MODEL_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct node {
	struct node *parent;
	struct node *next;	/* beside it, sorted by name (strcmp) */
	struct node *child;	/* the first in it */
	char *name;
	char type;		/* 'f' 'd' 'l' 'o' */
	char *data;		/* of a file */
	size_t size;
	struct timespec mtime;
	int mode;
	char *target;		/* of a link */
	uint64_t number;	/* which one it is, as an inode's */
	uint64_t edition;	/* another whenever anything of it changes */
};

/* In dir, where no such name is, unless NULL. */
struct node *node_new(struct node *dir, const char *name, char type);
/* Takes it, with what is in it, out of its directory, and frees it. */
void node_free(struct node *n);
/* The same and puts it elsewhere, under another name. */
void node_move(struct node *n, struct node *dir, const char *name);
/* All of it, in no directory; numbers stay. */
struct node *node_copy(const struct node *n);
/* Under this very name, or NULL; path is relative to dir, "" itself. */
struct node *node_child(const struct node *dir, const char *name);
struct node *node_at(const struct node *dir, const char *path);
/* What follows when a tree is walked through, from above; NULL at its end. */
struct node *node_next(const struct node *root, const struct node *n);
/* Relative to root, "" itself.  The caller frees it. */
char *node_path(const struct node *root, const struct node *n);
void node_set_data(struct node *n, const char *data, size_t size);
void node_set_target(struct node *n, const char *target);
/* Type and content or target; of a directory's children nothing. */
bool node_is_like(const struct node *a, const struct node *b);

#endif
