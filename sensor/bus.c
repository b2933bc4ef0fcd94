/* SPDX-License-Identifier: Apache-2.0 */
/* bus.c - opens what a chip hangs on: the machine's adapter and lines, or the emulator (see bus.h). */
#include "sensor/bus.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sensor/emulator/emulator.h"
#include "sensor/i2c-dev.h"

enum { REASON_BYTES = 192 };

__attribute__((format(printf, 3, 4))) static int fail(char *ret_reason, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ret_reason, REASON_BYTES, format, args);
	va_end(args);
	return error;
}

static bool is_set(const char *text)
{
	return text && *text;
}

static int adapter_fail(const char *name, int error, char *ret_reason)
{
	char adapters[REASON_BYTES];

	i2c_dev_list("/sys", adapters, sizeof(adapters));
	switch (error) {
	case -ENOENT:
		return fail(ret_reason, -ENODEV, "no I2C adapter %.48s; adapters here: %.100s; load i2c-dev", name,
			    adapters);
	case -ENOTUNIQ:
		return fail(ret_reason, error, "several I2C adapters fit %.40s, name one of: %s", name, adapters);
	case -EACCES:
	case -EPERM:
		return fail(ret_reason, error, "no permission for I2C adapter %.60s: the user must be in the group i2c",
			    name);
	case -EOPNOTSUPP:
		return fail(ret_reason, error, "%.60s can't do plain I2C transfers (SMBus only): use another adapter",
			    name);
	default:
		return fail(ret_reason, error, "can't open I2C adapter %.60s: %s", name, strerror(-error));
	}
}

static int line_fail(const char *pin, const char *name, int error, char *ret_reason)
{
	switch (error) {
	case -ENOENT:
		return fail(ret_reason, -ENODEV, "no GPIO line %.60s for %s: 'gpioinfo' lists them", name, pin);
	case -ENOTUNIQ:
		return fail(ret_reason, error, "several GPIO lines are called %.60s: name %s as gpiochipN:OFFSET", name,
			    pin);
	case -EBUSY:
		return fail(ret_reason, error, "GPIO line %.60s (%s) is in use: 'gpioinfo' says by whom", name, pin);
	case -EACCES:
	case -EPERM:
		return fail(ret_reason, error,
			    "no permission for GPIO line %.60s (%s): the user must be in the group gpio", name, pin);
	case -EINVAL:
		return fail(ret_reason, error, "%s: %.60s is neither a line's name nor gpiochipN:OFFSET", pin, name);
	case -EOPNOTSUPP:
		return fail(ret_reason, error, "%s: this program was built without libgpiod, leave the line empty",
			    pin);
	default:
		return fail(ret_reason, error, "can't open GPIO line %.60s (%s): %s", name, pin, strerror(-error));
	}
}

static int hardware_open(const struct source_config *config, struct bus *ret_bus, char *ret_reason)
{
	struct bus bus = {.clock = clock_monotonic()};
	int r = i2c_dev_open(config->bus, &bus.adapter);

	if (r < 0)
		return adapter_fail(config->bus, r, ret_reason);
	if (is_set(config->int_line)) {
		r = gpio_open_falling_edge(config->int_line, &bus.int_line);
		if (r < 0)
			r = line_fail("INT", config->int_line, r, ret_reason);
	}
	if (r == 0 && is_set(config->lpn_line)) {
		r = gpio_open_output(config->lpn_line, 1, &bus.lpn_line);
		if (r < 0)
			r = line_fail("LPn", config->lpn_line, r, ret_reason);
	}
	if (r < 0) {
		bus_close(&bus);
		return r;
	}
	*ret_bus = bus;
	return 0;
}

/* The emulator has the lines that the configuration names, whatever it calls them. */
static int emulator_open(const struct source_config *config, struct bus *ret_bus, char *ret_reason)
{
	struct emulator_config emulator = {
		.virtual_time = config->virtual_time,
		.scl_hz = config->scl_hz,
		.without_int = !is_set(config->int_line),
		.without_lpn = !is_set(config->lpn_line),
		.faults = config->faults,
		.seed = config->seed,
	};
	struct bus bus = {0};
	int r = scene_open(is_set(config->scene) ? config->scene : "demo", config->seed, &emulator.scene, ret_reason);

	if (r < 0)
		return r;
	r = emulator_new(&emulator, &bus.emulator, ret_reason);
	if (r < 0)
		return r;
	bus.adapter = emulator_adapter(bus.emulator);
	bus.clock = emulator_clock(bus.emulator);
	bus.int_line = emulator_int(bus.emulator, 0);
	bus.lpn_line = emulator_lpn(bus.emulator, 0);
	*ret_bus = bus;
	return 0;
}

int bus_open(const struct source_config *config, struct bus *ret_bus, char *ret_reason)
{
	if (!is_set(config->bus))
		return fail(ret_reason, -EINVAL, "no bus is configured: /dev/i2c-N, an adapter's name, or emulator");
	if (strcmp(config->bus, "emulator") == 0)
		return emulator_open(config, ret_bus, ret_reason);
	return hardware_open(config, ret_bus, ret_reason);
}

void bus_close(struct bus *bus)
{
	gpio_line_free(bus->int_line);
	gpio_line_free(bus->lpn_line);
	i2c_adapter_free(bus->adapter);
	emulator_free(bus->emulator);
	*bus = (struct bus){0};
}

bool bus_ended(const struct bus *bus)
{
	return bus->emulator && emulator_ended(bus->emulator);
}
