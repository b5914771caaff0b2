/* SPDX-License-Identifier: MIT */
#include "region_schedule_inside.h"

struct worker workers[SIM_ACTORS];
static int owner; /* 1 + the actor that has the name, or 0 */
static const char name[] = "a", fleeting[] = "b";

static void rest(void)
{
	sim_nap(WEIR_MS(1));
}

static int create(struct weir_pipe **end, struct weir_region *region,
                  const char *called)
{
	struct weir_pipe_options options = {
		.segment.region = region,
		.size = RING,
		.simplex = true,
	};

	return weir_pipe_create(end, called, &options);
}

/* ---- the oracle */

static const struct entry_layout *entry_of(const struct weir_region *region,
                                           uint32_t entry)
{
	return table_at(&region->entries, entry);
}

/* Looks at memory as it is, past the door: nobody runs meanwhile. */
static bool extent_in_use(const struct weir_region *region, uint32_t entry,
                          struct extent *extent)
{
	const struct entry_layout *at = entry_of(region, entry);
	uint64_t generation = owner_generation(at->owner.bits);

	extent->offset = at->offset.bits;
	extent->lines = at->extent.bits & ((UINT64_C(1) << 36) - 1);
	return owner_state(at->owner.bits) != OWNER_FREE &&
	       at->extent.bits >> 36 == (generation & ((1 << 28) - 1)) &&
	       extent->lines > 0;
}

static void check_memory(const struct weir_pipe *end)
{
	const struct weir_region *region = end->region;
	uint32_t count = (uint32_t)region->shared->entries.bits;
	struct extent own, other;

	if (!extent_in_use(region, end->entry, &own))
		sim_fail("entry %u has no memory", end->entry);
	for (uint32_t i = 0; i < count; i++) {
		if (i != end->entry && extent_in_use(region, i, &other) &&
		    own.offset < other.offset + other.lines &&
		    other.offset < own.offset + own.lines)
			sim_fail("entries %u and %u have the same memory", i,
			         end->entry);
	}
}

static void claim_name(void)
{
	if (owner && sim_alive(owner - 1))
		sim_fail("the name was had by two");
	owner = 1 + sim_self();
}

/* The second end only sends: nothing waits there for an heir. */
static void check_end(const struct weir_pipe *end)
{
	if (end->side == 1 && end->draining)
		sim_fail("an end was had that somebody had left");
}

/* ---- turns */

static void use(struct weir_pipe *ends[2])
{
	uint64_t sent = 7 + (uint64_t)sim_self(), got = 0;
	int code;

	check_memory(ends[0]);
	check_end(ends[1]);
	code = weir_pipe_send(ends[1], &sent, sizeof(sent), WEIR_NOWAIT);
	if (code == 0)
		code = (int)weir_pipe_recv(ends[0], &got, sizeof(got),
		                           WEIR_NOWAIT);
	if (code != sizeof(got) || got != sent)
		sim_fail("a pipe of its own: %d, %llu", code,
		         (unsigned long long)got);
}

static void close_both(struct weir_pipe *ends[2])
{
	sim_call("close", CALL_POINTS);
	weir_pipe_close(ends[0]);
	weir_pipe_close(ends[1]);
}

static void have_name(struct worker *worker, struct weir_pipe *first)
{
	struct weir_pipe *ends[2] = { first, NULL };
	int code;

	claim_name();
	sim_call("open own", CALL_POINTS);
	code = weir_pipe_open_in(&ends[1], worker->region, name);
	if (code == 0)
		use(ends);
	else if (code != -EBUSY && code != -EPIPE)
		sim_fail("open of its own name: %d", code);
	owner = 0;
	sim_call("remove own", CALL_POINTS);
	code = weir_region_remove(worker->region, name);
	if (code != 0)
		sim_fail("remove of its own name: %d", code);
	close_both(ends);
}

static void take_name(struct worker *worker)
{
	struct weir_pipe *end;
	int code;

	sim_call("create", CALL_POINTS);
	code = create(&end, worker->region, name);
	if (code == 0)
		have_name(worker, end);
	else if (code != -EEXIST && code != -ENOSPC && code != -EBUSY)
		sim_fail("create: %d", code);
}

/* A name that is taken away from pipes of which an end is gone. */
static void open_or_create(struct worker *worker)
{
	struct weir_pipe_options options = {
		.segment.region = worker->region,
		.size = RING,
		.simplex = true,
	};
	struct weir_pipe *ends[2] = { NULL, NULL };
	int code;

	sim_call("open or create", CALL_POINTS);
	code = weir_pipe_open_or_create(&ends[0], fleeting, &options);
	if (code == 0 && ends[0]->side == 0) {
		sim_call("open the other", CALL_POINTS);
		code = weir_pipe_open_in(&ends[1], worker->region, fleeting);
		if (code == 0 && ends[1]->shared == ends[0]->shared)
			use(ends);
		else if (code != 0 && code != -EBUSY && code != -EPIPE &&
		         code != -ENOENT)
			sim_fail("open of the other end: %d", code);
	} else if (code == 0) {
		check_end(ends[0]);
	} else if (code != -ENOSPC && code != -EBUSY) {
		sim_fail("open or create: %d", code);
	}
	close_both(ends);
}

static void open_name(struct worker *worker)
{
	struct weir_pipe *end;
	int code;

	sim_call("open", CALL_POINTS);
	code = weir_pipe_open_in(&end, worker->region, name);
	if (code == 0) {
		check_end(end);
		weir_pipe_close(end);
	}
	if (code != 0 && code != -ENOENT && code != -EBUSY && code != -EPIPE)
		sim_fail("open: %d", code);
}

/* Only what a dead worker left. */
static void remove_name(struct worker *worker)
{
	int code;

	if (owner && sim_alive(owner - 1))
		return;
	if (!owner)
		return;
	owner = 0;
	sim_call("remove", CALL_POINTS);
	code = weir_region_remove(worker->region, name);
	if (code != 0 && code != -ENOENT)
		sim_fail("remove: %d", code);
}

int make_pair(struct worker *worker, struct weir_pipe *ends[2])
{
	struct weir_pipe_options options = {
		.segment.region = worker->region,
		.size = RING,
		.simplex = true,
	};
	int code;

	sim_call("pair", CALL_POINTS);
	code = weir_pipe_pair(ends, &options);
	if (code != 0 && code != -ENOSPC && code != -EBUSY)
		sim_fail("pair: %d", code);
	return code;
}

static void nameless(struct worker *worker)
{
	struct weir_pipe *ends[2];

	if (make_pair(worker, ends) != 0)
		return;
	use(ends);
	close_both(ends);
}

static void work(void *argument)
{
	struct worker *worker = argument;
	uint32_t turns = worker->turns;
	int code = -ENOENT;

	for (int i = 0; i < 20 && code == -ENOENT; i++) {
		sim_call("region open", CALL_POINTS);
		code = weir_region_open(&worker->region, "r");
		if (code == -ENOENT)
			rest();
	}
	if (code != 0)
		sim_fail("region open: %d", code);
	for (int i = 0; i < REGION_TURNS; i++, turns >>= 3) {
		switch (turns & 7) {
		case NAME:
			take_name(worker);
			break;
		case NAMELESS:
			nameless(worker);
			break;
		case OPEN:
			open_name(worker);
			break;
		case EITHER:
			open_or_create(worker);
			break;
		case REMOVE:
			remove_name(worker);
			break;
		case FORK:
			fork_child(worker);
			break;
		default:
			rest();
			break;
		}
	}
	sim_call("region close", CALL_POINTS);
	weir_region_close(worker->region);
}

/* ---- who is left */

static void check_nothing_half_made(const struct weir_region *region)
{
	uint32_t entries = (uint32_t)region->shared->entries.bits;
	int attached = 0;

	for (uint32_t i = 0; i < entries; i++) {
		uint32_t state = owner_state(entry_of(region, i)->owner.bits);

		if (state != ENTRY_FREE)
			sim_fail("entry %u is left in state %u", i, state);
	}
	for (int i = 0; i < MEMBERS_MOST; i++)
		attached += owner_state(region->shared->member[i].bits) ==
		            MEMBER_ATTACHED;
	if (attached != 1)
		sim_fail("%d members are attached", attached);
}

static bool somebody_works(void)
{
	for (int i = 0; i < SIM_ACTORS - 1; i++) {
		if (workers[i].actor >= 0 && sim_alive(workers[i].actor))
			return true;
	}
	return false;
}

static void survive(void *argument)
{
	struct weir_region *region = argument;
	struct weir_pipe *ends[ROOM + 1];
	int count = 0, code;

	while (somebody_works())
		rest();
	rest();
	sim_call("the survivor", CALL_POINTS);
	code = weir_region_remove(region, name);
	if (code == 0 || code == -ENOENT)
		code = weir_region_remove(region, fleeting);
	if (code != 0 && code != -ENOENT)
		sim_fail("the last remove: %d", code);
	while (count <= ROOM &&
	       (code = create(&ends[count], region, NULL)) == 0)
		count++;
	if (count != ROOM || code != -ENOSPC)
		sim_fail("room for %d in the end, then %d", count, code);
	for (int i = 0; i < count; i++)
		weir_pipe_close(ends[i]);
	check_nothing_half_made(region);
}

const char *region_schedule_run(uint64_t bits, struct sim_schedule *schedule)
{
	struct weir_region *region;
	const char *wrong;
	int last;

	sim_begin(schedule);
	owner = 0;
	for (int i = 0; i < SIM_ACTORS; i++)
		workers[i] = (struct worker){ .actor = -1 };
	/* The survivor's, so that it is a member from the beginning. */
	if (weir_region_create(&region, "r", PLANT, NULL) != 0)
		return "there is no region";
	last = sim_actor("last", survive, region);
	sim_share_descriptors(last);
	for (int i = 0; i < REGION_WORKERS; i++) {
		static const char *const names[] = { "one", "two", "three" };
		struct worker *worker = &workers[i];

		worker->turns = (uint32_t)(bits >> 9 * i & 511);
		worker->actor = sim_actor(names[i], work, worker);
	}
	wrong = sim_run();
	sim_end();
	return wrong;
}
