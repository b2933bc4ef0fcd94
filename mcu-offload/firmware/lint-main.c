/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lint-main.c - `make firmware-lint`: says what is wrong with firmware of the STM32MP15's Cortex-M4.
 *
 *   m4-lint FILE...
 *   m4-lint --regions     the memory that it takes for the device tree's
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mcu-offload/firmware/lint.h"

enum { FILE_MOST = 8 << 20 };

static void say(void *user, const char *text)
{
	printf("%s: %s\n", (const char *)user, text);
}

static void print(void *user, const char *text)
{
	fprintf(user, "%s\n", text);
}

/* Returns the number of complaints. */
static unsigned check_file(char *path, uint8_t *bytes)
{
	FILE *file = fopen(path, "rb");
	size_t size;
	unsigned complaints;

	if (!file) {
		printf("%s: %s\n", path, strerror(errno));
		return 1;
	}
	size = fread(bytes, 1, FILE_MOST, file);
	fclose(file);
	complaints = lint_elf(bytes, size, say, path);
	if (!complaints)
		printf("%s: Linux can load it\n", path);
	return complaints;
}

int main(int argc, char **argv)
{
	uint8_t *bytes;
	unsigned complaints = 0;

	if (argc == 2 && strcmp(argv[1], "--regions") == 0) {
		lint_regions(print, stdout);
		return 0;
	}
	bytes = malloc(FILE_MOST);
	if (argc < 2 || !bytes) {
		fprintf(stderr, "usage: m4-lint FILE... | --regions\n");
		free(bytes);
		return 2;
	}
	for (int i = 1; i < argc; i++)
		complaints += check_file(argv[i], bytes);
	free(bytes);
	return complaints > 0;
}
