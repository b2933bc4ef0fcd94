/* SPDX-License-Identifier: Apache-2.0 */
/* string.h - what a bare compiler has no header for: memory functions, of m4-memory.c. */
#ifndef MCU_OFFLOAD_FIRMWARE_STRING_H
#define MCU_OFFLOAD_FIRMWARE_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);

#endif
