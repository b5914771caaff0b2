/* SPDX-License-Identifier: MIT */
/*
 * A sender is killed in the middle of its stream, again and again.  The
 * receiver must get every message whole and in order, and then end of file.
 *
 * usage: killed_sender [KILLS [LIMIT]]
 *
 * KILLS: how often (200).  LIMIT: how late end of file may be, in milliseconds
 * (200); a machine with many more processes than CPUs needs more.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <weir/pipe.h>

/* The longest messages are three times the ring: these go in parts. */
enum { RING = 64 * 1024, LONGEST = 192 * 1024 };

struct message {
	uint64_t number;
	uint64_t size; /* of all of it */
	unsigned char pattern[LONGEST];
};

static struct message message;
static volatile sig_atomic_t victim;
static volatile sig_atomic_t killed;
static struct timespec death;

static void fail(const char *what, ssize_t code)
{
	fprintf(stderr, "killed_sender: %s: %s\n", what,
	        code < 0 ? weir_strerror((int)code) : "not as it was sent");
	exit(1);
}

static uint32_t dice(void)
{
	static uint32_t state = 2463534242;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

/* Sizes from the two numbers alone to LONGEST, small ones more often. */
static size_t size_of(uint64_t number)
{
	uint32_t mixed = (uint32_t)(number * 2654435761u);

	return 16 + (mixed >> 8) % (LONGEST >> (mixed % 12));
}

static void send_for_ever(struct weir_pipe *end)
{
	for (message.number = 0;; message.number++) {
		int code;

		message.size = size_of(message.number);
		memset(message.pattern, (int)(message.number % 251),
		       message.size - 16);
		code = weir_pipe_send(end, &message, message.size,
		                      WEIR_FOREVER);
		if (code < 0)
			fail("send", code);
	}
}

static void on_alarm(int number)
{
	(void)number;
	clock_gettime(CLOCK_MONOTONIC, &death);
	kill((pid_t)victim, SIGKILL);
	killed = 1;
}

static void verify(uint64_t number, ssize_t length)
{
	if (length < 0)
		fail("recv", length);
	if ((size_t)length != size_of(number) || message.number != number ||
	    message.size != (size_t)length)
		fail("message", 0);
	for (ssize_t i = 0; i < length - 16; i++) {
		if (message.pattern[i] != number % 251)
			fail("message", 0);
	}
}

static double since_death(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - death.tv_sec) * 1e3 +
	       (double)(now.tv_nsec - death.tv_nsec) / 1e6;
}

/* One life of a sender: returns how many messages came. */
static uint64_t one_life(double *delay)
{
	struct weir_pipe_options options = { .size = RING, .simplex = true };
	struct itimerval timer = { .it_value.tv_usec = 100 + dice() % 5000 };
	struct weir_pipe *ends[2];
	uint64_t number = 0;
	ssize_t length;
	pid_t child;

	length = weir_pipe_pair(ends, &options);
	if (length < 0)
		fail("pair", length);
	child = fork();
	if (child == 0) {
		weir_pipe_close(ends[0]);
		send_for_ever(ends[1]);
	}
	weir_pipe_close(ends[1]);
	killed = 0;
	victim = child;
	setitimer(ITIMER_REAL, &timer, NULL);
	while ((length = weir_pipe_recv(ends[0], &message, sizeof(message),
	                                WEIR_FOREVER)) != -EPIPE)
		verify(number++, length);
	*delay = since_death();
	if (!killed)
		fail("end of file before the death", 0);
	waitpid(child, NULL, 0);
	weir_pipe_close(ends[0]);
	return number;
}

int main(int argc, char **argv)
{
	long kills = argc > 1 ? strtol(argv[1], NULL, 10) : 200;
	double limit = argc > 2 ? strtod(argv[2], NULL) : 200;
	uint64_t messages = 0;
	double worst = 0;

	signal(SIGALRM, on_alarm);
	for (long i = 0; i < kills; i++) {
		double delay;

		messages += one_life(&delay);
		if (delay > worst)
			worst = delay;
	}
	printf("%ld senders killed, %llu messages received whole and in order, "
	       "end of file at most %.1f ms after the death\n",
	       kills, (unsigned long long)messages, worst);
	return worst <= limit ? 0 : 1;
}
