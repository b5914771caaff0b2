/* SPDX-License-Identifier: MIT */
/* The door to Concurrency Kit: the hint that a loop is spinning. */
#ifndef WEIR_DOORS_CK_H
#define WEIR_DOORS_CK_H

#ifdef WEIR_SIMULATED

#include "sim/atomics.h"

static inline void spin_hint(void)
{
	sim_spin();
}

#else

#include <ck_pr.h>

static inline void spin_hint(void)
{
	ck_pr_stall();
}

#endif

#endif
