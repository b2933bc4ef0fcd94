/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-i2c-dev.c - finding an adapter by node or name, in a /sys and /dev of our own making. What happens on a node
 * that is an adapter is in tests/system/i2c-dev-ioctl.c.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "sensor/i2c-dev.h"

struct state {
	char top[32], sys[48], dev[48];
};

static void shell(const char *directory, const char *commands)
{
	char command[640];

	snprintf(command, sizeof(command), "cd %s && %s", directory, commands);
	assert_int_equal(system(command), 0);
}

static int setup(void **ret_state)
{
	struct state *state = calloc(1, sizeof(*state));

	assert_non_null(state);
	strcpy(state->top, "/tmp/test-i2c-dev.XXXXXX");
	assert_non_null(mkdtemp(state->top));
	snprintf(state->sys, sizeof(state->sys), "%s/sys", state->top);
	snprintf(state->dev, sizeof(state->dev), "%s/dev", state->top);
	/* Plain files stand for the nodes: they open, and then refuse the ioctl. i2c-3 has no node. */
	shell(state->top, "mkdir dev && touch dev/i2c-0 dev/i2c-1 dev/i2c-2 dev/i2c-10 && mkdir -p sys/class/i2c-dev &&"
			  " cd sys/class/i2c-dev && mkdir i2c-0 i2c-1 i2c-2 i2c-3 i2c-10 other &&"
			  " echo 'STM32F7 I2C(0x40012000)' >i2c-0/name && echo 'STM32F7 I2C(0x5c002000)' >i2c-1/name &&"
			  " echo twin >i2c-2/name && echo twin >i2c-10/name && echo 'STM32F7 I2C' >i2c-3/name");
	*ret_state = state;
	return 0;
}

static int teardown(void **p_state)
{
	struct state *state = *p_state;

	shell(state->top, "rm -rf dev sys");
	rmdir(state->top);
	free(state);
	return 0;
}

static void test_find(void **p_state)
{
	static const struct {
		const char *text;
		int r;
	} table[] = {
		/* EOPNOTSUPP = found, opened, and then seen not to be an adapter. */
		{"STM32F7 I2C(0x40012000)", -EOPNOTSUPP},
		{"0x5c002000", -EOPNOTSUPP},
		{"i2c-1", -EOPNOTSUPP},
		{"STM32F7 I2C", -ENOENT}, /* the exact one has no node */
		{"STM32", -ENOTUNIQ},
		{"twin", -ENOTUNIQ},
		{"i2c-10", -EOPNOTSUPP},
		{"i2c", -ENOENT},
		{"nothing like that", -ENOENT},
		{"", -ENOENT},
	};
	struct state *state = *p_state;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct i2c_adapter *adapter = NULL;
		int r = i2c_dev_open_at(state->sys, state->dev, table[i].text, &adapter);

		if (r != table[i].r)
			fail_msg("\"%s\": %d, not %d", table[i].text, r, table[i].r);
		assert_null(adapter);
	}
}

static void test_node(void **p_state)
{
	struct state *state = *p_state;
	struct i2c_adapter *adapter = NULL;
	char path[96];

	assert_int_equal(i2c_dev_open("/dev/null", &adapter), -EOPNOTSUPP);
	assert_int_equal(i2c_dev_open("/nonexistent/i2c-1", &adapter), -ENOENT);
	snprintf(path, sizeof(path), "%s/i2c-0/below", state->dev);
	assert_int_equal(i2c_dev_open(path, &adapter), -ENOENT);
	if (geteuid() != 0) {
		snprintf(path, sizeof(path), "%s/i2c-0", state->dev);
		chmod(path, 0);
		assert_int_equal(i2c_dev_open(path, &adapter), -EACCES);
	}
	assert_null(adapter);
}

static void test_list(void **p_state)
{
	struct state *state = *p_state;
	char text[256];

	i2c_dev_list(state->sys, text, sizeof(text));
	assert_string_equal(text, "i2c-0 (STM32F7 I2C(0x40012000)), i2c-1 (STM32F7 I2C(0x5c002000)), i2c-2 (twin), "
				  "i2c-3 (STM32F7 I2C), i2c-10 (twin)");
	i2c_dev_list(state->sys, text, 12);
	assert_string_equal(text, "i2c-0 (STM3");
	i2c_dev_list(state->dev, text, sizeof(text));
	assert_string_equal(text, "none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_node),
		cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
