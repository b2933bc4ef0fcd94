/* SPDX-License-Identifier: Apache-2.0 */
/* test-nn-kernels.c - the float kernels against the plainest possible reference, on random shapes. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nn/runtime/kernels-f32.h"
#include "nn/runtime/math.h"
#include "tests/unit/nn-fixture.h"

enum { VALUES = 1 << 15, ROUNDS = 300 };

static const struct nn_range all = {-FLT_MAX, FLT_MAX}, relu6 = {0, 6};
static float in[VALUES], weights[VALUES], bias[64], out[VALUES], wanted[VALUES];

static int32_t number(uint64_t *state, int32_t low, int32_t high)
{
	float x = (fixture_random(state) + 1) / 2;
	int32_t n = low + (int32_t)(x * (float)(high - low + 1));

	return n > high ? high : n;
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
		w.in_h = number(state, 1, 9);
		w.in_w = number(state, 1, 9);
		w.in_c = number(state, 1, 11);
		w.out_c = number(state, 1, 19);
		int32_t extent_h = (w.kernel_h - 1) * w.dilation_h + 1, extent_w = (w.kernel_w - 1) * w.dilation_w + 1;
		int32_t bottom = number(state, 0, extent_h - 1), right = number(state, 0, extent_w - 1);

		w.pad_top = number(state, 0, extent_h - 1);
		w.pad_left = number(state, 0, extent_w - 1);
		w.out_h = (w.in_h + w.pad_top + bottom - extent_h) / w.stride_h + 1;
		w.out_w = (w.in_w + w.pad_left + right - extent_w) / w.stride_w + 1;
		if (w.in_h + w.pad_top + bottom < extent_h || w.in_w + w.pad_left + right < extent_w)
			w.out_h = 0;
	} while (w.out_h < 1 || w.out_w < 1);
	return w;
}

/* The input at a tap of an output position; false in the padding. */
static bool tap(const struct nn_window *w, int32_t oy, int32_t ox, int32_t ky, int32_t kx, int32_t c, float *ret_value)
{
	int32_t y = oy * w->stride_h - w->pad_top + ky * w->dilation_h;
	int32_t x = ox * w->stride_w - w->pad_left + kx * w->dilation_w;

	if (y < 0 || y >= w->in_h || x < 0 || x >= w->in_w)
		return false;
	*ret_value = in[(y * w->in_w + x) * w->in_c + c];
	return true;
}

static double limit(double x, struct nn_range range)
{
	return fmin(fmax(x, (double)range.low), (double)range.high);
}

static void check(size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fabsf(out[i] - wanted[i]) > 1e-5f)
			fail_msg("value %zu of %zu: %g, wanted %g", i, n, (double)out[i], (double)wanted[i]);
}

static void fill_all(uint64_t *state)
{
	fixture_fill(in, VALUES, state);
	fixture_fill(weights, VALUES, state);
	fixture_fill(bias, 64, state);
	memset(out, 0x55, sizeof(out));
}

/* With multiplier 0 a full convolution, else depthwise. */
static void reference_conv(const struct nn_window *w, int32_t multiplier, struct nn_range range)
{
	size_t n = 0;

	for (int32_t oy = 0; oy < w->out_h; oy++)
		for (int32_t ox = 0; ox < w->out_w; ox++)
			for (int32_t o = 0; o < w->out_c; o++) {
				double sum = (double)bias[o];
				float x;

				for (int32_t ky = 0; ky < w->kernel_h; ky++)
					for (int32_t kx = 0; kx < w->kernel_w; kx++)
						for (int32_t c = 0; c < w->in_c; c++) {
							int32_t t = (ky * w->kernel_w + kx) * w->in_c + c;

							if (multiplier && o / multiplier != c)
								continue;
							t = multiplier ? (ky * w->kernel_w + kx) * w->out_c + o
								       : t * w->out_c + o;
							if (tap(w, oy, ox, ky, kx, c, &x))
								sum += (double)x * (double)weights[t];
						}
				wanted[n++] = (float)limit(sum, range);
			}
	check(n);
}

static void convolution_is_right(void **unused)
{
	uint64_t state = 1;

	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		struct nn_window w = random_window(&state, 3);
		struct nn_range range = i % 2 ? all : relu6;

		fill_all(&state);
		nn_conv_2d_f32(&w, in, weights, bias, range, out);
		reference_conv(&w, 0, range);
	}
}

static void depthwise_convolution_is_right(void **unused)
{
	uint64_t state = 2;

	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		struct nn_window w = random_window(&state, 3);
		int32_t multiplier = number(&state, 1, 3);
		struct nn_range range = i % 2 ? all : relu6;

		w.out_c = w.in_c * multiplier;
		fill_all(&state);
		nn_depthwise_conv_2d_f32(&w, in, weights, bias, range, out);
		reference_conv(&w, multiplier, range);
	}
}

static void pools_are_right(void **unused)
{
	uint64_t state = 3;

	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		struct nn_window w = random_window(&state, 1);
		bool average = i % 2;
		size_t n = 0;

		w.out_c = w.in_c;
		fill_all(&state);
		if (average)
			nn_average_pool_2d_f32(&w, in, all, out);
		else
			nn_max_pool_2d_f32(&w, in, all, out);
		for (int32_t oy = 0; oy < w.out_h; oy++)
			for (int32_t ox = 0; ox < w.out_w; ox++)
				for (int32_t c = 0; c < w.in_c; c++) {
					double sum = 0, largest = -1e9, count = 0;
					float x;

					for (int32_t t = 0; t < w.kernel_h * w.kernel_w; t++)
						if (tap(&w, oy, ox, t / w.kernel_w, t % w.kernel_w, c, &x)) {
							sum += (double)x;
							largest = fmax(largest, (double)x);
							count++;
						}
					wanted[n++] = (float)(average ? sum / count : largest);
				}
		check(n);
	}
}

static void dense_is_right(void **unused)
{
	uint64_t state = 4;

	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		int32_t inputs = number(&state, 1, 90), outputs = number(&state, 1, 40);

		fill_all(&state);
		nn_dense_f32(inputs, outputs, in, weights, bias, relu6, out);
		for (int32_t o = 0; o < outputs; o++) {
			double sum = (double)bias[o];

			for (int32_t j = 0; j < inputs; j++)
				sum += (double)in[j] * (double)weights[j * outputs + o];
			wanted[o] = (float)limit(sum, relu6);
		}
		check((size_t)outputs);
	}
}

static void softmax_is_right(void **unused)
{
	uint64_t state = 5;

	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		int32_t rows = number(&state, 1, 3), n = number(&state, 1, 20);
		float scale = i % 3 ? 1 : 60;

		fill_all(&state);
		for (int32_t j = 0; j < rows * n; j++)
			in[j] *= scale;
		nn_softmax_f32(rows, n, 1, in, out);
		for (int32_t row = 0; row < rows; row++) {
			double sum = 0;

			for (int32_t j = 0; j < n; j++)
				sum += exp((double)in[row * n + j]);
			for (int32_t j = 0; j < n; j++)
				wanted[row * n + j] = (float)(exp((double)in[row * n + j]) / sum);
		}
		check((size_t)(rows * n));
	}
}

static void pairwise_operators_take_rows_and_single_values(void **unused)
{
	const float a[6] = {1, 2, 3, 4, 5, 6}, b[3] = {10, -20, 0.5f};

	(void)unused;
	nn_add_f32(3, (struct nn_row_f32){a, 1}, (struct nn_row_f32){b, 1}, all, out);
	nn_add_f32(3, (struct nn_row_f32){a + 3, 1}, (struct nn_row_f32){b, 1}, all, out + 3);
	memcpy(wanted, (const float[]){11, -18, 3.5f, 14, -15, 6.5f}, 6 * sizeof(float));
	check(6);
	nn_multiply_f32(3, (struct nn_row_f32){a, 1}, (struct nn_row_f32){b, 1}, relu6, out);
	nn_multiply_f32(3, (struct nn_row_f32){a + 3, 1}, (struct nn_row_f32){b, 1}, relu6, out + 3);
	memcpy(wanted, (const float[]){6, 0, 1.5f, 6, 0, 3}, 6 * sizeof(float));
	check(6);
	nn_subtract_f32(3, (struct nn_row_f32){b, 0}, (struct nn_row_f32){a, 1}, all, out);
	memcpy(wanted, (const float[]){9, 8, 7}, 3 * sizeof(float));
	check(3);
}

static void exponential_is_close(void **unused)
{
	double worst = 0;

	(void)unused;
	for (float x = 0; x > -87; x -= 0.0137f)
		worst = fmax(worst, fabs((double)nn_exp_negative(x) / exp((double)x) - 1));
	assert_true(worst < 3e-7);
	assert_true(nn_exp_negative(0) == 1);
	assert_true(nn_exp_negative(-100) == 0);
	assert_true(nn_exp_negative(-INFINITY) == 0);
	assert_true(nn_exp_negative(NAN) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(convolution_is_right),
		cmocka_unit_test(depthwise_convolution_is_right),
		cmocka_unit_test(pools_are_right),
		cmocka_unit_test(dense_is_right),
		cmocka_unit_test(softmax_is_right),
		cmocka_unit_test(pairwise_operators_take_rows_and_single_values),
		cmocka_unit_test(exponential_is_close),
	};

	return cmocka_run_group_tests_name("nn-kernels", tests, NULL, NULL);
}
