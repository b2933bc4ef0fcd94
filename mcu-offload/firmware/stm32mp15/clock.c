/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c - see clock.h. */
#include "mcu-offload/firmware/stm32mp15/clock.h"

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
	uint32_t m = (RCC_PLL3CFGR1 >> 16 & 0x3f) + 1, n = (RCC_PLL3CFGR1 & 0x1ff) + 1;
	uint32_t fraction = RCC_PLL3FRACR >> 3 & 0x1fff, p = (RCC_PLL3CFGR2 & 0x7f) + 1;
	float reference = (float)oscillator_hz(RCC_RCK3SELR) / (float)m;

	return (uint32_t)(reference * ((float)n + (float)fraction / 8192) / (float)p);
}

static uint32_t core_hz(void)
{
	uint32_t source = RCC_MSSCKSELR & 3;
	uint32_t hz = (source == 3 ? pll3_hz() : oscillator_hz(source)) >> (RCC_MCUDIVR & 15);

	return hz >= CSI_HZ && hz <= MOST_HZ ? hz : USUAL_HZ;
}

uint32_t clock_start(void)
{
	uint32_t hz = core_hz(), bus_hz = hz >> (RCC_APB1DIVR & 7);

	mhz = (hz + 500000) / 1000000;
	watchdog_step_us = (4096u << WWDG_PRESCALER) / (bus_hz / 1000000);
	DEBUG_DEMCR |= 1u << 24; /* the trace unit, and in it the cycle counter */
	DWT_CYCLES = 0;
	DWT_CONTROL |= 1;
	SYSTICK_RELOAD = hz / 1000 * CLOCK_TICK_MS - 1;
	SYSTICK_VALUE = 0;
	SYSTICK_CONTROL = 7; /* on, with interrupt, by the core's clock */
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
		passed = SYSTICK_RELOAD - SYSTICK_VALUE;
	} while (before != ticks);
	return before * (CLOCK_TICK_MS * 1000) + passed / mhz;
}

uint32_t clock_cycles(void)
{
	return DWT_CYCLES;
}

uint32_t clock_watchdog_step_us(void)
{
	return watchdog_step_us;
}
