/* SPDX-License-Identifier: MIT */
/*
 * The chunks of all regular files below a folder, always in the same order.
 * Symbolic links are not followed; what this user may not read is skipped.
 */
#include "compress_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

void tree_open(struct tree *tree, const char *folder)
{
	char *path = strdup(folder);
	char *const paths[] = { path, NULL };

	memset(tree, 0, sizeof(*tree));
	if (path)
		tree->walk = fts_open(
			paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR,
			by_name);
	if (!tree->walk)
		die("walk %s: %s", folder, strerror(errno));
	free(path);
}

static bool file_fits(const FTSENT *file)
{
	return file->fts_pathlen < PATH_MAX &&
	       access(file->fts_accpath, R_OK) == 0;
}

/* The next file that can be read, or NULL. */
static FTSENT *next_file(struct tree *tree)
{
	FTSENT *entry;

	for (errno = 0; (entry = fts_read(tree->walk)); errno = 0) {
		if (entry->fts_info == FTS_F && file_fits(entry))
			return entry;
		tree->skipped += entry->fts_info == FTS_F ||
		                 entry->fts_info == FTS_DNR ||
		                 entry->fts_info == FTS_ERR ||
		                 entry->fts_info == FTS_NS;
	}
	if (errno != 0)
		die("walk: %s", strerror(errno));
	return NULL;
}

bool tree_next(struct tree *tree, struct chunk *chunk)
{
	uint64_t left;

	if (!tree->file) {
		tree->file = next_file(tree);
		if (!tree->file)
			return false;
		tree->files++;
		tree->offset = 0;
	}
	left = (uint64_t)tree->file->fts_statp->st_size - tree->offset;
	chunk->number = tree->chunks++;
	chunk->offset = tree->offset;
	chunk->size = (uint32_t)(left < CHUNK_LONGEST ? left : CHUNK_LONGEST);
	memcpy(chunk->path, tree->file->fts_path, tree->file->fts_pathlen + 1);
	tree->bytes += chunk->size;
	tree->offset += chunk->size;
	if (chunk->size == left)
		tree->file = NULL;
	return true;
}

void tree_close(struct tree *tree)
{
	fts_close(tree->walk);
}

size_t chunk_message_size(const struct chunk *chunk)
{
	return offsetof(struct chunk, path) + strlen(chunk->path) + 1;
}
