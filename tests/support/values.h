/* SPDX-License-Identifier: MIT */
/* The commonest steps of a test about values and arrays. */
#ifndef TESTS_SUPPORT_VALUES_H
#define TESTS_SUPPORT_VALUES_H

#include "case.h"
#include "child.h"
#include "pattern.h"

#include <errno.h>
#include <string.h>
#include <weir/array.h>
#include <weir/value.h>

static inline struct weir_value *
value_with(char typecode, const struct weir_value_options *options)
{
	struct weir_value *value;

	must_be(weir_value_create(&value, NULL, typecode, options), 0);
	return value;
}

static inline struct weir_value *value_of(char typecode)
{
	return value_with(typecode, NULL);
}

static inline struct weir_value *record_of(size_t size, const void *initial)
{
	struct weir_value_options options = { .record_size = size,
		                              .initial = initial };

	return value_with(WEIR_RECORD, &options);
}

static inline struct weir_array *
array_with(char typecode, size_t length,
           const struct weir_array_options *options)
{
	struct weir_array *array;

	must_be(weir_array_create(&array, NULL, typecode, length, options), 0);
	return array;
}

static inline struct weir_array *array_of(char typecode, size_t length)
{
	return array_with(typecode, length, NULL);
}

#endif
