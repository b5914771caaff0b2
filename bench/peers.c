/* SPDX-License-Identifier: MIT */
#include "peer.h"

const struct peer *const all_peers[] = {
	weir_peers,
#ifdef BENCH_CK
	ck_ring_peers,
#endif
#ifdef BENCH_DPDK
	rte_ring_peers,
#endif
#ifdef BENCH_BOOST
	boost_peers,
#endif
	stream_peers,   mq_peers, line_peers,
};

const size_t all_peers_count = sizeof(all_peers) / sizeof(all_peers[0]);
