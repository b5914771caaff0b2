/* SPDX-License-Identifier: MIT */
/*
 * Simulator: virtual processes on one real one, under a schedule that is chosen.
 *
 *	schedule (a seed, an input's bytes, or one of all)
 *	    |  go on for n points, then: switch, stop, kill, drain, ...
 *	    v
 *	actor 0     actor 1     actor 2          fibers: sim/fiber.c
 *	    |           |           |
 *	    v           v           v
 *	store buffer  store buffer  ...          sim/memory.c
 *	    |           |           |
 *	    +-----------+-----------+----> memory
 *
 * An actor is a virtual process of one thread.  The library's own sources run
 * on it, on doors of the simulator: every access to a word, every copy and
 * every system call is a point at which the schedule may let another one run,
 * stop or continue or kill one.  A run is a function of its schedule.
 *
 * Simulated:
 * - Stores stay in the actor's buffer until they drain.  A plain or relaxed
 *   store may overtake earlier ones; a release store waits for all before it;
 *   read-modify-writes, full fences and system calls drain the buffer, and
 *   fence_others drains everybody's.  So this is weaker than x86, and about as
 *   weak as ARM in what stores may do.
 * - A read of payload into a buffer that its reader names may happen as late
 *   as the next release, read-modify-write, fence or system call.
 * - Descriptors, descriptions, OFD locks, files with and without names; futexes
 *   with deadlines; a clock that moves when it is read, and jumps when all
 *   sleep.  The descriptors of who was killed are closed some time later.
 *
 * Not simulated: loads that are early (ThreadSanitizer looks for what that
 * breaks), threads of one process, signals, memory that is truncated.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIM_ACTORS = 8, SIM_NEVER = 1 << 30 };

/* What happens at a point; the argument says to whom, or which. */
enum sim_what {
	SIM_NOTHING,
	SIM_SWITCH, /* another actor runs: the argument-th that can */
	SIM_DRAIN,  /* one store of the argument-th buffer that has any */
	SIM_LAZY, /* from now on the actor's stores stay as long as they can */
	SIM_EAGER,
	SIM_WAKE,     /* a sleeper wakes up for nothing */
	SIM_STOP,     /* the actor is stopped */
	SIM_KILL,     /* the actor is killed */
	SIM_STOP_ANY, /* the argument-th that is ready, or runs */
	SIM_CONTINUE, /* the argument-th that is stopped */
	SIM_KILL_ANY, /* the argument-th that lives */
	SIM_CLOSE,    /* descriptors of one that was killed are closed */
	SIM_LEAP,     /* the next deadline comes, though others still run */
	SIM_WHATS
};

struct sim_event {
	uint32_t points; /* how many pass before it */
	enum sim_what what;
	uint32_t argument;
};

/* The schedule: what comes next. */
struct sim_schedule {
	struct sim_event (*next)(struct sim_schedule *schedule);
	uint32_t kills; /* how many of the events of these kinds count */
	uint32_t stops;
};

/* A run: begin, actors, run, then ask, and end. */
void sim_begin(struct sim_schedule *schedule);

/* Adds a virtual process; from then on it can run.  May be called by one. */
int sim_actor(const char *name, void (*body)(void *argument), void *argument);

/* Until every actor has ended; NULL or what went wrong. */
const char *sim_run(void);
void sim_end(void);

/* Says what is wrong, and ends the run. */
void sim_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- of the running actor */

int sim_self(void);

/* Sleeps, so that others may run, or time pass. */
void sim_nap(int64_t nanoseconds);

/* Ends this process now, in order; its descriptors are closed. */
void sim_exit(void) __attribute__((noreturn));

/* A copy of the running process's descriptors for the actor `child`. */
void sim_share_descriptors(int child);

/* Between two calls of the library: a point at which it may be killed too. */
void sim_point(const char *what);

/* From now on nothing happens at its points, until it says so: what it does is
   one step. */
void sim_at_once(bool whether);

/* A new call begins: it may take so many points of its own, no more. */
void sim_call(const char *what, uint64_t points_most);

/* Copies into this buffer may be late, until sim_settle. */
void sim_late(void *buffer, size_t size);
void sim_settle(void);

/* ---- of any actor */

/* Hands a descriptor over, under its number; also before a run. */
void sim_give_descriptor(int fd, int actor);

/* From the beginning, as after SIM_LAZY. */
void sim_make_lazy(int actor);

/* It runs a build that cannot change two words as one, though others can. */
void sim_make_single(int actor);

/* When somebody who was stopped last went on, with what he saw before. */
extern int64_t sim_continued;

/* Sleeps on this word, and its time is not up. */
bool sim_sleeps_on(int actor, const void *word);
bool sim_visible(int actor); /* its buffer is empty */
bool sim_anybody_killed(void);
bool sim_anybody_lingers(void); /* stopped, or with its descriptors open */

bool sim_alive(int actor); /* neither ended nor killed */
bool sim_killed(int actor);
/* When its descriptors were closed, or -1. */
int64_t sim_gone_since(int actor);
int64_t sim_now(void);

/* It has been stopped, or somebody was killed, in this run. */
bool sim_disturbed(void);

/* How long its last sleep was that nobody ended before its time; or 0. */
int64_t sim_overslept(int actor);
void sim_forget_sleep(void);

/* How many points have passed; stands for the length of a run. */
uint64_t sim_points(void);

/* How many events of the run changed something: the others were impossible. */
extern uint32_t sim_events;

/* How many there may be in a run; sim_begin sets it, to plenty for most. */
extern uint64_t sim_points_most;

/* ---- for those who want to see each step */

/* Called at every point, if set. */
extern void (*sim_watch)(void);

/*
 * Called, if set, when nobody can run and time is about to pass; and when the
 * descriptors of somebody who ended or was killed have been closed.  sim_begin
 * resets them, and the two after them.
 */
extern void (*sim_asleep)(void);
extern void (*sim_closed)(int actor);

/* All actors may use one and the same CPU only. */
extern bool sim_one_cpu;

/* How long it takes the kernel to close a dead one's descriptors. */
extern int64_t sim_exit_takes;

/* Prints every step: who, what, where. */
extern bool sim_loud;
void sim_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says what an address is, in fuzz/sim/where.c. */
void sim_describe(const void *at, char *text, size_t size);

/* The segment that it knows the fields of, or NULL. */
extern const unsigned char *sim_segment;

/* The queue whose words it knows, or NULL. */
struct queue_view;
extern const struct queue_view *sim_queue;

/* Whether fence_others reaches everybody; else all must use full fences. */
extern bool sim_fences;

/* Whether the machine can change two words as one. */
extern bool sim_pairs;

/*
 * Words in here that are 0 are read without a point, until the end of the run:
 * tables that are scanned, and of which next to nothing is in use.
 */
void sim_dull(const void *from, const void *to);

/*
 * The driver sees to it that nobody writes to memory of a file that was made
 * longer but was not taken: then that is not zeroed for every run.
 */
extern bool sim_sparse;

#endif
