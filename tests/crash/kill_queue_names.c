/* SPDX-License-Identifier: MIT */
/* Who makes, opens, unlinks or hands on a queue is killed at each instruction. */
#include "case.h"
#include "crash/images.h"
#include "crash/replay.h"
#include "doors/clock.h"
#include "names.h"
#include "queue/handle.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE WEIR_SECONDS(1)

enum { CAPACITY = 4, LOOKED_AT = 16384 };

static const struct weir_queue_options options = {
	.capacity = CAPACITY,
	.block_size = 120,
	.memory = 1024,
};

static char complaint[256];

#define complain(...)                                                          \
	(snprintf(complaint, sizeof(complaint), __VA_ARGS__), complaint)

static struct weir_queue *kept; /* the survivor's, or NULL */
static struct weir_queue *got;  /* the victim's */
static struct weir_lease lease;

/* ---- what happened before */

static void a_queue(struct scene *scene)
{
	must_be(weir_queue_create(&kept, scene->name, &options), 0);
	must_be(weir_queue_put(kept, "message", 8, WEIR_NOWAIT), 0);
}

/* What a kill leaves of it, where no name changes. */
static uint64_t state_of_kept(const struct scene *scene)
{
	return hash_bytes(0, kept->home.region->segment.base, LOOKED_AT);
}

static void a_queue_that_stays(struct scene *scene)
{
	a_queue(scene);
	scene->state = state_of_kept;
}

/* ---- the calls; what they return is lost with the victim */

static int create(struct scene *scene)
{
	return weir_queue_create(&got, scene->name, &options);
}

static int open_or_create(struct scene *scene)
{
	return weir_queue_open_or_create(&got, scene->name, &options);
}

static int open_and_lease(struct scene *scene)
{
	int code = weir_queue_open(&got, scene->name);

	if (code < 0)
		return code;
	/* Looking for deaths takes many steps, and nobody is dead. */
	store64_relaxed(&got->recovered_at,
	                (uint64_t)(clock_now() + WEIR_SECONDS(3600)));
	return weir_queue_lease(got, WEIR_NOWAIT, &lease);
}

static int open_and_close(struct scene *scene)
{
	int code = open_and_lease(scene);

	weir_queue_close(got);
	return code;
}

static int unlink_it(struct scene *scene)
{
	return weir_unlink(scene->name);
}

static int fork_with_a_lease(struct scene *scene)
{
	sigset_t its_end;
	pid_t child;

	/* The tracer would see it. */
	sigemptyset(&its_end);
	sigaddset(&its_end, SIGCHLD);
	sigprocmask(SIG_BLOCK, &its_end, NULL);
	must_be(weir_queue_lease(kept, WEIR_NOWAIT, &lease), 0);
	child = fork();
	if (child == 0)
		_exit(0);
	return child < 0;
}

/* ---- going on */

/* The message comes, once. */
static const char *comes_once(struct weir_queue *queue)
{
	struct weir_lease first;
	int code = weir_queue_lease(queue, WEIR_NOWAIT, &first);
	const char *wrong = NULL;

	if (code != 0)
		return complain("lease: %d", code);
	if (first.size != 8 || memcmp(first.data, "message", 8) != 0)
		wrong = "another message";
	weir_queue_done(queue, &first);
	code = weir_queue_lease(queue, WEIR_NOWAIT, &first);
	if (!wrong && code != -EAGAIN)
		wrong = complain("lease of none: %d", code);
	code = weir_queue_join(queue, WEIR_NOWAIT);
	if (!wrong && code != 0)
		wrong = complain("join: %d", code);
	return wrong;
}

/* Exactly its capacity fits. */
static const char *serves(struct weir_queue *queue)
{
	char bytes[100] = "";
	int count = 0, code;

	do
		code = weir_queue_put(queue, bytes, sizeof(bytes), WEIR_NOWAIT);
	while (code == 0 && ++count <= CAPACITY);
	if (count != CAPACITY || code != -EAGAIN)
		return complain("%d messages fit: %d", count, code);
	while (weir_queue_get(queue, bytes, sizeof(bytes), WEIR_NOWAIT) >= 0)
		count--;
	return count == 0 ? NULL : complain("%d did not come", count);
}

/* The name can be had, as a queue that works, and be had again. */
static const char *name_serves(struct scene *scene)
{
	struct weir_queue *queue;
	const char *wrong;
	int code = weir_queue_open_or_create(&queue, scene->name, &options);

	if (code != 0)
		return complain("open_or_create: %d", code);
	wrong = serves(queue);
	weir_queue_close(queue);
	if (wrong)
		return wrong;
	code = weir_unlink(scene->name);
	if (code == 0)
		code = weir_queue_create(&queue, scene->name, &options);
	if (code != 0)
		return complain("unlink, create: %d", code);
	wrong = serves(queue);
	weir_queue_close(queue);
	return wrong;
}

static const char *survivor_goes_on(struct scene *scene)
{
	const char *wrong = comes_once(kept);

	if (!wrong)
		wrong = serves(kept);
	weir_queue_close(kept);
	kept = NULL;
	return wrong ? wrong : name_serves(scene);
}

static const struct killing killings[] = {
	{ "create", NULL, create, .recover = create, .check = name_serves },
	{ "create, the name is taken", a_queue_that_stays, create, -EEXIST,
	  .check = survivor_goes_on },
	{ "open_or_create, none there", NULL, open_or_create,
	  .check = name_serves },
	{ "open_or_create, one there", a_queue_that_stays, open_or_create,
	  .check = survivor_goes_on },
	{ "open, lease", a_queue_that_stays, open_and_lease,
	  .check = survivor_goes_on },
	{ "open, lease, close", a_queue_that_stays, open_and_close,
	  .check = survivor_goes_on },
	{ "unlink", a_queue, unlink_it, .check = survivor_goes_on },
	{ "fork with a lease", a_queue_that_stays, fork_with_a_lease,
	  .check = survivor_goes_on },
};

static void test_names_of_queues_survive_a_kill_anywhere(void **state)
{
	replay_all(killings, sizeof(killings) / sizeof(killings[0]),
	           name_new("kill"));
	/* Children of who was killed. */
	while (waitpid(-1, NULL, 0) > 0)
		;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_names_of_queues_survive_a_kill_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
