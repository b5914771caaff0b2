/* SPDX-License-Identifier: MIT */
/*
 * A peer made of a ring of words.  The including file has defined, static:
 *
 *	size_t ring_length(size_t entries)          bytes, whole pages
 *	void *ring_at(void *memory, size_t entries) makes an empty ring there
 *	bool push(void *ring, uintptr_t word)       false: full
 *	bool pop(void *ring, uintptr_t *word)       false: empty
 *	void ring_end(void *ring)                   nobody uses it any more
 *
 * 8-byte messages are the ring's own words.  Larger ones lie in a pool of
 * `parameter` slots (0: about as large as weir's ring): one ring takes the
 * numbers of full slots there, a second one brings the free ones back.  The
 * sender copies in, the receiver copies out.
 *
 * It is C++, too.
 */
#ifndef BENCH_WORD_RING_H
#define BENCH_WORD_RING_H

#include "duet.h"
#include "peer_loops.h"

enum { WORDS = 16384 };

/* The slots of the peers whose pool takes about as much as weir's ring. */
enum { SNUG_POOL = 256 * 1024, SNUG_SLOTS = 4 };

struct slot_pool {
	void *full;
	void *free;
	char *slots;
};

ALWAYS_INLINE int slot_pool_send(const struct slot_pool *pool,
                                 const void *message, size_t size)
{
	unsigned pauses = 0;
	uintptr_t slot;

	while (!pop(pool->free, &slot))
		wait_again(&pauses);
	memcpy(pool->slots + slot * size, message, size);
	while (!push(pool->full, slot))
		wait_again(&pauses);
	return 0;
}

ALWAYS_INLINE int slot_pool_receive(const struct slot_pool *pool, void *message,
                                    size_t size)
{
	unsigned pauses = 0;
	uintptr_t slot;

	while (!pop(pool->full, &slot))
		wait_again(&pauses);
	memcpy(message, pool->slots + slot * size, size);
	while (!push(pool->free, slot))
		wait_again(&pauses);
	return 0;
}

/* How many slots: as many as asked for, or with 0 what makes a snug pool. */
static inline size_t slot_pool_count(size_t wanted, size_t size)
{
	size_t snug = SNUG_POOL / size;

	if (wanted)
		return wanted;
	return snug > SNUG_SLOTS ? snug : (size_t)SNUG_SLOTS;
}

/* Entries of a ring, a power of two, that holds so many; one is never used. */
static inline size_t slot_pool_entries(size_t count)
{
	size_t entries = 2;

	while (entries <= count)
		entries *= 2;
	return entries;
}

/* The pools are the slot peers', `there` and `back` the word peer's. */
struct port {
	struct slot_pool out;
	struct slot_pool in;
	void *there;
	void *back;
};

static inline int send_word(void *port, const void *message, size_t size)
{
	const struct port *side = (const struct port *)port;
	unsigned pauses = 0;
	uintptr_t word;

	memcpy(&word, message, sizeof(word));
	while (!push(side->there, word))
		wait_again(&pauses);
	(void)size;
	return 0;
}

static inline int receive_word(void *port, void *message, size_t size)
{
	const struct port *side = (const struct port *)port;
	unsigned pauses = 0;
	uintptr_t word;

	while (!pop(side->back, &word))
		wait_again(&pauses);
	memcpy(message, &word, sizeof(word));
	(void)size;
	return 0;
}

static inline int send_slot(void *port, const void *message, size_t size)
{
	const struct port *side = (const struct port *)port;

	return slot_pool_send(&side->out, message, size);
}

static inline int receive_slot(void *port, void *message, size_t size)
{
	const struct port *side = (const struct port *)port;

	return slot_pool_receive(&side->in, message, size);
}

static inline int produce_words(void *port, const struct run *run)
{
	return produce_with(send_word, port, run);
}

static inline int consume_words(void *port, const struct run *run)
{
	return consume_with(receive_word, port, run);
}

static inline int ping_words(void *port, const struct run *run)
{
	return ping_with(send_word, receive_word, port, run);
}

static inline int pong_words(void *port, const struct run *run)
{
	return pong_with(send_word, receive_word, port, run);
}

static inline int produce_slots(void *port, const struct run *run)
{
	return produce_with(send_slot, port, run);
}

static inline int consume_slots(void *port, const struct run *run)
{
	return consume_with(receive_slot, port, run);
}

static inline int open_words(const struct peer *peer, struct link *link,
                             size_t size)
{
	static struct port ports[2];
	size_t length = ring_length(WORDS);
	char *memory;

	(void)peer;
	if (size != sizeof(uintptr_t))
		return -EMSGSIZE;
	link->length = 2 * length;
	link->memory = memory = (char *)duet_memory(link->length);
	link->depth = WORDS;
	ports[SENDER].there = ring_at(memory, WORDS);
	ports[SENDER].back = ring_at(memory + length, WORDS);
	ports[RECEIVER].there = ports[SENDER].back;
	ports[RECEIVER].back = ports[SENDER].there;
	link->port[SENDER] = &ports[SENDER];
	link->port[RECEIVER] = &ports[RECEIVER];
	return 0;
}

static inline int open_slots(const struct peer *peer, struct link *link,
                             size_t size)
{
	static struct port port;
	size_t count = slot_pool_count(peer->parameter, size);
	size_t entries = slot_pool_entries(count);
	size_t length = ring_length(entries);
	char *memory;

	if (size == sizeof(uintptr_t))
		return -EMSGSIZE;
	link->length = 2 * length + count * size;
	link->memory = memory = (char *)duet_memory(link->length);
	link->depth = count;
	port.out.full = ring_at(memory, entries);
	port.out.free = ring_at(memory + length, entries);
	port.out.slots = memory + 2 * length;
	for (size_t slot = 0; slot < count; slot++)
		push(port.out.free, slot);
	port.in = port.out;
	link->port[SENDER] = link->port[RECEIVER] = &port;
	return 0;
}

static inline void drop_port(void *port)
{
	(void)port;
}

static inline void close_words(struct link *link)
{
	const struct port *side = (const struct port *)link->port[SENDER];

	ring_end(side->there);
	ring_end(side->back);
	duet_free(link->memory, link->length);
}

static inline void close_slots(struct link *link)
{
	const struct port *side = (const struct port *)link->port[SENDER];

	ring_end(side->out.full);
	ring_end(side->out.free);
	duet_free(link->memory, link->length);
}

/* Of 8-byte messages, and of messages in slots. */
#define WORD_PEER(name, threads)                                               \
	{                                                                      \
		name, 0, open_words, drop_port, close_words, produce_words,    \
			consume_words, ping_words, pong_words, threads, false, \
			NULL                                                   \
	}
#define SLOT_PEER(name, slots, threads)                                        \
	{                                                                      \
		name, slots, open_slots, drop_port, close_slots,               \
			produce_slots, consume_slots, NULL, NULL, threads,     \
			false, NULL                                            \
	}
#define NO_PEER                                                                \
	{                                                                      \
		NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false,      \
			false, NULL                                            \
	}

#endif
