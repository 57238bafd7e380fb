/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/imported.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Patterns, blanks and what URLs are made of would mean something else. */
static char *
plain_name(const char *name)
{
	char *plain = xstrdup(*name != '\0' ? name : "site"), *p;

	for (p = plain; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("._-", *p) == NULL &&
		    (unsigned char)*p < 0x80)
			*p = '-';
	return plain;
}

static bool
is_taken(const struct imported *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (strcmp(list->v[i].name, name) == 0)
			return true;
	return false;
}

struct imported_site *
imported_add(struct imported *list, const char *name)
{
	struct imported_site *s;
	char *plain = plain_name(name), *other;
	int i;

	for (i = 2; is_taken(list, plain); i++) {
		other = plain_name(name);
		free(plain);
		plain = xasprintf("%s-%d", other, i);
		free(other);
	}
	list->v = xreallocarray(list->v, list->n + 1, sizeof(*list->v));
	s = &list->v[list->n++];
	*s = (struct imported_site){ .name = plain };
	settings_init(&s->set);
	return s;
}

void
imported_set(struct imported_site *s, const char *name, const char *value)
{
	struct err ignored = ERR_INIT;

	if (value != NULL && *value != '\0')
		(void)option_set(&s->set, name, value, &ignored);
}

static void
release(struct imported_site *s)
{
	settings_release(&s->set);
	free(s->name);
}

void
imported_end(struct imported *list)
{
	struct imported_site *s = &list->v[list->n - 1];

	if (!s->foreign && s->set.host != NULL)
		return;
	list->left++;
	list->n--;
	release(s);
}

void
imported_release(struct imported *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		release(&list->v[i]);
	free(list->v);
	*list = (struct imported){ 0 };
}
