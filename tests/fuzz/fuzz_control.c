/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * All that a server says in a session: greeting, login, listings, verbs,
 * reconnecting.  The first byte of an input chooses settings ('0': the
 * defaults, counted up).  The rest is pieces with '~' between them: the
 * server says one each time the client waits, and where the client opens a
 * data connection the next piece is what comes over it.
 *
 * To that end the two files of net/ through which a session meets the world
 * are replaced here: dial, which makes socket pairs, and wait, in which the
 * server has its turn.  There is neither a network nor a clock, and no
 * address or port that an input names is ever reached.
 */
#include <sys/socket.h>

#include <assert.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "ftp/digest.h"
#include "ftp/files.h"
#include "ftp/folders.h"
#include "ftp/lister.h"
#include "ftp/look.h"
#include "ftp/removal.h"
#include "ftp/rename.h"
#include "net/dial.h"
#include "net/wait.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SEPARATOR = '~' };

/* The separator never comes from the server, so neither does this. */
#define PASSWORD "hunter~2"

/* The server: its end of the control connection, and what it will say. */
static struct {
	int control;
	const char *next, *end;
	char last;		/* byte that the client sent */
} server = { .control = -1 };

static void
hang_up(void)
{
	if (server.control != -1)
		close(server.control);
	server.control = -1;
	server.last = '\n';
}

/* What may not be in a command, whatever names the server gave. */
static void
check_byte(char byte)
{
	unsigned char c = (unsigned char)byte;

	assert(c != '\0');
	assert((server.last == '\r') == (c == '\n'));
	assert((unsigned char)server.last != 0xff || c < 0xf0 || c == 0xff);
	server.last = byte;
}

static void
hear(void)
{
	char buf[4096];
	ssize_t i, n;

	while (server.control != -1 && (n = recv(server.control, buf,
	    sizeof(buf), MSG_DONTWAIT)) > 0)
		for (i = 0; i < n; i++)
			check_byte(buf[i]);
}

static void
say_next(int fd)
{
	const char *end;
	ssize_t n;

	end = memchr(server.next, SEPARATOR,
	    (size_t)(server.end - server.next));
	if (end == NULL)
		end = server.end;
	/* What does not fit is lost, as nobody reads meanwhile. */
	n = send(fd, server.next, (size_t)(end - server.next),
	    MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)n;
	server.next = end < server.end ? end + 1 : end;
}

static bool
has_more(void)
{
	return server.next < server.end;
}

int
net_wait(struct pollfd *fds, size_t n, int64_t deadline,
    struct cancel *cancel, struct err *err)
{
	int ready;

	(void)deadline, (void)cancel, (void)err;
	hear();
	ready = poll(fds, n, 0);
	if (ready != 0 || server.control == -1)
		return ready;
	if (has_more())
		say_next(server.control);
	else
		shutdown(server.control, SHUT_WR);
	return poll(fds, n, 0);
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
	int fds[2], rc;

	rc = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds);
	assert(rc == 0);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	*ours = fds[1];
	return fds[0];
}

struct dial {
	bool is_there;
};

struct dial *
dial_resolve(const char *host, int port, const struct dial_options *o,
    struct err *err)
{
	static struct dial one;

	(void)host, (void)port, (void)o, (void)err;
	hang_up();
	one.is_there = has_more();
	return &one;
}

int
dial_connect(struct dial *d, struct err *err)
{
	if (!d->is_there)
		return err_set(err, ERR_NETWORK, "connection refused");
	return make_pair(&server.control);
}

void
dial_end(struct dial *d)
{
	(void)d;
}

int
dial_peer_port(int control_fd, int port, struct err *err)
{
	int ours, fd;

	(void)control_fd, (void)err;
	assert(port > 0 && port < 65536);
	fd = make_pair(&ours);
	say_next(ours);
	close(ours);
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
	assert(strlen(ipv4) <= 15);
	return dial_peer_port(control_fd, port, err);
}

/* Fit for any terminal, and without the password. */
static void
check_text(const char *s)
{
	const char *p;

	assert(text_is_utf8(s, strlen(s)));
	for (p = s; *p != '\0'; p++) {
		assert((unsigned char)*p >= ' ' && *p != 127);
		assert(*p != '\xc2' || (unsigned char)p[1] >= 0xa0);
	}
	assert(strstr(s, PASSWORD) == NULL);
}

static void
take_line(void *ctx, enum log_level level, const char *line)
{
	(void)ctx, (void)level;
	check_text(line);
}

static void
take_event(void *ctx, const struct event *ev)
{
	(void)ctx;
	if (ev->message != NULL)
		check_text(ev->message);
}

static void
take_progress(void *ctx, const char *name, int64_t delta, int64_t total,
    bool done)
{
	(void)ctx, (void)name, (void)delta, (void)total, (void)done;
}

static const struct observer observer = { NULL, take_event, take_progress };

static void
check_listing(struct listing *l)
{
	const struct entry *e;
	size_t i;

	for (i = 0; i < l->n; i++) {
		e = &l->entry[i];
		assert(path_is_component(e->name));
		assert(i == 0 || strcmp(l->entry[i - 1].name, e->name) < 0);
		assert(e->size >= -1 && e->mode >= -1 && e->mode <= 07777);
	}
	listing_release(l);
}

static void
try_many(struct session *s)
{
	static const char *const path[] = { "/", "/a b", "/c" };
	const struct lister_request rq = {
		.dir = path, .n = 3, .need = LIST_WHOLE, .flags = LIST_TARGETS,
	};
	struct err err[3] = { ERR_INIT, ERR_INIT, ERR_INIT };
	struct listing l[3];
	size_t i;

	lister_list_many(s, &rq, l, err);
	for (i = 0; i < 3; i++) {
		check_text(err[i].msg);
		check_listing(&l[i]);
	}
}

static void
try_look(struct session *s, struct err *err)
{
	struct strvec names = STRVEC_INIT;
	const struct reply *r;
	struct listing l;

	if (lister_list(s, "", LIST_TO_LOOK, LIST_TARGETS | LIST_LINKS, &l,
	    err) != 0)
		check_text(err->msg);
	check_listing(&l);
	try_many(s);
	if (look_one(s, "dir/a b", &l, err) == 1)
		listing_release(&l);
	if (session_quote(s, "HELP", &r, err) == 0)
		assert(r->code >= 200 && r->code <= 599 &&
		    strlen(r->text.data) == r->text.len);
	(void)lister_names(s, "dir", &names, err);
	strvec_release(&names);
	check_text(err->msg);
}

static void
try_times(struct session *s, struct err *err)
{
	static const char *const path[] = { "a", "/b", "c d" };
	struct timespec ts[3];
	enum time_precision precision;
	char hex[HASH_HEX_MAX];
	enum hash_alg alg;
	bool known[3];
	int64_t size;

	if (files_size(s, "a", &size, err) == 1)
		assert(size >= 0);
	(void)files_time(s, "a", &ts[0], &precision, err);
	(void)files_times(s, path, 3, ts, known, err);
	(void)files_set_time(s, "a", 1700000000, err);
	if (digest_ask(s, "a", &alg, hex, err) == 1)
		assert(strspn(hex, "0123456789abcdef") == strlen(hex));
	check_text(err->msg);
}

static void
try_change(struct session *s, struct err *err)
{
	struct session_state st;

	(void)session_cd(s, "sub", err);
	(void)folders_make_path(s, "x/y", NULL, err);
	(void)rename_path(s, "a", "b", true, err);
	(void)files_symlink(s, "aim", "link", err);
	(void)files_set_mode(s, "a", 0644, err);
	(void)removal_dir(s, "x", err);
	check_text(err->msg);
	session_state(s, &st);
	check_text(st.tls);
}

static void
run(struct session *s)
{
	struct err err = ERR_INIT;

	if (session_connect(s, &err) != 0)
		check_text(err.msg);
	if (has_more())
		try_look(s, &err);
	if (has_more())
		try_times(s, &err);
	if (has_more())
		try_change(s, &err);
}

static void
settings_for(struct site *site, unsigned bits)
{
	struct settings *set = &site->set;

	settings_init(set);
	set->host = xstrdup("server.example");
	set->user = xstrdup("user");
	set->tls = TLS_OFF;
	set->retries = 1;
	set->retry_delay = 0;
	set->pipeline = bits & 1 ? PIPELINE_OFF : PIPELINE_AUTO;
	set->listing = (enum listing_kind)(bits >> 1 & 3);
	if (bits & 8)
		set->passive_address = PASSIVE_REPLY;
	if (bits & 16)
		set->dir = xstrdup("start here");
	if (!(bits & 32))
		secret_set(&site->password, PASSWORD);
	else
		set->account = xstrdup("account");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct site site = { .name = xstrdup("nas") };
	struct session *s;

	settings_for(&site, size > 0 ? data[0] - (unsigned)'0' : 0);
	server.next = (const char *)data + (size > 0);
	server.end = (const char *)data + size;
	hang_up();
	log_setup(LOG_DEBUG, take_line, NULL);
	s = session_new(&site, 1, &observer, NULL);
	run(s);
	session_free(s);
	hang_up();
	secret_release(&site.password);
	settings_release(&site.set);
	free(site.name);
	return 0;
}
