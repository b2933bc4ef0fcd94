/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.h - what outlives a restart of the core: boots counted, the last crash. It lies at the end of RETRAM outside every
 * section, because Linux' loader zeroes what belongs to a segment. After power-up it is noise, hence the check sum.
 */
#ifndef MCU_OFFLOAD_FIRMWARE_STM32MP15_RECORD_H
#define MCU_OFFLOAD_FIRMWARE_STM32MP15_RECORD_H

#include <stdbool.h>
#include <stdint.h>

enum {
	RECORD_ADDRESS = 0xff00,
	RECORD_MAGIC = 0x504d3431,
};

struct record {
	uint32_t magic, boots;
	bool crashed; /* and not yet told */
	uint32_t pc, lr, status /* CFSR */, hard_status /* HFSR */, memory_address, bus_address;
	uint32_t crc32; /* of all before */
};

/* Counts this boot; noise becomes a new record. ret_record: as it was left, for this boot to tell. */
void record_open(struct record *ret_record);

/* Leaves a crash for the next boot. */
void record_crash(uint32_t pc, uint32_t lr);

#endif
