/* SPDX-License-Identifier: Apache-2.0 */
/* start.c - the emulated Cortex-M4 (QEMU's mps2-an386) from reset. Code and constants lie at 0, data at 0x20000000. */
#include <stdint.h>
#include <string.h>

#include "mcu-offload/firmware/mps2/transport.h"

extern uint32_t stack_top[], stack_low[], data_begin[], data_end[], data_load[], bss_begin[], bss_end[];
int main(void);
void reset_handler(void);

void reset_handler(void)
{
	*(volatile uint32_t *)0xe000ed88 |= 0xf00000; /* the floating-point unit */
	__asm__ volatile("dsb\nisb" ::: "memory");
	memcpy(data_begin, data_load, (uintptr_t)data_end - (uintptr_t)data_begin);
	memset(bss_begin, 0, (uintptr_t)bss_end - (uintptr_t)bss_begin);
	for (volatile uint32_t *word = stack_low; word < (uint32_t *)__builtin_frame_address(0) - 16; word++)
		*word = STACK_PAINT;
	transport_end(main() == 0);
}

static void fault_handler(void)
{
	transport_end(false);
}

__attribute__((section(".vectors"), used)) static void (*const vectors[16])(void) = {
	(void (*)(void))(void *)stack_top,
	reset_handler,
	fault_handler,
	fault_handler,
	fault_handler,
	fault_handler,
	fault_handler,
};
