/* SPDX-License-Identifier: MIT */
/* The kernel's part: files, descriptions, descriptors. */
#include "doors/files.h"
#include "sim/descriptions.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Memory of a sparse file that is all zeros again. */
struct spare {
	unsigned char *memory;
	uint64_t size;
};

bool sim_sparse;

static struct file files[FILES_MOST];
static struct spare spares[FILES_MOST];
struct description sim_descriptions[DESCRIPTIONS_MOST];
static struct actor nobody; /* who sets a scene before a run */

static struct actor *me(void)
{
	return sim_current ? sim_current : &nobody;
}

void kernel_begin(void)
{
	/* The memory of files is used again by the next run, not mapped anew. */
	mallopt(M_MMAP_THRESHOLD, 1 << 25);
	mallopt(M_TRIM_THRESHOLD, 1 << 26);
	memset(&nobody, 0, sizeof(nobody));
}

/* Keeps its memory for the next run, if there is a place for it. */
static bool keep(struct file *file)
{
	for (int i = 0; i < FILES_MOST; i++) {
		if (spares[i].memory)
			continue;
		for (int j = 0; j < file->takes; j++)
			memset(file->memory + file->taken[j].offset, 0,
			       file->taken[j].size);
		spares[i] = (struct spare){ file->memory, file->size };
		return true;
	}
	return false;
}

static unsigned char *zeros(uint64_t size)
{
	unsigned char *memory = NULL;

	for (int i = 0; i < FILES_MOST && sim_sparse; i++) {
		if (spares[i].size == size) {
			memory = spares[i].memory;
			spares[i] = (struct spare){ .memory = NULL };
			return memory;
		}
	}
	/* Rings want their lines aligned. */
	memory = aligned_alloc(4096, (size + 4095) & ~4095ul);
	if (!memory)
		abort();
	return memset(memory, 0, size);
}

static void note_taken(struct file *file, uint64_t offset, uint64_t size)
{
	if (!file->sparse)
		return;
	if (file->takes == TAKES_MOST)
		file->sparse = false;
	else
		file->taken[file->takes++] = (struct taken){ offset, size };
}

void kernel_end(void)
{
	for (int i = 0; i < FILES_MOST; i++) {
		if (!files[i].sparse || !keep(&files[i]))
			free(files[i].memory);
	}
	memset(files, 0, sizeof(files));
	memset(sim_descriptions, 0, sizeof(sim_descriptions));
}

/* ---- descriptions */

struct description *sim_described(int fd)
{
	return fd >= 0 && fd < DESCRIPTORS_MOST ? me()->descriptors[fd] : NULL;
}

static int install(struct actor *actor, struct description *description)
{
	for (int fd = 3; fd < DESCRIPTORS_MOST; fd++) {
		if (!actor->descriptors[fd]) {
			actor->descriptors[fd] = description;
			description->users++;
			return fd;
		}
	}
	return -EMFILE;
}

static int open_new(struct file *file)
{
	for (int i = 0; i < DESCRIPTIONS_MOST; i++) {
		struct description *description = &sim_descriptions[i];

		if (description->file)
			continue;
		*description = (struct description){ .file = file };
		file->users++;
		return install(me(), description);
	}
	abort();
}

static void release(struct description *description)
{
	if (--description->users > 0)
		return;
	description->file->users--;
	description->file = NULL;
}

static void close_of(struct actor *actor, int fd)
{
	struct description *description = actor->descriptors[fd];

	actor->descriptors[fd] = NULL;
	if (description)
		release(description);
}

void kernel_close_all(struct actor *actor)
{
	for (int fd = 0; fd < DESCRIPTORS_MOST; fd++)
		close_of(actor, fd);
}

void sim_share_descriptors(int child)
{
	const struct actor *parent = me();

	order_stores(); /* fork is a system call */
	for (int fd = 0; fd < DESCRIPTORS_MOST; fd++) {
		struct description *description = parent->descriptors[fd];

		sim_actors[child].descriptors[fd] = description;
		if (description)
			description->users++;
	}
	/* fork also copies what the thread has to itself. */
	if (sim_current)
		private_save(&sim_actors[child]);
}

void sim_give_descriptor(int fd, int actor)
{
	sim_actors[actor].descriptors[fd] = sim_described(fd);
	me()->descriptors[fd] = NULL;
}

/* ---- files */

static int make_file(uint64_t size, bool sealed)
{
	sim_system_call();
	for (int i = 0; i < FILES_MOST; i++) {
		if (files[i].memory)
			continue;
		files[i] = (struct file){ .size = size, .sealed = sealed };
		files[i].memory = zeros(size);
		return open_new(&files[i]);
	}
	abort();
}

int file_anonymous(uint64_t size)
{
	return make_file(size, true);
}

int file_unnamed(uint64_t size, mode_t mode)
{
	(void)mode;
	return make_file(size, false);
}

static struct file *named(const char *path)
{
	for (int i = 0; i < FILES_MOST; i++) {
		if (files[i].memory && strcmp(files[i].path, path) == 0)
			return &files[i];
	}
	return NULL;
}

int file_name(int fd, const char *path)
{
	sim_system_call();
	if (named(path))
		return -EEXIST;
	snprintf(sim_described(fd)->file->path, PATH_MOST, "%s", path);
	return 0;
}

int file_open(const char *path)
{
	struct file *file;

	sim_system_call();
	file = named(path);
	return file ? open_new(file) : -ENOENT;
}

int file_unlink(const char *path)
{
	struct file *file;

	sim_system_call();
	file = named(path);
	if (!file)
		return -ENOENT;
	file->path[0] = '\0';
	return 0;
}

int file_reopen(int fd)
{
	sim_system_call();
	return sim_described(fd) ? open_new(sim_described(fd)->file) : -EBADF;
}

int file_duplicate(int fd)
{
	sim_system_call();
	return sim_described(fd) ? install(me(), sim_described(fd)) : -EBADF;
}

int file_replace(int fd, int with)
{
	sim_system_call();
	close_of(me(), fd);
	me()->descriptors[fd] = me()->descriptors[with];
	me()->descriptors[with] = NULL;
	return 0;
}

void file_close(int fd)
{
	sim_system_call();
	close_of(me(), fd);
}

int file_extend(int fd, uint64_t size)
{
	struct file *file = sim_described(fd)->file;
	unsigned char *larger;

	sim_system_call();
	larger = zeros(size);
	memcpy(larger, file->memory, file->size);
	free(file->memory);
	file->memory = larger;
	file->sparse = sim_sparse;
	note_taken(file, 0, file->size);
	file->size = size;
	return 0;
}

int file_take(int fd, uint64_t offset, uint64_t size)
{
	struct file *file = sim_described(fd) ? sim_described(fd)->file : NULL;

	sim_system_call();
	if (!file || offset + size > file->size)
		return -ENOSPC;
	note_taken(file, offset, size);
	return 0;
}

static void facts_of(const struct file *file, struct file_facts *facts)
{
	*facts = (struct file_facts){
		.size = file->size,
		.inode = 1 + (uint64_t)(file - files),
		.mode = 0600,
		.links = file->path[0] != '\0',
		.memory = true,
		.unshrinks = file->sealed,
	};
}

int file_facts(int fd, struct file_facts *facts)
{
	sim_system_call();
	if (!sim_described(fd))
		return -EBADF;
	facts_of(sim_described(fd)->file, facts);
	return 0;
}

int file_path_facts(const char *path, struct file_facts *facts)
{
	struct file *file;

	sim_system_call();
	file = named(path);
	if (!file)
		return -ENOENT;
	facts_of(file, facts);
	return 0;
}

ssize_t file_read(int fd, void *buffer, size_t size, uint64_t offset)
{
	const struct file *file =
		sim_described(fd) ? sim_described(fd)->file : NULL;

	sim_system_call();
	if (!file)
		return -EBADF;
	if (offset >= file->size)
		return 0;
	if (size > file->size - offset)
		size = file->size - offset;
	memcpy(buffer, file->memory + offset, size);
	return (ssize_t)size;
}

int file_set_tag(int fd, uint32_t tag)
{
	sim_system_call();
	sim_described(fd)->tag = tag;
	return 0;
}

int64_t file_tag(int fd)
{
	sim_system_call();
	return sim_described(fd) ? (int64_t)sim_described(fd)->tag : -EBADF;
}

int map_file(int fd, size_t size, void **base)
{
	sim_system_call();
	(void)size;
	*base = sim_described(fd)->file->memory;
	return 0;
}

void map_end(void *base, size_t size)
{
	(void)base;
	(void)size;
}
