/* SPDX-License-Identifier: MIT */
#include "child.h"

#include "case.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CHILDREN_MOST = 64 };

static pid_t children[CHILDREN_MOST];

static pid_t *slot(pid_t child)
{
	for (int i = 0; i < CHILDREN_MOST; i++) {
		if (children[i] == child)
			return &children[i];
	}
	must_fail(__FILE__, __LINE__, "a child of this test");
	return NULL;
}

/*
 * cmocka's handlers would go on with the tests, here in the child.  A handler
 * of the library's own stays.
 */
static void forget_handlers(void)
{
	static const int signals[] = { SIGALRM, SIGFPE, SIGILL, SIGSEGV,
		                       SIGSYS };
	struct sigaction action;

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_DFL);
	sigaction(SIGBUS, NULL, &action);
	if (action.sa_handler == case_bus_handler())
		signal(SIGBUS, SIG_DFL);
}

static void child_run(pid_t parent, void (*body)(void *), void *argument)
{
	forget_handlers();
	memset(children, 0, sizeof(children));
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(1);
	body(argument);
	_exit(0);
}

pid_t child_start(void (*body)(void *argument), void *argument)
{
	pid_t parent = getpid();
	pid_t *place = slot(0);
	pid_t child = fork();

	must(child >= 0);
	if (child == 0)
		child_run(parent, body, argument);
	*place = child;
	return child;
}

int child_wait(pid_t child)
{
	int status;
	pid_t done;

	do
		done = waitpid(child, &status, 0);
	while (done < 0 && errno == EINTR);
	must_be(done, child);
	*slot(child) = 0;
	return status;
}

void child_join(pid_t child)
{
	int status = child_wait(child);

	must(!WIFSIGNALED(status));
	must_be(WEXITSTATUS(status), 0);
}

void child_kill(pid_t child)
{
	must_be(kill(child, SIGKILL), 0);
	child_wait(child);
}

int children_forget(void)
{
	int count = 0;

	for (int i = 0; i < CHILDREN_MOST; i++) {
		if (children[i] == 0)
			continue;
		count++;
		child_kill(children[i]);
	}
	if (waitpid(-1, NULL, WNOHANG) != -1)
		count++;
	return count;
}

void die_after(int64_t nanoseconds)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
		                  .sigev_signo = SIGKILL };
	struct itimerspec when = {
		.it_value = { .tv_sec = nanoseconds / 1000000000,
		              .tv_nsec = nanoseconds % 1000000000 },
	};
	timer_t timer;

	must(nanoseconds > 0);
	must_be(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	must_be(timer_settime(timer, 0, &when, NULL), 0);
}

/* The letter behind the name, which is in brackets and may contain any. */
static char task_state(pid_t task)
{
	char path[64], text[512] = "";
	const char *end;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)task);
	file = fopen(path, "re");
	must(file);
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	end = strrchr(text, ')');
	return end && end[1] ? end[2] : '?';
}

static void until_state(pid_t task, char wanted)
{
	static const struct timespec pause = { .tv_nsec = 100000 };

	while (task_state(task) != wanted)
		nanosleep(&pause, NULL);
}

void until_asleep(pid_t task)
{
	until_state(task, 'S');
}

void until_stopped(pid_t task)
{
	until_state(task, 'T');
}

void *shared_new(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
	                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	must(memory != MAP_FAILED);
	return memory;
}

void shared_free(void *memory, size_t size)
{
	munmap(memory, size);
}

int step_new(void)
{
	int step = eventfd(0, EFD_SEMAPHORE | EFD_CLOEXEC);

	must(step >= 0);
	return step;
}

void step_post(int step)
{
	must_be(eventfd_write(step, 1), 0);
}

void step_await(int step)
{
	eventfd_t value;
	int code;

	do
		code = eventfd_read(step, &value);
	while (code < 0 && errno == EINTR);
	must_be(code, 0);
}

void step_free(int step)
{
	close(step);
}
