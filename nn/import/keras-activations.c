/* SPDX-License-Identifier: Apache-2.0 */
/* keras-activations.c - activations by name, in the configuration of any layer, and as layers. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/graph/compose.h"
#include "nn/import/keras-layer.h"

static int add_limit(struct keras_import *in, enum nn_activation activation)
{
	return keras_add_same(in, (struct graph_node){.code = NN_OPERATOR_ACTIVATION, .activation = activation},
			      ".relu");
}

static int add_relu(struct keras_import *in)
{
	return add_limit(in, NN_ACTIVATION_RELU);
}

static int add_relu6(struct keras_import *in)
{
	return add_limit(in, NN_ACTIVATION_RELU6);
}

static int add_softmax(struct keras_import *in)
{
	return keras_add_same(in, (struct graph_node){.code = NN_OPERATOR_SOFTMAX}, ".softmax");
}

static int add_sigmoid(struct keras_import *in)
{
	return keras_add_same(in, (struct graph_node){.code = NN_OPERATOR_SIGMOID}, ".sigmoid");
}

static int add_tanh(struct keras_import *in)
{
	return keras_add_same(in, (struct graph_node){.code = NN_OPERATOR_TANH}, ".tanh");
}

static int add_hard_swish(struct keras_import *in)
{
	return keras_add_same(in, (struct graph_node){.code = NN_OPERATOR_HARD_SWISH}, ".hard-swish");
}

static int add_swish(struct keras_import *in)
{
	return keras_take(in, graph_compose_swish(in->graph, in->layer, in->current));
}

/* Keras 3 has another one under the name. */
static int add_hard_sigmoid(struct keras_import *in)
{
	return keras_take(
		in, graph_compose_hard_sigmoid(in->graph, in->layer, in->current, in->keras_3 ? 1.0f / 6 : 0.2f, 0.5f));
}

static int add_slope(struct keras_import *in, float slope)
{
	struct graph_node node = {.code = NN_OPERATOR_LEAKY_RELU};

	memcpy(&node.parameters[0], &slope, sizeof(slope));
	return keras_add_same(in, node, ".leaky-relu");
}

static int add_leaky_relu(struct keras_import *in)
{
	return add_slope(in, 0.2f);
}

static int add_nothing(struct keras_import *in)
{
	(void)in;
	return 0;
}

static const struct {
	const char *name;
	int (*add)(struct keras_import *in);
} activations[] = {
	{"linear", add_nothing},
	{"relu", add_relu},
	{"relu6", add_relu6},
	{"softmax", add_softmax},
	{"sigmoid", add_sigmoid},
	{"tanh", add_tanh},
	{"leaky_relu", add_leaky_relu},
	{"swish", add_swish},
	{"silu", add_swish},
	{"hard_swish", add_hard_swish},
	{"hard_silu", add_hard_swish},
	{"hard_sigmoid", add_hard_sigmoid},
};

/* "relu", or an object of a function: {"class_name": "function", "config": "relu"}; others have a name of their own. */
static const char *name_of(const struct keras_import *in)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(in->config, "activation");
	const char *config = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "config"));
	const char *class_name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "class_name"));

	if (cJSON_IsString(item))
		return item->valuestring;
	return config ? config : class_name ? class_name : "linear";
}

int keras_add_activation(struct keras_import *in)
{
	const char *name = name_of(in);
	char what[64], known[128] = "";
	size_t n = sizeof(activations) / sizeof(activations[0]);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(name, activations[i].name))
			return activations[i].add(in);
	for (size_t i = 0; i < n; i++)
		snprintf(known + strlen(known), sizeof(known) - strlen(known), "%s%s", i ? ", " : "",
			 activations[i].name);
	snprintf(what, sizeof(what), "activation \"%.30s\" is not supported", name);
	strncat(known, " are", sizeof(known) - strlen(known) - 1);
	return keras_refuse(in, what, known);
}

/* --- layers ---------------------------------------------------------------------------------------------------- */

int keras_import_softmax(struct keras_import *in)
{
	const cJSON *axis = cJSON_GetObjectItemCaseSensitive(in->config, "axis");
	unsigned dims = keras_current(in)->dims;

	if (cJSON_IsNumber(axis) && axis->valuedouble >= 0 && (unsigned)axis->valuedouble != dims - 1)
		return keras_refuse(in, "this axis is not supported", "the last one is");
	return add_softmax(in);
}

/* max(x, 0), with a slope below, or limited to max_value. */
int keras_import_relu(struct keras_import *in)
{
	float max, slope, threshold;
	int r = keras_number_of(in, "max_value", HUGE_VALF, &max);

	r = r < 0 ? r : keras_number_of(in, "negative_slope", 0, &slope);
	r = r < 0 ? r : keras_number_of(in, "threshold", 0, &threshold);
	if (r < 0)
		return r;
	if (fpclassify(threshold) != FP_ZERO || (fpclassify(slope) != FP_ZERO && !isinf(max)) || !(max > 0))
		return keras_refuse(in, "a threshold, or a slope with max_value, is not supported",
				    "a slope alone and a max_value alone are");
	if (fpclassify(slope) != FP_ZERO)
		return add_slope(in, slope);
	if (isinf(max))
		return add_relu(in);
	return fpclassify(max - 6) == FP_ZERO
		       ? add_relu6(in)
		       : keras_take(in, graph_compose_clip(in->graph, in->layer, in->current, 0, max));
}

int keras_import_leaky_relu(struct keras_import *in)
{
	float slope;
	int r = keras_number_of(in, "alpha", 0.3f, &slope);

	r = r < 0 ? r : keras_number_of(in, "negative_slope", slope, &slope);
	return r < 0 ? r : add_slope(in, slope);
}

/* alpha has the input's shape, or 1 for dimensions that share a slope: all but the last one do, or none. */
int keras_import_prelu(struct keras_import *in)
{
	static const uint32_t shared[NN_DIMS_MAX] = {1, 1, 1, 1};
	const struct graph_tensor *x = keras_current(in);
	uint32_t channels = x->shape[x->dims - 1], shape[NN_DIMS_MAX];
	unsigned dims = x->dims - 1u;
	uint16_t slopes;
	float *alpha;
	int r = keras_read_weight(in, "alpha", dims, x->shape + 1, &alpha);

	if (r == -EOPNOTSUPP) {
		memcpy(shape, shared, sizeof(shape));
		shape[dims - 1] = channels;
		r = keras_read_weight(in, "alpha", dims, shape, &alpha);
		if (r == 0) {
			r = keras_add_constant(in, "alpha", 1, &channels, alpha, &slopes);
			free(alpha);
		}
	} else if (r == 0) {
		r = keras_add_constant(in, "alpha", dims == 1 ? 1 : x->dims, dims == 1 ? &channels : x->shape, alpha,
				       &slopes);
		free(alpha);
	}
	if (r < 0)
		return r == -ENOENT ? keras_missing_weights(in) : r;
	return keras_take(in, graph_compose_prelu(in->graph, in->layer, in->current, slopes));
}
