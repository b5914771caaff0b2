/* SPDX-License-Identifier: MIT */
#include "crash/world.h"

#include "crash/images.h"
#include "names.h"
#include "pipe/stream.h"
#include "pipes.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static uint64_t offset_of(const struct world *world)
{
	const struct ring *ring = &world->ends[SENDER]->out;

	return load64_relaxed(&ring->shared->tail) & (WORLD_RING - 1);
}

static void pass_nothing(struct world *world)
{
	char byte;

	must_be(weir_pipe_send(world->ends[SENDER], "", 0, WEIR_NOWAIT), 0);
	must_be(weir_pipe_recv(world->ends[RECEIVER], &byte, 0, WEIR_NOWAIT),
	        0);
}

static void look_inside(struct world *world)
{
	char path[NAME_PATH];
	int fd;

	name_path(path, world->name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	must(fd >= 0);
	world->view = mmap(NULL, WORLD_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
	                   fd, 0);
	must(world->view != MAP_FAILED);
	close(fd);
}

void world_begin(struct world *world, const char *name, uint64_t offset)
{
	struct weir_pipe_options options = {
		.size = WORLD_RING,
		.simplex = true,
	};

	*world = (struct world){ .name = name };
	must_be(weir_pipe_create(&world->ends[RECEIVER], name, &options), 0);
	must_be(weir_pipe_open(&world->ends[SENDER], name), 0);
	look_inside(world);
	for (int i = 0; i <= WORLD_RING / RECORD_HEADER; i++)
		pass_nothing(world);
	while (offset_of(world) != offset)
		pass_nothing(world);
}

void world_close(struct world *world, int side)
{
	weir_pipe_close(world->ends[side]);
	world->ends[side] = NULL;
}

void world_end(struct world *world)
{
	world_close(world, RECEIVER);
	world_close(world, SENDER);
	munmap(world->view, WORLD_SIZE);
	weir_unlink(world->name);
}

struct message *world_owe(struct world *world, uint64_t seed, uint32_t size)
{
	struct message *message = &world->owed[world->count++];

	must(world->count <= OWED_MOST);
	*message = (struct message){ .seed = seed, .size = size };
	return message;
}

void world_give(struct world *world, uint32_t size)
{
	unsigned char buffer[WORLD_RING];

	pattern_fill(buffer, size, ++world->seed);
	must_be(weir_pipe_send(world->ends[SENDER], buffer, size, WEIR_NOWAIT),
	        0);
	world_owe(world, world->seed, size);
}

void world_take(struct world *world)
{
	const struct message *message = &world->owed[world->front++];
	unsigned char buffer[WORLD_RING];

	must_be(weir_pipe_recv(world->ends[RECEIVER], buffer, sizeof(buffer),
	                       WEIR_NOWAIT),
	        message->size);
	must(pattern_holds(buffer, message->size, message->seed));
}

void world_fill(struct world *world)
{
	unsigned char buffer[8];

	for (;;) {
		pattern_fill(buffer, sizeof(buffer), world->seed + 1);
		if (weir_pipe_send(world->ends[SENDER], buffer, sizeof(buffer),
		                   WEIR_NOWAIT) != 0)
			return;
		world_owe(world, ++world->seed, sizeof(buffer));
	}
}

void world_give_up_stream(struct world *world)
{
	must_be(weir_pipe_send(world->ends[SENDER], world->scratch,
	                       WORLD_BROKEN, WEIR_NOWAIT),
	        -EAGAIN);
}

void world_break_stream(struct world *world)
{
	struct word64 *stream = &world->ends[SENDER]->out.shared->stream;

	/* As if it had died before it stored that it gives up. */
	world_give_up_stream(world);
	store64_relaxed(stream, load64_relaxed(stream) | STREAM_OPEN);
}

static uint64_t word_at(const void *image, uint64_t position)
{
	uint64_t word;

	memcpy(&word,
	       (const char *)image + PIPE_OFFSET + sizeof(struct pipe_layout) +
	               (position & (WORLD_RING - 8)),
	       sizeof(word));
	return word;
}

/* The layout, and the headers from head to the first that is 0. */
uint64_t world_meaning(const void *image)
{
	const struct pipe_layout *pipe =
		(const void *)((const char *)image + PIPE_OFFSET);
	uint64_t hash = hash_bytes(0, image, PIPE_OFFSET + sizeof(*pipe));
	uint64_t head = load64_relaxed(&pipe->ring[0].head);
	uint64_t position = head;
	uint64_t word = 1;

	while (word != 0 && position - head <= WORLD_RING) {
		word = word_at(image, position);
		hash = hash_bytes(hash, &word, sizeof(word));
		position += record_size(word >> RECORD_KIND_BITS);
	}
	return hash;
}
