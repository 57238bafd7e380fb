/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A machine on which something fails: preloaded (LD_PRELOAD), it stands
 * between a program and the C library.
 *
 *	FTPS_MACHINE		WHAT:N   the N-th call that WHAT can befall
 *				WHAT:N+  and all that follow it
 *	FTPS_MACHINE_BELOW	DIR:DIR  calls on what is below these count
 *	FTPS_MACHINE_LOG	a line for each call that counts:
 *				its number, its name, all that can befall it
 *				(A,B,C), the path
 *
 * WHAT is ENOSPC, EIO, EMFILE, EACCES: the call fails with it, as far as that
 * call can; EDQUOT: it fails if it is to sync what was written before; SHORT:
 * half of the bytes are written; KILL: the process ends in place of the call;
 * NONE: nothing, and each call is number 0.
 *
 * Temporary files without a name count, too, and for EMFILE whatever makes
 * a descriptor.  Of FILEs only the error flag's bit is glibc's.
 */
#undef _FORTIFY_SOURCE
#define _GNU_SOURCE
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REAL(name) \
	static __typeof__(name) *real; \
	if (real == NULL) \
		real = (__typeof__(real))dlsym(RTLD_NEXT, #name)

enum {
	ENOSPC_FITS = 1, EIO_FITS = 2, EMFILE_FITS = 4, EACCES_FITS = 8,
	SHORT_FITS = 16, KILL_FITS = 32, EDQUOT_FITS = 64,

	READS = EIO_FITS | KILL_FITS,
	LOOKS = EIO_FITS | EACCES_FITS,
	OPENS = EIO_FITS | EMFILE_FITS | EACCES_FITS | KILL_FITS,
	MAKES = ENOSPC_FITS | EIO_FITS | EACCES_FITS | KILL_FITS,
	MAKES_FILE = MAKES | EMFILE_FITS,
	FLUSHES = ENOSPC_FITS | EIO_FITS | KILL_FITS,
	SYNCS = FLUSHES | EDQUOT_FITS,
	WRITES = FLUSHES | SHORT_FITS,
	CHANGES = EIO_FITS | EACCES_FITS | KILL_FITS,
};

static const struct {
	const char *name;
	unsigned bit;
	int error;
} whats[] = {
	{ "ENOSPC", ENOSPC_FITS, ENOSPC },
	{ "EIO", EIO_FITS, EIO },
	{ "EMFILE", EMFILE_FITS, EMFILE },
	{ "EACCES", EACCES_FITS, EACCES },
	{ "EDQUOT", EDQUOT_FITS, EDQUOT },
	{ "SHORT", SHORT_FITS, 0 },
	{ "KILL", KILL_FITS, 0 },
};
enum { N_WHATS = sizeof(whats) / sizeof(*whats) };

static unsigned what;		/* the bit of what befalls, 0 for nothing */
static int what_error;
static long first;
static bool from_then_on;
static const char *below;
static int log_fd = -1;
static bool ready;		/* or else nothing counts */
static atomic_long counter;

__attribute__((constructor)) static void
machine_init(void)
{
	const char *spec = getenv("FTPS_MACHINE"), *file;
	char *end;
	size_t i, n;

	below = getenv("FTPS_MACHINE_BELOW");
	if (spec == NULL || below == NULL)
		return;
	n = strcspn(spec, ":");
	for (i = 0; i < N_WHATS; i++)
		if (strlen(whats[i].name) == n &&
		    strncmp(whats[i].name, spec, n) == 0) {
			what = whats[i].bit;
			what_error = whats[i].error;
		}
	if (what != 0 && spec[n] == ':') {
		first = strtol(spec + n + 1, &end, 10);
		from_then_on = *end == '+';
	}
	if ((file = getenv("FTPS_MACHINE_LOG")) != NULL)
		log_fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY |
		    O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	ready = true;
}

static void
tell(long number, unsigned fits, const char *call, const char *path)
{
	char line[PATH_MAX + 128];
	size_t i;
	int n;

	if (log_fd == -1)
		return;
	n = snprintf(line, sizeof(line), "%ld %s ", number, call);
	for (i = 0; i < N_WHATS; i++)
		if ((fits & whats[i].bit) != 0)
			n += snprintf(line + n, sizeof(line) - (size_t)n,
			    "%s,", whats[i].name);
	n += snprintf(line + n - 1, sizeof(line) - (size_t)n, " %s\n", path);
	syscall(SYS_write, log_fd, line, (size_t)n - 1);
}

/* Counts the call; whether it is now. */
static bool
befalls(unsigned fits, const char *call, const char *path)
{
	int saved = errno;
	long number = 0;
	bool now = false;

	if (what != 0) {
		if ((fits & what) == 0)
			return false;
		number = atomic_fetch_add(&counter, 1) + 1;
		now = number == first || (from_then_on && number > first);
	}
	tell(number, fits, call, path);
	if (now && what == KILL_FITS)
		kill(getpid(), SIGKILL);
	errno = now && what_error != 0 ? what_error : saved;
	return now;
}

static bool
counts(const char *path)
{
	const char *dir, *end, *gone = " (deleted)";
	size_t n = strlen(path), len;

	if (n > strlen(gone) && strcmp(path + n - strlen(gone), gone) == 0)
		return true;
	for (dir = below; *dir != '\0'; dir = *end != '\0' ? end + 1 : end) {
		end = dir + strcspn(dir, ":");
		len = (size_t)(end - dir);
		if (len > 0 && strncmp(path, dir, len) == 0 &&
		    (path[len] == '/' || path[len] == '\0'))
			return true;
	}
	return false;
}

static void
path_of(int fd, char path[PATH_MAX])
{
	char name[32];
	ssize_t n;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	n = syscall(SYS_readlinkat, AT_FDCWD, name, path, (size_t)PATH_MAX - 1);
	path[n > 0 ? n : 0] = '\0';
}

/* A call on a name. */
static bool
at(unsigned fits, const char *call, int dir, const char *name)
{
	char path[PATH_MAX], full[2 * PATH_MAX];
	int saved = errno;

	if (!ready)
		return false;
	path[0] = '\0';
	if (name[0] == '/')
		;
	else if (dir != AT_FDCWD)
		path_of(dir, path);
	else if (syscall(SYS_getcwd, path, sizeof(path)) <= 0)
		path[0] = '\0';
	snprintf(full, sizeof(full), "%s%s%s", path, name[0] == '/' ? "" : "/",
	    name);
	full[PATH_MAX - 1] = '\0';
	errno = saved;
	if (!counts(full)) {
		/* Descriptors run out whatever they are for. */
		if ((fits & EMFILE_FITS) == 0 || what != EMFILE_FITS)
			return false;
		fits = EMFILE_FITS;
	}
	return befalls(fits, call, full);
}

/* A call on a file or directory that is open. */
static bool
on(unsigned fits, const char *call, int fd)
{
	char path[PATH_MAX];
	struct stat st;
	int saved = errno;
	bool ours;

	if (!ready)
		return false;
	ours = syscall(SYS_newfstatat, fd, "", &st, AT_EMPTY_PATH) == 0 &&
	    (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
	if (ours) {
		path_of(fd, path);
		ours = counts(path);
	}
	errno = saved;
	return ours && befalls(fits, call, path);
}

/* A call that makes a descriptor of what has no name. */
static bool
makes(const char *call)
{
	return ready && befalls(EMFILE_FITS, call, "-");
}

static bool
written(int fd)
{
	int flags = (int)syscall(SYS_fcntl, fd, F_GETFL);

	return flags != -1 && (flags & O_ACCMODE) != O_RDONLY;
}

/* Opening */

static unsigned
opening(int flags)
{
	if ((flags & O_PATH) != 0)
		return OPENS & ~(unsigned)KILL_FITS;
	return (flags & O_CREAT) != 0 ? MAKES_FILE : OPENS;
}

#define MODE(mode, flags) do { \
	va_list ap; \
	va_start(ap, flags); \
	mode = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? \
	    va_arg(ap, mode_t) : 0; \
	va_end(ap); \
} while (0)

int
open(const char *path, int flags, ...)
{
	mode_t mode;
	REAL(open);

	MODE(mode, flags);
	return at(opening(flags), "open", AT_FDCWD, path) ? -1 :
	    real(path, flags, mode);
}

int
openat(int dir, const char *path, int flags, ...)
{
	mode_t mode;
	REAL(openat);

	MODE(mode, flags);
	return at(opening(flags), "openat", dir, path) ? -1 :
	    real(dir, path, flags, mode);
}

/* What fortified programs call. */
int __open_2(const char *, int);
int __openat_2(int, const char *, int);

int
__open_2(const char *path, int flags)
{
	return open(path, flags);
}

int
__openat_2(int dir, const char *path, int flags)
{
	return openat(dir, path, flags);
}

int
creat(const char *path, mode_t mode)
{
	return open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

long
syscall(long number, ...)
{
	long a[6];
	va_list ap;
	size_t i;
	REAL(syscall);

	va_start(ap, number);
	for (i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
#ifdef SYS_openat2
	/* The first of what is behind the third are the flags. */
	if (number == SYS_openat2 && at(opening((int)*(__UINT64_TYPE__ *)a[2]),
	    "openat2", (int)a[0], (const char *)a[1]))
		return -1;
#endif
	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

FILE *
fopen(const char *path, const char *mode)
{
	REAL(fopen);

	return at(mode[0] == 'r' ? OPENS : MAKES_FILE, "fopen", AT_FDCWD,
	    path) ? NULL : real(path, mode);
}

FILE *
tmpfile(void)
{
	REAL(tmpfile);

	return ready && befalls(MAKES_FILE, "tmpfile", "-") ? NULL : real();
}

int
mkstemp(char *template)
{
	REAL(mkstemp);

	return at(MAKES_FILE, "mkstemp", AT_FDCWD, template) ? -1 :
	    real(template);
}

DIR *
fdopendir(int fd)
{
	REAL(fdopendir);

	return on(EIO_FITS, "fdopendir", fd) ? NULL : real(fd);
}

DIR *
opendir(const char *path)
{
	REAL(opendir);

	return at(OPENS, "opendir", AT_FDCWD, path) ? NULL : real(path);
}

int
pipe2(int fds[2], int flags)
{
	REAL(pipe2);

	return makes("pipe2") ? -1 : real(fds, flags);
}

int
socket(int domain, int type, int protocol)
{
	REAL(socket);

	return makes("socket") ? -1 : real(domain, type, protocol);
}

int
accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
	REAL(accept4);

	return makes("accept4") ? -1 : real(fd, addr, len, flags);
}

int
fcntl(int fd, int cmd, ...)
{
	va_list ap;
	long arg;
	REAL(fcntl);

	va_start(ap, cmd);
	arg = va_arg(ap, long);
	va_end(ap);
	if ((cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC) && makes("dup"))
		return -1;
	return real(fd, cmd, arg);
}

/* Reading */

ssize_t
read(int fd, void *buf, size_t n)
{
	REAL(read);

	return on(READS, "read", fd) ? -1 : real(fd, buf, n);
}

ssize_t
pread(int fd, void *buf, size_t n, off_t offset)
{
	REAL(pread);

	return on(READS, "pread", fd) ? -1 : real(fd, buf, n, offset);
}

ssize_t __read_chk(int, void *, size_t, size_t);
ssize_t __pread_chk(int, void *, size_t, off_t, size_t);

ssize_t
__read_chk(int fd, void *buf, size_t n, size_t size)
{
	(void)size;
	return read(fd, buf, n);
}

ssize_t
__pread_chk(int fd, void *buf, size_t n, off_t offset, size_t size)
{
	(void)size;
	return pread(fd, buf, n, offset);
}

struct dirent *
readdir(DIR *d)
{
	REAL(readdir);

	return on(EIO_FITS, "readdir", dirfd(d)) ? NULL : real(d);
}

ssize_t
readlinkat(int dir, const char *path, char *buf, size_t n)
{
	REAL(readlinkat);

	return at(LOOKS, "readlinkat", dir, path) ? -1 :
	    real(dir, path, buf, n);
}

int
fstat(int fd, struct stat *st)
{
	REAL(fstat);

	return on(EIO_FITS, "fstat", fd) ? -1 : real(fd, st);
}

int
fstatat(int dir, const char *path, struct stat *st, int flags)
{
	REAL(fstatat);

	return at(LOOKS, "fstatat", dir, path) ? -1 :
	    real(dir, path, st, flags);
}

int
lstat(const char *path, struct stat *st)
{
	REAL(lstat);

	return at(LOOKS, "lstat", AT_FDCWD, path) ? -1 : real(path, st);
}

int
stat(const char *path, struct stat *st)
{
	REAL(stat);

	return at(LOOKS, "stat", AT_FDCWD, path) ? -1 : real(path, st);
}

/* Writing */

ssize_t
write(int fd, const void *buf, size_t n)
{
	REAL(write);

	if (!on(n > 1 ? WRITES : FLUSHES, "write", fd))
		return real(fd, buf, n);
	return what == SHORT_FITS ? real(fd, buf, n / 2) : -1;
}

ssize_t
pwrite(int fd, const void *buf, size_t n, off_t offset)
{
	REAL(pwrite);

	if (!on(n > 1 ? WRITES : FLUSHES, "pwrite", fd))
		return real(fd, buf, n, offset);
	return what == SHORT_FITS ? real(fd, buf, n / 2, offset) : -1;
}

int
ftruncate(int fd, off_t size)
{
	REAL(ftruncate);

	return on(READS, "ftruncate", fd) ? -1 : real(fd, size);
}

int
fallocate(int fd, int mode, off_t offset, off_t size)
{
	REAL(fallocate);

	return on(FLUSHES, "fallocate", fd) ? -1 :
	    real(fd, mode, offset, size);
}

int
fsync(int fd)
{
	REAL(fsync);

	return on(SYNCS, "fsync", fd) ? -1 : real(fd);
}

int
fdatasync(int fd)
{
	REAL(fdatasync);

	return on(SYNCS, "fdatasync", fd) ? -1 : real(fd);
}

int
syncfs(int fd)
{
	REAL(syncfs);

	return on(SYNCS, "syncfs", fd) ? -1 : real(fd);
}

/* As over NFS; it is closed nevertheless. */
int
close(int fd)
{
	bool fails = ready && written(fd) && on(FLUSHES, "close", fd);
	int rc;
	REAL(close);

	rc = real(fd);
	if (!fails)
		return rc;
	errno = what_error;
	return -1;
}

/* Names */

int
rename(const char *from, const char *to)
{
	REAL(rename);

	return at(MAKES, "rename", AT_FDCWD, to) ? -1 : real(from, to);
}

int
renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	REAL(renameat);

	return at(MAKES, "renameat", to_dir, to) ? -1 :
	    real(from_dir, from, to_dir, to);
}

int
renameat2(int from_dir, const char *from, int to_dir, const char *to,
    unsigned flags)
{
	REAL(renameat2);

	return at(MAKES, "renameat2", to_dir, to) ? -1 :
	    real(from_dir, from, to_dir, to, flags);
}

int
link(const char *from, const char *to)
{
	REAL(link);

	return at(MAKES, "link", AT_FDCWD, to) ? -1 : real(from, to);
}

int
linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
	REAL(linkat);

	return at(MAKES, "linkat", to_dir, to) ? -1 :
	    real(from_dir, from, to_dir, to, flags);
}

int
symlinkat(const char *target, int dir, const char *path)
{
	REAL(symlinkat);

	return at(MAKES, "symlinkat", dir, path) ? -1 :
	    real(target, dir, path);
}

int
symlink(const char *target, const char *path)
{
	return symlinkat(target, AT_FDCWD, path);
}

int
mkdirat(int dir, const char *path, mode_t mode)
{
	REAL(mkdirat);

	return at(MAKES, "mkdirat", dir, path) ? -1 : real(dir, path, mode);
}

int
mkdir(const char *path, mode_t mode)
{
	return mkdirat(AT_FDCWD, path, mode);
}

int
unlinkat(int dir, const char *path, int flags)
{
	REAL(unlinkat);

	return at(CHANGES, "unlinkat", dir, path) ? -1 :
	    real(dir, path, flags);
}

int
unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}

int
rmdir(const char *path)
{
	return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int
fchmod(int fd, mode_t mode)
{
	REAL(fchmod);

	return on(CHANGES, "fchmod", fd) ? -1 : real(fd, mode);
}

int
fchmodat(int dir, const char *path, mode_t mode, int flags)
{
	REAL(fchmodat);

	return at(CHANGES, "fchmodat", dir, path) ? -1 :
	    real(dir, path, mode, flags);
}

int
futimens(int fd, const struct timespec times[2])
{
	REAL(futimens);

	return on(CHANGES, "futimens", fd) ? -1 : real(fd, times);
}

int
utimensat(int dir, const char *path, const struct timespec times[2],
    int flags)
{
	REAL(utimensat);

	return at(CHANGES, "utimensat", dir, path) ? -1 :
	    real(dir, path, times, flags);
}

/* FILEs, whose own calls of the above nobody can stand between. */

/* -1 for those in memory. */
static int
file_fd(FILE *fp)
{
	int saved = errno, fd = ready ? fileno(fp) : -1;

	errno = saved;
	return fd;
}

static bool
on_file(unsigned fits, const char *call, FILE *fp)
{
	int fd = file_fd(fp);

	if (fd == -1 || !on(fits, call, fd))
		return false;
#ifdef __GLIBC__
	fp->_flags |= 0x20;
#endif
	return true;
}

static bool
is_written(FILE *fp)
{
	int fd = file_fd(fp);

	return fd != -1 && written(fd);
}

size_t
fwrite(const void *buf, size_t size, size_t n, FILE *fp)
{
	REAL(fwrite);

	return on_file(FLUSHES, "fwrite", fp) ? 0 : real(buf, size, n, fp);
}

int
fputs(const char *s, FILE *fp)
{
	REAL(fputs);

	return on_file(FLUSHES, "fputs", fp) ? EOF : real(s, fp);
}

int
fputc(int c, FILE *fp)
{
	REAL(fputc);

	return on_file(FLUSHES, "fputc", fp) ? EOF : real(c, fp);
}

#undef putc
int
putc(int c, FILE *fp)
{
	return fputc(c, fp);
}

int
fprintf(FILE *fp, const char *format, ...)
{
	va_list ap;
	int n;

	if (on_file(FLUSHES, "fprintf", fp))
		return -1;
	va_start(ap, format);
	n = vfprintf(fp, format, ap);
	va_end(ap);
	return n;
}

int __fprintf_chk(FILE *, int, const char *, ...);

int
__fprintf_chk(FILE *fp, int flag, const char *format, ...)
{
	va_list ap;
	int n;

	(void)flag;
	if (on_file(FLUSHES, "fprintf", fp))
		return -1;
	va_start(ap, format);
	n = vfprintf(fp, format, ap);
	va_end(ap);
	return n;
}

int
fflush(FILE *fp)
{
	REAL(fflush);

	return fp != NULL && is_written(fp) && on_file(FLUSHES, "fflush", fp) ?
	    EOF : real(fp);
}

int
fclose(FILE *fp)
{
	bool fails = is_written(fp) && on_file(FLUSHES, "fclose", fp);
	int rc;
	REAL(fclose);

	rc = real(fp);
	if (!fails)
		return rc;
	errno = what_error;
	return EOF;
}

ssize_t
getdelim(char **line, size_t *cap, int end, FILE *fp)
{
	REAL(getdelim);

	return on_file(READS, "getline", fp) ? -1 : real(line, cap, end, fp);
}

/* What an optimised getline() is. */
ssize_t
__getdelim(char **line, size_t *cap, int end, FILE *fp)
{
	return getdelim(line, cap, end, fp);
}

ssize_t
getline(char **line, size_t *cap, FILE *fp)
{
	return getdelim(line, cap, '\n', fp);
}

char *
fgets(char *buf, int n, FILE *fp)
{
	REAL(fgets);

	return on_file(READS, "fgets", fp) ? NULL : real(buf, n, fp);
}
