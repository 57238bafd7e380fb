/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/netrc.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "config/home.h"

enum { NETRC_MAX = 1024 * 1024 };

/* No comma, though tnftp has it: passwords contain commas. */
static const char blanks[] = " \t\r\n";

struct scanner {
	char *s;		/* what is left */
	char *word;		/* the last word, in place */
	bool quoted;		/* it began with a quote */
	bool line_ended;	/* its line is over */
};

struct query {
	const char *name;	/* the file, escaped */
	const char *host, *user;
};

/* What an entry says; all within the text. */
struct entry {
	bool begun;
	const char *host;	/* NULL: default */
	const char *login, *password, *account;
};

/*
 * The next word, unescaped where it stands.  Returns 1, 0 at the end, -1 if
 * a quote stays open.
 */
static int
next_word(struct scanner *sc)
{
	char *from = sc->s + strspn(sc->s, blanks), *to;
	const char *stop;

	if (*from == '\0')
		return 0;
	if ((sc->quoted = *from == '"'))
		from++;
	stop = sc->quoted ? "\"\r\n" : blanks;
	sc->word = to = from;
	while (*from != '\0' && strchr(stop, *from) == NULL) {
		if (*from == '\\' && from[1] != '\0')
			from++;
		*to++ = *from++;
	}
	if (sc->quoted && *from != '"')
		return -1;
	sc->line_ended = *from == '\n';
	sc->s = *from == '\0' ? from : from + 1;
	*to = '\0';
	return 1;
}

static void
skip_line(struct scanner *sc)
{
	if (!sc->line_ended) {
		sc->s += strcspn(sc->s, "\n");
		sc->s += *sc->s == '\n';
	}
}

/* To the empty line that ends it, as in all that read netrc. */
static void
skip_macro(struct scanner *sc)
{
	skip_line(sc);
	sc->line_ended = false;
	while (*sc->s != '\0' && *sc->s != '\n' && *sc->s != '\r')
		skip_line(sc);
}

static bool
fits(const struct entry *e, const struct query *q)
{
	if (!e->begun ||
	    (e->host != NULL && strcasecmp(e->host, q->host) != 0))
		return false;
	return q->user == NULL ||
	    (e->login != NULL && strcmp(e->login, q->user) == 0);
}

/* Where the value of keyword goes, NULL if it has none. */
static const char **
place(struct entry *e, const char *keyword)
{
	if (strcmp(keyword, "machine") == 0)
		return &e->host;
	if (strcmp(keyword, "login") == 0)
		return &e->login;
	if (strcmp(keyword, "password") == 0)
		return &e->password;
	if (strcmp(keyword, "account") == 0)
		return &e->account;
	return NULL;
}

/*
 * Finds the first entry that fits: 1, 0 if there is none, -1 for an open
 * quote.  Words that nobody knows are skipped: the file is others' too.
 */
static int
scan(struct scanner *sc, const struct query *q, struct entry *e)
{
	const char **value;
	bool machine;
	int rc;

	while ((rc = next_word(sc)) == 1) {
		machine = strcmp(sc->word, "machine") == 0;
		if (machine || strcmp(sc->word, "default") == 0) {
			if (fits(e, q))
				return 1;
			memset(e, 0, sizeof(*e));
			e->begun = !machine;
		}
		if (*sc->word == '#' && !sc->quoted)
			skip_line(sc);
		else if (strcmp(sc->word, "macdef") == 0)
			skip_macro(sc);
		else if ((value = place(e, sc->word)) != NULL) {
			if ((rc = next_word(sc)) != 1)
				break;
			*value = sc->word;
			e->begun = e->begun || value == &e->host;
		}
	}
	return rc == -1 ? -1 : fits(e, q);
}

static int
check_mode(const char *name, const struct stat *sb, struct err *err)
{
	if (sb->st_uid != geteuid() && sb->st_uid != 0)
		return err_set(err, ERR_USAGE,
		    "%s: holds a password but belongs to somebody else",
		    name);
	if ((sb->st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return err_set(err, ERR_USAGE,
		    "%s: others can read the password in it; run "
		    "'chmod 600 %s'", name, name);
	return 0;
}

static int
lookup(char *text, const struct stat *sb, const struct query *q,
    struct netrc *n, struct err *err)
{
	struct scanner sc = { .s = text };
	struct entry e = { 0 };
	int rc;

	rc = scan(&sc, q, &e);
	if (rc == -1)
		return err_set(err, ERR_USAGE, "%s: unterminated quote",
		    q->name);
	if (rc == 0)
		return 0;
	if (e.password != NULL) {
		if (check_mode(q->name, sb, err) != 0)
			return -1;
		secret_set(&n->password, e.password);
	}
	n->login = xstrdup_null(e.login);
	n->account = xstrdup_null(e.account);
	return 1;
}

/* The whole of a regular file, terminated, in size + 1 bytes. */
static char *
read_text(int fd, const char *name, size_t size, struct err *err)
{
	char *text = xcalloc(1, size + 1);
	size_t len = 0;
	ssize_t n;
	int bom;

	while ((n = read(fd, text + len, size - len)) > 0)
		len += (size_t)n;
	bom = text_bom(text, len);
	if (n != -1 && bom != -1 && memchr(text, '\0', len) == NULL) {
		memset(text, ' ', (size_t)bom);
		return text;
	}
	if (n == -1)
		err_sys(err, ERR_USAGE, "%s", name);
	else if (bom == -1)
		err_set(err, ERR_USAGE, "%s: %s", name, text_utf16);
	else
		err_set(err, ERR_USAGE, "%s: NUL byte, no text file", name);
	freezero(text, size);
	return NULL;
}

static int
lookup_fd(int fd, const struct query *q, struct netrc *n, struct err *err)
{
	struct stat sb;
	char *text;
	size_t size;
	int rc;

	if (fstat(fd, &sb) == -1)
		return err_sys(err, ERR_USAGE, "%s", q->name);
	/* NETRC=/dev/null is how one says "none" */
	if (S_ISCHR(sb.st_mode))
		return 0;
	if (!S_ISREG(sb.st_mode))
		return err_set(err, ERR_USAGE, "%s: not a regular file",
		    q->name);
	if (sb.st_size > NETRC_MAX)
		return err_set(err, ERR_USAGE, "%s: larger than %d KiB",
		    q->name, NETRC_MAX / 1024);
	size = (size_t)sb.st_size;
	if ((text = read_text(fd, q->name, size, err)) == NULL)
		return -1;
	rc = lookup(text, &sb, q, n, err);
	freezero(text, size);
	return rc;
}

/* The caller frees it; NULL without a home. */
static char *
default_path(void)
{
	const char *env = getenv("NETRC");
	char *home, *path;

	if (env != NULL && *env != '\0')
		return xstrdup(env);
	if ((home = home_dir()) == NULL)
		return NULL;
	path = xasprintf("%s/.netrc", home);
	free(home);
	return path;
}

int
netrc_lookup(const char *path, const char *host, const char *user,
    struct netrc *n, struct err *err)
{
	char *file, name[256];
	const struct query q = { name, host, user };
	int fd, rc = 0;

	memset(n, 0, sizeof(*n));
	file = path != NULL ? xstrdup(path) : default_path();
	if (file == NULL)
		return 0;
	text_escape_to(name, sizeof(name), file);
	/* without O_NONBLOCK a FIFO would hold us up */
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd != -1) {
		rc = lookup_fd(fd, &q, n, err);
		close(fd);
	} else if (errno != ENOENT && errno != ENOTDIR)
		rc = err_sys(err, ERR_USAGE, "%s", name);
	free(file);
	return rc;
}

void
netrc_release(struct netrc *n)
{
	free(n->login);
	free(n->account);
	secret_release(&n->password);
	memset(n, 0, sizeof(*n));
}
