/* SPDX-License-Identifier: MIT */
/* Everything weir has; each primitive's own header carries its contract. */
#ifndef WEIR_WEIR_H
#define WEIR_WEIR_H

#include <weir/array.h>
#include <weir/barrier.h>
#include <weir/common.h>
#include <weir/condition.h>
#include <weir/event.h>
#include <weir/lock.h>
#include <weir/pipe.h>
#include <weir/queue.h>
#include <weir/region.h>
#include <weir/semaphore.h>
#include <weir/value.h>

#endif
