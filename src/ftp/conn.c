/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ftp/conn.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/wait.h"

enum { QUIT_WAIT_MS = 500 };

struct conn *
conn_new(const struct site *site, struct server *server,
    struct cancel *cancel)
{
	struct conn *c = xcalloc(1, sizeof(*c));

	c->site = site;
	c->server = server;
	c->cancel = cancel;
	c->ahead.fd = -1;
	return c;
}

int64_t
conn_soon(const struct conn *c)
{
	return deadline_in(c->site->set.timeout);
}

int64_t
conn_late(const struct conn *c)
{
	return deadline_in(c->site->set.reply_timeout);
}

bool
conn_alive(const struct conn *c)
{
	return c != NULL && c->control != NULL && control_alive(c->control);
}

bool
conn_flights(const struct conn *c)
{
	return c->site->set.pipeline &&
	    server_has(c->server, TRAIT_FLIGHTS);
}

void
conn_set_site(struct conn *c, const struct site *site)
{
	c->site = site;
	control_set_timeout(c->control, site->set.timeout);
	control_set_lockstep(c->control, !conn_flights(c));
}

/*
 * QUIT leaves with our close_notify behind it; a moment is given to both so
 * that the server sees an orderly end, but nobody waits for its answer.
 */
static void
say_quit(struct conn *c)
{
	struct err err = ERR_INIT;
	int64_t deadline = deadline_in(QUIT_WAIT_MS);
	struct stream *s = control_stream(c->control);
	struct pollfd pfd;

	if (control_send(c->control, &err, "QUIT") != 0)
		return;
	while (stream_try_finish(s, &err) == STREAM_AGAIN) {
		stream_pollfd(s, &pfd);
		if (net_wait(&pfd, 1, deadline, NULL, &err) <= 0)
			break;
	}
}

void
conn_close(struct conn *c, bool polite)
{
	if (c == NULL)
		return;
	if (polite && conn_alive(c))
		say_quit(c);
	control_free(c->control);
	if (c->ahead.fd != -1)
		close(c->ahead.fd);
	tls_peer_free(c->peer);
	feat_release(&c->feat);
	free(c->login_dir);
	free(c->foreign);
	free(c->cwd);
	free(c->active_address);
	free(c);
}
