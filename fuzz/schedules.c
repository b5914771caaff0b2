/* SPDX-License-Identifier: MIT */
#include "schedules.h"

enum { EVENTS_MOST = 150 };

static const struct sim_event never = { .points = SIM_NEVER };

/* Of 32: how often each of them happens. */
static enum sim_what what_of(uint32_t number)
{
	static const struct {
		uint32_t below;
		enum sim_what what;
	} table[] = {
		{ 15, SIM_SWITCH }, { 19, SIM_DRAIN }, { 23, SIM_LAZY },
		{ 25, SIM_EAGER },  { 28, SIM_WAKE },  { 30, SIM_STOP },
		{ 32, SIM_KILL },
	};
	int i = 0;

	while (number % 32 >= table[i].below)
		i++;
	return table[i].what;
}

/* Many events in a row, or few and far between. */
static uint32_t points_of(uint32_t number)
{
	static const uint32_t below[] = { 4, 16, 64, 256 };

	return number / 4 % below[number % 4];
}

/* xorshift64*, by Marsaglia and Vigna. */
uint64_t random_number(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(0x2545f4914f6cdd1d);
}

static struct sim_event next_random(struct sim_schedule *schedule)
{
	struct random_schedule *random = (struct random_schedule *)schedule;
	uint64_t number;

	if (random->left == 0)
		return never;
	random->left--;
	number = random_number(&random->state) >> 8;
	return (struct sim_event){
		.points = points_of((uint32_t)(number & 0xffff)),
		.what = what_of((uint32_t)(number >> 16 & 0xff)),
		.argument = (uint32_t)(number >> 24 & 0xff),
	};
}

void random_schedule(struct random_schedule *random, uint64_t seed)
{
	static const uint8_t few[] = { 0, 1, 1, 2 };
	uint64_t number;

	*random = (struct random_schedule){
		.schedule.next = next_random,
		.state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1,
		.left = EVENTS_MOST,
	};
	number = random_number(&random->state) >> 20;
	random->schedule.kills = few[number & 3];
	random->schedule.stops = few[number >> 2 & 3] / 2u;
}

static struct sim_event next_bytes(struct sim_schedule *schedule)
{
	struct byte_schedule *own = (struct byte_schedule *)schedule;
	struct sim_event event = never;

	if (own->left < 3)
		return never;
	event.points = points_of(own->bytes[0]);
	event.what = what_of(own->bytes[1]);
	event.argument = own->bytes[2];
	own->bytes += 3;
	own->left -= 3;
	return event;
}

void byte_schedule(struct byte_schedule *own, const uint8_t *bytes,
                   size_t count)
{
	*own = (struct byte_schedule){
		.schedule = { .next = next_bytes, .kills = 2, .stops = 1 },
		.bytes = bytes,
		.left = count,
	};
}

static struct sim_event next_listed(struct sim_schedule *schedule)
{
	struct listed_schedule *listed = (struct listed_schedule *)schedule;
	struct sim_event event;

	if (listed->at == listed->count)
		return never;
	event = listed->events[listed->at++];
	event.points -= listed->passed;
	listed->passed += event.points;
	return event;
}

void listed_schedule(struct listed_schedule *listed)
{
	listed->schedule = (struct sim_schedule){ .next = next_listed };
	listed->at = 0;
	listed->passed = 0;
	for (int i = 0; i < listed->count; i++) {
		enum sim_what what = listed->events[i].what;

		listed->schedule.kills +=
			what == SIM_KILL || what == SIM_KILL_ANY;
		listed->schedule.stops +=
			what == SIM_STOP || what == SIM_STOP_ANY;
	}
}
