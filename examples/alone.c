/* SPDX-License-Identifier: MIT */
/* The run in one process, which says what every chunk should become. */
#include "compress_tree.h"

/* Walks and reads the tree: what is in it, and then it is in the page cache. */
struct tree survey(const char *folder)
{
	static unsigned char bytes[CHUNK_LONGEST];
	static struct chunk chunk;
	struct tree tree;

	tree_open(&tree, folder);
	while (tree_next(&tree, &chunk))
		chunk_read(&chunk, bytes);
	tree_close(&tree);
	if (tree.chunks == 0)
		die("no file in %s that you may read; name another folder",
		    folder);
	return tree;
}

/* Returns how many seconds it took. */
double run_alone(struct ledger *ledger, const char *folder)
{
	static unsigned char bytes[COMPRESSED_LONGEST];
	static struct chunk chunk;
	double begun = now();
	struct tree tree;

	tree_open(&tree, folder);
	while (tree_next(&tree, &chunk))
		ledger_expect(ledger, chunk.number, bytes,
		              chunk_compress(&chunk, bytes));
	tree_close(&tree);
	return now() - begun;
}
