/* SPDX-License-Identifier: MIT */
/*
 * The door to the kernel's truth about life: open file description locks.
 *
 * Such a lock belongs to the open file description, not to the process: it goes
 * when the last descriptor of the description goes, by close, exit, exec or
 * SIGKILL, and forks and descriptors under way in a socket count.  So holding a
 * byte means being alive, and an exclusive lock that succeeds through another
 * description proves that nobody holds the byte.  Never test first and act
 * later: the lock itself is the test.
 *
 * None of these calls waits.  0, -EAGAIN somebody else holds it, or another
 * -errno.
 */
#ifndef WEIR_DOORS_LOCKS_H
#define WEIR_DOORS_LOCKS_H

#include <stdbool.h>
#include <stdint.h>

int lock_try_shared(int fd, int64_t byte);
int lock_try_exclusive(int fd, int64_t byte);
int lock_release(int fd, int64_t byte);

/*
 * After lock_try_exclusive failed: somebody holds the byte shared, to stay.
 * Else it was somebody who tried for it himself, and will let it go.  A hint.
 */
bool lock_held(int fd, int64_t byte);

#endif
