/* SPDX-License-Identifier: MIT */
/* Text in an array of characters. */
#include "value/array.h"

#include <errno.h>
#include <stdlib.h>

static ssize_t copy_text(const char *all, size_t length, char *out,
                         size_t capacity)
{
	size_t text = strnlen(all, length);

	if (text >= capacity)
		return -EMSGSIZE;
	memcpy(out, all, text);
	out[text] = '\0';
	return (ssize_t)text;
}

ssize_t weir_array_get_string(const struct weir_array *array, char *out,
                              size_t capacity)
{
	size_t length;
	ssize_t code;
	char *all;

	if (!array || !out || array->cells.typecode != 'c')
		return -EINVAL;
	length = weir_array_length(array);
	all = malloc(length + 1);
	if (!all)
		return -ENOMEM;
	code = weir_array_snapshot(array, 0, length, all);
	if (code == 0)
		code = copy_text(all, length, out, capacity);
	free(all);
	return code;
}

int weir_array_set_string(struct weir_array *array, const char *text)
{
	struct span span = { .first = 0 };
	size_t length, size;

	if (!array || !text || array->cells.typecode != 'c')
		return -EINVAL;
	length = weir_array_length(array);
	size = strnlen(text, length + 1);
	if (size > length)
		return -EMSGSIZE;
	span.bytes = size < length ? size + 1 : size;
	return array_write(array, span, text);
}
