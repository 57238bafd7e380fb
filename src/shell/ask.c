/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/ask.h"

#include <stdlib.h>

#include "base/mem.h"
#include "shell/shell.h"

/* The site keeps the answer, so that reconnecting does not ask again. */
static int
ask_password(void *ctx, struct err *err)
{
	struct shell *sh = ctx;
	struct site *site = sh->site;
	char *prompt;
	int rc;

	prompt = site->set.port == 0 ?
	    xasprintf("Password for %s@%s: ", site->set.user, site->name) :
	    xasprintf("Password for %s@%s, port %d: ", site->set.user,
	    site->name, site->set.port);
	rc = tasks_ask_secret(sh->tasks, prompt, &site->password, err);
	sh->asked = rc == 0;
	free(prompt);
	return rc;
}

static int
ask_further(void *ctx, const char *words, struct secret *answer,
    struct err *err)
{
	struct shell *sh = ctx;
	char *prompt = xasprintf("%s asks: %s: ", sh->site->name, words);
	int rc = tasks_ask_secret(sh->tasks, prompt, answer, err);

	free(prompt);
	return rc;
}

struct login_ask
ask_person(struct shell *sh)
{
	return (struct login_ask){
		.ctx = sh, .password = ask_password, .further = ask_further,
	};
}
