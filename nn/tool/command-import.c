/* SPDX-License-Identifier: Apache-2.0 */
/* command-import.c - other people's models into a .pnn. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "nn/export/pnn.h"
#include "nn/graph/passes.h"
#include "nn/model-file.h"
#include "nn/tool/any-model.h"
#include "nn/tool/tool.h"

struct import_options {
	const char *input, *output;
	struct model_use use;
	enum nn_rounding rounding;
};

/* 0: go on, 1: help was asked for, negative: wrong. */
static int parse_options(int argc, char **argv, struct import_options *options)
{
	static const struct option long_options[] = {
		{"output", required_argument, NULL, 'o'},
		{"preprocess", required_argument, NULL, 'p'},
		{"labels", required_argument, NULL, 'l'},
		{"name", required_argument, NULL, 'n'},
		{"rounding", required_argument, NULL, 'r'},
		{"passes", required_argument, NULL, 'P'},
		{"no-passes", no_argument, NULL, 'N'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "o:h", long_options, NULL)) >= 0) {
		switch (option) {
		case 'o':
			options->output = optarg;
			break;
		case 'p':
			options->use.preprocess = optarg;
			break;
		case 'l':
			options->use.labels = optarg;
			break;
		case 'n':
			options->use.name = optarg;
			break;
		case 'r':
			if (strcmp(optarg, "single") != 0 && strcmp(optarg, "double") != 0)
				return -EINVAL;
			options->rounding = *optarg == 's' ? NN_ROUNDING_SINGLE : NN_ROUNDING_DOUBLE;
			break;
		case 'P':
			options->use.passes = optarg;
			break;
		case 'N':
			options->use.passes = "";
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

static int write_graph(const struct command *command, const struct import_options *options, struct graph *graph)
{
	char reason[GRAPH_REASON];
	unsigned dead;
	void *bytes;
	size_t size;
	int r = graph_lower(graph, options->rounding, reason);

	r = r < 0 ? r : pnn_write(graph, &bytes, &size, reason);

	if (r < 0)
		return tool_fail(command, "%s: %s", options->input, reason);
	r = model_file_write(options->output, bytes, size);
	free(bytes);
	if (r < 0)
		return tool_fail(command, "%s: %s", options->output, strerror(-r));
	printf("%s: %zu bytes, %u operators, %s\n", options->output, size, graph->node_count,
	       graph->input_form == NN_INPUT_FRAME ? "takes sensor frames" : "takes a plain tensor");
	dead = graph_count_dead_filters(graph);
	if (dead)
		printf("%u filters have no weight but 0: train the network again without them\n", dead);
	return 0;
}

static int import_run(const struct command *command, int argc, char **argv)
{
	struct import_options options = {.use.passes = "all", .rounding = NN_ROUNDING_SINGLE};
	char reason[ANY_MODEL_REASON];
	struct graph *graph;
	int r = parse_options(argc, argv, &options);

	if (r)
		return r > 0 ? tool_help(command) : tool_misuse(command);
	if (any_model_graph(options.input, &options.use, &graph, reason) < 0)
		return tool_fail(command, "%s", reason);
	r = write_graph(command, &options, graph);
	graph_free(graph);
	return r;
}

const struct command command_import = {
	.name = "import",
	.arguments = "[options] FILE -o FILE.pnn",
	.summary = "Makes a model file from a .tflite, .onnx or Keras .h5",
	.help = "  -o, --output=FILE       the model file to write\n"
		"      --preprocess=FORM   st: the network takes 8x8x2 from the sensor, normalised as ST's are\n"
		"                          none: the caller fills the input\n"
		"                          [st for an input of 8x8x2, else none]\n"
		"      --labels=A,B,...    names of the outputs [ST's eight postures for 8x8x2 with 8 outputs]\n"
		"      --rounding=MODE         of integers: single, as XNNPACK, or double, as CMSIS-NN [single]\n"
		"      --passes=A,B,...    what makes the network smaller: all, fold-constants, layout, fuse-padding,\n"
		"                          fuse-activations, fold-linear, merge-branches, dead-filters [all]\n"
		"      --no-passes         the network as the file has it\n"
		"      --name=NAME         name in the file [the one in FILE, or its name]\n",
	.run = import_run,
};
