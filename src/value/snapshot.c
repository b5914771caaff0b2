/* SPDX-License-Identifier: MIT */
/* All elements of an array as of one moment: see value/alarm.h and ranges.h. */
#include "value/array.h"

#include "doors/ck.h"
#include "doors/futex.h"
#include "doors/pieces.h"
#include "value/alarm.h"

#include <errno.h>

/* Who is between a change and its count, unless stopped, is there by then. */
enum { SNAPSHOT_TRIES = 200, READINGS = 10, SETTLING = 32 };

/* array_read tried as often as is worth it: another attempt is not. */
enum { READ_IN_VAIN = -EBUSY };

static bool changed(const struct array_layout *shared, uint64_t changes)
{
	/* What was read comes before the look at what was counted. */
	fence_acquire();
	return load64_relaxed(&shared->changes) != changes;
}

/* B and C of value/alarm.h. */
static int read_undisturbed(const struct weir_array *array, struct span span,
                            uint32_t epoch, void *out)
{
	const struct array_layout *shared = array->ranges.shared;
	/* Pairs with the CAS that counted it: the change is there. */
	uint64_t changes = load64_acquire(&shared->changes);
	int code = array_read(array, span, out);

	if (code < 0)
		return code == -EAGAIN ? READ_IN_VAIN : code;
	/* A look before, too: what is in vain need not settle. */
	if (changed(shared, changes))
		return -EAGAIN;
	for (int i = 0; i < SETTLING; i++)
		spin_hint();
	if (changed(shared, changes))
		return -EAGAIN;
	return alarm_stands(&shared->cells, epoch) ? 0 : -EAGAIN;
}

/*
 * Who changed something meanwhile holds still from then on, as long as the alarm
 * stands; so the next reading is likely to be the last one.
 */
static int attempt(const struct weir_array *array, struct span span, void *out)
{
	struct cells_layout *shared = cells_at(&array->cells);
	uint32_t epoch;
	int tries = READINGS;
	int code = alarm_begin(shared, &epoch);

	if (code < 0)
		return code;
	if (code == 0) {
		fence_others();
		alarm_stand(shared, epoch);
	}
	do
		code = read_undisturbed(array, span, epoch, out);
	while (code == -EAGAIN && --tries > 0 && alarm_stands(shared, epoch));
	alarm_end(shared, epoch);
	return code;
}

static int snapshot(const struct weir_array *array, struct span span, void *out)
{
	for (int i = 0; i < SNAPSHOT_TRIES; i++) {
		int code = attempt(array, span, out);

		if (code == READ_IN_VAIN)
			break;
		if (code != -EAGAIN)
			return code;
	}
	return -EAGAIN;
}

int weir_array_snapshot(const struct weir_array *array, size_t start,
                        size_t count, void *out)
{
	struct span span;
	int code;

	if (!array || (!out && count > 0))
		return -EINVAL;
	code = array_span(array, start, count, &span);
	if (code < 0 || span.bytes == 0)
		return code;
	/* Nothing changes in one step that is not read in one. */
	if (array_of_records(array) || array_in_one_word(span))
		return weir_array_load(array, start, count, out);
	return snapshot(array, span, out);
}
