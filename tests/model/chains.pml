/* SPDX-License-Identifier: MIT */
/*
 * Chains: a message in several blocks (src/rings/chains.h).
 *
 *	first block            part                   part
 *	word  more             word  more             word  more
 *	+----+------+------+   +----+------+------+   +----+------+------+
 *	|    | next-+------+-->|PART|   ---+------+-->|PART| none |      |
 *	+----+------+------+   +----+------+------+   +----+------+------+
 *
 *	make   own of the first: FREE -> DRAFT, then long
 *	       each part: FREE -> DRAFT, more = none, PART of the first, and the one
 *	       before it names it
 *	put    own of the first = POSTED                  (the ring is in queue.pml)
 *	take   own of the first: POSTED -> TAKEN          by CAS; read all of it
 *	free   own of the first = FREEING
 *	       each part, its next having been read: FREE
 *	       the first: FREE
 *
 *	recovery of the dead   DRAFT    FREE, or FREEING if it is long
 *	                       TAKEN    RET
 *	                       then each PART of a first that is FREEING, by him: FREE
 *	                       then each that is FREEING, by him: FREE
 *
 * Only the first block's word says whose the chain is, so whoever finds a PART
 * asks its first.  A part is never without one: the first says that it is long
 * before there is a part of it, and says FREEING while there is one.
 *
 * Bounds: MAKERS of MAKES messages of PARTS blocks beside the first; TAKERS of
 * TAKES; RECOVERERS, and at most DEATHS.  A maker who finds too few blocks frees
 * what he has.  BUG_...: seeded defects; the table is in ./run.
 */
#ifndef MAKERS
#define MAKERS 1
#endif
#ifndef MAKES
#define MAKES 1
#endif
#ifndef TAKERS
#define TAKERS 1
#endif
#ifndef TAKES
#define TAKES 1
#endif
#ifndef RECOVERERS
#define RECOVERERS 1
#endif
#ifndef DEATHS
#define DEATHS 1
#endif
#ifndef PARTS
#define PARTS 1
#endif
#ifndef BLOCKS
#define BLOCKS (PARTS + 1)
#endif

#define WORKERS	 (MAKERS + TAKERS)
#define MESSAGES (MAKERS * MAKES)
#define NOBODY	 15
#define NO_BLOCK 15
#define NOTHING	 15

mtype = { FREE, DRAFT, POSTED, TAKEN, RET, PART, FREEING };

typedef Own { mtype state; byte who; bool parts; byte first };

Own own[BLOCKS];
byte more[BLOCKS];    /* the next block, or NO_BLOCK */
byte content[BLOCKS]; /* which message's */

/* The books. */
bool was_put[MESSAGES];
byte received[MESSAGES];

/* Who is dead, and who has the byte of a dead worker locked. */
bool struck[WORKERS + RECOVERERS];
bool dead[WORKERS], gone[WORKERS], recovered[WORKERS];
byte locked[WORKERS];
byte deaths, working = WORKERS, recovering = RECOVERERS;

#define LOST(v) (dead[v] && !recovered[v] && !locked[v])
#define THIRD	(WORKERS > 2 -> 2 : 1)

inline set_own(at, s, w, has, head)
{
	own[at].state = s; own[at].who = w; own[at].parts = has;
	own[at].first = head
}

inline give_up(at) { set_own(at, FREE, NOBODY, false, NO_BLOCK) }

/* b: a draft of mine, or NO_BLOCK. */
inline allocate()
{
	d_step {
		b = 0;
		do
		:: b == BLOCKS -> b = NO_BLOCK; break
		:: b < BLOCKS && own[b].state == FREE ->
			set_own(b, DRAFT, id, false, NO_BLOCK); break
		:: else -> b++
		od
	}
}

/* With this it is received, if it was: the copy is made, the call returns later. */
inline let_go(m)
{
	if
	:: m != NOTHING -> received[m]++
	:: else
	fi
}

/* The chain of f, which is mine; m is received with it, or NOTHING. */
inline free_chain(m)
{
	b = more[f];
#if defined(BUG_FIRST_FREED_BEFORE_PARTS)
	d_step { let_go(m); give_up(f) };
#elif !defined(BUG_PARTS_FREED_UNSAID)
	d_step { let_go(m); set_own(f, FREEING, id, true, NO_BLOCK) };
#endif
	do
	:: b == NO_BLOCK -> break
	:: b != NO_BLOCK && own[b].state == PART && own[b].first == f ->
#ifdef BUG_NEXT_READ_AFTER
		d_step { give_up(b) };
		b = more[b]
#else
		next = more[b];
		d_step { give_up(b); b = next; next = 0 }
#endif
	:: else -> break
	od;
	skip;
	d_step {
#ifdef BUG_PARTS_FREED_UNSAID
		let_go(m);
#endif
#ifndef BUG_FIRST_FREED_BEFORE_PARTS
		give_up(f);
#endif
		b = 0; f = 0
	}
}

/* f is a chain that holds the message m, and is put; or too few were free. */
inline make(m)
{
	allocate();
	f = b;
	if
	:: f == NO_BLOCK
	:: else ->
		d_step { more[f] = NO_BLOCK; content[f] = m };
#ifndef BUG_PART_BEFORE_LONG
		own[f].parts = true;
#endif
		last = f; n = 0;
		do
		:: n == PARTS -> break
		:: else ->
			allocate();
			if :: b == NO_BLOCK -> break :: else fi;
			d_step { more[b] = NO_BLOCK; content[b] = m };
			d_step { set_own(b, PART, id, false, f) };
			more[last] = b;
			last = b; n++
		od;
		if
		:: n < PARTS -> free_chain(NOTHING)
		:: else ->
			d_step {
				own[f].state = POSTED; own[f].parts = true;
				was_put[m] = true; b = 0; f = 0; n = 0; last = 0
			}
		fi
	fi
}

/* The whole chain of f is of one message. */
inline read_chain()
{
	n = 0; b = f;
	do
	:: n == PARTS -> break
	:: else ->
		b = more[b];
		assert(b != NO_BLOCK && content[b] == content[f]);
		assert(own[b].state == PART && own[b].first == f);
		n++
	od
}

/* Whatever is there: which of several comes first is not the question here. */
inline take()
{
	d_step {
		f = 0;
		do
		:: f == BLOCKS -> f = NO_BLOCK; break
		:: f < BLOCKS && (own[f].state == POSTED || own[f].state == RET) ->
			own[f].state = TAKEN; own[f].who = id; break
		:: else -> f++
		od
	};
	if
	:: f != NO_BLOCK -> read_chain(); free_chain(content[f])
	:: else
	fi
}

inline leave() { d_step { dead[id] = true; working-- } }
inline finish() { d_step { gone[id] = true; recovered[id] = true; working-- } }

proctype Maker(byte id)
{
	byte b, f, k, last, n, next;
	{
		do
		:: k < MAKES -> make(id * MAKES + k); k++
		:: else -> break
		od;
		finish()
	} unless { struck[id] && !gone[id]; leave() }
}

proctype Taker(byte id)
{
	byte b, f, k, n, next;
	{
		do
		:: k < TAKES -> take(); k++
		:: else -> break
		od;
		finish()
	} unless { struck[id] && !gone[id]; leave() }
}

#define IS_FREEING(b) (own[b].state == FREEING && own[b].who == v)

/* What a block of v says becomes what it is for others. */
inline settle()
{
	d_step {
		if
		:: own[b].who == v && own[b].state == TAKEN ->
			own[b].state = RET; own[b].who = NOBODY
		:: own[b].who == v && own[b].state == DRAFT ->
			if
#ifndef BUG_DRAFT_FREED_AT_ONCE
			:: own[b].parts -> own[b].state = FREEING
#endif
			:: else -> give_up(b)
			fi
		:: else
		fi;
		b++
	}
}

inline free_part()
{
	if
#if defined(BUG_PARTS_BY_MAKER)
	:: own[b].state == PART && own[b].who == v ->
#elif defined(BUG_PARTS_OF_ANY_FREEING)
	:: own[b].state == PART && own[own[b].first].state == FREEING ->
#else
	:: own[b].state == PART && IS_FREEING(own[b].first) ->
#endif
		d_step { give_up(b) }
	:: else
	fi;
	b++
}

inline free_first()
{
	if
	:: IS_FREEING(b) -> d_step { give_up(b) }
	:: else
	fi;
	b++
}

/* Of the dead worker v, by whoever has its byte; may be begun again. */
inline recover()
{
	b = 0;
	do
	:: b < BLOCKS -> settle()
	:: else -> break
	od;
	b = 0;
	do
#ifdef BUG_SWEEP_FREES_FIRST
	:: b < BLOCKS -> free_first()
#else
	:: b < BLOCKS -> free_part()
#endif
	:: else -> break
	od;
	b = 0;
	do
#ifdef BUG_SWEEP_FREES_FIRST
	:: b < BLOCKS -> free_part()
#else
	:: b < BLOCKS -> free_first()
#endif
	:: else -> break
	od;
	recovered[v] = true
}

proctype Recoverer(byte id)
{
	byte b, v;
	{
		do
		:: atomic {
			LOST(0) || LOST(1) || LOST(THIRD) ->
			if
			:: LOST(0) -> v = 0
			:: LOST(1) -> v = 1
			:: LOST(THIRD) -> v = THIRD
			fi;
			locked[v] = id
		};
			recover(); locked[v] = 0
		:: working == 0 && recovered[0] && recovered[1] && recovered[THIRD] -> break
		od;
		recovering--
	} unless {
		struck[id] && recovering > 1;
		d_step {
			recovering--;
			if :: locked[v] == id -> locked[v] = 0 :: else fi
		}
	}
}

/* What is left is received; then nothing is lost, doubled or leaked. */
inline balance()
{
	f = 0;
	do
	:: f < BLOCKS ->
		if
		:: own[f].state == POSTED || own[f].state == RET ->
			own[f].state = TAKEN;
			read_chain(); free_chain(content[f]);
			f = 0
		:: else -> f++
		fi
	:: else -> break
	od;
	f = 0;
	do
	:: f < BLOCKS -> assert(own[f].state == FREE); f++
	:: else -> break
	od;
	f = 0;
	do
	:: f < MESSAGES -> assert(received[f] == was_put[f]); f++
	:: else -> break
	od
}

init
{
	byte i, b, f, n, next, id = NOBODY;

	d_step {
		i = 0;
		do
		:: i < BLOCKS -> give_up(i); i++
		:: else -> break
		od
	};
	atomic {
		i = 0;
		do
		:: i < MAKERS -> run Maker(i); i++
		:: i >= MAKERS && i < WORKERS -> run Taker(i); i++
		:: i >= WORKERS && i < WORKERS + RECOVERERS -> run Recoverer(i); i++
		:: else -> break
		od
	};
	do
	:: deaths < DEATHS && working > 0 ->
		deaths++;
		if
		:: struck[0] = true
		:: struck[1] = true
		:: struck[THIRD] = true
		:: struck[WORKERS] = true
		fi
	:: working == 0 && recovering == 0 -> break
	od;
	skip; atomic { balance() }
}
