/* SPDX-License-Identifier: MIT */
/* Attacks on a queue's user by limits of its process, and by exec (48, 50). */
#include "child.h"
#include "names.h"
#include "queues.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- 48: limits */

static void without_descriptors(void *argument)
{
	struct weir_queue *queue = queue_of(4), *none = NULL;
	int most = count_descriptors();
	struct rlimit limit = { 64, 64 };

	must_be(setrlimit(RLIMIT_NOFILE, &limit), 0);
	while (dup(0) >= 0)
		;
	must_be(weir_queue_create(&none, NULL, NULL), -EMFILE);
	must_be(weir_queue_open(&none, argument), -EMFILE);
	must_be(weir_queue_open_fd(&none, weir_queue_fd(queue)), -EMFILE);
	must(none == NULL && most <= 64);
	put_text(queue, "as before");
	get_text(queue, "as before");
	weir_queue_close(queue);
	/* What it gave back is enough for another one. */
	must_be(weir_queue_create(&queue, NULL, NULL), 0);
	weir_queue_close(queue);
}

static void test_48_without_descriptors_there_is_no_new_queue(void **state)
{
	const char *name = name_new("limits");
	struct weir_queue *queue;

	must_be(weir_queue_create(&queue, name, NULL), 0);
	child_join(child_start(without_descriptors, (void *)name));
	weir_queue_close(queue);
	must_be(weir_unlink(name), 0);
}

/* A child for which there was no descriptor has no place of its own. */
static void fork_without_descriptors(void *argument)
{
	struct weir_queue *queue = queue_of(4);
	struct rlimit limit = { 64, 64 };
	char buffer[20];
	int status;

	put_text(queue, "of the parent");
	must_be(setrlimit(RLIMIT_NOFILE, &limit), 0);
	while (dup(0) >= 0)
		;
	if (fork() == 0) {
		must_be(weir_queue_put(queue, "more than eight", 15, 0),
		        -EMFILE);
		must_be(weir_queue_get(queue, buffer, 20, 0), -EMFILE);
		weir_queue_close(queue);
		_exit(0);
	}
	must(wait(&status) > 0);
	must_be(status, 0);
	get_text(queue, "of the parent");
	weir_queue_close(queue);
}

static void test_48_a_child_without_descriptors_says_so(void **state)
{
	child_join(child_start(fork_without_descriptors, NULL));
}

enum { LONG = 16 << 20 };

/* A long message is leased as a copy, for which there is no memory. */
static void without_memory(void *argument)
{
	struct weir_queue_options options = { .capacity = 2,
		                              .block_size = 1 << 16,
		                              .memory = 2 * LONG };
	struct weir_queue *queue = queue_with(&options), *none = NULL;
	static char message[LONG];
	struct rlimit limit = { 1 << 20, 1 << 20 };
	struct weir_lease lease;

	must_be(weir_queue_put(queue, message, LONG, WEIR_NOWAIT), 0);
	must_be(setrlimit(RLIMIT_DATA, &limit), 0);
	must_be(weir_queue_lease(queue, WEIR_NOWAIT, &lease), -ENOMEM);
	must_be(weir_queue_size(queue), 1);
	must_be(weir_queue_get(queue, message, LONG, WEIR_NOWAIT), LONG);
	limit.rlim_cur = limit.rlim_max = 1;
	must_be(setrlimit(RLIMIT_AS, &limit), 0);
	must_be(weir_queue_create(&none, NULL, &options), -ENOMEM);
	must(none == NULL);
	weir_queue_close(queue);
}

static void test_48_without_memory_a_long_lease_comes_back(void **state)
{
	if (SANITIZED)
		case_skip("a sanitizer needs more memory");
	child_join(child_start(without_memory, NULL));
}

static void without_file_size(void *argument)
{
	struct rlimit limit = { 4096, 4096 };
	struct weir_queue *none = NULL;
	int descriptors = count_descriptors();

	signal(SIGXFSZ, SIG_IGN);
	must_be(setrlimit(RLIMIT_FSIZE, &limit), 0);
	must_be(weir_queue_create(&none, NULL, NULL), -ENOSPC);
	must_be(weir_queue_create(&none, argument, NULL), -ENOSPC);
	must(none == NULL && !name_exists(argument));
	must_be(count_descriptors(), descriptors);
}

static void test_48_a_limit_on_files_is_enospc(void **state)
{
	child_join(child_start(without_file_size, (void *)name_new("fsize")));
}

/* ---- 50: exec */

static void lease_and_exec(void *argument)
{
	struct weir_lease lease;

	lease_text(argument, &lease, "from before the exec", 1);
	execl("/bin/sleep", "sleep", "100", (char *)NULL);
	_exit(1);
}

/* Another program that runs in the process does not hold it. */
static void test_50_what_was_leased_before_an_exec_comes_back(void **state)
{
	struct weir_queue *queue = queue_of(4);
	struct weir_lease lease;
	pid_t child;

	put_text(queue, "from before the exec");
	child = child_start(lease_and_exec, queue);
	while (weir_queue_size(queue) > 0)
		usleep(1000);
	lease_text(queue, &lease, "from before the exec", 2);
	must_be(waitpid(child, NULL, WNOHANG), 0);
	must_be(weir_queue_done(queue, &lease), 0);
	child_kill(child);
	weir_queue_close(queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_48_without_descriptors_there_is_no_new_queue),
		sentence(test_48_a_child_without_descriptors_says_so),
		sentence(test_48_without_memory_a_long_lease_comes_back),
		sentence(test_48_a_limit_on_files_is_enospc),
		sentence(test_50_what_was_leased_before_an_exec_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
