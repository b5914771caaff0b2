/* SPDX-License-Identifier: MIT */
/*
 * Stands in for libFuzzer: hands every input it is given to the target once.
 *
 * usage: fuzz_TARGET FILE|FOLDER...
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fail(const char *path)
{
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	exit(2);
}

/* What `file` holds, in memory of just that size: a read past it is seen. */
static uint8_t *read_whole(FILE *file, size_t *size)
{
	uint8_t *data;
	long end;

	if (fseek(file, 0, SEEK_END) < 0 || (end = ftell(file)) < 0)
		return NULL;
	rewind(file);
	data = malloc(end ? (size_t)end : 1);
	*size = (size_t)end;
	if (data && fread(data, 1, *size, file) != *size) {
		free(data);
		return NULL;
	}
	return data;
}

static int replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	size_t size = 0;
	uint8_t *data = file ? read_whole(file, &size) : NULL;

	if (!data)
		fail(path);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	fclose(file);
	return 1;
}

/* Sorted, so that two runs do the same. */
static int replay(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort);
	int inputs = 0;

	if (count < 0 && errno == ENOTDIR)
		return replay_file(path);
	if (count < 0)
		fail(path);
	for (int i = 0; i < count; i++) {
		char *inner;

		if (entries[i]->d_name[0] != '.') {
			if (asprintf(&inner, "%s/%s", path,
			             entries[i]->d_name) < 0)
				fail(path);
			inputs += replay(inner);
			free(inner);
		}
		free(entries[i]);
	}
	free(entries);
	return inputs;
}

int main(int argc, char **argv)
{
	int inputs = 0;

	for (int i = 1; i < argc; i++)
		inputs += replay(argv[i]);
	printf("%d inputs\n", inputs);
	/* A test of no input has shown nothing. */
	return inputs == 0;
}
