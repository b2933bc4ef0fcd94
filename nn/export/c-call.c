/* SPDX-License-Identifier: Apache-2.0 */
/* c-call.c - an operator as a call of the runtime's kernel: its arguments are what nn/runtime/ops makes of the model. */
#include "nn/export/c-call.h"

#include <stdarg.h>

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

void c_call_print(const struct c_call *c, const char *format, ...)
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

void c_call_use(const struct c_call *c, enum c_text text)
{
	c_text_add(&c->w->texts, text);
}

void c_call_use_core(const struct c_call *c, enum c_text text)
{
	static const enum c_text a7[] = {C_TEXT_A7_CORE, C_TEXT_NEON_VECTOR},
				 x86[] = {C_TEXT_X86_CORE, C_TEXT_AVX2_VECTOR, C_TEXT_SSE2_VECTOR};
	bool arm = c->w->options->core == C_A7;

	for (unsigned i = 0; i < (arm ? 2 : 3); i++)
		c_call_use(c, (arm ? a7 : x86)[i]);
	c_call_use(c, C_TEXT_PLAIN_VECTOR);
	if (arm && text == C_TEXT_CORE_BLOCK)
		c_call_use(c, C_TEXT_NEON_I8);
	if (arm && text == C_TEXT_CORE_F32)
		c_call_use(c, C_TEXT_NEON_F32);
	c_call_use(c, text);
}

int32_t c_call_zero(const struct c_call *c, unsigned i)
{
	const struct nn_tensor *tensor = nn_model_operand(c->model, c->op, i);

	return tensor->scale_count ? nn_tensor_zero_point(c->model, tensor) : 0;
}

void c_call_stage(const struct c_call *c)
{
	FILE *file = c->w->constants;
	struct nn_output_stage stage = nn_operator_stage(c->model, c->op);
	int32_t n = (int32_t)c->op->multiplier_count;

	fputc('\n', file);
	c_write_i32(file, "int32_t", "multipliers", c->position, stage.multipliers, n, n);
	c_write_i32(file, "int32_t", "shifts", c->position, stage.shifts, n, n);
	fprintf(file, "static const struct nn_output_stage stage%u = {multipliers%u, shifts%u, %d, %d, %d, %d, %d};\n",
		c->position, c->position, c->position, stage.step, stage.zero_point, stage.low, stage.high,
		stage.single);
}

static void write_window(const struct c_call *c, const struct nn_window *w)
{
	fprintf(c->w->constants,
		"\nstatic const struct nn_window window%u = {\n\t.in_h = %d,\n\t.in_w = %d,\n\t.in_c = %d,\n"
		"\t.out_h = %d,\n\t.out_w = %d,\n\t.out_c = %d,\n\t.kernel_h = %d,\n\t.kernel_w = %d,\n"
		"\t.stride_h = %d,\n\t.stride_w = %d,\n\t.dilation_h = %d,\n\t.dilation_w = %d,\n"
		"\t.pad_top = %d,\n\t.pad_left = %d,\n};\n",
		c->position, w->in_h, w->in_w, w->in_c, w->out_h, w->out_w, w->out_c, w->kernel_h, w->kernel_w,
		w->stride_h, w->stride_w, w->dilation_h, w->dilation_w, w->pad_top, w->pad_left);
}

/* --- layers with weights ----------------------------------------------------------------------------------------- */

static void write_scales(const struct c_call *c)
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

void c_call_limit_channels(const struct c_call *c)
{
	if (c->op->inputs < 4)
		return;
	c_call_use(c, nn_is_integer(c->variant) ? C_TEXT_PAIRWISE_INT : C_TEXT_PAIRWISE_F32);
	c_call_print(c, "\tnn_limit_channels_%s(%N, %u, %I3, %O);\n", nn_is_integer(c->variant) ? c->suffix : "f32",
		     nn_model_operand(c->model, c->op, 3)->shape[1]);
}

static enum c_text text_of_layer(const struct c_call *c)
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

/* Floats for the core's vectors, if they suit; a dense layer is a convolution of one pixel. */
static bool call_core_f32(const struct c_call *c)
{
	struct nn_window window = nn_operator_window(c->model, c->op);
	bool depthwise = c->op->code == NN_OPERATOR_DEPTHWISE_CONV_2D;

	if (!c_core_is_vector(c->w->options->core) || c->variant != NN_VARIANT_F32 ||
	    (depthwise && window.in_c != window.out_c))
		return false;
	c_call_use_core(c, C_TEXT_CORE_F32);
	write_window(c, &window);
	c_call_print(c, "\tnn_core_%sconv_2d_f32(&window%P, %I0, %I1, %I2, %R, %O);\n", depthwise ? "depthwise_" : "");
	c_call_limit_channels(c);
	return true;
}

static void call_layer(const struct c_call *c)
{
	const char *name = c->op->code == NN_OPERATOR_DEPTHWISE_CONV_2D ? "depthwise_conv_2d" : "conv_2d";
	bool dense = c->op->code == NN_OPERATOR_DENSE;

	if (call_core_f32(c))
		return;
	c_call_use(c, text_of_layer(c));
	c_call_use(c, C_TEXT_PAIRWISE_F32);
	if (c->variant == NN_VARIANT_HYBRID)
		c_call_use(c, C_TEXT_DYNAMIC);
	if (dense && c->variant == NN_VARIANT_F32) {
		const uint32_t *shape = nn_model_operand(c->model, c->op, 1)->shape;

		c_call_print(c, "\tnn_dense_f32(%u, %u, %I0, %I1, %I2, %R, %O);\n", shape[0], shape[1]);
	} else {
		struct nn_window window =
			dense ? nn_operator_dense_window(c->model, c->op) : nn_operator_window(c->model, c->op);

		write_window(c, &window);
		if (nn_is_integer(c->variant))
			c_call_stage(c);
		if (c->variant == NN_VARIANT_HYBRID)
			write_scales(c);
		c_call_print(c, "\tnn_%s_%T(&window%P, %I0, ", name);
		if (c->variant == NN_VARIANT_I8)
			c_call_print(c, "%d, %I1, %d, %I2, %S, %O);\n", c_call_zero(c, 0), c_call_zero(c, 1));
		else if (c->variant == NN_VARIANT_I16)
			c_call_print(c, "%I1, %I2, %S, %O);\n");
		else
			c_call_print(c, c->variant == NN_VARIANT_HYBRID ? "%I1, &weight_scales%P, %I2, %R, %O);\n"
									: "%I1, %I2, %R, %O);\n");
	}
	c_call_limit_channels(c);
}

static void call_pool(const struct c_call *c)
{
	struct nn_window window = nn_operator_window(c->model, c->op);
	const char *kind = c->op->code == NN_OPERATOR_MAX_POOL_2D ? "max" : "average";

	bool core = c_core_is_vector(c->w->options->core) && c->op->code == NN_OPERATOR_MAX_POOL_2D;

	write_window(c, &window);
	c_call_print(c, "\tnn_%s%s_pool_2d_%T(&window%P, %I0, ", core ? "core_" : "", kind);
	if (core)
		c_call_use_core(c, c->variant == NN_VARIANT_F32 ? C_TEXT_CORE_F32 : C_TEXT_CORE_POOL);
	else
		c_call_use(c, c->variant == NN_VARIANT_F32 ? C_TEXT_POOL_2D_F32 : C_TEXT_POOL_2D_INT);
	if (c->variant == NN_VARIANT_F32) {
		c_call_use(c, C_TEXT_PAIRWISE_F32);
		c_call_print(c, "%R, %O);\n");
	} else {
		c_call_print(c, "%d, %d, %O);\n", c->op->low, c->op->high);
	}
}

/* --- all of them ------------------------------------------------------------------------------------------------- */

static void (*const calls[])(const struct c_call *call) = {
	[NN_OPERATOR_CONV_2D] = call_layer,
	[NN_OPERATOR_DEPTHWISE_CONV_2D] = call_layer,
	[NN_OPERATOR_DENSE] = call_layer,
	[NN_OPERATOR_MAX_POOL_2D] = call_pool,
	[NN_OPERATOR_AVERAGE_POOL_2D] = call_pool,
	[NN_OPERATOR_RESHAPE] = c_call_reshape,
	[NN_OPERATOR_SOFTMAX] = c_call_softmax,
	[NN_OPERATOR_ADD] = c_call_pair,
	[NN_OPERATOR_MULTIPLY] = c_call_pair,
	[NN_OPERATOR_ACTIVATION] = c_call_requantise,
	[NN_OPERATOR_SUBTRACT] = c_call_pair,
	[NN_OPERATOR_CONCAT] = c_call_concat,
	[NN_OPERATOR_PAD] = c_call_pad,
	[NN_OPERATOR_MEAN] = c_call_mean,
	[NN_OPERATOR_LEAKY_RELU] = c_call_function,
	[NN_OPERATOR_SIGMOID] = c_call_function,
	[NN_OPERATOR_TANH] = c_call_function,
	[NN_OPERATOR_HARD_SWISH] = c_call_function,
	[NN_OPERATOR_TRANSPOSE] = c_call_transpose,
	[NN_OPERATOR_BATCH_NORM] = c_call_batch_norm,
	[NN_OPERATOR_QUANTIZE] = c_call_quantize,
	[NN_OPERATOR_DEQUANTIZE] = c_call_dequantize,
};

struct c_call c_call_of(struct c_writer *w, uint32_t position)
{
	static const char *const suffixes[] = {
		[NN_VARIANT_F32] = "f32", [NN_VARIANT_F16] = "f16", [NN_VARIANT_HYBRID] = "hybrid",
		[NN_VARIANT_I8] = "i8",	  [NN_VARIANT_I16] = "i16", [NN_VARIANT_CHANGE] = ""};
	const struct nn_operator *op = &w->model->operators[position];

	return (struct c_call){
		.w = w,
		.model = w->model,
		.op = op,
		.in = nn_model_operand(w->model, op, 0),
		.out = nn_operator_output(w->model, op),
		.position = position,
		.variant = nn_operator_variant(w->model, op),
		.suffix = suffixes[nn_operator_variant(w->model, op)],
	};
}

void c_call_write(struct c_writer *w, uint32_t position)
{
	const struct c_call call = c_call_of(w, position);

	c_text_add(&w->texts, C_TEXT_KERNELS_INT);
	if (call.op->code == NN_OPERATOR_QUANTIZE && nn_is_integer(call.variant))
		c_call_requantise(&call);
	else
		calls[call.op->code](&call);
}
