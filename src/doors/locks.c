/* SPDX-License-Identifier: MIT */
#include "doors/locks.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int set(int fd, int64_t byte, short type)
{
	struct flock lock = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = (off_t)byte,
		.l_len = 1,
	};
	int saved = errno;
	int result;

	do
		result = fcntl(fd, F_OFD_SETLK, &lock);
	while (result < 0 && errno == EINTR);
	if (result < 0)
		result = errno == EACCES ? -EAGAIN : -errno;
	errno = saved;
	return result;
}

int lock_try_shared(int fd, int64_t byte)
{
	return set(fd, byte, F_RDLCK);
}

int lock_try_exclusive(int fd, int64_t byte)
{
	return set(fd, byte, F_WRLCK);
}

int lock_release(int fd, int64_t byte)
{
	return set(fd, byte, F_UNLCK);
}

bool lock_held(int fd, int64_t byte)
{
	struct flock lock = {
		.l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = (off_t)byte,
		.l_len = 1,
	};
	int saved = errno;
	int result = fcntl(fd, F_OFD_GETLK, &lock);

	errno = saved;
	return result == 0 && lock.l_type == F_RDLCK;
}
