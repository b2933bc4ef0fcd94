/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.c - main() of a fuzz target in a build without libFuzzer: every seed of its corpus is a test point.
 *
 * A seed runs as it is, cut at many lengths, and with some bytes changed by a fixed pseudo-random sequence, so that
 * `make check` shows the plain mistakes with any compiler. The corpus of fuzz-NAME is tests/fuzz/corpus/NAME/.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Of a target whose runs are dear: only one of so many. */
extern const unsigned replay_divisor __attribute__((weak));

enum { SEED_BYTES_MAX = 1 << 20, CUTS = 128, CHANGES = 512 };

static uint32_t random_next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* A copy of exactly this size, so that a sanitizer or valgrind sees the first byte read beyond it. */
static void run_copy(const uint8_t *data, size_t size, uint32_t changes, uint32_t *state)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	for (uint32_t i = 0; i < changes && size > 0; i++)
		copy[random_next(state) % size] = (uint8_t)random_next(state);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void run_seed(const uint8_t *data, size_t size)
{
	unsigned divisor = &replay_divisor ? replay_divisor : 1;
	size_t cuts = CUTS / divisor;
	uint32_t state = 0x9e3779b9u;

	run_copy(data, size, 0, &state);
	for (size_t i = 0; i < cuts; i++)
		run_copy(data, size * i / cuts, 0, &state);
	for (uint32_t i = 0; i < CHANGES / divisor; i++)
		run_copy(data, size, 1 + i % 4, &state);
}

static int replay_file(const char *directory, const char *name)
{
	static uint8_t data[SEED_BYTES_MAX];
	char path[4096];
	FILE *file;
	size_t size;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "rb");
	if (!file)
		return -1;
	size = fread(data, 1, sizeof(data), file);
	fclose(file);
	run_seed(data, size);
	return 0;
}

int main(int argc, char **argv)
{
	const char *base = strrchr(argv[0], '/');
	const char *top = getenv("top_srcdir");
	char directory[2048];
	struct dirent **seeds;
	int n, points = 0, failed = 0;

	(void)argc;
	base = strstr(base ? base : argv[0], "fuzz-");
	snprintf(directory, sizeof(directory), "%s/tests/fuzz/corpus/%s", top ? top : ".", base ? base + 5 : "");
	n = scandir(directory, &seeds, NULL, alphasort);
	if (n < 0) {
		printf("Bail out! no corpus %s\n", directory);
		return 1;
	}
	for (int i = 0; i < n; i++) {
		if (seeds[i]->d_name[0] != '.') {
			int r = replay_file(directory, seeds[i]->d_name);

			failed += r < 0;
			printf("%s %d - seed %s\n", r < 0 ? "not ok" : "ok", ++points, seeds[i]->d_name);
		}
		free(seeds[i]);
	}
	free(seeds);
	printf("1..%d\n", points);
	return failed > 0;
}
