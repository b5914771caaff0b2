/* SPDX-License-Identifier: MIT */
/*
 * Queue: put, get, giveback, shutdown, and the recovery of whoever died on the
 * way, with recoverers that may die too.
 *
 * One word for each block, own[b] = {state, who, stamp}, is the truth; all else
 * is an index or a hint.
 *
 *	FREE --> DRAFT --> POSTED --> TAKEN --> FREE
 *	           |          |       |   ^
 *	          FREE       FREE     RET-+
 *
 *	put     group = me, unless it is                     by CAS
 *	        own FREE -> DRAFT                            by store
 *	        find the first position t without an entry
 *	        own = {POSTED, me, t}
 *	        entry[t] = {lap of t, b}                     by CAS: it is put
 *	get     find the first position h whose block still shows {POSTED, h}
 *	        own {POSTED, .., h} -> {TAKEN, me}           by CAS: it is got
 *	        copy, own = FREE
 *	        (a block given back, RET -> TAKEN, comes before these)
 *
 * Blocks stand in groups, and only the owner of a group allocates in it, so the
 * CAS is one for many puts.
 *
 * So the word of a block says who has it at every moment, and a recoverer needs
 * no announcement of anybody, and asks nobody: what is DRAFT becomes FREE, what
 * is TAKEN becomes RET, and what is POSTED at t was put if, and only if, the
 * entry of t names it; for a block that was put, and taken, shows another word.
 * Then the groups of the dead one are free.
 *
 * Why the position is found after the block is had: a producer that knows an
 * older position could post its block as of a position at which the same block
 * was put in its life before.  Then a consumer that still stands there would
 * take what was never put.
 *
 * head and tail are hints that never run ahead of the truth; they may fall
 * back.  Shutdown puts an entry that names no block: nothing is put behind it,
 * and who gets to it knows that nothing will come.
 *
 * Bounds: PRODUCERS of PUTS messages, CONSUMERS of GETS gets, RECOVERERS, and
 * at most DEATHS, of workers and of recoverers.  BUG_...: seeded defects, each
 * of which must be found; the table is in ./run.
 */
#ifndef PRODUCERS
#define PRODUCERS 2
#endif
#ifndef CONSUMERS
#define CONSUMERS 1
#endif
#ifndef RECOVERERS
#define RECOVERERS 1
#endif
#ifndef PUTS
#define PUTS 1
#endif
#ifndef GETS
#define GETS 1
#endif
#ifndef DEATHS
#define DEATHS 1
#endif
#ifndef CAPACITY
#define CAPACITY 2
#endif
#ifndef ENTRIES
#define ENTRIES 2
#endif
#ifndef BLOCKS
#define BLOCKS 3
#endif
#ifndef GROUP
#define GROUP 1
#endif
#ifndef GIVEBACKS
#define GIVEBACKS 0
#endif
#ifndef SHUTDOWNS
#define SHUTDOWNS 0
#endif

#if SHUTDOWNS && CAPACITY >= ENTRIES && !defined(BUG_NO_ENTRY_TO_SPARE)
#error shutdown needs one entry more than the capacity
#endif

#define WORKERS	 (PRODUCERS + CONSUMERS)
#define MESSAGES (PRODUCERS * PUTS)
#define NOBODY	 15
#define NO_BLOCK 15
#define NO_GROUP 15
#define GROUPS	 (BLOCKS / GROUP)
#define LAP(p)	 ((p) / ENTRIES)
#define AT(p)	 ((p) % ENTRIES)

mtype = { FREE, DRAFT, POSTED, TAKEN, RET };

typedef Own { mtype state; byte who; byte stamp };
typedef Entry { byte lap; byte block };

Own own[BLOCKS];
byte group[GROUPS];                  /* whose it is */
Entry entry[ENTRIES];
byte head = ENTRIES, tail = ENTRIES; /* the first lap is 1 */
bool returned[BLOCKS];               /* hint: this block may be RET */
byte message[BLOCKS];

/* The books. */
bool put_begun[MESSAGES], put_done[MESSAGES]; /* it is there; the call returned */
byte received[MESSAGES];
byte given_back;

/* Who is dead, and who has the byte of a dead worker locked. */
bool struck[WORKERS + RECOVERERS];
bool dead[WORKERS], gone[WORKERS], recovered[WORKERS];
byte locked[WORKERS];
byte deaths, working = WORKERS, recovering = RECOVERERS;

#define LOST(v) (dead[v] && !recovered[v] && !locked[v])

inline give_up(b)
{
	own[b].state = FREE; own[b].who = NOBODY; own[b].stamp = 0
}

inline leave_group()
{
	if
	:: mine != NO_GROUP -> d_step { group[mine] = NOBODY; mine = NO_GROUP }
	:: else
	fi
}

/*
 * ok: b is a draft of mine.  I am the only one who allocates in my group, so a
 * look and a store are enough.
 */
inline allocate()
{
	ok = false; g = 0;
	do
	:: ok -> break
	:: !ok && mine == NO_GROUP ->
		do
		:: g < GROUPS && mine == NO_GROUP ->
#ifdef BUG_GROUP_NOT_OWNED
			mine = g
#else
			d_step {
				if
				:: group[g] == NOBODY -> group[g] = id; mine = g
				:: else -> g++
				fi
			}
#endif
		:: else -> break
		od;
		if
		:: mine == NO_GROUP -> break
		:: else
		fi
	:: !ok && mine != NO_GROUP ->
		b = mine * GROUP;
		do
		:: b < mine * GROUP + GROUP && !ok ->
			if
			:: own[b].state == FREE ->
				d_step { own[b].state = DRAFT; own[b].who = id };
				ok = true
			:: else -> b++
			fi
		:: else -> break
		od;
		if
		:: !ok -> g = mine + 1; leave_group() /* the next one */
		:: else
		fi
	od
}

/* no_room: the message CAPACITY positions before t is still there. */
inline look_for_room()
{
	no_room = false;
#ifndef BUG_CAPACITY_UNCHECKED
	if
	:: t - head >= CAPACITY ->
		d_step {
			lap = entry[AT(t - CAPACITY)].lap;
			other = entry[AT(t - CAPACITY)].block
		};
		if
		:: lap == LAP(t - CAPACITY) && other != NO_BLOCK ->
			no_room = own[other].state == POSTED &&
			       own[other].stamp == t - CAPACITY
		:: else
		fi
	:: else
	fi
#endif
}

inline put(m)
{
#ifdef BUG_POSITION_BEFORE_BLOCK
	t = tail;
	d_step { lap = entry[AT(t)].lap; other = entry[AT(t)].block };
#endif
	allocate();
	if
	:: ok ->
		message[b] = m;
		ok = false;
#ifndef BUG_POSITION_BEFORE_BLOCK
		t = tail;
		d_step { lap = entry[AT(t)].lap; other = entry[AT(t)].block };
#endif
		do
		:: !ok ->
			if
			:: lap == LAP(t) && other == NO_BLOCK -> break /* shut down */
			:: lap == LAP(t) && other != NO_BLOCK -> t++
			:: lap > LAP(t) -> t++
			:: else ->
				look_for_room();
				if :: no_room -> break :: else fi;
#ifndef BUG_POSTED_AFTER_PUT
				d_step { own[b].state = POSTED; own[b].stamp = t };
#endif
				d_step {
#ifdef BUG_PUT_WITHOUT_CAS
					if
					:: true ->
#else
					if
					:: entry[AT(t)].lap == LAP(t) - 1 ->
#endif
						entry[AT(t)].lap = LAP(t);
						entry[AT(t)].block = b;
						put_begun[m] = true; ok = true
					:: else
					fi
				}
#ifdef BUG_POSTED_AFTER_PUT
				d_step { own[b].state = POSTED; own[b].stamp = t }
#endif
			fi;
			if
			:: !ok -> d_step { lap = entry[AT(t)].lap; other = entry[AT(t)].block }
			:: else
			fi
		:: else -> break
		od;
		if
		:: ok -> put_done[m] = true; tail = t + 1
		:: else -> d_step { give_up(b) }
		fi
	:: else
	fi
}

/* Shutdown: the first free position gets an entry without a block. */
inline shut_down()
{
	t = tail; ok = false;
	do
	:: !ok ->
		d_step { lap = entry[AT(t)].lap; other = entry[AT(t)].block };
		if
		:: lap == LAP(t) && other == NO_BLOCK -> break
		:: lap == LAP(t) && other != NO_BLOCK -> t++
		:: lap > LAP(t) -> t++
		:: else ->
			/* One entry more than the capacity is there for it. */
			d_step {
				if
				:: entry[AT(t)].lap == LAP(t) - 1 ->
					entry[AT(t)].lap = LAP(t);
					entry[AT(t)].block = NO_BLOCK; ok = true
				:: else
				fi
			}
		fi
	:: else -> break
	od
}

inline take_returned()
{
	ok = false; b = 0;
	do
	:: b < BLOCKS && !ok ->
		if
		:: returned[b] ->
			d_step {
				if
				:: own[b].state == RET ->
					own[b].state = TAKEN; own[b].who = id; ok = true
				:: else
				fi
			};
			if
			:: ok -> returned[b] = false
			:: else ->
#ifdef BUG_ANYBODY_CLEARS_THE_HINT
				returned[b] = false;
#endif
				b++
			fi
		:: else -> b++
		fi
	:: else -> break
	od
}

inline take_first()
{
	h = head;
	do
	:: !ok ->
		d_step { lap = entry[AT(h)].lap; b = entry[AT(h)].block };
		if
		:: lap < LAP(h) -> break                    /* empty */
		:: lap == LAP(h) && b == NO_BLOCK -> break  /* shut down */
		:: lap > LAP(h) -> h++                      /* long taken */
		:: else ->
#ifdef BUG_HINT_AHEAD
			head = h + 1;
#endif
			d_step {
#ifdef BUG_POSITION_UNCHECKED
				if
				:: own[b].state == POSTED ->
#else
				if
				:: own[b].state == POSTED && own[b].stamp == h ->
#endif
					own[b].state = TAKEN; own[b].who = id; ok = true;
					assert(put_begun[message[b]])
				:: else
				fi
			};
			h++
		fi
	:: else -> break
	od;
	if :: ok -> head = h :: else fi
}

inline get()
{
	take_returned();
	if :: !ok -> take_first() :: else fi;
	if
	:: ok && given_back < GIVEBACKS ->
		d_step { given_back++; own[b].state = RET; own[b].who = NOBODY };
		returned[b] = true
	:: ok ->
#ifdef BUG_FREED_BEFORE_COPY
		d_step { give_up(b) };
		received[message[b]]++
#else
		/* The copy is made before; the call returns after this. */
		d_step { received[message[b]]++; give_up(b) }
#endif
	:: else
	fi
}

inline leave() { d_step { dead[id] = true; working-- } }
inline finish() { d_step { gone[id] = true; recovered[id] = true; working-- } }

proctype Producer(byte id)
{
	byte b, t, k, g, lap, other, mine = NO_GROUP; bool ok, no_room;
	{
		do
		:: k < PUTS -> put(id * PUTS + k); k++
		:: else -> break
		od;
#if SHUTDOWNS
		if :: id == 0 -> shut_down() :: else fi;
#endif
		leave_group();
		skip; finish()
	} unless { struck[id] && !gone[id]; leave() }
}

proctype Consumer(byte id)
{
	byte b, h, k, lap; bool ok;
	{
		do
		:: k < GETS -> get(); k++
		:: else -> break
		od;
		skip; finish()
	} unless { struck[id] && !gone[id]; leave() }
}

/* Of the dead worker v, by whoever has its byte; may be begun again. */
inline recover(v)
{
#ifdef BUG_MARKED_BEFORE_SWEEP
	recovered[v] = true;
#endif
	b = 0;
	do
	:: b < BLOCKS ->
		d_step {
			state = own[b].state; who = own[b].who; t = own[b].stamp
		};
		turned = false;
		if
		:: who == v && state == DRAFT ->
			d_step { give_up(b) }
		:: who == v && state == POSTED ->
			d_step {
#ifdef BUG_PUT_NOT_LOOKED_UP
				ok = false
#else
				ok = entry[AT(t)].lap == LAP(t) && entry[AT(t)].block == b
#endif
			};
#ifdef BUG_UNPUT_KEPT
			ok = true;
#endif
			if
			:: ok                     /* it was put */
			:: else ->
				d_step {
#ifdef BUG_RECOVERED_WITHOUT_CAS
					give_up(b)
#else
					if
					:: own[b].state == POSTED && own[b].who == v &&
					   own[b].stamp == t -> give_up(b)
					:: else
					fi
#endif
				}
			fi
		:: who == v && state == TAKEN ->
#ifdef BUG_TAKEN_IS_FREED
			d_step { give_up(b) }
#else
			d_step { own[b].state = RET; own[b].who = NOBODY; turned = true }
#endif
		:: else
		fi;
		if
#ifdef BUG_HINT_ONLY_BY_WHO_TURNED
		:: turned -> returned[b] = true
#else
		:: own[b].state == RET -> returned[b] = true
#endif
		:: else
		fi;
		b++
	:: else -> break
	od;
#ifndef BUG_GROUPS_KEPT
	b = 0;
	do
	:: b < GROUPS ->
		if :: group[b] == v -> group[b] = NOBODY :: else fi;
		b++
	:: else -> break
	od;
#endif
	skip; recovered[v] = true
}

proctype Recoverer(byte id)
{
	byte v, b, t, who; bool ok, turned; mtype state;
	{
		do
		:: atomic { LOST(0) -> locked[0] = id; v = 0 }; recover(v); locked[v] = 0
		:: atomic { LOST(1) -> locked[1] = id; v = 1 }; recover(v); locked[v] = 0
		:: atomic { LOST(WORKERS - 1) -> locked[WORKERS - 1] = id; v = WORKERS - 1 };
			recover(v); locked[v] = 0
		:: atomic { LOST(WORKERS - 2) -> locked[WORKERS - 2] = id; v = WORKERS - 2 };
			recover(v); locked[v] = 0
		:: working == 0 && recovered[0] && recovered[1] &&
		   recovered[WORKERS - 1] && recovered[WORKERS - 2] -> break
		od;
		recovering--
	} unless {
		struck[id] && recovering > 1;
		d_step {
			recovering--;
			if :: locked[0] == id -> locked[0] = 0 :: else fi;
			if :: locked[1] == id -> locked[1] = 0 :: else fi;
			if :: locked[WORKERS - 1] == id -> locked[WORKERS - 1] = 0 :: else fi;
			if :: locked[WORKERS - 2] == id -> locked[WORKERS - 2] = 0 :: else fi
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
		:: own[i].state == RET && returned[i] ->
			received[message[i]]++; give_up(i)
		:: else
		fi;
		i++
	:: else -> break
	od;
	t = head;
	do
	:: entry[AT(t)].lap == LAP(t) && entry[AT(t)].block == NO_BLOCK -> break
	:: entry[AT(t)].lap == LAP(t) && entry[AT(t)].block != NO_BLOCK ->
		i = entry[AT(t)].block;
		if
		:: own[i].state == POSTED && own[i].stamp == t ->
			received[message[i]]++; give_up(i)
		:: else
		fi;
		t++
	:: entry[AT(t)].lap > LAP(t) -> t++
	:: else -> break
	od;
	i = 0;
	do
	:: i < MESSAGES ->
		assert(!put_done[i] || received[i] == 1);
		assert(received[i] <= 1);
		i++
	:: else -> break
	od;
	i = 0;
	do
	:: i < BLOCKS ->
		assert(own[i].state == FREE && group[i / GROUP] == NOBODY);
		i++
	:: else -> break
	od
}

init
{
	byte i, t;

	d_step {
		i = 0;
		do
		:: i < BLOCKS -> own[i].state = FREE; own[i].who = NOBODY; i++
		:: else -> break
		od;
		i = 0;
		do
		:: i < GROUPS -> group[i] = NOBODY; i++
		:: else -> break
		od;
		i = 0;
		do
		:: i < ENTRIES -> entry[i].block = NO_BLOCK; i++
		:: else -> break
		od
	};
	atomic {
		i = 0;
		do
		:: i < PRODUCERS -> run Producer(i); i++
		:: i >= PRODUCERS && i < WORKERS -> run Consumer(i); i++
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
		:: struck[WORKERS - 2] = true
		:: struck[WORKERS] = true
		fi
	:: working == 0 && recovering == 0 -> break
	od;
	skip; d_step { balance() }
}
