/* SPDX-License-Identifier: MIT */
/*
 * Mutex: one at a time has the lock, and each death with it is told once
 * (src/sync/mutex.h, rlock.c, and the waiting of src/waiting/wait.c).
 *
 *	acquire    owner {FREE} -> {HELD, me}                 by CAS
 *	           owner {ABANDONED} -> {HELD, me}            by CAS: told
 *	release    owner = {FREE}, into the store buffer (RELEASE_BY_CAS: by CAS)
 *	           if (event & SLEEPING) wakes one
 *	wait       A  event |= SLEEPING; fence_others
 *	              is the owner dead?  then recover
 *	           B  tries to acquire, else sleeps if the event is as in A
 *	wake one   event += 2; futex_wake(1); if nobody slept:
 *	           event {as it was} -> {+ 2, less SLEEPING}  by CAS
 *	           futex_wake(all)
 *	recover    locks the byte of the dead v
 *	           owner {HELD, v} -> {ABANDONED}             by CAS
 *	           wakes one; then v's number is free, and its byte
 *
 * Whoever dies does so between any two steps; the kernel empties its store
 * buffer and unlocks the bytes that it had.  Then a sleeper may look again by
 * itself, as a slice of its sleep ends; without deaths nobody needs that.  An
 * heir comes with the number of a dead worker that was recovered.  A helper
 * releases a lock for a dead owner, as anyone may.  A recoverer only looks for
 * deaths, as a process that comes.
 *
 * Bounds: WORKERS that acquire and release ROUNDS times, RECOVERERS, HEIRS,
 * HELPERS, and at most DEATHS, of workers.  BUG_...: seeded defects; the table is in ./run.
 */
#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef ROUNDS
#define ROUNDS 1
#endif
#ifndef RECOVERERS
#define RECOVERERS 0
#endif
#ifndef HEIRS
#define HEIRS 0
#endif
#ifndef HELPERS
#define HELPERS 0
#endif
#ifndef DEATHS
#define DEATHS 1
#endif

#define ALL	(WORKERS + RECOVERERS + HEIRS)
#define CHANGE	changes = (changes + 1) % 4
#define LOST(v) (dead[v] && !recovered[v] && !locked[v])

mtype = { FREE, HELD, ABANDONED };

mtype own = FREE;    /* the owner word */
byte who;
bool buffered[ALL];  /* its FREE is in a store buffer still */
bool flag;           /* SLEEPING */
byte changes;        /* the rest of the event word, of 2 bits here */
bool asleep[ALL];

/* By member: the workers' numbers; an heir has that of worker 0. */
bool dead[WORKERS], recovered[WORKERS];
byte locked[WORKERS]; /* 1 + who has the byte of the dead one */
bool struck[WORKERS], gone[WORKERS];
byte deaths, finished;

/* The books. */
byte inside, told, owed;

inline drain(p)
{
	if
	:: buffered[p] -> buffered[p] = false; own = FREE; inside--
	:: else
	fi
}

/* Of one that is not HELD; the CAS. */
inline take()
{
	got = false;
	do
	:: seen = own;
		if
		:: seen == HELD -> break
		:: else
		fi;
		d_step {
			if
#ifndef BUG_TAKEN_WITHOUT_CAS
			:: own == seen ->
#else
			:: true ->
#endif
				assert(inside == 0);
				own = HELD; who = number; inside++; got = true;
				if :: seen == ABANDONED -> told++ :: else fi
#ifndef BUG_TAKEN_WITHOUT_CAS
			:: else
#endif
			fi
		};
		if :: got -> break :: else fi
	od
}

inline wake_all()
{
	d_step {
		asleep[0] = false; asleep[1] = false;
		asleep[WORKERS - 1] = false; asleep[ALL - 1] = false
	}
}

inline wake_one()
{
	d_step {
		drain(id);
		CHANGE;
#ifdef BUG_FLAG_CLEARED_AT_ONCE
		flag = false;
#endif
		before = changes; got = false
	};
	if
	:: asleep[0] -> asleep[0] = false; got = true
	:: asleep[1] -> asleep[1] = false; got = true
	:: asleep[WORKERS - 1] -> asleep[WORKERS - 1] = false; got = true
	:: asleep[ALL - 1] -> asleep[ALL - 1] = false; got = true
	:: else
	fi;
	if
	:: !got ->
		d_step {
			if
			:: flag && changes == before ->
				flag = false; CHANGE; got = true
			:: else
			fi
		};
#ifndef BUG_WOKEN_ONCE
		if
		:: got ->
			wake_all()
		:: else
		fi
#endif
	:: else
	fi
}

inline ring()
{
	if :: flag -> wake_one(); atomic { before = 0; got = false } :: else fi
}

inline release()
{
#ifdef BUG_RUNG_BEFORE_RELEASE
	ring();
#endif
#ifdef RELEASE_BY_CAS
	d_step { own = FREE; inside-- };
#else
	buffered[id] = true;
#endif
#ifndef BUG_RUNG_BEFORE_RELEASE
	ring()
#endif
}

/* Of the owner, if it is dead; whoever does this may die of it. */
inline recover()
{
	d_step { v = who; got = own == HELD && v != number };
	if
	:: got ->
#ifdef BUG_BYTE_NOT_HELD
		got = dead[v] && !recovered[v];
#else
		d_step {
			got = LOST(v);
			if :: got -> locked[v] = id + 1 :: else fi
		};
#endif
		if
		:: got ->
#ifdef BUG_NUMBER_FREE_FIRST
			recovered[v] = true;
#endif
			bury();
			ring();
			d_step {
				recovered[v] = true;
				if :: locked[v] == id + 1 -> locked[v] = 0 :: else fi
			}
		:: else
		fi
	:: else
	fi
}

#if defined(BUG_BURIED_WITHOUT_CAS)
inline bury()
{
	got = own == HELD && who == v;
	if :: got -> own = ABANDONED :: else fi
}
#elif defined(BUG_ANY_OWNER_BURIED)
inline bury() { d_step { if :: own == HELD -> own = ABANDONED :: else fi } }
#elif defined(BUG_ABANDONED_IS_FREE)
inline bury()
{
	d_step { if :: own == HELD && who == v -> own = FREE :: else fi }
}
#else
inline bury()
{
	d_step { if :: own == HELD && who == v -> own = ABANDONED :: else fi }
}
#endif

inline acquire()
{
	atomic { drain(id) };
	take();
	do
	:: got -> break
	:: else ->
		d_step { flag = true; announced = changes };         /* A */
#ifndef BUG_NO_FENCE
		d_step { drain(0); drain(1); drain(WORKERS - 1); drain(ALL - 1) };
#endif
		recover();
#ifdef BUG_NO_SECOND_LOOK
		got = false;
#else
		take();                                              /* B */
#endif
		if :: got -> break :: else fi;
		d_step {
			asleep[id] = flag && changes == announced;
			drain(id)
		};
		if
		:: !asleep[id]
		/* A slice ended; a look in vain would change nothing. */
		:: deaths > 0 && asleep[id] && (own != HELD || LOST(who)) ->
			asleep[id] = false
		fi;
		take()
	od
}

inline work()
{
	do
	:: rounds < ROUNDS ->
		acquire();
		/* What is not needed any more makes no states. */
		atomic { announced = 0; v = 0; seen = FREE; got = false };
		release();
		rounds++
	:: else -> break
	od
}

inline leave()
{
	d_step {
		drain(id);
		asleep[id] = false;
		if
		:: own == HELD && who == id -> owed++; inside--
		:: else
		fi;
		v = 0;
		do
		:: v == WORKERS -> break
		:: v < WORKERS && locked[v] == id + 1 -> locked[v] = 0; v++
		:: else -> v++
		od;
		dead[id] = true; finished++
	}
}

proctype Worker(byte id)
{
	byte number = id, rounds, v, announced, before; mtype seen; bool got;
	{
		work();
		atomic { gone[id] = true; finished++ }
	} unless { struck[id] && !gone[id]; leave() }
}

proctype Recoverer(byte id)
{
	byte number = ALL, v, before; bool got;

	recover();
	finished++
}

proctype Heir(byte id)
{
	byte number, rounds, v, announced, before; mtype seen; bool got;

	if
	:: atomic { recovered[0] && !locked[0] && dead[0] -> dead[0] = false };
		work()
	:: finished >= WORKERS + RECOVERERS
	fi;
	finished++
}

proctype Helper(byte id)
{
	byte before; bool got;

	if
	:: atomic {
		own == HELD && dead[who] && !recovered[who] -> own = FREE; owed--
	};
		if :: flag -> d_step { CHANGE; flag = false }; wake_all() :: else fi
	:: finished >= WORKERS + RECOVERERS
	fi
}

/* A CPU writes what is in its buffer some time. */
proctype Memory()
{
	do
	:: buffered[0] -> d_step { drain(0) }
	:: buffered[1] -> d_step { drain(1) }
	:: buffered[WORKERS - 1] -> d_step { drain(WORKERS - 1) }
	:: buffered[ALL - 1] -> d_step { drain(ALL - 1) }
	:: finished == ALL -> break
	od
}

init
{
	byte i;

	atomic {
		do
		:: i < WORKERS -> run Worker(i); i++
		:: i >= WORKERS && i < WORKERS + RECOVERERS ->
			run Recoverer(i); i++
		:: i >= WORKERS + RECOVERERS && i < ALL -> run Heir(i); i++
		:: else -> break
		od;
		if :: HELPERS > 0 -> run Helper(0) :: else fi;
#ifndef RELEASE_BY_CAS
		run Memory();
#endif
		i = 0
	};
	do
	:: deaths < DEATHS && finished < WORKERS ->
		deaths++;
		if
		:: struck[0] = true
		:: struck[1] = true
		:: struck[WORKERS - 1] = true
		fi
	:: true -> break
	od;
	/* When nothing moves any more, nobody sleeps beside a lock that he could
	   have, and whoever died with it was told of, or will be. */
end:	timeout ->
	d_step {
		i = 0;
		do
		:: i < ALL ->
			assert(!asleep[i] || (own == HELD && !dead[who]));
			i++
		:: else -> break
		od;
		if
		:: own == ABANDONED || (own == HELD && dead[who]) -> told++
		:: else
		fi;
		assert(told == owed)
	}
}
