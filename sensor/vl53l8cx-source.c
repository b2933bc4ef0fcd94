/* SPDX-License-Identifier: Apache-2.0 */
/* vl53l8cx-source.c - the frame source on a VL53L8CX as the hall sees it (inside: vl53l8cx-source.h). */
#include "sensor/vl53l8cx-source.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { GOODBYE_MS = 1000 }; /* for stopping the ranging when the source is freed */

void vl53l8cx_source_state(struct vl53l8cx_source *source, enum source_state state, const struct trouble *trouble,
			   uint64_t deadline_in_ms)
{
	struct source_health *health = &source->health;
	uint64_t now = clock_now_ns(clock_monotonic());

	pthread_mutex_lock(&source->lock);
	if (state != health->state)
		health->state_since_ns = now;
	health->state = state;
	/* Virtual time stands still while the hall works, so there is nothing to promise. */
	health->deadline_ns = source->config.virtual_time || deadline_in_ms == 0 ? 0 : now + deadline_in_ms * 1000000u;
	health->error = trouble ? trouble->error : 0;
	snprintf(health->reason, sizeof(health->reason), "%s", trouble ? trouble->reason : "");
	health->i2c = source->chip.i2c.counters;
	pthread_mutex_unlock(&source->lock);
}

void vl53l8cx_source_warn(struct vl53l8cx_source *source, const char *format, ...)
{
	va_list args;

	pthread_mutex_lock(&source->lock);
	source->health.warnings++;
	va_start(args, format);
	vsnprintf(source->health.warning, sizeof(source->health.warning), format, args);
	va_end(args);
	pthread_mutex_unlock(&source->lock);
}

static int settings_from(const struct source_config *config, struct vl53l8cx_settings *ret_settings)
{
	vl53l8cx_settings_default(ret_settings);
	ret_settings->resolution = config->resolution;
	ret_settings->rate_hz = config->rate_hz;
	ret_settings->integration_ms = config->integration_ms;
	ret_settings->continuous = config->continuous;
	ret_settings->sharpener_percent = config->sharpener_percent;
	ret_settings->order = (uint8_t)config->order;
	ret_settings->xtalk_margin_kcps = config->xtalk_margin_kcps;
	ret_settings->vhv_repeat = config->vhv_repeat;
	ret_settings->external_sync = config->external_sync;
	if (config->all_outputs)
		ret_settings->outputs = VL53L8CX_OUTPUTS_ALL;
	return vl53l8cx_settings_check(ret_settings) ? -EINVAL : 0;
}

/* The strings of the configuration that we need later. */
static const char **strings_of(struct source_config *config, size_t i)
{
	const char **all[] = {&config->bus,	 &config->firmware, &config->int_line,
			      &config->lpn_line, &config->scene,    &config->faults};

	return i < sizeof(all) / sizeof(all[0]) ? all[i] : NULL;
}

static int config_copy(const struct source_config *config, struct source_config *ret_config)
{
	int r = 0;

	*ret_config = *config;
	for (size_t i = 0; strings_of(ret_config, i); i++) {
		const char **text = strings_of(ret_config, i);

		*text = strdup(*text ? *text : "");
		if (!*text)
			r = -ENOMEM;
	}
	return r;
}

static struct source *source_destroy(struct vl53l8cx_source *source)
{
	for (size_t i = 0; strings_of(&source->config, i); i++)
		free((char *)*strings_of(&source->config, i));
	frame_ring_free(source->ring);
	if (source->wake_fd >= 0)
		close(source->wake_fd);
	pthread_mutex_destroy(&source->lock);
	free(source);
	return NULL;
}

/* The thread sees no signal: they are the event loop's. */
static int thread_start(struct vl53l8cx_source *source)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&source->thread, NULL, vl53l8cx_acquire, source);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -r;
}

static int vl53l8cx_open(const struct source_config *config, struct source **ret_source)
{
	struct vl53l8cx_source *source = calloc(1, sizeof(*source));
	int r;

	if (!source)
		return -ENOMEM;
	source->base.ops = &vl53l8cx_source_ops;
	pthread_mutex_init(&source->lock, NULL);
	atomic_init(&source->wanted_rung, SOURCE_NO_RUNG);
	source->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = source->wake_fd < 0 ? -errno : 0;
	if (r == 0)
		r = config_copy(config, &source->config);
	if (r == 0)
		r = settings_from(config, &source->settings);
	if (r == 0)
		r = frame_ring_new(config->virtual_time, &source->ring);
	if (r < 0) {
		source_destroy(source);
		return r;
	}
	source->period_ns = vl53l8cx_settings_period_us(&source->settings) * 1000ull;
	source->health.rate_hz = config->rate_hz;
	snprintf(source->health.device, sizeof(source->health.device), "vl53l8cx at %.60s:0x%02x", source->config.bus,
		 config->address);
	bus_gate_init(&source->gate, &source->bus);
	source->health.state_since_ns = clock_now_ns(clock_monotonic());
	vl53l8cx_source_state(source, SOURCE_STARTING, NULL, 5000);
	r = thread_start(source);
	if (r < 0) {
		source_destroy(source);
		return r;
	}
	*ret_source = &source->base;
	return 0;
}

static int vl53l8cx_fd(struct source *base)
{
	return frame_ring_fd(((struct vl53l8cx_source *)base)->ring);
}

static int vl53l8cx_dispatch(struct source *base, struct frame *ret_frame)
{
	return frame_ring_take(((struct vl53l8cx_source *)base)->ring, ret_frame);
}

static int vl53l8cx_recover(struct source *base, enum source_rung rung)
{
	struct vl53l8cx_source *source = (struct vl53l8cx_source *)base;
	enum source_state state;

	if ((unsigned)rung >= SOURCE_RUNGS_COUNT)
		return -EINVAL;
	pthread_mutex_lock(&source->lock);
	state = source->health.state;
	pthread_mutex_unlock(&source->lock);
	if (state == SOURCE_FAULT)
		return -EHWPOISON;
	if (state == SOURCE_ENDED)
		return -ENODATA;
	atomic_store(&source->wanted_rung, (int)rung);
	(void)eventfd_write(source->wake_fd, 1);
	return 0;
}

static void vl53l8cx_health(struct source *base, struct source_health *ret_health)
{
	struct vl53l8cx_source *source = (struct vl53l8cx_source *)base;

	pthread_mutex_lock(&source->lock);
	*ret_health = source->health;
	pthread_mutex_unlock(&source->lock);
}

static struct source *vl53l8cx_free(struct source *base)
{
	struct vl53l8cx_source *source = (struct vl53l8cx_source *)base;

	if (!source)
		return NULL;
	atomic_store(&source->stopping, true);
	/* A chip that ranges is told to stop; one that boots is left alone. */
	bus_gate_close(&source->gate, atomic_load(&source->ranging) ? GOODBYE_MS : 0);
	frame_ring_end(source->ring);
	(void)eventfd_write(source->wake_fd, 1);
	pthread_join(source->thread, NULL);
	return source_destroy(source);
}

const struct source_ops vl53l8cx_source_ops = {
	.name = "vl53l8cx",
	.open = vl53l8cx_open,
	.fd = vl53l8cx_fd,
	.dispatch = vl53l8cx_dispatch,
	.recover = vl53l8cx_recover,
	.health = vl53l8cx_health,
	.free = vl53l8cx_free,
};
