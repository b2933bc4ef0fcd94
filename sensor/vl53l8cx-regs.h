/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vl53l8cx-regs.h - names of the VL53L8CX's registers and of the data its firmware keeps.
 *
 * A register is a byte at a 16-bit index in one of the pages. A DCI index is a byte address in the firmware's own
 * 64 KiB of data, reached by commands only; the number behind it is the bytes there. REG names with a trailing
 * hexadecimal number are registers whose meaning ST does not tell.
 *
 * Facts: host protocol notes from ST's Ultra Lite Driver 1.3.0 .. 2.1.0; status bits as named in ST's kernel driver.
 */
#ifndef SENSOR_VL53L8CX_REGS_H
#define SENSOR_VL53L8CX_REGS_H

enum vl53l8cx_page {
	PAGE_HARDWARE = 0x00,
	PAGE_MCU = 0x01,
	PAGE_FIRMWARE = 0x02, /* rest state: results and commands */
	PAGE_RAM = 0x09,      /* 0x09, 0x0a, 0x0b */
	PAGE_BYTES = 0x8000,
};

enum vl53l8cx_reg {
	REG_PAGE = 0x7fff, /* in every page */

	/* page 0 */
	REG_DEVICE_ID = 0x0000,
	REG_REVISION_ID = 0x0001,
	REG_I2C_ADDRESS = 0x0004, /* 7 bit */
	REG_GO2_STATUS_0 = 0x0006,
	REG_GO2_STATUS_1 = 0x0007,
	REG_XSHUT = 0x0009,
	REG_RESET = 0x000a,
	REG_MCU_RUN = 0x000b,
	REG_HOST_ACCESS = 0x000c,
	REG_000E = 0x000e,
	REG_REGULATORS = 0x000f,
	REG_STOP_KEY = 0x0015, /* 0x16, then STOP_REQUEST = 1 */
	REG_STOP_REQUEST = 0x0014,
	REG_0101 = 0x0101,
	REG_0102 = 0x0102,
	REG_0103 = 0x0103,
	REG_010A = 0x010a,
	REG_MCU_BOOT_ADDRESS = 0x0114, /* 4 bytes, little-endian */
	REG_0219 = 0x0219,
	REG_021A = 0x021a,
	REG_021B = 0x021b,
	REG_4002 = 0x4002,
	REG_400F = 0x400f,

	/* page 1 */
	REG_RAM_GATE = 0x0006,	 /* 1 = open, 3 = close */
	REG_RAM_STATUS = 0x0021, /* 4 = open */

	/* page 2 */
	REG_RESULT = 0x0000,
	REG_COMMAND_STATUS = 0x2c00, /* id, state, u16 size of the reply */
	REG_REPLY = 0x2c04,
	REG_CHECKSUM = 0x2ffc,	  /* before the first command only */
	REG_COMMAND_END = 0x3000, /* a command ends right before */
};

enum vl53l8cx_go2_status_0 {
	GO2_0_MCU_BOOTED = 0x01,
	GO2_0_DATA_PRESENT = 0x10,
	GO2_0_TRAP = 0x80, /* also after a requested stop */
};

enum vl53l8cx_go2_status_1 {
	GO2_1_AVDD_OK = 0x01,
	GO2_1_LASER_WATCHDOG_OK = 0x04,
	GO2_1_PUMP_COLLAPSE = 0x10, /* too much ambient light */
};

enum {
	XSHUT_SLEEP = 0x02,
	XSHUT_AWAKE = 0x04,
	XSHUT_RANGING = 0x05, /* awake, and INT works */
	REGULATORS_ON = 0x40,
	REGULATORS_OFF = 0x43,
	RAM_OPEN = 0x04,
	STOP_KEY = 0x16,
	FIRMWARE_STATE_RANGING = 5,
};

enum vl53l8cx_dci {
	DCI_MAP_VERSION = 0x5400,     /* 4 */
	DCI_RANGE_DATA = 0x5440,      /* 12: u16 packet size at 8 */
	DCI_ZONE_GRID = 0x5450,	      /* 8 */
	DCI_RATE = 0x5458,	      /* 4: u8 Hz at 1 */
	DCI_INTEGRATION = 0x545c,     /* 20: u32 us at 0 */
	DCI_XTALK_TARGET = 0x5470,    /* 8: u16 mm x 4, u16 % x 16, u8 samples */
	DCI_TARGETS = 0x5478,	      /* 16: u8 at 12 */
	DCI_INTERRUPT = 0x5488,	      /* 20: u8 at 17 */
	DCI_METADATA = 0x54b4,	      /* 12, in results: s8 silicon degrees at 8 */
	DCI_COMMON_DATA = 0x54c0,     /* 4, in results */
	DCI_ZONES_FIRST = 0x54d0,     /* results from here to below ZONES_END: one element a zone, */
	DCI_ZONES_END = 0x5890,	      /* others: one for each target */
	DCI_OFFSET = 0x9e14,	      /* factory data of the range offset, up to 0x9fd8 */
	DCI_XTALK = 0x9fd8,	      /* crosstalk data, up to 0xa29c */
	DCI_RANGING_MODE = 0xad30,    /* 8 */
	DCI_DSS = 0xad38,	      /* 16 */
	DCI_VHV = 0xad60,	      /* 16: u32 frames at 4 */
	DCI_XTALK_MARGIN = 0xad94,    /* 16: u32 kcps x 2048 at 0 */
	DCI_ORDER = 0xae64,	      /* 4: u8 at 0 */
	DCI_SHARPENER = 0xaed8,	      /* 16: u8 at 13 */
	DCI_SYNC = 0xb5f0,	      /* 4: bit 1 of u8 at 3 */
	DCI_THRESHOLDS = 0xb6e0,      /* 8 */
	DCI_THRESHOLD_LIST = 0xb6e8,  /* 768 */
	DCI_THRESHOLD_VALID = 0xb9f0, /* 8: statuses that count as valid */
	DCI_MOTION = 0xbfac,	      /* 156 */
	DCI_MOTION_RESULT_N = 0xcc50, /* 140, several targets */
	DCI_MOTION_RESULT_1 = 0xd858, /* 140, one target */
	DCI_SINGLE_RANGE = 0xd964,    /* 4 */
	DCI_OUTPUT_CONFIG = 0xd968,   /* 8: u32 packet size, u32 words of the list + 1 */
	DCI_OUTPUT_ENABLES = 0xd970,  /* 16 */
	DCI_OUTPUT_LIST = 0xd980,     /* 4 a word */
	DCI_PIPE_CONTROL = 0xdb80,    /* 4: u8 targets, 0, 1, u8 auto-stop */
	DCI_SAFETY = 0xe0c4,	      /* 8: u8 results CRC at 5, u8 laser fault at 6 */
};

#endif
