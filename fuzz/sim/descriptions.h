/* SPDX-License-Identifier: MIT */
/* Open file descriptions, as the simulated kernel keeps them. */
#ifndef SIM_DESCRIPTIONS_H
#define SIM_DESCRIPTIONS_H

#include "sim/inside.h"

enum {
	FILES_MOST = 16,
	DESCRIPTIONS_MOST = 64,
	LOCKS_MOST = 16,
	PATH_MOST = 64,
	TAKES_MOST = 16
};

struct taken {
	uint64_t offset;
	uint64_t size;
};

struct file {
	unsigned char *memory; /* NULL: free */
	uint64_t size;
	char path[PATH_MOST]; /* or empty */
	bool sealed;
	bool sparse; /* only what was taken is ever written */
	struct taken taken[TAKES_MOST];
	int takes;
	int users;
};

struct lock {
	int64_t byte;
	bool exclusive;
};

struct description {
	struct file *file; /* NULL: free */
	int users;
	uint32_t tag;
	struct lock locks[LOCKS_MOST];
	int count;
};

extern struct description sim_descriptions[DESCRIPTIONS_MOST];

/* What this descriptor of the running process stands for, or NULL. */
struct description *sim_described(int fd);

#endif
