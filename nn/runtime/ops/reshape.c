/* SPDX-License-Identifier: Apache-2.0 */
/* reshape.c - the same numbers under another shape. */
#include <string.h>

#include "nn/runtime/ops.h"

int nn_check_reshape(const struct nn_model *model, const struct nn_operator *op, enum nn_variant variant,
		     uint64_t *ret_work)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0), *out = nn_operator_output(model, op);

	if (nn_tensor_elements(in) != nn_tensor_elements(out) || op->activation)
		return NN_ERROR_SHAPE;
	*ret_work = nn_tensor_elements(in);
	if (nn_is_integer(variant) && in->scale_count == 1 && out->scale_count == 1 && !nn_same_scale(model, in, out))
		return NN_ERROR_QUANTISATION;
	return nn_check_types(model, op, variant, 0);
}

void nn_run_reshape(const struct nn_model *model, const struct nn_operator *op, uint8_t *arena)
{
	const void *in = nn_input_data(model, op, 0, arena);
	void *out = nn_output_data(model, op, arena);

	if (in != out)
		memcpy(out, in, nn_operator_output(model, op)->bytes);
}
