/* SPDX-License-Identifier: MIT */
/*
 * Queue: messages of any size, from any process to any other, first in, first
 * out.
 *
 * Any thread of any process that has the queue open may put and get.  What was
 * put is got once, whole and in order.  A process killed or stopped at any
 * instruction never keeps the others from going on, and what it had in hand
 * comes back.  Without contention for the last message or the last room, no
 * call makes a system call.
 *
 *	struct weir_queue *queue;
 *	char text[64];
 *	ssize_t length;
 *
 *	if (weir_queue_create(&queue, NULL, NULL) < 0)
 *		return 1;
 *	if (fork() == 0) {
 *		weir_queue_put(queue, "hello", 5, WEIR_FOREVER);
 *		_exit(0);
 *	}
 *	length = weir_queue_get(queue, text, sizeof(text), WEIR_FOREVER);
 *	printf("%.*s\n", (int)length, text);
 *	weir_queue_close(queue);
 *
 * get copies the message out, and with that it is delivered.  A worker that
 * must not lose what it works on takes a lease instead: the message stays in
 * the queue's memory, his until weir_queue_done.  If he dies before that, or
 * gives it back, somebody else gets it, with a higher count of deliveries.
 *
 * Tasks: every message put is one more unfinished task; weir_queue_task_done
 * says that one that was got is finished, and weir_queue_done says so of the
 * leased one.  weir_queue_join waits until none is unfinished.  A worker that
 * dies with a lease holds no join up, for the message comes again; one that
 * dies between get and task_done leaves a task that somebody else must call
 * task_done for.
 *
 * Who may call what at the same time: every call but close, from any thread of
 * any process.  A loan and a lease belong to the process that got them, and are
 * used by one thread at a time; a copy of one is the same one, so only one of
 * the copies may be ended.
 *
 * Every call may return -EUCLEAN: another process spoiled the shared memory;
 * close the queue, the process goes on.  In a forked child that could not be
 * given a place of its own (see weir/region.h), calls return the code that says
 * why, as -EMFILE.
 *
 * The index ring is a bounded queue after Tsigas and Zhang ("A simple, fast and
 * scalable non-blocking concurrent FIFO queue", SPAA 2001), with the position's
 * lap in each entry as in Vyukov's bounded MPMC queue (1024cores.net); here an
 * entry is filled by one CAS, so nobody waits for somebody else's half.
 */
#ifndef WEIR_QUEUE_H
#define WEIR_QUEUE_H

#include <sys/uio.h>
#include <weir/common.h>

#ifdef __cplusplus
extern "C" {
#endif

struct weir_queue;

struct weir_queue_options {
	struct weir_segment_options segment;
	/* How many messages it holds, 1 to 2^22; 0: 32767.  Messages that are
	   leased, and those that came back, do not count. */
	size_t capacity;
	/* Bytes of a message that lies in one piece, 1 to 2^30; 0: 120.  Longer
	   messages take several blocks. */
	size_t block_size;
	/* Bytes for all messages together, up to 2^40; 0: one block for each
	   message of the capacity, and 64 KiB more, in a region at most
	   twice as many blocks as messages.  Rounded up to whole blocks,
	   of which there are at most 2^22.  Each thread that puts messages in
	   blocks of up to 4080 bytes takes up to a page of them, or four,
	   beyond it. */
	size_t memory;
	/* How often a message is handed out before it is given up; 0: no limit.
	   Past it, it goes to the dead-letter queue, or without one is dropped
	   and counted (weir_queue_dropped). */
	unsigned max_deliveries;
	/* Name of another queue: in the same region, if this one is in a
	   region.  While that one does not exist or has no room, the message
	   is handed out once more.  A process that dies while it moves one may
	   leave it in both. */
	const char *dead_letter;
	/* Must be zero, else -EINVAL. */
	uint64_t reserved[4];
};

/* Room for a message, to be written in place. */
struct weir_loan {
	void *data;  /* aligned to 8 */
	size_t size; /* may be made smaller before the commit */
	uint64_t reserved[3];
};

/* A message in place. */
struct weir_lease {
	const void *data; /* aligned to 8 */
	size_t size;
	unsigned
		deliveries; /* how often it was handed out, this time included */
	uint64_t reserved[4];
};

/*
 * A new queue; with a NULL name it is anonymous: for forked children, and for
 * those who receive weir_queue_fd.  -EINVAL a bad name, or an option outside
 * its range, -EEXIST the name is taken, -EACCES, -ENOSPC, -ENOMEM, -EMFILE.
 *
 * With options->segment.region it is in that region, under a name that is
 * unique there, or none; the other segment options are the region's.  -ENOSPC
 * then means that the region is full; -EAGAIN 4096 threads use the region
 * already, -EBUSY processes that were stopped keep the free places locked,
 * -EUCLEAN.
 */
WEIR_API int weir_queue_create(struct weir_queue **queue, const char *name,
                               const struct weir_queue_options *options);

/*
 * -ENOENT no such queue, -EPROTO not a queue, or another version or byte order,
 * -EUCLEAN its memory was spoiled, -EAGAIN 1024 processes have it open already,
 * -EACCES, -EINVAL, -ENOMEM, -EMFILE.
 */
WEIR_API int weir_queue_open(struct weir_queue **queue, const char *name);

/* Opens it, or creates it where there is none.  Codes as for both, less
   -EEXIST and -ENOENT. */
WEIR_API int
weir_queue_open_or_create(struct weir_queue **queue, const char *name,
                          const struct weir_queue_options *options);

/* As open, in a region, whose handle must outlive the queue's. */
WEIR_API int weir_queue_open_in(struct weir_queue **queue,
                                struct weir_region *region, const char *name);

/*
 * As open, by a descriptor that weir_queue_fd returned, inherited or received
 * by SCM_RIGHTS; it stays the caller's, who may close it at once.  -EBADF.
 */
WEIR_API int weir_queue_open_fd(struct weir_queue **queue, int fd);

/* The descriptor to be passed on; stays the handle's.  -ENOTSUP in a region. */
WEIR_API int weir_queue_fd(const struct weir_queue *queue);

/* What was granted of huge_pages, prefault and lock_memory: WEIR_BACKING_... */
WEIR_API int weir_queue_backing(const struct weir_queue *queue);

/*
 * NULL is fine.  Open loans are abandoned and leases given back; in a shared
 * region, that happens when the process closes the region, or ends.
 */
WEIR_API void weir_queue_close(struct weir_queue *queue);

/*
 * Puts a message of `size` bytes.  0; -EAGAIN no room and timeout is 0,
 * -ETIMEDOUT; -ESHUTDOWN; -EMSGSIZE it can never fit; -ENOSPC the file system
 * has no memory for the queue to grow into; -EINVAL message is NULL and size is
 * not 0.
 */
WEIR_API int weir_queue_put(struct weir_queue *queue, const void *message,
                            size_t size, int64_t timeout);

/*
 * Takes the first message; returns its size.  -EAGAIN there is none and timeout
 * is 0, -ETIMEDOUT; -ESHUTDOWN there is none and will be none; -EMSGSIZE it is
 * larger than `capacity` (it stays the first); -EINVAL buffer is NULL and
 * capacity is not 0.
 */
WEIR_API ssize_t weir_queue_get(struct weir_queue *queue, void *buffer,
                                size_t capacity, int64_t timeout);

/*
 * Puts the `count` messages in this order, and returns how many went in: at
 * least one, and as many as there is room for without more waiting.  Others may
 * put theirs in between.  0 if count is 0; codes as for put, of the first.
 */
WEIR_API ssize_t weir_queue_put_many(struct weir_queue *queue,
                                     const struct iovec *messages, size_t count,
                                     int64_t timeout);

/*
 * Takes up to `count` messages into the buffers, in order, and returns how
 * many: at least one, and as many as are there without more waiting.  iov_len
 * is a buffer's capacity before, and the message's size after.  Codes as for
 * get, of the first.
 */
WEIR_API ssize_t weir_queue_get_many(struct weir_queue *queue,
                                     struct iovec *messages, size_t count,
                                     int64_t timeout);

/*
 * Lends room for a message of `size` bytes, up to block_size, in one piece.
 * Codes as for put; -EMSGSIZE more than block_size.  The queue may still be
 * full when it is committed.
 */
WEIR_API int weir_queue_reserve(struct weir_queue *queue, size_t size,
                                int64_t timeout, struct weir_loan *loan);

/*
 * Puts what was written, loan->size bytes of it, which may be less than were
 * reserved.  -EAGAIN the queue is full (the loan stays open), -ESHUTDOWN (the
 * loan is closed), -EINVAL more than was reserved, -EPERM not an open loan of
 * this process.
 */
WEIR_API int weir_queue_commit(struct weir_queue *queue,
                               struct weir_loan *loan);

/* Gives the room back.  Fine for a loan that is not open. */
WEIR_API void weir_queue_abandon(struct weir_queue *queue,
                                 struct weir_loan *loan);

/*
 * Takes the first message and leaves it in place: lease->data are its bytes, in
 * one piece (of a message of several blocks, a private copy).  Codes as for
 * get, but -EMSGSIZE; -ENOSPC, -EAGAIN and -ETIMEDOUT also for a message of up
 * to 8 bytes that finds no block to be kept in; -ENOMEM.
 */
WEIR_API int weir_queue_lease(struct weir_queue *queue, int64_t timeout,
                              struct weir_lease *lease);

/*
 * The leased message is finished: its memory is free, and it counts as a task
 * done.  -EPERM not an open lease of this process.
 */
WEIR_API int weir_queue_done(struct weir_queue *queue,
                             struct weir_lease *lease);

/*
 * The leased message goes back: it is the next to be handed out, to anybody,
 * with one delivery more.  -EPERM not an open lease of this process.
 */
WEIR_API int weir_queue_giveback(struct weir_queue *queue,
                                 struct weir_lease *lease);

/* One message that was got is finished.  -EOVERFLOW none is unfinished. */
WEIR_API int weir_queue_task_done(struct weir_queue *queue);

/* Waits until no message is unfinished.  0, -EAGAIN, -ETIMEDOUT. */
WEIR_API int weir_queue_join(struct weir_queue *queue, int64_t timeout);

/*
 * From now on put is -ESHUTDOWN, for everybody, and so is get once the queue is
 * empty.  `immediate`: what is still queued is dropped and counts as done; it
 * may follow a shutdown that was not.  0, also if it was shut down before.
 */
WEIR_API int weir_queue_shutdown(struct weir_queue *queue, bool immediate);

/*
 * How many messages could be got now; how many it holds at most; there is none;
 * put would have to wait.  Other processes may change it at any moment.
 */
WEIR_API size_t weir_queue_size(const struct weir_queue *queue);
WEIR_API size_t weir_queue_capacity(const struct weir_queue *queue);
WEIR_API bool weir_queue_empty(const struct weir_queue *queue);
WEIR_API bool weir_queue_full(const struct weir_queue *queue);

/* How many messages were dropped: past max_deliveries. */
WEIR_API uint64_t weir_queue_dropped(const struct weir_queue *queue);

#ifdef __cplusplus
}
#endif

#endif
