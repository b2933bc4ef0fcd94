/* SPDX-License-Identifier: Apache-2.0 */
/* c.c - writes NAME.h and NAME.c: kernels, constants, calls and self-test. */
#include "nn/export/c.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nn/export/c-layers.h"
#include "nn/runtime/operators.h"
#include "nn/runtime/sha256.h"

static const char *const core_names[C_CORES] = {[C_GENERIC] = "generic", [C_M4] = "m4", [C_A7] = "a7", [C_X86] = "x86"};

int c_core_parse(const char *text, enum c_core *ret_core)
{
	for (int i = 0; i < C_CORES; i++)
		if (!strcmp(text, core_names[i])) {
			*ret_core = (enum c_core)i;
			return 0;
		}
	return -EINVAL;
}

/* What is being written, and where everything lies in the arena. */
struct writer {
	const struct nn_model *model;
	const struct c_options *options;
	struct c_layers layers;
	uint32_t offsets[NN_OPS_MAX + 2]; /* of the input, of each layer's output, of the final int8 output */
	uint32_t arena;
	FILE *file;
};

/* --- arena ----------------------------------------------------------------------------------------------------- */

static bool leaves(const struct c_layers *layers)
{
	return layers->wide && layers->layers[layers->count - 1].op->code != NN_OPERATOR_SOFTMAX;
}

/* Kernels may touch a few elements more: rows are padded to eight. */
static uint32_t buffer_bytes(const struct writer *w, uint32_t i)
{
	const struct c_layers *layers = &w->layers;
	uint32_t element = !layers->integer ? 4 : layers->wide ? 2 : 1;
	int32_t n = i == 0 ? layers->layers[0].inputs : layers->layers[i - 1].outputs;

	return ((uint32_t)n * element + 8 * element - 1) / (8 * element) * (8 * element);
}

/* A chain: buffers lie in turn at the bottom and at the top. */
static void plan_arena(struct writer *w)
{
	uint32_t n = w->layers.count;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t both = buffer_bytes(w, i) + buffer_bytes(w, i + 1);

		w->arena = both > w->arena ? both : w->arena;
	}
	w->arena = (w->arena + 15) / 16 * 16;
	for (uint32_t i = 0; i <= n; i++)
		w->offsets[i] = i % 2 ? (w->arena - buffer_bytes(w, i)) / 8 * 8 : 0;
	w->offsets[n + 1] = w->offsets[n];
}

/* --- constants ------------------------------------------------------------------------------------------------- */

static void write_i32(FILE *file, const char *type, const char *name, uint32_t layer, const int32_t *values,
		      int32_t count, int32_t padded, int sign)
{
	fprintf(file, "static const %s %s%u[] = {", type, name, layer);
	for (int32_t i = 0; i < padded; i++)
		fprintf(file, "%s%d,", i % 8 ? " " : "\n\t", i < count ? sign * values[i] : 0);
	fprintf(file, "\n};\n");
}

static bool is_per_channel(const struct c_layer *l)
{
	for (uint32_t i = 1; i < l->multiplier_count; i++)
		if (l->multipliers[i] != l->multipliers[0] || l->shifts[i] != l->shifts[0])
			return true;
	return false;
}

static void write_weights(const struct writer *w, uint32_t i)
{
	const struct c_layer *l = &w->layers.layers[i];
	int32_t padded = (l->channels + 7) / 8 * 8;

	if (!l->kernel->pack)
		return;
	fprintf(w->file, "\nstatic const %s weights%u[] __attribute__((aligned(16))) = {", l->kernel->weights_type, i);
	l->kernel->pack(l, w->file);
	fprintf(w->file, "\n};\n");
	if (!l->integer) {
		fprintf(w->file, "static const float bias%u[] = {", i);
		for (int32_t o = 0; o < padded; o++)
			c_write_f32(w->file, (unsigned)o, o < l->channels ? ((const float *)l->bias)[o] : 0);
		fprintf(w->file, "\n};\n");
		return;
	}
	write_i32(w->file, "int32_t", "bias", i, l->folded_bias, l->channels, padded, 1);
	if (is_per_channel(l)) {
		write_i32(w->file, "int32_t", "multipliers", i, l->multipliers, l->channels, padded, 1);
		write_i32(w->file, "int8_t", "shifts", i, l->shifts, l->channels, padded, -1);
	} else {
		write_i32(w->file, "int32_t", "multipliers", i, l->multipliers, 1, 1, 1);
		write_i32(w->file, "int8_t", "shifts", i, l->shifts, 1, 1, -1);
	}
}

static void write_stage(const struct writer *w, uint32_t i)
{
	const struct c_layer *l = &w->layers.layers[i];
	int32_t low = l->low - l->out_base, high = l->high - l->out_base, zero = l->out_zero - l->out_base;

	if (!l->integer) {
		fprintf(w->file, "\t.low = %af,\n\t.high = %af,\n", (double)l->float_low, (double)l->float_high);
		return;
	}
	fprintf(w->file, "\t.in_zero = %d,\n\t.stage = {", l->in_zero - l->in_base);
	if (l->kernel->pack)
		fprintf(w->file, "multipliers%u, shifts%u, %d, %d, %d, %d, ", i, i, is_per_channel(l), l->single,
			l->right, low >= zero);
	else
		fprintf(w->file, "0, 0, 0, 0, 0, 0, ");
	fprintf(w->file, "%d, %d, %d},\n", zero, low, high);
}

static void write_layer(const struct writer *w, uint32_t i)
{
	const struct c_layer *l = &w->layers.layers[i];
	const struct nn_conv *s = &l->shape;

	if (l->op->code == NN_OPERATOR_SOFTMAX)
		return;
	if (l->op->code == NN_OPERATOR_DENSE)
		fprintf(w->file, "static const struct nn_dense layer%u = {\n\t.inputs = %d,\n\t.outputs = %d,\n", i,
			l->inputs, l->outputs);
	else
		fprintf(w->file,
			"static const struct nn_conv layer%u = {\n\t.in_h = %d,\n\t.in_w = %d,\n\t.in_c = %d,\n"
			"\t.out_h = %d,\n\t.out_w = %d,\n\t.out_c = %d,\n\t.kernel_h = %d,\n\t.kernel_w = %d,\n"
			"\t.stride_h = %d,\n\t.stride_w = %d,\n\t.dilation_h = %d,\n\t.dilation_w = %d,\n"
			"\t.pad_top = %d,\n\t.pad_left = %d,\n",
			i, s->in_h, s->in_w, s->in_c, s->out_h, s->out_w, s->out_c, s->kernel_h, s->kernel_w,
			s->stride_h, s->stride_w, s->dilation_h, s->dilation_w, s->pad_top, s->pad_left);
	if (l->kernel->pack)
		fprintf(w->file, "\t.weights = weights%u,\n\t.bias = bias%u,\n", i, i);
	write_stage(w, i);
	fprintf(w->file, "};\n");
}

/* e^-d as the integer softmax wants it; returns how many. */
static int32_t write_exps(const struct writer *w, uint32_t i)
{
	const struct c_layer *l = &w->layers.layers[i];
	int32_t exps[256], count;
	float beta = 1;

	if (l->op->parameters[0])
		memcpy(&beta, &l->op->parameters[0], sizeof(beta));
	count = c_softmax_table((double)l->in_scale, (double)beta, exps);
	fprintf(w->file, "\n");
	write_i32(w->file, "int32_t", "exps", i, exps, count, count, 1);
	return count;
}

/* --- text of kernels ------------------------------------------------------------------------------------------- */

/* Without what only makes sense in files of their own: includes of each other. */
static void write_fragment(FILE *file, enum c_fragment fragment)
{
	const char *text, *end;
	size_t bytes;

	c_fragment_text(fragment, &text, &bytes);
	end = text + bytes;
	fputc('\n', file);
	while (text < end) {
		const char *feed = memchr(text, '\n', (size_t)(end - text));
		size_t line = feed ? (size_t)(feed - text) + 1 : (size_t)(end - text);

		if (strncmp(text, "#include \"", 10) != 0)
			fwrite(text, 1, line, file);
		text += line;
	}
}

static void write_kernels(const struct writer *w)
{
	bool used[C_FRAGMENTS] = {[C_COMMON] = true};

	used[w->layers.integer ? C_I8 : C_F32] = true;
	if (w->layers.wide && w->options->core == C_M4)
		used[C_M4_I8] = true;
	for (uint32_t i = 0; i < w->layers.count; i++)
		used[w->layers.layers[i].kernel->fragment] = true;
	if (used[C_A7_F32])
		used[C_VECTOR_F32] = true;
	if (w->layers.integer)
		fprintf(w->file, "\ntypedef %s nn_act;\n", w->layers.wide ? "int16_t" : "int8_t");
	for (int i = 0; i < C_FRAGMENTS; i++)
		if (used[i])
			write_fragment(w->file, (enum c_fragment)i);
}

/* --- code ------------------------------------------------------------------------------------------------------ */

static void write_call(const struct writer *w, uint32_t i, int32_t exps)
{
	const struct c_layer *l = &w->layers.layers[i];
	uint32_t in = w->offsets[i], out = w->offsets[i + 1];

	fprintf(w->file, "\t%s(", l->kernel->function);
	if (l->op->code == NN_OPERATOR_SOFTMAX) {
		fprintf(w->file, "NN_AT(%u), NN_AT(%u), %d", in, out, l->inputs);
		if (l->integer)
			fprintf(w->file, ", exps%u, %d", i, exps);
	} else {
		fprintf(w->file, "&layer%u, ", i);
		if (l->kernel->pools)
			fprintf(w->file, "%d, ", l->pool);
		fprintf(w->file, "NN_AT(%u), NN_AT(%u)", in, out);
	}
	fprintf(w->file, ");\n");
}

static void write_run(const struct writer *w, const int32_t *exps)
{
	const char *name = w->options->name;
	uint32_t n = w->layers.count;

	fprintf(w->file,
		"\n#define NN_AT(offset) ((void *)((uint8_t *)arena + (offset)))\n\nvoid %s_run(void *arena)\n{\n",
		name);
	if (w->layers.wide)
		fprintf(w->file, "\t%s(NN_AT(0), NN_AT(0), %d);\n",
			w->options->core == C_M4 && w->layers.layers[0].inputs % 4 == 0 ? "nn_enter_m4" : "nn_enter",
			w->layers.layers[0].inputs);
	for (uint32_t i = 0; i < n; i++)
		write_call(w, i, exps[i]);
	if (leaves(&w->layers))
		fprintf(w->file, "\tnn_leave(NN_AT(%u), NN_AT(%u), %d, %d);\n", w->offsets[n], w->offsets[n + 1],
			w->layers.layers[n - 1].outputs, w->layers.base);
	fprintf(w->file, "}\n");
}

static void write_sample(const struct writer *w, const char *name, const void *values, int32_t count)
{
	fprintf(w->file, "\nstatic const %s %s[] = {", w->layers.integer ? "int8_t" : "float", name);
	for (int32_t i = 0; i < count; i++) {
		if (w->layers.integer)
			c_write_i8(w->file, (unsigned)i, ((const int8_t *)values)[i]);
		else
			c_write_f32(w->file, (unsigned)i, ((const float *)values)[i]);
	}
	fprintf(w->file, "\n};\n");
}

static void write_selftest(const struct writer *w)
{
	const char *name = w->options->name, *type = w->layers.integer ? "int8_t" : "float";

	if (!w->options->sample_in)
		return;
	write_sample(w, "sample_in", w->options->sample_in, w->layers.layers[0].inputs);
	write_sample(w, "sample_out", w->options->sample_out, w->layers.layers[w->layers.count - 1].outputs);
	fprintf(w->file,
		"\nint %s_selftest(void *arena)\n{\n"
		"\tconst %s *out = %s_output(arena);\n\n"
		"\t__builtin_memcpy(%s_input(arena), sample_in, sizeof(sample_in));\n"
		"\t%s_run(arena);\n"
		"\tfor (int i = 0; i < %d; i++)\n"
		"\t\tif (out[i] - sample_out[i] > %s || sample_out[i] - out[i] > %s)\n"
		"\t\t\treturn -1;\n"
		"\treturn 0;\n}\n",
		name, type, name, name, name, w->layers.layers[w->layers.count - 1].outputs,
		w->layers.integer ? "0" : "1e-5f", w->layers.integer ? "0" : "1e-5f");
}

static void write_origin(const struct writer *w, const char *extension)
{
	char hash[NN_SHA256_TEXT];

	nn_sha256_text(w->model->header->sha256, hash);
	fprintf(w->file,
		"/* %s.%s - made by posture-model export --c for %s of model %s.\n   Kernels: Apache-2.0, the postured "
		"project. Weights: as the model. */\n",
		w->options->name, extension, core_names[w->options->core], hash);
}

static void write_source(const struct writer *w)
{
	int32_t exps[NN_OPS_MAX] = {0};

	write_origin(w, "c");
	fprintf(w->file, "#include \"%s.h\"\n", w->options->name);
	write_kernels(w);
	for (uint32_t i = 0; i < w->layers.count; i++) {
		write_weights(w, i);
		write_layer(w, i);
		if (w->layers.integer && w->layers.layers[i].op->code == NN_OPERATOR_SOFTMAX)
			exps[i] = write_exps(w, i);
	}
	write_run(w, exps);
	write_selftest(w);
}

static void write_header(const struct writer *w)
{
	const char *name = w->options->name, *type = w->layers.integer ? "int8_t" : "float";
	uint32_t n = w->layers.count;
	char upper[C_NAME];

	for (size_t i = 0; i <= strlen(name); i++)
		upper[i] = (char)toupper((unsigned char)name[i]);
	write_origin(w, "h");
	fprintf(w->file,
		"#ifndef %s_H\n#define %s_H\n\n#include <stdint.h>\n\nenum {\n\t%s_INPUTS = %d,\n\t%s_OUTPUTS = %d,\n"
		"\t%s_ARENA_BYTES = %u,\n};\n\n",
		upper, upper, upper, w->layers.layers[0].inputs, upper, w->layers.layers[n - 1].outputs, upper,
		w->arena);
	fprintf(w->file,
		"/* The arena is the caller's, aligned to 16 bytes; input and output lie in it. A run spoils the input. */\n"
		"static inline %s *%s_input(void *arena)\n{\n\treturn (%s *)arena;\n}\n\n"
		"static inline const %s *%s_output(const void *arena)\n{\n"
		"\treturn (const %s *)(const void *)((const uint8_t *)arena + %u);\n}\n\nvoid %s_run(void *arena);\n",
		type, name, type, type, name, type, w->offsets[n + 1], name);
	if (w->options->sample_in)
		fprintf(w->file, "/* 0: a known input makes the known output. */\nint %s_selftest(void *arena);\n",
			name);
	fprintf(w->file, "\n#endif\n");
}

/* --- all of it ------------------------------------------------------------------------------------------------- */

static int write_text(struct writer *w, void (*write)(const struct writer *), char **ret_text)
{
	size_t size;

	w->file = open_memstream(ret_text, &size);
	if (!w->file)
		return -ENOMEM;
	write(w);
	return fclose(w->file) ? -ENOMEM : 0;
}

static bool is_identifier(const char *name)
{
	size_t length = strlen(name);

	return length > 0 && length < C_NAME && !isdigit((unsigned char)*name) &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == length;
}

int c_export(const struct nn_model *model, const struct c_options *options, struct c_module *ret_module,
	     char *ret_reason)
{
	struct writer *w;
	struct c_module module = {0};
	int error;

	if (!is_identifier(options->name)) {
		snprintf(ret_reason, C_REASON,
			 "name \"%.60s\": letters, digits and _ make a C identifier, up to %d of them", options->name,
			 C_NAME - 1);
		return -EINVAL;
	}
	w = calloc(1, sizeof(*w));
	if (!w) {
		snprintf(ret_reason, C_REASON, "out of memory");
		return -ENOMEM;
	}
	w->model = model;
	w->options = options;
	error = c_layers_make(model, options->core, &w->layers, ret_reason);
	if (!error) {
		plan_arena(w);
		error = write_text(w, write_header, &module.header);
		if (!error)
			error = write_text(w, write_source, &module.source);
		if (error)
			snprintf(ret_reason, C_REASON, "out of memory");
	}
	module.arena_bytes = w->arena;
	c_layers_free(&w->layers);
	free(w);
	if (error)
		c_module_free(&module);
	else
		*ret_module = module;
	return error;
}

void c_module_free(struct c_module *module)
{
	free(module->header);
	free(module->source);
	*module = (struct c_module){0};
}
