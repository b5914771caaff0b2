/* SPDX-License-Identifier: MIT */
#include "queue_history.h"

#include <errno.h>

enum { PRESENCES_MOST = 600 };

struct presence {
	int number;
	uint64_t from, until;
};

static struct presence presences[PRESENCES_MOST];
static int count;

void history_begin(void)
{
	count = 0;
}

void presence_begins(int number, uint64_t moment)
{
	if (count < PRESENCES_MOST)
		presences[count++] = (struct presence){ number, moment, NEVER };
}

void presence_ends(int number, uint64_t moment)
{
	for (int i = 0; i < count; i++) {
		if (presences[i].number == number &&
		    presences[i].until > moment)
			presences[i].until = moment;
	}
}

void presences_end(uint64_t moment)
{
	for (int i = 0; i < count; i++) {
		if (presences[i].until > moment)
			presences[i].until = moment;
	}
}

/* ---- what may have been */

static bool may_be_put(const struct letter *letter)
{
	return letter->put == PUT_BEGUN || letter->put == PUT_DONE ||
	       letter->put == PUT_UNSURE;
}

/* When it can no longer be in the ring. */
static uint64_t surely_taken(const struct letter *letter)
{
	return letter->unknown ? NEVER : letter->took_ended;
}

bool history_may_exceed(const struct entry *entry)
{
	for (int i = 0; i < books.letters; i++) {
		const struct letter *letter = &books.letter[i];

		if (may_be_put(letter) && letter->size > entry->room &&
		    letter->put_begun < entry->ended &&
		    (letter->place != GONE ||
		     letter->took_ended > entry->begun || letter->again))
			return true;
	}
	return false;
}

static int held_at_most(uint64_t moment)
{
	int held = 0;

	for (int i = 0; i < books.letters; i++) {
		const struct letter *letter = &books.letter[i];

		held += may_be_put(letter) && letter->put_begun <= moment &&
		        surely_taken(letter) > moment;
	}
	return held;
}

/* So many blocks may have been in use at some moment of the call. */
static int blocks_at_most(const struct entry *entry)
{
	int used = 0;

	for (int i = 0; i < books.letters; i++) {
		const struct letter *letter = &books.letter[i];

		if (letter->used_from < entry->ended &&
		    letter->used_to > entry->begun)
			used += letter->blocks;
	}
	for (int i = 0; i < books.entries; i++) {
		const struct entry *other = &books.entry[i];

		/* A lease takes one, and may have it in vain. */
		if (other != entry && other->kind == CALL_LEASE &&
		    other->begun < entry->ended &&
		    (other->died || other->ended > entry->begun))
			used++;
	}
	return used;
}

static bool in_vain(const struct entry *entry)
{
	return entry->ended != NEVER &&
	       (entry->result == -EAGAIN || entry->result == -ETIMEDOUT);
}

/* ---- the ways in which it can fail */

static bool put_in_order(int a, int b)
{
	const struct letter *first = &books.letter[a];
	const struct letter *second = &books.letter[b];

	return first->put_ended < second->put_begun ||
	       (first->batch == second->batch && a < b);
}

static void check_order(int a, int b)
{
	const struct letter *first = &books.letter[a];
	const struct letter *second = &books.letter[b];

	if (!may_be_put(first) || !may_be_put(second) || !put_in_order(a, b) ||
	    first->unknown || first->took_ended == NEVER ||
	    second->took_ended == NEVER)
		return;
	if (second->took_ended < first->took_begun ||
	    (second->took_begun == first->took_begun && !second->unknown &&
	     second->took_turn < first->took_turn))
		sim_fail("message %d was put before %d, and got after it", a,
		         b);
}

static void check_capacity(int number)
{
	uint64_t moment = books.letter[number].put_ended;
	int held = 0;

	if (books.letter[number].put != PUT_DONE)
		return;
	for (int i = 0; i < books.letters; i++) {
		const struct letter *letter = &books.letter[i];

		held += letter->put == PUT_DONE &&
		        letter->put_ended <= moment && !letter->unknown &&
		        letter->took_ended != NEVER &&
		        letter->took_begun > moment;
	}
	if (held > books.capacity)
		sim_fail("there were %d messages when %d was put", held,
		         number);
}

/* From one moment to the next there was always some message. */
static void check_none(const struct entry *entry)
{
	uint64_t covered = entry->begun;
	bool further = true;

	if (entry->kind == CALL_LEASE && entry->blurred)
		return;
	if (entry->kind == CALL_LEASE && blocks_at_most(entry) >= books.blocks)
		return;
	while (further && covered < entry->ended) {
		further = false;
		for (int i = 0; i < count; i++) {
			const struct presence *presence = &presences[i];

			if (presence->from < covered &&
			    presence->until > covered) {
				covered = presence->until;
				further = true;
			}
		}
	}
	if (covered >= entry->ended)
		sim_fail("%d was told that there is no message (call %d), and "
		         "there was one all the time",
		         entry->actor, (int)(entry - books.entry));
}

static void check_full(const struct entry *entry)
{
	int held = held_at_most(entry->begun);

	for (int i = 0; i < books.letters; i++) {
		uint64_t begun = books.letter[i].put_begun;

		if (begun > entry->begun && begun < entry->ended &&
		    held_at_most(begun) > held)
			held = held_at_most(begun);
	}
	if (held < books.capacity && (!entry->blurred || !entry->blocks) &&
	    blocks_at_most(entry) + entry->blocks <= books.blocks)
		sim_fail("%d was told that it is full (call %d), and there "
		         "were at most %d messages",
		         entry->actor, (int)(entry - books.entry), held);
}

/* It was there all the time.  Once, also if several gave it back. */
static bool is_present(int number, const struct entry *entry)
{
	for (int i = 0; i < count; i++) {
		const struct presence *presence = &presences[i];

		if (presence->number == number &&
		    presence->from < entry->begun &&
		    presence->until > entry->ended)
			return true;
	}
	return false;
}

/* Between those that were there all the time, and those that may have been. */
static void check_size(const struct entry *entry)
{
	int least = 0, most = 0;
	for (int i = 0; i < books.letters; i++) {
		const struct letter *letter = &books.letter[i];

		least += is_present(i, entry);
		most += may_be_put(letter) &&
		        letter->put_begun < entry->ended &&
		        (letter->again || surely_taken(letter) > entry->begun);
	}
	if (entry->result < least || entry->result > most)
		sim_fail("size said %lld (call %d), and there were %d to %d",
		         (long long)entry->result, (int)(entry - books.entry),
		         least, most);
}

/* ---- tasks */

static int64_t puts_surely(uint64_t before)
{
	int64_t puts = 0;

	for (int i = 0; i < books.letters; i++) {
		puts += books.letter[i].put == PUT_DONE &&
		        books.letter[i].put_ended < before;
	}
	return puts;
}

static int64_t puts_possibly(uint64_t before)
{
	int64_t puts = 0;

	for (int i = 0; i < books.letters; i++) {
		puts += may_be_put(&books.letter[i]) &&
		        books.letter[i].put_begun < before;
	}
	return puts;
}

static bool finishes(const struct entry *entry)
{
	return (entry->kind == CALL_DONE || entry->kind == CALL_TASK_DONE) &&
	       (entry->ended == NEVER || entry->result == 0);
}

static int64_t finished_surely(const struct entry *by)
{
	int64_t finished = 0;

	for (int i = 0; i < books.entries; i++) {
		finished += finishes(&books.entry[i]) &&
		            books.entry[i].ended < by->begun;
	}
	return finished;
}

static int64_t finished_possibly(const struct entry *by)
{
	int64_t finished = (int64_t)by->dropped;

	for (int i = 0; i < books.entries; i++) {
		const struct entry *entry = &books.entry[i];

		finished += entry != by && finishes(entry) &&
		            entry->begun < by->ended;
	}
	return finished;
}

static bool amid_a_lap(const struct entry *by)
{
	for (int i = 0; i < books.entries; i++) {
		const struct entry *entry = &books.entry[i];

		if (entry->lap && entry->begun < by->ended &&
		    entry->ended > by->begun)
			return true;
	}
	return false;
}

/* It says that nothing was unfinished, or that something was. */
static void check_tasks(const struct entry *entry, bool nothing)
{
	if (nothing && puts_surely(entry->begun) > finished_possibly(entry))
		sim_fail("%d was told that all is finished (call %d), and it "
		         "was not",
		         entry->actor, (int)(entry - books.entry));
	if (!nothing && !amid_a_lap(entry) &&
	    puts_possibly(entry->ended) <= finished_surely(entry))
		sim_fail("%d was told that there are tasks (call %d), and "
		         "there were none",
		         entry->actor, (int)(entry - books.entry));
}

static void check_entry(const struct entry *entry)
{
	bool told_none = in_vain(entry) || entry->result == -ESHUTDOWN;

	if (entry->ended == NEVER)
		return;
	switch (entry->kind) {
	case CALL_GET:
	case CALL_LEASE:
		if (told_none)
			check_none(entry);
		break;
	case CALL_PUT:
	case CALL_RESERVE:
		if (in_vain(entry))
			check_full(entry);
		break;
	case CALL_COUNT:
		if (!books.shut_now_begun)
			check_size(entry);
		break;
	case CALL_JOIN:
		if (!books.shut_now_begun)
			check_tasks(entry, entry->result == 0);
		break;
	case CALL_TASK_DONE:
		if (!books.shut_now_begun)
			check_tasks(entry, entry->result != 0);
		break;
	default:
		break;
	}
}

void history_check(void)
{
	for (int a = 0; a < books.letters; a++) {
		check_capacity(a);
		for (int b = 0; b < books.letters; b++)
			check_order(a, b);
	}
	for (int i = 0; i < books.entries; i++)
		check_entry(&books.entry[i]);
}
