/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulator-frame.c - ranging: when measurements happen and how a frame is put into the result window.
 *
 *   offset  0  stream, firmware state, status 1, status 0     live, also between frames
 *           4  word, 0
 *           8  word, low half = header id
 *          12  the blocks of the output list (D980) that are enabled (D970): header word, payload in words
 *   then       0000000E 0000000F, word with the footer id; firmware MM1.8.0.1 adds the CRC and a word
 *
 * The window is live: a host that is still reading the last frame when the next one is ready sees both.
 * Source of the facts: ST's ULD on the wire; order of the trailer and time base are assumptions.
 */
#include <errno.h>
#include <string.h>

#include "sensor/bytes.h"
#include "sensor/emulator/emulator-chip.h"
#include "sensor/emulator/emulator-words.h"

#define NS_PER_US 1000ull
#define NS_PER_MS 1000000ull
#define NS_PER_S  1000000000ull

enum {
	PREFIX_BYTES = 12,
	TRAILER_LONG = 32, /* of MM1.8.0.1: with CRC */
	FRAME_ID_FLAG = 0x8000,
	TEMPERATURE_C = 31, /* when the scene has none */
	MODE_AUTONOMOUS = 2,
	INTERRUPT_THRESHOLD = 0x04,
};
#define CALIBRATION_NS_MAX (15 * NS_PER_S)
#define CALIBRATION_NS_MIN (50 * NS_PER_MS)

static uint64_t frame_period_ns(const struct chip *chip)
{
	uint32_t rate = dci_u16(chip, DCI_RATE); /* Hz in 1/256 */
	uint64_t period = rate ? (256 * NS_PER_S + rate / 2) / rate : NS_PER_S;
	unsigned integrations = zones_count(chip) == 64 ? 4 : 1;
	uint64_t busy =
		(integrations * (uint64_t)dci_u32(chip, DCI_INTEGRATION) + dci_u16(chip, DCI_RATE + 2)) * NS_PER_US;

	return chip->dci[DCI_MODE + 3] == MODE_AUTONOMOUS && busy > period ? busy : period;
}

static uint64_t calibration_ns(const struct chip *chip)
{
	uint64_t takes = chip->dci[DCI_XTALK_RUN + 4] * chip->period_ns;

	if (takes < CALIBRATION_NS_MIN)
		return CALIBRATION_NS_MIN;
	return takes > CALIBRATION_NS_MAX ? CALIBRATION_NS_MAX : takes;
}

/*
 * Takes the enabled words of the output list, so that a later set can't change the size of frames to come.
 * Returns that size, or a negative errno.
 */
static int list_take(struct chip *chip)
{
	uint32_t n = dci_u32(chip, DCI_OUTPUT + 4); /* counts one more */
	size_t bytes = chip->world->trailer;

	chip->list_length = 0;
	chip->calibrating = false;
	for (unsigned k = 0; k + 1 < n && k < CHIP_LIST_MAX; k++) {
		uint32_t enables = dci_u32(chip, (uint16_t)(DCI_ENABLES + k / 32 * 4));
		uint32_t word = dci_u32(chip, (uint16_t)(DCI_LIST + 4 * k));
		size_t payload = (dci_payload(word) + 3) / 4 * 4;

		if (!(enables >> k % 32 & 1))
			continue;
		if ((word >> 16) + payload > CHIP_DCI_BYTES)
			return -EINVAL;
		bytes += 4 + payload;
		if (bytes > sizeof(chip->packet))
			return -EMSGSIZE;
		chip->list[chip->list_length++] = word;
		chip->calibrating |= word >> 16 == DCI_XTALK_SIGNAL;
	}
	return (int)bytes;
}

/* What the firmware says of the ranging that begins. */
static void start_report(struct chip *chip)
{
	const struct fault_hit *wrong, *laser;

	wrong = chip_fault(chip, FAULT_PACKET_SIZE);
	dci_put_u32(chip, DCI_PACKET, 8);
	dci_put_u16(chip, DCI_PACKET + 4, 0);
	dci_put_u16(chip, DCI_PACKET + 6, 12);
	dci_put_u16(chip, DCI_PACKET + 8, (uint16_t)(chip->packet_bytes + (wrong ? wrong->arguments[0] : 0)));
	laser = chip_fault(chip, FAULT_LASER);
	if (laser)
		chip->dci[DCI_SAFETY + 6] = (uint8_t)laser->arguments[0];
}

int frame_start(struct chip *chip, uint64_t now_ns)
{
	int bytes;

	/* What ran before has ended, whatever comes of this. */
	chip_schedule(chip, EVENT_FRAME, CHIP_NEVER);
	chip->state = CHIP_IDLE;
	bytes = list_take(chip);
	if (bytes < 0)
		return bytes;
	chip->packet_bytes = (uint16_t)bytes;
	start_report(chip);
	chip->state = CHIP_RANGING;
	chip->stream = STREAM_NONE;
	chip->fw_state = FIRMWARE_ACTIVE;
	chip->status_0 = STATUS_0_BOOTED;
	chip->status_1 = STATUS_1_RUNNING;
	chip->has_before = false;
	chip->period_ns = frame_period_ns(chip);
	chip_show(chip);
	if (!chip->world->began)
		chip->world->began_ns = now_ns;
	chip->world->began = true;
	chip_schedule(chip, EVENT_FRAME, now_ns + (chip->calibrating ? calibration_ns(chip) : chip->period_ns));
	return 0;
}

void frame_stop(struct chip *chip)
{
	chip_schedule(chip, EVENT_FRAME, CHIP_NEVER);
	chip->fw_state = FIRMWARE_IDLE;
}

/* --- the measurement --- */

static void seen_distort(struct chip *chip)
{
	struct frame *seen = &chip->seen;
	const struct fault_hit *hit;

	if (chip_fault(chip, FAULT_NO_TARGET)) {
		memset(seen->count, 0, sizeof(seen->count));
		memset(seen->status, FRAME_STATUS_NONE, sizeof(seen->status));
	}
	if (chip_fault(chip, FAULT_NEGATIVE))
		for (unsigned z = 0; z < CHIP_ZONES; z++)
			seen->distance_q2[z] = (int16_t)(-10 - (int)z);
	hit = chip_fault(chip, FAULT_STATUS);
	if (hit)
		memset(seen->status, (uint8_t)hit->arguments[0], sizeof(seen->status));
	hit = chip_fault(chip, FAULT_TEMPERATURE);
	if (hit) {
		seen->temperature_c = (int8_t)hit->arguments[0];
		seen->fields |= FRAME_HAS_TEMPERATURE;
	}
}

/* Asks the scene. False when it is over. */
static bool seen_measure(struct chip *chip, uint64_t now_ns)
{
	struct world *world = chip->world;
	uint8_t cols = zones_count(chip) == 64 ? 8 : 4;

	chip->before = chip->seen;
	memset(&chip->seen, 0, sizeof(chip->seen));
	memset(chip->seen.status, FRAME_STATUS_NONE, sizeof(chip->seen.status));
	if (world->scene) {
		if (!world->ended && world->scene->ops->render(world->scene, world->measurement,
							       now_ns - world->began_ns, cols, &chip->seen) < 0)
			world->ended = true;
		if (world->ended)
			return false;
	}
	world->measurement++;
	seen_distort(chip);
	return true;
}

/* --- the blocks --- */

static void metadata_put(struct chip *chip, uint64_t now_ns)
{
	/* A counter of milliseconds since power-on, as it stands at the end of the measurement. */
	uint32_t t_ms = (uint32_t)((now_ns - chip->world->origin_ns + NS_PER_MS - 1) / NS_PER_MS);
	uint8_t *p = chip->dci + DCI_METADATA;

	if (!chip->time_base_ms && chip_fault(chip, FAULT_TIME_WRAP))
		chip->time_base_ms = t_ms + 200; /* it wraps soon */
	dci_put_u32(chip, DCI_METADATA, t_ms - chip->time_base_ms);
	memset(p + 4, 0, 8);
	p[7] = chip->stream;
	p[8] = (uint8_t)(chip->seen.fields & FRAME_HAS_TEMPERATURE ? chip->seen.temperature_c : TEMPERATURE_C);
	dci_put_u16(chip, DCI_COMMON, 0);
	chip->dci[DCI_COMMON + 2] = (uint8_t)zones_count(chip);
	chip->dci[DCI_COMMON + 3] = (uint8_t)zones_targets(chip);
}

/* What the faults make of a frame's headers; each says which block. */
struct block_faults {
	const struct fault_hit *size, *index, *missing;
};

static bool block_meant(const struct fault_hit *hit, uint32_t word)
{
	return hit && word >> 16 == (uint64_t)hit->arguments[0];
}

/* 0 = leave the block out. */
static uint32_t block_header(const struct block_faults *faults, uint32_t word)
{
	if (block_meant(faults->missing, word))
		return 0;
	if (block_meant(faults->size, word))
		return word | 0xFFF0;
	return block_meant(faults->index, word) ? (word & 0xFFFF) | 0xEEEC0000u : word;
}

static size_t block_put(struct chip *chip, const struct block_faults *faults, size_t at, uint32_t word)
{
	size_t n = (dci_payload(word) + 3) / 4 * 4;
	uint32_t header = block_header(faults, word);

	if (!header)
		return at;
	bytes_put_be32(chip->packet + at, header);
	words_swap(chip->packet + at + 4, chip->dci + (word >> 16), n);
	return at + 4 + n;
}

static void trailer_put(struct chip *chip)
{
	size_t end = chip->packet_bytes, at = end - (chip->world->trailer - PREFIX_BYTES);
	uint32_t footer = chip->frame_id, crc = 0;

	if (chip_fault(chip, FAULT_FOOTER_ID))
		footer ^= 0x0100;
	bytes_put_be32(chip->packet + at, 0x0000000E);
	bytes_put_be32(chip->packet + at + 4, 0x0000000F);
	bytes_put_be32(chip->packet + at + 8, footer);
	if (chip->world->trailer < TRAILER_LONG)
		return;
	for (uint32_t i = 0; i < (end - 12) / 4; i++)
		crc ^= bytes_get_be32(chip->packet + 4 + 4 * i) + i;
	if (chip_fault(chip, FAULT_CRC))
		crc ^= 1;
	bytes_put_be32(chip->packet + end - 8, crc);
	bytes_put_be32(chip->packet + end - 4, 0);
}

/* Builds the frame from the memory and shows it to the host. */
static void packet_put(struct chip *chip)
{
	const struct block_faults faults = {
		.size = chip_fault(chip, FAULT_BLOCK_SIZE),
		.index = chip_fault(chip, FAULT_BLOCK_INDEX),
		.missing = chip_fault(chip, FAULT_BLOCK_MISSING),
	};
	size_t at = PREFIX_BYTES;

	memset(chip->packet, 0, chip->packet_bytes);
	bytes_put_be32(chip->packet + 8, chip->frame_id);
	for (unsigned k = 0; k < chip->list_length; k++) {
		zones_fill(chip, chip->list[k]);
		at = block_put(chip, &faults, at, chip->list[k]);
	}
	trailer_put(chip);
	memcpy(chip->ui + UI_RESULT + 4, chip->packet + 4, chip->packet_bytes - 4u);
}

/* --- a frame's time --- */

/* The INT pin falls: for every frame, or only when a threshold fires. */
static void edge_send(struct chip *chip, bool fired, uint64_t now_ns)
{
	bool enabled = chip->hardware[REG_XSHUT] == XSHUT_RANGING;
	bool wanted = fired || chip->dci[DCI_INTERRUPT + 0x11] != INTERRUPT_THRESHOLD;
	bool stuck = chip_fault(chip, FAULT_INT_STUCK) != NULL;
	const struct fault_hit *storm;

	if (enabled && wanted && !chip->int_stuck && !chip_fault(chip, FAULT_INT_LOST))
		chip_edge(chip, 1, now_ns);
	chip->int_stuck = stuck;
	storm = chip_fault(chip, FAULT_INT_STORM);
	if (storm)
		chip_edge(chip, (unsigned)storm->arguments[0], now_ns);
}

static void status_update(struct chip *chip, bool fired)
{
	chip->status_0 = STATUS_0_BOOTED | STATUS_0_DATA | (fired ? STATUS_0_THRESHOLD : 0);
	chip->status_1 = STATUS_1_RUNNING;
	if (chip_fault(chip, FAULT_CHARGE_PUMP))
		chip->status_1 |= STATUS_1_CHARGE_PUMP;
	if (chip_fault(chip, FAULT_AVDD_LOST))
		chip->status_1 &= (uint8_t)~STATUS_1_AVDD;
}

/* A threshold with auto-stop ends the ranging; the host sees it at the footer's place. */
static void auto_stop(struct chip *chip)
{
	static const uint8_t mark[4] = {0xFF, 0x04, 0x00, 0x00};

	memcpy(chip->ui + UI_FOOTER, mark, sizeof(mark));
	chip->state = CHIP_IDLE;
}

static void frame_number(struct chip *chip)
{
	const struct fault_hit *jump = chip_fault(chip, FAULT_STREAM_JUMP);

	unsigned next = chip->stream == STREAM_NONE ? 0 : chip->stream + 1u;

	chip->stream = (uint8_t)((next + (jump ? (unsigned)jump->arguments[0] : 0)) % STREAM_NONE);
	if (!chip->keep_id)
		chip->frame_id = (uint16_t)(FRAME_ID_FLAG | (chip->frame_id + 1));
	chip->keep_id = false;
}

void frame_make(struct chip *chip, uint64_t now_ns)
{
	const struct fault_hit *trap;
	bool fired;

	chip_schedule(chip, EVENT_FRAME, now_ns + chip->period_ns);
	if (!chip->calibrating && !seen_measure(chip, now_ns)) {
		chip_schedule(chip, EVENT_FRAME, CHIP_NEVER);
		return;
	}
	chip->world->faults.moment.frame = ++chip->world->counts.frames;
	if (chip_incident(chip, now_ns) || chip_fault(chip, FAULT_FROZEN))
		return;
	frame_number(chip);
	metadata_put(chip, now_ns);
	if (chip->calibrating)
		detect_xtalk(chip);
	packet_put(chip);
	fired = !chip->calibrating && detect_threshold(chip);
	chip->has_before = true;
	status_update(chip, fired);
	chip_show(chip);
	edge_send(chip, fired, now_ns);
	if (fired && chip->dci[DCI_PIPE + 3])
		auto_stop(chip);
	else if (chip->calibrating)
		chip->state = CHIP_IDLE;
	if (chip->state == CHIP_IDLE)
		chip_schedule(chip, EVENT_FRAME, CHIP_NEVER);
	trap = chip_fault(chip, FAULT_TRAP);
	if (trap)
		chip_trap(chip, (uint8_t)trap->arguments[0]);
}
