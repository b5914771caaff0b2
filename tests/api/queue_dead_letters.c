/* SPDX-License-Identifier: MIT */
/* L3: where messages go that were handed out too often. */
#include "child.h"
#include "names.h"
#include "queues.h"

#include <weir/region.h>

/* A queue and the one that takes what it gives up. */
struct post {
	const char *name;
	struct weir_queue *queue, *letters;
};

static void letters_open(struct post *post, size_t capacity)
{
	struct weir_queue_options options = { .capacity = capacity };

	must_be(weir_queue_create(&post->letters, post->name, &options), 0);
}

static void post_begin(struct post *post, unsigned most, size_t capacity)
{
	struct weir_queue_options options = {
		.capacity = 10,
		.max_deliveries = most,
		.dead_letter = post->name = name_new("letters"),
	};

	post->letters = NULL;
	if (capacity)
		letters_open(post, capacity);
	post->queue = queue_with(&options);
}

static void post_end(struct post *post)
{
	weir_queue_close(post->queue);
	weir_queue_close(post->letters);
}

/* Hands the message out `count` times, beginning with delivery `from`. */
static void hand_out(struct weir_queue *queue, const char *text, unsigned from,
                     unsigned count)
{
	struct weir_lease lease;

	for (unsigned i = 0; i < count; i++) {
		lease_text(queue, &lease, text, from + i);
		must_be(weir_queue_giveback(queue, &lease), 0);
	}
}

static void test_l3_past_max_deliveries_it_is_a_dead_letter(void **state)
{
	static const char *const texts[] = { "", "8 bytes!",
		                             "more than eight bytes" };
	struct post post;

	post_begin(&post, 3, 10);
	for (int i = 0; i < 60; i++) {
		put_text(post.queue, texts[i % 3]);
		get_nothing(post.letters);
		hand_out(post.queue, texts[i % 3], 1, 3);
		get_nothing(post.queue);
		must_have(post.queue, 0, false);
		must_have(post.letters, 1, false);
		get_text(post.letters, texts[i % 3]);
		must_be(weir_queue_dropped(post.queue), 0);
		/* There it is a task, here it is one no more. */
		must_be(weir_queue_join(post.queue, WEIR_NOWAIT), 0);
		must_be(weir_queue_join(post.letters, WEIR_NOWAIT), -EAGAIN);
		must_be(weir_queue_task_done(post.letters), 0);
	}
	post_end(&post);
}

static void test_l3_a_long_message_is_a_dead_letter_too(void **state)
{
	static unsigned char buffer[5000];
	struct weir_lease lease;
	struct post post;

	post_begin(&post, 1, 10);
	for (uint64_t i = 0; i < 50; i++) {
		size_t size = (size_t)(i * 101 % sizeof(buffer));

		put_pattern(post.queue, buffer, size, i);
		must_be(weir_queue_lease(post.queue, WEIR_FOREVER, &lease), 0);
		must_be(weir_queue_giveback(post.queue, &lease), 0);
		get_nothing(post.queue);
		get_pattern(post.letters, buffer, size, i);
	}
	post_end(&post);
}

static void test_l3_without_its_queue_it_is_handed_out_again(void **state)
{
	struct post post;

	post_begin(&post, 2, 0);
	put_text(post.queue, "nowhere to go");
	hand_out(post.queue, "nowhere to go", 1, 20);
	must_have(post.queue, 1, false);
	must_be(weir_queue_dropped(post.queue), 0);
	/* From now on there is. */
	letters_open(&post, 10);
	get_nothing(post.queue);
	get_text(post.letters, "nowhere to go");
	must_be(weir_queue_dropped(post.queue), 0);
	post_end(&post);
}

static void test_l3_while_its_queue_is_full_it_is_handed_out(void **state)
{
	struct post post;

	post_begin(&post, 1, 1);
	put_text(post.letters, "full");
	put_text(post.queue, "waits");
	hand_out(post.queue, "waits", 1, 20);
	must_have(post.letters, 1, true);
	get_text(post.letters, "full");
	get_nothing(post.queue);
	get_text(post.letters, "waits");
	get_nothing(post.letters);
	must_be(weir_queue_dropped(post.queue), 0);
	post_end(&post);
}

static void lease_and_end(void *argument)
{
	struct weir_lease lease;

	must_be(weir_queue_lease(argument, WEIR_FOREVER, &lease), 0);
}

static void test_l3_a_dead_holder_counts_as_a_delivery(void **state)
{
	struct post post;

	post_begin(&post, 3, 10);
	for (int i = 0; i < 20; i++) {
		put_text(post.queue, "kills its workers");
		for (int k = 0; k < 3; k++)
			child_join(child_start(lease_and_end, post.queue));
		get_nothing(post.queue);
		get_text(post.letters, "kills its workers");
		get_nothing(post.letters);
	}
	post_end(&post);
}

/* The longest name there is, and the slash that is ignored. */
static void test_l3_names_of_dead_letters_are_names(void **state)
{
	struct weir_queue_options options = { .capacity = 4,
		                              .max_deliveries = 1 };
	struct weir_queue *queue, *letters;
	char label[201] = "", slashed[202] = "/";

	memset(label, 'x', 200 - strlen(name_new("")));
	strcpy(slashed + 1, name_new(label));
	must_be(strlen(slashed), 201);
	must_be(weir_queue_create(&letters, slashed + 1, NULL), 0);
	options.dead_letter = slashed;
	queue = queue_with(&options);
	put_text(queue, "goes over");
	hand_out(queue, "goes over", 1, 1);
	get_nothing(queue);
	get_text(letters, "goes over");
	weir_queue_close(queue);
	weir_queue_close(letters);
}

static void test_l3_a_region_has_its_own_dead_letters(void **state)
{
	struct weir_queue_options options = { .capacity = 4 };
	const char *name = name_new("outside");
	struct weir_queue *queue, *letters, *outside;
	struct weir_region *region;

	must_be(weir_region_create(&region, NULL, 1 << 20, NULL), 0);
	must_be(weir_queue_create(&outside, name, &options), 0);
	options.segment.region = region;
	must_be(weir_queue_create(&letters, name, &options), 0);
	options.max_deliveries = 1;
	options.dead_letter = name;
	must_be(weir_queue_create(&queue, "tasks", &options), 0);
	for (int i = 0; i < 50; i++) {
		put_text(queue, "goes over");
		hand_out(queue, "goes over", 1, 1);
		get_nothing(queue);
		get_text(letters, "goes over");
		get_nothing(outside);
	}
	weir_queue_close(queue);
	weir_queue_close(letters);
	weir_queue_close(outside);
	weir_region_close(region);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_l3_past_max_deliveries_it_is_a_dead_letter),
		sentence(test_l3_a_long_message_is_a_dead_letter_too),
		sentence(test_l3_without_its_queue_it_is_handed_out_again),
		sentence(test_l3_while_its_queue_is_full_it_is_handed_out),
		sentence(test_l3_a_dead_holder_counts_as_a_delivery),
		sentence(test_l3_names_of_dead_letters_are_names),
		sentence(test_l3_a_region_has_its_own_dead_letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
