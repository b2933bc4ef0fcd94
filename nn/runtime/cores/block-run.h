/* SPDX-License-Identifier: Apache-2.0 */
/*
 * block-run.h - the loops around a core's vectors: rows into the ring, output pixels in groups, blocks of channels.
 * A core's file defines NN_KERNEL (how its functions are compiled), NN_BLOCKS_WIDE (blocks of channels that its
 * registers hold for four pixels) and
 *
 *   nn_sums                                           eight 32-bit sums
 *   nn_sums nn_sums_load(const int32_t *)
 *   void nn_sums_store(int32_t *, nn_sums)
 *   nn_sums nn_sums_channels(nn_sums, x, weights)     plus eight inputs times eight weights
 *   nn_sums nn_sums_most(nn_sums, nn_sums)            the larger ones
 *   void nn_sums_run(nn_sums *, x, steps, n, weights, block, pixels, blocks)
 *                                                     plus n inputs of every pixel times those of every block; pixel p
 *                                                     is nn_pixel_at(steps, p) from x
 *   void nn_sums_narrow(block, channel, sums, int8_t *) eight outputs of 8 bits, when all shifts go down
 *
 * and takes this file in.
 */
#ifndef NN_RUNTIME_CORES_BLOCK_RUN_H
#define NN_RUNTIME_CORES_BLOCK_RUN_H

#include <stddef.h>

#include "nn/runtime/cores/block.h"

enum nn_block_kind { NN_BLOCK_I8, NN_BLOCK_I16, NN_BLOCK_HYBRID };

/* One call's input and output. */
struct nn_block_call {
	const struct nn_block *block;
	const void *in;
	void *out;
	struct nn_dynamic dynamic;
	const int16_t *taps[NN_BLOCK_KERNEL_MAX]; /* the rows under the window */
};

/* n inputs from `from` on. */
NN_KERNEL void nn_block_take(const struct nn_block_call *call, enum nn_block_kind kind, int32_t from, int32_t n,
			     int16_t *restrict row)
{
	const struct nn_block *l = call->block;
	const int8_t *restrict bytes = (const int8_t *)call->in + from;
	int32_t zero = kind == NN_BLOCK_I8 ? l->in_zero : 0;

	if (kind == NN_BLOCK_I16)
		__builtin_memcpy(row, (const int16_t *)call->in + from, (size_t)n * sizeof(*row));
	else if (kind == NN_BLOCK_HYBRID && call->dynamic.scale > 0)
		nn_dynamic_quantise(&call->dynamic, n, (const float *)call->in + from, row);
	else if (kind == NN_BLOCK_HYBRID)
		__builtin_memset(row, 0, (size_t)n * sizeof(*row));
	else
		for (int32_t i = 0; i < n; i++)
			row[i] = (int16_t)(bytes[i] - zero);
}

NN_KERNEL void nn_block_row(const struct nn_block_call *call, enum nn_block_kind kind, int32_t y, int16_t *row)
{
	const struct nn_block *l = call->block;
	int32_t n = l->window.in_w * l->window.in_c;

	nn_block_take(call, kind, y * n, n, row);
	/* From the last to the first, so that none is overwritten before it was repeated */
	if (l->multiplier > 1)
		for (int32_t i = l->row - 1; i >= 0; i--)
			row[i] = row[i / l->multiplier];
}

/* Row y of the image with its padding, into its place in the ring. */
NN_KERNEL void nn_block_fetch(const struct nn_block_call *call, enum nn_block_kind kind, int32_t y)
{
	const struct nn_block *l = call->block;
	int16_t *row = l->rows + (size_t)(y % l->depth) * (size_t)l->pitch;

	y -= l->window.pad_top;
	if (y < 0 || y >= l->window.in_h) {
		__builtin_memset(row, 0, (size_t)l->pitch * sizeof(*row));
		return;
	}
	if (l->border)
		__builtin_memset(row, 0, (size_t)l->border * sizeof(*row));
	nn_block_row(call, kind, y, row + l->border);
	if (l->behind)
		__builtin_memset(row + l->border + l->row, 0, (size_t)l->behind * sizeof(*row));
}

/* Shifts to the left are too rare for vectors. */
NN_KERNEL int32_t nn_block_plain(const struct nn_block *l, int32_t c, int32_t sum)
{
	int32_t i = c * l->stage.step;
	int64_t y = nn_scale(sum, l->stage.multipliers[i], l->stage.shifts[i], l->single);

	return nn_limit(y + l->zero_point, l->low[c], l->high[c]);
}

NN_KERNEL void nn_block_finish_i8(const struct nn_block *l, int32_t c, int32_t n, nn_sums sums, int8_t *out)
{
	int32_t plain[NN_BLOCK];
	int8_t part[NN_BLOCK];

	if (!l->down) {
		nn_sums_store(plain, sums);
		for (int32_t j = 0; j < n; j++)
			out[j] = (int8_t)nn_block_plain(l, c + j, plain[j]);
	} else if (n == NN_BLOCK) {
		nn_sums_narrow(l, c, sums, out);
	} else {
		nn_sums_narrow(l, c, sums, part);
		__builtin_memcpy(out, part, (size_t)n);
	}
	if (l->table)
		for (int32_t j = 0; j < n; j++)
			out[j] = l->table[(c + j) * NN_BLOCK_ENTRIES - INT8_MIN + out[j]];
}

/* Outputs of eight channels of one pixel. */
NN_KERNEL void nn_block_finish(const struct nn_block_call *call, enum nn_block_kind kind, int32_t c, nn_sums sums,
			       int64_t pixel)
{
	const struct nn_block *l = call->block;
	int32_t plain[NN_BLOCK], n = l->window.out_c - c < NN_BLOCK ? l->window.out_c - c : NN_BLOCK;
	int64_t at = pixel * l->window.out_c + c;

	if (kind == NN_BLOCK_I8) {
		nn_block_finish_i8(l, c, n, sums, (int8_t *)call->out + at);
		return;
	}
	nn_sums_store(plain, sums);
	for (int32_t j = 0; j < n; j++) {
		int32_t i = (c + j) * l->stage.step;

		if (kind == NN_BLOCK_HYBRID)
			((float *)call->out)[at + j] = nn_clamp(
				nn_dynamic_value(&call->dynamic, plain[j], l->scales[c + j], l->float_bias[c + j]),
				l->range);
		else
			((int16_t *)call->out)[at + j] =
				(int16_t)nn_limit(nn_scale_wide(plain[j] + l->wide_bias[c + j], l->stage.multipliers[i],
								l->stage.shifts[i]),
						  l->low[c + j], l->high[c + j]);
	}
}

/* `pixels` sums from column x on, of `blocks` blocks from b on; both are constants where this is called. */
NN_KERNEL void nn_block_sum(const struct nn_block_call *call, int32_t x, struct nn_pixel_steps steps, int32_t b,
			    const int32_t pixels, const int32_t blocks, nn_sums *sums)
{
	const struct nn_block *l = call->block;
	const int16_t *weights = l->weights + (int64_t)b * l->block;

#pragma GCC unroll 8
	for (int32_t i = 0; i < pixels * blocks; i++)
		sums[i] = nn_sums_load(l->bias + (b + i % blocks) * NN_BLOCK);
	for (int32_t ky = 0; ky < l->window.kernel_h; ky++)
		for (int32_t r = 0; r < l->runs; r++, weights += l->run * NN_BLOCK)
			nn_sums_run(sums, call->taps[ky] + x * l->pixel_step + r * l->run_step, steps, l->run, weights,
				    l->block, pixels, blocks);
}

/* Side by side in row y. */
NN_KERNEL void nn_block_tile(const struct nn_block_call *call, enum nn_block_kind kind, int32_t y, int32_t x, int32_t b,
			     const int32_t pixels, const int32_t blocks)
{
	const struct nn_block *l = call->block;
	struct nn_pixel_steps steps = {l->pixel_step, 2 * l->pixel_step};
	int64_t pixel = (int64_t)y * l->window.out_w + x;
	nn_sums sums[8];

	nn_block_sum(call, x, steps, b, pixels, blocks, sums);
#pragma GCC unroll 8
	for (int32_t i = 0; i < pixels * blocks; i++)
		nn_block_finish(call, kind, (b + i % blocks) * NN_BLOCK, sums[i], pixel + i / blocks);
}

/* The largest of two in row y and two below them. */
NN_KERNEL void nn_block_pool(const struct nn_block_call *call, int32_t y, int32_t x, int32_t b, const int32_t blocks)
{
	const struct nn_block *l = call->block;
	struct nn_pixel_steps steps = {l->pixel_step, l->window.stride_h * l->pitch};
	int64_t pixel = (int64_t)(y / 2) * (l->window.out_w / 2) + x / 2;
	nn_sums sums[8];

	nn_block_sum(call, x, steps, b, 4, blocks, sums);
#pragma GCC unroll 2
	for (int32_t i = 0; i < blocks; i++) {
		nn_sums upper = nn_sums_most(sums[i], sums[blocks + i]);
		nn_sums lower = nn_sums_most(sums[2 * blocks + i], sums[3 * blocks + i]);

		nn_block_finish(call, NN_BLOCK_I8, (b + i) * NN_BLOCK, nn_sums_most(upper, lower), pixel);
	}
}

NN_KERNEL void nn_block_pixels(const struct nn_block_call *call, enum nn_block_kind kind, int32_t y, int32_t b,
			       const int32_t blocks)
{
	int32_t x = 0, n = call->block->window.out_w;

	if (kind == NN_BLOCK_I8 && call->block->pooled) {
		for (; x + 2 <= n; x += 2)
			nn_block_pool(call, y, x, b, blocks);
		return;
	}
	for (; x + 4 <= n; x += 4)
		nn_block_tile(call, kind, y, x, b, 4, blocks);
	if (x + 2 <= n) {
		nn_block_tile(call, kind, y, x, b, 2, blocks);
		x += 2;
	}
	if (x < n)
		nn_block_tile(call, kind, y, x, b, 1, blocks);
}

NN_KERNEL void nn_block_row_of_blocks(const struct nn_block_call *call, enum nn_block_kind kind, int32_t y)
{
	const struct nn_block *l = call->block;
	int32_t b = 0;

	if (l->window.out_w == 1)
		for (; b + 2 <= l->blocks; b += 2)
			nn_block_tile(call, kind, y, 0, b, 1, 2);
	else
		for (; NN_BLOCKS_WIDE > 1 && b + NN_BLOCKS_WIDE <= l->blocks; b += NN_BLOCKS_WIDE)
			nn_block_pixels(call, kind, y, b, NN_BLOCKS_WIDE);
	for (; b < l->blocks; b++)
		nn_block_pixels(call, kind, y, b, 1);
}

/* Every channel by itself. */
NN_KERNEL void nn_block_depthwise(const struct nn_block_call *call, enum nn_block_kind kind, int32_t y)
{
	const struct nn_block *l = call->block;

	for (int32_t b = 0; b < l->blocks; b++)
		for (int32_t x = 0; x < l->window.out_w; x++) {
			const int16_t *weights = l->weights + (int64_t)b * l->block;
			nn_sums sums = nn_sums_load(l->bias + b * NN_BLOCK);

			for (int32_t ky = 0; ky < l->window.kernel_h; ky++) {
				const int16_t *in = call->taps[ky] + x * l->pixel_step + b * NN_BLOCK;

				for (int32_t r = 0; r < l->runs; r++, in += l->run_step, weights += NN_BLOCK)
					sums = nn_sums_channels(sums, in, weights);
			}
			nn_block_finish(call, kind, b * NN_BLOCK, sums, (int64_t)y * l->window.out_w + x);
		}
}

NN_KERNEL void nn_block_run(const struct nn_block *layer, enum nn_block_kind kind, const void *in, void *out)
{
	const struct nn_block block = *layer; /* which outputs of bytes can't change */
	struct nn_block_call call = {.block = &block, .in = in, .out = out};
	const struct nn_block *l = &block;
	int32_t ready = 0, together = l->pooled ? 2 : 1; /* rows fetched, and done in one */

	if (kind == NN_BLOCK_HYBRID)
		call.dynamic = nn_dynamic_measure(l->window.in_h * (int64_t)l->window.in_w * l->window.in_c, call.in);
	if (l->flat) {
		nn_block_take(&call, kind, 0, l->rows_read * l->row, l->rows);
		ready = l->rows_read;
	}
	for (int32_t y = 0; y + together <= l->window.out_h; y += together) {
		int32_t first = y * l->window.stride_h;
		int32_t end = first + l->depth < l->rows_read ? first + l->depth : l->rows_read;

		for (ready = ready < first ? first : ready; ready < end; ready++)
			nn_block_fetch(&call, kind, ready);
		for (int32_t ky = 0; ky < l->window.kernel_h; ky++)
			call.taps[ky] =
				l->rows + (size_t)((first + ky * l->window.dilation_h) % l->depth) * (size_t)l->pitch;
		if (l->multiplier)
			nn_block_depthwise(&call, kind, y);
		else
			nn_block_row_of_blocks(&call, kind, y);
	}
}

#endif
