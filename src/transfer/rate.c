/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transfer/rate.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"

struct rate {
	pthread_mutex_t lock;
	uint64_t bytes_per_second;
	int64_t free_at;	/* in nanoseconds: when all taken is paid */
};

/* How much may be taken at once after a pause, in nanoseconds' worth. */
enum { BURST_NS = 100 * 1000 * 1000 };

struct rate *
rate_new(uint64_t bytes_per_second)
{
	struct rate *r;

	if (bytes_per_second == 0)
		return NULL;
	r = xcalloc(1, sizeof(*r));
	pthread_mutex_init(&r->lock, NULL);
	r->bytes_per_second = bytes_per_second;
	return r;
}

void
rate_free(struct rate *r)
{
	if (r == NULL)
		return;
	pthread_mutex_destroy(&r->lock);
	free(r);
}

int64_t
rate_take(struct rate *r, size_t n, int64_t now_ms)
{
	int64_t now = now_ms * 1000000, wait;

	if (r == NULL)
		return 0;
	pthread_mutex_lock(&r->lock);
	if (r->free_at < now - BURST_NS)
		r->free_at = now - BURST_NS;
	r->free_at += (int64_t)((double)n * 1e9 / (double)r->bytes_per_second);
	wait = r->free_at - now;
	pthread_mutex_unlock(&r->lock);
	return wait > 0 ? (wait + 999999) / 1000000 : 0;
}
