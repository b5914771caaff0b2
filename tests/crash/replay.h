/* SPDX-License-Identifier: MIT */
/*
 * Replay: what becomes of names when a call is killed.
 *
 * The call is single-stepped once, to see which states of /dev/shm and of the
 * memory it passes.  For each of these it is done again, up to the first
 * instruction that leaves that state, and there it is really killed; then
 * everybody else goes on.  If `recover` is given, that call is made by a second
 * victim, and killed in each of its states as well, before everybody goes on.
 */
#ifndef TESTS_CRASH_REPLAY_H
#define TESTS_CRASH_REPLAY_H

#include "weir/weir.h"

/* What the processes that stay alive have. */
struct scene {
	const char *name;
	struct weir_pipe *ends[2];
	bool given; /* messages that wait at the second end */
	struct weir_region *region;
	/* Hash of what a kill leaves, for calls that change no names; NULL: of
	   names and files. */
	uint64_t (*state)(const struct scene *scene);
};

struct killing {
	const char *title;
	void (*prepare)(struct scene *scene); /* may be NULL */
	int (*call)(struct scene *scene);
	int result; /* of the call if nobody dies */
	int (*recover)(struct scene *scene);
	/* Everybody goes on; NULL or what is wrong.  Closes what it opens. */
	const char *(*check)(struct scene *scene);
};

/* Runs all of them in a child, with a /dev/shm of its own if it may. */
void replay_all(const struct killing *killings, size_t count, const char *name);

#endif
