/* SPDX-License-Identifier: MIT */
/*
 * Processes create, open, use, close and remove objects of one region, all at
 * once, and are killed at random moments.
 *
 * Each name has a claim in memory that all share: whoever has created the name
 * claims it, and finds it unclaimed, or the name was had by two.  Each pipe is
 * filled with its creator's own pattern and read back, or the memory was had by
 * two.  In the end everything is removed, and there is as much room as before.
 */
#include "child.h"
#include "names.h"
#include "pipes.h"

#include <sys/wait.h>
#include <weir/region.h>

enum { WORKERS = 6, NAMES = 3, PLANT = 24576, ROUNDS = 400, TURNS = 40 };

/* In memory that all share. */
struct ledger {
	int claim[NAMES]; /* 1 + the worker whose name it is, or 0 */
	int created, opened, full, taken;
};

struct worker {
	struct weir_region *region;
	struct ledger *ledger;
	const char *names[NAMES];
	int number;
	int64_t lifetime; /* 0: to the end */
	uint64_t random;
};

static int create(struct weir_pipe **end, struct weir_region *region,
                  const char *name)
{
	struct weir_pipe_options options = {
		.segment.region = region,
		.size = 4096,
		.simplex = true,
	};

	return weir_pipe_create(end, name, &options);
}

/* Everything that stands in the pipe is this worker's. */
static void use(struct worker *worker, struct weir_pipe *ends[2])
{
	unsigned char buffer[1500];
	uint64_t seed = random_next(&worker->random);
	size_t size = (size_t)(random_next(&worker->random) % sizeof(buffer));
	uint64_t sent = 0;

	do
		pattern_fill(buffer, size, seed + sent);
	while (weir_pipe_send(ends[1], buffer, size, WEIR_NOWAIT) == 0 &&
	       ++sent < 50);
	for (uint64_t i = 0; i < sent; i++)
		recv_pattern(ends[0], buffer, size, seed + i);
}

static void use_nameless(struct worker *worker)
{
	struct weir_pipe_options options = {
		.segment.region = worker->region,
		.size = 4096,
		.simplex = true,
	};
	struct weir_pipe *ends[2];
	int code = weir_pipe_pair(ends, &options);

	if (code == -ENOSPC)
		__atomic_fetch_add(&worker->ledger->full, 1, __ATOMIC_RELAXED);
	if (code == -ENOSPC)
		return;
	must_be(code, 0);
	use(worker, ends);
	unpair(ends);
}

static void own_name(struct worker *worker, int which, struct weir_pipe *first)
{
	int *claim = &worker->ledger->claim[which];
	struct weir_pipe *ends[2] = { first, NULL };
	int nobody = 0;
	int code;

	must(__atomic_compare_exchange_n(claim, &nobody, worker->number + 1,
	                                 false, __ATOMIC_SEQ_CST,
	                                 __ATOMIC_SEQ_CST));
	__atomic_fetch_add(&worker->ledger->created, 1, __ATOMIC_RELAXED);
	code = weir_pipe_open_in(&ends[1], worker->region,
	                         worker->names[which]);
	/* Somebody may have opened it first, and died or left since. */
	must(code == 0 || code == -EBUSY || code == -EPIPE);
	if (code == 0)
		use(worker, ends);
	weir_pipe_close(ends[1]);
	__atomic_store_n(claim, 0, __ATOMIC_SEQ_CST);
	must_be(weir_region_remove(worker->region, worker->names[which]), 0);
	weir_pipe_close(first);
}

static void use_named(struct worker *worker)
{
	int which = (int)(random_next(&worker->random) % NAMES);
	struct weir_pipe *end;
	int code = create(&end, worker->region, worker->names[which]);

	if (code == 0) {
		own_name(worker, which, end);
		return;
	}
	if (code != -ENOSPC)
		must_be(code, -EEXIST);
	if (code == -EEXIST)
		__atomic_fetch_add(&worker->ledger->taken, 1, __ATOMIC_RELAXED);
	code = weir_pipe_open_in(&end, worker->region, worker->names[which]);
	must(code == 0 || code == -ENOENT || code == -EBUSY || code == -EPIPE);
	if (code == 0) {
		__atomic_fetch_add(&worker->ledger->opened, 1,
		                   __ATOMIC_RELAXED);
		weir_pipe_close(end);
	}
}

static void work(void *argument)
{
	struct worker *worker = argument;

	if (worker->lifetime)
		die_after(worker->lifetime);
	for (int i = 0; worker->lifetime || i < TURNS; i++) {
		if (random_next(&worker->random) % 3 == 0)
			use_nameless(worker);
		else
			use_named(worker);
	}
}

/* What a dead worker had is removed in its name. */
static void bury(struct worker *worker)
{
	for (int i = 0; i < NAMES; i++) {
		int own = worker->number + 1;

		if (!__atomic_compare_exchange_n(
			    &worker->ledger->claim[i], &own, 0, false,
			    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			continue;
		must_be(weir_region_remove(worker->region, worker->names[i]),
		        0);
	}
}

static int room(struct weir_region *region)
{
	struct weir_pipe *ends[16];
	int count = 0, code;

	while ((code = create(&ends[count], region, NULL)) == 0)
		must(++count < 16);
	must_be(code, -ENOSPC);
	for (int i = 0; i < count; i++)
		weir_pipe_close(ends[i]);
	return count;
}

/*
 * A name that was created, by somebody who was killed before he claimed it, or
 * after he gave the claim up, belongs to nobody.
 */
static void forget_names(struct worker *workers)
{
	for (int i = 0; i < NAMES; i++)
		weir_region_remove(workers->region, workers->names[i]);
}

static void a_round(struct worker *workers, uint64_t *random)
{
	pid_t children[WORKERS];

	for (int i = 0; i < WORKERS; i++) {
		workers[i].random = random_next(random);
		workers[i].lifetime =
			random_next(random) % 3
				? 1 + (int64_t)(random_next(random) %
		                                WEIR_MS(4))
				: 0;
		children[i] = child_start(work, &workers[i]);
	}
	for (int i = 0; i < WORKERS; i++) {
		int status = child_wait(children[i]);

		must(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL
		                         : WEXITSTATUS(status) == 0);
	}
	for (int i = 0; i < WORKERS; i++)
		bury(&workers[i]);
	forget_names(workers);
}

static void test_names_and_memory_are_never_had_by_two(void **state)
{
	static const char *const names[NAMES] = { "alpha", "beta",
		                                  "a-longer-name-than-that" };
	struct worker workers[WORKERS] = { 0 };
	struct ledger *ledger = shared_new(sizeof(*ledger));
	struct weir_region *region;
	uint64_t random = 1123;
	int before;

	must_be(weir_region_create(&region, NULL, PLANT, NULL), 0);
	before = room(region);
	for (int i = 0; i < WORKERS; i++) {
		workers[i] = (struct worker){ .region = region,
			                      .ledger = ledger,
			                      .number = i };
		memcpy(workers[i].names, names, sizeof(names));
	}
	for (int i = 0; i < ROUNDS; i++) {
		a_round(workers, &random);
		must_be(room(region), before);
	}
	print_message("%d created, %d taken already, %d opened, %d no room\n",
	              ledger->created, ledger->taken, ledger->opened,
	              ledger->full);
	must(ledger->created > 0 && ledger->taken > 0 && ledger->opened > 0);
	shared_free(ledger, sizeof(*ledger));
	weir_region_close(region);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_names_and_memory_are_never_had_by_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
