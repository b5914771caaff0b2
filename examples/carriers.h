/* SPDX-License-Identifier: MIT */
/* The ways in which file_race takes a file from one process to another. */
#ifndef CARRIERS_H
#define CARRIERS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { MESSAGE_LONGEST = 1 << 20 };

struct carrier {
	const char *name;
	/* Before the fork. */
	void (*make)(void);
	/* Reads the file `fd`, `size` bytes, and sends it in messages. */
	void (*send)(int fd, size_t size);
	/* Receives `size` bytes. */
	void (*receive)(unsigned char *to, size_t size);
	void (*end)(void);
};

extern const struct carrier weir_copy, weir_zero_copy;
extern const struct carrier kernel_pipe, kernel_socket;

/* The size of the next message: 64 bytes to 1 MiB, the same for each carrier. */
size_t next_size(uint32_t *state, size_t left);

/* Ends the program if `code` is an error. */
ssize_t weir_checked(const char *what, ssize_t code);
ssize_t system_checked(const char *what, ssize_t result);

#endif
