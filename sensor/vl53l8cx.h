/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vl53l8cx.h - ST's VL53L8CX 8x8 time-of-flight sensor on an I2C bus: the chip as an object.
 *
 * The chip boots from a ROM, gets 84 KiB of firmware over the bus at every power-on, and then answers commands in a
 * window of its page 2 ("DCI"). Life of a chip:
 *
 *   setup -> init -> configure -> start -> data_ready / read_frame ... -> stop
 *                ^                             |
 *                +---- reinit <- check <-------+ silence, traps, rejected frames
 *
 * Pages of 32 KiB, selected by register 0x7FFF (files in brackets):
 *
 *   00  device id, power, GO2 status     [vl53l8cx-boot.c, -power.c]
 *   01  MCU control                      [vl53l8cx-boot.c]
 *   02  0000 result window               [vl53l8cx-ranging.c, -frame.c]
 *       2C00 command status, 2C04..2FFF command and reply; the write to 2FFF starts a command [vl53l8cx-dci.c]
 *   09, 0A, 0B  MCU program RAM          [vl53l8cx-boot.c]
 *
 * Every call blocks (on the bus and on the chip's clock) and returns 0 or a negative errno; chip->error then says
 * which of the causes of vl53l8cx-error.h it was and chip->error_value carries the register behind it. One thread
 * owns a chip.
 *
 * Units: in the names; a frame's are in sensor/frame.h. Facts: ST UM3109 rev 12, ST's Ultra Lite Driver as seen on
 * the wire (host protocol notes), Linux i2c-dev.
 */
#ifndef SENSOR_VL53L8CX_H
#define SENSOR_VL53L8CX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/clock.h"
#include "sensor/firmware.h"
#include "sensor/frame.h"
#include "sensor/i2c.h"
#include "sensor/vl53l8cx-error.h"
#include "sensor/vl53l8cx-frame.h"

enum {
	VL53L8CX_ADDRESS = 0x29, /* 7 bit, after power-on */
	VL53L8CX_ID = 0xf0,
	VL53L8CX_REVISION = 0x0c,    /* of the VL53L8CX; 0x02 is a VL53L5CX or VL53L7CX */
	VL53L8CX_STREAM_NONE = 255,  /* never the stream count of a valid result */
	VL53L8CX_OFFSET_BYTES = 488, /* the NVM reply in wire order */
	VL53L8CX_RATE_4X4_MAX_HZ = 60,
	VL53L8CX_RATE_8X8_MAX_HZ = 15,
};

enum vl53l8cx_order { VL53L8CX_ORDER_CLOSEST = 1, VL53L8CX_ORDER_STRONGEST = 2 };

enum vl53l8cx_power {
	VL53L8CX_POWER_AWAKE,
	VL53L8CX_POWER_SLEEP,	   /* keeps firmware and settings */
	VL53L8CX_POWER_DEEP_SLEEP, /* loses both: waking runs init and configure again */
};

/* All that can be set before ranging. */
struct vl53l8cx_settings {
	uint8_t resolution;	    /* 4 or 8 zones a side */
	uint8_t rate_hz;	    /* 1..60 at 4x4, 1..15 at 8x8 */
	uint16_t integration_ms;    /* 2..1000, counts in autonomous mode only */
	bool continuous;	    /* false = autonomous */
	uint8_t sharpener_percent;  /* 0..99 */
	uint8_t order;		    /* enum vl53l8cx_order */
	uint16_t xtalk_margin_kcps; /* 0..10000, per SPAD */
	uint32_t vhv_repeat;	    /* frames between temperature compensations, 0 = off */
	bool external_sync;	    /* autonomous mode only */
	bool results_crc;	    /* firmware with trailer 32 only */
	uint8_t targets;	    /* 1..4 in each zone */
	uint16_t outputs;	    /* VL53L8CX_OUTPUT_*, must include VL53L8CX_OUTPUTS_NEEDED */
};

/* 8x8, 10 Hz, 10 ms, autonomous, sharpener 5 %, closest, margin 50, 1 target, needed outputs: hand posture. */
void vl53l8cx_settings_default(struct vl53l8cx_settings *ret_settings);

/* NULL when all values are allowed together, else one sentence: which is not, what is allowed. */
const char *vl53l8cx_settings_check(const struct vl53l8cx_settings *settings);

/* Time between two frames: 1 / rate, or what the integration makes of it in autonomous mode when that is longer. */
uint32_t vl53l8cx_settings_period_us(const struct vl53l8cx_settings *settings);

/* How the chip's results look with these settings. */
struct vl53l8cx_layout vl53l8cx_settings_layout(const struct vl53l8cx_settings *settings, uint16_t trailer);

struct vl53l8cx {
	struct i2c_device i2c;		 /* address, counters, clock */
	const struct firmware *firmware; /* borrowed */
	uint16_t trailer;		 /* of this firmware's frames: 24 or 32 */
	uint8_t id, revision;		 /* as last read by identify */

	enum vl53l8cx_error error; /* cause of the last call that failed */
	uint32_t error_value;	   /* the register, status or size behind it */

	int16_t page;	     /* selected now, -1 = not known: sent before the next access */
	uint8_t transaction; /* id of the last command, 1..255 */
	bool booted;	     /* firmware is up and has its default configuration */
	bool ranging;
	bool auto_stop; /* detection thresholds stop the ranging */

	struct vl53l8cx_settings wanted; /* of the last configure: what reinit restores */
	bool wanted_ranging;		 /* between start and stop */
	struct vl53l8cx_settings now;	 /* what the chip has; with a resolution of 0 only targets is known */
	uint8_t offset[VL53L8CX_OFFSET_BYTES];
	uint8_t xtalk[FIRMWARE_XTALK_BYTES];
	bool xtalk_own; /* calibrated or restored; otherwise init takes the firmware's default */

	struct vl53l8cx_layout layout; /* of the results since start */
	uint8_t head[4];	       /* stream, firmware state, GO2_STATUS_1, GO2_STATUS_0: newest seen */
	uint8_t stream;		       /* of the result read last, good or not */
	uint8_t stream_good;	       /* of the last good frame */
	uint64_t torn_again;	       /* torn results that were read a second time */
	_Alignas(4) uint8_t raw[VL53L8CX_FRAME_BYTES_MAX]; /* the result read last, layout bytes */
};

/* adapter, clock and firmware are borrowed; firmware may be NULL for identify alone. Touches no bus. */
void vl53l8cx_setup(struct vl53l8cx *chip, struct i2c_adapter *adapter, struct clock *clock, uint16_t address,
		    const struct firmware *firmware);

/*
 * Looks whether a VL53L8CX is there, for up to 100 ms (right after power-on it may be silent or talk nonsense).
 * Errors: ERROR_BUS (nothing answers), ERROR_WRONG_ID, ERROR_WRONG_REVISION. Harmless at any time.
 */
int vl53l8cx_identify(struct vl53l8cx *chip);

/*
 * From any state to booted, idle and in default configuration: identify, software reset, firmware download (a second
 * one when the checksum is wrong), MCU start, offset data, crosstalk data, default configuration for so many targets.
 * About 1 s at 1 MHz and 2.2 s at 400 kHz. A chip configured for another address than 0x29 that is found at 0x29
 * (it lost power) is moved first.
 */
int vl53l8cx_init(struct vl53l8cx *chip, uint8_t targets);

/*
 * Sends what differs from what the chip has. While ranging: stops, sends, starts again.
 * Errors: EINVAL / ERROR_SETTING (vl53l8cx_settings_check has the sentence; nothing was sent), or those of a command.
 */
int vl53l8cx_configure(struct vl53l8cx *chip, const struct vl53l8cx_settings *settings);

/* Starts ranging. Errors: ERROR_PACKET_SIZE, ERROR_LASER_SAFETY (stopped again; a restart does not help), command. */
int vl53l8cx_start(struct vl53l8cx *chip);

/* Reads 4 bytes. 1: a new result waits; 0: not yet; negative: bus, or ERROR_TRAP. */
int vl53l8cx_data_ready(struct vl53l8cx *chip);

/*
 * Reads one result (one transaction) and judges readiness, integrity and content from it, so after an INT edge this
 * is all the traffic there is. A torn result is read once more.
 * Returns 1: ret_frame is filled (t_ns = time of the read, lost from the stream counts; seq, wall_us and label are the
 * caller's); 0: no frame, ret_verdict says why (NOT_READY, STALE, TORN, MALFORMED, CRC); negative: bus, or ERROR_TRAP.
 * ret_verdict is set whenever the result is not negative.
 */
int vl53l8cx_read_frame(struct vl53l8cx *chip, struct frame *ret_frame, enum vl53l8cx_verdict *ret_verdict);

/* What a chip that keeps silent is found to be. */
enum vl53l8cx_condition {
	VL53L8CX_CONDITION_RANGING,   /* page 2 selected, firmware active: nothing wrong to be seen */
	VL53L8CX_CONDITION_PAGE_LOST, /* the page was another one; set right, the firmware goes on ranging */
	VL53L8CX_CONDITION_IDLE,      /* firmware alive but not ranging: start again */
	VL53L8CX_CONDITION_TRAPPED,   /* MCU trap, head[2] has the value: reinit */
	VL53L8CX_CONDITION_RESET,     /* firmware gone (brown-out): reinit */
};

/*
 * Reads the page register, the result head and the GO2 status; for use after 3 periods of silence.
 * 0 with ret_condition, or a negative errno when the chip does not answer (reinit, power cycle).
 */
int vl53l8cx_check(struct vl53l8cx *chip, enum vl53l8cx_condition *ret_condition);

/* Stops ranging; the measurement in progress is finished first. Errors: ERROR_STOP_TIMEOUT, ERROR_STOP_STATUS. */
int vl53l8cx_stop(struct vl53l8cx *chip);

/* init + configure(wanted) + start when it is between start and stop. Thresholds and motion indicator must be set again. */
int vl53l8cx_reinit(struct vl53l8cx *chip);

/* Only while not ranging (ERROR_STATE). Waking from deep sleep runs init and configure. */
int vl53l8cx_power_get(struct vl53l8cx *chip, enum vl53l8cx_power *ret_power);
int vl53l8cx_power_set(struct vl53l8cx *chip, enum vl53l8cx_power power);

/* Reads the settings back from the chip, for tests and doctors; targets and outputs are the driver's own. */
int vl53l8cx_settings_read(struct vl53l8cx *chip, struct vl53l8cx_settings *ret_settings);

#endif
