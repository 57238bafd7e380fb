/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "node.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

static void
hang_into(struct node *n, struct node *dir)
{
	struct node **at = &dir->child;

	while (*at != NULL && strcmp((*at)->name, n->name) < 0)
		at = &(*at)->next;
	n->parent = dir;
	n->next = *at;
	*at = n;
}

static void
take_out(struct node *n)
{
	struct node **at;

	if (n->parent == NULL)
		return;
	for (at = &n->parent->child; *at != n;)
		at = &(*at)->next;
	*at = n->next;
	n->parent = n->next = NULL;
}

struct node *
node_new(struct node *dir, const char *name, char type)
{
	struct node *n = xcalloc(1, sizeof(*n));

	n->name = xstrdup(name);
	n->type = type;
	n->mode = type == 'd' ? 0755 : 0644;
	if (dir != NULL)
		hang_into(n, dir);
	return n;
}

void
node_free(struct node *n)
{
	if (n == NULL)
		return;
	take_out(n);
	while (n->child != NULL)
		node_free(n->child);
	free(n->name);
	free(n->data);
	free(n->target);
	free(n);
}

void
node_move(struct node *n, struct node *dir, const char *name)
{
	char *copy = xstrdup(name);

	take_out(n);
	free(n->name);
	n->name = copy;
	hang_into(n, dir);
}

struct node *
node_copy(const struct node *n)
{
	struct node *copy = node_new(NULL, n->name, n->type), *c, **at;
	const struct node *child;

	copy->mtime = n->mtime;
	copy->mode = n->mode;
	copy->number = n->number;
	copy->edition = n->edition;
	node_set_data(copy, n->data, n->size);
	node_set_target(copy, n->target);
	at = &copy->child;
	for (child = n->child; child != NULL; child = child->next) {
		*at = c = node_copy(child);
		c->parent = copy;
		at = &c->next;
	}
	return copy;
}

static struct node *
find_child(const struct node *dir, const char *name, size_t len)
{
	struct node *n;

	for (n = dir->child; n != NULL; n = n->next)
		if (strncmp(n->name, name, len) == 0 && n->name[len] == '\0')
			return n;
	return NULL;
}

struct node *
node_child(const struct node *dir, const char *name)
{
	return find_child(dir, name, strlen(name));
}

struct node *
node_at(const struct node *dir, const char *path)
{
	const struct node *n = dir;
	size_t len;

	while (n != NULL && *(path += strspn(path, "/")) != '\0') {
		len = strcspn(path, "/");
		n = find_child(n, path, len);
		path += len;
	}
	return (struct node *)n;
}

struct node *
node_next(const struct node *root, const struct node *n)
{
	if (n->child != NULL)
		return n->child;
	while (n != root && n->next == NULL)
		n = n->parent;
	return n == root ? NULL : n->next;
}

static void
write_path(const struct node *root, const struct node *n, struct buf *b)
{
	if (n == root)
		return;
	write_path(root, n->parent, b);
	buf_addf(b, "%s%s", n->parent != root ? "/" : "", n->name);
}

char *
node_path(const struct node *root, const struct node *n)
{
	struct buf b = BUF_INIT(BUF_OWN);
	char *path;

	write_path(root, n, &b);
	path = xstrdup(n == root ? "" : b.data);
	buf_release(&b);
	return path;
}

void
node_set_data(struct node *n, const char *data, size_t size)
{
	char *copy = NULL;

	if (size > 0) {
		copy = xmalloc(size);
		memcpy(copy, data, size);
	}
	free(n->data);
	n->data = copy;
	n->size = size;
}

void
node_set_target(struct node *n, const char *target)
{
	free(n->target);
	n->target = target != NULL ? xstrdup(target) : NULL;
}

bool
node_is_like(const struct node *a, const struct node *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == 'l')
		return strcmp(a->target, b->target) == 0;
	return a->type != 'f' || (a->size == b->size &&
	    (a->size == 0 || memcmp(a->data, b->data, a->size) == 0));
}
