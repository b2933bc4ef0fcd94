/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpio-v1.c - sensor/gpio.h on libgpiod 1.6.
 *
 * Time stamps of its events are CLOCK_MONOTONIC since Linux 5.7; older kernels stamp with CLOCK_REALTIME, which lies
 * in the future of the monotonic clock and is replaced by the time of reading.
 */
#include <errno.h>
#include <gpiod.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/clock.h"
#include "sensor/gpio-name.h"
#include "sensor/gpio.h"

struct line_v1 {
	struct gpio_line base;
	struct gpiod_chip *chip;
	struct gpiod_line *line;
};

static int line_set(struct gpio_line *base, int value)
{
	struct line_v1 *line = (struct line_v1 *)base;

	return gpiod_line_set_value(line->line, value) < 0 ? -errno : 0;
}

static int line_fd(struct gpio_line *base)
{
	struct line_v1 *line = (struct line_v1 *)base;
	int fd = gpiod_line_event_get_fd(line->line);

	return fd < 0 ? -errno : fd;
}

static int line_drain(struct gpio_line *base, unsigned *ret_count, uint64_t *ret_t_ns)
{
	static const struct timespec now = {0};
	struct line_v1 *line = (struct line_v1 *)base;
	struct gpiod_line_event events[16]; /* the kernel keeps 16 */
	uint64_t t_ns = 0;
	uint64_t now_ns;
	int n;
	int r = gpiod_line_event_wait(line->line, &now);

	if (r < 0)
		return -errno;
	n = r > 0 ? gpiod_line_event_read_multiple(line->line, events, sizeof(events) / sizeof(events[0])) : 0;
	if (n < 0)
		return -errno;
	if (n > 0)
		t_ns = (uint64_t)events[n - 1].ts.tv_sec * 1000000000u + (uint64_t)events[n - 1].ts.tv_nsec;
	now_ns = clock_now_ns(clock_monotonic());
	*ret_count = (unsigned)n;
	*ret_t_ns = t_ns < now_ns ? t_ns : now_ns;
	return 0;
}

static struct gpio_line *line_free(struct gpio_line *base)
{
	struct line_v1 *line = (struct line_v1 *)base;

	if (line->line)
		gpiod_line_release(line->line);
	if (line->chip)
		gpiod_chip_close(line->chip);
	free(line);
	return NULL;
}

static int chip_lookup(const char *path, const char *name)
{
	struct gpiod_chip *chip = gpiod_chip_open(path);
	struct gpiod_line *line;
	int r;

	if (!chip)
		return -errno;
	line = gpiod_chip_find_line(chip, name);
	r = line ? (int)gpiod_line_offset(line) : -ENOENT;
	gpiod_chip_close(chip);
	return r;
}

static int line_open(const char *text, const struct gpiod_line_request_config *config, int value,
		     struct gpio_line **ret_line)
{
	static const struct gpio_line_ops ops = {
		.set = line_set, .fd = line_fd, .drain = line_drain, .free = line_free};
	struct gpio_name name;
	struct line_v1 *line;
	int r = gpio_name_resolve(text, "/dev", chip_lookup, &name);

	if (r < 0)
		return r;
	line = calloc(1, sizeof(*line));
	if (!line)
		return -ENOMEM;
	line->base.ops = &ops;
	line->chip = gpiod_chip_open(name.chip);
	if (!line->chip) {
		r = -errno;
		goto fail;
	}
	line->line = gpiod_chip_get_line(line->chip, name.offset);
	if (!line->line) {
		r = errno == EINVAL ? -ENOENT : -errno;
		goto fail;
	}
	if (gpiod_line_request(line->line, config, value) < 0) {
		r = -errno;
		line->line = NULL; /* not ours to release */
		goto fail;
	}
	*ret_line = &line->base;
	return 0;
fail:
	line_free(&line->base);
	return r;
}

int gpio_open_output(const char *line, int value, struct gpio_line **ret_line)
{
	const struct gpiod_line_request_config config = {
		.consumer = "postured",
		.request_type = GPIOD_LINE_REQUEST_DIRECTION_OUTPUT,
	};

	return line_open(line, &config, value, ret_line);
}

int gpio_open_falling_edge(const char *line, struct gpio_line **ret_line)
{
	const struct gpiod_line_request_config config = {
		.consumer = "postured",
		.request_type = GPIOD_LINE_REQUEST_EVENT_FALLING_EDGE,
	};

	return line_open(line, &config, 0, ret_line);
}

const char *gpio_library(void)
{
	return gpiod_version_string();
}
