/* SPDX-License-Identifier: Apache-2.0 */
/* c-block.c - see c-block.h. The runtime's own code packs; here is what it made, in C. */
#include "nn/export/c-block.h"

#include <errno.h>
#include <stdlib.h>

#include "nn/runtime/cores/block-pack.h"
#include "nn/runtime/cores/tail.h"

enum {
	PACKED_BYTES_MAX = 1 << 30,
};

/* The layer as the runtime has it. */
struct packed {
	struct nn_step step;
	struct nn_core_need need;
	const struct nn_block *block;
};

uint32_t c_block_takes(const struct c_writer *w, uint32_t position)
{
	const struct nn_operator *op = &w->model->operators[position];
	enum nn_variant variant = nn_operator_variant(w->model, op);

	if (!c_core_is_vector(w->options->core) ||
	    (op->code != NN_OPERATOR_CONV_2D && op->code != NN_OPERATOR_DEPTHWISE_CONV_2D &&
	     op->code != NN_OPERATOR_DENSE) ||
	    (variant != NN_VARIANT_I8 && variant != NN_VARIANT_I16 && variant != NN_VARIANT_HYBRID))
		return 0;
	return nn_block_takes(w->model, op);
}

static int pack(const struct c_writer *w, const struct nn_operator *op, uint32_t count, struct packed *ret_packed)
{
	/* Shifts get the core's form when the module is compiled. */
	const struct nn_block_form form = {w->options->core == C_A7 ? 1 : 2, NN_BLOCK_RIGHT};
	struct packed p = {
		.step = {.model = w->model, .op = op, .count = count},
		.need = nn_block_need(w->model, op, count),
	};

	if (p.need.packed_bytes > PACKED_BYTES_MAX || p.need.scratch_bytes > PACKED_BYTES_MAX)
		return -ENOMEM;
	p.step.packed = calloc(1, (size_t)p.need.packed_bytes);
	p.step.scratch = calloc(1, (size_t)p.need.scratch_bytes);
	if (!p.step.packed || !p.step.scratch) {
		free(p.step.packed);
		free(p.step.scratch);
		return -ENOMEM;
	}
	nn_block_pack(&p.step, &form);
	p.block = p.step.packed;
	*ret_packed = p;
	return 0;
}

/* --- tables ------------------------------------------------------------------------------------------------------ */

static void write_i16(FILE *file, const char *name, uint32_t i, const int16_t *values, int32_t count)
{
	fprintf(file, "static const int16_t %s%u[] __attribute__((aligned(16))) = {", name, i);
	for (int32_t k = 0; k < count; k++)
		c_write_i8(file, (unsigned)k, values[k]);
	fprintf(file, "\n};\n");
}

static void write_floats(FILE *file, const char *name, uint32_t i, const float *values, int32_t count)
{
	fprintf(file, "static const float %s%u[] = {", name, i);
	for (int32_t k = 0; k < count; k++)
		c_write_f32(file, (unsigned)k, values[k]);
	fprintf(file, "\n};\n");
}

static void write_wide_bias(FILE *file, uint32_t i, const struct nn_block *l)
{
	fprintf(file, "static const int64_t wide_bias%u[] = {", i);
	for (int32_t k = 0; k < l->window.out_c; k++)
		fprintf(file, "%s%lld,", k % 8 ? " " : "\n\t", (long long)l->wide_bias[k]);
	fprintf(file, "\n};\n");
}

/* Factors as the model has them, for what vectors can't do. */
static bool has_plain_stage(const struct nn_block *l)
{
	return !l->dynamic && (!l->down || l->wide_bias);
}

/* Factors for vectors, and limits. */
static void write_stage_tables(FILE *file, uint32_t i, const struct nn_block *l)
{
	int32_t n = l->blocks * NN_BLOCK, plain = l->stage.step ? l->window.out_c : 1;

	c_write_i32(file, "int32_t", "multipliers", i, l->multipliers, n, n);
	fprintf(file, "static const int32_t shifts%u[] = {", i);
	for (int32_t k = 0; k < n; k++)
		fprintf(file, "%sNN_SHIFT(%d),", k % 8 ? " " : "\n\t", l->shifts[k]);
	fprintf(file, "\n};\n");
	write_i16(file, "low", i, l->low, n);
	write_i16(file, "high", i, l->high, n);
	if (has_plain_stage(l)) {
		c_write_i32(file, "int32_t", "plain_multipliers", i, l->stage.multipliers, plain, plain);
		c_write_i32(file, "int32_t", "plain_shifts", i, l->stage.shifts, plain, plain);
	}
}

static void write_tables(FILE *file, uint32_t i, const struct nn_block *l)
{
	int32_t n = l->blocks * NN_BLOCK;

	fputc('\n', file);
	write_i16(file, "weights", i, l->weights, l->blocks * l->block);
	c_write_i32(file, "int32_t", "bias", i, l->bias, n, n);
	if (l->dynamic) {
		write_floats(file, "float_bias", i, l->float_bias, n);
		write_floats(file, "scales", i, l->scales, n);
	} else {
		write_stage_tables(file, i, l);
	}
	if (l->wide_bias)
		write_wide_bias(file, i, l);
	if (l->table) {
		fprintf(file, "static const int8_t table%u[] = {", i);
		for (int32_t k = 0; k < NN_BLOCK_ENTRIES * l->window.out_c; k++)
			c_write_i8(file, (unsigned)k, l->table[k]);
		fprintf(file, "\n};\n");
	}
}

/* --- the layer --------------------------------------------------------------------------------------------------- */

static void write_shape(FILE *file, const struct nn_block *l)
{
	const struct nn_window *w = &l->window;

	fprintf(file,
		"\t.window = {%d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d},\n"
		"\t.blocks = %d,\n\t.block = %d,\n\t.runs = %d,\n\t.run = %d,\n\t.run_step = %d,\n\t.pixel_step = %d,\n"
		"\t.row = %d,\n\t.border = %d,\n\t.behind = %d,\n\t.pitch = %d,\n\t.depth = %d,\n\t.rows_read = %d,\n"
		"\t.flat = %d,\n\t.pooled = %d,\n\t.multiplier = %d,\n",
		w->in_h, w->in_w, w->in_c, w->out_h, w->out_w, w->out_c, w->kernel_h, w->kernel_w, w->stride_h,
		w->stride_w, w->dilation_h, w->dilation_w, w->pad_top, w->pad_left, l->blocks, l->block, l->runs,
		l->run, l->run_step, l->pixel_step, l->row, l->border, l->behind, l->pitch, l->depth, l->rows_read,
		l->flat, l->pooled, l->multiplier);
}

static void write_block(FILE *file, uint32_t i, const struct nn_block *l)
{
	fprintf(file, "static const struct nn_block block%u = {\n", i);
	write_shape(file, l);
	fprintf(file, "\t.in_zero = %d,\n\t.zero_point = %d,\n\t.single = %d,\n\t.down = %d,\n\t.dynamic = %d,\n",
		l->in_zero, l->zero_point, l->single, l->down, l->dynamic);
	fprintf(file, "\t.weights = weights%u,\n\t.bias = bias%u,\n", i, i);
	if (l->dynamic)
		fprintf(file, "\t.float_bias = float_bias%u,\n\t.scales = scales%u,\n\t.range = {%af, %af},\n", i, i,
			(double)l->range.low, (double)l->range.high);
	else
		fprintf(file,
			"\t.multipliers = multipliers%u,\n\t.shifts = shifts%u,\n\t.low = low%u,\n\t.high = high%u,\n",
			i, i, i, i);
	if (has_plain_stage(l))
		fprintf(file,
			"\t.stage = {.multipliers = plain_multipliers%u, .shifts = plain_shifts%u, .step = %d},\n", i,
			i, l->stage.step);
	if (l->wide_bias)
		fprintf(file, "\t.wide_bias = wide_bias%u,\n", i);
	if (l->table)
		fprintf(file, "\t.table = table%u,\n", i);
	fprintf(file, "};\n");
}

int c_block_write(struct c_writer *w, uint32_t position, uint32_t count, uint32_t *ret_scratch)
{
	struct c_call call = c_call_of(w, position);
	struct packed packed;
	const char *kind;
	int error = pack(w, call.op, count, &packed);

	if (error)
		return error;
	c_text_add(&w->texts, C_TEXT_DYNAMIC);
	c_call_use_core(&call, C_TEXT_CORE_BLOCK);
	write_tables(w->constants, position, packed.block);
	write_block(w->constants, position, packed.block);
	kind = call.variant == NN_VARIANT_I8 && nn_block_is_straight(packed.block) ? "straight_" : "";
	c_call_print(&call, "\tnn_core_%s%T(&block%P, %I0, NN_AT(%u), NN_SCRATCH);\n", kind,
		     nn_tail_output(w->model, call.op, count)->location);
	if (packed.block->dynamic)
		c_call_limit_channels(&call);
	*ret_scratch = (uint32_t)packed.need.scratch_bytes;
	free(packed.step.packed);
	free(packed.step.scratch);
	return 0;
}
