/* SPDX-License-Identifier: MIT */
/*
 * Tasks: the count of what is finished, and an immediate shutdown, which drops
 * what is queued and counts that as done (src/queue/tasks.h).
 *
 *	unfinished = messages put - finished - dropped
 *
 *	finish  A  finished = {c, x}; help x:
 *	           own x {FINISHING, .., c} -> {FREEING, ..}       by CAS
 *	        B  own of the block = {FINISHING, me, c + 1}
 *	        C  finished {c, x} -> {c + 1, block}               by CAS, else from A
 *	        D  help the block; own = FREE
 *	task_done (of what was got): A, then C with no block
 *
 *	shutdown   dropping = true, then drop
 *	drop       the end is put                                  by CAS
 *	           each cell, each block that shows a message -> DROPPED   by CAS
 *	unfinished finished is read; dropping?  then drop; then the puts are
 *	           counted, and the marks
 *
 *	recovery of the dead   FINISHING  A; if it says FINISHING still, from A on
 *	                       FREEING    FREE
 *	                       all else as in queue.pml
 *
 * C is the moment at which a message is finished.  Nobody moves on from {c, x}
 * before x says FREEING, so a block that says FINISHING and is not the last one
 * was not counted.  A mark stays where it is, so whoever counts them counts each
 * once, however many dropped, and whoever died while he did.
 *
 * No position is used twice here: laps are in queue.pml and lease.pml.  Who loses
 * a CAS and begins anew has changed nothing; where he keeps nothing of it either,
 * finding and taking are one step.
 *
 * Bounds: PUTTERS of PUTS messages (SMALLS: 1 some may be small ones, got at once
 * and reported by task_done; 2 all are), TAKERS of TAKES, GIVEBACKS in all,
 * SHUTTERS, JOINERS who look once, RECOVERERS, and at most DEATHS, of any of
 * these.  BUG_...: seeded defects; the table is in ./run.
 */
#ifndef PUTTERS
#define PUTTERS 1
#endif
#ifndef PUTS
#define PUTS 2
#endif
#ifndef SMALLS
#define SMALLS 0
#endif
#ifndef TAKERS
#define TAKERS 1
#endif
#ifndef TAKES
#define TAKES 1
#endif
#ifndef GIVEBACKS
#define GIVEBACKS 0
#endif
#ifndef SHUTTERS
#define SHUTTERS 0
#endif
#ifndef JOINERS
#define JOINERS 1
#endif
#ifndef RECOVERERS
#define RECOVERERS 1
#endif
#ifndef DEATHS
#define DEATHS 1
#endif
#ifndef BLOCKS
#define BLOCKS 2
#endif

#define WORKERS	 (PUTTERS + TAKERS + SHUTTERS + JOINERS)
#define MESSAGES (PUTTERS * PUTS)
#define PLACES	 (MESSAGES + 1) /* the end has one */
#define NOBODY	 15
#define NO_BLOCK 15
#define THIRD	 (WORKERS > 2 -> 2 : 1)
#define BIT(m)	 (1 << (m))

mtype = { FREE, DRAFT, POSTED, TAKEN, RET, FINISHING, FREEING, DROPPED, NONE,
	  SMALL, BLOCK, EMPTY, SHUT };

typedef Own { mtype state; byte who; byte stamp };
typedef Cell { mtype kind; byte what }; /* the block, or the small message */
typedef Finished { byte count; byte last };

Own own[BLOCKS];
byte message[BLOCKS];
Cell cell[PLACES];
Finished finished;
bool dropping;

/* The books: of messages, a bit for each. */
byte was_put, settled, owed; /* owed: got, and task_done is still to come */
byte given_back;

/* Who is dead, and who has the byte of a dead worker locked. */
bool struck[WORKERS + RECOVERERS];
bool dead[WORKERS], gone[WORKERS], recovered[WORKERS];
byte locked[WORKERS];
byte deaths, working = WORKERS, recovering = RECOVERERS;

#define LOST(v) (dead[v] && !recovered[v] && !locked[v])

inline set_own(b, s, w, p)
{
	own[b].state = s; own[b].who = w; own[b].stamp = p
}

/* It is finished, or dropped, and never was before. */
inline settle(m)
{
	assert((was_put & BIT(m)) && !(settled & BIT(m)));
	settled = settled | BIT(m)
}

/* t: the first position that was not put, or the end. */
inline find_end()
{
	t = 0;
	do
	:: cell[t].kind == NONE || cell[t].kind == SHUT -> break
	:: else -> t++
	od
}

#define IS_THERE(p)                                                            \
	(cell[p].kind == SMALL ||                                              \
	 (cell[p].kind == BLOCK && own[cell[p].what].state == POSTED &&        \
	  own[cell[p].what].stamp == p))

/* p: the first position that has a message, else PLACES; b its block, or none. */
inline find_first()
{
	p = 0; b = NO_BLOCK;
	do
	:: p == PLACES -> break
	:: p < PLACES && IS_THERE(p) ->
		if :: cell[p].kind == BLOCK -> b = cell[p].what :: else fi;
		break
	:: else -> p++
	od
}

inline find_returned()
{
	b = 0;
	do
	:: b == BLOCKS -> b = NO_BLOCK; break
	:: b < BLOCKS && own[b].state == RET -> break
	:: else -> b++
	od
}

inline put_end()
{
	d_step { find_end(); cell[t].kind = SHUT; t = 0 }
}

inline mark_block()
{
	settle(message[b]); set_own(b, DROPPED, NOBODY, 0)
}

/* more: one that was in the queue is marked. */
inline drop_first()
{
	d_step {
		find_first();
		if
		:: p == PLACES -> more = false
		:: p < PLACES && b == NO_BLOCK ->
			settle(cell[p].what); cell[p].kind = DROPPED; more = true
		:: else ->
			more = true;
#ifndef BUG_MARKED_WITHOUT_CAS
			mark_block(); b = NO_BLOCK
#endif
		fi;
		p = 0
	}
#ifdef BUG_MARKED_WITHOUT_CAS
	if
	:: b != NO_BLOCK -> d_step { mark_block(); b = NO_BLOCK }
	:: else
	fi
#endif
}

inline drop_returned()
{
	d_step {
		find_returned();
		more = b != NO_BLOCK;
		if :: more -> mark_block(); b = NO_BLOCK :: else fi
	}
}

inline drop()
{
	put_end();
	more = true;
	do
	:: more -> drop_first()
	:: else -> break
	od;
#ifndef BUG_RETURNED_ARE_KEPT
	more = true;
	do
	:: more -> drop_returned()
	:: else -> break
	od;
#endif
	skip
}

/* The marks, of which none is ever cleared. */
inline count_marks()
{
	d_step {
		b = 0;
		do
		:: b < BLOCKS ->
			if :: own[b].state == DROPPED -> u-- :: else fi;
			b++
		:: else -> break
		od;
		p = 0;
		do
		:: p < PLACES ->
			if :: cell[p].kind == DROPPED -> u-- :: else fi;
			p++
		:: else -> break
		od;
		b = NO_BLOCK; p = 0
	}
}

inline count_puts() { d_step { find_end(); u = u + t; t = 0 } }

/* u: how many are unfinished. */
inline count_unfinished()
{
	u = 0;
#ifdef BUG_PUTS_COUNTED_FIRST
	count_puts();
#endif
	u = u - finished.count;
#ifdef BUG_PUTS_COUNTED_BEFORE_END
	count_puts();
#endif
	if
	:: dropping ->
#ifndef BUG_ONLY_WHO_SHUTS_DROPS
		drop();
#endif
#if !defined(BUG_PUTS_COUNTED_BEFORE_END) && !defined(BUG_PUTS_COUNTED_FIRST)
		count_puts();
#endif
#ifndef BUG_MARKS_NOT_COUNTED
		count_marks()
#endif
	:: else ->
#if !defined(BUG_PUTS_COUNTED_BEFORE_END) && !defined(BUG_PUTS_COUNTED_FIRST)
		count_puts()
#endif
	fi
}

/* finished was seen {count, last}. */
inline help(count, last)
{
	d_step {
		if
		:: last == NO_BLOCK
		:: last != NO_BLOCK ->
			if
#ifdef BUG_HELPED_AT_ANY_COUNT
			:: own[last].state == FINISHING ->
#else
			:: own[last].state == FINISHING && own[last].stamp == count ->
#endif
				own[last].state = FREEING; own[last].stamp = 0
			:: else
			fi
		fi
	}
}

/* C, with `last`, a finisher's block or none, for the message m. */
inline move_on(with, m)
{
	d_step {
		if
		:: finished.count == c && finished.last == x ->
			finished.count = c + 1; finished.last = with;
			settle(m); ok = true
		:: else -> ok = false
		fi
	}
}

/* A to D, but for the freeing: of a block of w, who is me, or dead. */
inline finish(w)
{
#ifdef BUG_FREED_BEFORE_COUNTED
	d_step { set_own(b, FREE, NOBODY, 0) };
#endif
	do
	:: true ->
		d_step { c = finished.count; x = finished.last };
#ifndef BUG_FINISHED_WITHOUT_HELP
		help(c, x);
#endif
#if defined(BUG_COUNTED_BEFORE_FINISHING)
		move_on(b, message[b]);
		d_step { set_own(b, FINISHING, w, c + 1) };
#elif defined(BUG_FREED_BEFORE_COUNTED)
		move_on(NO_BLOCK, message[b]);
#else
		d_step { set_own(b, FINISHING, w, c + 1) };
		move_on(b, message[b]);
#endif
		if :: ok -> help(c + 1, b); break :: else fi
	od;
	skip
}

inline task_done(m)
{
	do
	:: true ->
		d_step { c = finished.count; x = finished.last };
		count_unfinished();
		assert(u > 0); /* his own */
#ifndef BUG_DONE_WITHOUT_HELP
		help(c, x);
#endif
		d_step {
			move_on(NO_BLOCK, m);
			if :: ok -> owed = owed & ~BIT(m) :: else fi
		};
		if :: ok -> break :: else fi
	od
}

inline put_small(m)
{
	d_step {
		find_end();
		if
		:: cell[t].kind == NONE ->
			cell[t].kind = SMALL; cell[t].what = m;
			was_put = was_put | BIT(m)
		:: else
		fi;
		t = 0
	}
}

inline put_block(m)
{
	d_step {
		b = 0; ok = false;
		do
		:: b == BLOCKS -> b = NO_BLOCK; break
		:: b < BLOCKS && own[b].state == FREE ->
			set_own(b, DRAFT, id, 0); message[b] = m; break
		:: else -> b++
		od
	};
	do
	:: b == NO_BLOCK || ok -> break
	:: else ->
		d_step {
			find_end();
			if
			:: cell[t].kind == SHUT ->
				set_own(b, FREE, NOBODY, 0); b = NO_BLOCK
			:: else
			fi
		};
		if
		:: b == NO_BLOCK
		:: else ->
			d_step { set_own(b, POSTED, id, t) };
			d_step {
				if
				:: cell[t].kind == NONE ->
					cell[t].kind = BLOCK; cell[t].what = b;
					was_put = was_put | BIT(m); ok = true
				:: else
				fi
			}
		fi
	od;
	skip; d_step { b = NO_BLOCK; ok = false; t = 0 }
}

/* What is taken is not finished, and not dropped. */
inline take_block()
{
	set_own(b, TAKEN, id, 0);
	assert(!(settled & BIT(message[b])))
}

inline take_first()
{
	d_step {
		find_first();
		if
		:: p == PLACES
		:: p < PLACES && b == NO_BLOCK ->
			m = cell[p].what; cell[p].kind = EMPTY; owed = owed | BIT(m);
			got = true
		:: else -> take_block()
		fi;
		p = 0
	};
	if
	:: got -> task_done(m); got = false
	:: else
	fi
}

/* b is leased, or NO_BLOCK; what is small is got, and done. */
inline take()
{
	d_step { find_returned() };
	if
	:: b == NO_BLOCK
	:: else ->
		if
		:: dropping -> drop()
		:: else -> d_step { find_returned(); if :: b != NO_BLOCK -> take_block() :: else fi }
		fi
	fi;
	if
	:: b == NO_BLOCK -> take_first()
	:: else
	fi
}

inline end_lease()
{
	if
	:: given_back < GIVEBACKS ->
		d_step { given_back++; set_own(b, RET, NOBODY, 0); b = NO_BLOCK };
		if :: dropping -> drop() :: else fi
	:: true ->
		finish(id);
		d_step {
#ifndef BUG_FREED_BEFORE_COUNTED
			set_own(b, FREE, NOBODY, 0);
#endif
			b = NO_BLOCK; c = 0; x = 0; ok = false
		}
	fi
}

inline leave() { d_step { dead[id] = true; working-- } }
inline go() { d_step { gone[id] = true; recovered[id] = true; working-- } }

proctype Putter(byte id)
{
	byte b, t, k; bool ok;
	{
		do
		:: k < PUTS ->
			if
#if SMALLS != 2
			:: put_block(id * PUTS + k)
#endif
#if SMALLS != 0
			:: put_small(id * PUTS + k)
#endif
			fi;
			k++
		:: else -> break
		od;
		go()
	} unless { struck[id] && !gone[id]; leave() }
}

proctype Taker(byte id)
{
	byte b, c, x, t, k, m, p; short u; bool ok, got, more;
	{
		do
		:: k < TAKES ->
			take();
			if :: b != NO_BLOCK -> end_lease() :: else fi;
			k++
		:: else -> break
		od;
		go()
	} unless { struck[id] && !gone[id]; leave() }
}

proctype Shutter(byte id)
{
	byte b, t, p; bool more;
	{
#ifdef BUG_FLAG_LAST
		drop();
		dropping = true;
#else
		dropping = true;
		drop();
#endif
		go()
	} unless { struck[id] && !gone[id]; leave() }
}

/* When none is unfinished, nothing is that was put before he looked. */
proctype Joiner(byte id)
{
	byte b, t, p, before; short u; bool more;
	{
		before = was_put;
		count_unfinished();
		assert(u > 0 || !(before & ~settled));
		go()
	} unless { struck[id] && !gone[id]; leave() }
}

/* Of the dead worker v, by whoever has its byte; may be begun again. */
inline recover()
{
	b = 0;
	do
	:: b < BLOCKS ->
		d_step { state = own[b].state; who = own[b].who; t = own[b].stamp };
		if
		:: who == v && state == DRAFT -> d_step { set_own(b, FREE, NOBODY, 0) }
		:: who == v && state == TAKEN -> d_step { set_own(b, RET, NOBODY, 0) }
		:: who == v && state == POSTED ->
			d_step {
				if
				:: own[b].state == POSTED && own[b].who == v &&
				   !(cell[t].kind == BLOCK && cell[t].what == b) ->
					set_own(b, FREE, NOBODY, 0)
				:: else
				fi
			}
		:: who == v && state == FINISHING ->
#ifdef BUG_RECOVERED_BLINDLY
			finish(v)
#else
			d_step { c = finished.count; x = finished.last };
			help(c, x);
			if
			:: own[b].state == FINISHING -> finish(v)
			:: else /* it was finished */
			fi
#endif
		:: else
		fi;
		b++
	:: else -> break
	od;
	b = 0;
	do
	:: b < BLOCKS ->
		d_step {
			if
			:: own[b].state == FREEING && own[b].who == v ->
				set_own(b, FREE, NOBODY, 0)
			:: else
			fi
		};
		b++
	:: else -> break
	od;
	recovered[v] = true
}

proctype Recoverer(byte id)
{
	byte b, c, x, t, v, who; mtype state; bool ok;
	{
		do
		:: atomic {
			LOST(0) || LOST(1) || LOST(THIRD) || LOST(WORKERS - 1) ->
			if
			:: LOST(0) -> v = 0
			:: LOST(1) -> v = 1
			:: LOST(THIRD) -> v = THIRD
			:: LOST(WORKERS - 1) -> v = WORKERS - 1
			fi;
			locked[v] = id
		};
			recover(); locked[v] = 0
		:: working == 0 && recovered[0] && recovered[1] && recovered[THIRD] &&
		   recovered[WORKERS - 1] -> break
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

/*
 * A last look: what is unfinished by the count is so by the books; what is left
 * is there to be got, and nothing is, if it was to be dropped.
 */
inline balance()
{
	count_unfinished();
	k = 0;
	do
	:: k < MESSAGES ->
		if
		:: (was_put & BIT(k)) && !(settled & BIT(k)) -> u--
		:: else
		fi;
		k++
	:: else -> break
	od;
	assert(u == 0);
	left = 0;
	k = 0;
	do
	:: k < BLOCKS ->
		if
		:: own[k].state == RET -> left = left | BIT(message[k])
		:: own[k].state == POSTED -> left = left | BIT(message[k])
		:: else -> assert(own[k].state == FREE || own[k].state == DROPPED)
		fi;
		k++
	:: else -> break
	od;
	k = 0;
	do
	:: k < PLACES ->
		if
		:: cell[k].kind == SMALL -> left = left | BIT(cell[k].what)
		:: else
		fi;
		k++
	:: else -> break
	od;
	assert(left == (was_put & ~settled & ~owed));
	assert(!dropping || left == 0)
}

init
{
	byte i, b, k, t, p, left; short u; bool more;

	d_step {
		finished.last = NO_BLOCK;
		i = 0;
		do
		:: i < BLOCKS -> set_own(i, FREE, NOBODY, 0); i++
		:: else -> break
		od;
		i = 0;
		do
		:: i < PLACES -> cell[i].kind = NONE; i++
		:: else -> break
		od
	};
	atomic {
		i = 0;
		do
		:: i < PUTTERS -> run Putter(i); i++
		:: i >= PUTTERS && i < PUTTERS + TAKERS -> run Taker(i); i++
		:: i >= PUTTERS + TAKERS && i < PUTTERS + TAKERS + SHUTTERS ->
			run Shutter(i); i++
		:: i >= PUTTERS + TAKERS + SHUTTERS && i < WORKERS -> run Joiner(i); i++
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
		:: struck[WORKERS - 1] = true
		:: struck[WORKERS] = true
		fi
	:: working == 0 && recovering == 0 -> break
	od;
	skip; atomic { balance() }
}
