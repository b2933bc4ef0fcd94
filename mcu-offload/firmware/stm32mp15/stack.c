/* SPDX-License-Identifier: Apache-2.0 */
/* stack.c - see stack.h. */
#include "mcu-offload/firmware/stm32mp15/stack.h"

enum { PAINT = 0x5a5a5a5a };

extern uint32_t stack_low[], stack_top[]; /* link.ld */

void stack_paint(void)
{
	uint32_t *here = __builtin_frame_address(0);

	for (volatile uint32_t *word = stack_low; word < here - 16; word++)
		*word = PAINT;
}

uint32_t stack_free_bytes(void)
{
	const uint32_t *word = stack_low;

	while (word < stack_top && *word == PAINT)
		word++;
	return (uint32_t)((uintptr_t)word - (uintptr_t)stack_low);
}
