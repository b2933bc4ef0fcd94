/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulator-zones.c - the zones of a measurement in the firmware's memory, where the blocks of a frame are taken
 * from (see emulator-frame.c).
 *
 * Single-target results have one element a zone. With 2 to 4 targets other indices are used, and element
 * zone x targets + target. Source of the indices and element sizes: the output list of ST's ULD on the wire.
 */
#include <string.h>

#include "sensor/bytes.h"
#include "sensor/emulator/emulator-chip.h"

enum {
	TARGETS_MAX = 4,
	SECOND_TARGET_Q2 = 600 * 4, /* further targets are so far behind the one before */
};

unsigned zones_count(const struct chip *chip)
{
	return chip->dci[DCI_GRID] == 8 ? 64 : 16;
}

unsigned zones_targets(const struct chip *chip)
{
	unsigned n = chip->dci[DCI_PIPE];

	return n < 1 ? 1 : n > TARGETS_MAX ? TARGETS_MAX : n;
}

/* What a block of the output list shows: an array over the zones, from the measurement. */
enum zone_field {
	ZONE_AMBIENT,
	ZONE_SPADS,
	ZONE_COUNT,
	ZONE_SIGNAL,
	ZONE_SIGMA,
	ZONE_DISTANCE,
	ZONE_REFLECTANCE,
	ZONE_STATUS,
};

static const struct zone_block {
	uint16_t index;
	uint8_t bytes; /* of an element */
	bool targets;  /* an element for every target of a zone, not one a zone */
	enum zone_field field;
} zone_blocks[] = {
	{DCI_AMBIENT, 4, false, ZONE_AMBIENT},
	{DCI_SPADS, 4, false, ZONE_SPADS},
	{DCI_COUNT, 1, false, ZONE_COUNT},
	{DCI_SIGNAL, 4, false, ZONE_SIGNAL},
	{DCI_SIGMA, 2, false, ZONE_SIGMA},
	{DCI_DISTANCE, 2, false, ZONE_DISTANCE},
	{DCI_REFLECTANCE, 1, false, ZONE_REFLECTANCE},
	{DCI_STATUS, 1, false, ZONE_STATUS},
	{DCI_COUNT_MULTI, 1, false, ZONE_COUNT},
	{DCI_SIGNAL_MULTI, 4, true, ZONE_SIGNAL},
	{DCI_SIGMA_MULTI, 2, true, ZONE_SIGMA},
	{DCI_DISTANCE_MULTI, 2, true, ZONE_DISTANCE},
	{DCI_REFLECTANCE_MULTI, 1, true, ZONE_REFLECTANCE},
	{DCI_STATUS_MULTI, 1, true, ZONE_STATUS},
};

/*
 * Target t of every zone. The scene has one; where it counts more, the others lie behind it and are weaker.
 * One loop a field, so that the compiler can make vectors of them.
 */
static void zone_values(const struct frame *seen, enum zone_field field, unsigned t, uint32_t values[CHIP_ZONES])
{
#define ZONES_FILL(expression)                                                                                         \
	for (unsigned z = 0; z < CHIP_ZONES; z++)                                                                      \
		values[z] = t == 0 || t < seen->count[z] ? (uint32_t)(expression) : 0;                                 \
	break
	switch (field) {
	case ZONE_AMBIENT:
		ZONES_FILL(seen->ambient_q11[z]);
	case ZONE_SPADS:
		ZONES_FILL(seen->spads[z]);
	case ZONE_COUNT:
		ZONES_FILL(seen->count[z]);
	case ZONE_SIGNAL:
		ZONES_FILL(seen->signal_q11[z] >> 2 * t);
	case ZONE_SIGMA:
		ZONES_FILL(seen->sigma_q7[z]);
	case ZONE_DISTANCE:
		ZONES_FILL(seen->distance_q2[z] + (int)t * SECOND_TARGET_Q2);
	case ZONE_REFLECTANCE:
		ZONES_FILL(seen->reflectance[z]);
	case ZONE_STATUS:
		ZONES_FILL(seen->status[z]);
	}
#undef ZONES_FILL
}

/* Fills the block's memory of n elements from the measurement: (zone, target) at zone x targets + target. */
static void zones_put(struct chip *chip, const struct zone_block *block, size_t n)
{
	unsigned targets = block->targets ? zones_targets(chip) : 1;
	unsigned zones = zones_count(chip);
	uint8_t *to = chip->dci + block->index;
	uint32_t values[CHIP_ZONES];

	memset(to, 0, n * block->bytes);
	for (unsigned t = 0; t < targets; t++) {
		zone_values(&chip->seen, block->field, t, values);
		for (size_t z = 0; z < zones && z * targets + t < n; z++) {
			size_t e = z * targets + t;

			if (block->bytes == 4)
				bytes_put_le32(to + 4 * e, values[z]);
			else if (block->bytes == 2)
				bytes_put_le16(to + 2 * e, (uint16_t)values[z]);
			else
				to[e] = (uint8_t)values[z];
		}
	}
}

void zones_fill(struct chip *chip, uint32_t word)
{
	uint16_t index = (uint16_t)(word >> 16);

	for (unsigned i = 0; i < sizeof(zone_blocks) / sizeof(zone_blocks[0]); i++)
		if (zone_blocks[i].index == index)
			zones_put(chip, &zone_blocks[i], dci_payload(word) / zone_blocks[i].bytes);
	if (index == DCI_MOTION_SINGLE || index == DCI_MOTION_MULTI)
		detect_motion(chip, index);
}
