/* SPDX-License-Identifier: MIT */
/*
 * The door to SIGBUS: what happens when somebody truncates a segment in use.
 *
 * A named segment can be truncated by everybody who may write to it.  Touching
 * what is gone raises SIGBUS.  The handler here puts other zero pages over
 * the whole mapping and returns: the access is repeated, reads zeros, and the
 * checks that every caller makes anyway end in -EUCLEAN.  A SIGBUS anywhere
 * else goes to the handler that was there before.
 *
 * The handler is installed at the first guarded mapping.  A program that
 * installs its own later should call the earlier one for addresses it does not
 * know.  Sealed anonymous segments cannot be truncated and need no guard.
 */
#ifndef WEIR_DOORS_FAULT_H
#define WEIR_DOORS_FAULT_H

#include <stddef.h>

/* 0 or -ENOMEM. */
int fault_guard(void *base, size_t size);

/* Before the mapping ends. */
void fault_unguard(void *base);

#endif
