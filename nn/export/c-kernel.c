/* SPDX-License-Identifier: Apache-2.0 */
/* c-kernel.c - the table of kernels, what each wants of a layer, and the order in which it wants the weights. */
#include <math.h>
#include <stdlib.h>

#include "nn/export/c-layer.h"
#include "nn/export/c-text.h"

void c_write_i8(FILE *file, unsigned position, int value)
{
	fprintf(file, "%s%d,", position % 24 ? " " : "\n\t", value);
}

void c_write_f32(FILE *file, unsigned position, float value)
{
	fprintf(file, "%s%af,", position % 6 ? " " : "\n\t", (double)value);
}

static float element_f32(const struct c_layer *l, int32_t i, int32_t o)
{
	return i < l->inputs && o < l->channels ? ((const float *)l->weights)[i * l->channels + o] : 0;
}

static int32_t round_up(int32_t n, int32_t to)
{
	return (n + to - 1) / to * to;
}

/* Taps of a convolution or inputs of a dense layer: what one output channel has weights for. */
static int32_t taps(const struct c_layer *l)
{
	if (l->op->code == NN_OPERATOR_DENSE)
		return l->inputs;
	if (l->op->code == NN_OPERATOR_DEPTHWISE_CONV_2D)
		return l->shape.kernel_h * l->shape.kernel_w;
	return l->shape.kernel_h * l->shape.kernel_w * l->shape.in_c;
}

/* The element at [i][o] of weights that end in [in][out], 0 outside. */
static int element_i8(const struct c_layer *l, int32_t i, int32_t o)
{
	return i < taps(l) && o < l->channels ? ((const int8_t *)l->weights)[i * l->channels + o] : 0;
}

/* --- orders of weights ----------------------------------------------------------------------------------------- */

static void pack_as_is_f32(const struct c_layer *l, FILE *file)
{
	for (int32_t i = 0; i < taps(l) * l->channels; i++)
		c_write_f32(file, (unsigned)i, ((const float *)l->weights)[i]);
}

/* [out_c][taps] */
static void pack_rows_i8(const struct c_layer *l, FILE *file)
{
	for (int32_t i = 0, n = taps(l); i < n * l->channels; i++)
		c_write_i8(file, (unsigned)i, ((const int8_t *)l->weights)[i % n * l->channels + i / n]);
}

static void pack_rows_f32(const struct c_layer *l, FILE *file)
{
	for (int32_t i = 0, n = taps(l); i < n * l->channels; i++)
		c_write_f32(file, (unsigned)i, ((const float *)l->weights)[i % n * l->channels + i / n]);
}

/* [out_c / 4][taps][4] */
static void pack_fours_f32(const struct c_layer *l, FILE *file)
{
	unsigned position = 0;

	for (int32_t o = 0; o < l->channels; o += 4)
		for (int32_t i = 0; i < taps(l); i++)
			for (int32_t k = 0; k < 4; k++)
				c_write_f32(file, position++, ((const float *)l->weights)[i * l->channels + o + k]);
}

/* [out_c / lanes][taps / 2][lanes][2], out_c as a multiple of 8 */
static void pack_pairs(const struct c_layer *l, FILE *file, int32_t lanes)
{
	int32_t n = round_up(taps(l), 2);
	unsigned position = 0;

	for (int32_t o = 0; o < round_up(l->channels, 8); o += lanes)
		for (int32_t i = 0; i < n; i += 2)
			for (int32_t lane = 0; lane < 2 * lanes; lane++) {
				int32_t tap = i + lane % 2, channel = o + lane / 2;
				bool there = tap < taps(l) && channel < l->channels;

				c_write_i8(file, position++,
					   there ? ((const int8_t *)l->weights)[tap * l->channels + channel] : 0);
			}
}

static void pack_pairs4(const struct c_layer *l, FILE *file)
{
	pack_pairs(l, file, 4);
}

static void pack_pairs8(const struct c_layer *l, FILE *file)
{
	pack_pairs(l, file, 8);
}

/* [out / 4][taps / 4][4 rows][4], neighbours apart as SXTB16 wants them */
static void pack_dot4_m4(const struct c_layer *l, FILE *file)
{
	static const int order[] = {0, 2, 1, 3};
	unsigned position = 0;

	for (int32_t o = 0; o < l->channels; o += 4)
		for (int32_t i = 0; i < round_up(taps(l), 8); i += 4)
			for (int32_t k = 0; k < 16; k++)
				c_write_i8(file, position++, element_i8(l, i + order[k % 4], o + k / 4));
}

static void pack_dense_a7(const struct c_layer *l, FILE *file)
{
	unsigned position = 0;

	for (int32_t o = 0; o < round_up(l->outputs, 8); o++)
		for (int32_t i = 0; i < round_up(l->inputs, 8); i++)
			c_write_i8(file, position++, element_i8(l, i, o));
}

/* Blocks of 32, 8 and 4 outputs as they go, [inputs][outputs] */
static void pack_blocks_a7_f32(const struct c_layer *l, FILE *file)
{
	unsigned position = 0;

	for (int32_t o = 0, width; o < l->outputs; o += width) {
		width = l->outputs - o >= 32 ? 32 : l->outputs - o >= 8 ? 8 : 4;
		for (int32_t i = 0; i < l->inputs; i++)
			for (int32_t k = 0; k < width; k++)
				c_write_f32(file, position++, element_f32(l, i, o + k));
	}
}

static void pack_dense_m4_f32(const struct c_layer *l, FILE *file)
{
	unsigned position = 0;

	for (int32_t o = 0; o < l->outputs; o += 8)
		for (int32_t i = 0; i < l->inputs; i++)
			for (int32_t k = 0; k < 8; k++)
				c_write_f32(file, position++, element_f32(l, i, o + k));
}

/* [out_c / 2][taps / 2]: words of two inputs' two channels; inputs 0 and 2, 1 and 3 of four, taps padded to 8 */
static void pack_block_m4(const struct c_layer *l, FILE *file)
{
	unsigned position = 0;

	for (int32_t o = 0; o < l->channels; o += 2)
		for (int32_t i = 0; i < round_up(taps(l), 8); i += 4)
			for (int32_t k = 0; k < 8; k++)
				c_write_i8(file, position++, element_i8(l, i + k / 4 + (k / 2) % 2 * 2, o + k % 2));
}

/* [out_c / 4][taps][4], taps padded to three, neighbours apart */
static void pack_depthwise_m4(const struct c_layer *l, FILE *file)
{
	static const int order[] = {0, 2, 1, 3};
	unsigned position = 0;

	for (int32_t o = 0; o < l->channels; o += 4)
		for (int32_t i = 0; i < round_up(taps(l), 3); i++)
			for (int32_t k = 0; k < 4; k++)
				c_write_i8(file, position++, element_i8(l, i, o + order[k]));
}

/* [out / 4][taps / 4][4 rows][4] */
static void pack_bytes_m4(const struct c_layer *l, FILE *file)
{
	unsigned position = 0;

	for (int32_t o = 0; o < l->channels; o += 4)
		for (int32_t i = 0; i < round_up(taps(l), 8); i += 4)
			for (int32_t k = 0; k < 16; k++)
				c_write_i8(file, position++, element_i8(l, i + k % 4, o + k / 4));
}

/* --- memory for one run ---------------------------------------------------------------------------------------- */

static uint32_t scratch_none(const struct c_layer *l)
{
	(void)l;
	return 0;
}

static uint32_t scratch_conv_m4(const struct c_layer *l)
{
	int32_t padded = round_up(taps(l), 8);

	return (uint32_t)(8 * padded + (l->shape.in_c % 4 ? padded : 0));
}

static uint32_t scratch_depthwise_m4(const struct c_layer *l)
{
	return (uint32_t)(round_up(taps(l), 3) * (int32_t)sizeof(void *) + l->shape.in_c);
}

/* --- conditions ------------------------------------------------------------------------------------------------ */

static bool is_plain_window(const struct nn_conv *s)
{
	return s->stride_h == 1 && s->stride_w == 1 && s->dilation_h == 1 && s->dilation_w == 1 && !s->pad_top &&
	       !s->pad_left && s->out_h == s->in_h - s->kernel_h + 1 && s->out_w == s->in_w - s->kernel_w + 1;
}

static bool fits_window_3x3x2(const struct c_layer *l)
{
	return is_plain_window(&l->shape) && l->shape.kernel_h == 3 && l->shape.kernel_w == 3 && l->shape.in_c == 2;
}

static bool fits_conv_m4(const struct c_layer *l)
{
	return fits_window_3x3x2(l) && l->pool == 2 && l->shape.in_w == 8 && l->shape.out_h % 2 == 0;
}

static bool fits_depthwise_block_m4(const struct c_layer *l)
{
	return l->channels % 4 == 0 && l->shape.in_c == l->channels;
}

static bool fits_max_pool_block_m4(const struct c_layer *l)
{
	return l->channels % 4 == 0 && l->low == INT8_MIN && l->high == INT8_MAX;
}

/* Sums that don't begin with -0 are never -0. */
static bool has_negative_zero(const struct c_layer *l)
{
	for (int32_t o = 0; o < l->channels; o++) {
		float bias = ((const float *)l->bias)[o];

		if (bias == 0 && signbit(bias))
			return true;
	}
	return false;
}

static bool fits_conv_m4_f32(const struct c_layer *l)
{
	return fits_conv_m4(l) && !has_negative_zero(l) && l->shape.in_h == 8 && l->float_low >= 0 &&
	       l->float_high >= 3.4e38f;
}

/* The 16-bit sum of two products must not overflow: not both weights -128. */
static bool has_pair_of_lowest(const struct c_layer *l)
{
	const int8_t *w = l->weights;

	for (int32_t i = 0; i < taps(l); i++)
		for (int32_t o = 0; o < l->channels; o++)
			if (w[i * l->channels + o] == -128)
				return true;
	return false;
}

static bool fits_conv_a7(const struct c_layer *l)
{
	return fits_window_3x3x2(l) && !has_pair_of_lowest(l);
}

static bool fits_dense_a7(const struct c_layer *l)
{
	return !has_pair_of_lowest(l);
}

static bool fits_conv_x86(const struct c_layer *l)
{
	return is_plain_window(&l->shape) && l->shape.in_c % 2 == 0 && l->channels % 8 == 0 &&
	       l->shape.kernel_h * l->shape.kernel_w <= 25;
}

static bool fits_conv_vector(const struct c_layer *l)
{
	return is_plain_window(&l->shape) && l->channels % 8 == 0 && l->shape.kernel_h * l->shape.kernel_w <= 25;
}

static bool fits_dense_vector(const struct c_layer *l)
{
	return l->channels % 8 == 0;
}

static bool fits_softmax_vector(const struct c_layer *l)
{
	return l->inputs % 8 == 0;
}

static bool fits_conv_a7_f32(const struct c_layer *l)
{
	return fits_window_3x3x2(l) && l->channels % 4 == 0;
}

static bool fits_dense_a7_f32(const struct c_layer *l)
{
	return l->channels % 4 == 0 && l->inputs % 4 == 0;
}

static bool fits_dense_m4_f32(const struct c_layer *l)
{
	return l->inputs % 4 == 0 && !has_negative_zero(l);
}

enum {
	ALL = (1 << C_CORES) - 1,
	VECTOR = 1 << C_A7 | 1 << C_X86,
};

#define I8  true
#define F32 false

static const struct c_kernel kernels[] = {
	{NN_OPERATOR_CONV_2D, I8, 1 << C_M4, "nn_conv_pool_m4", C_TEXT_M4_I8, fits_conv_m4, pack_rows_i8, true, false,
	 "int16_t", NULL},
	{NN_OPERATOR_CONV_2D, I8, 1 << C_A7, "nn_conv_a7", C_TEXT_A7_I8, fits_conv_a7, pack_pairs4, true, true,
	 "int8_t", NULL},
	{NN_OPERATOR_CONV_2D, I8, 1 << C_X86, "nn_conv_x86", C_TEXT_X86_I8, fits_conv_x86, pack_pairs8, true, true,
	 "int16_t", NULL},
	{NN_OPERATOR_CONV_2D, F32, 1 << C_M4, "nn_conv_pool_m4_f32", C_TEXT_M4_F32, fits_conv_m4_f32, pack_rows_f32,
	 false, false, "float", NULL},
	{NN_OPERATOR_CONV_2D, F32, 1 << C_A7, "nn_conv_a7_f32", C_TEXT_A7_F32, fits_conv_a7_f32, pack_fours_f32, false,
	 true, "float", NULL},
	{NN_OPERATOR_CONV_2D, F32, VECTOR, "nn_conv_vector_f32", C_TEXT_VECTOR_F32, fits_conv_vector, pack_as_is_f32,
	 false, true, "float", NULL},
	{NN_OPERATOR_DENSE, I8, 1 << C_M4, "nn_dense_m4", C_TEXT_M4_I8, NULL, pack_dot4_m4, true, false, "int8_t",
	 NULL},
	{NN_OPERATOR_DENSE, I8, 1 << C_A7, "nn_dense_a7", C_TEXT_A7_I8, fits_dense_a7, pack_dense_a7, true, false,
	 "int8_t", NULL},
	{NN_OPERATOR_DENSE, I8, 1 << C_X86, "nn_dense_x86", C_TEXT_X86_I8, NULL, pack_pairs8, true, false, "int16_t",
	 NULL},
	{NN_OPERATOR_DENSE, F32, 1 << C_M4, "nn_dense_m4_f32", C_TEXT_M4_F32, fits_dense_m4_f32, pack_dense_m4_f32,
	 false, false, "float", NULL},
	{NN_OPERATOR_DENSE, F32, 1 << C_A7, "nn_dense_a7_f32", C_TEXT_A7_F32, fits_dense_a7_f32, pack_blocks_a7_f32,
	 false, false, "float", NULL},
	{NN_OPERATOR_DENSE, F32, VECTOR, "nn_dense_vector_f32", C_TEXT_VECTOR_F32, fits_dense_vector, pack_as_is_f32,
	 false, false, "float", NULL},
	{NN_OPERATOR_SOFTMAX, I8, ALL, "nn_softmax_chain_i8", C_TEXT_I8, NULL, NULL, false, false, NULL, NULL},
	{NN_OPERATOR_SOFTMAX, F32, 1 << C_X86, "nn_softmax_vector_f32", C_TEXT_VECTOR_F32, fits_softmax_vector, NULL,
	 false, false, NULL, NULL},
	{NN_OPERATOR_SOFTMAX, F32, ALL, "nn_softmax_f32", C_TEXT_SOFTMAX_F32, NULL, NULL, false, false, NULL, NULL},
	{NN_OPERATOR_CONV_2D, I8, 1 << C_M4, "nn_conv_block_m4", C_TEXT_M4_BLOCK, NULL, pack_block_m4, true, false,
	 "int8_t", scratch_conv_m4},
	{NN_OPERATOR_DEPTHWISE_CONV_2D, I8, 1 << C_M4, "nn_depthwise_block_m4", C_TEXT_M4_BLOCK,
	 fits_depthwise_block_m4, pack_depthwise_m4, true, false, "int16_t", scratch_depthwise_m4},
	{NN_OPERATOR_MAX_POOL_2D, I8, 1 << C_M4, "nn_max_pool_block_m4", C_TEXT_M4_BLOCK, fits_max_pool_block_m4, NULL,
	 false, false, NULL, scratch_none},
	{NN_OPERATOR_DENSE, I8, 1 << C_M4, "nn_dense_block_m4", C_TEXT_M4_BLOCK, NULL, pack_bytes_m4, true, false,
	 "int8_t", scratch_none},
};

const struct c_kernel *c_kernel_find(const struct c_layer *layer)
{
	for (unsigned i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		const struct c_kernel *kernel = &kernels[i];

		if (kernel->code == layer->op->code && kernel->integer == layer->integer &&
		    !kernel->scratch == !layer->bytes && kernel->cores & (1 << layer->core) &&
		    (!kernel->fits || kernel->fits(layer)) &&
		    (layer->pool == 1 || kernel->pools || kernel->fits == fits_conv_m4 ||
		     kernel->fits == fits_conv_m4_f32))
			return kernel;
	}
	return NULL;
}
