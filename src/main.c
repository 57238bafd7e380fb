/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line: what is to be run, on which site, and how it ends. */
#include <sys/stat.h>

#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/process.h"
#include "config/conceal.h"
#include "config/conf.h"
#include "config/url.h"
#include "shell/check.h"
#include "shell/commands.h"
#include "shell/complete_argv.h"
#include "shell/complete_names.h"
#include "shell/completion_script.h"
#include "shell/foreign.h"
#include "shell/main_option.h"
#include "shell/passwords.h"
#include "shell/shell.h"
#include "shell/version.h"

/* Options without a letter. */
enum {
	PASSIVE = 256, PASSWORD_FILE, PIN, CACERT, CERT, KEY, DEADLINE,
	NO_GLOB, JSON, PROGRESS, COMPLETION, PASSWORD,
};

static const struct main_option options[] = {
	{ 'b', "batch", "FILE", NULL, NULL,
	    "run the commands in FILE (- is standard input)" },
	{ 'f', NULL, "FILE", NULL, NULL, "the same, as lftp calls it" },
	{ 'c', "command", "COMMANDS", NULL, NULL, "run these and end" },
	{ 'e', "execute", "COMMANDS", NULL, NULL,
	    "run these, then the interactive shell" },
	{ 'u', "user", "USER", NULL, NULL, "login name" },
	{ 'p', "port", "PORT", "port", NULL, "control port" },
	{ PASSWORD_FILE, "password-file", "FILE", NULL, NULL,
	    "its first line is the password (-: standard input)" },
	{ 'A', "active", NULL, "mode", "active",
	    "the server opens data connections" },
	{ PASSIVE, "passive", NULL, "mode", "passive",
	    "we open data connections (the default)" },
	{ '4', NULL, NULL, "address-family", "ipv4", "IPv4 only" },
	{ '6', NULL, NULL, "address-family", "ipv6", "IPv6 only" },
	{ PIN, "pin", "PIN", "pin", NULL,
	    "the server's key: sha256//BASE64 or 64 hex digits" },
	{ CACERT, "cacert", "FILE", "ca-file", NULL,
	    "trust anchors (PEM) instead of the system's" },
	{ CERT, "cert", "FILE", "cert", NULL,
	    "our certificate: PEM, PKCS#12 or a pkcs11: URI" },
	{ KEY, "key", "FILE", "key", NULL, "its key, if not in the same file" },
	{ 'k', "insecure", NULL, NULL, NULL,
	    "do not check the server's certificate" },
	{ 'o', NULL, "NAME=VALUE", NULL, NULL, "any setting" },
	{ 'F', NULL, "FILE", NULL, NULL,
	    "configuration, not the user's and the system's" },
	{ 'j', "connections", "N", "connections", NULL,
	    "parallel connections for transfers" },
	{ DEADLINE, "deadline", "TIME", "deadline", NULL,
	    "end by then with status 3: 30m, 2h, 06:00" },
	{ NO_GLOB, "no-glob", NULL, "glob", "no", "names are literal" },
	{ JSON, "json", NULL, NULL, NULL,
	    "events as JSON on standard output" },
	{ 'q', "quiet", NULL, NULL, NULL, "only errors" },
	{ 'v', "verbose", NULL, NULL, NULL,
	    "the dialogue on standard error; twice: TLS, too" },
	{ PROGRESS, "progress", "WHEN", "progress", NULL,
	    "auto (on a terminal), always, never" },
	{ COMPLETION, "completion", "SHELL", NULL, NULL,
	    "print the completion script for bash, zsh or fish" },
	{ 'V', "version", NULL, NULL, NULL, "print the version" },
	{ 'h', "help", NULL, NULL, NULL, "print this" },
};

enum { NOPTIONS = sizeof(options) / sizeof(options[0]) };

static const struct main_options all_options = { options, NOPTIONS };

/* Not to be taken for the beginning of --password-file. */
static const struct option no_option = {
	"password", required_argument, NULL, PASSWORD
};

/* How commands come. */
enum mode { MODE_SHELL, MODE_WORDS, MODE_TEXT, MODE_FILE };

struct program {
	struct shell sh;
	struct term *term;
	struct term_options to;
	enum mode mode;
	const char *batch;
	const char *password_file, *config_file;
	/* copies of what may hold a password, which in argv is wiped */
	char *command, *execute, *site;
	struct strvec words;
	bool password_seen;		/* on the command line */
	bool ends;			/* -V, -h: nothing more to do */
	struct script script;
};

static const char usage[] =
    "usage: ftps [OPTION]... [SITE [COMMAND [ARG]...]]\n";

/* Options. */

static void
print_help(void)
{
	printf("%s\nSITE is [user@]host[:port][/dir], a URL, or the name of "
	    "a site in the\nconfiguration.  Without COMMAND: the interactive "
	    "shell.\n\n", usage);
	main_option_help(stdout, &all_options);
	printf("\n'ftps -c help' lists the commands; each has --help.\n");
}

/* USER or USER,PASSWORD, whose second part is wiped from argv. */
static int
take_user(struct program *p, char *text, struct err *err)
{
	char *comma = strchr(text, ','), *user;
	int rc;

	if (strstr(text, "://") != NULL)
		return err_set(err, ERR_USAGE, "-u: not a user but a URL; to "
		    "send files: ftps SITE put FILE");
	user = xstrndup(text, strcspn(text, ","));
	if (comma != NULL) {
		secret_set(&p->sh.sources.given_password, comma + 1);
		free(p->sh.sources.given_user);
		p->sh.sources.given_user = xstrdup(user);
		memset(comma + 1, 'x', strlen(comma + 1));
		p->password_seen = true;
	}
	rc = option_set(&p->sh.sources.base, "user", user, err);
	free(user);
	return rc;
}

static int
take_setting(struct program *p, char *text, struct err *err)
{
	char *copy = xstrdup(text), *value = copy, *name;
	int rc;

	if (passwords_wipe_setting(text))
		p->password_seen = true;
	name = strsep(&value, "=");
	if (value == NULL)
		rc = err_set(err, ERR_USAGE, "-o: not NAME=VALUE");
	else if (foreign_setting(name) != NULL)
		rc = err_set(err, ERR_USAGE, "%s: no such setting: %s", name,
		    foreign_setting(name));
	else
		rc = option_set(&p->sh.sources.base, name, value, err);
	free(copy);
	return rc;
}

/* A copy of a script that stands in argv. */
static char *
take_script(struct program *p, char *text)
{
	char *copy = xstrdup(text);

	if (passwords_wipe_script(commands, text))
		p->password_seen = true;
	return copy;
}

static int
take_value(struct program *p, const struct main_option *o, char *value,
    struct err *err)
{
	int rc = option_set(&p->sh.sources.base, o->setting,
	    value != NULL ? value : o->to, err);

	if (value != NULL && conceal_wipe(value))
		p->password_seen = true;
	return rc;
}

/* Of all that options take, only commands may be nothing. */
static int
check_value(const struct main_option *o, const char *value, struct err *err)
{
	if (o->value == NULL || *value != '\0' || o->id == 'c' ||
	    o->id == 'e')
		return 0;
	if (o->name == NULL)
		return err_set(err, ERR_USAGE, "%s of option -%c is empty (a "
		    "variable that is not set?)", o->value, o->id);
	return err_set(err, ERR_USAGE, "%s of option '--%s' is empty (a "
	    "variable that is not set?)", o->value, o->name);
}

static int
take_option(struct program *p, const struct main_option *o, char *value,
    struct err *err)
{
	if (check_value(o, value, err) != 0)
		return -1;
	if (o->setting != NULL)
		return take_value(p, o, value, err);
	switch (o->id) {
	case 'b':
	case 'f':
		p->batch = value;
		break;
	case 'c':
		free(p->command);
		p->command = take_script(p, value);
		break;
	case 'e':
		free(p->execute);
		p->execute = take_script(p, value);
		break;
	case 'u':
		return take_user(p, value, err);
	case PASSWORD_FILE:
		p->password_file = value;
		break;
	case 'k':
		p->sh.sources.base.insecure = true;
		break;
	case 'o':
		return take_setting(p, value, err);
	case 'F':
		p->config_file = value;
		break;
	case JSON:
		p->to.json = true;
		break;
	case 'q':
		p->to.verbosity = TERM_QUIET;
		break;
	case 'v':
		if (p->to.verbosity < TERM_DEBUG)
			p->to.verbosity++;
		break;
	case COMPLETION:
		p->ends = true;
		return completion_script_print(stdout, value, err);
	case 'V':
		version_print(stdout);
		p->ends = true;
		break;
	case 'h':
		print_help();
		p->ends = true;
		break;
	}
	return 0;
}

/* SITE, which may hold a password that others need not see for long. */
static void
take_site(struct program *p, char *text)
{
	p->site = xstrdup(text);
	if (url_wipe_password(text))
		p->password_seen = true;
}

/* What other programs have in its place, or that there is none. */
static int
refuse_name(const char *option, struct err *err)
{
	const char *instead = foreign_option(option);

	if (instead != NULL)
		return err_set(err, ERR_USAGE, "%s: no such option: %s",
		    option, instead);
	return err_set(err, ERR_USAGE, "%s: no such option, or without its "
	    "value; see 'ftps --help'", option);
}

/* Says of an option that there is not by its name alone: see no_option. */
static int
refuse_option(char *const *argv, int id, struct err *err)
{
	const char *word = argv[optind - 1];
	char letter[] = { '-', (char)optopt, '\0' }, *name;
	int rc;

	if (id == PASSWORD) {
		memset(optarg, 'x', strlen(optarg));
		return err_set(err, ERR_USAGE, "--password: others could see "
		    "it; use --password-file, or see PASSWORDS in the manual");
	}
	if (strncmp(word, "--", 2) != 0)
		return refuse_name(letter, err);
	name = xstrndup(word, strcspn(word, "="));
	rc = refuse_name(name, err);
	free(name);
	return rc;
}

/* ftp's -n and -i; sftp's -i has a file behind it. */
static bool
is_needless(char *const *argv)
{
	const char *next = argv[optind];

	return foreign_option_needless(optopt) && !(optopt == 'i' &&
	    next != NULL && strchr(next, '/') != NULL &&
	    access(next, F_OK) == 0);
}

/* Options up to the next operand. */
static int
parse_some(struct program *p, int argc, char **argv, struct err *err)
{
	struct option longs[NOPTIONS + 2];
	char letters[MAIN_OPTION_LETTERS];
	const struct main_option *o;
	int id;

	main_option_getopt(&all_options, &no_option, letters, longs);
	opterr = 0;
	while ((id = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (id == '?' && is_needless(argv))
			continue;
		o = main_option_find(&all_options, id);
		if (o == NULL)
			return refuse_option(argv, id, err);
		if (take_option(p, o, optarg, err) != 0)
			return -1;
	}
	return 0;
}

static void
take_words(struct program *p, char *const *argv, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		strvec_add(&p->words, argv[i]);
	if (n > 0 && passwords_wipe_words(commands, argv, n))
		p->password_seen = true;
}

/* ftp's HOST PORT: no command is a number. */
static int
take_port(struct program *p, int argc, char **argv, struct err *err)
{
	const char *word = optind < argc ? argv[optind] : "";

	if (*word == '\0' || word[strspn(word, "0123456789")] != '\0')
		return 0;
	optind++;
	if (option_set(&p->sh.sources.base, "port", word, err) != 0)
		return -1;
	return parse_some(p, argc, argv, err);
}

/* Options are ours up to COMMAND, also behind SITE. */
static int
parse_options(struct program *p, int argc, char **argv, struct err *err)
{
	if (parse_some(p, argc, argv, err) != 0)
		return -1;
	if (optind == argc)
		return 0;
	take_site(p, argv[optind++]);
	if (parse_some(p, argc, argv, err) != 0 ||
	    take_port(p, argc, argv, err) != 0)
		return -1;
	take_words(p, argv + optind, (size_t)(argc - optind));
	return 0;
}

/* How commands come, and who may read standard input. */
static int
choose_mode(struct program *p, struct err *err)
{
	int ways = (p->batch != NULL) + (p->command != NULL) +
	    (p->execute != NULL) + (p->words.n > 0);

	if (ways > 1)
		return err_set(err, ERR_USAGE, "-b, -c, -e and a COMMAND "
		    "exclude each other");
	if (p->batch != NULL)
		p->mode = MODE_FILE;
	else if (p->command != NULL)
		p->mode = MODE_TEXT;
	else if (p->words.n > 0)
		p->mode = MODE_WORDS;
	else if (isatty(STDIN_FILENO))
		p->mode = MODE_SHELL;
	else if (p->execute != NULL)
		p->mode = MODE_TEXT;
	else
		p->mode = MODE_FILE;
	if (p->mode == MODE_FILE && p->batch == NULL)
		p->batch = "-";
	p->sh.stdin_taken = p->mode == MODE_FILE &&
	    strcmp(p->batch, "-") == 0;
	if (p->password_file != NULL &&
	    strcmp(p->password_file, "-") == 0) {
		if (p->sh.stdin_taken || p->mode == MODE_SHELL)
			return err_set(err, ERR_USAGE, "standard input cannot "
			    "be both the password and the commands");
		p->sh.stdin_taken = true;
	}
	p->sh.interactive = p->to.interactive = p->mode == MODE_SHELL;
	return 0;
}

/* What is needed before anything can be told properly. */

static void
find_config(struct program *p)
{
	struct strvec *files = &p->sh.sources.config_files;
	char *file;

	if (p->config_file != NULL) {
		strvec_add(files, p->config_file);
		p->sh.sources.config_named = true;
		return;
	}
	file = conf_user_file();
	if (file != NULL)
		strvec_take(files, file);
	strvec_add(files, SYSCONFDIR "/ftps/config");
}

/* The terminal, as the configuration of the site wants it. */
static int
start_term(struct program *p, struct err *err)
{
	struct settings set = { 0 };
	struct url url = { 0 };
	int rc = 0;

	if (p->site != NULL)
		rc = url_parse(p->site, &url, err);
	if (rc == 0)
		rc = site_configure(&p->sh.sources, url.host, &set, NULL, err);
	if (rc == 0) {
		p->to.progress = set.progress;
		p->to.log_file = set.log_file;
		p->to.syslog = set.syslog;
		p->term = term_new(&p->to, err);
	}
	if (p->term != NULL)
		shell_set_term(&p->sh, p->term);
	url_release(&url);
	settings_release(&set);
	return p->term != NULL ? 0 : -1;
}

static int
read_password(struct program *p, struct err *err)
{
	if (p->password_seen)
		observe_warning(p->sh.obs, "a password in an argument can "
		    "be seen by others; see PASSWORDS in ftps(1)");
	return site_sources_password(&p->sh.sources, p->password_file,
	    p->sh.obs, err);
}

/* Running. */

/* All commands there are, checked. */
static int
read_script(struct program *p, struct err *err)
{
	const char *text = p->command != NULL ? p->command : p->execute;
	struct buf file = BUF_INIT(0);
	struct run run;
	int rc = 0;

	if (p->mode == MODE_FILE) {
		run = shell_make_run(&p->sh);
		rc = check_read(&run, p->batch, &file, err);
		if (rc == 0)
			rc = lex_parse(file.data, p->batch, &p->script,
			    err);
		buf_release(&file);
	} else if (p->mode == MODE_WORDS) {
		lex_words(p->words.v, p->words.n, !p->sh.sources.base.glob,
		    &p->script);
	} else if (text != NULL) {
		rc = lex_parse(text, NULL, &p->script, err);
	}
	p->sh.site_coming = p->site != NULL;
	return rc == 0 ? shell_check(&p->sh, &p->script, err) : -1;
}

static int
open_site(struct program *p, struct err *err)
{
	if (p->site == NULL)
		return 0;
	return p->mode == MODE_SHELL ? shell_begin(&p->sh, p->site, err) :
	    shell_open(&p->sh, p->site, NULL, err);
}

static int
prepare_run(struct program *p, struct err *err)
{
	if (p->sh.sources.base.deadline != NULL &&
	    shell_set_deadline(&p->sh, p->sh.sources.base.deadline, err) != 0)
		return -1;
	if (read_script(p, err) != 0 || read_password(p, err) != 0)
		return -1;
	return open_site(p, err);
}

static int
run_prepared(struct program *p)
{
	struct err err = ERR_INIT;
	int status;

	if (prepare_run(p, &err) != 0) {
		observe_error(p->sh.obs, NULL, &err);
		return err_status(err.kind);
	}
	status = shell_run(&p->sh, &p->script, true);
	if (p->mode != MODE_SHELL || p->sh.quit ||
	    cancel_reason(p->sh.cancel) != CANCEL_NONE)
		return status;
	return shell_interactive(&p->sh);
}

/* Completion. */

static void
wipe_and_free(char *text)
{
	if (text != NULL)
		freezero(text, strlen(text));
}

/* Of the options that were typed, those that a site depends on. */
static void
take_typed(struct program *p, const struct complete_argv *c)
{
	const struct main_option *o;
	struct err ignored;
	char *value;
	size_t i;

	for (i = 0; i < c->ngiven; i++) {
		o = c->given[i].option;
		if (o->id == 'F')
			p->config_file = c->given[i].value;
		if (o->setting == NULL && o->id != 'k' && o->id != 'o' &&
		    o->id != 'u')
			continue;
		value = xstrdup_null(c->given[i].value);
		(void)take_option(p, o, value, &ignored);
		wipe_and_free(value);
	}
}

/* What shell's script is to offer; see complete_argv.h. */
static int
print_candidates(struct program *p, const char *shell, struct err *err)
{
	const struct term_options quiet = {
		.verbosity = TERM_QUIET, .progress = WHEN_NEVER,
	};
	struct complete_names *names = complete_names_new(&p->sh);
	struct complete_source src = complete_names_source(names);
	struct complete_argv c;
	int rc = complete_argv_read(&c, shell, stdin, err);

	if (rc == 0 && (p->term = term_new(&quiet, err)) == NULL)
		rc = -1;
	if (rc == 0) {
		shell_set_term(&p->sh, p->term);
		complete_argv_scan(&c, &all_options);
		take_typed(p, &c);
		find_config(p);
		complete_names_of_site(names, c.site);
		c.literal = !p->sh.sources.base.glob;
		complete_argv_print(&c, &src, stdout);
	}
	p->config_file = NULL;
	complete_names_free(names);
	complete_argv_release(&c);
	return rc;
}

/* The process. */

static int
close_output(int status)
{
	if (ferror(stdout) || fclose(stdout) != 0) {
		if (status != 0)
			return status;
		fprintf(stderr, "ftps: standard output: cannot write\n");
		return err_status(ERR_LOCAL);
	}
	return status;
}

static int
end_with_error(const struct err *err)
{
	fprintf(stderr, "ftps: %s\n", err->msg);
	return err_status(err->kind);
}

static int
run_main(struct program *p, int argc, char **argv)
{
	struct err err = ERR_INIT;

	if (argc == 3 && strcmp(argv[1], "--candidates") == 0)
		return print_candidates(p, argv[2], &err) != 0 ?
		    end_with_error(&err) : 0;
	if (parse_options(p, argc, argv, &err) != 0)
		return end_with_error(&err);
	if (p->ends)
		return 0;
	if (choose_mode(p, &err) != 0)
		return end_with_error(&err);
	find_config(p);
	if (start_term(p, &err) != 0)
		return end_with_error(&err);
	cancel_install(p->sh.cancel);
	return run_prepared(p);
}

static void
release_program(struct program *p)
{
	shell_release(&p->sh);
	lex_release(&p->script);
	wipe_and_free(p->site);
	wipe_and_free(p->command);
	wipe_and_free(p->execute);
	strvec_release(&p->words);
	term_free(p->term);
}

int
main(int argc, char **argv)
{
	static struct program p = { .to.verbosity = TERM_NORMAL };
	mode_t mask;
	int status, reason;

	process_hold_standard();
	process_forbid_cores();
	setlocale(LC_ALL, "");
	mask = umask(0);
	umask(mask);
	STAILQ_INIT(&p.script);
	if ((p.sh.cancel = cancel_new()) == NULL) {
		fprintf(stderr, "ftps: pipe: %s\n", strerror(errno));
		return err_status(ERR_LOCAL);
	}
	shell_init(&p.sh, commands, p.sh.cancel, mask);
	status = run_main(&p, argc, argv);
	release_program(&p);
	status = close_output(status);
	reason = cancel_reason(p.sh.cancel);
	cancel_free(p.sh.cancel);
	if (reason > 0) {
		/* Whoever waits for us is to see what it was. */
		signal(reason, SIG_DFL);
		raise(reason);
	}
	return status;
}
