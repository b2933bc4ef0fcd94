/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h - how fast the core runs, as the boot loader left it; time from there. */
#ifndef MCU_OFFLOAD_FIRMWARE_STM32MP15_CLOCK_H
#define MCU_OFFLOAD_FIRMWARE_STM32MP15_CLOCK_H

#include <stdint.h>

enum { CLOCK_TICK_MS = 10 };

/* Starts ticks and the cycle counter; returns the core's frequency. */
uint32_t clock_start(void);

uint32_t clock_ms(void);
uint32_t clock_us(void); /* wraps */
uint32_t clock_cycles(void);

/* Of WWDG1 with its slowest prescaler: microseconds of one step. */
uint32_t clock_watchdog_step_us(void);

#endif
