/* SPDX-License-Identifier: MIT */
#include "queue_ledger.h"

#include "queue_census.h"
#include "queue_history.h"

#include <errno.h>

struct queue_ledger books;

void books_begin(int capacity, int blocks, unsigned deliveries_most)
{
	books = (struct queue_ledger){
		.empty = -1,
		.capacity = capacity,
		.blocks = blocks,
		.deliveries_most = deliveries_most,
	};
	for (int i = 0; i < SIM_ACTORS; i++)
		books.under_way[i] = -1;
	history_begin();
}

/* ---- messages */

int letter_new(size_t size, int blocks)
{
	if (books.letters == LETTERS_MOST)
		sim_fail("too many messages for the ledger");
	if (size == 0)
		books.empty = books.letters;
	books.chains |= blocks > 1;
	books.letter[books.letters] = (struct letter){
		.size = size,
		.blocks = blocks,
		.putter = sim_self(),
		.put_begun = NEVER,
		.put_ended = NEVER,
		.took_begun = NEVER,
		.took_ended = NEVER,
		.used_from = NEVER,
		.used_to = NEVER,
	};
	return books.letters++;
}

/* 37 is odd, so the first bytes of 256 messages are 256 bytes. */
static unsigned char byte_of(int number, size_t offset)
{
	return (unsigned char)((size_t)number * 37 + 1 + offset * 3 +
	                       offset / 256);
}

void letter_write(int number, unsigned char *bytes)
{
	for (size_t i = 0; i < books.letter[number].size; i++)
		bytes[i] = byte_of(number, i);
}

int letter_of(const unsigned char *bytes, size_t size)
{
	if (size == 0)
		return books.empty;
	for (int i = 0; i < books.letters; i++) {
		if (bytes[0] == byte_of(i, 0) && books.letter[i].size > 0)
			return i;
	}
	return -1;
}

/* ---- calls */

enum { POINTS_AT_ONCE = 20000 };

/* Stores of calls that have returned may not be in memory yet. */
static bool somebody_holds_back(void)
{
	for (int i = 0; i < SIM_ACTORS; i++) {
		if (!sim_visible(i))
			return true;
	}
	return false;
}

struct entry *entry_begin(enum entry_kind kind, const char *name,
                          int64_t timeout)
{
	struct entry *entry = &books.entry[books.entries];

	if (books.entries == ENTRIES_IN_BOOKS)
		sim_fail("too many calls for the ledger");
	*entry = (struct entry){
		.kind = kind,
		.actor = sim_self(),
		.begun = ++books.moment,
		.ended = NEVER,
		.timeout = timeout,
		.shut = books.shut_ended,
		.shut_now = books.shut_now_ended,
		.blurred = somebody_holds_back(),
	};
	books.under_way[entry->actor] = books.entries++;
	sim_forget_sleep();
	sim_call(name, timeout > 0 ? UINT64_MAX : POINTS_AT_ONCE);
	return entry;
}

void entry_end(struct entry *entry, int64_t result)
{
	entry->ended = ++books.moment;
	entry->result = result;
	entry->dropped = census_dropped();
	entry->blurred |= somebody_holds_back();
	books.under_way[entry->actor] = -1;
	sim_say("   = %lld", (long long)result);
}

/* What any call may return that waits in vain. */
static bool in_vain(const struct entry *entry)
{
	return entry->result == (entry->timeout > 0 ? -ETIMEDOUT : -EAGAIN);
}

/* -ESHUTDOWN if somebody shuts it down, and certainly once he has. */
static void check_shutdown(const struct entry *entry, bool certain,
                           const char *what)
{
	if (entry->result == -ESHUTDOWN && !books.shut_begun)
		sim_fail("%s: -ESHUTDOWN, and nobody shut it down", what);
	if (certain && entry->result != -ESHUTDOWN)
		sim_fail("%s after a shutdown: %lld", what,
		         (long long)entry->result);
}

/* ---- putting */

struct entry *put_begin(int first, int count, int64_t timeout)
{
	struct entry *entry = entry_begin(CALL_PUT, "put", timeout);

	entry->first = first;
	entry->count = count;
	for (int i = 0; i < count; i++) {
		struct letter *letter = &books.letter[first + i];

		letter->put = PUT_BEGUN;
		letter->put_begun = entry->begun;
		letter->put_ended = NEVER; /* it may have failed before */
		letter->batch = (int)(entry - books.entry);
		if (letter->used_from == NEVER)
			letter->used_from = entry->begun;
		letter->used_to = NEVER;
	}
	entry->blocks = books.letter[first].blocks;
	sim_say("   messages %d to %d, %zu bytes, timeout %lld us", first,
	        first + count - 1, books.letter[first].size,
	        (long long)timeout / 1000);
	return entry;
}

static void letter_was_put(struct letter *letter, int number, uint64_t when,
                           bool in)
{
	letter->put = in ? PUT_DONE : PUT_FAILED;
	letter->put_ended = when;
	if (in && !books.shut_now_begun && letter->deliveries == 0 &&
	    letter->put_begun > books.receiver_died)
		presence_begins(number, when);
	if (!in) {
		letter->used_to = when;
		if (letter->deliveries > 0)
			sim_fail("message %d was not put, and was received",
			         number);
	}
}

void put_end(struct entry *entry, int64_t result)
{
	int in = result < 0 ? 0 : (int)result;
	const struct letter *first = &books.letter[entry->first];

	entry_end(entry, result);
	for (int i = 0; i < entry->count; i++)
		letter_was_put(&books.letter[entry->first + i],
		               entry->first + i, entry->ended, i < in);
	if (result == -EMSGSIZE) {
		if (first->size <= 8 || first->blocks <= books.blocks)
			sim_fail("put: -EMSGSIZE for %zu bytes", first->size);
		return;
	}
	check_shutdown(entry, entry->shut, "put");
	if (in > entry->count || (result == 0 && entry->count > 0))
		sim_fail("put returned %lld", (long long)result);
	if (result < 0 && result != -ESHUTDOWN && !in_vain(entry))
		sim_fail("put: %lld", (long long)result);
}

/* ---- receiving */

static void check_whole(int number, const unsigned char *bytes, size_t size)
{
	const struct letter *letter = &books.letter[number];

	if (size != letter->size)
		sim_fail("message %d has %zu bytes, not %zu", number, size,
		         letter->size);
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] != byte_of(number, i))
			sim_fail("message %d is torn at byte %zu", number, i);
	}
}

static void check_whose(int number)
{
	const struct letter *letter = &books.letter[number];

	if (letter->put == PUT_NOT)
		sim_fail("message %d came before it was put", number);
	if (letter->put == PUT_FAILED)
		sim_fail("message %d came, and its put had failed", number);
	if (letter->place == GONE)
		sim_fail("message %d came twice", number);
	if (letter->place == LEASED)
		sim_fail("message %d is leased by %d, and came to %d", number,
		         letter->holder, sim_self());
}

static void check_deliveries(int number, unsigned deliveries)
{
	const struct letter *letter = &books.letter[number];

	if (deliveries && deliveries != letter->deliveries)
		sim_fail("message %d came for the %u. time, not the %u.",
		         number, letter->deliveries, deliveries);
	if (books.deliveries_most && letter->deliveries > books.deliveries_most)
		sim_fail("message %d came for the %u. time", number,
		         letter->deliveries);
}

int receive_one_of(struct entry *entry, const unsigned char *bytes, size_t size,
                   unsigned deliveries)
{
	int number = letter_of(bytes, size);
	struct letter *letter = &books.letter[number];

	if (number < 0)
		sim_fail("%zu bytes that nobody sent", size);
	sim_say("   message %d", number);
	check_whole(number, bytes, size);
	check_whose(number);
	if (entry->shut_now)
		sim_fail("message %d came after an immediate shutdown", number);
	letter->deliveries++;
	check_deliveries(number, deliveries);
	presence_ends(number, entry->begun);
	if (letter->took_ended == NEVER && !letter->unknown) {
		letter->unknown = letter->again;
		letter->took_turn = books.turns++;
		letter->took_begun = entry->begun;
		letter->took_ended = books.moment + 1;
	}
	letter->finished = false;
	letter->place = entry->kind == CALL_LEASE ? LEASED : GONE;
	letter->holder = sim_self();
	letter->got = entry->kind == CALL_GET;
	if (letter->got)
		letter->used_to = books.moment + 1;
	if (entry->kind == CALL_LEASE && letter->blocks == 0) {
		letter->blocks = 1;
		letter->used_from = entry->begun;
	}
	return number;
}

void receive_end(struct entry *entry, int64_t result)
{
	entry_end(entry, result);
	check_shutdown(entry, entry->shut_now, "receive");
	if (entry->shut && in_vain(entry) && entry->kind == CALL_GET)
		sim_fail("receive after a shutdown: %lld", (long long)result);
	if (result < 0 && result != -ESHUTDOWN && !in_vain(entry) &&
	    !(result == -EMSGSIZE && entry->kind == CALL_GET &&
	      history_may_exceed(entry)))
		sim_fail("receive: %lld", (long long)result);
}

/* ---- leases */

struct entry *lease_end_begin(enum entry_kind kind, int number)
{
	struct entry *entry =
		entry_begin(kind, kind == CALL_DONE ? "done" : "giveback", 0);

	entry->first = number;
	entry->count = 1;
	sim_say("   message %d", number);
	entry->deliveries = books.letter[number].deliveries;
	if (kind == CALL_GIVEBACK) {
		books.letter[number].place = IN_QUEUE;
		books.letter[number].again = true;
		books.came_back = true;
	}
	return entry;
}

void lease_end_end(struct entry *entry, int64_t result)
{
	struct letter *letter = &books.letter[entry->first];

	entry_end(entry, result);
	if (result != 0)
		sim_fail("the end of a lease: %lld", (long long)result);
	if (entry->kind == CALL_DONE) {
		letter->place = GONE;
		letter->used_to = entry->ended;
	} else if (letter->place == IN_QUEUE && !books.shut_now_begun &&
	           letter->deliveries == entry->deliveries &&
	           !letter_due(letter) && entry->begun > books.receiver_died) {
		/* Else somebody has had it since, and gives it back as well. */
		presence_begins(entry->first, entry->ended);
	}
}

void leases_come_back(int actor)
{
	for (int i = 0; i < books.letters; i++) {
		struct letter *letter = &books.letter[i];

		if (letter->place != LEASED || letter->holder != actor)
			continue;
		letter->place = IN_QUEUE;
		letter->again = true;
		books.came_back = true;
	}
}

int books_owed(void)
{
	int owed = 0;

	for (int i = 0; i < books.letters; i++)
		owed += books.letter[i].got;
	for (int i = 0; i < books.entries; i++) {
		const struct entry *entry = &books.entry[i];

		owed -= entry->kind == CALL_TASK_DONE &&
		        (entry->ended == NEVER || entry->result == 0);
	}
	return owed;
}
