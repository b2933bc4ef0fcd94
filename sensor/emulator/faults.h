/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faults.h - what shall go wrong on the emulated bus and in the emulated chip, and when.
 *
 * A script is a text of lines (or of parts divided by ';'); '#' starts a comment:
 *
 *   line      = [when ...] ":" fault [argument ...]     no "when": always
 *   when      = "always"
 *             | "sensor" K                      only that sensor of the bus, 0 is the first
 *             | "at" counter N                  while the counter is N; counters start with 1 and keep running
 *             | "at" counter N..[M]             a range, open at the end without M
 *             | "after" TIME                    so long after the emulator was made
 *             | "for" TIME                      ends so long after the other conditions were first met
 *             | "with probability" P            0..1; each opportunity throws a die of its own (seeded)
 *             | "once" | "times" N              at most so many hits
 *   counter   = "transfer"  START .. STOP on the bus; a message of emulator_write() or _read() is one, too
 *             | "frame"     frames made; a frame's number is in force until the next one is made
 *             | "command"   DCI commands taken by the firmware
 *             | "boot"      ROM boots; power-on is 1, so the first software reset of a driver is 2
 *   TIME      = number with unit us, ms or s; a space may stand before the unit
 *
 * All conditions of a line must hold together. Examples:
 *
 *   at frame 12: torn
 *   at transfer 40..44: nack
 *   after 2s for 300ms: bus-stuck
 *   at boot 2: firmware-flip 4711
 *   with probability 0.01 times 5: footer-id
 *
 * Names, arguments and effects are in the table of faults.c; faults_describe() prints it. The numbers are those of
 * the fault table of the host protocol notes, 1 to 40; number 40 (a bad firmware file) has nothing to do with the
 * bus and can't be armed here.
 *
 * Hits are deterministic: the same script, seed and traffic give the same faults.
 */
#ifndef SENSOR_EMULATOR_FAULTS_H
#define SENSOR_EMULATOR_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FAULTS_MAX = 64,	   /* lines in a script */
	FAULTS_SCRIPT_MAX = 16384, /* bytes */
	FAULTS_REASON = 192,
	FAULTS_ARGUMENTS = 2,
};

enum fault_kind {
	/* on the bus */
	FAULT_NACK,
	FAULT_OFF_BUS,
	FAULT_BUS_STUCK,
	FAULT_ARBITRATION,
	FAULT_LENGTH_LIMIT,
	FAULT_LENGTH_INVALID,
	FAULT_NO_COMBINED,
	FAULT_SHORT_TRANSFER,
	FAULT_SHORT_READ,
	/* identity, boot, download */
	FAULT_WRONG_ID,
	FAULT_ROM_DEAD,
	FAULT_ROM_SLOW,
	FAULT_RAM_DENIED,
	FAULT_FIRMWARE_FLIP,
	FAULT_WRONG_CHECKSUM,
	FAULT_MCU_DEAD,
	FAULT_MCU_TRAP,
	/* commands */
	FAULT_COMMAND_STUCK,
	FAULT_COMMAND_ERROR,
	FAULT_COMMAND_SIZE,
	FAULT_COMMAND_STALE,
	FAULT_COMMAND_SLOW,
	FAULT_REPLY_INDEX,
	FAULT_REPLY_LENGTH,
	FAULT_PACKET_SIZE,
	FAULT_LASER,
	/* frames */
	FAULT_FROZEN,
	FAULT_STREAM_JUMP,
	FAULT_FOOTER_ID,
	FAULT_TORN,
	FAULT_TORN_SAME_ID,
	FAULT_CRC,
	FAULT_BLOCK_SIZE,
	FAULT_BLOCK_INDEX,
	FAULT_BLOCK_MISSING,
	/* interrupt */
	FAULT_INT_LOST,
	FAULT_INT_SPURIOUS,
	FAULT_INT_STORM,
	FAULT_INT_STUCK,
	/* state lost or wrong */
	FAULT_BROWN_OUT,
	FAULT_PAGE_LOST,
	FAULT_TRAP,
	FAULT_TRAP_SILENT,
	FAULT_CHARGE_PUMP,
	FAULT_AVDD_LOST,
	FAULT_STOP_DEAD,
	FAULT_STOP_WRONG,
	FAULT_STOP_LATE,
	FAULT_ADDRESS_LOST,
	/* strange data */
	FAULT_NO_TARGET,
	FAULT_NEGATIVE,
	FAULT_STATUS,
	FAULT_TEMPERATURE,
	FAULT_TIME_WRAP,
	/* surroundings */
	FAULT_SLOW_BUS,
	FAULT_PAGE_IGNORED,
	FAULT_TWIN,
	FAULT_FIRMWARE_FILE,
	FAULT_KINDS,
};

/* A line that hit: its arguments, or the table's defaults. Times are in microseconds. */
struct fault_hit {
	int64_t arguments[FAULTS_ARGUMENTS];
};

/* What the conditions are measured against; whoever owns the bus keeps it up to date. */
struct faults_moment {
	uint64_t now_ns; /* since the emulator was made */
	uint64_t transfer, frame, command, boot;
	unsigned sensor;
};

struct faults {
	struct faults_moment moment;
	struct fault_line *lines;
	unsigned n;
	uint64_t kinds; /* bit per kind that the script has: a clean run costs one test */
	uint64_t random;
};

/*
 * Reads a script; NULL or "" = no faults. Errors: EINVAL (ret_reason, FAULTS_REASON bytes or NULL, says
 * "line N: what, what is allowed"), E2BIG, ENOMEM.
 */
int faults_init(struct faults *ret_faults, const char *script, uint64_t seed, char *ret_reason);
void faults_clear(struct faults *faults);

/* The first line of this kind that holds now, counted as a hit; NULL for none. Valid until faults_clear(). */
const struct fault_hit *faults_hit(struct faults *faults, enum fault_kind kind);

/* The next moment (since the emulator was made) at which a line's time begins; UINT64_MAX for none. */
uint64_t faults_next_ns(const struct faults *faults);

/* One fault's number, script name, arguments and effect; false when i is past the end. For the documentation. */
struct fault_description {
	unsigned number;
	const char *name;
	const char *arguments[FAULTS_ARGUMENTS]; /* "" = none */
	const char *effect;
};
bool faults_describe(unsigned i, struct fault_description *ret_description);

#endif
