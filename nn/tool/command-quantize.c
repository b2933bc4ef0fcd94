/* SPDX-License-Identifier: Apache-2.0 */
/* command-quantize.c - a float model becomes one of smaller numbers, measured before and after. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "nn/export/pnn.h"
#include "nn/graph/calibrate.h"
#include "nn/graph/passes.h"
#include "nn/tool/any-model.h"
#include "nn/tool/tool.h"
#include "nn/tool/trials.h"

struct mode {
	const char *name;
	enum quantise_mode mode;
};

static const struct mode modes[] = {
	{"int8", QUANTISE_INT8},       {"int16x8", QUANTISE_INT16X8}, {"drq", QUANTISE_DRQ},
	{"float16", QUANTISE_FLOAT16}, {"uint8", QUANTISE_UINT8},     {"weights8", QUANTISE_WEIGHTS8},
};

struct settings {
	const char *model, *output;
	const struct mode *mode;
	struct trials_source calibration, evaluation;
	const char *range;
	struct calibrate_options calibrate;
	struct quantise_options quantise;
	enum nn_rounding rounding;
	bool keep; /* all operators as they are */
};

/* What is known and made on the way. */
struct work {
	const struct command *command;
	const struct settings *settings;
	struct graph *graph;
	struct model_file before, after;
	struct trials calibration, evaluation;
};

/* --- options --------------------------------------------------------------------------------------------------- */

static const struct mode *find_mode(const char *name)
{
	for (unsigned i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(modes[i].name, name))
			return &modes[i];
	return NULL;
}

static int parse_type(const char *text, enum nn_type *ret_type)
{
	static const struct {
		const char *name;
		enum nn_type type;
	} types[] = {{"f32", NN_TYPE_F32}, {"i8", NN_TYPE_I8}, {"u8", NN_TYPE_U8}, {"i16", NN_TYPE_I16}};

	for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i].name, text)) {
			*ret_type = types[i].type;
			return 0;
		}
	return -EINVAL;
}

static int parse_range(const char *text, struct calibrate_options *calibrate)
{
	char *end;

	if (!strcmp(text, "minmax") || !strcmp(text, "mse")) {
		calibrate->rule = text[1] == 'i' ? CALIBRATE_MINMAX : CALIBRATE_MSE;
		return 0;
	}
	if (strncmp(text, "percentile", strlen("percentile")) != 0)
		return -EINVAL;
	text += strlen("percentile");
	calibrate->rule = CALIBRATE_PERCENTILE;
	if (!*text)
		return 0;
	calibrate->percentile = strtod(text + 1, &end);
	return *text == '=' && end != text + 1 && !*end && calibrate->percentile >= 50 && calibrate->percentile <= 100
		       ? 0
		       : -EINVAL;
}

static int parse_rounding(const char *text, enum nn_rounding *ret_rounding)
{
	if (strcmp(text, "single") != 0 && strcmp(text, "double") != 0)
		return -EINVAL;
	*ret_rounding = *text == 's' ? NN_ROUNDING_SINGLE : NN_ROUNDING_DOUBLE;
	return 0;
}

static int parse_option(int option, char *text, struct settings *settings)
{
	switch (option) {
	case 'o':
		settings->output = text;
		return 0;
	case 'm':
		settings->mode = find_mode(text);
		return settings->mode ? 0 : -EINVAL;
	case 'c':
		settings->calibration.path = text;
		return 0;
	case 'e':
		settings->evaluation.path = text;
		return 0;
	case 'l':
		settings->evaluation.labels = text;
		return 0;
	case 'p':
		return samples_parse_form(text, &settings->calibration.form);
	case 'r':
		settings->range = text;
		return parse_range(text, &settings->calibrate);
	case 't':
		settings->quantise.per_tensor = true;
		return 0;
	case 'k':
		settings->keep = true;
		return 0;
	case 'I':
		return parse_type(text, &settings->quantise.input);
	case 'O':
		return parse_type(text, &settings->quantise.output);
	case 'R':
		return parse_rounding(text, &settings->rounding);
	default:
		return -EINVAL;
	}
}

static const struct option long_options[] = {
	{"output", required_argument, NULL, 'o'},
	{"mode", required_argument, NULL, 'm'},
	{"calibrate", required_argument, NULL, 'c'},
	{"evaluate", required_argument, NULL, 'e'},
	{"labels", required_argument, NULL, 'l'},
	{"preprocess", required_argument, NULL, 'p'},
	{"range", required_argument, NULL, 'r'},
	{"per-tensor", no_argument, NULL, 't'},
	{"keep", no_argument, NULL, 'k'},
	{"input-type", required_argument, NULL, 'I'},
	{"output-type", required_argument, NULL, 'O'},
	{"rounding", required_argument, NULL, 'R'},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static const char *name_of(int option)
{
	unsigned i = 0;

	while (long_options[i].val != option)
		i++;
	return long_options[i].name;
}

/* 0: go on, 1: help was asked for, negative: wrong. */
static int parse_options(int argc, char **argv, struct settings *settings)
{
	int option;

	while ((option = getopt_long(argc, argv, "o:m:h", long_options, NULL)) >= 0) {
		if (option == 'h')
			return 1;
		if (option == '?')
			return -EINVAL;
		if (parse_option(option, optarg, settings) < 0) {
			fprintf(stderr, "posture-model quantize: --%s can't be \"%s\"\n", name_of(option), optarg);
			return -EINVAL;
		}
	}
	settings->evaluation.form = settings->calibration.form;
	settings->model = argv[optind];
	settings->calibrate.steps = settings->mode && settings->mode->mode == QUANTISE_INT16X8 ? 65535 : 255;
	if (settings->mode)
		settings->quantise.mode = settings->mode->mode;
	return optind + 1 == argc && settings->output && settings->mode ? 0 : -EINVAL;
}

/* --- the way --------------------------------------------------------------------------------------------------- */

static int write_memory(struct work *work, struct model_file *ret_file)
{
	char reason[GRAPH_REASON];
	void *bytes = NULL;
	size_t size;
	int r = pnn_write(work->graph, &bytes, &size, reason);

	r = r < 0 ? r : model_file_open_memory(bytes, size, ret_file, reason);
	free(bytes);
	return r < 0 ? tool_fail(work->command, "%s: %s", work->settings->model, reason) : 0;
}

static int open_float(struct work *work)
{
	static const struct model_use as_it_is;
	char reason[ANY_MODEL_REASON];

	if (any_model_graph(work->settings->model, &as_it_is, &work->graph, reason) < 0)
		return tool_fail(work->command, "%s", reason);
	if (graph_widen_halves(work->graph) < 0)
		return tool_fail(work->command, "out of memory");
	if (!work->settings->keep)
		graph_optimise(work->graph);
	if (graph_quantise_prepare(work->graph, reason) < 0)
		return tool_fail(work->command, "%s: %s", work->settings->model, reason);
	return write_memory(work, &work->before);
}

static int read_data(struct work *work)
{
	const struct settings *settings = work->settings;
	bool needed = quantise_needs_ranges(settings->quantise.mode);
	size_t files = 0, inputs = 0;
	char reason[TRIALS_REASON];

	if (needed && !settings->calibration.path)
		return tool_fail(work->command, "--mode %s needs --calibrate with data like those of later use",
				 settings->mode->name);
	if (settings->calibration.path &&
	    trials_read(&settings->calibration, &work->before.model, &work->calibration, reason) < 0)
		return tool_fail(work->command, "%s", reason);
	if (settings->evaluation.path &&
	    trials_read(&settings->evaluation, &work->before.model, &work->evaluation, reason) < 0)
		return tool_fail(work->command, "%s", reason);
	if (!needed || !settings->evaluation.path)
		return 0;
	if (trials_overlap(&work->calibration, &work->evaluation, &files, &inputs) < 0)
		return tool_fail(work->command, "out of memory");
	if (files || inputs)
		fprintf(stderr,
			"posture-model quantize: warning: %zu of %zu files and %zu of %zu samples of --evaluate are in "
			"--calibrate, too: the accuracy will look better than it is\n",
			files, work->evaluation.file_count, inputs, work->evaluation.n);
	graph_add_provenance(work->graph, "evaluation.overlap", "%zu files, %zu samples", files, inputs);
	return 0;
}

static void get_sample(void *context, size_t i, float *input)
{
	const struct trials *trials = context;

	memcpy(input, trials_input(trials, i), trials->elements * sizeof(*input));
}

static int quantise(struct work *work)
{
	const struct settings *settings = work->settings;
	const struct calibrate_samples samples = {work->calibration.n, get_sample, &work->calibration};
	struct quantise_range *ranges = calloc(NN_TENSORS_MAX, sizeof(*ranges));
	char reason[GRAPH_REASON] = "out of memory";
	int r = ranges ? 0 : -ENOMEM;

	if (r == 0 && quantise_needs_ranges(settings->quantise.mode))
		r = graph_calibrate(work->graph, &settings->calibrate, &samples, ranges, reason);
	r = r < 0 ? r : graph_quantise(work->graph, &settings->quantise, ranges, reason);
	r = r < 0 ? r : graph_lower(work->graph, settings->rounding, reason);
	free(ranges);
	return r < 0 ? tool_fail(work->command, "%s: %s", settings->model, reason) : 0;
}

static void set_provenance(struct work *work)
{
	const struct settings *settings = work->settings;

	graph_add_provenance(work->graph, "tool", "posture-model %s quantize", PACKAGE_VERSION);
	graph_add_provenance(work->graph, "quantise.mode", "%s%s", settings->mode->name,
			     settings->quantise.per_tensor ? ", per tensor" : "");
	if (!quantise_needs_ranges(settings->quantise.mode))
		return;
	graph_add_provenance(work->graph, "quantise.range", "%s", settings->range);
	graph_add_provenance(work->graph, "calibration.sha256", "%s", work->calibration.sha256);
	graph_add_provenance(work->graph, "calibration.samples", "%zu", work->calibration.n);
}

/* The accuracies are part of the file, so the file that is measured is written anew with them. */
static int evaluate(struct work *work)
{
	struct trials_score before, after;

	if (!work->settings->evaluation.path)
		return 0;
	if (trials_judge(&work->evaluation, &work->before.model, &before) < 0 ||
	    trials_judge(&work->evaluation, &work->after.model, &after) < 0)
		return tool_fail(work->command, "out of memory");
	if (!before.n)
		return tool_fail(work->command, "%s: no sample has a label; say them with --labels",
				 work->settings->evaluation.path);
	printf("accuracy %.2f %% before, %.2f %% after, on %zu samples\n", trials_percent(before),
	       trials_percent(after), before.n);
	graph_add_provenance(work->graph, "evaluation.sha256", "%s", work->evaluation.sha256);
	graph_add_provenance(work->graph, "evaluation.samples", "%zu", before.n);
	graph_add_provenance(work->graph, "accuracy.float", "%.4f", trials_percent(before) / 100);
	graph_add_provenance(work->graph, "accuracy.quantised", "%.4f", trials_percent(after) / 100);
	model_file_close(&work->after);
	return write_memory(work, &work->after);
}

static int save(struct work *work)
{
	const struct nn_header *before = work->before.model.header, *after = work->after.model.header;
	int r = model_file_write(work->settings->output, after, after->bytes);

	if (r < 0)
		return tool_fail(work->command, "%s: %s", work->settings->output, strerror(-r));
	printf("%s: %u bytes (float: %u), weights %u (%u), arena %u (%u)\n", work->settings->output, after->bytes,
	       before->bytes, after->sections[NN_SECTION_DATA].bytes, before->sections[NN_SECTION_DATA].bytes,
	       work->after.model.main->arena_bytes, work->before.model.main->arena_bytes);
	return 0;
}

static int quantize_run(const struct command *command, int argc, char **argv)
{
	struct settings settings = {
		.range = "minmax",
		.calibrate = {.percentile = 99.9},
		.rounding = NN_ROUNDING_SINGLE,
	};
	struct work work = {.command = command, .settings = &settings};
	int r = parse_options(argc, argv, &settings);

	if (r)
		return r > 0 ? tool_help(command) : tool_misuse(command);
	r = open_float(&work);
	r = r ? r : read_data(&work);
	r = r ? r : quantise(&work);
	if (r == 0)
		set_provenance(&work);
	r = r ? r : write_memory(&work, &work.after);
	r = r ? r : evaluate(&work);
	r = r ? r : save(&work);
	trials_clear(&work.calibration);
	trials_clear(&work.evaluation);
	model_file_close(&work.before);
	model_file_close(&work.after);
	graph_free(work.graph);
	return r;
}

const struct command command_quantize = {
	.name = "quantize",
	.arguments = "[options] MODEL --mode=MODE -o FILE.pnn",
	.summary = "Makes a float model smaller and its arithmetic integer",
	.help = "MODEL is a model of floats or half-precision floats that import takes or makes; \"\" is the built-in one.\n\n"
		"  -m, --mode=MODE         int8: integers all through; int16x8: 16-bit activations, 8-bit weights;\n"
		"                          uint8: as old TensorFlow networks; drq: 8-bit weights, inputs quantised at run\n"
		"                          time; weights8: 8-bit weights, float sums; float16: half-precision weights\n"
		"  -o, --output=FILE       the model file to write\n"
		"      --calibrate=DATA    what the network will see: recordings, or an array (.npy); for the integer modes\n"
		"      --range=RULE        minmax, percentile[=P] (that stay, 99.9) or mse [minmax]\n"
		"      --per-tensor        one scale for all channels\n"
		"      --keep              all operators stay; otherwise normalisations are folded into weights first\n"
		"      --input-type=TYPE   f32, i8, u8, i16 [that of the mode]\n"
		"      --output-type=TYPE\n"
		"      --rounding=MODE     single or double, as nn/runtime/ARITHMETIC.md says [single]\n"
		"      --evaluate=DATA     measures accuracy before and after, and keeps it in the file\n"
		"      --labels=FILE       labels of an array in --evaluate: .npy, or .csv with the label last\n"
		"      --preprocess=FORM   what bytes of arrays mean: scale, signed, MEAN,STD, none\n",
	.run = quantize_run,
};
