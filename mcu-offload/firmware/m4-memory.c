/* SPDX-License-Identifier: Apache-2.0 */
/* m4-memory.c - the four memory functions that compilers call by themselves: small, and quick for words. */
#include <stdint.h>
#include <string.h>

/* Or the compiler makes a loop that copies a call of the function that it is in. */
#pragma GCC optimize("no-tree-loop-distribute-patterns")

typedef uint32_t __attribute__((may_alias)) word;

static int aligned(const void *a, const void *b)
{
	return (((uintptr_t)a | (uintptr_t)b) & 3) == 0;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	uint8_t *out = to;
	const uint8_t *in = from;

	for (; aligned(out, in) && size >= 4; size -= 4, out += 4, in += 4)
		*(word *)(void *)out = *(const word *)(const void *)in;
	while (size--)
		*out++ = *in++;
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	uint8_t *out = to;
	const uint8_t *in = from;

	if (out <= in) {
		while (size--)
			*out++ = *in++;
	} else {
		while (size--)
			out[size] = in[size];
	}
	return to;
}

void *memset(void *to, int value, size_t size)
{
	uint8_t *out = to;
	uint32_t filler = (uint8_t)value * 0x01010101u;

	for (; aligned(out, out) && size >= 4; size -= 4, out += 4)
		*(word *)(void *)out = filler;
	while (size--)
		*out++ = (uint8_t)value;
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
