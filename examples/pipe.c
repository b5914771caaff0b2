/* SPDX-License-Identifier: MIT */
/*
 * The pipe program of the Python tutorial: a parent makes a pipe, one process
 * sends, another receives, and the parent joins both.
 *
 * usage: pipe
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <weir/pipe.h>

static int check(ssize_t code)
{
	if (code < 0) {
		fprintf(stderr, "pipe: %s\n", weir_strerror((int)code));
		exit(1);
	}
	return (int)code;
}

static void sender(struct weir_pipe *end)
{
	check(weir_pipe_send(end, "[42, None, 'hello']", 19, WEIR_FOREVER));
}

static void receiver(struct weir_pipe *end)
{
	char text[64];
	int length = check(weir_pipe_recv(end, text, 64, WEIR_FOREVER));

	printf("%.*s\n", length, text); /* prints [42, None, 'hello'] */
}

static void start(void (*work)(struct weir_pipe *), struct weir_pipe *ends[2],
                  int mine)
{
	if (fork() == 0) {
		weir_pipe_close(ends[!mine]);
		work(ends[mine]);
		exit(0);
	}
}

int main(void)
{
	struct weir_pipe *ends[2];
	int status, failed = 0;

	check(weir_pipe_pair(ends, NULL));
	start(receiver, ends, 0);
	start(sender, ends, 1);
	while (wait(&status) > 0)
		failed |= status;
	return failed ? 1 : 0;
}
