/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keras-calls.c - references from layer to layer. Keras 2 and 3 write them as
 *
 *   "inbound_nodes": [[["conv", 0, 0, {}], ["other", 0, 0, {}]]]
 *   "inbound_nodes": [{"args": [[{"class_name": "__keras_tensor__", "config": {"keras_history": ["conv", 0, 0]}}, ...]]}]
 *
 * one item a call; each reference is a layer, its call and its output. Ends of a model are ["conv", 0, 0] or lists of such.
 */
#include "nn/import/keras-calls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	NESTING_MAX = 4, /* of lists around references */
};

struct references {
	const char *layer[GRAPH_INPUTS_MAX];
	unsigned call[GRAPH_INPUTS_MAX];
	unsigned n; /* may be more than fit */
};

static void add_reference(const cJSON *item, struct references *references)
{
	const char *layer = cJSON_GetStringValue(cJSON_GetArrayItem(item, 0));
	const cJSON *call = cJSON_GetArrayItem(item, 1);
	unsigned n = references->n++;

	if (n >= GRAPH_INPUTS_MAX)
		return;
	references->layer[n] = layer ? layer : "";
	references->call[n] = cJSON_IsNumber(call) && call->valuedouble > 0 && call->valuedouble < KERAS_LAYERS_MAX
				      ? (unsigned)call->valuedouble
				      : 0;
}

static void collect(const cJSON *item, unsigned nesting, struct references *references)
{
	const char *class_name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "class_name"));
	const cJSON *part;

	if (cJSON_IsObject(item)) {
		const cJSON *config = cJSON_GetObjectItemCaseSensitive(item, "config");

		if (class_name && !strcmp(class_name, "__keras_tensor__"))
			add_reference(cJSON_GetObjectItemCaseSensitive(config, "keras_history"), references);
		else if (nesting < NESTING_MAX)
			collect(cJSON_GetObjectItemCaseSensitive(item, "args"), nesting + 1, references);
		return;
	}
	if (!cJSON_IsArray(item))
		return;
	if (cJSON_IsString(cJSON_GetArrayItem(item, 0))) {
		add_reference(item, references);
		return;
	}
	cJSON_ArrayForEach(part, item)
	{
		if (nesting < NESTING_MAX && references->n <= GRAPH_INPUTS_MAX)
			collect(part, nesting + 1, references);
	}
}

/* Models that were saved inside others may count calls from another number on: one call is the call. */
static int find(const struct keras_values *values, const char *layer, unsigned call)
{
	int only = -1;
	unsigned calls = 0;

	for (size_t i = values->first; i < values->n; i++) {
		if (strcmp(values->values[i].layer, layer) != 0)
			continue;
		if (values->values[i].call == call)
			return values->values[i].tensor;
		only = values->values[i].tensor;
		calls++;
	}
	return calls == 1 ? only : -1;
}

/* --------------------------------------------------------------------------------------------------------------- */

bool keras_has_sources(const cJSON *layer)
{
	return cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(layer, "inbound_nodes"), 0) != NULL;
}

unsigned keras_call_count(const cJSON *layer)
{
	const cJSON *call;
	unsigned n = 0;

	cJSON_ArrayForEach(call, cJSON_GetObjectItemCaseSensitive(layer, "inbound_nodes"))
	{
		if (n++ == KERAS_LAYERS_MAX)
			break;
	}
	return n ? n : 1;
}

int keras_read_sources(struct keras_import *in, const struct keras_values *values, const cJSON *layer, unsigned call)
{
	const cJSON *calls = cJSON_GetObjectItemCaseSensitive(layer, "inbound_nodes");
	struct references references = {.n = 0};

	collect(cJSON_GetArrayItem(calls, (int)call), 0, &references);
	in->input_count = 0;
	if (!references.n)
		return keras_refuse(in, "does not say what it reads", "save the model again");
	if (references.n > GRAPH_INPUTS_MAX)
		return keras_refuse(in, "reads too many layers", "7 are supported");
	for (unsigned i = 0; i < references.n; i++) {
		int tensor = find(values, references.layer[i], references.call[i]);
		char what[96];

		if (tensor < 0) {
			snprintf(what, sizeof(what), "reads layer \"%.40s\", which nothing makes", references.layer[i]);
			keras_refuse(in, what, "");
			return -EAGAIN;
		}
		in->inputs[i] = (uint16_t)tensor;
	}
	in->input_count = references.n;
	in->current = in->inputs[0];
	return 0;
}

int keras_add_value(struct keras_import *in, struct keras_values *values, const char *layer, unsigned call)
{
	if (values->n == KERAS_VALUES_MAX)
		return keras_refuse(in, "too many layers", "");
	if (values->n == values->room) {
		size_t room = values->room * 2 + 64;
		struct keras_value *larger = realloc(values->values, room * sizeof(*larger));

		if (!larger)
			return keras_graph_failed(in, -ENOMEM);
		values->values = larger;
		values->room = room;
	}
	values->values[values->n++] = (struct keras_value){.layer = layer, .call = call, .tensor = in->current};
	return 0;
}

unsigned keras_find_end(const cJSON *ends, const struct keras_values *values, int *ret_tensor)
{
	struct references references = {.n = 0};

	collect(ends, 0, &references);
	*ret_tensor = references.n ? find(values, references.layer[0], references.call[0]) : -1;
	return references.n;
}
