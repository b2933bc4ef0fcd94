/* SPDX-License-Identifier: Apache-2.0 */
/* c-call-plain.c - calls of operators without weights. */
#include "nn/export/c-call.h"

/* --- one value after another ------------------------------------------------------------------------------------- */

/* Of every difference that two inputs can have, as the runtime prepares it; returns how many. */
static int32_t write_exps(const struct c_call *c, int32_t multiplier, int32_t shift, int32_t lowest)
{
	int32_t exps[UINT8_MAX + 1], count = lowest < -UINT8_MAX ? UINT8_MAX + 1 : 1 - lowest;

	nn_softmax_differences_i8(multiplier, shift, count, exps);
	fputc('\n', c->w->constants);
	c_write_i32(c->w->constants, "int32_t", "exps", c->position, exps, count, count);
	return count;
}

void c_call_softmax(const struct c_call *c)
{
	uint32_t n = c->in->shape[c->in->dims - 1], rows = nn_tensor_elements(c->in) / n;
	const int32_t *multipliers = nn_operator_multipliers(c->model, c->op);
	const int32_t *shifts = nn_operator_shifts(c->model, c->op);
	float beta = c->op->parameters[0] ? nn_parameter_float(c->op->parameters[0]) : 1;

	if (c->variant == NN_VARIANT_F32) {
		c_call_use(c, C_TEXT_SOFTMAX_F32);
		c_call_print(c, "\tnn_softmax_f32(%u, %u, %f, %I0, %O);\n", rows, n, (double)beta);
	} else if (c->variant == NN_VARIANT_I8 && c_core_is_vector(c->w->options->core)) {
		c_call_use(c, C_TEXT_SOFTMAX_I8);
		c_call_print(c, "\tnn_softmax_table_i8(%u, %u, %I0, exps%P, %d, %O);\n", rows, n,
			     write_exps(c, multipliers[0], shifts[0], multipliers[1]));
	} else if (c->variant == NN_VARIANT_I8) {
		c_call_use(c, C_TEXT_SOFTMAX_I8);
		c_call_print(c, "\tnn_softmax_i8(%u, %u, %I0, %d, %d, %d, %O);\n", rows, n, multipliers[0], shifts[0],
			     multipliers[1]);
	} else {
		c_call_use(c, C_TEXT_LOOKUP_INT);
		c_call_print(c, "\tnn_softmax_i16(%u, %u, %I0, %d, %d, %d, %I1, %I2, %O);\n", rows, n, multipliers[0],
			     shifts[0], c->op->rounding == NN_ROUNDING_SINGLE);
	}
}

/* "(struct nn_row){(const int8_t *)NN_AT(0) + i * 4, 1, -3}" */
static void write_row(const struct c_call *c, const struct nn_rows *rows, unsigned i, const char *type)
{
	const uint32_t *strides = rows->strides[i];

	c_call_print(c, "(struct nn_row%s){(const %s *)", c->variant == NN_VARIANT_F32 ? "_f32" : "", type);
	c_call_operand(c->w, c->op, i);
	c_call_print(c, " + i * %u + j * %u + k * %u, %d", strides[0], strides[1], strides[2], rows->steps[i]);
	if (c->variant != NN_VARIANT_F32)
		c_call_print(c, ", %d", c_call_zero(c, i));
	c_call_print(c, "}, ");
}

void c_call_pair(const struct c_call *c)
{
	bool multiply = c->op->code == NN_OPERATOR_MULTIPLY, subtract = c->op->code == NN_OPERATOR_SUBTRACT;
	bool integer = nn_is_integer(c->variant);
	const char *type = !integer ? "float" : c->variant == NN_VARIANT_I8 ? "int8_t" : "int16_t";
	const char *name = multiply ? "multiply" : subtract && !integer ? "subtract" : "add";
	struct nn_rows rows = nn_operator_rows(c->model, c->op);

	c_call_use(c, integer ? C_TEXT_PAIRWISE_INT : C_TEXT_PAIRWISE_F32);
	if (integer)
		c_call_stage(c);
	c_call_print(c,
		     "\tfor (uint32_t i = 0; i < %u; i++)\n\t\tfor (uint32_t j = 0; j < %u; j++)\n"
		     "\t\t\tfor (uint32_t k = 0; k < %u; k++)\n\t\t\t\tnn_%s_%T(%u, ",
		     rows.shape[0], rows.shape[1], rows.shape[2], name, rows.n);
	write_row(c, &rows, 0, type);
	write_row(c, &rows, 1, type);
	if (!integer)
		c_call_print(c, "%R, ");
	else
		c_call_print(c, multiply ? "%S, " : subtract ? "%S, 1, " : "%S, 0, ");
	c_call_print(c, "(%s *)%O + ((i * %u + j) * %u + k) * %u);\n", type, rows.shape[1], rows.shape[2], rows.n);
}

void c_call_requantise(const struct c_call *c)
{
	if (c->variant == NN_VARIANT_F32) {
		c_call_use(c, C_TEXT_PAIRWISE_F32);
		c_call_print(c, "\tnn_clamp_f32(%N, %I0, %R, %O);\n");
		return;
	}
	c_call_use(c, C_TEXT_PAIRWISE_INT);
	c_call_stage(c);
	c_call_print(c, "\tnn_requantise_%T(%N, %I0, %d, %S, %O);\n", c_call_zero(c, 0));
}

void c_call_function(const struct c_call *c)
{
	const char *name = c->op->code == NN_OPERATOR_SIGMOID ? "sigmoid"
			   : c->op->code == NN_OPERATOR_TANH  ? "tanh"
							      : "hard_swish";

	if (c->variant != NN_VARIANT_F32) {
		c_call_use(c, C_TEXT_LOOKUP_INT);
		c_call_print(c, "\tnn_lookup_%T(%N, %I0, %I1, %O);\n");
		return;
	}
	c_call_use(c, C_TEXT_FUNCTION_F32);
	if (c->op->code == NN_OPERATOR_LEAKY_RELU)
		c_call_print(c, "\tnn_leaky_relu_f32(%N, %f, %I0, %O);\n",
			     (double)nn_parameter_float(c->op->parameters[0]));
	else
		c_call_print(c, "\tnn_%s_f32(%N, %I0, %O);\n", name);
}

void c_call_batch_norm(const struct c_call *c)
{
	uint32_t channels = c->in->shape[c->in->dims - 1];

	c_call_use(c, C_TEXT_PAIRWISE_F32);
	c_call_print(c, "\tnn_batch_norm_f32(%u, %u, %I0, %I1, %I2, %R, %O);\n", nn_tensor_elements(c->in) / channels,
		     channels);
}

static const char *cell_name(const struct nn_tensor *tensor)
{
	static const char *const names[] = {
		[NN_CELL_I8] = "NN_CELL_I8", [NN_CELL_U8] = "NN_CELL_U8", [NN_CELL_I16] = "NN_CELL_I16"};

	return names[nn_tensor_cell(tensor)];
}

void c_call_quantize(const struct c_call *c)
{
	c_call_use(c, C_TEXT_QUANTIZE);
	if (c->in->type == NN_TYPE_F32) {
		c_call_print(c, "\tnn_quantize(%N, %I0, %f, %d, %s, %O);\n",
			     (double)*nn_tensor_scales(c->model, c->out), c_call_zero(c, c->op->inputs),
			     cell_name(c->out));
		return;
	}
	c_call_stage(c);
	c_call_print(c, "\tnn_requantise_cells(%N, %I0, %s, %d, %S, %s, %O);\n", cell_name(c->in), c_call_zero(c, 0),
		     cell_name(c->out));
}

void c_call_dequantize(const struct c_call *c)
{
	c_call_use(c, C_TEXT_QUANTIZE);
	if (c->in->type == NN_TYPE_F16)
		c_call_print(c, "\tnn_expand_f16(%N, %I0, %O);\n");
	else
		c_call_print(c, "\tnn_dequantize(%N, %I0, %s, %f, %d, %O);\n", cell_name(c->in),
			     (double)*nn_tensor_scales(c->model, c->in), c_call_zero(c, 0));
}

/* --- other places ------------------------------------------------------------------------------------------------ */

/* "{a, b, c, d}" */
static void write_four(FILE *file, const char *name, const uint32_t values[4])
{
	fprintf(file, "\t.%s = {%u, %u, %u, %u},\n", name, values[0], values[1], values[2], values[3]);
}

void c_call_reshape(const struct c_call *c)
{
	if (!(c->in->flags & NN_TENSOR_CONSTANT) && c->in->location == c->out->location)
		return;
	c_call_use(c, C_TEXT_MOVE);
	c_call_print(c, "\tnn_copy_rows(1, %u, %I0, 0, %O, 0);\n", c->out->bytes);
}

void c_call_concat(const struct c_call *c)
{
	uint32_t rows = 1, row, at = 0;

	c_call_use(c, C_TEXT_MOVE);
	for (int32_t d = 0; d < c->op->parameters[0]; d++)
		rows *= c->out->shape[d];
	row = c->out->bytes / rows;
	for (unsigned i = 0; i < c->op->inputs; i++) {
		uint32_t part = nn_model_operand(c->model, c->op, i)->bytes / rows;

		c_call_print(c, "\tnn_copy_rows(%u, %u, ", rows, part);
		c_call_operand(c->w, c->op, i);
		c_call_print(c, ", %u, (uint8_t *)%O + %u, %u);\n", part, at, row);
		at += part;
	}
}

void c_call_pad(const struct c_call *c)
{
	struct nn_padding padding = nn_operator_padding(c->model, c->op);
	FILE *file = c->w->constants;

	c_call_use(c, C_TEXT_MOVE);
	fprintf(file, "\nstatic const struct nn_padding padding%u = {\n", c->position);
	write_four(file, "in", padding.in);
	write_four(file, "out", padding.out);
	write_four(file, "before", padding.before);
	fprintf(file, "\t.size = %u,\n\t.value = %d,\n};\n", padding.size, padding.value);
	c_call_print(c, "\tnn_pad(&padding%P, %I0, %O);\n");
}

void c_call_transpose(const struct c_call *c)
{
	struct nn_turn turn = nn_operator_turn(c->model, c->op);
	FILE *file = c->w->constants;

	c_call_use(c, C_TEXT_MOVE);
	fprintf(file, "\nstatic const struct nn_turn turn%u = {\n", c->position);
	write_four(file, "out", turn.out);
	write_four(file, "steps", turn.steps);
	fprintf(file, "\t.size = %u,\n};\n", turn.size);
	c_call_print(c, "\tnn_transpose(&turn%P, %I0, %O);\n");
}

void c_call_mean(const struct c_call *c)
{
	struct nn_mean mean = nn_operator_mean(c->model, c->op);
	FILE *file = c->w->constants;

	c_call_use(c, C_TEXT_MEAN);
	fprintf(file, "\nstatic const struct nn_mean mean%u = {\n\t.kept = %u,\n\t.summands = %u,\n", c->position,
		mean.kept, mean.summands);
	write_four(file, "kept_shape", mean.kept_shape);
	write_four(file, "taken_shape", mean.taken_shape);
	write_four(file, "stride", mean.stride);
	fprintf(file, "};\n");
	if (c->variant != NN_VARIANT_F32)
		c_call_stage(c);
	if (c->variant == NN_VARIANT_I8)
		c_call_print(c, "\tnn_mean_i8(&mean%P, %I0, %d, %S, %O);\n", c_call_zero(c, 0));
	else
		c_call_print(c, c->variant == NN_VARIANT_F32 ? "\tnn_mean_f32(&mean%P, %I0, %R, %O);\n"
							     : "\tnn_mean_i16(&mean%P, %I0, %S, %O);\n");
}
