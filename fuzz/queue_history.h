/* SPDX-License-Identifier: MIT */
/*
 * History of a queue: whether what all calls returned can be told as if one had
 * come after the other.
 *
 * For distinct messages, that fails only in these ways (Henzinger, Sezgin,
 * Vafeiadis, "Aspect-oriented linearizability proofs", CONCUR 2013), the first
 * two of which the ledger sees at once:
 * - a message is got that was put later, or never;
 * - one is got twice;
 * - a is put before b is, and b is got before a is;
 * - a call says that there is none, and at each moment of it there was one.
 *
 * A queue has a capacity as well: it never holds more, and a call says that it
 * is full only if it may have been at some moment of that call.  And tasks:
 * nothing is unfinished only if that may be so at some moment of the call.
 */
#ifndef FUZZ_QUEUE_HISTORY_H
#define FUZZ_QUEUE_HISTORY_H

#include "queue_ledger.h"

void history_begin(void);

/* From this moment on the message can be got, and until then. */
void presence_begins(int number, uint64_t moment);
void presence_ends(int number, uint64_t moment);

/* Somebody unknown may have got any of them since. */
void presences_end(uint64_t moment);

/* Whether there may have been a message that is larger than the room. */
bool history_may_exceed(const struct entry *entry);

/* At the end of a run. */
void history_check(void);

#endif
