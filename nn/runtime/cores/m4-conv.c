/* SPDX-License-Identifier: Apache-2.0 */
/*
 * m4-conv.c - convolutions over all channels, with the largest of 2x2 behind them in one, and dense layers, which are one
 * window as large as the input.
 */
#include "nn/runtime/cores/m4-kernels.h"

#if NN_CORE_M4

#include "nn/runtime/cores/m4-asm.h"

enum {
	LANES = 4, /* output channels side by side */
};

/* What lies at step->packed; the weights and the tail's table follow. */
struct conv {
	uint32_t in, out; /* places in the arena */
	int32_t out_h, out_w, pixel_words;
	struct m4_rows rows;
	struct m4_dot dot;
	struct m4_stage stage;
	const int32_t *weights; /* as m4_dot() reads them */
	int8_t *table;		/* NULL: nothing behind the layer */
};

static struct m4_rows rows_of(const struct nn_model *model, const struct nn_operator *op, uint32_t count)
{
	struct nn_window w = nn_operator_window(model, op);

	return m4_rows_of(&w, nn_tensor_zero_point(model, nn_model_operand(model, op, 0)),
			  nn_tail_pools(op, count) ? 2 : 1);
}

uint32_t m4_conv_2d_takes(const struct nn_model *model, const struct nn_operator *op)
{
	struct nn_window w = nn_operator_window(model, op);
	struct m4_rows rows = m4_rows_of(&w, 0, 1), pooled = m4_rows_of(&w, 0, 2);
	uint32_t count;

	if (w.dilation_w != 1 || w.dilation_h != 1 || !m4_takes_weights(model, op))
		return 0;
	count = nn_tail_count(model, op, op->code == NN_OPERATOR_DENSE ? NN_TAIL_HELD_ALL : m4_rows_held(&rows));
	if (count == 1 && op->code == NN_OPERATOR_CONV_2D && !nn_tail_exists(op, 1) &&
	    nn_tail_is_pool(model, op, m4_rows_held(&pooled)))
		return 2;
	return count;
}

static uint64_t blocks_of(const struct nn_window *w)
{
	return ((uint64_t)w->out_c + LANES - 1) / LANES;
}

/* Biases, weights, multipliers and shifts of LANES channels. */
static uint64_t block_words_of(const struct nn_window *w)
{
	uint64_t words = (uint64_t)w->kernel_h * (uint64_t)w->kernel_w * (((uint64_t)w->in_c + 1) / 2);

	return (words + 3) * LANES;
}

struct nn_core_need m4_conv_2d_need(const struct nn_model *model, const struct nn_operator *op, uint32_t count)
{
	struct nn_window w = nn_operator_window(model, op);
	struct m4_rows rows = rows_of(model, op, count);

	return (struct nn_core_need){
		.packed_bytes = sizeof(struct conv) + 4 * blocks_of(&w) * block_words_of(&w) +
				(nn_tail_exists(op, count) ? NN_TAIL_ENTRIES * (uint64_t)w.out_c : 0),
		.scratch_bytes = 4 * (uint64_t)rows.count * (uint64_t)rows.row_words,
	};
}

/* One channel; its numbers are LANES words apart. */
static void pack_channel(const struct nn_step *step, const struct nn_window *w, int32_t channel, int32_t *word)
{
	struct m4_channel made = m4_channel_of(step->model, step->op, (uint32_t)channel);
	const struct nn_tensor *tensor = nn_model_operand(step->model, step->op, 1);
	const int8_t *weights = (const int8_t *)nn_tensor_data(step->model, tensor, NULL) + channel;
	int32_t weights_zero = nn_tensor_zero_point(step->model, tensor);

	*word = made.bias;
	word += LANES;
	for (int32_t tap = 0; tap < w->kernel_h * w->kernel_w; tap++)
		for (int32_t c = 0; c < w->in_c; c += 2, word += LANES) {
			int32_t low = *weights - weights_zero, high = 0;

			weights += w->out_c;
			if (c + 1 < w->in_c) {
				high = *weights - weights_zero;
				weights += w->out_c;
			}
			*word = (int32_t)((uint32_t)(high * made.factor) << 16 | (uint16_t)(low * made.factor));
		}
	word[0] = made.scale.multiplier;
	word[LANES] = made.scale.shift;
}

static struct m4_dot dot_of(const struct nn_window *w, const struct m4_rows *rows, const struct m4_stage *stage,
			    bool pooled)
{
	int32_t run = w->kernel_w * rows->pixel_words, row_bytes = 4 * rows->row_words;
	int32_t right = 4 * w->stride_w * rows->pixel_words, down = w->stride_h * row_bytes;
	struct m4_dot dot = {
		.quads_bytes = run / 4 * 16,
		.rest = run % 4,
		.rows = w->kernel_h,
		.skip_bytes = row_bytes - 4 * run,
		.three = w->kernel_h == 3 && run == 3,
		.twice = !stage->single,
		.round = stage->round,
		.channels = w->out_c,
		.neighbours = pooled ? 3 : 0,
	};
	int32_t passed = w->kernel_h * row_bytes - (dot.three ? dot.skip_bytes : 0);

	dot.steps[0] = dot.steps[2] = right - passed;
	dot.steps[1] = down - right - passed;
	return dot;
}

void m4_conv_2d_pack(struct nn_step *step)
{
	const struct nn_model *model = step->model;
	const struct nn_operator *op = step->op;
	struct nn_window w = nn_operator_window(model, op);
	bool pooled = nn_tail_pools(op, step->count);
	size_t block_words = (size_t)block_words_of(&w), words = (size_t)blocks_of(&w) * block_words;
	struct conv *conv = step->packed;
	int32_t *weights = (void *)(conv + 1);

	*conv = (struct conv){
		.in = nn_model_operand(model, op, 0)->location,
		.out = nn_tail_output(model, op, step->count)->location,
		.out_h = pooled ? w.out_h / 2 : w.out_h,
		.out_w = pooled ? w.out_w / 2 : w.out_w,
		.rows = rows_of(model, op, step->count),
		.stage = m4_stage_of(model, op, pooled),
		.weights = weights,
	};
	conv->pixel_words = (pooled ? 2 : 1) * w.stride_w * conv->rows.pixel_words;
	conv->dot = dot_of(&w, &conv->rows, &conv->stage, pooled);
	__builtin_memset(weights, 0, 4 * words);
	for (int32_t c = 0; c < w.out_c; c++)
		pack_channel(step, &w, c, weights + (size_t)(c / LANES) * block_words + c % LANES);
	if (nn_tail_exists(op, step->count)) {
		conv->table = (int8_t *)(weights + words);
		nn_tail_fill(model, op, step->count, conv->table);
	}
}

/* Of n bytes. */
static void limit(int8_t *x, int32_t n, const struct m4_stage *stage)
{
	const uint32_t lows = UINT32_C(0x01010101) * (uint8_t)stage->low;
	const uint32_t highs = UINT32_C(0x01010101) * (uint8_t)stage->high;

	for (; n >= 4; n -= 4, x += 4) {
		uint32_t y;

		__builtin_memcpy(&y, x, 4);
		y = m4_smaller(m4_larger(y, lows), highs);
		__builtin_memcpy(x, &y, 4);
	}
	for (; n > 0; n--, x++)
		*x = (int8_t)nn_limit(*x, stage->low, stage->high);
}

/* Of n channels, each with its table. */
static void look_up(int8_t *x, int32_t n, const int8_t *table)
{
	const int8_t *zero = table - INT8_MIN;

#pragma GCC unroll 4
	for (int32_t i = 0; i < n; i++, zero += NN_TAIL_ENTRIES)
		x[i] = zero[x[i]];
}

void m4_conv_2d_run(const struct nn_step *step, uint8_t *arena)
{
	const struct conv *conv = step->packed;
	const int32_t channels = conv->dot.channels;
	int8_t *out = (int8_t *)arena + conv->out;

	for (int32_t oy = 0; oy < conv->out_h; oy++) {
		const uint32_t *in = m4_rows_load(&conv->rows, (const int8_t *)arena + conv->in, oy, step->scratch);
		int8_t *row = out;

		for (int32_t ox = 0; ox < conv->out_w; ox++, in += conv->pixel_words, out += channels)
			m4_dot(in, conv->weights, &conv->dot, out);
		if (conv->table)
			for (; row != out; row += channels)
				look_up(row, channels, conv->table);
		else if (conv->stage.narrow)
			limit(row, conv->out_w * channels, &conv->stage);
	}
}

#endif
