/* SPDX-License-Identifier: MIT */
/*
 * Assertions that hold everywhere: in the test's own thread they fail the
 * cmocka test; in a child process or another thread, where cmocka's longjmp
 * would go astray, they say what was wrong and end the process.
 */
#ifndef TESTS_SUPPORT_MUST_H
#define TESTS_SUPPORT_MUST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

_Noreturn void must_fail(const char *file, int line, const char *text);
_Noreturn void must_fail_value(const char *file, int line, const char *text,
                               long long actual, long long expected);

static inline void must_be_equal(const char *file, int line, const char *text,
                                 long long actual, long long expected)
{
	if (actual != expected)
		must_fail_value(file, line, text, actual, expected);
}

#define must(condition)                                                        \
	((condition) ? (void)0 : must_fail(__FILE__, __LINE__, #condition))

#define must_be(actual, expected)                                              \
	must_be_equal(__FILE__, __LINE__, #actual, (actual), (expected))

#endif
