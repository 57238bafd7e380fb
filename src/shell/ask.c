/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/ask.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "shell/shell.h"

enum { CLAIM_SHOWN = 60 };

/*
 * The site keeps the answer, so that reconnecting does not ask again.  It is
 * the shell's, or a job's that went on with it; only one thread logs in to it.
 */
static struct site *
answered(const struct site *site)
{
	return (struct site *)site;
}

static int
ask_password(void *ctx, const struct site *site, struct err *err)
{
	struct shell *sh = ctx;
	struct secret *password = &answered(site)->password;
	char *prompt;
	int rc;

	prompt = site->set.port == 0 ?
	    xasprintf("Password for %s@%s: ", site->set.user, site->name) :
	    xasprintf("Password for %s@%s, port %d: ", site->set.user,
	    site->name, site->set.port);
	rc = tasks_ask_secret(sh->tasks, prompt, password, err);
	answered(site)->typed = rc == 0;
	free(prompt);
	/* Ctrl-D, or return alone: whoever means that has "-u USER,". */
	if (rc == 0 && password->text[0] == '\0') {
		secret_release(password);
		return err_set(err, ERR_LOGIN, "no password was typed");
	}
	return rc;
}

/* The local name, if nothing else is typed. */
static int
ask_user(void *ctx, const struct site *site, struct err *err)
{
	struct shell *sh = ctx;
	const struct passwd *pw = getpwuid(getuid());
	const char *local = pw != NULL ? pw->pw_name : "anonymous";
	char line[256], *prompt;
	bool given;

	prompt = xasprintf("User at %s [%s]:", site->name, local);
	given = tasks_ask_line(sh->tasks, prompt, line, sizeof(line));
	free(prompt);
	if (!given)
		return err_set(err, ERR_LOGIN, "nobody is to log in");
	if (option_set(&answered(site)->set, "user", line[0] != '\0' ? line :
	    local, err) != 0)
		return -1;
	if (strcmp(site->set.user, "anonymous") == 0)
		secret_set(&answered(site)->password, "anonymous@");
	return 0;
}

/*
 * What a certificate says of itself, on one line: blanks must not make it
 * look like lines of ours.  The caller frees it.
 */
static char *
claimed(const char *text)
{
	char *line = xmalloc(CLAIM_SHOWN + 1);
	size_t n = 0;

	for (; *text != '\0' && n < CLAIM_SHOWN; text++)
		if (*text != ' ' || text[1] != ' ')
			line[n++] = *text;
	if (*text != '\0')
		memset(line + n - 3, '.', 3);
	line[n] = '\0';
	return line;
}

static enum login_trust
ask_trust(void *ctx, const struct site *site,
    const struct tls_cert_info *info)
{
	struct shell *sh = ctx;
	char *subject = claimed(info->subject), *names = claimed(info->names);
	char *issuer = claimed(info->issuer);
	char from[32], until[32], line[16], *question;
	enum login_trust answer = LOGIN_TRUST_NO;

	clock_format_rfc3339((struct timespec){ .tv_sec = info->not_before },
	    from, sizeof(from));
	clock_format_rfc3339((struct timespec){ .tv_sec = info->not_after },
	    until, sizeof(until));
	question = xasprintf("Nobody that is trusted here vouches for %s.\n"
	    "  certificate  %s\n  for          %s\n  issued by    %s\n"
	    "  good         from %.10s to %.10s\n  pin          %s\n"
	    "Is that the server's pin?  yes, and it is kept; once; or no:",
	    site->name, subject, names, issuer, from, until, info->pin);
	free(subject);
	free(names);
	free(issuer);
	while (answer == LOGIN_TRUST_NO && tasks_ask_line(sh->tasks, question,
	    line, sizeof(line)) && strcmp(line, "no") != 0) {
		if (strcmp(line, "yes") == 0 || strcmp(line, "always") == 0)
			answer = LOGIN_TRUST_ALWAYS;
		else if (strcmp(line, "once") == 0)
			answer = LOGIN_TRUST_ONCE;
		else
			strlcpy(question, "Type yes, once or no:",
			    strlen(question) + 1);
	}
	free(question);
	return answer;
}

/* Only what was typed can have been mistyped. */
static bool
ask_again(void *ctx, const struct site *site, const struct err *why)
{
	struct shell *sh = ctx;

	if (!site->typed || !tasks_can_ask(sh->tasks))
		return false;
	observe_warning(sh->obs, "%s: %s", site->name, why->msg);
	secret_release(&answered(site)->password);
	return true;
}

static int
ask_further(void *ctx, const struct site *site, const char *words,
    struct secret *answer, struct err *err)
{
	struct shell *sh = ctx;
	char *prompt = xasprintf("%s asks: %s: ", site->name, words);
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
