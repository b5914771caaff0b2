/* SPDX-License-Identifier: MIT */
/*
 * Processes of a storm: each is the only one of a process group that acts, a
 * child may go on in its place, and none outlives the root, who began it all.
 */
#ifndef TESTS_PROCESS_LIVES_H
#define TESTS_PROCESS_LIVES_H

#include <stdbool.h>
#include <sys/types.h>

struct life {
	pid_t root;
	bool bound; /* dies with the root */
};

/* At the start of a child of the root. */
void life_begin(struct life *life, pid_t root);

/* A child goes on in this process's place, in the same group. */
void life_hand_over(struct life *life);

/* To be called now and then: a child is the root's only when its own parent is
   gone. */
void life_bind(struct life *life);

#endif
