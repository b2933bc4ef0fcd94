/* SPDX-License-Identifier: Apache-2.0 */
/* c-graph.c - any network: operator by operator, in the arena of the model's plan. See c-writer.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nn/export/c-block.h"
#include "nn/export/c-table.h"
#include "nn/export/c-writer.h"
#include "nn/graph/graph.h"
#include "nn/runtime/ops.h"

/* As enum nn_block_flags. */
static int block_flags(const struct c_layer *l)
{
	int zero = l->out_zero, flags = 0;

	flags |= l->single ? 1 : 0;
	flags |= l->right ? 2 : 0;
	flags |= l->low >= zero ? 4 : 0;
	flags |= l->low == INT8_MIN && l->high == INT8_MAX ? 8 : 0;
	flags |= l->shape.in_c % 4 == 0 ? 16 : 0;
	flags |= l->table ? 32 : 0;
	flags |= c_layer_is_per_channel(l) ? 64 : 0;
	return flags;
}

/* Layers with the same flags share their code. */
struct variants {
	const char *function[64];
	int flags[64];
	unsigned count;
};

static void write_variant(struct c_writer *w, struct variants *variants, const char *function, int flags)
{
	for (unsigned i = 0; i < variants->count; i++)
		if (variants->function[i] == function && variants->flags[i] == flags)
			return;
	if (variants->count < 64) {
		variants->function[variants->count] = function;
		variants->flags[variants->count++] = flags;
	}
	fprintf(w->constants,
		"\nstatic void %s_%d(const struct nn_conv *layer, const int8_t *in, int8_t *out, uint32_t *scratch)\n{\n"
		"\t%s(layer, %d, in, out, scratch);\n}\n",
		function, flags, function, flags);
}

/* A dense layer is a convolution of one pixel. */
static void set_pixel(struct c_layer *l)
{
	l->shape = (struct nn_conv){
		.in_h = 1,
		.in_w = 1,
		.in_c = l->inputs,
		.out_h = 1,
		.out_w = 1,
		.out_c = l->outputs,
		.kernel_h = 1,
		.kernel_w = 1,
		.stride_h = 1,
		.stride_w = 1,
		.dilation_h = 1,
		.dilation_w = 1,
	};
}

/* --- what becomes of the operators ------------------------------------------------------------------------------- */

/* Operators done in one, by a kernel of the core's, or by one of the runtime's. */
struct step {
	uint32_t position, count;
	const struct c_kernel *kernel; /* NULL: the runtime's */
	bool block;		       /* c-block.h */
};

struct steps {
	struct step steps[NN_OPS_MAX];
	uint32_t count;
	struct nn_model model; /* with places of its own */
	struct nn_tensor tensors[NN_TENSORS_MAX];
	struct variants variants;
	uint32_t scratch_bytes;
};

static const struct c_kernel *find_kernel(const struct c_writer *w, const struct nn_operator *op)
{
	struct c_layer layer;

	if (!c_layer_fits(w->model, op))
		return NULL;
	c_layer_read(w->model, op, w->options->core, &layer);
	layer.bytes = true;
	return c_kernel_find(&layer);
}

static void choose(const struct c_writer *w, struct steps *steps)
{
	for (uint32_t i = 0; i < w->model->operator_count; i += steps->steps[steps->count++].count) {
		struct step *step = &steps->steps[steps->count];

		*step = (struct step){.position = i, .count = c_block_takes(w, i)};
		step->block = step->count > 0;
		if (step->block)
			continue;
		*step = (struct step){i, 1, find_kernel(w, &w->model->operators[i]), false};
		if (step->kernel && step->kernel->pack)
			step->count += c_table_count(w->model, i);
	}
}

static void add_node(const struct nn_model *model, const struct step *step, struct graph *graph)
{
	const struct nn_operator *op = &model->operators[step->position], *last = op + step->count - 1;
	struct graph_node node = {
		.code = op->code,
		.inputs = op->inputs,
		.output = model->operands[last->operands + last->inputs],
	};

	for (unsigned i = 0; i < op->inputs; i++)
		node.input[i] = model->operands[op->operands + i];
	memcpy(node.parameters, op->parameters, sizeof(node.parameters));
	graph->nodes[graph->node_count++] = node;
}

/* Without the tensors between operators that are done in one, others may lie better. */
static int plan(struct steps *steps)
{
	uint32_t *offsets = calloc(NN_TENSORS_MAX, sizeof(*offsets));
	struct graph *graph = graph_new();
	size_t bytes;

	if (!graph || !offsets) {
		graph_free(graph);
		free(offsets);
		return -ENOMEM;
	}
	graph->input = steps->model.main->input;
	graph->output = steps->model.main->output;
	graph->tensor_count = (uint16_t)steps->model.tensor_count;
	for (uint32_t t = 0; t < graph->tensor_count; t++) {
		const struct nn_tensor *tensor = &steps->tensors[t];
		struct graph_tensor *planned = &graph->tensors[t];

		planned->type = (enum nn_type)tensor->type;
		planned->dims = tensor->dims;
		memcpy(planned->shape, tensor->shape, sizeof(planned->shape));
		planned->data = tensor->flags & NN_TENSOR_CONSTANT ? offsets : NULL; /* anything: only looked at */
	}
	for (uint32_t i = 0; i < steps->count; i++)
		add_node(&steps->model, &steps->steps[i], graph);
	bytes = graph_plan(graph, offsets);
	for (uint32_t t = 0; t < graph->tensor_count; t++) {
		if (!(steps->tensors[t].flags & NN_TENSOR_CONSTANT))
			steps->tensors[t].location = offsets[t];
		graph->tensors[t].data = NULL;
	}
	graph_free(graph);
	free(offsets);
	return (int)bytes;
}

/* --- calls ------------------------------------------------------------------------------------------------------- */

static void need_scratch(struct steps *steps, uint32_t bytes)
{
	steps->scratch_bytes = bytes > steps->scratch_bytes ? bytes : steps->scratch_bytes;
}

static int write_layer(struct c_writer *w, struct steps *steps, const struct step *step)
{
	const struct nn_operator *op = &w->model->operators[step->position], *last = op + step->count - 1;
	struct c_layer layer;
	int8_t *table = NULL;
	int error;

	c_layer_read(w->model, op, w->options->core, &layer);
	layer.bytes = true;
	layer.kernel = step->kernel;
	error = layer.kernel->pack ? c_layer_finish(&layer) : 0;
	if (!error && step->count > 1) {
		table = c_table_make(w->model, step->position, step->count - 1);
		error = table ? 0 : -ENOMEM;
	}
	if (!error) {
		need_scratch(steps, layer.kernel->scratch(&layer));
		if (op->code == NN_OPERATOR_DENSE)
			set_pixel(&layer);
		layer.table = table;
		c_text_add(&w->texts, (enum c_text)layer.kernel->text);
		write_variant(w, &steps->variants, layer.kernel->function, block_flags(&layer));
		c_layer_write(w, &layer, step->position);
		fprintf(w->calls, "\t%s_%d(&layer%u, ", layer.kernel->function, block_flags(&layer), step->position);
		c_call_operand(w, op, 0);
		fprintf(w->calls, ", NN_AT(%u), NN_SCRATCH);\n", nn_operator_output(w->model, last)->location);
	}
	c_layer_free(&layer);
	free(table);
	return error;
}

static int write_block(struct c_writer *w, struct steps *steps, const struct step *step)
{
	uint32_t scratch;
	int error = c_block_write(w, step->position, step->count, &scratch);

	if (!error)
		need_scratch(steps, scratch);
	return error;
}

static int write_steps(struct c_writer *w, struct steps *steps)
{
	int error = 0, bytes;

	choose(w, steps);
	steps->model = *w->model;
	memcpy(steps->tensors, w->model->tensors, w->model->tensor_count * sizeof(*steps->tensors));
	steps->model.tensors = steps->tensors;
	bytes = plan(steps);
	if (bytes < 0)
		return bytes;
	w->model = &steps->model;
	w->arena_bytes = ((uint32_t)bytes + 15) / 16 * 16;
	w->in_at = nn_model_input(w->model)->location;
	w->out_at = nn_model_output(w->model)->location;
	fprintf(w->constants, "\n#define NN_SCRATCH ((void *)((uint8_t *)arena + %u))\n", w->arena_bytes);
	for (uint32_t i = 0; i < steps->count && !error; i++) {
		const struct step *step = &steps->steps[i];

		if (step->block)
			error = write_block(w, steps, step);
		else if (step->kernel)
			error = write_layer(w, steps, step);
		else
			c_call_write(w, step->position);
	}
	w->arena_bytes += (steps->scratch_bytes + 15) / 16 * 16;
	return error;
}

int c_graph_write(struct c_writer *w)
{
	struct steps *steps = calloc(1, sizeof(*steps));
	const struct nn_model *model = w->model;
	int error = steps ? write_steps(w, steps) : -ENOMEM;

	w->model = model;
	free(steps);
	return error;
}
