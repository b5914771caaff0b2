/* SPDX-License-Identifier: MIT */
/*
 * What the design takes for granted about the kernel.  If one of these fails,
 * no test of the library means anything on this machine.
 */
#include "case.h"
#include "child.h"
#include "names.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const off_t far_away = (off_t)1 << 60;

/* 0 or -errno, as with all locks here, of one byte. */
static int lock(int fd, int command, short type, off_t byte)
{
	struct flock range = { .l_type = type,
		               .l_whence = SEEK_SET,
		               .l_start = byte,
		               .l_len = 1 };

	return fcntl(fd, command, &range) < 0 ? -errno : 0;
}

static int try_write(int fd, off_t byte)
{
	return lock(fd, F_OFD_SETLK, F_WRLCK, byte);
}

static int try_read(int fd, off_t byte)
{
	return lock(fd, F_OFD_SETLK, F_RDLCK, byte);
}

/* True if a try to write-lock through `fd` proves that nobody holds it. */
static bool nobody_holds(int fd, off_t byte)
{
	int code = try_write(fd, byte);

	must(code == 0 || code == -EAGAIN);
	if (code == 0)
		must_be(lock(fd, F_OFD_SETLK, F_UNLCK, byte), 0);
	return code == 0;
}

static int reopen(int fd)
{
	char path[64];
	int own;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	own = open(path, O_RDWR | O_CLOEXEC);
	must(own >= 0);
	return own;
}

static int memory_new(void)
{
	int fd = memfd_create("fact", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	must(fd >= 0);
	must_be(ftruncate(fd, 4096), 0);
	return fd;
}

static void test_a_reopened_memfd_is_a_description_of_its_own(void **state)
{
	int fd = memory_new(), own = reopen(fd), copy = dup(fd);

	must_be(lseek(fd, 5, SEEK_SET), 5);
	must_be(lseek(copy, 0, SEEK_CUR), 5);
	must_be(lseek(own, 0, SEEK_CUR), 0);
	must_be(try_read(fd, 7), 0);
	must(!nobody_holds(own, 7));
	/* The same description does not stand in its own way. */
	must_be(try_write(copy, 7), 0);
	close(own);
	close(fd);
	close(copy);
}

static void test_a_write_lock_succeeds_only_when_nobody_holds(void **state)
{
	int one = memory_new(), two = reopen(one), probe = reopen(one);

	must(nobody_holds(probe, far_away));
	must_be(try_read(one, far_away), 0);
	must_be(try_read(two, far_away), 0);
	must(!nobody_holds(probe, far_away));
	must(nobody_holds(probe, far_away + 1));
	close(one);
	must(!nobody_holds(probe, far_away));
	close(two);
	must(nobody_holds(probe, far_away));
	/* Who has it keeps even readers out, until he is gone. */
	must_be(try_write(probe, far_away), 0);
	two = reopen(probe);
	must_be(try_read(two, far_away), -EAGAIN);
	close(probe);
	must_be(try_read(two, far_away), 0);
	close(two);
}

struct holder {
	int fd;
	int ready;
	int go;
};

static void holder_new(struct holder *holder)
{
	holder->fd = memory_new();
	holder->ready = step_new();
	holder->go = step_new();
}

static void holder_end(struct holder *holder)
{
	step_free(holder->ready);
	step_free(holder->go);
	close(holder->fd);
}

static void stay(void *argument)
{
	struct holder *holder = argument;

	step_post(holder->ready);
	step_await(holder->go);
}

static void hold(void *argument)
{
	struct holder *holder = argument;
	int own = reopen(holder->fd);

	must_be(try_read(own, 9), 0);
	stay(holder);
}

static void test_the_lock_of_a_killed_process_is_released(void **state)
{
	struct holder holder;
	pid_t child;

	holder_new(&holder);
	child = child_start(hold, &holder);
	step_await(holder.ready);
	must(!nobody_holds(holder.fd, 9));
	child_kill(child);
	must(nobody_holds(holder.fd, 9));
	holder_end(&holder);
}

static void test_the_lock_of_a_zombie_is_released(void **state)
{
	struct holder holder;
	siginfo_t info;
	pid_t child;

	holder_new(&holder);
	child = child_start(hold, &holder);
	step_await(holder.ready);
	must_be(kill(child, SIGKILL), 0);
	must_be(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	must_be(kill(child, 0), 0);
	must(nobody_holds(holder.fd, 9));
	child_wait(child);
	holder_end(&holder);
}

static void test_a_lock_lives_until_the_last_holder_is_gone(void **state)
{
	struct holder holder;
	pid_t first, second;
	int own;

	holder_new(&holder);
	own = reopen(holder.fd);
	must_be(try_read(own, 9), 0);
	first = child_start(stay, &holder);
	second = child_start(stay, &holder);
	step_await(holder.ready);
	step_await(holder.ready);
	close(own);
	must(!nobody_holds(holder.fd, 9));
	child_kill(first);
	must(!nobody_holds(holder.fd, 9));
	child_kill(second);
	must(nobody_holds(holder.fd, 9));
	holder_end(&holder);
}

/* Unlike POSIX record locks, which any close of the file takes away. */
static void test_closing_another_descriptor_releases_nothing(void **state)
{
	int fd = memory_new(), own = reopen(fd), other = reopen(fd);

	must_be(try_read(own, 9), 0);
	close(other);
	close(dup(own));
	must(!nobody_holds(fd, 9));
	close(own);
	close(fd);
}

static int publish(int fd, const char *path)
{
	char self[64];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW) < 0
	               ? -errno
	               : 0;
}

static int unnamed_new(void)
{
	int fd = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	must(fd >= 0);
	return fd;
}

static void test_an_unnamed_file_is_published_without_replacing(void **state)
{
	int first = unnamed_new(), second = unnamed_new();
	char path[NAME_PATH];
	struct stat made, named;

	name_path(path, name_new("fact"));
	must_be(publish(first, path), 0);
	must_be(publish(second, path), -EEXIST);
	must_be(fstat(first, &made), 0);
	must_be(stat(path, &named), 0);
	must_be(named.st_ino, made.st_ino);
	must_be(named.st_nlink, 1);
	must_be(unlink(path), 0);
	must_be(publish(second, path), 0);
	close(first);
	close(second);
}

static void test_a_sealed_memfd_cannot_be_truncated(void **state)
{
	int fd = memory_new();

	must_be(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	must_be(ftruncate(fd, 0), -1);
	must_be(errno, EPERM);
	must_be(ftruncate(fd, 8192), 0);
	close(fd);
}

static long futex(atomic_uint *word, int operation, unsigned value,
                  const struct timespec *timeout)
{
	return syscall(SYS_futex, word, operation, value, timeout, NULL,
	               FUTEX_BITSET_MATCH_ANY);
}

static void sleep_on(void *argument)
{
	long result;

	do
		result = futex(argument, FUTEX_WAIT_BITSET, 0, NULL);
	while (result < 0 && errno == EINTR);
	must(result == 0 || errno == EAGAIN);
}

/* Mapped at different places, shared futexes are the same. */
static void test_a_shared_futex_wakes_across_mappings(void **state)
{
	int fd = memory_new();
	atomic_uint *here =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	atomic_uint *there =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	pid_t child;

	must(here != MAP_FAILED && there != MAP_FAILED && here != there);
	child = child_start(sleep_on, here);
	until_asleep(child);
	atomic_store(there, 1);
	futex(there, FUTEX_WAKE, 1, NULL);
	child_join(child);
	munmap(here, 4096);
	munmap(there, 4096);
	close(fd);
}

/* Either way of these the library goes; which one, is printed. */
static void test_membarrier_is_there_or_is_not(void **state)
{
	long known = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);
	const int wanted = MEMBARRIER_CMD_GLOBAL_EXPEDITED |
	                   MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED;

	if (known < 0 || (known & wanted) != wanted) {
		print_message("membarrier: no global expedited one here\n");
		return;
	}
	print_message("membarrier: the global expedited one is here\n");
	must_be(syscall(SYS_membarrier,
	                MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0),
	        0);
	must_be(syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0),
	        0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_a_reopened_memfd_is_a_description_of_its_own),
		sentence(test_a_write_lock_succeeds_only_when_nobody_holds),
		sentence(test_the_lock_of_a_killed_process_is_released),
		sentence(test_the_lock_of_a_zombie_is_released),
		sentence(test_a_lock_lives_until_the_last_holder_is_gone),
		sentence(test_closing_another_descriptor_releases_nothing),
		sentence(test_an_unnamed_file_is_published_without_replacing),
		sentence(test_a_sealed_memfd_cannot_be_truncated),
		sentence(test_a_shared_futex_wakes_across_mappings),
		sentence(test_membarrier_is_there_or_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
