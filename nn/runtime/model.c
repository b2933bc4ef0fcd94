/* SPDX-License-Identifier: Apache-2.0 */
/* model.c - checks a model file once, so that nothing afterwards has to. */
#include "nn/runtime/model.h"

#include <string.h>

#include "nn/runtime/crc32.h"
#include "nn/runtime/math.h"
#include "nn/runtime/operators.h"
#include "nn/runtime/sha256.h"

/* A run of more steps than this is a hostile file, not a small classifier. */
#define WORK_MAX (UINT64_C(1) << 32)

const char *nn_error_text(int error)
{
	static const char *const texts[] = {
#define NN_TEXT(name, text) [NN_ERROR_##name##_POSITION] = text,
		NN_ERRORS(NN_TEXT)
#undef NN_TEXT
	};

	if (error >= 0 || error <= -(int)NN_ERROR_POSITIONS)
		return "unknown error";
	return texts[-error];
}

static bool all_zero(const uint32_t *words, unsigned n)
{
	uint32_t any = 0;

	for (unsigned i = 0; i < n; i++)
		any |= words[i];
	return !any;
}

static bool is_text(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (text[i] == '\0')
			return true;
	return false;
}

static int check_header(const struct nn_header *header, size_t size)
{
	size_t crc_begin = offsetof(struct nn_header, crc32) + sizeof(header->crc32);

	if (size < sizeof(*header))
		return NN_ERROR_TRUNCATED;
	if (memcmp(header->magic, NN_FORMAT_MAGIC, sizeof(header->magic)) != 0)
		return NN_ERROR_MAGIC;
	if (header->major != NN_FORMAT_MAJOR || header->minor > NN_FORMAT_MINOR)
		return NN_ERROR_VERSION;
	if (header->bytes > NN_FORMAT_BYTES_MAX)
		return NN_ERROR_LIMIT;
	if (header->bytes != size)
		return NN_ERROR_TRUNCATED;
	if (nn_crc32((const uint8_t *)header + crc_begin, size - crc_begin) != header->crc32)
		return NN_ERROR_CHECKSUM;
	if (!all_zero(header->zero, 3))
		return NN_ERROR_VERSION;
	for (unsigned i = 0; i < NN_SECTION_SLOTS; i++) {
		struct nn_section section = header->sections[i];

		if (i >= NN_SECTIONS && (section.offset || section.bytes))
			return NN_ERROR_VERSION;
		if (i < NN_SECTIONS && (section.offset % NN_FORMAT_ALIGN || section.offset < sizeof(*header) ||
					section.offset > size || section.bytes > size - section.offset))
			return NN_ERROR_LAYOUT;
	}
	return 0;
}

static const void *section_start(const struct nn_header *header, enum nn_section_position position)
{
	return (const uint8_t *)header + header->sections[position].offset;
}

/* Number of records in a section; the section must hold nothing else. */
static int section_count(const struct nn_header *header, enum nn_section_position position, size_t record, uint32_t max,
			 uint32_t *ret_count)
{
	uint32_t bytes = header->sections[position].bytes;

	if (bytes % record)
		return NN_ERROR_LAYOUT;
	if (bytes / record > max)
		return NN_ERROR_LIMIT;
	*ret_count = (uint32_t)(bytes / record);
	return 0;
}

static size_t type_bytes(uint8_t type)
{
	static const uint8_t bytes[] = {
		[NN_TYPE_F32] = 4, [NN_TYPE_F16] = 2, [NN_TYPE_I8] = 1,	 [NN_TYPE_U8] = 1,
		[NN_TYPE_I16] = 2, [NN_TYPE_I32] = 4, [NN_TYPE_I64] = 8,
	};

	return type < sizeof(bytes) ? bytes[type] : 0;
}

/* n pairs of 4-byte numbers at an offset of the quantisation section. */
static bool pairs_fit(const struct nn_model *model, uint32_t offset, uint32_t n)
{
	uint32_t bytes = model->header->sections[NN_SECTION_QUANTISATION].bytes;

	return offset % 4 == 0 && offset <= bytes && n <= (bytes - offset) / 8;
}

/* One for each element of their dimension; of depthwise weights with a multiplier, of the last two. */
static bool scales_fit(const struct nn_tensor *tensor)
{
	return tensor->scale_count <= 1 ||
	       (tensor->quantised_dim < tensor->dims && tensor->shape[tensor->quantised_dim] == tensor->scale_count) ||
	       (tensor->quantised_dim == 3 && (uint64_t)tensor->shape[2] * tensor->shape[3] == tensor->scale_count);
}

/* Scales are positive numbers; several of them have no zero points. */
static bool scales_usable(const struct nn_model *model, const struct nn_tensor *tensor)
{
	const float *scales = (const float *)(const void *)(model->quantisation + tensor->scales);
	const int32_t *zero_points = (const int32_t *)(const void *)(scales + tensor->scale_count);

	for (uint32_t i = 0; i < tensor->scale_count; i++)
		if (!nn_is_finite(scales[i]) || !(scales[i] > 0) || (tensor->scale_count > 1 && zero_points[i]))
			return false;
	return true;
}

static int check_tensor(const struct nn_model *model, const struct nn_tensor *tensor)
{
	const struct nn_section *strings = &model->header->sections[NN_SECTION_STRINGS];
	uint32_t room = tensor->flags & NN_TENSOR_CONSTANT ? model->header->sections[NN_SECTION_DATA].bytes
							   : model->main->arena_bytes;
	uint64_t bytes = type_bytes(tensor->type);

	if (!bytes)
		return NN_ERROR_TYPE;
	if ((tensor->flags & ~(uint32_t)NN_TENSOR_CONSTANT) || !all_zero(tensor->zero, 2))
		return NN_ERROR_VERSION;
	if (tensor->dims < 1 || tensor->dims > NN_DIMS_MAX)
		return NN_ERROR_SHAPE;
	for (unsigned i = 0; i < NN_DIMS_MAX; i++) {
		if (!tensor->shape[i] || tensor->shape[i] > NN_FORMAT_BYTES_MAX ||
		    (i >= tensor->dims && tensor->shape[i] != 1))
			return NN_ERROR_SHAPE;
		bytes *= tensor->shape[i];
		if (bytes > NN_FORMAT_BYTES_MAX)
			return NN_ERROR_LIMIT;
	}
	if (tensor->bytes != bytes)
		return NN_ERROR_SHAPE;
	if (tensor->location % NN_FORMAT_ALIGN || tensor->location > room || bytes > room - tensor->location)
		return NN_ERROR_LAYOUT;
	if (tensor->name >= strings->bytes || !is_text(model->strings + tensor->name, strings->bytes - tensor->name))
		return NN_ERROR_LAYOUT;
	if (!scales_fit(tensor))
		return NN_ERROR_SHAPE;
	if (!pairs_fit(model, tensor->scales, tensor->scale_count))
		return NN_ERROR_LAYOUT;
	return scales_usable(model, tensor) ? 0 : NN_ERROR_QUANTISATION;
}

static bool overlap(const struct nn_tensor *a, const struct nn_tensor *b)
{
	return a->location < b->location + b->bytes && b->location < a->location + a->bytes;
}

/* Inputs must have been made by something before. */
static int check_flow(const struct nn_model *model, const struct nn_operator *op, uint8_t made[NN_TENSORS_MAX])
{
	const uint16_t *operands = model->operands + op->operands;
	uint16_t output = operands[op->inputs];

	if ((model->tensors[output].flags & NN_TENSOR_CONSTANT) || made[output])
		return NN_ERROR_OPERATOR;
	for (unsigned i = 0; i < op->inputs; i++)
		if (!(model->tensors[operands[i]].flags & NN_TENSOR_CONSTANT) && !made[operands[i]])
			return NN_ERROR_OPERATOR;
	made[output] = 1;
	return 0;
}

/* Inputs must not be overwritten while they are read. Shapes and parameters have been checked. */
static int check_places(const struct nn_model *model, const struct nn_operator *op, const struct nn_operator_kind *kind)
{
	const struct nn_tensor *out = nn_model_operand(model, op, op->inputs);

	for (unsigned i = 0; i < op->inputs; i++) {
		const struct nn_tensor *in = nn_model_operand(model, op, i);

		if (!(in->flags & NN_TENSOR_CONSTANT) && overlap(in, out) &&
		    !(kind->in_place && in->location == out->location && in->bytes == out->bytes) &&
		    !(i == 0 && nn_operator_may_overlap(model, op)))
			return NN_ERROR_LAYOUT;
	}
	return 0;
}

static int check_operator(const struct nn_model *model, const struct nn_operator *op, uint32_t operand_count,
			  uint8_t made[NN_TENSORS_MAX], uint64_t *ret_work)
{
	const struct nn_operator_kind *kind = nn_operator_kind(op->code);
	uint32_t operands = (uint32_t)op->inputs + op->outputs;
	enum nn_variant variant;
	int error;

	if (!kind || op->inputs < kind->inputs || op->inputs > kind->inputs + kind->optional || op->outputs != 1 ||
	    op->activation > NN_ACTIVATION_RELU6)
		return NN_ERROR_OPERATOR;
	if (op->zero)
		return NN_ERROR_VERSION;
	if (op->operands > operand_count || operands > operand_count - op->operands)
		return NN_ERROR_LAYOUT;
	for (uint32_t i = 0; i < operands; i++)
		if (model->operands[op->operands + i] >= model->tensor_count)
			return NN_ERROR_LAYOUT;
	if (!pairs_fit(model, op->multipliers, op->multiplier_count))
		return NN_ERROR_LAYOUT;
	variant = nn_operator_variant(model, op);
	if (variant == NN_VARIANT_NONE || !kind->run[variant])
		return NN_ERROR_TYPE;
	error = check_flow(model, op, made);
	error = error ? error : kind->check(model, op, variant, ret_work);
	return error ? error : check_places(model, op, kind);
}

static bool preprocess_supported(const struct nn_preprocess *p)
{
	const float numbers[] = {
		p->min_mm,	   p->max_mm,	     p->background_mm, p->default_mm,	       p->distance_offset,
		p->distance_scale, p->signal_offset, p->signal_scale,  p->background_distance, p->background_signal};

	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!nn_is_finite(numbers[i]))
			return false;
	return (p->representation == NN_REPRESENTATION_ST || p->representation == NN_REPRESENTATION_RELATIVE) &&
	       !(p->flags & ~(uint32_t)NN_PREPROCESS_CENTRE) && p->min_mm <= p->max_mm && p->background_mm > 0 &&
	       p->distance_scale != 0 && p->signal_scale != 0;
}

static int check_main(const struct nn_model *model)
{
	const struct nn_main *main = model->main;
	const struct nn_tensor *input, *output;

	if (!is_text(main->name, sizeof(main->name)))
		return NN_ERROR_LAYOUT;
	if (!all_zero(main->zero, 8))
		return NN_ERROR_VERSION;
	if (main->input >= model->tensor_count || main->output >= model->tensor_count)
		return NN_ERROR_LAYOUT;
	input = nn_model_input(model);
	output = nn_model_output(model);
	if ((input->flags | output->flags) & NN_TENSOR_CONSTANT)
		return NN_ERROR_LAYOUT;
	if (main->classes && main->classes != nn_tensor_elements(output))
		return NN_ERROR_SHAPE;
	for (uint32_t i = 0; i < main->classes; i++)
		if (!is_text(model->labels[i], NN_LABEL_MAX))
			return NN_ERROR_LAYOUT;
	if (main->input_form == NN_INPUT_PLAIN)
		return 0;
	if (main->input_form != NN_INPUT_FRAME || !preprocess_supported(&main->preprocess))
		return NN_ERROR_INPUT;
	if (nn_tensor_elements(input) != FRAME_ZONES_MAX * 2 || input->dims != 4 || input->shape[1] != 8 ||
	    input->shape[2] != 8 || input->shape[3] != 2)
		return NN_ERROR_INPUT;
	return 0;
}

static int check_operators(struct nn_model *model, uint32_t operand_count, uint32_t *ret_operator)
{
	uint8_t made[NN_TENSORS_MAX] = {0};

	made[model->main->input] = 1;
	for (uint32_t i = 0; i < model->operator_count; i++) {
		uint64_t work = 0;
		int error = check_operator(model, &model->operators[i], operand_count, made, &work);

		*ret_operator = error ? i : NN_NO_OPERATOR;
		if (error)
			return error;
		model->work += work;
		if (model->work > WORK_MAX)
			return NN_ERROR_LIMIT;
		if (nn_operator_kind(model->operators[i].code)->multiplies)
			model->macs += work;
	}
	return made[model->main->output] ? 0 : NN_ERROR_OPERATOR;
}

static int find_sections(const struct nn_header *header, struct nn_model *model, uint32_t *ret_operand_count)
{
	uint32_t mains, labels;
	int error = section_count(header, NN_SECTION_MAIN, sizeof(struct nn_main), 1, &mains);

	error = error ? error : section_count(header, NN_SECTION_LABELS, NN_LABEL_MAX, NN_FORMAT_LABELS_MAX, &labels);
	error = error ? error
		      : section_count(header, NN_SECTION_TENSORS, sizeof(struct nn_tensor), NN_TENSORS_MAX,
				      &model->tensor_count);
	error = error ? error
		      : section_count(header, NN_SECTION_OPERATORS, sizeof(struct nn_operator), NN_OPS_MAX,
				      &model->operator_count);
	error = error ? error
		      : section_count(header, NN_SECTION_OPERANDS, sizeof(uint16_t), NN_OPS_MAX * 8, ret_operand_count);
	if (error)
		return error;
	if (!mains)
		return NN_ERROR_LAYOUT;
	model->header = header;
	model->main = section_start(header, NN_SECTION_MAIN);
	model->labels = section_start(header, NN_SECTION_LABELS);
	model->tensors = section_start(header, NN_SECTION_TENSORS);
	model->operators = section_start(header, NN_SECTION_OPERATORS);
	model->operands = section_start(header, NN_SECTION_OPERANDS);
	model->quantisation = section_start(header, NN_SECTION_QUANTISATION);
	model->strings = section_start(header, NN_SECTION_STRINGS);
	model->provenance = section_start(header, NN_SECTION_PROVENANCE);
	model->provenance_bytes = header->sections[NN_SECTION_PROVENANCE].bytes;
	model->data = section_start(header, NN_SECTION_DATA);
	return model->main->classes == labels ? 0 : NN_ERROR_LAYOUT;
}

int nn_model_parse_where(const void *bytes, size_t size, struct nn_model *ret_model, uint32_t *ret_operator)
{
	struct nn_model model = {0};
	uint32_t operand_count;
	int error;

	*ret_operator = NN_NO_OPERATOR;
	if ((uintptr_t)bytes % NN_FORMAT_ALIGN)
		return NN_ERROR_LAYOUT;
	error = check_header(bytes, size);
	error = error ? error : find_sections(bytes, &model, &operand_count);
	if (error)
		return error;
	if (model.main->arena_bytes > NN_FORMAT_BYTES_MAX)
		return NN_ERROR_LIMIT;
	for (uint32_t i = 0; i < model.tensor_count && !error; i++)
		error = check_tensor(&model, &model.tensors[i]);
	error = error ? error : check_main(&model);
	error = error ? error : check_operators(&model, operand_count, ret_operator);
	if (error)
		return error;
	*ret_model = model;
	return 0;
}

int nn_model_parse(const void *bytes, size_t size, struct nn_model *ret_model)
{
	uint32_t op;

	return nn_model_parse_where(bytes, size, ret_model, &op);
}

int nn_model_verify(const struct nn_model *model)
{
	size_t begin = offsetof(struct nn_header, sections);
	uint8_t digest[NN_SHA256_BYTES];

	nn_sha256_of((const uint8_t *)model->header + begin, model->header->bytes - begin, digest);
	return memcmp(digest, model->header->sha256, sizeof(digest)) == 0 ? 0 : NN_ERROR_CHECKSUM;
}
