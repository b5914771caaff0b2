/* SPDX-License-Identifier: MIT */
/* What a death leaves in the ledger of a queue, and how the books are closed. */
#include "queue_census.h"
#include "queue_history.h"
#include "queue_ledger.h"

/* ---- deaths */

/* One call that he was killed in. */
static void cut_off(struct entry *entry)
{
	struct letter *letter = &books.letter[entry->first];

	entry->died = true;
	switch (entry->kind) {
	case CALL_PUT:
		for (int i = 0; i < entry->count; i++)
			letter[i].put = PUT_UNSURE;
		break;
	case CALL_GET:
	case CALL_LEASE:
		entry->excuse = entry->kind == CALL_GET ? entry->count : 0;
		presences_end(entry->begun);
		books.receiver_died = ++books.moment;
		break;
	case CALL_DONE:
		if (entry->count > 0) /* it had begun, and had it */
			letter->finished = true;
		break;
	default:
		break;
	}
}

void books_died(int actor)
{
	int under_way = books.under_way[actor];

	leases_come_back(actor);
	if (under_way < 0)
		return;
	cut_off(&books.entry[under_way]);
	books.under_way[actor] = -1;
}

/* ---- the end */

/* What came of a call that was killed was put, with all before it. */
static void settle_unsure(int number)
{
	const struct letter *letter = &books.letter[number];

	if (letter->deliveries == 0)
		return;
	for (int i = number; i >= 0; i--) {
		struct letter *earlier = &books.letter[i];

		if (earlier->put == PUT_UNSURE &&
		    earlier->batch == letter->batch)
			earlier->put = PUT_DONE;
	}
}

static bool is_missing(const struct letter *letter)
{
	return letter->put == PUT_DONE && letter->place == IN_QUEUE &&
	       !letter->finished;
}

static bool may_be_dropped(const struct letter *letter)
{
	return books.shut_now_begun || letter_due(letter);
}

void books_drained(void)
{
	int excuses = 0, missing = -1;
	uint64_t dropped = 0;

	for (int i = books.letters - 1; i >= 0; i--) {
		if (books.letter[i].put == PUT_UNSURE)
			settle_unsure(i);
	}
	for (int i = 0; i < books.entries; i++)
		excuses += books.entry[i].excuse;
	for (int i = 0; i < books.letters; i++) {
		const struct letter *letter = &books.letter[i];

		if (letter->place == LEASED)
			sim_fail("message %d is leased by nobody", i);
		if (!is_missing(letter))
			continue;
		if (may_be_dropped(letter)) {
			dropped++;
			continue;
		}
		missing = i;
		excuses--;
	}
	if (excuses < 0 && missing >= 0)
		sim_fail("message %d was put and never came", missing);
	if (books.deliveries_most && !books.shut_now_begun &&
	    census_dropped() < dropped)
		sim_fail("%llu messages were dropped, and %llu counted",
		         (unsigned long long)dropped,
		         (unsigned long long)census_dropped());
}

void books_settled(void)
{
	int64_t put = 0, unsure = 0, finished = 0;

	for (int i = 0; i < books.letters; i++) {
		const struct letter *letter = &books.letter[i];
		bool dropped = is_missing(letter) && may_be_dropped(letter);

		put += letter->put == PUT_DONE;
		unsure += letter->put == PUT_UNSURE;
		finished += letter->finished || dropped;
	}
	for (int i = 0; i < books.entries; i++) {
		const struct entry *entry = &books.entry[i];
		bool finishes = entry->kind == CALL_DONE ||
		                entry->kind == CALL_TASK_DONE;

		finished += finishes && !entry->died && entry->result == 0;
		unsure += entry->kind == CALL_TASK_DONE && entry->died;
		/* It was got, or dropped, which nobody can tell. */
		if (books.shut_now_begun || books.deliveries_most)
			unsure += entry->excuse;
	}
	if (finished - put > unsure || put - finished > unsure)
		sim_fail("%lld messages were put, and %lld finished, or %lld "
		         "more or less",
		         (long long)put, (long long)finished,
		         (long long)unsure);
}
