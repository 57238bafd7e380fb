/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "local/part.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#ifdef __linux__
#include <sys/vfs.h>

#include <linux/magic.h>
#endif

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fold.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"

enum {
	NAME_BYTES = 255,	/* of one component, on both sides */
	SUFFIX_BYTES = 1 + PART_VERSION_MAX - 1 + sizeof(PATH_PART_SUFFIX) - 1,
	STEM_BYTES = NAME_BYTES - SUFFIX_BYTES,
	DIGEST_BYTES = 1 + 8,	/* of a shortened name: "~" and 8 digits */
	OPEN_TRIES = 100,
	SHOWN_MAX = 512,
	MAKER_DIGITS = 8,
};

struct part {
	int dirfd;
	int fd;
	char *name;
	char *file_name;
	bool reserved;
};

/*
 * Eight hex digits for who on this machine; the caller frees them.  *sure:
 * whether they will be the same another time, else errno tells why not.
 */
static char *
maker(const char *who, bool *sure)
{
	char hex[HASH_HEX_MAX], host[256] = "", id[64] = "", *text;
	FILE *fp = fopen("/etc/machine-id", "re");
	int saved = errno;

	*sure = fp != NULL || errno == ENOENT || errno == EACCES;
	/* Names of machines are not always their own. */
	if (fp != NULL) {
		if (fgets(id, sizeof(id), fp) == NULL)
			id[0] = '\0';
		fclose(fp);
	}
	(void)gethostname(host, sizeof(host) - 1);
	text = xasprintf("%s %s %jd %s", id, host, (intmax_t)getuid(), who);
	hash_hex(HASH_SHA256, text, strlen(text), hex);
	free(text);
	text = xstrndup(hex, MAKER_DIGITS);
	errno = saved;
	return text;
}

void
part_version(char version[PART_VERSION_MAX], const char *who, int64_t size,
    const struct timespec *mtime)
{
	char hex[HASH_HEX_MAX], *text;
	bool sure;

	if (mtime == NULL) {
		text = maker(who, &sure);
		snprintf(version, PART_VERSION_MAX, "%s%08" PRIx32, text,
		    arc4random());
		free(text);
		return;
	}
	text = xasprintf("%" PRId64 " %jd.%09ld %s", size,
	    (intmax_t)mtime->tv_sec, mtime->tv_nsec, who);
	hash_hex(HASH_SHA256, text, strlen(text), hex);
	free(text);
	strlcpy(version, hex, PART_VERSION_MAX);
}

int
part_version_sent(char version[PART_VERSION_MAX], const char *who,
    int64_t size, const struct timespec *mtime, struct err *err)
{
	bool sure;
	char *text = maker(who, &sure);

	if (sure) {
		part_version(version, who, size, mtime);
		memcpy(version, text, MAKER_DIGITS);
	} else {
		err_sys(err, ERR_LOCAL, "cannot read /etc/machine-id");
	}
	free(text);
	return sure ? 0 : -1;
}

/*
 * What stands for name in a part's name: itself, or its beginning and a
 * digest, since two long names may begin alike.
 */
static char *
part_stem(const char *name)
{
	size_t n = strlen(name), cut, back;
	char hex[HASH_HEX_MAX];

	if (n <= STEM_BYTES)
		return xstrdup(name);
	cut = STEM_BYTES - DIGEST_BYTES;
	for (back = 0; back < 3 && (name[cut] & 0xc0) == 0x80; back++)
		cut--;
	hash_hex(HASH_SHA256, name, n, hex);
	return xasprintf("%.*s~%.8s", (int)cut, name, hex);
}

char *
part_name(const char *name, const char *version)
{
	char *stem = part_stem(name), *s;

	s = xasprintf("%s.%s" PATH_PART_SUFFIX, stem, version);
	free(stem);
	return s;
}

bool
part_in_capitals(const char *name)
{
	return path_is_part(name) && strcmp(name + strlen(name) -
	    strlen(PATH_PART_SUFFIX), PATH_PART_SUFFIX) != 0;
}

/* ".VERSION": a name that stepped aside has fewer digits. */
static bool
is_version(const char *s)
{
	return *s == '.' && strspn(s + 1, "0123456789abcdefABCDEF") ==
	    PART_VERSION_MAX - 1;
}

bool
part_belongs(const char *candidate, const char *name)
{
	size_t n = strlen(candidate);
	char *stem, *theirs;
	enum fold how;

	if (n <= SUFFIX_BYTES || !path_is_part(candidate) ||
	    !is_version(candidate + n - SUFFIX_BYTES))
		return false;
	stem = part_stem(name);
	theirs = xstrndup(candidate, n - SUFFIX_BYTES);
	how = fold_between(stem, theirs);
	free(theirs);
	free(stem);
	return how == FOLD_SAME || (part_in_capitals(candidate) &&
	    how <= FOLD_BOTH);
}

bool
part_is_stray(const char *candidate, const char *name, const char *part)
{
	size_t n = strlen(candidate);

	return part_belongs(candidate, name) && part_belongs(part, name) &&
	    n == strlen(part) && strcasecmp(candidate, part) != 0 &&
	    strncasecmp(candidate + n - SUFFIX_BYTES, part + n - SUFFIX_BYTES,
	    1 + MAKER_DIGITS) == 0;
}

bool
part_is_sent(const char *candidate, const char *name, const char *who)
{
	size_t n = strlen(candidate);
	char *text;
	bool same, sure;

	if (!part_belongs(candidate, name))
		return false;
	text = maker(who, &sure);
	same = sure && strncasecmp(candidate + n - SUFFIX_BYTES + 1, text,
	    MAKER_DIGITS) == 0;
	free(text);
	return same;
}

/* The same for what no errno describes. */
static int
refuse(enum err_kind kind, const char *name, const char *what,
    struct err *err)
{
	char shown[SHOWN_MAX];

	return err_set(err, kind, "%s: %s",
	    text_escape_to(shown, sizeof(shown), name), what);
}

/* Whether name still is the file behind fd: 1, 0, -1. */
static int
is_current(int dirfd, const char *name, int fd)
{
	struct stat mine, there;

	if (fstat(fd, &mine) == -1)
		return -1;
	if (fstatat(dirfd, name, &there, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : -1;
	return mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

/*
 * Nobody else made it, nor reaches it under another name; what else bears a
 * part's name is removed, never used.  1, 0, -1.
 */
static int
is_own(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return -1;
	return S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	    st.st_nlink == 1;
}

static int
remove_foreign(const struct part *p, struct err *err)
{
	if (unlinkat(p->dirfd, p->file_name, 0) == 0 || errno == ENOENT)
		return 0;
	return err_path(err, p->file_name,
	    "not a part file of ours, and cannot be removed");
}

static const char unwritable[] = "cannot write in the local directory";

bool
part_is_unwritable(const struct err *err)
{
	return strncmp(err->msg, unwritable, sizeof(unwritable) - 1) == 0;
}

/*
 * Opens what is there, or creates it; 1, 0 if it has to be tried again, -1.
 * It begins at 0600, since the destination's mode may be narrower than the
 * umask.
 */
static int
open_file(struct part *p, bool *created, struct err *err)
{
	const int how = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

	p->fd = openat(p->dirfd, p->file_name, how | O_CREAT | O_EXCL, 0600);
	*created = p->fd != -1;
	if (p->fd != -1)
		return 1;
	if (errno == EACCES || errno == EPERM || errno == EROFS ||
	    errno == ENOSPC || errno == EDQUOT)
		return err_sys(err, ERR_LOCAL, unwritable);
	if (errno != EEXIST)
		return err_path(err, p->file_name, "cannot create");
	if ((p->fd = openat(p->dirfd, p->file_name, how)) != -1)
		return 1;
	if (errno == ENOENT)
		return 0;
	if (errno == ELOOP)
		return remove_foreign(p, err);
	return err_path(err, p->file_name, "cannot open");
}

static int
lock_failed(const struct part *p, struct err *err)
{
	if (errno == EWOULDBLOCK)
		return refuse(ERR_LOCK, p->name,
		    "another run is transferring it", err);
	return err_path(err, p->file_name, "cannot lock");
}

/* Opens and locks; as open_file(). */
static int
take_file(struct part *p, bool *created, struct err *err)
{
	int rc, current, ours;

	if ((rc = open_file(p, created, err)) != 1)
		return rc;
	if (flock(p->fd, LOCK_EX | LOCK_NB) == -1)
		return lock_failed(p, err);
	/* Its holder may have renamed or removed it before we had the lock. */
	current = is_current(p->dirfd, p->file_name, p->fd);
	ours = current == 1 && !*created ? is_own(p->fd) : current;
	if (ours == 1)
		return 1;
	if (ours == -1)
		rc = err_path(err, p->file_name, "cannot examine");
	else
		rc = current == 1 ? remove_foreign(p, err) : 0;
	close(p->fd);
	p->fd = -1;
	return rc;
}

static int
take_name(struct part *p, bool *created, struct err *err)
{
	int tries, rc = 0;

	for (tries = 0; rc == 0 && tries < OPEN_TRIES; tries++)
		rc = take_file(p, created, err);
	if (rc == 0)
		return refuse(ERR_LOCAL, p->file_name,
		    "somebody else keeps replacing it", err);
	return rc == 1 ? 0 : -1;
}

static void
part_free(struct part *p)
{
	if (p->fd != -1)
		close(p->fd);
	free(p->name);
	free(p->file_name);
	free(p);
}

static int
find_offset(struct part *p, bool resume, int64_t size, int64_t *offset,
    struct err *err)
{
	struct stat st;

	if (fstat(p->fd, &st) == -1)
		return err_path(err, p->file_name, "cannot examine");
	if (!resume || (size >= 0 && st.st_size > size)) {
		*offset = 0;
		return part_restart(p, err);
	}
	*offset = lseek(p->fd, 0, SEEK_END);
	return *offset != -1 ? 0 : err_path(err, p->file_name, "cannot seek");
}

/* The part's name is shortened: what is wrong with the other shows now. */
static int
check_name(int dirfd, const char *name, struct err *err)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENAMETOOLONG ? err_path(err, name,
		    "cannot create") : 0;
	return S_ISDIR(st.st_mode) ? refuse(ERR_LOCAL, name, "is a directory",
	    err) : 0;
}

struct part *
part_open(int dirfd, const char *name, const char *version, bool resume,
    int64_t size, int64_t *offset, struct err *err)
{
	struct part *p;
	bool created;

	if (check_name(dirfd, name, err) != 0)
		return NULL;
	p = xcalloc(1, sizeof(*p));
	p->dirfd = dirfd;
	p->fd = -1;
	p->name = xstrdup(name);
	p->file_name = part_name(name, version);
	*offset = 0;
	if (take_name(p, &created, err) == -1 || (!created &&
	    find_offset(p, resume, size, offset, err) == -1)) {
		part_free(p);
		return NULL;
	}
	return p;
}

int
part_fd(const struct part *p)
{
	return p->fd;
}

static int
disk_full(const struct part *p, uint64_t needed, struct err *err)
{
	char shown[SHOWN_MAX], need[8], is[8];
	struct statvfs vfs;
	uint64_t have;

	text_escape_to(shown, sizeof(shown), p->name);
	text_size(need, sizeof(need), needed);
	if (fstatvfs(p->fd, &vfs) == -1) {
		err_set(err, ERR_LOCAL, "%s: disk full: %s needed", shown,
		    need);
	} else {
		have = (uint64_t)vfs.f_bavail * vfs.f_frsize;
		text_size(is, sizeof(is), have);
		/* Rounded to the same, they would contradict the message. */
		if (strcmp(need, is) == 0)
			err_set(err, ERR_LOCAL, "%s: disk full: %" PRIu64
			    " bytes needed, %" PRIu64 " free", shown, needed,
			    have);
		else
			err_set(err, ERR_LOCAL, "%s: disk full: %s needed, %s "
			    "free", shown, need, is);
	}
	err->sys = ENOSPC;
	return -1;
}

/*
 * Whether it is of no use to try: fallocate(2) would first take all that is
 * left from everybody else.  Some network file systems know no sizes (0).
 */
static bool
has_no_room(const struct part *p, uint64_t needed)
{
	struct statvfs vfs;

	return fstatvfs(p->fd, &vfs) == 0 && vfs.f_blocks > 0 &&
	    vfs.f_frsize > 0 && needed / vfs.f_frsize > vfs.f_bfree;
}

/* Gives back what was reserved behind the end. */
static void
release_reserve(struct part *p)
{
	struct stat st;

	if (p->reserved && fstat(p->fd, &st) == 0 &&
	    ftruncate(p->fd, st.st_size) == 0)
		p->reserved = false;
}

/* tmpfs would clear each page now: 0.3 s a GiB before the first byte. */
static int
allocate(int fd, off_t size)
{
#ifdef __linux__
	struct statfs fs;

	if (fstatfs(fd, &fs) != 0 || fs.f_type != TMPFS_MAGIC)
		return fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, size);
#endif
	(void)fd, (void)size;
	errno = EOPNOTSUPP;
	return -1;
}

int
part_reserve(struct part *p, int64_t size, struct err *err)
{
	uint64_t needed;
	struct stat st;

	if (fstat(p->fd, &st) == -1)
		return err_path(err, p->file_name, "cannot examine");
	if (size <= (int64_t)st.st_blocks * 512)
		return 0;
	needed = (uint64_t)(size - (int64_t)st.st_blocks * 512);
	if (has_no_room(p, needed))
		return disk_full(p, needed, err);
	p->reserved = true;
	if (allocate(p->fd, size) == 0 ||
	    (errno != ENOSPC && errno != EDQUOT && errno != EFBIG))
		return 0;
	if (errno == ENOSPC)
		disk_full(p, needed, err);
	else
		err_path(err, p->name, "no room for it");
	release_reserve(p);
	return -1;
}

int
part_restart(struct part *p, struct err *err)
{
	if (ftruncate(p->fd, 0) == -1 || lseek(p->fd, 0, SEEK_SET) == -1)
		return err_path(err, p->file_name, "cannot empty");
	return 0;
}

static mode_t
final_mode(const struct part *p, mode_t umask)
{
	struct stat st;

	if (fstatat(p->dirfd, p->name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    !S_ISREG(st.st_mode))
		return 0666 & ~umask;
	/* Somebody else's may narrow what the umask leaves, no more. */
	return st.st_mode & 0777 & (st.st_uid == geteuid() ? 0777 : ~umask);
}

/* Some file systems know no modes or times: returns 1 then, err says so. */
static int
set_attributes(const struct part *p, mode_t mode, const struct timespec *mtime,
    struct err *err)
{
	/* Some FUSE file systems set both times or, without a word, none. */
	struct timespec times[2] = { { .tv_nsec = UTIME_NOW } };
	int rc = 0;

	if (fchmod(p->fd, mode) == -1) {
		err_path(err, p->name, "cannot set the mode");
		rc = 1;
	}
	if (mtime != NULL) {
		times[1] = *mtime;
		if (futimens(p->fd, times) == -1) {
			err_path(err, p->name, "cannot set the time");
			rc = 1;
		}
	}
	return rc;
}

/*
 * Makes late write errors show.  NFS flushes, and tells of a full disk, when
 * a descriptor is closed; closing a duplicate keeps the lock.
 */
static int
flush(const struct part *p, bool to_disk, struct err *err)
{
	int fd;

	if (to_disk && fsync(p->fd) == -1)
		return err_path(err, p->file_name, "cannot write to the disk");
	fd = fcntl(p->fd, F_DUPFD_CLOEXEC, 0);
	if (fd == -1 || close(fd) == -1)
		return err_path(err, p->file_name, "cannot write");
	return 0;
}

static int
flush_dir(const struct part *p, struct err *err)
{
	int fd, rc;

	fd = openat(p->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return err_path(err, p->name, "cannot open its directory");
	rc = fsync(fd);
	/* EINVAL: a file system that has no such thing. */
	if (rc == -1 && errno != EINVAL)
		err_path(err, p->name,
		    "cannot write its directory to the disk");
	else
		rc = 0;
	close(fd);
	return rc;
}

static int
put_in_place(const struct part *p, struct err *err)
{
	int current = is_current(p->dirfd, p->file_name, p->fd);

	if (current == -1)
		return err_path(err, p->file_name, "cannot examine");
	if (current == 0)
		return refuse(ERR_LOCAL, p->file_name,
		    "somebody else has replaced it", err);
	if (renameat(p->dirfd, p->file_name, p->dirfd, p->name) == -1)
		return err_path(err, p->name,
		    "cannot rename the part file to it");
	return 0;
}

int
part_commit(struct part *p, int mode, mode_t umask,
    const struct timespec *mtime, bool to_disk, struct err *err)
{
	int rc, lacks;

	release_reserve(p);
	lacks = set_attributes(p, mode != -1 ? (mode_t)mode :
	    final_mode(p, umask), mtime, err);
	rc = flush(p, to_disk, err);
	if (rc == 0)
		rc = put_in_place(p, err);
	if (rc == 0 && to_disk)
		rc = flush_dir(p, err);
	if (rc != 0)
		return rc;
	part_free(p);
	return lacks;
}

void
part_close_as(struct part *p, const char *version)
{
	char *name = part_name(p->name, version);

	if (is_current(p->dirfd, p->file_name, p->fd) == 1)
		(void)renameat(p->dirfd, p->file_name, p->dirfd, name);
	free(name);
	part_close(p, true);
}

void
part_close(struct part *p, bool keep)
{
	struct stat st;

	if (p == NULL)
		return;
	release_reserve(p);
	if (fstat(p->fd, &st) == 0 && (!keep || st.st_size == 0) &&
	    is_current(p->dirfd, p->file_name, p->fd) == 1)
		unlinkat(p->dirfd, p->file_name, 0);
	part_free(p);
}

static void
remove_unheld(int dirfd, const char *file_name)
{
	int fd;

	fd = openat(dirfd, file_name, O_RDWR | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK | O_NOCTTY);
	if (fd == -1)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_own(fd) == 1 &&
	    is_current(dirfd, file_name, fd) == 1)
		unlinkat(dirfd, file_name, 0);
	close(fd);
}

void
part_remove_stale(int dirfd, const char *name)
{
	struct dirent *de;
	DIR *d;
	int fd;

	fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return;
	if ((d = fdopendir(fd)) == NULL) {
		close(fd);
		return;
	}
	while ((de = readdir(d)) != NULL)
		if (part_belongs(de->d_name, name))
			remove_unheld(dirfd, de->d_name);
	closedir(d);
}

int
part_try_time(int dirfd, const struct timespec *t, struct timespec *got)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_NOW }, *t };
	char name[64];
	struct stat st;
	int fd, rc = -1;

	snprintf(name, sizeof(name), "times.%08" PRIx32 PATH_PART_SUFFIX,
	    arc4random());
	fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
	    O_NOFOLLOW, 0600);
	if (fd == -1)
		return -1;
	if (futimens(fd, times) == 0)
		rc = 0;
	/* Some set the time of closing for what was written last. */
	close(fd);
	if (rc == 0)
		rc = fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW);
	*got = st.st_mtim;
	unlinkat(dirfd, name, 0);
	return rc;
}
