/* SPDX-License-Identifier: MIT */
/* What the files of compress_tree have in common; each part is one file. */
#ifndef COMPRESS_TREE_H
#define COMPRESS_TREE_H

#include <fts.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <weir/queue.h>

enum {
	CHUNK_LONGEST = 256 * 1024,
	COMPRESSED_LONGEST = CHUNK_LONGEST + 1024, /* see compressBound */
	WORKERS_MOST = 64,
	KILLS_MOST = 10000,
	STALL_SECONDS = 30
};

/* tree_walk.c: the chunks of all files below a folder, in order of names. */

/* A task: at most 256 KiB of one file.  Sent up to the end of the path. */
struct chunk {
	uint64_t number; /* in the order of the walk */
	uint64_t offset;
	uint32_t size;
	char path[PATH_MAX];
};

struct tree {
	FTS *walk;
	FTSENT *file; /* of which there is more */
	uint64_t offset;
	uint64_t chunks, files, bytes, skipped; /* so far */
};

void tree_open(struct tree *tree, const char *folder);
bool tree_next(struct tree *tree, struct chunk *chunk);
void tree_close(struct tree *tree);
size_t chunk_message_size(const struct chunk *chunk);

/* one_chunk.c */

size_t chunk_read(const struct chunk *chunk, unsigned char *to);
/* Returns how many bytes it became. */
size_t chunk_compress(const struct chunk *chunk,
                      unsigned char to[COMPRESSED_LONGEST]);

/* worker.c */

/* What a worker sends. */
struct result {
	uint64_t chunk;
	uint32_t deliveries; /* of the task that it answers */
	uint32_t worker;
	uint32_t sequence; /* of this worker's results, from 0 */
	unsigned char bytes[COMPRESSED_LONGEST];
};

/* What is known of a worker, also after its death: its results. */
struct account {
	_Atomic uint32_t put; /* written by the worker, shared */
	uint32_t expected;    /* sequence of the next that the parent gets */
	uint32_t got;
};

struct queues {
	struct weir_queue *tasks, *results;
};

_Noreturn void worker_run(const struct queues *queues, uint32_t number,
                          struct account *account);

/* crew.c: the workers' births and deaths. */

struct crew {
	const struct queues *queues;
	struct worker {
		pid_t pid; /* 0: none; else not yet waited for */
		bool killed;
	} workers[WORKERS_MOST];
	size_t size;
	struct account *accounts; /* one for each worker that ever lived */
	uint32_t born, born_most;
	unsigned kills, killed, died; /* wanted, by this program, in all */
	bool armed;                   /* it is time for another kill, at: */
	double next_kill;
};

void crew_start(struct crew *crew, const struct queues *queues, size_t size,
                unsigned kills);
/* Spreads the kills over the work, of which `got` of `of` is there. */
void crew_kill_if_due(struct crew *crew, uint64_t got, uint64_t of);
/* How long nothing needs to be done about the crew: nanoseconds. */
int64_t crew_patience(const struct crew *crew);
/* Replaces those that were killed. */
void crew_replace(struct crew *crew);
/* Waits for those that end, without a replacement; whether none is left. */
bool crew_ended(struct crew *crew);
void crew_kill_all(struct crew *crew);

/* ledger.c: what every chunk should become, and what became of each message. */

struct entry {
	uint64_t offset; /* of the expected bytes in the reference */
	uint32_t size;
	uint32_t deliveries; /* the last of which a result came, 0: none */
};

struct ledger {
	struct entry *entries;
	uint64_t count;
	int reference; /* a file that has no name */
	uint64_t reference_size, tasks_put;
	uint64_t chunks_got, repeated, different;
	uint64_t put, got, redelivered, lost, doubled;
};

void ledger_make(struct ledger *ledger, uint64_t chunks);
/* The chunk should become these bytes. */
void ledger_expect(struct ledger *ledger, uint64_t chunk,
                   const unsigned char *bytes, size_t size);
/* A result with `size` bytes came. */
void ledger_enter(struct ledger *ledger, struct crew *crew,
                  const struct result *result, size_t size);
/* Counts; everybody who put something has ended. */
void ledger_close(struct ledger *ledger, const struct crew *crew);

/* alone.c: the run in one process. */

/* Walks and reads the tree: what is in it, and then it is in the page cache. */
struct tree survey(const char *folder);
/* Returns how many seconds it took. */
double run_alone(struct ledger *ledger, const char *folder);

/* collector.c: the run with many workers; returns whether it came to its end. */

bool collect_all(struct ledger *ledger, struct crew *crew, const char *folder,
                 size_t workers, unsigned kills);

/* compress_tree.c */

/* Ends the program and says why. */
_Noreturn void die(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
/* Ends the program if `code` is an error of weir. */
ssize_t check(const char *what, ssize_t code);
double now(void);

#endif
