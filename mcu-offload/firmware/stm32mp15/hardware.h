/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hardware.h - how the firmware touches the Cortex-M4 and what is around it: registers (registers.h), memory by its
 * address, the instructions that C has no words for. On every other machine a model of a test stands in its place.
 */
#ifndef MCU_OFFLOAD_FIRMWARE_STM32MP15_HARDWARE_H
#define MCU_OFFLOAD_FIRMWARE_STM32MP15_HARDWARE_H

#include <stdint.h>

#if defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'

static inline uint32_t hardware_read(uint32_t address)
{
	return *(volatile uint32_t *)address;
}

static inline void hardware_write(uint32_t address, uint32_t value)
{
	*(volatile uint32_t *)address = value;
}

static inline void *hardware_memory(uint32_t address)
{
	return (void *)address;
}

/* No interrupt is taken until interrupts are on again; one that comes still ends hardware_sleep(). */
static inline void hardware_interrupts_off(void)
{
	__asm__ volatile("cpsid i" ::: "memory");
}

static inline void hardware_interrupts_on(void)
{
	__asm__ volatile("cpsie i" ::: "memory");
}

/* What was written before has arrived. */
static inline void hardware_settle(void)
{
	__asm__ volatile("dsb" ::: "memory");
}

/* Until an interrupt comes. */
static inline void hardware_sleep(void)
{
	__asm__ volatile("dsb\nwfi" ::: "memory");
}

#else

uint32_t hardware_read(uint32_t address);
void hardware_write(uint32_t address, uint32_t value);
void *hardware_memory(uint32_t address);
void hardware_interrupts_off(void);
void hardware_interrupts_on(void);
void hardware_settle(void);
void hardware_sleep(void);

#endif

static inline void hardware_set(uint32_t address, uint32_t bits)
{
	hardware_write(address, hardware_read(address) | bits);
}

static inline void hardware_clear(uint32_t address, uint32_t bits)
{
	hardware_write(address, hardware_read(address) & ~bits);
}

#endif
