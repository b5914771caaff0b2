/* SPDX-License-Identifier: MIT */
#include "case.h"

#include "child.h"
#include "names.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static pid_t runner;
static int descriptors;
static sighandler_t bus_handler;

bool case_runs_here(void)
{
	return getpid() == runner && syscall(SYS_gettid) == runner;
}

sighandler_t case_bus_handler(void)
{
	return bus_handler;
}

static void hung(int signal)
{
	static const char text[] = "the test hangs\n";

	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(2);
	names_forget();
	_exit(1);
}

int case_begin(void **state)
{
	struct sigaction action = { .sa_handler = hung };

	runner = getpid();
	descriptors = count_descriptors();
	/* Orphans come to this process, so that none goes unseen. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGBUS, NULL, &action);
	bus_handler = action.sa_handler;
	alarm(CASE_SECONDS);
	return 0;
}

int case_end(void **state)
{
	int left = children_forget();
	int more = count_descriptors() - descriptors;

	alarm(0);
	names_forget();
	if (left != 0)
		print_error("children left behind: %d\n", left);
	if (more != 0)
		print_error("descriptors left behind: %d\n", more);
	return left != 0 || more != 0 ? -1 : 0;
}

void case_skip(const char *reason)
{
	print_message("skipped: %s\n", reason);
	skip();
}

static _Noreturn void must_stop(const char *file, int line)
{
	if (case_runs_here())
		_fail(file, line);
	names_forget();
	_exit(1);
}

void must_fail(const char *file, int line, const char *text)
{
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, text);
	must_stop(file, line);
}

void must_fail_value(const char *file, int line, const char *text,
                     long long actual, long long expected)
{
	fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", file, line, text,
	        actual, expected);
	must_stop(file, line);
}

static int64_t clock_read(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

int64_t now(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

int64_t thread_time(void)
{
	return clock_read(CLOCK_THREAD_CPUTIME_ID);
}

static int count_entries(const char *path)
{
	DIR *directory = opendir(path);
	int count = 0;

	if (!directory)
		return -1;
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

int count_descriptors(void)
{
	return count_entries("/proc/self/fd");
}

int count_threads(void)
{
	return count_entries("/proc/self/task");
}

/* Lines of the map whose permissions end in `kind`, or all for 0. */
static int count_kind(char kind)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512], permissions[8];
	int count = 0;

	if (!maps)
		return -1;
	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%*s %7s", permissions) != 1)
			continue;
		count += !kind || permissions[3] == kind;
	}
	fclose(maps);
	return count;
}

int count_mappings(void)
{
	return count_kind(0);
}

int count_shared_mappings(void)
{
	return count_kind('s');
}
