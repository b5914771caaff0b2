/* SPDX-License-Identifier: MIT */
#include "doors/futex.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The kernel's own 64-bit time, which 32-bit builds have under another name. */
struct kernel_time {
	int64_t seconds;
	int64_t nanoseconds;
};

#ifdef SYS_futex_time64
#define FUTEX_CALL SYS_futex_time64
#else
#define FUTEX_CALL SYS_futex
#endif

int futex_wait(const struct word32 *word, uint32_t expected, int64_t deadline)
{
	struct kernel_time until = { deadline / 1000000000,
		                     deadline % 1000000000 };
	int saved = errno;
	long result;

	result = syscall(FUTEX_CALL, &word->bits, FUTEX_WAIT_BITSET, expected,
	                 &until, NULL, FUTEX_BITSET_MATCH_ANY);
	if (result < 0)
		result = -errno;
	errno = saved;
	if (result == -ETIMEDOUT)
		return -ETIMEDOUT;
	return result == -EFAULT ? -EUCLEAN : 0;
}

int futex_wake(struct word32 *word, int count)
{
	int saved = errno;
	long result = syscall(FUTEX_CALL, &word->bits, FUTEX_WAKE, count, NULL,
	                      NULL, 0);

	errno = saved;
	return result < 0 ? -EUCLEAN : (int)result;
}

static pthread_once_t join_once = PTHREAD_ONCE_INIT;
static bool joined;

static void join(void)
{
	joined = syscall(SYS_membarrier,
	                 MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0) == 0;
}

bool fence_join(void)
{
	int saved = errno;

	pthread_once(&join_once, join);
	errno = saved;
	return joined;
}

void fence_others(void)
{
	int saved = errno;

	fence_full();
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0);
	errno = saved;
}
