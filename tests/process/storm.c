/* SPDX-License-Identifier: MIT */
#include "storm.h"

#include "lives.h"

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

static void hand_over(struct life *life, uint32_t *forks)
{
	life_hand_over(life);
	write_word(forks, read_word(forks) + 1);
}

void storm_send(void *argument)
{
	struct storm *storm = argument;
	struct ledger *ledger = storm->ledger;
	uint32_t number = read_word(&ledger->tried);
	struct life life;
	int code = 0;

	life_begin(&life, storm->root);
	weir_pipe_close(storm->ends[0]);
	while (number < storm->messages) {
		write_word(&ledger->tried, number + 1);
		code = send_one(storm, number);
		if (code != 0)
			break;
		mark(&ledger->sent[number++]);
		if (random_next(&storm->seed) % 500 == 0)
			hand_over(&life, &ledger->send_forks);
		life_bind(&life);
	}
	must(code == 0 || code == -EPIPE);
	write_word((uint32_t *)&ledger->send_code, (uint32_t)code);
}

static union front read_front(const struct ledger *ledger)
{
	return (union front){
		.word = __atomic_load_n(&ledger->front.word, __ATOMIC_SEQ_CST),
	};
}

uint32_t storm_next(const struct ledger *ledger)
{
	return read_front(ledger).next;
}

static void write_front(struct ledger *ledger, union front front)
{
	__atomic_store_n(&ledger->front.word, front.word, __ATOMIC_SEQ_CST);
}

void storm_bury(struct ledger *ledger)
{
	union front front = read_front(ledger);

	ledger->deaths = (uint16_t)(ledger->deaths + front.receiving);
	front.receiving = 0;
	write_front(ledger, front);
}

/*
 * A message in between was not sent, or a receiver that died had it in hand,
 * one message each: it is lost, or that receiver had just written that it came.
 */
static void check_gap(struct ledger *ledger, uint32_t number)
{
	union front front = read_front(ledger);
	int deaths = ledger->deaths - front.deaths;

	must(number >= front.next);
	for (uint32_t i = front.next; i < number; i++) {
		bool came = marked(&ledger->got[i]);

		if (!came && !marked(&ledger->sent[i]))
			continue;
		must(deaths-- > 0);
		if (!came)
			__atomic_store_n(&ledger->lost[i], 1, __ATOMIC_SEQ_CST);
	}
}

/* All before `next` is accounted for, and all deaths so far are. */
static union front settled(const struct ledger *ledger, uint32_t next)
{
	union front front = { .word = 0 };

	front.next = next;
	front.deaths = ledger->deaths;
	return front;
}

void storm_account(struct ledger *ledger, uint32_t number)
{
	check_gap(ledger, number);
	write_front(ledger, settled(ledger, number));
}

static void account_for_one(struct ledger *ledger, uint32_t number)
{
	check_gap(ledger, number);
	must(!marked(&ledger->lost[number]));
	mark(&ledger->got[number]);
	write_front(ledger, settled(ledger, number + 1));
}

/* From now on a message may go with us. */
static void enter_call(struct ledger *ledger)
{
	union front front = read_front(ledger);

	front.receiving = 1;
	write_front(ledger, front);
}

/* The message at the front, or -errno. */
static int64_t peek_one(struct storm *storm, int64_t timeout)
{
	const void *message;
	ssize_t size = weir_pipe_peek(storm->ends[0], timeout, &message);

	return size < 0 ? size : (int64_t)check(storm, message, size);
}

/* Its number, or -errno. */
static int64_t receive_one(struct storm *storm)
{
	static unsigned char buffer[STAMP + STORM_LARGEST];
	struct weir_pipe *end = storm->ends[0];
	int64_t number;
	ssize_t size;

	if (random_next(&storm->seed) % 3 == 0) {
		number = peek_one(storm, WEIR_FOREVER);
		if (number >= 0)
			must_be(weir_pipe_release(end), 0);
		if (number != -EMSGSIZE)
			return number;
	}
	if (random_next(&storm->seed) % 3 == 0)
		must_be(weir_pipe_poll(end, WEIR_FOREVER), 1);
	size = weir_pipe_recv(end, buffer, sizeof(buffer), WEIR_FOREVER);
	return size < 0 ? size : (int64_t)check(storm, buffer, size);
}

int64_t storm_receive_one(struct storm *storm)
{
	int64_t number;

	enter_call(storm->ledger);
	number = receive_one(storm);
	if (number >= 0)
		account_for_one(storm->ledger, (uint32_t)number);
	return number;
}

void storm_receive(void *argument)
{
	struct storm *storm = argument;
	struct ledger *ledger = storm->ledger;
	struct life life;
	int64_t number;

	life_begin(&life, storm->root);
	weir_pipe_close(storm->ends[1]);
	while ((number = storm_receive_one(storm)) >= 0) {
		if (random_next(&storm->seed) % 500 == 0)
			hand_over(&life, &ledger->receive_forks);
		life_bind(&life);
	}
	must_be(number, -EPIPE);
	write_word(&ledger->receive_done, 1);
}

void storm_look(void *argument)
{
	struct storm *storm = argument;
	int64_t number = peek_one(storm, WEIR_NOWAIT);

	if (number >= 0)
		storm_account(storm->ledger, (uint32_t)number);
	else
		must(number == -EAGAIN || number == -EMSGSIZE ||
		     number == -EPIPE);
}
