/* SPDX-License-Identifier: Apache-2.0 */
/* m4-rows.c - inputs as 16-bit numbers, and weights that fit them: what the kernels of m4-kernels.h share. */
#include "nn/runtime/cores/m4-kernels.h"

#if NN_CORE_M4

enum {
	FACTOR_MAX = 64,	/* times a weight of -255..255 still a 16-bit number */
	WHOLE_WORDS_MAX = 1024, /* of an image that is taken in one go */
};

static int32_t larger(int32_t a, int32_t b)
{
	return a > b ? a : b;
}

struct m4_rows m4_rows_of(const struct nn_window *w, int32_t in_zero, int32_t together)
{
	int32_t seen_w = (w->out_w - 1) * w->stride_w + (w->kernel_w - 1) * w->dilation_w + 1;
	int32_t seen_h = (together - 1) * w->stride_h + (w->kernel_h - 1) * w->dilation_h + 1;
	struct m4_rows rows = {
		.in_h = w->in_h,
		.in_w = w->in_w,
		.in_c = w->in_c,
		.pixel_words = (w->in_c + 1) / 2,
		.stride_h = together * w->stride_h,
		.pad_top = w->pad_top,
		.pad_left = w->pad_left,
		.zeros = (uint32_t)in_zero << 16 | (uint16_t)in_zero,
	};
	int32_t all = (w->out_h / together - 1) * rows.stride_h + seen_h;

	rows.row_words = larger(seen_w, w->pad_left + w->in_w) * rows.pixel_words;
	rows.whole = (int64_t)all * rows.row_words <= WHOLE_WORDS_MAX;
	rows.flat = rows.whole && rows.row_words * 2 == w->in_w * w->in_c && !w->pad_top && all <= w->in_h;
	rows.count = rows.whole ? all : seen_h;
	return rows;
}

void m4_widen(const int8_t *in, int32_t n, m4_half *out)
{
	int32_t i = 0;

#pragma GCC unroll 2
	for (; i + 4 <= n; i += 4) {
		uint32_t bytes, even, odd, low, high;

		__builtin_memcpy(&bytes, in + i, 4);
		__asm__("sxtb16 %0, %1" : "=r"(even) : "r"(bytes));
		__asm__("sxtb16 %0, %1, ror #8" : "=r"(odd) : "r"(bytes));
		__asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(low) : "r"(even), "r"(odd));
		__asm__("pkhtb %0, %1, %2, asr #16" : "=r"(high) : "r"(odd), "r"(even));
		__builtin_memcpy(out + i, &low, 4);
		__builtin_memcpy(out + i + 2, &high, 4);
	}
	for (; i < n; i++)
		out[i] = in[i];
}

static void fill_words(uint32_t *words, int32_t n, uint32_t value)
{
	for (int32_t i = 0; i < n; i++)
		words[i] = value;
}

static void load_row(const struct m4_rows *r, const int8_t *in, int32_t y, uint32_t *row)
{
	m4_half *pixel = (m4_half *)(row + r->pad_left * r->pixel_words);

	if (y < 0 || y >= r->in_h) {
		fill_words(row, r->row_words, r->zeros);
		return;
	}
	in += y * r->in_w * r->in_c;
	if (r->in_c % 2 == 0) {
		m4_widen(in, r->in_w * r->in_c, pixel);
		return;
	}
	for (int32_t x = 0; x < r->in_w; x++, in += r->in_c, pixel += 2 * r->pixel_words)
		m4_widen(in, r->in_c, pixel);
}

const uint32_t *m4_rows_load(const struct m4_rows *r, const int8_t *in, int32_t oy, uint32_t *scratch)
{
	int32_t kept = oy && r->stride_h < r->count ? r->count - r->stride_h : 0;

	if (r->whole && oy)
		return scratch + oy * r->stride_h * r->row_words;
	if (r->flat) {
		m4_widen(in, r->count * r->in_w * r->in_c, (m4_half *)scratch);
		return scratch;
	}
	if (!oy && r->row_words != r->in_w * r->pixel_words)
		fill_words(scratch, r->count * r->row_words, r->zeros);
	for (int32_t i = 0; i < kept * r->row_words; i++)
		scratch[i] = scratch[i + r->stride_h * r->row_words];
	for (int32_t i = kept; i < r->count; i++)
		load_row(r, in, oy * r->stride_h - r->pad_top + i, scratch + i * r->row_words);
	return scratch;
}

static int32_t factor_of(const struct nn_model *model, const struct nn_operator *op, uint32_t channel,
			 struct m4_scale *ret_scale)
{
	uint32_t i = op->multiplier_count > 1 ? channel : 0;
	int32_t multiplier = nn_operator_multipliers(model, op)[i], shift = nn_operator_shifts(model, op)[i];

	if (!multiplier)
		shift = -1;
	*ret_scale = (struct m4_scale){multiplier, shift < 0 ? -shift - 1 : 0};
	return shift < 0 ? 2 : shift > 5 ? 2 * FACTOR_MAX : 4 << shift;
}

/* Of what is multiplied with inputs, zero point taken off; dead: nothing but zeros. */
static int32_t sum_weights(const struct nn_model *model, const struct nn_operator *op, uint32_t channel, bool *ret_dead)
{
	const struct nn_tensor *tensor = nn_model_operand(model, op, 1);
	const int8_t *weights = nn_tensor_data(model, tensor, NULL);
	uint32_t channels = nn_tensor_elements(nn_model_operand(model, op, 2));
	int32_t zero_point = nn_tensor_zero_point(model, tensor), sum = 0;

	*ret_dead = true;
	for (uint32_t i = channel; i < tensor->bytes; i += channels) {
		*ret_dead = *ret_dead && weights[i] == zero_point;
		sum += weights[i] - zero_point;
	}
	return sum;
}

struct m4_channel m4_channel_of(const struct nn_model *model, const struct nn_operator *op, uint32_t channel)
{
	int32_t bias = ((const int32_t *)nn_input_data(model, op, 2, NULL))[channel];
	int32_t in_zero = nn_tensor_zero_point(model, nn_model_operand(model, op, 0));
	struct nn_output_stage stage = nn_operator_stage(model, op);
	struct m4_channel made;
	bool dead;
	int32_t sum = sum_weights(model, op, channel, &dead);

	if (dead) /* Pruned: its output is worked out here, its bias may be as large as it likes. */
		return (struct m4_channel){
			.bias = (nn_stage(&stage, (int32_t)channel, bias) - stage.zero_point) * 8,
			.scale = {1 << 30, 0},
		};
	made.factor = factor_of(model, op, channel, &made.scale);
	made.bias = (bias - in_zero * sum) * made.factor;
	return made;
}

bool m4_takes_weights(const struct nn_model *model, const struct nn_operator *op)
{
	const int32_t *bias = nn_input_data(model, op, 2, NULL);
	const struct nn_tensor *weights = nn_model_operand(model, op, 1);
	uint32_t channels = nn_tensor_elements(nn_model_operand(model, op, 2));
	int32_t zero_point = nn_tensor_zero_point(model, weights);
	uint64_t bound = (uint64_t)weights->bytes / channels * 255 *
			 (uint64_t)(128 + (zero_point < 0 ? -zero_point : zero_point));

	for (uint32_t c = 0; c < channels; c++) {
		struct m4_scale scale;
		int32_t factor = factor_of(model, op, c, &scale);
		uint64_t size = bias[c] < 0 ? -(uint64_t)bias[c] : (uint64_t)bias[c];
		bool fits = factor <= FACTOR_MAX && (factor == 2 || op->rounding == NN_ROUNDING_SINGLE) &&
			    (bound + size) * (uint64_t)factor <= INT32_MAX;

		if (!fits) {
			bool dead;

			sum_weights(model, op, c, &dead);
			if (!dead)
				return false;
		}
	}
	return true;
}

#endif
