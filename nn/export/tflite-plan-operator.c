/* SPDX-License-Identifier: Apache-2.0 */
/* tflite-plan-operator.c - one operator of a plan: its inputs, its options, its version, and why there can be none. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/export/tflite-plan.h"

int tflite_plan_refuse(struct tflite_plan *plan, const struct graph_node *node, const char *what, const char *remedy)
{
	snprintf(plan->reason, GRAPH_REASON, "what makes \"%.40s\": %.100s%s%.100s",
		 tflite_plan_tensor_of(plan, node->output)->name, what, *remedy ? "; " : "", remedy);
	return -EOPNOTSUPP;
}

int tflite_plan_add_operator(struct tflite_plan *plan, const struct tflite_plan_operator *operator)
{
	if (operator->output<0)
		return operator->output;
	for (unsigned i = 0; i < operator->input_count; i++)
		if (operator->inputs[i]<0)
			return operator->inputs[i];
	if (plan->operator_count == plan->operator_room) {
		uint32_t room = plan->operator_room * 2 + 64;
		struct tflite_plan_operator *more = realloc(plan->operators, room * sizeof(*more));

		if (!more)
			return tflite_plan_no_memory(plan);
		plan->operators = more;
		plan->operator_room = room;
	}
	plan->operators[plan->operator_count++] = *operator;
	return 0;
}

void tflite_plan_add_option(struct tflite_plan_operator *operator, unsigned slot, unsigned bytes, int32_t value)
{
	operator->options[operator->option_count++] =(struct tflite_plan_option){
		.slot = (uint8_t)slot, .bytes = (uint8_t)bytes, .value = value};
}

void tflite_plan_add_activation(struct tflite_plan_operator *operator, unsigned slot, enum nn_activation activation)
{
	tflite_plan_add_option(operator, slot, 1,
			       activation == NN_ACTIVATION_RELU	   ? TFLITE_ACTIVATION_RELU
			       : activation == NN_ACTIVATION_RELU6 ? TFLITE_ACTIVATION_RELU6
								   : TFLITE_ACTIVATION_NONE);
}

int32_t tflite_plan_use(struct tflite_plan *plan, uint16_t tensor, enum tflite_plan_layout layout, bool expanded)
{
	const struct graph_tensor *from = tflite_plan_tensor_of(plan, tensor);
	struct tflite_plan_operator dequantise = {.code = TFLITE_DEQUANTIZE, .version = 3, .input_count = 1};
	int32_t number;

	if (!from->data)
		return tflite_plan_variable(plan, tensor);
	number = tflite_plan_constant(plan, tensor, layout);
	if (number < 0 || (from->type != NN_TYPE_F16 && !expanded))
		return number;
	dequantise.inputs[0] = number;
	dequantise.output = tflite_plan_add_tensor(plan, from->name, ".f32", NN_TYPE_F32);
	if (dequantise.output < 0)
		return dequantise.output;
	plan->tensors[dequantise.output].dims = plan->tensors[number].dims;
	memcpy(plan->tensors[dequantise.output].shape, plan->tensors[number].shape,
	       sizeof(plan->tensors[number].shape));
	return tflite_plan_add_operator(plan, &dequantise) < 0 ? -ENOMEM : dequantise.output;
}

int32_t tflite_plan_version_for(const struct tflite_plan *plan, const struct graph_node *node, int32_t floats,
				int32_t i8, int32_t i16)
{
	enum nn_type type = tflite_plan_tensor_of(plan, node->output)->type;

	return type == NN_TYPE_I8 ? i8 : type == NN_TYPE_I16 ? i16 : floats;
}
