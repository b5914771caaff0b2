/* SPDX-License-Identifier: MIT */
/*
 * Compresses every file below a folder (with zlib, in memory, in chunks of 256
 * KiB): once in this process, then by worker processes that lease their tasks
 * from one queue and put what they made into another.  Workers are killed at
 * random moments, if so wanted, and replaced.  Every chunk must become the same
 * bytes in both runs, and every message is accounted for.
 *
 * usage: compress_tree [--workers N] [--kills N] [FOLDER]
 *
 * N workers: as many as there are CPUs, at least two.  N kills: none.  FOLDER:
 * /usr/include.  What the single run made is kept in TMPDIR (/tmp), to compare.
 * Memory: some 9 MiB, 2 MiB for each worker and 16 bytes for each chunk.
 */
#include "compress_tree.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct request {
	const char *folder;
	size_t workers;
	unsigned kills;
};

void die(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fprintf(stderr, "compress_tree: ");
	vfprintf(stderr, format, arguments);
	fprintf(stderr, "\n");
	va_end(arguments);
	_exit(1);
}

ssize_t check(const char *what, ssize_t code)
{
	if (code < 0)
		die("%s: %s", what, weir_strerror((int)code));
	return code;
}

double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static unsigned number(const char *text, unsigned least, unsigned most)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*end != '\0' || end == text || value < least || value > most)
		die("%s: a number from %u to %u is wanted", text, least, most);
	return (unsigned)value;
}

static struct request read_arguments(int argc, char **argv)
{
	static const struct option names[] = {
		{ "workers", required_argument, NULL, 'w' },
		{ "kills", required_argument, NULL, 'k' },
		{ 0 },
	};
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct request request = { .folder = "/usr/include", .workers = 2 };
	int option;

	if (cpus > 2)
		request.workers =
			cpus < WORKERS_MOST ? (size_t)cpus : WORKERS_MOST;
	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (option == 'w')
			request.workers = number(optarg, 1, WORKERS_MOST);
		else if (option == 'k')
			request.kills = number(optarg, 0, KILLS_MOST);
		else
			die("usage: compress_tree [--workers N] [--kills N] "
			    "[FOLDER]");
	}
	if (optind < argc)
		request.folder = argv[optind];
	return request;
}

static void print_tree(const char *folder, const struct tree *tree)
{
	printf("%s: %llu files of together %.1f MiB, %llu chunks", folder,
	       (unsigned long long)tree->files, (double)tree->bytes / 1048576,
	       (unsigned long long)tree->chunks);
	if (tree->skipped)
		printf("; %llu that are not to be read are skipped",
		       (unsigned long long)tree->skipped);
	printf("\n");
}

static void print_counts(const struct ledger *ledger)
{
	printf("messages put %llu, got %llu, redelivered %llu, lost %llu, "
	       "doubled %llu\n",
	       (unsigned long long)ledger->put, (unsigned long long)ledger->got,
	       (unsigned long long)ledger->redelivered,
	       (unsigned long long)ledger->lost,
	       (unsigned long long)ledger->doubled);
}

/* A task comes again only after a death. */
static bool is_well(const struct ledger *ledger, const struct crew *crew)
{
	return ledger->lost == 0 && ledger->doubled == 0 &&
	       ledger->different == 0 && ledger->chunks_got == ledger->count &&
	       ledger->redelivered <= crew->died;
}

int main(int argc, char **argv)
{
	struct request request = read_arguments(argc, argv);
	struct tree tree = survey(request.folder);
	struct ledger ledger;
	struct crew crew;
	double alone, together;
	bool ended;

	setvbuf(stdout, NULL, _IOLBF, 0);
	print_tree(request.folder, &tree);
	ledger_make(&ledger, tree.chunks);
	alone = run_alone(&ledger, request.folder);
	printf("one process: %.2f s, to %.1f MiB\n", alone,
	       (double)ledger.reference_size / 1048576);
	together = now();
	ended = collect_all(&ledger, &crew, request.folder, request.workers,
	                    request.kills);
	together = now() - together;
	printf("%zu workers, %u killed: %.2f s, ratio %.2f; chunks made twice "
	       "%llu, different %llu\n",
	       request.workers, crew.died, together, alone / together,
	       (unsigned long long)ledger.repeated,
	       (unsigned long long)ledger.different);
	print_counts(&ledger);
	if (!ended)
		die("no result came for %d s, or a worker did not end",
		    STALL_SECONDS);
	if (ledger.tasks_put != ledger.count)
		die("%s changed while this ran; name another, or a copy",
		    request.folder);
	if (!is_well(&ledger, &crew))
		die("these are not the counts that they must be");
	return 0;
}
