/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start.c - the vector table at address 0 (RETRAM), what runs before main(), and what runs when something goes wrong.
 * Linux' loader has placed .data and zeroed .bss: nothing is copied.
 */
#include "mcu-offload/firmware/stm32mp15/board.h"
#include "mcu-offload/firmware/stm32mp15/hardware.h"
#include "mcu-offload/firmware/stm32mp15/memory.h"
#include "mcu-offload/firmware/stm32mp15/protection.h"
#include "mcu-offload/firmware/stm32mp15/record.h"
#include "mcu-offload/firmware/stm32mp15/registers.h"
#include "mcu-offload/firmware/stm32mp15/trace.h"

enum {
	EXCEPTIONS = 16,
	INTERRUPTS = 150,
};

extern uint32_t stack_top[];
int main(void);
void reset_handler(void);
void fault_handler(void);
void fault_report(const uint32_t *frame);
void systick_handler(void);

static void protect_memory(void)
{
	for (uint32_t i = 0; i < PROTECTION_REGIONS; i++) {
		const struct protection_region *region = &protection_regions[i];

		hardware_write(MPU_NUMBER, i);
		hardware_write(MPU_BASE, region->base);
		hardware_write(MPU_ATTRIBUTES, region->attributes | (region->log2_bytes - 1) << 1 | 1);
	}
	hardware_write(MPU_CONTROL, 1);	   /* on, but for hard faults */
	hardware_set(SCB_SHCSR, 7u << 16); /* faults of memory, bus and usage by their names */
	__asm__ volatile("dsb\nisb" ::: "memory");
}

void reset_handler(void)
{
	hardware_interrupts_off();
	hardware_set(SCB_CPACR, 0xf00000); /* the floating-point unit */
	__asm__ volatile("dsb\nisb" ::: "memory");
	protect_memory();
	main();
	for (;;)
		hardware_sleep();
}

/* The stack on which the exception left its frame: bit 2 of the link register says. */
__attribute__((naked)) void fault_handler(void)
{
	__asm__ volatile("tst lr, #4\n"
			 "ite eq\n"
			 "mrseq r0, msp\n"
			 "mrsne r0, psp\n"
			 "b fault_report\n");
}

/* frame: r0-r3, r12, lr, pc, psr; not looked at if the stack itself has left its memory. */
__attribute__((used)) void fault_report(const uint32_t *frame)
{
	bool good = (uintptr_t)frame >= MEMORY_SRAM && (uintptr_t)frame <= MEMORY_SRAM + MEMORY_SRAM_BYTES - 32;
	uint32_t pc = good ? frame[6] : 0;

	record_crash(pc, good ? frame[5] : 0);
	trace_line("crash at ", pc);
	board_reset();
}

/* Nothing that could make these interrupts is switched on. */
static void unexpected_handler(void)
{
	record_crash(0, 0);
	trace_line("unexpected interrupt ", 0);
	board_reset();
}

__attribute__((section(".vectors"), used)) static const struct {
	const uint32_t *stack;
	void (*exceptions[EXCEPTIONS - 1])(void);
	void (*interrupts[INTERRUPTS])(void);
} vectors = {
	.stack = stack_top,
	.exceptions =
		{
			reset_handler,
			unexpected_handler,
			fault_handler,
			fault_handler,
			fault_handler,
			fault_handler,
			unexpected_handler,
			unexpected_handler,
			unexpected_handler,
			unexpected_handler,
			unexpected_handler,
			unexpected_handler,
			unexpected_handler,
			unexpected_handler,
			systick_handler,
		},
	.interrupts =
		{
			[0 ... IPCC_RECEIVE_IRQ - 1] = unexpected_handler,
			[IPCC_RECEIVE_IRQ] = mailbox_receive_handler,
			[IPCC_FREE_IRQ] = mailbox_free_handler,
			[IPCC_FREE_IRQ + 1 ... INTERRUPTS - 1] = unexpected_handler,
		},
};
