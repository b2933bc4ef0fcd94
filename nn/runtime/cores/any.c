/* SPDX-License-Identifier: Apache-2.0 */
/* any.c - plain C for every core: what is faster once something has been worked out beforehand. */
#include "nn/runtime/core.h"

/* int8 softmax: e to the power of every difference that two inputs can have. */
struct softmax {
	uint32_t in, out; /* places in the arena */
	int32_t rows, n, count;
	int32_t exps[];
};

static int32_t softmax_count(const struct nn_model *model, const struct nn_operator *op)
{
	int32_t lowest = nn_operator_multipliers(model, op)[1];

	return lowest < -UINT8_MAX ? UINT8_MAX + 1 : 1 - lowest;
}

static uint32_t softmax_takes(const struct nn_model *model, const struct nn_operator *op)
{
	(void)model;
	(void)op;
	return 1;
}

static struct nn_core_need softmax_need(const struct nn_model *model, const struct nn_operator *op, uint32_t count)
{
	(void)count;
	return (struct nn_core_need){
		.packed_bytes = sizeof(struct softmax) + sizeof(int32_t) * (uint64_t)softmax_count(model, op),
	};
}

static void softmax_pack(struct nn_step *step)
{
	const struct nn_tensor *in = nn_model_operand(step->model, step->op, 0);
	uint32_t n = in->shape[in->dims - 1];
	struct softmax *softmax = step->packed;

	*softmax = (struct softmax){
		.in = in->location,
		.out = nn_operator_output(step->model, step->op)->location,
		.rows = (int32_t)(nn_tensor_elements(in) / n),
		.n = (int32_t)n,
		.count = softmax_count(step->model, step->op),
	};
	nn_softmax_differences_i8(nn_operator_multipliers(step->model, step->op)[0],
				  nn_operator_shifts(step->model, step->op)[0], softmax->count, softmax->exps);
}

static void softmax_run(const struct nn_step *step, uint8_t *arena)
{
	const struct softmax *softmax = step->packed;

	nn_softmax_table_i8(softmax->rows, softmax->n, (const int8_t *)arena + softmax->in, softmax->exps,
			    softmax->count, (int8_t *)arena + softmax->out);
}

/* Another shape of what lies there already. */
static uint32_t reshape_takes(const struct nn_model *model, const struct nn_operator *op)
{
	const struct nn_tensor *in = nn_model_operand(model, op, 0);

	return !(in->flags & NN_TENSOR_CONSTANT) && in->location == nn_operator_output(model, op)->location;
}

static struct nn_core_need reshape_need(const struct nn_model *model, const struct nn_operator *op, uint32_t count)
{
	(void)model;
	(void)op;
	(void)count;
	return (struct nn_core_need){0, 0};
}

static void reshape_run(const struct nn_step *step, uint8_t *arena)
{
	(void)step;
	(void)arena;
}

#define RESHAPE(variant)                                                                                               \
	{                                                                                                              \
		NN_OPERATOR_RESHAPE, variant, reshape_takes, reshape_need, NULL, reshape_run                           \
	}

const struct nn_core_kernel nn_core_any[] = {
	{NN_OPERATOR_SOFTMAX, NN_VARIANT_I8, softmax_takes, softmax_need, softmax_pack, softmax_run},
	RESHAPE(NN_VARIANT_F32),
	RESHAPE(NN_VARIANT_I8),
	RESHAPE(NN_VARIANT_I16),
	{0},
};
