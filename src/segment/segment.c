/* SPDX-License-Identifier: MIT */
#include "segment/segment.h"

#include "doors/fault.h"
#include "doors/files.h"
#include "doors/futex.h"
#include "doors/locks.h"
#include "segment/layout_region.h"

#include <errno.h>

static const char prefix[] = "/dev/shm/weir.";

static bool name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

int segment_name_length(const char **name)
{
	size_t length;

	if (**name == '/')
		++*name;
	length = strnlen(*name, NAME_LONGEST + 1);
	if (length == 0 || length > NAME_LONGEST)
		return -EINVAL;
	for (size_t i = 0; i < length; i++) {
		if (!name_byte((*name)[i]))
			return -EINVAL;
	}
	return (int)length;
}

int segment_path(const char *name, struct segment_path *path)
{
	int length = segment_name_length(&name);

	if (length < 0)
		return length;
	memcpy(path->text, prefix, sizeof(prefix) - 1);
	memcpy(path->text + sizeof(prefix) - 1, name, (size_t)length + 1);
	return 0;
}

int segment_options_check(const struct weir_segment_options *options)
{
	if (options->mode & ~(mode_t)0666)
		return -EINVAL;
	for (int i = 0; i < 4; i++) {
		if (options->reserved[i] != 0)
			return -EINVAL;
	}
	return 0;
}

/* Every process that maps a segment comes through here. */
static int map(struct segment *segment, bool guarded)
{
	void *base;
	int code = map_file(segment->fd, segment->size, &base);

	/* Sealed against writing, which a descriptor's mode does not show. */
	if (code == -EPERM)
		return -EACCES;
	if (code < 0)
		return code;
	if (guarded) {
		code = fault_guard(base, segment->size);
		if (code < 0) {
			map_end(base, segment->size);
			return code;
		}
	}
	segment->base = base;
	segment->guarded = guarded;
	segment->fenced = !fence_join();
	return 0;
}

static void identify(struct segment *segment, enum object_type type,
                     mode_t mode)
{
	struct segment_layout *layout = (void *)segment->base;

	layout->identity = (struct segment_identity){
		.magic = LAYOUT_MAGIC,
		.version = LAYOUT_VERSION,
		.order = LAYOUT_ORDER,
		.size = segment->size,
		.type = type,
		.mode = mode,
	};
}

/* Each of these is a wish; what was granted is kept in `backing`. */
static void back(struct segment *segment, size_t size,
                 const struct weir_segment_options *options)
{
	uint32_t granted = 0;

	if (options->huge_pages && map_huge(segment->base, size))
		granted |= WEIR_BACKING_HUGE_PAGES;
	if (options->prefault && map_populate(segment->base, size))
		granted |= WEIR_BACKING_PREFAULTED;
	if (options->lock_memory && map_lock(segment->base, size))
		granted |= WEIR_BACKING_LOCKED;
	segment->backing = granted;
}

int segment_create(struct segment *segment, const char *name, uint64_t size,
                   enum object_type type,
                   const struct weir_segment_options *options)
{
	return segment_create_sparse(segment, name, size, size, type, options);
}

int segment_create_sparse(struct segment *segment, const char *name,
                          uint64_t size, uint64_t taken, enum object_type type,
                          const struct weir_segment_options *options)
{
	mode_t mode = options->mode ? options->mode : 0600;
	struct segment made = { .size = (size_t)size };
	int code;

	if (made.size != size)
		return -ENOMEM; /* a 32-bit process cannot map it */
	code = name ? file_unnamed(taken, mode) : file_anonymous(size);
	if (code < 0)
		return code;
	made.fd = code;
	code = name && taken < size ? file_extend(made.fd, size) : 0;
	if (code == 0)
		code = map(&made, name != NULL);
	if (code < 0) {
		file_close(made.fd);
		return code;
	}
	back(&made, (size_t)taken, options);
	identify(&made, type, mode);
	*segment = made;
	return 0;
}

int segment_publish(const struct segment *segment, const char *name)
{
	struct segment_path path;
	int code = segment_path(name, &path);

	return code < 0 ? code : file_name(segment->fd, path.text);
}

/*
 * A file that more users may write than its creator asked for, or that has
 * other names, is not what its creator made.
 */
static int check_facts(const struct file_facts *facts,
                       const struct segment_identity *identity)
{
	uint32_t asked = identity->mode;

	/* Anonymous: whoever has the descriptor was given it. */
	if (facts->unshrinks)
		return 0;
	if (facts->mode & ~asked)
		return -EACCES;
	if (facts->owner != user_id() && facts->owner != 0 && !(asked & 066))
		return -EACCES;
	return facts->links > 1 ? -EACCES : 0;
}

static int check_identity(const struct segment_identity *identity,
                          const struct file_facts *facts, enum object_type type)
{
	if (identity->magic != LAYOUT_MAGIC ||
	    identity->version != LAYOUT_VERSION ||
	    identity->order != LAYOUT_ORDER || identity->type != type)
		return -EPROTO;
	if (identity->size < sizeof(struct segment_layout) ||
	    identity->size > facts->size || identity->size > INT64_MAX)
		return -EUCLEAN;
	return (size_t)identity->size == identity->size ? 0 : -ENOMEM;
}

/* Checks and maps what `fd` stands for; takes `fd` over, on failure too. */
static int attach(struct segment *segment, int fd, enum object_type type)
{
	struct segment_identity identity;
	struct segment found = { .fd = fd };
	struct file_facts facts;
	int code = file_facts(fd, &facts);

	if (code == 0 && !facts.memory)
		code = -EPROTO;
	if (code == 0 && file_read(fd, &identity, sizeof(identity), 0) !=
	                         (ssize_t)sizeof(identity))
		code = -EPROTO;
	if (code == 0)
		code = check_identity(&identity, &facts, type);
	if (code == 0)
		code = check_facts(&facts, &identity);
	if (code == 0) {
		found.size = (size_t)identity.size;
		code = map(&found, !facts.unshrinks);
	}
	if (code < 0) {
		file_close(fd);
		return code;
	}
	*segment = found;
	return 0;
}

int segment_open(struct segment *segment, const char *name,
                 enum object_type type)
{
	struct segment_path path;
	int fd = segment_path(name, &path);

	if (fd < 0)
		return fd;
	fd = file_open(path.text);
	/* Something is there, but nothing that could be an object. */
	if (fd == -ELOOP || fd == -EISDIR || fd == -ENXIO || fd == -ENODEV)
		return -EPROTO;
	return fd < 0 ? fd : attach(segment, fd, type);
}

int segment_adopt(struct segment *segment, int fd, enum object_type type)
{
	int own = file_duplicate(fd);

	return own < 0 ? own : attach(segment, own, type);
}

int segment_second(struct segment *segment, const struct segment *first)
{
	struct segment second = *first;
	int code = file_reopen(first->fd);

	if (code < 0)
		return code;
	second.fd = code;
	code = map(&second, first->guarded);
	if (code < 0) {
		file_close(second.fd);
		return code;
	}
	*segment = second;
	return 0;
}

void segment_close(struct segment *segment)
{
	if (segment->guarded)
		fault_unguard(segment->base);
	map_end(segment->base, segment->size);
	if (segment->fd >= 0)
		file_close(segment->fd);
	segment->fd = -1;
	segment->base = NULL;
}

bool segment_intact(const struct segment *segment)
{
	const struct segment_layout *layout = (const void *)segment->base;
	struct word64 *magic = (struct word64 *)&layout->identity.magic;

	return load64_relaxed(magic) == LAYOUT_MAGIC;
}

int segment_remove_name(const struct segment *segment, const char *name)
{
	struct file_facts mine, named;
	struct segment_path path;
	int code = segment_path(name, &path);

	if (code < 0)
		return code;
	/* Who removes this very file's name holds this lock, so between the
	   look at the name and the unlink nobody else can take the name away
	   and put another file there. */
	code = lock_try_exclusive(segment->fd, LOCK_REPLACE);
	if (code < 0)
		return code;
	code = file_facts(segment->fd, &mine);
	if (code == 0)
		code = file_path_facts(path.text, &named);
	if (code == 0 && mine.device == named.device &&
	    mine.inode == named.inode)
		code = file_unlink(path.text);
	lock_release(segment->fd, LOCK_REPLACE);
	return code == -ENOENT ? 0 : code;
}
