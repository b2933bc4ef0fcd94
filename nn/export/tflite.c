/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tflite.c - the tables of a .tflite, one behind the other: model, operator codes, subgraph, tensors, operators,
 * buffers. What they say is planned first (tflite-plan.c).
 */
#include "nn/export/tflite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/export/flatbuffer-writer.h"
#include "nn/export/tflite-plan.h"

enum { BUFFER_ALIGN = 16 };

static uint32_t field(const struct flatbuffer_writer *writer, uint32_t table, unsigned slot)
{
	return flatbuffer_field(writer, table, slot);
}

static void put_u8(struct flatbuffer_writer *writer, uint32_t table, unsigned slot, uint8_t value)
{
	flatbuffer_put(writer, field(writer, table, slot), &value, sizeof(value));
}

static void put_i32(struct flatbuffer_writer *writer, uint32_t table, unsigned slot, int32_t value)
{
	flatbuffer_put(writer, field(writer, table, slot), &value, sizeof(value));
}

/* --- tensors --------------------------------------------------------------------------------------------------- */

static void write_quantisation(struct flatbuffer_writer *writer, uint32_t from, const struct tflite_plan_tensor *tensor)
{
	static const uint8_t widths[] = {[TFLITE_QUANTIZATION_SCALE] = 4,
					 [TFLITE_QUANTIZATION_ZERO_POINT] = 4,
					 [TFLITE_QUANTIZATION_DIMENSION] = 4};
	uint32_t table = flatbuffer_write_table(writer, sizeof(widths), widths), zeros;

	flatbuffer_link(writer, from, table);
	put_i32(writer, table, TFLITE_QUANTIZATION_DIMENSION, tensor->quantised_dim);
	flatbuffer_write_vector(writer, field(writer, table, TFLITE_QUANTIZATION_SCALE), tensor->scales, sizeof(float),
				tensor->scale_count, 4);
	zeros = flatbuffer_write_vector(writer, field(writer, table, TFLITE_QUANTIZATION_ZERO_POINT), NULL,
					sizeof(int64_t), tensor->scale_count, 8);
	for (uint32_t i = 0; i < tensor->scale_count && tensor->zero_points; i++) {
		int64_t zero = tensor->zero_points[i];

		flatbuffer_put(writer, zeros + i * 8, &zero, sizeof(zero));
	}
}

/* Buffer 0 is empty by custom; constant number k has buffer k + 1, in the order of tensors. */
static void write_tensor(struct flatbuffer_writer *writer, uint32_t from, const struct tflite_plan_tensor *tensor,
			 uint32_t buffer)
{
	uint8_t widths[] = {[TFLITE_TENSOR_SHAPE] = 4,
			    [TFLITE_TENSOR_TYPE] = 1,
			    [TFLITE_TENSOR_BUFFER] = 4,
			    [TFLITE_TENSOR_NAME] = 4,
			    [TFLITE_TENSOR_QUANTIZATION] = tensor->scale_count ? 4 : 0};
	uint32_t table = flatbuffer_write_table(writer, sizeof(widths), widths);

	flatbuffer_link(writer, from, table);
	put_u8(writer, table, TFLITE_TENSOR_TYPE, (uint8_t)tensor->type);
	put_i32(writer, table, TFLITE_TENSOR_BUFFER, (int32_t)buffer);
	flatbuffer_write_vector(writer, field(writer, table, TFLITE_TENSOR_SHAPE), tensor->shape, sizeof(int32_t),
				tensor->dims, 4);
	flatbuffer_write_text(writer, field(writer, table, TFLITE_TENSOR_NAME), tensor->name);
	if (tensor->scale_count)
		write_quantisation(writer, field(writer, table, TFLITE_TENSOR_QUANTIZATION), tensor);
}

static void write_tensors(struct flatbuffer_writer *writer, uint32_t from, const struct tflite_plan *plan)
{
	uint32_t items = flatbuffer_write_vector(writer, from, NULL, 4, plan->tensor_count, 4), buffer = 0;

	for (uint32_t i = 0; i < plan->tensor_count; i++)
		write_tensor(writer, items + i * 4, &plan->tensors[i], plan->tensors[i].data ? ++buffer : 0);
}

static void write_buffers(struct flatbuffer_writer *writer, uint32_t from, const struct tflite_plan *plan)
{
	static const uint8_t empty[] = {0}, widths[] = {[TFLITE_BUFFER_DATA] = 4};
	uint32_t count = 1, items, table;

	for (uint32_t i = 0; i < plan->tensor_count; i++)
		count += plan->tensors[i].data != NULL;
	items = flatbuffer_write_vector(writer, from, NULL, 4, count, 4);
	flatbuffer_link(writer, items, flatbuffer_write_table(writer, 0, empty));
	for (uint32_t i = 0; i < plan->tensor_count; i++) {
		const struct tflite_plan_tensor *tensor = &plan->tensors[i];

		if (!tensor->data)
			continue;
		table = flatbuffer_write_table(writer, sizeof(widths), widths);
		flatbuffer_link(writer, items += 4, table);
		flatbuffer_write_vector(writer, field(writer, table, TFLITE_BUFFER_DATA), tensor->data, 1,
					tensor->bytes, BUFFER_ALIGN);
	}
}

/* --- operators ------------------------------------------------------------------------------------------------- */

static void write_options(struct flatbuffer_writer *writer, uint32_t from, const struct tflite_plan_operator *operator)
{
	uint8_t widths[FLATBUFFER_SLOTS_MAX] = {0};
	uint32_t table;

	for (unsigned i = 0; i < operator->option_count; i++)
		widths[operator->options[i].slot] = operator->options[i].bytes;
	table = flatbuffer_write_table(writer, sizeof(widths), widths);
	flatbuffer_link(writer, from, table);
	for (unsigned i = 0; i < operator->option_count; i++)
		flatbuffer_put(writer, field(writer, table, operator->options[i].slot),
			       &operator->options[i].value, operator->options[i].bytes);
}

static void write_operator(struct flatbuffer_writer *writer, uint32_t from, const struct tflite_plan_operator *operator,
			   uint32_t code)
{
	uint8_t widths[] = {[TFLITE_OPERATOR_CODE] = 4,
			    [TFLITE_OPERATOR_INPUTS] = 4,
			    [TFLITE_OPERATOR_OUTPUTS] = 4,
			    [TFLITE_OPERATOR_OPTIONS_TYPE] = operator->options_type ? 1 : 0,
			    [TFLITE_OPERATOR_OPTIONS] = operator->options_type ? 4 : 0 };
	uint32_t table = flatbuffer_write_table(writer, sizeof(widths), widths);

	flatbuffer_link(writer, from, table);
	put_i32(writer, table, TFLITE_OPERATOR_CODE, (int32_t)code);
	flatbuffer_write_vector(writer, field(writer, table, TFLITE_OPERATOR_INPUTS), operator->inputs,
				4, operator->input_count, 4);
	flatbuffer_write_vector(writer, field(writer, table, TFLITE_OPERATOR_OUTPUTS), &operator->output, 4, 1, 4);
	if (!operator->options_type)
		return;
	put_u8(writer, table, TFLITE_OPERATOR_OPTIONS_TYPE, (uint8_t) operator->options_type);
	write_options(writer, field(writer, table, TFLITE_OPERATOR_OPTIONS), operator);
}

/* Kinds of operators: the first operator of each code and version. */
static uint32_t find_code(const struct tflite_plan *plan, uint32_t i, uint32_t *ret_first)
{
	uint32_t codes = 0;

	for (uint32_t k = 0; k <= i; k++) {
		const struct tflite_plan_operator *a = &plan->operators[k];
		uint32_t first = 0;

		while (plan->operators[first].code != a->code || plan->operators[first].version != a->version)
			first++;
		codes += first == k;
		*ret_first = first;
	}
	return codes;
}

/* Position of the code of operator i in the file. */
static uint32_t code_of(const struct tflite_plan *plan, uint32_t i)
{
	uint32_t first, ignored;

	find_code(plan, i, &first);
	return find_code(plan, first, &ignored) - 1;
}

static void write_codes(struct flatbuffer_writer *writer, uint32_t from, const struct tflite_plan *plan)
{
	static const uint8_t widths[] = {[TFLITE_OPERATOR_CODE_DEPRECATED] = 1,
					 [TFLITE_OPERATOR_CODE_VERSION] = 4,
					 [TFLITE_OPERATOR_CODE_BUILTIN] = 4};
	uint32_t first, items;

	items = flatbuffer_write_vector(writer, from, NULL, 4, find_code(plan, plan->operator_count - 1, &first), 4);
	for (uint32_t i = 0; i < plan->operator_count; i++) {
		const struct tflite_plan_operator *operator= & plan->operators[i];
		uint32_t position = find_code(plan, i, &first) - 1, table;

		if (first != i)
			continue;
		table = flatbuffer_write_table(writer, sizeof(widths), widths);
		flatbuffer_link(writer, items + position * 4, table);
		put_u8(writer, table, TFLITE_OPERATOR_CODE_DEPRECATED, (uint8_t) operator->code);
		put_i32(writer, table, TFLITE_OPERATOR_CODE_VERSION, operator->version);
		put_i32(writer, table, TFLITE_OPERATOR_CODE_BUILTIN, (int32_t) operator->code);
	}
}

static void write_subgraph(struct flatbuffer_writer *writer, uint32_t from, const struct tflite_plan *plan)
{
	static const uint8_t widths[] = {[TFLITE_SUBGRAPH_TENSORS] = 4,
					 [TFLITE_SUBGRAPH_INPUTS] = 4,
					 [TFLITE_SUBGRAPH_OUTPUTS] = 4,
					 [TFLITE_SUBGRAPH_OPERATORS] = 4,
					 [TFLITE_SUBGRAPH_NAME] = 4};
	uint32_t items = flatbuffer_write_vector(writer, from, NULL, 4, 1, 4), table;

	table = flatbuffer_write_table(writer, sizeof(widths), widths);
	flatbuffer_link(writer, items, table);
	flatbuffer_write_vector(writer, field(writer, table, TFLITE_SUBGRAPH_INPUTS), &plan->input, 4, 1, 4);
	flatbuffer_write_vector(writer, field(writer, table, TFLITE_SUBGRAPH_OUTPUTS), &plan->output, 4, 1, 4);
	flatbuffer_write_text(writer, field(writer, table, TFLITE_SUBGRAPH_NAME), plan->name);
	write_tensors(writer, field(writer, table, TFLITE_SUBGRAPH_TENSORS), plan);
	items = flatbuffer_write_vector(writer, field(writer, table, TFLITE_SUBGRAPH_OPERATORS), NULL, 4,
					plan->operator_count, 4);
	for (uint32_t i = 0; i < plan->operator_count; i++)
		write_operator(writer, items + i * 4, &plan->operators[i], code_of(plan, i));
}

static void write_model(struct flatbuffer_writer *writer, const struct tflite_plan *plan)
{
	static const uint8_t widths[] = {[TFLITE_MODEL_VERSION] = 4,
					 [TFLITE_MODEL_OPERATOR_CODES] = 4,
					 [TFLITE_MODEL_SUBGRAPHS] = 4,
					 [TFLITE_MODEL_DESCRIPTION] = 4,
					 [TFLITE_MODEL_BUFFERS] = 4};
	uint32_t table;

	flatbuffer_write_head(writer, TFLITE_IDENTIFIER);
	table = flatbuffer_write_table(writer, sizeof(widths), widths);
	flatbuffer_link(writer, 0, table);
	put_i32(writer, table, TFLITE_MODEL_VERSION, TFLITE_SCHEMA_VERSION);
	flatbuffer_write_text(writer, field(writer, table, TFLITE_MODEL_DESCRIPTION), "postured " PACKAGE_VERSION);
	write_codes(writer, field(writer, table, TFLITE_MODEL_OPERATOR_CODES), plan);
	write_subgraph(writer, field(writer, table, TFLITE_MODEL_SUBGRAPHS), plan);
	write_buffers(writer, field(writer, table, TFLITE_MODEL_BUFFERS), plan);
}

int tflite_write(const struct graph *graph, void **ret_bytes, size_t *ret_size, char *ret_reason)
{
	struct flatbuffer_writer writer = {0};
	struct tflite_plan *plan;
	int r = tflite_plan_make(graph, &plan, ret_reason);

	if (r < 0)
		return r;
	write_model(&writer, plan);
	tflite_plan_free(plan);
	if (writer.failed) {
		free(writer.bytes);
		snprintf(ret_reason, GRAPH_REASON, "out of memory");
		return -ENOMEM;
	}
	*ret_bytes = writer.bytes;
	*ret_size = writer.size;
	return 0;
}
