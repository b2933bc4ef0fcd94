/* SPDX-License-Identifier: Apache-2.0 */
/* command-import.c - other people's models into a .pnn. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "nn/export/pnn.h"
#include "nn/import/h5.h"
#include "nn/model-file.h"
#include "nn/tool/hash-file.h"
#include "nn/tool/tool.h"

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

static const char st_labels[] = "None,FlatHand,Like,Love,Dislike,BreakTime,CrossHands,Fist";

struct import_options {
	const char *input, *output, *preprocess, *labels, *name;
};

/* 0: go on, 1: help was asked for, negative: wrong. */
static int parse_options(int argc, char **argv, struct import_options *options)
{
	static const struct option long_options[] = {
		{"output", required_argument, NULL, 'o'}, {"preprocess", required_argument, NULL, 'p'},
		{"labels", required_argument, NULL, 'l'}, {"name", required_argument, NULL, 'n'},
		{"help", no_argument, NULL, 'h'},	  {0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "o:h", long_options, NULL)) >= 0) {
		switch (option) {
		case 'o':
			options->output = optarg;
			break;
		case 'p':
			options->preprocess = optarg;
			break;
		case 'l':
			options->labels = optarg;
			break;
		case 'n':
			options->name = optarg;
			break;
		case 'h':
			return 1;
		default:
			return -EINVAL;
		}
	}
	options->input = argv[optind];
	return optind + 1 == argc && options->output ? 0 : -EINVAL;
}

static uint32_t elements(const struct graph_tensor *tensor)
{
	return tensor->shape[0] * tensor->shape[1] * tensor->shape[2] * tensor->shape[3];
}

static bool takes_frames(const struct graph_tensor *input)
{
	return input->dims == 4 && input->shape[1] == 8 && input->shape[2] == 8 && input->shape[3] == 2;
}

/* Preprocessing and labels: as asked, else ST's for what looks like ST's network. */
static int set_use(const struct command *command, const struct import_options *options, struct graph *graph)
{
	uint32_t classes = elements(&graph->tensors[graph->output]);
	bool frames = takes_frames(&graph->tensors[graph->input]);
	const char *preprocess = options->preprocess ? options->preprocess : frames ? "st" : "none";
	const char *labels = options->labels ? options->labels : frames && classes == 8 ? st_labels : NULL;

	if (!strcmp(preprocess, "st")) {
		if (!frames)
			return tool_fail(command, "--preprocess st needs a network with an input of 8x8x2");
		graph->input_form = NN_INPUT_FRAME;
		graph->preprocess = st_preprocess;
	} else if (strcmp(preprocess, "none") != 0) {
		return tool_fail(command, "--preprocess %s: st or none is needed", preprocess);
	}
	if (labels && graph_set_labels(graph, labels) < 0)
		return tool_fail(command, "--labels: names of 1 to %d bytes are needed, with commas between",
				 NN_LABEL_MAX - 1);
	if (labels && graph->label_count != classes)
		return tool_fail(command, "--labels has %u names, the network has %u outputs", graph->label_count,
				 classes);
	if (options->name)
		snprintf(graph->name, sizeof(graph->name), "%s", options->name);
	return 0;
}

/* No date: the same file imported twice gives the same bytes. */
static void set_provenance(const struct import_options *options, struct graph *graph)
{
	const char *slash = strrchr(options->input, '/');
	uint8_t digest[NN_SHA256_BYTES];
	char hash[NN_SHA256_TEXT];

	graph_add_provenance(graph, "tool", "posture-model %s import", PACKAGE_VERSION);
	graph_add_provenance(graph, "source", "%s", slash ? slash + 1 : options->input);
	if (hash_file(options->input, digest) == 0) {
		nn_sha256_text(digest, hash);
		graph_add_provenance(graph, "source.sha256", "%s", hash);
	}
}

static int write_graph(const struct command *command, const struct import_options *options, struct graph *graph)
{
	char reason[GRAPH_REASON];
	void *bytes;
	size_t size;
	int r = pnn_write(graph, &bytes, &size, reason);

	if (r < 0)
		return tool_fail(command, "%s: %s", options->input, reason);
	r = model_file_write(options->output, bytes, size);
	free(bytes);
	if (r < 0)
		return tool_fail(command, "%s: %s", options->output, strerror(-r));
	printf("%s: %zu bytes, %u operators, %s\n", options->output, size, graph->node_count,
	       graph->input_form == NN_INPUT_FRAME ? "takes sensor frames" : "takes a plain tensor");
	return 0;
}

static int import_run(const struct command *command, int argc, char **argv)
{
	struct import_options options = {0};
	char reason[GRAPH_REASON];
	struct graph *graph;
	const char *suffix;
	int r = parse_options(argc, argv, &options);

	if (r)
		return r > 0 ? tool_help(command) : tool_misuse(command);
	suffix = strrchr(options.input, '.');
	if (!suffix || (strcmp(suffix, ".h5") != 0 && strcmp(suffix, ".hdf5") != 0 && strcmp(suffix, ".keras") != 0))
		return tool_fail(command, "%s: a Keras file (.h5) is needed", options.input);
	if (!strcmp(suffix, ".keras"))
		return tool_fail(command, "%s: the .keras archive is not supported; save with model.save(\"name.h5\")",
				 options.input);
	graph = graph_new();
	if (!graph)
		return tool_fail(command, "out of memory");
	r = h5_import(options.input, graph, reason);
	if (r < 0) {
		r = tool_fail(command, "%s: %s", options.input, reason);
	} else {
		graph_fuse_activations(graph);
		set_provenance(&options, graph);
		r = set_use(command, &options, graph);
		r = r ? r : write_graph(command, &options, graph);
	}
	graph_free(graph);
	return r;
}

const struct command command_import = {
	.name = "import",
	.arguments = "[options] FILE.h5 -o FILE.pnn",
	.summary = "Makes a model file from a Keras .h5",
	.help = "  -o, --output=FILE       the model file to write\n"
		"      --preprocess=FORM   st: the network takes 8x8x2 from the sensor, normalised as ST's are\n"
		"                          none: the caller fills the input\n"
		"                          [st for an input of 8x8x2, else none]\n"
		"      --labels=A,B,...    names of the outputs [ST's eight postures for 8x8x2 with 8 outputs]\n"
		"      --name=NAME         name in the file [the one in the .h5]\n",
	.run = import_run,
};
