/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/stream.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/socket.h"
#include "net/tls_session.h"

/* What a small file or a reply needs; buffers grow when it is used up. */
enum { BUFFER_FIRST = 16 * 1024 };
/* Receives behind what we sent that hurry; data in bulk needs none. */
enum { HURRIES = 16 };

/* Bytes from pos to len are waiting. */
struct queue {
	char *data;
	size_t cap, pos, len;
};

struct stream {
	int fd;
	size_t bufsize;
	struct queue in, out;
	struct tls_session *tls;
	bool connecting;
	bool secured;		/* the TLS handshake is done */
	bool said_bye;
	bool want_read;		/* the last read found nothing */
	bool discarding;	/* what comes behind the end */
	bool in_filled;		/* the last recv() filled the buffer */
	enum stream_end end;
	int sys;		/* errno of the last failed recv or send */
	int hurries;		/* left */
	struct err deferred;	/* met behind data that came first */
	uint64_t moved;
};

static size_t
waiting(const struct queue *q)
{
	return q->len - q->pos;
}

/* Makes room for n more bytes. */
static void
make_room(struct queue *q, size_t n)
{
	size_t cap = q->cap;

	if (q->pos == q->len)
		q->pos = q->len = 0;
	if (q->len + n <= q->cap)
		return;
	if (q->pos != 0) {
		memmove(q->data, q->data + q->pos, waiting(q));
		q->len -= q->pos;
		q->pos = 0;
	}
	while (cap < q->len + n)
		cap = cap == 0 ? BUFFER_FIRST : cap * 2;
	if (cap != q->cap)
		q->data = xreallocarray(q->data, cap, 1);
	q->cap = cap;
}

static size_t
queue_take(struct queue *q, void *buf, size_t n)
{
	if (n > waiting(q))
		n = waiting(q);
	memcpy(buf, q->data + q->pos, n);
	q->pos += n;
	return n;
}

static void
queue_put(struct queue *q, const void *data, size_t n)
{
	make_room(q, n);
	memcpy(q->data + q->len, data, n);
	q->len += n;
}

struct stream *
stream_new(int fd, size_t bufsize)
{
	struct stream *s = xcalloc(1, sizeof(*s));
	struct address peer;
	struct err err;

	s->fd = fd;
	s->bufsize = bufsize;
	s->connecting = socket_peer(fd, &peer, &err) != 0;
	return s;
}

void
stream_free(struct stream *s)
{
	if (s == NULL)
		return;
	tls_session_free(s->tls);
	socket_close(s->fd);
	free(s->in.data);
	free(s->out.data);
	free(s);
}

int
stream_fd(const struct stream *s)
{
	return s->fd;
}

void
stream_pollfd(const struct stream *s, struct pollfd *pfd)
{
	bool handshake = s->tls != NULL && !s->secured;

	*pfd = (struct pollfd){ .fd = s->fd };
	if (s->connecting) {
		pfd->events = POLLOUT;
		return;
	}
	if (waiting(&s->out) > 0)
		pfd->events |= POLLOUT;
	/*
	 * A writer that does not read must not be woken by what it leaves
	 * unread, such as tickets during an upload.
	 */
	if ((s->end == STREAM_OPEN || s->discarding) &&
	    (s->want_read || handshake || pfd->events == 0))
		pfd->events |= POLLIN;
	if (pfd->events == 0)
		pfd->fd = -1;
}

static int
socket_error(int sys, struct err *err)
{
	if (sys == ECONNRESET || sys == EPIPE)
		err_set(err, ERR_NETWORK, "connection reset by the server");
	else if (sys == ETIMEDOUT)
		err_set(err, ERR_NETWORK, "connection lost: the server "
		    "answers no more");
	else {
		errno = sys;
		return err_sys(err, ERR_NETWORK, "connection lost");
	}
	err->sys = sys;
	return -1;
}

/* 0 connected, STREAM_AGAIN, -1. */
static int
finish_connect(struct stream *s, struct err *err)
{
	struct err not_yet = ERR_INIT;
	struct address peer;
	socklen_t len = sizeof(s->sys);

	if (!s->connecting)
		return 0;
	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &s->sys, &len) != 0)
		s->sys = errno;
	if (s->sys != 0) {
		errno = s->sys;
		return err_sys(err, s->sys == ETIMEDOUT ? ERR_TIMEOUT :
		    ERR_NETWORK, "cannot connect");
	}
	if (socket_peer(s->fd, &peer, &not_yet) != 0) {
		if (not_yet.sys == ENOTCONN)
			return STREAM_AGAIN;
		*err = not_yet;
		return -1;
	}
	s->connecting = false;
	return 0;
}

/* As recv(2); remembers errno. */
static ssize_t
receive(struct stream *s, void *buf, size_t n)
{
	ssize_t got;

	do {
		got = recv(s->fd, buf, n, 0);
	} while (got == -1 && errno == EINTR);
	if (got == -1)
		s->sys = errno;
	else
		s->moved += got;
	/* The kernel forgets it at times. */
	if (s->hurries != 0) {
		s->hurries--;
		socket_hurry(s->fd);
		if (got == -1)
			errno = s->sys;
	}
	return got;
}

/* Reads ahead into the empty buffer, which grows while it is too small. */
static ssize_t
fill(struct stream *s)
{
	struct queue *in = &s->in;
	ssize_t got;

	if (in->cap == 0 || (s->in_filled && in->cap != s->bufsize)) {
		free(in->data);
		in->cap = in->cap == 0 ? BUFFER_FIRST : in->cap * 4;
		if (in->cap > s->bufsize)
			in->cap = s->bufsize;
		in->data = xmalloc(in->cap);
	}
	in->pos = in->len = 0;
	got = receive(s, in->data, in->cap);
	if (got != -1)
		in->len = got;
	s->in_filled = got == (ssize_t)in->cap;
	return got;
}

static ssize_t
pull(void *ctx, void *buf, size_t n)
{
	struct stream *s = ctx;

	if (waiting(&s->in) == 0 && fill(s) == -1)
		return -1;
	return queue_take(&s->in, buf, n);
}

static void
push(void *ctx, const void *data, size_t n)
{
	struct stream *s = ctx;

	queue_put(&s->out, data, n);
}

/* Sends what the socket takes: 0 all, STREAM_AGAIN, or -1 with s->sys. */
static int
send_out(struct stream *s)
{
	struct queue *out = &s->out;
	ssize_t sent;

	while (waiting(out) > 0) {
		sent = send(s->fd, out->data + out->pos, waiting(out),
		    MSG_NOSIGNAL);
		if (sent != -1) {
			out->pos += sent;
			s->moved += sent;
			s->hurries = HURRIES;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			return STREAM_AGAIN;
		} else if (errno != EINTR) {
			s->sys = errno;
			return -1;
		}
	}
	return 0;
}

/*
 * Sends what waits, for one who only reads: TLS has something to say at
 * times.  Where that fails the output is dropped: the server may have sent
 * its reason before it closed, so reading goes on.  It is no progress.
 */
static void
send_aside(struct stream *s)
{
	uint64_t moved = s->moved;

	if (send_out(s) == -1)
		s->out.pos = s->out.len = 0;
	s->moved = moved;
}

int
stream_start_tls(struct stream *s, struct tls_peer *peer,
    enum tls_role role, struct err *err)
{
	struct tls_transport transport = { s, pull, push };

	if (waiting(&s->in) > 0)
		return err_set(err, ERR_TLS, "server sent data before TLS "
		    "began");
	s->tls = tls_session_new(peer, role, &transport, err);
	return s->tls != NULL ? 0 : -1;
}

bool
stream_resumed(const struct stream *s)
{
	return s->tls != NULL && tls_session_resumed(s->tls);
}

void
stream_describe(const struct stream *s, struct buf *out)
{
	if (s->tls != NULL)
		tls_session_describe(s->tls, out);
	else
		buf_adds(out, "no TLS");
}

int
stream_try_handshake(struct stream *s, struct err *err)
{
	int rc;

	rc = finish_connect(s, err);
	if (rc != 0 || s->tls == NULL || s->secured)
		return rc;
	rc = tls_session_handshake(s->tls, err);
	/* The whole flight leaves at once; so does an alert. */
	send_aside(s);
	switch (rc) {
	case 0:
		s->secured = true;
		return 0;
	case TLS_AGAIN:
		return STREAM_AGAIN;
	case TLS_IO:
		socket_error(s->sys, err);
		return err_prefix(err, "TLS handshake");
	default:
		return -1;
	}
}

/* One read from TLS or the socket: > 0, 0, STREAM_AGAIN, or -1. */
static ssize_t
read_some(struct stream *s, void *buf, size_t n, struct err *err)
{
	bool notified = false;
	ssize_t got;

	if (s->tls != NULL) {
		got = tls_session_read(s->tls, buf, n, &notified, err);
	} else {
		got = n >= s->bufsize && waiting(&s->in) == 0 ?
		    receive(s, buf, n) : pull(s, buf, n);
		if (got < 0)
			got = s->sys == EAGAIN ? STREAM_AGAIN : TLS_IO;
	}
	if (got == 0)
		s->end = notified ? STREAM_END_NOTIFY : STREAM_END_BARE;
	if (got == TLS_IO)
		return socket_error(s->sys, err);
	return got;
}

ssize_t
stream_try_read(struct stream *s, void *buf, size_t n, struct err *err)
{
	size_t done = 0;
	ssize_t got;

	got = stream_try_handshake(s, err);
	if (got != 0)
		return got;
	if (s->deferred.kind != ERR_NONE) {
		*err = s->deferred;
		return -1;
	}
	if (s->end != STREAM_OPEN)
		return 0;
	do {
		got = read_some(s, (char *)buf + done, n - done,
		    done > 0 ? &s->deferred : err);
		if (got > 0)
			done += got;
		/* Records behind these may be tickets: take them along. */
	} while (got > 0 && done < n && waiting(&s->in) > 0);
	send_aside(s);
	s->want_read = got == STREAM_AGAIN;
	return done > 0 ? (ssize_t)done : got;
}

enum stream_end
stream_ended(const struct stream *s)
{
	return s->end;
}

/* Puts n bytes into the buffer, under TLS as one record. */
static int
put_record(struct stream *s, const char *data, size_t n, struct err *err)
{
	if (s->tls != NULL)
		return tls_session_write(s->tls, data, n, err);
	queue_put(&s->out, data, n);
	return 0;
}

ssize_t
stream_try_write(struct stream *s, const void *buf, size_t n,
    struct err *err)
{
	size_t done = 0, len;
	int rc;

	rc = stream_try_handshake(s, err);
	if (rc != 0)
		return rc;
	while (done < n) {
		if (waiting(&s->out) >= s->bufsize && send_out(s) == -1)
			return socket_error(s->sys, err);
		if (waiting(&s->out) >= s->bufsize)
			break;
		len = n - done;
		if (len > TLS_RECORD_MAX)
			len = TLS_RECORD_MAX;
		if (put_record(s, (const char *)buf + done, len, err) != 0)
			return -1;
		done += len;
	}
	return done > 0 ? (ssize_t)done : STREAM_AGAIN;
}

int
stream_try_flush(struct stream *s, struct err *err)
{
	int rc;

	rc = stream_try_handshake(s, err);
	if (rc != 0)
		return rc;
	rc = send_out(s);
	return rc == -1 ? socket_error(s->sys, err) : rc;
}

int
stream_try_finish(struct stream *s, struct err *err)
{
	int rc;

	if (s->secured && !s->said_bye) {
		tls_session_bye(s->tls);
		s->said_bye = true;
	}
	rc = send_out(s);
	if (rc == -1)
		return socket_error(s->sys, err);
	if (rc == 0)
		socket_end(s->fd);
	return rc;
}

int
stream_try_discard(struct stream *s, struct err *err)
{
	char buf[4096];
	ssize_t got;

	s->discarding = true;
	do {
		got = receive(s, buf, sizeof(buf));
	} while (got > 0);
	s->want_read = got == -1 && s->sys == EAGAIN;
	if (got == 0)
		return 0;
	return s->want_read ? STREAM_AGAIN : socket_error(s->sys, err);
}

uint64_t
stream_moved(const struct stream *s)
{
	return s->tls == NULL ? s->moved :
	    s->moved - tls_session_idle_bytes(s->tls);
}

bool
stream_is_ipv6(const struct stream *s)
{
	struct address local;
	struct err err;

	return socket_local(s->fd, &local, &err) == 0 &&
	    local.ss.ss_family == AF_INET6;
}
