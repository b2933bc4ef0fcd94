/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpio.h - the two pins of the sensor that Linux may own: INT (input, falling edge) and LPn (output).
 *
 * gpio-v1.c and gpio-v2.c implement the two open functions for libgpiod 1.6 and 2.x; configure builds one of
 * them, or gpio-none.c. The emulator hands out lines of its own with the same operations.
 *
 * A line is named by its device tree name ("TOF_INT") or by chip and offset ("gpiochip2:5", "/dev/gpiochip2:5").
 */
#ifndef SENSOR_GPIO_H
#define SENSOR_GPIO_H

#include <stddef.h>
#include <stdint.h>

struct gpio_line;

struct gpio_line_ops {
	int (*set)(struct gpio_line *line, int value); /* outputs */
	int (*fd)(struct gpio_line *line);	       /* inputs: readable when an edge came */
	/* Reads all pending edges: how many, and when the last one came (CLOCK_MONOTONIC, 0 if none). */
	int (*drain)(struct gpio_line *line, unsigned *ret_count, uint64_t *ret_t_ns);
	struct gpio_line *(*free)(struct gpio_line *line); /* NULL allowed, returns NULL */
};

struct gpio_line {
	const struct gpio_line_ops *ops;
};

/*
 * Errors: ENOENT no such line, ENOTUNIQ the name is on several chips, EBUSY somebody holds it, EACCES,
 * EINVAL the text is neither a name nor chip:offset, EOPNOTSUPP built without libgpiod.
 */
int gpio_open_output(const char *line, int value, struct gpio_line **ret_line);
int gpio_open_falling_edge(const char *line, struct gpio_line **ret_line);

/* The version of libgpiod: "1.6.3", "2.1.3", or "none". */
const char *gpio_library(void);

static inline struct gpio_line *gpio_line_free(struct gpio_line *line)
{
	return line ? line->ops->free(line) : NULL;
}

#endif
