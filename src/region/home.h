/* SPDX-License-Identifier: MIT */
/*
 * Home: where an object lives whose users are members, and what a handle of it
 * keeps.
 *
 * That is a region shared with other objects, or a segment of its own.  The
 * latter is laid out as a region with a directory of one page, whose first
 * entry is the object, and which every handle joins by itself.  So members,
 * seats and recovery are the same for both.
 *
 *	a region of the user's           a segment of its own
 *	----------------------           --------------------
 *	type OBJECT_REGION               type of the object
 *	name in the directory: LIVE      name of the file; the entry has none,
 *	                                 and is REMOVED from the beginning
 *	free when removed and unused     stays until the segment goes
 *	all memory from the start        as much as the plan says; the rest
 *	                                 through home_take
 *
 * The object's memory stays its own as long as any process has a home in it: a
 * shared lock of its LOCK_USE byte, which a forked child has as well.
 */
#ifndef WEIR_REGION_HOME_H
#define WEIR_REGION_HOME_H

#include "region/directory.h"
#include "waiting/wait.h"

struct home_plan {
	enum object_type type;
	uint64_t bytes; /* 1 to REGION_LARGEST */
	/* So many of them, from the front, have memory from the start in a
	   segment of its own; 0: all.  The others are zeros, and are not
	   touched before home_take was called for them. */
	uint64_t taken;
};

/*
 * Makes a new object that nobody else can see yet, in memory that holds zeros,
 * or (not `zeroed`) whatever was there before.  Under registry_lock.
 */
typedef void (*home_format)(void *subject, unsigned char *at, bool zeroed);

/* The object is at `at`, and stays there while it is open. */
struct home {
	unsigned char *at;
	struct weir_region *region; /* its own, or the user's */
	uint32_t entry;
	/* Of who waits by this handle; a queue's has its own. */
	struct patience patience;
};

_Static_assert(sizeof(struct home) <= 3 * sizeof(uint64_t),
               "ten thousand of them are a quarter of a megabyte");

/*
 * These open `home`, or leave nothing behind.  `name` may be NULL where an
 * object is created.  -EINVAL what no object may be called or ask for; else as
 * weir_region_create and _open say, and -EBUSY: whoever is stopped keeps this
 * object, or all places for it, locked.
 */
int home_create(struct home *home, const char *name,
                const struct home_plan *plan,
                const struct weir_segment_options *options, home_format format,
                void *subject);
int home_open(struct home *home, const char *name, enum object_type type);
int home_open_in(struct home *home, struct weir_region *region,
                 const char *name, enum object_type type);
int home_open_or_create(struct home *home, const char *name,
                        const struct home_plan *plan,
                        const struct weir_segment_options *options,
                        home_format format, void *subject);

/* Duplicates `fd`. */
int home_open_fd(struct home *home, int fd, enum object_type type);

/* The last call.  What this member holds in a segment of its own is settled. */
void home_close(struct home *home);

/* -ENOTSUP in a region. */
int home_fd(const struct home *home);

/* What tells an object from every other one, wherever it is opened. */
struct home_identity {
	uint64_t device; /* of its file */
	uint64_t inode;
	uint64_t generation; /* of its entry */
	uint64_t entry;
};

/* 0, or -errno. */
int home_identity(const struct home *home, struct home_identity *identity);

/* WEIR_BACKING_... */
int home_backing(const struct home *home);

/* How many bytes are at `at`, at least what was planned; or -EUCLEAN. */
int64_t home_bytes(const struct home *home);

/*
 * This part of the object has memory from now on: 0, -ENOSPC, or -EUCLEAN there
 * is no such part.  In vain, but a system call, where it has some already.
 */
int home_take(const struct home *home, uint64_t offset, uint64_t bytes);

/*
 * Settles members that died: how many, or -EUCLEAN.  Of more than 64 members it
 * looks at the next 64.  In a forked child without
 * a place of its own 0: it cannot tell who lives.
 */
int home_recover(const struct home *home);

/* The same for all of them. */
int home_recover_all(const struct home *home);

/* The same for one member, whatever number that is. */
int home_recover_one(const struct home *home, uint32_t member);

/* False once the memory was truncated or its identity overwritten. */
bool home_intact(const struct home *home);

/* This process's number among the members; another one after a fork. */
static inline uint32_t home_member(const struct home *home)
{
	return home->region->membership.place.index;
}

/* 0, or why this forked process has no place, so no number, of its own. */
static inline int home_code(const struct home *home)
{
	return home->region->membership.code;
}

#endif
