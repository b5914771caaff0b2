/* SPDX-License-Identifier: MIT */
/*
 * Lease: messages of up to 8 bytes, which their cell holds, and how one of them
 * gets a block while somebody has it leased (src/rings/index.h, src/queue).
 *
 *	put     find the first position t without an entry
 *	        if its cell is LEASED: settle, so that nobody needs it any more
 *	        cell {older lap, ..} -> {lap of t, SMALL, bytes}   by CAS: it is put
 *	get     find the first position h whose cell is SMALL, read its bytes
 *	        cell {SMALL, h} -> {EMPTY, h}                      by CAS: it is got
 *	lease   find h, read its bytes
 *	        a block FREE -> DRAFT
 *	        look again: the cell is still {SMALL, h}
 *	        own = {LEASING, me, h}, with the bytes
 *	        cell {SMALL, h} -> {LEASED, h, b}                  by CAS: it is leased
 *	        settle
 *	settle  own {LEASING, .., h} -> {TAKEN, ..}                by CAS
 *	done    own = FREE                   giveback  own = RET
 *
 *	recovery of the dead   DRAFT    FREE
 *	                       LEASING  RET if the cell of h is {LEASED, h, b},
 *	                                else FREE                  by CAS
 *	                       TAKEN    RET
 *
 * A block that is LEASING is had by who wrote that only if the cell says so, and
 * the cell says so until it is filled again; so it is filled only once the
 * block's word says it itself.
 *
 * Why the leaser looks again once he has the block: else the message could have
 * been leased in this very block, and finished, since he found it.  Then the
 * cell bears witness for what he did not do, and if he dies, the message comes
 * again.
 *
 * Why a recoverer whose CAS failed looks at the block again: it was settled
 * between his look and his CAS, and is TAKEN, of a dead member.
 *
 * How who gets finds what is RET: returned.pml.
 *
 * Bounds: PUTTERS of PUTS messages, TAKERS of TAKES, RECOVERERS, GIVEBACKS in
 * all, and at most DEATHS, of workers and of recoverers.  BUG_...: seeded
 * defects; the table is in ./run.
 */
#ifndef PUTTERS
#define PUTTERS 1
#endif
#ifndef TAKERS
#define TAKERS 1
#endif
#ifndef RECOVERERS
#define RECOVERERS 1
#endif
#ifndef PUTS
#define PUTS 2
#endif
#ifndef TAKES
#define TAKES 1
#endif
#ifndef DEATHS
#define DEATHS 1
#endif
#ifndef ENTRIES
#define ENTRIES 1
#endif
#ifndef CAPACITY
#define CAPACITY ENTRIES
#endif
#ifndef BLOCKS
#define BLOCKS 1
#endif
#ifndef GIVEBACKS
#define GIVEBACKS 0
#endif

#define WORKERS	 (PUTTERS + TAKERS)
#define MESSAGES (PUTTERS * PUTS)
#define NOBODY	 15
#define LAP(p)	 ((p) / ENTRIES)
#define AT(p)	 ((p) % ENTRIES)

mtype = { FREE, DRAFT, LEASING, TAKEN, RET, EMPTY, SMALL, LEASED };

typedef Own { mtype state; byte who; byte stamp };
typedef Cell { byte lap; mtype kind; byte block; byte bytes };

Own own[BLOCKS];
byte copy[BLOCKS]; /* the bytes in the block */
Cell cell[ENTRIES];
byte head = ENTRIES, tail = ENTRIES; /* hints; the first lap is 1 */

/* The books. */
bool put_done[MESSAGES];
byte received[MESSAGES], given_back;

/* Who is dead, and who has the byte of a dead worker locked. */
bool struck[WORKERS + RECOVERERS];
bool dead[WORKERS], gone[WORKERS], recovered[WORKERS];
byte locked[WORKERS];
byte deaths, working = WORKERS, recovering = RECOVERERS;

#define LOST(v)	    (dead[v] && !recovered[v] && !locked[v])
#define SHOWS(b, s) (own[b].state == (s) && own[b].who == who && own[b].stamp == stamp)

inline set_own(b, s, w, p)
{
	own[b].state = s; own[b].who = w; own[b].stamp = p
}

inline read_own(b)
{
	d_step { state = own[b].state; who = own[b].who; stamp = own[b].stamp }
}

/* The cell of position p was seen {LEASED, b}. */
inline settle(p, b)
{
	read_own(b);
	if
#ifdef BUG_SETTLED_AT_ANY_POSITION
	:: state == LEASING ->
#else
	:: state == LEASING && stamp == p ->
#endif
		d_step {
			if
			:: SHOWS(b, LEASING) -> set_own(b, TAKEN, who, 0)
			:: else
			fi
		}
	:: else
	fi
}

inline read_cell(p)
{
	d_step {
		lap = cell[AT(p)].lap; kind = cell[AT(p)].kind;
		block = cell[AT(p)].block
	}
}

/* no_room: the message CAPACITY positions before t is still there. */
inline look_for_room()
{
	no_room = false;
	if
	:: t - head >= CAPACITY ->
		d_step {
			no_room = cell[AT(t - CAPACITY)].lap == LAP(t - CAPACITY) &&
			          cell[AT(t - CAPACITY)].kind == SMALL
		}
	:: else
	fi
}

inline put(m)
{
	t = tail; ok = false;
	do
	:: ok -> break
	:: else ->
		read_cell(t);
		if
		:: lap >= LAP(t) -> t++
		:: else ->
			look_for_room();
			if :: no_room -> break :: else fi;
#if !defined(BUG_REFILLED_UNSETTLED) && !defined(BUG_SETTLED_AFTER_REFILL)
			if :: kind == LEASED -> settle(t - ENTRIES, block) :: else fi;
#endif
			d_step {
				if
				:: cell[AT(t)].lap == lap && cell[AT(t)].kind == kind ->
					cell[AT(t)].lap = LAP(t); cell[AT(t)].kind = SMALL;
					cell[AT(t)].block = NOBODY; cell[AT(t)].bytes = m;
					put_done[m] = true; ok = true
				:: else
				fi
			}
#ifdef BUG_SETTLED_AFTER_REFILL
			if :: ok && kind == LEASED -> settle(t - ENTRIES, block) :: else fi;
#endif
		fi
	od;
	if :: ok -> tail = t + 1 :: else fi
}

/* ok: h is a position whose cell shows a message. */
inline find()
{
	ok = false;
	do
	:: ok -> break
	:: else ->
		read_cell(h);
		if
		:: lap < LAP(h) -> break /* empty */
		:: lap == LAP(h) && kind == SMALL -> ok = true
		:: else -> h++
		fi
	od
}

/* The cell of h still shows the message; it becomes `k`. */
inline turn_cell(k, b)
{
	d_step {
		if
		:: cell[AT(h)].lap == LAP(h) && cell[AT(h)].kind == SMALL ->
			cell[AT(h)].kind = k; cell[AT(h)].block = b; ok = true
		:: else -> ok = false
		fi
	}
}

inline get_small()
{
	m = cell[AT(h)].bytes;
#ifdef BUG_BYTES_READ_AFTER
	turn_cell(EMPTY, NOBODY);
	if :: ok -> m = cell[AT(h)].bytes; received[m]++ :: else fi
#else
	d_step {
		turn_cell(EMPTY, NOBODY);
		if :: ok -> received[m]++ :: else fi
	}
#endif
}

inline allocate()
{
	d_step {
		b = 0;
		do
		:: b == BLOCKS -> b = NOBODY; break
		:: b < BLOCKS && own[b].state == FREE -> set_own(b, DRAFT, id, 0); break
		:: else -> b++
		od
	}
}

/* b is the block in which it is had, or NOBODY. */
inline lease_small()
{
	m = cell[AT(h)].bytes;
	allocate();
	if
	:: b == NOBODY -> ok = false
	:: b != NOBODY ->
#ifndef BUG_OLD_LOOK
		ok = cell[AT(h)].lap == LAP(h) && cell[AT(h)].kind == SMALL;
#endif
#ifdef BUG_LEASED_BEFORE_LEASING
		if :: ok -> turn_cell(LEASED, b) :: else fi;
		if :: ok -> d_step { copy[b] = m; set_own(b, LEASING, id, h) } :: else fi;
#else
		if
		:: ok ->
			d_step { copy[b] = m; set_own(b, LEASING, id, h) };
			turn_cell(LEASED, b)
		:: else
		fi;
#endif
		if
		:: ok -> settle(h, b); assert(own[b].state == TAKEN && own[b].who == id)
		:: else -> d_step { set_own(b, FREE, NOBODY, 0); b = NOBODY }
		fi
	fi
}

inline take_returned()
{
	d_step {
		b = 0;
		do
		:: b == BLOCKS -> b = NOBODY; break
		:: b < BLOCKS && own[b].state == RET -> set_own(b, TAKEN, id, 0); break
		:: else -> b++
		od
	}
}

inline take()
{
	take_returned();
	if
	:: b == NOBODY ->
		h = head;
		do
		:: true ->
			find();
			if :: !ok -> break :: else fi;
			if
			:: get_small()
			:: lease_small()
			fi;
			if
			:: ok -> head = h + 1; break
			:: else -> h++
			fi
		od
	:: else
	fi;
	if
	:: b != NOBODY ->
		if
		:: given_back < GIVEBACKS ->
			d_step { given_back++; set_own(b, RET, NOBODY, 0) }
		:: true ->
			d_step { received[copy[b]]++; set_own(b, FREE, NOBODY, 0) }
		fi
	:: else
	fi
}

inline leave() { d_step { dead[id] = true; working-- } }
inline finish() { d_step { gone[id] = true; recovered[id] = true; working-- } }

proctype Putter(byte id)
{
	byte t, k, lap, block, who, stamp; mtype kind, state; bool ok, no_room;
	{
		do
		:: k < PUTS -> put(id * PUTS + k); k++
		:: else -> break
		od;
		finish()
	} unless { struck[id] && !gone[id]; leave() }
}

proctype Taker(byte id)
{
	byte b = NOBODY, h, k, m, lap, block, who, stamp; mtype kind, state; bool ok;
	{
		do
		:: k < TAKES -> take(); k++
		:: else -> break
		od;
		finish()
	} unless { struck[id] && !gone[id]; leave() }
}

/* Of the dead worker v, by whoever has its byte; may be begun again. */
inline recover()
{
	b = 0;
	do
	:: b == BLOCKS -> break
	:: else ->
		read_own(b);
		turned = true;
		if
		:: who == v && state == LEASING ->
#ifdef BUG_CELL_NOT_ASKED
			ok = true;
#else
			ok = cell[AT(stamp)].lap == LAP(stamp) &&
			     cell[AT(stamp)].kind == LEASED && cell[AT(stamp)].block == b;
#endif
			d_step {
				if
				:: SHOWS(b, LEASING) && ok -> set_own(b, RET, NOBODY, 0)
				:: SHOWS(b, LEASING) && !ok -> set_own(b, FREE, NOBODY, 0)
				:: else -> turned = false
				fi
			}
		:: who == v && state == DRAFT -> d_step { set_own(b, FREE, NOBODY, 0) }
		:: who == v && state == TAKEN -> d_step { set_own(b, RET, NOBODY, 0) }
		:: else
		fi;
#ifdef BUG_ONE_LOOK_AT_A_BLOCK
		b++
#else
		if :: turned -> b++ :: else fi
#endif
	od;
	recovered[v] = true
}

proctype Recoverer(byte id)
{
	byte b, v, who, stamp; mtype state; bool ok, turned;
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

/* What is left is received; then nothing is lost, doubled or leaked. */
inline balance()
{
	i = 0;
	do
	:: i < BLOCKS ->
		if
		:: own[i].state == RET ->
			received[copy[i]]++; set_own(i, FREE, NOBODY, 0)
		:: else
		fi;
		assert(own[i].state == FREE);
		i++
	:: else -> break
	od;
	i = 0;
	do
	:: i < ENTRIES ->
		if
		:: cell[i].kind == SMALL -> received[cell[i].bytes]++
		:: else
		fi;
		i++
	:: else -> break
	od;
	i = 0;
	do
	:: i < MESSAGES -> assert(received[i] == put_done[i]); i++
	:: else -> break
	od
}

init
{
	byte i;

	d_step {
		i = 0;
		do
		:: i < BLOCKS -> set_own(i, FREE, NOBODY, 0); i++
		:: else -> break
		od;
		i = 0;
		do
		:: i < ENTRIES -> cell[i].kind = EMPTY; i++
		:: else -> break
		od
	};
	atomic {
		i = 0;
		do
		:: i < PUTTERS -> run Putter(i); i++
		:: i >= PUTTERS && i < WORKERS -> run Taker(i); i++
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
