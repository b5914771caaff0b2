/* SPDX-License-Identifier: MIT */
/*
 * Slots: no notify of a condition is swallowed by a waiter that dies
 * (src/sync/slots.h, condition.c).
 *
 *	wait       has the lock
 *	           a slot {FREE} -> {WAITING, me, ticket}     by CAS
 *	           gives the lock up; sleeps until the slot is NOTIFIED, or his
 *	           time is over; takes the lock
 *	           the slot -> {FREE}                         by CAS: notified, if
 *	           it was NOTIFIED
 *	notify     has the lock
 *	           of those WAITING the lowest ticket
 *	           {WAITING, ..} -> {NOTIFIED, ..}            by CAS
 *	recover    locks the byte of the dead v; without the lock
 *	           each slot {WAITING, v} -> {FREE}           by CAS
 *	           {NOTIFIED, v}: notifies the next, then
 *	           {NOTIFIED, v} -> {FREE}                    by CAS
 *
 * Whoever dies does so between any two steps.  The lock goes on when its owner
 * dies: mutex.pml; how sleepers wake: sleep.pml.  Who died after a notify, and
 * was recovered by one who died as well, may have two others notified.
 *
 * Bounds: WAITERS that wait once, of whom TIMED may have no time, NOTIFIES,
 * RECOVERERS, and at most DEATHS, of waiters and of recoverers.  BUG_...: seeded
 * defects; the table is in ./run.
 */
#ifndef WAITERS
#define WAITERS 2
#endif
#ifndef TIMED
#define TIMED 0
#endif
#ifndef NOTIFIES
#define NOTIFIES 1
#endif
#ifndef RECOVERERS
#define RECOVERERS 1
#endif
#ifndef DEATHS
#define DEATHS 1
#endif

#define NOTIFIER (WAITERS + RECOVERERS)
#define LOST(v)	 (dead[v] && !recovered[v] && !locked[v])

mtype = { FREE, WAITING, NOTIFIED };

typedef Slot { mtype state; byte who; byte ticket };

Slot slot[WAITERS];
byte tickets;
byte owner; /* of the lock: 0 nobody, or 1 + who */

bool struck[WAITERS + RECOVERERS], gone[WAITERS];
bool dead[WAITERS], recovered[WAITERS];
byte locked[WAITERS]; /* 1 + who has the byte of the dead one */
byte deaths, recovering = RECOVERERS;
bool told_all;

/* The books: who has given the lock up and was not notified, and did so before
   the last notify; how often somebody was notified, less those that died when
   nobody else waited; and how often that was somebody's. */
bool waits[WAITERS], waited[WAITERS];
byte notifies, passes;

#define OWED(w) (waits[w] && waited[w])

#define SHOWS(s) (slot[s].state == state && slot[s].who == who && \
                  slot[s].ticket == ticket)

inline read_slot(s)
{
	d_step {
		state = slot[s].state; who = slot[s].who; ticket = slot[s].ticket
	}
}

inline acquire() { atomic { owner == 0 -> owner = id + 1 } }

/* first: of those who wait; WAITERS: nobody does. */
inline find_first()
{
	first = WAITERS; k = 0;
	do
	:: k == WAITERS -> break
	:: else ->
		atomic {
			if
			:: slot[k].state == WAITING &&
			   (first == WAITERS || slot[k].ticket < ticket) ->
				first = k; who = slot[k].who;
				ticket = slot[k].ticket
			:: else
			fi;
			k++
		}
	od
}

/* ok: somebody was notified. */
inline notify_first()
{
	do
	:: true ->
		find_first();
		state = WAITING; ok = false;
		if
		:: first == WAITERS -> break
		:: else
		fi;
		atomic {
			if
#ifdef BUG_NOTIFIED_WITHOUT_CAS
			:: true ->
				slot[first].state = NOTIFIED;
				slot[first].who = who;
#else
			:: SHOWS(first) ->
				slot[first].state = NOTIFIED;
#endif
				waits[who] = false; waited[who] = false;
				ok = true
#ifndef BUG_NOTIFIED_WITHOUT_CAS
			:: else
#endif
			fi
		};
		if :: ok -> break :: else fi
	od
}

inline take_slot()
{
	s = 0;
	do
	:: slot[s].state == FREE -> break
	:: slot[s].state != FREE -> s++
	od;
	atomic {
		slot[s].state = WAITING; slot[s].who = id;
		slot[s].ticket = tickets; tickets++
	}
}

/* ok: it was notified. */
inline leave_slot()
{
	read_slot(s);
	do
	:: true ->
		atomic {
			if
			:: SHOWS(s) ->
				ok = state == NOTIFIED;
				slot[s].state = FREE; slot[s].who = 0;
				slot[s].ticket = 0;
				/* Who has the lock has what he was told of. */
				passes = passes + (ok && owner == id + 1); break
			:: else ->
				state = slot[s].state; who = slot[s].who;
				ticket = slot[s].ticket
			fi
		}
	od
}

proctype Waiter(byte id)
{
	byte s, who, ticket; mtype state; bool ok;
	{
		acquire();
#ifdef BUG_LOCK_GIVEN_UP_FIRST
		atomic { owner = 0; waits[id] = true };
		take_slot();
#else
		take_slot();
		atomic { owner = 0; waits[id] = true };
#endif
end_asleep:
		if
		:: slot[s].state == NOTIFIED
		:: id < TIMED
		fi;
#ifdef BUG_LEFT_BEFORE_LOCK
		leave_slot();
		acquire();
		passes = passes + ok;
#else
		acquire();
		leave_slot();
#endif
		atomic { waits[id] = false; owner = 0; gone[id] = true; recovered[id] = true }
	} unless {
		struck[id] && !gone[id];
		atomic {
			if :: owner == id + 1 -> owner = 0 :: else fi;
			waits[id] = false; dead[id] = true
		}
	}
}

proctype Notifier(byte id)
{
	byte i, k, first, who, ticket; mtype state; bool ok;

	do
	:: i < NOTIFIES ->
		acquire();
		notify_first();
		atomic {
			notifies = notifies + ok;
			waited[0] = waits[0]; waited[1] = waits[1];
			waited[WAITERS - 1] = waits[WAITERS - 1];
			/* Who waits is seen, unless somebody just died. */
			assert(ok || deaths > 0 || (!waits[0] && !waits[1] &&
			                            !waits[WAITERS - 1]));
			owner = 0; i++
		}
	:: else -> break
	od;
	told_all = true
}

/* Of the dead v, by whoever has its byte; may be begun again. */
inline bury()
{
	s = 0;
	do
	:: s == WAITERS -> break
	:: else ->
		read_slot(s);
		was = state;
		if
		:: state == FREE || who != v -> s++
		:: else ->
#if !defined(BUG_NOT_PASSED_ON) && !defined(BUG_FREED_BEFORE_PASSED_ON)
			if
			:: state == NOTIFIED ->
				notify_first();
				if
				:: !ok && notifies > 0 -> notifies--
				:: else
				fi
			:: else
			fi;
#endif
			atomic {
				if
#ifdef BUG_BURIED_WITHOUT_CAS
				:: true ->
#else
				:: slot[s].state == was && slot[s].who == v ->
#endif
					slot[s].state = FREE; slot[s].who = 0;
					slot[s].ticket = 0; ok = true
#ifndef BUG_BURIED_WITHOUT_CAS
				:: else -> ok = false
#endif
				fi
			};
#ifdef BUG_FREED_BEFORE_PASSED_ON
			if
			:: ok && was == NOTIFIED ->
				notify_first(); ok = true
			:: else
			fi;
#endif
			if :: ok -> s++ :: else fi
		fi
	od;
	recovered[v] = true
}

proctype Recoverer(byte id)
{
	byte s, v, k, first, who, ticket; mtype state, was; bool ok;
	{
end_idle:
		do
		:: atomic {
			LOST(0) || LOST(1) || LOST(WAITERS - 1) ->
			if
			:: LOST(0) -> v = 0
			:: LOST(1) -> v = 1
			:: LOST(WAITERS - 1) -> v = WAITERS - 1
			fi;
			locked[v] = id + 1
		};
			bury(); locked[v] = 0
		:: told_all && recovered[0] && recovered[1] &&
		   recovered[WAITERS - 1] -> break
		od
	} unless {
		struck[id] && recovering > 1;
		atomic {
			recovering--;
			if :: locked[v] == id + 1 -> locked[v] = 0 :: else fi
		}
	}
}

init
{
	byte i;

	atomic {
		i = 0;
		do
		:: i < WAITERS -> slot[i].state = FREE; i++
		:: else -> break
		od;
		i = 0;
		do
		:: i < WAITERS -> run Waiter(i); i++
		:: i >= WAITERS && i < NOTIFIER -> run Recoverer(i); i++
		:: else -> break
		od;
		run Notifier(NOTIFIER)
	};
	do
	:: deaths < DEATHS ->
		deaths++;
		if
		:: struck[0] = true
		:: struck[1] = true
		:: struck[WAITERS - 1] = true
		:: struck[WAITERS] = true
		fi
	:: true -> break
	od;
	/* When nothing moves any more: if somebody still waits, each notify was
	   another one's. */
end:	timeout ->
	assert(passes >= notifies || (!OWED(0) && !OWED(1) && !OWED(WAITERS - 1)))
}
