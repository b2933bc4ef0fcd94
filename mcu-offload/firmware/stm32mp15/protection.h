/* SPDX-License-Identifier: Apache-2.0 */
/*
 * protection.h - what the firmware lets itself touch: regions of the Cortex-M4's memory protection unit. What none of them
 * covers can't be touched at all; of two the later counts.
 *
 * Source of facts: Arm "ARMv7-M Architecture Reference Manual", B3.5.
 */
#ifndef MCU_OFFLOAD_FIRMWARE_STM32MP15_PROTECTION_H
#define MCU_OFFLOAD_FIRMWARE_STM32MP15_PROTECTION_H

#include <stdbool.h>
#include <stdint.h>

enum { PROTECTION_REGIONS = 7 }; /* the unit has 8 */

enum protection_access { PROTECTION_READ, PROTECTION_WRITE, PROTECTION_EXECUTE };

struct protection_region {
	uint32_t base;			 /* a multiple of its size */
	uint32_t log2_bytes, attributes; /* of the unit's register, without size and enable */
};

extern const struct protection_region protection_regions[PROTECTION_REGIONS];

/* All of it? For those who check the map, not for the core. */
bool protection_allows(uint32_t address, uint32_t bytes, enum protection_access access);

#endif
