/* SPDX-License-Identifier: MIT */
#include "sync/self.h"

__thread uint32_t self_number_given;

/* How many threads of this process have had a number. */
static struct word32 given;

uint32_t self_number_new(void)
{
	self_number_given = 1 + add32(&given, 1) % ((1 << SELF_BITS) - 1);
	return self_number_given;
}
