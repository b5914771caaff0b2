/* SPDX-License-Identifier: MIT */
#include "ledger.h"

#include <errno.h>
#include <inttypes.h>

/* After a death nobody sleeps longer than a slice without looking. */
#define NOTICED WEIR_MS(200)

/* Byte i of message `number`. */
static unsigned char byte_of(int number, size_t i)
{
	uint64_t x = (uint64_t)(number + 1) * UINT64_C(0x9e3779b97f4a7c15) +
	             (i >> 3) * UINT64_C(0xd1342543de82ef95);

	if (i == 0) /* the shortest messages differ too */
		return (unsigned char)(number + 1);
	return (unsigned char)((x ^ (x >> 29)) >> (8 * (i & 7)));
}

static void fill(unsigned char *content, size_t size, int number)
{
	for (size_t i = 0; i < size; i++)
		content[i] = byte_of(number, i);
}

static bool matches(const unsigned char *content, size_t size, int number)
{
	for (size_t i = 0; i < size; i++) {
		if (content[i] != byte_of(number, i))
			return false;
	}
	return true;
}

void ledger_begin(struct ledger *ledger, struct ring_layout *ring,
                  uint64_t room)
{
	*ledger = (struct ledger){
		.ring = ring,
		.room = room,
		.senders = 1,
		.receivers = 1,
		.senders_left = 1,
		.receivers_left = 1,
		.asked = -1,
	};
}

/* All that was sent is received, and everybody can see it. */
static bool empty(const struct ledger *ledger)
{
	return ledger->delivered == ledger->count && !ledger->receiving &&
	       !ledger->broken_off && !ledger->receiver_died &&
	       sim_visible(ledger->receiver);
}

void ledger_send(struct ledger *ledger, unsigned char *content, size_t size)
{
	if (ledger->count == LEDGER_MOST)
		sim_fail("the scenario sends too much");
	ledger->was_empty = empty(ledger);
	fill(content, size, ledger->count);
	ledger->message[ledger->count++] = (struct message){ .size = size };
	ledger->sending = true;
	ledger->sender = sim_self();
	ledger->send_began = sim_now();
	ledger->tail = ledger->ring->tail.bits;
}

/* A call that ends for want of time: neither early nor otherwise. */
static void check_time(const char *call, ssize_t code, int64_t timeout,
                       int64_t began)
{
	int64_t waited = sim_now() - began;

	if (timeout == WEIR_FOREVER ||
	    code != (timeout <= 0 ? -EAGAIN : -ETIMEDOUT))
		sim_fail("%s: %zd, timeout %" PRId64, call, code, timeout);
	if (code == -ETIMEDOUT && waited < timeout)
		sim_fail("%s: -ETIMEDOUT after %" PRId64 " ns of %" PRId64,
		         call, waited, timeout);
}

static bool streams(const struct ledger *ledger, const struct message *message)
{
	return message->size > ledger->room / 2 - 16;
}

void ledger_sent(struct ledger *ledger, int code, int64_t timeout)
{
	struct message *last = &ledger->message[ledger->count - 1];

	ledger->sending = false;
	last->state = code == 0 ? MESSAGE_SENT : MESSAGE_FAILED;
	if (code == 0)
		return;
	ledger->broken_off |= streams(ledger, last);
	if (code == -EPIPE) {
		last->state = MESSAGE_UNSURE;
		if (ledger->receivers > 0)
			sim_fail("send: -EPIPE, and the receiver lives");
		return;
	}
	check_time("send", code, timeout, ledger->send_began);
	if (!streams(ledger, last) && ledger->was_empty)
		sim_fail("send: %d, and the ring is empty", code);
}

/* A stream whose first part is in the ring: more than a PAD came after tail. */
static bool stream_under_way(const struct ledger *ledger)
{
	return ledger->sending && ledger->count > 0 &&
	       streams(ledger, &ledger->message[ledger->count - 1]) &&
	       ledger->ring->tail.bits - ledger->tail > ledger->room / 4;
}

void ledger_receive(struct ledger *ledger, bool takes, bool follows)
{
	ledger->receiving = true;
	ledger->takes = takes;
	ledger->receive_began = sim_now();
	ledger->receiver = sim_self();
	ledger->due = 0;
	ledger->asked = -1;
	if (follows && stream_under_way(ledger))
		ledger->asked = ledger->count - 1;
	for (int k = 0; k < ledger->count; k++) {
		if (ledger->message[k].state == MESSAGE_SENT &&
		    (k < ledger->count - 1 || !ledger->sending) &&
		    sim_visible(ledger->sender))
			ledger->due = k + 1;
	}
}

/* Who followed has asked for the stream again, if it is still under way. */
static void call_ends(struct ledger *ledger)
{
	if (ledger->asked >= 0 && ledger->asked == ledger->count - 1 &&
	    ledger->sending)
		ledger->message[ledger->asked].must_come = true;
	ledger->receiving = false;
}

/* Steps over what need not come, up to message `end`. */
static void pass_over(struct ledger *ledger, int end, const char *why)
{
	for (; ledger->delivered < end; ledger->delivered++) {
		int k = ledger->delivered;

		if (ledger->message[k].state != MESSAGE_SENT)
			continue;
		if (ledger->message[k].must_come || ledger->may_miss-- <= 0)
			sim_fail("%s: message %d was sent, and is missing", why,
			         k);
	}
}

static void deliver(struct ledger *ledger, const unsigned char *content,
                    size_t size)
{
	for (int k = ledger->delivered; k < ledger->count; k++) {
		const struct message *message = &ledger->message[k];

		if (message->size != size || message->state == MESSAGE_FAILED ||
		    !matches(content, size, k))
			continue;
		pass_over(ledger, k, "recv");
		ledger->delivered = k + 1;
		ledger->may_miss = 0;
		return;
	}
	for (int k = 0; k < ledger->count; k++) {
		if (ledger->message[k].size == size &&
		    matches(content, size, k))
			sim_fail("recv: message %d, which must not come", k);
	}
	sim_fail("recv: %zu bytes that are no message", size);
}

/* No message in time, and none that it had to find. */
static void check_nothing(struct ledger *ledger, ssize_t code, int64_t timeout)
{
	check_time("recv", code, timeout, ledger->receive_began);
	pass_over(ledger, ledger->due, "recv finds nothing");
}

static void end_of_file(struct ledger *ledger, bool drains)
{
	if (!drains && ledger->senders > 0)
		sim_fail("recv: -EPIPE, and the sender lives");
	pass_over(ledger, drains ? ledger->due : ledger->count, "end of file");
}

void ledger_received(struct ledger *ledger, const unsigned char *content,
                     ssize_t length, int64_t timeout, bool drains)
{
	if (length >= 0)
		deliver(ledger, content, (size_t)length);
	else if (length == -EPIPE)
		end_of_file(ledger, drains);
	else
		check_nothing(ledger, length, timeout);
	call_ends(ledger);
}

void ledger_looked(struct ledger *ledger, ssize_t length, int64_t timeout)
{
	if (length < 0 && length != -EPIPE)
		check_nothing(ledger, length, timeout);
	call_ends(ledger);
}

void ledger_sender_comes(struct ledger *ledger)
{
	ledger->senders++;
	ledger->senders_left++;
	ledger->shared = true;
}

void ledger_sender_goes(struct ledger *ledger)
{
	ledger->senders--;
}

void ledger_sender_gone(struct ledger *ledger, bool closed)
{
	ledger->senders_left--;
	ledger->gone = sim_now();
	ledger->closed = closed;
}

void ledger_receiver_comes(struct ledger *ledger)
{
	ledger->receivers++;
	ledger->receivers_left++;
	ledger->shared = true;
}

/* Nobody need take any more what was asked for. */
static void forget_asking(struct ledger *ledger)
{
	for (int k = ledger->delivered; k < ledger->count; k++)
		ledger->message[k].must_come = false;
}

void ledger_receiver_goes(struct ledger *ledger)
{
	ledger->receivers--;
	forget_asking(ledger);
}

void ledger_receiver_gone(struct ledger *ledger, bool closed)
{
	ledger->receivers_left--;
	ledger->gone = sim_now();
	ledger->closed = closed;
}

void ledger_died(struct ledger *ledger, int process)
{
	if (ledger->sending && ledger->sender == process) {
		struct message *last = &ledger->message[ledger->count - 1];

		ledger->sending = false;
		last->state = MESSAGE_UNSURE;
		ledger->broken_off |= streams(ledger, last);
	}
	if (ledger->receiver == process)
		ledger->receiver_died = true;
	if (ledger->receiving && ledger->receiver == process) {
		ledger->receiving = false;
		ledger->may_miss += ledger->takes;
		forget_asking(ledger);
	}
}

bool ledger_waits(const struct ledger *ledger)
{
	int count = 0;

	for (int k = ledger->delivered; k < ledger->count; k++)
		count += ledger->message[k].state == MESSAGE_SENT;
	return count > ledger->may_miss && sim_visible(ledger->sender);
}

static void check_wakes(const struct ledger *ledger, bool data, bool room)
{
	if (data && ledger_waits(ledger))
		sim_fail("the receiver sleeps, and a message waits");
	if (data && room)
		sim_fail("both sides sleep, each for the other");
	if (data && ledger->senders_left == 0 && ledger->closed)
		sim_fail("the receiver sleeps, and the sender has closed");
	if (room && ledger->receivers_left == 0 && ledger->closed)
		sim_fail("the sender sleeps, and the receiver has closed");
}

void ledger_asleep(const struct ledger *ledger)
{
	bool data = ledger->receiving &&
	            sim_sleeps_on(ledger->receiver, &ledger->ring->data);
	bool room = ledger->sending &&
	            sim_sleeps_on(ledger->sender, &ledger->ring->room);
	bool late = sim_now() - ledger->gone > NOTICED &&
	            sim_now() - sim_continued > NOTICED;

	/* It may hold what is to be asked for, or have to wake. */
	if (ledger->shared && sim_anybody_lingers())
		return;
	/* A wake may die with a process, so until its slice ends. */
	if (!sim_anybody_killed())
		check_wakes(ledger, data, room);
	if (data && ledger->senders_left == 0 && late)
		sim_fail("the receiver sleeps, and the sender is long gone");
	if (room && ledger->receivers_left == 0 && late)
		sim_fail("the sender sleeps, and the receiver is long gone");
}

const char *ledger_end(const struct ledger *ledger)
{
	for (int k = ledger->delivered; k < ledger->count; k++) {
		if (ledger->message[k].must_come &&
		    ledger->message[k].state == MESSAGE_SENT)
			return "a stream was asked for, sent, and did not come";
	}
	return NULL;
}
