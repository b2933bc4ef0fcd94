/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpio-name.h - from the text in the configuration to a GPIO line: which chip, which offset.
 */
#ifndef SENSOR_GPIO_NAME_H
#define SENSOR_GPIO_NAME_H

enum { GPIO_NAME_CHIP_BYTES = 64 };

struct gpio_name {
	char chip[GPIO_NAME_CHIP_BYTES]; /* "/dev/gpiochip2" */
	unsigned offset;
};

/* Asks a chip for the line of that name: its offset, -ENOENT, or another negative errno. */
typedef int gpio_name_lookup(const char *chip, const char *name);

/*
 * Resolves "TOF_INT", "gpiochip2:5" or "/dev/gpiochip2:5"; dev is where the nodes are ("/dev").
 * Errors: EINVAL neither a name nor chip:offset; ENOENT, ENOTUNIQ, EACCES (no chip that could be opened has it)
 * or what the lookup says, for names.
 */
int gpio_name_resolve(const char *text, const char *dev, gpio_name_lookup *lookup, struct gpio_name *ret_name);

#endif
