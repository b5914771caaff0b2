/* SPDX-License-Identifier: MIT */
/*
 * One way to do what is measured again and again: to acquire something and
 * release it, or to change a number.
 *
 * A peer brings whole loops instead of single steps, so that what a program
 * would inline is inlined here too: see sync_loops.h.
 */
#ifndef BENCH_SYNC_PEER_H
#define BENCH_SYNC_PEER_H

#include <stddef.h>
#include <stdint.h>

struct sync_peer {
	const char *name;
	/* Makes one that is shared with all children of later forks; NULL. */
	void *(*open)(void);
	void (*close)(void *object);
	/* `count` times, one after the other; 0 or -errno. */
	int (*repeat)(void *object, uint64_t count);
	/* The same, with *number += 1 between acquire and release, for who
	   looks whether it kept others out.  NULL: it is not for many. */
	int (*guard)(void *object, uint64_t *number, uint64_t count);
};

/* Each ends with an entry that has no name. */
extern const struct sync_peer weir_sync_peers[];
extern const struct sync_peer glibc_sync_peers[];
extern const struct sync_peer python_value_peers[];

/* All of these: sync_peers.c. */
extern const struct sync_peer *const all_sync_peers[];
extern const size_t all_sync_peers_count;

#endif
