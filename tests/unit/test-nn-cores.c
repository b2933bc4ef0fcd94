/* SPDX-License-Identifier: Apache-2.0 */
/* test-nn-cores.c - this machine's kernels make the bytes of the portable ones; tests/build/exact.sh asks other cores. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nn/runtime/format.h"
#include "tests/unit/cores-check.h"

enum {
	CASES = 1200,
};

/* taken: whether there is a kernel for it on every core. */
static void check(uint16_t code, bool taken)
{
	struct cores_report report = cores_check(0, CASES, code);

	if (report.wrong)
		fail_msg("%u of %u cases differ, the first is number %u", report.wrong, report.cases,
			 report.first_wrong);
	assert_true(report.cases > CASES / 2);
	assert_true(report.taken || !taken);
}

static void convolutions(void **state)
{
	(void)state;
	check(NN_OPERATOR_CONV_2D, false);
}

static void depthwise_convolutions(void **state)
{
	(void)state;
	check(NN_OPERATOR_DEPTHWISE_CONV_2D, false);
}

static void dense_layers(void **state)
{
	(void)state;
	check(NN_OPERATOR_DENSE, false);
}

static void pools(void **state)
{
	(void)state;
	check(NN_OPERATOR_MAX_POOL_2D, false);
	check(NN_OPERATOR_AVERAGE_POOL_2D, false);
}

static void softmax(void **state)
{
	(void)state;
	check(NN_OPERATOR_SOFTMAX, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(convolutions), cmocka_unit_test(depthwise_convolutions),
		cmocka_unit_test(dense_layers), cmocka_unit_test(pools),
		cmocka_unit_test(softmax),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
