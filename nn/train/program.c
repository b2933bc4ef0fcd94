/* SPDX-License-Identifier: Apache-2.0 */
/* program.c - from a checked float graph to steps, buffers and parameters. */
#include "nn/train/program.h"

#include <errno.h>
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/export/pnn.h"
#include "nn/graph/edit.h"
#include "nn/runtime/math.h"
#include "nn/train/program-parts.h"

/* --- buffers and parameters ------------------------------------------------------------------------------------ */

static int add_buffer(struct program *p, uint32_t elements, bool constant)
{
	struct buffer *buffer = &p->buffers[p->buffer_count];
	size_t *end = constant ? &p->constants_floats : &p->slot_floats;

	/* Twice as many floats, in bytes, must fit into a size of 32 bits. */
	if (p->buffer_count == PROGRAM_BUFFERS_MAX || (size_t)elements * TRAIN_LANES > SIZE_MAX / 64 - *end)
		return -E2BIG;
	*buffer = (struct buffer){.elements = elements, .constant = constant, .at = *end};
	*end += (size_t)elements * TRAIN_LANES;
	return (int)p->buffer_count++;
}

/* A constant that takes part in the arithmetic: the same in all lanes. */
static int add_constant(struct program *p, uint16_t tensor)
{
	const struct graph_tensor *t = &p->graph->tensors[tensor];
	const float *data = t->data;
	uint32_t elements = (uint32_t)graph_elements(t);
	size_t at = p->constants_floats;
	int buffer = add_buffer(p, elements, true);
	float *grown;

	if (buffer < 0)
		return buffer;
	grown = reallocarray(p->constants, p->constants_floats, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	p->constants = grown;
	for (size_t i = 0; i < (size_t)elements * TRAIN_LANES; i++)
		grown[at + i] = data[i / TRAIN_LANES];
	p->buffer_of[tensor] = (uint16_t)buffer;
	return buffer;
}

int program_input(struct program *p, uint16_t tensor)
{
	if (p->graph->tensors[tensor].data && p->buffer_of[tensor] == PROGRAM_NO_BUFFER)
		return add_constant(p, tensor);
	return p->buffer_of[tensor];
}

static bool is_frozen(const struct trainer_options *options, uint16_t tensor)
{
	for (unsigned i = 0; i < options->fixed_count; i++)
		if (options->fixed[i] == tensor)
			return true;
	return options->frozen && options->frozen[tensor];
}

int program_parameter(struct program *p, uint16_t tensor, const struct trainer_options *options)
{
	const struct graph_tensor *t = &p->graph->tensors[tensor];

	for (unsigned i = 0; i < p->parameter_count; i++)
		if (p->parameters[i].tensor == tensor)
			return (int)i;
	if (!t->data || t->type != NN_TYPE_F32)
		return -ENOTSUP;
	p->parameters[p->parameter_count] = (struct parameter){
		.tensor = tensor, .frozen = is_frozen(options, tensor), .n = (uint32_t)graph_elements(t)};
	return (int)p->parameter_count++;
}

/* The trained ones first, each in the order of use. */
static void place_parameters(struct program *p)
{
	size_t at = 0;

	for (unsigned frozen = 0; frozen < 2; frozen++) {
		for (unsigned i = 0; i < p->parameter_count; i++)
			if (p->parameters[i].frozen == frozen) {
				p->parameters[i].at = at;
				at += p->parameters[i].n;
			}
		if (!frozen)
			p->trained = at;
	}
	p->weights_n = at;
}

/* --- steps ----------------------------------------------------------------------------------------------------- */

struct step *program_add_step(struct program *p, const struct step_kind *kind, const struct graph_node *node)
{
	struct step *step = &p->steps[p->step_count++];

	*step = (struct step){.kind = kind,
			      .node = node,
			      .parameter = {PROGRAM_NO_PARAMETER, PROGRAM_NO_PARAMETER},
			      .norm = -1,
			      .range = {-FLT_MAX, FLT_MAX}};
	if (node && node->activation) {
		step->limited = true;
		step->range.low = 0;
		step->range.high = node->activation == NN_ACTIVATION_RELU6 ? 6 : FLT_MAX;
	}
	return step;
}

static void note_learning(struct program *p, const struct step *step)
{
	bool learns = false;

	for (unsigned i = 0; i < step->inputs; i++)
		learns = learns || p->buffers[step->input[i]].learns;
	for (unsigned i = 0; i < 2; i++)
		learns = learns ||
			 (step->parameter[i] != PROGRAM_NO_PARAMETER && !p->parameters[step->parameter[i]].frozen);
	p->buffers[step->output].learns = learns;
}

static int add_dropouts(struct program *p, const struct trainer_options *options, uint16_t tensor)
{
	for (unsigned i = 0; i < options->dropout_count; i++) {
		struct step *step;
		int output;

		if (options->dropouts[i].tensor != tensor || !(options->dropouts[i].share > 0))
			continue;
		step = program_add_step(p, &step_dropout, NULL);
		output = add_buffer(p, p->buffers[p->buffer_of[tensor]].elements, false);
		if (output < 0)
			return output;
		step->inputs = 1;
		step->input[0] = p->buffer_of[tensor];
		step->output = (uint16_t)output;
		step->value = options->dropouts[i].share;
		step->number = (uint16_t)i;
		note_learning(p, step);
		p->buffer_of[tensor] = (uint16_t)output;
	}
	return 0;
}

static int add_node(struct program *p, const struct trainer_options *options, const struct graph_node *node,
		    char *reason)
{
	uint32_t elements = (uint32_t)graph_elements(&p->graph->tensors[node->output]);
	struct step *step;
	int r, output;

	if (node->code == NN_OPERATOR_RESHAPE && !node->activation) {
		r = program_input(p, node->input[0]);
		p->buffer_of[node->output] = (uint16_t)r;
		return r < 0 ? r : add_dropouts(p, options, node->output);
	}
	output = add_buffer(p, elements, false);
	if (output < 0)
		return output;
	p->buffer_of[node->output] = (uint16_t)output;
	r = program_plan_node(p, options, node, &step, reason);
	if (r < 0)
		return r;
	step->output = (uint16_t)output;
	note_learning(p, step);
	return add_dropouts(p, options, node->output);
}

/* The loss looks through a softmax or sigmoid at the end. */
static void find_logits(struct program *p)
{
	p->output = p->logits = p->buffer_of[p->graph->output];
	for (unsigned i = 0; i < p->step_count; i++) {
		const struct step *step = &p->steps[i];

		if (step->output != p->output || !step->node)
			continue;
		p->ends_in_softmax = step->kind == &step_softmax && step->factor == 1 &&
				     (uint32_t)step->window.in_c == p->buffers[p->output].elements;
		p->ends_in_sigmoid = step->node->code == NN_OPERATOR_SIGMOID;
		if (p->ends_in_softmax || p->ends_in_sigmoid)
			p->logits = step->input[0];
	}
}

static void place_norms(struct program *p)
{
	for (unsigned i = 0; i < p->norm_count; i++) {
		struct norm *norm = &p->norms[i];

		norm->at = p->statistics_n;
		norm->batch_at = p->batch_n;
		norm->sums_at = p->sums_n;
		p->statistics_n += (size_t)norm->channels * 2;
		p->batch_n += (size_t)norm->channels * 4;
		p->sums_n += (size_t)norm->channels * 2;
	}
}

/* The runtime's own check: afterwards shapes fit each other. */
static int check_graph(const struct graph *graph, char *reason)
{
	void *bytes = NULL;
	size_t size;
	int r = pnn_write(graph, &bytes, &size, reason);

	free(bytes);
	for (uint16_t i = 0; r == 0 && i < graph->tensor_count; i++)
		if (graph->tensors[i].type != NN_TYPE_F32) {
			snprintf(reason, GRAPH_REASON, "tensor %.60s is not float: only a float network can be trained",
				 graph->tensors[i].name);
			r = -ENOTSUP;
		}
	return r;
}

static int plan(struct program *p, const struct trainer_options *options, char *reason)
{
	struct graph *graph = p->graph;
	int r = 0;

	for (unsigned i = 0; i < NN_TENSORS_MAX; i++)
		p->buffer_of[i] = PROGRAM_NO_BUFFER;
	p->input = p->buffer_of[graph->input] =
		(uint16_t)add_buffer(p, (uint32_t)graph_elements(&graph->tensors[graph->input]), false);
	r = add_dropouts(p, options, graph->input);
	for (uint16_t n = 0; r == 0 && n < graph->node_count; n++)
		r = add_node(p, options, &graph->nodes[n], reason);
	if (r < 0)
		return r;
	place_parameters(p);
	place_norms(p);
	find_logits(p);
	p->slot_floats *= 2;
	if (!p->buffers[p->output].learns) {
		snprintf(reason, GRAPH_REASON, "nothing is left to train: every weight is frozen, or there is none");
		return -EINVAL;
	}
	return 0;
}

int program_open(struct graph *graph, const struct trainer_options *options, struct program **ret_program, char *reason)
{
	struct program *p = calloc(1, sizeof(*p));
	int r = -ENOMEM;

	snprintf(reason, GRAPH_REASON, "out of memory, or too large a network");
	if (p) {
		p->graph = graph;
		r = check_graph(graph, reason);
		if (r == 0)
			r = plan(p, options, reason);
	}
	if (r < 0)
		program_close(p);
	else
		*ret_program = p;
	return r;
}

struct program *program_close(struct program *p)
{
	if (!p)
		return NULL;
	for (unsigned i = 0; i < p->step_count; i++)
		for (unsigned k = 0; k < GRAPH_INPUTS_MAX; k++)
			free(p->steps[i].maps[k]);
	free(p->constants);
	free(p);
	return NULL;
}

void program_read(const struct program *p, float *weights, float *statistics)
{
	for (unsigned i = 0; i < p->parameter_count; i++)
		memcpy(weights + p->parameters[i].at, p->graph->tensors[p->parameters[i].tensor].data,
		       p->parameters[i].n * sizeof(*weights));
	for (unsigned i = 0; i < p->norm_count; i++)
		for (uint32_t c = 0; c < p->norms[i].channels; c++) {
			statistics[p->norms[i].at + c] = 0;
			statistics[p->norms[i].at + p->norms[i].channels + c] = 1;
		}
}

static const struct norm *norm_of(const struct program *p, unsigned parameter, bool *ret_scale)
{
	for (unsigned i = 0; i < p->norm_count; i++)
		for (unsigned k = 0; k < 2; k++)
			if (p->steps[p->norms[i].step].parameter[k] == (int)parameter) {
				*ret_scale = k == 0;
				return &p->norms[i];
			}
	return NULL;
}

/* Scale and offset of a norm as they are used: with running mean and variance in them. */
static void write_norm(const struct program *p, const struct norm *norm, bool scale, const float *weights,
		       const float *statistics, float *ret_values)
{
	const int16_t *parameter = p->steps[norm->step].parameter;
	const float *gamma = weights + p->parameters[parameter[0]].at;
	const float *beta = weights + p->parameters[parameter[1]].at;
	const float *mean = statistics + norm->at, *variance = mean + norm->channels;

	for (uint32_t c = 0; c < norm->channels; c++) {
		float factor = gamma[c] * (1 / nn_sqrt(variance[c] + PROGRAM_NORM_EPSILON));

		ret_values[c] = scale ? factor : beta[c] - mean[c] * factor;
	}
}

void program_write(const struct program *p, const float *weights, const float *statistics)
{
	for (unsigned i = 0; i < p->parameter_count; i++) {
		const struct parameter *parameter = &p->parameters[i];
		float *data = p->graph->tensors[parameter->tensor].data;
		bool scale;
		const struct norm *norm = norm_of(p, i, &scale);

		if (norm)
			write_norm(p, norm, scale, weights, statistics, data);
		else
			memcpy(data, weights + parameter->at, parameter->n * sizeof(*data));
	}
}
