/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault-table.c - scripts and reactions for the forty faults (see fault-table.h).
 *
 * Counters that a row does not mention are 0. Frame 40 is taken in the third second; a boot takes 1.1 s at 1 MHz.
 */
#include "tests/fault/fault-table.h"

#include <stddef.h>

#include "tests/fault/fault-checks.h"

enum {
	BOOT = 1150,  /* power-on to the first frame, or a reboot */
	SILENT = 250, /* three periods and 50 ms, then somebody looks after it */
	TIMEOUT = 2050,
};

#define ROWS(...)                                                                                                      \
	{                                                                                                              \
		__VA_ARGS__                                                                                            \
	}
#define WELL(script_, counters_, gap_ms_, ...)                                                                         \
	{                                                                                                              \
		.script = script_, .counters = counters_, .gap_ms = gap_ms_, ##__VA_ARGS__                             \
	}
#define WAITS(script_, attempt_ms_, reason_, ...)                                                                      \
	{                                                                                                              \
		.script = script_, .counters = "*", .gap_ms = attempt_ms_, .reason = reason_, .end = ENDS_WAITS,       \
		##__VA_ARGS__                                                                                          \
	}
#define BECAUSE(reason_) .reason = reason_

/* clang-format off */
const struct fault_case fault_cases[FAULTS] = {
{"1: NACK of one message", ROWS(
	WELL("at transfer 7: nack", "nacks 1 retries 1", BOOT),
	WELL("at transfer 200: nack 500", "nacks 1 retries 1", BOOT),
	WELL("at frame 40 times 1: nack", "nacks 1 retries 1", BOOT),
	WELL("at frame 40 times 1: nack 1", "nacks 1 retries 1", BOOT)), NULL},
{"2: sensor off the bus", ROWS(
	WELL("at frame 40 times 3: nack", "nacks 3 retries 3", BOOT),
	WELL("at frame 40 times 4: nack", "nacks 4 retries 3 failures 1 bus 1 lost 1 resync 1", BOOT,
	     BECAUSE("does not answer")),
	WELL("at frame 40 for 300ms: off-bus", "nacks 32 retries 24 failures 8 bus 1 unseen 6 resync 1 restart 1 reboot 1"
	     " power_cycle 1 reboots_failed 1", 300 + BOOT + 50, BECAUSE("does not answer")),
	WELL("for 5s: off-bus", "nacks 80 retries 60 failures 20 reboot 1 power_cycle 4 reboots_failed 4", 9000 + BOOT + 100,
	     BECAUSE("does not answer")),
	WELL("at frame 40 for 20s: off-bus", "nacks 112 retries 84 failures 28 bus 1 unseen * resync 1 restart 1 reboot 1"
	     " power_cycle 6 reboots_failed 6", 50000 + BOOT, BECAUSE("does not answer")),
	WAITS("always: off-bus", 300, "does not answer"),
	WAITS("always: off-bus", 200, "does not answer", .variant = VARIANT_NO_LPN)), NULL},
{"3: bus stuck", ROWS(
	WELL("at frame 40 for 20ms: bus-stuck", "timeouts 3 retries 3", BOOT),
	WELL("at frame 40 for 5s: bus-stuck", "timeouts 80 retries 60 failures 20 bus 1 unseen * resync 1 restart 1 reboot 1"
	     " power_cycle 4 reboots_failed 4", 9000 + BOOT + 100, BECAUSE("I2C bus is stuck")),
	WAITS("always: bus-stuck", 300, "I2C bus is stuck")), NULL},
{"4: arbitration lost", ROWS(
	WELL("at transfer 300: arbitration", "arbitration 1 retries 1", BOOT),
	WELL("at frame 40 times 1: arbitration", "arbitration 1 retries 1", BOOT),
	WELL("at frame 40 times 6: arbitration", "arbitration 6 retries 6", BOOT),
	WELL("with probability 0.02: arbitration", "arbitration 1-30 retries 1-30", BOOT)), NULL},
{"5: limits of the adapter", ROWS(
	WELL("always: length-limit 255", "step_downs 3", BOOT),
	WELL("always: length-limit 8192 255", "step_downs 1", BOOT),
	WELL("always: length-limit 34 31", "step_downs 13", BOOT + 100),
	WELL("always: length-invalid 130 8192", "step_downs 3", BOOT),
	WELL("always: no-combined", "step_downs 1", BOOT),
	WELL("after 2s: length-limit 64 31", "step_downs 1-13", BOOT)), NULL},
{"6: short transfers", ROWS(
	WELL("at transfer 7: short-transfer", "short 1 retries 1", BOOT),
	WELL("at frame 40 times 1: short-transfer", "short 1 retries 1", BOOT),
	WELL("at frame 40 times 1: short-read 300", "reread 1", BOOT),
	WELL("at frame 40 times 1: short-read 2", "reread 1", BOOT),
	WELL("at frame 40: short-read 16", "reread 1 torn 1 lost 1", BOOT),
	WELL("at command 4 times 1: short-read 2", "", BOOT),
	WELL("at command 1 times 1: short-read 0", "", BOOT),
	WELL("at frame 40 for 1s: short-read 2", "*", 3000, BECAUSE("trapped while ranging"))), NULL},
{"7: another chip", ROWS(
	WAITS("always: wrong-id", 300, "revision 0x02 is not a VL53L8CX"),
	WAITS("always: wrong-id 0xAB 0x0C", 300, "device id 0xab is not 0xf0"),
	WELL("for 50ms: wrong-id", "", BOOT + 60),
	WELL("for 2s: wrong-id", "power_cycle 2 reboots_failed 1", 4500 + BOOT, BECAUSE("revision 0x02"))),
	check_another_chip},
{"8: ROM boots late or never", ROWS(
	WELL("at boot 2: rom-slow 1500ms", "", 1500 + BOOT),
	WELL("at boot 2: rom-slow 2500ms", "reboot 1", TIMEOUT + 50 + BOOT, BECAUSE("ROM did not boot within 2 s")),
	WELL("at boot 2: rom-dead", "reboot 1", TIMEOUT + 50 + BOOT, BECAUSE("ROM did not boot within 2 s")),
	WAITS("at boot 2..: rom-dead", 2300, "ROM did not boot within 2 s")), NULL},
{"9: RAM access never granted", ROWS(
	WELL("at boot 2: ram-denied", "reboot 1", TIMEOUT + 50 + BOOT, BECAUSE("did not open its program RAM")),
	WAITS("always: ram-denied", 2300, "did not open its program RAM")), check_ram_denied},
{"10: firmware damaged in flight", ROWS(
	WELL("at boot 2: firmware-flip 0", "", BOOT + 900),
	WELL("at boot 2: firmware-flip 0x7FFF", "", BOOT + 900),
	WELL("at boot 2: firmware-flip 0x14FFF", "", BOOT + 900),
	WELL("at boot 2: firmware-flip 100; at boot 3: firmware-flip 40001", "reboot 1", BOOT + 1800,
	     BECAUSE("arrived damaged twice"))), check_two_uploads},
{"11: checksum of another firmware", ROWS(
	WELL("at boot 2: wrong-checksum", "", BOOT + 900),
	WAITS("always: wrong-checksum", 2000, "not the one of the file: damaged or foreign firmware"),
	WAITS("always: firmware-flip 0x7FFF", 2000, "not the one of the file: damaged or foreign firmware")), NULL},
{"12: MCU traps at boot or never boots", ROWS(
	WELL("at boot 2: mcu-trap 0xCA", "reboot 1", BOOT + 900, BECAUSE("trapped at start (GO2 status 1 = 0xca)")),
	WELL("at boot 2: mcu-dead", "reboot 1", BOOT + 1400, BECAUSE("did not start within 500 ms")),
	WAITS("always: mcu-trap", 1100, "trapped at start (GO2 status 1 = 0xc5)"),
	WAITS("always: mcu-dead", 1600, "did not start within 500 ms")), NULL},
{"13: command stuck in state 1 or 2", ROWS(
	WELL("at command 1: command-stuck 1", "reboot 1", TIMEOUT + 900 + BOOT, BECAUSE("not finished within 2 s")),
	WELL("at command 12: command-stuck 2", "reboot 1", TIMEOUT + 950 + BOOT, BECAUSE("not finished within 2 s")),
	WAITS("always: command-stuck 0", 3200, "not finished within 2 s")), NULL},
{"14: command error state", ROWS(
	WELL("at command 1: command-error", "reboot 1", 900 + BOOT, BECAUSE("refused a command (status 0x1040000)")),
	WELL("at command 12: command-error", "reboot 1", 1000 + BOOT, BECAUSE("refused a command")),
	WAITS("always: command-error", 1200, "refused a command")), NULL},
{"15: MCU error in a status", ROWS(
	WELL("at command 12: command-size", "reboot 1", 1000 + BOOT, BECAUSE("internal error (status 0xc037f00)")),
	WAITS("always: command-size", 1200, "internal error")), NULL},
{"16: stale status", ROWS(
	WELL("at command 12: command-stale 1900ms", "", 2000 + BOOT),
	WELL("at command 1..12: command-stale 1s", "", 12100 + BOOT),
	WELL("always: command-stale 50ms", "unseen *", 2000 + BOOT)), NULL},
{"17: slow command", ROWS(
	WELL("at command 1: command-slow 1900ms", "", 1900 + BOOT),
	WELL("at command 12: command-slow 1900ms", "", 1900 + BOOT),
	WELL("at command 1..30: command-slow 300ms", "", 9000 + BOOT)), NULL},
{"18: reply to another question", ROWS(
	WELL("at command 1: reply-index", "reboot 1", 900 + BOOT, BECAUSE("factory calibration could not be read")),
	WELL("at command 2.. times 1: reply-index", "reboot 1", 1000 + BOOT, BECAUSE("not what was asked for")),
	WELL("at command 2.. times 1: reply-length", "reboot 1", 1000 + BOOT, BECAUSE("not what was asked for")),
	WAITS("always: reply-length", 1200, "factory calibration could not be read")), NULL},
{"19: packet size mismatch", ROWS(
	WELL("at boot 2: packet-size 100", "reboot 1", 1050 + BOOT, BECAUSE("makes frames of 0x2a8 bytes")),
	WELL("at boot 2: packet-size 8", "", 50 + BOOT),
	WAITS("always: packet-size -12", 1300, "makes frames of")), NULL},
{"20: laser safety", ROWS({.script = NULL}), check_laser},
{"21: frozen stream count", ROWS(
	WELL("at frame 40 for 250ms: frozen", "unseen 4 resync 1", BOOT, BECAUSE("no frame for 25")),
	WELL("at frame 40 for 1s: frozen", "unseen 15 resync 1 restart 1", BOOT, BECAUSE("no frame for")),
	WELL("at frame 40 for 2s: frozen", "unseen * resync 1 restart 1 reboot 1", 2600, BECAUSE("no frame for")),
	WELL("at frame 40 for 10s: frozen", "unseen * resync 1 restart 1 reboot 1 power_cycle 3", 11000,
	     BECAUSE("no frame for"))), NULL},
{"22: stream count jumps", ROWS(
	WELL("at frame 40: stream-jump 3", "lost 3 unseen -3", BOOT),
	WELL("at frame 40: stream-jump 253", "lost 253 unseen -253", BOOT)), check_wrap},
{"23: footer id is not header id", ROWS(
	WELL("at frame 40 times 1: footer-id", "reread 1 torn 1 lost 1", BOOT),
	WELL("at frame 1..2: footer-id", "reread 2 torn 2 unseen 2", BOOT + 133),
	WELL("at frame 40..42: footer-id", "reread 3 torn 3 lost 3 resync 1", BOOT, BECAUSE("3 results in a row")),
	WELL("at frame 40..45: footer-id", "reread 6 torn 6 unseen 6 resync 1 restart 1", BOOT,
	     BECAUSE("3 results in a row"))), NULL},
{"24: torn frame", ROWS(
	WELL("at frame 40 times 1: torn", "reread 1 lost 1 spurious *", BOOT),
	WELL("at frame 40..42: torn", "reread 2 torn 1 lost 3 spurious *", BOOT)), check_tear_with_equal_ids},
{"25: results CRC wrong", ROWS({.script = NULL}), check_crc},
{"26: blocks of rubbish", ROWS(
	WELL("at frame 40: block-size", "malformed 1 lost 1", BOOT),
	WELL("at frame 40: block-size 0x54B4", "malformed 1 lost 1", BOOT),
	WELL("at frame 40: block-index", "malformed 1 lost 1", BOOT),
	WELL("at frame 40: block-index 0x54C0", "malformed 1 lost 1", BOOT),
	WELL("at frame 40: block-missing", "malformed 1 lost 1", BOOT),
	WELL("at frame 40: block-missing 0xE084", "malformed 1 lost 1", BOOT),
	WELL("at frame 40..45: block-missing", "malformed 6 unseen 6 resync 1 restart 1", BOOT,
	     BECAUSE("the last one malformed"))), NULL},
{"27: lost interrupt", ROWS(
	WELL("at frame 40: int-lost", "missed 1", BOOT),
	WELL("at frame 40..60: int-lost", "missed 3", BOOT),
	WELL("always: int-lost", "missed 3", BOOT)), NULL},
{"28: spurious edges, storm, INT stuck low", ROWS(
	WELL("after 3s: int-spurious 5", "spurious 1 stale 1", BOOT),
	WELL("at frame 40: int-stuck", "missed 1", BOOT),
	WELL("at frame 40..: int-stuck", "missed 3", BOOT),
	WELL("always: int-storm 1000", "", BOOT)), check_edges},
{"29: brown-out", ROWS(
	WELL("at frame 40: brown-out", "unseen 1 resync 1 reboot 1", SILENT + BOOT, BECAUSE("lost its firmware")),
	WELL("at frame 40: brown-out", "unseen 1 resync 1 reboot 1", SILENT + BOOT, BECAUSE("lost its firmware"),
	     .variant = VARIANT_POLL),
	WELL("at frame 40: brown-out", "unseen 1 resync 1 reboot 1", SILENT + BOOT, BECAUSE("lost its firmware"),
	     .variant = VARIANT_NO_LPN),
	WELL("at frame 1: brown-out", "unseen 1 resync 1 reboot 1", 600 + 2 * BOOT, BECAUSE("lost its firmware")),
	WELL("at transfer 300: brown-out", "reboot 1", TIMEOUT + 950 + BOOT, BECAUSE("not finished within 2 s")),
	WELL("at frame 3: brown-out; at frame 10: brown-out; at frame 40: brown-out",
	     "unseen 3 resync 2 reboot 2 power_cycle 1", SILENT + BOOT + 150, BECAUSE("lost its firmware"))),
	check_brown_out},
{"30: page register lost", ROWS(
	WELL("at frame 40: page-lost", "lost 3 spurious * resync 1", BOOT, BECAUSE("no frame for 25")),
	WELL("at frame 40: page-lost", "lost 3 resync 1", BOOT, BECAUSE("no frame for"), .variant = VARIANT_POLL),
	WELL("at command 12: page-lost", "", BOOT + 50)), NULL},
{"31: trap while ranging", ROWS(
	WELL("at frame 40: trap 0xC5", "unseen 1 reboot 1", BOOT + 50, BECAUSE("trapped while ranging (GO2 status 1 = 0xc5)")),
	WELL("at frame 40: trap 0xCA", "unseen 1 reboot 1", BOOT + 50, BECAUSE("trapped while ranging (GO2 status 1 = 0xca)")),
	WELL("at frame 40: trap-silent 0xEA", "unseen 1 reboot 1", BOOT + 100,
	     BECAUSE("trapped while ranging (GO2 status 1 = 0xea)")),
	WELL("at frame 40: trap 0xC5", "unseen 1 reboot 1", BOOT + 100, BECAUSE("trapped while ranging (GO2 status 1 = 0xc5)"),
	     .variant = VARIANT_POLL)), NULL},
{"32: charge pump collapse, AVDD lost", ROWS(
	WELL("at frame 40 for 1s: charge-pump", "warnings 1", BOOT, .warning = "too much ambient light"),
	WELL("at frame 40 for 1s: avdd-lost", "warnings 1 lost 15 spurious *", BOOT, .warning = "AVDD regulator is not ok"),
	WELL("at frame 40 for 9s: avdd-lost", "warnings 1 lost * spurious *", 9100, .warning = "AVDD regulator is not ok"),
	WELL("at frame 40 for 10500ms: avdd-lost", "warnings 1 lost * unseen * resync 1 spurious *", 10700,
	     BECAUSE("no frame for 10"), .warning = "AVDD regulator is not ok")), NULL},
{"33: stop not acknowledged", ROWS(
	WELL("at frame 40..45: footer-id; at frame 40..45: stop-dead", "reread 6 torn 6 unseen * resync 1 restart 1 reboot 1",
	     5400 + BOOT, BECAUSE("ranging did not stop")),
	WELL("at frame 40..45: footer-id; at frame 40..45: stop-wrong 0xC5",
	     "reread 6 torn 6 unseen 6 resync 1 restart 1 reboot 1", 500 + BOOT, BECAUSE("stopped with GO2 status 1 = 0xc5")),
	WELL("at frame 40..45: footer-id; at frame 40..45: stop-late 60ms", "reread 6 torn 6 unseen * resync 1 restart 1", BOOT,
	     BECAUSE("thrown away"))), NULL},
{"34: address lost", ROWS(
	WELL("at frame 40: brown-out", "nacks 48 retries 36 failures 12 bus 1 unseen 1 resync 1 restart 1 reboot 1", SILENT + BOOT + 50,
	     BECAUSE("does not answer"),
	     .variant = VARIANT_MOVED)), check_address_lost},
{"35: strange targets", ROWS(
	WELL("at frame 40..60: no-target", "", BOOT),
	WELL("at frame 40..60: negative", "", BOOT),
	WELL("at frame 40..60: status 0", "", BOOT),
	WELL("at frame 40..60: status 255", "", BOOT)), check_targets},
{"36: temperature and time stamp", ROWS(
	WELL("at frame 40..60: temperature -40", "", BOOT),
	WELL("at frame 40..60: temperature 125", "", BOOT),
	WELL("at frame 40: time-wrap", "", BOOT)), check_temperature},
{"37: slow bus", ROWS(
	WELL("at frame 40: slow-bus", "", BOOT),
	WELL("always: slow-bus", "", 9000)), check_slow_bus},
{"38: page selection ignored", ROWS(
	WELL("at command 10 times 1: page-ignored", "", BOOT + 50),
	WELL("at boot 2 times 1: page-ignored", "", BOOT + 50),
	WELL("at frame 39 times 1: page-ignored; at frame 40: page-lost", "lost * spurious * resync *", BOOT,
	     BECAUSE("no frame for"))), NULL},
{"39: two sensors at one address", ROWS(
	WAITS("always: twin", 2000, "a second sensor at this address"),
	WAITS("always: twin 0x02", 300, "revision 0x00 is not"),
	WELL("at frame 40 for 2s: twin", "*", 8000, BECAUSE("lost its firmware"))), NULL},
{"40: firmware file", ROWS({.script = NULL}), check_firmware_file},
};
