/* SPDX-License-Identifier: Apache-2.0 */
/* quantize.c - between float and integers, and from one integer type to another. */
#include "nn/runtime/kernels-int.h"
#include "nn/runtime/kernels/half.h"

static inline int32_t cell_load(const void *values, int32_t i, enum nn_cell cell)
{
	return cell == NN_CELL_I16  ? ((const int16_t *)values)[i]
	       : cell == NN_CELL_U8 ? ((const uint8_t *)values)[i]
				    : ((const int8_t *)values)[i];
}

static inline void cell_store(void *values, int32_t i, enum nn_cell cell, int32_t x)
{
	if (cell == NN_CELL_I16)
		((int16_t *)values)[i] = (int16_t)x;
	else if (cell == NN_CELL_U8)
		((uint8_t *)values)[i] = (uint8_t)x;
	else
		((int8_t *)values)[i] = (int8_t)x;
}

/* x / scale to the nearest integer, halves away from zero; NaN becomes the zero point. */
static int32_t quantise_one(float x, float scale, int32_t zero_point, enum nn_cell cell)
{
	int32_t low = cell == NN_CELL_I16 ? INT16_MIN : cell == NN_CELL_U8 ? 0 : INT8_MIN;
	int32_t high = cell == NN_CELL_I16 ? INT16_MAX : cell == NN_CELL_U8 ? UINT8_MAX : INT8_MAX;
	float q = x / scale, rest;
	int32_t whole;

	if (!(q > -70000 && q < 70000))
		return q >= 70000 ? high : q <= -70000 ? low : zero_point;
	whole = (int32_t)q;
	rest = q - (float)whole;
	return nn_limit(zero_point + whole + (rest >= 0.5f) - (rest <= -0.5f), low, high);
}

void nn_quantize(int32_t n, const float *in, float scale, int32_t zero_point, enum nn_cell cell, void *out)
{
	for (int32_t i = 0; i < n; i++)
		cell_store(out, i, cell, quantise_one(in[i], scale, zero_point, cell));
}

void nn_requantise_cells(int32_t n, const void *in, enum nn_cell in_cell, int32_t in_zero,
			 const struct nn_output_stage *stage, enum nn_cell cell, void *out)
{
	for (int32_t i = 0; i < n; i++)
		cell_store(out, i, cell, nn_stage(stage, 0, cell_load(in, i, in_cell) - in_zero));
}

void nn_dequantize(int32_t n, const void *in, enum nn_cell cell, float scale, int32_t zero_point, float *out)
{
	for (int32_t i = 0; i < n; i++)
		out[i] = (float)(cell_load(in, i, cell) - zero_point) * scale;
}

void nn_expand_f16(int32_t n, const uint16_t *in, float *out)
{
	for (int32_t i = 0; i < n; i++)
		out[i] = nn_half(in[i]);
}
