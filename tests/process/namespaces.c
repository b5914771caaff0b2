/* SPDX-License-Identifier: MIT */
/*
 * O8: a process of another PID namespace is killed with a lock, permits and a
 * message.  Its number there is that of a process that lives in a third one, and
 * has the same objects open: neither is taken for the other.
 */
#include "case.h"
#include "child.h"
#include "names.h"
#include "namespace.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <weir/weir.h>

enum { PERMITS = 4 };

static const struct weir_semaphore_options owned = { .owned = true };

/* Objects by their names, and what one process has open of them. */
struct scene {
	const char *names[4];
	int ready, go;
	pid_t *number; /* of who dies */
	struct weir_lock *lock;
	struct weir_rlock *rlock;
	struct weir_semaphore *semaphore;
	struct weir_queue *queue;
};

static void scene_new(struct scene *scene)
{
	static const char *const labels[] = { "lock", "rlock", "semaphore",
		                              "queue" };
	struct weir_queue_options options = { .capacity = 4 };

	*scene = (struct scene){ .ready = step_new(), .go = step_new() };
	for (int i = 0; i < 4; i++)
		scene->names[i] = name_new(labels[i]);
	scene->number = shared_new(sizeof(*scene->number));
	must_be(weir_lock_create(&scene->lock, scene->names[0], NULL), 0);
	must_be(weir_rlock_create(&scene->rlock, scene->names[1], NULL), 0);
	must_be(weir_semaphore_create(&scene->semaphore, scene->names[2],
	                              PERMITS, &owned),
	        0);
	must_be(weir_queue_create(&scene->queue, scene->names[3], &options), 0);
	must_be(weir_queue_put(scene->queue, "once", 4, WEIR_NOWAIT), 0);
}

/* What was inherited is another one's; these are its own. */
static void scene_open(struct scene *scene)
{
	must_be(weir_lock_open(&scene->lock, scene->names[0]), 0);
	must_be(weir_rlock_open(&scene->rlock, scene->names[1]), 0);
	must_be(weir_semaphore_open(&scene->semaphore, scene->names[2]), 0);
	must_be(weir_queue_open(&scene->queue, scene->names[3]), 0);
}

static void scene_close(struct scene *scene)
{
	weir_lock_close(scene->lock);
	weir_rlock_close(scene->rlock);
	weir_semaphore_close(scene->semaphore);
	weir_queue_close(scene->queue);
}

static void scene_end(struct scene *scene)
{
	scene_close(scene);
	step_free(scene->ready);
	step_free(scene->go);
	shared_free(scene->number, sizeof(*scene->number));
}

static void take_permits(struct scene *scene, int count)
{
	for (int i = 0; i < count; i++)
		must_be(weir_semaphore_acquire(scene->semaphore, SOON), 0);
}

static void hold_everything(void *argument)
{
	struct scene *scene = argument;
	struct weir_lease lease;

	scene_open(scene);
	must_be(weir_lock_acquire(scene->lock, SOON), 0);
	must_be(weir_rlock_acquire(scene->rlock, SOON), 0);
	must_be(weir_rlock_acquire(scene->rlock, SOON), 0);
	take_permits(scene, 2);
	must_be(weir_queue_lease(scene->queue, SOON, &lease), 0);
	must_be(lease.deliveries, 1);
	step_post(scene->ready);
	step_await(scene->go);
}

/* Lives on with a permit, under the number of the one who dies. */
static void hold_a_permit(void *argument)
{
	struct scene *scene = argument;

	scene_open(scene);
	take_permits(scene, 1);
	step_post(scene->ready);
	step_await(scene->go);
	must_be(weir_semaphore_release(scene->semaphore, 1), 0);
	must_be(weir_semaphore_release(scene->semaphore, 1), -EPERM);
	scene_close(scene);
}

static pid_t start(struct scene *scene, void (*body)(void *argument))
{
	struct pioneer pioneer = { body, scene, scene->number };
	pid_t founder;

	*scene->number = 0;
	founder = child_start(found_a_namespace, &pioneer);
	step_await(scene->ready);
	while (__atomic_load_n(scene->number, __ATOMIC_SEQ_CST) == 0)
		sched_yield();
	return founder;
}

static void find_what_it_had(struct scene *scene)
{
	struct weir_lease lease;

	must_be(weir_lock_acquire(scene->lock, SOON), WEIR_OWNER_DIED);
	must_be(weir_lock_release(scene->lock), 0);
	must_be(weir_lock_acquire(scene->lock, SOON), 0);
	must_be(weir_rlock_acquire(scene->rlock, SOON), WEIR_OWNER_DIED);
	must_be(weir_rlock_depth(scene->rlock), 1);
	must_be(weir_queue_lease(scene->queue, SOON, &lease), 0);
	must_be(lease.size, 4);
	must(memcmp(lease.data, "once", 4) == 0);
	must_be(lease.deliveries, 2);
	must_be(weir_queue_done(scene->queue, &lease), 0);
	take_permits(scene, PERMITS - 1);
	must_be(weir_semaphore_acquire(scene->semaphore, WEIR_NOWAIT), -EAGAIN);
}

static void
test_o8_what_a_dead_process_of_another_namespace_had_comes_back(void **state)
{
	struct scene scene;
	pid_t killed, living;

	needs_namespaces();
	scene_new(&scene);
	living = start(&scene, hold_a_permit);
	killed = start(&scene, hold_everything);
	must_be(weir_lock_acquire(scene.lock, WEIR_NOWAIT), -EAGAIN);
	must_be(kill(*scene.number, SIGKILL), 0);
	child_join(killed);
	find_what_it_had(&scene);
	step_post(scene.go);
	child_join(living);
	take_permits(&scene, 1);
	scene_end(&scene);
}

static void hold_the_lock(void *argument)
{
	struct scene *scene = argument;

	must_be(weir_lock_acquire(scene->lock, SOON), 0);
	take_permits(scene, PERMITS);
	step_post(scene->ready);
	step_await(scene->go);
}

/* Of one whose number means nothing, or somebody else, in here. */
static void find_a_death_out_there(void *argument)
{
	struct scene *scene = argument;

	scene_open(scene);
	step_post(scene->ready);
	must_be(weir_lock_acquire(scene->lock, SOON), WEIR_OWNER_DIED);
	take_permits(scene, PERMITS);
	scene_close(scene);
}

static void test_o8_a_process_in_a_namespace_finds_a_death_outside(void **state)
{
	struct scene scene;
	pid_t holder, finder;

	needs_namespaces();
	scene_new(&scene);
	holder = child_start(hold_the_lock, &scene);
	step_await(scene.ready);
	finder = start(&scene, find_a_death_out_there);
	child_kill(holder);
	child_join(finder);
	scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(
			test_o8_what_a_dead_process_of_another_namespace_had_comes_back),
		sentence(
			test_o8_a_process_in_a_namespace_finds_a_death_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
