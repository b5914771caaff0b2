/* SPDX-License-Identifier: MIT */
/*
 * Barrier: a party that dies breaks it, and keeps nobody waiting
 * (src/sync/barrier.c, barrier_create.c).
 *
 *	wait       nobody waits: recover the dead
 *	           in_step |= me
 *	           state {g, n} -> {g, n + 1}, the last {g + 1, 0}   by CAS
 *	           until it is broken, or another generation:
 *	           lost is g, and he was in step before: {broken}    by CAS
 *	           are there dead?  then recover
 *	recover    locks the byte of the dead v
 *	           somebody waits: {broken}                          by CAS
 *	           else, if v was in step: lost = g                  by CAS
 *	           v is neither in step nor a user; then its byte
 *
 * Whoever dies does so between any two steps.  How waiters sleep, and wake:
 * sleep.pml; here each change wakes, and a death is found by who looks.
 *
 * Bounds: PARTIES that wait ROUNDS times, and at most DEATHS.  BUG_...: seeded
 * defects; the table is in ./run.
 */
#ifndef PARTIES
#define PARTIES 2
#endif
#ifndef ROUNDS
#define ROUNDS 2
#endif
#ifndef DEATHS
#define DEATHS 1
#endif

#define NONE	255
#define LOST(v) (dead[v] && !recovered[v] && !locked[v])

/* The state, one word; and the generation that a dead one never comes to. */
byte generation, arrived;
bool broken;
byte lost = NONE;

bool in_step[PARTIES];
bool struck[PARTIES], gone[PARTIES], dead[PARTIES], recovered[PARTIES];
byte locked[PARTIES]; /* 1 + who has the byte of the dead one */
byte deaths;

/* The books: who waits, and had been in step before; somebody died who was. */
bool waits[PARTIES], was_in_step[PARTIES], missed;

inline break_if_waiting()
{
	atomic {
		if
		:: !broken && arrived > 0 -> broken = true; ok = true
		:: else -> ok = false
		fi
	}
}

inline bury()
{
#ifdef BUG_WAITERS_NOT_SEEN
	ok = false;
#else
	break_if_waiting();
#endif
	if
	:: !ok && in_step[v] ->
		seen = lost; g = generation;
#ifndef BUG_LOST_NOT_REMEMBERED
		atomic { if :: lost == seen -> lost = g :: else fi }
#endif
	:: else
	fi;
	in_step[v] = false
}

inline recover()
{
	v = 0;
	do
	:: v == PARTIES -> break
	:: v < PARTIES && !LOST(v) -> v++
	:: atomic { v < PARTIES && LOST(v) -> locked[v] = id + 1 };
		bury();
		atomic { recovered[v] = true; locked[v] = 0; v++ }
	od;
	atomic { v = 0; seen = 0; g = 0; ok = false }
}

/* over: the generation is. */
inline look()
{
	atomic {
		over = generation != mine || broken;
		now_lost = lost
	};
	if
	:: !over && before && now_lost == mine ->
		atomic {
			if
			:: generation == mine && !broken -> broken = true
			:: else
			fi;
			over = true
		}
	:: else
	fi
}

inline wait()
{
	if :: arrived == 0 -> recover() :: else fi;
	atomic { before = in_step[id]; in_step[id] = true };
	atomic { mine = generation; n = arrived };
#ifdef BUG_ARRIVED_WITHOUT_CAS
	atomic {
		over = broken; arrived = n;
#else
	atomic {
		mine = generation; over = broken;
#endif
		if
		:: broken
		:: !broken && arrived + 1 == PARTIES ->
			generation++; arrived = 0; over = true
		:: !broken && arrived + 1 < PARTIES ->
			arrived++; waits[id] = true; was_in_step[id] = before
		fi
	};
	do
	:: over -> break
	:: else ->
		look();
		if :: over -> break :: else fi;
		recover();
		look();
		if :: over -> break :: else fi;
		/* Asleep, until there is something to be seen. */
end_asleep:
		generation != mine || broken || (before && lost == mine) ||
		LOST(0) || LOST(1) || LOST(PARTIES - 1)
	od;
	atomic { waits[id] = false; mine = 0; n = 0; now_lost = 0 }
}

proctype Party(byte id)
{
	byte rounds, mine, n, g, seen, v, now_lost;
	bool before, over, ok;
	{
		do
		:: rounds < ROUNDS && !broken -> wait(); rounds++
		:: else -> break
		od;
		atomic { gone[id] = true; in_step[id] = false }
	} unless {
		struck[id] && !gone[id];
		atomic {
			v = 0;
			do
			:: v == PARTIES -> break
			:: v < PARTIES && locked[v] == id + 1 -> locked[v] = 0; v++
			:: v < PARTIES && locked[v] != id + 1 -> v++
			od;
			missed = missed || in_step[id];
			waits[id] = false; dead[id] = true
		}
	}
}

init
{
	byte i;

	atomic {
		do
		:: i < PARTIES -> run Party(i); i++
		:: else -> break
		od
	};
	do
	:: deaths < DEATHS ->
		deaths++;
		if
		:: struck[0] = true
		:: struck[1] = true
		:: struck[PARTIES - 1] = true
		fi
	:: true -> break
	od;
	/* When nothing moves any more, nobody who was in step waits for one who
	   was and died. */
end:	timeout ->
	atomic {
		i = 0;
		do
		:: i < PARTIES ->
			assert(!waits[i] || !was_in_step[i] || !missed);
			i++
		:: i == PARTIES -> break
		od;
		assert(deaths > 0 || generation == ROUNDS)
	}
}
