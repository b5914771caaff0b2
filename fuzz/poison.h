/* SPDX-License-Identifier: MIT */
/* Memory that the address sanitizer, where it is on, lets nobody touch. */
#ifndef FUZZ_POISON_H
#define FUZZ_POISON_H

#if defined(__SANITIZE_ADDRESS__)
#define POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISON 1
#endif
#endif

#ifdef POISON
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size)   ((void)(address))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address))
#endif

#endif
