/* SPDX-License-Identifier: MIT */
/*
 * What every chunk should become, and what became of each message.
 *
 * Tasks are numbered, and so are each worker's results.  A result is received
 * once, a task once in each of its deliveries; and as the holder of a delivery
 * is dead before there is a next one, what comes of them comes in their order.
 * What comes again, or later than it should, is doubled.  A task that nobody
 * received, or a result that was put and never came, is lost.  A task that came
 * again, as its next delivery, is redelivered.
 */
#include "compress_tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void ledger_make(struct ledger *ledger, uint64_t chunks)
{
	const char *folder = getenv("TMPDIR");
	char path[PATH_MAX];

	memset(ledger, 0, sizeof(*ledger));
	snprintf(path, sizeof(path), "%s/compress_tree.XXXXXX",
	         folder ? folder : "/tmp");
	ledger->reference = mkstemp(path);
	if (ledger->reference < 0)
		die("%s: %s; set TMPDIR to a folder of yours", path,
		    strerror(errno));
	unlink(path);
	ledger->count = chunks;
	ledger->entries = calloc(chunks, sizeof(struct entry));
	if (!ledger->entries)
		die("no memory for %llu chunks; name a smaller folder",
		    (unsigned long long)chunks);
}

static struct entry *entry_of(struct ledger *ledger, uint64_t chunk)
{
	if (chunk >= ledger->count)
		die("the folder changed while this ran; name another, or a "
		    "copy");
	return &ledger->entries[chunk];
}

void ledger_expect(struct ledger *ledger, uint64_t chunk,
                   const unsigned char *bytes, size_t size)
{
	struct entry *entry = entry_of(ledger, chunk);
	size_t done = 0;

	entry->offset = ledger->reference_size;
	entry->size = (uint32_t)size;
	while (done < size) {
		ssize_t more =
			write(ledger->reference, bytes + done, size - done);

		if (more < 0)
			die("write to TMPDIR: %s; it must have room for the "
			    "compressed tree",
			    strerror(errno));
		done += (size_t)more;
	}
	ledger->reference_size += size;
}

static bool is_expected(const struct ledger *ledger, const struct entry *entry,
                        const unsigned char *bytes, size_t size)
{
	static unsigned char expected[COMPRESSED_LONGEST];

	if (size != entry->size)
		return false;
	if (pread(ledger->reference, expected, size, (off_t)entry->offset) !=
	    (ssize_t)size)
		die("read from TMPDIR: %s", strerror(errno));
	return memcmp(bytes, expected, size) == 0;
}

static void enter_message(struct ledger *ledger, struct account *account,
                          uint32_t sequence)
{
	if (sequence < account->expected) {
		ledger->doubled++;
		return;
	}
	account->got++;
	account->expected = sequence + 1;
}

static void enter_delivery(struct ledger *ledger, struct entry *entry,
                           uint32_t deliveries)
{
	ledger->doubled += deliveries <= entry->deliveries;
	ledger->repeated += entry->deliveries != 0;
	ledger->chunks_got += entry->deliveries == 0;
	if (deliveries > entry->deliveries)
		entry->deliveries = deliveries;
}

void ledger_enter(struct ledger *ledger, struct crew *crew,
                  const struct result *result, size_t size)
{
	struct entry *entry = entry_of(ledger, result->chunk);

	if (result->worker >= crew->born)
		die("a result of worker %u: there is none", result->worker);
	enter_message(ledger, &crew->accounts[result->worker],
	              result->sequence);
	enter_delivery(ledger, entry, result->deliveries);
	ledger->different += !is_expected(ledger, entry, result->bytes, size);
}

static void count_tasks(struct ledger *ledger)
{
	ledger->put += ledger->tasks_put;
	ledger->got += ledger->chunks_got;
	/* Whoever finished it had the last delivery, and said so. */
	for (uint64_t i = 0; i < ledger->count; i++) {
		if (ledger->entries[i].deliveries > 1)
			ledger->redelivered +=
				ledger->entries[i].deliveries - 1;
	}
}

/* A worker killed in the middle of put may have put one more than it knew. */
static void count_results(struct ledger *ledger, const struct account *account)
{
	uint32_t put =
		atomic_load_explicit(&account->put, memory_order_relaxed);

	ledger->put += put > account->expected ? put : account->expected;
	ledger->got += account->got;
}

void ledger_close(struct ledger *ledger, const struct crew *crew)
{
	count_tasks(ledger);
	for (uint32_t i = 0; i < crew->born; i++)
		count_results(ledger, &crew->accounts[i]);
	ledger->lost = ledger->put - ledger->got;
}
