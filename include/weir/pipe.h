/* SPDX-License-Identifier: MIT */
/*
 * Pipe: two ends, messages of any size, whole and in order.
 *
 * A message sent at one end is received at the other: never torn, never merged
 * with its neighbour, never twice.  A process killed or stopped at any
 * instruction does not keep the other end from going on: what was sent is
 * received first, then the call returns -EPIPE.  Without contention no call
 * makes a system call.
 *
 *	struct weir_pipe *ends[2];
 *	char buffer[64];
 *	ssize_t length;
 *
 *	if (weir_pipe_pair(ends, NULL) < 0)
 *		return 1;
 *	if (fork() == 0) {
 *		weir_pipe_send(ends[1], "hello", 5, WEIR_FOREVER);
 *		_exit(0);
 *	}
 *	weir_pipe_close(ends[1]);
 *	length = weir_pipe_recv(ends[0], buffer, sizeof(buffer), WEIR_FOREVER);
 *	printf("%.*s\n", (int)length, buffer);
 *
 * An end is gone when every process that holds it has closed it, or died; as
 * with pipe(2), a forked child holds the ends its parent held, so close the
 * ends you do not use.  End of file is final.
 *
 * Who may call what at the same time, for one end (the two ends are
 * independent):
 *
 *	            send family   recv family   fd, backing
 *	send family      no           yes           yes
 *	recv family      yes          no            yes
 *
 * send family: send, sendv, reserve, commit, abandon.  recv family: recv,
 * next_size, peek, release; poll belongs to neither and may run with both.
 * "At the same time" means overlapping calls, also from different processes
 * that share an end; taking turns needs nothing between the calls.  A reserve
 * is open until its commit or abandon, a peek until its release; both are the
 * thread's and the handle's that began them.
 *
 * Every call on an end may return -EUCLEAN: another process spoiled the shared
 * memory; close the end, the process goes on.
 *
 * The ring is bounded FIFO after Lamport's single-producer single-consumer
 * buffer ("Proving the Correctness of Multiprocess Programs", 1977), with
 * length-prefixed records whose header word publishes them, as in FastForward
 * (Giacomoni, Moseley, Vachharajani, PPoPP 2008).
 */
#ifndef WEIR_PIPE_H
#define WEIR_PIPE_H

#include <weir/common.h>

#ifdef __cplusplus
extern "C" {
#endif

struct weir_pipe;

struct weir_pipe_options {
	struct weir_segment_options segment;
	/* Bytes of ring for each direction; 0: 256 KiB.  Rounded up to a power
	   of two of at least 4096; more than 2^40 is -EINVAL. */
	size_t size;
	/* One direction only: the first end (ends[0], or the creator's)
	   receives, the second (ends[1], or the opener's) sends. */
	bool simplex;
	/* Must be zero, else -EINVAL. */
	uint64_t reserved[4];
};

/*
 * An anonymous pipe, both ends; with options->segment.region, in that region.
 * Simplex: ends[0] receives, ends[1] sends.  -EINVAL an option outside its
 * range, -ENOMEM, -EMFILE, -ENOSPC; in a region as for create.
 */
WEIR_API int weir_pipe_pair(struct weir_pipe *ends[2],
                            const struct weir_pipe_options *options);

/*
 * A named pipe; the caller holds its first end.  With a NULL name it is
 * anonymous, and the other end is opened with weir_pipe_open_fd by whoever
 * receives weir_pipe_fd (as long as it was not taken).
 * -EEXIST the name is taken, -EINVAL, -EACCES, -ENOSPC, -ENOMEM, -EMFILE.
 *
 * In a region (options->segment.region; the other segment options are the
 * region's): the name is one of the region, -ENOSPC means that the region is
 * full, and the codes include -EAGAIN 4096 threads use the region already,
 * -EBUSY processes that were stopped keep the free places locked, -EUCLEAN.  A
 * nameless one has no second end there; weir_pipe_pair makes both.
 */
WEIR_API int weir_pipe_create(struct weir_pipe **end, const char *name,
                              const struct weir_pipe_options *options);

/*
 * The other end of a named pipe.  -ENOENT no such pipe, -EBUSY both ends are
 * taken, or its file is leased, -EPIPE an end is gone and nothing waits to be
 * received at the one that could be opened, -EPROTO not a pipe, or another
 * version or byte order, -EUCLEAN its memory was spoiled, -EACCES, -EINVAL,
 * -ENOMEM, -EMFILE.
 *
 * An end whose holders all died with messages unread can be opened once more,
 * to receive these; send is -EPIPE there.
 */
WEIR_API int weir_pipe_open(struct weir_pipe **end, const char *name);

/*
 * Opens the other end, or creates the pipe where there is none or where all
 * that is left of one is its name (an end is gone and nothing waits).  Never
 * fails because of a crash in the past.  Codes as for create and open but
 * -EEXIST, -ENOENT and -EPIPE.
 */
WEIR_API int weir_pipe_open_or_create(struct weir_pipe **end, const char *name,
                                      const struct weir_pipe_options *options);

/*
 * As weir_pipe_open, for a pipe in a region.  The region's handle must outlive
 * the end's.
 */
WEIR_API int weir_pipe_open_in(struct weir_pipe **end,
                               struct weir_region *region, const char *name);

/*
 * Opens the end that `fd` stands for: a descriptor that weir_pipe_fd returned,
 * inherited or received by SCM_RIGHTS.  It is the same end, with its direction,
 * that the giver holds or held.  `fd` stays the caller's: the end is held as
 * long as it is open.  -EPROTO not a weir pipe, -EBADF not a descriptor,
 * -EPIPE the end is gone, -EBUSY both ends are taken, -EACCES, -EUCLEAN,
 * -EINVAL, -ENOMEM, -EMFILE.
 */
WEIR_API int weir_pipe_open_fd(struct weir_pipe **end, int fd);

/*
 * The descriptor of this end, to be passed on; it stays the handle's.  Closing
 * the handle right after the descriptor was sent is fine: the end is held while
 * the descriptor is under way.  -ENOTSUP for a pipe in a region.
 */
WEIR_API int weir_pipe_fd(const struct weir_pipe *end);

/* What was granted of huge_pages, prefault and lock_memory: WEIR_BACKING_... */
WEIR_API int weir_pipe_backing(const struct weir_pipe *end);

/* NULL is fine.  An open reserve is abandoned, an open peek not released. */
WEIR_API void weir_pipe_close(struct weir_pipe *end);

/*
 * Sends `size` bytes (0 to SSIZE_MAX) as one message.  -EAGAIN no room and
 * timeout is 0, -ETIMEDOUT, -EPIPE the other end is gone, -EPERM the receiving
 * end of a simplex pipe, -EINVAL message is NULL and size is not 0, or size is
 * out of range, -EBUSY a reserve is open on this handle.
 *
 * A message above half of the ring streams through it in parts.  If the time
 * runs out before the receiver took enough of it, nothing of it is received,
 * and the pipe is as if the call had not begun.
 */
WEIR_API int weir_pipe_send(struct weir_pipe *end, const void *message,
                            size_t size, int64_t timeout);

/*
 * Sends the parts (0 to IOV_MAX of them), one after another, as one message.
 * Codes as for send; -EINVAL also for a negative or too large count.
 */
WEIR_API int weir_pipe_sendv(struct weir_pipe *end, const struct iovec *parts,
                             int count, int64_t timeout);

/*
 * Receives one message; returns its size.  -EAGAIN nothing there and timeout is
 * 0, -ETIMEDOUT, -EPIPE nothing there and the other end is gone, -EMSGSIZE the
 * message is larger than `capacity` (it stays; next_size tells), -EPERM the
 * sending end of a simplex pipe, -EINVAL buffer is NULL and capacity is not 0,
 * -EBUSY a peek is open on this handle.
 *
 * The bytes of `buffer` beyond the message are untouched.  A message that
 * streams (above half of the ring) goes on arriving up to 10 ms past the
 * timeout, for as long as its parts keep coming; if the sender then stops, the
 * call returns -EAGAIN or -ETIMEDOUT, the sender begins the message again, and
 * no part of it is lost.  After an error the content of `buffer` is unspecified
 * for such a message.  If it is the receiver that dies after the sender's call
 * returned and before all of it was received, such a message is lost.
 */
WEIR_API ssize_t weir_pipe_recv(struct weir_pipe *end, void *buffer,
                                size_t capacity, int64_t timeout);

/* Size of the message that recv would return.  Codes as for recv. */
WEIR_API ssize_t weir_pipe_next_size(struct weir_pipe *end, int64_t timeout);

/*
 * 1: there is a message (also one of 0 bytes), or end of file; 0: neither, in
 * the given time.  Consumes nothing.  -EPERM the sending end of a simplex pipe.
 */
WEIR_API int weir_pipe_poll(struct weir_pipe *end, int64_t timeout);

/*
 * Zero copy: sets *space to `size` writable bytes inside the ring, aligned to
 * 8.  Nothing is seen by the receiver before commit.  -EMSGSIZE more than half
 * of the ring less 16 bytes; -EBUSY a reserve is open on this handle; else as
 * for send.
 */
WEIR_API int weir_pipe_reserve(struct weir_pipe *end, size_t size,
                               int64_t timeout, void **space);

/*
 * Sends the first `size` bytes of what was reserved; 0 bytes is a message too.
 * -EINVAL more than was reserved (the reserve stays open), -EPERM no reserve is
 * open on this handle, -EPIPE the other end is gone (the reserve is closed).
 */
WEIR_API int weir_pipe_commit(struct weir_pipe *end, size_t size);

/* Gives the room back; nothing was sent.  Fine without an open reserve. */
WEIR_API void weir_pipe_abandon(struct weir_pipe *end);

/*
 * Zero copy: sets *message to the next message, inside the ring, and returns
 * its size; it stays there, unchanged by a well-behaved sender, until release.
 * Peeking again gives the same message.  -EMSGSIZE a message above half of the
 * ring: it streams, use recv.  Else as for recv.
 */
WEIR_API ssize_t weir_pipe_peek(struct weir_pipe *end, int64_t timeout,
                                const void **message);

/* Takes the peeked message off.  -EPERM no peek is open on this handle. */
WEIR_API int weir_pipe_release(struct weir_pipe *end);

#ifdef __cplusplus
}
#endif

#endif
