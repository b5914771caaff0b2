/* SPDX-License-Identifier: MIT */
#include "private_shm.h"

#include "child.h"
#include "must.h"

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

static int enter(const char *size)
{
	char options[64];

	snprintf(options, sizeof(options), "mode=1777,size=%s", size);
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/dev/shm", "tmpfs", 0, options) < 0)
		return errno;
	return 0;
}

static void try_to_enter(void *argument)
{
	_exit(enter("64k"));
}

const char *private_shm_refused(void)
{
	static char reason[128];
	int code;

	if (geteuid() != 0)
		return "needs root, to mount a small tmpfs";
	code = WEXITSTATUS(child_wait(child_start(try_to_enter, NULL)));
	if (code == 0)
		return NULL;
	snprintf(reason, sizeof(reason), "may not mount a small tmpfs: %s",
	         strerror(code));
	return reason;
}

void private_shm_enter(const char *size)
{
	must_be(enter(size), 0);
}

int private_shm_files(void)
{
	DIR *directory = opendir("/dev/shm");
	const struct dirent *entry;
	int count = 0;

	must(directory);
	while ((entry = readdir(directory)))
		count += entry->d_name[0] != '.';
	closedir(directory);
	return count;
}

int64_t private_shm_room(void)
{
	struct statvfs room;

	must_be(statvfs("/dev/shm", &room), 0);
	return (int64_t)room.f_bfree * (int64_t)room.f_bsize;
}
