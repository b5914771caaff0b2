/* SPDX-License-Identifier: MIT */
#include "segment/layout_sync.h"

#define AT(type, member, offset)                                               \
	_Static_assert(offsetof(struct type, member) == (offset),              \
	               #type "." #member)
#define SIZE(type, size) _Static_assert(sizeof(struct type) == (size), #type)

AT(bell_layout, event, 0);
AT(bell_layout, only_cpu, 4);
AT(bell_layout, unfenced, 8);
SIZE(bell_layout, 16);

AT(mutex_layout, bell, 0);
AT(mutex_layout, owner, 16);
SIZE(mutex_layout, REGION_LINE);

AT(semaphore_layout, bell, 0);
AT(semaphore_layout, initial, 16);
AT(semaphore_layout, sort, 20);
AT(semaphore_layout, value, 24);
AT(semaphore_layout, released, 28);
SIZE(semaphore_layout, REGION_LINE);

AT(event_layout, bell, 0);
AT(event_layout, turns, 16);
SIZE(event_layout, REGION_LINE);

AT(slot_layout, word, 0);
AT(slot_layout, event, 8);
SIZE(slot_layout, 16);

AT(condition_layout, bell, 0);
AT(condition_layout, lock_of, 16);
AT(condition_layout, slots, 48);
AT(condition_layout, own, 52);
AT(condition_layout, tickets, 56);
AT(condition_layout, high, 64);
AT(condition_layout, lock, 128);
SIZE(condition_layout, 192);

AT(barrier_layout, bell, 0);
AT(barrier_layout, parties, 16);
AT(barrier_layout, state, 24);
AT(barrier_layout, lost, 32);
AT(barrier_layout, users, 64);
AT(barrier_layout, in_step, 192);
AT(barrier_layout, canceled, 320);
SIZE(barrier_layout, 448);
