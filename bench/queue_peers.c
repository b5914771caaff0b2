/* SPDX-License-Identifier: MIT */
/* The queues of queue_throughput and queue_latency. */
#include "peer.h"

const struct peer *const all_peers[] = {
	weir_queue_peers,
	weir_in_place_peers,
	vyukov_peers,
#ifdef BENCH_CK
	ck_ring_mpmc_peers,
#endif
#ifdef BENCH_DPDK
	rte_ring_mpmc_peers,
	rte_ring_rts_peers,
#endif
#ifdef BENCH_MOODYCAMEL
	moodycamel_peers,
#endif
#ifdef BENCH_BOOST
	boost_queue_peers,
	boost_message_queue_peers,
#endif
#ifdef BENCH_ZEROMQ
	zeromq_peers,
#endif
	mq_peers,
#ifdef BENCH_PYTHON
	python_peers,
#endif
};

const size_t all_peers_count = sizeof(all_peers) / sizeof(all_peers[0]);
