/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vl53l8cx-ranging.c - start, readiness, results, stop, and the look at a chip that keeps silent.
 *
 * Start tells the firmware which blocks a result has (output list at D980, 128 words, and a mask of enabled ones), how
 * long it is (D968), and compares with the length the firmware computed (5440). The two highest enable bits switch
 * on the end marks that the firmware itself keeps in the last two words of the list.
 *
 * Facts: host protocol notes; times from the proposals there.
 */
#include <string.h>

#include "sensor/vl53l8cx-internal.h"

enum {
	ENABLE_END_MARKS = 0xc0000000,
	PACKET_SIZE_OFFSET = 8, /* of DCI_RANGE_DATA, u16 */
	LASER_FAULT_OFFSET = 6, /* of DCI_SAFETY */
	STOP_MS = 5000,
	AUTO_STOPPED = 0xff040000, /* the word at the end of the command window after a stop by a threshold */
	STOPPED_CLEANLY = 0x84,	   /* GO2 status 1, bit 0 either way */
	US_PER_MS = 1000,
	NS_PER_US = 1000,
	STREAM_COUNTS = 255, /* 0..254 */
};

enum { HEAD_STREAM, HEAD_FIRMWARE_STATE, HEAD_STATUS_1, HEAD_STATUS_0 };

int vl53l8cx_send_outputs(struct vl53l8cx *chip, const uint32_t *words, size_t n, uint32_t enables, uint32_t bytes)
{
	uint8_t list[4 * 32], config[8], enabled[16] = {0};
	int r;

	for (size_t i = 0; i < n; i++)
		bytes_put_le32(list + 4 * i, words[i]);
	bytes_put_le32(config, bytes);
	bytes_put_le32(config + 4, (uint32_t)n + 1);
	bytes_put_le32(enabled, enables);
	bytes_put_le32(enabled + 12, ENABLE_END_MARKS);
	r = vl53l8cx_dci_set(chip, DCI_OUTPUT_LIST, list, 4 * n);
	if (r == 0)
		r = vl53l8cx_dci_set(chip, DCI_OUTPUT_CONFIG, config, sizeof(config));
	if (r == 0)
		r = vl53l8cx_dci_set(chip, DCI_OUTPUT_ENABLES, enabled, sizeof(enabled));
	return r;
}

/* Starts with the layout as it is. ret_bytes: how long the firmware says its results are. */
static int start(struct vl53l8cx *chip, uint16_t *ret_bytes)
{
	uint32_t words[VL53L8CX_OUTPUT_WORDS];
	uint8_t command[4], range_data[12];
	int r;

	chip->stream = VL53L8CX_STREAM_NONE;
	chip->stream_good = VL53L8CX_STREAM_NONE;
	vl53l8cx_layout_list(&chip->layout, words);
	r = vl53l8cx_send_outputs(chip, words, VL53L8CX_OUTPUT_WORDS, VL53L8CX_OUTPUT_ALWAYS | chip->layout.outputs,
				  vl53l8cx_layout_bytes(&chip->layout));
	if (r == 0)
		r = vl53l8cx_write_reg(chip, PAGE_HARDWARE, REG_XSHUT, XSHUT_RANGING);
	if (r == 0)
		r = vl53l8cx_dci_command(chip, DCI_START, command, sizeof(command));
	if (r < 0)
		return r;
	chip->ranging = true;
	r = vl53l8cx_dci_get(chip, DCI_RANGE_DATA, range_data, sizeof(range_data));
	if (r == 0)
		*ret_bytes = (uint16_t)(range_data[PACKET_SIZE_OFFSET] | range_data[PACKET_SIZE_OFFSET + 1] << 8);
	return r;
}

static int check_laser(struct vl53l8cx *chip)
{
	uint8_t safety[8];
	int r = vl53l8cx_dci_get(chip, DCI_SAFETY, safety, sizeof(safety));

	if (r < 0 || safety[LASER_FAULT_OFFSET] == 0)
		return r;
	vl53l8cx_stop(chip); /* for good: reinit must not start it again */
	return vl53l8cx_fail(chip, VL53L8CX_ERROR_LASER_SAFETY, safety[LASER_FAULT_OFFSET]);
}

/* An unknown firmware image may have the other trailer: when the size it reports says so, that is tried once. */
static int start_other_trailer(struct vl53l8cx *chip, uint16_t *bytes)
{
	struct vl53l8cx_layout other = chip->layout;
	int r;

	other.trailer = other.trailer == VL53L8CX_TRAILER_MM18 ? VL53L8CX_TRAILER_MM1801 : VL53L8CX_TRAILER_MM18;
	if (*bytes != vl53l8cx_layout_bytes(&other) || other.crc)
		return 0;
	r = vl53l8cx_halt(chip);
	if (r < 0)
		return r;
	chip->layout = other;
	r = start(chip, bytes);
	if (r == 0 && *bytes == vl53l8cx_layout_bytes(&other))
		chip->trailer = other.trailer;
	return r;
}

int vl53l8cx_start(struct vl53l8cx *chip)
{
	uint16_t bytes;
	int r = vl53l8cx_require_idle(chip);

	if (r == 0 && chip->now.resolution == 0)
		r = vl53l8cx_fail(chip, VL53L8CX_ERROR_STATE, 0);
	if (r < 0)
		return r;
	chip->wanted_ranging = true;
	chip->layout = vl53l8cx_settings_layout(&chip->now, chip->trailer);
	r = start(chip, &bytes);
	if (r == 0 && bytes != vl53l8cx_layout_bytes(&chip->layout))
		r = start_other_trailer(chip, &bytes);
	if (r == 0 && bytes != vl53l8cx_layout_bytes(&chip->layout)) {
		vl53l8cx_halt(chip);
		r = vl53l8cx_fail(chip, VL53L8CX_ERROR_PACKET_SIZE, bytes);
	}
	return r < 0 ? r : check_laser(chip);
}

/* --- results ----------------------------------------------------------------------------------------------------- */

/* A disturbed read can look like a trap, whose cure is a reboot: so it has to be there when one looks again. */
static int confirm_trap(struct vl53l8cx *chip, enum vl53l8cx_verdict *ret_verdict)
{
	int r = vl53l8cx_read(chip, PAGE_FIRMWARE, REG_RESULT, chip->head, sizeof(chip->head));

	if (r == 0 && chip->head[HEAD_STATUS_0] & GO2_0_TRAP)
		r = vl53l8cx_fail(chip, VL53L8CX_ERROR_TRAP, chip->head[HEAD_STATUS_1]);
	*ret_verdict = VL53L8CX_VERDICT_TORN;
	return r;
}

/* Judges the first four bytes of the window. Negative for a trap, which is looked for before anything else. */
static int judge_head(struct vl53l8cx *chip, enum vl53l8cx_verdict *ret_verdict)
{
	enum { OK_BITS = GO2_1_AVDD_OK | GO2_1_LASER_WATCHDOG_OK };
	const uint8_t *head = chip->head;
	const bool trap = head[HEAD_STATUS_0] & GO2_0_TRAP;
	const bool stopped = chip->auto_stop && (head[HEAD_STATUS_1] & 0xfe) == STOPPED_CLEANLY;

	if (trap && !stopped)
		return confirm_trap(chip, ret_verdict);
	if (head[HEAD_STREAM] == VL53L8CX_STREAM_NONE || head[HEAD_FIRMWARE_STATE] != FIRMWARE_STATE_RANGING ||
	    (head[HEAD_STATUS_1] & OK_BITS) != OK_BITS || !(head[HEAD_STATUS_0] & GO2_0_DATA_PRESENT))
		*ret_verdict = VL53L8CX_VERDICT_NOT_READY;
	else if (head[HEAD_STREAM] == chip->stream)
		*ret_verdict = VL53L8CX_VERDICT_STALE;
	else
		*ret_verdict = VL53L8CX_VERDICT_GOOD;
	return 0;
}

int vl53l8cx_data_ready(struct vl53l8cx *chip)
{
	enum vl53l8cx_verdict verdict;
	int r;

	if (!chip->ranging)
		return vl53l8cx_fail(chip, VL53L8CX_ERROR_STATE, 0);
	r = vl53l8cx_read(chip, PAGE_FIRMWARE, REG_RESULT, chip->head, sizeof(chip->head));
	if (r == 0)
		r = judge_head(chip, &verdict);
	return r < 0 ? r : verdict == VL53L8CX_VERDICT_GOOD;
}

static int read_result(struct vl53l8cx *chip, struct frame *ret_frame, enum vl53l8cx_verdict *ret_verdict)
{
	const uint16_t n = vl53l8cx_layout_bytes(&chip->layout);
	enum vl53l8cx_verdict verdict;
	int r = vl53l8cx_read(chip, PAGE_FIRMWARE, REG_RESULT, chip->raw, n);

	if (r < 0)
		return r;
	memcpy(chip->head, chip->raw, sizeof(chip->head));
	r = judge_head(chip, &verdict);
	if (r < 0)
		return r;
	if (verdict == VL53L8CX_VERDICT_GOOD)
		verdict = vl53l8cx_frame_parse(&chip->layout, chip->raw, n, ret_frame);
	*ret_verdict = verdict;
	return 0;
}

int vl53l8cx_read_frame(struct vl53l8cx *chip, struct frame *ret_frame, enum vl53l8cx_verdict *ret_verdict)
{
	uint64_t t_ns = clock_now_ns(chip->i2c.clock);
	enum vl53l8cx_verdict verdict;
	int r;

	if (!chip->ranging)
		return vl53l8cx_fail(chip, VL53L8CX_ERROR_STATE, 0);
	r = read_result(chip, ret_frame, &verdict);
	if (r == 0 && verdict == VL53L8CX_VERDICT_TORN) {
		chip->torn_again++;
		t_ns = clock_now_ns(chip->i2c.clock);
		r = read_result(chip, ret_frame, &verdict);
	}
	if (r < 0)
		return r;
	*ret_verdict = verdict;
	if (verdict == VL53L8CX_VERDICT_NOT_READY || verdict == VL53L8CX_VERDICT_STALE)
		return 0;
	chip->stream = chip->head[HEAD_STREAM];
	if (verdict != VL53L8CX_VERDICT_GOOD)
		return 0;
	if (chip->stream_good != VL53L8CX_STREAM_NONE)
		ret_frame->lost = (uint32_t)(chip->stream + STREAM_COUNTS - chip->stream_good - 1) % STREAM_COUNTS;
	chip->stream_good = chip->stream;
	ret_frame->t_ns = t_ns;
	return 1;
}

/* --- stop -------------------------------------------------------------------------------------------------------- */

/* Asks the MCU to stop and waits for it. */
static int stop_mcu(struct vl53l8cx *chip)
{
	static const struct vl53l8cx_step request[] = {{REG_STOP_KEY, STOP_KEY}, {REG_STOP_REQUEST, 0x01}};
	const uint32_t two_periods_ms = 2 * vl53l8cx_settings_period_us(&chip->now) / US_PER_MS;
	const struct vl53l8cx_poll stopped = {
		.page = PAGE_HARDWARE,
		.index = REG_GO2_STATUS_0,
		.mask = GO2_0_TRAP,
		.value = GO2_0_TRAP,
		.limit_ms = two_periods_ms > STOP_MS ? two_periods_ms : STOP_MS,
		.error = VL53L8CX_ERROR_STOP_TIMEOUT,
	};
	uint8_t status;
	int r = vl53l8cx_write_steps(chip, PAGE_HARDWARE, request, 2);

	if (r == 0)
		r = vl53l8cx_poll(chip, &stopped);
	if (r == 0)
		r = vl53l8cx_read_reg(chip, PAGE_HARDWARE, REG_GO2_STATUS_1, &status);
	if (r == 0 && (status & 0xfe) != STOPPED_CLEANLY)
		r = vl53l8cx_fail(chip, VL53L8CX_ERROR_STOP_STATUS, status);
	return r;
}

/* Whether a threshold stopped the ranging. ST's driver assumes it whenever auto-stop is on, and leaves the chip ranging. */
static bool stopped_itself(struct vl53l8cx *chip)
{
	uint8_t wire[4];

	return chip->auto_stop && vl53l8cx_read(chip, PAGE_FIRMWARE, REG_COMMAND_END - 4, wire, sizeof(wire)) == 0 &&
	       bytes_get_be32(wire) == AUTO_STOPPED;
}

int vl53l8cx_halt(struct vl53l8cx *chip)
{
	static const struct vl53l8cx_step release[] = {
		{REG_STOP_REQUEST, 0x00}, {REG_STOP_KEY, 0x00}, {REG_XSHUT, XSHUT_AWAKE}};
	const int stopped = stopped_itself(chip) ? 0 : stop_mcu(chip);
	const enum vl53l8cx_error error = chip->error;
	const uint32_t value = chip->error_value;
	int released;

	/* Even after a failure: the request must not stay set, or the next start finds it. */
	released = vl53l8cx_write_steps(chip, PAGE_HARDWARE, release, 3);
	if (released == 0)
		released = vl53l8cx_select(chip, PAGE_FIRMWARE);
	chip->ranging = false;
	if (stopped == 0)
		return released;
	chip->booted = false; /* only init makes the chip certain again */
	chip->error = error;
	chip->error_value = value;
	return stopped;
}

int vl53l8cx_stop(struct vl53l8cx *chip)
{
	chip->wanted_ranging = false;
	return chip->ranging ? vl53l8cx_halt(chip) : 0;
}

/* --- silence ----------------------------------------------------------------------------------------------------- */

int vl53l8cx_check(struct vl53l8cx *chip, enum vl53l8cx_condition *ret_condition)
{
	uint8_t page, status_0, trap_value;
	int r;

	/* Not through vl53l8cx_read(), which would set the page right before it is seen. */
	r = i2c_read(&chip->i2c, REG_PAGE, &page, 1);
	if (r < 0) {
		vl53l8cx_forget_page(chip);
		return vl53l8cx_fail(chip, VL53L8CX_ERROR_BUS, (uint32_t)-r);
	}
	if (page != PAGE_FIRMWARE)
		vl53l8cx_forget_page(chip);
	r = vl53l8cx_read(chip, PAGE_FIRMWARE, REG_RESULT, chip->head, sizeof(chip->head));
	if (r == 0)
		r = vl53l8cx_read_reg(chip, PAGE_HARDWARE, REG_GO2_STATUS_0, &status_0);
	if (r == 0)
		r = vl53l8cx_read_reg(chip, PAGE_HARDWARE, REG_GO2_STATUS_1, &trap_value);
	if (r == 0)
		r = vl53l8cx_select(chip, PAGE_FIRMWARE);
	if (r < 0)
		return r;
	if (status_0 & GO2_0_TRAP && !chip->auto_stop) {
		chip->head[HEAD_STATUS_1] = trap_value;
		*ret_condition = VL53L8CX_CONDITION_TRAPPED;
	} else if (!(status_0 & GO2_0_MCU_BOOTED) || chip->head[HEAD_FIRMWARE_STATE] == 0) {
		*ret_condition = VL53L8CX_CONDITION_RESET;
	} else if (chip->head[HEAD_FIRMWARE_STATE] != FIRMWARE_STATE_RANGING) {
		*ret_condition = VL53L8CX_CONDITION_IDLE;
	} else {
		*ret_condition = page == PAGE_FIRMWARE ? VL53L8CX_CONDITION_RANGING : VL53L8CX_CONDITION_PAGE_LOST;
	}
	return 0;
}
