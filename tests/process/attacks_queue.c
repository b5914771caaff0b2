/* SPDX-License-Identifier: MIT */
/*
 * Attacks on a queue by lies about positions, lengths and blocks (21 to 27)
 * that are there when a call begins.  Every call ends, soon.
 */
#include "queue_target.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void call_both(struct queue_target *target)
{
	for (int i = 0; i < 4; i++)
		queue_call_everything(target->queue[i & 1]);
}

/* Nothing can be got, whatever one tries. */
static void get_is_euclean(struct weir_queue *queue)
{
	struct weir_lease lease;
	char buffer[100];

	must_be(weir_queue_get(queue, buffer, sizeof(buffer), WEIR_NOWAIT),
	        -EUCLEAN);
	must_be(weir_queue_get(queue, buffer, sizeof(buffer), WEIR_FOREVER),
	        -EUCLEAN);
	must_be(weir_queue_lease(queue, WEIR_FOREVER, &lease), -EUCLEAN);
}

static void put_is_euclean(struct weir_queue *queue)
{
	char message[100] = "";

	must_be(weir_queue_put(queue, message, 8, WEIR_NOWAIT), -EUCLEAN);
	must_be(weir_queue_put(queue, message, 20, WEIR_FOREVER), -EUCLEAN);
	must_be(weir_queue_put(queue, message, 100, WEIR_FOREVER), -EUCLEAN);
}

/* ---- 21: positions */

static const uint64_t far[] = {
	1,
	TARGET_CAPACITY,
	TARGET_CELLS - 1,
	TARGET_CELLS,
	TARGET_CELLS + 1,
	UINT64_C(1) << 31,
	UINT64_C(1) << 32,
	UINT64_C(1) << 42,
	UINT64_C(1) << 63,
	(UINT64_C(1) << 63) - 1,
};

static void lie_about_positions(void *argument)
{
	static const uint16_t places[] = { AT_TAIL, AT_HEAD };
	struct queue_target *target = argument;

	for (size_t i = 0; i < 2 * COUNT(far); i++) {
		for (size_t j = 0; j < COUNT(places); j++) {
			queue_target_new(target);
			fill_up(target->queue[0], 20);
			drain(target->queue[1]);
			put_text(target->queue[0], "waits");
			*target_at(target, places[j]) +=
				i & 1 ? -far[i / 2] : far[i / 2];
			call_both(target);
			queue_target_end(target);
		}
	}
}

static void test_21_positions_that_lie_are_survived(void **state)
{
	queue_attack(lie_about_positions);
}

static void run_ahead(void *argument)
{
	struct queue_target *target = argument;

	queue_target_new(target);
	put_text(target->queue[0], "waits");
	*target_at(target, AT_TAIL) += UINT64_C(1) << 32;
	put_is_euclean(target->queue[0]);
	*target_at(target, AT_HEAD) += UINT64_C(1) << 32;
	get_is_euclean(target->queue[1]);
	queue_target_end(target);
}

static void test_21_positions_far_ahead_are_euclean(void **state)
{
	queue_attack(run_ahead);
}

/* They are hints: who finds old ones gets on. */
static void fall_back(void *argument)
{
	struct queue_target *target = argument;

	queue_target_new(target);
	for (int i = 0; i < 1000; i++) {
		*target_at(target, AT_TAIL) = TARGET_CELLS;
		*target_at(target, AT_HEAD) = TARGET_CELLS;
		put_text(target->queue[0], "still works");
		get_text(target->queue[1], "still works");
	}
	get_nothing(target->queue[0]);
	queue_target_end(target);
}

static void test_21_positions_that_fall_back_do_no_harm(void **state)
{
	queue_attack(fall_back);
}

/* ---- 22: lengths */

static void lie_about_small(void *argument)
{
	static const uint32_t lengths[] = { 9,   10,      16,
		                            255, 1 << 23, (1 << 24) - 1 };
	struct queue_target *target = argument;

	for (size_t i = 0; i < COUNT(lengths); i++) {
		queue_target_new(target);
		put_text(target->queue[0], "small");
		*target_cell(target, 0) = cell_word(SMALL, lengths[i], 1);
		get_is_euclean(target->queue[1]);
		call_both(target);
		queue_target_end(target);
	}
}

static void test_22_a_small_message_of_too_much_is_euclean(void **state)
{
	queue_attack(lie_about_small);
}

/* The word of the first message's block, in the block and in the cell. */
static void claim(struct queue_target *target, uint64_t length)
{
	uint64_t word = block_word(POSTED, 0, length, TARGET_CELLS);

	target_cell(target, 0)[1] = word;
	*target_block(target, 0) = word;
}

static void lie_about_blocks(void *argument)
{
	static const uint32_t lengths[] = { TARGET_BLOCK + 1, 32, 100, 4080,
		                            OF_LENGTH_LONG - 1 };
	static const uint64_t long_ones[] = {
		TARGET_BLOCKS * TARGET_ROOM + 1,
		UINT64_C(1) << 32,
		(UINT64_C(1) << 40) - 1,
	};
	struct queue_target *target = argument;

	for (size_t i = 0; i < COUNT(lengths) + COUNT(long_ones); i++) {
		bool is_long = i >= COUNT(lengths);

		queue_target_new(target);
		put_text(target->queue[0], "a message of a block");
		claim(target, is_long ? OF_LENGTH_LONG : lengths[i]);
		if (is_long)
			target_block(target, 0)[1] =
				long_ones[i - COUNT(lengths)];
		get_is_euclean(target->queue[1]);
		call_both(target);
		queue_target_end(target);
	}
}

static void test_22_a_message_longer_than_its_block_is_euclean(void **state)
{
	queue_attack(lie_about_blocks);
}

/* Too long for him who gets it, it is there: then, shorter after the look. */
static void lie_about_the_rest(void *argument)
{
	struct queue_target *target = argument;
	struct weir_lease lease;
	char buffer[200];

	queue_target_new(target);
	put_text(target->queue[0], "a message of a block");
	claim(target, OF_LENGTH_LONG);
	target_block(target, 0)[1] = UINT64_C(0xffffff) << 40 | 100;
	must_be(weir_queue_get(target->queue[1], buffer, 99, WEIR_NOWAIT),
	        -EMSGSIZE);
	must_be(weir_queue_lease(target->queue[1], WEIR_NOWAIT, &lease),
	        -EUCLEAN);
	must_be(weir_queue_get(target->queue[1], buffer, 100, WEIR_NOWAIT),
	        -EUCLEAN);
	queue_target_end(target);
}

static void test_22_a_message_without_its_rest_is_euclean(void **state)
{
	queue_attack(lie_about_the_rest);
}

/* ---- 24, 25: blocks */

static void name_no_block(void *argument)
{
	static const uint32_t blocks[] = { TARGET_ALL, TARGET_ALL + 1, 1 << 23,
		                           (1 << 24) - 1 };
	struct queue_target *target = argument;

	for (size_t i = 0; i < 2 * COUNT(blocks); i++) {
		enum cell kind = i & 1 ? BARE : BLOCK;

		queue_target_new(target);
		put_text(target->queue[0], "a message of a block");
		*target_cell(target, 0) = cell_word(kind, blocks[i / 2], 1);
		get_is_euclean(target->queue[1]);
		call_both(target);
		queue_target_end(target);
	}
}

static void test_24_a_block_that_does_not_exist_is_euclean(void **state)
{
	queue_attack(name_no_block);
}

static void name_a_block_twice(void *argument)
{
	struct queue_target *target = argument;
	uint64_t *cell;

	for (int kind = BLOCK; kind <= BARE; kind++) {
		queue_target_new(target);
		put_text(target->queue[0], "the first message");
		put_text(target->queue[0], "the second message");
		put_text(target->queue[0], "the third message");
		cell = target_cell(target, 1);
		cell[0] = cell_word((enum cell)kind, 0, 1);
		cell[1] = target_cell(target, 0)[1];
		get_text(target->queue[1], "the first message");
		get_text(target->queue[1], "the third message");
		get_nothing(target->queue[1]);
		call_both(target);
		queue_target_end(target);
	}
}

static void test_25_one_block_in_two_cells_is_got_once(void **state)
{
	queue_attack(name_a_block_twice);
}

/* ---- 26: chains */

static uint64_t more_word(uint64_t length, uint64_t next)
{
	return next << 40 | length;
}

static void chain_in_a_circle(void *argument)
{
	struct queue_target *target = argument;
	struct weir_lease lease;
	char buffer[200];

	/* Block `from` is said to be followed by `to`. */
	for (unsigned from = 0; from < 4; from++) {
		for (unsigned to = 0; to <= from; to++) {
			uint64_t length = from ? 0 : 100;

			queue_target_new(target);
			memset(buffer, 'c', sizeof(buffer));
			must_be(weir_queue_put(target->queue[0], buffer, 100,
			                       WEIR_NOWAIT),
			        0);
			target_block(target, from)[1] = more_word(length, to);
			must_be(weir_queue_lease(target->queue[1], WEIR_NOWAIT,
			                         &lease),
			        0);
			must_be(lease.size, 100);
			must_be(weir_queue_giveback(target->queue[1], &lease),
			        0);
			must_be(weir_queue_get(target->queue[1], buffer, 100,
			                       WEIR_NOWAIT),
			        100);
			must(buffer[100] == 'c' && buffer[199] == 'c');
			call_both(target);
			queue_target_end(target);
		}
	}
}

static void test_26_a_chain_in_a_circle_ends(void **state)
{
	queue_attack(chain_in_a_circle);
}

/* ---- 27: laps */

static void jump_ahead(void *argument)
{
	struct queue_target *target = argument;

	for (unsigned k = 0; k < 37; k++) {
		for (unsigned cell = 0; cell < 4; cell++) {
			queue_target_new(target);
			put_text(target->queue[0], "waits");
			put_text(target->queue[0], "a message of a block");
			*target_cell(target, cell) += UINT64_C(1) << (27 + k);
			call_both(target);
			queue_target_end(target);
		}
	}
}

static void test_27_a_lap_that_jumps_ahead_is_survived(void **state)
{
	queue_attack(jump_ahead);
}

/* However one goes on from a cell, the next one says to go on further. */
static void run_in_a_circle(void *argument)
{
	struct queue_target *target = argument;

	for (uint64_t by = 1; by < UINT64_C(1) << 36; by *= 8) {
		queue_target_new(target);
		for (unsigned cell = 0; cell < TARGET_CELLS; cell++)
			*target_cell(target, cell) =
				cell_word(cell % 3 ? EMPTY : BLOCK, 0,
			                  1 + by * (cell * 37 % TARGET_CELLS));
		call_both(target);
		queue_target_end(target);
	}
}

static void test_27_laps_in_a_circle_are_no_endless_loop(void **state)
{
	queue_attack(run_in_a_circle);
}

static void fall_behind(void *argument)
{
	struct queue_target *target = argument;

	queue_target_new(target);
	for (unsigned cell = 0; cell < TARGET_CELLS; cell++)
		*target_cell(target, cell) =
			cell_word(EMPTY, 0, UINT64_MAX - 2);
	get_is_euclean(target->queue[0]);
	put_is_euclean(target->queue[1]);
	queue_target_end(target);
}

static void test_27_laps_behind_all_positions_are_euclean(void **state)
{
	queue_attack(fall_behind);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_21_positions_that_lie_are_survived),
		sentence(test_21_positions_far_ahead_are_euclean),
		sentence(test_21_positions_that_fall_back_do_no_harm),
		sentence(test_22_a_small_message_of_too_much_is_euclean),
		sentence(test_22_a_message_longer_than_its_block_is_euclean),
		sentence(test_22_a_message_without_its_rest_is_euclean),
		sentence(test_24_a_block_that_does_not_exist_is_euclean),
		sentence(test_25_one_block_in_two_cells_is_got_once),
		sentence(test_26_a_chain_in_a_circle_ends),
		sentence(test_27_a_lap_that_jumps_ahead_is_survived),
		sentence(test_27_laps_in_a_circle_are_no_endless_loop),
		sentence(test_27_laps_behind_all_positions_are_euclean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
