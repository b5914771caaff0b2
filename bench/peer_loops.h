/* SPDX-License-Identifier: MIT */
/*
 * The loops of a peer, made of its send and its receive: both block, take a
 * port, a message and its size, and return 0 or -errno.  They are constants
 * here, so the compiler inlines them; so is the size where it is a usual one.
 */
#ifndef BENCH_PEER_LOOPS_H
#define BENCH_PEER_LOOPS_H

#include <errno.h>
#include <string.h>

#include "driver.h"
#include "peer.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

typedef int send_function(void *port, const void *message, size_t size);
typedef int receive_function(void *port, void *message, size_t size);

/* While a peer waits. */
ALWAYS_INLINE void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/* Keeps the compiler from leaving out bytes of a message nobody looks at. */
ALWAYS_INLINE void used(const void *message, size_t size)
{
	if (size > sizeof(uint64_t))
		__asm__ volatile("" : : "r"(message) : "memory");
}

ALWAYS_INLINE void number_message(void *message, size_t size, uint64_t number)
{
	char *last = (char *)message + size - sizeof(number);

	memcpy(message, &number, sizeof(number));
	if (size > sizeof(number))
		memcpy(last, &number, sizeof(number));
	used(message, size);
}

/* 0 when the message has this number. */
ALWAYS_INLINE uint64_t misnumbered(const void *message, size_t size,
                                   uint64_t number)
{
	const char *last = (const char *)message + size - sizeof(number);
	uint64_t start;
	uint64_t end;

	used(message, size);
	memcpy(&start, message, sizeof(start));
	memcpy(&end, last, sizeof(end));
	return (start ^ number) | (end ^ number);
}

/* Room for one message; on the stack of no one, to be aligned for everyone. */
ALWAYS_INLINE void *message_room(size_t size, uint64_t *small)
{
	static char large[MESSAGE_MAX] __attribute__((aligned(4096)));

	return size > sizeof(*small) ? (void *)large : (void *)small;
}

ALWAYS_INLINE int produce_sized(send_function *send, void *port, size_t size,
                                const struct run *run)
{
	uint64_t small;
	void *message = message_room(size, &small);
	uint64_t end = run->first + run->count;

	for (uint64_t number = run->first; number != end; number++) {
		int result;

		number_message(message, size, number);
		result = send(port, message, size);
		if (result < 0)
			return result;
	}
	return 0;
}

ALWAYS_INLINE int consume_sized(receive_function *receive, void *port,
                                size_t size, const struct run *run)
{
	uint64_t small;
	void *message = message_room(size, &small);
	uint64_t end = run->first + run->count;
	uint64_t wrong = 0;

	for (uint64_t number = run->first; number != end; number++) {
		int result = receive(port, message, size);

		if (result < 0)
			return result;
		wrong |= misnumbered(message, size, number);
	}
	return wrong ? -EBADMSG : 0;
}

ALWAYS_INLINE int produce_with(send_function *send, void *port,
                               const struct run *run)
{
	switch (run->size) {
	case 8:
		return produce_sized(send, port, 8, run);
	case 64:
		return produce_sized(send, port, 64, run);
	case 1024:
		return produce_sized(send, port, 1024, run);
	default:
		return produce_sized(send, port, run->size, run);
	}
}

ALWAYS_INLINE int consume_with(receive_function *receive, void *port,
                               const struct run *run)
{
	switch (run->size) {
	case 8:
		return consume_sized(receive, port, 8, run);
	case 64:
		return consume_sized(receive, port, 64, run);
	case 1024:
		return consume_sized(receive, port, 1024, run);
	default:
		return consume_sized(receive, port, run->size, run);
	}
}

ALWAYS_INLINE int ping_with(send_function *send, receive_function *receive,
                            void *port, const struct run *run)
{
	uint64_t small;
	void *message = message_room(run->size, &small);
	uint64_t *stamp = run->stamps;
	uint64_t wrong = 0;

	for (uint64_t trip = 1; trip <= run->count; trip++) {
		uint64_t number = run->first + trip;

		number_message(message, run->size, number);
		if (send(port, message, run->size) < 0 ||
		    receive(port, message, run->size) < 0)
			return -EIO;
		wrong |= misnumbered(message, run->size, number);
		if (trip % run->every == 0)
			*stamp++ = driver_now();
	}
	return wrong ? -EBADMSG : 0;
}

ALWAYS_INLINE int pong_with(send_function *send, receive_function *receive,
                            void *port, const struct run *run)
{
	uint64_t small;
	void *message = message_room(run->size, &small);

	for (uint64_t trip = 0; trip < run->count; trip++) {
		if (receive(port, message, run->size) < 0 ||
		    send(port, message, run->size) < 0)
			return -EIO;
	}
	return 0;
}

#endif
