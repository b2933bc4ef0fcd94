/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulator-incident.c - faults that strike the chip by themselves, whatever the host is doing: at a frame, at a
 * transfer or at a time (see faults.h).
 */
#include "sensor/emulator/emulator-chip.h"

bool chip_incident(struct chip *chip, uint64_t now_ns)
{
	const struct fault_hit *hit;

	if (!chip->world->faults.kinds)
		return false;
	if (chip_fault(chip, FAULT_BROWN_OUT)) {
		chip_power_on(chip, now_ns);
		return true;
	}
	if (chip_fault(chip, FAULT_PAGE_LOST))
		chip->page = PAGE_HARDWARE;
	if (chip_fault(chip, FAULT_ADDRESS_LOST))
		chip->address = CHIP_ADDRESS;
	hit = chip_fault(chip, FAULT_INT_SPURIOUS);
	if (hit)
		chip_edge(chip, (unsigned)hit->arguments[0], now_ns);
	hit = chip->state == CHIP_RANGING ? chip_fault(chip, FAULT_TRAP_SILENT) : NULL;
	if (hit)
		chip_trap(chip, (uint8_t)hit->arguments[0]);
	return hit != NULL;
}
