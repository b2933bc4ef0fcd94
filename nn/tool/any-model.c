/* SPDX-License-Identifier: Apache-2.0 */
/* any-model.c - what a network is used for, and where it came from. */
#include "nn/tool/any-model.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/export/pnn.h"
#include "nn/graph/passes.h"
#include "nn/import/import.h"
#include "nn/import/pnn.h"
#include "nn/tool/hash-file.h"

/* What ST's nets for the VL53L8CX were trained with (its hand posture getting-started package). */
static const struct nn_preprocess st_preprocess = {
	.representation = NN_REPRESENTATION_ST,
	.min_mm = 100,
	.max_mm = 400,
	.background_mm = 120,
	.default_mm = 4000,
	.distance_offset = 295,
	.distance_scale = 196,
	.signal_offset = 281,
	.signal_scale = 452,
};

static int fail(char *ret_reason, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));
static int fail(char *ret_reason, int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(ret_reason, ANY_MODEL_REASON, format, arguments);
	va_end(arguments);
	return error;
}

static uint32_t elements(const struct graph_tensor *tensor)
{
	return tensor->shape[0] * tensor->shape[1] * tensor->shape[2] * tensor->shape[3];
}

static bool takes_frames(const struct graph_tensor *input)
{
	return input->dims == 4 && input->shape[1] == 8 && input->shape[2] == 8 && input->shape[3] == 2;
}

/* Preprocessing and labels: as asked, else what the file has, else ST's for what looks like ST's network. */
static int set_use(const struct model_use *use, struct graph *graph, char *ret_reason)
{
	uint32_t classes = elements(&graph->tensors[graph->output]);
	bool frames = takes_frames(&graph->tensors[graph->input]), known = graph->input_form == NN_INPUT_FRAME;
	const char *preprocess = use->preprocess ? use->preprocess : known ? NULL : frames ? "st" : "none";
	const char *labels = use->labels				     ? use->labels
			     : frames && classes == 8 && !graph->label_count ? import_st_labels
									     : NULL;

	if (preprocess && !strcmp(preprocess, "st")) {
		if (!frames)
			return fail(ret_reason, -EINVAL, "--preprocess st needs a network with an input of 8x8x2");
		graph->input_form = NN_INPUT_FRAME;
		graph->preprocess = st_preprocess;
	} else if (preprocess && !strcmp(preprocess, "none")) {
		graph->input_form = NN_INPUT_PLAIN;
	} else if (preprocess) {
		return fail(ret_reason, -EINVAL, "--preprocess %s: st or none is needed", preprocess);
	}
	if (labels && graph_set_labels(graph, labels) < 0)
		return fail(ret_reason, -EINVAL, "--labels: names of 1 to %d bytes are needed, with commas between",
			    NN_LABEL_MAX - 1);
	if (labels && graph->label_count != classes)
		return fail(ret_reason, -EINVAL, "--labels has %u names, the network has %u outputs",
			    graph->label_count, classes);
	if (use->name)
		snprintf(graph->name, sizeof(graph->name), "%s", use->name);
	return 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* No date: the same file imported twice gives the same bytes. */
static void set_provenance(const char *path, struct graph *graph)
{
	uint8_t digest[NN_SHA256_BYTES];
	char hash[NN_SHA256_TEXT];

	graph_add_provenance(graph, "tool", "posture-model %s import", PACKAGE_VERSION);
	graph_add_provenance(graph, "source", "%s", *path ? base_name(path) : "built-in");
	if (hash_file(path, digest) == 0) {
		nn_sha256_text(digest, hash);
		graph_add_provenance(graph, "source.sha256", "%s", hash);
	}
}

/* Without a name of its own a network gets the file's, without its suffix. */
static void set_name(const char *path, struct graph *graph)
{
	const char *base = base_name(path);

	if (!*graph->name || !strcmp(graph->name, "main"))
		snprintf(graph->name, sizeof(graph->name), "%.*s", (int)strcspn(base, "."), base);
}

static int run_passes(const char *passes, struct graph *graph, char *ret_reason)
{
	char known[160] = "";

	if (passes && !strcmp(passes, "all"))
		graph_optimise(graph);
	else if (passes && graph_run_passes(graph, passes) < 0) {
		for (const struct graph_pass *pass = graph_passes; pass->name; pass++)
			snprintf(known + strlen(known), sizeof(known) - strlen(known), ", %s", pass->name);
		return fail(ret_reason, -EINVAL,
			    "--passes %.80s: names with commas between are needed; there are all%s", passes, known);
	}
	return 0;
}

/* The built-in model is a model file in memory. */
static int import_builtin(struct graph **ret_graph, char *ret_reason)
{
	struct graph *graph = graph_new();
	struct model_file file;
	int r = graph ? model_file_open("", &file, ret_reason) : -ENOMEM;

	if (r == 0) {
		r = pnn_import(&file.model, graph);
		model_file_close(&file);
	}
	if (r < 0) {
		graph_free(graph);
		return r;
	}
	graph_tidy(graph);
	*ret_graph = graph;
	return 0;
}

int any_model_graph(const char *path, const struct model_use *use, struct graph **ret_graph, char *ret_reason)
{
	char reason[GRAPH_REASON] = "";
	struct graph *graph;
	int r = !*path	      ? import_builtin(&graph, reason)
		: use->passes ? import_file_as_it_is(path, &graph, reason)
			      : import_file(path, &graph, reason);

	if (r < 0)
		return fail(ret_reason, r, "%.256s: %s", path, reason);
	set_name(path, graph);
	set_provenance(path, graph);
	r = run_passes(use->passes, graph, ret_reason);
	r = r < 0 ? r : set_use(use, graph, ret_reason);
	if (r < 0) {
		graph_free(graph);
		return r;
	}
	*ret_graph = graph;
	return 0;
}

static bool is_pnn(const char *path)
{
	char magic[sizeof(NN_FORMAT_MAGIC) - 1];
	FILE *file = fopen(path, "rbe");
	bool pnn = !file || fread(magic, 1, sizeof(magic), file) < sizeof(magic) ||
		   !memcmp(magic, NN_FORMAT_MAGIC, sizeof(magic));

	if (file)
		fclose(file);
	return pnn;
}

int any_model_open(const char *path, struct model_file *ret_file, char *ret_reason)
{
	static const struct model_use as_it_is;
	char reason[GRAPH_REASON];
	struct graph *graph;
	void *bytes;
	size_t size;
	int r;

	if (!path || !*path || is_pnn(path))
		return model_file_open(path, ret_file, ret_reason);
	r = any_model_graph(path, &as_it_is, &graph, ret_reason);
	if (r < 0)
		return r;
	r = graph_lower(graph, NN_ROUNDING_SINGLE, reason);
	r = r < 0 ? r : pnn_write(graph, &bytes, &size, reason);
	graph_free(graph);
	if (r < 0)
		return fail(ret_reason, r, "%.256s: %s", path, reason);
	r = model_file_open_memory(bytes, size, ret_file, ret_reason);
	free(bytes);
	return r;
}
