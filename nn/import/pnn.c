/* SPDX-License-Identifier: Apache-2.0 */
/* pnn.c - see pnn.h: the way back from nn/export/pnn.c. */
#include "nn/import/pnn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int take_scales(const struct nn_model *model, const struct nn_tensor *in, struct graph_tensor *out)
{
	size_t bytes = (size_t)in->scale_count * 4;

	if (!in->scale_count)
		return 0;
	out->scales = malloc(bytes);
	out->zero_points = malloc(bytes);
	if (!out->scales || !out->zero_points)
		return -ENOMEM;
	memcpy(out->scales, model->quantisation + in->scales, bytes);
	memcpy(out->zero_points, model->quantisation + in->scales + bytes, bytes);
	out->scale_count = in->scale_count;
	out->quantised_dim = in->quantised_dim;
	return 0;
}

static int take_tensor(const struct nn_model *model, const struct nn_tensor *in, struct graph *graph)
{
	const char *name = model->strings + in->name;
	int t = in->flags & NN_TENSOR_CONSTANT
			? graph_add_constant(graph, name, in->type, in->dims, in->shape, model->data + in->location)
			: graph_add_tensor(graph, name, in->type, in->dims, in->shape);

	return t < 0 ? t : take_scales(model, in, &graph->tensors[t]);
}

static int take_operator(const struct nn_model *model, const struct nn_operator *in, struct graph *graph)
{
	const uint16_t *operands = model->operands + in->operands;
	struct graph_node node = {
		.code = in->code,
		.activation = in->activation,
		.rounding = in->rounding,
		.inputs = in->inputs,
		.output = operands[in->inputs],
	};

	memcpy(node.input, operands, in->inputs * sizeof(*operands));
	memcpy(node.parameters, in->parameters, sizeof(node.parameters));
	return graph_add_node(graph, &node);
}

static int take_main(const struct nn_model *model, struct graph *graph)
{
	const struct nn_main *main = model->main;

	memcpy(graph->name, main->name, sizeof(graph->name));
	graph->input = main->input;
	graph->output = main->output;
	graph->input_form = main->input_form;
	graph->preprocess = main->preprocess;
	graph->label_count = main->classes;
	memcpy(graph->labels, model->labels, main->classes * sizeof(graph->labels[0]));
	graph->provenance = malloc(model->provenance_bytes + 1);
	if (!graph->provenance)
		return -ENOMEM;
	memcpy(graph->provenance, model->provenance, model->provenance_bytes);
	graph->provenance[model->provenance_bytes] = '\0';
	graph->provenance_bytes = model->provenance_bytes;
	return 0;
}

int pnn_import(const struct nn_model *model, struct graph *graph)
{
	int r = take_main(model, graph);

	for (uint32_t t = 0; t < model->tensor_count && r >= 0; t++)
		r = take_tensor(model, &model->tensors[t], graph);
	for (uint32_t i = 0; i < model->operator_count && r >= 0; i++)
		r = take_operator(model, &model->operators[i], graph);
	return r < 0 ? r : 0;
}
