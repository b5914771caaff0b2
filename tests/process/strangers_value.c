/* SPDX-License-Identifier: MIT */
/*
 * Two programs that may be built for different sizes of a pointer share values
 * and an array of one region; one of them may die with a lock.
 *
 * usage: strangers_value create|open|die NAME
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <weir/array.h>
#include <weir/region.h>
#include <weir/value.h>

enum { LENGTH = 50, TURNS = 100 };

/* The same for both: 64-bit numbers stand at multiples of 8. */
struct greeting {
	int64_t number __attribute__((aligned(8)));
	int32_t size_of_long;
	char text[36];
};

struct shared {
	struct weir_region *region;
	struct weir_value *turn;
	struct weir_value *greeting;
	struct weir_value *native;
	struct weir_array *numbers;
};

#define must(condition)                                                        \
	((condition) ? (void)0 : fail(__FILE__, __LINE__, #condition))

static void fail(const char *file, int line, const char *text)
{
	fprintf(stderr, "%s:%d: %zu bits: not so: %s\n", file, line,
	        8 * sizeof(void *), text);
	exit(1);
}

static void greet(struct shared *shared, int64_t number)
{
	struct greeting greeting = { number, (int32_t)sizeof(long), "" };

	snprintf(greeting.text, sizeof(greeting.text), "number %lld",
	         (long long)number);
	must(weir_value_store(shared->greeting, &greeting) == 0);
}

static struct greeting greeted(struct shared *shared, int64_t number)
{
	struct greeting greeting;
	char text[36] = "";

	must(weir_value_load(shared->greeting, &greeting) == 0);
	snprintf(text, sizeof(text), "number %lld", (long long)number);
	must(greeting.number == number);
	must(strcmp(greeting.text, text) == 0);
	return greeting;
}

static void add_to_all(struct shared *shared)
{
	long long all[LENGTH];

	must(weir_array_lock(shared->numbers, WEIR_FOREVER) == 0);
	must(weir_array_load(shared->numbers, 0, LENGTH, all) == 0);
	for (int i = 0; i < LENGTH; i++)
		all[i] += 5000000000LL;
	must(weir_array_store(shared->numbers, 0, LENGTH, all) == 0);
	must(weir_array_unlock(shared->numbers) == 0);
}

static void check_all(struct shared *shared, long long turns)
{
	long long all[LENGTH];

	must(weir_array_snapshot(shared->numbers, 0, LENGTH, all) == 0);
	for (int i = 0; i < LENGTH; i++)
		must(all[i] == turns * 5000000000LL);
}

/* Both take turns: the number says whose it is. */
static void take_turns(struct shared *shared, int first, int last, bool dies)
{
	for (int turn = first; turn < last; turn += 2) {
		while (weir_value_load_i(shared->turn) != turn)
			must(weir_value_wait_i(shared->turn, turn - 1,
			                       WEIR_SECONDS(30)) == 0);
		if (turn > 0)
			greeted(shared, turn - 1);
		greet(shared, turn);
		check_all(shared, turn);
		add_to_all(shared);
		if (dies && turn + 2 >= last) {
			must(weir_array_lock(shared->numbers, WEIR_FOREVER) ==
			     0);
			weir_value_fetch_add_i(shared->turn, 1);
			raise(SIGKILL);
		}
		weir_value_fetch_add_i(shared->turn, 1);
	}
}

static void create(struct shared *shared, const char *name)
{
	struct weir_value_options options = { .record_size =
		                                      sizeof(struct greeting) };
	struct weir_value_options plain = { .record_size = 0 };
	struct weir_array_options array = { .record_size = 0 };
	int code;

	must(weir_region_create(&shared->region, name, 65536, NULL) == 0);
	options.segment.region = plain.segment.region = array.segment.region =
		shared->region;
	must(weir_value_create(&shared->greeting, "greeting", WEIR_RECORD,
	                       &options) == 0);
	must(weir_value_create(&shared->native, "native", 'l', &plain) == 0);
	must(weir_array_create(&shared->numbers, "numbers", 'q', LENGTH,
	                       &array) == 0);
	greet(shared, 0);
	must(weir_value_create(&shared->turn, "turn", 'i', &plain) == 0);
	take_turns(shared, 0, TURNS, false);
	while (weir_value_load_i(shared->turn) != TURNS)
		must(weir_value_wait_i(shared->turn, TURNS - 1,
		                       WEIR_SECONDS(30)) == 0);
	check_all(shared, TURNS);
	greeted(shared, TURNS - 1);
	/* Who died had it. */
	code = weir_array_lock(shared->numbers, WEIR_FOREVER);
	must(code == 0 || code == WEIR_OWNER_DIED);
	must(weir_array_unlock(shared->numbers) == 0);
	add_to_all(shared);
	check_all(shared, TURNS + 1);
}

static void open_when_there(struct shared *shared, const char *name)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	int code;

	while ((code = weir_region_open(&shared->region, name)) == -ENOENT)
		nanosleep(&pause, NULL);
	must(code == 0);
	while ((code = weir_value_open_in(&shared->turn, shared->region,
	                                  "turn")) == -ENOENT)
		nanosleep(&pause, NULL);
	must(code == 0);
	must(weir_value_open_in(&shared->greeting, shared->region,
	                        "greeting") == 0);
	must(weir_array_open_in(&shared->numbers, shared->region, "numbers") ==
	     0);
}

static void join(struct shared *shared, const char *name, bool dies)
{
	struct greeting greeting;
	int code;

	open_when_there(shared, name);
	must(weir_value_load(shared->greeting, &greeting) == 0);
	code = weir_value_open_in(&shared->native, shared->region, "native");
	must(code == (greeting.size_of_long == sizeof(long) ? 0 : -EPROTO));
	take_turns(shared, 1, TURNS, dies);
}

int main(int argc, char **argv)
{
	struct shared shared = { 0 };

	alarm(60);
	if (argc != 3)
		return 2;
	if (strcmp(argv[1], "create") == 0)
		create(&shared, argv[2]);
	else if (strcmp(argv[1], "open") == 0)
		join(&shared, argv[2], false);
	else if (strcmp(argv[1], "die") == 0)
		join(&shared, argv[2], true);
	else
		return 2;
	weir_value_close(shared.turn);
	weir_value_close(shared.greeting);
	weir_value_close(shared.native);
	weir_array_close(shared.numbers);
	weir_region_close(shared.region);
	return 0;
}
