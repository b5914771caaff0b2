/* SPDX-License-Identifier: MIT */
/*
 * The value program of the Python tutorial: a child adds one to a number, and
 * the parent, who joins it, prints it.
 *
 * usage: value
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <weir/value.h>

static void check(int code)
{
	if (code < 0) {
		fprintf(stderr, "value: %s\n", weir_strerror(code));
		exit(1);
	}
}

static void f(struct weir_value *n)
{
	weir_value_fetch_add_i(n, 1);
}

int main(void)
{
	const int start = 41;
	struct weir_value_options options = { .initial = &start };
	struct weir_value *n;
	int status;
	pid_t p;

	check(weir_value_create(&n, NULL, 'i', &options));
	p = fork();
	if (p < 0) {
		perror("value: fork");
		return 1;
	}
	if (p == 0) {
		f(n);
		return 0;
	}
	waitpid(p, &status, 0);
	printf("%d\n", weir_value_load_i(n)); /* prints 42 */
	weir_value_close(n);
	return status ? 1 : 0;
}
