/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registers.h - the registers of the STM32MP15's Cortex-M4 side that the firmware touches, and no others: PLLs, power, pins,
 * DDR and Linux' half of the mailbox belong to the A7.
 *
 * Source of facts: ST RM0436 "STM32MP157 advanced Arm-based 32-bit MPUs"; Arm "ARMv7-M Architecture Reference Manual".
 */
#ifndef MCU_OFFLOAD_FIRMWARE_STM32MP15_REGISTERS_H
#define MCU_OFFLOAD_FIRMWARE_STM32MP15_REGISTERS_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

/* Reset and clock control: reading, and what enables our own peripherals. */
#define RCC_MSSCKSELR	    REGISTER(0x50000048)
#define RCC_RCK3SELR	    REGISTER(0x50000820)
#define RCC_MCUDIVR	    REGISTER(0x50000830)
#define RCC_APB1DIVR	    REGISTER(0x50000834)
#define RCC_PLL3CFGR1	    REGISTER(0x50000884)
#define RCC_PLL3CFGR2	    REGISTER(0x50000888)
#define RCC_PLL3FRACR	    REGISTER(0x5000088c)
#define RCC_MC_APB1ENSETR   REGISTER(0x50000a80)
#define RCC_MC_AHB3ENSETR   REGISTER(0x50000aa0)
#define RCC_MC_AHB3LPENSETR REGISTER(0x50000ba0)
#define RCC_MC_RSTSCLRR	    REGISTER(0x50000c00)

enum {
	RCC_WWDG1 = 1 << 28, /* of APB1 */
	RCC_IPCC = 1 << 12,  /* of AHB3 */
};

/* The mailbox, our half: processor 2. Channel n is bit n - 1. */
#define IPCC_C1TOC2SR REGISTER(0x4c00100c)
#define IPCC_C2CR     REGISTER(0x4c001010)
#define IPCC_C2MR     REGISTER(0x4c001014)
#define IPCC_C2SCR    REGISTER(0x4c001018)
#define IPCC_C2TOC1SR REGISTER(0x4c00101c)

enum {
	IPCC_RECEIVE_INTERRUPT = 1 << 0, /* of C2CR */
	IPCC_FREE_INTERRUPT = 1 << 16,
	IPCC_OUT = 16,	     /* shift of our rings in C2MR and C2SCR */
	IPCC_CHANNELS = 0xf, /* that the device tree names: vq0, vq1, shutdown, detach */
	IPCC_RECEIVE_IRQ = 103,
	IPCC_FREE_IRQ = 104,
};

/* The window watchdog, whose end Linux is told of. */
#define WWDG1_CR  REGISTER(0x4000a000)
#define WWDG1_CFR REGISTER(0x4000a004)

enum {
	WWDG_ON = 1 << 7, /* of CR */
	WWDG_FULL = 0x7f,
	WWDG_LAST = 0x40, /* below it: reset */
	WWDG_PRESCALER = 7,
	WWDG_PRESCALER_SHIFT = 11, /* of CFR */
};

/* The core's own. */
#define SYSTICK_CONTROL	 REGISTER(0xe000e010)
#define SYSTICK_RELOAD	 REGISTER(0xe000e014)
#define SYSTICK_VALUE	 REGISTER(0xe000e018)
#define NVIC_ENABLE(irq) REGISTER(0xe000e100 + (irq) / 32 * 4)
#define SCB_VTOR	 REGISTER(0xe000ed08)
#define SCB_SHCSR	 REGISTER(0xe000ed24)
#define SCB_CFSR	 REGISTER(0xe000ed28)
#define SCB_HFSR	 REGISTER(0xe000ed2c)
#define SCB_MMFAR	 REGISTER(0xe000ed34)
#define SCB_BFAR	 REGISTER(0xe000ed38)
#define SCB_CPACR	 REGISTER(0xe000ed88)
#define MPU_CONTROL	 REGISTER(0xe000ed94)
#define MPU_NUMBER	 REGISTER(0xe000ed98)
#define MPU_BASE	 REGISTER(0xe000ed9c)
#define MPU_ATTRIBUTES	 REGISTER(0xe000eda0)
#define DEBUG_DEMCR	 REGISTER(0xe000edfc)
#define DWT_CONTROL	 REGISTER(0xe0001000)
#define DWT_CYCLES	 REGISTER(0xe0001004)

#endif
