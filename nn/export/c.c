/* SPDX-License-Identifier: Apache-2.0 */
/* c.c - puts NAME.h and NAME.c together: kernels, constants, calls and self-test. */
#include "nn/export/c.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/export/c-writer.h"
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

/* What a number of the network's ends is in C. */
static const char *type_name(const struct nn_tensor *tensor)
{
	switch (tensor->type) {
	case NN_TYPE_I8:
		return "int8_t";
	case NN_TYPE_U8:
		return "uint8_t";
	case NN_TYPE_I16:
		return "int16_t";
	default:
		return "float";
	}
}

static void write_origin(const struct c_writer *w, FILE *file, const char *extension)
{
	char hash[NN_SHA256_TEXT];

	nn_sha256_text(w->model->header->sha256, hash);
	fprintf(file,
		"/* %s.%s - made by posture-model export --c for %s of model %s.\n   Kernels: Apache-2.0, the postured "
		"project. Weights: as the model. */\n",
		w->options->name, extension, core_names[w->options->core], hash);
}

/* --- NAME.h ------------------------------------------------------------------------------------------------------ */

static void write_header(const struct c_writer *w, FILE *file)
{
	const struct nn_tensor *in = nn_model_input(w->model), *out = nn_model_output(w->model);
	const char *name = w->options->name;
	char upper[C_NAME];

	for (size_t i = 0; i <= strlen(name); i++)
		upper[i] = (char)toupper((unsigned char)name[i]);
	write_origin(w, file, "h");
	fprintf(file,
		"#ifndef %s_H\n#define %s_H\n\n#include <stdint.h>\n\nenum {\n\t%s_INPUTS = %u,\n\t%s_OUTPUTS = %u,\n"
		"\t%s_ARENA_BYTES = %u,\n};\n\n",
		upper, upper, upper, nn_tensor_elements(in), upper, nn_tensor_elements(out), upper, w->arena_bytes);
	fprintf(file,
		"/* The arena is the caller's, aligned to 16 bytes; input and output lie in it. A run spoils the input. */\n"
		"static inline %s *%s_input(void *arena)\n{\n\treturn (%s *)(void *)((uint8_t *)arena + %u);\n}\n\n"
		"static inline const %s *%s_output(const void *arena)\n{\n"
		"\treturn (const %s *)(const void *)((const uint8_t *)arena + %u);\n}\n\nvoid %s_run(void *arena);\n",
		type_name(in), name, type_name(in), w->in_at, type_name(out), name, type_name(out), w->out_at, name);
	if (w->options->sample_in)
		fprintf(file, "/* 0: a known input makes the known output. */\nint %s_selftest(void *arena);\n", name);
	fprintf(file, "\n#endif\n");
}

/* --- NAME.c ------------------------------------------------------------------------------------------------------ */

static void write_sample(FILE *file, const char *name, const struct nn_tensor *tensor, const void *values)
{
	fprintf(file, "\nstatic const %s %s[] = {", type_name(tensor), name);
	for (uint32_t i = 0; i < nn_tensor_elements(tensor); i++) {
		if (tensor->type == NN_TYPE_F32)
			c_write_f32(file, i, ((const float *)values)[i]);
		else
			c_write_i8(file, i,
				   tensor->type == NN_TYPE_I16	? ((const int16_t *)values)[i]
				   : tensor->type == NN_TYPE_U8 ? ((const uint8_t *)values)[i]
								: ((const int8_t *)values)[i]);
	}
	fprintf(file, "\n};\n");
}

/* Floats may be summed in another order; large ones differ by more. */
static void write_selftest(const struct c_writer *w, FILE *file)
{
	const struct nn_tensor *in = nn_model_input(w->model), *out = nn_model_output(w->model);
	const char *name = w->options->name;
	double allowed = 0;

	if (!w->options->sample_in)
		return;
	if (out->type == NN_TYPE_F32) {
		allowed = 1;
		for (uint32_t i = 0; i < nn_tensor_elements(out); i++)
			allowed = fmax(allowed, fabs((double)((const float *)w->options->sample_out)[i]));
		allowed *= 1e-5;
	}
	write_sample(file, "sample_in", in, w->options->sample_in);
	write_sample(file, "sample_out", out, w->options->sample_out);
	fprintf(file,
		"\nint %s_selftest(void *arena)\n{\n"
		"\tconst %s *out = %s_output(arena);\n"
		"\t%s *in = %s_input(arena);\n\n"
		"\tfor (int i = 0; i < %u; i++)\n\t\tin[i] = sample_in[i];\n"
		"\t%s_run(arena);\n"
		"\tfor (int i = 0; i < %u; i++)\n"
		"\t\tif (!(out[i] - sample_out[i] <= %g%s && sample_out[i] - out[i] <= %g%s))\n"
		"\t\t\treturn -1;\n"
		"\treturn 0;\n}\n",
		name, type_name(out), name, type_name(in), name, nn_tensor_elements(in), name, nn_tensor_elements(out),
		allowed, allowed > 0 ? "f" : "", allowed, allowed > 0 ? "f" : "");
}

static void write_source(const struct c_writer *w, FILE *file, const char *constants, const char *calls)
{
	const char *name = w->options->name;

	write_origin(w, file, "c");
	fprintf(file, "#include \"%s.h\"\n", name);
	c_text_write(file, w->texts, w->wide);
	fprintf(file, "%s", constants);
	fprintf(file,
		"\n#define NN_AT(offset) ((void *)((uint8_t *)arena + (offset)))\n\n"
		"void %s_run(void *arena)\n{\n\t(void)arena;\n%s}\n",
		name, calls);
	write_selftest(w, file);
}

/* --- all of it --------------------------------------------------------------------------------------------------- */

/* Constants and calls, each into memory. Returns 0, -ENOTSUP or -ENOMEM. */
static int write_parts(struct c_writer *w, int (*write)(struct c_writer *), char *ret_parts[2])
{
	size_t sizes[2];
	int error = -ENOMEM;

	ret_parts[0] = ret_parts[1] = NULL;
	w->texts = 0;
	w->wide = 0;
	memset(w->written, 0, sizeof(w->written));
	w->arena_bytes = w->in_at = w->out_at = 0;
	w->constants = open_memstream(&ret_parts[0], &sizes[0]);
	w->calls = open_memstream(&ret_parts[1], &sizes[1]);
	if (w->constants && w->calls)
		error = write(w);
	if ((w->constants && fclose(w->constants)) || (w->calls && fclose(w->calls)))
		error = -ENOMEM;
	if (error)
		for (int i = 0; i < 2; i++) {
			free(ret_parts[i]);
			ret_parts[i] = NULL;
		}
	return error;
}

static int write_module(const struct c_writer *w, char *const parts[2], struct c_module *module)
{
	FILE *file;
	size_t size;

	file = open_memstream(&module->header, &size);
	if (!file)
		return -ENOMEM;
	write_header(w, file);
	if (fclose(file))
		return -ENOMEM;
	file = open_memstream(&module->source, &size);
	if (!file)
		return -ENOMEM;
	write_source(w, file, parts[0], parts[1]);
	return fclose(file) ? -ENOMEM : 0;
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
	struct c_writer w = {.model = model, .options = options};
	struct c_module module = {0};
	char *parts[2];
	int error;

	if (!is_identifier(options->name)) {
		snprintf(ret_reason, C_REASON,
			 "name \"%.60s\": letters, digits and _ make a C identifier, up to %d of them", options->name,
			 C_NAME - 1);
		return -EINVAL;
	}
	error = write_parts(&w, c_chain_write, parts);
	if (error == -ENOTSUP)
		error = write_parts(&w, c_graph_write, parts);
	if (!error)
		error = write_module(&w, parts, &module);
	free(parts[0]);
	free(parts[1]);
	module.arena_bytes = w.arena_bytes;
	if (error) {
		snprintf(ret_reason, C_REASON, "out of memory");
		c_module_free(&module);
	} else {
		*ret_module = module;
	}
	return error;
}

void c_module_free(struct c_module *module)
{
	free(module->header);
	free(module->source);
	*module = (struct c_module){0};
}
