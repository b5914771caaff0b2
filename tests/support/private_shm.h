/* SPDX-License-Identifier: MIT */
/*
 * A /dev/shm of one's own, small enough to be filled: a tmpfs that only the
 * calling process and its children see.
 */
#ifndef TESTS_SUPPORT_PRIVATE_SHM_H
#define TESTS_SUPPORT_PRIVATE_SHM_H

#include <stdint.h>

/* NULL, or why this process may not have one. */
const char *private_shm_refused(void);

/* In a child only: `size` as mount(8) takes it. */
void private_shm_enter(const char *size);

/* What is in /dev/shm now: files, and bytes that are free. */
int private_shm_files(void);
int64_t private_shm_room(void);

#endif
