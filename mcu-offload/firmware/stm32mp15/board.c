/* SPDX-License-Identifier: Apache-2.0 */
/* board.c - see board.h. */
#include "mcu-offload/firmware/stm32mp15/board.h"

#include <stddef.h>

#include "mcu-offload/firmware/stm32mp15/clock.h"
#include "mcu-offload/firmware/stm32mp15/hardware.h"
#include "mcu-offload/firmware/stm32mp15/memory.h"
#include "mcu-offload/firmware/stm32mp15/record.h"
#include "mcu-offload/firmware/stm32mp15/registers.h"
#include "mcu-offload/firmware/stm32mp15/stack.h"
#include "mcu-offload/firmware/stm32mp15/trace.h"

enum {
	SHARED = MEMORY_VRING0, /* rings, and buffers behind them */
	SHARED_END = MEMORY_BUFFERS + MEMORY_BUFFERS_BYTES,
	AWAKE = 1 << M4_DOORBELLS, /* of rung: no doorbell, but the main loop has something to do */
};

static const uint32_t kicks = 1u << M4_DOORBELL_VRING0 | 1u << M4_DOORBELL_VRING1;
static volatile uint32_t rung; /* bit m4_doorbell, by the interrupt handlers */
static uint32_t watchdog_least;
static bool watched;

/*
 * Kicks are taken back at once: the draining comes after. Shutdown and detach stay up until acknowledged; what they are
 * masked for is to end this interrupt.
 */
void mailbox_receive_handler(void)
{
	uint32_t up = hardware_read(IPCC_C1TOC2SR) & ~hardware_read(IPCC_C2MR) & IPCC_CHANNELS;

	hardware_write(IPCC_C2SCR, up & kicks);
	hardware_set(IPCC_C2MR, up & ~kicks);
	rung |= up;
}

/* Linux has taken a ring: the main loop rings the next, also if it was just about to sleep. */
void mailbox_free_handler(void)
{
	rung |= AWAKE;
	hardware_set(IPCC_C2MR, kicks << IPCC_OUT);
}

static uint32_t events(struct m4_board *board)
{
	uint32_t seen;

	(void)board;
	hardware_interrupts_off();
	seen = rung;
	rung = 0;
	hardware_interrupts_on();
	return seen;
}

static void acknowledge(struct m4_board *board, enum m4_doorbell doorbell)
{
	(void)board;
	hardware_interrupts_off();
	hardware_write(IPCC_C2SCR, 1u << doorbell);
	hardware_clear(IPCC_C2MR, 1u << doorbell);
	hardware_interrupts_on();
}

static bool ring(struct m4_board *board, enum m4_doorbell doorbell)
{
	bool free = !(hardware_read(IPCC_C2TOC1SR) & 1u << doorbell);

	(void)board;
	hardware_settle();
	if (free) {
		hardware_write(IPCC_C2SCR, 1u << (doorbell + IPCC_OUT));
		return true;
	}
	hardware_interrupts_off();
	hardware_clear(IPCC_C2MR, 1u << (doorbell + IPCC_OUT));
	hardware_interrupts_on();
	return false;
}

static void *memory(struct m4_board *board, uint64_t address, uint32_t bytes)
{
	(void)board;
	if (address < SHARED || address > SHARED_END || bytes > SHARED_END - address)
		return NULL;
	return hardware_memory((uint32_t)address);
}

static uint32_t now_ms(struct m4_board *board)
{
	(void)board;
	return clock_ms();
}

static uint32_t now_us(struct m4_board *board)
{
	(void)board;
	return clock_us();
}

static uint32_t cycles(struct m4_board *board)
{
	(void)board;
	return clock_cycles();
}

static void trace(struct m4_board *board, const char *what, uint32_t number)
{
	(void)board;
	trace_line(what, number);
}

static uint32_t stack_free(struct m4_board *board)
{
	(void)board;
	return stack_free_bytes();
}

static uint32_t watchdog_margin_us(struct m4_board *board)
{
	(void)board;
	return watched ? (watchdog_least - WWDG_LAST) * clock_watchdog_step_us() : 0;
}

static struct m4_board this_board = {
	.events = events,
	.acknowledge = acknowledge,
	.ring = ring,
	.memory = memory,
	.now_ms = now_ms,
	.now_us = now_us,
	.cycles = cycles,
	.trace = trace,
	.stack_free_bytes = stack_free,
	.watchdog_margin_us = watchdog_margin_us,
};

/* What is read back has arrived: the peripheral has its clock. */
static void enable(uint32_t address, uint32_t peripheral)
{
	hardware_write(address, peripheral);
	hardware_read(address);
}

/* Flags that a killed predecessor left would look like a shutdown; what kicks there were is found by looking. */
static void start_mailbox(void)
{
	enable(RCC_MC_AHB3ENSETR, RCC_IPCC);
	hardware_write(RCC_MC_AHB3LPENSETR, RCC_IPCC);
	hardware_write(IPCC_C2SCR, IPCC_CHANNELS);
	hardware_clear(IPCC_C2MR, IPCC_CHANNELS);
	hardware_set(IPCC_C2CR, IPCC_RECEIVE_INTERRUPT | IPCC_FREE_INTERRUPT);
	hardware_write(NVIC_ENABLE(IPCC_RECEIVE_IRQ), 1u << IPCC_RECEIVE_IRQ % 32);
	hardware_write(NVIC_ENABLE(IPCC_FREE_IRQ), 1u << IPCC_FREE_IRQ % 32);
}

struct m4_board *board_start(struct m4_boot *ret_boot)
{
	struct m4_boot boot = {.reset_cause = hardware_read(RCC_MC_RSTSCLRR)};
	struct record record;

	hardware_write(RCC_MC_RSTSCLRR, boot.reset_cause);
	stack_paint();
	rung = 0;
	watched = false;
	watchdog_least = WWDG_FULL;
	record_open(&record);
	boot.core_hz = clock_start();
	boot.boot_count = record.boots;
	/* Another one after every boot, as long as the record holds. When it is lost, no session has outlived that. */
	boot.boot_id = record.boots * 2654435761u ^ boot.reset_cause;
	if (record.crashed) {
		boot.fault_pc = record.pc;
		boot.fault_status = record.status;
		trace_line("before: crash at ", record.pc);
	}
	start_mailbox();
	hardware_interrupts_on();
	*ret_boot = boot;
	return &this_board;
}

void board_watch(void)
{
	if (watched)
		return;
	enable(RCC_MC_APB1ENSETR, RCC_WWDG1);
	hardware_write(WWDG1_CFR, WWDG_PRESCALER << WWDG_PRESCALER_SHIFT | WWDG_FULL);
	hardware_write(WWDG1_CR, WWDG_ON | WWDG_FULL);
	watched = true;
}

void board_feed(void)
{
	uint32_t left;

	if (!watched)
		return;
	left = hardware_read(WWDG1_CR) & WWDG_FULL;
	if (left < watchdog_least)
		watchdog_least = left;
	hardware_write(WWDG1_CR, WWDG_ON | WWDG_FULL);
}

void board_sleep(void)
{
	/* An interrupt that is pending wakes the core even while masked, so none is lost between look and sleep. */
	hardware_interrupts_off();
	if (!rung)
		hardware_sleep();
	hardware_interrupts_on();
}

void board_reset(void)
{
	enable(RCC_MC_APB1ENSETR, RCC_WWDG1);
	hardware_write(WWDG1_CR, WWDG_ON); /* the count is below its last */
	for (;;)
		hardware_sleep();
}
