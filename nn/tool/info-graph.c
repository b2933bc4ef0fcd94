/* SPDX-License-Identifier: Apache-2.0 */
/* info-graph.c - see info-graph.h. */
#include "nn/tool/info-graph.h"

#include <stdio.h>

#include "nn/runtime/operators.h"

const char *info_type_name(uint8_t type)
{
	static const char *const names[] = {
		[NN_TYPE_F32] = "f32", [NN_TYPE_F16] = "f16", [NN_TYPE_I8] = "i8",   [NN_TYPE_U8] = "u8",
		[NN_TYPE_I16] = "i16", [NN_TYPE_I32] = "i32", [NN_TYPE_I64] = "i64",
	};

	return names[type];
}

/* Names come from files: no control characters reach the terminal. */
static void print_name(const char *name)
{
	for (; *name; name++)
		putchar((unsigned char)*name < 0x20 || *name == 0x7f ? '?' : *name);
}

static void print_operand(const struct nn_model *model, const struct nn_tensor *tensor, const char *role)
{
	const uint8_t *scales = model->quantisation + tensor->scales;

	printf("      %-3s #%-3u ", role, (unsigned)(tensor - model->tensors));
	for (unsigned d = 0; d < tensor->dims; d++)
		printf("%s%u", d ? "x" : "", tensor->shape[d]);
	printf(" %s, %s %u..%u", info_type_name(tensor->type),
	       tensor->flags & NN_TENSOR_CONSTANT ? "constant" : "arena", tensor->location,
	       tensor->location + tensor->bytes);
	if (tensor->scale_count == 1)
		printf(", (q - %d) * %g", ((const int32_t *)(const void *)scales)[1],
		       (double)*(const float *)(const void *)scales);
	else if (tensor->scale_count)
		printf(", %u scales", tensor->scale_count);
	printf(", ");
	print_name(model->strings + tensor->name);
	putchar('\n');
}

static void print_parameters(const struct nn_operator *op)
{
	unsigned n = NN_FORMAT_PARAMETERS;

	while (n && !op->parameters[n - 1])
		n--;
	for (unsigned i = 0; i < n; i++)
		printf("%s%d", i ? "," : ", parameters ", op->parameters[i]);
}

void info_print_graph(const struct nn_model *model)
{
	static const char *const activations[] = {"", " + relu", " + relu6"};

	puts("graph");
	for (uint32_t i = 0; i < model->operator_count; i++) {
		const struct nn_operator *op = &model->operators[i];

		printf("  %3u %s%s", i, nn_operator_kind(op->code)->name, activations[op->activation]);
		print_parameters(op);
		putchar('\n');
		for (unsigned k = 0; k < op->inputs; k++)
			print_operand(model, nn_model_operand(model, op, k), "in");
		print_operand(model, nn_model_operand(model, op, op->inputs), "out");
	}
}
