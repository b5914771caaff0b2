/* SPDX-License-Identifier: MIT */
#include "waiting/wait.h"

#include "doors/ck.h"
#include "doors/clock.h"
#include "doors/futex.h"

#include <errno.h>
#include <limits.h>

/*
 * The budget doubles towards the longest when spinning was enough, and halves
 * towards the shortest when it was not; a sleep costs about 20 microseconds, so
 * spinning longer than twice that never pays.
 */
enum {
	SPIN_LONGEST = 40000,
	SPIN_SHORTEST = 1000,
	LOOKS_PER_CLOCK = 8,
	HINTS_PER_CLOCK = 64,
	WAKE_TRIES = 1000,
};

int64_t wait_deadline(int64_t timeout)
{
	int64_t now;

	if (timeout == WEIR_FOREVER)
		return INT64_MAX;
	now = clock_now();
	return timeout > INT64_MAX - now ? INT64_MAX : now + timeout;
}

static uint32_t budget_of(struct patience *patience)
{
	uint32_t budget = load32_relaxed(&patience->budget);

	return budget ? budget : SPIN_LONGEST;
}

static void learn(struct patience *patience, bool worked)
{
	uint32_t budget = budget_of(patience);

	budget = worked ? budget * 2 : budget / 2;
	if (budget > SPIN_LONGEST)
		budget = SPIN_LONGEST;
	if (budget < SPIN_SHORTEST)
		budget = SPIN_SHORTEST;
	store32_relaxed(&patience->budget, budget);
}

static void run_ahead(int hints)
{
	int64_t end = hints > LEAD_SHORT ? clock_now() + LEAD_LONGEST : 0;

	for (int i = 1; i <= hints; i++) {
		spin_hint();
		if (i % HINTS_PER_CLOCK == 0 && clock_now() >= end)
			return;
	}
}

static int spin(const struct wait *wait)
{
	int hints = wait->lead;
	int64_t end = 0;
	int result;

	for (;;) {
		for (int looks = 0; looks < LOOKS_PER_CLOCK; looks++) {
			run_ahead(hints);
			result = wait->look(wait->subject, LOOK_CHEAP);
			if (result != 0)
				return result;
			if (hints > LEAD_SHORT)
				hints = LEAD_SHORT;
		}
		if (end == 0) {
			end = clock_now() + budget_of(wait->patience);
			if (end > wait->deadline)
				end = wait->deadline;
		} else if (clock_now() >= end) {
			return 0;
		}
	}
}

static int sleep_once(const struct wait *wait)
{
	uint32_t announced = or32(wait->event, EVENT_SLEEPING) | EVENT_SLEEPING;
	int64_t now, until;
	int result;

	fence_others();
	result = wait->look(wait->subject, LOOK_HARD);
	if (result != 0)
		return result;
	now = clock_now();
	if (now >= wait->deadline)
		return -ETIMEDOUT;
	until = now + wait->slice;
	if (until > wait->deadline)
		until = wait->deadline;
	result = futex_wait(wait->event, announced, until);
	return result == -EUCLEAN ? -EUCLEAN : 0;
}

/* As of the last time that this thread slept: asking takes a system call. */
static __thread uint32_t only_cpu;
static __thread bool only_cpu_known;

static void learn_cpu(void)
{
	only_cpu = clock_only_cpu();
	only_cpu_known = true;
}

/* Nothing can happen while this thread spins: both sides share one CPU. */
static bool spinning_is_vain(const struct wait *wait)
{
	if (unlikely(!only_cpu_known))
		learn_cpu();
	if (load32_relaxed(wait->only_cpu) != only_cpu)
		store32_relaxed(wait->only_cpu, only_cpu);
	return only_cpu != 0 && load32_relaxed(wait->other_cpu) == only_cpu;
}

int wait_for(const struct wait *wait)
{
	int result;

	if (!spinning_is_vain(wait)) {
		result = spin(wait);
		learn(wait->patience, result != 0);
		if (result != 0)
			return result;
	}
	learn_cpu();
	for (;;) {
		result = sleep_once(wait);
		if (result != 0)
			return result;
		result = wait->look(wait->subject, LOOK_CHEAP);
		if (result != 0)
			return result;
	}
}

int wait_wake_slow(struct word32 *event)
{
	uint32_t seen = load32_relaxed(event);

	for (int i = 0; i < WAKE_TRIES && (seen & EVENT_SLEEPING); i++) {
		if (cas32(event, &seen, (seen + 2) & ~(uint32_t)EVENT_SLEEPING))
			return futex_wake(event, INT_MAX);
	}
	/* So often it is changed only by somebody who spoils it. */
	return seen & EVENT_SLEEPING ? futex_wake(event, INT_MAX) : 0;
}

int wait_wake_some(struct word32 *event, int count)
{
	uint32_t seen = load32_relaxed(event);
	uint32_t told;
	int woken;

	for (int i = 0;; i++) {
		if (!(seen & EVENT_SLEEPING))
			return 0;
		if (i == WAKE_TRIES)
			return futex_wake(event, INT_MAX);
		told = seen + 2;
		if (cas32(event, &seen, told))
			break;
	}
	woken = futex_wake(event, count);
	if (woken < 0 || woken >= count)
		return woken;
	/* Nobody is left; who came to sleep meanwhile is woken by the second
	   call, and who is about to finds another word. */
	if (cas32(event, &told, (told + 2) & ~(uint32_t)EVENT_SLEEPING))
		return futex_wake(event, INT_MAX);
	return woken;
}
