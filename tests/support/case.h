/* SPDX-License-Identifier: MIT */
/*
 * What every test case gets: an alarm, so that a hang is a failure, and a look
 * afterwards at what it left behind (children, descriptors, names).
 */
#ifndef TESTS_SUPPORT_CASE_H
#define TESTS_SUPPORT_CASE_H

#include "must.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

enum { CASE_SECONDS = 60 };

/* gcc says it by macros, clang by features. */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define THREAD_SANITIZER 1
#else
#define THREAD_SANITIZER 0
#endif

/* A sanitizer has mappings and threads of its own, and answers for mlock. */
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define SANITIZED 1
#else
#define SANITIZED THREAD_SANITIZER
#endif

int case_begin(void **state);
int case_end(void **state);

#define sentence(f) cmocka_unit_test_setup_teardown(f, case_begin, case_end)

/* Says why, and leaves the test as skipped. */
void case_skip(const char *reason);

/* True in the process and thread that cmocka runs in. */
bool case_runs_here(void);

/* What cmocka does about SIGBUS while a test runs. */
sighandler_t case_bus_handler(void);

/* Nanoseconds of CLOCK_MONOTONIC, and of processor time of this thread. */
int64_t now(void);
int64_t thread_time(void);

/* The bound for "it ends at all", far above what any machine needs. */
#define SOON WEIR_SECONDS(5)

/* What this process holds; mappings are all of them, or the shared ones. */
int count_descriptors(void);
int count_mappings(void);
int count_shared_mappings(void);
int count_threads(void);

#endif
