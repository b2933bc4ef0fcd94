/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vl53l8cx-recover.c - how the sensor comes up and comes back: firmware, bus, boot, and the rungs of the ladder.
 *
 * The policy (which rung, when) is ladder.c; here is what each of them does.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sensor/vl53l8cx-source.h"

enum {
	LPN_LOW_US = 100000,
	LPN_HIGH_US = 10000,
	/* Time that a rung may take before something is wrong with the thread itself. */
	RESYNC_MS = 10000,
	RESTART_MS = 30000,
	REBOOT_MS = 90000, /* two uploads at 100 kHz, and every time limit reached */
	SYNTHETIC_SEED = 1,
};

int vl53l8cx_source_trouble(struct vl53l8cx_source *source, enum source_rung at_least, int error,
			    struct trouble *ret_trouble)
{
	enum vl53l8cx_error cause = source->chip.error;

	*ret_trouble = (struct trouble){
		.at_least = at_least,
		.error = error,
		.hopeless = cause == VL53L8CX_ERROR_WRONG_ID || cause == VL53L8CX_ERROR_WRONG_REVISION ||
			    cause == VL53L8CX_ERROR_CHECKSUM_FIRMWARE || cause == VL53L8CX_ERROR_ADDRESS,
		.fatal = cause == VL53L8CX_ERROR_LASER_SAFETY,
	};
	vl53l8cx_explain(&source->chip, ret_trouble->reason, sizeof(ret_trouble->reason));
	return error;
}

static int firmware_get(struct vl53l8cx_source *source, struct trouble *ret_trouble)
{
	const struct source_config *config = &source->config;
	struct trouble trouble = {.at_least = SOURCE_RUNG_REBOOT, .hopeless = true};
	const char *path = config->firmware[0] ? config->firmware : FIRMWAREDIR "/" FIRMWARE_NAME;

	if (!config->firmware[0] && strcmp(config->bus, "emulator") == 0) {
		firmware_synthetic(SYNTHETIC_SEED, &source->firmware);
		return 0;
	}
	trouble.error = firmware_load(path, &source->firmware, trouble.reason);
	if (trouble.error < 0)
		*ret_trouble = trouble;
	return trouble.error;
}

int vl53l8cx_source_prepare(struct vl53l8cx_source *source, bool again, struct trouble *ret_trouble)
{
	struct trouble trouble = {.at_least = SOURCE_RUNG_REBOOT, .hopeless = true};
	int r = 0;

	if (again || !source->firmware.trailer)
		r = firmware_get(source, ret_trouble);
	if (r < 0 && !source->firmware.trailer) /* else the one that we have will do */
		return r;
	if (again && !source->bus.emulator)
		bus_close(&source->bus);
	if (source->bus.adapter)
		return 0;
	trouble.error = bus_open(&source->config, &source->bus, trouble.reason);
	if (trouble.error < 0)
		*ret_trouble = trouble;
	return trouble.error;
}

/* What the bus really takes for a byte shows in the upload; warns when frames can't keep up. */
static void bus_speed_check(struct vl53l8cx_source *source)
{
	const struct i2c_counters *counters = &source->chip.i2c.counters;
	uint64_t bytes = counters->bytes_in + counters->bytes_out;
	uint64_t frame_ns = bytes ? counters->bus_ns * vl53l8cx_layout_bytes(&source->chip.layout) / bytes : 0;
	bool known = source->slow_bus;

	source->slow_bus = frame_ns > source->period_ns * 8 / 10;
	if (source->slow_bus && !known)
		vl53l8cx_source_warn(source,
				     "slow bus: a frame takes %u ms of it, one comes every %u ms: faster clock or "
				     "fewer outputs",
				     (unsigned)(frame_ns / 1000000), (unsigned)(source->period_ns / 1000000));
}

int vl53l8cx_source_boot(struct vl53l8cx_source *source, struct trouble *ret_trouble)
{
	struct vl53l8cx *chip = &source->chip;
	int r = vl53l8cx_init(chip, source->settings.targets);

	if (r == 0)
		r = vl53l8cx_configure(chip, &source->settings);
	if (r == 0)
		r = vl53l8cx_start(chip);
	if (r < 0)
		return vl53l8cx_source_trouble(source, SOURCE_RUNG_REBOOT, r, ret_trouble);
	pthread_mutex_lock(&source->lock);
	snprintf(source->health.device, sizeof(source->health.device),
		 "vl53l8cx rev 0x%02x at %.40s:0x%02x, firmware %s", chip->revision, source->config.bus,
		 chip->i2c.address, source->firmware.version);
	pthread_mutex_unlock(&source->lock);
	bus_speed_check(source);
	return 0;
}

static int resync(struct vl53l8cx_source *source, struct trouble *ret_trouble)
{
	static const struct {
		enum source_rung at_least;
		const char *reason;
	} conditions[] = {
		[VL53L8CX_CONDITION_IDLE] = {SOURCE_RUNG_RESTART, "the sensor stopped ranging by itself"},
		[VL53L8CX_CONDITION_TRAPPED] = {SOURCE_RUNG_REBOOT, "the sensor's firmware trapped"},
		[VL53L8CX_CONDITION_RESET] = {SOURCE_RUNG_REBOOT,
					      "the sensor lost its firmware: check that its supply is stable"},
	};
	enum vl53l8cx_condition condition;
	int r = vl53l8cx_check(&source->chip, &condition);

	if (r < 0)
		return vl53l8cx_source_trouble(source, SOURCE_RUNG_RESTART, r, ret_trouble);
	if (condition == VL53L8CX_CONDITION_RANGING || condition == VL53L8CX_CONDITION_PAGE_LOST)
		return 0;
	*ret_trouble = (struct trouble){.at_least = conditions[condition].at_least, .error = -EIO};
	snprintf(ret_trouble->reason, sizeof(ret_trouble->reason), "%s", conditions[condition].reason);
	return -EIO;
}

static int restart(struct vl53l8cx_source *source, struct trouble *ret_trouble)
{
	int r = source->chip.ranging ? vl53l8cx_stop(&source->chip) : 0;

	if (r == 0)
		r = vl53l8cx_start(&source->chip);
	return r < 0 ? vl53l8cx_source_trouble(source, SOURCE_RUNG_REBOOT, r, ret_trouble) : 0;
}

static int power_cycle(struct vl53l8cx_source *source, struct trouble *ret_trouble)
{
	struct gpio_line *lpn = source->bus.lpn_line;

	if (lpn) {
		int r = lpn->ops->set(lpn, 0);

		clock_sleep_us(&source->gate.clock, LPN_LOW_US);
		if (lpn->ops->set(lpn, 1) < 0 || r < 0)
			vl53l8cx_source_warn(source, "the LPn line can't be switched");
		clock_sleep_us(&source->gate.clock, LPN_HIGH_US);
	}
	return vl53l8cx_source_boot(source, ret_trouble);
}

static int rung_try(struct vl53l8cx_source *source, enum source_rung rung, struct trouble *trouble)
{
	static const struct {
		int (*act)(struct vl53l8cx_source *source, struct trouble *ret_trouble);
		unsigned deadline_ms;
	} rungs[SOURCE_RUNGS_COUNT] = {
		[SOURCE_RUNG_RESYNC] = {resync, RESYNC_MS},
		[SOURCE_RUNG_RESTART] = {restart, RESTART_MS},
		[SOURCE_RUNG_REBOOT] = {vl53l8cx_source_boot, REBOOT_MS},
		[SOURCE_RUNG_POWER_CYCLE] = {power_cycle, REBOOT_MS},
	};
	int r;

	vl53l8cx_source_state(source, SOURCE_RECOVERING, trouble, rungs[rung].deadline_ms);
	r = rungs[rung].act(source, trouble);
	pthread_mutex_lock(&source->lock);
	source->health.recoveries[rung]++;
	if (r < 0 && rung >= SOURCE_RUNG_REBOOT)
		source->health.reboots_failed++;
	pthread_mutex_unlock(&source->lock);
	return r;
}

/* Waits before the top rung is tried again. Then everything is taken anew: the bus and the firmware file too. */
static int back_off(struct vl53l8cx_source *source, struct ladder_step *step, struct trouble *trouble)
{
	vl53l8cx_source_state(source, SOURCE_WAITING, trouble, step->wait_s * 1000ull + RESYNC_MS);
	if (!vl53l8cx_source_sleep(source, step->wait_s)) {
		int wanted = atomic_exchange(&source->wanted_rung, SOURCE_NO_RUNG);

		if (atomic_load(&source->stopping))
			return -ECANCELED;
		if (wanted != SOURCE_NO_RUNG)
			step->rung = (enum source_rung)wanted;
	}
	return vl53l8cx_source_prepare(source, true, trouble);
}

int vl53l8cx_source_recover(struct vl53l8cx_source *source, struct trouble *trouble)
{
	int r = trouble->fatal ? trouble->error : -EAGAIN;

	while (r < 0 && !trouble->fatal) {
		struct ladder_step step = {.rung = trouble->at_least};

		if (atomic_load(&source->stopping))
			return -ECANCELED;
		if (trouble->hopeless)
			ladder_exhaust(&source->ladder);
		if (!trouble->by_hand)
			step = ladder_next(&source->ladder, trouble->at_least);
		r = step.wait_s > 0 ? back_off(source, &step, trouble) : 0;
		if (r == 0)
			r = rung_try(source, step.rung, trouble);
	}
	return r;
}
