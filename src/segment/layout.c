/* SPDX-License-Identifier: MIT */
#include "segment/layout.h"
#include "segment/layout_queue.h"

#define AT(type, member, offset)                                               \
	_Static_assert(offsetof(struct type, member) == (offset),              \
	               #type "." #member)
#define SIZE(type, size) _Static_assert(sizeof(struct type) == (size), #type)

AT(segment_identity, magic, 0);
AT(segment_identity, version, 8);
AT(segment_identity, order, 12);
AT(segment_identity, size, 16);
AT(segment_identity, type, 24);
AT(segment_identity, mode, 28);
AT(segment_identity, reserved, 32);
SIZE(segment_identity, 128);

AT(segment_layout, identity, 0);
SIZE(segment_layout, PIPE_OFFSET);

AT(ring_layout, tail, 0);
AT(ring_layout, limit, 8);
AT(ring_layout, head, 128);
AT(ring_layout, begun, 136);
AT(ring_layout, published, 256);
AT(ring_layout, data, 264);
AT(ring_layout, stream, 384);
AT(ring_layout, room, 392);
SIZE(ring_layout, 512);

AT(pipe_layout, ring_size, 0);
AT(pipe_layout, rings, 8);
AT(pipe_layout, unpaired, 12);
AT(pipe_layout, end, 128);
AT(pipe_layout, only_cpu, 136);
AT(pipe_layout, ring, 256);
SIZE(pipe_layout, 1280);

AT(region_layout, lines, 0);
AT(region_layout, entries_most, 8);
AT(region_layout, allocated, 128);
AT(region_layout, named, 136);
AT(region_layout, frontier, 256);
AT(region_layout, entries, 384);
AT(region_layout, seats, 392);
AT(region_layout, member, 512);
SIZE(region_layout, 8704);
_Static_assert(REGION_OFFSET + sizeof(struct region_layout) <= REGION_OBJECTS,
               "the objects come after the region's words");

AT(entry_layout, owner, 0);
AT(entry_layout, extent, 8);
AT(entry_layout, offset, 16);
AT(entry_layout, wanted, 24);
AT(entry_layout, hash, 32);
AT(entry_layout, kind, 40);
SIZE(entry_layout, 64);
_Static_assert(ENTRIES_CHUNK * sizeof(struct entry_layout) == REGION_PAGE,
               "a chunk of the directory is a page");

AT(seat_layout, owner, 0);
AT(seat_layout, announcement, 8);
AT(seat_layout, operand, 16);
SIZE(seat_layout, 128);

AT(queue_layout, capacity, 0);
AT(queue_layout, block_size, 8);
AT(queue_layout, blocks, 16);
AT(queue_layout, grouped, 24);
AT(queue_layout, max_deliveries, 28);
AT(queue_layout, dead_letter, 32);
AT(queue_layout, tail, 256);
AT(queue_layout, head, 384);
AT(queue_layout, freed, 392);
AT(queue_layout, finished, 512);
AT(queue_layout, data, 640);
AT(queue_layout, room, 644);
AT(queue_layout, idle, 648);
AT(queue_layout, unfenced, 652);
AT(queue_layout, returned, 656);
AT(queue_layout, cells_ready, 664);
AT(queue_layout, blocks_ready, 672);
AT(queue_layout, only_cpu, 680);
AT(queue_layout, dropping, 688);
AT(queue_layout, dropped, 768);
SIZE(queue_layout, 896);
_Static_assert(sizeof(struct queue_layout) <= QUEUE_GROUPS,
               "the groups come after the queue's words");
SIZE(cell_layout, 16);
