/* SPDX-License-Identifier: Apache-2.0 */
/* keras.c - a Keras model's layers to a graph, one table row a layer class; models may contain models. */
#include "nn/import/keras.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/import/keras-calls.h"

enum {
	NESTING_MAX = 4, /* of models in models */
};

static int add_input(struct keras_import *in, const cJSON *shape)
{
	uint32_t sizes[NN_DIMS_MAX] = {1, 1, 1, 1};
	int dims = cJSON_GetArraySize(shape), tensor;

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
	in->model_input = tensor;
	return 0;
}

/* The graph's input: a layer of its own, or said by the first layer of a Sequential model. */
static int read_input(struct keras_import *in)
{
	const cJSON *shape = cJSON_GetObjectItemCaseSensitive(in->config, "batch_input_shape");

	if (!shape) {
		shape = cJSON_GetObjectItemCaseSensitive(in->config, "batch_shape");
		in->keras_3 |= shape != NULL;
	}
	return shape && in->model_input < 0 ? add_input(in, shape) : 0;
}

static int import_input(struct keras_import *in)
{
	in->current = (uint16_t)in->model_input;
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
	{"Conv1D", keras_import_conv_1d},
	{"DepthwiseConv2D", keras_import_depthwise},
	{"SeparableConv2D", keras_import_separable},
	{"MaxPooling2D", keras_import_max_pool},
	{"MaxPooling1D", keras_import_max_pool_1d},
	{"AveragePooling2D", keras_import_average_pool},
	{"AveragePooling1D", keras_import_average_pool_1d},
	{"GlobalAveragePooling2D", keras_import_global_average_pool},
	{"GlobalAveragePooling1D", keras_import_global_average_pool},
	{"GlobalMaxPooling2D", keras_import_global_max_pool},
	{"GlobalMaxPooling1D", keras_import_global_max_pool},
	{"ZeroPadding2D", keras_import_zero_padding},
	{"Flatten", keras_import_flatten},
	{"Reshape", keras_import_reshape},
	{"Permute", keras_import_permute},
	{"Dense", keras_import_dense},
	{"Activation", keras_add_activation},
	{"ReLU", keras_import_relu},
	{"LeakyReLU", keras_import_leaky_relu},
	{"PReLU", keras_import_prelu},
	{"Softmax", keras_import_softmax},
	{"BatchNormalization", keras_import_batch_norm},
	{"Normalization", keras_import_normalization},
	{"Rescaling", keras_import_rescaling},
	{"Add", keras_import_add},
	{"Subtract", keras_import_subtract},
	{"Multiply", keras_import_multiply},
	{"Average", keras_import_average},
	{"Concatenate", keras_import_concatenate},
};

/* What only training has. */
static const char *const idle[] = {
	"Dropout",	  "SpatialDropout2D", "SpatialDropout1D",	"GaussianNoise", "GaussianDropout",
	"AlphaDropout",	  "RandomFlip",	      "RandomRotation",		"RandomZoom",	 "RandomTranslation",
	"RandomContrast", "RandomBrightness", "ActivityRegularization",
};

static int refuse_unknown(struct keras_import *in)
{
	char known[GRAPH_REASON] = "";
	size_t n = 0;

	if (!strncmp(in->class_name, "PruneLowMagnitude", 17) || !strncmp(in->class_name, "Quantize", 8) ||
	    !strncmp(in->class_name, "Cluster", 7))
		return keras_refuse(in, "a wrapper of tensorflow_model_optimization is not supported",
				    "strip it (strip_pruning, strip_clustering) before saving, or convert to .tflite");
	for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]) && n < sizeof(known); i++)
		n += (size_t)snprintf(known + n, sizeof(known) - n, " %s", layers[i].class_name);
	snprintf(in->reason, GRAPH_REASON, "layer %.30s: %.30s is not supported;%s are", in->layer, in->class_name,
		 known);
	return -EOPNOTSUPP;
}

static int import_class(struct keras_import *in)
{
	for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]); i++)
		if (!strcmp(in->class_name, layers[i].class_name))
			return layers[i].import(in);
	for (size_t i = 0; i < sizeof(idle) / sizeof(idle[0]); i++)
		if (!strcmp(in->class_name, idle[i]))
			return import_nothing(in);
	return refuse_unknown(in);
}

/* --- models ---------------------------------------------------------------------------------------------------- */

static int import_model(struct keras_import *in, struct keras_values *values, const cJSON *root, unsigned nesting);

static bool is_model(const char *class_name)
{
	return !strcmp(class_name, "Sequential") || !strcmp(class_name, "Functional") || !strcmp(class_name, "Model");
}

/* A model as a layer. Its weights stand in one group, whatever models it contains. */
static int import_nested(struct keras_import *in, struct keras_values *values, const cJSON *layer, unsigned nesting)
{
	const char *group = in->group;
	int around = in->model_input, r;

	if (nesting == NESTING_MAX)
		return keras_refuse(in, "models are nested too deeply", "4 levels are supported");
	if (in->input_count > 1)
		return keras_refuse(in, "a model with several inputs is not supported inside another", "one input is");
	in->group = group ? group : in->layer;
	in->model_input = in->input_count ? in->inputs[0] : around;
	r = import_model(in, values, layer, nesting + 1);
	in->group = group;
	in->model_input = around < 0 ? in->graph->input : around;
	return r;
}

/* inputs are set. */
static int import_layer(struct keras_import *in, struct keras_values *values, const cJSON *layer, unsigned nesting)
{
	int r;

	if (is_model(in->class_name))
		return import_nested(in, values, layer, nesting);
	r = read_input(in);
	if (r == 0 && in->model_input < 0)
		return keras_refuse(in, "the model has no input shape", "give the first layer an input_shape");
	return r < 0 ? r : import_class(in);
}

static int begin_layer(struct keras_import *in, const cJSON *layer)
{
	in->class_name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(layer, "class_name"));
	in->config = cJSON_GetObjectItemCaseSensitive(layer, "config");
	in->layer = in->config ? keras_text_of(in, "name", NULL) : NULL;
	if (!in->layer)
		in->layer = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(layer, "name"));
	if (in->class_name && in->layer)
		return 0;
	snprintf(in->reason, GRAPH_REASON, "model_config has a layer without class_name or name");
	return -EBADMSG;
}

/* The nodes from the first on belong to this layer, as Keras counts; all of a model inside another to one. */
static void number_nodes(const struct keras_import *in, uint16_t first, unsigned number, unsigned nesting)
{
	for (unsigned i = first; i < in->graph->node_count && !nesting; i++)
		in->graph->nodes[i].layer = (uint16_t)number;
	if (!nesting && number > in->graph->layer_count)
		in->graph->layer_count = (uint16_t)number;
}

/* One layer behind the other. Where Keras counts layers, the input is one, but not of a Sequential model. */
static int import_chain(struct keras_import *in, struct keras_values *values, const cJSON *list, bool counts_input,
			unsigned nesting)
{
	const cJSON *layer;
	unsigned number = 0;
	int r = 0;

	in->current = (uint16_t)in->model_input;
	cJSON_ArrayForEach(layer, list)
	{
		uint16_t first = in->graph->node_count;

		r = begin_layer(in, layer);
		if (r < 0)
			return r;
		number += counts_input || strcmp(in->class_name, "InputLayer") != 0;
		in->input_count = in->model_input >= 0;
		in->inputs[0] = in->current;
		r = import_layer(in, values, layer, nesting);
		if (r < 0)
			return r;
		number_nodes(in, first, number, nesting);
	}
	return 0;
}

/* A layer's next calls, as far as what they read is there; how many in *done. */
static int import_calls(struct keras_import *in, struct keras_values *values, const cJSON *layer, unsigned nesting,
			unsigned *done)
{
	const char *name;
	int r = begin_layer(in, layer);

	if (r == 0 && values->steps++ == KERAS_STEPS_MAX)
		r = keras_refuse(in, "the layers are too many, or too far from the order of execution", "");
	name = in->layer;
	in->input_count = 0;
	while (r == 0 && *done < keras_call_count(layer)) {
		if (strcmp(in->class_name, "InputLayer") != 0)
			r = keras_read_sources(in, values, layer, *done);
		r = r < 0 ? r : import_layer(in, values, layer, nesting);
		r = r < 0 ? r : keras_add_value(in, values, name, *done);
		*done += r == 0;
		/* A nested model has had layers of its own. */
		if (r == 0)
			r = begin_layer(in, layer);
	}
	return r;
}

/* Rounds over the list till nothing is left that could be made: it need not be in the order of execution. */
static int import_rounds(struct keras_import *in, struct keras_values *values, const cJSON *list, unsigned nesting,
			 unsigned *done)
{
	bool progress = true, waits = true;
	const cJSON *layer;

	while (progress && waits) {
		unsigned i = 0;

		progress = waits = false;
		cJSON_ArrayForEach(layer, list)
		{
			unsigned before = done[i];
			uint16_t first = in->graph->node_count;
			int r = import_calls(in, values, layer, nesting, &done[i]);

			if (r < 0 && r != -EAGAIN)
				return r;
			progress |= done[i++] != before;
			number_nodes(in, first, i, nesting);
			waits |= r == -EAGAIN;
		}
	}
	return waits ? -EOPNOTSUPP : 0; /* the reason says who waits for what */
}

/* Layers that say which others they read. */
static int import_network(struct keras_import *in, struct keras_values *values, const cJSON *config, const cJSON *list,
			  unsigned nesting)
{
	const cJSON *ends = cJSON_GetObjectItemCaseSensitive(config, "output_layers");
	size_t around = values->first;
	unsigned *done = calloc((size_t)cJSON_GetArraySize(list), sizeof(*done)), n;
	int output = -1, r;

	if (!done)
		return keras_refuse(in, "out of memory", "");
	values->first = values->n;
	r = import_rounds(in, values, list, nesting, done);
	free(done);
	n = keras_find_end(cJSON_GetObjectItemCaseSensitive(config, "input_layers"), values, &output);
	if (r == 0 && n > 1)
		r = keras_refuse(in, "the model has several inputs", "one is supported");
	n = keras_find_end(ends, values, &output);
	if (r == 0 && n > 1)
		r = keras_refuse(in, "the model has several outputs", "one is supported");
	else if (r == 0 && n == 1 && output < 0)
		r = keras_refuse(in, "no layer makes the model's output", "");
	if (output >= 0)
		in->current = (uint16_t)output;
	values->n = values->first;
	values->first = around;
	return r;
}

/* Models that were built by their first data say the shape beside the layers. */
static int read_built_shape(struct keras_import *in, const cJSON *root, const cJSON *config)
{
	const cJSON *shape = cJSON_GetObjectItemCaseSensitive(config, "build_input_shape");

	if (!shape)
		shape = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(root, "build_config"),
							 "input_shape");
	in->layer = "input";
	in->class_name = "Sequential";
	return cJSON_IsArray(shape) && in->model_input < 0 ? add_input(in, shape) : 0;
}

static int import_model(struct keras_import *in, struct keras_values *values, const cJSON *root, unsigned nesting)
{
	const cJSON *config = cJSON_GetObjectItemCaseSensitive(root, "config"), *layer;
	const cJSON *list = cJSON_IsArray(config) ? config : cJSON_GetObjectItemCaseSensitive(config, "layers");
	const char *class_name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "class_name"));
	bool network = false, input = false;
	int r = 0;

	if (!cJSON_IsArray(list) || !cJSON_GetArraySize(list) || cJSON_GetArraySize(list) > KERAS_LAYERS_MAX) {
		snprintf(in->reason, GRAPH_REASON, "model_config has no list of layers, or one of more than %d",
			 KERAS_LAYERS_MAX);
		return -EBADMSG;
	}
	cJSON_ArrayForEach(layer, list)
	{
		const cJSON *inside = cJSON_GetObjectItemCaseSensitive(layer, "config");

		network |= keras_has_sources(layer);
		input |= cJSON_GetObjectItemCaseSensitive(inside, "batch_input_shape") ||
			 cJSON_GetObjectItemCaseSensitive(inside, "batch_shape") ||
			 cJSON_GetObjectItemCaseSensitive(inside, "layers");
	}
	if (!input)
		r = read_built_shape(in, root, config);
	if (r < 0)
		return r;
	return network ? import_network(in, values, config, list, nesting)
		       : import_chain(in, values, list, !class_name || strcmp(class_name, "Sequential") != 0, nesting);
}

int keras_import(const char *model_config, const struct keras_weights *weights, struct graph *graph, char *ret_reason)
{
	struct keras_import in = {.weights = weights, .graph = graph, .reason = ret_reason, .model_input = -1};
	struct keras_values values = {.n = 0};
	cJSON *root = cJSON_Parse(model_config);
	const char *name;
	int r;

	if (!root) {
		snprintf(ret_reason, GRAPH_REASON, "model_config is not JSON");
		return -EBADMSG;
	}
	name = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(root, "config"), "name"));
	snprintf(graph->name, sizeof(graph->name), "%s", name ? name : "keras");
	r = import_model(&in, &values, root, 0);
	if (r == 0)
		graph->output = in.current;
	free(values.values);
	cJSON_Delete(root);
	return r;
}
