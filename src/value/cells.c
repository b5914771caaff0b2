/* SPDX-License-Identifier: MIT */
#include "value/cells.h"

#include "doors/pieces.h"
#include "sync/rlock.h"
#include "value/alarm.h"
#include "value/typecodes.h"

#include <errno.h>
#include <stdlib.h>

/* ---- the lock */

static enum guard guard_of(uint64_t word)
{
	return word < GUARD_GIVEN ? (enum guard)word : GUARD_GIVEN;
}

static uint64_t mixed(uint64_t sum, uint64_t number)
{
	sum = (sum ^ number) * UINT64_C(0x9e3779b97f4a7c15);
	return sum ^ sum >> 29;
}

/* One word for a given lock, so that a value stays within a line. */
static int lock_word(const struct weir_rlock *lock, uint64_t *word)
{
	struct home_identity identity;
	int code = home_identity(&lock->sync.home, &identity);
	uint64_t sum = 0;

	if (code < 0)
		return code;
	sum = mixed(sum, identity.device);
	sum = mixed(sum, identity.inode);
	sum = mixed(sum, identity.generation);
	sum = mixed(sum, identity.entry);
	*word = sum < GUARD_GIVEN ? sum + GUARD_GIVEN : sum;
	return 0;
}

/* What stands for the lock of a new object. */
static int plan_lock(struct cells_plan *plan)
{
	if (plan->lock && plan->unlocked)
		return -EINVAL;
	plan->lock_word = plan->unlocked ? GUARD_NONE : GUARD_OWN;
	return plan->lock ? lock_word(plan->lock, &plan->lock_word) : 0;
}

/* -EINVAL: it was made with another lock than the given one. */
static int check_lock(uint64_t word, const struct weir_rlock *lock)
{
	uint64_t given;
	int code;

	if (!lock)
		return guard_of(word) == GUARD_GIVEN ? -EINVAL : 0;
	code = lock_word(lock, &given);
	if (code < 0)
		return code;
	return given == word ? 0 : -EINVAL;
}

static struct mutex mutex_of(struct cells *cells)
{
	return (struct mutex){ &cells->sync, (void *)cells_at(cells) };
}

int cells_lock(struct cells *cells, int64_t timeout)
{
	struct mutex mutex = mutex_of(cells);
	int code = home_code(&cells->sync.home);

	if (cells->guard == GUARD_NONE)
		return -ENOTSUP;
	if (cells->guard == GUARD_GIVEN)
		return weir_rlock_acquire(*cells_given(cells), timeout);
	return code < 0 ? code : rlock_acquire(&mutex, timeout);
}

int cells_unlock(struct cells *cells)
{
	struct mutex mutex = mutex_of(cells);
	int code = home_code(&cells->sync.home);

	if (cells->guard == GUARD_NONE)
		return -ENOTSUP;
	if (cells->guard == GUARD_GIVEN)
		return weir_rlock_release(*cells_given(cells));
	return code < 0 ? code : rlock_release(&mutex);
}

/* ---- what is there */

int cells_look(const unsigned char *at, uint64_t room,
               struct cells_facts *facts)
{
	const struct cells_layout *shared = (const void *)at;
	uint32_t typecode;
	int code;

	if (room < sizeof(*shared))
		return -EUCLEAN;
	copy_out(&typecode, &shared->typecode, sizeof(typecode));
	copy_out(&facts->item_size, &shared->item_size, sizeof(uint32_t));
	copy_out(&facts->length, &shared->length, sizeof(uint64_t));
	copy_out(&facts->lock, &shared->lock, sizeof(uint64_t));
	code = typecode_check(typecode, facts->item_size);
	facts->typecode = code == 0 ? (char)typecode : '\0';
	return code;
}

static void format(void *subject, unsigned char *at, bool zeroed)
{
	const struct cells_plan *plan = subject;
	struct cells_layout *shared = (void *)at;

	if (!zeroed)
		memset(at, 0, plan->cleared);
	shared->typecode = (uint32_t)plan->typecode;
	shared->item_size = plan->item_size;
	shared->length = plan->length;
	shared->lock = plan->lock_word;
	if (plan->initial)
		copy_in(at + plan->initial_at, plan->initial,
		        plan->length * plan->item_size);
}

/* Fills the handle of what the home has. */
static int look(const struct cells_kind *kind, struct cells *cells,
                struct weir_rlock *lock)
{
	const struct home *home = &cells->sync.home;
	int64_t bytes = home_bytes(home);
	struct cells_facts facts;
	int code = (int)bytes;

	if (bytes >= 0)
		code = cells_look(home->at, (uint64_t)bytes, &facts);
	if (code == 0)
		code = check_lock(facts.lock, lock);
	if (code < 0)
		return code;
	cells->item_size = facts.item_size;
	cells->typecode = facts.typecode;
	cells->guard = (unsigned char)guard_of(facts.lock);
	if (lock)
		*cells_given(cells) = lock;
	return kind->begin(cells, &facts, (uint64_t)bytes);
}

/* Ends an opening of which the home said `code`; takes the handle over. */
static int end(void *out, const struct cells_kind *kind, struct cells *cells,
               struct weir_rlock *lock, int code)
{
	if (code < 0) {
		free(cells);
		return code;
	}
	code = look(kind, cells, lock);
	if (code < 0) {
		cells_close(cells);
		return code;
	}
	if (cells->sync.home.region->segment.fenced)
		alarm_unfenced(cells_at(cells));
	memcpy(out, &cells, sizeof(cells));
	return 0;
}

/* ---- coming to be */

static struct cells *make_handle(const struct cells_kind *kind,
                                 const struct weir_rlock *lock)
{
	return calloc(1, kind->size + (lock ? sizeof(lock) : 0));
}

/* -EINVAL, or what is needed to create. */
static int prepare(struct cells **cells, const struct cells_kind *kind,
                   struct cells_plan *plan, struct home_plan *wanted)
{
	int code = plan_lock(plan);

	if (code < 0)
		return code;
	*wanted = (struct home_plan){ kind->type, plan->bytes, plan->taken };
	*cells = make_handle(kind, plan->lock);
	return *cells ? 0 : -ENOMEM;
}

int cells_create(void *out, const struct cells_kind *kind, const char *name,
                 struct cells_plan *plan)
{
	struct home_plan wanted;
	struct cells *cells;
	int code = prepare(&cells, kind, plan, &wanted);

	if (code < 0)
		return code;
	code = home_create(&cells->sync.home, name, &wanted, plan->segment,
	                   format, plan);
	return end(out, kind, cells, plan->lock, code);
}

int cells_open_or_create(void *out, const struct cells_kind *kind,
                         const char *name, struct cells_plan *plan)
{
	struct home_plan wanted;
	struct cells *cells;
	int code;

	if (!name)
		return -EINVAL;
	code = prepare(&cells, kind, plan, &wanted);
	if (code < 0)
		return code;
	code = home_open_or_create(&cells->sync.home, name, &wanted,
	                           plan->segment, format, plan);
	code = end(&cells, kind, cells, plan->lock, code);
	if (code < 0)
		return code;
	if (cells->typecode != plan->typecode ||
	    cells->item_size != plan->item_size) {
		cells_close(cells);
		return -EPROTO;
	}
	memcpy(out, &cells, sizeof(cells));
	return 0;
}

int cells_open(void *out, const struct cells_kind *kind,
               const struct cells_place *place)
{
	struct cells *cells = make_handle(kind, place->lock);
	struct home *home;
	int code;

	if (!cells)
		return -ENOMEM;
	home = &cells->sync.home;
	if (place->region)
		code = home_open_in(home, place->region, place->name,
		                    kind->type);
	else if (place->name)
		code = home_open(home, place->name, kind->type);
	else
		code = home_open_fd(home, place->fd, kind->type);
	return end(out, kind, cells, place->lock, code);
}

void cells_close(struct cells *cells)
{
	if (!cells)
		return;
	home_close(&cells->sync.home);
	free(cells);
}

int cells_await(const struct cells *cells, vigil_attempt attempt, void *call,
                int64_t timeout)
{
	struct waiting waiting = { .attempt = attempt, .call = call };
	struct cells_layout *shared = cells_at(cells);

	if (timeout <= 0)
		return -EAGAIN;
	/* What waiting teaches a handle changes nothing of what it shows. */
	return bell_await((struct sync *)(uintptr_t)&cells->sync, &shared->bell,
	                  &shared->changed, &waiting, timeout);
}
