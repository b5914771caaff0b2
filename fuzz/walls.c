/* SPDX-License-Identifier: MIT */
/*
 * Walls around every segment that the library maps: linked with --wrap=mmap64 and
 * --wrap=munmap.  Before and behind a mapping stand pages that may not be
 * touched, and what is left of its last page is poisoned, so an access outside
 * the segment ends the program.
 */
#include "poison.h"

#include <stdlib.h>
#include <sys/mman.h>

enum { PAGE = 4096 };

void *__real_mmap64(void *at, size_t size, int protection, int flags, int fd,
                    off_t offset);
int __real_munmap(void *at, size_t size);
void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int fd,
                    off_t offset);
int __wrap_munmap(void *at, size_t size);

static size_t whole_pages(size_t size)
{
	return (size + PAGE - 1) / PAGE * PAGE;
}

void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int fd,
                    off_t offset)
{
	size_t inside = whole_pages(size);
	unsigned char *base, *inner;

	if (flags & MAP_FIXED)
		return __real_mmap64(at, size, protection, flags, fd, offset);
	base = __real_mmap64(NULL, inside + 2 * (size_t)PAGE, PROT_NONE,
	                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
	                     0);
	if (base == MAP_FAILED)
		return base;
	inner = base + PAGE;
	if (__real_mmap64(inner, size, protection, flags | MAP_FIXED, fd,
	                  offset) == MAP_FAILED) {
		__real_munmap(base, inside + 2 * (size_t)PAGE);
		return MAP_FAILED;
	}
	ASAN_POISON_MEMORY_REGION(inner + size, inside - size);
	return inner;
}

int __wrap_munmap(void *at, size_t size)
{
	size_t inside = whole_pages(size);
	unsigned char *inner = at;

	ASAN_UNPOISON_MEMORY_REGION(inner + size, inside - size);
	return __real_munmap(inner - PAGE, inside + 2 * (size_t)PAGE);
}
