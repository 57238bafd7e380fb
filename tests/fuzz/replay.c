/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * main() for a fuzz target that is built without libFuzzer: runs it over the
 * files named, or else over its corpus, tests/fuzz/corpus/NAME for fuzz_NAME.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In memory of exactly its size, so that a sanitizer sees reads past it. */
static int
run_file(const char *path)
{
	struct stat st;
	uint8_t *data;
	size_t n;
	FILE *fp;

	fp = fopen(path, "rb");
	if (fp == NULL || fstat(fileno(fp), &st) != 0) {
		perror(path);
		return -1;
	}
	n = (size_t)st.st_size;
	data = malloc(n);
	if (n != 0 && (data == NULL || fread(data, 1, n, fp) != n)) {
		perror(path);
		return -1;
	}
	fclose(fp);
	LLVMFuzzerTestOneInput(data, n);
	free(data);
	return 0;
}

static int
run_corpus(const char *program)
{
	const char *srcdir = getenv("srcdir"), *name = strstr(program, "fuzz_");
	struct dirent *d;
	char path[4096];
	int n = 0, failed = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s",
	    srcdir != NULL ? srcdir : ".", name != NULL ? name + 5 : program);
	dir = opendir(path);
	if (dir == NULL) {
		perror(path);
		return -1;
	}
	while ((d = readdir(dir)) != NULL) {
		char file[8192];

		if (d->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, d->d_name);
		n++;
		failed |= run_file(file);
	}
	closedir(dir);
	printf("# %d inputs\n", n);
	return n > 0 ? failed : -1;
}

int
main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	const char *program = slash != NULL ? slash + 1 : argv[0];
	int i, failed = 0;

	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	if (argc < 2)
		failed = run_corpus(program);
	for (i = 1; i < argc; i++)
		failed |= run_file(argv[i]);
	printf("1..1\n%s 1 - %s\n", failed != 0 ? "not ok" : "ok", program);
	return failed != 0;
}
