/* SPDX-License-Identifier: MIT */
/*
 * Attacks on the memory itself (13 to 15, 17, 20): it goes, grows, has holes,
 * or may not be written; whoever uses it goes on.
 */
#include "attacks.h"
#include "private_shm.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MFD_HUGE_2MB
#define MFD_HUGE_2MB (21U << 26)
#endif

/* ---- 13: cut off in the middle of a copy */

enum { LARGE = 1 << 20, CUTS = 40 };

struct cut {
	struct target *target;
	struct weir_pipe *ends[2];
	int stop;
};

static void *send_large(void *argument)
{
	static char message[LARGE];
	struct cut *cut = argument;

	while (!__atomic_load_n(&cut->stop, __ATOMIC_RELAXED))
		must_be_sane(weir_pipe_send(cut->ends[1], message, LARGE,
		                            WEIR_MS(1)),
		             0);
	return NULL;
}

static void *receive_large(void *argument)
{
	static char message[LARGE];
	struct cut *cut = argument;

	while (!__atomic_load_n(&cut->stop, __ATOMIC_RELAXED))
		must_be_sane(weir_pipe_recv(cut->ends[0], message, LARGE,
		                            WEIR_MS(1)),
		             LARGE);
	return NULL;
}

/* Both sides copy all the time, so most cuts are in the middle of a copy. */
static void cut_in_a_copy(void *argument)
{
	struct target *target = argument;
	struct weir_pipe_options options = { .size = LARGE };
	char path[NAME_PATH];
	pthread_t threads[2];

	name_path(path, target->name);
	for (int i = 0; i < CUTS; i++) {
		struct cut cut = { .target = target };

		must_be(weir_pipe_create(&cut.ends[0], target->name, &options),
		        0);
		must_be(weir_pipe_open(&cut.ends[1], target->name), 0);
		must_be(pthread_create(&threads[0], NULL, send_large, &cut), 0);
		must_be(pthread_create(&threads[1], NULL, receive_large, &cut),
		        0);
		usleep((useconds_t)i * 50);
		must_be(truncate(path, i % 3 * 4096), 0);
		usleep(500);
		__atomic_store_n(&cut.stop, 1, __ATOMIC_RELAXED);
		pthread_join(threads[0], NULL);
		pthread_join(threads[1], NULL);
		unpair(cut.ends);
		must_be(weir_unlink(target->name), 0);
	}
}

static void test_13_a_cut_in_the_middle_of_a_copy_is_survived(void **state)
{
	attack_in_child(cut_in_a_copy);
}

/* A memfd that could be a segment, but for its bytes; not sealed. */
static int forge(const char *label)
{
	int fd = memfd_create(label, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	must(fd >= 0);
	must_be(fchmod(fd, 0600), 0);
	return fd;
}

/*
 * A segment that claims more than the machine has, and is cut off: there is no
 * memory to put in its place as a whole.
 */
static void cut_off_a_giant(void *argument)
{
	static const uint64_t giant = UINT64_C(1) << 39;
	struct target *target = argument;
	unsigned char start[AT_BYTES];
	struct weir_pipe *end;
	int forged, code;

	target_new(target);
	must_be(pread(target->fd, start, sizeof(start), 0), sizeof(start));
	target_end(target);
	memcpy(start + AT_FILE_SIZE, &(uint64_t){ AT_BYTES + 2 * giant }, 8);
	memcpy(start + AT_RING_SIZE, &giant, 8);
	forged = forge("giant");
	must_be(ftruncate(forged, (off_t)(AT_BYTES + 2 * giant)), 0);
	must_be(pwrite(forged, start, sizeof(start), 0), sizeof(start));
	code = weir_pipe_open_fd(&end, forged);
	if (code == -ENOMEM) {
		print_message("not done: no room to map so much\n");
		close(forged);
		return;
	}
	must_be(code, 0);
	must_be(ftruncate(forged, 0), 0);
	for (int i = 0; i < 100; i++)
		call_everything(end);
	weir_pipe_close(end);
	close(forged);
}

static void test_13_a_giant_that_is_cut_off_is_survived(void **state)
{
	attack_in_child(cut_off_a_giant);
}

/* The process may not have as much private memory as the segment is long. */
static void cut_off_in_need(void *argument)
{
	struct rlimit limit = { 1 << 20, 1 << 20 };
	struct weir_pipe_options options = { .size = 64 << 20 };
	struct target *target = argument;
	struct weir_pipe *end;
	char path[NAME_PATH];

	if (weir_pipe_create(&end, target->name, &options) == -ENOSPC) {
		options.size = 8 << 20;
		must_be(weir_pipe_create(&end, target->name, &options), 0);
	}
	name_path(path, target->name);
	must_be(setrlimit(RLIMIT_DATA, &limit), 0);
	must_be(truncate(path, 0), 0);
	for (int i = 0; i < 100; i++)
		call_everything(end);
	weir_pipe_close(end);
	must_be(weir_unlink(target->name), 0);
}

static void test_17_a_cut_with_no_private_memory_left_is_survived(void **state)
{
	if (SANITIZED)
		case_skip("a sanitizer needs more private memory");
	attack_in_child(cut_off_in_need);
}

/* ---- 14: grown */

static void grow(void *argument)
{
	struct target *target = argument;
	struct weir_pipe *late;

	target_new(target);
	say(target->ends[0], "before");
	must_be(ftruncate(target->fd, (off_t)target->size * 3), 0);
	say(target->ends[0], "after");
	hear(target->ends[1], "before");
	hear(target->ends[1], "after");
	weir_pipe_close(target->ends[1]);
	target->ends[1] = NULL;
	must_be(weir_pipe_open(&late, target->name), -EPIPE);
	target_end(target);
}

static void test_14_a_segment_that_grew_works_on(void **state)
{
	attack_in_child(grow);
}

/* ---- 15: holes that cannot be filled any more */

static void fill_shm(void)
{
	static char zeros[65536];
	int fd = open("/dev/shm/filler", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	must(fd >= 0);
	while (write(fd, zeros, sizeof(zeros)) > 0)
		;
	while (write(fd, zeros, 4096) > 0)
		;
	close(fd);
	must_be(private_shm_room(), 0);
}

static void punch_and_fill(void *argument)
{
	struct target *target = argument;

	private_shm_enter("1m");
	target_new(target);
	fill(target->ends[0], 100);
	must_be(fallocate(target->fd,
	                  FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
	                  (off_t)target->size),
	        0);
	fill_shm();
	for (int i = 0; i < 100; i++) {
		call_everything(target->ends[0]);
		call_everything(target->ends[1]);
	}
	unlink("/dev/shm/filler");
	target_end(target);
}

static void test_15_holes_in_a_full_file_system_are_survived(void **state)
{
	const char *refused = private_shm_refused();

	if (refused)
		case_skip(refused);
	attack_in_child(punch_and_fill);
}

/* ---- 20: memory that may not be written */

static void refuse_descriptor(int fd)
{
	struct weir_pipe *end = NULL;

	must_be(weir_pipe_open_fd(&end, fd), -EACCES);
	must(end == NULL);
	close(fd);
}

static void offer_read_only(void *argument)
{
	struct target *target = argument;
	static unsigned char bytes[4 * ATTACKED_RING];
	char path[64];
	int forged;

	target_new(target);
	must_be(pread(target->fd, bytes, sizeof(bytes), 0),
	        (ssize_t)target->size);
	forged = forge("forged");
	must_be(write(forged, bytes, target->size), (ssize_t)target->size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", forged);
	refuse_descriptor(open(path, O_RDONLY | O_CLOEXEC));
	must_be(fcntl(forged, F_ADD_SEALS, F_SEAL_FUTURE_WRITE), 0);
	must_be(lseek(forged, 0, SEEK_SET), 0);
	refuse_descriptor(forged);
	target_end(target);
}

static void test_20_memory_that_may_not_be_written_is_refused(void **state)
{
	attack_in_child(offer_read_only);
}

/*
 * Memory of huge pages of its own kind (hugetlbfs) is never the library's, and
 * goes in spite of a seal: who punches a hole and takes the last page has the
 * next access raise SIGBUS.
 */
static void offer_huge(void *argument)
{
	enum { HUGE_SIZE = 2 << 20 };
	struct target *target = argument;
	struct weir_pipe *end = NULL;
	int forged = memfd_create("huge", MFD_CLOEXEC | MFD_ALLOW_SEALING |
	                                          MFD_HUGETLB | MFD_HUGE_2MB);
	void *bytes = MAP_FAILED;

	if (forged >= 0 && ftruncate(forged, HUGE_SIZE) == 0)
		bytes = mmap(NULL, HUGE_SIZE, PROT_READ | PROT_WRITE,
		             MAP_SHARED, forged, 0);
	if (bytes == MAP_FAILED)
		_exit(77);
	target_new(target);
	memcpy(bytes, target->bytes, target->size);
	must_be(fchmod(forged, 0600), 0);
	must_be(fcntl(forged, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	must_be(lseek(forged, 0, SEEK_SET), 0);
	must_be(weir_pipe_open_fd(&end, forged), -EPROTO);
	must(end == NULL);
	munmap(bytes, HUGE_SIZE);
	close(forged);
	target_end(target);
}

static void test_18_memory_that_a_seal_does_not_keep_is_refused(void **state)
{
	struct target target = { .name = name_new("huge") };
	int status = child_wait(child_start(offer_huge, &target));

	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		case_skip("there are no huge pages of 2 MiB");
	must_be(status, 0);
}

/* A peer that only looks takes part in nothing, and disturbs nobody. */
static void look_on(void *argument)
{
	struct target *target = argument;
	void *seen;

	target_new(target);
	seen = mmap(NULL, target->size, PROT_READ, MAP_SHARED, target->fd, 0);
	must(seen != MAP_FAILED);
	for (int i = 0; i < 100; i++) {
		say(target->ends[0], "over here");
		hear(target->ends[1], "over here");
		hear_nothing(target->ends[1]);
	}
	munmap(seen, target->size);
	target_end(target);
}

static void test_20_a_reader_of_the_memory_disturbs_nobody(void **state)
{
	attack_in_child(look_on);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_13_a_cut_in_the_middle_of_a_copy_is_survived),
		sentence(test_13_a_giant_that_is_cut_off_is_survived),
		sentence(test_14_a_segment_that_grew_works_on),
		sentence(test_15_holes_in_a_full_file_system_are_survived),
		sentence(test_17_a_cut_with_no_private_memory_left_is_survived),
		sentence(test_18_memory_that_a_seal_does_not_keep_is_refused),
		sentence(test_20_memory_that_may_not_be_written_is_refused),
		sentence(test_20_a_reader_of_the_memory_disturbs_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
