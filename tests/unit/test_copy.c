/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies from a source to a sink that are made for this, and fail on order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"
#include "transfer/copy.h"
#include "transfer/next.h"
#include "transfer/sink.h"
#include "transfer/tries.h"

#define TEXT "0123456789"

enum { SIZE = 10, CHUNK = 4, OVERLAP = 3, FAILURES = 4, COPIES = 40 };

/* The nth call of an operation (from 1 on) of a copy fails. */
struct failure {
	char who;		/* 0: anybody's */
	const char *op;
	int nth;
	enum fault fault;
};

struct env {
	struct buf told;	/* what was called, in order */
	struct failure failure[FAILURES];
	int calls[FAILURES];
	int tries;		/* are granted */
	bool trying;
	enum sink_place place;	/* what where() says */
	bool late;		/* answers come with await() only */
	const struct version *rewritten;	/* added, before another try */
	bool foreign;		/* what the sink has is another file's */
	bool named;		/* sinks want to know their names */
	bool misnamed;
	struct buf done;	/* "a b! ": ended, the latter with an error */
	struct buf shown;	/* to a progress line */
	struct copy_result res;
	struct err err;
};

struct fake_source {
	struct source source;
	struct env *env;
	char who;
	int64_t at;
};

struct fake_sink {
	struct sink sink;
	struct env *env;
	char who;
	char part[SIZE + 1];
	int64_t there;		/* bytes of the part */
	bool asked;
};

static int
setup(void **state)
{
	struct env *e = xcalloc(1, sizeof(*e));

	buf_init(&e->told, BUF_OWN);
	buf_init(&e->done, BUF_OWN);
	buf_init(&e->shown, BUF_OWN);
	*state = e;
	return 0;
}

static int
teardown(void **state)
{
	struct env *e = *state;

	buf_release(&e->told);
	buf_release(&e->done);
	buf_release(&e->shown);
	free(e);
	return 0;
}

/* Notes a call, and whether it is to fail. */
static int
call(struct env *e, char who, const char *op, enum fault *fault,
    struct err *err)
{
	int i;

	assert_int_equal(err->kind, ERR_NONE);
	buf_addf(&e->told, "%c%s ", who, op);
	for (i = 0; i < FAILURES && e->failure[i].op != NULL; i++) {
		if (strcmp(e->failure[i].op, op) != 0 ||
		    (e->failure[i].who != 0 && e->failure[i].who != who) ||
		    ++e->calls[i] != e->failure[i].nth)
			continue;
		*fault = e->failure[i].fault;
		return err_set(err, ERR_NETWORK, "%s failed", op);
	}
	return 0;
}

/* What was called since the last time. */
static void
expect(struct env *e, const char *told)
{
	assert_string_equal(e->told.data != NULL ? e->told.data : "", told);
	buf_clear(&e->told);
}

/* The source. */

static int
source_call(struct source *src, const char *op, struct err *err)
{
	struct fake_source *f = (struct fake_source *)src;

	return call(f->env, f->who, op, &src->fault, err);
}

static int
source_look(struct source *src, bool wait, struct err *err)
{
	return source_call(src, wait ? "look+" : "look", err);
}

static int
source_begin(struct source *src, int64_t offset, bool more, struct err *err)
{
	const struct version *then =
	    ((struct fake_source *)src)->env->rewritten;
	char op[16];

	(void)more;
	((struct fake_source *)src)->at = offset;
	if (offset > 0 && then != NULL) {
		src->version.size += then->size;
		src->version.mtime.tv_sec += then->mtime.tv_sec;
		src->version.mtime.tv_nsec += then->mtime.tv_nsec;
		src->version.exact = then->exact;
	}
	snprintf(op, sizeof(op), "from%d", (int)offset);
	return source_call(src, op, err);
}

static ssize_t
source_read(struct source *src, void *buf, size_t n, struct err *err)
{
	struct fake_source *f = (struct fake_source *)src;
	int64_t left = SIZE - f->at;

	if (source_call(src, "read", err) != 0)
		return -1;
	if (n > CHUNK)
		n = CHUNK;
	if ((int64_t)n > left)
		n = (size_t)left;
	memcpy(buf, &TEXT[f->at], n);
	f->at += (int64_t)n;
	return (ssize_t)n;
}

static int
source_end(struct source *src, struct err *err)
{
	return source_call(src, "shut", err);
}

static void
source_stop(struct source *src, bool anew)
{
	struct err ignored = ERR_INIT;

	(void)source_call(src, anew ? "halt0" : "halt", &ignored);
}

static void
source_close(struct source *src)
{
	free(src);
}

static const struct source_ops source_ops = {
	.look = source_look, .begin = source_begin, .read = source_read,
	.end = source_end, .stop = source_stop, .close = source_close,
};

/* The sink. */

static int
sink_call(struct sink *to, const char *op, struct err *err)
{
	struct fake_sink *f = (struct fake_sink *)to;

	return call(f->env, f->who, op, &to->fault, err);
}

static int
sink_have(struct sink *to, struct source *from, bool resume, int64_t *have,
    struct err *err)
{
	struct fake_sink *f = (struct fake_sink *)to;

	(void)from;
	if (!resume && !to->stream)
		f->there = 0;
	*have = f->there;
	if (f->env->foreign)
		to->fault = FAULT_DIFFERS;
	return sink_call(to, "have", err);
}

static int
sink_begin(struct sink *to, const struct source *from, int64_t have,
    bool more, struct err *err)
{
	(void)from;
	(void)more;
	((struct fake_sink *)to)->there = have;
	return sink_call(to, "begin", err);
}

static int
sink_write(struct sink *to, const void *buf, size_t n, struct err *err)
{
	struct fake_sink *f = (struct fake_sink *)to;

	if (sink_call(to, "write", err) != 0)
		return -1;
	assert_false(to->whole);
	assert_true(f->there + (int64_t)n <= SIZE);
	memcpy(f->part + f->there, buf, n);
	f->there += (int64_t)n;
	return 0;
}

static int
sink_read_at(struct sink *to, void *buf, size_t n, int64_t at,
    struct err *err)
{
	struct fake_sink *f = (struct fake_sink *)to;
	size_t told = f->env->told.len;

	if (sink_call(to, "old", err) != 0)
		return -1;
	/* Only that is told. */
	buf_truncate(&f->env->told, told);
	memcpy(buf, f->part + at, n);
	return 0;
}

static int
sink_connect(struct sink *to, struct err *err)
{
	struct err ignored = ERR_INIT;
	size_t told = ((struct fake_sink *)to)->env->told.len;

	if (sink_call(to, "connect", &ignored) == 0) {
		/* It happens too often to be told. */
		buf_truncate(&((struct fake_sink *)to)->env->told, told);
		return 0;
	}
	*err = ignored;
	return -1;
}

static int
sink_end(struct sink *to, struct err *err)
{
	return sink_call(to, "end", err);
}

static int
sink_check(struct sink *to, bool alone, struct err *err)
{
	((struct fake_sink *)to)->asked = true;
	return sink_call(to, alone ? "check1" : "check", err);
}

/* An answer, which is there unless answers are late. */
static int
sink_answer(struct sink *to, const char *op, struct err *err)
{
	struct fake_sink *f = (struct fake_sink *)to;

	if (f->env->late && f->asked)
		return 0;
	if (sink_call(to, op, err) != 0)
		return -1;
	to->verified = true;
	return 1;
}

static int
sink_checked(struct sink *to, struct err *err)
{
	return sink_answer(to, "checked", err);
}

static int
sink_commit(struct sink *to, bool now, struct err *err)
{
	assert_true(to->whole);
	((struct fake_sink *)to)->asked = !now;
	return sink_call(to, now ? "commit!" : "commit", err);
}

static int
sink_committed(struct sink *to, struct err *err)
{
	return sink_answer(to, "committed", err);
}

static int
sink_await(struct sink *to, struct err *err)
{
	((struct fake_sink *)to)->asked = false;
	return sink_call(to, "await", err);
}

static int
sink_where(struct sink *to, enum sink_place *place, struct err *err)
{
	*place = ((struct fake_sink *)to)->env->place;
	if (*place == SINK_NEITHER)
		((struct fake_sink *)to)->there = 0;
	return sink_call(to, "where", err);
}

static void
sink_stop(struct sink *to, bool fresh, struct err *err)
{
	struct err ignored = ERR_INIT;

	(void)err;
	to->kept = fresh ? 0 : ((struct fake_sink *)to)->there;
	(void)sink_call(to, fresh ? "drop" : "stop", &ignored);
}

static void
sink_leave(struct sink *to, bool fresh, struct err *err)
{
	struct err ignored = ERR_INIT;

	(void)fresh;
	if (err == NULL)
		assert_memory_equal(((struct fake_sink *)to)->part, TEXT,
		    SIZE);
	(void)sink_call(to, err == NULL ? "leave" : "leave!", &ignored);
}

static bool
sink_wants_name(struct sink *to)
{
	return ((struct fake_sink *)to)->env->named;
}

static void
sink_look_names(struct sink *const *to, size_t n, struct err *each)
{
	struct env *e = ((struct fake_sink *)to[0])->env;
	size_t i;

	buf_addf(&e->told, "names%d ", (int)n);
	for (i = 0; i < n && e->misnamed; i++) {
		to[i]->misnamed = true;
		err_set(&each[i], ERR_REFUSED, "another name");
	}
}

static void
sink_close(struct sink *to)
{
	free(to);
}

static const struct sink_ops sink_ops = {
	.have = sink_have, .begin = sink_begin, .write = sink_write,
	.read_at = sink_read_at, .end = sink_end, .connect = sink_connect,
	.check = sink_check, .checked = sink_checked, .commit = sink_commit,
	.committed = sink_committed, .await = sink_await,
	.where = sink_where, .stop = sink_stop, .leave = sink_leave,
	.wants_name = sink_wants_name, .look_names = sink_look_names,
	.close = sink_close,
};

/* Tries, granted without waiting. */

struct fake_tries {
	struct tries tries;
	struct env *env;
};

static void
tries_begin(struct tries *t)
{
	struct env *e = ((struct fake_tries *)t)->env;

	assert_false(e->trying);
	e->trying = true;
}

static void
tries_end(struct tries *t)
{
	struct env *e = ((struct fake_tries *)t)->env;

	assert_true(e->trying);
	e->trying = false;
}

static bool
tries_again(struct tries *t, int64_t at, struct err *err)
{
	struct env *e = ((struct fake_tries *)t)->env;

	assert_int_not_equal(err->kind, ERR_NONE);
	assert_true(e->trying);
	buf_addf(&e->told, "again%d ", (int)at);
	return e->tries-- > 0;
}

static void
tries_progress(struct tries *t)
{
	buf_addf(&((struct fake_tries *)t)->env->told, "progress ");
}

static struct tries *
fake_tries(struct env *e)
{
	static struct fake_tries t = {
		.tries = {
			.begin = tries_begin, .end = tries_end,
			.again = tries_again, .progress = tries_progress,
		},
	};

	t.env = e;
	return &t.tries;
}

static struct copy
make(struct env *e, char who)
{
	struct fake_source *from = xcalloc(1, sizeof(*from));
	struct fake_sink *to = xcalloc(1, sizeof(*to));

	*from = (struct fake_source){
		.source = { .ops = &source_ops, .told = true,
		    .restarts = true, .tries = fake_tries(e),
		    .version = { .size = SIZE, .exact = true } },
		.env = e, .who = who,
	};
	*to = (struct fake_sink){
		.sink = { .ops = &sink_ops, .sure = true, .dir = "/" },
		.env = e, .who = who,
	};
	return (struct copy){ .source = &from->source, .sink = &to->sink };
}

/* Something is there already. */
static void
have_part(const struct copy *c, const char *bytes)
{
	struct fake_sink *to = (struct fake_sink *)c->sink;

	to->there = (int64_t)strlen(bytes);
	memcpy(to->part, bytes, strlen(bytes));
}

static void
done(void *ctx, const struct copy_result *res, const struct err *err)
{
	struct env *e = ctx;

	e->res = *res;
	if (err != NULL)
		e->err = *err;
	buf_addf(&e->done, "%s", err == NULL ? "+" : "!");
}

static void
run(struct env *e, const struct copy *c, int rc)
{
	err_clear(&e->err);
	assert_int_equal(copy(c, &e->res, &e->err), rc);
	assert_int_equal(e->err.kind != ERR_NONE, rc != 0);
}

#define BYTES "aread awrite aread awrite aread awrite aread "
#define WHOLE "alook ahave afrom0 abegin " BYTES "ashut aend ahalt0 "
#define COMMIT "acheck1 aawait achecked acommit! aawait acommitted aleave "

static void
test_plain(void **state)
{
	struct env *e = *state;
	struct copy c = make(e, 'a');

	run(e, &c, 0);
	expect(e, WHOLE COMMIT);
	assert_int_equal(e->res.bytes, SIZE);
	assert_int_equal(e->res.size, SIZE);
	assert_true(e->res.verified);
	assert_false(e->res.resumed);
}

/* The end of what is there is read again, and compared. */
static void
test_resume(void **state)
{
	struct env *e = *state;
	struct copy c = make(e, 'a');

	have_part(&c, "01234");
	c.resume = true;
	c.sink->overlap = OVERLAP;
	run(e, &c, 0);
	expect(e, "alook+ ahave afrom2 abegin aread awrite aread awrite "
	    "aread ashut aend ahalt " COMMIT);
	assert_int_equal(e->res.bytes, 5);
	assert_true(e->res.resumed);
}

/* Another file's part: from the beginning, and at once. */
static void
test_differs(void **state)
{
	struct env *e = *state;
	struct copy c = make(e, 'a');

	have_part(&c, "01x34");
	c.resume = true;
	c.sink->overlap = OVERLAP;
	run(e, &c, 0);
	expect(e, "alook+ ahave afrom2 abegin aread ahalt adrop "
	    WHOLE COMMIT);
	assert_false(e->res.resumed);
	/* Or so it seems, as it cannot be read. */
	e->failure[0] = (struct failure){ 0, "old", 1, 0 };
	c = make(e, 'a');
	have_part(&c, "01234");
	c.resume = true;
	c.sink->overlap = OVERLAP;
	run(e, &c, 0);
	expect(e, "alook+ ahave afrom2 abegin aread aold ahalt adrop "
	    WHOLE COMMIT);
	/* Or that is known at once: then nothing of it is to be kept. */
	e->failure[0] = (struct failure){ 0, "read", 1, 0 };
	e->calls[0] = 0;
	e->foreign = true;
	c = make(e, 'a');
	c.resume = true;
	run(e, &c, -1);
	expect(e, "alook+ ahave afrom0 abegin aread ahalt0 adrop again0 "
	    "aleave! ");
}

static void
show(void *ctx, const char *name, int64_t delta, int64_t total, bool ended)
{
	struct env *e = ctx;

	buf_addf(&e->shown, "%s%d/%d%s ", name, (int)delta, (int)total,
	    ended ? "." : "");
}

/*
 * What a progress line is told: where it begins before anything comes, what is
 * there already as well, and a try that begins earlier takes back.
 */
static void
test_shown(void **state)
{
	struct env *e = *state;
	struct observer obs = { e, NULL, show };
	struct copy c = make(e, 'a');

	c.obs = &obs;
	c.source->name = "s";
	run(e, &c, 0);
	assert_string_equal(e->shown.data,
	    "s0/10 s4/10 s4/10 s2/10 s0/10. ");
	buf_clear(&e->shown);
	c = make(e, 'a');
	have_part(&c, "01x34");
	c.resume = true;
	c.obs = &obs;
	c.source->name = "s";
	c.sink->name = "t";
	c.sink->overlap = OVERLAP;
	run(e, &c, 0);
	assert_string_equal(e->shown.data,
	    "t2/10 t-2/10 t4/10 t4/10 t2/10 t0/10. ");
	buf_clear(&e->shown);
	/* Nothing was told of its size, or of a name. */
	c = make(e, 'a');
	c.obs = &obs;
	c.source->name = "s";
	c.source->told = false;
	e->failure[0] = (struct failure){ 0, "look", 1, 0 };
	run(e, &c, -1);
	assert_string_equal(e->shown.data, "s0/-1. ");
	buf_clear(&e->shown);
	c = make(e, 'a');
	c.obs = &obs;
	e->calls[0] = 0;
	run(e, &c, -1);
	assert_string_equal(e->shown.data, "");
}

/* The offset is refused, by either side. */
static void
test_offset(void **state)
{
	static const struct failure refused[] = {
		{ 0, "from5", 1, FAULT_OFFSET },
		{ 0, "begin", 1, FAULT_OFFSET },
	};
	static const char *const told[] = {
		"alook+ ahave afrom5 ahalt adrop " WHOLE COMMIT,
		"alook+ ahave afrom5 abegin ahalt adrop " WHOLE COMMIT,
	};
	struct env *e = *state;
	struct copy c;
	size_t i;

	for (i = 0; i < 2; i++) {
		e->failure[0] = refused[i];
		e->calls[0] = 0;
		c = make(e, 'a');
		have_part(&c, "01234");
		c.resume = true;
		run(e, &c, 0);
		expect(e, told[i]);
	}
}

/* Whatever fails before the commit is tried again, from the part. */
static void
test_again(void **state)
{
	static const struct {
		const char *op, *told;
	} row[] = {
		{ "look", "alook ahalt0 astop again0 alook+ ahave afrom0 "
		    "abegin " BYTES "ashut aend ahalt0 " COMMIT },
		{ "have", "alook ahave ahalt0 astop again0 alook+ ahave "
		    "afrom0 abegin " BYTES "ashut aend ahalt0 " COMMIT },
		{ "write", "alook ahave afrom0 abegin aread awrite ahalt0 "
		    "astop again0 alook+ ahave afrom0 abegin " BYTES
		    "ashut aend ahalt0 " COMMIT },
		{ "end", "alook ahave afrom0 abegin " BYTES "ashut aend "
		    "ahalt0 astop progress again10 alook+ ahave afrom10 "
		    "abegin aread ashut aend ahalt " COMMIT },
		{ "checked", WHOLE "acheck1 aawait achecked astop progress "
		    "again10 alook+ ahave afrom10 abegin aread ashut aend "
		    "ahalt " COMMIT },
	};
	struct env *e = *state;
	struct copy c;
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		e->failure[0] = (struct failure){ 0, row[i].op, 1, 0 };
		e->calls[0] = 0;
		e->tries = 1;
		c = make(e, 'a');
		run(e, &c, 0);
		expect(e, row[i].told);
	}
}

/* What arrived is not what was sent: not gone on with, but waited for. */
static void
test_anew(void **state)
{
	struct env *e = *state;
	struct copy c = make(e, 'a');

	e->failure[0] = (struct failure){ 0, "checked", 1, FAULT_DIFFERS };
	e->tries = 1;
	e->named = true;
	run(e, &c, 0);
	expect(e, WHOLE "acheck1 aawait achecked adrop progress again0 "
	    WHOLE COMMIT "names1 ");
}

/* No more tries: the last error is told, and what is kept. */
static void
test_gives_up(void **state)
{
	struct env *e = *state;
	struct copy c = make(e, 'a');

	e->failure[0] = (struct failure){ 0, "read", 2, 0 };
	run(e, &c, -1);
	expect(e, "alook ahave afrom0 abegin aread awrite aread ahalt0 astop "
	    "progress again4 aleave! ");
	assert_string_equal(e->err.msg, "read failed");
	assert_int_equal(e->res.kept, CHUNK);
}

/* Bytes that were there before are no progress. */
static void
test_progress(void **state)
{
	struct env *e = *state;
	struct copy c = make(e, 'a');

	e->failure[0] = (struct failure){ 0, "read", 2, 0 };
	/* The one after that: what failed counts for the first only. */
	e->failure[1] = (struct failure){ 0, "read", 2, 0 };
	e->tries = 1;
	run(e, &c, -1);
	expect(e, "alook ahave afrom0 abegin aread awrite aread ahalt0 astop "
	    "progress again4 alook+ ahave afrom4 abegin aread ahalt astop "
	    "again4 aleave! ");
}

/* What was sent is none, until it is found there. */
static void
test_progress_unsure(void **state)
{
	struct env *e = *state;
	struct copy c = make(e, 'a');

	e->failure[0] = (struct failure){ 0, "end", 1, 0 };
	e->failure[1] = (struct failure){ 0, "end", 1, 0 };
	e->tries = 1;
	c.sink->sure = false;
	run(e, &c, -1);
	expect(e, "alook ahave afrom0 abegin " BYTES "ashut aend ahalt0 "
	    "astop again10 alook+ ahave afrom10 abegin aread ashut aend "
	    "ahalt astop progress again10 aleave! ");
}

/* A commit that did not work is not tried again. */
static void
test_commit_fails(void **state)
{
	struct env *e = *state;
	struct copy c = make(e, 'a');

	e->failure[0] = (struct failure){ 0, "commit!", 1, 0 };
	e->tries = 9;
	run(e, &c, -1);
	expect(e, WHOLE "acheck1 aawait achecked acommit! astop aleave! ");
	/* Nor is it begun without a connection, nor are hooks called. */
	e->failure[0] = (struct failure){ 0, "connect", 2, 0 };
	e->calls[0] = 0;
	c = make(e, 'a');
	run(e, &c, -1);
	expect(e, WHOLE "acheck1 aawait achecked aconnect astop aleave! ");
}

#define UNANSWERED WHOLE "acheck1 aawait achecked acommit! aawait "	\
	"acommitted astop progress again10 "

/* Nobody answered the commit. */
static void
test_where(void **state)
{
	static const char *const told[] = {
		[SINK_COMMITTED] = "awhere aleave ",
		[SINK_PART] = "awhere acommit! aawait acommitted aleave ",
		[SINK_NEITHER] = "awhere alook+ ahave afrom0 abegin " BYTES
		    "ashut aend ahalt0 " COMMIT,
	};
	struct env *e = *state;
	struct copy c;
	int i;

	for (i = SINK_COMMITTED; i <= SINK_NEITHER; i++) {
		e->failure[0] = (struct failure){ 0, "committed", 1,
		    FAULT_UNANSWERED };
		e->calls[0] = 0;
		e->place = (enum sink_place)i;
		e->tries = 1;
		c = make(e, 'a');
		run(e, &c, 0);
		assert_memory_equal(e->told.data, UNANSWERED,
		    strlen(UNANSWERED));
		assert_string_equal(e->told.data + strlen(UNANSWERED),
		    told[i]);
		buf_clear(&e->told);
	}
}

/* It may take several tries to find that out; a pipe gives nothing twice. */
static void
test_where_fails(void **state)
{
	struct env *e = *state;
	struct copy c = make(e, 'a');

	e->failure[0] = (struct failure){ 0, "committed", 1,
	    FAULT_UNANSWERED };
	e->failure[1] = (struct failure){ 0, "where", 1, 0 };
	e->place = SINK_NEITHER;
	e->tries = 2;
	c.source->once = true;
	run(e, &c, -1);
	expect(e, UNANSWERED "awhere again10 awhere aleave! ");
	assert_string_equal(e->err.msg, "committed failed");
}

/* A pipe is not tried again once something was read of it. */
static void
test_once(void **state)
{
	struct env *e = *state;
	struct copy c = make(e, 'a');

	e->failure[0] = (struct failure){ 0, "from0", 1, 0 };
	e->failure[1] = (struct failure){ 0, "read", 2, 0 };
	e->tries = 9;
	c.source->once = true;
	run(e, &c, -1);
	expect(e, "alook ahave afrom0 ahalt0 astop again0 alook+ ahave "
	    "afrom0 abegin aread awrite aread ahalt0 astop progress "
	    "aleave! ");
}

/* What was taken from a pipe for a write that failed is gone, too. */
static void
test_once_taken(void **state)
{
	struct env *e = *state;
	struct copy c = make(e, 'a');

	e->failure[0] = (struct failure){ 0, "write", 1, 0 };
	e->tries = 9;
	c.source->once = true;
	run(e, &c, -1);
	assert_null(strstr(e->told.data, "again"));
	buf_clear(&e->told);
}

/* What an output has swallowed stands: gone on with, if it is the same. */
static void
test_stream(void **state)
{
	struct env *e = *state;
	struct copy c = make(e, 'a');

	e->failure[0] = (struct failure){ 0, "read", 2, 0 };
	e->tries = 1;
	c.sink->stream = true;
	run(e, &c, 0);
	expect(e, "alook ahave afrom0 abegin aread awrite aread ahalt0 astop "
	    "progress again4 alook ahave afrom4 abegin aread awrite aread "
	    "awrite aread ashut aend ahalt " COMMIT);
	e->calls[0] = 0;
	e->tries = 1;
	c = make(e, 'a');
	c.sink->stream = true;
	c.source->version.exact = false;
	run(e, &c, -1);
	expect(e, "alook ahave afrom0 abegin aread awrite aread ahalt0 astop "
	    "progress aleave! ");
	assert_int_equal(e->res.kept, 0);
	/* As long as it has swallowed nothing it may be any version. */
	e->failure[0] = (struct failure){ 0, "read", 1, 0 };
	e->calls[0] = 0;
	e->tries = 1;
	c = make(e, 'a');
	c.sink->stream = true;
	c.source->version.exact = false;
	run(e, &c, 0);
	expect(e, "alook ahave afrom0 abegin aread ahalt0 astop again0 "
	    WHOLE COMMIT);
	/* What came out wrong cannot be taken back. */
	e->failure[0] = (struct failure){ 0, "digest", 1, FAULT_DIFFERS };
	e->calls[0] = 0;
	e->tries = 9;
	c = make(e, 'a');
	c.sink->stream = true;
	run(e, &c, 0);
	expect(e, WHOLE COMMIT);
}

/* If it is another by then that is the end: what was swallowed stands. */
static void
test_stream_rewritten(void **state)
{
	static const struct version added[] = {
		{ .exact = true, .size = 1 },
		{ .exact = true, .mtime.tv_sec = 1 },
		{ .exact = true, .mtime.tv_nsec = 1 },
		{ .exact = false },
	};
	struct env *e = *state;
	struct copy c;
	size_t i;

	for (i = 0; i < sizeof(added) / sizeof(added[0]); i++) {
		e->failure[0] = (struct failure){ 0, "read", 2, 0 };
		e->calls[0] = 0;
		e->tries = 9;
		e->rewritten = &added[i];
		c = make(e, 'a');
		c.sink->stream = true;
		run(e, &c, -1);
		expect(e, "alook ahave afrom0 abegin aread awrite aread "
		    "ahalt0 astop progress again4 alook ahave afrom4 ahalt "
		    "astop aleave! ");
		assert_int_equal(e->err.kind, ERR_VERIFY);
	}
}

/* Hooks. */

static int
before(void *ctx, struct err *err)
{
	struct env *e = ctx;
	enum fault ignored;

	return call(e, '-', "before", &ignored, err);
}

static void
undo(void *ctx)
{
	struct err ignored = ERR_INIT;
	enum fault none;

	(void)call(ctx, '-', "undo", &none, &ignored);
}

static void
test_hooks(void **state)
{
	struct env *e = *state;
	struct copy c = make(e, 'a'), other;

	c.before_rename = before;
	c.not_renamed = undo;
	c.ctx = e;
	run(e, &c, 0);
	expect(e, WHOLE "acheck1 aawait achecked -before acommit! aawait "
	    "acommitted aleave ");
	e->failure[0] = (struct failure){ 0, "commit!", 1, 0 };
	other = make(e, 'a');
	c.source = other.source;
	c.sink = other.sink;
	run(e, &c, -1);
	expect(e, WHOLE "acheck1 aawait achecked -before acommit! -undo "
	    "astop aleave! ");
}

static void
test_hooks_fail(void **state)
{
	struct env *e = *state;
	struct copy c = make(e, 'a');

	e->failure[0] = (struct failure){ 0, "before", 1, 0 };
	e->tries = 9;
	c.before_rename = before;
	c.not_renamed = undo;
	c.ctx = e;
	run(e, &c, -1);
	expect(e, WHOLE "acheck1 aawait achecked -before astop aleave! ");
	/* With nothing to undo nothing is undone. */
	e->failure[0].op = "commit!";
	e->calls[0] = 0;
	c = make(e, 'a');
	c.not_renamed = undo;
	run(e, &c, -1);
	expect(e, WHOLE "acheck1 aawait achecked acommit! astop aleave! ");
}

/* Without a part the old file is moved away before the first byte, once. */
static void
test_in_place(void **state)
{
	struct env *e = *state;
	struct copy c = make(e, 'a');

	e->failure[0] = (struct failure){ 0, "read", 1, 0 };
	e->tries = 1;
	c.sink->in_place = true;
	c.before_rename = before;
	c.ctx = e;
	run(e, &c, 0);
	expect(e, "alook ahave -before afrom0 abegin aread ahalt0 astop "
	    "again0 alook+ ahave afrom0 abegin " BYTES "ashut aend ahalt0 "
	    COMMIT);
	/* Nothing is written before the way is free. */
	e->failure[0] = (struct failure){ 0, "before", 1, 0 };
	e->calls[0] = e->tries = 0;
	c = make(e, 'a');
	c.sink->in_place = true;
	c.before_rename = before;
	c.ctx = e;
	run(e, &c, -1);
	expect(e, "alook ahave -before ahalt0 astop again0 aleave! ");
}

static void
test_before_end(void **state)
{
	struct env *e = *state;
	struct copy c = make(e, 'a');

	e->failure[0] = (struct failure){ 0, "before", 1, 0 };
	c.before_end = before;
	c.ctx = e;
	run(e, &c, -1);
	expect(e, "alook ahave afrom0 abegin " BYTES "-before ahalt0 astop "
	    "progress again10 aleave! ");
}

/* Digests. */

static int
right_digest(struct sink *to, char hex[HASH_HEX_MAX], struct err *err)
{
	hash_hex(HASH_SHA256, TEXT, SIZE, hex);
	return sink_call(to, "digest", err) == 0 ? 1 : -1;
}

static int
wrong_digest(struct source *src, char hex[HASH_HEX_MAX], struct err *err)
{
	strlcpy(hex, "00", HASH_HEX_MAX);
	return source_call(src, "sum", err) == 0 ? 1 : -1;
}

static void
test_digest(void **state)
{
	struct sink_ops sum_sink = sink_ops;
	struct source_ops sum_source = source_ops;
	struct env *e = *state;
	struct copy c = make(e, 'a');
	char hex[HASH_HEX_MAX];

	sum_sink.digest = right_digest;
	sum_source.digest = wrong_digest;
	hash_hex(HASH_SHA256, TEXT, SIZE, hex);
	have_part(&c, "01234");
	c.resume = true;
	c.verify = VERIFY_HASH;
	c.sink->ops = &sum_sink;
	run(e, &c, 0);
	expect(e, "alook+ ahave afrom5 abegin aread awrite aread awrite "
	    "aread ashut aend ahalt acheck1 aawait achecked adigest acommit! "
	    "aawait acommitted aleave ");
	assert_string_equal(e->res.sha256, hex);
	/* What is there already cannot be read: said, if that stays so. */
	e->failure[0] = (struct failure){ 0, "old", 1, 0 };
	c = make(e, 'a');
	have_part(&c, "01234");
	c.resume = true;
	c.verify = VERIFY_HASH;
	c.sink->ops = &sum_sink;
	run(e, &c, -1);
	expect(e, "alook+ ahave aold ahalt astop again5 aleave! ");
	assert_string_equal(e->err.msg, "old failed");
	/* Of what an output has swallowed, too. */
	e->failure[0] = (struct failure){ 0, "read", 2, 0 };
	e->calls[0] = 0;
	e->tries = 1;
	c = make(e, 'a');
	c.verify = VERIFY_HASH;
	c.sink->ops = &sum_sink;
	c.sink->stream = true;
	run(e, &c, 0);
	buf_clear(&e->told);
	c = make(e, 'a');
	c.verify = VERIFY_HASH;
	c.source->ops = &sum_source;
	run(e, &c, -1);
	expect(e, WHOLE "acheck1 aawait achecked asum adrop progress again0 "
	    "aleave! ");
	assert_int_equal(e->err.kind, ERR_VERIFY);
	/* One that is only wanted is compared with nothing. */
	c = make(e, 'a');
	c.digest = true;
	c.source->ops = &sum_source;
	c.sink->ops = &sum_sink;
	run(e, &c, 0);
	expect(e, WHOLE COMMIT);
	assert_string_equal(e->res.sha256, hex);
}

/* Tails. */

static void
queue_in(struct env *e, struct copy_tail *t, char who, const char *dir)
{
	struct copy c = make(e, who);

	c.sink->dir = dir;
	copy_queue(t, &c, done, e);
}

static void
queue(struct env *e, struct copy_tail *t, char who)
{
	queue_in(e, t, who, "/");
}

static void
expect_done(struct env *e, const char *what)
{
	assert_string_equal(e->done.data != NULL ? e->done.data : "", what);
	buf_clear(&e->done);
}

#define B_BYTES "bread bwrite bread bwrite bread bwrite bread "
#define C_BYTES "cread cwrite cread cwrite cread cwrite cread "

/* The questions about one leave with the next, its commit with the third. */
static void
test_tail(void **state)
{
	struct env *e = *state;
	struct copy_tail *t = copy_tail_new();

	queue(e, t, 'a');
	expect(e, WHOLE);
	queue(e, t, 'b');
	expect(e, "blook bhave acheck1 bfrom0 bbegin " B_BYTES
	    "bshut bend bhalt0 achecked ");
	queue(e, t, 'c');
	expect(e, "clook chave acommit bcheck1 cfrom0 cbegin " C_BYTES
	    "cshut cend chalt0 acommitted aleave bchecked ");
	expect_done(e, "+");
	copy_settle(t);
	expect(e, "bcommit ccheck1 bawait cawait bcommitted bleave cchecked "
	    "ccommit cawait ccommitted cleave ");
	expect_done(e, "++");
	copy_tail_free(t);
}

/* What takes a step of its own leaves with nobody's commands. */
static void
test_tail_alone(void **state)
{
	struct env *e = *state;
	struct copy_tail *t = copy_tail_new();
	struct copy c = make(e, 'a');

	c.before_rename = before;
	c.ctx = e;
	copy_queue(t, &c, done, e);
	expect(e, WHOLE);
	queue(e, t, 'b');
	expect(e, "blook bhave acheck1 bfrom0 bbegin " B_BYTES
	    "bshut bend bhalt0 achecked -before acommit! acommitted aleave ");
	c = make(e, 'a');
	c.sink->in_place = true;
	copy_queue(t, &c, done, e);
	buf_clear(&e->told);
	queue(e, t, 'b');
	assert_non_null(strstr(e->told.data, "achecked acommit! acommitted "
	    "aleave "));
	copy_tail_free(t);
	expect_done(e, "++++");
}

/* Answers that have not come are waited for at the end only. */
static void
test_tail_late(void **state)
{
	struct env *e = *state;
	struct copy_tail *t = copy_tail_new();

	e->late = true;
	queue(e, t, 'a');
	queue(e, t, 'b');
	buf_clear(&e->told);
	queue(e, t, 'c');
	expect(e, "clook chave bcheck cfrom0 cbegin " C_BYTES
	    "cshut cend chalt0 ");
	expect_done(e, "");
	copy_tail_free(t);
	expect_done(e, "+++");
}

/* A connection that was gone when something was to be asked: asked later. */
static void
test_tail_unsent(void **state)
{
	struct env *e = *state;
	struct copy_tail *t = copy_tail_new();

	e->failure[0] = (struct failure){ 'a', "check1", 1, 0 };
	e->tries = 1;
	queue(e, t, 'a');
	buf_clear(&e->told);
	queue(e, t, 'b');
	expect(e, "blook bhave acheck1 bhalt0 bstop again0 "
	    "blook+ bhave acheck1 bfrom0 bbegin " B_BYTES
	    "bshut bend bhalt0 bcheck bawait bchecked bcommit! bawait "
	    "bcommitted bleave ");
	expect_done(e, "+");
	copy_tail_free(t);
	expect(e, "aawait achecked acommit aawait acommitted aleave ");
	expect_done(e, "+");
}

/* The same of a commit. */
static void
test_tail_uncommitted(void **state)
{
	struct env *e = *state;
	struct copy_tail *t = copy_tail_new();

	e->failure[0] = (struct failure){ 'a', "commit", 1, 0 };
	e->tries = 1;
	queue(e, t, 'a');
	queue(e, t, 'b');
	buf_clear(&e->told);
	queue(e, t, 'c');
	expect(e, "clook chave acommit chalt0 cstop again0 "
	    "clook+ chave acommit bcheck1 cfrom0 cbegin " C_BYTES
	    "cshut cend chalt0 ccheck cawait cchecked ccommit! cawait "
	    "ccommitted cleave ");
	expect_done(e, "+");
	copy_tail_free(t);
	expect_done(e, "++");
}

/* The connection is gone for good: what had not been asked, and what had. */
static void
test_tail_cut(void **state)
{
	struct env *e = *state;
	struct copy_tail *t = copy_tail_new();

	e->place = SINK_COMMITTED;
	queue(e, t, 'a');
	queue(e, t, 'b');
	e->late = true;
	queue(e, t, 'c');
	buf_clear(&e->told);
	e->failure[0] = (struct failure){ 'a', "connect", 1, 0 };
	e->tries = 1;
	copy_settle(t);
	expect(e, "aconnect astop bstop cstop progress again10 awhere aleave "
	    "progress again10 bleave! progress again10 cleave! ");
	expect_done(e, "+!!");
	copy_tail_free(t);
}

/* What fails at first is done to its end, with the others pending. */
static void
test_tail_again(void **state)
{
	struct env *e = *state;
	struct copy_tail *t = copy_tail_new();

	queue(e, t, 'a');
	buf_clear(&e->told);
	e->failure[0] = (struct failure){ 'b', "end", 1, 0 };
	e->tries = 1;
	queue(e, t, 'b');
	expect(e, "blook bhave acheck1 bfrom0 bbegin " B_BYTES
	    "bshut bend bhalt0 bstop achecked progress again10 "
	    "blook+ bhave acommit bfrom10 bbegin bread bshut bend bhalt "
	    "bcheck1 bawait bchecked bcommit! bawait bcommitted bleave ");
	expect_done(e, "+");
	copy_tail_free(t);
	expect_done(e, "+");
}

/* Names are looked for together, at the end or when there are enough. */
static void
test_tail_names(void **state)
{
	struct env *e = *state;
	struct copy_tail *t = copy_tail_new();
	int i;

	e->named = true;
	for (i = 0; i < COPIES; i++)
		queue(e, t, 'a');
	assert_non_null(strstr(e->told.data, "names32 "));
	assert_int_equal(e->done.len, 32);
	e->misnamed = true;
	copy_tail_free(t);
	assert_non_null(strstr(e->told.data, "names8 "));
	assert_string_equal(e->done.data + 32, "!!!!!!!!");
	assert_true(e->res.misnamed);
	assert_null(strstr(e->told.data, "leave!"));
}

/* Those of several directories, and more than are looked for at once. */
static void
test_tail_names_late(void **state)
{
	struct env *e = *state;
	struct copy_tail *t = copy_tail_new();
	int i;

	e->named = true;
	e->late = true;
	for (i = 0; i < COPIES; i++) {
		queue(e, t, 'a');
		if (i < 3)
			queue_in(e, t, 'b', "/b");
	}
	expect_done(e, "");
	copy_tail_free(t);
	assert_non_null(strstr(e->told.data, "leave names32 names3 names8 "));
	assert_int_equal(e->done.len, COPIES + 3);
}

/* What has nothing to wait for is over at once. */
static void
test_tail_direct(void **state)
{
	struct sink_ops direct = sink_ops;
	struct env *e = *state;
	struct copy_tail *t = copy_tail_new();
	struct copy c = make(e, 'a');

	direct.await = NULL;
	direct.check = NULL;
	direct.checked = direct.committed = NULL;
	c.sink->ops = &direct;
	copy_queue(t, &c, done, e);
	expect(e, WHOLE "acommit! aleave ");
	expect_done(e, "+");
	copy_tail_free(t);
}

/* A sink that has all bytes is checked and committed only. */
static void
test_commit(void **state)
{
	struct env *e = *state;
	struct copy c = make(e, 'a');

	have_part(&c, TEXT);
	assert_int_equal(copy_commit(&c, &e->res, &e->err), 0);
	expect(e, COMMIT);
}

/* The table of what comes next, where it is not plain from the above. */
static void
test_next(void **state)
{
	enum copy_stage s;

	(void)state;
	for (s = COPY_LOOK; s <= COPY_MOVE; s++) {
		assert_int_equal(next_of(s, FAULT_PLAIN), NEXT_RESUME);
		assert_int_equal(next_of(s, FAULT_LOST), NEXT_RESUME);
		assert_int_equal(next_of(s, FAULT_OFFSET), NEXT_AT_ONCE);
		assert_int_equal(next_of(s, FAULT_DIFFERS), NEXT_AT_ONCE);
	}
	for (s = COPY_CHECK; s <= COPY_CHECKING; s++) {
		assert_int_equal(next_of(s, FAULT_PLAIN), NEXT_RESUME);
		assert_int_equal(next_of(s, FAULT_LOST), NEXT_RESUME);
		assert_int_equal(next_of(s, FAULT_DIFFERS), NEXT_ANEW);
	}
	for (s = COPY_COMMIT; s <= COPY_COMMITTING; s++) {
		assert_int_equal(next_of(s, FAULT_PLAIN), NEXT_NEVER);
		assert_int_equal(next_of(s, FAULT_DIFFERS), NEXT_NEVER);
		assert_int_equal(next_of(s, FAULT_LOST), NEXT_RESUME);
		assert_int_equal(next_of(s, FAULT_UNANSWERED), NEXT_WHERE);
	}
	assert_int_equal(next_of(COPY_WHERE, FAULT_PLAIN), NEXT_WHERE);
	for (s = COPY_NAME; s <= COPY_FAILED; s++)
		assert_int_equal(next_of(s, FAULT_PLAIN), NEXT_NEVER);
}

#define copy_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		copy_test(test_plain),
		copy_test(test_resume),
		copy_test(test_differs),
		copy_test(test_shown),
		copy_test(test_offset),
		copy_test(test_again),
		copy_test(test_anew),
		copy_test(test_gives_up),
		copy_test(test_progress),
		copy_test(test_progress_unsure),
		copy_test(test_commit_fails),
		copy_test(test_where),
		copy_test(test_where_fails),
		copy_test(test_once),
		copy_test(test_once_taken),
		copy_test(test_stream),
		copy_test(test_stream_rewritten),
		copy_test(test_hooks),
		copy_test(test_hooks_fail),
		copy_test(test_in_place),
		copy_test(test_before_end),
		copy_test(test_digest),
		copy_test(test_tail),
		copy_test(test_tail_alone),
		copy_test(test_tail_late),
		copy_test(test_tail_unsent),
		copy_test(test_tail_uncommitted),
		copy_test(test_tail_cut),
		copy_test(test_tail_again),
		copy_test(test_tail_names),
		copy_test(test_tail_names_late),
		copy_test(test_tail_direct),
		copy_test(test_commit),
		copy_test(test_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
