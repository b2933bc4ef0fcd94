/* SPDX-License-Identifier: Apache-2.0 */
/* recipe-layers.c - a network of one's own: a list of layers, each with a name to be read by later ones. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "nn/train/recipe-keys.h"
#include "nn/train/yaml-tree.h"

struct place {
	const char *file;
	char *reason;
};

static const char *const kinds[] = {
	[LAYER_CONV_2D] = "conv",
	[LAYER_DEPTHWISE_CONV_2D] = "depthwise_conv",
	[LAYER_DENSE] = "dense",
	[LAYER_MAX_POOL_2D] = "max_pool",
	[LAYER_AVERAGE_POOL_2D] = "average_pool",
	[LAYER_GLOBAL_AVERAGE_POOL_2D] = "global_average_pool",
	[LAYER_BATCH_NORM] = "batch_norm",
	[LAYER_ACTIVATION] = "activation",
	[LAYER_DROPOUT] = "dropout",
	[LAYER_FLATTEN] = "flatten",
	[LAYER_ADD] = "add",
	[LAYER_MULTIPLY] = "multiply",
	[LAYER_CONCAT] = "concat",
	[LAYER_PAD] = "pad",
	[LAYER_SOFTMAX] = "softmax",
};

static const char *const activations[] = {
	[LAYER_LINEAR] = "linear",	   [LAYER_RELU] = "relu",	[LAYER_RELU6] = "relu6",
	[LAYER_LEAKY_RELU] = "leaky_relu", [LAYER_SIGMOID] = "sigmoid", [LAYER_TANH] = "tanh",
	[LAYER_HARD_SWISH] = "hard_swish",
};

static int fail(const struct place *place, uint32_t line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static int fail(const struct place *place, uint32_t line, const char *format, ...)
{
	char text[RECIPE_REASON / 2];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	snprintf(place->reason, RECIPE_REASON, "%.80s:%u: layers: %s", place->file, line, text);
	return -EINVAL;
}

static int find_word(const char *const *words, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(words[i], text))
			return (int)i;
	return -1;
}

static int read_numbers(const struct place *place, const struct yaml_tree *node, unsigned most, uint32_t *values,
			unsigned *ret_n)
{
	const struct yaml_tree *item = node->kind == YAML_TREE_SEQUENCE ? node->children : node;
	unsigned n = 0;

	for (; item && n < most; item = node->kind == YAML_TREE_SEQUENCE ? item->next : NULL) {
		char *end;
		unsigned long number = 0;

		if (item->kind == YAML_TREE_SCALAR && isdigit((unsigned char)*item->text))
			number = strtoul(item->text, &end, 10);
		else
			return fail(place, node->line, "%s: whole numbers from 0 to 65536 are needed", node->key);
		if (*end || number > 65536)
			return fail(place, node->line, "%s: whole numbers from 0 to 65536 are needed", node->key);
		values[n++] = (uint32_t)number;
	}
	if (item || !n)
		return fail(place, node->line, "%s: 1 to %u numbers are needed", node->key, most);
	*ret_n = n;
	return 0;
}

static int read_pair(const struct place *place, const struct yaml_tree *node, uint32_t pair[2])
{
	unsigned n = 0;
	int r = read_numbers(place, node, 2, pair, &n);

	if (r == 0 && n == 1)
		pair[1] = pair[0];
	return r;
}

static int read_float(const struct place *place, const struct yaml_tree *node, float low, float high, float *ret_value)
{
	char *end = NULL;
	float value = node->kind == YAML_TREE_SCALAR ? strtof(node->text, &end) : NAN;

	if (!end || end == node->text || *end || !(value >= low && value <= high))
		return fail(place, node->line, "%s: a number from %g to %g is needed", node->key, (double)low,
			    (double)high);
	*ret_value = value;
	return 0;
}

/* "input", or the name of an earlier layer. */
static int read_reference(const struct place *place, const struct yaml_tree *node, const struct layers *layers,
			  int *ret_reference)
{
	const char *text = node->kind == YAML_TREE_SCALAR ? node->text : "";

	if (!strcmp(text, "input")) {
		*ret_reference = LAYER_INPUT;
		return 0;
	}
	for (unsigned i = 0; i < layers->n && *text; i++)
		if (!strcmp(layers->list[i].name, text)) {
			*ret_reference = 1 + (int)i;
			return 0;
		}
	return fail(place, node->line, "%s: no layer above is named \"%.40s\"", node->key, text);
}

static int read_yes(const struct place *place, const struct yaml_tree *node, const char *no, const char *yes,
		    bool *ret_value)
{
	const char *text = node->kind == YAML_TREE_SCALAR ? node->text : "";

	if (strcmp(text, yes) != 0 && strcmp(text, no) != 0)
		return fail(place, node->line, "%s: %s or %s is needed", node->key, no, yes);
	*ret_value = !strcmp(text, yes);
	return 0;
}

static int read_activation(const struct place *place, const struct yaml_tree *node, struct layer *layer)
{
	int found = find_word(activations, sizeof(activations) / sizeof(activations[0]),
			      node->kind == YAML_TREE_SCALAR ? node->text : "");

	if (found < 0)
		return fail(place, node->line,
			    "activation: linear, relu, relu6, leaky_relu, sigmoid, tanh or hard_swish is needed");
	layer->activation = (enum layer_activation)found;
	return 0;
}

/* The value behind the layer's own word: conv: 8, dense: 32, dropout: 0.2, add: name ... */
static int read_main(const struct place *place, const struct yaml_tree *node, const struct layers *layers,
		     struct layer *layer)
{
	unsigned n;

	switch (layer->kind) {
	case LAYER_CONV_2D:
	case LAYER_DENSE:
	case LAYER_DEPTHWISE_CONV_2D:
		return read_numbers(place, node, 1, &layer->filters, &n);
	case LAYER_MAX_POOL_2D:
	case LAYER_AVERAGE_POOL_2D:
		return read_pair(place, node, layer->kernel);
	case LAYER_ACTIVATION:
		return read_activation(place, node, layer);
	case LAYER_DROPOUT:
		return read_float(place, node, 0, 0.95f, &layer->share);
	case LAYER_ADD:
	case LAYER_MULTIPLY:
	case LAYER_CONCAT:
		return read_reference(place, node, layers, &layer->other);
	case LAYER_PAD:
		if (read_numbers(place, node, 4, layer->pad, &n) < 0)
			return -EINVAL;
		for (unsigned i = n; i < 4; i++)
			layer->pad[i] = layer->pad[i - n];
		return 0;
	default:
		return 0;
	}
}

static int read_field(const struct place *place, const struct yaml_tree *node, const struct layers *layers,
		      struct layer *layer)
{
	if (!strcmp(node->key, "name")) {
		if (node->kind != YAML_TREE_SCALAR || !*node->text || strlen(node->text) >= sizeof(layer->name))
			return fail(place, node->line, "name: a word of 1 to %zu bytes is needed",
				    sizeof(layer->name) - 1);
		snprintf(layer->name, sizeof(layer->name), "%s", node->text);
		return 0;
	}
	if (!strcmp(node->key, "kernel"))
		return read_pair(place, node, layer->kernel);
	if (!strcmp(node->key, "stride"))
		return read_pair(place, node, layer->stride);
	if (!strcmp(node->key, "dilation"))
		return read_pair(place, node, layer->dilation);
	if (!strcmp(node->key, "padding"))
		return read_yes(place, node, "valid", "same", &layer->same);
	if (!strcmp(node->key, "bias"))
		return read_yes(place, node, "yes", "no", &layer->no_bias);
	if (!strcmp(node->key, "activation"))
		return read_activation(place, node, layer);
	if (!strcmp(node->key, "slope"))
		return read_float(place, node, 0, 1, &layer->slope);
	if (!strcmp(node->key, "from"))
		return read_reference(place, node, layers, &layer->from);
	return fail(
		place, node->key_line,
		"%.40s: no such key; there are name, from, kernel, stride, dilation, padding, bias, activation, slope",
		node->key);
}

static int read_layer(const struct place *place, const struct yaml_tree *node, struct layers *layers)
{
	struct layer layer = {.slope = 0.1f};
	const struct yaml_tree *first = node;
	int kind;

	if (node->kind == YAML_TREE_SCALAR) {
		kind = find_word(kinds, sizeof(kinds) / sizeof(kinds[0]), node->text);
	} else {
		first = node->children;
		kind = first && first->key ? find_word(kinds, sizeof(kinds) / sizeof(kinds[0]), first->key) : -1;
	}
	if (kind < 0)
		return fail(
			place, node->line,
			"each begins with its kind: conv, depthwise_conv, dense, max_pool, average_pool, "
			"global_average_pool, batch_norm, activation, dropout, flatten, add, multiply, concat, pad, softmax");
	layer.kind = (enum layer_kind)kind;
	if (layer.kind == LAYER_CONV_2D || layer.kind == LAYER_DEPTHWISE_CONV_2D)
		layer.kernel[0] = layer.kernel[1] = 3;
	if (node->kind == YAML_TREE_MAPPING) {
		if (read_main(place, first, layers, &layer) < 0)
			return -EINVAL;
		for (const struct yaml_tree *field = first->next; field; field = field->next)
			if (read_field(place, field, layers, &layer) < 0)
				return -EINVAL;
	}
	for (unsigned i = 0; i < layers->n && *layer.name; i++)
		if (!strcmp(layers->list[i].name, layer.name))
			return fail(place, node->line, "name: there is a \"%.40s\" already", layer.name);
	if (layers_add(layers, &layer) < 0)
		return fail(place, node->line, "more than %d", LAYERS_MAX);
	return 0;
}

int recipe_read_layers(const char *file, const struct yaml_tree *list, struct recipe *recipe, char *ret_reason)
{
	const struct place place = {.file = file, .reason = ret_reason};

	if (list->kind != YAML_TREE_SEQUENCE || !list->children)
		return fail(&place, list->line, "a list is needed, as - conv: 8");
	recipe->layers = calloc(1, sizeof(*recipe->layers));
	if (!recipe->layers)
		return -ENOMEM;
	for (const struct yaml_tree *node = list->children; node; node = node->next)
		if (read_layer(&place, node, recipe->layers) < 0)
			return -EINVAL;
	return 0;
}
