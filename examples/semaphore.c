/* SPDX-License-Identifier: MIT */
/*
 * Two permits, six workers: at most two of them work at the same time.  One is
 * killed while it works, and its permit comes back.
 *
 * usage: semaphore
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <weir/semaphore.h>

enum { PERMITS = 2, WORKERS = 6, KILLED = 2 };

/* What the workers share beside the semaphore. */
struct seen {
	atomic_int working;
	atomic_int most;
};

static int check(int code)
{
	if (code < 0) {
		fprintf(stderr, "semaphore: %s\n", weir_strerror(code));
		exit(1);
	}
	return code;
}

static void work(struct weir_semaphore *semaphore, struct seen *seen,
                 int number)
{
	const struct timespec while_working = { 0, 20000000 };
	int working, most;

	check(weir_semaphore_acquire(semaphore, WEIR_SECONDS(10)));
	working = atomic_fetch_add(&seen->working, 1) + 1;
	most = atomic_load(&seen->most);
	while (working > most &&
	       !atomic_compare_exchange_weak(&seen->most, &most, working))
		;
	nanosleep(&while_working, NULL);
	atomic_fetch_sub(&seen->working, 1);
	if (number == KILLED)
		raise(SIGKILL);
	check(weir_semaphore_release(semaphore, 1));
}

static struct seen *share(void)
{
	void *memory = mmap(NULL, sizeof(struct seen), PROT_READ | PROT_WRITE,
	                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED) {
		perror("semaphore: mmap");
		exit(1);
	}
	return memory;
}

int main(void)
{
	struct weir_semaphore_options options = { .owned = true };
	struct weir_semaphore *semaphore;
	struct seen *seen = share();
	int failed = 0, status;

	check(weir_semaphore_create(&semaphore, NULL, PERMITS, &options));
	for (int i = 0; i < WORKERS; i++) {
		pid_t worker = fork();

		if (worker < 0) {
			perror("semaphore: fork");
			return 1;
		}
		if (worker == 0) {
			work(semaphore, seen, i);
			_exit(0);
		}
	}
	for (int i = 0; i < WORKERS; i++) {
		wait(&status);
		failed += status != 0;
	}
	/* Both permits can be had, also that of the killed one. */
	for (int i = 0; i < PERMITS; i++)
		check(weir_semaphore_acquire(semaphore, WEIR_SECONDS(10)));
	printf("%d workers, at most %d at a time, %d was killed\n", WORKERS,
	       atomic_load(&seen->most), failed);
	weir_semaphore_close(semaphore);
	return failed != 1;
}
