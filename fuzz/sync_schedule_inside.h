/* SPDX-License-Identifier: MIT */
/* What the parts of the schedule of what processes wait at share. */
#ifndef FUZZ_SYNC_SCHEDULE_INSIDE_H
#define FUZZ_SYNC_SCHEDULE_INSIDE_H

#include "region/home.h"
#include "sync/mutex.h"
#include "sync_schedule.h"
#include "weir/region.h"

#include <errno.h>

enum play_kind {
	PLAY_LOCK,
	PLAY_RLOCK,
	PLAY_PERMITS,
	PLAY_EVENT,
	PLAY_CONDITION,
	PLAY_BARRIER,
	PLAY_RECORD,
	PLAY_ARRAY,
	PLAYS
};

struct sync_shape {
	int kind; /* enum play_kind */
	int sort; /* of it, as the play says */
	int size; /* of it: permits, parties, slots */
	bool in_region;
	int workers;
	int turns;
	int patience; /* 0 mixed, 1 nobody waits, 2 everybody does */
	bool exits;   /* nobody closes the object */
	bool lazy;    /* stores wait from the beginning */
	bool one_cpu;
	bool no_fences;
	int64_t exit_takes;
};

/* Whoever takes part. */
struct party {
	int actor;
	int number; /* of the worker; a child has its parent's */
	int turns;
	bool child;
	bool survives;
	struct weir_region *region; /* NULL: the object is in none */
	struct weir_rlock *lock;    /* that the object was made with, or NULL */
	void *handle;               /* struct weir_X; NULL: closed */
	int64_t member;             /* -1: none */
	int64_t lock_member;        /* where the lock is */
	bool closing;

	/* The call under way; NULL: none. */
	const char *call;
	bool alone; /* nobody else has done anything since it began */
	uint64_t begun;
	int64_t ready_since; /* it sleeps, and need not; 0: it does not */
	uint64_t ready_tick; /* nothing has happened since */

	/* As the plays use them. */
	int having;       /* how often the lock; how many permits */
	uint64_t seen;    /* a value, a generation */
	int place;        /* of an array */
	bool in_step;     /* at a barrier */
	bool was_in_step; /* when the call began */
};

/* Whether who sleeps could go on: at once, or when a death is found. */
enum ready { READY_NOT, READY, READY_BY_DEATH };

/* One kind of object.  What is NULL is nothing. */
struct play {
	/* Before anything else: the choices of its own; what is left from the
	   last run goes. */
	void (*choose)(void);

	/* As those of weir/X.h; `region` NULL: in a segment of its own. */
	int (*create)(struct party *party,
	              struct weir_segment_options *segment);
	int (*open)(struct party *party);
	void (*close)(void *handle);

	/* Of a handle. */
	struct sync *(*sync)(void *handle);
	/* A child's handle, which is a copy of its parent's. */
	void (*inherited)(struct party *child);

	/* The object is there, and nobody uses it yet. */
	void (*begin)(const struct party *first);

	void (*act)(struct party *party);
	/* Before it closes its handle; its descriptors were closed. */
	void (*closes)(struct party *party);
	void (*died)(struct party *party);

	/* Of a call under way: where it may sleep; whether it need not. */
	const struct word32 *(*sleeps_at)(const struct party *party);
	enum ready (*ready)(struct party *party);

	/* Everybody waits for something: a handle that may help them. */
	void (*rescue)(struct party *survivor);
	/* Everybody else is gone. */
	void (*last)(struct party *survivor);
};

extern const struct play play_lock, play_permits, play_event, play_condition,
	play_barrier, play_record, play_array;

extern struct sync_shape sync_shape;
extern struct party *parties[SIM_ACTORS];
extern const struct play *play;

/* 0 to n - 1, as the schedule says. */
unsigned sync_option(unsigned n);

/* How long a call may take, as the schedule says. */
int64_t sync_patience(void);

/* What happens is in this order: the number of the next. */
uint64_t sync_tick(void);

/* Around each call of the library.  The first is a point. */
void call_begin(struct party *party, const char *what, int64_t timeout);
void call_end(struct party *party);

/* Another living party's place; the same of where the lock is. */
bool member_lives(uint32_t member, const struct party *but);
bool lock_member_lives(uint32_t member, const struct party *but);

/* Its descriptors are closed, if it was killed. */
bool party_gone(const struct party *party);

/* The object in shared memory; the same for everybody. */
void *object_of(const struct party *party);

/* sync_schedule_scene.c */
void sync_scene_begin(void);
struct party *sync_scene_party(int number);
void sync_scene_give(const struct party *party);
void party_opens(struct party *party);
void party_closes(struct party *party);
void party_forks(struct party *party, void (*body)(void *child));

/* Anonymous and named objects of this run. */
#define SYNC_NAME   "s"
#define SYNC_LOCK   "l"
#define SYNC_REGION "r"

enum { CALL_POINTS = 200000 };

/* ---- sync_schedule_owner.c: who has the lock of the object */

void owner_begin(struct mutex_layout *lock);

/* He has it: his call returned this. */
void owner_has(struct party *party, int code);
/* He is about to give it up, in this call or by closing it. */
void owner_gives(struct party *party);
void owner_closes(struct party *party);
void owner_died(struct party *party);
/* The next who acquires it is to be told of a death. */
bool owner_owed(void);
/* Somebody released it for one who died meanwhile: whose it is, nobody knows. */
bool owner_unknown(void);
/* Whether this one, who asks for it, could have it. */
enum ready owner_ready(const struct party *asks);
/* After all, he did not. */
void owner_still_has(struct party *party);
/* What the lock says. */
bool owner_holds(const struct party *party);
/* Somebody else is about to release it for this one; who has it again, if
   nobody came to do it. */
void owner_released_for(const struct party *party);
void owner_takes_back(const struct party *party);

/* ---- sync_schedule_history.c: what was stored when */

enum { PLACES_MOST = 4 };

/* by_sight: what a snapshot had was stored, whoever has yet to return. */
void stores_begin(int places, bool by_sight);
/* The number of a new store of these places; it returned; it never was. */
uint64_t store_begins(int first, int count);
void store_ends(uint64_t number);
void store_never_was(uint64_t number);
/* What was held back of those that returned, and is no more, is seen. */
void stores_seen(void);
/* What was read at these places since then, each by itself, or all at once. */
void stores_loaded(const uint64_t *numbers, int first, int count,
                   uint64_t since);
void stores_snapshot(const uint64_t *numbers, int first, int count,
                     uint64_t since);

#endif
