/* SPDX-License-Identifier: MIT */
#include "weir/common.h"

#include "doors/files.h"
#include "segment/segment.h"

#include <errno.h>

#define TEXT(x)  #x
#define DIGIT(x) TEXT(x)

int weir_unlink(const char *name)
{
	struct segment_path path;
	int code = name ? segment_path(name, &path) : -EINVAL;

	return code < 0 ? code : file_unlink(path.text);
}

const char *weir_version(void)
{
	return DIGIT(WEIR_VERSION_MAJOR) "." DIGIT(
		WEIR_VERSION_MINOR) "." DIGIT(WEIR_VERSION_PATCH);
}

static const struct {
	int code;
	const char *text;
} explained[] = {
	{ 0, "success" },
	{ WEIR_OWNER_DIED, "acquired; the previous owner died holding it" },
	{ -EAGAIN, "it would have to wait, and may not" },
	{ -ETIMEDOUT, "it waited as long as asked" },
	{ -EPIPE,
	  "the other end is gone, and everything it sent was received" },
	{ -ESHUTDOWN, "the queue was shut down" },
	{ -EBUSY, "both ends of the pipe are taken, or a reserve or peek is "
	          "open on this handle" },
	{ -EMSGSIZE, "the message does not fit the buffer, or can never fit "
	             "the object" },
	{ -EEXIST, "an object of this name exists" },
	{ -ENOENT, "there is no object of this name" },
	{ -EACCES, "the object's owner or mode does not allow it" },
	{ -ENOSPC, "no memory is left where objects live; enlarge /dev/shm or "
	           "unlink unused objects" },
	{ -ENOMEM, "out of memory" },
	{ -EMFILE,
	  "this process has too many open files; raise RLIMIT_NOFILE" },
	{ -ENFILE, "the system has too many open files" },
	{ -EBADF, "not an open descriptor" },
	{ -EPROTO, "not a weir object, or one of another type, version or byte "
	           "order" },
	{ -EUCLEAN, "the shared memory was spoiled by another process; close "
	            "the handle" },
	{ -EOVERFLOW, "released or finished more often than acquired" },
	{ -EPERM, "not the owner, or this end goes the other way" },
	{ -ECANCELED, "the barrier is broken" },
	{ -EINVAL, "an argument is outside its documented range" },
	{ -ENOTSUP, "not possible for this object" },
};

const char *weir_strerror(int code)
{
	for (size_t i = 0; i < sizeof(explained) / sizeof(explained[0]); i++) {
		if (explained[i].code == code)
			return explained[i].text;
	}
	return "a system call failed; see errno(3) for the negated code";
}
