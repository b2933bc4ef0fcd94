/* SPDX-License-Identifier: Apache-2.0 */
/* vl53l8cx-error.c - causes of failure, their errno and their sentences (see vl53l8cx-error.h). */
#include "sensor/vl53l8cx-error.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sensor/vl53l8cx.h"

static const struct {
	int code;
	const char *name;
	const char *text;
} errors[] = {
#define ERROR_ROW(name, code, text) {code, #name, text},
	VL53L8CX_ERRORS(ERROR_ROW)
#undef ERROR_ROW
};

int vl53l8cx_fail(struct vl53l8cx *chip, enum vl53l8cx_error error, uint32_t value)
{
	chip->error = error;
	chip->error_value = value;
	return error == VL53L8CX_ERROR_BUS ? -(int)value : -errors[error].code;
}

/* A bus that is held low is another errand than a sensor that keeps silent. */
static const char *format_of(const struct vl53l8cx *chip)
{
	if (chip->error == VL53L8CX_ERROR_BUS && chip->error_value == ETIMEDOUT)
		return "the I2C bus is stuck (" VL53L8CX_ERROR_VALUE
		       "): something holds SDA or SCL low; check pull-ups, power-cycle the sensor";
	return errors[chip->error].text;
}

const char *vl53l8cx_explain(const struct vl53l8cx *chip, char *text, size_t n)
{
	const char *format = format_of(chip);
	const char *hole = strstr(format, VL53L8CX_ERROR_VALUE);

	if (n == 0)
		return text;
	if (!hole)
		snprintf(text, n, "%s", format);
	else if (chip->error == VL53L8CX_ERROR_BUS)
		snprintf(text, n, "%.*s%s%s", (int)(hole - format), format, strerror((int)chip->error_value),
			 hole + strlen(VL53L8CX_ERROR_VALUE));
	else
		snprintf(text, n, "%.*s0x%02" PRIx32 "%s", (int)(hole - format), format, chip->error_value,
			 hole + strlen(VL53L8CX_ERROR_VALUE));
	return text;
}

const char *vl53l8cx_error_name(enum vl53l8cx_error error)
{
	return (unsigned)error < VL53L8CX_ERRORS_COUNT ? errors[error].name : NULL;
}
