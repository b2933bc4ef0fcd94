/* SPDX-License-Identifier: Apache-2.0 */
/* test-nn-value.c - real values into tensors against their definition in doubles: halves, ends, NaN, any bits at all. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nn/runtime/value.h"

enum {
	VALUES = 4096,
};

static float values[VALUES];
static uint8_t stored[4 * VALUES] __attribute__((aligned(16)));

/* Nearly all bits: every exponent as often as any other. */
static void fill_values(void)
{
	static const float special[] = {
		0,     -0.0f,	 0.5f,	    -0.5f,  0.49999997f,   -0.49999997f,   1.5f,       -2.5f,
		1e30f, -1e30f,	 4e9f,	    -4e9f,  2147483648.0f, -2147483648.0f, 8388607.5f, -8388607.5f,
		NAN,   INFINITY, -INFINITY, 127.5f, -128.5f,	   1073741824.0f,  32767.5f,   16777217.0f};
	uint32_t state = 1;

	for (unsigned i = 0; i < VALUES; i++) {
		state = state * 1664525 + 1013904223;
		memcpy(&values[i], &state, sizeof(state));
		if (i % 2) /* within some types' range, many of them at halves */
			values[i] = (float)(int32_t)(state >> 8) / 2 - (float)(1 << (state & 15));
		if (i % 4 == 1)
			values[i] = (float)((int32_t)state >> 22) / 2;
	}
	memcpy(values, special, sizeof(special));
}

static int64_t defined(float value, float scale, int32_t zero_point, int64_t low, int64_t high)
{
	double x = (double)(value / scale), limit = 4e9;
	int64_t y = isnan(x) ? 0 : (int64_t)round(x > limit ? limit : x < -limit ? -limit : x);

	y += zero_point;
	return y < low ? low : y > high ? high : y;
}

static int64_t stored_at(enum nn_type type, unsigned i)
{
	int16_t half;
	int32_t whole;

	memcpy(&half, stored + 2 * i, sizeof(half));
	memcpy(&whole, stored + 4 * i, sizeof(whole));
	return type == NN_TYPE_I8    ? (int8_t)stored[i]
	       : type == NN_TYPE_U8  ? stored[i]
	       : type == NN_TYPE_I16 ? half
				     : whole;
}

static void check(enum nn_type type, float scale, int32_t zero_point, int64_t low, int64_t high)
{
	struct {
		float scale;
		int32_t zero_point;
	} quantisation = {scale, zero_point};
	struct nn_model model = {.quantisation = (const uint8_t *)&quantisation};
	struct nn_tensor tensor = {.type = (uint8_t)type, .dims = 1, .shape = {VALUES, 1, 1, 1}, .scale_count = 1};
	struct nn_run run = {.model = &model, .arena = stored};

	nn_value_write(&run, &tensor, values);
	for (unsigned i = 0; i < VALUES; i++) {
		int64_t wanted = defined(values[i], scale, zero_point, low, high);

		if (stored_at(type, i) != wanted)
			fail_msg("%.9g / %.9g, zero point %d: %lld, not %lld", (double)values[i], (double)scale,
				 zero_point, (long long)stored_at(type, i), (long long)wanted);
	}
}

static void values_are_rounded_and_limited(void **state)
{
	static const float scales[] = {1, 0.0122921439f, 3e-39f, 1e30f};

	(void)state;
	fill_values();
	for (unsigned i = 0; i < sizeof(scales) / sizeof(scales[0]); i++) {
		check(NN_TYPE_I8, scales[i], -22, INT8_MIN, INT8_MAX);
		check(NN_TYPE_I8, scales[i], 127, INT8_MIN, INT8_MAX);
		check(NN_TYPE_I8, scales[i], INT32_MIN, INT8_MIN, INT8_MAX); /* only forged ones are like that */
		check(NN_TYPE_U8, scales[i], 128, 0, UINT8_MAX);
		check(NN_TYPE_I16, scales[i], 0, INT16_MIN, INT16_MAX);
		check(NN_TYPE_I32, scales[i], 0, INT32_MIN, INT32_MAX);
		check(NN_TYPE_I32, scales[i], INT32_MAX, INT32_MIN, INT32_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_rounded_and_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
