/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neon-f32.h - sums of floats on 32-bit ARM, in short loops like those of neon-i8.h: a lane of inputs is multiplied as it
 * is, so that no vector has to be made of it. VMLA rounds the product, and then the sum. Taken in by neon.c.
 */
#ifndef NN_RUNTIME_CORES_NEON_F32_H
#define NN_RUNTIME_CORES_NEON_F32_H

#include "nn/runtime/cores/f32-run.h"
#include "nn/runtime/cores/naked.h"

/* One tile. The assembler knows the places of the fields. */
struct neon_floats {
	int32_t rows, n;		      /* of the window: rows, inputs in each */
	int32_t one_bytes, pair_bytes;	      /* to the second pixel, from the first two to the other two */
	int32_t stride_bytes;		      /* from the weights of an input to those of the next one */
	int32_t row_bytes, weights_row_bytes; /* from row to row, of inputs and of weights */
	const float *in, *weights, *bias;
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"

#define NEON_MLA(sums_low, sums_high, x)                                                                               \
	"vmla.f32 q" #sums_low ", q0, d" x "\n"                                                                        \
	"vmla.f32 q" #sums_high ", q1, d" x "\n"
#define NEON_MLA_FOUR(lane)                                                                                            \
	"vld1.32 {d0-d3}, [r2], r8\n" NEON_MLA(8, 9, "4[" #lane "]") NEON_MLA(10, 11, "5[" #lane "]")                  \
		NEON_MLA(12, 13, "6[" #lane "]") NEON_MLA(14, 15, "7[" #lane "]")
#define NEON_NEXT_ROW                                                                                                  \
	"ldr r2, [sp]\n"                                                                                               \
	"ldrd r2, r3, [r2, #20]\n"                                                                                     \
	"add r0, r0, r2\n"                                                                                             \
	"add r1, r1, r3\n"                                                                                             \
	"subs r4, r4, #1\n"                                                                                            \
	"bne 1b\n"

/* Four pixels, one block: r0 and r1 are a row's inputs and weights, r10-r12 and lr the pixels, q8-q15 their sums. */
NN_TARGET NN_NAKED void neon_four_pixels_f32(const struct neon_floats *tile, float *ret_sums)
{
	__asm__("push {r4-r11, lr}\n"
		"push {r0, r1}\n"
		"ldm r0, {r4-r8}\n"
		"add r0, r0, #28\n"
		"ldm r0, {r0, r1, r9}\n"
		"vld1.32 {d16-d19}, [r9]\n"
		"vmov q10, q8\n"
		"vmov q11, q9\n"
		"vmov q12, q8\n"
		"vmov q13, q9\n"
		"vmov q14, q8\n"
		"vmov q15, q9\n"
		"1:\n"
		"mov r10, r0\n"
		"add r11, r10, r6\n"
		"add r12, r10, r7\n"
		"add lr, r11, r7\n"
		"mov r2, r1\n"
		"subs r3, r5, #2\n"
		"blt 3f\n"
		"2:\n"
		"vld1.32 {d4}, [r10]!\n"
		"vld1.32 {d5}, [r11]!\n"
		"vld1.32 {d6}, [r12]!\n"
		"vld1.32 {d7}, [lr]!\n" NEON_MLA_FOUR(0)
			NEON_MLA_FOUR(1) "subs r3, r3, #2\n"
					 "bge 2b\n"
					 "3:\n"
					 "adds r3, r3, #2\n"
					 "beq 4f\n"
					 "vld1.32 {d4[0]}, [r10]\n"
					 "vld1.32 {d5[0]}, [r11]\n"
					 "vld1.32 {d6[0]}, [r12]\n"
					 "vld1.32 {d7[0]}, [lr]\n" NEON_MLA_FOUR(0) "4:\n" NEON_NEXT_ROW
										    "pop {r0, r1}\n"
										    "vstm r1, {d16-d31}\n"
										    "pop {r4-r11, pc}\n");
}

#define NEON_LANE_ONE(x)                                                                                               \
	"vld1.32 {d24-d27}, [r2], r8\n"                                                                                \
	"vmla.f32 q8, q12, d" x "\n"                                                                                   \
	"vmla.f32 q9, q13, d" x "\n"
#define NEON_LANE_TWO(x)                                                                                               \
	"vldm r2, {d24-d31}\n"                                                                                         \
	"add r2, r2, r8\n"                                                                                             \
	"vmla.f32 q8, q12, d" x "\n"                                                                                   \
	"vmla.f32 q9, q13, d" x "\n"                                                                                   \
	"vmla.f32 q10, q14, d" x "\n"                                                                                  \
	"vmla.f32 q11, q15, d" x "\n"
/* bias: of the sums, as many as there are */
#define NEON_PIXEL_F32(bias, lane)                                                                                     \
	__asm__("push {r4-r11, lr}\n"                                                                                  \
		"push {r0, r1}\n"                                                                                      \
		"ldm r0, {r4-r8}\n"                                                                                    \
		"add r0, r0, #28\n"                                                                                    \
		"ldm r0, {r0, r1, r9}\n"                                                                               \
		"vldm r9, {" bias "}\n"                                                                                \
		"1:\n"                                                                                                 \
		"mov r10, r0\n"                                                                                        \
		"mov r2, r1\n"                                                                                         \
		"subs r3, r5, #4\n"                                                                                    \
		"blt 3f\n"                                                                                             \
		"2:\n"                                                                                                 \
		"vld1.32 {d0-d1}, [r10]!\n" lane("0[0]") lane("0[1]") lane("1[0]")                                     \
			lane("1[1]") "subs r3, r3, #4\n"                                                               \
				     "bge 2b\n"                                                                        \
				     "3:\n"                                                                            \
				     "adds r3, r3, #4\n"                                                               \
				     "beq 5f\n"                                                                        \
				     "4:\n"                                                                            \
				     "vld1.32 {d0[0]}, [r10]!\n" lane("0[0]") "subs r3, r3, #1\n"                      \
									      "bne 4b\n"                               \
									      "5:\n" NEON_NEXT_ROW "pop {r0, r1}\n"    \
									      "vstm r1, {" bias "}\n"                  \
									      "pop {r4-r11, pc}\n")

NN_TARGET NN_NAKED void neon_one_block_f32(const struct neon_floats *tile, float *ret_sums)
{
	NEON_PIXEL_F32("d16-d19", NEON_LANE_ONE);
}

NN_TARGET NN_NAKED void neon_two_blocks_f32(const struct neon_floats *tile, float *ret_sums)
{
	NEON_PIXEL_F32("d16-d23", NEON_LANE_TWO);
}

#pragma GCC diagnostic pop

/* The outputs of one tile: `n` blocks, behind each other in memory `step` floats apart. */
NN_TARGET static __attribute__((noinline)) void neon_finish_f32(const float *sums, int32_t n, struct nn_range range,
								float *out, int32_t step)
{
	for (int32_t i = 0; i < n; i++, sums += NN_BLOCK, out += step)
		nn_floats_store(out, nn_f32_clamp(nn_floats_load(sums), range));
}

/* All channels of 1, 2 or 4 pixels. */
NN_TARGET static __attribute__((noinline)) void
neon_pixels_f32(const struct nn_f32_call *call, const struct nn_f32_view *view, int32_t pixels, float *out)
{
	const struct nn_window *w = &call->window;
	const int32_t ky = view->rows.first, kx = view->cols.first, channels = w->out_c;
	struct neon_floats tile = {
		.rows = view->rows.end - ky,
		.n = nn_run_length(w, view->cols, kx),
		.one_bytes = 4 * view->pixel_step,
		.pair_bytes = pixels > 2 ? 8 * view->pixel_step : 0, /* of two pixels the same ones again */
		.stride_bytes = 4 * channels,
		.row_bytes = 4 * w->in_w * w->in_c,
		.weights_row_bytes = 4 * w->kernel_w * w->in_c * channels,
		.in = call->in + nn_tap_in(w, view->rows, view->cols, ky, kx),
		.weights = call->weights + nn_tap_weights(w, ky, kx),
		.bias = call->bias,
	};
	int32_t o = 0, blocks;
	float sums[4 * NN_BLOCK];

	for (; o + NN_BLOCK <= channels; o += blocks * NN_BLOCK) {
		blocks = pixels == 1 && o + 2 * NN_BLOCK <= channels ? 2 : 1;
		if (pixels > 1)
			neon_four_pixels_f32(&tile, sums);
		else if (blocks > 1)
			neon_two_blocks_f32(&tile, sums);
		else
			neon_one_block_f32(&tile, sums);
		neon_finish_f32(sums, pixels * blocks, call->range, out + o, pixels > 1 ? channels : NN_BLOCK);
		tile.weights += blocks * NN_BLOCK;
		tile.bias += blocks * NN_BLOCK;
	}
	for (; o < channels; o++)
		for (int32_t p = 0; p < pixels; p++) {
			struct nn_f32_view one = *view;

			one.cols.origin += p * w->stride_w;
			nn_f32_one(call, &one, o, out + p * channels);
		}
}

/* With holes: as other cores do it. */
NN_TARGET static __attribute__((noinline)) void neon_convolve_other_f32(const struct nn_f32_call *call)
{
	nn_f32_convolve(call);
}

NN_TARGET static __attribute__((noinline)) void neon_convolve_f32(const struct nn_f32_call *call)
{
	const struct nn_window *w = &call->window;
	struct nn_f32_view view = {.pixel_step = w->stride_w * w->in_c};
	float *out = call->out;

	if (w->dilation_w != 1 || w->dilation_h != 1) {
		neon_convolve_other_f32(call);
		return;
	}
	for (int32_t y = 0; y < w->out_h; y++) {
		int32_t together;

		view.rows = nn_taps_row(w, y);
		for (int32_t x = 0; x < w->out_w; x += together, out += together * w->out_c) {
			view.cols = nn_taps_col(w, x);
			together = nn_f32_together(w, x);
			together = together == 3 ? 2 : together;
			neon_pixels_f32(call, &view, together, out);
		}
	}
}

#define NN_CONVOLVE_F32(call) neon_convolve_f32(call)

#endif
