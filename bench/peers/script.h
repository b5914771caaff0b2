/* SPDX-License-Identifier: MIT */
/* A Python script that runs, with pipes to it and from it. */
#ifndef BENCH_PEERS_SCRIPT_H
#define BENCH_PEERS_SCRIPT_H

#include <stdio.h>
#include <sys/types.h>

struct script {
	FILE *to;
	FILE *from;
	pid_t process;
};

/* Starts it with arguments up to the first NULL, three at most; 0 or -errno. */
int script_start(struct script *script, const char *path,
                 const char *const arguments[3]);

/* Closes the pipes, which ends it. */
void script_end(struct script *script);

#endif
