/* SPDX-License-Identifier: MIT */
/*
 * The queue program of the Python tutorial: a child puts a message, and the
 * parent gets it, prints it and joins the child.
 *
 * usage: queue
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <weir/queue.h>

static int check(ssize_t code)
{
	if (code < 0) {
		fprintf(stderr, "queue: %s\n", weir_strerror((int)code));
		exit(1);
	}
	return (int)code;
}

static void f(struct weir_queue *q)
{
	check(weir_queue_put(q, "[42, None, 'hello']", 19, WEIR_FOREVER));
}

int main(void)
{
	struct weir_queue *q;
	char text[64];
	int length, status;
	pid_t p;

	check(weir_queue_create(&q, NULL, NULL));
	p = fork();
	if (p < 0) {
		perror("queue: fork");
		return 1;
	}
	if (p == 0) {
		f(q);
		return 0;
	}
	length = check(weir_queue_get(q, text, 64, WEIR_SECONDS(10)));
	printf("%.*s\n", length, text); /* prints [42, None, 'hello'] */
	waitpid(p, &status, 0);
	weir_queue_close(q);
	return status ? 1 : 0;
}
