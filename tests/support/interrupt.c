/* SPDX-License-Identifier: MIT */
#include "interrupt.h"

#include "must.h"

#include <signal.h>
#include <stdbool.h>
#include <time.h>

static timer_t timer;
static bool set;

/* A signal that is pending comes before the system call returns, for there is
   one thread only, which does not block it. */
void interrupt_end(void)
{
	if (!set)
		return;
	set = false;
	must_be(timer_delete(timer), 0);
}

void interrupt_in(void (*handler)(int), int microseconds)
{
	struct sigaction action = { .sa_handler = handler };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
		                  .sigev_signo = SIGUSR1 };
	struct itimerspec when = {
		.it_value = { .tv_nsec = microseconds * 1000 },
	};

	interrupt_end();
	must_be(sigaction(SIGUSR1, &action, NULL), 0);
	must_be(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	set = true;
	must_be(timer_settime(timer, 0, &when, NULL), 0);
}
