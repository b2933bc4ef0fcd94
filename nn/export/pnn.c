/* SPDX-License-Identifier: Apache-2.0 */
/* pnn.c - lays out the sections of nn/runtime/FORMAT.md one behind the other. */
#include "nn/export/pnn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/runtime/crc32.h"
#include "nn/runtime/sha256.h"

static size_t round_up(size_t bytes)
{
	return (bytes + NN_FORMAT_ALIGN - 1) / NN_FORMAT_ALIGN * NN_FORMAT_ALIGN;
}

/* Tensors that a node or the graph's ends use; a pass may have left others behind. */
struct numbering {
	uint16_t number[NN_TENSORS_MAX]; /* in the file, by number in the graph */
	uint16_t used[NN_TENSORS_MAX];	 /* the other way round */
	uint16_t count;
};

static void number_tensors(const struct graph *graph, struct numbering *numbering)
{
	bool used[NN_TENSORS_MAX] = {false};

	used[graph->input] = true;
	used[graph->output] = true;
	for (uint16_t n = 0; n < graph->node_count; n++) {
		used[graph->nodes[n].output] = true;
		for (uint8_t i = 0; i < graph->nodes[n].inputs; i++)
			used[graph->nodes[n].input[i]] = true;
	}
	numbering->count = 0;
	for (uint16_t t = 0; t < graph->tensor_count; t++)
		if (used[t]) {
			numbering->number[t] = numbering->count;
			numbering->used[numbering->count++] = t;
		}
}

static void measure_sections(const struct graph *graph, const struct numbering *numbering,
			     size_t bytes[NN_SECTION_SLOTS])
{
	bytes[NN_SECTION_MAIN] = sizeof(struct nn_main);
	bytes[NN_SECTION_LABELS] = (size_t)graph->label_count * NN_LABEL_MAX;
	bytes[NN_SECTION_TENSORS] = numbering->count * sizeof(struct nn_tensor);
	bytes[NN_SECTION_OPERATORS] = graph->node_count * sizeof(struct nn_operator);
	bytes[NN_SECTION_PROVENANCE] = graph->provenance_bytes;
	for (uint16_t n = 0; n < graph->node_count; n++) {
		bytes[NN_SECTION_OPERANDS] += (graph->nodes[n].inputs + 1u) * sizeof(uint16_t);
		bytes[NN_SECTION_QUANTISATION] += (size_t)graph->nodes[n].multiplier_count * 8;
	}
	for (uint16_t i = 0; i < numbering->count; i++) {
		const struct graph_tensor *tensor = &graph->tensors[numbering->used[i]];

		bytes[NN_SECTION_STRINGS] += strlen(tensor->name) + 1;
		bytes[NN_SECTION_QUANTISATION] += (size_t)tensor->scale_count * 8;
		if (tensor->data)
			bytes[NN_SECTION_DATA] += round_up(graph_tensor_bytes(tensor));
	}
}

static void write_main(const struct graph *graph, const struct numbering *numbering, size_t arena, struct nn_main *main)
{
	memcpy(main->name, graph->name, sizeof(main->name));
	main->input_form = graph->input_form;
	main->classes = graph->label_count;
	main->arena_bytes = (uint32_t)arena;
	main->input = numbering->number[graph->input];
	main->output = numbering->number[graph->output];
	main->preprocess = graph->preprocess;
}

/* Returns how much of the quantisation section is written. */
static size_t write_tensors(const struct graph *graph, const struct numbering *numbering, const uint32_t *offsets,
			    uint8_t *const sections[NN_SECTIONS])
{
	struct nn_tensor *out = (void *)sections[NN_SECTION_TENSORS];
	size_t string = 0, data = 0, scales = 0;

	for (uint16_t i = 0; i < numbering->count; i++, out++) {
		const struct graph_tensor *tensor = &graph->tensors[numbering->used[i]];
		size_t bytes = graph_tensor_bytes(tensor), pairs = (size_t)tensor->scale_count * 4;

		*out = (struct nn_tensor){
			.name = (uint32_t)string,
			.type = (uint8_t)tensor->type,
			.flags = tensor->data ? NN_TENSOR_CONSTANT : 0,
			.dims = tensor->dims,
			.quantised_dim = tensor->quantised_dim,
			.location = tensor->data ? (uint32_t)data : offsets[numbering->used[i]],
			.bytes = (uint32_t)bytes,
			.scales = (uint32_t)scales,
			.scale_count = tensor->scale_count,
		};
		memcpy(out->shape, tensor->shape, sizeof(out->shape));
		memcpy(sections[NN_SECTION_STRINGS] + string, tensor->name, strlen(tensor->name) + 1);
		string += strlen(tensor->name) + 1;
		if (tensor->data) {
			memcpy(sections[NN_SECTION_DATA] + data, tensor->data, bytes);
			data += round_up(bytes);
		}
		if (pairs) {
			memcpy(sections[NN_SECTION_QUANTISATION] + scales, tensor->scales, pairs);
			memcpy(sections[NN_SECTION_QUANTISATION] + scales + pairs, tensor->zero_points, pairs);
			scales += 2 * pairs;
		}
	}
	return scales;
}

static void write_operators(const struct graph *graph, const struct numbering *numbering, size_t multipliers,
			    uint8_t *const sections[NN_SECTIONS])
{
	struct nn_operator *out = (void *)sections[NN_SECTION_OPERATORS];
	uint16_t *operands = (void *)sections[NN_SECTION_OPERANDS];
	uint32_t operand = 0;

	for (uint16_t n = 0; n < graph->node_count; n++, out++) {
		const struct graph_node *node = &graph->nodes[n];
		size_t bytes = (size_t)node->multiplier_count * 8;

		*out = (struct nn_operator){
			.code = (uint16_t)node->code,
			.activation = (uint8_t)node->activation,
			.rounding = (uint8_t)node->rounding,
			.inputs = node->inputs,
			.outputs = 1,
			.operands = operand,
			.multipliers = (uint32_t)(bytes ? multipliers : 0),
			.multiplier_count = node->multiplier_count,
			.low = node->low,
			.high = node->high,
		};
		memcpy(out->parameters, node->parameters, sizeof(out->parameters));
		if (bytes)
			memcpy(sections[NN_SECTION_QUANTISATION] + multipliers, node->multipliers, bytes);
		multipliers += bytes;
		for (uint8_t i = 0; i < node->inputs; i++)
			operands[operand++] = numbering->number[node->input[i]];
		operands[operand++] = numbering->number[node->output];
	}
}

void pnn_seal(void *bytes, size_t size)
{
	struct nn_header *header = bytes;
	size_t sha_begin = offsetof(struct nn_header, sections);
	size_t crc_begin = offsetof(struct nn_header, crc32) + sizeof(header->crc32);

	nn_sha256_of((uint8_t *)bytes + sha_begin, size - sha_begin, header->sha256);
	header->crc32 = nn_crc32((uint8_t *)bytes + crc_begin, size - crc_begin);
}

/* A file from sections' sizes; sections[] points into it. */
static void *make_file(const size_t sizes[NN_SECTION_SLOTS], uint8_t *sections[NN_SECTIONS], size_t *ret_size)
{
	size_t size = sizeof(struct nn_header);
	struct nn_header *header;

	for (unsigned i = 0; i < NN_SECTIONS; i++)
		size += round_up(sizes[i]);
	header = aligned_alloc(NN_FORMAT_ALIGN, size);
	if (!header)
		return NULL;
	memset(header, 0, size);
	memcpy(header->magic, NN_FORMAT_MAGIC, sizeof(header->magic));
	header->major = NN_FORMAT_MAJOR;
	header->minor = NN_FORMAT_MINOR;
	header->bytes = (uint32_t)size;
	*ret_size = size;
	size = sizeof(*header);
	for (unsigned i = 0; i < NN_SECTIONS; i++) {
		header->sections[i] = (struct nn_section){(uint32_t)size, (uint32_t)sizes[i]};
		sections[i] = (uint8_t *)header + size;
		size += round_up(sizes[i]);
	}
	return header;
}

int pnn_write(const struct graph *graph, void **ret_bytes, size_t *ret_size, char *ret_reason)
{
	struct numbering numbering = {0};
	uint32_t offsets[NN_TENSORS_MAX];
	size_t arena = graph_plan(graph, offsets), size, sizes[NN_SECTION_SLOTS] = {0};
	uint8_t *sections[NN_SECTIONS];
	struct nn_model model;
	void *bytes;
	int error;

	number_tensors(graph, &numbering);
	measure_sections(graph, &numbering, sizes);
	bytes = make_file(sizes, sections, &size);
	if (!bytes) {
		snprintf(ret_reason, GRAPH_REASON, "out of memory");
		return -ENOMEM;
	}
	write_main(graph, &numbering, arena, (void *)sections[NN_SECTION_MAIN]);
	if (graph->label_count)
		memcpy(sections[NN_SECTION_LABELS], graph->labels, sizes[NN_SECTION_LABELS]);
	write_operators(graph, &numbering, write_tensors(graph, &numbering, offsets, sections), sections);
	if (graph->provenance_bytes)
		memcpy(sections[NN_SECTION_PROVENANCE], graph->provenance, graph->provenance_bytes);
	pnn_seal(bytes, size);

	error = nn_model_parse(bytes, size, &model);
	if (error) {
		snprintf(ret_reason, GRAPH_REASON, "the runtime would refuse the model: %s", nn_error_text(error));
		free(bytes);
		return -EINVAL;
	}
	*ret_bytes = bytes;
	*ret_size = size;
	return 0;
}
