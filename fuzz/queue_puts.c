/* SPDX-License-Identifier: MIT */
/* The calls of a queue that put, in the ledger. */
#include "queue_acts.h"

#include "queue_census.h"
#include "queue_history.h"

#include <errno.h>

/* Where each process has its messages; not part of what is simulated. */
static unsigned char outgoing[SIM_ACTORS][MANY_MOST][LETTER_LONGEST];

int64_t hand_patience(void)
{
	static const int64_t timeouts[] = { WEIR_NOWAIT,    WEIR_NOWAIT,
		                            WEIR_NOWAIT,    WEIR_MS(5),
		                            WEIR_MS(200),   WEIR_MS(200),
		                            WEIR_SECONDS(2) };

	if (shape.patience)
		return shape.patience == 1 ? WEIR_NOWAIT : WEIR_SECONDS(2);
	return timeouts[option(7)];
}

static size_t small_size(void)
{
	static const uint8_t sizes[] = { 8, 1, 4, 7 };
	unsigned which = option(5);

	/* A second message of no bytes could not be told from the first. */
	if (which == 4 && books.empty < 0)
		return 0;
	return sizes[which % 4];
}

/* In one block, and in several. */
static size_t next_size(void)
{
	static const size_t one[][3] = { { 9, 16, 24 },
		                         { 9, 100, 1016 },
		                         { 9, 100, 4096 } };
	static const size_t more[][3] = { { 25, 40, 48 },
		                          { 1017, 1500, 2100 },
		                          { 4097, 6000, 8300 } };
	unsigned kind = shape.sizes ? (unsigned)shape.sizes - 1 : option(3);

	if (shape.sizes == SIZES_IN_TURN)
		return one[shape.kind][books.letters % 3];
	if (kind == 0)
		return small_size();
	return kind == 1 ? one[shape.kind][option(3)]
	                 : more[shape.kind][option(3)];
}

static int letter_made(const struct hand *hand, size_t size, int which)
{
	bool in_cell = size <= SMALL_MOST && !hand->single;
	int blocks = in_cell ? 0 : (int)chain_blocks(shape_pool, size);
	int number = letter_new(size, blocks);

	letter_write(number, outgoing[hand->actor][which]);
	return number;
}

static int64_t put(struct hand *hand, size_t size, int64_t timeout)
{
	int number = letter_made(hand, size, 0);
	struct entry *entry = put_begin(number, 1, timeout);
	int code = weir_queue_put(hand->queue, outgoing[hand->actor][0], size,
	                          timeout);

	put_end(entry, code == 0 ? 1 : code);
	return code;
}

int64_t hand_puts_small(struct hand *hand)
{
	return put(hand, small_size(), WEIR_NOWAIT);
}

int64_t hand_puts(struct hand *hand)
{
	return put(hand, next_size(), hand_patience());
}

void hand_puts_many(struct hand *hand)
{
	struct iovec messages[MANY_MOST];
	int count = 2 + (int)option(MANY_MOST - 1);
	int64_t timeout = hand_patience();
	struct entry *entry;
	int first = books.letters;

	for (int i = 0; i < count; i++) {
		size_t size = next_size();

		letter_made(hand, size, i);
		messages[i].iov_base = outgoing[hand->actor][i];
		messages[i].iov_len = size;
	}
	entry = put_begin(first, count, timeout);
	put_end(entry, weir_queue_put_many(hand->queue, messages, (size_t)count,
	                                   timeout));
}

static void abandon(struct hand *hand, struct weir_loan *loan, int number)
{
	struct entry *entry = entry_begin(CALL_ABANDON, "abandon", 0);

	weir_queue_abandon(hand->queue, loan);
	entry_end(entry, 0);
	books.letter[number].used_to = entry->ended;
}

/* False: it is full, and the loan is still open. */
static bool commit(struct hand *hand, struct weir_loan *loan, int number)
{
	struct entry *entry = put_begin(number, 1, WEIR_NOWAIT);
	int code;

	entry->blocks = 0;
	code = weir_queue_commit(hand->queue, loan);
	put_end(entry, code == 0 ? 1 : code);
	if (code == -EAGAIN)
		books.letter[number].used_to = NEVER;
	return code != -EAGAIN;
}

void hand_reserves(struct hand *hand)
{
	size_t asked = next_size(), size;
	int64_t timeout = hand_patience();
	struct weir_loan loan;
	struct entry *entry;
	int code, number;

	if (asked > scene_block_size())
		asked = scene_block_size();
	size = asked > 1 && option(4) == 0 ? asked - 1 : asked;
	number = letter_made(hand, size, 0);
	/* Even the smallest stands in a block. */
	books.letter[number].blocks = (int)chain_blocks(shape_pool, asked);
	entry = entry_begin(CALL_RESERVE, "reserve", timeout);
	entry->blocks = books.letter[number].blocks;
	books.letter[number].used_from = entry->begun;
	code = weir_queue_reserve(hand->queue, asked, timeout, &loan);
	entry_end(entry, code);
	if (code < 0) {
		books.letter[number].used_to = entry->ended;
		if (code != (timeout > 0 ? -ETIMEDOUT : -EAGAIN) &&
		    code != -ESHUTDOWN)
			sim_fail("reserve: %d", code);
		return;
	}
	copy_in(loan.data, outgoing[hand->actor][0], size);
	loan.size = size;
	if (option(8) == 7 || (!commit(hand, &loan, number) &&
	                       (option(2) || !commit(hand, &loan, number))))
		abandon(hand, &loan, number);
}
