/* SPDX-License-Identifier: MIT */
/*
 * Array: numbers, or structs, that processes share; as many as were asked for
 * when it was made.
 *
 *	struct weir_array *counts;
 *	int all[256];
 *
 *	if (weir_array_create(&counts, NULL, 'i', 256, NULL) < 0)
 *		return 1;
 *	if (fork() == 0) {
 *		for (int c; (c = getchar()) != EOF;)
 *			weir_array_fetch_add_i(counts, (size_t)c, 1);
 *		_exit(0);
 *	}
 *	wait(NULL);
 *	weir_array_snapshot(counts, 0, 256, all);
 *	weir_array_close(counts);
 *
 * The typecodes, and the functions for each of them, are those of weir/value.h;
 * here they have an index, and one that is outside of the array changes nothing
 * and yields 0 or false.
 *
 * Every element is loaded and stored as a whole.  Several of them:
 *
 *	load       each as it was at some moment
 *	snapshot   all as they were at one moment
 *	store      all at once, to every snapshot: all of them are in it or none;
 *	           also if the process that stores them is killed half-way.
 *	           (A load of a number may see some of them earlier.)
 *
 * A change of one element that is made while another process is in the middle
 * of such a store of it, also if that is stopped or was killed there, counts as
 * made before it, even if a snapshot has shown that store.
 *
 * The moment of a snapshot is between two changes by the functions of this
 * header, and it never waits for one.  What is written through weir_array_data
 * is not noticed by it, so such a change may be half in it.  A program that
 * makes one change of several stores, or in several steps, takes the lock, and
 * takes it for the snapshot too.
 *
 * While a snapshot is taken, functions that change elements hold still, for a
 * millisecond at most.  After it, some thousand changes of an element take a few
 * times as long as usual, so that the next snapshot is cheap.
 *
 * One process at a time stores several elements.  Killed half-way, its store is
 * completed, or never was.  While it is stopped half-way, others cannot store
 * several elements there; all else goes on.
 *
 * Who may call what at the same time: every call but close, from any thread of
 * any process.
 *
 * Every call that returns an int may return -EUCLEAN: another process spoiled
 * the shared memory; close the array, the process goes on.  (The functions for
 * a typecode read zeros then, if the memory is gone.)  In a forked child
 * that could not be given a place of its own (see weir/region.h), the lock and
 * stores of several elements return the code that says why, as -EMFILE.
 */
#ifndef WEIR_ARRAY_H
#define WEIR_ARRAY_H

#include <weir/cell.h>

#ifdef __cplusplus
extern "C" {
#endif

struct weir_rlock;
struct weir_array;

struct weir_array_options {
	struct weir_segment_options segment;
	/* Without a lock. */
	bool unlocked;
	/* This lock, which other objects may have as well; it must outlive the
	   handle.  Not together with `unlocked`. */
	struct weir_rlock *lock;
	/* Its first content, all elements of it; NULL: zeros. */
	const void *initial;
	/* Of a WEIR_RECORD: 1 to 2^30; of others 0. */
	size_t record_size;
	/* Must be zero, else -EINVAL. */
	uint64_t reserved[4];
};

/*
 * A new array of `length` elements, which may be 0; with a NULL name it is
 * anonymous: for forked children, and for those who receive weir_array_fd.
 * -EINVAL a bad name, an unknown typecode, more than 2^39 bytes, or an option
 * outside its range, -EEXIST the name is taken, -EACCES, -ENOSPC, -ENOMEM,
 * -EMFILE.
 *
 * It takes its elements' bytes twice; in a segment of its own, the second half
 * is taken when several elements are stored for the first time.
 *
 * With options->segment.region it is in that region, under a name that is
 * unique there, or none; the other segment options are the region's.  -ENOSPC
 * then means that the region is full; -EAGAIN 4096 threads use the region
 * already, -EBUSY processes that were stopped keep the free places locked,
 * -EUCLEAN.
 */
WEIR_API int weir_array_create(struct weir_array **array, const char *name,
                               char typecode, size_t length,
                               const struct weir_array_options *options);

/*
 * -ENOENT no such array, -EPROTO not an array, or another version or byte
 * order, or of a type that has another size in this process; -EUCLEAN its
 * memory was spoiled, -EAGAIN 1024 processes have it open already, -EACCES,
 * -ENOMEM, -EMFILE; -EINVAL, also if it was made with a given lock.
 */
WEIR_API int weir_array_open(struct weir_array **array, const char *name);

/* As open, of an array that was made with this lock; with another one, or none,
   -EINVAL. */
WEIR_API int weir_array_open_with_lock(struct weir_array **array,
                                       const char *name,
                                       struct weir_rlock *lock);

/* Opens it, or creates it where there is none; then its length may be another
   one.  Codes as for both, less -EEXIST and -ENOENT; -EPROTO also if it is
   there with another typecode or record size. */
WEIR_API int
weir_array_open_or_create(struct weir_array **array, const char *name,
                          char typecode, size_t length,
                          const struct weir_array_options *options);

/* As open, in a region, whose handle must outlive the array's; with_lock: NULL
   for none. */
WEIR_API int weir_array_open_in(struct weir_array **array,
                                struct weir_region *region, const char *name);
WEIR_API int weir_array_open_in_with_lock(struct weir_array **array,
                                          struct weir_region *region,
                                          const char *name,
                                          struct weir_rlock *lock);

/*
 * As open, by a descriptor that weir_array_fd returned, inherited or received
 * by SCM_RIGHTS; it stays the caller's, who may close it at once.  -EBADF.
 */
WEIR_API int weir_array_open_fd(struct weir_array **array, int fd);

/* The descriptor to be passed on; stays the handle's.  -ENOTSUP in a region. */
WEIR_API int weir_array_fd(const struct weir_array *array);

/* What was granted of huge_pages, prefault and lock_memory: WEIR_BACKING_... */
WEIR_API int weir_array_backing(const struct weir_array *array);

/* NULL is fine.  If this process holds the lock then, its next owner is told
   that it died; in a region, when this process closes that. */
WEIR_API void weir_array_close(struct weir_array *array);

/* How many elements, of what type, of how many bytes each. */
WEIR_API size_t weir_array_length(const struct weir_array *array);
WEIR_API char weir_array_typecode(const struct weir_array *array);
WEIR_API size_t weir_array_item_size(const struct weir_array *array);

/*
 * Copies `count` elements out, from number `start` on.  0; -EINVAL there are
 * not so many; -EAGAIN of records of more than 8 bytes, or a snapshot: the
 * array was changed so often meanwhile, thousands of times, or hundreds of a
 * very large one, that no reading was of one moment; then, and for -EUCLEAN,
 * what is at `out` is undefined.
 */
WEIR_API int weir_array_load(const struct weir_array *array, size_t start,
                             size_t count, void *out);
WEIR_API int weir_array_snapshot(const struct weir_array *array, size_t start,
                                 size_t count, void *out);

/*
 * Stores `count` elements, from number `start` on.  0; -EINVAL there are not so
 * many: nothing is written.  Of more than one, or of a record of more than 8
 * bytes: -ENOSPC no memory is left; -EBUSY for a second another process has
 * been in the middle of a store: it is stopped.
 */
WEIR_API int weir_array_store(struct weir_array *array, size_t start,
                              size_t count, const void *in);

/* Where the elements are, in a row, the first one aligned to 128. */
WEIR_API void *weir_array_data(struct weir_array *array);

/*
 * Of typecode c.  get copies the text up to the first NUL, or all of it, with a
 * NUL of its own, and returns its length; -EMSGSIZE it and the NUL need more
 * than `capacity`.  set stores the text and one NUL, which is left out where
 * the text is as long as the array, and leaves the rest; -EMSGSIZE it is
 * longer: nothing is written.  -EINVAL another typecode; codes as for snapshot
 * and store; -ENOMEM.
 */
WEIR_API ssize_t weir_array_get_string(const struct weir_array *array,
                                       char *out, size_t capacity);
WEIR_API int weir_array_set_string(struct weir_array *array, const char *text);

/*
 * Waits until element number `index` is no longer the one at `seen`, of
 * weir_array_item_size bytes.  0, -EAGAIN, -ETIMEDOUT, -EINVAL no such element.
 * A change that is undone before it is looked at may not be noticed.
 *
 * Every function here that changes an element wakes at once.  What is written
 * through weir_array_data wakes by weir_array_notify; without that, and if who
 * made the change was killed just after it, it is seen within 60 milliseconds.
 */
WEIR_API int weir_array_wait(const struct weir_array *array, size_t index,
                             const void *seen, int64_t timeout);
WEIR_API void weir_array_notify(const struct weir_array *array);

/*
 * 0 or WEIR_OWNER_DIED: this thread has the lock, once more if it did already.
 * -EAGAIN, -ETIMEDOUT, -ENOTSUP it has none; unlock: -EPERM it is another
 * thread's, -EOVERFLOW nobody's.
 */
WEIR_API int weir_array_lock(struct weir_array *array, int64_t timeout);
WEIR_API int weir_array_unlock(struct weir_array *array);

/*
 * The functions for each typecode, here for i and int:
 *
 *	int  weir_array_load_i(array, index)
 *	void weir_array_store_i(array, index, number)
 *	int  weir_array_exchange_i(array, index, number)   what it was before
 *	bool weir_array_compare_exchange_i(array, index, int *expected, desired)
 *	int  weir_array_fetch_add_i(array, index, number)  what it was before
 *	int  weir_array_fetch_sub_i(array, index, number)
 *	int  weir_array_fetch_and_i(array, index, bits)    of integers only
 *	int  weir_array_fetch_or_i(array, index, bits)
 *	int  weir_array_fetch_xor_i(array, index, bits)
 *	int  weir_array_wait_i(array, index, seen, timeout)  as weir_array_wait
 */
static inline const struct weir_array_head *
weir_array_head(const struct weir_array *array)
{
	return (const struct weir_array_head *)(const void *)array;
}

static inline const struct weir_cells *
weir_array_cells(const struct weir_array *array)
{
	return &weir_array_head(array)->cells;
}

#define WEIR_ARRAY_CHANGE(letter, change, type)                                \
	static inline type weir_array_##change(struct weir_array *array,       \
	                                       size_t index, type number)      \
	{                                                                      \
		const struct weir_cells *cells = weir_array_cells(array);      \
		type before;                                                   \
                                                                               \
		assert(cells->typecode == letter);                             \
		if (index >= weir_array_head(array)->length)                   \
			return 0;                                              \
		before = weir_cell_##change(                                   \
			weir_cells_element(cells, index, sizeof(type)),        \
			number);                                               \
		if (weir_cells_alarmed(cells))                                 \
			weir_array_notify(array);                              \
		return before;                                                 \
	}

#define WEIR_ARRAY_NUMBER(code, type)                                          \
	static inline type weir_array_load_##code(                             \
		const struct weir_array *array, size_t index)                  \
	{                                                                      \
		const struct weir_cells *cells = weir_array_cells(array);      \
                                                                               \
		assert(cells->typecode == #code[0]);                           \
		if (index >= weir_array_head(array)->length)                   \
			return 0;                                              \
		return weir_cell_load_##code(                                  \
			weir_cells_element(cells, index, sizeof(type)));       \
	}                                                                      \
                                                                               \
	static inline void weir_array_store_##code(struct weir_array *array,   \
	                                           size_t index, type number)  \
	{                                                                      \
		const struct weir_cells *cells = weir_array_cells(array);      \
                                                                               \
		assert(cells->typecode == #code[0]);                           \
		if (index >= weir_array_head(array)->length)                   \
			return;                                                \
		weir_cell_store_##code(                                        \
			weir_cells_element(cells, index, sizeof(type)),        \
			number);                                               \
		if (weir_cells_alarmed(cells))                                 \
			weir_array_notify(array);                              \
	}                                                                      \
                                                                               \
	static inline bool weir_array_compare_exchange_##code(                 \
		struct weir_array *array, size_t index, type *expected,        \
		type desired)                                                  \
	{                                                                      \
		const struct weir_cells *cells = weir_array_cells(array);      \
                                                                               \
		assert(cells->typecode == #code[0]);                           \
		if (index >= weir_array_head(array)->length ||                 \
		    !weir_cell_compare_exchange_##code(                        \
			    weir_cells_element(cells, index, sizeof(type)),    \
			    expected, desired))                                \
			return false;                                          \
		if (weir_cells_alarmed(cells))                                 \
			weir_array_notify(array);                              \
		return true;                                                   \
	}                                                                      \
                                                                               \
	static inline int weir_array_wait_##code(                              \
		const struct weir_array *array, size_t index, type seen,       \
		int64_t timeout)                                               \
	{                                                                      \
		assert(weir_array_cells(array)->typecode == #code[0]);         \
		return weir_array_wait(array, index, &seen, timeout);          \
	}                                                                      \
                                                                               \
	WEIR_ARRAY_CHANGE(#code[0], exchange_##code, type)                     \
	WEIR_ARRAY_CHANGE(#code[0], fetch_add_##code, type)                    \
	WEIR_ARRAY_CHANGE(#code[0], fetch_sub_##code, type)

#define WEIR_ARRAY_INTEGER(code, type)                                         \
	WEIR_ARRAY_CHANGE(#code[0], fetch_and_##code, type)                    \
	WEIR_ARRAY_CHANGE(#code[0], fetch_or_##code, type)                     \
	WEIR_ARRAY_CHANGE(#code[0], fetch_xor_##code, type)

WEIR_NUMBERS(WEIR_ARRAY_NUMBER)
WEIR_INTEGERS(WEIR_ARRAY_INTEGER)

#ifdef __cplusplus
}
#endif

#endif
