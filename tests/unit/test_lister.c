/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * By what commands directories are listed, against a server that answers by a
 * script.  It has its turn whenever the client waits: dial and wait are
 * replaced here, and there is neither a network nor a clock.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "ftp/lister.h"
#include "ftp/look.h"
#include "ftp/session_in.h"
#include "net/dial.h"
#include "net/wait.h"

enum { DIRS_MAX = 4 };

#define DATE " 1 u g 5 Nov 20 13:24 "
#define F(name)	"-rw-r--r--" DATE name "\r\n"
#define D(name)	"drwxr-xr-x" DATE name "\r\n"
#define SELF	D(".") D("..")
#define STAT(lines)	"211-Status:\r\n" SELF lines "211 End\r\n"
#define MF(name)	"type=file;size=5; " name "\r\n"
#define MD(name)	"type=dir; " name "\r\n"
#define MSELF	"type=cdir; .\r\n"

/*
 * What the server says to a command (a star at its end: to all that begin so),
 * "": it hangs up; data goes over a connection of its own.
 */
struct answer {
	const char *command, *reply, *data;
};

static const struct answer login[] = {
	{ "USER u", "331 And?\r\n", NULL }, { "PASS p", "230 Hello\r\n", NULL },
	{ "PWD", "257 \"/\"\r\n", NULL }, { "NOOP", "200 Fine\r\n", NULL },
	{ "EPSV", "229 (|||1|)\r\n", NULL }, { "TYPE I", "200 Fine\r\n", NULL },
	{ "QUIT", "221 Bye\r\n", NULL }, { "CWD /a", "250 Fine\r\n", NULL },
	{ NULL, NULL, NULL },
};

static struct {
	int control, data;	/* its ends, or -1 */
	const struct answer *script;
	const struct answer *then;	/* once it has hung up, or NULL */
	const struct answer *waiting;	/* for a data connection */
	struct buf line;	/* half of it */
	struct buf heard;	/* commands, a line each */
} server = {
	-1, -1, NULL, NULL, NULL, BUF_INIT(BUF_OWN), BUF_INIT(BUF_OWN)
};

static struct buf warned = BUF_INIT(BUF_OWN);

static void
say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL),
	    strlen(text));
}

static void
send_data(const struct answer *a)
{
	say(server.control, "150 Here it comes\r\n");
	say(server.data, a->data);
	close(server.data);
	server.data = -1;
	say(server.control, a->reply);
}

static bool
is_meant(const char *pattern, const char *command)
{
	size_t n = strlen(pattern);

	return strcmp(pattern, command) == 0 || (pattern[n - 1] == '*' &&
	    strncmp(pattern, command, n - 1) == 0);
}

static const struct answer *
find_answer(const struct answer *a, const char *command)
{
	for (; a != NULL && a->command != NULL; a++)
		if (is_meant(a->command, command))
			return a;
	return NULL;
}

static void
hang_up(void)
{
	close(server.control);
	server.control = -1;
	if (server.then != NULL)
		server.script = server.then;
}

static void
take_command(const char *command)
{
	const struct answer *a = find_answer(server.script, command);

	/* Those show whether answers to STAT are in step. */
	if (strcmp(command, "PWD") != 0 && strcmp(command, "NOOP") != 0)
		buf_addf(&server.heard, "%s\n", command);
	if (a == NULL)
		a = find_answer(login, command);
	if (a == NULL)
		say(server.control, "550 What?\r\n");
	else if (*a->reply == '\0')
		hang_up();
	else if (a->data == NULL)
		say(server.control, a->reply);
	else if (server.data != -1)
		send_data(a);
	else
		server.waiting = a;
}

static void
hear(void)
{
	char byte;

	while (server.control != -1 &&
	    recv(server.control, &byte, 1, MSG_DONTWAIT) == 1) {
		if (byte != '\r' && byte != '\n')
			buf_addc(&server.line, byte);
		if (byte != '\n')
			continue;
		take_command(server.line.len > 0 ? server.line.data : "");
		buf_clear(&server.line);
	}
}

int
net_wait(struct pollfd *fds, size_t n, int64_t deadline,
    struct cancel *cancel, struct err *err)
{
	int ready;

	(void)deadline, (void)cancel, (void)err;
	hear();
	ready = poll(fds, n, 0);
	if (ready == 0)
		fail_msg("waits for ever, behind \"%s\"", server.heard.data);
	return ready;
}

int
net_sleep(int64_t ms, struct cancel *cancel, struct err *err)
{
	(void)ms, (void)cancel, (void)err;
	return 0;
}

/* A connected pair: returns the client's end, as dial does. */
static int
make_pair(int *ours)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    fds), 0);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	*ours = fds[1];
	return fds[0];
}

struct dial {
	int unused;
};

struct dial *
dial_resolve(const char *host, int port, const struct dial_options *o,
    struct err *err)
{
	static struct dial one;

	(void)host, (void)port, (void)o, (void)err;
	return &one;
}

int
dial_connect(struct dial *d, struct err *err)
{
	int fd = make_pair(&server.control);

	(void)d, (void)err;
	say(server.control, "220 Hi\r\n");
	return fd;
}

void
dial_end(struct dial *d)
{
	(void)d;
}

int
dial_peer_port(int control_fd, int port, struct err *err)
{
	int fd = make_pair(&server.data);

	(void)control_fd, (void)port, (void)err;
	if (server.waiting != NULL)
		send_data(server.waiting);
	server.waiting = NULL;
	return fd;
}

void
dial_peer_name(int control_fd, char *buf, size_t size)
{
	(void)control_fd;
	strlcpy(buf, "?", size);
}

int
dial_address(int control_fd, const char *ipv4, int port, struct err *err)
{
	(void)ipv4;
	return dial_peer_port(control_fd, port, err);
}

static void
take_event(void *ctx, const struct event *ev)
{
	(void)ctx;
	if (ev->type == EVENT_WARNING)
		buf_addf(&warned, "%s\n", ev->message);
}

static const struct observer observer = { .event = take_event };

struct fixture {
	struct site site;
	struct session *s;
	struct err err[DIRS_MAX];
	struct listing l[DIRS_MAX];
};

static int
setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->site.name = xstrdup("nas");
	settings_init(&f->site.set);
	f->site.set.host = xstrdup("server.example");
	f->site.set.user = xstrdup("u");
	f->site.set.tls = TLS_OFF;
	f->site.set.retries = 0;
	secret_set(&f->site.password, "p");
	f->s = session_new(&f->site, 1, &observer, NULL);
	server.script = NULL;
	if (session_connect(f->s, &f->err[0]) != 0)
		return -1;
	buf_clear(&server.heard);
	buf_clear(&warned);
	*state = f;
	return 0;
}

static void
forget(struct fixture *f)
{
	size_t i;

	for (i = 0; i < DIRS_MAX; i++) {
		listing_release(&f->l[i]);
		err_clear(&f->err[i]);
	}
	buf_clear(&server.heard);
	buf_clear(&warned);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	forget(f);
	session_free(f->s);
	secret_release(&f->site.password);
	settings_release(&f->site.set);
	free(f->site.name);
	free(f);
	if (server.control != -1)
		close(server.control);
	buf_release(&server.line);
	buf_release(&server.heard);
	buf_release(&warned);
	return 0;
}

static void
learn(struct fixture *f, enum trait t, bool has)
{
	server_learn(session_server(f->s), t, has, PROOF_SEEN, NULL);
}

/* As vsftpd: STAT is whole. */
static void
be_whole(struct fixture *f)
{
	learn(f, TRAIT_STAT, true);
	learn(f, TRAIT_STAT_IS_WHOLE, true);
}

/* As ProFTPD, far away: STAT leaves things out, MLSD does not. */
static void
be_rough(struct fixture *f)
{
	learn(f, TRAIT_STAT, true);
	learn(f, TRAIT_STAT_LEAVES_OUT, true);
	learn(f, TRAIT_MLSD, true);
	f->s->conn->far = true;
}

static void
check_heard(const char *what)
{
	assert_string_equal(server.heard.len > 0 ? server.heard.data : "",
	    what);
}

/* Lists /a, /b, ... */
static void
list(struct fixture *f, size_t n, enum list_need need, unsigned flags,
    const uint64_t *hint)
{
	static const char *const dir[DIRS_MAX] = { "/a", "/b", "/c", "/d" };
	const struct lister_request rq = {
		.dir = dir, .n = n, .hint = hint, .need = need,
		.flags = flags,
	};

	forget(f);
	lister_list_many(f->s, &rq, f->l, f->err);
}

static void
check_all_well(struct fixture *f, size_t n, size_t entries)
{
	size_t i;

	for (i = 0; i < n; i++) {
		assert_int_equal(f->err[i].kind, ERR_NONE);
		assert_int_equal(f->l[i].n, entries);
	}
}

static const struct answer both_ways[] = {
	{ "STAT /a", STAT(F("x") D("y")), NULL },
	{ "STAT /b", STAT(F("x") D("y")), NULL },
	{ "STAT /c", "550 No\r\n", NULL },
	{ "MLSD /a", "226 Done\r\n", MSELF MF("x") MD("y") },
	{ "MLSD /b", "226 Done\r\n", MSELF MF("x") MD("y") },
	{ "MLSD /c", "226 Done\r\n", MSELF MF("x") MD("y") },
	{ "LIST -a", "226 Done\r\n", SELF F("x") D("y") },
	{ NULL, NULL, NULL },
};

/* STAT that shows all, in one flight; what it refuses, by another way. */
static void
test_whole_by_stat(void **state)
{
	struct fixture *f = *state;

	server.script = both_ways;
	be_whole(f);
	learn(f, TRAIT_MLSD, true);
	assert_int_equal(lister_batch(f->s, LIST_WHOLE, 0), LISTER_MAX);
	list(f, 3, LIST_WHOLE, 0, NULL);
	check_heard("STAT /a\nSTAT /b\nSTAT /c\nSTAT /c\nEPSV\nMLSD /c\n");
	check_all_well(f, 3, 2);
	assert_int_equal(f->l[0].gap, GAP_NONE);
}

/* Without flights, that is no gain. */
static void
test_no_flights(void **state)
{
	struct fixture *f = *state;

	server.script = both_ways;
	be_whole(f);
	learn(f, TRAIT_MLSD, true);
	learn(f, TRAIT_FLIGHTS, false);
	assert_int_equal(lister_batch(f->s, LIST_WHOLE, 0), 1);
	list(f, 1, LIST_WHOLE, 0, NULL);
	check_heard("EPSV\nMLSD /a\n");
	check_all_well(f, 1, 2);
}

static void
test_mlsd_or_list(void **state)
{
	struct fixture *f = *state;

	server.script = both_ways;
	learn(f, TRAIT_MLSD, true);
	list(f, 1, LIST_WHOLE, 0, NULL);
	check_heard("EPSV\nMLSD /a\n");
	check_all_well(f, 1, 2);
	assert_true(f->l[0].by_mlsd);
	learn(f, TRAIT_MLSD, false);
	list(f, 1, LIST_WHOLE, 0, NULL);
	check_heard("CWD /a\nEPSV\nLIST -a\n");
	check_all_well(f, 1, 2);
	assert_false(f->l[0].by_mlsd);
}

/* The setting listing is obeyed. */
static void
test_setting(void **state)
{
	struct fixture *f = *state;

	server.script = both_ways;
	be_whole(f);
	f->site.set.listing = LISTING_MLSD;
	list(f, 1, LIST_WHOLE, 0, NULL);
	check_heard("EPSV\nMLSD /a\n");
	f->site.set.listing = LISTING_LIST;
	list(f, 1, LIST_WHOLE, 0, NULL);
	check_heard("CWD /a\nEPSV\nLIST -a\n");
	f->site.set.listing = LISTING_STAT;
	learn(f, TRAIT_STAT_IS_WHOLE, false);
	learn(f, TRAIT_MLSD, true);
	list(f, 1, LIST_TO_LOOK, 0, NULL);
	check_heard("STAT /a\n");
	list(f, 1, LIST_WHOLE, 0, NULL);
	check_heard("EPSV\nMLSD /a\n");
}

/* A name that nothing has must not be a directory, or STAT is no use. */
static void
test_stat_is_tried(void **state)
{
	static const char begin[] = "STAT /a\nSTAT /b\nSTAT /a/";
	struct fixture *f = *state;

	server.script = both_ways;
	learn(f, TRAIT_STAT_IS_WHOLE, true);
	list(f, 2, LIST_WHOLE, 0, NULL);
	assert_int_equal(strncmp(server.heard.data, begin, strlen(begin)), 0);
	check_all_well(f, 2, 2);
	assert_true(server_shown(session_server(f->s), TRAIT_STAT,
	    PROOF_SEEN));
	list(f, 2, LIST_WHOLE, 0, NULL);
	check_heard("STAT /a\nSTAT /b\n");
}

/* Where STAT leaves things out it is in doubt, and good for a rough look. */
static void
test_rough(void **state)
{
	struct fixture *f = *state;

	server.script = both_ways;
	be_rough(f);
	assert_int_equal(lister_batch(f->s, LIST_ROUGH, 0), LISTER_MAX);
	list(f, 2, LIST_ROUGH, 0, NULL);
	check_heard("STAT /a\nSTAT /b\n");
	check_all_well(f, 2, 2);
	assert_int_equal(f->l[0].gap, GAP_DOUBT);
	assert_int_equal(lister_batch(f->s, LIST_WHOLE, 0), 1);
	list(f, 1, LIST_WHOLE, 0, NULL);
	check_heard("EPSV\nMLSD /a\n");
	assert_int_equal(f->l[0].gap, GAP_NONE);
	/* Not worth it where round trips cost little. */
	f->s->conn->far = false;
	assert_int_equal(lister_batch(f->s, LIST_ROUGH, 0), 1);
	list(f, 1, LIST_ROUGH, 0, NULL);
	check_heard("EPSV\nMLSD /a\n");
	assert_int_equal(f->l[0].gap, GAP_NONE);
}

/* The names' sum, from the parent's listing, settles the doubt. */
static void
test_hint(void **state)
{
	static const char *const name[] = { ".", "..", "x", "y" };
	struct fixture *f = *state;
	uint64_t hint[2] = { 0 };
	size_t i;

	server.script = both_ways;
	be_rough(f);
	for (i = 0; i < 4; i++)
		hint[0] += listing_name_sum(name[i]);
	assert_int_equal(lister_batch(f->s, LIST_WHOLE, hint[0]),
	    LISTER_MAX);
	list(f, 2, LIST_WHOLE, 0, hint);
	check_heard("STAT /a\nEPSV\nMLSD /b\n");
	check_all_well(f, 2, 2);
	assert_int_equal(f->l[0].gap, GAP_DOUBT);
	assert_int_equal(f->l[1].gap, GAP_NONE);
	/* There is a name more. */
	hint[0] += listing_name_sum("z");
	list(f, 2, LIST_WHOLE, 0, hint);
	check_heard("STAT /a\nEPSV\nMLSD /a\nEPSV\nMLSD /b\n");
	check_all_well(f, 2, 2);
	assert_int_equal(f->l[0].gap, GAP_NONE);
}

/* Where a name cannot be used, what is left says nothing. */
static void
test_hint_of_bad_names(void **state)
{
	static const struct answer bad[] = {
		{ "STAT /a", STAT(F("x") F("y/z")), NULL },
		{ "MLSD /a", "226 Done\r\n", MSELF MF("x") MF("y") },
		{ NULL, NULL, NULL },
	};
	struct fixture *f = *state;
	uint64_t hint = listing_name_sum(".") + listing_name_sum("..") +
	    listing_name_sum("x");

	server.script = bad;
	be_rough(f);
	list(f, 1, LIST_WHOLE, 0, &hint);
	check_heard("STAT /a\nEPSV\nMLSD /a\n");
	check_all_well(f, 1, 2);
}

/* The limits of what STAT shows are higher than this. */
static void
test_rough_and_large(void **state)
{
	struct fixture *f = *state;
	struct buf text = BUF_INIT(BUF_OWN);
	struct answer large[] = {
		{ "STAT /a", NULL, NULL },
		{ "MLSD /a", "226 Done\r\n", MSELF MF("x") },
		{ NULL, NULL, NULL },
	};
	size_t i, n;

	be_rough(f);
	for (n = 250; n <= 251; n++) {
		buf_clear(&text);
		buf_adds(&text, "211-Status:\r\n" SELF);
		for (i = 0; i < n; i++)
			buf_addf(&text, "-rw-r--r--" DATE "%zu\r\n", i);
		buf_adds(&text, "211 End\r\n");
		large[0].reply = text.data;
		server.script = large;
		list(f, 1, LIST_ROUGH, 0, NULL);
		check_heard(n == 250 ? "STAT /a\n" :
		    "STAT /a\nEPSV\nMLSD /a\n");
		check_all_well(f, 1, n == 250 ? 250 : 1);
	}
	server.script = NULL;
	buf_release(&text);
}

static const struct answer family[] = {
	{ "MLSD /a", "226 Done\r\n", MSELF MD("1") MD("2") MD("3") MD("4") },
	{ "NLST -aR /a/*", "226 Done\r\n", "/a/1/.\r\n/a/1/..\r\n/a/1/x\r\n"
	    "/a/2/.\r\n/a/2/..\r\n/a/2/sub/z\r\n/a/5/x\r\n/b/3/x\r\n" },
	{ "STAT /a", STAT(D("1") D("2") D("3") D("4")), NULL },
	{ "MLSD /b", "226 Done\r\n", MSELF MD("1") MD("2") MD("3") MF("4") },
	{ NULL, NULL, NULL },
};

static uint64_t
sum_of(const char *name)
{
	return listing_name_sum(".") + listing_name_sum("..") +
	    listing_name_sum(name);
}

/* Who goes on below gets hints: all names below by one NLST. */
static void
test_below(void **state)
{
	struct fixture *f = *state;

	server.script = family;
	be_rough(f);
	list(f, 1, LIST_WHOLE, LIST_BELOW, NULL);
	check_heard("EPSV\nMLSD /a\nEPSV\nNLST -aR /a/*\n");
	check_all_well(f, 1, 4);
	assert_true(f->l[0].entry[0].hint == sum_of("x"));
	assert_true(f->l[0].entry[1].hint == sum_of("sub/z"));
	assert_true(f->l[0].entry[2].hint == 0);
	/* Three are too few. */
	list(f, 2, LIST_WHOLE, LIST_BELOW, NULL);
	check_heard("EPSV\nMLSD /a\nEPSV\nNLST -aR /a/*\nEPSV\n"
	    "MLSD /b\n");
	/* For others, and for rough listings, it is of no use. */
	list(f, 1, LIST_WHOLE, 0, NULL);
	check_heard("EPSV\nMLSD /a\n");
	list(f, 1, LIST_ROUGH, LIST_BELOW, NULL);
	check_heard("STAT /a\n");
	assert_true(f->l[0].entry[0].hint == 0);
	/* Nor is it asked of who does not do it. */
	learn(f, TRAIT_NLST_BELOW, false);
	list(f, 1, LIST_WHOLE, LIST_BELOW, NULL);
	check_heard("EPSV\nMLSD /a\n");
}

static void
test_confirm(void **state)
{
	struct fixture *f = *state;
	struct listing *l = &f->l[0];

	server.script = family;
	be_rough(f);
	list(f, 1, LIST_ROUGH, 0, NULL);
	assert_int_equal(l->gap, GAP_DOUBT);
	l->entry[1].hint = 5;
	buf_clear(&server.heard);
	assert_int_equal(lister_confirm(f->s, "/a", LIST_BELOW, l,
	    &f->err[0]), 0);
	check_heard("EPSV\nMLSD /a\n");
	check_all_well(f, 1, 4);
	assert_int_equal(l->gap, GAP_NONE);
	assert_true(l->entry[0].hint == 0 && l->entry[1].hint == 5);
	/* Of what is sure nothing is asked. */
	buf_clear(&server.heard);
	assert_int_equal(lister_confirm(f->s, "/a", 0, l, &f->err[0]), 0);
	check_heard("");
}

/* A server that says that it leaves names out. */
static void
test_truncated(void **state)
{
	static const struct answer cut[] = {
		{ "STAT /a", "211-Status:\r\n" SELF F("x")
		    "211 Output truncated to 1 matches\r\n", NULL },
		{ "MLSD /a", "226 Output truncated to 1 matches\r\n",
		    MSELF MF("x") },
		{ NULL, NULL, NULL },
	};
	struct fixture *f = *state;

	server.script = cut;
	be_whole(f);
	learn(f, TRAIT_MLSD, true);
	list(f, 1, LIST_WHOLE, 0, NULL);
	check_heard("STAT /a\nSTAT /a\nEPSV\nMLSD /a\n");
	assert_int_equal(f->err[0].kind, ERR_REFUSED);
	assert_non_null(strstr(f->err[0].msg, "truncated to 1"));
	/* What came is there all the same. */
	assert_int_equal(f->l[0].n, 1);
	assert_int_equal(f->l[0].gap, GAP_SAID);
	/* For people that is a warning. */
	list(f, 1, LIST_TO_LOOK, 0, NULL);
	assert_int_equal(f->err[0].kind, ERR_NONE);
	assert_string_equal(warned.data, "/a: the listing is incomplete: the "
	    "server leaves names out: Output truncated to 1 matches\n");
}

/* Only the directory is refused, and only one of them. */
static void
test_refused(void **state)
{
	struct fixture *f = *state;

	server.script = both_ways;
	learn(f, TRAIT_MLSD, true);
	list(f, 4, LIST_WHOLE, 0, NULL);
	assert_int_equal(f->err[3].kind, ERR_REFUSED);
	assert_string_equal(f->err[3].msg, "cannot list: 550 What?");
	assert_int_equal(f->l[3].n, 0);
	check_all_well(f, 3, 2);
}

/* Where the server is, as far as we know. */
static void
be_in(struct fixture *f, const char *dir)
{
	free(f->s->conn->cwd);
	f->s->conn->cwd = xstrdup(dir);
}

/* A listing that may be that of a file, or of nothing: CWD tells. */
static void
test_is_a_directory(void **state)
{
	static const char alone[] = "EPSV\nMLSD /a\n",
	    asked[] = "EPSV\nMLSD /a\nCWD /a\n";
	static const struct {
		const char *data, *cwd, *heard;
		size_t n;
	} rows[] = {
		{ MSELF, "/", alone, 0 },
		{ MSELF MF("a"), "/", alone, 1 },
		{ MF("x"), "/", alone, 1 },
		{ MF("a") MF("b"), "/", alone, 2 },
		{ MF("a/b"), "/", alone, 0 },
		{ MF("a"), "/a", alone, 1 },
		{ MF("a"), "/", asked, 1 },
		{ "", "/", asked, 0 },
	};
	struct answer script[] = {
		{ "MLSD /a", "226 Done\r\n", NULL },
		{ "CWD /a", "250 Fine\r\n", NULL },
		{ NULL, NULL, NULL },
	};
	struct fixture *f = *state;
	size_t i;

	server.script = script;
	learn(f, TRAIT_MLSD, true);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		script[0].data = rows[i].data;
		be_in(f, rows[i].cwd);
		list(f, 1, LIST_TO_LOOK, 0, NULL);
		check_heard(rows[i].heard);
		check_all_well(f, 1, rows[i].n);
		if (rows[i].heard != asked)
			continue;
		assert_string_equal(f->s->conn->cwd, "/a");
		/* It is none, and no other way will find one. */
		script[1].reply = "550 No\r\n";
		be_in(f, "/");
		list(f, 1, LIST_TO_LOOK, 0, NULL);
		check_heard(asked);
		assert_string_equal(f->err[0].msg,
		    "cannot list: no directory: 550 No");
		script[1].reply = "250 Fine\r\n";
	}
	server.script = NULL;
}

/* What a server may take for a pattern, or for options. */
static void
test_ambiguous(void **state)
{
	static const struct answer script[] = {
		{ "CWD *", "250 Fine\r\n", NULL },
		{ "MLSD*", "226 Done\r\n", MSELF },
		{ NULL, NULL, NULL },
	};
	static const struct {
		const char *dir;
		bool moves;
	} rows[] = {
		{ "/a*", true }, { "/a?", true }, { "/a[", true },
		{ "/a{", true }, { "/a -b", true }, { "/a-b", false },
		{ "/a b", false }, { "/a]", false },
	};
	struct fixture *f = *state;
	char wanted[64];
	size_t i;

	server.script = script;
	learn(f, TRAIT_MLSD, true);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		forget(f);
		snprintf(wanted, sizeof(wanted), rows[i].moves ?
		    "CWD %s\nEPSV\nMLSD\n" : "EPSV\nMLSD %s\n",
		    rows[i].dir);
		assert_int_equal(lister_list(f->s, rows[i].dir, LIST_WHOLE, 0,
		    &f->l[0], &f->err[0]), 0);
		check_heard(wanted);
		if (!rows[i].moves)
			continue;
		/* It is there now. */
		assert_int_equal(lister_list(f->s, rows[i].dir, LIST_WHOLE, 0,
		    &f->l[1], &f->err[1]), 0);
		snprintf(wanted + strlen(wanted), sizeof(wanted) -
		    strlen(wanted), "EPSV\nMLSD\n");
		check_heard(wanted);
	}
}

/* Names below that are no names: none of them counts, and nobody asks again. */
static void
test_below_too_long(void **state)
{
	static char data[80 * 1024];
	struct answer script[] = {
		family[0], { "NLST -aR /a/*", "226 Done\r\n", data },
		{ NULL, NULL, NULL },
	};
	struct fixture *f = *state;

	strlcpy(data, family[1].data, sizeof(data));
	memset(data + strlen(data), 'x', 70 * 1024);
	server.script = script;
	be_rough(f);
	list(f, 1, LIST_WHOLE, LIST_BELOW, NULL);
	check_all_well(f, 1, 4);
	assert_true(f->l[0].entry[0].hint == 0);
	assert_true(f->l[0].entry[1].hint == 0);
	assert_false(server_has(session_server(f->s), TRAIT_NLST_BELOW));
	list(f, 1, LIST_WHOLE, LIST_BELOW, NULL);
	check_all_well(f, 1, 4);
	assert_null(strstr(server.heard.data, "NLST"));
	server.script = NULL;
}

/* Nor is it asked for where the name would be taken for more than one. */
static void
test_below_blanks(void **state)
{
	static const struct answer script[] = {
		{ "MLSD /a b", "226 Done\r\n", MSELF MD("1") MD("2") MD("3")
		    MD("4") },
		{ NULL, NULL, NULL },
	};
	struct fixture *f = *state;

	server.script = script;
	be_rough(f);
	assert_int_equal(lister_list(f->s, "/a b", LIST_WHOLE, LIST_BELOW,
	    &f->l[0], &f->err[0]), 0);
	check_heard("EPSV\nMLSD /a b\n");
	check_all_well(f, 1, 4);
}

/* What cannot be said is not asked for, however it would be. */
static void
test_not_to_be_said(void **state)
{
	struct fixture *f = *state;
	int way;

	for (way = 0; way < 3; way++) {
		forget(f);
		learn(f, TRAIT_MLSD, way == 1);
		if (way == 2)
			be_whole(f);
		assert_int_equal(lister_list(f->s, "/a\nb", LIST_WHOLE, 0,
		    &f->l[0], &f->err[0]), -1);
		assert_int_equal(f->err[0].kind, ERR_USAGE);
		assert_string_equal(f->err[0].msg,
		    "a name with a line break cannot be sent");
		check_heard("");
		assert_true(session_alive(f->s));
	}
}

/* A server that shows the same, whatever it is asked for, and much of it. */
static void
test_stat_of_anything(void **state)
{
	struct buf text = BUF_INIT(BUF_OWN);
	struct answer script[] = {
		{ "STAT /a", STAT(F("x")), NULL },
		{ "STAT /a/*", NULL, NULL },
		{ "MLSD /a", "226 Done\r\n", MSELF MF("x") MF("y") },
		{ NULL, NULL, NULL },
	};
	struct fixture *f = *state;
	int i;

	buf_adds(&text, "211-Status:\r\n" SELF);
	for (i = 0; i < 2000; i++)
		buf_addf(&text, "-rw-r--r--" DATE "%d\r\n", i);
	buf_adds(&text, "211 End\r\n");
	script[1].reply = text.data;
	server.script = script;
	learn(f, TRAIT_STAT_IS_WHOLE, true);
	learn(f, TRAIT_MLSD, true);
	list(f, 1, LIST_WHOLE, 0, NULL);
	assert_null(strstr(server.heard.data, "USER"));
	assert_non_null(strstr(server.heard.data, "EPSV\nMLSD /a\n"));
	check_all_well(f, 1, 2);
	assert_false(server_has(session_server(f->s), TRAIT_STAT));
	server.script = NULL;
	buf_release(&text);
}

/* A connection that is lost says nothing of STAT. */
static void
test_stat_lost(void **state)
{
	static const struct answer script[] = {
		{ "STAT /a", "", NULL },
		{ "MLSD /a", "226 Done\r\n", MSELF MF("x") },
		{ NULL, NULL, NULL },
	};
	struct fixture *f = *state;

	server.script = script;
	be_whole(f);
	learn(f, TRAIT_MLSD, true);
	list(f, 1, LIST_WHOLE, 0, NULL);
	check_all_well(f, 1, 1);
	assert_true(server_has(session_server(f->s), TRAIT_STAT));
}

/* What is asked for beside the listing is not told: it is none. */
static void
test_facts_lost(void **state)
{
	static const struct answer script[] = {
		{ "MLSD /a", "226 Done\r\n", MSELF "type=file; x\r\n" },
		{ "STAT /a", STAT(F("x")), NULL },
		{ "SIZE /a/x", "", NULL }, { "MDTM /a/x", "", NULL },
		{ NULL, NULL, NULL },
	};
	static const unsigned flags[] = { LIST_SIZES, LIST_TIMES, LIST_ZONE };
	struct fixture *f = *state;
	size_t i;

	server.script = script;
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		learn(f, TRAIT_MLSD, flags[i] != LIST_ZONE);
		if (flags[i] == LIST_ZONE)
			be_whole(f);
		err_clear(&f->err[0]);
		assert_int_equal(session_connect(f->s, &f->err[0]), 0);
		list(f, 1, LIST_WHOLE, flags[i], NULL);
		assert_int_equal(f->err[0].kind, ERR_NETWORK);
		assert_int_equal(f->l[0].n, 0);
		assert_null(f->l[0].entry);
	}
}

/* Answers that are not those to what was asked: STAT is no use. */
static void
test_out_of_step(void **state)
{
	static const struct answer script[] = {
		{ "NOOP", "250 Odd\r\n", NULL },
		{ "STAT /a", STAT(F("x")), NULL },
		{ "MLSD /a", "226 Done\r\n", MSELF MF("x") MF("y") },
		{ NULL, NULL, NULL },
	};
	struct fixture *f = *state;
	int need;

	for (need = 0; need < 2; need++) {
		server.script = script;
		be_whole(f);
		learn(f, TRAIT_MLSD, true);
		assert_int_equal(session_connect(f->s, &f->err[0]), 0);
		if (need == 0) {
			list(f, 1, LIST_WHOLE, 0, NULL);
			check_all_well(f, 1, 2);
			assert_null(strstr(strstr(server.heard.data, "STAT") +
			    1, "STAT"));
		} else {
			assert_int_equal(lister_list(f->s, "/a", LIST_WHOLE,
			    0, &f->l[1], &f->err[1]), -1);
			assert_int_equal(f->err[1].kind, ERR_PROTOCOL);
		}
		assert_false(server_has(session_server(f->s), TRAIT_STAT));
	}
}

#define AT(month, name)							\
	"-rw-r--r-- 1 u g 5 2026-" month "-20 13:24 " name "\r\n"
#define TOLD(month, hour)	"213 2026" month "20" hour "2400\r\n"

/* Of each month one time is asked for, eight at most; they settle the rest. */
static void
test_zone(void **state)
{
	static const struct answer script[] = {
		{ "LIST*", "226 Done\r\n", SELF AT("01", "a") AT("02", "b")
		    AT("03", "c") AT("04", "d") AT("05", "e") AT("05", "e2")
		    AT("06", "f") AT("07", "g") AT("08", "h") AT("09", "i")
		    AT("10", "j") "-rw-r--r-- 1 u g 5 Jan 20  2020 old\r\n" },
		{ "MDTM /a/a", TOLD("01", "11"), NULL },
		{ "MDTM /a/b", TOLD("02", "11"), NULL },
		{ "MDTM /a/c", TOLD("03", "11"), NULL },
		{ "MDTM /a/d", TOLD("04", "11"), NULL },
		{ "MDTM /a/e", TOLD("05", "10"), NULL },
		/* One that nobody can make anything of. */
		{ "MDTM /a/f", TOLD("01", "11"), NULL },
		{ "MDTM /a/g", "550 No\r\n", NULL },
		{ "MDTM /a/h", TOLD("08", "09"), NULL },
		{ NULL, NULL, NULL },
	};
	/* Hours that the listing is ahead. */
	static const int ahead[] = { 2, 2, 2, 2, 3, 3, 3, 4, 4, 4, 4 };
	struct fixture *f = *state;
	const struct entry *e;
	struct tm tm;
	size_t i;

	server.script = script;
	list(f, 1, LIST_WHOLE, LIST_ZONE, NULL);
	check_heard("CWD /a\nEPSV\nLIST -a\nMDTM /a/a\nMDTM /a/b\n"
	    "MDTM /a/c\nMDTM /a/d\nMDTM /a/e\nMDTM /a/f\nMDTM /a/g\n"
	    "MDTM /a/h\n");
	check_all_well(f, 1, 12);
	/* Of a day no hour is known. */
	assert_false(f->l[0].entry[11].utc);
	assert_string_equal(f->l[0].entry[11].name, "old");
	for (i = 0; i < 11; i++) {
		e = &f->l[0].entry[i];
		assert_non_null(gmtime_r(&e->mtime.tv_sec, &tm));
		if (!e->utc || tm.tm_hour != 13 - ahead[i])
			fail_msg("%s: %d", e->name, tm.tm_hour);
	}
}

#define L(name, to)	"lrwxrwxrwx" DATE name " -> " to "\r\n"

/* LIST tells links from what MLSD says that they are. */
static void
test_mark_links(void **state)
{
	static const struct {
		const char *list;	/* NULL: refused */
		const char *types;	/* of .h, f, x and y */
	} rows[] = {
		{ SELF D(".h") F("f") L("x", "y") D("y"), "dfld" },
		{ F("f") L("x", "y") D("y"), "dfld" },
		/* Cut short, or is something else there now? */
		{ F("f") L("x", "y"), "dfl?" },
		{ D("x") D("y"), "dfdd" },
		{ F("f") L("x", "y") D("z"), "dfld" },
		{ D(".z") L("x", "y") D("y"), "?fld" },
		{ NULL, "dfdd" },
	};
	struct answer script[] = {
		{ "MLSD /a", "226 Done\r\n", MSELF MD(".h") MF("f") MD("x")
		    MD("y") },
		{ "LIST*", NULL, NULL },
		{ NULL, NULL, NULL },
	};
	struct fixture *f = *state;
	size_t i, j;

	server.script = script;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		learn(f, TRAIT_MLSD, true);
		script[1].reply = rows[i].list != NULL ? "226 Done\r\n" :
		    "550 No\r\n";
		script[1].data = rows[i].list;
		list(f, 1, LIST_WHOLE, LIST_LINKS, NULL);
		check_all_well(f, 1, 4);
		for (j = 0; j < 4; j++)
			if (f->l[0].entry[j].type != rows[i].types[j])
				fail_msg("%zu: %s is %c", i,
				    f->l[0].entry[j].name,
				    f->l[0].entry[j].type);
	}
	server.script = NULL;
}

/* What seems to be a directory: a link, none, or not there at all. */
static void
test_is_link(void **state)
{
	static const struct {
		const char *path, *list;
		int is;
	} rows[] = {
		{ "/a/x", SELF D("w") L("x", "y"), 1 },
		{ "/a/x", SELF D("x") L("X", "y"), 0 },
		{ "/a/x", SELF D("w") D("y"), 2 },
		{ "/a/.x", D("w") D("y"), 0 },
		{ "/a/.x", D(".z") D("y"), 2 },
		/* By a name that may be the same to the server. */
		{ "/a/x", SELF L("X", "y"), 1 },
		{ "/a/x", SELF D("X"), 0 },
		{ "/a/xx", SELF D("XX") L("Xx", "y"), 1 },
		{ "/a/xx", SELF L("XX", "y") D("Xx"), 1 },
		{ "/a/x", NULL, 0 },
	};
	struct answer script[] = {
		{ "LIST*", NULL, NULL }, { NULL, NULL, NULL },
	};
	struct fixture *f = *state;
	size_t i;
	int is;

	server.script = script;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		script[0].reply = rows[i].list != NULL ? "226 Done\r\n" :
		    "550 No\r\n";
		script[0].data = rows[i].list;
		is = lister_is_link(f->s, rows[i].path, &f->err[0]);
		if (is != rows[i].is)
			fail_msg("%zu: %d", i, is);
		assert_int_equal(f->err[0].kind, ERR_NONE);
	}
	server.script = NULL;
}

/* What was lost once is there the second time, and nothing is wrong. */
static void
test_lost_once(void **state)
{
	static const struct answer lost[] = {
		{ "LIST*", "", NULL }, { "NLST*", "", NULL },
		{ "MDTM*", "", NULL }, { "SIZE*", "", NULL },
		{ "MLSD*", "226 Done\r\n", MSELF "type=file; x\r\n" },
		{ "MLST*", "250-It\r\n type=file; x\r\n250 End\r\n", NULL },
		{ NULL, NULL, NULL },
	};
	static const struct answer good[] = {
		{ "LIST*", "226 Done\r\n", SELF L("x", "y") },
		{ "NLST*", "226 Done\r\n", "x\r\n" },
		{ "MDTM*", "213 20240102030405\r\n", NULL },
		{ "SIZE*", "213 5\r\n", NULL },
		{ "MLSD*", "226 Done\r\n", MSELF "type=file; x\r\n" },
		{ "MLST*", "250-It\r\n type=file; x\r\n250 End\r\n", NULL },
		{ NULL, NULL, NULL },
	};
	static const struct answer none[] = {
		{ "MLSD*", "", NULL }, { NULL, NULL, NULL },
	};
	static const unsigned flags[] = {
		LIST_SIZES, LIST_TIMES, LIST_LINKS, LIST_TARGETS
	};
	struct strvec names = STRVEC_INIT;
	struct fixture *f = *state;
	size_t i;

	f->site.set.retries = 1;
	learn(f, TRAIT_MLSD, true);
	learn(f, TRAIT_MLSD_NO_LINKS, true);
	server.then = good;
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		server.script = lost;
		forget(f);
		assert_int_equal(lister_list(f->s, "/a", LIST_WHOLE, flags[i],
		    &f->l[0], &f->err[0]), 0);
		assert_non_null(strstr(server.heard.data, "USER"));
		assert_int_equal(f->err[0].kind, ERR_NONE);
		assert_int_equal(f->l[0].n, 1);
		assert_int_equal(f->l[0].entry[0].type,
		    flags[i] & (LIST_LINKS | LIST_TARGETS) ? 'l' : 'f');
	}
	server.script = none;
	forget(f);
	assert_int_equal(lister_list(f->s, "/a", LIST_WHOLE, 0, &f->l[0],
	    &f->err[0]), 0);
	assert_int_equal(f->err[0].kind, ERR_NONE);
	learn(f, TRAIT_MLST, true);
	server.script = lost;
	assert_int_equal(look_one(f->s, "/a/x", &f->l[1], &f->err[0]), 1);
	assert_int_equal(f->err[0].kind, ERR_NONE);
	assert_int_equal(f->l[1].entry[0].size, 5);
	server.script = lost;
	assert_int_equal(lister_is_link(f->s, "/a/x", &f->err[0]), 1);
	assert_int_equal(f->err[0].kind, ERR_NONE);
	server.script = lost;
	assert_int_equal(lister_names(f->s, "/a", &names, &f->err[0]), 0);
	assert_int_equal(f->err[0].kind, ERR_NONE);
	assert_int_equal(names.n, 1);
	strvec_release(&names);
	server.then = NULL;
}

/* What MLST leaves out is asked for; what it tells counts. */
static void
test_look(void **state)
{
	static const struct {
		const char *facts, *heard;
		int64_t size;
		int year;
	} rows[] = {
		{ "250-It\r\n type=file;size=7;modify=20200102030405; x\r\n"
		    "250 End\r\n", "MLST /a/x\n", 7, 2020 },
		{ "250-It\r\n type=file;modify=20200102030405; x\r\n"
		    "250 End\r\n", "MLST /a/x\nSIZE /a/x\nMDTM /a/x\n", 5,
		    2020 },
		{ "250-It\r\n type=file;size=7; x\r\n250 End\r\n",
		    "MLST /a/x\nSIZE /a/x\nMDTM /a/x\n", 5, 2024 },
	};
	struct answer script[] = {
		{ "MLST *", NULL, NULL },
		{ "SIZE *", "213 5\r\n", NULL },
		{ "MDTM *", "213 20240102030405\r\n", NULL },
		{ NULL, NULL, NULL },
	};
	struct fixture *f = *state;
	struct tm tm;
	size_t i;

	server.script = script;
	learn(f, TRAIT_MLST, true);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		forget(f);
		script[0].reply = rows[i].facts;
		assert_int_equal(look_one(f->s, "/a/x", &f->l[0], &f->err[0]),
		    1);
		check_heard(rows[i].heard);
		assert_int_equal(f->l[0].entry[0].size, rows[i].size);
		assert_non_null(gmtime_r(&f->l[0].entry[0].mtime.tv_sec, &tm));
		assert_int_equal(tm.tm_year + 1900, rows[i].year);
	}
	server.script = NULL;
}

static void
test_names(void **state)
{
	struct answer script[] = {
		{ "NLST /a", "226 Done\r\n", "x\r\n\r\ny z\n.\r\nlast" },
		{ NULL, NULL, NULL },
	};
	struct strvec names = STRVEC_INIT;
	struct fixture *f = *state;

	server.script = script;
	assert_int_equal(lister_names(f->s, "/a", &names, &f->err[0]), 0);
	assert_int_equal(names.n, 4);
	assert_string_equal(names.v[0], "x");
	assert_string_equal(names.v[1], "y z");
	assert_string_equal(names.v[2], ".");
	assert_string_equal(names.v[3], "last");
	assert_int_equal(warned.len, 0);
	script[0].data = "";
	assert_int_equal(lister_names(f->s, "/a", &names, &f->err[0]), 0);
	assert_int_equal(names.n, 4);
	script[0].reply = "226 Output truncated to 1 matches\r\n";
	assert_int_equal(lister_names(f->s, "/a", &names, &f->err[0]), 0);
	assert_string_equal(warned.data, "nas: the names are incomplete: "
	    "Output truncated to 1 matches\n");
	script[0].data = NULL;
	script[0].reply = "550 No\r\n";
	assert_int_equal(lister_names(f->s, "/a", &names, &f->err[0]), -1);
	assert_int_equal(names.n, 4);
	strvec_release(&names);
	server.script = NULL;
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_whole_by_stat),
		TEST(test_no_flights),
		TEST(test_mlsd_or_list),
		TEST(test_setting),
		TEST(test_stat_is_tried),
		TEST(test_rough),
		TEST(test_hint),
		TEST(test_hint_of_bad_names),
		TEST(test_rough_and_large),
		TEST(test_below),
		TEST(test_confirm),
		TEST(test_truncated),
		TEST(test_refused),
		TEST(test_is_a_directory),
		TEST(test_ambiguous),
		TEST(test_below_too_long),
		TEST(test_below_blanks),
		TEST(test_not_to_be_said),
		TEST(test_stat_of_anything),
		TEST(test_stat_lost),
		TEST(test_facts_lost),
		TEST(test_mark_links),
		TEST(test_is_link),
		TEST(test_out_of_step),
		TEST(test_zone),
		TEST(test_lost_once),
		TEST(test_look),
		TEST(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
