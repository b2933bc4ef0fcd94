/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulator-words.h - between the UI page (32-bit words, most significant byte first) and the firmware's
 * memory (little-endian).
 */
#ifndef SENSOR_EMULATOR_EMULATOR_WORDS_H
#define SENSOR_EMULATOR_EMULATOR_WORDS_H

#include <stddef.h>
#include <stdint.h>

/* Copies n bytes, a multiple of 4, and turns every word round. */
static inline void words_swap(uint8_t *to, const uint8_t *from, size_t n)
{
	for (size_t i = 0; i < n; i += 4) {
		to[i] = from[i + 3];
		to[i + 1] = from[i + 2];
		to[i + 2] = from[i + 1];
		to[i + 3] = from[i];
	}
}

#endif
