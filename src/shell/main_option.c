/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/main_option.h"

#include <string.h>

enum { OPTION_COLUMNS = 26 };

const struct main_option *
main_option_find(const struct main_options *options, int id)
{
	size_t i;

	for (i = 0; i < options->n; i++) {
		if (options->v[i].id == id)
			return &options->v[i];
	}
	return NULL;
}

const struct main_option *
main_option_named(const struct main_options *options, const char *name,
    size_t n)
{
	const struct main_option *o, *found = NULL;
	size_t i, several = 0;

	for (i = 0; i < options->n; i++) {
		o = &options->v[i];
		if (o->name == NULL || strncmp(o->name, name, n) != 0)
			continue;
		if (o->name[n] == '\0')
			return o;
		found = o;
		several++;
	}
	return several == 1 ? found : NULL;
}

void
main_option_getopt(const struct main_options *options,
    const struct option *extra, char letters[MAIN_OPTION_LETTERS],
    struct option *longs)
{
	const struct main_option *o;
	size_t n = 0;

	letters[n++] = '+';
	for (o = options->v; o < options->v + options->n; o++) {
		if (o->id < 256) {
			letters[n++] = (char)o->id;
			if (o->value != NULL)
				letters[n++] = ':';
		}
		if (o->name == NULL)
			continue;
		*longs++ = (struct option){
			.name = o->name,
			.has_arg = o->value != NULL ?
			    required_argument : no_argument,
			.val = o->id,
		};
	}
	letters[n] = '\0';
	*longs++ = *extra;
	*longs = (struct option){ 0 };
}

static void
print_option(FILE *fp, const struct main_option *o)
{
	char text[64];
	size_t n = 0;

	if (o->id < 256)
		n = (size_t)snprintf(text, sizeof(text), "-%c%s", o->id,
		    o->name != NULL ? ", " : "");
	else
		n = (size_t)snprintf(text, sizeof(text), "    ");
	snprintf(text + n, sizeof(text) - n, "%s%s%s%s",
	    o->name != NULL ? "--" : "", o->name != NULL ? o->name : "",
	    o->value != NULL ? " " : "", o->value != NULL ? o->value : "");
	fprintf(fp, "  %-*s %s\n", OPTION_COLUMNS, text, o->help);
}

void
main_option_help(FILE *fp, const struct main_options *options)
{
	size_t i;

	for (i = 0; i < options->n; i++)
		print_option(fp, &options->v[i]);
}
