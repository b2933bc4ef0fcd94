/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel.c - skeleton of an operator of the network: the kernel, the check of its tensors, and its row of the table in
 * nn/runtime/operators.c. This one takes absolute values, element by element.
 *
 * Then: a code in enum nn_operator_code (nn/runtime/format.h; never reuse one), the kernel to nn/runtime/kernels-*.c, check
 * and run to nn/runtime/operators.c, a paragraph to nn/runtime/FORMAT.md, the importer's word for it, and a test against
 * numbers computed by hand. Freestanding C11: no allocation, no library but float mathematics.
 */
#include <string.h>

#include "nn/runtime/operators.h"

/* Only the kernel sees numbers. It has no checks and no state. */
static void kernel_absolute_f32(int32_t n, const float *in, float *out)
{
	for (int32_t i = 0; i < n; i++)
		out[i] = in[i] < 0 ? -in[i] : in[i];
}

/* Runs once, when a model is parsed: what it lets through is never looked at again. */
static int check_absolute(const struct nn_model *model, const struct nn_operator *op, uint64_t *ret_work)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0);
	const struct nn_tensor *out = nn_model_operand(model, op, 1);

	if (in->type != NN_TYPE_F32 || out->type != NN_TYPE_F32)
		return NN_ERROR_TYPE;
	if (in->dims != out->dims || memcmp(in->shape, out->shape, sizeof(in->shape)) != 0)
		return NN_ERROR_SHAPE;
	*ret_work = nn_tensor_elements(in);
	return 0;
}

static void run_absolute(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0);
	const struct nn_tensor *out = nn_model_operand(model, op, 1);
	const uint8_t *from = in->flags & NN_TENSOR_CONSTANT ? model->data : arena;

	kernel_absolute_f32((int32_t)nn_tensor_elements(in), (const float *)(const void *)(from + in->location),
			    (float *)(void *)(arena + out->location));
}

extern const struct nn_operator_kind skeleton_operator;

const struct nn_operator_kind skeleton_operator = {
	.name = "absolute",
	.inputs = 1,
	.in_place = true, /* an output element needs no input element but its own */
	.multiplies = false,
	.check = check_absolute,
	.run = run_absolute,
};
