/* SPDX-License-Identifier: MIT */
/* What the parts of the simulator know of each other. */
#ifndef SIM_INSIDE_H
#define SIM_INSIDE_H

#include "sim/sim.h"

enum { BUFFERED_MOST = 24, DESCRIPTORS_MOST = 32 };

/* A store that has not reached memory yet. */
struct buffered {
	unsigned char *at;
	uint64_t value;
	uint8_t size; /* 1 to 8 */
	bool release;
};

struct fiber {
	void *stack;
	void *saved; /* where it stands; NULL: not begun */
	void *context;
};

enum actor_state {
	ACTOR_NONE,
	ACTOR_READY,
	ACTOR_ASLEEP,
	ACTOR_STOPPED,
	ACTOR_ENDED /* or killed */
};

struct description;

struct actor {
	const char *name;
	void (*body)(void *argument);
	void *argument;
	struct fiber fiber;
	enum actor_state state;
	bool killed;
	bool closing; /* killed, and its descriptors are still open */
	bool lazy;

	struct buffered buffer[BUFFERED_MOST];
	int buffered;

	/* Asleep, or stopped meanwhile. */
	const void *sleeps_on;
	bool slept; /* stopped while asleep */
	int64_t deadline;
	int64_t fell_asleep;
	bool timed_out;
	int64_t overslept;

	struct description *descriptors[DESCRIPTORS_MOST];
	int64_t gone_since;

	const char *call;
	uint64_t points_left;
};

extern struct actor sim_actors[SIM_ACTORS];
extern struct actor *sim_current; /* NULL: nobody, outside of a run */
extern int64_t sim_clock;

/* sim/fiber.c */
void fiber_prepare(struct fiber *fiber, int number);
void fiber_switch(struct fiber *to);
void fiber_leave(struct fiber *from); /* back to who called fiber_switch */
void fiber_main(void);                /* sim/scheduler.c: what a fiber runs */

/* sim/scheduler.c: a point; may switch, and may never return. */
void sim_pass(void);
void sim_yield(void);
void sim_sleep(const void *on, int64_t deadline);
int sim_wake(const void *on, int count);
void sim_system_call(void);

/* sim/memory.c */
void buffer_drain(struct actor *actor);
void buffer_drain_one(struct actor *actor, uint32_t which);

/* sim/kernel.c */
void kernel_begin(void);
void kernel_end(void);
void kernel_close_all(struct actor *actor);

/* sim/heap.c */
void heap_end(void);

#endif
