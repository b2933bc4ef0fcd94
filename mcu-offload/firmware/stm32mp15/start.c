/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start.c - the vector table at address 0 (RETRAM), what runs before main(), and what runs when something goes wrong.
 * Linux' loader has placed .data and zeroed .bss: nothing is copied.
 */
#include "mcu-offload/firmware/stm32mp15/board.h"
#include "mcu-offload/firmware/stm32mp15/hardware.h"
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

/* Regions of the memory protection unit; what none of them covers can't be touched. */
enum {
	MPU_READ_ONLY = 6 << 24,
	MPU_READ_WRITE = 3 << 24,
	MPU_NO_CODE = 1 << 28,
	MPU_NORMAL = 1 << 19, /* not cached */
	MPU_SHARED = 1 << 18,
	MPU_DEVICE = 1 << 16,
	MPU_DATA = MPU_READ_WRITE | MPU_NO_CODE | MPU_NORMAL,
};

static const struct {
	uint32_t base, log2_bytes, attributes;
} regions[] = {
	{0x00000000, 16, MPU_READ_ONLY | MPU_NORMAL}, /* RETRAM: vectors and code; a NULL writes nothing */
	{RECORD_ADDRESS, 8, MPU_DATA},		      /* the record in it */
	{0x10000000, 16, MPU_READ_ONLY | MPU_NORMAL}, /* SRAM1: more code */
	{0x10010000, 16, MPU_DATA},		      /* SRAM1: room of uploaded networks */
	{0x10020000, 17, MPU_DATA},		      /* SRAM2 */
	{0x10040000, 15, MPU_DATA | MPU_SHARED},      /* SRAM3: rings and buffers */
	{0x40000000, 29, MPU_READ_WRITE | MPU_NO_CODE | MPU_SHARED | MPU_DEVICE},
};

static void protect_memory(void)
{
	for (uint32_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++) {
		hardware_write(MPU_NUMBER, i);
		hardware_write(MPU_BASE, regions[i].base);
		hardware_write(MPU_ATTRIBUTES, regions[i].attributes | (regions[i].log2_bytes - 1) << 1 | 1);
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
	bool good = (uintptr_t)frame >= 0x10020000 && (uintptr_t)frame <= 0x10040000 - 32;
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
