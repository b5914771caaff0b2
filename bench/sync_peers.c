/* SPDX-License-Identifier: MIT */
#include "sync_peer.h"

const struct sync_peer *const all_sync_peers[] = {
	weir_sync_peers,
	glibc_sync_peers,
#ifdef BENCH_PYTHON_VALUE
	python_value_peers,
#endif
};

const size_t all_sync_peers_count =
	sizeof(all_sync_peers) / sizeof(all_sync_peers[0]);
