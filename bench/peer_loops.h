/* SPDX-License-Identifier: MIT */
/*
 * The loops of a peer, made of its send and its receive: both block, take a
 * port, a message and its size, and return 0 or -errno.  They are constants
 * here, so the compiler inlines them; so is the size where it is a usual one.
 */
#ifndef BENCH_PEER_LOOPS_H
#define BENCH_PEER_LOOPS_H

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "driver.h"
#include "peer.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

typedef int send_function(void *port, const void *message, size_t size);
typedef int receive_function(void *port, void *message, size_t size);

ALWAYS_INLINE void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

enum { PATIENCE = 300 };

/*
 * How every peer waits that brings no way of its own.  What it waits for may
 * need this CPU, so after some pauses in a row it gives the CPU away each time.
 */
ALWAYS_INLINE void wait_again(unsigned *pauses)
{
	if (++*pauses < PATIENCE)
		relax();
	else
		sched_yield();
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

/* 0 when the message ends as it starts; its number is added to `sum`. */
ALWAYS_INLINE uint64_t torn(const void *message, size_t size, uint64_t *sum)
{
	uint64_t number;

	used(message, size);
	memcpy(&number, message, sizeof(number));
	*sum += number;
	return misnumbered(message, size, number);
}

/* Room for one message; on the stack of no one, to be aligned for everyone. */
ALWAYS_INLINE void *message_room(size_t size, uint64_t *small)
{
	static __thread char large[MESSAGE_MAX] __attribute__((aligned(4096)));

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

ALWAYS_INLINE void tally_up(struct tally *tally, uint64_t count)
{
	__atomic_store_n(&tally->count, count, __ATOMIC_RELAXED);
}

ALWAYS_INLINE int add_up_sized(receive_function *receive, void *port,
                               size_t size, const struct run *run)
{
	uint64_t small;
	void *message = message_room(size, &small);
	uint64_t count = run->tally->count;
	uint64_t end = count + run->count;
	uint64_t wrong = 0;
	uint64_t sum = 0;

	while (count != end) {
		int result = receive(port, message, size);

		if (result < 0)
			return result;
		wrong |= torn(message, size, &sum);
		tally_up(run->tally, ++count);
	}
	run->tally->sum += sum;
	return wrong ? -EBADMSG : 0;
}

ALWAYS_INLINE int consume_in_order(receive_function *receive, void *port,
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

ALWAYS_INLINE int add_up(receive_function *receive, void *port,
                         const struct run *run)
{
	switch (run->size) {
	case 8:
		return add_up_sized(receive, port, 8, run);
	case 64:
		return add_up_sized(receive, port, 64, run);
	case 1024:
		return add_up_sized(receive, port, 1024, run);
	default:
		return add_up_sized(receive, port, run->size, run);
	}
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
	return run->tally ? add_up(receive, port, run)
	                  : consume_in_order(receive, port, run);
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
