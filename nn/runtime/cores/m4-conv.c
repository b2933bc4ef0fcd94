/* SPDX-License-Identifier: Apache-2.0 */
/* m4-conv.c - convolutions over all channels, and dense layers, which are one window as large as the input. */
#include "nn/runtime/cores/m4-kernels.h"

#if NN_CORE_M4

#include "nn/runtime/cores/m4-asm.h"

/* What lies at step->packed; scales, weights and the tail's table follow. */
struct conv {
	uint32_t in, out; /* places in the arena */
	int32_t out_h, out_w, out_c, stride_words, blocks, block_words;
	struct m4_rows rows;
	struct m4_dot dot;
	struct m4_stage stage;
	const struct m4_scale *scales;
	const int32_t *weights; /* [blocks][M4_LANES biases, then M4_LANES for each word of a window] */
	int8_t *table;		/* NULL: nothing behind the layer */
};

static struct nn_window window_of(const struct nn_model *model, const struct nn_operator *op)
{
	const uint32_t *shape = nn_model_operand(model, op, 1)->shape;

	if (op->code != NN_OPERATOR_DENSE)
		return nn_operator_window(model, op);
	return (struct nn_window){1, 1, (int32_t)shape[0], 1, 1, (int32_t)shape[1], 1, 1, 1, 1, 1, 1, 0, 0};
}

uint32_t m4_conv_2d_takes(const struct nn_model *model, const struct nn_operator *op)
{
	struct nn_window w = window_of(model, op);

	if (w.dilation_w != 1 || w.dilation_h != 1 || !m4_takes_weights(model, op))
		return 0;
	return nn_tail_count(model, op, op->code == NN_OPERATOR_DENSE ? NN_TAIL_HELD_ALL : w.kernel_h);
}

static uint64_t blocks_of(const struct nn_window *w)
{
	return ((uint64_t)w->out_c + M4_LANES - 1) / M4_LANES;
}

static uint64_t block_words_of(const struct nn_window *w)
{
	uint64_t words = (uint64_t)w->kernel_h * (uint64_t)w->kernel_w * (((uint64_t)w->in_c + 1) / 2);

	return (words + 1) * M4_LANES;
}

struct nn_core_need m4_conv_2d_need(const struct nn_model *model, const struct nn_operator *op, uint32_t count)
{
	struct nn_window w = window_of(model, op);
	struct m4_rows rows = m4_rows_of(&w, 0);

	return (struct nn_core_need){
		.packed_bytes = sizeof(struct conv) + sizeof(struct m4_scale) * (uint64_t)w.out_c +
				4 * blocks_of(&w) * block_words_of(&w) +
				(nn_tail_exists(op, count) ? NN_TAIL_ENTRIES * (uint64_t)w.out_c : 0),
		.scratch_bytes = 4 * (uint64_t)rows.count * (uint64_t)rows.row_words,
	};
}

/* One channel's bias and weights; neighbours of a channel are M4_LANES words apart. */
static void pack_channel(const struct nn_step *step, const struct nn_window *w, int32_t channel,
			 const struct m4_channel *made, int32_t *to)
{
	const struct nn_tensor *tensor = nn_model_operand(step->model, step->op, 1);
	const int8_t *weights = (const int8_t *)nn_tensor_data(step->model, tensor, NULL) + channel;
	int32_t weights_zero = nn_tensor_zero_point(step->model, tensor), factor = made->factor;
	int32_t *word = to + M4_LANES;

	for (int32_t tap = 0; tap < w->kernel_h * w->kernel_w; tap++)
		for (int32_t c = 0; c < w->in_c; c += 2, word += M4_LANES) {
			int32_t low = *weights - weights_zero, high = 0;

			weights += w->out_c;
			if (c + 1 < w->in_c) {
				high = *weights - weights_zero;
				weights += w->out_c;
			}
			*word = (int32_t)((uint32_t)(high * factor) << 16 | (uint16_t)(low * factor));
		}
	*to = made->bias;
}

void m4_conv_2d_pack(struct nn_step *step)
{
	const struct nn_model *model = step->model;
	const struct nn_operator *op = step->op;
	struct nn_window w = window_of(model, op);
	struct conv *conv = step->packed;
	struct m4_scale *scales = (void *)(conv + 1);
	int32_t *weights = (void *)(scales + w.out_c);
	int32_t run;

	*conv = (struct conv){
		.in = nn_model_operand(model, op, 0)->location,
		.out = nn_tail_output(model, op, step->count)->location,
		.out_h = w.out_h,
		.out_w = w.out_w,
		.out_c = w.out_c,
		.blocks = (int32_t)blocks_of(&w),
		.block_words = (int32_t)block_words_of(&w),
		.rows = m4_rows_of(&w, nn_tensor_zero_point(model, nn_model_operand(model, op, 0))),
		.stage = m4_stage_of(model, op),
		.scales = scales,
		.weights = weights,
	};
	conv->stride_words = w.stride_w * conv->rows.pixel_words;
	run = w.kernel_w * conv->rows.pixel_words;
	conv->dot = (struct m4_dot){run / 4 * 16, (conv->rows.row_words - run) * 4, w.kernel_h, run % 4};
	__builtin_memset(weights, 0, 4 * (size_t)conv->blocks * (size_t)conv->block_words);
	for (int32_t c = 0; c < w.out_c; c++) {
		struct m4_channel made = m4_channel_of(model, op, (uint32_t)c);

		scales[c] = made.scale;
		pack_channel(step, &w, c, &made, weights + c / M4_LANES * conv->block_words + c % M4_LANES);
	}
	if (nn_tail_exists(op, step->count)) {
		conv->table = (int8_t *)(weights + conv->blocks * conv->block_words);
		nn_tail_fill(model, op, step->count, conv->table);
	}
}

enum ending { WHOLE_RANGE, NARROW, LOOKED_UP };

/* What is left to do for some channels of a pixel. */
struct sums {
	const struct m4_stage *stage;
	const struct m4_scale *scales;
	const int8_t *table;
	const int32_t *sums;
};

__attribute__((always_inline)) static inline int8_t make_output(const struct sums *s, struct m4_stage stage, int32_t i,
								bool single, enum ending ending)
{
	int32_t y = m4_finish(&stage, s->scales[i], s->sums[i], single, ending == NARROW);

	return ending == LOOKED_UP ? s->table[i * NN_TAIL_ENTRIES + y - INT8_MIN] : (int8_t)y;
}

__attribute__((always_inline)) static inline void store(struct sums s, int32_t n, bool single, enum ending ending,
							int8_t *out)
{
	const struct m4_stage stage = *s.stage;

	for (; n >= 4;
	     n -= 4, out += 4, s.scales += 4, s.sums += 4, s.table += ending == LOOKED_UP ? 4 * NN_TAIL_ENTRIES : 0)
#pragma GCC unroll 4
		for (int32_t i = 0; i < 4; i++)
			out[i] = make_output(&s, stage, i, single, ending);
	for (int32_t i = 0; i < n; i++)
		out[i] = make_output(&s, stage, i, single, ending);
}

/* Functions of their own, so that each has the registers to itself. */
#define STORE(name, single, ending)                                                                                    \
	static __attribute__((noinline)) void name(struct sums s, int32_t n, int8_t *out)                              \
	{                                                                                                              \
		store(s, n, single, ending, out);                                                                      \
	}

STORE(store_single, true, WHOLE_RANGE)
STORE(store_single_narrow, true, NARROW)
STORE(store_single_looked_up, true, LOOKED_UP)
STORE(store_double, false, WHOLE_RANGE)
STORE(store_double_narrow, false, NARROW)
STORE(store_double_looked_up, false, LOOKED_UP)

typedef void store_function(struct sums s, int32_t n, int8_t *out);

static store_function *store_of(const struct conv *conv)
{
	if (conv->table)
		return conv->stage.single ? store_single_looked_up : store_double_looked_up;
	if (conv->stage.narrow)
		return conv->stage.single ? store_single_narrow : store_double_narrow;
	return conv->stage.single ? store_single : store_double;
}

typedef void store_eight_function(const int32_t *sums, const struct m4_scale *scales, int8_t *out, int32_t round);

/* NULL: nothing as simple as that. */
static store_eight_function *store_eight_of(const struct conv *conv)
{
	if (conv->table || conv->stage.narrow)
		return NULL;
	return conv->stage.single ? m4_store_single : m4_store_double;
}

static void run_pixel(const struct conv *conv, const uint32_t *window, store_function *store_block,
		      store_eight_function *store_eight, int8_t *out)
{
	const bool small = conv->dot.rows == 3 && conv->dot.rest == 3 && !conv->dot.quads_bytes;
	const int32_t *weights = conv->weights;
	int32_t left = conv->out_c, sums[M4_LANES];
	struct sums s = {&conv->stage, conv->scales, conv->table, sums};

	for (; left > 0; left -= M4_LANES, weights += conv->block_words) {
		if (small)
			m4_dot_3x3(window, weights, &conv->dot, sums);
		else
			m4_dot(window, weights, &conv->dot, sums);
		if (left < M4_LANES || !store_eight)
			store_block(s, left < M4_LANES ? left : M4_LANES, out);
		else
			store_eight(sums, s.scales, out, conv->stage.round);
		out += M4_LANES;
		s.scales += M4_LANES;
		s.table += s.table ? M4_LANES * NN_TAIL_ENTRIES : 0;
	}
}

void m4_conv_2d_run(const struct nn_step *step, uint8_t *arena)
{
	const struct conv *conv = step->packed;
	store_function *store_block = store_of(conv);
	store_eight_function *store_eight = store_eight_of(conv);
	int8_t *out = (int8_t *)arena + conv->out;

	for (int32_t oy = 0; oy < conv->out_h; oy++) {
		const uint32_t *window = step->scratch;

		m4_rows_load(&conv->rows, (const int8_t *)arena + conv->in, oy, step->scratch);
		for (int32_t ox = 0; ox < conv->out_w; ox++, window += conv->stride_words, out += conv->out_c)
			run_pixel(conv, window, store_block, store_eight, out);
	}
}

#endif
