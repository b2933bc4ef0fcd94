/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transport-files.c - see transport.h. Source of facts: Arm "Semihosting for AArch32 and AArch64", operations 01h, 05h, 06h,
 * 18h.
 */
#include <stdint.h>

#include "mcu-offload/firmware/mps2/transport.h"

enum {
	SYS_OPEN = 0x01,
	SYS_WRITE = 0x05,
	SYS_READ = 0x06,
	SYS_EXIT = 0x18,
	MODE_READ = 1,
	MODE_WRITE = 5,
	EXIT_GOOD = 0x20026,
	EXIT_BAD = 0x20023,
};

static uint32_t in, out;

static uint32_t semihost(uint32_t operation, const void *argument)
{
	register uint32_t r0 __asm__("r0") = operation;
	register const void *r1 __asm__("r1") = argument;

	__asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
	return r0;
}

static uint32_t open(const char *path, size_t length, uint32_t mode)
{
	const uintptr_t arguments[] = {(uintptr_t)path, mode, length};

	return semihost(SYS_OPEN, arguments);
}

void transport_start(void)
{
	in = open("in.bin", 6, MODE_READ);
	out = open("out.bin", 7, MODE_WRITE);
	if (in == UINT32_MAX || out == UINT32_MAX)
		transport_end(false);
}

uint32_t transport_boot_id(uint32_t counter)
{
	(void)counter;
	return 1;
}

size_t transport_read(void *bytes, size_t size)
{
	const uintptr_t arguments[] = {in, (uintptr_t)bytes, size};

	return size - semihost(SYS_READ, arguments); /* it tells what was not read */
}

void transport_write(const void *bytes, size_t size)
{
	const uintptr_t arguments[] = {out, (uintptr_t)bytes, size};

	if (semihost(SYS_WRITE, arguments) != 0)
		transport_end(false);
}

void transport_end(bool good)
{
	semihost(SYS_EXIT, (const void *)(good ? EXIT_GOOD : EXIT_BAD));
	for (;;)
		continue;
}
