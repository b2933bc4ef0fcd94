/* SPDX-License-Identifier: Apache-2.0 */
/* keras-layer.c - a Keras layer's configuration and weights, read, and what it becomes in the graph. */
#include "nn/import/keras-layer.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	NUMBER_MAX = 1 << 20, /* of any integer in a configuration */
};

int keras_refuse(struct keras_import *in, const char *what, const char *remedy)
{
	snprintf(in->reason, GRAPH_REASON, "layer %.40s (%.30s): %.90s%s%.130s", in->layer, in->class_name, what,
		 *remedy ? "; " : "", remedy);
	return -EOPNOTSUPP;
}

const char *keras_text_of(const struct keras_import *in, const char *key, const char *otherwise)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(in->config, key));

	return text ? text : otherwise;
}

bool keras_is_true(const struct keras_import *in, const char *key)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(in->config, key));
}

bool keras_whole_number(const cJSON *item, int32_t *ret_number)
{
	if (!cJSON_IsNumber(item) || !(item->valuedouble >= 1 && item->valuedouble <= NUMBER_MAX) ||
	    item->valuedouble != (int32_t)item->valuedouble)
		return false;
	*ret_number = (int32_t)item->valuedouble;
	return true;
}

int keras_number_of(struct keras_import *in, const char *key, float otherwise, float *ret_number)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(in->config, key);

	if (item && !cJSON_IsNull(item) && !(cJSON_IsNumber(item) && fabs(item->valuedouble) < 1e30))
		return keras_refuse(in, key, "a number is needed");
	*ret_number = cJSON_IsNumber(item) ? (float)item->valuedouble : otherwise;
	return 0;
}

int keras_pair_of(struct keras_import *in, const char *key, const int32_t otherwise[2], int32_t ret_pair[2])
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(in->config, key);

	memcpy(ret_pair, otherwise, 2 * sizeof(*ret_pair));
	if (!item || cJSON_IsNull(item))
		return 0;
	if (cJSON_GetArraySize(item) == 2 && keras_whole_number(cJSON_GetArrayItem(item, 0), &ret_pair[0]) &&
	    keras_whole_number(cJSON_GetArrayItem(item, 1), &ret_pair[1]))
		return 0;
	if (cJSON_GetArraySize(item) == 1) /* of one-dimensional layers */
		item = cJSON_GetArrayItem(item, 0);
	if (keras_whole_number(item, &ret_pair[0])) {
		ret_pair[1] = ret_pair[0];
		return 0;
	}
	return keras_refuse(in, key, "a positive number or a pair of them is needed");
}

int keras_graph_failed(struct keras_import *in, int r)
{
	return keras_refuse(in,
			    r == -E2BIG	   ? "too many layers"
			    : r == -ERANGE ? "a tensor has an impossible size"
					   : "out of memory",
			    "");
}

int keras_add_node(struct keras_import *in, struct graph_node node, const char *suffix, unsigned dims,
		   const uint32_t *shape)
{
	char name[NN_FORMAT_NAME];
	int tensor, r;

	snprintf(name, sizeof(name), "%.40s%s", in->layer, suffix);
	tensor = graph_add_tensor(in->graph, name, NN_TYPE_F32, dims, shape);
	if (tensor < 0)
		return keras_graph_failed(in, tensor);
	node.input[0] = in->current;
	node.output = (uint16_t)tensor;
	r = graph_add_node(in->graph, &node);
	if (r < 0)
		return keras_graph_failed(in, r);
	in->current = (uint16_t)tensor;
	return 0;
}

int keras_add_same(struct keras_import *in, struct graph_node node, const char *suffix)
{
	node.inputs = node.inputs ? node.inputs : 1;
	return keras_add_node(in, node, suffix, keras_current(in)->dims, keras_current(in)->shape);
}

int keras_add_reshape(struct keras_import *in, const char *suffix, unsigned dims, const uint32_t *shape)
{
	return keras_add_node(in, (struct graph_node){.code = NN_OPERATOR_RESHAPE, .inputs = 1}, suffix, dims, shape);
}

int keras_take(struct keras_import *in, int tensor)
{
	if (tensor < 0)
		return keras_graph_failed(in, tensor);
	in->current = (uint16_t)tensor;
	return 0;
}

int keras_add_constant(struct keras_import *in, const char *suffix, unsigned dims, const uint32_t *shape,
		       const float *data, uint16_t *ret_tensor)
{
	char name[NN_FORMAT_NAME];
	int tensor;

	snprintf(name, sizeof(name), "%.40s.%s", in->layer, suffix);
	tensor = graph_add_constant(in->graph, name, NN_TYPE_F32, dims, shape, data);
	if (tensor < 0)
		return keras_graph_failed(in, tensor);
	*ret_tensor = (uint16_t)tensor;
	return 0;
}

int keras_read_weight(struct keras_import *in, const char *name, unsigned dims, const uint32_t *shape, float **ret_data)
{
	uint32_t found[NN_DIMS_MAX] = {1, 1, 1, 1};
	unsigned found_dims;
	char inside[320];
	float *data;
	int r;

	/* A nested model's group has all of its weights, as LAYER/NAME. */
	snprintf(inside, sizeof(inside), "%s/%s", in->layer, name);
	r = in->weights->read(in->weights, in->group ? in->group : in->layer, in->group ? inside : name, &found_dims,
			      found, &data, in->reason);

	if (r < 0)
		return r;
	if (found_dims != dims || memcmp(found, shape, dims * sizeof(*shape)) != 0) {
		free(data);
		return keras_refuse(in, "a weight's shape does not fit the layer", "");
	}
	*ret_data = data;
	return 0;
}

int keras_missing_weights(struct keras_import *in)
{
	return keras_refuse(in, "weights are missing in the file", "save the whole model, with weights");
}

int keras_add_weight(struct keras_import *in, const char *name, unsigned dims, const uint32_t *shape,
		     uint16_t *ret_tensor)
{
	float *data;
	int r = keras_read_weight(in, name, dims, shape, &data);

	if (r == -ENOENT)
		return keras_missing_weights(in);
	if (r < 0)
		return r;
	r = keras_add_constant(in, name, dims, shape, data, ret_tensor);
	free(data);
	return r;
}

int keras_add_bias(struct keras_import *in, uint32_t n, uint16_t *ret_tensor)
{
	float *zeros;
	int r;

	if (keras_is_true(in, "use_bias"))
		return keras_add_weight(in, "bias", 1, &n, ret_tensor);
	zeros = calloc(n, sizeof(*zeros));
	if (!zeros)
		return keras_graph_failed(in, -ENOMEM);
	r = keras_add_constant(in, "bias", 1, &n, zeros, ret_tensor);
	free(zeros);
	return r;
}
