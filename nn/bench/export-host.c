/* SPDX-License-Identifier: Apache-2.0 */
/* export-host.c - export-io.h by the C library. */
#include <stdint.h>
#include <stdio.h>

#include "nn/bench/export-io.h"

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

void io_tell(const char *what, unsigned number)
{
	printf("%s %u\n", what, number);
}

#ifdef __arm__
enum {
	PAINT = 0x5a5a5a5a,
	PAINTED = 4096,
};

static volatile uint32_t *painted;
static int stack_used;

__attribute__((noinline)) void io_paint(void)
{
	painted = __builtin_frame_address(0);
	for (int i = 16; i < PAINTED; i++)
		painted[-i] = PAINT;
}

void io_measure(void)
{
	int i = PAINTED - 1;

	while (i > 16 && painted[-i] == PAINT)
		i--;
	stack_used = i * 4 > stack_used ? i * 4 : stack_used;
}

static void tell_stack(void)
{
	io_tell("stack", (unsigned)stack_used);
}
#else
void io_paint(void)
{
}

void io_measure(void)
{
}

static void tell_stack(void)
{
}
#endif

void io_finish(void)
{
	tell_stack();
	for (int i = 0; i < 2; i++)
		fclose(files[i]);
}

int main(int argc, char **argv)
{
	return argc == 3 ? drive(argv[1], argv[2]) : 2;
}
