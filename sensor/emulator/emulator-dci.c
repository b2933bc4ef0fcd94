/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulator-dci.c - the firmware's command window: set, get and start on 64 KiB of memory (DCI).
 *
 *   2:2C00  status  {transaction, state, size hi, size lo}   state 1 received, 3 completed, 4 error
 *   2:2C04  reply   blocks, 0000000F, {transaction, 02, size hi, size lo}
 *   ..2FFF  command blocks, 0000000F, {transaction, command, count hi, count lo}; the write of 2FFF starts it
 *
 *   block   word index(16) size(12) type(4), then the payload in words, most significant byte first;
 *           type 0: size bytes; 1..12: size elements of type bytes; 13, 14 group marks; 15 end of data
 *
 * A get has headers without payloads. Source of the facts: ST's ULD 1.3.0 and 2.1.0 on the wire.
 */
#include <errno.h>
#include <string.h>

#include "sensor/bytes.h"
#include "sensor/emulator/emulator-chip.h"
#include "sensor/emulator/emulator-words.h"

#define NS_PER_US  1000ull
#define COMMAND_NS (2000 * NS_PER_US)

enum { COMMAND_SET = 1, COMMAND_GET = 2, COMMAND_START = 3 };
enum { STATE_RECEIVED = 1, STATE_COMPLETED = 3, STATE_ERROR = 4 };
enum { TYPE_STRUCTURE = 0, TYPE_GROUP = 0xD, TYPE_GROUP_END = 0xE, TYPE_END = 0xF };
#define END_WORD 0x0000000Fu

uint16_t dci_u16(const struct chip *chip, uint16_t index)
{
	return (uint16_t)(chip->dci[index] | chip->dci[index + 1] << 8);
}

uint32_t dci_u32(const struct chip *chip, uint16_t index)
{
	return (uint32_t)dci_u16(chip, index) | (uint32_t)dci_u16(chip, (uint16_t)(index + 2)) << 16;
}

void dci_put_u16(struct chip *chip, uint16_t index, uint16_t value)
{
	chip->dci[index] = (uint8_t)value;
	chip->dci[index + 1] = (uint8_t)(value >> 8);
}

void dci_put_u32(struct chip *chip, uint16_t index, uint32_t value)
{
	dci_put_u16(chip, index, (uint16_t)value);
	dci_put_u16(chip, (uint16_t)(index + 2), (uint16_t)(value >> 16));
}

size_t dci_payload(uint32_t header)
{
	size_t size = header >> 4 & 0xFFF, type = header & 0xF;

	return type == TYPE_STRUCTURE || type >= TYPE_GROUP ? size : size * type;
}

/*
 * The offset calibration that production leaves in the chip. Ours is synthetic, with four signals so big that
 * the sum of a 2x2 group wraps at 32 bits.
 */
void dci_init(struct chip *chip)
{
	static const uint8_t grid[12] = {0x60, 0x09, 0x20, 0x03, 0x19, 8, 8, 0x0B, 0x03, 8, 8, 8};

	memcpy(chip->dci + DCI_NVM_GRID, grid, sizeof(grid));
	for (unsigned i = 0; i < CHIP_ZONES; i++) {
		bool huge = i == 18 || i == 19 || i == 26 || i == 27;

		dci_put_u32(chip, (uint16_t)(DCI_NVM_SIGNAL + 4 * i), huge ? 0x60000001u + i : 1000 * i + 7);
		dci_put_u16(chip, (uint16_t)(DCI_NVM_RANGE + 2 * i), (uint16_t)((int)(37 * i % 401) - 200));
	}
}

static void status_put(struct chip *chip, uint8_t state, size_t size)
{
	uint8_t *status = chip->ui + UI_STATUS;

	status[0] = chip->command[chip->command_bytes];
	status[1] = state;
	status[2] = (uint8_t)(size >> 8);
	status[3] = (uint8_t)size;
}

void dci_trigger(struct chip *chip, uint64_t now_ns)
{
	const uint8_t *footer = chip->ui + UI_FOOTER;
	size_t count = (size_t)footer[2] << 8 | footer[3];
	const struct fault_hit *stuck, *slow, *stale;
	uint64_t takes_ns = COMMAND_NS;

	if (chip->state != CHIP_IDLE && chip->state != CHIP_RANGING)
		return;
	chip->world->faults.moment.command = ++chip->world->counts.commands;
	if (count > UI_FOOTER - UI_REPLY)
		count = 0; /* an error, found when it is done */
	memcpy(chip->command, chip->ui + UI_FOOTER - count, count + 4);
	chip->command_bytes = (uint16_t)count;
	chip->command_ns = now_ns;
	chip_schedule(chip, EVENT_COMMAND, CHIP_NEVER);

	stuck = chip_fault(chip, FAULT_COMMAND_STUCK);
	if (stuck) {
		status_put(chip, (uint8_t)stuck->arguments[0], 0);
		return;
	}
	stale = chip_fault(chip, FAULT_COMMAND_STALE);
	if (!stale)
		status_put(chip, STATE_RECEIVED, 0);
	slow = stale ? stale : chip_fault(chip, FAULT_COMMAND_SLOW);
	if (slow)
		takes_ns = (uint64_t)slow->arguments[0] * NS_PER_US;
	chip_schedule(chip, EVENT_COMMAND, now_ns + takes_ns);
}

/* The next block of the command: its header and payload; 1 at the end word, negative errno for rubbish. */
static int block_next(const struct chip *chip, size_t *at, bool payloads, uint32_t *ret_header)
{
	uint32_t header;
	size_t n;

	if (*at + 4 > chip->command_bytes)
		return -EBADMSG;
	header = bytes_get_be32(chip->command + *at);
	*at += 4;
	if (header == END_WORD)
		return *at == chip->command_bytes ? 1 : -EBADMSG;
	n = dci_payload(header);
	if (!n || n % 4 || (header >> 16) % 4 || (header >> 16) + n > CHIP_DCI_BYTES || (header & 0xF) >= TYPE_GROUP)
		return -EBADMSG;
	if (payloads && *at + n > chip->command_bytes)
		return -EBADMSG;
	*ret_header = header;
	return 0;
}

/* Stores every block; a command with an error in it changes nothing. */
static int command_set(struct chip *chip)
{
	for (int pass = 0; pass < 2; pass++) {
		size_t at = 0;
		uint32_t header;
		int r;

		while ((r = block_next(chip, &at, true, &header)) == 0) {
			size_t n = dci_payload(header);

			if (pass == 1)
				words_swap(chip->dci + (header >> 16), chip->command + at, n);
			at += n;
		}
		if (r < 0)
			return r;
	}
	return 0;
}

static int command_get(struct chip *chip, size_t *ret_size)
{
	uint8_t *reply = chip->ui + UI_REPLY;
	size_t at = 0, size = 0, room = UI_FOOTER - UI_REPLY;
	uint32_t header;
	int r;

	while ((r = block_next(chip, &at, false, &header)) == 0) {
		size_t n = dci_payload(header);
		uint32_t shown = header;

		if (size + 4 + n + 8 > room)
			return -EMSGSIZE;
		if (chip_fault(chip, FAULT_REPLY_INDEX))
			shown ^= 0x00040000u;
		if (chip_fault(chip, FAULT_REPLY_LENGTH))
			shown += 0x40u;
		bytes_put_be32(reply + size, shown);
		words_swap(reply + size + 4, chip->dci + (header >> 16), n);
		size += 4 + n;
	}
	if (r < 0)
		return r;
	bytes_put_be32(reply + size, END_WORD);
	size += 4;
	reply[size] = chip->command[chip->command_bytes];
	reply[size + 1] = COMMAND_GET;
	reply[size + 2] = (uint8_t)(size >> 8);
	reply[size + 3] = (uint8_t)size;
	*ret_size = size;
	return 0;
}

void dci_complete(struct chip *chip)
{
	const uint8_t *footer = chip->command + chip->command_bytes;
	uint16_t announced = (uint16_t)(footer[2] << 8 | footer[3]);
	size_t size = 0;
	int r = -EBADMSG;

	if (chip->state != CHIP_IDLE && chip->state != CHIP_RANGING)
		return; /* stopped or asleep in the meantime */
	if (announced == chip->command_bytes) {
		switch (footer[1]) {
		case COMMAND_SET:
			r = command_set(chip);
			break;
		case COMMAND_GET:
			r = command_get(chip, &size);
			break;
		case COMMAND_START:
			r = frame_start(chip, chip->command_ns);
			break;
		}
	}
	if (r < 0 || chip_fault(chip, FAULT_COMMAND_ERROR))
		status_put(chip, STATE_ERROR, 0);
	else if (chip_fault(chip, FAULT_COMMAND_SIZE))
		status_put(chip, STATE_COMPLETED, 0x7F00);
	else
		status_put(chip, STATE_COMPLETED, size);
}
