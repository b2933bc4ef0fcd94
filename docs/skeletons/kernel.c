/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel.c - skeleton of an operator of the network: the kernel, the check of its tensors, and its row of the table in
 * nn/runtime/operators.c. This one takes absolute values, element by element.
 *
 * Then: a code in enum nn_operator_code (nn/runtime/format.h; never reuse one), the kernel to nn/runtime/kernels/, check
 * and run to nn/runtime/ops/, one operator a file, a paragraph to nn/runtime/FORMAT.md (of integers, their arithmetic to
 * nn/runtime/ARITHMETIC.md), the importer's word for it, and a test against numbers computed by hand. Freestanding C11:
 * no allocation, no library but float mathematics.
 */
#include "nn/runtime/ops.h"

/* Only the kernel sees numbers. It has no checks and no state. */
static void kernel_absolute_f32(int32_t n, const float *in, float *out)
{
	for (int32_t i = 0; i < n; i++)
		out[i] = in[i] < 0 ? -in[i] : in[i];
}

/* Runs once, when a model is parsed: what it lets through is never looked at again. */
static int check_absolute(const struct nn_model *model, const struct nn_operator *op, enum nn_variant variant,
			  uint64_t *ret_work)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0);

	if (!nn_same_shape(in, nn_operator_output(model, op)))
		return NN_ERROR_SHAPE;
	*ret_work = nn_tensor_elements(in);
	return nn_check_types(model, op, variant, 0);
}

static void run_absolute_f32(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	kernel_absolute_f32((int32_t)nn_tensor_elements(nn_operator_output(model, op)),
			    nn_input_data(model, op, 0, arena), nn_output_data(model, op, arena));
}

extern const struct nn_operator_kind skeleton_operator;

const struct nn_operator_kind skeleton_operator = {
	.name = "absolute",
	.inputs = 1,
	.in_place = true, /* an output element needs no input element but its own */
	.multiplies = false,
	.check = check_absolute,
	.run = {[NN_VARIANT_F32] = run_absolute_f32}, /* other types are refused */
};
