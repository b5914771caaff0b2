/* SPDX-License-Identifier: MIT */
#include "doors/files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/* Converts the result of a system call, once, and puts errno back. */
static int checked(long result, int saved)
{
	int code = result < 0 ? -errno : (int)result;

	errno = saved;
	/* A limit on the size of files is a limit on room. */
	return code == -EFBIG ? -ENOSPC : code;
}

/* The result of a system call, made again as long as a signal ends it. */
#define uninterrupted(call)                                                    \
	__extension__({                                                        \
		long result_;                                                  \
                                                                               \
		do                                                             \
			result_ = (call);                                      \
		while (result_ < 0 && errno == EINTR);                         \
		result_;                                                       \
	})

static void own_path(int fd, char path[32])
{
	snprintf(path, 32, "/proc/self/fd/%d", fd);
}

int file_take(int fd, uint64_t offset, uint64_t size)
{
	int saved = errno;

	return checked(
		uninterrupted(fallocate(fd, 0, (off_t)offset, (off_t)size)),
		saved);
}

int file_anonymous(uint64_t size)
{
	int saved = errno;
	int fd = (int)uninterrupted(
		memfd_create("weir", MFD_CLOEXEC | MFD_ALLOW_SEALING));
	int code;

	if (fd < 0)
		return checked(fd, saved);
	if (uninterrupted(ftruncate(fd, (off_t)size)) < 0 ||
	    uninterrupted(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK)) < 0) {
		code = checked(-1, saved);
		file_close(fd);
		return code;
	}
	return fd;
}

int file_unnamed(uint64_t size, mode_t mode)
{
	int saved = errno;
	int fd = (int)uninterrupted(
		open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
	int code;

	if (fd < 0)
		return checked(fd, saved);
	code = file_take(fd, 0, size);
	if (code == 0 && uninterrupted(fchmod(fd, mode)) < 0)
		code = checked(-1, saved);
	if (code < 0) {
		file_close(fd);
		return code;
	}
	return fd;
}

int file_name(int fd, const char *path)
{
	char self[32];
	int saved = errno;
	long result;

	own_path(fd, self);
	result = uninterrupted(
		linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW));
	if (result < 0 && errno == ENOENT) /* no /proc here */
		result = uninterrupted(
			linkat(fd, "", AT_FDCWD, path, AT_EMPTY_PATH));
	return checked(result, saved);
}

int file_open(const char *path)
{
	int saved = errno;
	int code;

	/* O_NONBLOCK: a FIFO in the way must not make the open wait. */
	code = checked(
		uninterrupted(open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW |
	                                         O_NONBLOCK | O_NOCTTY)),
		saved);
	/* Nor must somebody's lease. */
	return code == -EAGAIN ? -EBUSY : code;
}

int file_reopen(int fd)
{
	char self[32];
	int saved = errno;

	own_path(fd, self);
	return checked(uninterrupted(open(self, O_RDWR | O_CLOEXEC |
	                                                O_NONBLOCK | O_NOCTTY)),
	               saved);
}

int file_duplicate(int fd)
{
	int saved = errno;

	return checked(uninterrupted(fcntl(fd, F_DUPFD_CLOEXEC, 0)), saved);
}

int file_replace(int fd, int with)
{
	int saved = errno;
	int result;

	do
		result = dup3(with, fd, O_CLOEXEC);
	while (result < 0 && (errno == EINTR || errno == EBUSY));
	if (result < 0)
		return checked(result, saved);
	file_close(with);
	return 0;
}

int file_extend(int fd, uint64_t size)
{
	int saved = errno;

	return checked(uninterrupted(ftruncate(fd, (off_t)size)), saved);
}

static void facts_from(const struct stat *st, struct file_facts *facts)
{
	facts->size = (uint64_t)st->st_size;
	facts->device = st->st_dev;
	facts->inode = st->st_ino;
	facts->owner = st->st_uid;
	facts->mode = st->st_mode & 07777;
	facts->links = (uint32_t)st->st_nlink;
	facts->memory = S_ISREG(st->st_mode);
	facts->unshrinks = false;
}

int file_facts(int fd, struct file_facts *facts)
{
	int saved = errno;
	struct statfs fs;
	struct stat st;
	int seals;

	if (uninterrupted(fstat(fd, &st)) < 0 ||
	    uninterrupted(fstatfs(fd, &fs)) < 0)
		return checked(-1, saved);
	facts_from(&st, facts);
	/* Not hugetlbfs: its pages can go, and not come back, in spite of a
	   seal, and nothing but whole huge pages can be put in their place. */
	facts->memory &= (uint32_t)fs.f_type == TMPFS_MAGIC;
	seals = fcntl(fd, F_GET_SEALS);
	facts->unshrinks = seals >= 0 && (seals & F_SEAL_SHRINK);
	errno = saved;
	return 0;
}

int file_path_facts(const char *path, struct file_facts *facts)
{
	int saved = errno;
	struct stat st;

	if (uninterrupted(lstat(path, &st)) < 0)
		return checked(-1, saved);
	facts_from(&st, facts);
	return 0;
}

ssize_t file_read(int fd, void *buffer, size_t size, uint64_t offset)
{
	int saved = errno;
	ssize_t length = uninterrupted(pread(fd, buffer, size, (off_t)offset));

	if (length < 0)
		length = -errno;
	errno = saved;
	return length;
}

int file_unlink(const char *path)
{
	int saved = errno;
	int code = checked(uninterrupted(unlink(path)), saved);

	/* What a sticky directory says of somebody else's file. */
	return code == -EPERM ? -EACCES : code;
}

void file_close(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
}

int file_set_tag(int fd, uint32_t tag)
{
	int saved = errno;

	return checked(uninterrupted(lseek(fd, tag, SEEK_SET)) < 0 ? -1 : 0,
	               saved);
}

int64_t file_tag(int fd)
{
	int saved = errno;
	off_t tag = uninterrupted(lseek(fd, 0, SEEK_CUR));

	if (tag < 0)
		tag = -errno;
	errno = saved;
	return tag;
}

int map_file(int fd, size_t size, void **base)
{
	int saved = errno;
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		return checked(-1, saved);
	*base = at;
	return 0;
}

void map_end(void *base, size_t size)
{
	int saved = errno;

	munmap(base, size);
	errno = saved;
}

/* Transparent huge pages of shared memory are granted only in some modes. */
static bool huge_pages_enabled(void)
{
	char text[128] = "";
	int fd = open("/sys/kernel/mm/transparent_hugepage/shmem_enabled",
	              O_RDONLY | O_CLOEXEC);
	bool enabled;

	if (fd < 0)
		return false;
	enabled = read(fd, text, sizeof(text) - 1) > 0 &&
	          (strstr(text, "[always]") || strstr(text, "[advise]") ||
	           strstr(text, "[within_size]") || strstr(text, "[force]"));
	close(fd);
	return enabled;
}

bool map_huge(void *base, size_t size)
{
	int saved = errno;
	bool granted =
		madvise(base, size, MADV_HUGEPAGE) == 0 && huge_pages_enabled();

	errno = saved;
	return granted;
}

bool map_populate(void *base, size_t size)
{
	int saved = errno;
	bool granted = madvise(base, size, MADV_POPULATE_WRITE) == 0;

	errno = saved;
	return granted;
}

bool map_lock(void *base, size_t size)
{
	int saved = errno;
	bool granted = mlock(base, size) == 0;

	errno = saved;
	return granted;
}

uint32_t user_id(void)
{
	return geteuid();
}
