/* SPDX-License-Identifier: MIT */
/* L4: put_many and get_many move what they can, in order, and say how many. */
#include "child.h"
#include "queues.h"

enum { MOST = 8, ROOM = 400 };

/* Buffers of `size` bytes each; the pattern of message `first + i` in the ith.
 */
struct batch {
	unsigned char bytes[MOST][ROOM];
	struct iovec parts[MOST];
};

static void batch_fill(struct batch *batch, uint64_t first, size_t step)
{
	for (size_t i = 0; i < MOST; i++) {
		size_t size = (first + i) * step % ROOM;

		pattern_fill(batch->bytes[i], size, first + i);
		batch->parts[i] = (struct iovec){ batch->bytes[i], size };
	}
}

static void batch_clear(struct batch *batch)
{
	memset(batch->bytes, 0, sizeof(batch->bytes));
	for (size_t i = 0; i < MOST; i++)
		batch->parts[i] = (struct iovec){ batch->bytes[i], ROOM };
}

static void batch_holds(const struct batch *batch, size_t count, uint64_t first,
                        size_t step)
{
	for (size_t i = 0; i < count; i++) {
		must(batch->parts[i].iov_base == batch->bytes[i]);
		must_be(batch->parts[i].iov_len, (first + i) * step % ROOM);
		must(pattern_holds(batch->bytes[i], batch->parts[i].iov_len,
		                   first + i));
	}
	for (size_t i = count; i < MOST; i++)
		must_be(batch->parts[i].iov_len, ROOM);
}

static void test_l4_batches_move_what_there_is_room_for(void **state)
{
	struct weir_queue *queue = queue_with(
		&(struct weir_queue_options){ .capacity = 5, .memory = 65536 });
	static struct batch batch;

	batch_fill(&batch, 0, 61);
	must_be(weir_queue_put_many(queue, batch.parts, 8, WEIR_FOREVER), 5);
	must_have(queue, 5, true);
	must_be(weir_queue_put_many(queue, batch.parts, 8, WEIR_NOWAIT),
	        -EAGAIN);
	batch_clear(&batch);
	must_be(weir_queue_get_many(queue, batch.parts, 3, WEIR_FOREVER), 3);
	batch_holds(&batch, 3, 0, 61);
	must_have(queue, 2, false);
	batch_clear(&batch);
	must_be(weir_queue_get_many(queue, batch.parts, 8, WEIR_FOREVER), 2);
	batch_holds(&batch, 2, 3, 61);
	batch_clear(&batch);
	must_be(weir_queue_get_many(queue, batch.parts, 8, WEIR_NOWAIT),
	        -EAGAIN);
	must_be(weir_queue_get_many(queue, batch.parts, 8, WEIR_MS(1)),
	        -ETIMEDOUT);
	batch_holds(&batch, 0, 0, 61);
	weir_queue_close(queue);
}

static void test_l4_a_batch_of_none_is_none(void **state)
{
	struct weir_queue *queue = queue_of(1);
	struct iovec part = { NULL, 0 };

	must_be(weir_queue_put_many(queue, &part, 0, WEIR_FOREVER), 0);
	must_be(weir_queue_put_many(queue, NULL, 0, WEIR_FOREVER), 0);
	must_have(queue, 0, false);
	put_text(queue, "full");
	must_be(weir_queue_put_many(queue, NULL, 0, WEIR_FOREVER), 0);
	must_be(weir_queue_get_many(queue, NULL, 0, WEIR_NOWAIT), 0);
	must_have(queue, 1, true);
	get_text(queue, "full");
	weir_queue_close(queue);
}

static void test_l4_batches_and_single_messages_mix(void **state)
{
	struct weir_queue *queue = queue_with(
		&(struct weir_queue_options){ .capacity = 6, .memory = 65536 });
	static struct batch batch;
	uint64_t put = 0, got = 0, random = 44;
	ssize_t count;

	while (got < 20000) {
		batch_fill(&batch, put, 97);
		count = weir_queue_put_many(queue, batch.parts,
		                            1 + random_next(&random) % MOST,
		                            WEIR_NOWAIT);
		put += count > 0 ? (uint64_t)count : 0;
		must_be(weir_queue_size(queue), put - got);
		batch_clear(&batch);
		count = weir_queue_get_many(queue, batch.parts,
		                            1 + random_next(&random) % MOST,
		                            WEIR_NOWAIT);
		must(count > 0);
		batch_holds(&batch, (size_t)count, got, 97);
		got += (uint64_t)count;
		if (got == put)
			continue;
		get_pattern(queue, batch.bytes[0], got * 97 % ROOM, got);
		got++;
	}
	weir_queue_close(queue);
}

static void test_l4_what_can_never_fit_ends_a_batch(void **state)
{
	struct weir_queue *queue = queue_with(
		&(struct weir_queue_options){ .capacity = 10, .memory = 4096 });
	static char large[1 << 20];
	struct iovec parts[] = { { large, 10 },
		                 { large, 300 },
		                 { large, sizeof(large) },
		                 { large, 5 } };

	must_be(weir_queue_put_many(queue, parts, 4, WEIR_FOREVER), 2);
	must_have(queue, 2, false);
	must_be(weir_queue_put_many(queue, parts + 2, 2, WEIR_FOREVER),
	        -EMSGSIZE);
	must_have(queue, 2, false);
	must_be(drain(queue), 2);
	weir_queue_close(queue);
}

static void test_l4_too_small_a_buffer_ends_a_batch(void **state)
{
	struct weir_queue *queue = queue_of(10);
	static struct batch batch;

	put_text(queue, "one");
	put_text(queue, "second message");
	put_text(queue, "three");
	batch_clear(&batch);
	batch.parts[1].iov_len = 13;
	must_be(weir_queue_get_many(queue, batch.parts, 3, WEIR_FOREVER), 1);
	must_be(batch.parts[0].iov_len, 3);
	must_be(batch.parts[1].iov_len, 13);
	must_be(batch.parts[2].iov_len, ROOM);
	must_have(queue, 2, false);
	must_be(weir_queue_get_many(queue, batch.parts + 1, 2, WEIR_NOWAIT),
	        -EMSGSIZE);
	must_be(batch.parts[1].iov_len, 13);
	batch.parts[1].iov_len = 14;
	must_be(weir_queue_get_many(queue, batch.parts + 1, 2, WEIR_NOWAIT), 2);
	must(memcmp(batch.bytes[1], "second message", 14) == 0);
	must(memcmp(batch.bytes[2], "three", 5) == 0);
	must_be(batch.parts[1].iov_len, 14);
	must_be(batch.parts[2].iov_len, 5);
	weir_queue_close(queue);
}

/* Memory runs out before the capacity does. */
static void test_l4_a_batch_ends_where_the_memory_does(void **state)
{
	struct weir_queue *queue = queue_with(&(struct weir_queue_options){
		.capacity = 1000, .block_size = 4096, .memory = 3 * 4096 });
	static char large[4096];
	struct iovec parts[MOST];
	ssize_t first;

	for (int i = 0; i < MOST; i++)
		parts[i] = (struct iovec){ large, sizeof(large) };
	first = weir_queue_put_many(queue, parts, MOST, WEIR_FOREVER);
	must(first >= 3 && first < MOST);
	must_be(weir_queue_put_many(queue, parts, MOST, WEIR_NOWAIT), -EAGAIN);
	must_be(drain(queue), first);
	must_be(weir_queue_put_many(queue, parts, MOST, WEIR_MS(1)), first);
	weir_queue_close(queue);
}

struct patience {
	struct weir_queue *queue;
	int ready;
};

static void get_two(void *argument)
{
	struct patience *patience = argument;
	static struct batch batch;
	ssize_t count;

	batch_clear(&batch);
	step_post(patience->ready);
	count = weir_queue_get_many(patience->queue, batch.parts, MOST,
	                            WEIR_FOREVER);
	must(count == 1 || count == 2);
	batch_holds(&batch, (size_t)count, 1, 61);
	if (count == 1)
		get_pattern(patience->queue, batch.bytes[0], 122, 2);
}

static void test_l4_get_many_waits_for_the_first_message_only(void **state)
{
	struct patience patience = { queue_of(10), step_new() };
	unsigned char buffer[ROOM];
	pid_t child;

	for (int i = 0; i < 50; i++) {
		child = child_start(get_two, &patience);
		step_await(patience.ready);
		if (i % 2)
			until_asleep(child);
		put_pattern(patience.queue, buffer, 61, 1);
		put_pattern(patience.queue, buffer, 122, 2);
		child_join(child);
		must_have(patience.queue, 0, false);
	}
	step_free(patience.ready);
	weir_queue_close(patience.queue);
}

static void put_eight(void *argument)
{
	struct patience *patience = argument;
	static struct batch batch;
	ssize_t count;

	batch_fill(&batch, 1, 61);
	step_post(patience->ready);
	count = weir_queue_put_many(patience->queue, batch.parts, MOST,
	                            WEIR_FOREVER);
	must(count == 1 || count == 2);
}

static void test_l4_put_many_waits_for_the_first_room_only(void **state)
{
	struct patience patience = { queue_of(2), step_new() };
	unsigned char buffer[ROOM];
	pid_t child;

	for (int i = 0; i < 50; i++) {
		put_text(patience.queue, "one");
		put_text(patience.queue, "two");
		child = child_start(put_eight, &patience);
		step_await(patience.ready);
		if (i % 2)
			until_asleep(child);
		get_text(patience.queue, "one");
		get_text(patience.queue, "two");
		child_join(child);
		get_pattern(patience.queue, buffer, 61, 1);
		drain(patience.queue);
	}
	step_free(patience.ready);
	weir_queue_close(patience.queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_l4_batches_move_what_there_is_room_for),
		sentence(test_l4_a_batch_of_none_is_none),
		sentence(test_l4_batches_and_single_messages_mix),
		sentence(test_l4_what_can_never_fit_ends_a_batch),
		sentence(test_l4_too_small_a_buffer_ends_a_batch),
		sentence(test_l4_a_batch_ends_where_the_memory_does),
		sentence(test_l4_get_many_waits_for_the_first_message_only),
		sentence(test_l4_put_many_waits_for_the_first_room_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
