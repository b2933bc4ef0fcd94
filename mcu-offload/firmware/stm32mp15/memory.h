/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.h - the memory that the device tree leaves to the Cortex-M4, by the core's addresses. Linux' are the same, but for
 * RETRAM. etc/dts/stm32mp15-m4.dtso says it for boards that lack it; a test holds it to this file.
 *
 * Source of facts: ST RM0436; device trees of STM32MP157F-DK2.
 */
#ifndef MCU_OFFLOAD_FIRMWARE_STM32MP15_MEMORY_H
#define MCU_OFFLOAD_FIRMWARE_STM32MP15_MEMORY_H

enum {
	MEMORY_RETRAM = 0x00000000, /* retram: outlives Standby */
	MEMORY_RETRAM_BYTES = 0x10000,
	MEMORY_RETRAM_LINUX = 0x38000000,
	MEMORY_SRAM = 0x10000000, /* mcuram2: SRAM1 and SRAM2 */
	MEMORY_SRAM_BYTES = 0x40000,
	MEMORY_SRAM_ALIAS = 0x30000000, /* mcuram: the same by another bus */
	MEMORY_VRING0 = 0x10040000,	/* vdev0vring0 */
	MEMORY_VRING1 = 0x10041000,	/* vdev0vring1 */
	MEMORY_VRING_BYTES = 0x1000,
	MEMORY_BUFFERS = 0x10042000, /* vdev0buffer: Linux' alone, the loader maps it not */
	MEMORY_BUFFERS_BYTES = 0x4000,
};

#endif
