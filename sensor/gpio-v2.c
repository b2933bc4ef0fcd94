/* SPDX-License-Identifier: Apache-2.0 */
/* gpio-v2.c - sensor/gpio.h on libgpiod 2.x. */
#include <errno.h>
#include <gpiod.h>
#include <stdlib.h>

#include "sensor/gpio-name.h"
#include "sensor/gpio.h"

enum { EVENTS = 16 };

struct line_v2 {
	struct gpio_line base;
	struct gpiod_line_request *request;
	struct gpiod_edge_event_buffer *events; /* inputs */
	unsigned offset;
};

static int line_set(struct gpio_line *base, int value)
{
	struct line_v2 *line = (struct line_v2 *)base;
	enum gpiod_line_value wanted = value ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE;

	return gpiod_line_request_set_value(line->request, line->offset, wanted) < 0 ? -errno : 0;
}

static int line_fd(struct gpio_line *base)
{
	struct line_v2 *line = (struct line_v2 *)base;

	return gpiod_line_request_get_fd(line->request);
}

static int line_drain(struct gpio_line *base, unsigned *ret_count, uint64_t *ret_t_ns)
{
	struct line_v2 *line = (struct line_v2 *)base;
	unsigned count = 0;
	uint64_t t_ns = 0;
	int r;

	while ((r = gpiod_line_request_wait_edge_events(line->request, 0)) > 0) {
		int n = gpiod_line_request_read_edge_events(line->request, line->events, EVENTS);

		if (n < 0)
			return -errno;
		if (n > 0)
			t_ns = gpiod_edge_event_get_timestamp_ns(
				gpiod_edge_event_buffer_get_event(line->events, (unsigned long)n - 1));
		count += (unsigned)n;
		if (n < EVENTS) /* an edge storm can't keep us here */
			break;
	}
	if (r < 0)
		return -errno;
	*ret_count = count;
	*ret_t_ns = t_ns;
	return 0;
}

static struct gpio_line *line_free(struct gpio_line *base)
{
	struct line_v2 *line = (struct line_v2 *)base;

	if (line->request)
		gpiod_line_request_release(line->request);
	if (line->events)
		gpiod_edge_event_buffer_free(line->events);
	free(line);
	return NULL;
}

static int chip_lookup(const char *path, const char *name)
{
	struct gpiod_chip *chip = gpiod_chip_open(path);
	int r;

	if (!chip)
		return -errno;
	r = gpiod_chip_get_line_offset_from_name(chip, name);
	if (r < 0)
		r = -errno;
	gpiod_chip_close(chip);
	return r;
}

/* settings are consumed. */
static int line_request(const struct gpio_name *name, struct gpiod_line_settings *settings,
			struct gpiod_line_request **ret_request)
{
	struct gpiod_request_config *request_config = gpiod_request_config_new();
	struct gpiod_line_config *line_config = gpiod_line_config_new();
	struct gpiod_chip *chip = gpiod_chip_open(name->chip);
	struct gpiod_line_request *request = NULL;
	int r = 0;

	if (!chip)
		r = -errno;
	else if (!request_config || !line_config || !settings)
		r = -ENOMEM;
	else if (gpiod_line_config_add_line_settings(line_config, &name->offset, 1, settings) < 0)
		r = -errno;
	if (r == 0) {
		gpiod_request_config_set_consumer(request_config, "postured");
		request = gpiod_chip_request_lines(chip, request_config, line_config);
		if (!request)
			r = errno == EINVAL ? -ENOENT : -errno; /* the offset is beyond the chip's last line */
	}
	if (chip)
		gpiod_chip_close(chip);
	gpiod_request_config_free(request_config);
	gpiod_line_config_free(line_config);
	gpiod_line_settings_free(settings);
	if (r == 0)
		*ret_request = request;
	return r;
}

static int line_open(const char *text, struct gpiod_line_settings *settings, struct gpio_line **ret_line)
{
	static const struct gpio_line_ops ops = {
		.set = line_set, .fd = line_fd, .drain = line_drain, .free = line_free};
	struct line_v2 *line = calloc(1, sizeof(*line));
	struct gpiod_edge_event_buffer *events = gpiod_edge_event_buffer_new(EVENTS);
	struct gpio_name name;
	int r;

	if (!line || !events) {
		gpiod_line_settings_free(settings);
		gpiod_edge_event_buffer_free(events);
		free(line);
		return -ENOMEM;
	}
	line->base.ops = &ops;
	line->events = events;
	r = gpio_name_resolve(text, "/dev", chip_lookup, &name);
	if (r < 0) {
		gpiod_line_settings_free(settings);
		line_free(&line->base);
		return r;
	}
	line->offset = name.offset;
	r = line_request(&name, settings, &line->request);
	if (r < 0) {
		line_free(&line->base);
		return r;
	}
	*ret_line = &line->base;
	return 0;
}

int gpio_open_output(const char *line, int value, struct gpio_line **ret_line)
{
	struct gpiod_line_settings *settings = gpiod_line_settings_new();

	if (!settings)
		return -ENOMEM;
	gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_OUTPUT);
	gpiod_line_settings_set_output_value(settings, value ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE);
	return line_open(line, settings, ret_line);
}

int gpio_open_falling_edge(const char *line, struct gpio_line **ret_line)
{
	struct gpiod_line_settings *settings = gpiod_line_settings_new();

	if (!settings)
		return -ENOMEM;
	gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_INPUT);
	gpiod_line_settings_set_edge_detection(settings, GPIOD_LINE_EDGE_FALLING);
	return line_open(line, settings, ret_line);
}

const char *gpio_library(void)
{
	return gpiod_api_version();
}
