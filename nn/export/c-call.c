/* SPDX-License-Identifier: Apache-2.0 */
/* c-call.c - an operator as a call of the runtime's kernel: its arguments are what nn/runtime/ops makes of the model. */
#include <stdarg.h>

#include "nn/export/c-writer.h"
#include "nn/runtime/ops.h"

/* One operator on its way. */
struct call {
	struct c_writer *w;
	const struct nn_model *model;
	const struct nn_operator *op;
	const struct nn_tensor *in, *out;
	uint32_t position;
	enum nn_variant variant;
	const char *suffix; /* of the kernels' names */
};

/* --- constants --------------------------------------------------------------------------------------------------- */

static void write_values(FILE *file, const struct nn_tensor *tensor, const void *values, uint32_t number)
{
	static const char *const types[] = {
		[NN_TYPE_F32] = "float",   [NN_TYPE_F16] = "uint16_t", [NN_TYPE_I8] = "int8_t",
		[NN_TYPE_U8] = "uint8_t",  [NN_TYPE_I16] = "int16_t",  [NN_TYPE_I32] = "int32_t",
		[NN_TYPE_I64] = "int64_t",
	};

	fprintf(file, "\nstatic const %s tensor%u[] = {", types[tensor->type], number);
	for (uint32_t i = 0; i < nn_tensor_elements(tensor); i++)
		switch (tensor->type) {
		case NN_TYPE_F32:
			c_write_f32(file, i, ((const float *)values)[i]);
			break;
		case NN_TYPE_F16:
			c_write_i8(file, i, ((const uint16_t *)values)[i]);
			break;
		case NN_TYPE_I16:
			c_write_i8(file, i, ((const int16_t *)values)[i]);
			break;
		case NN_TYPE_I32:
			c_write_i8(file, i, ((const int32_t *)values)[i]);
			break;
		case NN_TYPE_I64:
			fprintf(file, "%s%lld,", i % 8 ? " " : "\n\t", (long long)((const int64_t *)values)[i]);
			break;
		default:
			c_write_i8(file, i,
				   tensor->type == NN_TYPE_U8 ? ((const uint8_t *)values)[i]
							      : ((const int8_t *)values)[i]);
			break;
		}
	fprintf(file, "\n};\n");
}

void c_call_operand(struct c_writer *w, const struct nn_operator *op, unsigned i)
{
	uint16_t number = w->model->operands[op->operands + i];
	const struct nn_tensor *tensor = &w->model->tensors[number];

	if (!(tensor->flags & NN_TENSOR_CONSTANT)) {
		fprintf(w->calls, "NN_AT(%u)", tensor->location);
		return;
	}
	if (!(w->written[number / 8] >> number % 8 & 1))
		write_values(w->constants, tensor, w->model->data + tensor->location, number);
	w->written[number / 8] |= (uint8_t)(1u << number % 8);
	fprintf(w->calls, "tensor%u", number);
}

/* --- arguments --------------------------------------------------------------------------------------------------- */

/*
 * Writes to the calls; of the format only these are special: %I0..%I9 an input, %O the output, %R the limits of floats,
 * %S the output stage, %N the elements of the output, %d an int32_t, %u an uint32_t, %s a text, %f a double as float,
 * %T the kernels' suffix, %P the operator's number.
 */
static void write_call(const struct call *c, const char *format, ...)
{
	struct nn_range range = nn_operator_range(c->op);
	FILE *file = c->w->calls;
	va_list arguments;

	va_start(arguments, format);
	for (const char *at = format; *at; at++) {
		if (*at != '%') {
			fputc(*at, file);
			continue;
		}
		switch (*++at) {
		case 'I':
			c_call_operand(c->w, c->op, (unsigned)(*++at - '0'));
			break;
		case 'O':
			c_call_operand(c->w, c->op, c->op->inputs);
			break;
		case 'R':
			fprintf(file, "(struct nn_range){%af, %af}", (double)range.low, (double)range.high);
			break;
		case 'S':
			fprintf(file, "&stage%u", c->position);
			break;
		case 'N':
			fprintf(file, "%u", nn_tensor_elements(c->out));
			break;
		case 'T':
			fputs(c->suffix, file);
			break;
		case 'P':
			fprintf(file, "%u", c->position);
			break;
		case 'd':
			fprintf(file, "%d", va_arg(arguments, int32_t));
			break;
		case 'u':
			fprintf(file, "%u", va_arg(arguments, uint32_t));
			break;
		case 'f':
			fprintf(file, "%af", va_arg(arguments, double));
			break;
		default:
			fputs(va_arg(arguments, const char *), file);
			break;
		}
	}
	va_end(arguments);
}

static void use(const struct call *c, enum c_text text)
{
	c_text_add(&c->w->texts, text);
}

static int32_t zero_of(const struct call *c, unsigned i)
{
	const struct nn_tensor *tensor = nn_model_operand(c->model, c->op, i);

	return tensor->scale_count ? nn_tensor_zero_point(c->model, tensor) : 0;
}

static void write_stage(const struct call *c)
{
	FILE *file = c->w->constants;
	struct nn_output_stage stage = nn_operator_stage(c->model, c->op);
	int32_t n = (int32_t)c->op->multiplier_count;

	fputc('\n', file);
	c_write_i32(file, "int32_t", "multipliers", c->position, stage.multipliers, n, n, 1);
	c_write_i32(file, "int32_t", "shifts", c->position, stage.shifts, n, n, 1);
	fprintf(file, "static const struct nn_output_stage stage%u = {multipliers%u, shifts%u, %d, %d, %d, %d, %d};\n",
		c->position, c->position, c->position, stage.step, stage.zero_point, stage.low, stage.high,
		stage.single);
}

static void write_window(const struct call *c, const struct nn_window *w)
{
	fprintf(c->w->constants,
		"\nstatic const struct nn_window window%u = {\n\t.in_h = %d,\n\t.in_w = %d,\n\t.in_c = %d,\n"
		"\t.out_h = %d,\n\t.out_w = %d,\n\t.out_c = %d,\n\t.kernel_h = %d,\n\t.kernel_w = %d,\n"
		"\t.stride_h = %d,\n\t.stride_w = %d,\n\t.dilation_h = %d,\n\t.dilation_w = %d,\n"
		"\t.pad_top = %d,\n\t.pad_left = %d,\n};\n",
		c->position, w->in_h, w->in_w, w->in_c, w->out_h, w->out_w, w->out_c, w->kernel_h, w->kernel_w,
		w->stride_h, w->stride_w, w->dilation_h, w->dilation_w, w->pad_top, w->pad_left);
}

/* "{a, b, c, d}" */
static void write_four(FILE *file, const char *name, const uint32_t values[4])
{
	fprintf(file, "\t.%s = {%u, %u, %u, %u},\n", name, values[0], values[1], values[2], values[3]);
}

/* --- layers with weights ----------------------------------------------------------------------------------------- */

static void write_scales(const struct call *c)
{
	struct nn_weight_scales scales = nn_operator_weight_scales(c->model, c->op);
	uint32_t n = nn_model_operand(c->model, c->op, 1)->scale_count;
	FILE *file = c->w->constants;

	fprintf(file, "\nstatic const float scales%u[] = {", c->position);
	for (uint32_t i = 0; i < n; i++)
		c_write_f32(file, i, scales.scales[i]);
	fprintf(file, "\n};\nstatic const struct nn_weight_scales weight_scales%u = {scales%u, %d, %d};\n", c->position,
		c->position, scales.step, scales.dynamic);
}

static enum c_text text_of_layer(const struct call *c)
{
	bool depthwise = c->op->code == NN_OPERATOR_DEPTHWISE_CONV_2D;

	switch (c->variant) {
	case NN_VARIANT_F32:
		return c->op->code == NN_OPERATOR_DENSE ? C_TEXT_DENSE_F32
		       : depthwise			? C_TEXT_DEPTHWISE_CONV_2D_F32
							: C_TEXT_CONV_2D_F32;
	case NN_VARIANT_F16:
		return C_TEXT_CONV_2D_F16;
	case NN_VARIANT_HYBRID:
		return C_TEXT_CONV_2D_HYBRID;
	default:
		return depthwise		     ? C_TEXT_DEPTHWISE_CONV_2D_INT
		       : c->variant == NN_VARIANT_I8 ? C_TEXT_CONV_2D_I8
						     : C_TEXT_CONV_2D_I16;
	}
}

static void call_layer(const struct call *c)
{
	const char *name = c->op->code == NN_OPERATOR_DEPTHWISE_CONV_2D ? "depthwise_conv_2d" : "conv_2d";
	bool dense = c->op->code == NN_OPERATOR_DENSE;

	use(c, text_of_layer(c));
	use(c, C_TEXT_PAIRWISE_F32);
	if (dense && c->variant == NN_VARIANT_F32) {
		const uint32_t *shape = nn_model_operand(c->model, c->op, 1)->shape;

		write_call(c, "\tnn_dense_f32(%u, %u, %I0, %I1, %I2, %R, %O);\n", shape[0], shape[1]);
	} else {
		struct nn_window window =
			dense ? nn_operator_dense_window(c->model, c->op) : nn_operator_window(c->model, c->op);

		write_window(c, &window);
		if (nn_is_integer(c->variant))
			write_stage(c);
		if (c->variant == NN_VARIANT_HYBRID)
			write_scales(c);
		write_call(c, "\tnn_%s_%T(&window%P, %I0, ", name);
		if (c->variant == NN_VARIANT_I8)
			write_call(c, "%d, %I1, %d, %I2, %S, %O);\n", zero_of(c, 0), zero_of(c, 1));
		else if (c->variant == NN_VARIANT_I16)
			write_call(c, "%I1, %I2, %S, %O);\n");
		else
			write_call(c, c->variant == NN_VARIANT_HYBRID ? "%I1, &weight_scales%P, %I2, %R, %O);\n"
								      : "%I1, %I2, %R, %O);\n");
	}
	if (c->op->inputs < 4)
		return;
	use(c, nn_is_integer(c->variant) ? C_TEXT_PAIRWISE_INT : C_TEXT_PAIRWISE_F32);
	write_call(c, "\tnn_limit_channels_%s(%N, %u, %I3, %O);\n", nn_is_integer(c->variant) ? c->suffix : "f32",
		   nn_model_operand(c->model, c->op, 3)->shape[1]);
}

static void call_pool(const struct call *c)
{
	struct nn_window window = nn_operator_window(c->model, c->op);
	const char *kind = c->op->code == NN_OPERATOR_MAX_POOL_2D ? "max" : "average";

	write_window(c, &window);
	write_call(c, "\tnn_%s_pool_2d_%T(&window%P, %I0, ", kind);
	if (c->variant == NN_VARIANT_F32) {
		use(c, C_TEXT_PAIRWISE_F32);
		use(c, C_TEXT_POOL_2D_F32);
		write_call(c, "%R, %O);\n");
	} else {
		use(c, C_TEXT_POOL_2D_INT);
		write_call(c, "%d, %d, %O);\n", c->op->low, c->op->high);
	}
}

/* --- one value after another ------------------------------------------------------------------------------------- */

static void call_softmax(const struct call *c)
{
	uint32_t n = c->in->shape[c->in->dims - 1], rows = nn_tensor_elements(c->in) / n;
	const int32_t *multipliers = nn_operator_multipliers(c->model, c->op);
	const int32_t *shifts = nn_operator_shifts(c->model, c->op);
	float beta = c->op->parameters[0] ? nn_parameter_float(c->op->parameters[0]) : 1;

	if (c->variant == NN_VARIANT_F32) {
		use(c, C_TEXT_SOFTMAX_F32);
		write_call(c, "\tnn_softmax_f32(%u, %u, %f, %I0, %O);\n", rows, n, (double)beta);
	} else if (c->variant == NN_VARIANT_I8) {
		use(c, C_TEXT_SOFTMAX_I8);
		write_call(c, "\tnn_softmax_i8(%u, %u, %I0, %d, %d, %d, %O);\n", rows, n, multipliers[0], shifts[0],
			   multipliers[1]);
	} else {
		use(c, C_TEXT_LOOKUP_INT);
		write_call(c, "\tnn_softmax_i16(%u, %u, %I0, %d, %d, %d, %I1, %I2, %O);\n", rows, n, multipliers[0],
			   shifts[0], c->op->rounding == NN_ROUNDING_SINGLE);
	}
}

/* "(struct nn_row){(const int8_t *)NN_AT(0) + i * 4, 1, -3}" */
static void write_row(const struct call *c, const struct nn_rows *rows, unsigned i, const char *type)
{
	const uint32_t *strides = rows->strides[i];

	write_call(c, "(struct nn_row%s){(const %s *)", c->variant == NN_VARIANT_F32 ? "_f32" : "", type);
	c_call_operand(c->w, c->op, i);
	write_call(c, " + i * %u + j * %u + k * %u, %d", strides[0], strides[1], strides[2], rows->steps[i]);
	if (c->variant != NN_VARIANT_F32)
		write_call(c, ", %d", zero_of(c, i));
	write_call(c, "}, ");
}

static void call_pair(const struct call *c)
{
	bool multiply = c->op->code == NN_OPERATOR_MULTIPLY, subtract = c->op->code == NN_OPERATOR_SUBTRACT;
	bool integer = nn_is_integer(c->variant);
	const char *type = !integer ? "float" : c->variant == NN_VARIANT_I8 ? "int8_t" : "int16_t";
	const char *name = multiply ? "multiply" : subtract && !integer ? "subtract" : "add";
	struct nn_rows rows = nn_operator_rows(c->model, c->op);

	use(c, integer ? C_TEXT_PAIRWISE_INT : C_TEXT_PAIRWISE_F32);
	if (integer)
		write_stage(c);
	write_call(c,
		   "\tfor (uint32_t i = 0; i < %u; i++)\n\t\tfor (uint32_t j = 0; j < %u; j++)\n"
		   "\t\t\tfor (uint32_t k = 0; k < %u; k++)\n\t\t\t\tnn_%s_%T(%u, ",
		   rows.shape[0], rows.shape[1], rows.shape[2], name, rows.n);
	write_row(c, &rows, 0, type);
	write_row(c, &rows, 1, type);
	if (!integer)
		write_call(c, "%R, ");
	else
		write_call(c, multiply ? "%S, " : subtract ? "%S, 1, " : "%S, 0, ");
	write_call(c, "(%s *)%O + ((i * %u + j) * %u + k) * %u);\n", type, rows.shape[1], rows.shape[2], rows.n);
}

static void call_requantise(const struct call *c)
{
	if (c->variant == NN_VARIANT_F32) {
		use(c, C_TEXT_PAIRWISE_F32);
		write_call(c, "\tnn_clamp_f32(%N, %I0, %R, %O);\n");
		return;
	}
	use(c, C_TEXT_PAIRWISE_INT);
	write_stage(c);
	write_call(c, "\tnn_requantise_%T(%N, %I0, %d, %S, %O);\n", zero_of(c, 0));
}

static void call_function(const struct call *c)
{
	const char *name = c->op->code == NN_OPERATOR_SIGMOID ? "sigmoid"
			   : c->op->code == NN_OPERATOR_TANH  ? "tanh"
							      : "hard_swish";

	if (c->variant != NN_VARIANT_F32) {
		use(c, C_TEXT_LOOKUP_INT);
		write_call(c, "\tnn_lookup_%T(%N, %I0, %I1, %O);\n");
		return;
	}
	use(c, C_TEXT_FUNCTION_F32);
	if (c->op->code == NN_OPERATOR_LEAKY_RELU)
		write_call(c, "\tnn_leaky_relu_f32(%N, %f, %I0, %O);\n",
			   (double)nn_parameter_float(c->op->parameters[0]));
	else
		write_call(c, "\tnn_%s_f32(%N, %I0, %O);\n", name);
}

static void call_batch_norm(const struct call *c)
{
	uint32_t channels = c->in->shape[c->in->dims - 1];

	use(c, C_TEXT_PAIRWISE_F32);
	write_call(c, "\tnn_batch_norm_f32(%u, %u, %I0, %I1, %I2, %R, %O);\n", nn_tensor_elements(c->in) / channels,
		   channels);
}

static const char *cell_name(const struct nn_tensor *tensor)
{
	static const char *const names[] = {
		[NN_CELL_I8] = "NN_CELL_I8", [NN_CELL_U8] = "NN_CELL_U8", [NN_CELL_I16] = "NN_CELL_I16"};

	return names[nn_tensor_cell(tensor)];
}

static void call_quantize(const struct call *c)
{
	use(c, C_TEXT_QUANTIZE);
	if (c->in->type == NN_TYPE_F32) {
		write_call(c, "\tnn_quantize(%N, %I0, %f, %d, %s, %O);\n", (double)*nn_tensor_scales(c->model, c->out),
			   zero_of(c, c->op->inputs), cell_name(c->out));
		return;
	}
	write_stage(c);
	write_call(c, "\tnn_requantise_cells(%N, %I0, %s, %d, %S, %s, %O);\n", cell_name(c->in), zero_of(c, 0),
		   cell_name(c->out));
}

static void call_dequantize(const struct call *c)
{
	use(c, C_TEXT_QUANTIZE);
	if (c->in->type == NN_TYPE_F16)
		write_call(c, "\tnn_expand_f16(%N, %I0, %O);\n");
	else
		write_call(c, "\tnn_dequantize(%N, %I0, %s, %f, %d, %O);\n", cell_name(c->in),
			   (double)*nn_tensor_scales(c->model, c->in), zero_of(c, 0));
}

/* --- other places ------------------------------------------------------------------------------------------------ */

static void call_reshape(const struct call *c)
{
	if (!(c->in->flags & NN_TENSOR_CONSTANT) && c->in->location == c->out->location)
		return;
	use(c, C_TEXT_MOVE);
	write_call(c, "\tnn_copy_rows(1, %u, %I0, 0, %O, 0);\n", c->out->bytes);
}

static void call_concat(const struct call *c)
{
	uint32_t rows = 1, row, at = 0;

	use(c, C_TEXT_MOVE);
	for (int32_t d = 0; d < c->op->parameters[0]; d++)
		rows *= c->out->shape[d];
	row = c->out->bytes / rows;
	for (unsigned i = 0; i < c->op->inputs; i++) {
		uint32_t part = nn_model_operand(c->model, c->op, i)->bytes / rows;

		write_call(c, "\tnn_copy_rows(%u, %u, ", rows, part);
		c_call_operand(c->w, c->op, i);
		write_call(c, ", %u, (uint8_t *)%O + %u, %u);\n", part, at, row);
		at += part;
	}
}

static void call_pad(const struct call *c)
{
	struct nn_padding padding = nn_operator_padding(c->model, c->op);
	FILE *file = c->w->constants;

	use(c, C_TEXT_MOVE);
	fprintf(file, "\nstatic const struct nn_padding padding%u = {\n", c->position);
	write_four(file, "in", padding.in);
	write_four(file, "out", padding.out);
	write_four(file, "before", padding.before);
	fprintf(file, "\t.size = %u,\n\t.value = %d,\n};\n", padding.size, padding.value);
	write_call(c, "\tnn_pad(&padding%P, %I0, %O);\n");
}

static void call_transpose(const struct call *c)
{
	struct nn_turn turn = nn_operator_turn(c->model, c->op);
	FILE *file = c->w->constants;

	use(c, C_TEXT_MOVE);
	fprintf(file, "\nstatic const struct nn_turn turn%u = {\n", c->position);
	write_four(file, "out", turn.out);
	write_four(file, "steps", turn.steps);
	fprintf(file, "\t.size = %u,\n};\n", turn.size);
	write_call(c, "\tnn_transpose(&turn%P, %I0, %O);\n");
}

static void call_mean(const struct call *c)
{
	struct nn_mean mean = nn_operator_mean(c->model, c->op);
	FILE *file = c->w->constants;

	use(c, C_TEXT_MEAN);
	fprintf(file, "\nstatic const struct nn_mean mean%u = {\n\t.kept = %u,\n\t.summands = %u,\n", c->position,
		mean.kept, mean.summands);
	write_four(file, "kept_shape", mean.kept_shape);
	write_four(file, "taken_shape", mean.taken_shape);
	write_four(file, "stride", mean.stride);
	fprintf(file, "};\n");
	if (c->variant != NN_VARIANT_F32)
		write_stage(c);
	if (c->variant == NN_VARIANT_I8)
		write_call(c, "\tnn_mean_i8(&mean%P, %I0, %d, %S, %O);\n", zero_of(c, 0));
	else
		write_call(c, c->variant == NN_VARIANT_F32 ? "\tnn_mean_f32(&mean%P, %I0, %R, %O);\n"
							   : "\tnn_mean_i16(&mean%P, %I0, %S, %O);\n");
}

/* --- all of them ------------------------------------------------------------------------------------------------- */

static void (*const calls[])(const struct call *call) = {
	[NN_OPERATOR_CONV_2D] = call_layer,
	[NN_OPERATOR_DEPTHWISE_CONV_2D] = call_layer,
	[NN_OPERATOR_DENSE] = call_layer,
	[NN_OPERATOR_MAX_POOL_2D] = call_pool,
	[NN_OPERATOR_AVERAGE_POOL_2D] = call_pool,
	[NN_OPERATOR_RESHAPE] = call_reshape,
	[NN_OPERATOR_SOFTMAX] = call_softmax,
	[NN_OPERATOR_ADD] = call_pair,
	[NN_OPERATOR_MULTIPLY] = call_pair,
	[NN_OPERATOR_ACTIVATION] = call_requantise,
	[NN_OPERATOR_SUBTRACT] = call_pair,
	[NN_OPERATOR_CONCAT] = call_concat,
	[NN_OPERATOR_PAD] = call_pad,
	[NN_OPERATOR_MEAN] = call_mean,
	[NN_OPERATOR_LEAKY_RELU] = call_function,
	[NN_OPERATOR_SIGMOID] = call_function,
	[NN_OPERATOR_TANH] = call_function,
	[NN_OPERATOR_HARD_SWISH] = call_function,
	[NN_OPERATOR_TRANSPOSE] = call_transpose,
	[NN_OPERATOR_BATCH_NORM] = call_batch_norm,
	[NN_OPERATOR_QUANTIZE] = call_quantize,
	[NN_OPERATOR_DEQUANTIZE] = call_dequantize,
};

void c_call_write(struct c_writer *w, uint32_t position)
{
	static const char *const suffixes[] = {
		[NN_VARIANT_F32] = "f32", [NN_VARIANT_F16] = "f16", [NN_VARIANT_HYBRID] = "hybrid",
		[NN_VARIANT_I8] = "i8",	  [NN_VARIANT_I16] = "i16", [NN_VARIANT_CHANGE] = ""};
	const struct nn_operator *op = &w->model->operators[position];
	const struct call call = {
		.w = w,
		.model = w->model,
		.op = op,
		.in = nn_model_operand(w->model, op, 0),
		.out = nn_operator_output(w->model, op),
		.position = position,
		.variant = nn_operator_variant(w->model, op),
		.suffix = suffixes[nn_operator_variant(w->model, op)],
	};

	c_text_add(&w->texts, C_TEXT_KERNELS_INT);
	if (op->code == NN_OPERATOR_QUANTIZE && nn_is_integer(call.variant))
		call_requantise(&call);
	else
		calls[op->code](&call);
}
