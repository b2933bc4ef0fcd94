/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export-vectors.c - modules to measure, and numbers to measure them with.
 *
 *   export-vectors DIR CORE|- float|single|double|runtime COUNT [MODEL.pnn [RECORDINGS]]
 *   export-vectors DIR CORE|- convs-ROUNDING|operators-FORM-ROUNDING COUNT
 *
 * Writes DIR/net.h and DIR/net.c for the core (nothing for `-`), DIR/in.bin with inputs and DIR/want.bin with what must
 * come out: COUNT random inputs, then the recordings' frames with a hand. float: what the runtime's portable kernels
 * make. single, double: MODEL's float weights become integers and export-net.c's arithmetic is what counts. runtime:
 * any MODEL, and the runtime's portable kernels count. convs: the same for a random network of convolutions; operators:
 * for one with all operators.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/export/c.h"
#include "nn/model-file.h"
#include "nn/runtime/preprocess.h"
#include "nn/runtime/run.h"
#include "nn/runtime/value.h"
#include "sensor/recording.h"
#include "tests/bench/export-convs.h"
#include "tests/bench/export-net.h"
#include "tests/bench/export-operators.h"

enum {
	INPUTS_MAX = 200000,
	NO_MODULE = C_CORES, /* just numbers */
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

/* Frames with a hand, prepared as the model wants them. */
static void add_recordings(struct vectors *v, const char *path, const struct nn_preprocess *preprocess)
{
	char reason[RECORDING_REASON];
	struct recording_list list;

	if (recording_list_open(path, &list, reason) < 0)
		die(reason);
	for (size_t i = 0; i < list.n; i++) {
		struct recording recording;

		if (recording_read(list.paths[i], &recording, reason) < 0)
			die(reason);
		for (size_t f = 0; f < recording.n && v->count < INPUTS_MAX; f++) {
			struct nn_hand hand;

			if (nn_preprocess(preprocess, &recording.frames[f], v->inputs[v->count], &hand) == 0 &&
			    hand.present)
				v->count++;
		}
		recording_clear(&recording);
	}
	recording_list_clear(&list);
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
	printf("%u\n", v->count);
	write_file(directory, "in.bin", in, v->count * sizeof(*in));
	write_file(directory, "want.bin", out, v->count * sizeof(*out));
	free(net);
	free(in);
	free(out);
}

/* Numbers of any kind, by the seed. */
static void fill_random(void *values, const struct nn_tensor *tensor, uint32_t seed)
{
	for (uint32_t i = 0; i < nn_tensor_elements(tensor); i++) {
		seed = seed * 1664525 + 1013904223;
		if (tensor->type == NN_TYPE_F32)
			((float *)values)[i] = (float)(seed >> 16) / 32768 - 1;
		else if (tensor->type == NN_TYPE_I16)
			((int16_t *)values)[i] = (int16_t)(seed >> 16);
		else
			((uint8_t *)values)[i] = (uint8_t)(seed >> 24);
	}
}

/* Whatever type the model has: what the portable kernels make. Inputs of other shapes than ST's are just random. */
static void make_by_runtime(const char *directory, enum c_core core, const struct nn_model *model, struct vectors *v)
{
	const struct nn_tensor *in = nn_model_input(model), *out = nn_model_output(model);
	size_t arena_bytes = (model->main->arena_bytes + 63u) / 64 * 64;
	uint8_t *ins = calloc(v->count, in->bytes), *outs = calloc(v->count, out->bytes);
	void *arena = aligned_alloc(64, arena_bytes);
	struct nn_run run;

	if (!ins || !outs || !arena || nn_run_start(&run, model, arena, arena_bytes))
		die("out of memory");
	for (unsigned i = 0; i < v->count; i++) {
		if (nn_tensor_elements(in) == NET_INPUTS)
			nn_value_write(&run, in, v->inputs[i]);
		else
			fill_random(nn_run_tensor(&run, in), in, i + 1);
		memcpy(ins + i * in->bytes, nn_run_tensor(&run, in), in->bytes);
		nn_run(&run);
		memcpy(outs + i * out->bytes, nn_run_tensor(&run, out), out->bytes);
	}
	if (core != (enum c_core)NO_MODULE)
		write_module(directory, model, core, ins, outs);
	printf("%u\n", v->count);
	write_file(directory, "in.bin", ins, v->count * in->bytes);
	write_file(directory, "want.bin", outs, v->count * out->bytes);
	free(ins);
	free(outs);
	free(arena);
}

/* A network made here: what the runtime makes of it. */
static int make_here(const char *directory, enum c_core core, struct vectors *v, unsigned count, void *bytes,
		     size_t size)
{
	struct nn_model model;

	if (!bytes || nn_model_parse(bytes, size, &model))
		die("no network");
	v->count = 0;
	add_random(v, count);
	make_by_runtime(directory, core, &model, v);
	free(bytes);
	free(v->inputs);
	return 0;
}

/* "convs-single", "operators-int8-double" */
static int make_mode(const char *directory, enum c_core core, struct vectors *v, unsigned count, char *mode)
{
	char *rounding = strrchr(mode, '-') + 1;
	enum nn_rounding how = strcmp(rounding, "double") ? NN_ROUNDING_SINGLE : NN_ROUNDING_DOUBLE;
	size_t size = 0;
	void *bytes;

	rounding[-1] = '\0';
	bytes = !strcmp(mode, "convs") ? convs_make(how, &size)
				       : operators_make(mode + strcspn(mode, "-") + 1, how, &size);
	return make_here(directory, core, v, count, bytes, size);
}

int main(int argc, char **argv)
{
	struct vectors v = {.inputs = calloc(INPUTS_MAX, sizeof(*v.inputs))};
	char reason[MODEL_FILE_REASON];
	struct model_file file;
	enum c_core core = (enum c_core)NO_MODULE;

	if (argc < 5 || !v.inputs || (strcmp(argv[2], "-") != 0 && c_core_parse(argv[2], &core) < 0))
		die("usage: export-vectors DIR CORE|- float|single|double|runtime COUNT [MODEL.pnn [RECORDINGS]]");
	if (strchr(argv[3], '-'))
		return make_mode(argv[1], core, &v, (unsigned)atoi(argv[4]), argv[3]);
	if (model_file_open(argc > 5 ? argv[5] : "", &file, reason) < 0)
		die(reason);
	add_random(&v, (unsigned)atoi(argv[4]));
	if (argc > 6)
		add_recordings(&v, argv[6], &file.model.main->preprocess);
	if (strcmp(argv[3], "runtime") != 0 && nn_tensor_elements(nn_model_input(&file.model)) != NET_INPUTS)
		die("the model is not of ST's shape");
	if (!strcmp(argv[3], "float") || !strcmp(argv[3], "runtime"))
		make_by_runtime(argv[1], core, &file.model, &v);
	else
		make_integer(argv[1], core, &file.model, &v, !strcmp(argv[3], "single"));
	model_file_close(&file);
	free(v.inputs);
	return 0;
}
