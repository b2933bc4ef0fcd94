/* SPDX-License-Identifier: Apache-2.0 */
/*
 * m4-pool.c - the largest of a window, four channels in a word: SSUB8 compares them, SEL chooses. What is left of the
 * channels is done with their neighbours once more.
 */
#include "nn/runtime/cores/m4-kernels.h"

#if NN_CORE_M4

struct pool {
	uint32_t in, out; /* places in the arena */
	struct nn_window window;
	uint32_t lows, highs; /* four times */
};

uint32_t m4_max_pool_takes(const struct nn_model *model, const struct nn_operator *op)
{
	return nn_model_operand(model, op, 0)->shape[3] >= 4;
}

struct nn_core_need m4_max_pool_need(const struct nn_model *model, const struct nn_operator *op, uint32_t count)
{
	(void)model;
	(void)op;
	(void)count;
	return (struct nn_core_need){.packed_bytes = sizeof(struct pool)};
}

void m4_max_pool_pack(struct nn_step *step)
{
	*(struct pool *)step->packed = (struct pool){
		.in = nn_model_operand(step->model, step->op, 0)->location,
		.out = nn_operator_output(step->model, step->op)->location,
		.window = nn_operator_window(step->model, step->op),
		.lows = UINT32_C(0x01010101) * (uint8_t)step->op->low,
		.highs = UINT32_C(0x01010101) * (uint8_t)step->op->high,
	};
}

static inline uint32_t load(const int8_t *bytes)
{
	uint32_t word;

	__builtin_memcpy(&word, bytes, 4);
	return word;
}

/* rows x cols pixels of n channels, rows `pitch` bytes apart. */
static void pool_window(const struct pool *pool, const int8_t *in, int32_t rows, int32_t cols, int32_t pitch,
			int8_t *out)
{
	const int32_t n = pool->window.in_c;

	for (int32_t left = n; left > 0; left -= 4, in += 4, out += 4) {
		uint32_t y = pool->lows;

		if (left < 4) {
			in -= 4 - left;
			out -= 4 - left;
		}

		if (rows == 2 && cols == 2) {
			y = m4_larger(m4_larger(load(in), load(in + n)),
				      m4_larger(load(in + pitch), load(in + pitch + n)));
			y = m4_larger(y, pool->lows);
		} else {
			const int8_t *row = in;

			for (int32_t ky = 0; ky < rows; ky++, row += pitch)
				for (int32_t kx = 0; kx < cols; kx++)
					y = m4_larger(y, load(row + kx * n));
		}
		y = m4_smaller(y, pool->highs);
		__builtin_memcpy(out, &y, 4);
	}
}

void m4_max_pool_run(const struct nn_step *step, uint8_t *arena)
{
	const struct pool *pool = step->packed;
	const struct nn_window *w = &pool->window;
	const int32_t pitch = w->in_w * w->in_c;
	int8_t *out = (int8_t *)arena + pool->out;

	for (int32_t oy = 0; oy < w->out_h; oy++) {
		struct nn_taps rows = nn_taps_row(w, oy);
		const int8_t *row = (const int8_t *)arena + pool->in + (rows.origin + rows.first) * pitch;

		for (int32_t ox = 0; ox < w->out_w; ox++, out += w->out_c) {
			struct nn_taps cols = nn_taps_col(w, ox);

			pool_window(pool, row + (cols.origin + cols.first) * w->in_c, rows.end - rows.first,
				    cols.end - cols.first, pitch, out);
		}
	}
}

#endif
