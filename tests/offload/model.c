/* SPDX-License-Identifier: Apache-2.0 */
/* model.c - see model.h. */
#include "tests/offload/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mcu-offload/firmware/stm32mp15/board.h"
#include "mcu-offload/firmware/stm32mp15/hardware.h"
#include "mcu-offload/firmware/stm32mp15/registers.h"
#include "mcu-offload/firmware/stm32mp15/stack.h"

enum {
	CORE_MHZ = 209,
	MAILBOX = 0x3f, /* its six channels */
	INTERRUPTS_IN_A_ROW = 100,
	SLEEPS = 100000,
};

struct model model;

void systick_handler(void);

/* The core's side is as after every reset; mailbox flags and memory stay. */
static void reset_core(uint32_t cause)
{
	model.mailbox_masks = MAILBOX | MAILBOX << IPCC_OUT;
	model.mailbox_control = 0;
	model.watchdog_on = false;
	model.watchdog_left = WWDG_FULL;
	model.watchdog_config = WWDG_FULL;
	model.reset_cause |= cause;
	model.apb1_clocks = model.ahb3_clocks = model.ahb3_clocks_asleep = 0;
	model.tick_control = 0;
	model.tick_pending = model.handling = false;
	model.masked = false;
	memset(model.enabled, 0, sizeof(model.enabled));
}

void model_power_on(void)
{
	memset(&model, 0, sizeof(model));
	reset_core(1);
	for (size_t i = 0; i < sizeof(model.retained); i++)
		model.retained[i] = (uint8_t)(i * 167 + 13);
	model.source = 3;      /* the core runs by PLL3 */
	model.pll3_source = 1; /* 24 MHz */
	model.bus_divider = 1; /* 104 MHz */
	model.pll3_fraction = 0x1a04 << 3 | 1 << 16;
	model.pll3_config[0] = 1 << 16 | 33;
	model.pll3_config[1] = 36 << 16 | 16 << 8 | 1;
}

bool model_run(void (*code)(void))
{
	model.running = true;
	if (setjmp(model.reset)) {
		model.running = false;
		return false;
	}
	model.masked = true; /* reset_handler() */
	code();
	model.running = false;
	return true;
}

static void watchdog_ends(void)
{
	model.resets++;
	reset_core(MODEL_RESET_BY_WATCHDOG);
	if (!model.running)
		fail_msg("the watchdog ends outside of model_run()");
	longjmp(model.reset, 1);
}

static bool next_interrupt(void (**ret_handler)(void))
{
	uint32_t received = model.from_linux & ~model.mailbox_masks & MAILBOX;
	uint32_t freed = ~model.to_linux & ~(model.mailbox_masks >> IPCC_OUT) & MAILBOX;

	if (model.mailbox_control & IPCC_RECEIVE_INTERRUPT && received &&
	    model.enabled[IPCC_RECEIVE_IRQ / 32] & 1u << IPCC_RECEIVE_IRQ % 32)
		*ret_handler = mailbox_receive_handler;
	else if (model.mailbox_control & IPCC_FREE_INTERRUPT && freed &&
		 model.enabled[IPCC_FREE_IRQ / 32] & 1u << IPCC_FREE_IRQ % 32)
		*ret_handler = mailbox_free_handler;
	else if (model.tick_pending)
		*ret_handler = systick_handler;
	else
		return false;
	return true;
}

/* One that is neither cleared nor masked comes for ever. */
static void take_interrupts(void)
{
	void (*handler)(void);

	for (unsigned i = 0; !model.masked && !model.handling && next_interrupt(&handler); i++) {
		if (i >= INTERRUPTS_IN_A_ROW)
			fail_msg("an interrupt does not end");
		if (handler == systick_handler)
			model.tick_pending = false;
		model.handling = true;
		handler();
		model.handling = false;
	}
}

static void watchdog_pass(uint64_t cycles)
{
	uint64_t step = (4096ull << (model.watchdog_config >> WWDG_PRESCALER_SHIFT & 7)) << model.bus_divider;

	if (!model.watchdog_on)
		return;
	for (model.watchdog_cycles += cycles; model.watchdog_cycles >= step; model.watchdog_cycles -= step)
		if (--model.watchdog_left < WWDG_LAST)
			watchdog_ends();
}

static uint32_t tick_left(void)
{
	return model.tick_reload - (uint32_t)((model.cycles - model.tick_from) % (model.tick_reload + 1ull));
}

/* At most until the next tick. */
static uint64_t pass_some(uint64_t cycles)
{
	if (model.tick_control & 1 && cycles > tick_left()) {
		cycles = tick_left() + 1ull;
		model.tick_pending = true;
	}
	model.cycles += cycles;
	watchdog_pass(cycles);
	take_interrupts();
	return cycles;
}

static void pass(uint64_t cycles)
{
	while (cycles > 0)
		cycles -= pass_some(cycles);
}

void model_pass_us(uint32_t us)
{
	pass((uint64_t)us * CORE_MHZ);
}

void model_linux_rings(enum m4_doorbell doorbell)
{
	model.from_linux |= 1u << doorbell;
	take_interrupts();
}

void model_linux_takes(enum m4_doorbell doorbell)
{
	model.to_linux &= ~(1u << doorbell);
	take_interrupts();
}

static void need_clock(uint32_t address, bool on)
{
	if (!on)
		fail_msg("register %#x is touched while its peripheral has no clock", address);
}

static uint32_t read_clocks(uint32_t address)
{
	switch (address) {
	case RCC_MSSCKSELR:
		return model.source;
	case RCC_RCK3SELR:
		return model.pll3_source;
	case RCC_MCUDIVR:
		return model.divider;
	case RCC_APB1DIVR:
		return model.bus_divider;
	case RCC_PLL3CFGR1:
		return model.pll3_config[0];
	case RCC_PLL3CFGR2:
		return model.pll3_config[1];
	case RCC_PLL3FRACR:
		return model.pll3_fraction;
	case RCC_MC_APB1ENSETR:
		return model.apb1_clocks;
	case RCC_MC_AHB3ENSETR:
		return model.ahb3_clocks;
	case RCC_MC_RSTSCLRR:
		return model.reset_cause;
	}
	fail_msg("register %#x is read, which is none of the firmware's", address);
	return 0;
}

static uint32_t read_core(uint32_t address)
{
	switch (address) {
	case SYSTICK_RELOAD:
		return model.tick_reload;
	case SYSTICK_VALUE:
		return tick_left();
	case SCB_CFSR:
	case SCB_HFSR:
		return model.faults[(address - SCB_CFSR) / 4];
	case SCB_MMFAR:
	case SCB_BFAR:
		return model.faults[2 + (address - SCB_MMFAR) / 4];
	case DEBUG_DEMCR:
		return model.debug;
	case DWT_CONTROL:
		return model.cycle_control;
	case DWT_CYCLES:
		return model.cycle_control & 1 ? (uint32_t)(model.cycles - model.cycles_from) : 0;
	}
	return read_clocks(address);
}

uint32_t hardware_read(uint32_t address)
{
	pass(model.access_cycles);
	switch (address) {
	case IPCC_C1TOC2SR:
		need_clock(address, model.ahb3_clocks & RCC_IPCC);
		return model.from_linux;
	case IPCC_C2TOC1SR:
		need_clock(address, model.ahb3_clocks & RCC_IPCC);
		return model.to_linux;
	case IPCC_C2MR:
		need_clock(address, model.ahb3_clocks & RCC_IPCC);
		return model.mailbox_masks;
	case IPCC_C2CR:
		need_clock(address, model.ahb3_clocks & RCC_IPCC);
		return model.mailbox_control;
	case WWDG1_CR:
		need_clock(address, model.apb1_clocks & RCC_WWDG1);
		return model.watchdog_left | (model.watchdog_on ? WWDG_ON : 0);
	}
	return read_core(address);
}

/* On once it is on; a count that is too high, or below its last, ends it at once. */
static void write_watchdog(uint32_t value)
{
	if (model.watchdog_on && model.watchdog_left > (model.watchdog_config & WWDG_FULL))
		watchdog_ends();
	model.watchdog_on |= (value & WWDG_ON) != 0;
	model.watchdog_left = value & WWDG_FULL;
	model.watchdog_cycles = 0;
	if (model.watchdog_on && model.watchdog_left < WWDG_LAST)
		watchdog_ends();
}

static bool write_peripheral(uint32_t address, uint32_t value)
{
	switch (address) {
	case RCC_MC_APB1ENSETR:
		model.apb1_clocks |= value;
		return true;
	case RCC_MC_AHB3ENSETR:
		model.ahb3_clocks |= value;
		return true;
	case RCC_MC_AHB3LPENSETR:
		model.ahb3_clocks_asleep |= value;
		return true;
	case RCC_MC_RSTSCLRR:
		model.reset_cause &= ~value;
		return true;
	case IPCC_C2CR:
		need_clock(address, model.ahb3_clocks & RCC_IPCC);
		model.mailbox_control = value;
		return true;
	case IPCC_C2MR:
		need_clock(address, model.ahb3_clocks & RCC_IPCC);
		model.mailbox_masks = value;
		return true;
	case IPCC_C2SCR: /* clears what Linux has set, sets what Linux clears */
		need_clock(address, model.ahb3_clocks & RCC_IPCC);
		model.from_linux &= ~(value & MAILBOX);
		model.to_linux |= value >> IPCC_OUT & MAILBOX;
		return true;
	case WWDG1_CFR:
		need_clock(address, model.apb1_clocks & RCC_WWDG1);
		model.watchdog_config = value;
		return true;
	case WWDG1_CR:
		need_clock(address, model.apb1_clocks & RCC_WWDG1);
		write_watchdog(value);
		return true;
	}
	return false;
}

static bool write_core(uint32_t address, uint32_t value)
{
	switch (address) {
	case SYSTICK_RELOAD:
		model.tick_reload = value;
		return true;
	case SYSTICK_VALUE: /* any value starts the count anew */
		model.tick_from = model.cycles;
		return true;
	case SYSTICK_CONTROL:
		model.tick_control = value;
		return true;
	case DEBUG_DEMCR:
		model.debug = value;
		return true;
	case DWT_CYCLES:
	case DWT_CONTROL:
		need_clock(address, model.debug & 1u << 24);
		if (address == DWT_CONTROL)
			model.cycle_control = value;
		else
			model.cycles_from = model.cycles - value;
		return true;
	case NVIC_ENABLE(IPCC_RECEIVE_IRQ):
		model.enabled[IPCC_RECEIVE_IRQ / 32] |= value;
		return true;
	}
	return false;
}

static void note(uint32_t address, uint32_t value)
{
	if (model.logged == MODEL_LOG) {
		memmove(model.log, model.log + 1, sizeof(model.log) - sizeof(model.log[0]));
		model.logged--;
	}
	model.log[model.logged].address = address;
	model.log[model.logged++].value = value;
}

void hardware_write(uint32_t address, uint32_t value)
{
	note(address, value);
	if (!write_peripheral(address, value) && !write_core(address, value))
		fail_msg("register %#x is written, which is none of the firmware's", address);
	take_interrupts();
}

void hardware_settle(void)
{
	note(MODEL_SETTLE, 0);
}

void *hardware_memory(uint32_t address)
{
	if (address >= MODEL_SHARED && address - MODEL_SHARED < sizeof(model.shared))
		return model.shared + (address - MODEL_SHARED);
	if (address >= MODEL_RETAINED && address - MODEL_RETAINED < sizeof(model.retained))
		return model.retained + (address - MODEL_RETAINED);
	fail_msg("memory at %#x is none of the firmware's", address);
	return NULL;
}

/* The stack here is the test's. */
void stack_paint(void)
{
}

uint32_t stack_free_bytes(void)
{
	return 0;
}

void hardware_interrupts_off(void)
{
	model.masked = true;
}

void hardware_interrupts_on(void)
{
	void (*before)(void) = model.before_unmasked;

	model.before_unmasked = NULL;
	if (before)
		before();
	model.masked = false;
	take_interrupts();
}

void hardware_sleep(void)
{
	void (*handler)(void);

	if (next_interrupt(&handler))
		return;
	if (model.while_sleeping)
		model.while_sleeping();
	if (next_interrupt(&handler))
		return;
	if (!(model.tick_control & 1) || ++model.tick_sleeps > SLEEPS)
		fail_msg("the core sleeps for ever");
	pass(tick_left() + 1ull);
}

unsigned model_find(unsigned from, uint32_t address, uint32_t value)
{
	for (unsigned i = from; i < model.logged; i++)
		if (model.log[i].address == address && model.log[i].value == value)
			return i;
	fail_msg("%#x was not written to register %#x", value, address);
	return 0;
}
