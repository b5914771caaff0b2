/* SPDX-License-Identifier: MIT */
/*
 * sync_instructions PEER COUNT
 *
 * Does COUNT times, in one process, what this peer does: for callgrind to count
 * the instructions, see instructions.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync_peer.h"

static const struct sync_peer *find(const char *name)
{
	for (size_t group = 0; group < all_sync_peers_count; group++) {
		const struct sync_peer *peer = all_sync_peers[group];

		for (; peer->name; peer++) {
			if (strcmp(peer->name, name) == 0)
				return peer;
		}
	}
	return NULL;
}

int main(int argc, char **argv)
{
	const struct sync_peer *peer = argc == 3 ? find(argv[1]) : NULL;
	void *object;
	int result;

	if (!peer) {
		fprintf(stderr, "usage: %s PEER COUNT\n", argv[0]);
		return 2;
	}
	object = peer->open();
	if (!object)
		return 1;
	result = peer->repeat(object, strtoul(argv[2], NULL, 10));
	peer->close(object);
	return result < 0;
}
