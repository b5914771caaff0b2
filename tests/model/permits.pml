/* SPDX-License-Identifier: MIT */
/*
 * Permits: those of an owned semaphore know who has them, and come back when he
 * dies (src/sync/permits.h, semaphore.c, and the waiting of src/waiting/wait.c).
 *
 *	look       A  n = released
 *	           B  each word in turn {0} -> {me}           by CAS: it is had
 *	              none was 0: once more from A, unless released is n
 *	release    C  a word {me} -> {0}                      by CAS
 *	           D  released++
 *	           if (event & SLEEPING) wakes one
 *	wait       event |= SLEEPING; are there dead?  then recover
 *	           looks, else sleeps if the event is as before
 *	recover    locks the byte of the dead v
 *	           each word {v} -> {0}                       by CAS
 *	           released++; wakes all; then v's number is free, and its byte
 *
 * A look that finds nothing says so only if all were taken at one moment: a
 * worker that never waits (TRIERS) gets one whenever there are more permits than
 * the others can have.
 *
 * Whoever dies does so between any two steps.  Then a sleeper may look again by
 * itself, as a slice of its sleep ends; without deaths nobody needs that.  An
 * heir comes with the number of a dead worker that was recovered.
 *
 * Bounds: PERMITS, WORKERS that take and release one ROUNDS times, TRIERS,
 * HEIRS, and at most DEATHS, of workers.  BUG_...: seeded defects; the table is
 * in ./run.
 */
#ifndef PERMITS
#define PERMITS 1
#endif
#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef TRIERS
#define TRIERS 0
#endif
#ifndef HEIRS
#define HEIRS 0
#endif
#ifndef ROUNDS
#define ROUNDS 1
#endif
#ifndef DEATHS
#define DEATHS 1
#endif

#define ALL	(WORKERS + TRIERS + HEIRS)
#define NOBODY	0
#define CHANGE	changes = (changes + 1) % 4
#define LOST(v) (dead[v] && !recovered[v] && !locked[v])

#define USEFUL                                                                 \
	(word[0] == NOBODY || word[PERMITS - 1] == NOBODY || LOST(0) ||        \
	 LOST(1) || LOST(WORKERS - 1))

byte word[PERMITS]; /* NOBODY, or 1 + the number of who has it */
byte released;
bool flag;          /* SLEEPING */
byte changes;       /* the rest of the event word, of 2 bits here */
bool asleep[ALL];

/* By number: an heir has that of worker 0. */
bool dead[WORKERS], recovered[WORKERS];
byte locked[WORKERS]; /* 1 + who has the byte of the dead one */
bool struck[WORKERS], gone[WORKERS];
byte deaths, finished;

/* The books: how many have one, and are alive. */
byte having;

/* at: which one it is; PERMITS: there is none.  It begins anywhere. */
inline scan()
{
	atomic {
		at = 0; k = 0;
		do
		:: at + 1 < PERMITS -> at++
		:: break
		od
	};
	do
	:: k == PERMITS -> at = PERMITS; break
	:: atomic {
		k < PERMITS && word[at] != NOBODY -> k++; at = (at + 1) % PERMITS
	}
	:: k < PERMITS && word[at] == NOBODY ->
		atomic {
			if
#ifdef BUG_TAKEN_WITHOUT_CAS
			:: true ->
#else
			:: word[at] == NOBODY ->
#endif
				word[at] = number + 1; having++;
				assert(having <= PERMITS); break
#ifndef BUG_TAKEN_WITHOUT_CAS
			:: else -> k++; at = (at + 1) % PERMITS
#endif
			fi
		}
	od
}

inline look()
{
	do
	:: true ->
#ifndef BUG_RELEASED_READ_AFTER
		n = released;                                        /* A */
#endif
		scan();                                              /* B */
#ifdef BUG_RELEASED_READ_AFTER
		n = released;
#endif
#ifdef BUG_LOOKED_ONCE
		break
#else
		if
		:: at < PERMITS || released == n -> break
		:: else
		fi
#endif
	od
}

inline wake_one()
{
	atomic { CHANGE; before = changes; ok = false };
	if
	:: asleep[0] -> asleep[0] = false; ok = true
	:: asleep[1] -> asleep[1] = false; ok = true
	:: asleep[WORKERS - 1] -> asleep[WORKERS - 1] = false; ok = true
	:: else
	fi;
	if
	:: !ok ->
		atomic {
			if
			:: flag && changes == before ->
				flag = false; CHANGE; ok = true
			:: else
			fi
		};
		if :: ok -> wake_sleepers() :: else fi
	:: else
	fi
}

inline wake_sleepers()
{
	atomic {
		asleep[0] = false; asleep[1] = false; asleep[WORKERS - 1] = false
	}
}

inline ring_one()
{
	if :: flag -> wake_one(); atomic { before = 0; ok = false } :: else fi
}

inline ring_all()
{
	if
	:: flag -> atomic { flag = false; CHANGE }; wake_sleepers()
	:: else
	fi
}

inline release()
{
#ifdef BUG_RUNG_FIRST
	ring_one();
#endif
#ifdef BUG_COUNTED_FIRST
	released++;
	atomic { word[at] = NOBODY; having-- };
#else
	atomic { word[at] = NOBODY; having-- };                      /* C */
#ifndef BUG_NOT_COUNTED
	released++;                                                  /* D */
#endif
#endif
#ifndef BUG_RUNG_FIRST
	ring_one()
#endif
}

/* Of the dead v, by whoever has its byte; may be begun again. */
inline bury()
{
	i = 0;
	do
	:: i == PERMITS -> break
	:: i < PERMITS && word[i] != v + 1 -> i++
	:: i < PERMITS && word[i] == v + 1 ->
		atomic {
			if
			:: word[i] == v + 1 ->
				word[i] = NOBODY;
				if :: !dead[v] -> having-- :: else fi
			:: else
			fi
		};
		i++
	od;
	released++;
	ring_all()
}

inline recover()
{
	v = 0;
	do
	:: v == WORKERS -> break
	:: v < WORKERS && !LOST(v) -> v++
	:: v < WORKERS && LOST(v) && v != number ->
		atomic {
			ok = LOST(v);
			if :: ok -> locked[v] = id + 1 :: else fi
		};
		if
		:: ok ->
#ifdef BUG_NUMBER_FREE_FIRST
			recovered[v] = true;
			if :: locked[v] == id + 1 -> locked[v] = 0 :: else fi;
#endif
#ifndef BUG_NOT_BURIED
			bury();
#endif
			atomic {
				recovered[v] = true;
				if :: locked[v] == id + 1 -> locked[v] = 0 :: else fi
			}
		:: else
		fi;
		v++
	od
}

inline acquire()
{
	look();
	do
	:: at < PERMITS -> break
	:: else ->
		atomic { flag = true; announced = changes };
		recover();
#ifdef BUG_NO_SECOND_LOOK
		at = PERMITS;
#else
		look();
#endif
		if :: at < PERMITS -> break :: else fi;
		atomic { asleep[id] = flag && changes == announced };
		if
		:: !asleep[id]
		/* A slice ended; a look in vain would change nothing. */
		:: asleep[id] && deaths > 0 && USEFUL -> asleep[id] = false
		fi;
		look()
	od
}

inline work()
{
	do
	:: rounds < ROUNDS ->
		acquire();
		/* What is not needed any more makes no states. */
		atomic { announced = 0; v = 0; i = 0; k = 0; n = 0; ok = false };
		release();
		rounds++
	:: else -> break
	od
}

inline leave()
{
	atomic {
		asleep[id] = false;
		i = 0;
		do
		:: i == PERMITS -> break
		:: i < PERMITS && word[i] == id + 1 -> having--; i++
		:: i < PERMITS && word[i] != id + 1 -> i++
		od;
		v = 0;
		do
		:: v == WORKERS -> break
		:: v < WORKERS && locked[v] == id + 1 -> locked[v] = 0; v++
		:: v < WORKERS && locked[v] != id + 1 -> v++
		od;
		dead[id] = true; finished++
	}
}

proctype Worker(byte id)
{
	byte number = id, rounds, at, k, n, v, i, announced, before; bool ok;
	{
		work();
		atomic { gone[id] = true; finished++ }
	} unless { struck[id] && !gone[id]; leave() }
}

/* There is always one for him. */
proctype Trier(byte id)
{
	byte number = id, at, k, n, before; bool ok;

	look();
	assert(at < PERMITS);
	release();
	finished++
}

proctype Heir(byte id)
{
	byte number, at, k, n, before; bool ok;

	if
	:: atomic { recovered[0] && !locked[0] && dead[0] -> dead[0] = false };
		look();
		if
		:: at < PERMITS -> assert(word[at] == number + 1); release()
		:: else
		fi
	:: finished >= WORKERS
	fi;
	finished++
}

init
{
	byte i;

	atomic {
		do
		:: i < WORKERS -> run Worker(i); i++
		:: i >= WORKERS && i < WORKERS + TRIERS -> run Trier(i); i++
		:: i >= WORKERS + TRIERS && i < ALL -> run Heir(i); i++
		:: i == ALL -> break
		od;
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
	/* When nothing moves any more, nobody sleeps beside a permit, and each is
	   free or of a dead one whom nobody has looked for. */
end:	timeout ->
	atomic {
		assert(having == 0);
		do
		:: i < ALL -> assert(!asleep[i]); i++
		:: i == ALL -> break
		od;
		i = 0;
		do
		:: i < PERMITS ->
			assert(word[i] == NOBODY || (dead[word[i] - 1] &&
			                             !recovered[word[i] - 1]));
			i++
		:: i == PERMITS -> break
		od
	}
}
