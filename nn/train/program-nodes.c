/* SPDX-License-Identifier: Apache-2.0 */
/* program-nodes.c - one step for each operator: its parameters, window and tables. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/graph/edit.h"
#include "nn/train/program-parts.h"

struct planner {
	struct program *program;
	const struct trainer_options *options;
	const struct graph_node *node;
	const struct graph_tensor *in, *out;
	char *reason;
};

static float bits_to_float(int32_t bits)
{
	float x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

/* Weights and bias, or scale and offset: inputs 1 and 2. */
static int take_parameters(const struct planner *plan, struct step *step)
{
	for (unsigned i = 0; i < 2; i++) {
		int parameter = program_parameter(plan->program, plan->node->input[1 + i], plan->options);

		if (parameter < 0) {
			snprintf(plan->reason, GRAPH_REASON, "tensor %.60s: its weights are not a constant of floats",
				 plan->out->name);
			return -ENOTSUP;
		}
		step->parameter[i] = (int16_t)parameter;
	}
	return 0;
}

static int plan_linear(const struct planner *plan, struct step *step)
{
	const struct graph_node *node = plan->node;
	const struct graph_tensor *weights = &plan->program->graph->tensors[node->input[1]];
	const int32_t *p = node->parameters;

	step->window = (struct nn_window){
		.in_h = (int32_t)plan->in->shape[1],
		.in_w = (int32_t)plan->in->shape[2],
		.in_c = (int32_t)plan->in->shape[3],
		.out_h = (int32_t)plan->out->shape[1],
		.out_w = (int32_t)plan->out->shape[2],
		.out_c = (int32_t)plan->out->shape[3],
		.kernel_h = (int32_t)weights->shape[0],
		.kernel_w = (int32_t)weights->shape[1],
		.stride_h = p[NN_PARAMETER_STRIDE_H],
		.stride_w = p[NN_PARAMETER_STRIDE_W],
		.dilation_h = p[NN_PARAMETER_DILATION_H],
		.dilation_w = p[NN_PARAMETER_DILATION_W],
		.pad_top = p[NN_PARAMETER_PAD_TOP],
		.pad_left = p[NN_PARAMETER_PAD_LEFT],
	};
	if (node->inputs > 3)
		step->limits = graph_floats(plan->program->graph, node, 3);
	return take_parameters(plan, step);
}

static int plan_dense(const struct planner *plan, struct step *step)
{
	const uint32_t *shape = plan->program->graph->tensors[plan->node->input[1]].shape;

	step->window = (struct nn_window){.in_h = 1,
					  .in_w = 1,
					  .in_c = (int32_t)shape[0],
					  .out_h = 1,
					  .out_w = 1,
					  .out_c = (int32_t)shape[1],
					  .kernel_h = 1,
					  .kernel_w = 1};
	if (plan->node->inputs > 3)
		step->limits = graph_floats(plan->program->graph, plan->node, 3);
	return take_parameters(plan, step);
}

static int plan_pool(const struct planner *plan, struct step *step)
{
	const int32_t *p = plan->node->parameters;

	step->window = (struct nn_window){
		.in_h = (int32_t)plan->in->shape[1],
		.in_w = (int32_t)plan->in->shape[2],
		.in_c = (int32_t)plan->in->shape[3],
		.out_h = (int32_t)plan->out->shape[1],
		.out_w = (int32_t)plan->out->shape[2],
		.out_c = (int32_t)plan->out->shape[3],
		.kernel_h = p[NN_PARAMETER_KERNEL_H],
		.kernel_w = p[NN_PARAMETER_KERNEL_W],
		.stride_h = p[NN_PARAMETER_STRIDE_H],
		.stride_w = p[NN_PARAMETER_STRIDE_W],
		.dilation_h = p[NN_PARAMETER_DILATION_H],
		.dilation_w = p[NN_PARAMETER_DILATION_W],
		.pad_top = p[NN_PARAMETER_PAD_TOP],
		.pad_left = p[NN_PARAMETER_PAD_LEFT],
	};
	return 0;
}

static int plan_softmax(const struct planner *plan, struct step *step)
{
	step->window.in_c = (int32_t)plan->in->shape[plan->in->dims - 1];
	step->factor = plan->node->parameters[0] ? bits_to_float(plan->node->parameters[0]) : 1;
	return 0;
}

static int plan_function(const struct planner *plan, struct step *step)
{
	if (plan->node->code == NN_OPERATOR_LEAKY_RELU)
		step->factor = bits_to_float(plan->node->parameters[0]);
	return 0;
}

/* One whose scale is frozen, or that all shall be, is a factor and an offset. */
static int plan_batch_norm(const struct planner *plan, struct step *step)
{
	struct program *p = plan->program;
	int r = take_parameters(plan, step);

	if (r < 0 || plan->options->fixed_norms || p->parameters[step->parameter[0]].frozen)
		return r;
	step->norm = (int16_t)p->norm_count;
	p->norms[p->norm_count++] =
		(struct norm){.step = (uint16_t)(step - p->steps), .channels = p->parameters[step->parameter[0]].n};
	return 0;
}

/* --- tables ---------------------------------------------------------------------------------------------------- */

/* Where the element at `index` of an input goes in the output. */
typedef uint32_t index_map(const struct planner *plan, unsigned input, const uint32_t index[NN_DIMS_MAX]);

static uint32_t element_at(const struct graph_tensor *tensor, const uint32_t index[NN_DIMS_MAX])
{
	uint32_t element = 0;

	for (unsigned d = 0; d < NN_DIMS_MAX; d++)
		element = element * tensor->shape[d] + index[d];
	return element;
}

static void index_of(const struct graph_tensor *tensor, uint32_t element, uint32_t ret_index[NN_DIMS_MAX])
{
	for (unsigned d = NN_DIMS_MAX; d-- > 0; element /= tensor->shape[d])
		ret_index[d] = element % tensor->shape[d];
}

static int make_map(const struct planner *plan, unsigned input, const struct graph_tensor *over, index_map *map,
		    uint32_t **ret_map)
{
	uint32_t n = (uint32_t)graph_elements(over), index[NN_DIMS_MAX];
	uint32_t *table = reallocarray(NULL, n, sizeof(*table));

	if (!table)
		return -ENOMEM;
	for (uint32_t e = 0; e < n; e++) {
		index_of(over, e, index);
		table[e] = map(plan, input, index);
	}
	*ret_map = table;
	return 0;
}

static uint32_t map_transpose(const struct planner *plan, unsigned input, const uint32_t index[NN_DIMS_MAX])
{
	uint32_t to[NN_DIMS_MAX];

	(void)input;
	for (unsigned d = 0; d < NN_DIMS_MAX; d++)
		to[d] = d < plan->in->dims ? index[plan->node->parameters[d]] : 0;
	return element_at(plan->out, to);
}

static uint32_t map_pad(const struct planner *plan, unsigned input, const uint32_t index[NN_DIMS_MAX])
{
	uint32_t to[NN_DIMS_MAX];

	(void)input;
	for (unsigned d = 0; d < NN_DIMS_MAX; d++)
		to[d] = index[d] + (uint32_t)plan->node->parameters[NN_PARAMETER_PAD_BEFORE + d];
	return element_at(plan->out, to);
}

static uint32_t map_concat(const struct planner *plan, unsigned input, const uint32_t index[NN_DIMS_MAX])
{
	unsigned along = (unsigned)plan->node->parameters[0];
	uint32_t to[NN_DIMS_MAX];

	memcpy(to, index, sizeof(to));
	for (unsigned k = 0; k < input; k++)
		to[along] += plan->program->graph->tensors[plan->node->input[k]].shape[along];
	return element_at(plan->out, to);
}

/* What is kept comes in the same order, so the kept dimensions alone make the element's number. */
static uint32_t map_mean(const struct planner *plan, unsigned input, const uint32_t index[NN_DIMS_MAX])
{
	uint32_t element = 0;

	(void)input;
	for (unsigned d = 0; d < NN_DIMS_MAX; d++)
		if (!((uint32_t)plan->node->parameters[0] >> d & 1))
			element = element * plan->in->shape[d] + index[d];
	return element;
}

static uint32_t map_same(const struct planner *plan, unsigned input, const uint32_t index[NN_DIMS_MAX])
{
	(void)input;
	return element_at(plan->in, index);
}

static int plan_scatter(const struct planner *plan, struct step *step)
{
	index_map *map = map_same;
	int r = 0;

	switch (plan->node->code) {
	case NN_OPERATOR_TRANSPOSE:
		map = map_transpose;
		break;
	case NN_OPERATOR_PAD:
		map = map_pad;
		step->value = bits_to_float(plan->node->parameters[NN_PARAMETER_PAD_VALUE]);
		break;
	case NN_OPERATOR_CONCAT:
		map = map_concat;
		break;
	case NN_OPERATOR_MEAN:
		map = map_mean;
		step->factor = (float)graph_elements(plan->out) / (float)graph_elements(plan->in);
		break;
	default:
		break;
	}
	for (unsigned k = 0; r == 0 && k < plan->node->inputs; k++)
		r = make_map(plan, k, &plan->program->graph->tensors[plan->node->input[k]], map, &step->maps[k]);
	return r;
}

/* Shapes are aligned at their last dimension; one that is 1, or is not there, repeats. */
static uint32_t map_repeated(const struct planner *plan, unsigned input, const uint32_t index[NN_DIMS_MAX])
{
	const struct graph_tensor *tensor = &plan->program->graph->tensors[plan->node->input[input]];
	unsigned missing = (unsigned)(plan->out->dims - tensor->dims);
	uint32_t element = 0;

	for (unsigned d = 0; d < tensor->dims; d++)
		element = element * tensor->shape[d] + (tensor->shape[d] == 1 ? 0 : index[missing + d]);
	return element;
}

static int plan_pair(const struct planner *plan, struct step *step)
{
	int r = 0;

	for (unsigned k = 0; r == 0 && k < 2; k++)
		if (graph_elements(&plan->program->graph->tensors[plan->node->input[k]]) != graph_elements(plan->out))
			r = make_map(plan, k, plan->out, map_repeated, &step->maps[k]);
	return r;
}

/* --- the table ------------------------------------------------------------------------------------------------- */

static const struct planned {
	enum nn_operator_code code;
	const struct step_kind *kind;
	int (*plan)(const struct planner *plan, struct step *step);
	uint8_t inputs; /* that are data; 0: all */
} table[] = {
	{NN_OPERATOR_CONV_2D, &step_conv_2d, plan_linear, 1},
	{NN_OPERATOR_DEPTHWISE_CONV_2D, &step_depthwise_conv_2d, plan_linear, 1},
	{NN_OPERATOR_DENSE, &step_dense, plan_dense, 1},
	{NN_OPERATOR_MAX_POOL_2D, &step_max_pool_2d, plan_pool, 1},
	{NN_OPERATOR_AVERAGE_POOL_2D, &step_average_pool_2d, plan_pool, 1},
	{NN_OPERATOR_RESHAPE, &step_scatter, plan_scatter, 1},
	{NN_OPERATOR_SOFTMAX, &step_softmax, plan_softmax, 1},
	{NN_OPERATOR_ADD, &step_pair, plan_pair, 2},
	{NN_OPERATOR_MULTIPLY, &step_pair, plan_pair, 2},
	{NN_OPERATOR_SUBTRACT, &step_pair, plan_pair, 2},
	{NN_OPERATOR_ACTIVATION, &step_function, plan_function, 1},
	{NN_OPERATOR_CONCAT, &step_scatter, plan_scatter, 0},
	{NN_OPERATOR_PAD, &step_scatter, plan_scatter, 1},
	{NN_OPERATOR_MEAN, &step_scatter, plan_scatter, 1},
	{NN_OPERATOR_LEAKY_RELU, &step_function, plan_function, 1},
	{NN_OPERATOR_SIGMOID, &step_function, plan_function, 1},
	{NN_OPERATOR_TANH, &step_function, plan_function, 1},
	{NN_OPERATOR_HARD_SWISH, &step_function, plan_function, 1},
	{NN_OPERATOR_TRANSPOSE, &step_scatter, plan_scatter, 1},
	{NN_OPERATOR_BATCH_NORM, &step_batch_norm, plan_batch_norm, 1},
};

int program_plan_node(struct program *program, const struct trainer_options *options, const struct graph_node *node,
		      struct step **ret_step, char *reason)
{
	struct planner plan = {
		.program = program,
		.options = options,
		.node = node,
		.in = &program->graph->tensors[node->input[0]],
		.out = &program->graph->tensors[node->output],
		.reason = reason,
	};
	const struct planned *planned = NULL;
	struct step *step;

	for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].code == node->code)
			planned = &table[i];
	if (!planned) {
		snprintf(reason, GRAPH_REASON, "tensor %.60s: its operator can't be trained", plan.out->name);
		return -ENOTSUP;
	}
	step = program_add_step(program, planned->kind, node);
	step->inputs = planned->inputs ? planned->inputs : node->inputs;
	for (unsigned k = 0; k < step->inputs; k++) {
		int buffer = program_input(program, node->input[k]);

		if (buffer < 0)
			return buffer;
		step->input[k] = (uint16_t)buffer;
	}
	*ret_step = step;
	return planned->plan(&plan, step);
}
