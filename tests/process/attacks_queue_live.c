/* SPDX-License-Identifier: MIT */
/*
 * Attacks on a queue by what changes after it was looked at (28 to 31): what is
 * written once, and each word right at one moment and wrong at the next.
 */
#include "queue_target.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void call_both(struct queue_target *target)
{
	for (int i = 0; i < 4; i++)
		queue_call_everything(target->queue[i & 1]);
}

/* ---- 28, 30: what is written once */

static void change_geometry(void *argument)
{
	static const struct {
		uint16_t at;
		uint64_t value;
	} changes[] = {
		{ AT_CAPACITY, 0 },
		{ AT_CAPACITY, (1 << 22) + 1 },
		{ AT_CAPACITY, UINT64_MAX },
		{ AT_CAPACITY, 1 << 22 },
		{ AT_BLOCK_SIZE, 0 },
		{ AT_BLOCK_SIZE, UINT64_C(1) << 31 },
		{ AT_BLOCK_SIZE, 1 << 30 },
		{ AT_BLOCKS, 0 },
		{ AT_BLOCKS, 1 << 23 },
		{ AT_BLOCKS, UINT64_MAX },
		{ AT_GROUPED, 1 },
		{ AT_GROUPED, 2 },
	};
	struct queue_target *target = argument;
	struct weir_queue *late = NULL;

	for (size_t i = 0; i < COUNT(changes); i++) {
		queue_target_new(target);
		*target_at(target, changes[i].at) = changes[i].value;
		must_be(weir_queue_open(&late, target->name), -EUCLEAN);
		must(late == NULL);
		/* Who has it open knows better. */
		put_text(target->queue[0], "as before");
		get_text(target->queue[1], "as before");
		call_both(target);
		queue_target_end(target);
	}
}

static void test_28_a_changed_geometry_is_euclean_for_the_next(void **state)
{
	queue_attack(change_geometry);
}

static void get_until_euclean(struct weir_queue *queue)
{
	char buffer[200];
	ssize_t code;

	do
		code = weir_queue_get(queue, buffer, 200, WEIR_FOREVER);
	while (code >= 0);
	must_be(code, -EUCLEAN);
}

static void change_identity(void *argument)
{
	static const struct {
		uint16_t at;
		uint64_t value;
		int code;
	} changes[] = {
		{ AT_MAGIC, 0, -EPROTO },
		{ AT_VERSION, UINT64_C(0x0102030400000007), -EPROTO },
		{ AT_TYPE, 1, -EPROTO },
		{ AT_TYPE, 2, -EPROTO },
		{ AT_FILE_SIZE, UINT64_C(1) << 40, -EUCLEAN },
	};
	struct queue_target *target = argument;
	struct weir_queue *late = NULL;

	for (size_t i = 0; i < COUNT(changes); i++) {
		queue_target_new(target);
		*target_at(target, changes[i].at) = changes[i].value;
		must_be(weir_queue_open(&late, target->name), changes[i].code);
		must(late == NULL);
		call_both(target);
		if (changes[i].at == AT_MAGIC)
			get_until_euclean(target->queue[0]);
		queue_target_end(target);
	}
}

static void test_30_a_changed_identity_is_noticed(void **state)
{
	queue_attack(change_identity);
}

/* ---- 29: every word, evil at the second look */

static const uint64_t evils[] = {
	0,
	UINT64_MAX,
	UINT64_C(1) << 32,
	UINT64_C(1) << 63,
	TARGET_CELLS + 1,
	(UINT64_C(0xffffff) << 3 | BLOCK) + (UINT64_C(1) << 27),
	(UINT64_C(9) << 3 | SMALL) + (UINT64_C(1) << 27),
	UINT64_C(1) << 40 | 100,
	((uint64_t)TARGET_CELLS << 26) | (4094 << 14) | POSTED,
	((uint64_t)TARGET_CELLS << 26) | (4095 << 14) | RETURNED,
};

static void flip_each(struct queue_target *target, const uint16_t *places,
                      size_t count)
{
	for (size_t i = 0; i < count * COUNT(evils); i++) {
		struct queue_flip flip = {
			.target = target,
			.at = places[i / COUNT(evils)],
			.evil = evils[i % COUNT(evils)],
		};
		pid_t flipper;

		queue_target_new(target);
		put_text(target->queue[0], "small");
		put_text(target->queue[0], "a message of a block");
		put_text(target->queue[0],
		         "a message that takes more than one block");
		flipper = queue_flip_start(&flip);
		call_both(target);
		child_kill(flipper);
		queue_target_end(target);
	}
}

static void flip_header(void *argument)
{
	static const uint16_t places[] = {
		AT_CAPACITY,    AT_BLOCK_SIZE,   AT_BLOCKS,   AT_GROUPED,
		AT_TAIL,        AT_HEAD,         AT_FREED,    AT_FINISHED,
		AT_DATA,        AT_IDLE,         AT_RETURNED, AT_DROPPING,
		AT_CELLS_READY, AT_BLOCKS_READY,
	};

	flip_each(argument, places, COUNT(places));
}

static void test_29_a_header_that_flips_is_survived(void **state)
{
	queue_attack(flip_header);
}

static void flip_cells(void *argument)
{
	static const uint16_t places[] = {
		AT_CELLS,      AT_CELLS + 8,  AT_CELLS + 16, AT_CELLS + 24,
		AT_CELLS + 32, AT_CELLS + 40, AT_CELLS + 48, AT_CELLS + 56,
	};

	flip_each(argument, places, COUNT(places));
}

static void test_29_cells_that_flip_are_survived(void **state)
{
	queue_attack(flip_cells);
}

static void flip_blocks(void *argument)
{
	static const uint16_t places[] = {
		AT_WORDS,
		AT_WORDS + 8,
		AT_WORDS + BLOCK_APART,
		AT_WORDS + BLOCK_APART + 8,
		AT_WORDS + 2 * BLOCK_APART,
		AT_WORDS + 2 * BLOCK_APART + 8,
		AT_WORDS + 5 * BLOCK_APART,
	};

	flip_each(argument, places, COUNT(places));
}

static void test_29_blocks_that_flip_are_survived(void **state)
{
	queue_attack(flip_blocks);
}

static void flip_segment(void *argument)
{
	static const uint16_t places[] = {
		AT_MAGIC,        AT_TYPE,    AT_MEMBERS,     AT_MEMBERS + 8,
		AT_MEMBERS + 16, AT_ENTRIES, AT_ENTRIES + 8, AT_ENTRIES + 40,
	};

	flip_each(argument, places, COUNT(places));
}

static void test_29_members_and_identity_that_flip_are_survived(void **state)
{
	queue_attack(flip_segment);
}

/* A new opener sees each word change while it checks it. */
static void open_while_flipped(void *argument)
{
	static const uint16_t places[] = { AT_CAPACITY, AT_BLOCK_SIZE,
		                           AT_BLOCKS, AT_GROUPED };
	struct queue_target *target = argument;

	for (size_t i = 0; i < COUNT(places) * 2; i++) {
		struct queue_flip flip = {
			.target = target,
			.at = places[i / 2],
			.evil = i & 1 ? 1 << 22 : UINT64_MAX,
		};
		struct weir_queue *late;
		struct weir_loan loan;
		pid_t flipper;

		queue_target_new(target);
		flipper = queue_flip_start(&flip);
		for (int k = 0; k < 200; k++) {
			int code = weir_queue_open(&late, target->name);

			must(code == 0 || code == -EUCLEAN);
			if (code < 0)
				continue;
			code = weir_queue_reserve(late, 1 << 20, WEIR_NOWAIT,
			                          &loan);
			must(code == -EMSGSIZE || code == -EUCLEAN);
			weir_queue_close(late);
		}
		child_kill(flipper);
		queue_target_end(target);
	}
}

static void test_29_a_geometry_that_flips_is_checked_once_for_all(void **state)
{
	queue_attack(open_while_flipped);
}

/* ---- 31: the payload changes while it is copied */

static void change_while_copied(void *argument)
{
	struct queue_target *target = argument;
	struct queue_flip flip = { .target = target,
		                   .at = AT_WORDS + 8,
		                   .evil = UINT64_MAX };
	char buffer[64];
	pid_t flipper;

	queue_target_new(target);
	flipper = queue_flip_start(&flip);
	for (int i = 0; i < 1000; i++) {
		memset(buffer, 'x', sizeof(buffer));
		must_be(weir_queue_put(target->queue[0], buffer, 20,
		                       WEIR_NOWAIT),
		        0);
		must_be(weir_queue_get(target->queue[1], buffer, 20,
		                       WEIR_NOWAIT),
		        20);
		for (int j = 8; j < 64; j++)
			must_be(buffer[j], 'x');
	}
	child_kill(flipper);
	queue_target_end(target);
}

static void test_31_a_payload_that_changes_spoils_only_itself(void **state)
{
	queue_attack(change_while_copied);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_28_a_changed_geometry_is_euclean_for_the_next),
		sentence(test_30_a_changed_identity_is_noticed),
		sentence(test_29_a_header_that_flips_is_survived),
		sentence(test_29_cells_that_flip_are_survived),
		sentence(test_29_blocks_that_flip_are_survived),
		sentence(test_29_members_and_identity_that_flip_are_survived),
		sentence(test_29_a_geometry_that_flips_is_checked_once_for_all),
		sentence(test_31_a_payload_that_changes_spoils_only_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
