/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vl53l8cx.c - the chip's identity and its registers: pages, reads, writes, polls.
 *
 * A register is reached by selecting its page (one byte to 0x7FFF) and then transferring at its index. The selected
 * page is remembered, so that it is sent only when it changes; after any error or retry it is not trusted, because
 * the chip may have lost power in between.
 */
#include "sensor/vl53l8cx.h"

#include <string.h>

#include "sensor/vl53l8cx-address.h"
#include "sensor/vl53l8cx-internal.h"

enum {
	PAGE_UNKNOWN = -1,
	IDENTIFY_MS = 100, /* right after power-on the chip may be silent or talk nonsense */
	POLL_FAST_MS = 20,
	POLL_FAST_US = 1000,
	POLL_SLOW_US = 10000,
	NS_PER_MS = 1000000,
};

void vl53l8cx_setup(struct vl53l8cx *chip, struct i2c_adapter *adapter, struct clock *clock, uint16_t address,
		    const struct firmware *firmware)
{
	memset(chip, 0, sizeof(*chip));
	i2c_device_init(&chip->i2c, adapter, clock, address);
	chip->firmware = firmware;
	chip->trailer = firmware ? firmware->trailer : VL53L8CX_TRAILER_MM18;
	chip->page = PAGE_UNKNOWN;
	chip->stream = VL53L8CX_STREAM_NONE;
	chip->stream_good = VL53L8CX_STREAM_NONE;
	vl53l8cx_settings_default(&chip->wanted);
}

void words_swap(uint8_t *out, const uint8_t *in, size_t n)
{
	for (size_t i = 0; i < n; i += 4) {
		uint8_t word[4] = {in[i + 3], in[i + 2], in[i + 1], in[i]};

		memcpy(out + i, word, sizeof(word));
	}
}

void vl53l8cx_forget_page(struct vl53l8cx *chip)
{
	chip->page = PAGE_UNKNOWN;
}

/* The end of every transfer: r as it came from the device, retries = their count before. */
static int finish(struct vl53l8cx *chip, int r, uint64_t retries)
{
	if (r < 0 || chip->i2c.counters.retries != retries)
		vl53l8cx_forget_page(chip);
	return r < 0 ? vl53l8cx_fail(chip, VL53L8CX_ERROR_BUS, (uint32_t)-r) : 0;
}

int vl53l8cx_select(struct vl53l8cx *chip, uint8_t page)
{
	uint64_t retries = chip->i2c.counters.retries;
	int r;

	if (chip->page == page)
		return 0;
	r = i2c_write(&chip->i2c, REG_PAGE, &page, 1);
	if (r == 0)
		chip->page = page; /* a repeated page write is as good as the first */
	else
		r = finish(chip, r, retries);
	return r;
}

int vl53l8cx_read(struct vl53l8cx *chip, uint8_t page, uint16_t index, uint8_t *data, size_t n)
{
	int r = vl53l8cx_select(chip, page);
	uint64_t retries = chip->i2c.counters.retries;

	return r < 0 ? r : finish(chip, i2c_read(&chip->i2c, index, data, n), retries);
}

int vl53l8cx_write(struct vl53l8cx *chip, uint8_t page, uint16_t index, const uint8_t *data, size_t n)
{
	int r = vl53l8cx_select(chip, page);
	uint64_t retries = chip->i2c.counters.retries;

	return r < 0 ? r : finish(chip, i2c_write(&chip->i2c, index, data, n), retries);
}

int vl53l8cx_read_reg(struct vl53l8cx *chip, uint8_t page, uint16_t index, uint8_t *ret_value)
{
	return vl53l8cx_read(chip, page, index, ret_value, 1);
}

int vl53l8cx_write_reg(struct vl53l8cx *chip, uint8_t page, uint16_t index, uint8_t value)
{
	return vl53l8cx_write(chip, page, index, &value, 1);
}

int vl53l8cx_write_steps(struct vl53l8cx *chip, uint8_t page, const struct vl53l8cx_step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int r = vl53l8cx_write_reg(chip, page, steps[i].index, steps[i].value);

		if (r < 0)
			return r;
	}
	return 0;
}

bool vl53l8cx_poll_pause(struct vl53l8cx *chip, uint64_t start_ns, uint32_t limit_ms)
{
	uint64_t waited_ms = (clock_now_ns(chip->i2c.clock) - start_ns) / NS_PER_MS;

	if (waited_ms >= limit_ms)
		return false;
	clock_sleep_us(chip->i2c.clock, waited_ms < POLL_FAST_MS ? POLL_FAST_US : POLL_SLOW_US);
	return true;
}

int vl53l8cx_poll(struct vl53l8cx *chip, const struct vl53l8cx_poll *poll)
{
	uint64_t start_ns = clock_now_ns(chip->i2c.clock);
	uint8_t value = 0;
	int r;

	do {
		r = vl53l8cx_read_reg(chip, poll->page, poll->index, &value);
		if (r == 0 && (value & poll->mask) == poll->value)
			return 0;
		if (r < 0 && !poll->through_nacks)
			return r;
	} while (vl53l8cx_poll_pause(chip, start_ns, poll->limit_ms));
	return r < 0 ? r : vl53l8cx_fail(chip, poll->error, value);
}

int vl53l8cx_require_idle(struct vl53l8cx *chip)
{
	return chip->booted && !chip->ranging ? 0 : vl53l8cx_fail(chip, VL53L8CX_ERROR_STATE, 0);
}

static int read_identity(struct vl53l8cx *chip)
{
	uint8_t id[2];
	int r;

	vl53l8cx_forget_page(chip);
	r = vl53l8cx_read(chip, PAGE_HARDWARE, REG_DEVICE_ID, id, sizeof(id));
	if (r < 0)
		return r;
	chip->id = id[0];
	chip->revision = id[1];
	if (chip->id != VL53L8CX_ID)
		return vl53l8cx_fail(chip, VL53L8CX_ERROR_WRONG_ID, chip->id);
	if (chip->revision != VL53L8CX_REVISION)
		return vl53l8cx_fail(chip, VL53L8CX_ERROR_WRONG_REVISION, chip->revision);
	return vl53l8cx_select(chip, PAGE_FIRMWARE);
}

int vl53l8cx_identify(struct vl53l8cx *chip)
{
	uint64_t start_ns = clock_now_ns(chip->i2c.clock);
	int r;

	do {
		r = read_identity(chip);
	} while (r < 0 && vl53l8cx_poll_pause(chip, start_ns, IDENTIFY_MS));
	return r;
}
