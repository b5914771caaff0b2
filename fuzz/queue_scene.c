/* SPDX-License-Identifier: MIT */
#include "queue_scene.h"

#include "queue_census.h"
#include "sim/heap.h"

enum {
	PLANT = 65536,
	GROUPS = SIM_ACTORS + 4,
	GROUP = 4,
	GROUPED_STRIDE = 1024
};

struct hand *hands[SIM_ACTORS];
struct queue_shape shape;
const struct pool *shape_pool;

static struct hand *first;

static void choose_limits(struct choices *choices)
{
	static const uint8_t kills[] = { 0, 0, 1, 1, 1, 2, 2, 3 };
	static const uint8_t stops[] = { 0, 2, 4 };

	choices->schedule.kills = kills[choose(choices, sizeof(kills))];
	choices->schedule.stops = stops[choose(choices, sizeof(stops))];
}

void scene_choose(struct choices *choices)
{
	static const int64_t exits[] = { 0, 0, WEIR_MS(30), WEIR_MS(500) };
	static const int kinds[] = { BLOCKS_TINY,    BLOCKS_TINY,
		                     BLOCKS_TINY,    BLOCKS_TINY,
		                     BLOCKS_TINY,    BLOCKS_GROUPED,
		                     BLOCKS_GROUPED, BLOCKS_LARGE };
	unsigned block;

	choose_limits(choices);
	block = choose(choices, 8);
	shape = (struct queue_shape){
		.capacity = 1 + (int)choose(choices, 3),
		.kind = kinds[block],
		.in_region = kinds[block] != BLOCKS_GROUPED &&
		             choose(choices, 8) == 7,
		.start = choose(choices, 2) ? (int)choose(choices, STARTS) : 0,
		.before = (int)choose(choices, 5),
		.single = choose(choices, 4) == 3 ? 1 + (int)choose(choices, 2)
		                                  : 0,
		.deliveries = choose(choices, 8) == 7
		                      ? 1 + (int)choose(choices, 2)
		                      : 0,
		.shuts = choose(choices, 4) == 3,
		.sizes = (int)choose(choices, 4),
		.patience = (int)choose(choices, 3),
		.workers = 2 + (int)choose(choices, 3),
		.turns = 1 + (int)choose(choices, QUEUE_TURNS),
		.lazy = choose(choices, 2),
		.late = choose(choices, 2),
		.one_cpu = choose(choices, 4) != 0,
		.no_fences = choose(choices, 16) == 15,
		.exit_takes = exits[choose(choices, 4)],
	};
	shape.blocks = shape.capacity + (int)choose(choices, 5);
}

size_t scene_block_size(void)
{
	static const size_t sizes[] = { [BLOCKS_TINY] = 24,
		                        [BLOCKS_GROUPED] = 1016,
		                        [BLOCKS_LARGE] = 4096 };

	return sizes[shape.kind];
}

static uint64_t start_position(void)
{
	static const uint64_t starts[STARTS] = {
		[START_32] = UINT64_C(1) << 32,
		[START_40] = (UINT64_C(1) << 40) + 64,
		[START_38] = UINT64_C(1) << 38,
		[START_43] = UINT64_C(1) << 43,
	};

	return starts[shape.start]
	               ? starts[shape.start] - (uint64_t)shape.before
	               : 0;
}

/* ---- a queue whose blocks stand in groups, but of which there are few */

static struct queue_geometry grouped;

static void format(void *subject, unsigned char *at, bool zeroed)
{
	struct queue_layout *shared = (void *)at;

	(void)subject;
	queue_format(at, &grouped, zeroed);
	shared->max_deliveries = (uint32_t)shape.deliveries;
}

static int create_grouped(struct weir_queue **queue,
                          struct weir_queue_options *options)
{
	static struct home home;
	struct home_plan plan = { .type = OBJECT_QUEUE };
	int code;

	options->memory =
		GROUPS * GROUP * (GROUPED_STRIDE - sizeof(struct block));
	code = queue_plan(options, &grouped);
	if (code < 0)
		return code;
	grouped.grouped = true;
	grouped.group = GROUP;
	grouped.cells_at += CACHE_LINE;
	grouped.words_at += CACHE_LINE;
	grouped.data_at += CACHE_LINE;
	plan.bytes = grouped.bytes += CACHE_LINE;
	plan.taken = grouped.taken += CACHE_LINE;
	code = home_create(&home, "q", &plan, &options->segment, format, NULL);
	if (code < 0)
		return code;
	code = weir_queue_open(queue, "q");
	home_close(&home);
	return code;
}

/* ---- */

static int create(struct hand *hand)
{
	struct weir_queue_options options = {
		.capacity = (size_t)shape.capacity,
		.block_size = scene_block_size(),
		.max_deliveries = (unsigned)shape.deliveries,
	};
	size_t room = shape.kind == BLOCKS_TINY ? 16 : scene_block_size();
	int code = 0;

	options.memory = (size_t)shape.blocks * room;
	if (shape.kind == BLOCKS_GROUPED)
		return create_grouped(&hand->queue, &options);
	if (shape.in_region)
		code = weir_region_create(&hand->region, "r", PLANT, NULL);
	options.segment.region = hand->region;
	if (code == 0)
		code = weir_queue_create(&hand->queue, "q", &options);
	return code;
}

static struct hand *new_hand(void)
{
	struct hand *hand = sim_calloc(1, sizeof(*hand));

	hand->leased = -1;
	return hand;
}

/* Tables that are scanned, and next to empty. */
static void leave_out_tables(const struct weir_region *region)
{
	const unsigned char *base = region->segment.base;

	sim_dull(region->shared->member, region->shared->member + MEMBERS_MOST);
	sim_dull(base + region->geometry.entries, base + region->geometry.size);
}

void scene_begin(void)
{
	struct queue_layout *shared;
	int code;

	sim_sparse = true;
	first = new_hand();
	code = create(first);
	if (code < 0) {
		sim_fail("the queue was not made: %d", code);
		return;
	}
	shared = first->queue->view.shared;
	leave_out_tables(first->queue->home.region);
	shape_pool = census_begin(&first->queue->view);
	census_start(start_position());
	books_begin(shape.capacity, (int)shape_pool->base,
	            (unsigned)shape.deliveries);
	/* What everybody would have found out when it first slept. */
	for (int i = 0; i < 2 && shape.one_cpu; i++)
		shared->only_cpu[i].bits = 1;
}

struct hand *scene_hand(int number)
{
	struct hand *hand = number == 0 ? first : new_hand();
	int code = 0;

	if (number > 0 && shape.in_region)
		code = weir_region_open(&hand->region, "r");
	if (number > 0 && code == 0)
		code = shape.in_region ? weir_queue_open_in(&hand->queue,
		                                            hand->region, "q")
		                       : weir_queue_open(&hand->queue, "q");
	if (code < 0)
		sim_fail("the queue was not opened: %d", code);
	else
		hand_opened(hand);
	return hand;
}

void scene_give(const struct hand *hand)
{
	const struct weir_region *region = hand->queue->home.region;

	sim_give_descriptor(region->segment.fd, hand->actor);
	sim_give_descriptor(region->membership.place.hold_fd, hand->actor);
	sim_give_descriptor(region->membership.place.probe_fd, hand->actor);
}
