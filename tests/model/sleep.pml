/* SPDX-License-Identifier: MIT */
/*
 * Sleep: nobody sleeps beside what it waits for (src/waiting/wait.h).
 *
 *	waiter                          whoever changes the state
 *	------                          -------------------------
 *	A  event |= SLEEPING            C  items++ (in its store buffer)
 *	   fence_others()                  fence_light()
 *	B  look at the state again      D  if (event & SLEEPING)
 *	   futex_wait(event, as in A)         event += 2, less SLEEPING;
 *	                                      futex_wake(event)
 *
 * A store of C stays in its CPU's buffer for as long as it likes, and D may
 * read the event meanwhile; fence_others empties everybody's buffers.  Without
 * deaths no waiter is left asleep while there is an item for it, with no slice
 * and no timeout.  Where somebody died (DEATHS: between C and D, or a waiter
 * that was woken), a sleeper may look again by itself, and then must not be
 * left either.
 *
 * BUG_...: seeded defects; the table is in ./run.
 */
#ifndef WAITERS
#define WAITERS 2
#endif
#ifndef MAKERS
#define MAKERS 2
#endif
#ifndef DEATHS
#define DEATHS 0
#endif

byte items;             /* what everybody sees */
byte buffered[MAKERS];  /* what only its maker sees */
bool flag;              /* SLEEPING */
byte changes;           /* the rest of the event word */
bool asleep[WAITERS];
byte deaths, finished;

inline empty_buffers()
{
	d_step {
		i = 0;
		do
		:: i < MAKERS -> items = items + buffered[i]; buffered[i] = 0; i++
		:: else -> break
		od;
		i = 0
	}
}

inline take()
{
	d_step { if :: items > 0 -> items--; got = true :: else fi }
}

inline wake()
{
#ifndef BUG_EVENT_UNCHANGED
	d_step { flag = false; changes++ };
#endif
	d_step {
		i = 0;
		do
		:: i < WAITERS ->
			if
			:: asleep[i] ->
				asleep[i] = false;
#ifdef BUG_ONE_IS_WOKEN
				break
#endif
			:: else
			fi;
			i++
		:: else -> break
		od;
		i = 0
	}
}

proctype Maker(byte id)
{
	byte i;

	buffered[id]++;                                              /* C */
	if
	:: deaths < DEATHS -> deaths++; goto over
	:: true
	fi;
#ifdef BUG_FLAG_UNREAD
	if :: false -> wake() :: else fi;
#else
	if :: flag -> wake() :: else fi;                             /* D */
#endif
over:
	finished++
}

/* A CPU writes what is in its buffer some time. */
proctype Memory()
{
	byte i;

	do
	:: buffered[0] > 0 -> d_step { items = items + buffered[0]; buffered[0] = 0 }
	:: MAKERS > 1 && buffered[MAKERS - 1] > 0 ->
		d_step {
			items = items + buffered[MAKERS - 1]; buffered[MAKERS - 1] = 0
		}
	:: finished == MAKERS && buffered[0] == 0 && buffered[MAKERS - 1] == 0 -> break
	od
}

proctype Waiter(byte id)
{
	byte i, seen; bool got;

	take();
	do
	:: got -> break
	:: else ->
#ifdef BUG_LOOK_BEFORE_FLAG
		take();
		if :: got -> break :: else fi;
		d_step { flag = true; seen = changes };
#else
		d_step { flag = true; seen = changes };              /* A */
#ifndef BUG_NO_FENCE
		empty_buffers();
#endif
#ifndef BUG_NO_SECOND_LOOK
		take();                                              /* B */
		if :: got -> break :: else fi;
#endif
#endif
		d_step {
			if
			:: flag && changes == seen -> asleep[id] = true
			:: else
			fi
		};
		if
		:: !asleep[id]
		/* A slice ended; a look in vain would change nothing. */
		:: deaths > 0 && asleep[id] && items > 0 -> asleep[id] = false
		fi;
		if
		:: deaths < DEATHS -> deaths++; break
		:: true -> take()
		fi
	od
}

init
{
	byte i;

	atomic {
		i = 0;
		do
		:: i < MAKERS -> run Maker(i); i++
		:: else -> break
		od;
		i = 0;
		do
		:: i < WAITERS -> run Waiter(i); i++
		:: else -> break
		od;
		run Memory();
		i = 0
	};
	/* When nothing moves any more, nobody sleeps beside an item. */
end:	timeout ->
	do
	:: i < WAITERS -> assert(!asleep[i] || items == 0); i++
	:: else -> break
	od
}
