/* SPDX-License-Identifier: MIT */
/* Python's multiprocessing.Value and its lock, see python_value.py. */
#include <errno.h>
#include <inttypes.h>

#include "../sync_peer.h"
#include "script.h"

static void *open_script(void)
{
	static struct script script;

	return script_start(&script, BENCH_PYTHON_VALUE,
	                    (const char *const[3]){ NULL }) < 0
	               ? NULL
	               : &script;
}

static void close_script(void *object)
{
	script_end(object);
}

static int repeat(void *object, uint64_t count)
{
	struct script *script = object;
	uint64_t done;

	fprintf(script->to, "%" PRIu64 "\n", count);
	fflush(script->to);
	if (fscanf(script->from, "%" SCNu64, &done) != 1 || done < count)
		return -EPROTO;
	return 0;
}

const struct sync_peer python_value_peers[] = {
	{ "multiprocessing.Value, locked += 1", open_script, close_script,
	  repeat, NULL },
	{ .name = NULL },
};
