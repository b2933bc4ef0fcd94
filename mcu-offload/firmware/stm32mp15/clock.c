/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c - see clock.h. */
#include "mcu-offload/firmware/stm32mp15/clock.h"

#include "mcu-offload/firmware/stm32mp15/hardware.h"
#include "mcu-offload/firmware/stm32mp15/registers.h"

enum {
	HSI_HZ = 64000000,
	HSE_HZ = 24000000,
	CSI_HZ = 4000000,
	USUAL_HZ = 208878000, /* of ST's boards, when the registers say nothing that makes sense */
	MOST_HZ = 250000000,
};

static volatile uint32_t ticks;
static uint32_t mhz, watchdog_step_us;

void systick_handler(void);

void systick_handler(void)
{
	ticks++;
}

static uint32_t oscillator_hz(uint32_t selector)
{
	static const uint32_t hz[4] = {HSI_HZ, HSE_HZ, CSI_HZ, 0};

	return hz[selector & 3];
}

/* Output P of PLL3: source / (M + 1) * (N + 1 + fraction / 8192) / (P + 1). */
static uint32_t pll3_hz(void)
{
	uint32_t factors = hardware_read(RCC_PLL3CFGR1), m = (factors >> 16 & 0x3f) + 1, n = (factors & 0x1ff) + 1;
	uint32_t fraction = hardware_read(RCC_PLL3FRACR) >> 3 & 0x1fff;
	uint32_t p = (hardware_read(RCC_PLL3CFGR2) & 0x7f) + 1;
	float reference = (float)oscillator_hz(hardware_read(RCC_RCK3SELR)) / (float)m;

	return (uint32_t)(reference * ((float)n + (float)fraction / 8192) / (float)p);
}

static uint32_t core_hz(void)
{
	uint32_t source = hardware_read(RCC_MSSCKSELR) & 3;
	uint32_t hz = (source == 3 ? pll3_hz() : oscillator_hz(source)) >> (hardware_read(RCC_MCUDIVR) & 15);

	return hz >= CSI_HZ && hz <= MOST_HZ ? hz : USUAL_HZ;
}

uint32_t clock_start(void)
{
	uint32_t hz = core_hz(), bus_hz = hz >> (hardware_read(RCC_APB1DIVR) & 7);

	mhz = (hz + 500000) / 1000000;
	watchdog_step_us = (4096u << WWDG_PRESCALER) * 1000 / (bus_hz / 1000);
	ticks = 0;
	hardware_set(DEBUG_DEMCR, 1u << 24); /* the trace unit, and in it the cycle counter */
	hardware_write(DWT_CYCLES, 0);
	hardware_set(DWT_CONTROL, 1);
	hardware_write(SYSTICK_RELOAD, hz / 1000 * CLOCK_TICK_MS - 1);
	hardware_write(SYSTICK_VALUE, 0);
	hardware_write(SYSTICK_CONTROL, 7); /* on, with interrupt, by the core's clock */
	return hz;
}

uint32_t clock_ms(void)
{
	return ticks * CLOCK_TICK_MS;
}

/* Ticks and what has passed of this one; asked again if one ended meanwhile. */
uint32_t clock_us(void)
{
	uint32_t before, passed;

	do {
		before = ticks;
		passed = hardware_read(SYSTICK_RELOAD) - hardware_read(SYSTICK_VALUE);
	} while (before != ticks);
	return before * (CLOCK_TICK_MS * 1000) + passed / mhz;
}

uint32_t clock_cycles(void)
{
	return hardware_read(DWT_CYCLES);
}

uint32_t clock_watchdog_step_us(void)
{
	return watchdog_step_us;
}
