/* SPDX-License-Identifier: MIT */
/* A region and pipes in it, while a peer scribbles (fuzz/peer.h). */
#include "peer.h"
#include "region/region.h"
#include "region_calls.h"

/* A second attachment of the same process, for a moment. */
static void open_and_close(const struct region_user *user)
{
	struct region_user again = { .region = NULL };

	region_open_again(&again, weir_region_fd(user->region));
	region_close(&again);
}

static void victim(void *argument)
{
	struct input *calls = argument;
	struct region_user user;

	region_begin(&user);
	peer_comes(user.region->segment.base, user.region->segment.size);
	while (calls->left > 0 && peer_allows()) {
		uint8_t what = (uint8_t)input_take(calls, 1);

		switch (what % 8) {
		case 0:
			open_and_close(&user);
			break;
		case 1:
			region_remove(&user, (uint8_t)input_take(calls, 1));
			break;
		case 2:
		case 3:
			region_call(&user, calls);
			break;
		default:
			region_pipe(&user, (uint8_t)input_take(calls, 1));
		}
	}
	peer_allows();
	region_close(&user);
	peer_goes();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* For 10000 tries to give a name, each with a look at each entry. */
	static const struct peer_kind kind = { 30000000, 60000000, 2,
		                               region_place, region_word };

	peer_run(data, size, &kind, victim);
	return 0;
}
