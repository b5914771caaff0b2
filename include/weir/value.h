/* SPDX-License-Identifier: MIT */
/*
 * Value: one number, or one struct, that processes share.
 *
 *	struct weir_value *counter;
 *
 *	if (weir_value_create(&counter, NULL, 'i', NULL) < 0)
 *		return 1;
 *	if (fork() == 0) {
 *		weir_value_fetch_add_i(counter, 1);
 *		_exit(0);
 *	}
 *	wait(NULL);
 *	printf("%d\n", weir_value_load_i(counter));
 *	weir_value_close(counter);
 *
 * The typecode says what it is: see weir/cell.h, or WEIR_RECORD, any struct of
 * record_size bytes.  For each typecode there are functions of its own, as
 * weir_value_fetch_add_i, which go into the caller's code: one instruction, and
 * a look whether somebody waits for the change.  They are for a value of that
 * typecode; another one stops the program by assert(3), and with NDEBUG is the
 * caller's bug.
 *
 * Loads and stores need no lock, and no process waits for another one in them,
 * stopped or killed at whatever instruction.  A record is stored as a whole or
 * not at all, and loaded as somebody stored it.  The lock is for what takes
 * several steps: everybody who changes the value must take it then.  It is
 * recursive, and belongs to a thread; its next owner is told if the last one
 * died (WEIR_OWNER_DIED).
 *
 * Who may call what at the same time: every call but close, from any thread of
 * any process.
 *
 * Every call that returns an int may return -EUCLEAN: another process spoiled
 * the shared memory; close the value, the process goes on.  (The functions for
 * a typecode read zeros then, if the memory is gone.)  In a forked child
 * that could not be given a place of its own (see weir/region.h), the lock and
 * stores of records return the code that says why, as -EMFILE.
 */
#ifndef WEIR_VALUE_H
#define WEIR_VALUE_H

#include <weir/cell.h>

#ifdef __cplusplus
extern "C" {
#endif

struct weir_rlock;
struct weir_value;

struct weir_value_options {
	struct weir_segment_options segment;
	/* Without a lock. */
	bool unlocked;
	/* This lock, which other objects may have as well; it must outlive the
	   handle.  Not together with `unlocked`. */
	struct weir_rlock *lock;
	/* Its first content; NULL: zeros. */
	const void *initial;
	/* Of a WEIR_RECORD: 1 to 2^30; of others 0.  One of more than 8 bytes
	   takes eight times its size; of more than 4096, four times. */
	size_t record_size;
	/* Must be zero, else -EINVAL. */
	uint64_t reserved[4];
};

/*
 * A new value; with a NULL name it is anonymous: for forked children, and for
 * those who receive weir_value_fd.  -EINVAL a bad name, an unknown typecode, or
 * an option outside its range, -EEXIST the name is taken, -EACCES, -ENOSPC,
 * -ENOMEM, -EMFILE.
 *
 * With options->segment.region it is in that region, under a name that is
 * unique there, or none; the other segment options are the region's.  A number
 * takes 64 bytes there.  -ENOSPC then means that the region is full;
 * -EAGAIN 4096 threads use the region already, -EBUSY processes that were
 * stopped keep the free places locked, -EUCLEAN.
 */
WEIR_API int weir_value_create(struct weir_value **value, const char *name,
                               char typecode,
                               const struct weir_value_options *options);

/*
 * -ENOENT no such value, -EPROTO not a value, or another version or byte order,
 * or of a type that has another size in this process; -EUCLEAN its memory was
 * spoiled, -EAGAIN 1024 processes have it open already, -EACCES, -ENOMEM,
 * -EMFILE; -EINVAL, also if it was made with a given lock.
 */
WEIR_API int weir_value_open(struct weir_value **value, const char *name);

/* As open, of a value that was made with this lock; with another one, or none,
   -EINVAL. */
WEIR_API int weir_value_open_with_lock(struct weir_value **value,
                                       const char *name,
                                       struct weir_rlock *lock);

/* Opens it, or creates it where there is none.  Codes as for both, less -EEXIST
   and -ENOENT; -EPROTO also if it is there with another typecode or size. */
WEIR_API int
weir_value_open_or_create(struct weir_value **value, const char *name,
                          char typecode,
                          const struct weir_value_options *options);

/* As open, in a region, whose handle must outlive the value's; with_lock: NULL
   for none. */
WEIR_API int weir_value_open_in(struct weir_value **value,
                                struct weir_region *region, const char *name);
WEIR_API int weir_value_open_in_with_lock(struct weir_value **value,
                                          struct weir_region *region,
                                          const char *name,
                                          struct weir_rlock *lock);

/*
 * As open, by a descriptor that weir_value_fd returned, inherited or received
 * by SCM_RIGHTS; it stays the caller's, who may close it at once.  -EBADF.
 */
WEIR_API int weir_value_open_fd(struct weir_value **value, int fd);

/* The descriptor to be passed on; stays the handle's.  -ENOTSUP in a region. */
WEIR_API int weir_value_fd(const struct weir_value *value);

/* What was granted of huge_pages, prefault and lock_memory: WEIR_BACKING_... */
WEIR_API int weir_value_backing(const struct weir_value *value);

/* NULL is fine.  If this process holds the lock then, its next owner is told
   that it died; in a region, when this process closes that. */
WEIR_API void weir_value_close(struct weir_value *value);

/* What it is, and how many bytes it has. */
WEIR_API char weir_value_typecode(const struct weir_value *value);
WEIR_API size_t weir_value_size(const struct weir_value *value);

/*
 * Copies the value out, as one store left it.  0; -EAGAIN a record was stored
 * so often meanwhile, tens of thousands of times, or hundreds of a very large
 * one, that no reading was whole; then, and for -EUCLEAN, what is at `out` of a
 * record is undefined.
 */
WEIR_API int weir_value_load(const struct weir_value *value, void *out);

/*
 * Stores it; who comes later loads this, or what was stored after it.  0;
 * -EBUSY of a record: for a second, every copy that could be written was held
 * by another process in the middle of its store, three or seven of them: they
 * are stopped.
 */
WEIR_API int weir_value_store(struct weir_value *value, const void *in);

/*
 * Where its bytes are, aligned to 8, or a record's to 16.  Of a record of more
 * than 8 bytes, they are what it is now, to be read under the lock if all who
 * store take that, until the next store; others must not write there.
 */
WEIR_API void *weir_value_data(struct weir_value *value);

/*
 * Waits until the value is no longer the one at `seen`, of weir_value_size
 * bytes.  0, -EAGAIN, -ETIMEDOUT.  A change that is undone before it is looked
 * at may not be noticed.
 *
 * Every function here that changes the value wakes at once.  What is written
 * through weir_value_data wakes by weir_value_notify; without that, and if who
 * made the change was killed just after it, it is seen within 60 milliseconds.
 */
WEIR_API int weir_value_wait(const struct weir_value *value, const void *seen,
                             int64_t timeout);
WEIR_API void weir_value_notify(const struct weir_value *value);

/*
 * 0 or WEIR_OWNER_DIED: this thread has the lock, once more if it did already.
 * -EAGAIN, -ETIMEDOUT, -ENOTSUP it has none; unlock: -EPERM it is another
 * thread's, -EOVERFLOW nobody's.
 */
WEIR_API int weir_value_lock(struct weir_value *value, int64_t timeout);
WEIR_API int weir_value_unlock(struct weir_value *value);

/*
 * The functions for each typecode, here for i and int:
 *
 *	int  weir_value_load_i(value)
 *	void weir_value_store_i(value, number)
 *	int  weir_value_exchange_i(value, number)     what it was before
 *	bool weir_value_compare_exchange_i(value, int *expected, desired)
 *	int  weir_value_fetch_add_i(value, number)    what it was before
 *	int  weir_value_fetch_sub_i(value, number)
 *	int  weir_value_fetch_and_i(value, bits)      of integers only
 *	int  weir_value_fetch_or_i(value, bits)
 *	int  weir_value_fetch_xor_i(value, bits)
 *	int  weir_value_wait_i(value, seen, timeout)  as weir_value_wait
 */
static inline const struct weir_cells *
weir_value_cells(const struct weir_value *value)
{
	return (const struct weir_cells *)(const void *)value;
}

#define WEIR_VALUE_CHANGE(letter, change, type)                                \
	static inline type weir_value_##change(struct weir_value *value,       \
	                                       type number)                    \
	{                                                                      \
		const struct weir_cells *cells = weir_value_cells(value);      \
		type before;                                                   \
                                                                               \
		assert(cells->typecode == letter);                             \
		before = weir_cell_##change(cells->object + WEIR_NUMBER_AT,    \
		                            number);                           \
		if (weir_cells_alarmed(cells))                                 \
			weir_value_notify(value);                              \
		return before;                                                 \
	}

#define WEIR_VALUE_NUMBER(code, type)                                          \
	static inline type weir_value_load_##code(                             \
		const struct weir_value *value)                                \
	{                                                                      \
		const struct weir_cells *cells = weir_value_cells(value);      \
                                                                               \
		assert(cells->typecode == #code[0]);                           \
		return weir_cell_load_##code(cells->object + WEIR_NUMBER_AT);  \
	}                                                                      \
                                                                               \
	static inline void weir_value_store_##code(struct weir_value *value,   \
	                                           type number)                \
	{                                                                      \
		const struct weir_cells *cells = weir_value_cells(value);      \
                                                                               \
		assert(cells->typecode == #code[0]);                           \
		weir_cell_store_##code(cells->object + WEIR_NUMBER_AT,         \
		                       number);                                \
		if (weir_cells_alarmed(cells))                                 \
			weir_value_notify(value);                              \
	}                                                                      \
                                                                               \
	static inline bool weir_value_compare_exchange_##code(                 \
		struct weir_value *value, type *expected, type desired)        \
	{                                                                      \
		const struct weir_cells *cells = weir_value_cells(value);      \
                                                                               \
		assert(cells->typecode == #code[0]);                           \
		if (!weir_cell_compare_exchange_##code(cells->object +         \
		                                               WEIR_NUMBER_AT, \
		                                       expected, desired))     \
			return false;                                          \
		if (weir_cells_alarmed(cells))                                 \
			weir_value_notify(value);                              \
		return true;                                                   \
	}                                                                      \
                                                                               \
	static inline int weir_value_wait_##code(                              \
		const struct weir_value *value, type seen, int64_t timeout)    \
	{                                                                      \
		assert(weir_value_cells(value)->typecode == #code[0]);         \
		return weir_value_wait(value, &seen, timeout);                 \
	}                                                                      \
                                                                               \
	WEIR_VALUE_CHANGE(#code[0], exchange_##code, type)                     \
	WEIR_VALUE_CHANGE(#code[0], fetch_add_##code, type)                    \
	WEIR_VALUE_CHANGE(#code[0], fetch_sub_##code, type)

#define WEIR_VALUE_INTEGER(code, type)                                         \
	WEIR_VALUE_CHANGE(#code[0], fetch_and_##code, type)                    \
	WEIR_VALUE_CHANGE(#code[0], fetch_or_##code, type)                     \
	WEIR_VALUE_CHANGE(#code[0], fetch_xor_##code, type)

WEIR_NUMBERS(WEIR_VALUE_NUMBER)
WEIR_INTEGERS(WEIR_VALUE_INTEGER)

#ifdef __cplusplus
}
#endif

#endif
