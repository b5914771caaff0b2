/* SPDX-License-Identifier: MIT */
/* Codes and their texts. */
#include "pipes.h"

#include <stdio.h>
#include <weir/weir.h>

static const int codes[] = {
	0,          WEIR_OWNER_DIED, -EAGAIN,   -ETIMEDOUT, -EPIPE,
	-ESHUTDOWN, -EBUSY,          -EMSGSIZE, -EEXIST,    -ENOENT,
	-EACCES,    -ENOSPC,         -ENOMEM,   -EMFILE,    -EPROTO,
	-EUCLEAN,   -EOVERFLOW,      -EPERM,    -ECANCELED, -EINVAL,
	-EBADF,     -ENOTSUP,
};

enum { CODES = sizeof(codes) / sizeof(codes[0]) };

static void test_every_code_has_a_text_of_its_own(void **state)
{
	for (int i = 0; i < CODES; i++) {
		const char *text = weir_strerror(codes[i]);

		must(text);
		must(strlen(text) > 0);
		for (int j = 0; j < i; j++)
			must(strcmp(text, weir_strerror(codes[j])) != 0);
		/* The same each time: it is constant. */
		must(weir_strerror(codes[i]) == text);
	}
}

static void test_an_unknown_code_has_a_text_too(void **state)
{
	static const int unknown[] = { 2,        1000,      -1000,
		                       -ENOTBLK, INT32_MAX, INT32_MIN };

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		must(weir_strerror(unknown[i]));
		must(strlen(weir_strerror(unknown[i])) > 0);
	}
}

static void test_the_version_is_that_of_the_headers(void **state)
{
	char version[32];

	snprintf(version, sizeof(version), "%d.%d.%d", WEIR_VERSION_MAJOR,
	         WEIR_VERSION_MINOR, WEIR_VERSION_PATCH);
	must(strcmp(weir_version(), version) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_every_code_has_a_text_of_its_own),
		sentence(test_an_unknown_code_has_a_text_too),
		sentence(test_the_version_is_that_of_the_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
