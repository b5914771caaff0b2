/* SPDX-License-Identifier: MIT */
#include "region/home.h"

#include "doors/files.h"
#include "members/recovery.h"
#include "region/names.h"

#include <errno.h>

/*
 * Who looked at an entry before it was ours may have its bytes locked for a
 * moment, or until he is continued.  Then another entry serves.
 */
enum { ENTRY_TRIES = 1000, OPEN_TRIES = 1000 };

static const struct weir_segment_options defaults;

/* An object to be made. */
struct making {
	struct object_plan plan;
	home_format format;
	void *subject;
};

/* The home is there now. */
static void settle(struct home *home, const struct object *object)
{
	home->at = object->at;
	home->entry = object->entry;
}

/* ---- creating */

/* -EAGAIN: the entry that was chosen is locked by somebody. */
static int make_once(struct home *home, const struct making *making,
                     struct seat_layout *seat)
{
	struct weir_region *region = home->region;
	struct object object;
	int code = directory_make(region, seat, &making->plan, &object);

	if (code < 0)
		return code;
	code = directory_use(region, object.entry);
	if (code == 0)
		code = directory_keep(region, object.entry);
	if (code < 0) {
		directory_drop(region, seat, &object);
		if (code == -EAGAIN)
			directory_pass_over(region, object.entry);
		return code;
	}
	making->format(making->subject, object.at, region->single);
	code = directory_publish(region, seat, &making->plan, &object);
	if (code < 0)
		directory_leave(region, object.entry);
	else
		settle(home, &object);
	return code;
}

static int make(struct home *home, const struct making *making)
{
	struct seat_layout *seat;
	int code = seat_mine(&home->region->membership, &seat);

	if (code < 0)
		return code;
	code = -EBUSY;
	registry_lock();
	for (int i = 0; i < ENTRY_TRIES && code == -EBUSY; i++) {
		code = make_once(home, making, seat);
		if (code == -EAGAIN)
			code = -EBUSY;
	}
	registry_unlock();
	return code;
}

/* Gives up what nobody has seen. */
static void unmake(struct home *home)
{
	registry_lock();
	directory_leave(home->region, home->entry);
	registry_unlock();
	region_leave(home->region);
}

static int create_own(struct home *home, const char *name,
                      const struct home_plan *plan,
                      const struct weir_segment_options *options,
                      const struct making *making)
{
	struct region_plan wanted = { .type = plan->type };
	struct weir_region *region;
	int code;

	geometry_plan_one(&wanted.geometry, plan->bytes);
	wanted.taken = REGION_OBJECTS + plan->taken;
	if (plan->taken == 0 || plan->taken > plan->bytes)
		wanted.taken = wanted.geometry.entries;
	code = region_create(&region, name, &wanted, options);
	if (code < 0)
		return code;
	region->single = true;
	home->region = region;
	code = make(home, making);
	if (code < 0) {
		region_leave(region);
		return code;
	}
	code = name ? segment_publish(&region->segment, name) : 0;
	if (code < 0)
		unmake(home);
	return code;
}

int home_create(struct home *home, const char *name,
                const struct home_plan *plan,
                const struct weir_segment_options *options, home_format format,
                void *subject)
{
	struct making making = { { plan->type, plan->bytes, NULL },
		                 format,
		                 subject };
	struct segment_path path;

	if (!options)
		options = &defaults;
	if ((name && segment_path(name, &path) < 0) || plan->bytes == 0 ||
	    plan->bytes > REGION_LARGEST || segment_options_check(options) < 0)
		return -EINVAL;
	if (!options->region)
		return create_own(home, name, plan, options, &making);
	if (name)
		segment_name_length(&name); /* it is valid; without its '/' */
	making.plan.name = name;
	home->region = options->region;
	return make(home, &making);
}

/* ---- opening */

/* Takes a region of one object over, on failure too. */
static int open_only(struct home *home, struct weir_region *region,
                     enum object_type type)
{
	struct object object;
	int code;

	region->single = true;
	home->region = region;
	registry_lock();
	code = directory_only(region, type, &object);
	if (code == 0)
		code = directory_keep(region, object.entry);
	registry_unlock();
	if (code < 0)
		region_leave(region);
	else
		settle(home, &object);
	return code == -EAGAIN ? -EBUSY : code;
}

int home_open(struct home *home, const char *name, enum object_type type)
{
	struct weir_region *region;
	int code = region_open(&region, name, type);

	return code < 0 ? code : open_only(home, region, type);
}

int home_open_fd(struct home *home, int fd, enum object_type type)
{
	struct weir_region *region;
	int code = region_open_fd(&region, fd, type);

	return code < 0 ? code : open_only(home, region, type);
}

int home_open_in(struct home *home, struct weir_region *region,
                 const char *name, enum object_type type)
{
	int code = region->membership.code;
	struct object object;

	if (segment_name_length(&name) < 0)
		return -EINVAL;
	home->region = region;
	registry_lock();
	if (code == 0)
		code = directory_find(region, name, type, &object);
	if (code == 0)
		code = directory_keep(region, object.entry);
	registry_unlock();
	if (code == 0)
		settle(home, &object);
	return code == -EAGAIN ? -EBUSY : code;
}

int home_open_or_create(struct home *home, const char *name,
                        const struct home_plan *plan,
                        const struct weir_segment_options *options,
                        home_format format, void *subject)
{
	struct weir_region *region = options ? options->region : NULL;

	if (!name)
		return -EINVAL;
	/* Each turn fails only because somebody else got something done. */
	for (int i = 0; i < OPEN_TRIES; i++) {
		int code = region ? home_open_in(home, region, name, plan->type)
		                  : home_open(home, name, plan->type);

		if (code == -ENOENT)
			code = home_create(home, name, plan, options, format,
			                   subject);
		if (code != -EEXIST)
			return code;
	}
	return -EBUSY;
}

void home_close(struct home *home)
{
	if (home->region->single) {
		unmake(home);
		return;
	}
	registry_lock();
	directory_leave(home->region, home->entry);
	directory_reclaim(home->region, home->entry);
	registry_unlock();
}

/* ---- facts */

int home_fd(const struct home *home)
{
	return home->region->single ? home->region->segment.fd : -ENOTSUP;
}

int home_identity(const struct home *home, struct home_identity *identity)
{
	struct file_facts facts;
	int code = file_facts(home->region->segment.fd, &facts);

	if (code < 0)
		return code;
	*identity = (struct home_identity){
		.device = facts.device,
		.inode = facts.inode,
		.generation = owner_generation(
			directory_word(home->region, home->entry)),
		.entry = home->entry,
	};
	return 0;
}

int home_backing(const struct home *home)
{
	return (int)home->region->segment.backing;
}

bool home_intact(const struct home *home)
{
	return segment_intact(&home->region->segment);
}

int64_t home_bytes(const struct home *home)
{
	struct object object = { .entry = home->entry };
	enum object_type type;
	int code;

	object.word = directory_word(home->region, home->entry);
	code = name_locate_typed(home->region, &object, &type);
	if (code < 0)
		return code;
	return object.at == home->at ? (int64_t)object.bytes : -EUCLEAN;
}

int home_take(const struct home *home, uint64_t offset, uint64_t bytes)
{
	const struct segment *segment = &home->region->segment;
	uint64_t begin = (uint64_t)(home->at - segment->base) + offset;
	uint64_t end = begin + bytes + REGION_PAGE - 1;
	int64_t room = home_bytes(home);

	if (room < 0 || offset > (uint64_t)room ||
	    bytes > (uint64_t)room - offset)
		return -EUCLEAN;
	if (!home->region->single || bytes == 0)
		return 0;
	begin -= begin % REGION_PAGE;
	end -= end % REGION_PAGE;
	return file_take(segment->fd, begin, end - begin);
}

/* A look is a system call. */
enum { LOOKS_MOST = 64 };

int home_recover(const struct home *home)
{
	int code = 0;

	registry_lock();
	if (home->region->membership.code == 0)
		code = recover_some(&home->region->membership, LOOKS_MOST);
	registry_unlock();
	return code;
}

int home_recover_one(const struct home *home, uint32_t member)
{
	int code = 0;

	registry_lock();
	if (home->region->membership.code == 0)
		code = recover_one(&home->region->membership, member);
	registry_unlock();
	return code;
}

int home_recover_all(const struct home *home)
{
	int code = 0;

	registry_lock();
	if (home->region->membership.code == 0)
		code = recover_all(&home->region->membership);
	registry_unlock();
	return code;
}
