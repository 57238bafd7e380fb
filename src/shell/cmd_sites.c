/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sites of the configuration: sites, sites import, save. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "config/conf.h"
#include "config/import.h"
#include "config/url.h"
#include "shell/block.h"
#include "shell/cmd_all.h"
#include "shell/run.h"
#include "shell/shell.h"

static int
list_sites(struct run *run, struct err *err)
{
	struct strvec names = STRVEC_INIT;
	size_t i;
	int rc;

	rc = site_names(&run->shell->sources, &names, err);
	strvec_sort(&names);
	for (i = 0; i < names.n; i++) {
		if (i > 0 && strcmp(names.v[i], names.v[i - 1]) == 0)
			continue;
		run_print_name(run, names.v[i]);
		putc('\n', run->out);
	}
	strvec_release(&names);
	return rc;
}

/* What another program's file says may be anything (I6). */
static void
print_lines(const struct run *run, char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")) != NULL) {
		for (; *line == '\t'; line++)
			putc('\t', run->out);
		run_print_name(run, line);
		putc('\n', run->out);
	}
}

static void
print_imported(const struct run *run, const struct imported_site *s)
{
	struct buf b = BUF_INIT(BUF_OWN);

	block_add(&b, s->name, &s->set);
	if (s->clear)
		buf_adds(&b, "\t# used without TLS there; here TLS is asked "
		    "for (else: tls off)\n");
	if (s->password)
		buf_addf(&b, "\t# its password was left where it is; as with\n"
		    "\t# password-command secret-tool lookup site %s\n",
		    s->name);
	print_lines(run, b.data);
	buf_release(&b);
}

static int
import_sites(struct run *run, const char *file, struct err *err)
{
	struct imported list;
	size_t i;
	int rc = import_read(file, &list, err);

	for (i = 0; rc == 0 && i < list.n; i++)
		print_imported(run, &list.v[i]);
	if (rc == 0 && list.left > 0)
		observe_warning(run->obs, "%zu left out: no FTP, or without a "
		    "host", list.left);
	imported_release(&list);
	return rc;
}

static int
check_sites(struct run *run, const struct args *a, struct err *err)
{
	(void)run;
	if (a->n == 0 || (a->n == 2 && strcmp(a->word[0].text, "import") == 0))
		return 0;
	return err_set(err, ERR_USAGE, "usage: %s", a->cmd->usage);
}

static int
run_sites(struct run *run, const struct args *a, struct err *err)
{
	return a->n == 0 ? list_sites(run, err) :
	    import_sites(run, a->word[1].text, err);
}

const struct cmd cmd_sites = {
	.name = "sites",
	.min = 0, .max = 2, .first = ARG_NAME, .rest = ARG_LOCAL,
	.flags = CMD_SHELL,
	.usage = "sites [import FILE]",
	.summary = "List the sites of the configuration, or print those of "
	    "other programs",
	.help = "import: as blocks for the configuration, from FileZilla's "
	    "sitemanager.xml,\nWinSCP.ini, lftp's bookmarks or rclone.conf.  "
	    "Passwords stay where they are.",
	.check = check_sites,
	.run = run_sites,
};

/* save */

static int
check_name(const char *name, struct err *err)
{
	char shown[TEXT_NAME_MAX];

	if (url_is_host(name) && strpbrk(name, "*?:#\"'\\") == NULL)
		return 0;
	return err_set(err, ERR_USAGE, "save: %s: not a name for a site",
	    text_name(shown, sizeof(shown), name));
}

static int
check_save(struct run *run, const struct args *a, struct err *err)
{
	(void)run;
	return check_name(a->word[0].text, err);
}

static int
check_new(struct run *run, const char *name, struct err *err)
{
	struct strvec names = STRVEC_INIT;
	size_t i;
	int rc = site_names(&run->shell->sources, &names, err);

	for (i = 0; rc == 0 && i < names.n; i++)
		if (strcmp(names.v[i], name) == 0)
			rc = err_set(err, ERR_USAGE, "save: the configuration "
			    "has a site %s already; remove that first", name);
	strvec_release(&names);
	return rc;
}

/*
 * The pin of a key for which an authority vouches is a remark: the server may
 * change such a key at any time.
 */
static void
add_saved(struct buf *out, const char *name, const struct run *run)
{
	struct session_state st;
	struct settings set;
	struct err ignored = ERR_INIT;
	bool remark;

	session_state(run->session, &st);
	settings_copy(&set, &run->site->set);
	/* A key that nobody has looked at is not to be pinned. */
	remark = st.certified && set.pin.n == 0 &&
	    (!st.by_key || set.insecure);
	if (st.certified && set.pin.n == 0 && !remark)
		(void)option_set(&set, "pin", st.cert.pin, &ignored);
	block_add(out, name, &set);
	if (remark)
		buf_addf(out, "\t# pin           %s\n", st.cert.pin);
	settings_release(&set);
}

static int
run_save(struct run *run, const struct args *a, struct err *err)
{
	const char *name = a->word[0].text;
	struct shell *sh = run->shell;
	struct buf b = BUF_INIT(BUF_OWN);
	char *file, shown[TEXT_NAME_MAX];
	int rc;

	if (check_new(run, name, err) != 0 ||
	    (!session_alive(run->session) && shell_connect(sh, err) != 0))
		return -1;
	file = sh->sources.config_named ?
	    xstrdup(sh->sources.config_files.v[0]) : conf_user_file();
	if (file == NULL)
		return err_set(err, ERR_LOCAL, "save: no home directory");
	add_saved(&b, name, run);
	rc = conf_add_block(file, b.data, err);
	if (rc == 0)
		fprintf(run->out, "%s: added to %s\n", name,
		    text_name(shown, sizeof(shown), file));
	buf_release(&b);
	free(file);
	return rc;
}

const struct cmd cmd_save = {
	.name = "save",
	.min = 1, .max = 1, .first = ARG_NAME,
	.flags = CMD_SHELL | CMD_SERVER,
	.usage = "save NAME",
	.summary = "Add the open site to the configuration, by that name",
	.check = check_save,
	.run = run_save,
};
