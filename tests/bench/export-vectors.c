/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export-vectors.c - modules to measure and the numbers to measure them with.
 *
 *   export-vectors DIR CORE float|single|double COUNT [MODEL [RECORDINGS...]]
 *
 * Writes DIR/net.h, DIR/net.c for the core, DIR/in.bin with inputs and DIR/want.bin with what must come out. Float outputs are the
 * runtime's, integers come from the arithmetic in export-net.c. Inputs: COUNT random ones, then the recordings' frames.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/export/c.h"
#include "nn/model-file.h"
#include "nn/runtime/preprocess.h"
#include "nn/runtime/run.h"
#include "sensor/recording.h"
#include "tests/bench/export-net.h"

enum {
	INPUTS_MAX = 200000,
};

struct vectors {
	float (*inputs)[NET_INPUTS];
	unsigned count;
};

static void die(const char *what)
{
	fprintf(stderr, "export-vectors: %s\n", what);
	exit(1);
}

static void add_random(struct vectors *v, unsigned count)
{
	uint32_t state = 12345;

	for (unsigned n = 0; n < count; n++, v->count++)
		for (int i = 0; i < NET_INPUTS; i++) {
			state = state * 1664525 + 1013904223;
			/* Half of them wild, half near a constant, as real frames are. */
			v->inputs[v->count][i] = n % 2 ? (float)(state >> 16) / 16384 - 2
						       : (float)(n % 64) / 32 - 1 + (float)(state >> 16) / 131072;
		}
}

static void write_file(const char *directory, const char *name, const void *bytes, size_t size)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "wb");
	if (!file || fwrite(bytes, 1, size, file) != size || fclose(file))
		die(path);
}

static void write_module(const char *directory, const struct nn_model *model, enum c_core core, const void *in,
			 const void *out)
{
	const struct c_options options = {.name = "net", .core = core, .sample_in = in, .sample_out = out};
	struct c_module module;
	char reason[C_REASON];

	if (c_export(model, &options, &module, reason) < 0)
		die(reason);
	write_file(directory, "net.h", module.header, strlen(module.header));
	write_file(directory, "net.c", module.source, strlen(module.source));
	c_module_free(&module);
}

static void make_integer(const char *directory, enum c_core core, const struct nn_model *model, struct vectors *v,
			 bool single)
{
	struct net *net = malloc(sizeof(*net));
	int8_t(*in)[NET_INPUTS] = calloc(v->count, sizeof(*in)), (*out)[NET_OUTPUTS] = calloc(v->count, sizeof(*out));

	if (!net || !in || !out)
		die("out of memory");
	net_make(net, model, (const float(*)[NET_INPUTS])v->inputs, v->count, single);
	for (unsigned i = 0; i < v->count; i++) {
		net_quantise(net, v->inputs[i], in[i]);
		net_run(net, in[i], out[i]);
	}
	write_module(directory, &net->model, core, in, out);
	write_file(directory, "in.bin", in, v->count * sizeof(*in));
	write_file(directory, "want.bin", out, v->count * sizeof(*out));
	free(net);
	free(in);
	free(out);
}

static void make_float(const char *directory, enum c_core core, const struct nn_model *model, struct vectors *v)
{
	float(*out)[NET_OUTPUTS] = calloc(v->count, sizeof(*out));
	size_t arena_bytes = (model->main->arena_bytes + 63u) / 64 * 64;
	void *arena = aligned_alloc(64, arena_bytes);
	struct nn_run run;

	if (!out || !arena || nn_run_start(&run, model, arena, arena_bytes))
		die("out of memory");
	for (unsigned i = 0; i < v->count; i++) {
		memcpy(nn_run_tensor(&run, nn_model_input(model)), v->inputs[i], sizeof(v->inputs[i]));
		nn_run(&run);
		memcpy(out[i], nn_run_tensor(&run, nn_model_output(model)), sizeof(out[i]));
	}
	write_module(directory, model, core, v->inputs, out);
	write_file(directory, "in.bin", v->inputs, v->count * sizeof(*v->inputs));
	write_file(directory, "want.bin", out, v->count * sizeof(*out));
	free(out);
	free(arena);
}

int main(int argc, char **argv)
{
	struct vectors v = {.inputs = calloc(INPUTS_MAX, sizeof(*v.inputs))};
	char reason[MODEL_FILE_REASON];
	struct model_file file;
	enum c_core core;

	if (argc < 5 || !v.inputs || c_core_parse(argv[2], &core) < 0)
		die("usage: export-vectors DIR CORE float|single|double COUNT [MODEL [RECORDING...]]");
	if (model_file_open(argc > 5 ? argv[5] : "", &file, reason) < 0)
		die(reason);
	add_random(&v, (unsigned)atoi(argv[4]));
	if (!strcmp(argv[3], "float"))
		make_float(argv[1], core, &file.model, &v);
	else
		make_integer(argv[1], core, &file.model, &v, !strcmp(argv[3], "single"));
	model_file_close(&file);
	free(v.inputs);
	return 0;
}
