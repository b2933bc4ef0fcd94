/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layout.c - takes transpositions out. They sink: past operators that treat every value alike, until two meet and
 * cancel, or until a dense layer's weights take the order in. What moves only dimensions of 1 is a reshape.
 *
 *   transpose -> relu -> transpose back           relu
 *   transpose -> reshape -> dense                 reshape -> dense with its rows in another order
 */
#include <stdlib.h>
#include <string.h>

#include "nn/graph/edit.h"
#include "nn/graph/passes.h"

/* --- what a transposition does ----------------------------------------------------------------------------------- */

static bool moves_only_ones(const struct graph_tensor *from, const int32_t *perm)
{
	int32_t last = -1;

	for (unsigned d = 0; d < from->dims; d++) {
		if (from->shape[perm[d]] == 1)
			continue;
		if (perm[d] < last)
			return false;
		last = perm[d];
	}
	return true;
}

/* Where element i of what the transposition makes stands in what it reads. */
static size_t source_index(const struct graph_tensor *from, const int32_t *perm, size_t i)
{
	size_t index = 0;

	for (unsigned d = from->dims; d-- > 0;) {
		size_t step = 1, size = from->shape[perm[d]];

		for (unsigned e = (unsigned)perm[d] + 1; e < from->dims; e++)
			step *= from->shape[e];
		index += i % size * step;
		i /= size;
	}
	return index;
}

/* A constant [n] or [n][...] whose row i is row source_index^-1... : row source_index(i) of the new one is row i. */
static bool reorder_rows(struct graph *graph, struct graph_node *node, unsigned input, const struct graph_tensor *from,
			 const int32_t *perm)
{
	const struct graph_tensor *tensor = &graph->tensors[node->input[input]];
	size_t rows = graph_elements(from), width = graph_elements(tensor) / rows;
	float *rows_before, *values = graph_own_floats(graph, node, input);

	if (!values)
		return false;
	rows_before = malloc(rows * width * sizeof(*values));
	if (!rows_before)
		return false;
	memcpy(rows_before, values, rows * width * sizeof(*values));
	for (size_t i = 0; i < rows; i++)
		memcpy(values + source_index(from, perm, i) * width, rows_before + i * width, width * sizeof(*values));
	free(rows_before);
	return true;
}

/* --- rewriting --------------------------------------------------------------------------------------------------- */

/* Two in a row are one; one that changes nothing is none. */
static bool merge_transposes(struct graph *graph, unsigned n)
{
	struct graph_node *node = &graph->nodes[n];
	int maker = graph_maker(graph, node->input[0]);
	const struct graph_node *first = maker < 0 ? NULL : &graph->nodes[maker];
	int32_t perm[NN_DIMS_MAX] = {0};
	unsigned dims = graph->tensors[node->output].dims;

	if (!first || first->code != NN_OPERATOR_TRANSPOSE)
		return false;
	for (unsigned d = 0; d < dims; d++)
		perm[d] = first->parameters[node->parameters[d]];
	memcpy(node->parameters, perm, sizeof(perm));
	node->input[0] = first->input[0];
	return true;
}

static bool is_identity(const struct graph_node *node, unsigned dims)
{
	for (unsigned d = 0; d < dims; d++)
		if (node->parameters[d] != (int32_t)d)
			return false;
	return true;
}

static bool simplify_transpose(struct graph *graph, unsigned n)
{
	struct graph_node *node = &graph->nodes[n];
	const struct graph_tensor *from = &graph->tensors[node->input[0]];

	if (is_identity(node, from->dims) &&
	    (node->output != graph->output || graph_maker(graph, node->input[0]) >= 0)) {
		graph_replace(graph, node->output, node->input[0]);
		graph_remove_node(graph, n);
		return true;
	}
	if (!moves_only_ones(from, node->parameters))
		return false;
	node->code = NN_OPERATOR_RESHAPE;
	memset(node->parameters, 0, sizeof(node->parameters));
	return true;
}

/* Reshape of a reshape; a reshape to the same shape. */
static bool simplify_reshape(struct graph *graph, unsigned n)
{
	struct graph_node *node = &graph->nodes[n];
	int maker = graph_maker(graph, node->input[0]);

	if (maker >= 0 && graph->nodes[maker].code == NN_OPERATOR_RESHAPE) {
		node->input[0] = graph->nodes[maker].input[0];
		return true;
	}
	if (!graph_same_shape(&graph->tensors[node->input[0]], &graph->tensors[node->output]) ||
	    (node->output == graph->output && maker < 0))
		return false;
	graph_replace(graph, node->output, node->input[0]);
	graph_remove_node(graph, n);
	return true;
}

static bool is_unary(enum nn_operator_code code)
{
	return code == NN_OPERATOR_ACTIVATION || code == NN_OPERATOR_LEAKY_RELU || code == NN_OPERATOR_SIGMOID ||
	       code == NN_OPERATOR_TANH || code == NN_OPERATOR_HARD_SWISH;
}

static bool is_pairwise(enum nn_operator_code code)
{
	return code == NN_OPERATOR_ADD || code == NN_OPERATOR_MULTIPLY || code == NN_OPERATOR_SUBTRACT;
}

/* The transposition that makes a tensor which only one node reads, or NULL. */
static struct graph_node *sinkable(struct graph *graph, uint16_t tensor)
{
	int maker = graph_maker(graph, tensor);

	if (maker < 0 || graph->nodes[maker].code != NN_OPERATOR_TRANSPOSE || graph_only_reader(graph, tensor) < 0)
		return NULL;
	return &graph->nodes[maker];
}

/* Whether all computed inputs come from transpositions alike, and constants have the same shape as they. */
static bool can_sink(struct graph *graph, const struct graph_node *node, const struct graph_node **ret_first)
{
	const struct graph_node *first = sinkable(graph, node->input[0]);

	if (!first || (!is_unary(node->code) && !is_pairwise(node->code) && node->code != NN_OPERATOR_CONCAT))
		return false;
	for (uint8_t i = 1; i < node->inputs; i++) {
		const struct graph_tensor *tensor = &graph->tensors[node->input[i]];
		const struct graph_node *other = sinkable(graph, node->input[i]);

		if (tensor->data ? !is_pairwise(node->code) || tensor->type != NN_TYPE_F32 ||
					   !graph_same_shape(tensor, &graph->tensors[node->output])
				 : !other || memcmp(other->parameters, first->parameters, sizeof(other->parameters)))
			return false;
	}
	*ret_first = first;
	return true;
}

/* A constant in the order of the transposition's input. */
static bool turn_constant(struct graph *graph, struct graph_node *node, unsigned i, const struct graph_tensor *before,
			  const int32_t *perm)
{
	if (!reorder_rows(graph, node, i, before, perm))
		return false;
	memcpy(graph->tensors[node->input[i]].shape, before->shape, sizeof(before->shape));
	return true;
}

/* The node works on what the transpositions read; one transposition follows it. */
static bool sink(struct graph *graph, unsigned n)
{
	struct graph_node *node = &graph->nodes[n];
	const struct graph_node *first;
	struct graph_node after = {.code = NN_OPERATOR_TRANSPOSE, .inputs = 1};
	uint32_t shape[NN_DIMS_MAX] = {1, 1, 1, 1};
	struct graph_tensor before;
	int tensor;

	if (graph->node_count == NN_OPS_MAX || !can_sink(graph, node, &first))
		return false;
	before = graph->tensors[first->input[0]];
	memcpy(after.parameters, first->parameters, sizeof(after.parameters));
	for (unsigned d = 0; d < before.dims; d++)
		shape[after.parameters[d]] = graph->tensors[node->output].shape[d];
	tensor = graph_add_tensor(graph, graph->tensors[node->output].name, graph->tensors[node->output].type,
				  before.dims, shape);
	if (tensor < 0)
		return false;
	for (uint8_t i = 0; i < node->inputs; i++) {
		if (!graph->tensors[node->input[i]].data)
			node->input[i] = graph->nodes[graph_maker(graph, node->input[i])].input[0];
		else if (!turn_constant(graph, node, i, &before, after.parameters))
			return false;
	}
	if (node->code == NN_OPERATOR_CONCAT)
		node->parameters[0] = after.parameters[node->parameters[0]];
	after.input[0] = (uint16_t)tensor;
	after.output = node->output;
	node->output = (uint16_t)tensor;
	graph_insert_node(graph, n + 1, &after);
	return true;
}

/* Each reader its own transposition, so that each can sink. */
static bool split(struct graph *graph, unsigned n)
{
	uint16_t shared = graph->nodes[n].output;

	if (graph_readers(graph, shared) < 2 || graph->output == shared)
		return false;
	for (unsigned r = n + 1; r < graph->node_count; r++)
		for (uint8_t i = 0; i < graph->nodes[r].inputs; i++) {
			const struct graph_tensor *tensor = &graph->tensors[shared];
			struct graph_node copy = graph->nodes[n];
			int output;

			if (graph->nodes[r].input[i] != shared || graph_readers(graph, shared) < 2)
				continue;
			output = graph_add_tensor(graph, tensor->name, tensor->type, tensor->dims, tensor->shape);
			if (output < 0)
				return false;
			copy.output = (uint16_t)output;
			if (graph_insert_node(graph, n + 1, &copy) < 0)
				return false;
			r++;
			graph->nodes[r].input[i] = (uint16_t)output;
		}
	return true;
}

/* Transpositions alike of the same tensor become one again. */
static bool join(struct graph *graph, unsigned n)
{
	const struct graph_node *node = &graph->nodes[n];

	for (unsigned m = 0; m < n; m++)
		if (graph->nodes[m].code == NN_OPERATOR_TRANSPOSE && graph->nodes[m].input[0] == node->input[0] &&
		    node->output != graph->output &&
		    !memcmp(graph->nodes[m].parameters, node->parameters, sizeof(node->parameters))) {
			graph_replace(graph, node->output, graph->nodes[m].output);
			graph_remove_node(graph, n);
			return true;
		}
	return false;
}

/* --- into the weights of a dense layer --------------------------------------------------------------------------- */

/*
 * Follows a flattened tensor of n values through operators that treat each value on its own to a dense layer. With
 * `from`, constants on the way are reordered. Returns whether it got there.
 */
static bool follow_to_dense(struct graph *graph, uint16_t tensor, const struct graph_tensor *from, const int32_t *perm,
			    bool change)
{
	size_t n = graph_elements(from);
	int reader;

	while ((reader = graph_only_reader(graph, tensor)) >= 0) {
		struct graph_node *node = &graph->nodes[reader];
		bool dense = node->code == NN_OPERATOR_DENSE && graph_floats(graph, node, 1) && node->inputs >= 3;
		bool vector = is_pairwise(node->code) && node->input[0] == tensor && graph_floats(graph, node, 1) &&
			      graph_elements(&graph->tensors[node->input[1]]) == n;

		if (!dense && !vector && !is_unary(node->code))
			return false;
		if (change && (dense || vector) && !reorder_rows(graph, node, 1, from, perm))
			return false;
		if (dense)
			return true;
		tensor = node->output;
	}
	return false;
}

/* Node n is a transposition that a reshape to one row alone reads. */
static bool fold_into_dense(struct graph *graph, unsigned n)
{
	const struct graph_node *node = &graph->nodes[n];
	struct graph_tensor from = graph->tensors[node->input[0]];
	int reader = graph_only_reader(graph, node->output);
	struct graph_node *reshape = reader < 0 ? NULL : &graph->nodes[reader];
	const struct graph_tensor *flat = reshape ? &graph->tensors[reshape->output] : NULL;

	if (!reshape || reshape->code != NN_OPERATOR_RESHAPE || flat->shape[flat->dims - 1] != graph_elements(flat) ||
	    !follow_to_dense(graph, reshape->output, &from, node->parameters, false))
		return false;
	if (!follow_to_dense(graph, reshape->output, &from, node->parameters, true))
		return false;
	reshape->input[0] = node->input[0];
	graph_remove_node(graph, n);
	return true;
}

/* --- the pass ---------------------------------------------------------------------------------------------------- */

static bool rewrite(struct graph *graph, unsigned n)
{
	switch (graph->nodes[n].code) {
	case NN_OPERATOR_TRANSPOSE:
		return merge_transposes(graph, n) || simplify_transpose(graph, n) || split(graph, n) ||
		       fold_into_dense(graph, n);
	case NN_OPERATOR_RESHAPE:
		return simplify_reshape(graph, n);
	default:
		return sink(graph, n);
	}
}

void graph_layout(struct graph *graph)
{
	/* Every step takes a node out, moves a transposition down or gives a reader its own; so it ends. */
	enum { STEPS_MAX = 16 * NN_OPS_MAX };
	unsigned steps = 0;

	for (unsigned n = 0; n < graph->node_count && steps < STEPS_MAX;) {
		if (!rewrite(graph, n)) {
			n++;
			continue;
		}
		graph_sweep(graph);
		n = 0;
		steps++;
	}
	for (unsigned n = 0; n < graph->node_count;)
		n += graph->nodes[n].code == NN_OPERATOR_TRANSPOSE && join(graph, n) ? 0 : 1;
}
