/* SPDX-License-Identifier: Apache-2.0 */
/* c-layer-text.c - a layer's constants in C. */
#include "nn/export/c-writer.h"

void c_write_i32(FILE *file, const char *type, const char *name, uint32_t position, const int32_t *values,
		 int32_t count, int32_t padded)
{
	fprintf(file, "static const %s %s%u[] = {", type, name, position);
	for (int32_t i = 0; i < padded; i++)
		fprintf(file, "%s%d,", i % 8 ? " " : "\n\t", i < count ? values[i] : 0);
	fprintf(file, "\n};\n");
}

static int32_t round_up_8(int32_t n)
{
	return (n + 7) / 8 * 8;
}

bool c_layer_is_per_channel(const struct c_layer *l)
{
	for (uint32_t i = 1; i < l->multiplier_count; i++)
		if (l->multipliers[i] != l->multipliers[0] || l->shifts[i] != l->shifts[0])
			return true;
	return false;
}

static void write_factors(FILE *file, const struct c_layer *l, uint32_t i)
{
	bool each = c_layer_is_per_channel(l);
	int32_t count = each ? l->channels : 1;

	c_write_i32(file, "int32_t", "multipliers", i, l->multipliers, count, each ? round_up_8(count) : 1);
	fprintf(file, "static const int8_t shifts%u[] = {", i);
	for (int32_t o = 0; o < count; o++)
		c_write_i8(file, (unsigned)o, -l->shifts[o]);
	for (int32_t o = count; each && o < round_up_8(count); o++)
		c_write_i8(file, (unsigned)o, 0);
	fprintf(file, "\n};\n");
}

static void write_weights(FILE *file, const struct c_layer *l, uint32_t i)
{
	int32_t padded = round_up_8(l->channels);

	if (!l->kernel->pack)
		return;
	fprintf(file, "\nstatic const %s weights%u[] __attribute__((aligned(16))) = {", l->kernel->weights_type, i);
	l->kernel->pack(l, file);
	fprintf(file, "\n};\n");
	if (!l->integer) {
		fprintf(file, "static const float bias%u[] = {", i);
		for (int32_t o = 0; o < padded; o++)
			c_write_f32(file, (unsigned)o, o < l->channels ? ((const float *)l->bias)[o] : 0);
		fprintf(file, "\n};\n");
		return;
	}
	c_write_i32(file, "int32_t", "bias", i, l->folded_bias, l->channels, padded);
	write_factors(file, l, i);
}

static void write_stage(FILE *file, const struct c_layer *l, uint32_t i)
{
	int32_t low = l->low - l->out_base, high = l->high - l->out_base, zero = l->out_zero - l->out_base;

	if (!l->integer) {
		fprintf(file, "\t.low = %af,\n\t.high = %af,\n", (double)l->float_low, (double)l->float_high);
		return;
	}
	fprintf(file, "\t.in_zero = %d,\n\t.stage = {", l->in_zero - l->in_base);
	if (l->kernel->pack)
		fprintf(file, "multipliers%u, shifts%u, %d, %d, %d, %d, ", i, i, c_layer_is_per_channel(l), l->single,
			l->right, low >= zero);
	else
		fprintf(file, "0, 0, 0, 0, 0, 0, ");
	fprintf(file, "%d, %d, %d},\n", zero, low, high);
}

static void write_shape(FILE *file, const struct c_layer *l, uint32_t i)
{
	const struct nn_conv *s = &l->shape;

	if (l->op->code == NN_OPERATOR_DENSE && !l->bytes)
		fprintf(file, "static const struct nn_dense layer%u = {\n\t.inputs = %d,\n\t.outputs = %d,\n", i,
			l->inputs, l->outputs);
	else
		fprintf(file,
			"static const struct nn_conv layer%u = {\n\t.in_h = %d,\n\t.in_w = %d,\n\t.in_c = %d,\n"
			"\t.out_h = %d,\n\t.out_w = %d,\n\t.out_c = %d,\n\t.kernel_h = %d,\n\t.kernel_w = %d,\n"
			"\t.stride_h = %d,\n\t.stride_w = %d,\n\t.dilation_h = %d,\n\t.dilation_w = %d,\n"
			"\t.pad_top = %d,\n\t.pad_left = %d,\n",
			i, s->in_h, s->in_w, s->in_c, s->out_h, s->out_w, s->out_c, s->kernel_h, s->kernel_w,
			s->stride_h, s->stride_w, s->dilation_h, s->dilation_w, s->pad_top, s->pad_left);
	if (l->kernel->pack)
		fprintf(file, "\t.weights = weights%u,\n\t.bias = bias%u,\n", i, i);
	if (l->table)
		fprintf(file, "\t.table = table%u,\n", i);
	write_stage(file, l, i);
	fprintf(file, "};\n");
}

void c_layer_write(struct c_writer *w, const struct c_layer *layer, uint32_t position)
{
	write_weights(w->constants, layer, position);
	if (layer->table) {
		fprintf(w->constants, "static const int8_t table%u[] = {", position);
		for (int32_t i = 0; i < 256 * layer->channels; i++)
			c_write_i8(w->constants, (unsigned)i, layer->table[i]);
		fprintf(w->constants, "\n};\n");
	}
	write_shape(w->constants, layer, position);
}
