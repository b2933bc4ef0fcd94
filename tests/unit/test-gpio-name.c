/* SPDX-License-Identifier: Apache-2.0 */
/* test-gpio-name.c - which line a text means, against chips of our own making; and the library that was built in. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sensor/gpio-name.h"
#include "sensor/gpio.h"

/* gpiochip0: nobody may open it. gpiochip1: TOF_INT=3, TWICE=4. gpiochip10: TWICE=0, TOF_LPN=7. */
static int lookup(const char *chip, const char *name)
{
	static const struct {
		const char *chip, *name;
		int offset;
	} lines[] = {{"gpiochip1", "TOF_INT", 3},
		     {"gpiochip1", "TWICE", 4},
		     {"gpiochip10", "TWICE", 0},
		     {"gpiochip10", "TOF_LPN", 7}};
	const char *node = strrchr(chip, '/') + 1;

	if (strcmp(node, "gpiochip0") == 0)
		return -EACCES;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (strcmp(lines[i].chip, node) == 0 && strcmp(lines[i].name, name) == 0)
			return lines[i].offset;
	return -ENOENT;
}

static const char *const nodes[] = {"gpiochip0", "gpiochip1", "gpiochip10", "null"};

static void nodes_make(char *directory)
{
	strcpy(directory, "/tmp/test-gpio.XXXXXX");
	assert_non_null(mkdtemp(directory));
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		char path[64];
		FILE *file;

		snprintf(path, sizeof(path), "%s/%s", directory, nodes[i]);
		file = fopen(path, "w");
		assert_non_null(file);
		fclose(file);
	}
}

static void nodes_remove(const char *directory)
{
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		char path[64];

		snprintf(path, sizeof(path), "%s/%s", directory, nodes[i]);
		unlink(path);
	}
	rmdir(directory);
}

static void test_resolve(void **state)
{
	static const struct {
		const char *text;
		int r;
		const char *chip;
		unsigned offset;
	} table[] = {
		{"TOF_INT", 0, "gpiochip1", 3},
		{"TOF_LPN", 0, "gpiochip10", 7},
		{"TWICE", -ENOTUNIQ, NULL, 0},
		{"NOWHERE", -EACCES, NULL, 0}, /* it may be on the chip that can't be opened */
		{"gpiochip2:5", 0, "gpiochip2", 5},
		{"/dev/gpiochip12:127", 0, "gpiochip12", 127},
		{"gpiochip0:0", 0, "gpiochip0", 0},
		{"gpiochip0:00009", -EACCES, NULL, 0},
		{"gpiochip:1", -EACCES, NULL, 0}, /* a name, if an odd one */
		{"gpiochip1:", -EACCES, NULL, 0},
		{"gpiochip1:x", -EACCES, NULL, 0},
		{"gpiochip1", -EACCES, NULL, 0},
		{"/dev/gpiochip1", -EINVAL, NULL, 0},
		{"/dev/gpiochip1:-1", -EINVAL, NULL, 0},
		{"/sys/gpiochip1:1", -EINVAL, NULL, 0},
		{"", -EINVAL, NULL, 0},
		{"0123456789012345678901234567890", -EACCES, NULL, 0},
		{"01234567890123456789012345678901", -EINVAL, NULL, 0},
	};
	char directory[32];

	(void)state;
	nodes_make(directory);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct gpio_name name = {.chip = "untouched", .offset = 77};
		char chip[64] = "untouched";
		int r = gpio_name_resolve(table[i].text, directory, lookup, &name);

		if (r != table[i].r)
			fail_msg("\"%s\": %d, not %d", table[i].text, r, table[i].r);
		if (r == 0)
			snprintf(chip, sizeof(chip), "%s/%s", directory, table[i].chip);
		assert_string_equal(name.chip, chip);
		assert_int_equal(name.offset, r == 0 ? table[i].offset : 77);
	}
	nodes_remove(directory);
}

static void test_no_chip(void **state)
{
	struct gpio_name name;

	(void)state;
	assert_int_equal(gpio_name_resolve("TOF_INT", "/nonexistent", lookup, &name), -ENOENT);
}

/* What was built in refuses what is not there. */
static void test_open(void **state)
{
	struct gpio_line *line = NULL;
	int none = strcmp(gpio_library(), "none") == 0;

	(void)state;
	assert_int_equal(gpio_open_falling_edge("gpiochip9999:1", &line), none ? -EOPNOTSUPP : -ENOENT);
	assert_int_equal(gpio_open_output("/nowhere", 1, &line), none ? -EOPNOTSUPP : -EINVAL);
	assert_null(line);
	assert_true(none || strchr(gpio_library(), '.'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resolve),
		cmocka_unit_test(test_no_chip),
		cmocka_unit_test(test_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
