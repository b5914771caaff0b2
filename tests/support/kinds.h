/* SPDX-License-Identifier: MIT */
/* Every kind of object that processes wait at, with what kinds have in common. */
#ifndef TESTS_SUPPORT_KINDS_H
#define TESTS_SUPPORT_KINDS_H

#include <weir/weir.h>

/* A kind of object, with all that kinds have in common. */
struct kind {
	const char *label;
	int (*create)(void *out, const char *name, struct weir_region *region,
	              uint64_t reserved);
	int (*open_or_create)(void *out, const char *name);
	int (*open)(void *out, const char *name);
	int (*open_in)(void *out, struct weir_region *region, const char *name);
	int (*open_fd)(void *out, int fd);
	int (*fd)(const void *object);
	int (*backing)(const void *object);
	void (*close)(void *object);
	int (*use)(void *object); /* once, so that it has changed */
	int (*as_new)(void *object);
};

/* `...` is what create takes between the name and the options. */
#define CALLS(kind, ...)                                                       \
	static int kind##_create(void *out, const char *name,                  \
	                         struct weir_region *region,                   \
	                         uint64_t reserved)                            \
	{                                                                      \
		struct weir_##kind##_options options = {                       \
			.segment.region = region,                              \
			.reserved = { 0, 0, 0, reserved }                      \
		};                                                             \
                                                                               \
		return weir_##kind##_create(out, name, __VA_ARGS__ & options); \
	}                                                                      \
	static int kind##_open_or_create(void *out, const char *name)          \
	{                                                                      \
		return weir_##kind##_open_or_create(out, name,                 \
		                                    __VA_ARGS__ NULL);         \
	}                                                                      \
	static int kind##_open(void *out, const char *name)                    \
	{                                                                      \
		return weir_##kind##_open(out, name);                          \
	}                                                                      \
	static int kind##_open_in(void *out, struct weir_region *region,       \
	                          const char *name)                            \
	{                                                                      \
		return weir_##kind##_open_in(out, region, name);               \
	}                                                                      \
	static int kind##_open_fd(void *out, int fd)                           \
	{                                                                      \
		return weir_##kind##_open_fd(out, fd);                         \
	}                                                                      \
	static int kind##_fd(const void *object)                               \
	{                                                                      \
		return weir_##kind##_fd(object);                               \
	}                                                                      \
	static int kind##_backing(const void *object)                          \
	{                                                                      \
		return weir_##kind##_backing(object);                          \
	}                                                                      \
	static void kind##_close(void *object)                                 \
	{                                                                      \
		weir_##kind##_close(object);                                   \
	}

CALLS(lock, )
CALLS(rlock, )
CALLS(semaphore, 3, )
CALLS(event, )
CALLS(condition, NULL, )
CALLS(barrier, 2, )

static int lock_use(void *lock)
{
	return weir_lock_acquire(lock, WEIR_NOWAIT);
}

static int lock_as_new(void *lock)
{
	return weir_lock_locked(lock) == 0;
}

static int rlock_use(void *lock)
{
	return weir_rlock_acquire(lock, WEIR_NOWAIT);
}

static int rlock_as_new(void *lock)
{
	return weir_rlock_locked(lock) == 0;
}

static int semaphore_use(void *semaphore)
{
	return weir_semaphore_acquire(semaphore, WEIR_NOWAIT);
}

static int semaphore_as_new(void *semaphore)
{
	return weir_semaphore_value(semaphore) == 3;
}

static int event_use(void *event)
{
	return weir_event_set(event);
}

static int event_as_new(void *event)
{
	return weir_event_is_set(event) == 0;
}

static int condition_use(void *condition)
{
	return weir_condition_acquire(condition, WEIR_NOWAIT);
}

static int condition_as_new(void *condition)
{
	int code = weir_condition_notify(condition, 1);

	if (code == 0)
		return false; /* this thread has its lock */
	code = weir_condition_acquire(condition, WEIR_NOWAIT);
	if (code == 0)
		weir_condition_release(condition);
	return code == 0;
}

static int barrier_use(void *barrier)
{
	return weir_barrier_abort(barrier);
}

static int barrier_as_new(void *barrier)
{
	return weir_barrier_broken(barrier) == 0;
}

#define KIND(kind)                                                             \
	{                                                                      \
#kind, kind##_create, kind##_open_or_create, kind##_open,      \
			kind##_open_in, kind##_open_fd, kind##_fd,             \
			kind##_backing, kind##_close, kind##_use,              \
			kind##_as_new                                          \
	}

static const struct kind kinds[] = { KIND(lock),      KIND(rlock),
	                             KIND(semaphore), KIND(event),
	                             KIND(condition), KIND(barrier) };

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

#endif
