/* SPDX-License-Identifier: Apache-2.0 */
/* graph.c - making and freeing graphs. */
#include "nn/graph/graph.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct graph *graph_new(void)
{
	return calloc(1, sizeof(struct graph));
}

struct graph *graph_free(struct graph *graph)
{
	if (!graph)
		return NULL;
	for (uint16_t i = 0; i < graph->tensor_count; i++) {
		free(graph->tensors[i].data);
		free(graph->tensors[i].scales);
		free(graph->tensors[i].zero_points);
	}
	for (uint16_t n = 0; n < graph->node_count; n++)
		free(graph->nodes[n].multipliers);
	free(graph->provenance);
	free(graph);
	return NULL;
}

size_t graph_type_bytes(enum nn_type type)
{
	switch (type) {
	case NN_TYPE_I8:
	case NN_TYPE_U8:
		return 1;
	case NN_TYPE_F16:
	case NN_TYPE_I16:
		return 2;
	case NN_TYPE_F32:
	case NN_TYPE_I32:
		return 4;
	case NN_TYPE_I64:
		return 8;
	}
	return 0;
}

size_t graph_tensor_bytes(const struct graph_tensor *tensor)
{
	size_t bytes = graph_type_bytes(tensor->type);

	for (unsigned i = 0; i < NN_DIMS_MAX; i++)
		bytes *= tensor->shape[i];
	return bytes;
}

int graph_add_tensor(struct graph *graph, const char *name, enum nn_type type, unsigned dims, const uint32_t *shape)
{
	struct graph_tensor tensor = {.type = type, .dims = (uint8_t)dims, .shape = {1, 1, 1, 1}};
	uint64_t bytes = graph_type_bytes(type);

	if (graph->tensor_count == NN_TENSORS_MAX)
		return -E2BIG;
	if (dims < 1 || dims > NN_DIMS_MAX)
		return -ERANGE;
	for (unsigned i = 0; i < dims; i++) {
		tensor.shape[i] = shape[i];
		bytes *= shape[i];
		if (!shape[i] || bytes > NN_FORMAT_BYTES_MAX)
			return -ERANGE;
	}
	snprintf(tensor.name, sizeof(tensor.name), "%s", name);
	graph->tensors[graph->tensor_count] = tensor;
	return graph->tensor_count++;
}

int graph_add_constant(struct graph *graph, const char *name, enum nn_type type, unsigned dims, const uint32_t *shape,
		       const void *data)
{
	int tensor = graph_add_tensor(graph, name, type, dims, shape);
	size_t bytes;

	if (tensor < 0)
		return tensor;
	bytes = graph_tensor_bytes(&graph->tensors[tensor]);
	graph->tensors[tensor].data = malloc(bytes);
	if (!graph->tensors[tensor].data)
		return -ENOMEM;
	memcpy(graph->tensors[tensor].data, data, bytes);
	return tensor;
}

int graph_add_node(struct graph *graph, const struct graph_node *node)
{
	if (graph->node_count == NN_OPS_MAX)
		return -E2BIG;
	graph->nodes[graph->node_count++] = *node;
	return 0;
}

int graph_add_provenance(struct graph *graph, const char *key, const char *format, ...)
{
	char value[1024], *text;
	va_list arguments;
	int n;

	va_start(arguments, format);
	vsnprintf(value, sizeof(value), format, arguments);
	va_end(arguments);
	for (char *c = value; *c; c++)
		if (*c == '\n' || *c == '\r')
			*c = ' ';
	n = asprintf(&text, "%.*s%s=%s\n", (int)graph->provenance_bytes, graph->provenance ? graph->provenance : "",
		     key, value);
	if (n < 0)
		return -ENOMEM;
	free(graph->provenance);
	graph->provenance = text;
	graph->provenance_bytes = (size_t)n;
	return 0;
}

int graph_set_labels(struct graph *graph, const char *comma_separated)
{
	uint32_t count = 0;

	for (const char *label = comma_separated;; label++) {
		size_t length = strcspn(label, ",");

		if (!length || length >= NN_LABEL_MAX || count == NN_FORMAT_LABELS_MAX)
			return -EINVAL;
		memset(graph->labels[count], 0, NN_LABEL_MAX);
		memcpy(graph->labels[count++], label, length);
		label += length;
		if (!*label)
			break;
	}
	graph->label_count = count;
	return 0;
}
