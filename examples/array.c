/* SPDX-License-Identifier: MIT */
/*
 * The shared memory program of the Python tutorial: a child writes a number and
 * negates the elements of an array; the parent prints both.
 *
 * usage: array
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <weir/array.h>
#include <weir/value.h>

static void check(int code)
{
	if (code < 0) {
		fprintf(stderr, "array: %s\n", weir_strerror(code));
		exit(1);
	}
}

static void f(struct weir_value *n, struct weir_array *a)
{
	weir_value_store_d(n, 3.1415927);
	for (size_t i = 0; i < weir_array_length(a); i++)
		weir_array_store_i(a, i, -weir_array_load_i(a, i));
}

int main(void)
{
	const int start[10] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	struct weir_array_options options = { .initial = start };
	struct weir_value *num;
	struct weir_array *arr;
	int now[10], status;
	pid_t p;

	check(weir_value_create(&num, NULL, 'd', NULL));
	check(weir_array_create(&arr, NULL, 'i', 10, &options));
	p = fork();
	if (p < 0) {
		perror("array: fork");
		return 1;
	}
	if (p == 0) {
		f(num, arr);
		return 0;
	}
	waitpid(p, &status, 0);
	check(weir_array_snapshot(arr, 0, 10, now));
	printf("%.7f", weir_value_load_d(num)); /* prints 3.1415927 */
	for (int i = 0; i < 10; i++)
		printf(" %d", now[i]); /* and 0 -1 -2 ... -9 */
	putchar('\n');
	weir_array_close(arr);
	weir_value_close(num);
	return status ? 1 : 0;
}
