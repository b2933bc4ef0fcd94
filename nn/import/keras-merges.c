/* SPDX-License-Identifier: Apache-2.0 */
/* keras-merges.c - Keras layers of several inputs: sums, products, differences, means, and one behind the other. */
#include <errno.h>
#include <string.h>

#include "nn/graph/compose.h"
#include "nn/import/keras-layer.h"

static const struct graph_tensor *input_at(const struct keras_import *in, unsigned i)
{
	return &in->graph->tensors[in->inputs[i]];
}

static bool same_shape(const struct graph_tensor *a, const struct graph_tensor *b)
{
	return a->dims == b->dims && !memcmp(a->shape, b->shape, sizeof(a->shape));
}

/* One value a channel for b's shape. */
static bool is_vector_for(const struct graph_tensor *a, const struct graph_tensor *b)
{
	uint32_t channels = b->shape[b->dims - 1];

	return a->shape[a->dims - 1] == channels && a->shape[0] * a->shape[1] * a->shape[2] * a->shape[3] == channels &&
	       a->dims == b->dims;
}

/* x CODE y, of one shape, or y with a value for each channel. */
static int add_pair(struct keras_import *in, uint16_t x, uint16_t y, enum nn_operator_code code)
{
	struct graph_node node = {.code = code, .inputs = 2, .input = {x, y}};
	const struct graph_tensor *a = &in->graph->tensors[x], *b = &in->graph->tensors[y];
	uint32_t channels = a->shape[a->dims - 1];

	if (!same_shape(a, b)) {
		int r;

		if (code != NN_OPERATOR_SUBTRACT && !is_vector_for(b, a) && is_vector_for(a, b))
			return add_pair(in, y, x, code);
		if (!is_vector_for(b, a))
			return keras_refuse(in, "reads layers of different shapes",
					    "alike, or one value a channel are supported");
		in->current = y;
		r = keras_add_reshape(in, ".vector", 1, &channels);
		if (r < 0)
			return r;
		node.input[1] = in->current;
	}
	in->current = x;
	return keras_add_same(in, node, "");
}

static int import_all(struct keras_import *in, enum nn_operator_code code)
{
	int r = 0;

	if (in->input_count < 2)
		return keras_refuse(in, "reads one layer", "two and more are needed");
	in->current = in->inputs[0];
	for (unsigned i = 1; i < in->input_count && r == 0; i++)
		r = add_pair(in, in->current, in->inputs[i], code);
	return r;
}

int keras_import_add(struct keras_import *in)
{
	return import_all(in, NN_OPERATOR_ADD);
}

int keras_import_multiply(struct keras_import *in)
{
	return import_all(in, NN_OPERATOR_MULTIPLY);
}

int keras_import_subtract(struct keras_import *in)
{
	return import_all(in, NN_OPERATOR_SUBTRACT);
}

int keras_import_average(struct keras_import *in)
{
	int r = import_all(in, NN_OPERATOR_ADD);

	return r < 0 ? r
		     : keras_take(in, graph_compose_affine(in->graph, in->layer, in->current,
							   1.0f / (float)in->input_count, 0));
}

int keras_import_concatenate(struct keras_import *in)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(in->config, "axis");
	struct graph_node node = {.code = NN_OPERATOR_CONCAT, .inputs = (uint8_t)in->input_count};
	const struct graph_tensor *first = input_at(in, 0);
	uint32_t shape[NN_DIMS_MAX];
	int axis = cJSON_IsNumber(item) ? item->valueint : -1;

	axis = axis < 0 && axis >= -first->dims ? axis + first->dims : axis;
	if (axis < 1 || axis >= first->dims)
		return keras_refuse(in, "axis is none of the input's dimensions", "");
	memcpy(shape, first->shape, sizeof(shape));
	shape[axis] = 0;
	for (unsigned i = 0; i < in->input_count; i++) {
		const struct graph_tensor *x = input_at(in, i);

		for (int d = 0; d < x->dims; d++)
			if (x->dims != first->dims || (d != axis && x->shape[d] != first->shape[d]))
				return keras_refuse(in, "reads layers of different shapes",
						    "they may differ along axis alone");
		if (x->shape[axis] > NN_FORMAT_BYTES_MAX - shape[axis])
			return keras_graph_failed(in, -ERANGE);
		shape[axis] += x->shape[axis];
		node.input[i] = in->inputs[i];
	}
	node.parameters[0] = axis;
	in->current = in->inputs[0];
	return keras_add_node(in, node, "", first->dims, shape);
}
