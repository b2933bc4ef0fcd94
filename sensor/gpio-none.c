/* SPDX-License-Identifier: Apache-2.0 */
/* gpio-none.c - sensor/gpio.h for builds without libgpiod: no line can be opened, data-ready is polled. */
#include <errno.h>
#include <stddef.h>

#include "sensor/gpio.h"

int gpio_open_output(const char *line, int value, struct gpio_line **ret_line)
{
	(void)line;
	(void)value;
	(void)ret_line;
	return -EOPNOTSUPP;
}

int gpio_open_falling_edge(const char *line, struct gpio_line **ret_line)
{
	(void)line;
	(void)ret_line;
	return -EOPNOTSUPP;
}

const char *gpio_library(void)
{
	return "none";
}
