/* SPDX-License-Identifier: Apache-2.0 */
/*
 * m4-kernels.h - int8 on cores with the DSP instructions of Armv7E-M (or of Armv7-A without NEON), in Thumb.
 *
 * A word holds two 16-bit numbers: two inputs, or two weights of one output, so that SMLAD makes two products. Inputs
 * become 16-bit numbers row by row, in scratch, with the padding around them; the zero points are part of the biases.
 * Sums come out doubled, because weights and biases are packed doubled: the high word of a product with a multiplier is
 * then what ARITHMETIC.md calls the sum times q / 2^31.
 */
#ifndef NN_RUNTIME_CORES_M4_KERNELS_H
#define NN_RUNTIME_CORES_M4_KERNELS_H

#include "nn/runtime/core.h"
#include "nn/runtime/cores/tail.h"

#if defined(__ARM_FEATURE_DSP) && defined(__thumb2__) && !defined(__ARM_NEON) && !defined(NN_PLAIN_C)
#define NN_CORE_M4 1
#else
#define NN_CORE_M4 0
#endif

/* Rows of the input that the windows of one output row see, or of some in one, as 16-bit numbers. */
struct m4_rows {
	int32_t in_h, in_w, in_c;
	int32_t pixel_words; /* of in_c numbers, padded to whole words */
	int32_t row_words;   /* with the padding at both sides */
	int32_t count;	     /* rows in scratch */
	int32_t stride_h, pad_top, pad_left;
	uint32_t zeros; /* the input's zero point twice */
	bool whole;	/* scratch has room for all rows */
	bool flat;	/* they are the image as it is */
};

/* together: output rows that are made in one. */
struct m4_rows m4_rows_of(const struct nn_window *window, int32_t in_zero, int32_t together);
/* The rows of output row oy, which are in scratch then; called for 0, 1, 2... */
const uint32_t *m4_rows_load(const struct m4_rows *rows, const int8_t *in, int32_t oy, uint32_t *scratch);
/* What nn_tail_count() wants to know. */
static inline int32_t m4_rows_held(const struct m4_rows *rows)
{
	return rows->whole ? NN_TAIL_HELD_ALL : rows->count;
}

typedef int16_t __attribute__((may_alias)) m4_half;
/* n int8 to 16-bit numbers. */
void m4_widen(const int8_t *in, int32_t n, m4_half *out);

/* From a doubled sum to an output: the high word of its product with q, halved `shift` times, rounded, halved once. */
struct m4_scale {
	int32_t multiplier, shift;
};

struct m4_stage {
	int32_t round; /* 1 + twice the zero point: both are added before the last halving */
	int32_t low, high;
	bool single, narrow; /* narrow: low and high are not the type's */
};

static inline struct m4_stage m4_stage_of(const struct nn_model *model, const struct nn_operator *op, bool pooled)
{
	int32_t zero_point = nn_tensor_zero_point(model, nn_operator_output(model, op));
	int32_t low = pooled ? nn_limit(op->low, op[1].low, op[1].high) : op->low;
	int32_t high = pooled ? nn_limit(op->high, op[1].low, op[1].high) : op->high;

	return (struct m4_stage){1 + 2 * zero_point, low, high, op->rounding == NN_ROUNDING_SINGLE,
				 low != INT8_MIN || high != INT8_MAX};
}

/*
 * What a channel's weights are multiplied by, its bias with that and with what the input's zero point adds, its scale. A
 * multiplier of 1/2 and more takes weights that are doubled once more for each power of two.
 */
struct m4_channel {
	int32_t factor, bias;
	struct m4_scale scale;
};

struct m4_channel m4_channel_of(const struct nn_model *model, const struct nn_operator *op, uint32_t channel);
/* Whether every channel's sums fit 32 bits so; with two roundings no multiplier may be 1/2 or more. */
bool m4_takes_weights(const struct nn_model *model, const struct nn_operator *op);

#if NN_CORE_M4

/* Of four bytes each, signed. */
static inline uint32_t m4_larger(uint32_t a, uint32_t b)
{
	uint32_t y;

	__asm__("ssub8 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(y) : "r"(a), "r"(b));
	return y;
}

static inline uint32_t m4_smaller(uint32_t a, uint32_t b)
{
	uint32_t y;

	__asm__("ssub8 %0, %1, %2\n\tsel %0, %2, %1" : "=&r"(y) : "r"(a), "r"(b));
	return y;
}

/* A doubled sum to int8; `single` and `narrow` are constants wherever this is called. */
static inline int32_t m4_finish(const struct m4_stage *stage, struct m4_scale scale, int32_t sum, bool single,
				bool narrow)
{
	int32_t y;

	if (single) {
		__asm__("smmul %0, %1, %2" : "=r"(y) : "r"(sum), "r"(scale.multiplier));
	} else {
		__asm__("smmulr %0, %1, %2" : "=r"(y) : "r"(sum), "r"(scale.multiplier));
		y += y >> 31;
	}
	y = ((y >> scale.shift) + stage->round) >> 1;
	if (!narrow) {
		__asm__("ssat %0, #8, %1" : "=r"(y) : "r"(y));
		return y;
	}
	return y < stage->low ? stage->low : y > stage->high ? stage->high : y;
}

/* What the list of m4.c takes of each kernel. */
#define M4_KERNEL(name)                                                                                                \
	uint32_t m4_##name##_takes(const struct nn_model *model, const struct nn_operator *op);                        \
	struct nn_core_need m4_##name##_need(const struct nn_model *model, const struct nn_operator *op,               \
					     uint32_t count);                                                          \
	void m4_##name##_pack(struct nn_step *step);                                                                   \
	void m4_##name##_run(const struct nn_step *step, uint8_t *arena)

M4_KERNEL(conv_2d); /* and dense */
M4_KERNEL(depthwise);
M4_KERNEL(max_pool);

#endif

#endif
