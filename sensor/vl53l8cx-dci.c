/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vl53l8cx-dci.c - commands to the firmware, by which the host reads and writes the firmware's data ("DCI").
 *
 * A command lies at the end of the command window, so that its last byte goes to 0x2FFF, which starts it:
 *
 *   0x3000-n  blocks: header word (index << 16 | size << 4 | type), payload (a get has headers only)
 *   0x2FF8    0000000F end of data
 *   0x2FFC    u8 id | u8 operation: 1 set, 2 get, 3 start | u16 bytes before this word
 *
 *   0x2C00    u8 id | u8 state: 1 received, 2 processing, 3 completed, 4 error | u16 bytes of the reply
 *   0x2C04    reply: the blocks asked for
 *
 * Every command has another id than the one before, so a status left over from an earlier command is never taken
 * for this one's. Words are big-endian on the wire. Facts: host protocol notes; states as named in ST's kernel driver.
 */
#include <assert.h>
#include <string.h>

#include "sensor/firmware-parts.h"
#include "sensor/vl53l8cx-internal.h"

enum {
	STATE_COMPLETED = 3,
	STATE_ERROR = 4,
	SIZE_MCU_ERROR = 0x7f, /* high byte of the reply's size from here on: the MCU failed */
	COMMAND_MS = 2000,
	SILENCE_MS = 20, /* without a sign of the new id: is this the right page at all? */
	ID_MAX = 254,	 /* 255 marks a ranging that stopped by itself */
	NS_PER_MS = 1000000,
};

/* True when the page register shows that a page write got lost; the page will be sent again. */
static bool page_lost(struct vl53l8cx *chip)
{
	uint8_t page;

	if (i2c_read(&chip->i2c, REG_PAGE, &page, 1) < 0 || page == PAGE_FIRMWARE)
		return false;
	vl53l8cx_forget_page(chip);
	return true;
}

/*
 * Waits for the command that was sent last. ret_again: it never arrived, because the page was another one.
 * An MCU error has to be seen twice: it may be a disturbed read.
 */
static int await_completion(struct vl53l8cx *chip, bool *ret_again)
{
	uint64_t start_ns = clock_now_ns(chip->i2c.clock);
	bool page_checked = false, failed_before = false;
	uint8_t status[4];

	do {
		bool failed, silent;
		int r = vl53l8cx_read(chip, PAGE_FIRMWARE, REG_COMMAND_STATUS, status, sizeof(status));

		if (r < 0)
			return r;
		failed = status[2] >= SIZE_MCU_ERROR;
		if (!failed && status[0] == chip->transaction && status[1] == STATE_COMPLETED)
			return 0;
		if (!failed && status[0] == chip->transaction && status[1] == STATE_ERROR)
			return vl53l8cx_fail(chip, VL53L8CX_ERROR_COMMAND_FAILED, bytes_get_be32(status));
		silent = status[0] != chip->transaction &&
			 clock_now_ns(chip->i2c.clock) - start_ns >= (uint64_t)SILENCE_MS * NS_PER_MS;
		if (!page_checked && (failed || silent)) {
			page_checked = true;
			*ret_again = page_lost(chip);
			if (*ret_again)
				break;
		}
		if (failed && failed_before)
			return vl53l8cx_fail(chip, VL53L8CX_ERROR_MCU_ERROR, bytes_get_be32(status));
		failed_before = failed;
	} while (vl53l8cx_poll_pause(chip, start_ns, COMMAND_MS));
	return vl53l8cx_fail(chip, VL53L8CX_ERROR_COMMAND_TIMEOUT, bytes_get_be32(status));
}

int vl53l8cx_dci_command(struct vl53l8cx *chip, enum dci_operation operation, uint8_t *wire, size_t n)
{
	bool again = false;
	int r;

	assert(n >= 4 && n % 4 == 0 && n <= DCI_COMMAND_MAX);
	chip->transaction = (uint8_t)(chip->transaction % ID_MAX + 1);
	bytes_put_be32(wire + n - 4, (uint32_t)chip->transaction << 24 | (uint32_t)operation << 16 | (uint32_t)(n - 4));
	r = vl53l8cx_write(chip, PAGE_FIRMWARE, (uint16_t)(REG_COMMAND_END - n), wire, n);
	if (r < 0)
		return r;
	r = await_completion(chip, &again);
	if (!again)
		return r;
	r = vl53l8cx_write(chip, PAGE_FIRMWARE, (uint16_t)(REG_COMMAND_END - n), wire, n);
	return r < 0 ? r : await_completion(chip, &again);
}

/*
 * Reads the reply of n bytes and the end of data behind it, which a read that breaks off does not have, and compares the
 * headers. Returns 1 when the reply is not what was asked for, with the header where that shows.
 */
static int read_reply(struct vl53l8cx *chip, const uint32_t *headers, size_t n_headers, uint8_t *reply, size_t n,
		      uint32_t *ret_header)
{
	size_t at = 0;
	int r = vl53l8cx_read(chip, PAGE_FIRMWARE, REG_REPLY, reply, n + 4);

	for (size_t i = 0; r == 0 && i <= n_headers; i++) {
		const uint32_t expected = i < n_headers ? headers[i] : DCI_END;

		assert(at + 4 <= n + 4);
		*ret_header = bytes_get_be32(reply + at);
		r = *ret_header != expected;
		at += 4 + firmware_block_payload(expected);
	}
	assert(r != 0 || at == n + 4);
	return r;
}

int vl53l8cx_dci_get_blocks(struct vl53l8cx *chip, const uint32_t *headers, size_t n_headers, uint8_t *ret_wire,
			    size_t n)
{
	uint8_t wire[DCI_COMMAND_MAX];
	const size_t command = 4 * n_headers + DCI_FOOTER;
	uint32_t header = 0;
	int r;

	assert(command <= sizeof(wire) && n + 4 <= sizeof(wire));
	for (size_t i = 0; i < n_headers; i++)
		bytes_put_be32(wire + 4 * i, headers[i]);
	bytes_put_be32(wire + 4 * n_headers, DCI_END);
	r = vl53l8cx_dci_command(chip, DCI_GET, wire, command);
	if (r == 0)
		r = read_reply(chip, headers, n_headers, wire, n, &header);
	if (r == 1) /* or was it the bus? The reply is still there. */
		r = read_reply(chip, headers, n_headers, wire, n, &header);
	if (r == 1)
		return vl53l8cx_fail(chip, VL53L8CX_ERROR_REPLY, header);
	if (r == 0)
		memcpy(ret_wire, wire, n);
	return r;
}

int vl53l8cx_dci_get(struct vl53l8cx *chip, uint16_t index, uint8_t *ret_image, size_t n)
{
	const uint32_t header = dci_header(index, (unsigned)n, 0);
	uint8_t wire[4 + DCI_BLOCK_MAX];
	int r;

	assert(n % 4 == 0 && n <= DCI_BLOCK_MAX);
	r = vl53l8cx_dci_get_blocks(chip, &header, 1, wire, 4 + n);
	if (r == 0)
		words_swap(ret_image, wire + 4, n);
	return r;
}

int vl53l8cx_dci_set(struct vl53l8cx *chip, uint16_t index, const uint8_t *image, size_t n)
{
	uint8_t wire[4 + DCI_BLOCK_MAX + DCI_FOOTER];

	assert(n % 4 == 0 && n <= DCI_BLOCK_MAX);
	bytes_put_be32(wire, dci_header(index, (unsigned)n, 0));
	words_swap(wire + 4, image, n);
	bytes_put_be32(wire + 4 + n, DCI_END);
	return vl53l8cx_dci_command(chip, DCI_SET, wire, 4 + n + DCI_FOOTER);
}

int vl53l8cx_dci_replace(struct vl53l8cx *chip, uint16_t index, size_t n, size_t offset, const uint8_t *bytes, size_t k)
{
	uint8_t image[DCI_BLOCK_MAX];
	int r;

	assert(offset + k <= n && n <= sizeof(image));
	r = vl53l8cx_dci_get(chip, index, image, n);
	if (r < 0)
		return r;
	memcpy(image + offset, bytes, k);
	return vl53l8cx_dci_set(chip, index, image, n);
}
