/* SPDX-License-Identifier: MIT */
/* What the parts of the simulator know of each other. */
#ifndef SIM_INSIDE_H
#define SIM_INSIDE_H

#include "sim/sim.h"

enum {
	BUFFERED_MOST = 24,
	DESCRIPTORS_MOST = 32,
	LATE_MOST = 8,
	PRIVATE_MOST = 256
};

/* A store that has not reached memory yet. */
struct buffered {
	unsigned char *at;
	uint64_t value;
	const unsigned char *bytes; /* or NULL, and size is 1 to 8 */
	uint32_t size;
	bool release;
};

/* A read that may be made once more, later. */
struct late {
	unsigned char *to;
	const unsigned char *from;
	size_t size;
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
	bool single; /* changes one word at a time */

	struct buffered buffer[BUFFERED_MOST];
	int buffered;

	struct late late[LATE_MOST];
	int lates;
	unsigned char *late_buffer;
	size_t late_size;

	const void *sleeps_on;
	int64_t deadline;
	int64_t fell_asleep;
	bool timed_out;
	int64_t overslept;

	struct description *descriptors[DESCRIPTORS_MOST];
	int64_t gone_since;
	int64_t closes_at;

	/* What the library keeps for each thread, while others run. */
	unsigned char private[PRIVATE_MOST];

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
void actor_end(struct actor *actor);
int actors_ready(void);
extern struct sim_schedule *sim_by;
extern struct actor *sim_next; /* whom a switch has chosen */
extern bool sim_was_disturbed;

/* sim/events.c */
void event_happens(const struct sim_event *event);

/* sim/idle.c */
bool descriptors_close(bool all);
bool deadline_comes(void);
bool time_passes(void);
bool somebody_continues(uint32_t which);

/* sim/actors.c */
void private_begins(void);
void private_load(const struct actor *actor);
void private_save(struct actor *actor);

/* sim/memory.c */
void memory_begin(void);
void late_settle(struct actor *actor);
void order_stores(void); /* of the running actor: all that waits */
void buffer_drain(struct actor *actor);
void buffer_drain_one(struct actor *actor, uint32_t which);

/* sim/kernel.c */
void kernel_begin(void);
void kernel_end(void);
void kernel_close_all(struct actor *actor);

/* sim/where_queue.c: false: not of a queue, or nothing to say. */
bool describe_queue(const void *at, char *text, size_t size);
bool explain_queue(const void *at, uint64_t value, char *text, size_t size);

/* sim/registry.c */
void registry_begin(void);

/* sim/heap.c */
void heap_end(void);

#endif
