/* SPDX-License-Identifier: MIT */
/*
 * Self: the number of the calling thread among those of its process.
 *
 * It is given at the first need, and says nothing to other processes: whose
 * lock it is says the member and it together.  The 2^24th thread of a process
 * gets the number of the first.
 */
#ifndef WEIR_SYNC_SELF_H
#define WEIR_SYNC_SELF_H

#include "doors/atomics.h"

enum { SELF_BITS = 24 };

extern __thread uint32_t self_number_given;

uint32_t self_number_new(void);

/* Not 0. */
static inline uint32_t self_number(void)
{
	return likely(self_number_given) ? self_number_given
	                                 : self_number_new();
}

#endif
