/* SPDX-License-Identifier: Apache-2.0 */
/* record.c - see record.h. */
#include "mcu-offload/firmware/stm32mp15/record.h"

#include <stddef.h>

#include "mcu-offload/firmware/stm32mp15/hardware.h"
#include "mcu-offload/firmware/stm32mp15/registers.h"
#include "nn/runtime/crc32.h"

#define RECORD (*(struct record *)hardware_memory(RECORD_ADDRESS))

static void write(const struct record *record)
{
	RECORD = *record;
	RECORD.crc32 = nn_crc32(&RECORD, offsetof(struct record, crc32));
}

static void read(struct record *record)
{
	*record = RECORD;
	if (record->magic != RECORD_MAGIC || record->crc32 != nn_crc32(&RECORD, offsetof(struct record, crc32)))
		*record = (struct record){.magic = RECORD_MAGIC};
}

void record_open(struct record *ret_record)
{
	struct record next;

	read(ret_record);
	ret_record->boots++;
	next = *ret_record;
	next.crashed = false;
	write(&next);
}

void record_crash(uint32_t pc, uint32_t lr)
{
	struct record record;

	read(&record);
	record.crashed = true;
	record.pc = pc;
	record.lr = lr;
	record.status = hardware_read(SCB_CFSR);
	record.hard_status = hardware_read(SCB_HFSR);
	record.memory_address = hardware_read(SCB_MMFAR);
	record.bus_address = hardware_read(SCB_BFAR);
	write(&record);
}
