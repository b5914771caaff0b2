/* SPDX-License-Identifier: MIT */
/* Whose a lease is, and what becomes of it when its process goes. */
#include "child.h"
#include "names.h"
#include "queues.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include <weir/region.h>

/* What a child and its parent know of the same queue; `shared` is. */
struct family {
	struct weir_queue *queue;
	struct weir_lease lease;
	struct weir_lease *shared;
	int did, go;
};

static void family_begin(struct family *family)
{
	*family = (struct family){
		.queue = queue_of(10),
		.shared = shared_new(sizeof(*family->shared)),
		.did = step_new(),
		.go = step_new(),
	};
}

static void family_end(struct family *family)
{
	step_free(family->did);
	step_free(family->go);
	shared_free(family->shared, sizeof(*family->shared));
	weir_queue_close(family->queue);
}

static void refuse(struct weir_queue *queue, struct weir_lease lease)
{
	struct weir_lease copy = lease;

	must_be(weir_queue_done(queue, &copy), -EPERM);
	copy = lease;
	must_be(weir_queue_giveback(queue, &copy), -EPERM);
}

static void use_parents_lease(void *argument)
{
	struct family *family = argument;
	struct weir_lease own;

	refuse(family->queue, family->lease);
	lease_text(family->queue, &own, "for the child", 1);
	must_be(weir_queue_done(family->queue, &own), 0);
	get_nothing(family->queue);
	refuse(family->queue, family->lease);
	weir_queue_close(family->queue);
}

static void test_a_lease_stays_the_parents_in_a_forked_child(void **state)
{
	struct family family;

	family_begin(&family);
	for (int i = 0; i < 30; i++) {
		put_text(family.queue, "for the parent");
		put_text(family.queue, "for the child");
		lease_text(family.queue, &family.lease, "for the parent", 1);
		child_join(child_start(use_parents_lease, &family));
		must(memcmp(family.lease.data, "for the parent", 14) == 0);
		get_nothing(family.queue);
		must_be(weir_queue_done(family.queue, &family.lease), 0);
		must_be(weir_queue_join(family.queue, WEIR_NOWAIT), 0);
	}
	family_end(&family);
}

static void lease_and_show(void *argument)
{
	struct family *family = argument;

	lease_text(family->queue, family->shared, "shown", 1);
	step_post(family->did);
	step_await(family->go);
	must_be(weir_queue_done(family->queue, family->shared), 0);
}

static void test_a_lease_of_another_process_is_refused(void **state)
{
	struct family family;
	pid_t child;

	family_begin(&family);
	for (int i = 0; i < 30; i++) {
		put_text(family.queue, "shown");
		child = child_start(lease_and_show, &family);
		step_await(family.did);
		refuse(family.queue, *family.shared);
		get_nothing(family.queue);
		step_post(family.go);
		child_join(child);
		get_nothing(family.queue);
	}
	family_end(&family);
}

static void lease_and_wait(void *argument)
{
	struct family *family = argument;

	must_be(weir_queue_lease(family->queue, WEIR_FOREVER, &family->lease),
	        0);
	step_post(family->did);
	step_await(family->go);
}

static void test_l2_a_lease_whose_holder_is_killed_comes_back(void **state)
{
	static const char *const texts[] = { "", "12345678",
		                             "more than eight" };
	struct family family;
	struct weir_lease lease;
	pid_t child;

	family_begin(&family);
	for (int i = 0; i < 60; i++) {
		put_text(family.queue, texts[i % 3]);
		child = child_start(lease_and_wait, &family);
		step_await(family.did);
		child_kill(child);
		lease_text(family.queue, &lease, texts[i % 3], 2);
		must_be(weir_queue_done(family.queue, &lease), 0);
		get_nothing(family.queue);
	}
	family_end(&family);
}

static void lease_and_end(void *argument)
{
	struct family *family = argument;

	must_be(weir_queue_lease(family->queue, WEIR_FOREVER, &family->lease),
	        0);
}

static void test_l2_a_lease_whose_holder_exits_comes_back(void **state)
{
	struct family family;

	family_begin(&family);
	put_text(family.queue, "again and again");
	for (int i = 0; i < 30; i++)
		child_join(child_start(lease_and_end, &family));
	lease_text(family.queue, &family.lease, "again and again", 31);
	must_be(weir_queue_done(family.queue, &family.lease), 0);
	must_be(weir_queue_join(family.queue, WEIR_NOWAIT), 0);
	family_end(&family);
}

/* Its holder dies while somebody waits for a message. */
static void test_l2_who_waits_gets_what_a_dead_holder_had(void **state)
{
	struct family family;
	struct weir_lease lease;
	pid_t child;

	family_begin(&family);
	for (int i = 0; i < 10; i++) {
		put_text(family.queue, "waited for");
		child = child_start(lease_and_wait, &family);
		step_await(family.did);
		must_be(kill(child, SIGKILL), 0);
		lease_text(family.queue, &lease, "waited for", 2);
		must_be(weir_queue_done(family.queue, &lease), 0);
		child_wait(child);
	}
	family_end(&family);
}

static void lease_and_close(void *argument)
{
	struct family *family = argument;

	must_be(weir_queue_lease(family->queue, WEIR_FOREVER, &family->lease),
	        0);
	weir_queue_close(family->queue);
	step_post(family->did);
	step_await(family->go);
}

static void test_close_gives_open_leases_back(void **state)
{
	struct family family;
	pid_t child;

	family_begin(&family);
	for (int i = 0; i < 30; i++) {
		put_text(family.queue, "closed");
		child = child_start(lease_and_close, &family);
		step_await(family.did);
		lease_text(family.queue, &family.lease, "closed", 2);
		must_be(weir_queue_done(family.queue, &family.lease), 0);
		step_post(family.go);
		child_join(child);
	}
	family_end(&family);
}

static void close_at_once(void *argument)
{
	struct family *family = argument;

	weir_queue_close(family->queue);
	step_post(family->did);
	step_await(family->go);
}

static void test_a_childs_close_gives_back_no_lease_of_its_parent(void **state)
{
	struct family family;
	pid_t child;

	family_begin(&family);
	for (int i = 0; i < 30; i++) {
		put_text(family.queue, "parent's");
		lease_text(family.queue, &family.lease, "parent's", 1);
		child = child_start(close_at_once, &family);
		step_await(family.did);
		get_nothing(family.queue);
		step_post(family.go);
		child_join(child);
		get_nothing(family.queue);
		must_be(weir_queue_done(family.queue, &family.lease), 0);
	}
	family_end(&family);
}

static void *lease_in_thread(void *argument)
{
	struct family *family = argument;

	lease_text(family->queue, &family->lease, "of a thread", 1);
	return NULL;
}

/* It belongs to the process, not to the thread. */
static void test_a_lease_outlives_the_thread_that_got_it(void **state)
{
	struct family family;
	pthread_t thread;

	family_begin(&family);
	for (int i = 0; i < 30; i++) {
		put_text(family.queue, "of a thread");
		must_be(pthread_create(&thread, NULL, lease_in_thread, &family),
		        0);
		must_be(pthread_join(thread, NULL), 0);
		get_nothing(family.queue);
		must(memcmp(family.lease.data, "of a thread", 11) == 0);
		must_be(weir_queue_done(family.queue, &family.lease), 0);
	}
	get_nothing(family.queue);
	family_end(&family);
}

static void *done_in_thread(void *argument)
{
	struct family *family = argument;

	must_be(weir_queue_done(family->queue, &family->lease), 0);
	return NULL;
}

static void test_a_lease_may_be_done_by_another_thread(void **state)
{
	struct family family;
	pthread_t thread;

	family_begin(&family);
	for (int i = 0; i < 30; i++) {
		put_text(family.queue, "handed on");
		lease_text(family.queue, &family.lease, "handed on", 1);
		must_be(pthread_create(&thread, NULL, done_in_thread, &family),
		        0);
		must_be(pthread_join(thread, NULL), 0);
		refuse(family.queue, family.lease);
	}
	get_nothing(family.queue);
	family_end(&family);
}

static void lease_in_region(void *argument)
{
	struct family *family = argument;
	struct weir_region *region;
	struct weir_queue *queue;

	must_be(weir_region_open_fd(&region, family->go), 0);
	must_be(weir_queue_open_in(&queue, region, "tasks"), 0);
	must_be(weir_queue_lease(queue, WEIR_FOREVER, &family->lease), 0);
	weir_queue_close(queue);
	weir_region_close(region);
	step_post(family->did);
	for (;;)
		pause();
}

static void test_the_close_of_its_region_gives_leases_back(void **state)
{
	struct weir_queue_options options = { .capacity = 10 };
	struct family family = { .did = step_new() };
	struct weir_region *region;
	struct weir_queue *queue;
	pid_t child;

	must_be(weir_region_create(&region, NULL, 1 << 20, NULL), 0);
	options.segment.region = region;
	must_be(weir_queue_create(&queue, "tasks", &options), 0);
	family.go = weir_region_fd(region);
	for (int i = 0; i < 30; i++) {
		put_text(queue, "of a region");
		child = child_start(lease_in_region, &family);
		step_await(family.did);
		lease_text(queue, &family.lease, "of a region", 2);
		must_be(weir_queue_done(queue, &family.lease), 0);
		child_kill(child);
	}
	get_nothing(queue);
	weir_queue_close(queue);
	weir_region_close(region);
	step_free(family.did);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_a_lease_stays_the_parents_in_a_forked_child),
		sentence(test_a_lease_of_another_process_is_refused),
		sentence(test_l2_a_lease_whose_holder_is_killed_comes_back),
		sentence(test_l2_a_lease_whose_holder_exits_comes_back),
		sentence(test_l2_who_waits_gets_what_a_dead_holder_had),
		sentence(test_close_gives_open_leases_back),
		sentence(test_a_childs_close_gives_back_no_lease_of_its_parent),
		sentence(test_a_lease_outlives_the_thread_that_got_it),
		sentence(test_a_lease_may_be_done_by_another_thread),
		sentence(test_the_close_of_its_region_gives_leases_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
