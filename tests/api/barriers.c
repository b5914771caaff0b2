/* SPDX-License-Identifier: MIT */
/* What a barrier promises. */
#include "parties.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

enum { PARTIES = 4 };

struct course {
	struct weir_barrier *barrier;
	int rounds;
	atomic_int *came;    /* how many came, over all rounds */
	atomic_int *indices; /* the sum of bits of them, over all rounds */
};

static void course_begin(struct course *course, unsigned parties)
{
	must_be(weir_barrier_create(&course->barrier, NULL, parties, NULL), 0);
	course->came = shared_new(2 * sizeof(atomic_int));
	course->indices = course->came + 1;
}

static void course_end(struct course *course)
{
	shared_free(course->came, 2 * sizeof(atomic_int));
	weir_barrier_close(course->barrier);
}

/* Nobody is a round ahead, and none behind. */
static void go_in_lockstep(void *argument)
{
	struct course *course = argument;

	for (int round = 1; round <= course->rounds; round++) {
		ssize_t index;

		atomic_fetch_add(course->came, 1);
		index = weir_barrier_wait(course->barrier, WEIR_SECONDS(20));
		must(index >= 0 && index < PARTIES);
		must(atomic_load(course->came) >= round * PARTIES);
		atomic_fetch_add(course->indices, 1 << (8 * (int)index));
		must(weir_barrier_wait(course->barrier, WEIR_SECONDS(20)) >= 0);
		must(atomic_load(course->came) < (round + 1) * PARTIES + 1);
	}
}

static void *go_in_thread(void *course)
{
	go_in_lockstep(course);
	return NULL;
}

static void run_course(int rounds)
{
	struct course course = { .rounds = rounds };
	pid_t children[PARTIES - 1];
	pthread_t thread;

	course_begin(&course, PARTIES);
	for (int i = 0; i < PARTIES - 1; i++)
		children[i] = child_start(go_in_lockstep, &course);
	must_be(pthread_create(&thread, NULL, go_in_thread, &course), 0);
	for (int i = 0; i < PARTIES - 1; i++)
		child_join(children[i]);
	must_be(pthread_join(thread, NULL), 0);
	must_be(atomic_load(course.came), rounds * PARTIES);
	/* B2: each index once a round. */
	if (rounds < 128)
		must_be(atomic_load(course.indices), rounds * 0x01010101);
	must_be(weir_barrier_broken(course.barrier), 0);
	must_be(weir_barrier_waiting(course.barrier), 0);
	course_end(&course);
}

static void test_b1_parties_pass_in_lockstep_once(void **state)
{
	run_course(1);
}

static void test_b1_ten_times(void **state)
{
	run_course(10);
}

static void test_b1_a_thousand_times(void **state)
{
	run_course(1000);
}

static void test_b2_each_has_another_index(void **state)
{
	run_course(100);
}

static void test_b4_reset_frees_the_waiters(void **state)
{
	struct course course = { .rounds = 3 };
	pid_t children[PARTIES];

	course_begin(&course, PARTIES);
	must_be(weir_barrier_reset(course.barrier), 0);
	for (int i = 0; i < 20; i++) {
		start_waiters(children, 2, course.barrier);
		must_be(weir_barrier_reset(course.barrier), 0);
		must_be(weir_barrier_broken(course.barrier), 0);
		join_all(children, 2);
		must_be(weir_barrier_waiting(course.barrier), 0);
	}
	for (int i = 0; i < PARTIES; i++)
		children[i] = child_start(go_in_lockstep, &course);
	join_all(children, PARTIES);
	course_end(&course);
}

/* The waiter is stopped while others use the barrier. */
static void test_b4_a_late_waiter_knows_how_it_ended(void **state)
{
	struct weir_barrier *barrier;
	pid_t late, others[2];

	must_be(weir_barrier_create(&barrier, NULL, 2, NULL), 0);
	for (int reset = 0; reset < 2; reset++) {
		late = child_start(reset ? expect_broken : wait_once, barrier);
		while (weir_barrier_waiting(barrier) < 1)
			;
		until_asleep(late);
		must_be(kill(late, SIGSTOP), 0);
		until_stopped(late);
		if (reset)
			must_be(weir_barrier_reset(barrier), 0);
		else
			must_be(weir_barrier_wait(barrier, WEIR_NOWAIT), 1);
		for (int i = 0; i < 5; i++) {
			others[0] = child_start(wait_once, barrier);
			others[1] = child_start(wait_once, barrier);
			join_all(others, 2);
		}
		must_be(kill(late, SIGCONT), 0);
		child_join(late);
	}
	weir_barrier_close(barrier);
}

static void test_b5_parties_waiting_and_broken_can_be_asked(void **state)
{
	struct course course;
	pid_t children[3];

	course_begin(&course, PARTIES);
	must_be(weir_barrier_parties(course.barrier), PARTIES);
	must_be(weir_barrier_broken(course.barrier), 0);
	for (int i = 0; i < 3; i++) {
		must_be(weir_barrier_waiting(course.barrier), i);
		children[i] = child_start(wait_once, course.barrier);
		while (weir_barrier_waiting(course.barrier) == i)
			;
	}
	must_be(weir_barrier_wait(course.barrier, WEIR_NOWAIT), 3);
	join_all(children, 3);
	must_be(weir_barrier_waiting(course.barrier), 0);
	course_end(&course);
	must_be(weir_barrier_create(&course.barrier, NULL, 0, NULL), -EINVAL);
	must_be(weir_barrier_create(&course.barrier, NULL, (1 << 20) + 1, NULL),
	        -EINVAL);
	must_be(weir_barrier_parties(NULL), -EINVAL);
	must_be(weir_barrier_waiting(NULL), -EINVAL);
	must_be(weir_barrier_broken(NULL), -EINVAL);
	must_be(weir_barrier_wait(NULL, WEIR_FOREVER), -EINVAL);
	must_be(weir_barrier_reset(NULL), -EINVAL);
	must_be(weir_barrier_abort(NULL), -EINVAL);
}

static void test_b6_one_party_never_blocks(void **state)
{
	struct course course;

	course_begin(&course, 1);
	for (int i = 0; i < 100; i++) {
		must_be(weir_barrier_wait(course.barrier, WEIR_NOWAIT), 0);
		must_be(weir_barrier_wait(course.barrier, WEIR_FOREVER), 0);
	}
	course_end(&course);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_b1_parties_pass_in_lockstep_once),
		sentence(test_b1_ten_times),
		sentence(test_b1_a_thousand_times),
		sentence(test_b2_each_has_another_index),
		sentence(test_b4_reset_frees_the_waiters),
		sentence(test_b4_a_late_waiter_knows_how_it_ended),
		sentence(test_b5_parties_waiting_and_broken_can_be_asked),
		sentence(test_b6_one_party_never_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
