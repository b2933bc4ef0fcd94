/* SPDX-License-Identifier: Apache-2.0 */
/* protection.c - see protection.h. */
#include "mcu-offload/firmware/stm32mp15/protection.h"

#include "mcu-offload/firmware/stm32mp15/memory.h"
#include "mcu-offload/firmware/stm32mp15/record.h"

enum {
	READ_ONLY = 6 << 24,
	READ_WRITE = 3 << 24,
	RIGHTS = 7 << 24,
	NO_CODE = 1 << 28,
	NORMAL = 1 << 19, /* not cached */
	SHARED = 1 << 18,
	DEVICE = 1 << 16,
	DATA = READ_WRITE | NO_CODE | NORMAL,
};

const struct protection_region protection_regions[PROTECTION_REGIONS] = {
	{MEMORY_RETRAM, 16, READ_ONLY | NORMAL},		  /* vectors and code; a NULL writes nothing */
	{RECORD_ADDRESS, 8, DATA},				  /* in it */
	{MEMORY_SRAM, 16, READ_ONLY | NORMAL},			  /* SRAM1: more code */
	{MEMORY_SRAM + 0x10000, 16, DATA},			  /* SRAM1: room of uploaded networks */
	{MEMORY_SRAM + 0x20000, 17, DATA},			  /* SRAM2 */
	{MEMORY_VRING0, 15, DATA | SHARED},			  /* SRAM3: rings and buffers */
	{0x40000000, 29, READ_WRITE | NO_CODE | SHARED | DEVICE}, /* peripherals */
};

static bool allows_byte(uint32_t address, enum protection_access access)
{
	for (unsigned i = PROTECTION_REGIONS; i-- > 0;) {
		const struct protection_region *region = &protection_regions[i];

		if (address >> region->log2_bytes != region->base >> region->log2_bytes)
			continue;
		if (access == PROTECTION_WRITE)
			return (region->attributes & RIGHTS) == READ_WRITE;
		return access == PROTECTION_READ || !(region->attributes & NO_CODE);
	}
	return false;
}

bool protection_allows(uint32_t address, uint32_t bytes, enum protection_access access)
{
	/* No region is smaller than 32 bytes. */
	for (uint32_t offset = 0; offset < bytes; offset = (offset | 31) + 1)
		if (!allows_byte(address + offset, access))
			return false;
	return bytes == 0 || allows_byte(address + bytes - 1, access);
}
