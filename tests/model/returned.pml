/* SPDX-License-Identifier: MIT */
/*
 * Returned: how who gets finds what came back (src/rings/returned.h).
 *
 *	returned = {generation, a bit for each slice of the blocks}
 *
 *	return  A  own = RET
 *	        B  returned: the bit of its slice set, a generation on   by CAS
 *	get     C  w = returned; a bit is set?
 *	        D  look at the blocks of its slice, one after the other;
 *	           own RET -> TAKEN                                      by CAS
 *	        E  none: returned w -> less the bit, a generation on     by CAS,
 *	           and again from C
 *
 *	recovery of the dead   what is TAKEN: RET; and for what is RET, of whomever:
 *	                       B, when all is done
 *
 * A block that is RET without its bit is found by nobody.  Who sees at D that
 * there is none may be late: so E fails if anybody came by at B since C, also if
 * the bit was set before, for the generation says so.  Who dies between A and B
 * had the block before, so his recovery sees it, and sets the bit.
 *
 * A message that was taken is given back, until all GIVEBACKS are used, or
 * finished; at first all blocks are taken, by the workers in turn.  In the end
 * all that is RET is found by its bit.
 *
 * Bounds: WORKERS, who take TAKES after what they had, RECOVERERS, and at most
 * DEATHS, of both.  BUG_...: seeded defects; the table is in ./run.
 */
#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef BLOCKS
#define BLOCKS 2
#endif
#ifndef SLICES
#define SLICES 1
#endif
#ifndef TAKES
#define TAKES 1
#endif
#ifndef GIVEBACKS
#define GIVEBACKS 2
#endif
#ifndef RECOVERERS
#define RECOVERERS 1
#endif
#ifndef DEATHS
#define DEATHS 1
#endif

#define NOBODY	 15
#define NO_BLOCK 15
#define LENGTH	 (BLOCKS / SLICES)
#define BIT(b)	 (1 << ((b) / LENGTH))

mtype = { FREE, TAKEN, RET };

typedef Own { mtype state; byte who };

Own own[BLOCKS];
byte bits, generation;

/* The books. */
byte received[BLOCKS]; /* of the message in it, the only one it ever has */
byte given_back;

/* Who is dead, and who has the byte of a dead worker locked. */
bool struck[WORKERS + RECOVERERS];
bool dead[WORKERS], gone[WORKERS], recovered[WORKERS];
byte locked[WORKERS];
byte deaths, working = WORKERS, recovering = RECOVERERS;

#define LOST(v) (dead[v] && !recovered[v] && !locked[v])

inline set_own(b, s, w) { own[b].state = s; own[b].who = w }

/* B: a CAS that failed is tried again, so it is one step. */
inline mark(set)
{
	d_step { bits = bits | set; generation++ }
}

inline give_back()
{
#if defined(BUG_MARKED_BEFORE)
	mark(BIT(b));
	d_step { set_own(b, RET, NOBODY) }
#elif defined(BUG_NOT_MARKED_IF_SET)
	d_step { set_own(b, RET, NOBODY) };
	if
	:: bits & BIT(b)
	:: else -> mark(BIT(b))
	fi
#else
	d_step { set_own(b, RET, NOBODY) }; /* A */
	mark(BIT(b))
#endif
}

inline end_it()
{
	if
	:: given_back < GIVEBACKS -> given_back++; give_back()
	:: true -> d_step { received[b]++; set_own(b, FREE, NOBODY) }
	fi
}

/* C to E; b: what was taken, or NO_BLOCK. */
inline find()
{
	ok = false;
	do
	:: ok -> break
	:: else ->
		d_step { seen = bits; then = generation };
		if
		:: seen == 0 -> b = NO_BLOCK; break
		:: else
		fi;
		d_step { b = 0; do :: seen & BIT(b) -> break :: else -> b++ od };
		set = BIT(b); end = b + LENGTH;
		do
		:: ok || b == end -> break
		:: else ->
			d_step {
				if
				:: own[b].state == RET -> set_own(b, TAKEN, id); ok = true
				:: else -> b++
				fi
			}
		od;
		if
		:: ok
		:: else ->
			d_step {
				if
#if defined(BUG_CLEARED_UNCONDITIONALLY)
				:: true ->
#elif defined(BUG_NO_GENERATION)
				:: bits == seen ->
#else
				:: bits == seen && generation == then ->
#endif
#ifdef BUG_ALL_BITS_CLEARED
					bits = 0;
#else
					bits = bits & ~set;
#endif
					generation++
				:: else
				fi
			}
		fi
	od;
	skip; d_step { seen = 0; then = 0; set = 0; end = 0 }
}

inline leave() { d_step { dead[id] = true; working-- } }
inline finish() { d_step { gone[id] = true; recovered[id] = true; working-- } }

proctype Worker(byte id)
{
	byte b, k, seen, then, set, end; bool ok;
	{
		b = id;
		do
		:: b < BLOCKS -> end_it(); b = b + WORKERS
		:: else -> break
		od;
		do
		:: k < TAKES ->
			find();
			if :: b != NO_BLOCK -> end_it() :: else fi;
			k++
		:: else -> break
		od;
		finish()
	} unless { struck[id] && !gone[id]; leave() }
}

/* Of the dead worker v, by whoever has its byte; may be begun again. */
inline recover()
{
	b = 0; set = 0;
	do
	:: b < BLOCKS ->
		d_step {
			if
			:: own[b].state == TAKEN && own[b].who == v ->
				set_own(b, RET, NOBODY); set = set | BIT(b)
#ifndef BUG_ONLY_WHAT_HE_TURNED
			:: own[b].state == RET -> set = set | BIT(b)
#endif
			:: else
			fi;
			b++
		}
	:: else -> break
	od;
#ifdef BUG_RECOVERED_BEFORE_MARKED
	recovered[v] = true;
	if :: set != 0 -> mark(set) :: else fi
#else
	if :: set != 0 -> mark(set) :: else fi;
	recovered[v] = true
#endif
}

proctype Recoverer(byte id)
{
	byte b, v, set;
	{
		do
		:: atomic {
			LOST(0) || LOST(1) || LOST(WORKERS - 1) ->
			if
			:: LOST(0) -> v = 0
			:: LOST(1) -> v = 1
			:: LOST(WORKERS - 1) -> v = WORKERS - 1
			fi;
			locked[v] = id
		};
			recover(); locked[v] = 0
		:: working == 0 && recovered[0] && recovered[1] && recovered[WORKERS - 1] ->
			break
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

/* All that came back is found by its bit, and nothing is lost or doubled. */
inline balance()
{
	b = 0;
	do
	:: b < BLOCKS ->
		if
		:: own[b].state == RET ->
			assert(bits & BIT(b));
			received[b]++; set_own(b, FREE, NOBODY)
		:: else
		fi;
		assert(own[b].state == FREE && received[b] == 1);
		b++
	:: else -> break
	od
}

init
{
	byte i, b;

	d_step {
		i = 0;
		do
		:: i < BLOCKS -> set_own(i, TAKEN, i % WORKERS); i++
		:: else -> break
		od
	};
	atomic {
		i = 0;
		do
		:: i < WORKERS -> run Worker(i); i++
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
		:: struck[WORKERS - 1] = true
		:: struck[WORKERS] = true
		fi
	:: working == 0 && recovering == 0 -> break
	od;
	skip; d_step { balance() }
}
