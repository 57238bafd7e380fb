/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command df. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ftp/space.h"
#include "shell/cmd_all.h"
#include "shell/names.h"
#include "shell/run.h"

enum { KIB = 1024, SIZE_TEXT = 16 };

static void
print_words(struct run *run, const char *words)
{
	size_t n;

	for (; *words != '\0'; words += n + (words[n] == '\n')) {
		n = strcspn(words, "\n");
		if (run_is_terminal(run)) {
			struct buf b = BUF_INIT(BUF_OWN);

			text_escape(&b, words, n);
			fputs(b.data, run->out);
			buf_release(&b);
		} else {
			fwrite(words, 1, n, run->out);
		}
		putc('\n', run->out);
	}
}

static int
df_one(struct run *run, const struct glob_name *name, void *ctx,
    struct err *err)
{
	const struct args *a = ctx;
	char text[SIZE_TEXT], *words;
	int64_t bytes = 0;
	int rc;

	rc = space_left(run->session, name->path, &bytes, &words, err);
	if (rc == 0)
		return err_set(err, ERR_REFUSED, "the server does not tell "
		    "how much room it has (no AVBL, no SITE DF)");
	if (rc < 0)
		return refusal_explain(run->session, &(struct refusal){
		    .act = REFUSAL_LIST, .path = name->path }, err);
	if (words != NULL) {
		print_words(run, words);
		free(words);
		return 0;
	}
	if (args_has(a, 'h'))
		fprintf(run->out, "%s\t", text_size(text, sizeof(text),
		    (uint64_t)bytes));
	else
		fprintf(run->out, "%" PRId64 "\t", bytes / KIB);
	run_print_name(run, name->path);
	putc('\n', run->out);
	return 0;
}

static int
run_df(struct run *run, const struct args *a, struct err *err)
{
	struct glob_result r = { 0 };
	bool go_on = names_expand(run, a, 0, a->n, &r);

	if (a->n == 0)
		names_add(&r, ".");
	if (go_on)
		names_call(run, &r, df_one, (void *)a);
	glob_release(&r);
	return run_result(run, err);
}

static const struct cmd_option df_options[] = {
	{ 'h', "human-readable", ARG_NONE, NULL, "as 1.5K, 23M" },
	{ 0 }
};

const struct cmd cmd_df = {
	.name = "df",
	.options = df_options,
	.min = 0, .max = -1, .first = ARG_REMOTE_DIR, .rest = ARG_REMOTE_DIR,
	.flags = CMD_SERVER,
	.usage = "df [-h] [DIR]...",
	.summary = "Show how much can still be written, in KiB (AVBL, SITE "
	    "DF)",
	.run = run_df,
};
