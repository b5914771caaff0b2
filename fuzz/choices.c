/* SPDX-License-Identifier: MIT */
#include "choices.h"

/* xorshift64*, by Marsaglia and Vigna, of which the upper bits are best. */
static unsigned next_byte(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (unsigned)(*state * UINT64_C(0x2545f4914f6cdd1d) >> 56);
}

unsigned choose(struct choices *choices, unsigned n)
{
	unsigned byte = 0;

	if (n < 2)
		return 0;
	if (!choices->bytes) {
		byte = next_byte(&choices->state);
	} else if (choices->left > 0) {
		byte = *choices->bytes++;
		choices->left--;
	}
	return byte % n;
}

/* Of 64: how often each of them happens. */
static enum sim_what what_of(unsigned number)
{
	static const struct {
		uint8_t below;
		enum sim_what what;
	} table[] = {
		{ 24, SIM_SWITCH },   { 38, SIM_DRAIN },
		{ 41, SIM_LAZY },     { 42, SIM_EAGER },
		{ 45, SIM_WAKE },     { 48, SIM_STOP_ANY },
		{ 52, SIM_CONTINUE }, { 57, SIM_KILL_ANY },
		{ 61, SIM_CLOSE },    { 64, SIM_LEAP },
	};
	int i = 0;

	while (number >= table[i].below)
		i++;
	return table[i].what;
}

static struct sim_event next_chosen(struct sim_schedule *schedule)
{
	struct choices *choices = (struct choices *)schedule;
	struct sim_event event = { .points = SIM_NEVER };

	if (choices->bytes && choices->left == 0)
		return event;
	event.points = choose(choices, choices->points);
	event.what = what_of(choose(choices, 64));
	event.argument = choose(choices, 256);
	return event;
}

static void begin(struct choices *choices)
{
	static const uint8_t points[] = { 3, 8, 20, 60, 200 };

	choices->schedule.next = next_chosen;
	choices->points = points[choose(choices, sizeof(points))];
}

void choices_of_seed(struct choices *choices, uint64_t seed)
{
	*choices = (struct choices){
		.state = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) | 1,
	};
	begin(choices);
}

void choices_of_bytes(struct choices *choices, const uint8_t *bytes,
                      size_t count)
{
	*choices = (struct choices){ .bytes = bytes, .left = count };
	begin(choices);
}
