/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neon-i8.h - the common int8 layers on 32-bit ARM: convolutions and dense layers whose shifts all go down and whose windows
 * have no holes. Loops of few instructions, which the compiler would not leave apart; whatever this does not take goes
 * through block-run.h. Taken in by neon.c, behind block-run.h.
 */
#ifndef NN_RUNTIME_CORES_NEON_I8_H
#define NN_RUNTIME_CORES_NEON_I8_H

#include "nn/runtime/cores/block-run.h"
#include "nn/runtime/cores/naked.h"

/* One tile. The assembler knows the places of the fields. */
struct neon_tile {
	int32_t rows, n;    /* of the window: rows, inputs in each, even */
	int32_t at_bytes;   /* from a row's begin to the first pixel's first input */
	int32_t one_bytes;  /* from that to the second pixel's, or from a block's weights to the next block's */
	int32_t pair_bytes; /* from the first two pixels to the other two */
	const int32_t *bias;
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"

/* Eight channels' sums of a pixel plus the weights in d<low>, d<high> times lane `lane` of d<x>. */
#define NEON_ADD(sums_low, sums_high, low, high, x, lane)                                                              \
	"vmlal.s16 q" #sums_low ", d" #low ", d" #x "[" #lane "]\n"                                                    \
	"vmlal.s16 q" #sums_high ", d" #high ", d" #x "[" #lane "]\n"
#define NEON_FOUR_PIXELS(low, high, lane)                                                                              \
	NEON_ADD(8, 9, low, high, 4, lane)                                                                             \
	NEON_ADD(10, 11, low, high, 5, lane) NEON_ADD(12, 13, low, high, 6, lane) NEON_ADD(14, 15, low, high, 7, lane)

/* The sums of four pixels, one block: r9-r12 point to their inputs, q8-q15 are the sums. */
NN_TARGET NN_NAKED void neon_four_pixels(const int16_t *const *taps, const int16_t *weights,
					 const struct neon_tile *tile, int32_t *ret_sums)
{
	__asm__("push {r4-r11, lr}\n"
		"ldm r2, {r4-r9}\n"
		"vld1.32 {d16-d19}, [r9]\n"
		"vmov q10, q8\n"
		"vmov q11, q9\n"
		"vmov q12, q8\n"
		"vmov q13, q9\n"
		"vmov q14, q8\n"
		"vmov q15, q9\n"
		"1:\n"
		"ldr r9, [r0], #4\n"
		"add r9, r9, r6\n"
		"add r10, r9, r7\n"
		"add r11, r9, r8\n"
		"add r12, r11, r7\n"
		"subs lr, r5, #4\n"
		"blt 3f\n"
		"2:\n"
		"vld1.16 {d4}, [r9]!\n"
		"vld1.16 {d5}, [r10]!\n"
		"vld1.16 {d6}, [r11]!\n"
		"vld1.16 {d7}, [r12]!\n"
		"vld1.16 {d0-d3}, [r1]!\n" NEON_FOUR_PIXELS(0, 1, 0)
			NEON_FOUR_PIXELS(2, 3, 1) "vld1.16 {d0-d3}, [r1]!\n" NEON_FOUR_PIXELS(0, 1, 2)
				NEON_FOUR_PIXELS(2, 3, 3) "subs lr, lr, #4\n"
							  "bge 2b\n"
							  "3:\n"
							  "adds lr, lr, #4\n"
							  "beq 4f\n"
							  "vld1.16 {d4}, [r9]\n"
							  "vld1.16 {d5}, [r10]\n"
							  "vld1.16 {d6}, [r11]\n"
							  "vld1.16 {d7}, [r12]\n"
							  "vld1.16 {d0-d3}, [r1]!\n" NEON_FOUR_PIXELS(0, 1, 0)
								  NEON_FOUR_PIXELS(2, 3, 1) "4:\n"
											    "subs r4, r4, #1\n"
											    "bne 1b\n"
											    "vstm r3, {d16-d31}\n"
											    "pop {r4-r11, pc}\n");
}

/* The sums of one pixel: r9 points to its inputs, r10 to the second block's weights, q8-q11 are the sums. */
#define NEON_LANES_ONE(even, odd) "vld1.16 {d0-d3}, [r1]!\n" NEON_ADD(8, 9, 0, 1, 4, even) NEON_ADD(8, 9, 2, 3, 4, odd)
#define NEON_LANES_TWO(even, odd)                                                                                      \
	NEON_LANES_ONE(even, odd)                                                                                      \
	"vld1.16 {d24-d27}, [r10]!\n" NEON_ADD(10, 11, 24, 25, 4, even) NEON_ADD(10, 11, 26, 27, 4, odd)
#define NEON_PIXEL(lanes)                                                                                              \
	__asm__("push {r4-r11, lr}\n"                                                                                  \
		"ldm r2, {r4-r9}\n"                                                                                    \
		"vldm r9, {d16-d23}\n"                                                                                 \
		"add r10, r1, r7\n"                                                                                    \
		"1:\n"                                                                                                 \
		"ldr r9, [r0], #4\n"                                                                                   \
		"add r9, r9, r6\n"                                                                                     \
		"subs lr, r5, #4\n"                                                                                    \
		"blt 3f\n"                                                                                             \
		"2:\n"                                                                                                 \
		"vld1.16 {d4}, [r9]!\n" lanes(0, 1) lanes(2, 3) "subs lr, lr, #4\n"                                    \
								"bge 2b\n"                                             \
								"3:\n"                                                 \
								"adds lr, lr, #4\n"                                    \
								"beq 4f\n"                                             \
								"vld1.16 {d4}, [r9]\n" lanes(0, 1) "4:\n"              \
												   "subs r4, r4, #1\n" \
												   "bne 1b\n"          \
												   "vstm r3, "         \
												   "{d16-d23}\n"       \
												   "pop {r4-r11, "     \
												   "pc}\n")

NN_TARGET NN_NAKED void neon_one_block(const int16_t *const *taps, const int16_t *weights, const struct neon_tile *tile,
				       int32_t *ret_sums)
{
	NEON_PIXEL(NEON_LANES_ONE);
}

NN_TARGET NN_NAKED void neon_two_blocks(const int16_t *const *taps, const int16_t *weights,
					const struct neon_tile *tile, int32_t *ret_sums)
{
	NEON_PIXEL(NEON_LANES_TWO);
}

#pragma GCC diagnostic pop

/* Outputs of channel c and those behind it, of one pixel. */
NN_TARGET static __attribute__((noinline)) void neon_finish(const struct nn_block *l, int32_t c, nn_sums sums,
							    int8_t *out)
{
	int32_t n = l->window.out_c - c;
	int8_t part[NN_BLOCK], *from = part, *to = out;

	if (n >= NN_BLOCK) {
		n = NN_BLOCK;
		nn_sums_narrow(l, c, sums, out);
	} else {
		nn_sums_narrow(l, c, sums, part);
		if (n & 4) {
			__builtin_memcpy(to, from, 4);
			to += 4, from += 4;
		}
		if (n & 2) {
			__builtin_memcpy(to, from, 2);
			to += 2, from += 2;
		}
		if (n & 1)
			*to = *from;
	}
	if (l->table)
		for (int32_t j = 0; j < n; j++)
			out[j] = l->table[(c + j) * NN_BLOCK_ENTRIES - INT8_MIN + out[j]];
}

/* What goes from pixel to pixel: tile.at_bytes and out advance. */
struct neon_row {
	const struct nn_block *block;
	const int16_t *const *taps;
	struct neon_tile tile;
	int8_t *out;
};

/* The only pixel of a row. */
NN_TARGET static void neon_pixel(struct neon_row *row)
{
	const struct nn_block *l = row->block;
	const int16_t *weights = l->weights;
	int32_t sums[2 * NN_BLOCK], channels = l->blocks * NN_BLOCK;

	row->tile.one_bytes = 2 * l->block;
	row->tile.bias = l->bias;
	for (int32_t c = 0; c < channels; c += 2 * NN_BLOCK) {
		if (c + NN_BLOCK == channels) {
			neon_one_block(row->taps, weights, &row->tile, sums);
		} else {
			neon_two_blocks(row->taps, weights, &row->tile, sums);
			neon_finish(l, c + NN_BLOCK, nn_sums_load(sums + NN_BLOCK), row->out + c + NN_BLOCK);
		}
		neon_finish(l, c, nn_sums_load(sums), row->out + c);
		weights += 2 * l->block;
		row->tile.bias += 2 * NN_BLOCK;
	}
	row->out += l->window.out_c;
}

/* Up to four pixels side by side, `n` of them wanted; what is not there is one of the others again. */
NN_TARGET static __attribute__((noinline)) void neon_pixels(struct neon_row *row, int32_t n)
{
	const struct nn_block *l = row->block;
	const int16_t *weights = l->weights;
	int32_t sums[4 * NN_BLOCK], channels = l->blocks * NN_BLOCK;

	row->tile.one_bytes = n > 1 ? 2 * l->pixel_step : 0;
	row->tile.pair_bytes = n > 3 ? 4 * l->pixel_step : n > 2 ? 2 * l->pixel_step : 0;
	row->tile.bias = l->bias;
	for (int32_t c = 0; c < channels; c += NN_BLOCK) {
		int8_t *to = row->out + c;

		neon_four_pixels(row->taps, weights, &row->tile, sums);
		for (int32_t p = 0; p < n;
		     p++, to += l->window.out_c) /* the third of three is the second pair's second */
			neon_finish(l, c, nn_sums_load(sums + (n == 3 && p == 2 ? 3 : p) * NN_BLOCK), to);
		weights += l->block;
		row->tile.bias += NN_BLOCK;
	}
	row->out += n * l->window.out_c;
	row->tile.at_bytes += 8 * l->pixel_step;
}

/* The largest of two pixels and two below them. */
NN_TARGET static __attribute__((noinline)) void neon_pool(struct neon_row *row)
{
	const struct nn_block *l = row->block;
	const int16_t *weights = l->weights;
	int32_t sums[4 * NN_BLOCK], channels = l->blocks * NN_BLOCK;

	row->tile.bias = l->bias;
	for (int32_t c = 0; c < channels; c += NN_BLOCK) {
		nn_sums most;

		neon_four_pixels(row->taps, weights, &row->tile, sums);
		most = nn_sums_most(nn_sums_load(sums), nn_sums_load(sums + NN_BLOCK));
		most = nn_sums_most(most, nn_sums_load(sums + 2 * NN_BLOCK));
		most = nn_sums_most(most, nn_sums_load(sums + 3 * NN_BLOCK));
		neon_finish(l, c, most, row->out + c);
		weights += l->block;
		row->tile.bias += NN_BLOCK;
	}
	row->out += l->window.out_c;
	row->tile.at_bytes += 4 * l->pixel_step;
}

NN_TARGET static void neon_row(struct neon_row *row)
{
	const struct nn_block *l = row->block;
	int32_t n = l->window.out_w;

	row->tile.at_bytes = 0;
	if (l->pooled) {
		row->tile.one_bytes = 2 * l->pixel_step;
		row->tile.pair_bytes = 2 * l->window.stride_h * l->pitch;
		for (; n >= 2; n -= 2)
			neon_pool(row);
	} else if (n == 1) {
		neon_pixel(row);
	} else {
		for (; n > 0; n -= 4)
			neon_pixels(row, n < 4 ? n : 4);
	}
}

NN_TARGET static __attribute__((noinline)) void neon_fetch(const struct nn_block_call *call, int32_t y, int32_t end)
{
	const struct nn_block *l = call->block;

	if (l->flat)
		nn_block_take(call, NN_BLOCK_I8, 0, l->rows_read * l->row, l->rows);
	else
		for (; y < end; y++)
			nn_block_fetch(call, NN_BLOCK_I8, y);
}

/* A layer for which nn_block_is_straight() holds. */
NN_TARGET static void neon_run(const struct nn_block *l, const void *in, void *out)
{
	const int32_t kernel_h = l->window.kernel_h, together = l->pooled ? 2 : 1;
	struct nn_block_call call;
	struct neon_row row;
	int32_t ready = 0;

	call.block = l;
	call.in = in;
	row.block = l;
	row.taps = call.taps;
	row.tile.rows = kernel_h;
	row.tile.n = l->run;
	row.out = out;
	for (int32_t y = 0; y + together <= l->window.out_h; y += together) {
		int32_t first = y * l->window.stride_h;
		int32_t end = first + l->depth < l->rows_read ? first + l->depth : l->rows_read;

		if (ready < end)
			neon_fetch(&call, ready < first ? first : ready, end);
		ready = end;
		for (int32_t ky = 0; ky < kernel_h; ky++)
			call.taps[ky] = l->rows + (first + ky * l->window.dilation_h) % l->depth * l->pitch;
		neon_row(&row);
	}
}

#define NN_RUN_STRAIGHT_I8(layer, in, out) neon_run(layer, in, out)

#endif
