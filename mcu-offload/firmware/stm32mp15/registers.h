/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registers.h - the addresses of the registers of the STM32MP15's Cortex-M4 side that the firmware touches (hardware.h),
 * and no others: PLLs, power, pins, DDR and Linux' half of the mailbox belong to the A7.
 *
 * Source of facts: ST RM0436 "STM32MP157 advanced Arm-based 32-bit MPUs"; Arm "ARMv7-M Architecture Reference Manual".
 */
#ifndef MCU_OFFLOAD_FIRMWARE_STM32MP15_REGISTERS_H
#define MCU_OFFLOAD_FIRMWARE_STM32MP15_REGISTERS_H

/* Reset and clock control: reading, and what enables our own peripherals. */
#define RCC_MSSCKSELR	    0x50000048u
#define RCC_RCK3SELR	    0x50000820u
#define RCC_MCUDIVR	    0x50000830u
#define RCC_APB1DIVR	    0x50000834u
#define RCC_PLL3CFGR1	    0x50000884u
#define RCC_PLL3CFGR2	    0x50000888u
#define RCC_PLL3FRACR	    0x5000088cu
#define RCC_MC_APB1ENSETR   0x50000a80u
#define RCC_MC_AHB3ENSETR   0x50000aa0u
#define RCC_MC_AHB3LPENSETR 0x50000ba0u
#define RCC_MC_RSTSCLRR	    0x50000c00u

enum {
	RCC_WWDG1 = 1 << 28, /* of APB1 */
	RCC_IPCC = 1 << 12,  /* of AHB3 */
};

/* The mailbox, our half: processor 2. Channel n is bit n - 1. */
#define IPCC_C1TOC2SR 0x4c00100cu
#define IPCC_C2CR     0x4c001010u
#define IPCC_C2MR     0x4c001014u
#define IPCC_C2SCR    0x4c001018u
#define IPCC_C2TOC1SR 0x4c00101cu

enum {
	IPCC_RECEIVE_INTERRUPT = 1 << 0, /* of C2CR */
	IPCC_FREE_INTERRUPT = 1 << 16,
	IPCC_OUT = 16,	     /* shift of our rings in C2MR and C2SCR */
	IPCC_CHANNELS = 0xf, /* that the device tree names: vq0, vq1, shutdown, detach */
	IPCC_RECEIVE_IRQ = 103,
	IPCC_FREE_IRQ = 104,
};

/* The window watchdog, whose end Linux is told of. */
#define WWDG1_CR  0x4000a000u
#define WWDG1_CFR 0x4000a004u

enum {
	WWDG_ON = 1 << 7, /* of CR */
	WWDG_FULL = 0x7f,
	WWDG_LAST = 0x40, /* below it: reset */
	WWDG_PRESCALER = 7,
	WWDG_PRESCALER_SHIFT = 11, /* of CFR */
};

/* The core's own. */
#define SYSTICK_CONTROL	 0xe000e010u
#define SYSTICK_RELOAD	 0xe000e014u
#define SYSTICK_VALUE	 0xe000e018u
#define NVIC_ENABLE(irq) (0xe000e100u + (irq) / 32 * 4)
#define SCB_SHCSR	 0xe000ed24u
#define SCB_CFSR	 0xe000ed28u
#define SCB_HFSR	 0xe000ed2cu
#define SCB_MMFAR	 0xe000ed34u
#define SCB_BFAR	 0xe000ed38u
#define SCB_CPACR	 0xe000ed88u
#define MPU_CONTROL	 0xe000ed94u
#define MPU_NUMBER	 0xe000ed98u
#define MPU_BASE	 0xe000ed9cu
#define MPU_ATTRIBUTES	 0xe000eda0u
#define DEBUG_DEMCR	 0xe000edfcu
#define DWT_CONTROL	 0xe0001000u
#define DWT_CYCLES	 0xe0001004u

#endif
