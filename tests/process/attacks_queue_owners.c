/* SPDX-License-Identifier: MIT */
/*
 * Attacks on a queue by lies about who has what (32 to 37): words that give a
 * block or a place to somebody else, and lock bytes that an attacker holds.
 */
#include "queue_target.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

enum { MEMBERS = 1024, ATTACHED = 1, OF_GENERATION = 1 << 16 };

#define FIRST_MEMBER (INT64_C(1) << 59) /* lock byte of member 0 */

static uint64_t member_word(unsigned member)
{
	return OF_GENERATION | (uint64_t)member << 4 | ATTACHED;
}

static void set_blocks(struct queue_target *target, uint64_t word)
{
	for (unsigned b = 0; b < TARGET_BLOCKS; b++)
		*target_block(target, b) = word;
}

static void call_both(struct queue_target *target)
{
	for (int i = 0; i < 4; i++)
		queue_call_everything(target->queue[i & 1]);
}

/* ---- 32: the victim's blocks are said to be somebody else's */

static void take_away(void *argument)
{
	struct queue_target *target = argument;
	struct weir_lease lease;
	struct weir_loan loan;

	for (int state = FREE; state < STATES; state++) {
		for (unsigned member = 0; member < 3; member++) {
			uint64_t lie = block_word((enum state)state, member, 20,
			                          TARGET_CELLS);

			queue_target_new(target);
			put_text(target->queue[0], "a message of a block");
			put_text(target->queue[0], "small");
			lease_text(target->queue[1], &lease,
			           "a message of a block", 1);
			must_be(weir_queue_reserve(target->queue[0], 20,
			                           WEIR_NOWAIT, &loan),
			        0);
			set_blocks(target, lie);
			must_be_sane(weir_queue_commit(target->queue[0], &loan),
			             0);
			weir_queue_abandon(target->queue[0], &loan);
			must_be(weir_queue_done(target->queue[1], &lease),
			        -EPERM);
			must_be(weir_queue_giveback(target->queue[1], &lease),
			        -EPERM);
			call_both(target);
			queue_target_end(target);
		}
	}
}

static void test_32_blocks_that_change_hands_are_no_lease_any_more(void **state)
{
	queue_attack(take_away);
}

static void free_members(void *argument)
{
	struct queue_target *target = argument;

	for (uint64_t lie = 0; lie < 16; lie++) {
		queue_target_new(target);
		for (unsigned i = 0; i < MEMBERS; i++)
			*target_at(target, AT_MEMBERS + 8 * i) = lie;
		put_text(target->queue[0], "as before");
		get_text(target->queue[1], "as before");
		call_both(target);
		queue_target_end(target);
	}
}

static void test_32_members_said_to_be_gone_go_on(void **state)
{
	queue_attack(free_members);
}

/* ---- 34: what a dead member is said to have had */

static void return_everything(void *argument)
{
	struct queue_target *target = argument;
	char buffer[100];
	int count = 0;
	ssize_t code;

	queue_target_new(target);
	set_blocks(target, block_word(RETURNED, 7, TARGET_BLOCK, 3));
	*target_at(target, AT_BLOCKS_READY) = TARGET_BLOCKS;
	*target_at(target, AT_RETURNED) = (1 << 24) - 1;
	must_be(weir_queue_size(target->queue[0]), TARGET_BLOCKS);
	while ((code = weir_queue_get(target->queue[1], buffer, 100,
	                              WEIR_NOWAIT)) >= 0) {
		must_be(code, TARGET_BLOCK);
		count++;
	}
	must_be(code, -EAGAIN);
	must_be(count, TARGET_BLOCKS);
	call_both(target);
	queue_target_end(target);
}

static void test_34_what_never_was_comes_back_once(void **state)
{
	queue_attack(return_everything);
}

/* Each state, of a member that is said to live, and whose byte is free. */
static void bury_lies(void *argument)
{
	struct queue_target *target = argument;

	for (int state = FREE; state < STATES; state++) {
		for (unsigned stamp = 0; stamp < 3; stamp++) {
			queue_target_new(target);
			put_text(target->queue[0], "a message of a block");
			set_blocks(target, block_word((enum state)state, 7,
			                              OF_LENGTH_LONG,
			                              stamp * TARGET_CELLS));
			*target_at(target, AT_BLOCKS_READY) = TARGET_BLOCKS;
			*target_at(target, AT_MEMBERS + 8 * 7) = member_word(7);
			call_both(target);
			call_both(target);
			queue_target_end(target);
		}
	}
}

static void test_34_lies_about_a_dead_member_are_settled(void **state)
{
	queue_attack(bury_lies);
}

static void everybody_died(void *argument)
{
	struct queue_target *target = argument;
	int64_t begun;

	queue_target_new(target);
	for (unsigned i = 2; i < MEMBERS; i++)
		*target_at(target, AT_MEMBERS + 8 * i) = member_word(i);
	begun = now();
	get_nothing(target->queue[0]);
	must(now() - begun < SOON);
	call_both(target);
	queue_target_end(target);
}

static void test_34_a_thousand_dead_members_are_settled_soon(void **state)
{
	queue_attack(everybody_died);
}

/* ---- 33, 35, 36: lock bytes */

struct locker {
	struct queue_target target;
	int64_t first, bytes;
	int locked;
};

/* Waits for the bytes, and stops with them. */
static void lock_and_stop(void *argument)
{
	struct locker *locker = argument;
	struct flock lock = { .l_type = F_WRLCK,
		              .l_whence = SEEK_SET,
		              .l_start = locker->first,
		              .l_len = locker->bytes };
	char path[NAME_PATH];
	int fd;

	name_path(path, locker->target.name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	must(fd >= 0);
	step_post(locker->locked);
	must_be(fcntl(fd, F_OFD_SETLKW, &lock), 0);
	step_post(locker->locked);
	raise(SIGSTOP);
}

static pid_t locker_start(struct locker *locker)
{
	pid_t child;

	locker->locked = step_new();
	child = child_start(lock_and_stop, locker);
	step_await(locker->locked);
	return child;
}

static void locker_end(struct locker *locker, pid_t child)
{
	child_kill(child);
	step_free(locker->locked);
}

/* The target has two places, and the locker's copies of its handles have two. */
enum { FIRST_LEFT = 4 };

static void take_every_place(void *argument)
{
	struct locker locker = { .first = FIRST_MEMBER + FIRST_LEFT,
		                 .bytes = MEMBERS - FIRST_LEFT };
	struct queue_target *target = &locker.target;
	struct weir_queue *late = NULL;
	int64_t begun;
	pid_t child;

	target->name = ((struct queue_target *)argument)->name;
	queue_target_new(target);
	child = locker_start(&locker);
	step_await(locker.locked);
	for (unsigned i = FIRST_LEFT; i < MEMBERS; i++)
		*target_at(target, AT_MEMBERS + 8 * i) = member_word(i);
	begun = now();
	must_be(weir_queue_open(&late, target->name), -EAGAIN);
	must_be(weir_queue_open_fd(&late, weir_queue_fd(target->queue[0])),
	        -EAGAIN);
	must(late == NULL && now() - begun < SOON);
	put_text(target->queue[0], "as before");
	get_text(target->queue[1], "as before");
	get_nothing(target->queue[0]);
	call_both(target);
	locker_end(&locker, child);
	must_be(weir_queue_open(&late, target->name), 0);
	weir_queue_close(late);
	queue_target_end(target);
}

static void test_33_35_every_place_locked_is_eagain_for_the_next(void **state)
{
	queue_attack(take_every_place);
}

static void lock_everything(void *argument)
{
	struct locker locker = { .first = 0, .bytes = 0 };
	struct queue_target *target = &locker.target;
	struct weir_queue *late = NULL;
	struct weir_queue_options options = { .capacity = 1 };
	int64_t begun = now();
	pid_t child;

	target->name = ((struct queue_target *)argument)->name;
	must_be(weir_queue_create(&late, target->name, &options), 0);
	weir_queue_close(late);
	child = locker_start(&locker);
	step_await(locker.locked);
	late = NULL;
	must_be(weir_queue_open(&late, target->name), -EAGAIN);
	must_be(weir_queue_open_or_create(&late, target->name, &options),
	        -EAGAIN);
	must(late == NULL && now() - begun < SOON);
	locker_end(&locker, child);
	must_be(weir_unlink(target->name), 0);
}

static void test_35_all_bytes_locked_make_nobody_wait(void **state)
{
	queue_attack(lock_everything);
}

static void lease_for_ever(void *argument)
{
	struct queue_target *target = argument;
	struct weir_queue *queue;
	struct weir_lease lease;

	must_be(weir_queue_open(&queue, target->name), 0);
	lease_text(queue, &lease, "taken with it", 1);
	raise(SIGSTOP);
}

/* Who would recover the dead one holds its byte, and never does. */
static void hold_the_dead(void *argument)
{
	struct locker locker = { .first = FIRST_MEMBER + FIRST_LEFT,
		                 .bytes = 1 };
	struct queue_target *target = &locker.target;
	struct weir_lease lease;
	pid_t dead, child;

	target->name = ((struct queue_target *)argument)->name;
	queue_target_new(target);
	put_text(target->queue[0], "taken with it");
	dead = child_start(lease_for_ever, target);
	until_stopped(dead);
	child = locker_start(&locker); /* it sleeps for the byte */
	child_kill(dead);
	step_await(locker.locked);
	until_stopped(child);
	for (int i = 0; i < 100; i++) {
		put_text(target->queue[0], "others go on");
		get_text(target->queue[1], "others go on");
		get_nothing(target->queue[1]);
	}
	must_be(weir_queue_lease(target->queue[1], WEIR_MS(150), &lease),
	        -ETIMEDOUT);
	locker_end(&locker, child);
	lease_text(target->queue[1], &lease, "taken with it", 2);
	must_be(weir_queue_done(target->queue[1], &lease), 0);
	queue_target_end(target);
}

static void test_36_who_holds_a_dead_ones_byte_holds_up_no_other(void **state)
{
	queue_attack(hold_the_dead);
}

/* ---- 37: words with the victim's number */

static void blame_the_victim(void *argument)
{
	static const enum state states[] = { DRAFT,   TAKEN,     POSTED,
		                             LEASING, FINISHING, FREEING };
	struct queue_target *target = argument;
	struct weir_queue *next;

	for (int i = 0; i < 6; i++) {
		queue_target_new(target);
		*target_at(target, AT_BLOCKS_READY) = TARGET_BLOCKS;
		set_blocks(target, block_word(states[i], 1, 20, 1000));
		/* There is no block, but for messages that need none. */
		must_be(weir_queue_put(target->queue[0], "a message of a block",
		                       20, WEIR_NOWAIT),
		        -EAGAIN);
		put_text(target->queue[0], "small");
		get_text(target->queue[1], "small");
		/* They are its own: so they come back when it goes. */
		weir_queue_close(target->queue[1]);
		target->queue[1] = NULL;
		must_be(weir_queue_open(&next, target->name), 0);
		drain(next);
		put_text(target->queue[0], "a message of a block");
		get_text(next, "a message of a block");
		weir_queue_close(next);
		queue_target_end(target);
	}
}

static void test_37_blocks_in_the_victims_name_go_with_it(void **state)
{
	queue_attack(blame_the_victim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(
			test_32_blocks_that_change_hands_are_no_lease_any_more),
		sentence(test_32_members_said_to_be_gone_go_on),
		sentence(test_34_what_never_was_comes_back_once),
		sentence(test_34_lies_about_a_dead_member_are_settled),
		sentence(test_34_a_thousand_dead_members_are_settled_soon),
		sentence(test_33_35_every_place_locked_is_eagain_for_the_next),
		sentence(test_35_all_bytes_locked_make_nobody_wait),
		sentence(test_36_who_holds_a_dead_ones_byte_holds_up_no_other),
		sentence(test_37_blocks_in_the_victims_name_go_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
