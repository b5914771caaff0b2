/* SPDX-License-Identifier: MIT */
/* Reads one chunk of a file, and compresses it; the same bytes every time. */
#include "compress_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

/* Fewer bytes than the chunk has if somebody cut the file meanwhile. */
size_t chunk_read(const struct chunk *chunk, unsigned char *to)
{
	int fd = open(chunk->path, O_RDONLY | O_CLOEXEC);
	ssize_t more = 1;
	size_t size = 0;

	if (fd < 0)
		die("open %s: %s", chunk->path, strerror(errno));
	while (size < chunk->size && more > 0) {
		more = pread(fd, to + size, chunk->size - size,
		             (off_t)(chunk->offset + size));
		if (more < 0)
			die("read %s: %s", chunk->path, strerror(errno));
		size += (size_t)more;
	}
	close(fd);
	return size;
}

size_t chunk_compress(const struct chunk *chunk,
                      unsigned char to[COMPRESSED_LONGEST])
{
	static unsigned char plain[CHUNK_LONGEST];
	uLongf size = COMPRESSED_LONGEST;
	size_t length = chunk_read(chunk, plain);

	if (compress(to, &size, plain, (uLong)length) != Z_OK)
		die("compress %s: out of memory", chunk->path);
	return size;
}
