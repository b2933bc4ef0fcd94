/* SPDX-License-Identifier: Apache-2.0 */
/*
 * m4-start.c - a Cortex-M4 from reset (QEMU's mps2-an386), and export-io.h by semihosting ("Semihosting for AArch32 and
 * AArch64", operations 01h, 02h, 05h, 06h, 04h, 18h). The paths are fixed: in.bin and out.bin of the host's folder.
 */
#include <stdint.h>

#include "nn/bench/export-io.h"

extern uint32_t stack_top[], stack_low[], bss_begin[], bss_end[], data_begin[], data_end[], data_load[];
void reset(void);
void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);
void *memmove(void *to, const void *from, size_t size);

static const uint32_t *painted;
static uint32_t stack_used;

enum {
	SYS_OPEN = 0x01,
	SYS_CLOSE = 0x02,
	SYS_WRITE0 = 0x04,
	SYS_WRITE = 0x05,
	SYS_READ = 0x06,
	SYS_EXIT = 0x18,
	EXIT_GOOD = 0x20026,
	EXIT_BAD = 0x20023,
	PAINT = 0x5a5a5a5a,
};

static int semihost(int operation, const void *argument)
{
	register int r0 __asm__("r0") = operation;
	register const void *r1 __asm__("r1") = argument;

	__asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
	return r0;
}

int io_open(const char *path, int for_writing)
{
	uint32_t length = 0;

	while (path[length])
		length++;

	const uint32_t block[] = {(uint32_t)path, for_writing ? 5 : 1, length};

	return semihost(SYS_OPEN, block);
}

int io_read(int file, void *bytes, size_t size)
{
	const uint32_t block[] = {(uint32_t)file, (uint32_t)bytes, size};

	return semihost(SYS_READ, block) == 0;
}

void io_write(int file, const void *bytes, size_t size)
{
	const uint32_t block[] = {(uint32_t)file, (uint32_t)bytes, size};

	semihost(SYS_WRITE, block);
}

__attribute__((noinline)) void io_paint(void)
{
	uint32_t *here = __builtin_frame_address(0);

	painted = here;
	for (uint32_t *word = stack_low; word < here - 16; word++)
		*(volatile uint32_t *)word = PAINT;
}

void io_tell(const char *what, unsigned number)
{
	char digits[] = " 0000000000\n";

	for (unsigned i = 10; i; i--, number /= 10)
		digits[i] = (char)('0' + number % 10);
	semihost(SYS_WRITE0, what);
	semihost(SYS_WRITE0, digits);
}

void io_measure(void)
{
	const uint32_t *word = stack_low;
	uint32_t bytes;

	while (*word == PAINT)
		word++;
	bytes = (uint32_t)((const uint8_t *)painted - (const uint8_t *)word);
	stack_used = bytes > stack_used ? bytes : stack_used;
}

void io_finish(void)
{
	io_tell("stack", stack_used);
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((volatile uint8_t *)to)[i] = ((const uint8_t *)from)[i];
	return to;
}

void *memset(void *to, int value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((volatile uint8_t *)to)[i] = (uint8_t)value;
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const uint8_t *x = a, *y = b;

	for (; size; size--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

void *memmove(void *to, const void *from, size_t size)
{
	if ((uintptr_t)to <= (uintptr_t)from)
		return memcpy(to, from, size);
	while (size--)
		((volatile uint8_t *)to)[size] = ((const uint8_t *)from)[size];
	return to;
}

void reset(void)
{
	/* The floating-point unit: coprocessors 10 and 11, full access. */
	*(volatile uint32_t *)0xe000ed88 |= 0xf00000;
	__asm__ volatile("dsb\nisb");
	memcpy(data_begin, data_load, (size_t)((uint8_t *)data_end - (uint8_t *)data_begin));
	memset(bss_begin, 0, (size_t)((uint8_t *)bss_end - (uint8_t *)bss_begin));
	semihost(SYS_EXIT, (const void *)(drive("in.bin", "out.bin") ? EXIT_BAD : EXIT_GOOD));
	for (;;)
		continue;
}

/* Every fault ends here: the program hangs, its caller has a time limit. */
static void trap(void)
{
	semihost(SYS_EXIT, (const void *)EXIT_BAD);
	for (;;)
		continue;
}

__attribute__((section(".vectors"), used)) static void (*const vectors[])(void) = {
	(void (*)(void))(void *)stack_top, reset, trap, trap, trap, trap, trap,
};
