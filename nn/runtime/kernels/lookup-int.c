/* SPDX-License-Identifier: Apache-2.0 */
/* lookup-int.c - functions of one variable by table, and the 16-bit softmax, which is made of two of them. */
#include "nn/runtime/kernels-int.h"

void nn_lookup_i8(int32_t n, const int8_t *in, const int8_t *table, int8_t *out)
{
	for (int32_t i = 0; i < n; i++)
		out[i] = table[in[i] + 128];
}

static int16_t between(int32_t x, const int16_t *table)
{
	int32_t i = 256 + (x >> 7), slope = table[i + 1] - table[i];

	return (int16_t)nn_limit(table[i] + ((slope * (x & 127) + 64) >> 7), INT16_MIN, INT16_MAX);
}

void nn_lookup_i16(int32_t n, const int16_t *in, const int16_t *table, int16_t *out)
{
	for (int32_t i = 0; i < n; i++)
		out[i] = between(in[i], table);
}

static void softmax_row_i16(int32_t n, const int16_t *in, const int32_t scaling[2], bool single,
			    const int16_t *exponentials, const int16_t *reciprocals, int16_t *out)
{
	int32_t largest = in[0], right, inverse;
	int64_t sum = 0;

	for (int32_t i = 1; i < n; i++)
		largest = in[i] > largest ? in[i] : largest;
	for (int32_t i = 0; i < n; i++) {
		int64_t x = nn_scale(in[i] - largest, scaling[0], scaling[1], single) + INT16_MAX;

		out[i] = between(nn_limit(x, INT16_MIN, INT16_MAX), exponentials);
		sum += out[i]; /* Q16.15 */
	}
	sum = sum < 2 ? 2 : sum; /* only with a table that is none */
	right = 31 - __builtin_clz((uint32_t)sum);
	/* The sum as 1 + x, x in 0..1 over the whole range of 16 bits */
	inverse = between(nn_limit((((sum << (30 - right)) + (1 << 13)) >> 14) - (3 << 15), INT16_MIN, INT16_MAX),
			  reciprocals);
	for (int32_t i = 0; i < n; i++)
		out[i] = (int16_t)nn_limit((out[i] * inverse + (1 << (right - 1))) >> right, 0, INT16_MAX);
}

void nn_softmax_i16(int32_t rows, int32_t n, const int16_t *in, int32_t multiplier, int32_t shift, bool single,
		    const int16_t *exponentials, const int16_t *reciprocals, int16_t *out)
{
	const int32_t scaling[] = {multiplier, shift};

	for (int32_t row = 0; row < rows; row++, in += n, out += n)
		softmax_row_i16(n, in, scaling, single, exponentials, reciprocals, out);
}
