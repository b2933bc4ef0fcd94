/* SPDX-License-Identifier: Apache-2.0 */
/* vl53l8cx-thresholds.c - the list of detection thresholds and its switches (see vl53l8cx-thresholds.h). */
#include "sensor/vl53l8cx-thresholds.h"

#include <string.h>

#include "sensor/vl53l8cx-internal.h"

enum {
	ENTRY_BYTES = 12,
	ENTRY_LAST = 0x80, /* added to the zone of the last entry */
	OPERATION_OR = 0,
	OPERATION_AND = 2,
	INTERRUPT_OFFSET = 17, /* of DCI_INTERRUPT */
	INTERRUPT_ALWAYS = 0x0c,
	INTERRUPT_THRESHOLD = 0x04,
	ENABLE_OFFSET = 1,    /* of DCI_THRESHOLDS */
	AUTO_STOP_OFFSET = 3, /* of DCI_PIPE_CONTROL */
};

/* What the chip multiplies a measurement by; 0 = there is no such measurement. */
static int64_t scale(uint8_t measurement)
{
	switch (measurement) {
	case VL53L8CX_MEASURE_DISTANCE_MM:
		return 4;
	case VL53L8CX_MEASURE_SIGNAL_KCPS:
	case VL53L8CX_MEASURE_AMBIENT_KCPS:
		return 2048;
	case VL53L8CX_MEASURE_SIGMA_MM:
		return 128;
	case VL53L8CX_MEASURE_TARGETS:
	case VL53L8CX_MEASURE_STATUS:
		return 1;
	case VL53L8CX_MEASURE_SPADS:
		return 256;
	case VL53L8CX_MEASURE_MOTION:
		return 65535;
	default:
		return 0;
	}
}

static bool fits(int64_t value)
{
	return value >= INT32_MIN && value <= INT32_MAX;
}

static bool allowed(const struct vl53l8cx_threshold *thresholds, unsigned i, unsigned zones)
{
	const struct vl53l8cx_threshold *t = &thresholds[i];
	const int64_t factor = scale(t->measurement);

	if (factor == 0 || t->type > VL53L8CX_THRESHOLD_NOT_LOW || t->zone >= zones || !fits(t->low * factor) ||
	    !fits(t->high * factor))
		return false;
	for (unsigned k = 0; t->and_previous && k <= i; k++) {
		if (k == i)
			return false; /* nothing of this zone before it */
		if (thresholds[k].zone == t->zone)
			break;
	}
	return true;
}

int vl53l8cx_thresholds_set(struct vl53l8cx *chip, const struct vl53l8cx_threshold *thresholds, unsigned n)
{
	static const uint8_t valid[8] = {5, 5, 5, 5, 5, 5, 5, 5};
	const unsigned side = chip->now.resolution, zones = side * side;
	uint8_t list[VL53L8CX_THRESHOLDS_MAX * ENTRY_BYTES] = {0};
	int r = vl53l8cx_require_idle(chip);

	if (r < 0)
		return r;
	if (!(side == 4 && (n == 16 || n == 32)) && !(side == 8 && n == 64))
		return vl53l8cx_fail(chip, VL53L8CX_ERROR_SETTING, n);
	for (unsigned i = 0; i < n; i++) {
		const struct vl53l8cx_threshold *t = &thresholds[i];
		uint8_t *entry = list + i * ENTRY_BYTES;

		if (!allowed(thresholds, i, zones))
			return vl53l8cx_fail(chip, VL53L8CX_ERROR_SETTING, i);
		bytes_put_le32(entry, (uint32_t)(t->low * scale(t->measurement)));
		bytes_put_le32(entry + 4, (uint32_t)(t->high * scale(t->measurement)));
		entry[8] = t->measurement;
		entry[9] = t->type;
		entry[10] = (uint8_t)(t->zone + (i == n - 1 ? ENTRY_LAST : 0));
		entry[11] = t->and_previous ? OPERATION_AND : OPERATION_OR;
	}
	r = vl53l8cx_dci_set(chip, DCI_THRESHOLD_VALID, valid, sizeof(valid));
	return r < 0 ? r : vl53l8cx_dci_set(chip, DCI_THRESHOLD_LIST, list, sizeof(list));
}

int vl53l8cx_thresholds_enable(struct vl53l8cx *chip, bool on)
{
	const uint8_t global[4] = {1, on, 1, 0};
	const uint8_t interrupt = on ? INTERRUPT_THRESHOLD : INTERRUPT_ALWAYS;
	int r = vl53l8cx_require_idle(chip);

	if (r == 0)
		r = vl53l8cx_dci_replace(chip, DCI_THRESHOLDS, 8, 0, global, sizeof(global));
	return r < 0 ? r : vl53l8cx_dci_replace(chip, DCI_INTERRUPT, 20, INTERRUPT_OFFSET, &interrupt, 1);
}

int vl53l8cx_thresholds_enabled(struct vl53l8cx *chip, bool *ret_on)
{
	uint8_t global[8];
	int r = vl53l8cx_dci_get(chip, DCI_THRESHOLDS, global, sizeof(global));

	if (r == 0)
		*ret_on = global[ENABLE_OFFSET] != 0;
	return r;
}

int vl53l8cx_thresholds_auto_stop(struct vl53l8cx *chip, bool on)
{
	const uint8_t value = on;
	int r = vl53l8cx_require_idle(chip);

	if (r == 0)
		r = vl53l8cx_dci_replace(chip, DCI_PIPE_CONTROL, 4, AUTO_STOP_OFFSET, &value, 1);
	if (r == 0)
		chip->auto_stop = on;
	return r;
}
