/* SPDX-License-Identifier: MIT */
#include "doors/fault.h"

#include "doors/atomics.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * Guarded ranges stand in chunks that are linked once and never freed, so that
 * the handler can walk them in any thread at any moment.  A slot is taken by a
 * CAS of its size and valid while its base is not 0.
 */
enum { CHUNK_SLOTS = 127 };

struct slot {
	struct word64 size;
	struct word64 base;
};

struct chunk {
	struct slot slot[CHUNK_SLOTS];
	struct chunk *next;
};

static struct chunk first_chunk;
static pthread_once_t installed = PTHREAD_ONCE_INIT;
static struct sigaction previous;
static uint64_t page;

static struct chunk *next_of(struct chunk *chunk)
{
	return __atomic_load_n(&chunk->next, __ATOMIC_ACQUIRE);
}

static struct slot *find(uint64_t address)
{
	struct chunk *chunk;

	for (chunk = &first_chunk; chunk; chunk = next_of(chunk)) {
		for (int i = 0; i < CHUNK_SLOTS; i++) {
			struct slot *slot = &chunk->slot[i];
			uint64_t base = load64_acquire(&slot->base);

			if (base && address >= base &&
			    address - base < load64_relaxed(&slot->size))
				return slot;
		}
	}
	return NULL;
}

static void pass_on(int number, siginfo_t *info, void *context)
{
	if (previous.sa_flags & SA_SIGINFO) {
		previous.sa_sigaction(number, info, context);
	} else if (previous.sa_handler == SIG_DFL ||
	           previous.sa_handler == SIG_IGN) {
		/* Returning repeats the access, which then ends the process. */
		sigaction(number, &previous, NULL);
	} else {
		previous.sa_handler(number);
	}
}

/*
 * Neither private nor reserved: a segment may be longer than all the private
 * memory that this process may have, or than the machine has.
 */
static bool put_zeros(uint64_t base, uint64_t size)
{
	return mmap((void *)(uintptr_t)base, (size_t)size,
	            PROT_READ | PROT_WRITE,
	            MAP_FIXED | MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1,
	            0) != MAP_FAILED;
}

static void on_bus_error(int number, siginfo_t *info, void *context)
{
	uint64_t address = (uint64_t)(uintptr_t)info->si_addr;
	int saved = errno;
	struct slot *slot = info->si_code > 0 ? find(address) : NULL;

	/* Where nothing may be promised beyond what there is, page by page. */
	if (!slot || (!put_zeros(load64_relaxed(&slot->base),
	                         load64_relaxed(&slot->size)) &&
	              !put_zeros(address & ~(page - 1), page)))
		pass_on(number, info, context);
	errno = saved;
}

static void install(void)
{
	struct sigaction action = {
		.sa_sigaction = on_bus_error,
		.sa_flags = SA_SIGINFO | SA_ONSTACK,
	};

	page = (uint64_t)sysconf(_SC_PAGESIZE);
	sigemptyset(&action.sa_mask);
	sigaction(SIGBUS, &action, &previous);
}

static bool take(struct chunk *chunk, void *base, size_t size)
{
	for (int i = 0; i < CHUNK_SLOTS; i++) {
		uint64_t none = 0;

		if (cas64(&chunk->slot[i].size, &none, size)) {
			store64_release(&chunk->slot[i].base,
			                (uint64_t)(uintptr_t)base);
			return true;
		}
	}
	return false;
}

/* Without a lock: a fork in the middle must not leave one held in the child. */
static int grow(struct chunk *last)
{
	struct chunk *chunk = calloc(1, sizeof(*chunk));
	struct chunk *none = NULL;

	if (!chunk)
		return -ENOMEM;
	if (!__atomic_compare_exchange_n(&last->next, &none, chunk, false,
	                                 __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		free(chunk);
	return 0;
}

int fault_guard(void *base, size_t size)
{
	struct chunk *chunk = &first_chunk;

	pthread_once(&installed, install);
	while (!take(chunk, base, size)) {
		if (!next_of(chunk)) {
			int code = grow(chunk);

			if (code < 0)
				return code;
		}
		chunk = next_of(chunk);
	}
	return 0;
}

void fault_unguard(void *base)
{
	struct slot *slot = find((uint64_t)(uintptr_t)base);

	if (slot) {
		store64_release(&slot->base, 0);
		store64_release(&slot->size, 0);
	}
}
