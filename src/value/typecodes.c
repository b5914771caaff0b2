/* SPDX-License-Identifier: MIT */
#include "value/typecodes.h"

#include <errno.h>

#define SIZE_OF(code, type) { #code[0], sizeof(type) },

static const struct {
	char typecode;
	uint32_t size;
} sizes[] = { WEIR_NUMBERS(SIZE_OF) };

uint32_t typecode_size(char typecode)
{
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (sizes[i].typecode == typecode)
			return sizes[i].size;
	}
	return 0;
}

int64_t typecode_plan(char typecode, uint64_t record_size)
{
	uint32_t size = typecode_size(typecode);

	if (typecode == WEIR_RECORD)
		return record_size > 0 && record_size <= RECORD_LARGEST
		               ? (int64_t)record_size
		               : -EINVAL;
	return size > 0 && record_size == 0 ? (int64_t)size : -EINVAL;
}

int typecode_check(uint32_t typecode, uint32_t item_size)
{
	uint32_t size = typecode < 128 ? typecode_size((char)typecode) : 0;

	if (typecode == WEIR_RECORD)
		return item_size > 0 && item_size <= RECORD_LARGEST ? 0
		                                                    : -EUCLEAN;
	if (size == 0 || item_size == 0 || item_size > NUMBER_LARGEST)
		return -EUCLEAN;
	return item_size == size ? 0 : -EPROTO;
}
