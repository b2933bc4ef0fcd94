/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulator-chip.c - the emulated chip's supplies, states and boot (see emulator-chip.h).
 *
 * Times of the state machine are the assumptions of the host protocol notes: ROM ready after 5 ms, MCU after 6 ms.
 */
#include <string.h>

#include "sensor/emulator/emulator-chip.h"

#define NS_PER_US   1000ull
#define ROM_BOOT_NS (5000 * NS_PER_US)
#define MCU_BOOT_NS (6000 * NS_PER_US)

enum {
	DEVICE_ID = 0xF0,
	REVISION_ID = 0x0C,
	REGULATORS_ON = 0x40,
	REGULATORS_OFF = 0x43,
	RESET_HOLD = 0x03,
	RESET_RELEASE = 0x01,
	STOP_KEY = 0x16,
	BOOT_TRAP = 0xC5, /* status 1 when there is no program to boot */
};
#define BOOT_ADDRESS 0x00420000u

const struct fault_hit *chip_fault(struct chip *chip, enum fault_kind kind)
{
	chip->world->faults.moment.sensor = chip->number;
	return faults_hit(&chip->world->faults, kind);
}

void chip_schedule(struct chip *chip, enum chip_event event, uint64_t at_ns)
{
	chip->due_ns[event] = at_ns;
	chip->next_ns = CHIP_NEVER;
	for (unsigned i = 0; i < EVENTS; i++)
		if (chip->due_ns[i] < chip->next_ns)
			chip->next_ns = chip->due_ns[i];
}

void chip_show(struct chip *chip)
{
	chip->ui[0] = chip->stream;
	chip->ui[1] = chip->fw_state;
	chip->ui[2] = chip->status_1;
	chip->ui[3] = chip->status_0;
}

void chip_edge(struct chip *chip, unsigned count, uint64_t now_ns)
{
	chip->edges += count;
	chip->edge_ns = now_ns;
}

void chip_trap(struct chip *chip, uint8_t cause)
{
	chip->status_0 |= STATUS_0_TRAP;
	chip->status_1 = cause;
	chip->state = CHIP_TRAPPED;
	for (unsigned i = 0; i < EVENTS; i++)
		chip_schedule(chip, i, CHIP_NEVER);
	chip_show(chip);
}

/* The ROM begins anew: RAM, firmware memory and windows are lost; registers, page and address stay. */
static void rom_boot(struct chip *chip, uint64_t now_ns)
{
	uint64_t boot_ns = ROM_BOOT_NS;
	const struct fault_hit *slow;

	chip->world->faults.moment.boot = ++chip->world->boots;
	chip->state = CHIP_ROM_BOOT;
	chip->status_0 = chip->status_1 = 0;
	chip->fw_state = FIRMWARE_NONE;
	chip->stream = STREAM_NONE;
	chip->has_before = false;
	memset(chip->ui, 0, sizeof(chip->ui));
	memset(chip->ram, 0, sizeof(chip->ram));
	memset(chip->dci, 0, sizeof(chip->dci));
	for (unsigned i = 0; i < EVENTS; i++)
		chip_schedule(chip, i, CHIP_NEVER);
	slow = chip_fault(chip, FAULT_ROM_SLOW);
	if (slow)
		boot_ns = (uint64_t)slow->arguments[0] * NS_PER_US;
	if (!chip_fault(chip, FAULT_ROM_DEAD))
		chip_schedule(chip, EVENT_ROM, now_ns + boot_ns);
}

void chip_init(struct chip *chip, struct world *world, unsigned number)
{
	chip->world = world;
	chip->number = number;
	chip->lpn = true;
}

void chip_power_on(struct chip *chip, uint64_t now_ns)
{
	chip->address = CHIP_ADDRESS;
	chip->page = 0;
	chip->index = 0;
	chip->regulators_cycled = false;
	chip->frame_id = 0;
	memset(chip->hardware, 0, sizeof(chip->hardware));
	memset(chip->mcu, 0, sizeof(chip->mcu));
	chip->hardware[REG_DEVICE_ID] = DEVICE_ID;
	chip->hardware[REG_REVISION_ID] = REVISION_ID;
	chip->hardware[REG_I2C_ADDRESS] = CHIP_ADDRESS;
	chip->hardware[REG_XSHUT] = XSHUT_AWAKE;
	chip->hardware[REG_REGULATORS] = REGULATORS_ON;
	rom_boot(chip, now_ns);
}

bool chip_listens(const struct chip *chip, uint16_t address)
{
	return chip->lpn && chip->address == address;
}

/* XOR over the RAM's words, each plus its own address; the host computes the same over its file. */
static uint32_t ram_checksum(const struct chip *chip)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < CHIP_RAM_BYTES; i += 4) {
		const uint8_t *p = chip->ram + i;

		sum ^= ((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]) + BOOT_ADDRESS + i;
	}
	return sum;
}

static void rom_ready(struct chip *chip)
{
	chip->state = CHIP_ROM_IDLE;
	chip->status_0 = STATUS_0_BOOTED;
}

static bool ram_is_blank(const struct chip *chip)
{
	static const uint8_t blank[16];

	return memcmp(chip->ram, blank, sizeof(blank)) == 0;
}

static void mcu_ready(struct chip *chip)
{
	const struct fault_hit *trap = chip_fault(chip, FAULT_MCU_TRAP);
	uint32_t sum;

	if (trap || ram_is_blank(chip)) {
		chip->status_0 = 0;
		chip_trap(chip, trap ? (uint8_t)trap->arguments[0] : BOOT_TRAP);
		return;
	}
	chip->state = CHIP_IDLE;
	chip->status_0 = STATUS_0_BOOTED;
	chip->status_1 = STATUS_1_RUNNING;
	chip->fw_state = FIRMWARE_IDLE;
	chip_show(chip);
	dci_init(chip);
	sum = ram_checksum(chip);
	if (chip_fault(chip, FAULT_WRONG_CHECKSUM))
		sum ^= 0x01000001u;
	for (unsigned i = 0; i < 4; i++)
		chip->ui[UI_FOOTER + i] = (uint8_t)(sum >> (24 - 8 * i));
}

void chip_run(struct chip *chip, uint64_t now_ns)
{
	const struct fault_hit *flip;
	const uint8_t *p = chip->hardware + REG_BOOT_ADDRESS;
	uint32_t address = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;

	if (chip->state != CHIP_RAM_CLOSED || address != BOOT_ADDRESS)
		return;
	flip = chip_fault(chip, FAULT_FIRMWARE_FLIP);
	if (flip)
		chip->ram[flip->arguments[0]] ^= 1;
	chip->state = CHIP_MCU_BOOT;
	chip->status_0 = chip->status_1 = 0;
	if (!chip_fault(chip, FAULT_MCU_DEAD))
		chip_schedule(chip, EVENT_MCU, now_ns + MCU_BOOT_NS);
}

static void stop_acknowledge(struct chip *chip)
{
	const struct fault_hit *wrong = chip_fault(chip, FAULT_STOP_WRONG);

	frame_stop(chip);
	chip->state = CHIP_STOPPED;
	chip->status_0 |= STATUS_0_TRAP;
	chip->status_1 = wrong ? (uint8_t)wrong->arguments[0] : STATUS_1_STOPPED;
}

void chip_stop(struct chip *chip, uint64_t now_ns)
{
	const struct fault_hit *late;

	if (chip->hardware[REG_STOP_KEY] != STOP_KEY || (chip->state != CHIP_RANGING && chip->state != CHIP_IDLE))
		return;
	if (chip_fault(chip, FAULT_STOP_DEAD))
		return;
	late = chip_fault(chip, FAULT_STOP_LATE);
	if (late)
		chip_schedule(chip, EVENT_STOP, now_ns + (uint64_t)late->arguments[0] * NS_PER_US);
	else
		stop_acknowledge(chip);
}

void chip_resume(struct chip *chip)
{
	chip_schedule(chip, EVENT_STOP, CHIP_NEVER);
	if (chip->state != CHIP_STOPPED)
		return;
	chip->state = CHIP_IDLE;
	chip->status_0 = STATUS_0_BOOTED;
	chip->status_1 = STATUS_1_RUNNING;
	chip->fw_state = FIRMWARE_IDLE;
}

void chip_xshut(struct chip *chip, uint8_t value)
{
	if (value == XSHUT_SLEEP && chip->state == CHIP_IDLE)
		chip->state = CHIP_SLEEP;
	else if (value == XSHUT_AWAKE && chip->state == CHIP_SLEEP)
		chip->state = CHIP_IDLE;
}

void chip_regulators(struct chip *chip, uint8_t value, uint64_t now_ns)
{
	if (value == REGULATORS_OFF) {
		chip->regulators_cycled = true;
		if (chip->state == CHIP_SLEEP)
			chip->state = CHIP_DEEP;
	} else if (value == REGULATORS_ON && chip->state == CHIP_DEEP) {
		rom_boot(chip, now_ns);
	}
}

void chip_reset(struct chip *chip, uint8_t value, uint64_t now_ns)
{
	if (value == RESET_HOLD) {
		chip->state = CHIP_HELD;
		chip->regulators_cycled = false;
		for (unsigned i = 0; i < EVENTS; i++)
			chip_schedule(chip, i, CHIP_NEVER);
	} else if (value == RESET_RELEASE && chip->state == CHIP_HELD && chip->regulators_cycled &&
		   chip->hardware[REG_REGULATORS] == REGULATORS_ON) {
		rom_boot(chip, now_ns);
	}
}

void chip_advance(struct chip *chip, uint64_t now_ns)
{
	while (chip->next_ns <= now_ns) {
		uint64_t at = chip->next_ns;
		unsigned event = 0;

		while (chip->due_ns[event] != at)
			event++;
		chip_schedule(chip, event, CHIP_NEVER);
		switch ((enum chip_event)event) {
		case EVENT_ROM:
			rom_ready(chip);
			break;
		case EVENT_MCU:
			mcu_ready(chip);
			break;
		case EVENT_COMMAND:
			dci_complete(chip);
			break;
		case EVENT_FRAME:
			frame_make(chip, at);
			break;
		case EVENT_STOP:
			stop_acknowledge(chip);
			break;
		case EVENTS:
			break;
		}
	}
}
