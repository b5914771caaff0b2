/* SPDX-License-Identifier: MIT */
/*
 * Python's multiprocessing.Queue.  All its processes are Python's own, see
 * python_queue.py.
 */
#include <errno.h>
#include <inttypes.h>

#include "../driver.h"
#include "../peer.h"
#include "script.h"

/* Of the side that is here. */
static struct script echo;

static int one_way(size_t size, unsigned pairs, uint64_t length,
                   double *per_second)
{
	char texts[3][24];
	struct script script;
	int result;

	snprintf(texts[0], sizeof(texts[0]), "%zu", size);
	snprintf(texts[1], sizeof(texts[1]), "%u", pairs);
	snprintf(texts[2], sizeof(texts[2]), "%" PRIu64, length);
	result = script_start(
		&script, BENCH_PYTHON,
		(const char *const[]){ texts[0], texts[1], texts[2] });
	if (result < 0)
		return result;
	if (fscanf(script.from, "%lf", per_second) != 1)
		result = -EIO;
	script_end(&script);
	return result;
}

/* The script does both sides; it is started when this is called first. */
static int ping(void *port, const struct run *run)
{
	char size[24];
	int result = 0;

	(void)port;
	snprintf(size, sizeof(size), "%zu", run->size);
	if (!echo.process)
		result =
			script_start(&echo, BENCH_PYTHON,
		                     (const char *const[]){ size, NULL, NULL });
	if (result < 0)
		return result;
	fprintf(echo.to, "%" PRIu64 "\n", run->count);
	fflush(echo.to);
	for (uint64_t trip = 1; trip <= run->count; trip++) {
		uint64_t stamp;

		if (fscanf(echo.from, "%" SCNu64, &stamp) != 1)
			return -EIO;
		if (trip % run->every == 0)
			run->stamps[trip / run->every - 1] = stamp;
	}
	return 0;
}

static int pong(void *port, const struct run *run)
{
	(void)port;
	(void)run;
	return 0;
}

static int open_link(const struct peer *peer, struct link *link, size_t size)
{
	(void)peer;
	(void)size;
	link->port[SENDER] = link->port[RECEIVER] = NULL;
	link->depth = 100;
	return 0;
}

static void drop_port(void *port)
{
	(void)port;
	if (echo.process)
		script_end(&echo);
}

static void close_link(struct link *link)
{
	(void)link;
}

const struct peer python_peers[] = {
	{
		.name = "multiprocessing.Queue",
		.open = open_link,
		.drop = drop_port,
		.close = close_link,
		.ping = ping,
		.pong = pong,
		.one_way = one_way,
	},
	{ .name = NULL },
};
