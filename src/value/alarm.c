/* SPDX-License-Identifier: MIT */
#include "value/alarm.h"

#include "doors/ck.h"
#include "doors/clock.h"
#include "weir/common.h"

#include <errno.h>

/* A CAS fails because another one did not: not so often in a row.  A snapshot
   may begin and end thousands of times. */
enum { ALARM_TRIES = 1000, LOOKS_PER_CLOCK = 64 };

/* How long who changes elements holds still: about as long as they are read,
   but never for long. */
#define STILL_LEAST WEIR_US(100)
#define STILL_MOST  WEIR_MS(20)

static uint32_t epoch_of(uint32_t alert)
{
	return alert >> ALERT_EPOCH_AT;
}

/* No snapshot any more; it stands if it did. */
static uint32_t ended(uint32_t alert)
{
	return (alert & (ALERT_UNFENCED | ALERT_STANDING)) |
	       (epoch_of(alert) + 1) << ALERT_EPOCH_AT;
}

void alarm_unfenced(struct cells_layout *shared)
{
	store32_relaxed(&shared->bell.unfenced, 1);
	or32(&shared->alert, ALERT_UNFENCED);
}

int alarm_begin(struct cells_layout *shared, uint32_t *epoch)
{
	uint32_t alert = load32_relaxed(&shared->alert);

	for (int i = 0; i < ALARM_TRIES; i++) {
		if ((alert & ALERT_COUNT) == ALERT_COUNT)
			return -EAGAIN;
		if (cas32(&shared->alert, &alert, alert + ALERT_ONE)) {
			*epoch = epoch_of(alert);
			return (alert & ALERT_STANDING) != 0;
		}
	}
	return -EAGAIN;
}

/* The caller's count has kept it from being 0 since before his fence. */
void alarm_stand(struct cells_layout *shared, uint32_t epoch)
{
	uint32_t alert = load32_relaxed(&shared->alert);

	for (int i = 0; i < ALARM_TRIES && epoch_of(alert) == epoch; i++) {
		if (cas32(&shared->alert, &alert, alert | ALERT_STANDING))
			return;
	}
}

bool alarm_stands(const struct cells_layout *shared, uint32_t epoch)
{
	return epoch_of(load32_relaxed(&shared->alert)) == epoch;
}

void alarm_end(struct cells_layout *shared, uint32_t epoch)
{
	uint32_t alert = load32_relaxed(&shared->alert);

	for (int i = 0; i < ALARM_TRIES; i++) {
		uint32_t left = alert - ALERT_ONE;

		if (epoch_of(alert) != epoch || (alert & ALERT_COUNT) == 0)
			return;
		if ((left & ALERT_COUNT) == 0)
			left = ended(alert);
		if (cas32(&shared->alert, &alert, left))
			return;
	}
}

static bool counts(uint32_t alert, uint32_t epoch)
{
	return (alert & ALERT_COUNT) != 0 && epoch_of(alert) == epoch;
}

/* Until the snapshots of this epoch are taken, or have had their time. */
static void hold_still(struct cells_layout *shared, uint32_t epoch,
                       uint64_t bytes)
{
	int64_t still = STILL_LEAST +
	                (bytes < STILL_MOST ? (int64_t)bytes : STILL_MOST);
	int64_t until = clock_now() + still;
	uint32_t alert;

	do {
		for (int i = 0; i < LOOKS_PER_CLOCK; i++) {
			if (!counts(load32_relaxed(&shared->alert), epoch))
				return;
			spin_hint();
		}
	} while (clock_now() < until);
	alert = load32_relaxed(&shared->alert);
	if (counts(alert, epoch))
		cas32(&shared->alert, &alert, ended(alert));
}

void alarm_changed(struct array_layout *shared, uint64_t bytes)
{
	uint32_t alert = load32_relaxed(&shared->cells.alert);
	uint64_t number;

	if ((alert & (ALERT_COUNT | ALERT_STANDING)) == 0)
		return;
	number = add64(&shared->changes, 1);
	if ((alert & ALERT_COUNT) != 0)
		hold_still(&shared->cells, epoch_of(alert), bytes);
	else if (number % ALARM_STANDS_FOR == 0)
		/* If it fails, somebody takes a snapshot again. */
		cas32(&shared->cells.alert, &alert,
		      ended(alert) & ~(uint32_t)ALERT_STANDING);
}

void alarm_stored(struct array_layout *shared, uint64_t bytes)
{
	uint32_t alert = load32_relaxed(&shared->cells.alert);

	if ((alert & ALERT_COUNT) != 0)
		hold_still(&shared->cells, epoch_of(alert), bytes);
}
