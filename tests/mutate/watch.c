/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Linked to programs by scripts/mutate.  $MUTATE_RAN is a file of which each
 * statement that is run sets its byte (shared, so that those who are killed
 * count too).  At the end what is open and was not at the start is told to the
 * file $MUTATE_OPEN; standard input, too, if it is closed.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { STATEMENTS_MAX = 1 << 16, FD_MAX = 1024 };

static unsigned char unseen[STATEMENTS_MAX];
unsigned char *mutate_ran = unseen;
static bool was_open[FD_MAX];

static void
look(bool first, FILE *f)
{
	char link[64], to[512];
	struct dirent *e;
	DIR *dir = opendir("/proc/self/fd");
	ssize_t n;
	int fd;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		fd = atoi(e->d_name);
		if (e->d_name[0] == '.' || fd >= FD_MAX || fd == dirfd(dir))
			continue;
		if (first)
			was_open[fd] = true;
		if (f == NULL || was_open[fd] || fd == fileno(f))
			continue;
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		n = readlink(link, to, sizeof(to) - 1);
		fprintf(f, "%d %.*s\n", fd, n > 0 ? (int)n : 0, to);
	}
	if (dir != NULL)
		closedir(dir);
}

__attribute__((constructor(101))) static void
begin(void)
{
	const char *name = getenv("MUTATE_RAN");
	int fd = name != NULL ? open(name, O_RDWR | O_CLOEXEC) : -1;
	void *p;

	if (fd != -1) {
		p = mmap(NULL, STATEMENTS_MAX, PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, 0);
		if (p != MAP_FAILED)
			mutate_ran = p;
		close(fd);
	}
	look(true, NULL);
}

__attribute__((destructor(101))) static void
end(void)
{
	const char *name = getenv("MUTATE_OPEN");
	FILE *f = name != NULL ? fopen(name, "ae") : NULL;

	if (f != NULL) {
		look(false, f);
		if (was_open[STDIN_FILENO] &&
		    fcntl(STDIN_FILENO, F_GETFD) == -1)
			fprintf(f, "not %d\n", STDIN_FILENO);
		fclose(f);
	}
}
