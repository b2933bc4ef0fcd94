/* SPDX-License-Identifier: Apache-2.0 */
/* export-host.c - export-io.h by the C library. */
#include <stdio.h>

#include "tests/bench/export-io.h"

static FILE *files[2];

int io_open(const char *path, int for_writing)
{
	files[for_writing] = fopen(path, for_writing ? "wb" : "rb");
	return files[for_writing] ? for_writing : -1;
}

int io_read(int file, void *bytes, size_t size)
{
	return fread(bytes, size, 1, files[file]) == 1;
}

void io_write(int file, const void *bytes, size_t size)
{
	if (fwrite(bytes, size, 1, files[file]) != 1)
		perror("export-host");
}

void io_paint(void)
{
}

void io_finish(void)
{
	for (int i = 0; i < 2; i++)
		fclose(files[i]);
}

int main(int argc, char **argv)
{
	return argc == 3 ? drive(argv[1], argv[2]) : 2;
}
