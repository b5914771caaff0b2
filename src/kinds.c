/* SPDX-License-Identifier: MIT */
/* What the region layer has to know of the primitives above it. */
#include "queue/bury.h"
#include "region/burial.h"
#include "sync/barrier.h"
#include "sync/condition.h"
#include "sync/mutex.h"
#include "sync/semaphore.h"
#include "value/bury.h"

object_burier object_burier_of(enum object_type type)
{
	switch (type) {
	case OBJECT_QUEUE:
		return queue_bury_object;
	case OBJECT_LOCK:
	case OBJECT_RLOCK:
		return mutex_bury_object;
	case OBJECT_BARRIER:
		return barrier_bury_object;
	case OBJECT_CONDITION:
		return condition_bury_object;
	case OBJECT_SEMAPHORE:
		return semaphore_bury_object;
	case OBJECT_VALUE:
		return value_bury_object;
	case OBJECT_ARRAY:
		return array_bury_object;
	default:
		return NULL;
	}
}
