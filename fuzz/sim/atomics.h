/* SPDX-License-Identifier: MIT */
/*
 * The atomics door of the simulated build: each access is a point at which
 * another virtual process may run (sim/sim.h).  Included by doors/atomics.h.
 */
#ifndef SIM_ATOMICS_H
#define SIM_ATOMICS_H

/* What a thread has to itself, an actor has (sim/actors.c). */
#define __thread __attribute__((section("sim_private")))

enum sim_change { SIM_ADD, SIM_OR, SIM_AND };

uint64_t sim_load(const void *at, int size);
void sim_store(void *at, int size, uint64_t value, bool release);
bool sim_cas(void *at, int size, uint64_t *expected, uint64_t desired);
bool sim_cas_pair(void *at, const struct two64 *expected,
                  const struct two64 *desired);
uint64_t sim_rmw(void *at, int size, enum sim_change change, uint64_t value);
void sim_fence(void);

/* Whether the running actor can change two words as one. */
bool sim_can_pair(void);
#define CAS_PAIR sim_can_pair()
void sim_spin(void);
void sim_copy_in(void *shared, const void *from, size_t size);
void sim_copy_out(void *to, const void *shared, size_t size);

static inline uint32_t load32_relaxed(const struct word32 *word)
{
	return (uint32_t)sim_load(&word->bits, 4);
}

static inline uint32_t load32_acquire(const struct word32 *word)
{
	return (uint32_t)sim_load(&word->bits, 4);
}

static inline void store32_relaxed(struct word32 *word, uint32_t value)
{
	sim_store(&word->bits, 4, value, false);
}

static inline void store32_release(struct word32 *word, uint32_t value)
{
	sim_store(&word->bits, 4, value, true);
}

static inline bool cas32(struct word32 *word, uint32_t *expected,
                         uint32_t desired)
{
	uint64_t seen = *expected;
	bool done = sim_cas(&word->bits, 4, &seen, desired);

	*expected = (uint32_t)seen;
	return done;
}

static inline uint32_t or32(struct word32 *word, uint32_t bits)
{
	return (uint32_t)sim_rmw(&word->bits, 4, SIM_OR, bits);
}

static inline uint32_t and32(struct word32 *word, uint32_t bits)
{
	return (uint32_t)sim_rmw(&word->bits, 4, SIM_AND, bits);
}

static inline uint32_t add32(struct word32 *word, uint32_t value)
{
	return (uint32_t)sim_rmw(&word->bits, 4, SIM_ADD, value);
}

static inline uint64_t load64_relaxed(const struct word64 *word)
{
	return sim_load(&word->bits, 8);
}

static inline uint64_t load64_unsure(const struct word64 *word)
{
	return sim_load(&word->bits, 8);
}

static inline uint64_t load64_acquire(const struct word64 *word)
{
	return sim_load(&word->bits, 8);
}

static inline void store64_relaxed(struct word64 *word, uint64_t value)
{
	sim_store(&word->bits, 8, value, false);
}

static inline void store64_release(struct word64 *word, uint64_t value)
{
	sim_store(&word->bits, 8, value, true);
}

static inline bool cas64(struct word64 *word, uint64_t *expected,
                         uint64_t desired)
{
	return sim_cas(&word->bits, 8, expected, desired);
}

static inline bool cas_pair(struct pair64 *pair, struct two64 expected,
                            struct two64 desired)
{
	return sim_cas_pair(pair, &expected, &desired);
}

static inline uint64_t or64(struct word64 *word, uint64_t bits)
{
	return sim_rmw(&word->bits, 8, SIM_OR, bits);
}

static inline uint64_t and64(struct word64 *word, uint64_t bits)
{
	return sim_rmw(&word->bits, 8, SIM_AND, bits);
}

static inline uint64_t add64(struct word64 *word, uint64_t value)
{
	return sim_rmw(&word->bits, 8, SIM_ADD, value);
}

static inline void fence_full(void)
{
	sim_fence();
}

/* The compiler keeps the order anyway: every access is a call. */
static inline void fence_light(void)
{
}

/* Loads are made in order, stores are not. */
static inline void fence_acquire(void)
{
}

static inline void fence_release(void)
{
	sim_fence();
}

static inline void copy_in(void *shared, const void *from, size_t size)
{
	sim_copy_in(shared, from, size);
}

static inline void copy_out(void *to, const void *shared, size_t size)
{
	sim_copy_out(to, shared, size);
}

#endif
