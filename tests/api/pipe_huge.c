/* SPDX-License-Identifier: MIT */
/*
 * One message of more than 2 GiB.  Both sides name the same 2 MiB over and
 * over, so that it needs time but no memory.
 */
#include "child.h"
#include "pipes.h"

#include <sys/mman.h>
#include <unistd.h>

#if SIZE_MAX > UINT32_MAX

enum { WINDOW = 2 << 20, WINDOWS = 1025 };

static const size_t total = (size_t)WINDOW * WINDOWS;

static unsigned char *window_new(int *fd)
{
	void *window;

	*fd = memfd_create("window", MFD_CLOEXEC);
	must(*fd >= 0);
	must_be(ftruncate(*fd, WINDOW), 0);
	window = mmap(NULL, WINDOW, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	must(window != MAP_FAILED);
	return window;
}

/* `total` bytes of address space in which every window is the same one. */
static unsigned char *windows_new(int fd)
{
	unsigned char *base =
		mmap(NULL, total, PROT_NONE,
	             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	must(base != MAP_FAILED);
	for (size_t i = 0; i < WINDOWS; i++)
		must(mmap(base + i * WINDOW, WINDOW, PROT_READ | PROT_WRITE,
		          MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED);
	return base;
}

static void send_windows(void *argument)
{
	struct weir_pipe **ends = argument;
	unsigned char *window;
	int fd;

	weir_pipe_close(ends[0]);
	window = window_new(&fd);
	pattern_fill(window, WINDOW, 11);
	must_be(weir_pipe_send(ends[1], windows_new(fd), total, WEIR_FOREVER),
	        0);
}

static void test_p5_a_message_may_be_larger_than_2_gib(void **state)
{
	struct weir_pipe *ends[2];
	unsigned char *window, *windows;
	pid_t child;
	int fd;

	if (THREAD_SANITIZER)
		case_skip("it takes minutes under this sanitizer");
	pair(ends, 1 << 20, true);
	child = child_start(send_windows, ends);
	weir_pipe_close(ends[1]);
	window = window_new(&fd);
	windows = windows_new(fd);
	must_be(weir_pipe_next_size(ends[0], WEIR_FOREVER), (ssize_t)total);
	must_be(weir_pipe_recv(ends[0], windows, total - 1, WEIR_FOREVER),
	        -EMSGSIZE);
	must_be(weir_pipe_recv(ends[0], windows, total, WEIR_FOREVER),
	        (ssize_t)total);
	must(pattern_holds(window, WINDOW, 11));
	hear_the_end(ends[0]);
	child_join(child);
	weir_pipe_close(ends[0]);
	munmap(windows, total);
	munmap(window, WINDOW);
	close(fd);
}

#else

static void test_p5_a_message_may_be_larger_than_2_gib(void **state)
{
	case_skip("a size_t has 32 bits here");
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		sentence(test_p5_a_message_may_be_larger_than_2_gib),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
