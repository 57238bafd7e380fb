/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names with a leading dot that a target's listings hide: sent they are there,
 * and would be sent again each time.  Commands that name them tell.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "base/path.h"
#include "transfer/mirror_in.h"

/* What would be sent, if the server did not have it already. */
static bool
is_candidate(const struct mirror *m, const char *dir,
    const struct plan_entry *e, const struct side_list *target)
{
	return e->name[0] == '.' && (e->type == 'f' || e->type == 'd') &&
	    !path_is_part(e->name) &&
	    !plan_filters_out(dir, e->name, e->type, m->o) &&
	    !plan_is_elsewhere(dir, e->name, e->type, m->o) &&
	    side_list_find(target, e->name) == NULL;
}

void
mirror_hidden_find(struct mirror *m, struct worker *w, const char *dir,
    const struct side_list *source, struct side_list *target)
{
	struct side *to = m->to;
	struct plan_entry *e;
	struct err ignored = ERR_INIT;
	size_t i, n = 0, found = 0;

	if (to->ops->find_hidden == NULL || to->ops->shows_dots(to, target))
		return;
	e = xcalloc(source->n + 1, sizeof(*e));
	for (i = 0; i < source->n; i++)
		if (is_candidate(m, dir, &source->entry[i], target))
			e[n++] = (struct plan_entry){
				.name = source->entry[i].name,
				.type = source->entry[i].type, .size = -1,
				.mode = -1, .hidden = true,
			};
	if (n > 0 && to->ops->find_hidden(to, w, dir, e, n, &ignored) == 0) {
		target->entry = xreallocarray(target->entry, target->n + n,
		    sizeof(*e));
		for (i = 0; i < n; i++)
			if (e[i].type != 0)
				target->entry[target->n + found++] = e[i];
		target->n += found;
		side_list_sort(target);
	}
	free(e);
}

void
mirror_hidden_tell(struct mirror *m, const char *path)
{
	bool first;

	pthread_mutex_lock(&m->lock);
	first = !m->warned_hidden;
	m->warned_hidden = true;
	m->sum->warned += first;
	pthread_mutex_unlock(&m->lock);
	if (first)
		observe_warning(m->obs, "%s: on the server, though its "
		    "listings hide names with a leading dot; such names are "
		    "compared one by one, not counted and never deleted",
		    path);
}
