/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/ask.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
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
	/* Ctrl-D, or return alone: whoever means that has "-u USER,". */
	if (rc == 0 && site->password.text[0] == '\0') {
		secret_release(&site->password);
		return err_set(err, ERR_LOGIN, "no password was typed");
	}
	return rc;
}

/* The local name, if nothing else is typed. */
static int
ask_user(void *ctx, struct err *err)
{
	struct shell *sh = ctx;
	struct site *site = sh->site;
	const struct passwd *pw = getpwuid(getuid());
	const char *local = pw != NULL ? pw->pw_name : "anonymous";
	char line[256], *prompt;
	bool given;

	prompt = xasprintf("User at %s [%s]:", site->name, local);
	given = tasks_ask_line(sh->tasks, prompt, line, sizeof(line));
	free(prompt);
	if (!given)
		return err_set(err, ERR_LOGIN, "nobody is to log in");
	if (option_set(&site->set, "user", line[0] != '\0' ? line : local,
	    err) != 0)
		return -1;
	if (strcmp(site->set.user, "anonymous") == 0)
		secret_set(&site->password, "anonymous@");
	return 0;
}

static enum login_trust
ask_trust(void *ctx, const struct tls_cert_info *info)
{
	struct shell *sh = ctx;
	char from[32], until[32], line[16], *question;
	enum login_trust answer = LOGIN_TRUST_NO;
	bool given;

	clock_format_rfc3339((struct timespec){ .tv_sec = info->not_before },
	    from, sizeof(from));
	clock_format_rfc3339((struct timespec){ .tv_sec = info->not_after },
	    until, sizeof(until));
	question = xasprintf("Nobody that is trusted here vouches for %s.\n"
	    "  certificate  %s\n  for          %s\n  issued by    %s\n"
	    "  good         from %.10s to %.10s\n  pin          %s\n"
	    "Is that the server's pin?  yes, and it is kept; once; or no:",
	    sh->site->name, info->subject, info->names, info->issuer, from,
	    until, info->pin);
	do {
		given = tasks_ask_line(sh->tasks, question, line,
		    sizeof(line));
		if (strcmp(line, "yes") == 0 || strcmp(line, "always") == 0)
			answer = LOGIN_TRUST_ALWAYS;
		else if (strcmp(line, "once") == 0)
			answer = LOGIN_TRUST_ONCE;
		else if (given && strcmp(line, "no") != 0)
			strlcpy(question, "Type yes, once or no:",
			    strlen(question) + 1);
	} while (given && answer == LOGIN_TRUST_NO && strcmp(line, "no") != 0);
	free(question);
	return answer;
}

/* Only what was typed can have been mistyped. */
static bool
ask_again(void *ctx, const struct err *why)
{
	struct shell *sh = ctx;

	if (!sh->asked || !tasks_can_ask(sh->tasks))
		return false;
	observe_warning(sh->obs, "%s: %s", sh->site->name, why->msg);
	secret_release(&sh->site->password);
	return true;
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
		.ctx = sh, .trust = ask_trust, .user = ask_user,
		.password = ask_password, .again = ask_again,
		.further = ask_further,
	};
}
