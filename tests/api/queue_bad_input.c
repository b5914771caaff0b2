/* SPDX-License-Identifier: MIT */
/*
 * Every argument outside its range is the documented code before anything
 * changes, and errno is nobody's business.
 */
#include "child.h"
#include "names.h"
#include "queues.h"

#include <sys/resource.h>
#include <unistd.h>

enum { MARK = 4711 };

static struct weir_queue *const unset = (struct weir_queue *)(uintptr_t)MARK;

/* All ways to create refuse these options, and make nothing. */
static void refuse(const struct weir_queue_options *options, const char *name)
{
	struct weir_queue *queue = unset;

	errno = MARK;
	must_be(weir_queue_create(&queue, NULL, options), -EINVAL);
	must_be(weir_queue_create(&queue, name, options), -EINVAL);
	must_be(weir_queue_open_or_create(&queue, name, options), -EINVAL);
	must(queue == unset);
	must_be(errno, MARK);
	must(!name_exists(name));
}

static void test_options_beyond_their_range_are_refused(void **state)
{
	const char *name = name_new("options");
	static const struct weir_queue_options bad[] = {
		{ .capacity = (1 << 22) + 1 },
		{ .capacity = SIZE_MAX },
		{ .block_size = (1 << 30) + 1 },
		{ .block_size = SIZE_MAX },
		{ .memory = SIZE_MAX },
		{ .block_size = 1, .memory = (1 << 22) + 1 },
		{ .block_size = 120, .memory = 120 * (size_t)(1 << 22) + 1 },
		{ .dead_letter = "" },
		{ .dead_letter = "a/b" },
		{ .dead_letter = "a b" },
		{ .segment.mode = 0777 },
		{ .segment.mode = 01000 },
#if SIZE_MAX > UINT32_MAX
		{ .memory = ((size_t)1 << 40) + 1, .block_size = 1 << 30 },
#endif
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuse(&bad[i], name);
}

static void test_reserved_fields_must_be_zero(void **state)
{
	const char *name = name_new("reserved");

	for (int i = 0; i < 4; i++) {
		struct weir_queue_options options = { .capacity = 0 };

		options.reserved[i] = 1;
		refuse(&options, name);
		options.reserved[i] = 0;
		options.segment.reserved[i] = UINT64_C(1) << 63;
		refuse(&options, name);
	}
}

static void test_options_at_the_ends_of_their_range_work(void **state)
{
	static const struct weir_queue_options good[] = {
		{ .capacity = 1, .block_size = 1, .memory = 1 },
		{ .capacity = 1, .block_size = 1 << 20, .memory = 1 },
		{ .capacity = 1, .block_size = 120, .memory = 121 },
		{ .capacity = 1, .block_size = 1, .memory = 1 << 22 },
		{ .capacity = 1 << 22, .block_size = 1, .memory = 1 },
		{ .capacity = 1, .block_size = 120, .memory = 120 << 22 },
		{ .capacity = 1 << 22 },
		{ .capacity = 1, .max_deliveries = UINT32_MAX },
		{ .capacity = 1, .dead_letter = "none.of.this.name" },
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct weir_queue *queue = queue_with(&good[i]);

		must_be(weir_queue_capacity(queue), good[i].capacity);
		for (int k = 0; k < 10; k++) {
			put_text(queue, "x");
			get_text(queue, "x");
			put_text(queue, "8 bytes.");
			get_text(queue, "8 bytes.");
		}
		weir_queue_close(queue);
	}
}

static void refuse_name(const char *name)
{
	struct weir_queue *queue = unset;

	errno = MARK;
	must_be(weir_queue_create(&queue, name, NULL), -EINVAL);
	must_be(weir_queue_open(&queue, name), -EINVAL);
	must_be(weir_queue_open_or_create(&queue, name, NULL), -EINVAL);
	must(queue == unset);
	must_be(errno, MARK);
}

static void test_names_of_other_kinds_are_refused(void **state)
{
	static const char *const names[] = { "",     "/",   "//a", "a/b",
		                             "../a", "a b", "a\n", "a:b",
		                             "a*",   "~a",  "a@b" };
	struct weir_queue *queue = unset;
	char longest[202];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		refuse_name(names[i]);
	memset(longest, 'x', 201);
	longest[201] = '\0';
	refuse_name(longest);
	must_be(weir_queue_open(&queue, NULL), -EINVAL);
	must(queue == unset);
}

/* Two messages are there, as before, and one more task is nobody's. */
static void must_be_as_before(struct weir_queue *queue)
{
	must_be(errno, MARK);
	must_have(queue, 2, false);
	must_be(weir_queue_dropped(queue), 0);
}

static void test_no_message_has_no_size(void **state)
{
	struct weir_queue *queue = queue_of(3);
	struct iovec part = { NULL, 1 };

	put_text(queue, "one");
	put_text(queue, "two");
	errno = MARK;
	must_be(weir_queue_put(queue, NULL, 1, WEIR_FOREVER), -EINVAL);
	must_be(weir_queue_put(queue, NULL, 9, WEIR_NOWAIT), -EINVAL);
	must_be(weir_queue_put(queue, NULL, 121, WEIR_MS(1)), -EINVAL);
	must_be(weir_queue_put_many(queue, &part, 1, WEIR_FOREVER), -EINVAL);
	must_be_as_before(queue);
	put_text(queue, "three");
	errno = MARK;
	/* Also when it would have to wait. */
	must_be(weir_queue_put(queue, NULL, 1, WEIR_FOREVER), -EINVAL);
	must_be(weir_queue_put_many(queue, &part, 1, WEIR_FOREVER), -EINVAL);
	must_be(errno, MARK);
	get_text(queue, "one");
	get_text(queue, "two");
	get_text(queue, "three");
	weir_queue_close(queue);
}

static void test_no_message_ends_a_batch(void **state)
{
	struct weir_queue *queue = queue_of(5);
	struct iovec parts[] = { { (void *)(uintptr_t) "one", 3 },
		                 { NULL, 1 },
		                 { (void *)(uintptr_t) "two", 3 } };
	ssize_t count = weir_queue_put_many(queue, parts, 3, WEIR_FOREVER);

	/* Refused as a whole, or as far as it goes. */
	must(count == -EINVAL || count == 1);
	must_be(weir_queue_size(queue), count == 1);
	must_be(drain(queue), count == 1);
	weir_queue_close(queue);
}

static void test_no_buffer_has_no_capacity(void **state)
{
	struct weir_queue *queue = queue_of(3);
	struct iovec part = { NULL, 8 };

	errno = MARK;
	must_be(weir_queue_get(queue, NULL, 1, WEIR_FOREVER), -EINVAL);
	must_be(weir_queue_get(queue, NULL, SIZE_MAX, WEIR_NOWAIT), -EINVAL);
	must_be(weir_queue_get_many(queue, &part, 1, WEIR_FOREVER), -EINVAL);
	must_be(errno, MARK);
	put_text(queue, "one");
	put_text(queue, "two");
	errno = MARK;
	must_be(weir_queue_get(queue, NULL, 8, WEIR_FOREVER), -EINVAL);
	must_be(weir_queue_get_many(queue, &part, 1, WEIR_FOREVER), -EINVAL);
	must_be(part.iov_len, 8);
	must_be_as_before(queue);
	get_text(queue, "one");
	get_text(queue, "two");
	weir_queue_close(queue);
}

static void test_no_failure_touches_errno_or_outputs(void **state)
{
	struct weir_lease lease = { .size = MARK }, was = lease;
	struct weir_loan loan = { .size = MARK }, before = loan;
	struct weir_queue *queue = queue_of(1);
	char byte = 'u';

	errno = MARK;
	must_be(weir_queue_get(queue, &byte, 1, WEIR_NOWAIT), -EAGAIN);
	must_be(weir_queue_get(queue, &byte, 1, WEIR_MS(60)), -ETIMEDOUT);
	must_be(weir_queue_lease(queue, WEIR_NOWAIT, &lease), -EAGAIN);
	must_be(weir_queue_lease(queue, WEIR_MS(60), &lease), -ETIMEDOUT);
	must_be(weir_queue_task_done(queue), -EOVERFLOW);
	must_be(weir_queue_put(queue, "x", 1, WEIR_NOWAIT), 0);
	must_be(weir_queue_put(queue, "x", 1, WEIR_NOWAIT), -EAGAIN);
	must_be(weir_queue_put(queue, "x", 1, WEIR_MS(60)), -ETIMEDOUT);
	must_be(weir_queue_join(queue, WEIR_NOWAIT), -EAGAIN);
	must_be(weir_queue_join(queue, WEIR_MS(60)), -ETIMEDOUT);
	must_be(weir_queue_reserve(queue, 121, WEIR_NOWAIT, &loan), -EMSGSIZE);
	must_be(weir_queue_get(queue, &byte, 0, WEIR_NOWAIT), -EMSGSIZE);
	must_be(weir_queue_shutdown(queue, true), 0);
	must_be(weir_queue_get(queue, &byte, 1, WEIR_FOREVER), -ESHUTDOWN);
	must_be(weir_queue_lease(queue, WEIR_FOREVER, &lease), -ESHUTDOWN);
	must_be(weir_queue_reserve(queue, 1, WEIR_FOREVER, &loan), -ESHUTDOWN);
	must_be(byte, 'u');
	must(memcmp(&lease, &was, sizeof(lease)) == 0);
	must(memcmp(&loan, &before, sizeof(loan)) == 0);
	weir_queue_close(queue);
	weir_queue_close(NULL);
	must_be(errno, MARK);
}

struct names {
	const char *there;
	const char *missing;
};

static void limit_descriptors(int below)
{
	struct rlimit limit;

	must_be(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = (rlim_t)below;
	must_be(setrlimit(RLIMIT_NOFILE, &limit), 0);
	errno = MARK;
}

static void run_out_of_descriptors(void *argument)
{
	struct weir_queue *queue = unset, *some;
	struct names *names = argument;
	int before, fd, first;

	must_be(weir_queue_open(&some, names->there), 0);
	fd = weir_queue_fd(some);
	first = dup(fd);
	close(first);
	before = count_descriptors();
	limit_descriptors(first);
	must_be(weir_queue_create(&queue, NULL, NULL), -EMFILE);
	must_be(weir_queue_create(&queue, names->missing, NULL), -EMFILE);
	must_be(weir_queue_open(&queue, names->there), -EMFILE);
	must_be(weir_queue_open_or_create(&queue, names->missing, NULL),
	        -EMFILE);
	must_be(weir_queue_open_fd(&queue, fd), -EMFILE);
	must(queue == unset);
	must_be(errno, MARK);
	must(!name_exists(names->missing));
	put_text(some, "still works");
	limit_descriptors(first + 100);
	must_be(count_descriptors(), before);
}

static void test_no_descriptor_left_is_emfile(void **state)
{
	struct names names = { name_new("emfile"), name_new("none") };
	struct weir_queue *queue;

	must_be(weir_queue_create(&queue, names.there, NULL), 0);
	child_join(child_start(run_out_of_descriptors, &names));
	get_text(queue, "still works");
	weir_queue_close(queue);
}

static void use_without_a_place(void *argument)
{
	struct weir_queue *queue = argument;
	static char text[] = "more than eight";
	struct iovec part = { text, sizeof(text) };
	struct weir_lease lease;
	struct weir_loan loan;

	must_be(weir_queue_get(queue, text, 1, WEIR_FOREVER), -EMFILE);
	must_be(weir_queue_get_many(queue, &part, 1, WEIR_FOREVER), -EMFILE);
	must_be(weir_queue_lease(queue, WEIR_FOREVER, &lease), -EMFILE);
	must_be(weir_queue_put(queue, text, 15, WEIR_FOREVER), -EMFILE);
	must_be(weir_queue_put_many(queue, &part, 1, WEIR_FOREVER), -EMFILE);
	must_be(weir_queue_reserve(queue, 15, WEIR_FOREVER, &loan), -EMFILE);
	weir_queue_close(queue);
}

static void fork_without_descriptors(void *argument)
{
	struct weir_queue *queue = argument;
	struct weir_lease lease;
	int first = dup(STDOUT_FILENO);

	close(first);
	put_text(queue, "leased");
	put_text(queue, "waits");
	lease_text(queue, &lease, "leased", 1);
	limit_descriptors(first);
	child_join(child_start(use_without_a_place, queue));
	/* The parent is as it was. */
	get_text(queue, "waits");
	get_nothing(queue);
	must_be(weir_queue_done(queue, &lease), 0);
}

static void test_a_child_without_a_place_is_told_why(void **state)
{
	struct weir_queue *queue = queue_of(5);

	for (int i = 0; i < 5; i++)
		child_join(child_start(fork_without_descriptors, queue));
	get_nothing(queue);
	for (int i = 0; i < 5; i++)
		must_be(weir_queue_task_done(queue), 0);
	must_be(weir_queue_task_done(queue), -EOVERFLOW);
	weir_queue_close(queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_options_beyond_their_range_are_refused),
		sentence(test_reserved_fields_must_be_zero),
		sentence(test_options_at_the_ends_of_their_range_work),
		sentence(test_names_of_other_kinds_are_refused),
		sentence(test_no_message_has_no_size),
		sentence(test_no_message_ends_a_batch),
		sentence(test_no_buffer_has_no_capacity),
		sentence(test_no_failure_touches_errno_or_outputs),
		sentence(test_no_descriptor_left_is_emfile),
		sentence(test_a_child_without_a_place_is_told_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
