/* SPDX-License-Identifier: MIT */
/* What must be so when a queue's storm is over. */
#include "queue_ledger.h"

#include <stdlib.h>

/* What the entries add up to. */
struct sums {
	uint32_t put;      /* for sure */
	uint32_t came;     /* of those in doubt */
	uint32_t doubtful; /* the rest of those */
	uint32_t lost;     /* that went with a getter */
};

static const struct entry *entries_of(const struct book *book, uint32_t slot)
{
	return &book->ledger->entries[(size_t)slot * book->each];
}

static bool came(const struct entry *entry)
{
	return entry->finished || entry->unsure;
}

/* How many of a put that was killed, from entry `first` on. */
static uint32_t doubtful_length(const struct entry *first, uint32_t most)
{
	uint32_t length = 1;

	while (length < most && first[length].fate == DOUBTFUL)
		length++;
	return length;
}

/* A first part of them was put: what lacks before one that came is lost. */
static void sum_doubtful(const struct entry *first, uint32_t length,
                         struct sums *sums)
{
	uint32_t last = length;

	while (last > 0 && !came(&first[last - 1]))
		last--;
	for (uint32_t i = 0; i < length; i++) {
		sums->came += came(&first[i]);
		sums->doubtful += !came(&first[i]);
		sums->lost += i < last && !came(&first[i]);
	}
}

static void sum_slot(const struct book *book, uint32_t slot, struct sums *sums)
{
	const struct entry *entries = entries_of(book, slot);
	uint32_t next = book->ledger->pages[slot].next;

	for (uint32_t i = 0; i < book->each; i++) {
		const struct entry *entry = &entries[i];

		must(entry->fate != TRYING);
		must(entry->fate == UNTRIED || i < next);
		must(entry->fate != UNTRIED || !came(entry));
		if (entry->fate == PUT) {
			sums->put++;
			sums->lost += !came(entry);
		}
		if (entry->fate == DOUBTFUL_FIRST)
			sum_doubtful(entry, doubtful_length(entry, next - i),
			             sums);
	}
}

/* Empty messages have no number: only their count is known. */
static void balance_empty(const struct book *book, uint32_t lost,
                          uint32_t *empty)
{
	const struct ledger *ledger = book->ledger;
	uint32_t put = 0, got = 0;

	for (uint32_t i = 0; i <= SLOTS_MOST; i++) {
		put += ledger->pages[i].empty_put;
		got += ledger->pages[i].empty_got;
	}
	must(got <= put + ledger->empty_put_doubts);
	must(got + lost + ledger->empty_done_doubts >= put);
	*empty = put;
}

/* Each message put is one task. */
static void balance_tasks(const struct book *book, const struct sums *sums,
                          uint32_t empty, uint32_t unfinished)
{
	const struct ledger *ledger = book->ledger;
	uint32_t least = sums->put + sums->came + empty;
	uint32_t most = least + ledger->empty_put_doubts;
	uint32_t done = unfinished;

	most += sums->doubtful < ledger->get_doubts ? sums->doubtful
	                                            : ledger->get_doubts;
	for (uint32_t i = 0; i <= SLOTS_MOST; i++)
		done += ledger->pages[i].tasks_done;
	must(done + ledger->done_doubts >= least);
	must(done <= most);
}

static int by_begin(const void *a, const void *b)
{
	uint64_t left = (*(const struct entry *const *)a)->put_begun;
	uint64_t right = (*(const struct entry *const *)b)->put_begun;

	return left < right ? 1 : left > right ? -1 : 0;
}

static int by_end(const void *a, const void *b)
{
	uint64_t left = (*(const struct entry *const *)a)->put_ended;
	uint64_t right = (*(const struct entry *const *)b)->put_ended;

	return left < right ? 1 : left > right ? -1 : 0;
}

/* A message that came back comes late, and may. */
static bool is_late(const struct entry *entry, uint64_t earliest)
{
	return earliest < entry->got_begun && entry->returns == 0;
}

/*
 * First in, first out: none was put entirely after another one, and got
 * entirely before it.  Returns how many were.
 */
static uint32_t late_of_all(const struct entry **entries, size_t count)
{
	size_t bytes = (count + 1) * sizeof(struct entry *);
	const struct entry **later = malloc(bytes);
	uint64_t earliest = UINT64_MAX;
	uint32_t late = 0;
	size_t next = 0;

	must(later);
	memcpy(later, entries, count * sizeof(struct entry *));
	qsort(later, count, sizeof(struct entry *), by_begin);
	qsort(entries, count, sizeof(struct entry *), by_end);
	for (size_t i = 0; i < count; i++) {
		for (; next < count &&
		       later[next]->put_begun > entries[i]->put_ended;
		     next++) {
			if (later[next]->got_ended < earliest)
				earliest = later[next]->got_ended;
		}
		late += is_late(entries[i], earliest);
	}
	free(later);
	return late;
}

/* The same for one producer, whose messages are put in their order. */
static uint32_t late_of_slot(const struct entry **entries, size_t count)
{
	uint64_t earliest = UINT64_MAX;
	uint32_t late = 0;

	while (count-- > 0) {
		late += is_late(entries[count], earliest);
		if (entries[count]->got_ended < earliest)
			earliest = entries[count]->got_ended;
	}
	return late;
}

static void balance_order(const struct book *book)
{
	size_t most = (size_t)book->slots * book->each;
	const struct entry **came_in =
		malloc((most + 1) * sizeof(struct entry *));
	uint32_t doubts = book->ledger->get_doubts + book->ledger->lease_doubts;
	uint32_t late = 0;
	size_t count = 0;

	must(came_in);
	for (uint32_t slot = 0; slot < book->slots; slot++) {
		const struct entry *entries = entries_of(book, slot);
		size_t first = count;

		for (uint32_t i = 0; i < book->each; i++) {
			if (entries[i].finished)
				came_in[count++] = &entries[i];
		}
		late += late_of_slot(came_in + first, count - first);
	}
	must(late <= doubts);
	must(late_of_all(came_in, count) <= doubts);
	free(came_in);
}

void book_balance(const struct book *book, uint32_t unfinished)
{
	const struct ledger *ledger = book->ledger;
	struct sums sums = { .put = 0 };
	uint32_t empty;

	for (uint32_t slot = 0; slot < book->slots; slot++)
		sum_slot(book, slot, &sums);
	must(sums.lost <= ledger->get_doubts);
	balance_empty(book, ledger->get_doubts - sums.lost, &empty);
	balance_tasks(book, &sums, empty, unfinished);
	balance_order(book);
}
