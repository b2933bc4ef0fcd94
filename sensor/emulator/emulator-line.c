/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulator-line.c - the INT and LPn pins of the emulated sensors.
 *
 * INT: falls for 100 us when a frame is ready; only the edge matters. In real time nobody runs the chip between
 * two calls, so the descriptor is a timer that is set to the next frame, and the chip catches up when it is
 * drained. In virtual time it is an eventfd that the waiting clock writes.
 */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "sensor/emulator/emulator-bus.h"

#define NS_PER_S 1000000000ull

static void timer_set(struct line *line, uint64_t at_ns)
{
	struct itimerspec when = {
		.it_value = {.tv_sec = (time_t)(at_ns / NS_PER_S), .tv_nsec = (long)(at_ns % NS_PER_S)},
	};

	if (line->armed_ns == at_ns)
		return;
	line->armed_ns = at_ns;
	(void)timerfd_settime(line->fd, TFD_TIMER_ABSTIME, &when, NULL);
}

/* When INT may fall next, 0 for never. */
static uint64_t next_edge_ns(const struct line *line)
{
	uint64_t next = emulator_incident_ns(line->emulator);

	if (line->chip->due_ns[EVENT_FRAME] < next)
		next = line->chip->due_ns[EVENT_FRAME];
	return next == UINT64_MAX ? 0 : next;
}

void line_update(struct line *line)
{
	bool edge;

	if (!line->there)
		return;
	edge = line->chip->edges > 0;
	if (line->emulator->virtual_time) {
		uint64_t one = 1;

		if (edge && !line->signalled)
			line->signalled = write(line->fd, &one, sizeof(one)) == sizeof(one);
		return;
	}
	timer_set(line, edge ? 1 : next_edge_ns(line)); /* 1 is long past: fires at once */
}

static int int_fd(struct gpio_line *gpio)
{
	return ((struct line *)gpio)->fd;
}

static int int_drain(struct gpio_line *gpio, unsigned *ret_count, uint64_t *ret_t_ns)
{
	struct line *line = (struct line *)gpio;
	uint64_t times;

	if (read(line->fd, &times, sizeof(times)) < 0 && errno != EAGAIN)
		return -errno;
	line->signalled = false;
	line->armed_ns = 0;
	emulator_catch_up(line->emulator);
	*ret_count = line->chip->edges;
	*ret_t_ns = line->chip->edges ? line->chip->edge_ns : 0;
	line->chip->edges = 0;
	line_update(line);
	return 0;
}

static int lpn_set(struct gpio_line *gpio, int value)
{
	struct line *line = (struct line *)gpio;

	line->chip->lpn = value != 0;
	return 0;
}

static int wrong_direction_set(struct gpio_line *gpio, int value)
{
	(void)gpio;
	(void)value;
	return -EPERM;
}

static int wrong_direction_fd(struct gpio_line *gpio)
{
	(void)gpio;
	return -EPERM;
}

static int wrong_direction_drain(struct gpio_line *gpio, unsigned *ret_count, uint64_t *ret_t_ns)
{
	(void)gpio;
	(void)ret_count;
	(void)ret_t_ns;
	return -EPERM;
}

/* The emulator owns its pins. */
static struct gpio_line *line_borrowed(struct gpio_line *gpio)
{
	(void)gpio;
	return NULL;
}

static const struct gpio_line_ops int_ops = {
	.set = wrong_direction_set,
	.fd = int_fd,
	.drain = int_drain,
	.free = line_borrowed,
};

static const struct gpio_line_ops lpn_ops = {
	.set = lpn_set,
	.fd = wrong_direction_fd,
	.drain = wrong_direction_drain,
	.free = line_borrowed,
};

int line_init(struct line *line, struct emulator *emulator, struct chip *chip, enum line_kind kind, bool there)
{
	line->line.ops = kind == LINE_INT ? &int_ops : &lpn_ops;
	line->emulator = emulator;
	line->chip = chip;
	line->there = there;
	line->fd = -1;
	if (!there || kind == LINE_LPN)
		return 0;
	line->fd = emulator->virtual_time ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)
					  : timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	return line->fd < 0 ? -errno : 0;
}
