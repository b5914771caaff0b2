/* SPDX-License-Identifier: MIT */
/* Typecodes: what each stands for in this process. */
#ifndef WEIR_VALUE_TYPECODES_H
#define WEIR_VALUE_TYPECODES_H

#include "weir/cell.h"

enum { RECORD_LARGEST = 1 << 30, NUMBER_LARGEST = 8 };

/* Bytes of a number of this type here; 0: it is none. */
uint32_t typecode_size(char typecode);

/*
 * Bytes of an item of this typecode, where `record_size` are asked for;
 * -EINVAL.
 */
int64_t typecode_plan(char typecode, uint64_t record_size);

/* What is written of an object: 0, -EPROTO it has another size here, -EUCLEAN
   there is no such thing. */
int typecode_check(uint32_t typecode, uint32_t item_size);

#endif
