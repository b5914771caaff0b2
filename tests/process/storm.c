/* SPDX-License-Identifier: MIT */
#include "storm.h"

#include <signal.h>
#include <unistd.h>

/* Each message begins with its number; the rest is its pattern. */
enum { STAMP = sizeof(uint64_t) };

static uint32_t read_word(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static void write_word(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}

static void mark(unsigned char *byte)
{
	must_be(__atomic_exchange_n(byte, 1, __ATOMIC_SEQ_CST), 0);
}

static bool marked(const unsigned char *byte)
{
	return __atomic_load_n(byte, __ATOMIC_SEQ_CST);
}

/* Most are small, some stream. */
static size_t size_of(const struct storm *storm, uint64_t number)
{
	uint64_t state = number * 2 + 1;
	uint64_t x = random_next(&state) ^ random_next(&state);
	uint64_t span = x % 16 == 0 ? storm->largest : x % 4 == 0 ? 1000 : 60;

	return STAMP + (size_t)((x >> 8) % span);
}

static void stamp(unsigned char *bytes, size_t size, uint64_t number)
{
	memcpy(bytes, &number, STAMP);
	pattern_fill(bytes + STAMP, size - STAMP, number);
}

static uint64_t check(const struct storm *storm, const unsigned char *bytes,
                      ssize_t size)
{
	uint64_t number;

	must(size >= STAMP);
	memcpy(&number, bytes, STAMP);
	must(number < storm->messages);
	must_be(size, size_of(storm, number));
	must(pattern_holds(bytes + STAMP, (size_t)size - STAMP, number));
	return number;
}

static int send_one(struct storm *storm, uint64_t number)
{
	static unsigned char buffer[STAMP + STORM_LARGEST];
	struct weir_pipe *end = storm->ends[1];
	size_t size = size_of(storm, number);
	size_t half = size / 2;
	struct iovec parts[2] = { { buffer, half },
		                  { buffer + half, size - half } };
	void *space;
	int code;

	if (number % 3 == 0) {
		code = weir_pipe_reserve(end, size + number % 5, WEIR_FOREVER,
		                         &space);
		if (code == 0) {
			stamp(space, size, number);
			return weir_pipe_commit(end, size);
		}
		if (code != -EMSGSIZE)
			return code;
	}
	stamp(buffer, size, number);
	if (number % 3 == 1)
		return weir_pipe_sendv(end, parts, 2, WEIR_FOREVER);
	return weir_pipe_send(end, buffer, size, WEIR_FOREVER);
}

/* From now on a child is the sender, in the same process group. */
static void hand_to_child(struct storm *storm)
{
	pid_t child = fork();

	must(child >= 0);
	if (child > 0)
		_exit(0);
	write_word(&storm->ledger->forks, read_word(&storm->ledger->forks) + 1);
}

void storm_send(void *argument)
{
	struct storm *storm = argument;
	struct ledger *ledger = storm->ledger;
	uint32_t number = read_word(&ledger->tried);
	int code = 0;

	weir_pipe_close(storm->ends[0]);
	while (number < storm->messages) {
		write_word(&ledger->tried, number + 1);
		code = send_one(storm, number);
		if (code != 0)
			break;
		mark(&ledger->sent[number++]);
		if (random_next(&storm->seed) % 500 == 0)
			hand_to_child(storm);
	}
	must(code == 0 || code == -EPIPE);
	write_word((uint32_t *)&ledger->send_code, (uint32_t)code);
}

/* Messages in between were not sent, or went with the receiver before us. */
static void account(struct ledger *ledger, uint64_t number)
{
	uint32_t next = read_word(&ledger->next);

	must(number >= next);
	for (uint64_t i = next; i < number; i++) {
		if (!marked(&ledger->sent[i]))
			continue;
		must(read_word(&ledger->may_miss) > 0);
		write_word(&ledger->may_miss, read_word(&ledger->may_miss) - 1);
		write_word(&ledger->missed, read_word(&ledger->missed) + 1);
	}
	write_word(&ledger->may_miss, 0);
	mark(&ledger->got[number]);
	write_word(&ledger->next, (uint32_t)number + 1);
	write_word(&ledger->taken, read_word(&ledger->taken) + 1);
}

/* Its number, or -errno. */
static int64_t receive_one(struct storm *storm)
{
	static unsigned char buffer[STAMP + STORM_LARGEST];
	struct weir_pipe *end = storm->ends[0];
	const void *message;
	uint64_t number;
	ssize_t size;

	if (random_next(&storm->seed) % 3 == 0) {
		size = weir_pipe_peek(end, WEIR_FOREVER, &message);
		if (size >= 0) {
			number = check(storm, message, size);
			must_be(weir_pipe_release(end), 0);
			return (int64_t)number;
		}
		if (size != -EMSGSIZE)
			return size;
	}
	if (random_next(&storm->seed) % 3 == 0)
		must_be(weir_pipe_poll(end, WEIR_FOREVER), 1);
	size = weir_pipe_recv(end, buffer, sizeof(buffer), WEIR_FOREVER);
	return size < 0 ? size : (int64_t)check(storm, buffer, size);
}

void storm_receive(void *argument)
{
	struct storm *storm = argument;
	struct ledger *ledger = storm->ledger;
	int64_t number;

	weir_pipe_close(storm->ends[1]);
	for (;;) {
		write_word(&ledger->receiving, 1);
		number = receive_one(storm);
		if (number < 0)
			break;
		account(ledger, (uint64_t)number);
		write_word(&ledger->receiving, 0);
	}
	must_be(number, -EPIPE);
	write_word(&ledger->receive_done, 1);
}
