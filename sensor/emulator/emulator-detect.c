/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulator-detect.c - what the firmware concludes from a measurement: thresholds, motion, crosstalk.
 *
 *   B6E8  threshold, 12 bytes, 64 of them: s32 low, s32 high, u8 measurement, u8 type, u8 zone (+128: the last),
 *         u8 operation (0 or, 2 and)
 *   BFAC  motion configuration: u32 detection threshold at 4, u8 aggregates at 20, s8 aggregate of a zone at 28
 *   D858  motion result, 140 bytes: u32 global 1, 2, u8 status, detected, aggregates, spare, u32 motion[32] / 65535
 *
 * The layouts are ST's (UM3109 and the ULD on the wire). How silicon computes motion and crosstalk is not
 * public; the emulator takes the mean change of a zone's signal, and a small even crosstalk.
 */
#include <string.h>

#include "sensor/emulator/emulator-chip.h"

enum {
	THRESHOLDS = 64,
	THRESHOLD_BYTES = 12,
	THRESHOLD_LAST = 0x80,
	OPERATION_AND = 2,
	AGGREGATES = 32,
	MOTION_ONE = 65535,
	SIGNAL_ONE = 2048, /* kcps/SPAD */
};

/* Measurement ids of a threshold. */
enum {
	MEASURE_DISTANCE = 1,
	MEASURE_SIGNAL = 2,
	MEASURE_SIGMA = 4,
	MEASURE_AMBIENT = 8,
	MEASURE_COUNT = 9,
	MEASURE_STATUS = 12,
	MEASURE_SPADS = 13,
	MEASURE_MOTION = 19,
};

enum { TYPE_INSIDE, TYPE_OUTSIDE, TYPE_AT_MOST, TYPE_ABOVE, TYPE_EQUAL, TYPE_OTHER };

static uint32_t motion_of(const struct chip *chip, unsigned aggregate)
{
	uint64_t sum = 0;
	unsigned n = 0;

	for (unsigned z = 0; z < CHIP_ZONES; z++) {
		uint32_t now = chip->seen.signal_q11[z], before = chip->before.signal_q11[z];

		if ((int8_t)chip->dci[DCI_MOTION + 28 + z] != (int8_t)aggregate)
			continue;
		sum += now > before ? now - before : before - now;
		n++;
	}
	if (!n || !chip->has_before)
		return 0;
	sum = sum * MOTION_ONE / SIGNAL_ONE / n;
	return sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
}

static unsigned motion_aggregates(const struct chip *chip)
{
	unsigned n = chip->dci[DCI_MOTION + 20];

	return n > AGGREGATES ? AGGREGATES : n;
}

void detect_motion(struct chip *chip, uint16_t index)
{
	unsigned n = motion_aggregates(chip);
	uint32_t threshold = dci_u32(chip, DCI_MOTION + 4), most = 0;
	uint64_t sum = 0;
	uint8_t detected = 0;

	memset(chip->dci + index, 0, 140);
	for (unsigned a = 0; a < n; a++) {
		uint32_t motion = motion_of(chip, a);

		dci_put_u32(chip, (uint16_t)(index + 12 + 4 * a), motion);
		most = motion > most ? motion : most;
		sum += motion;
		if (motion > threshold)
			detected++;
	}
	dci_put_u32(chip, index, most);
	dci_put_u32(chip, (uint16_t)(index + 4), n ? (uint32_t)(sum / n) : 0);
	chip->dci[index + 9] = detected;
	chip->dci[index + 10] = (uint8_t)n;
}

static bool status_counts(const struct chip *chip, unsigned z)
{
	if (!chip->seen.count[z])
		return false;
	return memchr(chip->dci + DCI_THRESHOLD_STATUSES, chip->seen.status[z], 8) != NULL;
}

/* The measured value, in the unit of the threshold; false when the zone has none. */
static bool measure(const struct chip *chip, uint8_t id, unsigned z, int64_t *ret_value)
{
	const struct frame *seen = &chip->seen;

	switch (id) {
	case MEASURE_DISTANCE:
		*ret_value = seen->distance_q2[z];
		return status_counts(chip, z);
	case MEASURE_SIGNAL:
		*ret_value = seen->signal_q11[z];
		return status_counts(chip, z);
	case MEASURE_SIGMA:
		*ret_value = seen->sigma_q7[z];
		return status_counts(chip, z);
	case MEASURE_AMBIENT:
		*ret_value = seen->ambient_q11[z];
		return true;
	case MEASURE_COUNT:
		*ret_value = seen->count[z];
		return true;
	case MEASURE_STATUS:
		*ret_value = seen->status[z];
		return true;
	case MEASURE_SPADS:
		*ret_value = seen->spads[z];
		return true;
	case MEASURE_MOTION:
		*ret_value = motion_of(chip, z);
		return true;
	}
	return false;
}

static bool threshold_fires(const struct chip *chip, uint16_t at, unsigned z)
{
	int32_t low = (int32_t)dci_u32(chip, at), high = (int32_t)dci_u32(chip, (uint16_t)(at + 4));
	int64_t value = 0;

	if (!measure(chip, chip->dci[at + 8], z, &value))
		return false;
	switch (chip->dci[at + 9]) {
	case TYPE_INSIDE:
		return value >= low && value <= high;
	case TYPE_OUTSIDE:
		return value < low || value > high;
	case TYPE_AT_MOST:
		return value <= low;
	case TYPE_ABOVE:
		return value > high;
	case TYPE_EQUAL:
		return value == low;
	case TYPE_OTHER:
		return value != low;
	}
	return false;
}

bool detect_threshold(const struct chip *chip)
{
	uint64_t fired = 0; /* bit per zone */

	if (!chip->dci[DCI_THRESHOLD_GLOBAL + 1])
		return false;
	for (unsigned k = 0; k < THRESHOLDS; k++) {
		uint16_t at = (uint16_t)(DCI_THRESHOLD_LIST + THRESHOLD_BYTES * k);
		uint8_t where = chip->dci[at + 10];
		uint64_t bit = 1ull << (where & 63);
		bool hit = threshold_fires(chip, at, where & 63);

		if (chip->dci[at + 11] == OPERATION_AND)
			fired &= hit ? ~0ull : ~bit;
		else
			fired |= hit ? bit : 0;
		if (where & THRESHOLD_LAST)
			break;
	}
	return fired != 0;
}

void detect_xtalk(struct chip *chip)
{
	enum { XTALK_BINS = 144, XTALK_KCPS_Q11 = 3 * SIGNAL_ONE };

	for (unsigned z = 0; z < CHIP_ZONES; z++)
		dci_put_u32(chip, (uint16_t)(DCI_XTALK_SIGNAL + 4 * z), XTALK_KCPS_Q11 + 16 * z);
	for (unsigned i = 0; i < XTALK_BINS; i++) /* a pulse in the first bins */
		dci_put_u16(chip, (uint16_t)(DCI_XTALK_BINS + 2 * i), (uint16_t)(i < 8 ? 4096 >> i : 0));
}
