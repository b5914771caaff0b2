/* SPDX-License-Identifier: MIT */
/*
 * Takes a file from one process to another in messages of 64 bytes to 1 MiB,
 * through a named weir pipe (by copy, then in place), through pipe(2) and
 * through a socketpair; compares the SHA-256 of what arrived with the file's.
 *
 * usage: file_race FILE
 */
#include "carriers.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <weir/common.h>

static const struct carrier *const carriers[] = { &weir_copy, &weir_zero_copy,
	                                          &kernel_pipe,
	                                          &kernel_socket };

struct digest {
	unsigned char bytes[SHA256_DIGEST_SIZE];
};

ssize_t weir_checked(const char *what, ssize_t code)
{
	if (code < 0) {
		fprintf(stderr, "file_race: %s: %s\n", what,
		        weir_strerror((int)code));
		exit(1);
	}
	return code;
}

ssize_t system_checked(const char *what, ssize_t result)
{
	if (result < 0) {
		fprintf(stderr, "file_race: %s: %s\n", what, strerror(errno));
		exit(1);
	}
	return result;
}

size_t next_size(uint32_t *state, size_t left)
{
	size_t size;

	*state = *state * 1664525 + 1013904223;
	size = (size_t)64 << ((*state >> 24) % 15);
	size -= (*state >> 8) % (size / 2 + 1) * (size > 64);
	return size < left ? size : left;
}

static struct digest hash(const unsigned char *data, size_t size)
{
	struct sha256_ctx context;
	struct digest digest;

	sha256_init(&context);
	sha256_update(&context, size, data);
	sha256_digest(&context, sizeof(digest.bytes), digest.bytes);
	return digest;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Seconds that the file took. */
static double race(const struct carrier *carrier, const char *path,
                   unsigned char *to, size_t size)
{
	double begun;
	int status;

	memset(to, 0, size); /* also takes the pages before the clock starts */
	carrier->make();
	begun = now();
	if (fork() == 0) {
		int fd = (int)system_checked(path, open(path, O_RDONLY));

		carrier->send(fd, size);
		_exit(0);
	}
	carrier->receive(to, size);
	begun = now() - begun;
	wait(&status);
	carrier->end();
	if (status != 0) {
		fprintf(stderr, "file_race: the sender failed\n");
		exit(1);
	}
	return begun;
}

static void print_digest(const struct digest *digest)
{
	for (int i = 0; i < 8; i++)
		printf("%02x", digest->bytes[i]);
}

int main(int argc, char **argv)
{
	struct digest sent, arrived;
	unsigned char *file, *to;
	struct stat st;
	size_t size;
	int fd, wrong = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: file_race FILE\n");
		return 2;
	}
	fd = (int)system_checked(argv[1], open(argv[1], O_RDONLY));
	system_checked("fstat", fstat(fd, &st));
	size = (size_t)st.st_size;
	file = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	to = mmap(NULL, size, PROT_READ | PROT_WRITE,
	          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (size == 0 || file == MAP_FAILED || to == MAP_FAILED)
		system_checked("mmap", -1);
	sent = hash(file, size);
	printf("%-16s %12s %9s   %-16s\n", "carrier", "MiB/s", "MiB",
	       "SHA-256");
	for (size_t i = 0; i < sizeof(carriers) / sizeof(carriers[0]); i++) {
		double took = race(carriers[i], argv[1], to, size);
		int same;

		arrived = hash(to, size);
		same = memcmp(&sent, &arrived, sizeof(sent)) == 0;
		wrong |= !same;
		printf("%-16s %12.0f %9.0f   ", carriers[i]->name,
		       (double)size / took / 1048576, (double)size / 1048576);
		print_digest(&arrived);
		printf("... %s\n", same ? "same" : "DIFFERENT");
		fflush(stdout);
	}
	return wrong;
}
