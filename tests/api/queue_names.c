/* SPDX-License-Identifier: MIT */
/* Queues by name and by descriptor: who gets which, and what is none. */
#include "child.h"
#include "names.h"
#include "queues.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <weir/pipe.h>
#include <weir/region.h>

static const struct weir_queue_options three = { .capacity = 3 };

static struct weir_queue *create(const char *name)
{
	struct weir_queue *queue;

	must_be(weir_queue_create(&queue, name, &three), 0);
	return queue;
}

static struct weir_queue *open_again(const char *name)
{
	struct weir_queue *queue;

	must_be(weir_queue_open(&queue, name), 0);
	return queue;
}

static void refuse(const char *name, int code)
{
	struct weir_queue *none = NULL;

	must_be(weir_queue_open(&none, name), code);
	must(none == NULL);
}

static void test_all_who_open_a_name_have_the_same_queue(void **state)
{
	const char *name = name_new("same");
	struct weir_queue *queues[4] = { create(name) };

	must(name_exists(name));
	for (int i = 1; i < 4; i++)
		queues[i] = open_again(name);
	for (int i = 0; i < 4; i++) {
		must_be(weir_queue_capacity(queues[i]), 3);
		put_text(queues[i], "from one");
		must_have(queues[(i + 1) % 4], 1, false);
		get_text(queues[(i + 3) % 4], "from one");
		must_have(queues[i], 0, false);
	}
	for (int i = 0; i < 4; i++)
		weir_queue_close(queues[i]);
	must(name_exists(name));
}

static void test_what_was_put_outlives_all_handles(void **state)
{
	const char *name = name_new("outlives");
	struct weir_queue *queue = create(name);

	put_text(queue, "one");
	put_text(queue, "two");
	weir_queue_close(queue);
	queue = open_again(name);
	must_have(queue, 2, false);
	get_text(queue, "one");
	weir_queue_close(queue);
	must_be(weir_queue_open_or_create(&queue, name, NULL), 0);
	must_be(weir_queue_capacity(queue), 3);
	get_text(queue, "two");
	get_nothing(queue);
	weir_queue_close(queue);
}

/* The whole file, to be freed. */
static unsigned char *content(const char *name, struct stat *facts)
{
	char path[NAME_PATH];
	unsigned char *bytes;
	int fd;

	name_path(path, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	must(fd >= 0);
	must_be(fstat(fd, facts), 0);
	bytes = malloc((size_t)facts->st_size);
	must(bytes);
	must_be(read(fd, bytes, (size_t)facts->st_size), facts->st_size);
	close(fd);
	return bytes;
}

static void test_o1_create_of_an_existing_name_changes_nothing(void **state)
{
	struct weir_queue_options options = { .capacity = 7,
		                              .segment.mode = 0666 };
	const char *name = name_new("taken");
	struct weir_queue *queue = create(name), *none = NULL;
	unsigned char *before, *after;
	struct stat was, is;

	put_text(queue, "a message that waits");
	before = content(name, &was);
	must_be(weir_queue_create(&none, name, &options), -EEXIST);
	must(none == NULL);
	after = content(name, &is);
	must_be(is.st_ino, was.st_ino);
	must_be(is.st_mode, was.st_mode);
	must_be(is.st_size, was.st_size);
	must(memcmp(before, after, (size_t)was.st_size) == 0);
	free(before);
	free(after);
	get_text(queue, "a message that waits");
	weir_queue_close(queue);
	must_be(weir_queue_create(&none, name, NULL), -EEXIST);
	must(none == NULL);
}

static void test_o2_a_name_of_another_kind_is_refused(void **state)
{
	const char *names[] = { name_new("queue"), name_new("pipe"),
		                name_new("region"), name_new("missing") };
	struct weir_queue *queue = create(names[0]), *none = NULL;
	struct weir_region *region, *no_region = NULL;
	struct weir_pipe *end, *no_pipe = NULL;

	must_be(weir_pipe_create(&end, names[1], NULL), 0);
	must_be(weir_region_create(&region, names[2], 65536, NULL), 0);
	refuse(names[1], -EPROTO);
	refuse(names[2], -EPROTO);
	refuse(names[3], -ENOENT);
	must_be(weir_queue_open_or_create(&none, names[1], NULL), -EPROTO);
	must_be(weir_queue_open_or_create(&none, names[2], NULL), -EPROTO);
	must_be(weir_queue_create(&none, names[1], NULL), -EEXIST);
	must_be(weir_queue_open_fd(&none, weir_pipe_fd(end)), -EPROTO);
	must_be(weir_queue_open_fd(&none, weir_region_fd(region)), -EPROTO);
	must(none == NULL);
	must_be(weir_pipe_open(&no_pipe, names[0]), -EPROTO);
	must_be(weir_pipe_open_fd(&no_pipe, weir_queue_fd(queue)), -EPROTO);
	must_be(weir_region_open(&no_region, names[0]), -EPROTO);
	must_be(weir_region_open_fd(&no_region, weir_queue_fd(queue)), -EPROTO);
	must(no_pipe == NULL && no_region == NULL);
	weir_pipe_close(end);
	weir_region_close(region);
	weir_queue_close(queue);
}

/* Magic, version and byte order stand in the first 16 bytes. */
static void test_o2_a_queue_of_another_version_is_refused(void **state)
{
	const char *name = name_new("version");
	struct weir_queue *queue = create(name), *other;
	char path[NAME_PATH];
	unsigned char byte;
	int fd;

	name_path(path, name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	must(fd >= 0);
	for (off_t at = 0; at < 16; at++) {
		must_be(pread(fd, &byte, 1, at), 1);
		byte ^= 0x10;
		must_be(pwrite(fd, &byte, 1, at), 1);
		refuse(name, -EPROTO);
		byte ^= 0x10;
		must_be(pwrite(fd, &byte, 1, at), 1);
	}
	other = open_again(name);
	put_text(queue, "as before");
	get_text(other, "as before");
	weir_queue_close(other);
	weir_queue_close(queue);
	close(fd);
}

static void put_and_get(void *argument)
{
	struct weir_queue *queue = argument;

	put_text(queue, "from a child");
	get_text(queue, "from a parent");
}

static void test_o3_handles_go_on_after_unlink(void **state)
{
	const char *name = name_new("unlinked");
	struct weir_queue *queue = create(name), *again;
	pid_t child;

	must_be(weir_unlink(name), 0);
	must_be(weir_unlink(name), -ENOENT);
	must(!name_exists(name));
	refuse(name, -ENOENT);
	put_text(queue, "from a parent");
	child = child_start(put_and_get, queue);
	child_join(child);
	get_text(queue, "from a child");
	/* The name is free for another one. */
	again = create(name);
	put_text(again, "new");
	get_nothing(queue);
	weir_queue_close(again);
	weir_queue_close(queue);
}

/* Simultaneous creators meet at a gate. */
struct race {
	const char *name;
	int *winners; /* shared */
	int gate, opened, leave;
};

static void create_in_a_race(void *argument)
{
	struct race *race = argument;
	struct weir_queue *queue = NULL;
	int code;

	step_await(race->gate);
	code = weir_queue_create(&queue, race->name, &three);
	must(code == 0 || code == -EEXIST);
	must((code == 0) == (queue != NULL));
	__atomic_add_fetch(race->winners, code == 0, __ATOMIC_SEQ_CST);
}

static void open_or_create_in_a_race(void *argument)
{
	struct race *race = argument;
	struct weir_queue *queue;

	step_await(race->gate);
	must_be(weir_queue_open_or_create(&queue, race->name, &three), 0);
	put_text(queue, "hello");
	step_post(race->opened);
	step_await(race->leave);
}

enum { RACERS = 3 };

static void race_begin(struct race *race, void (*body)(void *), pid_t *children)
{
	*race = (struct race){ name_new("race"), shared_new(sizeof(int)),
		               step_new(), step_new(), step_new() };
	for (int i = 0; i < RACERS; i++)
		children[i] = child_start(body, race);
	for (int i = 0; i < RACERS; i++)
		step_post(race->gate);
}

static void race_end(struct race *race)
{
	must_be(weir_unlink(race->name), 0);
	shared_free(race->winners, sizeof(int));
	step_free(race->gate);
	step_free(race->opened);
	step_free(race->leave);
	names_forget();
}

static void test_o4_of_simultaneous_creators_one_wins(void **state)
{
	pid_t children[RACERS];
	struct race race;

	for (int i = 0; i < 200; i++) {
		race_begin(&race, create_in_a_race, children);
		for (int k = 0; k < RACERS; k++)
			child_join(children[k]);
		must_be(*race.winners, 1);
		weir_queue_close(open_again(race.name));
		race_end(&race);
	}
}

static void test_o4_simultaneous_open_or_create_meet(void **state)
{
	pid_t children[RACERS];
	struct weir_queue *queue;
	struct race race;

	for (int i = 0; i < 200; i++) {
		race_begin(&race, open_or_create_in_a_race, children);
		for (int k = 0; k < RACERS; k++)
			step_await(race.opened);
		queue = open_again(race.name);
		must_have(queue, RACERS, true);
		weir_queue_close(queue);
		for (int k = 0; k < RACERS; k++)
			step_post(race.leave);
		for (int k = 0; k < RACERS; k++)
			child_join(children[k]);
		race_end(&race);
	}
}

static void test_the_mode_is_the_files_whatever_the_umask(void **state)
{
	struct weir_queue_options options = { .segment.mode = 0660 };
	const char *name = name_new("mode");
	struct weir_queue *queue;
	mode_t before = umask(077);
	char path[NAME_PATH];
	struct stat facts;

	must_be(weir_queue_create(&queue, name, &options), 0);
	umask(before);
	name_path(path, name);
	must_be(stat(path, &facts), 0);
	must_be(facts.st_mode, S_IFREG | 0660);
	weir_queue_close(queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_all_who_open_a_name_have_the_same_queue),
		sentence(test_what_was_put_outlives_all_handles),
		sentence(test_o1_create_of_an_existing_name_changes_nothing),
		sentence(test_o2_a_name_of_another_kind_is_refused),
		sentence(test_o2_a_queue_of_another_version_is_refused),
		sentence(test_o3_handles_go_on_after_unlink),
		sentence(test_o4_of_simultaneous_creators_one_wins),
		sentence(test_o4_simultaneous_open_or_create_meet),
		sentence(test_the_mode_is_the_files_whatever_the_umask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
