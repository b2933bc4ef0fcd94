/* SPDX-License-Identifier: Apache-2.0 */
/* move.c - values of any type to other places. */
#include "nn/runtime/kernels-int.h"

static void copy_bytes(uint8_t *restrict to, const uint8_t *restrict from, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++)
		to[i] = from[i];
}

void nn_copy_rows(uint32_t rows, uint32_t bytes, const void *in, uint32_t in_step, void *out, uint32_t out_step)
{
	const uint8_t *from = in;
	uint8_t *to = out;

	for (uint32_t row = 0; row < rows; row++, from += in_step, to += out_step)
		copy_bytes(to, from, bytes);
}

void nn_pad(const struct nn_padding *p, const void *in, void *out)
{
	const uint8_t *from = in;
	uint8_t value[4], *to = out;
	uint32_t row = p->in[3] * p->size, all = p->out[0] * p->out[1] * p->out[2] * p->out[3];

	for (unsigned i = 0; i < 4; i++)
		value[i] = (uint8_t)((uint32_t)p->value >> 8 * i);
	for (uint32_t i = 0; i < all; i++)
		copy_bytes(to + i * p->size, value, p->size);
	for (uint32_t i = 0; i < p->in[0]; i++)
		for (uint32_t j = 0; j < p->in[1]; j++)
			for (uint32_t k = 0; k < p->in[2]; k++, from += row) {
				uint32_t y = (i + p->before[0]) * p->out[1] + j + p->before[1];
				uint32_t x = y * p->out[2] + k + p->before[2];

				copy_bytes(to + (x * p->out[3] + p->before[3]) * p->size, from, row);
			}
}

void nn_transpose(const struct nn_turn *t, const void *in, void *out)
{
	const uint8_t *from = in;
	uint8_t *to = out;

	for (uint32_t i = 0; i < t->out[0]; i++)
		for (uint32_t j = 0; j < t->out[1]; j++)
			for (uint32_t k = 0; k < t->out[2]; k++)
				for (uint32_t l = 0; l < t->out[3]; l++, to += t->size)
					copy_bytes(to,
						   from + i * t->steps[0] + j * t->steps[1] + k * t->steps[2] +
							   l * t->steps[3],
						   t->size);
}
