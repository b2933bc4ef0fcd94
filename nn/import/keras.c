/* SPDX-License-Identifier: Apache-2.0 */
/* keras.c - a Keras model's list of layers to a graph, one table row a layer class. */
#include "nn/import/keras.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "nn/import/keras-layer.h"

static int import_input(struct keras_import *in)
{
	const cJSON *shape = cJSON_GetObjectItemCaseSensitive(in->config, "batch_input_shape");
	uint32_t sizes[NN_DIMS_MAX] = {1, 1, 1, 1};
	int dims, tensor;

	if (!shape)
		shape = cJSON_GetObjectItemCaseSensitive(in->config, "batch_shape");
	if (!shape || in->graph->tensor_count)
		return 0;
	dims = cJSON_GetArraySize(shape);
	if (dims < 2 || dims > NN_DIMS_MAX)
		return keras_refuse(in, "an input of this shape is not supported",
				    "2 to 4 dimensions are, batch first");
	for (int i = 1; i < dims; i++) {
		int32_t size;

		if (!keras_whole_number(cJSON_GetArrayItem(shape, i), &size))
			return keras_refuse(in, "the input's size is not fixed",
					    "give every dimension but the batch a number");
		sizes[i] = (uint32_t)size;
	}
	tensor = graph_add_tensor(in->graph, in->layer, NN_TYPE_F32, (unsigned)dims, sizes);
	if (tensor < 0)
		return keras_graph_failed(in, tensor);
	in->graph->input = in->current = (uint16_t)tensor;
	return 0;
}

static int import_nothing(struct keras_import *in)
{
	(void)in;
	return 0;
}

static const struct {
	const char *class_name;
	int (*import)(struct keras_import *in);
} layers[] = {
	{"InputLayer", import_input},
	{"Conv2D", keras_import_conv},
	{"DepthwiseConv2D", keras_import_depthwise},
	{"MaxPooling2D", keras_import_max_pool},
	{"AveragePooling2D", keras_import_average_pool},
	{"Flatten", keras_import_flatten},
	{"Dense", keras_import_dense},
	{"Activation", keras_add_activation},
	{"ReLU", keras_import_relu},
	{"Softmax", keras_add_softmax},
	{"BatchNormalization", keras_import_batch_norm},
	{"Dropout", import_nothing},
	{"SpatialDropout2D", import_nothing},
	{"GaussianNoise", import_nothing},
};

static int refuse_unknown(struct keras_import *in)
{
	char known[200] = "";

	for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]); i++)
		snprintf(known + strlen(known), sizeof(known) - strlen(known), "%s%s", i ? ", " : "",
			 layers[i].class_name);
	snprintf(in->reason, GRAPH_REASON, "layer %.30s: %.30s is not supported; %s are", in->layer, in->class_name,
		 known);
	return -EOPNOTSUPP;
}

/* A Functional model names the layer that each one reads: it must be the one before. */
static int check_chain(struct keras_import *in, const cJSON *layer, const char *previous)
{
	const cJSON *inbound = cJSON_GetObjectItemCaseSensitive(layer, "inbound_nodes");
	const cJSON *node = cJSON_GetArrayItem(inbound, 0), *source = cJSON_GetArrayItem(node, 0);
	const char *name = cJSON_GetStringValue(cJSON_GetArrayItem(source, 0));

	if (!inbound || !cJSON_GetArraySize(inbound))
		return 0;
	if (cJSON_GetArraySize(inbound) != 1 || cJSON_GetArraySize(node) != 1 || !name || !previous ||
	    strcmp(name, previous) != 0)
		return keras_refuse(in, "reads something else than the layer before it",
				    "only plain chains of layers are supported");
	return 0;
}

static int import_layer(struct keras_import *in, const cJSON *layer, const char *previous)
{
	in->class_name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(layer, "class_name"));
	in->config = cJSON_GetObjectItemCaseSensitive(layer, "config");
	in->layer = in->config ? keras_text_of(in, "name", NULL) : NULL;
	if (!in->class_name || !in->layer) {
		snprintf(in->reason, GRAPH_REASON, "model_config has a layer without class_name or name");
		return -EBADMSG;
	}

	int r = check_chain(in, layer, previous);

	/* A Sequential model may have the input's shape at its first layer. */
	if (r == 0)
		r = import_input(in);
	if (r == 0 && !in->graph->tensor_count)
		return keras_refuse(in, "the model has no input shape", "give the first layer an input_shape");
	for (size_t i = 0; r == 0 && i < sizeof(layers) / sizeof(layers[0]); i++)
		if (!strcmp(in->class_name, layers[i].class_name))
			return layers[i].import(in);
	return r < 0 ? r : refuse_unknown(in);
}

static int import_layers(struct keras_import *in, const cJSON *root)
{
	const cJSON *config = cJSON_GetObjectItemCaseSensitive(root, "config"), *layer;
	const cJSON *list = cJSON_IsArray(config) ? config : cJSON_GetObjectItemCaseSensitive(config, "layers");
	const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(config, "name"));
	const char *class_name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "class_name"));
	/* Where Keras counts layers, the input is one, but not of a Sequential model. */
	bool counts_input = !class_name || strcmp(class_name, "Sequential") != 0;
	const char *previous = NULL;

	if (!cJSON_IsArray(list) || !cJSON_GetArraySize(list)) {
		snprintf(in->reason, GRAPH_REASON, "model_config has no list of layers");
		return -EBADMSG;
	}
	snprintf(in->graph->name, sizeof(in->graph->name), "%s", name ? name : "keras");
	cJSON_ArrayForEach(layer, list)
	{
		uint16_t first = in->graph->node_count;
		int r = import_layer(in, layer, previous);

		if (r < 0)
			return r;
		if (counts_input || strcmp(in->class_name, "InputLayer") != 0)
			in->graph->layer_count++;
		for (unsigned i = first; i < in->graph->node_count; i++)
			in->graph->nodes[i].layer = in->graph->layer_count;
		previous = in->layer;
	}
	in->graph->output = in->current;
	return 0;
}

int keras_import(const char *model_config, const struct keras_weights *weights, struct graph *graph, char *ret_reason)
{
	struct keras_import in = {.weights = weights, .graph = graph, .reason = ret_reason};
	cJSON *root = cJSON_Parse(model_config);
	int r;

	if (!root) {
		snprintf(ret_reason, GRAPH_REASON, "model_config is not JSON");
		return -EBADMSG;
	}
	r = import_layers(&in, root);
	cJSON_Delete(root);
	return r;
}
