/* SPDX-License-Identifier: MIT */
/*
 * The door to files: memory with a name in /dev/shm, or without one.
 *
 * 0 or a descriptor on success, else -errno; errno itself is untouched.
 */
#ifndef WEIR_DOORS_FILES_H
#define WEIR_DOORS_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What a descriptor stands for, as far as a segment cares. */
struct file_facts {
	uint64_t size;
	uint64_t device;
	uint64_t inode;
	uint32_t owner;
	uint32_t mode; /* permission bits */
	uint32_t links;
	bool memory;    /* a regular file on tmpfs */
	bool unshrinks; /* sealed: it cannot be truncated */
};

/* Sealed against shrinking; `size` bytes, taken as they are touched. */
int file_anonymous(uint64_t size);

/*
 * A file without a name on the file system of named objects, all its memory
 * taken: -ENOSPC now, never a SIGBUS later.
 */
int file_unnamed(uint64_t size, mode_t mode);

/* Gives an unnamed file its name in one step: -EEXIST if that is taken. */
int file_name(int fd, const char *path);

int file_open(const char *path);

/* The same file through an open file description of its own. */
int file_reopen(int fd);

/* Another descriptor of the same open file description. */
int file_duplicate(int fd);

/* Makes the number `fd` stand for the description of `with`; closes `with`. */
int file_replace(int fd, int with);

/* Makes the file `size` bytes long; what is added takes no memory yet. */
int file_extend(int fd, uint64_t size);

int file_facts(int fd, struct file_facts *facts);
int file_path_facts(const char *path, struct file_facts *facts);
int file_take(int fd, uint64_t offset, uint64_t size);
ssize_t file_read(int fd, void *buffer, size_t size, uint64_t offset);
int file_unlink(const char *path);
void file_close(int fd);

/*
 * A number that stays with the open file description, wherever its descriptors
 * go: kept in its file position, which nothing else here uses.
 */
int file_set_tag(int fd, uint32_t tag);
int64_t file_tag(int fd);

int map_file(int fd, size_t size, void **base);
void map_end(void *base, size_t size);
bool map_huge(void *base, size_t size);
bool map_populate(void *base, size_t size);
bool map_lock(void *base, size_t size);

uint32_t user_id(void);

#endif
