/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faults.c - the table of faults, and when a script's lines hold (see faults.h; faults-script.c reads them).
 *
 * The numbers are those of the fault table of the host protocol notes.
 */
#include "sensor/emulator/faults-line.h"

#include <stdlib.h>

#define BYTE(name, def)                                                                                                \
	{                                                                                                              \
		name, false, def, 0, 255                                                                               \
	}
#define COUNT(name, def, max)                                                                                          \
	{                                                                                                              \
		name, false, def, 0, max                                                                               \
	}
#define TIME(name, def)                                                                                                \
	{                                                                                                              \
		name, true, def, 0, 3600ll * 1000000                                                                   \
	}
#define BLOCK                                                                                                          \
	{                                                                                                              \
		"INDEX", false, 0xDF44, 0, 0xFFFF                                                                      \
	}

const struct fault_type fault_types[FAULT_KINDS] = {
	[FAULT_NACK] = {1,
			"nack",
			{COUNT("BYTES", 0, 32768)},
			"no acknowledge: of the address, or after so many bytes"},
	[FAULT_OFF_BUS] = {2, "off-bus", {{0}}, "nobody acknowledges any address"},
	[FAULT_BUS_STUCK] = {3, "bus-stuck", {{0}}, "SDA or SCL held low: ETIMEDOUT"},
	[FAULT_ARBITRATION] = {4, "arbitration", {{0}}, "arbitration lost: EAGAIN"},
	[FAULT_LENGTH_LIMIT] = {5,
				"length-limit",
				{COUNT("WRITE", 255, 8192), COUNT("READ", 8192, 8192)},
				"messages longer than this are refused: EOPNOTSUPP"},
	[FAULT_LENGTH_INVALID] = {5,
				  "length-invalid",
				  {COUNT("WRITE", 255, 8192), COUNT("READ", 8192, 8192)},
				  "messages longer than this are refused: EINVAL"},
	[FAULT_NO_COMBINED] = {5, "no-combined", {{0}}, "transactions of several messages are refused: EOPNOTSUPP"},
	[FAULT_SHORT_TRANSFER] = {6, "short-transfer", {{0}}, "the last message of a transaction is not transferred"},
	[FAULT_SHORT_READ] = {6, "short-read", {COUNT("GOOD", 16, 32768)}, "so many good bytes, then FF"},
	[FAULT_WRONG_ID] = {7, "wrong-id", {BYTE("DEVICE", 0xF0), BYTE("REVISION", 0x02)}, "another chip's identity"},
	[FAULT_ROM_DEAD] = {8, "rom-dead", {{0}}, "the ROM never boots"},
	[FAULT_ROM_SLOW] = {8, "rom-slow", {TIME("TIME", 1500000)}, "the ROM takes so long to boot"},
	[FAULT_RAM_DENIED] = {9, "ram-denied", {{0}}, "access to the program RAM is not granted"},
	[FAULT_FIRMWARE_FLIP] = {10,
				 "firmware-flip",
				 {COUNT("OFFSET", 0x5000, 0x14FFF)},
				 "a bit of this byte of the firmware flips in flight"},
	[FAULT_WRONG_CHECKSUM] = {11, "wrong-checksum", {{0}}, "the chip shows another checksum than its RAM has"},
	[FAULT_MCU_DEAD] = {12, "mcu-dead", {{0}}, "the firmware never starts"},
	[FAULT_MCU_TRAP] = {12, "mcu-trap", {BYTE("CAUSE", 0xC5)}, "the firmware traps while starting"},
	[FAULT_COMMAND_STUCK] = {13, "command-stuck", {{"STATE", false, 2, 0, 2}}, "a command stays in this state"},
	[FAULT_COMMAND_ERROR] = {14, "command-error", {{0}}, "a command ends in state 4"},
	[FAULT_COMMAND_SIZE] = {15, "command-size", {{0}}, "a command's status has a size of 7F00"},
	[FAULT_COMMAND_STALE] = {16,
				 "command-stale",
				 {TIME("TIME", 50000)},
				 "the status of the last command stands for so long"},
	[FAULT_COMMAND_SLOW] = {17, "command-slow", {TIME("TIME", 1900000)}, "a command takes so long"},
	[FAULT_REPLY_INDEX] = {18, "reply-index", {{0}}, "a reply's header has another index"},
	[FAULT_REPLY_LENGTH] = {18, "reply-length", {{0}}, "a reply's header has another length"},
	[FAULT_PACKET_SIZE] = {19,
			       "packet-size",
			       {{"MORE", false, 8, -1024, 1024}},
			       "the firmware reports a packet so much bigger"},
	[FAULT_LASER] = {20, "laser", {BYTE("VALUE", 1)}, "laser safety fault at start"},
	[FAULT_FROZEN] = {21, "frozen", {{0}}, "no new frame: stream count and data stay"},
	[FAULT_STREAM_JUMP] = {22, "stream-jump", {{"FRAMES", false, 3, 1, 254}}, "so many frames get lost"},
	[FAULT_FOOTER_ID] = {23, "footer-id", {{0}}, "a frame's footer id is not its header id"},
	[FAULT_TORN] = {24, "torn", {{0}}, "the second half of a read is already the next frame"},
	[FAULT_TORN_SAME_ID] = {24, "torn-same-id", {{0}}, "as torn, and the ids are equal"},
	[FAULT_CRC] = {25, "crc", {{0}}, "the results CRC of MM1.8.0.1 is wrong"},
	[FAULT_BLOCK_SIZE] = {26, "block-size", {BLOCK}, "this block's header announces far too much"},
	[FAULT_BLOCK_INDEX] = {26, "block-index", {BLOCK}, "this block has an unknown index"},
	[FAULT_BLOCK_MISSING] = {26, "block-missing", {BLOCK}, "this block is left out"},
	[FAULT_INT_LOST] = {27, "int-lost", {{0}}, "a frame without an edge"},
	[FAULT_INT_SPURIOUS] = {28, "int-spurious", {COUNT("EDGES", 1, 100000)}, "edges without a frame"},
	[FAULT_INT_STORM] = {28, "int-storm", {COUNT("EDGES", 1000, 100000)}, "so many more edges with every frame"},
	[FAULT_INT_STUCK] = {28, "int-stuck", {{0}}, "INT falls once more and then stays low"},
	[FAULT_BROWN_OUT] = {29, "brown-out", {{0}}, "supplies fail: page, address, RAM and settings are lost"},
	[FAULT_PAGE_LOST] = {30, "page-lost", {{0}}, "the page register falls back to 0"},
	[FAULT_TRAP] = {31, "trap", {BYTE("CAUSE", 0xC5)}, "the firmware traps after a frame"},
	[FAULT_TRAP_SILENT] = {31, "trap-silent", {BYTE("CAUSE", 0xC5)}, "the firmware traps before a frame"},
	[FAULT_CHARGE_PUMP] = {32, "charge-pump", {{0}}, "charge pump collapse: too much ambient light"},
	[FAULT_AVDD_LOST] = {32, "avdd-lost", {{0}}, "the AVDD regulator is not ok"},
	[FAULT_STOP_DEAD] = {33, "stop-dead", {{0}}, "a stop is never acknowledged"},
	[FAULT_STOP_WRONG] = {33, "stop-wrong", {BYTE("STATUS", 0xC5)}, "a stop is acknowledged with this status"},
	[FAULT_STOP_LATE] = {33, "stop-late", {TIME("TIME", 60000)}, "a stop waits for the measurement to end"},
	[FAULT_ADDRESS_LOST] = {34, "address-lost", {{0}}, "the I2C address falls back to 0x29"},
	[FAULT_NO_TARGET] = {35, "no-target", {{0}}, "no zone has a target"},
	[FAULT_NEGATIVE] = {35, "negative", {{0}}, "all distances are below 0"},
	[FAULT_STATUS] = {35, "status", {BYTE("STATUS", 14)}, "all zones have this target status"},
	[FAULT_TEMPERATURE] = {36, "temperature", {{"CELSIUS", false, 125, -128, 127}}, "silicon temperature"},
	[FAULT_TIME_WRAP] = {36, "time-wrap", {{0}}, "the frames' time stamp wraps after 200 ms"},
	[FAULT_SLOW_BUS] = {37, "slow-bus", {{"HZ", false, 100000, 1000, 1000000}}, "clock of the bus"},
	[FAULT_PAGE_IGNORED] = {38, "page-ignored", {{0}}, "a page selection has no effect"},
	[FAULT_TWIN] = {39, "twin", {BYTE("REVISION", 0x0C)}, "a second chip at the same address, just switched on"},
	[FAULT_FIRMWARE_FILE] = {40,
				 "firmware-file",
				 {{0}},
				 "missing, truncated or wrong file: not on the bus, can't be armed in a script"},
};

/* Things that happen, not conditions that last: once for every frame, transfer, ... or for the line. */
static bool kind_strikes(enum fault_kind kind)
{
	switch (kind) {
	case FAULT_BROWN_OUT:
	case FAULT_PAGE_LOST:
	case FAULT_ADDRESS_LOST:
	case FAULT_INT_SPURIOUS:
	case FAULT_TRAP:
	case FAULT_TRAP_SILENT:
		return true;
	default:
		return false;
	}
}

static uint64_t counter_value(const struct faults_moment *moment, enum fault_counter counter)
{
	switch (counter) {
	case COUNTER_TRANSFER:
		return moment->transfer;
	case COUNTER_FRAME:
		return moment->frame;
	case COUNTER_COMMAND:
		return moment->command;
	case COUNTER_BOOT:
		return moment->boot;
	case COUNTER_NONE:
		break;
	}
	return 1;
}

/* splitmix64 */
static uint64_t faults_random(struct faults *faults)
{
	uint64_t z = faults->random += 0x9E3779B97F4A7C15ull;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
	z = (z ^ z >> 27) * 0x94D049BB133111EBull;
	return z ^ z >> 31;
}

static bool line_in_force(struct fault_line *line, const struct faults_moment *moment)
{
	uint64_t value = counter_value(moment, line->counter);
	bool met = value >= line->first && value <= line->last && moment->now_ns >= line->after_ns;

	if (!line->for_ns)
		return met;
	if (met && !line->begun) {
		line->begun = true;
		line->begun_ns = line->counter == COUNTER_NONE ? line->after_ns : moment->now_ns;
	}
	return line->begun && moment->now_ns - line->begun_ns < line->for_ns;
}

static bool line_hits(struct faults *faults, struct fault_line *line)
{
	const struct faults_moment *moment = &faults->moment;
	uint64_t value = counter_value(moment, line->counter);
	bool strikes = kind_strikes(line->kind) && (line->counter != COUNTER_NONE || !line->has_probability);

	if (line->has_sensor && line->sensor != moment->sensor)
		return false;
	if (line->has_times && !line->times)
		return false;
	if (!line_in_force(line, moment))
		return false;
	if (strikes) {
		uint64_t *struck = &line->struck[moment->sensor % FAULTS_SENSORS];

		if (*struck == value)
			return false;
		*struck = value;
	}
	if (line->has_probability && (double)(faults_random(faults) >> 11) * 0x1p-53 >= line->probability)
		return false;
	line->times -= line->has_times;
	return true;
}

const struct fault_hit *faults_hit(struct faults *faults, enum fault_kind kind)
{
	if (!(faults->kinds >> kind & 1))
		return NULL;
	for (unsigned i = 0; i < faults->n; i++)
		if (faults->lines[i].kind == kind && line_hits(faults, &faults->lines[i]))
			return &faults->lines[i].hit;
	return NULL;
}

uint64_t faults_next_ns(const struct faults *faults)
{
	uint64_t next = UINT64_MAX;

	for (unsigned i = 0; i < faults->n; i++) {
		uint64_t at = faults->lines[i].after_ns;

		if (at > faults->moment.now_ns && at < next)
			next = at;
	}
	return next;
}

void faults_clear(struct faults *faults)
{
	free(faults->lines);
	faults->lines = NULL;
	faults->n = 0;
	faults->kinds = 0;
}

bool faults_describe(unsigned i, struct fault_description *ret_description)
{
	const struct fault_type *type = &fault_types[i];

	if (i >= FAULT_KINDS)
		return false;
	*ret_description = (struct fault_description){
		.number = type->number,
		.name = type->name,
		.arguments = {type->arguments[0].name ? type->arguments[0].name : "",
			      type->arguments[1].name ? type->arguments[1].name : ""},
		.effect = type->effect,
	};
	return true;
}
