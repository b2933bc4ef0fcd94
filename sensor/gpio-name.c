/* SPDX-License-Identifier: Apache-2.0 */
/* gpio-name.c - finds the GPIO line that a text means (see gpio-name.h). */
#include "sensor/gpio-name.h"

#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
	LINE_NAME_MAX = 31, /* uapi linux/gpio.h, GPIO_MAX_NAME_SIZE */
	OFFSET_DIGITS_MAX = 4,
};

static bool digits_only(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isdigit((unsigned char)text[i]))
			return false;
	return n > 0;
}

/* "gpiochip2:5" or "/dev/gpiochip2:5". Returns 0, or -ENOENT when the text does not look so. */
static int chip_offset_parse(const char *text, const char *dev, struct gpio_name *ret_name)
{
	static const char node[] = "gpiochip";
	const char *chip = strncmp(text, "/dev/", 5) == 0 ? text + 5 : text;
	const char *colon = strrchr(chip, ':');
	size_t number = sizeof(node) - 1;
	size_t length = colon ? (size_t)(colon - chip) : 0;
	struct gpio_name name = {.offset = 0};
	int n;

	if (!colon || strncmp(chip, node, number) != 0 || !digits_only(chip + number, length - number) ||
	    !digits_only(colon + 1, strlen(colon + 1)) || strlen(colon + 1) > OFFSET_DIGITS_MAX)
		return -ENOENT;
	n = snprintf(name.chip, sizeof(name.chip), "%s/%.*s", dev, (int)length, chip);
	if (n < 0 || (size_t)n >= sizeof(name.chip))
		return -ENOENT;
	for (const char *p = colon + 1; *p; p++)
		name.offset = name.offset * 10 + (unsigned)(*p - '0');
	*ret_name = name;
	return 0;
}

int gpio_name_resolve(const char *text, const char *dev, gpio_name_lookup *lookup, struct gpio_name *ret_name)
{
	char pattern[GPIO_NAME_CHIP_BYTES];
	struct gpio_name name = {.offset = 0};
	unsigned found = 0;
	int r = -ENOENT;
	glob_t chips;

	if (chip_offset_parse(text, dev, ret_name) == 0)
		return 0;
	if (!*text || strchr(text, '/') || strlen(text) > LINE_NAME_MAX)
		return -EINVAL;
	snprintf(pattern, sizeof(pattern), "%s/gpiochip*", dev);
	if (glob(pattern, 0, NULL, &chips) != 0)
		return -ENOENT;
	for (size_t i = 0; i < chips.gl_pathc; i++) {
		int offset = strlen(chips.gl_pathv[i]) < sizeof(name.chip) ? lookup(chips.gl_pathv[i], text) : -ENOENT;

		if (offset >= 0) {
			strcpy(name.chip, chips.gl_pathv[i]);
			name.offset = (unsigned)offset;
			found++;
		} else if (offset != -ENOENT) {
			r = offset;
		}
	}
	globfree(&chips);
	if (found > 1)
		return -ENOTUNIQ;
	if (found == 0)
		return r;
	*ret_name = name;
	return 0;
}
