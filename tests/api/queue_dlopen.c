/* SPDX-License-Identifier: MIT */
/*
 * Q15: a library that is loaded late, as by a plug-in, works like any other, and
 * so do its handles in forked children.
 *
 * usage: queue_dlopen LIBRARY
 */
#include "child.h"
#include "queues.h"

#include <dlfcn.h>
#include <pthread.h>

static const char *path;

/* What of it is used here; all by symbol, so that nothing loads it before. */
static struct late {
	void *library;
	int (*create)(struct weir_queue **, const char *,
	              const struct weir_queue_options *);
	int (*put)(struct weir_queue *, const void *, size_t, int64_t);
	ssize_t (*get)(struct weir_queue *, void *, size_t, int64_t);
	void (*close)(struct weir_queue *);
	struct weir_queue *queue;
} late;

/* ISO C knows no way from a void pointer to a function's. */
static void find(void *function, const char *name)
{
	void *symbol = dlsym(late.library, name);

	must(symbol);
	memcpy(function, &symbol, sizeof(symbol));
}

static void load(void)
{
	must(!dlsym(RTLD_DEFAULT, "weir_queue_create"));
	late.library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!late.library)
		print_error("%s\n", dlerror());
	must(late.library);
	find(&late.create, "weir_queue_create");
	find(&late.put, "weir_queue_put");
	find(&late.get, "weir_queue_get");
	find(&late.close, "weir_queue_close");
	must_be(late.create(&late.queue, NULL, NULL), 0);
}

static void late_put(const char *text)
{
	must_be(late.put(late.queue, text, strlen(text), WEIR_FOREVER), 0);
}

static void late_get(const char *text)
{
	char buffer[64];
	ssize_t size =
		late.get(late.queue, buffer, sizeof(buffer), WEIR_FOREVER);

	must_be(size, strlen(text));
	must(memcmp(buffer, text, strlen(text)) == 0);
}

static void answer(void *argument)
{
	late_get("from the parent");
	late_put("from the child");
}

static void *answer_in_thread(void *argument)
{
	answer(argument);
	return NULL;
}

static void test_q15_a_queue_works_after_dlopen(void **state)
{
	pthread_t thread;

	load();
	late_put("from the parent");
	child_join(child_start(answer, NULL));
	late_get("from the child");
	late_put("from the parent");
	must_be(pthread_create(&thread, NULL, answer_in_thread, NULL), 0);
	must_be(pthread_join(thread, NULL), 0);
	late_get("from the child");
	late.close(late.queue);
	dlclose(late.library);
}

static void do_nothing(void *argument)
{
}

static void *have_child(void *argument)
{
	child_join(child_start(do_nothing, NULL));
	return NULL;
}

/* Whatever it registered with the process must not outlive it. */
static void test_forks_and_threads_go_on_after_dlclose(void **state)
{
	pthread_t thread;

	load();
	late_put("from the parent");
	late.close(late.queue);
	dlclose(late.library);
	have_child(NULL);
	must_be(pthread_create(&thread, NULL, have_child, NULL), 0);
	must_be(pthread_join(thread, NULL), 0);
	have_child(NULL);
}

int main(int count, char **words)
{
	const struct CMUnitTest tests[] = {
		sentence(test_q15_a_queue_works_after_dlopen),
		sentence(test_forks_and_threads_go_on_after_dlclose),
	};

	if (count != 2)
		return 2;
	path = words[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
