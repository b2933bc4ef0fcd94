/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-nn-integer.c - the integer kernels, byte for byte, against plain 64-bit references that divide where the kernels
 * shift: random shapes, channels that fill no block, extreme zero points, weights of -128, both ways to round.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nn/runtime/kernels-int.h"
#include "tests/unit/nn-fixture.h"

enum { VALUES = 1 << 14, CHANNELS = 160, ROUNDS = 400 };

static int16_t in[VALUES], other[VALUES], out[VALUES], wanted[VALUES];
static int8_t in8[VALUES], other8[VALUES], out8[VALUES], weights[VALUES];
static int32_t bias[CHANNELS], multipliers[CHANNELS], shifts[CHANNELS];
static int64_t bias64[CHANNELS];

static int32_t number(uint64_t *state, int32_t low, int32_t high)
{
	double x = ((double)fixture_random(state) + 1) / 2;
	int64_t n = low + (int64_t)(x * ((double)high - low + 1));

	return n > high ? high : (int32_t)n;
}

/* --- the reference --------------------------------------------------------------------------------------------- */

static int64_t floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t half_away_divide(int64_t a, int64_t b)
{
	return a < 0 ? -((-a + b / 2) / b) : (a + b / 2) / b;
}

static int64_t limit(int64_t x, int64_t low, int64_t high)
{
	return x < low ? low : x > high ? high : x;
}

static int64_t reference_scale(int64_t x, int32_t multiplier, int32_t shift, bool single)
{
	int64_t up, right;

	if (single) {
		right = INT64_C(1) << (31 - shift);
		return floor_divide(x * multiplier + right / 2, right);
	}
	up = shift > 0 ? limit(x * (INT64_C(1) << shift), INT32_MIN, INT32_MAX) : x;
	up = limit(floor_divide(up * multiplier + (1 << 30), INT64_C(1) << 31), INT32_MIN, INT32_MAX);
	return shift < 0 ? half_away_divide(up, INT64_C(1) << -shift) : up;
}

static int64_t reference_scale_wide(int64_t x, int32_t multiplier, int32_t shift)
{
	int64_t reduced = multiplier >= 0x7fff0000 ? 0x7fff : (multiplier + 0x8000) / 0x10000;
	int64_t right = INT64_C(1) << (15 - shift);

	return floor_divide(x * reduced + right / 2, right);
}

struct case_of {
	struct nn_window window;
	struct nn_output_stage stage;
	int32_t in_zero, weights_zero, multiplier; /* of channels; 0: a full convolution */
	bool wide;
};

static int64_t input_at(const struct case_of *c, int32_t y, int32_t x, int32_t channel)
{
	int64_t i = ((int64_t)y * c->window.in_w + x) * c->window.in_c + channel;

	if (y < 0 || x < 0 || y >= c->window.in_h || x >= c->window.in_w)
		return 0;
	return c->wide ? in[i] : in8[i] - c->in_zero;
}

static int64_t reference_sum(const struct case_of *c, int32_t oy, int32_t ox, int32_t o)
{
	const struct nn_window *w = &c->window;
	int64_t sum = c->wide ? bias64[o] : bias[o];

	for (int32_t ky = 0; ky < w->kernel_h; ky++)
		for (int32_t kx = 0; kx < w->kernel_w; kx++)
			for (int32_t i = 0; i < w->in_c; i++) {
				int32_t t = ky * w->kernel_w + kx;
				int32_t y = oy * w->stride_h - w->pad_top + ky * w->dilation_h;
				int32_t x = ox * w->stride_w - w->pad_left + kx * w->dilation_w;

				if (c->multiplier && o / c->multiplier != i)
					continue;
				t = c->multiplier ? t * w->out_c + o : (t * w->in_c + i) * w->out_c + o;
				sum += input_at(c, y, x, i) * (weights[t] - c->weights_zero);
			}
	return sum;
}

static int64_t reference_stage(const struct case_of *c, int32_t channel, int64_t sum)
{
	int32_t i = c->stage.step ? channel : 0;
	int64_t y = c->wide ? reference_scale_wide(sum, multipliers[i], shifts[i])
			    : reference_scale(sum, multipliers[i], shifts[i], c->stage.single);

	return limit(y + c->stage.zero_point, c->stage.low, c->stage.high);
}

static void check(size_t n, bool wide)
{
	for (size_t i = 0; i < n; i++) {
		int is = wide ? out[i] : out8[i];

		if (is != wanted[i])
			fail_msg("value %zu of %zu: %d, wanted %d", i, n, is, wanted[i]);
	}
}

static void check_convolution(const struct case_of *c)
{
	size_t n = 0;

	for (int32_t oy = 0; oy < c->window.out_h; oy++)
		for (int32_t ox = 0; ox < c->window.out_w; ox++)
			for (int32_t o = 0; o < c->window.out_c; o++)
				wanted[n++] = (int16_t)reference_stage(c, o, reference_sum(c, oy, ox, o));
	check(n, c->wide);
}

/* --- random cases ---------------------------------------------------------------------------------------------- */

/* Numbers of all sizes, and the ends of their range more often than chance has it. */
static int32_t extreme(uint64_t *state, int32_t low, int32_t high)
{
	int32_t which = number(state, 0, 9);

	return which == 0 ? low : which == 1 ? high : number(state, low, high);
}

static void fill(uint64_t *state)
{
	for (size_t i = 0; i < VALUES; i++) {
		in[i] = (int16_t)extreme(state, INT16_MIN, INT16_MAX);
		other[i] = (int16_t)extreme(state, INT16_MIN, INT16_MAX);
		in8[i] = (int8_t)extreme(state, INT8_MIN, INT8_MAX);
		other8[i] = (int8_t)extreme(state, INT8_MIN, INT8_MAX);
		weights[i] = (int8_t)extreme(state, INT8_MIN, INT8_MAX);
	}
	memset(out, 0x55, sizeof(out));
	memset(out8, 0x55, sizeof(out8));
}

/* down: about how many bits sums are to lose. */
static void fill_channels(uint64_t *state, int32_t down)
{
	for (int i = 0; i < CHANNELS; i++) {
		bias[i] = number(state, -100000, 100000);
		bias64[i] = number(state, INT32_MIN, INT32_MAX) * INT64_C(16);
		multipliers[i] = number(state, 0, 19) ? number(state, 1 << 30, INT32_MAX) : 0;
		shifts[i] = number(state, -down - 4, -down + 4);
	}
}

static struct nn_output_stage random_stage(uint64_t *state, bool wide)
{
	struct nn_output_stage stage = {
		.multipliers = multipliers,
		.shifts = shifts,
		.step = number(state, 0, 1),
		.zero_point = wide ? 0 : extreme(state, INT8_MIN, INT8_MAX),
		.low = wide ? INT16_MIN : INT8_MIN,
		.high = wide ? INT16_MAX : INT8_MAX,
		.single = number(state, 0, 1),
	};

	if (number(state, 0, 1))
		stage.low = stage.zero_point;
	return stage;
}

static struct nn_window random_window(uint64_t *state, int32_t dilation_max)
{
	struct nn_window w = {0};

	do {
		w.kernel_h = number(state, 1, 4);
		w.kernel_w = number(state, 1, 4);
		w.stride_h = number(state, 1, 3);
		w.stride_w = number(state, 1, 3);
		w.dilation_h = number(state, 1, dilation_max);
		w.dilation_w = number(state, 1, dilation_max);
		w.in_h = number(state, 1, 6);
		w.in_w = number(state, 1, 6);
		w.in_c = number(state, 1, 11);
		w.out_c = number(state, 1, 40);
		int32_t extent_h = (w.kernel_h - 1) * w.dilation_h + 1, extent_w = (w.kernel_w - 1) * w.dilation_w + 1;
		int32_t bottom = number(state, 0, extent_h - 1), right = number(state, 0, extent_w - 1);

		w.pad_top = number(state, 0, extent_h - 1);
		w.pad_left = number(state, 0, extent_w - 1);
		w.out_h = w.in_h + w.pad_top + bottom < extent_h
				  ? 0
				  : (w.in_h + w.pad_top + bottom - extent_h) / w.stride_h + 1;
		w.out_w = w.in_w + w.pad_left + right < extent_w
				  ? 0
				  : (w.in_w + w.pad_left + right - extent_w) / w.stride_w + 1;
	} while (w.out_h < 1 || w.out_w < 1 || w.kernel_h * w.kernel_w * w.in_c * w.out_c > VALUES ||
		 w.out_h * w.out_w * w.out_c > VALUES);
	return w;
}

static struct case_of random_case(uint64_t *state, bool wide, bool depthwise)
{
	struct case_of c = {.window = random_window(state, 3), .wide = wide};

	fill(state);
	fill_channels(state, wide ? 10 : 8);
	c.stage = random_stage(state, wide);
	if (depthwise) {
		c.multiplier = number(state, 1, 4);
		c.window.out_c = c.window.in_c * c.multiplier;
	}
	if (!wide) {
		c.in_zero = extreme(state, INT8_MIN, INT8_MAX);
		c.weights_zero = number(state, 0, 1) ? extreme(state, INT8_MIN, INT8_MAX) : 0;
	}
	return c;
}

static void convolutions_are_exact(void **unused)
{
	uint64_t state = 11;

	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		struct case_of c = random_case(&state, i % 2, false);

		if (c.wide)
			nn_conv_2d_i16(&c.window, in, weights, bias64, &c.stage, out);
		else
			nn_conv_2d_i8(&c.window, in8, c.in_zero, weights, c.weights_zero, bias, &c.stage, out8);
		check_convolution(&c);
	}
}

static void depthwise_convolutions_are_exact(void **unused)
{
	uint64_t state = 12;

	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		struct case_of c = random_case(&state, i % 2, true);

		if (c.wide)
			nn_depthwise_conv_2d_i16(&c.window, in, weights, bias64, &c.stage, out);
		else
			nn_depthwise_conv_2d_i8(&c.window, in8, c.in_zero, weights, c.weights_zero, bias, &c.stage,
						out8);
		check_convolution(&c);
	}
}

/* A dense layer: long sums, and more outputs than any block has. */
static void long_sums_are_exact(void **unused)
{
	uint64_t state = 13;

	(void)unused;
	for (int i = 0; i < 60; i++) {
		struct case_of c = random_case(&state, i % 2, false);

		c.window = (struct nn_window){
			1, 1, number(&state, 200, 700), 1, 1, number(&state, 1, 20), 1, 1, 1, 1, 1, 1, 0, 0};
		if (i % 3 == 0) { /* the largest products there are, all of one sign */
			memset(weights, -128, sizeof(weights));
			memset(in8, 127, sizeof(in8));
			c.in_zero = -128;
			for (size_t k = 0; k < VALUES; k++)
				in[k] = INT16_MIN;
		}
		if (c.wide)
			nn_conv_2d_i16(&c.window, in, weights, bias64, &c.stage, out);
		else
			nn_conv_2d_i8(&c.window, in8, c.in_zero, weights, c.weights_zero, bias, &c.stage, out8);
		check_convolution(&c);
	}
}

static int64_t reference_pool(const struct case_of *c, int32_t oy, int32_t ox, int32_t o, bool average)
{
	const struct nn_window *w = &c->window;
	int64_t sum = 0, count = 0, largest = INT32_MIN;

	for (int32_t ky = 0; ky < w->kernel_h; ky++)
		for (int32_t kx = 0; kx < w->kernel_w; kx++) {
			int32_t y = oy * w->stride_h - w->pad_top + ky, x = ox * w->stride_w - w->pad_left + kx;
			int64_t value;

			if (y < 0 || x < 0 || y >= w->in_h || x >= w->in_w)
				continue;
			value = input_at(c, y, x, o);
			sum += value;
			count++;
			largest = value > largest ? value : largest;
		}
	return average ? half_away_divide(sum, count) : largest;
}

static void run_pool(const struct case_of *c, bool average)
{
	const struct nn_output_stage *s = &c->stage;

	if (average && c->wide)
		nn_average_pool_2d_i16(&c->window, in, s->low, s->high, out);
	else if (average)
		nn_average_pool_2d_i8(&c->window, in8, s->low, s->high, out8);
	else if (c->wide)
		nn_max_pool_2d_i16(&c->window, in, s->low, s->high, out);
	else
		nn_max_pool_2d_i8(&c->window, in8, s->low, s->high, out8);
}

static void pools_are_exact(void **unused)
{
	uint64_t state = 14;

	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		struct case_of c = random_case(&state, i % 2, false);
		bool average = i / 2 % 2;
		size_t n = 0;

		c.window.out_c = c.window.in_c = number(&state, 1, 70);
		c.window.pad_top = c.window.pad_left = 0;
		c.window.dilation_h = c.window.dilation_w = 1;
		c.window.kernel_h = number(&state, 1, c.window.in_h);
		c.window.kernel_w = number(&state, 1, c.window.in_w);
		c.window.out_h = (c.window.in_h - c.window.kernel_h) / c.window.stride_h + 1;
		c.window.out_w = (c.window.in_w - c.window.kernel_w) / c.window.stride_w + 1;
		c.in_zero = 0;
		run_pool(&c, average);
		for (int32_t oy = 0; oy < c.window.out_h; oy++)
			for (int32_t ox = 0; ox < c.window.out_w; ox++)
				for (int32_t o = 0; o < c.window.out_c; o++)
					wanted[n++] = (int16_t)limit(reference_pool(&c, oy, ox, o, average),
								     c.stage.low, c.stage.high);
		check(n, c.wide);
	}
}

/* --- pairs ----------------------------------------------------------------------------------------------------- */

static int64_t reference_add(int64_t a, int64_t b, const struct nn_output_stage *s, bool wide, bool subtract)
{
	int64_t left = wide ? 1 << 15 : 1 << 20;
	int64_t x = reference_scale(a * left, multipliers[0], shifts[0], s->single);
	int64_t y = reference_scale(b * left, multipliers[1], shifts[1], s->single);
	int64_t sum = reference_scale(subtract ? x - y : x + y, multipliers[2], shifts[2], s->single);

	return limit(sum + s->zero_point, s->low, s->high);
}

/* As the host computes them: operands keep at most half of their size, sums come down by what was taken up. */
static void fill_sum_multipliers(uint64_t *state, bool wide)
{
	for (int i = 0; i < 2; i++) {
		multipliers[i] = number(state, 1 << 30, INT32_MAX);
		shifts[i] = number(state, -12, -1);
	}
	multipliers[2] = number(state, 1 << 30, INT32_MAX);
	shifts[2] = number(state, -22, -16) + (wide ? 5 : 0);
}

static void sums_are_exact(void **unused)
{
	uint64_t state = 15;

	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		bool wide = i % 2, subtract = i / 2 % 2;
		int32_t n = number(&state, 1, 100);
		struct nn_row a = {wide ? (void *)in : (void *)in8, 1, wide ? 0 : extreme(&state, -128, 127)};
		struct nn_row b = {wide ? (void *)other : (void *)other8, number(&state, 0, 1),
				   wide ? 0 : extreme(&state, -128, 127)};
		struct nn_output_stage stage;

		fill(&state);
		stage = random_stage(&state, wide);
		fill_sum_multipliers(&state, wide);
		if (wide)
			nn_add_i16(n, a, b, &stage, subtract, out);
		else
			nn_add_i8(n, a, b, &stage, subtract, out8);
		for (int32_t k = 0; k < n; k++) {
			int64_t x = wide ? in[k] : in8[k] - a.zero_point;
			int64_t y = wide ? other[k * b.step] : other8[k * b.step] - b.zero_point;

			wanted[k] = (int16_t)reference_add(x, y, &stage, wide, subtract);
		}
		check((size_t)n, wide);
	}
}

static void products_are_exact(void **unused)
{
	uint64_t state = 16;

	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		struct case_of c = random_case(&state, i % 2, false);
		int32_t n = number(&state, 1, 100), b_zero = c.wide ? 0 : extreme(&state, -128, 127);
		struct nn_row a = {c.wide ? (void *)in : (void *)in8, number(&state, 0, 1), c.in_zero};
		struct nn_row b = {c.wide ? (void *)other : (void *)other8, 1, b_zero};

		c.stage.step = 0;
		if (c.wide)
			nn_multiply_i16(n, a, b, &c.stage, out);
		else
			nn_multiply_i8(n, a, b, &c.stage, out8);
		for (int32_t k = 0; k < n; k++) {
			int64_t x = c.wide ? in[k * a.step] : in8[k * a.step] - c.in_zero;
			int64_t y = c.wide ? other[k] : other8[k] - b_zero;
			int64_t z = reference_scale(x * y, multipliers[0], shifts[0], c.stage.single);

			wanted[k] = (int16_t)limit(z + c.stage.zero_point, c.stage.low, c.stage.high);
		}
		check((size_t)n, c.wide);
	}
}

/* --- scaling --------------------------------------------------------------------------------------------------- */

static void scaling_is_exact_at_the_ends(void **unused)
{
	static const int32_t numbers[] = {INT32_MIN,  INT32_MIN + 1, -1073741825,   -1073741824, -3, -2, -1, 0, 1, 2, 3,
					  1073741823, 1073741824,    INT32_MAX - 1, INT32_MAX};
	static const int32_t factors[] = {0, 1 << 30, (1 << 30) + 1, 1518500250, INT32_MAX - 1, INT32_MAX};
	enum { NUMBERS = sizeof(numbers) / sizeof(numbers[0]), FACTORS = sizeof(factors) / sizeof(factors[0]) };

	(void)unused;
	for (int i = 0; i < NUMBERS; i++)
		for (int k = 0; k < FACTORS; k++)
			for (int32_t shift = -31; shift <= 30; shift++)
				for (int single = 0; single < 2; single++)
					assert_true(nn_scale(numbers[i], factors[k], shift, single) ==
						    reference_scale(numbers[i], factors[k], shift, single));
}

/* The two ways to round differ, and each does what its name says: -2.5 becomes -2 (halves up) or -3 (away). */
static void modes_differ_at_halves(void **unused)
{
	(void)unused;
	assert_int_equal(nn_scale(-5, 1 << 30, 0, true), -2);
	assert_int_equal(nn_scale(-5, 1 << 30, 0, false), -2);
	assert_int_equal(nn_scale(-10, 1 << 30, -1, true), -2);
	assert_int_equal(nn_scale(-10, 1 << 30, -1, false), -3);
	assert_int_equal(nn_scale(10, 1 << 30, -1, true), 3);
	assert_int_equal(nn_scale(10, 1 << 30, -1, false), 3);
	/* Twice up: 0.25 + half of it */
	assert_int_equal(nn_scale(1, 1 << 30, -1, true), 0);
	assert_int_equal(nn_scale(1, 1 << 30, -1, false), 1);
}

/* --- softmax --------------------------------------------------------------------------------------------------- */

static double worst_of_softmax(int32_t n, double step, bool wide)
{
	double largest = -1e9, sum = 0, worst = 0;

	for (int32_t i = 0; i < n; i++)
		largest = fmax(largest, (wide ? in[i] : in8[i]) * step);
	for (int32_t i = 0; i < n; i++)
		sum += exp((wide ? in[i] : in8[i]) * step - largest);
	for (int32_t i = 0; i < n; i++) {
		double p = exp((wide ? in[i] : in8[i]) * step - largest) / sum;

		worst = fmax(worst, wide ? fabs(p * 32768 - out[i]) : fabs(p * 256 - 128 - out8[i]));
	}
	return worst;
}

static void softmax_is_close_to_the_truth(void **unused)
{
	uint64_t state = 17;
	double worst = 0;

	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		int32_t n = number(&state, 1, 300), shift;
		double step = exp((double)fixture_random(&state) * 3 - 3), fraction;

		fill(&state);
		fraction = frexp(step * 67108864, &shift);
		nn_softmax_i8(1, n, in8, (int32_t)(fraction * 2147483648.0), shift,
			      -(int32_t)(31 * ldexp(1, 26 - shift)), out8);
		worst = fmax(worst, worst_of_softmax(n, step, false));
	}
	if (worst > 1) /* half a step of rounding, 255 in the place of 256, and the arithmetic's own error */
		fail_msg("worst error %g steps", worst);
}

/* --- tables ---------------------------------------------------------------------------------------------------- */

static void lookups_take_their_entries(void **unused)
{
	uint64_t state = 18;
	static int16_t table[513];
	static int8_t table8[256];

	(void)unused;
	fill(&state);
	for (int i = 0; i < 513; i++)
		table[i] = other[i];
	memcpy(table8, other8, sizeof(table8));
	nn_lookup_i8(VALUES, in8, table8, out8);
	for (int i = 0; i < VALUES; i++)
		wanted[i] = table8[in8[i] + 128];
	check(VALUES, false);
	nn_lookup_i16(VALUES, in, table, out);
	for (int i = 0; i < VALUES; i++) {
		int64_t at = floor_divide(in[i], 128), rest = in[i] - at * 128;
		int64_t here = table[at + 256], slope = table[at + 257] - here;

		wanted[i] = (int16_t)limit(here + floor_divide(slope * rest + 64, 128), INT16_MIN, INT16_MAX);
	}
	check(VALUES, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(convolutions_are_exact),
		cmocka_unit_test(depthwise_convolutions_are_exact),
		cmocka_unit_test(long_sums_are_exact),
		cmocka_unit_test(pools_are_exact),
		cmocka_unit_test(sums_are_exact),
		cmocka_unit_test(products_are_exact),
		cmocka_unit_test(scaling_is_exact_at_the_ends),
		cmocka_unit_test(modes_differ_at_halves),
		cmocka_unit_test(softmax_is_close_to_the_truth),
		cmocka_unit_test(lookups_take_their_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
