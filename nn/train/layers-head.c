/* SPDX-License-Identifier: Apache-2.0 */
/* layers-head.c - the last layer of a network that is begun with: another for other classes, a dropout before it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/graph/edit.h"
#include "nn/runtime/math.h"
#include "nn/train/layers.h"
#include "nn/train/random.h"

/* What may stand behind the last layer: it makes as many outputs as it has inputs, whatever their number. */
static bool keeps_number(const struct graph_node *node)
{
	switch (node->code) {
	case NN_OPERATOR_SOFTMAX:
	case NN_OPERATOR_RESHAPE:
	case NN_OPERATOR_ACTIVATION:
	case NN_OPERATOR_SIGMOID:
		return true;
	default:
		return false;
	}
}

static int find_head(const struct graph *graph)
{
	int n = graph_maker(graph, graph->output);

	while (n >= 0 && keeps_number(&graph->nodes[n]))
		n = graph_maker(graph, graph->nodes[n].input[0]);
	if (n < 0 || (graph->nodes[n].code != NN_OPERATOR_DENSE && graph->nodes[n].code != NN_OPERATOR_CONV_2D) ||
	    graph->nodes[n].inputs != 3)
		return -ENOTSUP;
	return n;
}

static int add_weights(struct graph *graph, struct graph_node *node, uint32_t classes, uint64_t seed)
{
	struct graph_tensor like = graph->tensors[node->input[1]];
	struct random random = random_of(seed, UINT32_MAX, UINT32_MAX);
	size_t inputs = graph_elements(&like) / like.shape[like.dims - 1], n = inputs * classes;
	float limit = nn_sqrt(6.0f / (float)(inputs + classes));
	float *values = calloc(n, sizeof(*values));
	int weights, bias;

	if (!values)
		return -ENOMEM;
	like.shape[like.dims - 1] = classes;
	bias = graph_add_constant(graph, "head.bias", NN_TYPE_F32, 1, &classes, values);
	for (size_t i = 0; i < n; i++)
		values[i] = random_between(&random, -limit, limit);
	weights = graph_add_constant(graph, "head.weights", NN_TYPE_F32, like.dims, like.shape, values);
	free(values);
	if (bias < 0 || weights < 0)
		return bias < 0 ? bias : weights;
	node->input[1] = (uint16_t)weights;
	node->input[2] = (uint16_t)bias;
	return 0;
}

/* The dimension that counts the classes: the last that is not 1, or the last. */
static void set_classes(struct graph_tensor *tensor, uint32_t classes)
{
	unsigned d = tensor->dims - 1u;

	while (d > 0 && tensor->shape[d] == 1 && graph_elements(tensor) > 1)
		d--;
	tensor->shape[d] = classes;
}

int layers_replace_head(struct graph *graph, uint32_t classes, uint64_t seed, char *reason)
{
	int head = find_head(graph), r;
	uint16_t tensor = graph->output;

	if (head < 0 || !classes) {
		snprintf(reason, GRAPH_REASON,
			 "there is no last dense layer or convolution that could be replaced by one for other classes");
		return -ENOTSUP;
	}
	snprintf(reason, GRAPH_REASON, "out of memory, or too many tensors");
	r = add_weights(graph, &graph->nodes[head], classes, seed);
	if (r < 0)
		return r;
	for (int n = graph_maker(graph, tensor);; n = graph_maker(graph, tensor)) {
		set_classes(&graph->tensors[tensor], classes);
		if (n == head)
			break;
		tensor = graph->nodes[n].input[0];
	}
	graph->label_count = 0;
	graph_sweep(graph);
	return 0;
}

int layers_drop_before_head(const struct graph *graph, float share, struct trainer_options *options, char *reason)
{
	int head = find_head(graph);
	uint16_t tensor = head < 0 ? 0 : graph->nodes[head].input[0];

	if (head < 0 || graph_only_reader(graph, tensor) != head || options->dropout_count == TRAINER_DROPOUTS_MAX) {
		snprintf(reason, GRAPH_REASON,
			 "dropout: there is no last dense layer or convolution that alone reads what it reads");
		return -ENOTSUP;
	}
	options->dropouts[options->dropout_count++] = (struct trainer_dropout){.tensor = tensor, .share = share};
	return 0;
}
