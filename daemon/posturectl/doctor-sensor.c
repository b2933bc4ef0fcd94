/* SPDX-License-Identifier: Apache-2.0 */
/* doctor-sensor.c - the way to the sensor: adapter, chip, firmware, clock, INT line (see doctor.h). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/posturectl/doctor.h"
#include "sensor/firmware.h"
#include "sensor/gpio.h"
#include "sensor/i2c-dev.h"
#include "sensor/vl53l8cx.h"

enum {
	PAGE_REGISTER = 0x7fff, /* of the chip: page 0 holds the device id */
	CLOCK_WANTED_KHZ = 400,
	CLOCK_SLOW_KHZ = 250, /* bits a millisecond below which the bus is not at 400 kHz; gaps and starts cost some */
	BITS_A_BYTE = 9,
	BYTES_TO_JUDGE = 100000,
	EDGES_MISSED_PERCENT = 1,
};

/* --- adapter and chip ----------------------------------------------------------------------------------------- */

static void advise_adapter(struct doctor *doctor, int r, const char *sys)
{
	char list[200];

	i2c_dev_list(sys, list, sizeof(list));
	if (r == -EACCES)
		doctor_advise(doctor, "the service has the group i2c; for yourself: sudo usermod -aG i2c $USER");
	else if (r == -ENOTUNIQ)
		doctor_advise(doctor, "give more of its name in sensor.bus; there are: %s", list);
	else
		doctor_advise(doctor,
			      "modprobe i2c_dev, enable the bus in the device tree, or set sensor.bus; there are: %s",
			      list);
}

static void read_id(struct doctor *doctor, struct i2c_adapter *adapter)
{
	const uint8_t page = 0;
	uint8_t id[2] = {0};
	struct i2c_device device;
	int r;

	i2c_device_init(&device, adapter, clock_monotonic(), doctor->config.sensor.address);
	r = i2c_write(&device, PAGE_REGISTER, &page, 1);
	if (r == 0)
		r = i2c_read(&device, 0, id, sizeof(id));
	if (r < 0) {
		doctor_note(doctor, "chip", DOCTOR_FAIL, "nothing answers at 0x%02x: %s", doctor->config.sensor.address,
			    strerror(-r));
		doctor_advise(doctor,
			      "check the supply, the wiring of SDA and SCL with their pull-ups, LPn (must be high), "
			      "and sensor.address");
	} else if (id[0] != VL53L8CX_ID || id[1] != VL53L8CX_REVISION) {
		doctor_note(doctor, "chip", DOCTOR_FAIL, "0x%02x is not a VL53L8CX: id 0x%02x, revision 0x%02x",
			    doctor->config.sensor.address, id[0], id[1]);
		doctor_advise(doctor, "%s",
			      id[0] == VL53L8CX_ID ? "this is its sister VL53L5CX or VL53L7CX"
						   : "another chip has this address");
	} else {
		doctor_note(doctor, "chip", DOCTOR_OK, "VL53L8CX, id 0x%02x, revision 0x%02x", id[0], id[1]);
	}
}

/* Opening an adapter does nothing on the wire; the chip is spoken to only when no service is there to be disturbed. */
static void look_at_hardware(struct doctor *doctor)
{
	const struct sensor_settings *sensor = &doctor->config.sensor;
	char sys[300], dev[300];
	struct i2c_adapter *adapter;
	int r;

	snprintf(sys, sizeof(sys), "%.280s/sys", doctor->options->root);
	snprintf(dev, sizeof(dev), "%.280s/dev", doctor->options->root);
	r = i2c_dev_open_at(sys, dev, sensor->bus, &adapter);
	if (r < 0) {
		doctor_note(doctor, "i2c bus", r == -EACCES ? DOCTOR_WARN : DOCTOR_FAIL, "%.120s: %s", sensor->bus,
			    r == -ENOTUNIQ ? "the name fits several adapters" : strerror(-r));
		advise_adapter(doctor, r, sys);
		return;
	}
	doctor_note(doctor, "i2c bus", DOCTOR_OK, "%.120s", sensor->bus);
	if (!doctor->running)
		read_id(doctor, adapter);
	i2c_adapter_free(adapter);
}

static void look_at_answer(struct doctor *doctor)
{
	const struct report_diagnostics *report = &doctor->report;
	bool well = strcmp(report->state, "running") == 0;

	if (well && !report->warning[0])
		doctor_note(doctor, "chip", DOCTOR_OK, "%s", report->device);
	else if (well)
		doctor_note(doctor, "chip", DOCTOR_WARN, "%s: %s", report->device, report->warning);
	else
		doctor_note(doctor, "chip", DOCTOR_FAIL, "%s: %s", report->state, report->reason);
	if (!well)
		doctor_advise(doctor, "journalctl -u postured -x explains it; the service goes on trying by itself");
}

/* --- firmware ------------------------------------------------------------------------------------------------- */

static void look_at_firmware(struct doctor *doctor)
{
	char path[600], reason[FIRMWARE_REASON] = "";
	struct firmware *firmware = malloc(sizeof(*firmware));

	if (!firmware)
		return;
	snprintf(path, sizeof(path), "%.200s%s", doctor->options->root,
		 doctor->config.sensor.firmware[0] ? doctor->config.sensor.firmware : FIRMWAREDIR "/" FIRMWARE_NAME);
	if (firmware_load(path, firmware, reason) == 0) {
		doctor_note(doctor, "firmware", DOCTOR_OK, "%s: %s", path, firmware->version);
	} else {
		doctor_note(doctor, "firmware", DOCTOR_FAIL, "%s", reason);
		doctor_advise(doctor, "vl53l8cx-fwcut vl53l8cx_buffers.h -o %s", path);
	}
	free(firmware);
}

/* --- clock ---------------------------------------------------------------------------------------------------- */

/* Hz from the device tree (big endian), 0 = it does not say. */
static unsigned long tree_clock_hz(const struct doctor *doctor)
{
	const char *name = strrchr(doctor->config.sensor.bus, '/');
	char path[600];
	unsigned char cell[4];
	FILE *stream;
	size_t n;

	snprintf(path, sizeof(path), "%.200s/sys/bus/i2c/devices/%.60s/of_node/clock-frequency", doctor->options->root,
		 name ? name + 1 : "");
	stream = fopen(path, "re");
	if (!stream)
		return 0;
	n = fread(cell, 1, sizeof(cell), stream);
	fclose(stream);
	return n == sizeof(cell) ? (unsigned long)cell[0] << 24 | (unsigned long)cell[1] << 16 |
					   (unsigned long)cell[2] << 8 | cell[3]
				 : 0;
}

static void look_at_clock(struct doctor *doctor)
{
	unsigned long khz = tree_clock_hz(doctor) / 1000;
	const struct report_diagnostics *report = &doctor->report;
	double measured_khz = 0;

	if (doctor->asked && report->bus_bytes > BYTES_TO_JUDGE && report->bus_ms > 0)
		measured_khz = report->bus_bytes * BITS_A_BYTE / report->bus_ms;
	if (khz == 0 && measured_khz <= 0) {
		doctor_note(doctor, "bus clock", DOCTOR_OK, "neither the device tree nor the service says it");
		return;
	}
	if (khz > 0 && khz < CLOCK_WANTED_KHZ)
		doctor_note(doctor, "bus clock", DOCTOR_WARN, "%lu kHz", khz);
	else if (measured_khz > 0 && measured_khz < CLOCK_SLOW_KHZ)
		doctor_note(doctor, "bus clock", DOCTOR_WARN, "%.0f bits come through in a millisecond", measured_khz);
	else if (khz > 0)
		doctor_note(doctor, "bus clock", DOCTOR_OK, "%lu kHz", khz);
	else
		doctor_note(doctor, "bus clock", DOCTOR_OK, "%.0f bits come through in a millisecond", measured_khz);
	if (doctor->finding[doctor->findings - 1].level == DOCTOR_WARN)
		doctor_advise(doctor,
			      "clock-frequency = <%u> in the device tree's node of the bus: 15 frames a second need it",
			      CLOCK_WANTED_KHZ * 1000);
}

/* --- INT ------------------------------------------------------------------------------------------------------ */

static void try_line(struct doctor *doctor, const char *name)
{
	struct gpio_line *line;
	int r = gpio_open_falling_edge(name, &line);

	if (r == 0) {
		gpio_line_free(line);
		doctor_note(doctor, "INT line", DOCTOR_OK, "%s", name);
		return;
	}
	doctor_note(doctor, "INT line", r == -EACCES ? DOCTOR_WARN : DOCTOR_FAIL, "%s: %s", name, strerror(-r));
	if (r == -EBUSY)
		doctor_advise(doctor, "another program holds it: gpioinfo tells which");
	else if (r == -EACCES)
		doctor_advise(doctor, "the service has the group gpio; look as root");
	else
		doctor_advise(doctor, "gpioinfo lists the lines; set sensor.int_line to a name or gpiochipN:OFFSET");
}

static void look_at_int(struct doctor *doctor)
{
	const char *name = doctor->config.sensor.int_line;
	const struct report_diagnostics *report = &doctor->report;

	if (!name[0]) {
		doctor_note(doctor, "INT line", DOCTOR_OK, "none is set: data-ready is polled");
	} else if (doctor->asked) {
		bool missed = report->missed_edges * 100 > report->frames * EDGES_MISSED_PERCENT;

		doctor_note(doctor, "INT line", missed ? DOCTOR_WARN : DOCTOR_OK, "%s: %.0f of %.0f edges missed", name,
			    report->missed_edges, report->frames);
		if (missed)
			doctor_advise(doctor, "check the wire and its pull-up; until then data-ready is polled");
	} else if (!doctor->running && !doctor->options->root[0]) {
		try_line(doctor, name);
	}
}

void doctor_sensor(struct doctor *doctor)
{
	const struct sensor_settings *sensor = &doctor->config.sensor;
	bool hardware = strcmp(sensor->type, "vl53l8cx") == 0 && strcmp(sensor->bus, "emulator") != 0;
	bool works = doctor->asked && strcmp(doctor->report.state, "running") == 0;

	if (doctor->asked)
		look_at_answer(doctor);
	if (works && !strstr(doctor->report.device, "/dev/"))
		return; /* recordings or the emulated chip, whatever this configuration says */
	if (!hardware) {
		doctor_note(doctor, "i2c bus", DOCTOR_OK, "none: the configuration names %s",
			    strcmp(sensor->type, "replay") == 0 ? "recordings" : "the emulated chip");
		return;
	}
	if (!works) {
		look_at_hardware(doctor);
		look_at_firmware(doctor);
	}
	look_at_clock(doctor);
	look_at_int(doctor);
}
