/* SPDX-License-Identifier: MIT */
#include "names.h"

#include "must.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { NAMES_MOST = 16 };

static const char prefix[] = "/dev/shm/weir.";
static char paths[NAMES_MOST][NAME_PATH];

const char *name_new(const char *label)
{
	int i = 0;

	while (i < NAMES_MOST && paths[i][0])
		i++;
	must(i < NAMES_MOST);
	snprintf(paths[i], NAME_PATH, "%stest.%d.%s", prefix, (int)getpid(),
	         label);
	return paths[i] + sizeof(prefix) - 1;
}

void name_path(char path[NAME_PATH], const char *name)
{
	snprintf(path, NAME_PATH, "%s%s", prefix, name);
}

bool name_exists(const char *name)
{
	char path[NAME_PATH];

	name_path(path, name);
	return access(path, F_OK) == 0;
}

void names_forget(void)
{
	for (int i = 0; i < NAMES_MOST; i++) {
		if (paths[i][0])
			unlink(paths[i]);
		paths[i][0] = '\0';
	}
}
