/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A wide area network between two TUN devices.
 *
 *	wan NS_A DEV_A NS_B DEV_B DELAY_US RATE_MBIT LOSS_PERCENT QUEUE_MS
 *
 * Makes DEV_A in the network namespace NS_A (a name below /run/netns) and
 * DEV_B in NS_B, prints "ready", and hands each IP packet from one to the
 * other DELAY_US after it was read, until it is killed.  RATE_MBIT above 0
 * makes each direction a link of that rate, whose queue holds QUEUE_MS and
 * drops what comes then; LOSS_PERCENT of the packets are dropped at random,
 * but the same ones in each run.
 *
 * A thread serves each direction: device, ring, device.  Without rate and
 * loss the kernel hands over up to 64 KiB of TCP at once, so that a fast link
 * costs little; with them packets are at most of MTU size.
 */
#define _GNU_SOURCE
#include <sys/types.h>

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include <err.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
	RING_SIZE = 512 << 20,	/* only pages in use cost memory */
	PACKET_MAX = 65536 + 64,
	BATCH = 64
};
#define NS_PER_S UINT64_C(1000000000)

struct link {
	uint64_t delay_ns, queue_ns;
	uint64_t rate_bps;		/* 0: no limit */
	double loss;			/* of 1 */
};

struct packet {
	uint64_t due_ns;
	uint32_t size;			/* 0: the rest of the ring is unused */
	uint32_t space;			/* to the next one */
	uint8_t bytes[];
};

struct direction {
	const struct link *link;
	int in, out;
	uint8_t *ring;
	uint64_t head, tail;		/* of the ring; they only grow */
	uint64_t free_ns;		/* when the link has sent all */
	uint64_t random;
	bool warned;
};

static uint64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

static void
enter(const char *path)
{
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1 || setns(fd, CLONE_NEWNET) == -1)
		err(1, "%s", path);
	close(fd);
}

static int
open_tun(const char *ns, const char *name, bool offload)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR };
	char path[256];
	int fd, header = sizeof(struct virtio_net_hdr);

	snprintf(path, sizeof(path), "/run/netns/%s", ns);
	enter(path);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		err(1, "/dev/net/tun");
	if (ioctl(fd, TUNSETIFF, &ifr) == -1 ||
	    ioctl(fd, TUNSETVNETHDRSZ, &header) == -1 ||
	    ioctl(fd, TUNSETOFFLOAD,
	    offload ? TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 : 0) == -1)
		err(1, "%s", name);
	return fd;
}

static bool
is_lost(struct direction *d)
{
	d->random ^= d->random << 13;
	d->random ^= d->random >> 7;
	d->random ^= d->random << 17;
	return (double)(d->random >> 32) < d->link->loss * 4294967296.0;
}

/* Room for a packet of any size, in one piece; NULL if the ring is full. */
static struct packet *
reserve(struct direction *d)
{
	const uint64_t need = sizeof(struct packet) + PACKET_MAX;
	uint64_t at = d->tail % RING_SIZE, unused = 0;
	struct packet *p;

	if (at + need > RING_SIZE)
		unused = RING_SIZE - at;
	if (d->tail + unused + need - d->head > RING_SIZE)
		return NULL;
	if (unused > 0) {
		p = (struct packet *)(d->ring + at);
		p->size = 0;
		p->space = (uint32_t)unused;
		d->tail += unused;
		at = 0;
	}
	return (struct packet *)(d->ring + at);
}

/* When a packet leaves the sender's end of the link; 0 if its queue is full. */
static uint64_t
departure(struct direction *d, uint64_t now, uint64_t size)
{
	uint64_t start;

	if (d->link->rate_bps == 0)
		return now;
	start = d->free_ns > now ? d->free_ns : now;
	if (start - now > d->link->queue_ns)
		return 0;
	size -= sizeof(struct virtio_net_hdr);
	d->free_ns = start + size * 8 * NS_PER_S / d->link->rate_bps;
	return d->free_ns;
}

/* True if anything was read. */
static bool
take(struct direction *d)
{
	uint64_t now = now_ns(), at;
	struct packet *p;
	ssize_t n;
	int i;

	for (i = 0; i < BATCH; i++) {
		p = reserve(d);
		if (p == NULL)
			break;
		n = read(d->in, p->bytes, PACKET_MAX);
		if (n <= 0)
			break;
		if (is_lost(d))
			continue;
		at = departure(d, now, (uint64_t)n);
		if (at == 0)
			continue;
		p->due_ns = at + d->link->delay_ns;
		p->size = (uint32_t)n;
		p->space = (sizeof(*p) + p->size + 15) & ~UINT32_C(15);
		d->tail += p->space;
	}
	return i > 0;
}

/* Send what is due; returns how long the rest has. */
static uint64_t
give(struct direction *d)
{
	struct packet *p;
	uint64_t now = now_ns();

	while (d->head != d->tail) {
		p = (struct packet *)(d->ring + d->head % RING_SIZE);
		if (p->size > 0) {
			if (p->due_ns > now)
				return p->due_ns - now;
			if (write(d->out, p->bytes, p->size) == -1 &&
			    !d->warned) {
				warn("a packet is lost");
				d->warned = true;
			}
		}
		d->head += p->space;
	}
	return NS_PER_S;
}

static void *
forward(void *arg)
{
	struct direction *d = arg;
	struct pollfd pfd = { .fd = d->in, .events = POLLIN };
	struct sched_param param = { .sched_priority = 10 };
	struct timespec ts;
	uint64_t left;
	bool busy;

	prctl(PR_SET_TIMERSLACK, 1000UL, 0, 0, 0);
	pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);
	for (;;) {
		busy = take(d);
		left = give(d);
		if (busy)
			continue;
		ts.tv_sec = (time_t)(left / NS_PER_S);
		ts.tv_nsec = (long)(left % NS_PER_S);
		ppoll(&pfd, 1, &ts, NULL);
	}
	return NULL;
}

static pthread_t
start(struct direction *d)
{
	pthread_t thread;

	d->ring = mmap(NULL, RING_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (d->ring == MAP_FAILED)
		err(1, "mmap");
	if (pthread_create(&thread, NULL, forward, d) != 0)
		errx(1, "no thread");
	return thread;
}

int
main(int argc, char *argv[])
{
	struct link link;
	struct direction there = { .random = UINT64_C(0x9e3779b97f4a7c15) };
	struct direction back = { .random = UINT64_C(0x3c6ef372fe94f82a) };
	pthread_t thread;
	bool offload;

	if (argc != 9)
		errx(2, "usage: wan NS_A DEV_A NS_B DEV_B DELAY_US RATE_MBIT "
		    "LOSS_PERCENT QUEUE_MS");
	link.delay_ns = (uint64_t)(atof(argv[5]) * 1e3);
	link.rate_bps = (uint64_t)(atof(argv[6]) * 1e6);
	link.loss = atof(argv[7]) / 100;
	link.queue_ns = (uint64_t)(atof(argv[8]) * 1e6);
	offload = link.rate_bps == 0 && link.loss == 0;
	there.link = back.link = &link;
	there.in = back.out = open_tun(argv[1], argv[2], offload);
	there.out = back.in = open_tun(argv[3], argv[4], offload);
	start(&there);
	thread = start(&back);
	puts("ready");
	fflush(stdout);
	pthread_join(thread, NULL);
	return 0;
}
