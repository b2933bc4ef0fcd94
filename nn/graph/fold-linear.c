/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fold-linear.c - a multiplication or addition of constants for each channel (a normalisation, mostly) becomes part of
 * the convolution or dense layer before it:
 *
 *   a * (w x + c) + b = (a w) x + (a c + b)
 *
 * It may also stand behind the layer's activation: a limit l becomes a * l + b, a lower one an upper one where a < 0.
 * These differ from channel to channel, so the layer gets a constant of limits. And it may stand behind a max pool,
 * which commutes with everything that grows.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/graph/edit.h"
#include "nn/graph/passes.h"

/* y = limit(a * x + b) for each of n channels; arrays of n. */
struct line {
	size_t n;
	const float *a, *b; /* NULL: 1 and 0 */
	float sign;	    /* of b */
	enum nn_activation activation;
};

static bool read_line(const struct graph *graph, const struct graph_node *node, struct line *ret_line)
{
	const struct graph_tensor *x = &graph->tensors[node->input[0]];
	struct line line = {.n = x->shape[x->dims - 1], .sign = 1, .activation = node->activation};
	bool norm = node->code == NN_OPERATOR_BATCH_NORM;

	if (x->type != NN_TYPE_F32 || node->rounding != NN_ROUNDING_FLOAT)
		return false;
	if (node->code == NN_OPERATOR_MULTIPLY || norm)
		line.a = graph_floats(graph, node, 1);
	else if (node->code == NN_OPERATOR_ADD || node->code == NN_OPERATOR_SUBTRACT)
		line.b = graph_floats(graph, node, 1);
	if (norm)
		line.b = graph_floats(graph, node, 2);
	if (node->code == NN_OPERATOR_SUBTRACT)
		line.sign = -1;
	if (!(line.a || line.b || node->code == NN_OPERATOR_ACTIVATION) || (norm && !(line.a && line.b)))
		return false;
	for (uint8_t i = 1; i < node->inputs; i++)
		if (graph_elements(&graph->tensors[node->input[i]]) != line.n)
			return false;
	for (size_t c = 0; c < line.n; c++)
		if ((line.a && !isfinite(line.a[c])) || (line.b && !isfinite(line.b[c])))
			return false;
	*ret_line = line;
	return true;
}

static float slope(const struct line *line, size_t c)
{
	return line->a ? line->a[c] : 1;
}

static float shift(const struct line *line, size_t c)
{
	return line->b ? line->sign * line->b[c] : 0;
}

static bool grows(const struct line *line)
{
	for (size_t c = 0; c < line->n; c++)
		if (!(slope(line, c) > 0))
			return false;
	return true;
}

/* The layer before, looking through max pools when that is allowed; NULL when there is none that only node reads. */
static struct graph_node *find_layer(struct graph *graph, const struct graph_node *node, const struct line *line)
{
	uint16_t tensor = node->input[0];

	for (;;) {
		int maker = graph_maker(graph, tensor);
		struct graph_node *layer = maker < 0 ? NULL : &graph->nodes[maker];

		if (!layer || graph_only_reader(graph, tensor) < 0)
			return NULL;
		if (graph_is_linear(graph, layer))
			return layer;
		if (layer->code != NN_OPERATOR_MAX_POOL_2D || layer->activation != NN_ACTIVATION_NONE || !grows(line))
			return NULL;
		tensor = layer->input[0];
	}
}

/* --- limits ------------------------------------------------------------------------------------------------------ */

static void read_limits(const struct graph *graph, const struct graph_node *layer, size_t n, float *low, float *high)
{
	const float *limits = layer->inputs > 3 ? graph_floats(graph, layer, 3) : NULL;

	for (size_t c = 0; c < n; c++) {
		low[c] = limits ? limits[c] : layer->activation == NN_ACTIVATION_NONE ? -FLT_MAX : 0;
		high[c] = limits ? limits[n + c] : layer->activation == NN_ACTIVATION_RELU6 ? 6 : FLT_MAX;
	}
}

static float move_limit(const struct line *line, size_t c, float limit)
{
	float moved = slope(line, c) * limit + shift(line, c);

	if (fabsf(limit) == FLT_MAX && slope(line, c) != 0)
		return (slope(line, c) > 0) == (limit > 0) ? FLT_MAX : -FLT_MAX;
	return moved > FLT_MAX ? FLT_MAX : moved < -FLT_MAX ? -FLT_MAX : moved;
}

static void move_limits(const struct line *line, float *low, float *high)
{
	for (size_t c = 0; c < line->n; c++) {
		float a = move_limit(line, c, low[c]), b = move_limit(line, c, high[c]);

		low[c] = a < b ? a : b;
		high[c] = a < b ? b : a;
		if (line->activation != NN_ACTIVATION_NONE) {
			low[c] = low[c] > 0 ? low[c] : 0;
			high[c] = high[c] > 0 ? high[c] : 0;
		}
		if (line->activation == NN_ACTIVATION_RELU6) {
			low[c] = low[c] < 6 ? low[c] : 6;
			high[c] = high[c] < 6 ? high[c] : 6;
		}
	}
}

/* The activation that has the same limits in every channel. */
static bool as_activation(const float *low, const float *high, size_t n, enum nn_activation *ret_activation)
{
	enum nn_activation activation =
		low[0] == 0 ? high[0] == 6 ? NN_ACTIVATION_RELU6 : NN_ACTIVATION_RELU : NN_ACTIVATION_NONE;
	float lowest = activation == NN_ACTIVATION_NONE ? -FLT_MAX : 0;
	float highest = activation == NN_ACTIVATION_RELU6 ? 6 : FLT_MAX;

	for (size_t c = 0; c < n; c++)
		if (low[c] != lowest || high[c] != highest)
			return false;
	*ret_activation = activation;
	return true;
}

/* limits: low[n], high[n] */
static bool set_limits(struct graph *graph, struct graph_node *layer, const float *limits, size_t n)
{
	const uint32_t shape[2] = {2, (uint32_t)n};
	char name[NN_FORMAT_NAME];
	int tensor;

	if (as_activation(limits, limits + n, n, &layer->activation)) {
		layer->inputs = 3;
		return true;
	}
	memcpy(name, graph->tensors[layer->input[2]].name, sizeof(name));
	tensor = graph_add_constant(graph, name, NN_TYPE_F32, 2, shape, limits);
	if (tensor < 0)
		return false;
	layer->activation = NN_ACTIVATION_NONE;
	layer->input[3] = (uint16_t)tensor;
	layer->inputs = 4;
	return true;
}

/* --- the pass ---------------------------------------------------------------------------------------------------- */

static bool fold(struct graph *graph, struct graph_node *layer, const struct line *line)
{
	float *limits = malloc(2 * line->n * sizeof(*limits)), *weights, *bias;
	size_t count = graph_elements(&graph->tensors[layer->input[1]]);
	bool done = false;

	weights = graph_own_floats(graph, layer, 1);
	bias = graph_own_floats(graph, layer, 2);
	if (limits && weights && bias) {
		read_limits(graph, layer, line->n, limits, limits + line->n);
		move_limits(line, limits, limits + line->n);
		done = set_limits(graph, layer, limits, line->n);
	}
	for (size_t i = 0; i < count && done; i++)
		weights[i] *= slope(line, i % line->n);
	for (size_t c = 0; c < line->n && done; c++)
		bias[c] = slope(line, c) * bias[c] + shift(line, c);
	free(limits);
	return done;
}

static bool fold_node(struct graph *graph, unsigned n)
{
	struct graph_node *node = &graph->nodes[n], *layer;
	struct line line;

	if (!read_line(graph, node, &line))
		return false;
	layer = find_layer(graph, node, &line);
	if (!layer || graph_elements(&graph->tensors[layer->input[2]]) != line.n || !fold(graph, layer, &line))
		return false;
	graph->nodes[graph_maker(graph, node->input[0])].output = node->output;
	graph_remove_node(graph, n);
	return true;
}

void graph_fold_linear(struct graph *graph)
{
	for (unsigned n = 0; n < graph->node_count;)
		n += fold_node(graph, n) ? 0 : 1;
}
