/* SPDX-License-Identifier: Apache-2.0 */
/* command-run.c - what a model says to an array, a picture or a recording: one line a sample. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "nn/runtime/run.h"
#include "nn/runtime/value.h"
#include "nn/tool/any-model.h"
#include "nn/tool/samples.h"
#include "nn/tool/tool.h"
#include "sensor/recording.h"

struct run_options {
	const char *model, *input;
	struct samples_form form;
	bool raw;
	unsigned top; /* 0: all outputs in their order */
};

/* A model at work, and what it has said last. */
struct session {
	const struct command *command;
	const struct run_options *options;
	struct model_file file;
	struct nn_run run;
	void *arena;
	float *values; /* [outputs] */
	uint32_t outputs;
};

static int open_session(struct session *session)
{
	char reason[ANY_MODEL_REASON];
	const struct nn_model *model = &session->file.model;
	size_t bytes;

	if (any_model_open(session->options->model, &session->file, reason) < 0)
		return tool_fail(session->command, "%s", reason);
	if (!nn_value_supported(nn_model_input(model)) || !nn_value_supported(nn_model_output(model)))
		return tool_fail(session->command, "%s: input or output is of a type without values",
				 session->options->model);
	session->outputs = nn_tensor_elements(nn_model_output(model));
	bytes = nn_run_bytes(model);
	session->arena = aligned_alloc(NN_FORMAT_ALIGN, bytes);
	session->values = calloc(session->outputs, sizeof(*session->values));
	if (!session->arena || !session->values || nn_run_start(&session->run, model, session->arena, bytes) != 0)
		return tool_fail(session->command, "no memory for an arena of %zu bytes", bytes);
	return 0;
}

static void close_session(struct session *session)
{
	free(session->values);
	free(session->arena);
	model_file_close(&session->file);
}

static void print_value(const struct session *session, uint32_t i)
{
	const struct nn_tensor *output = nn_model_output(&session->file.model);
	const uint8_t *bytes = nn_run_tensor(&session->run, output);
	int16_t wide;

	if (!session->options->raw || output->type == NN_TYPE_F32) {
		printf("%.9g", (double)session->values[i]);
		return;
	}
	memcpy(&wide, bytes + (output->type == NN_TYPE_I16 ? 2 * (size_t)i : 0), output->type == NN_TYPE_I16 ? 2 : 1);
	printf("%d", output->type == NN_TYPE_I16 ? wide : output->type == NN_TYPE_I8 ? (int8_t)bytes[i] : bytes[i]);
}

/* A file's label, without what could steer a terminal; the number of the output without one. */
static void print_label(const struct session *session, uint32_t i)
{
	const char *label = i < session->file.model.main->classes ? session->file.model.labels[i] : "";

	for (const char *c = label; *c; c++)
		putchar((unsigned char)*c < 0x20 || *c == 0x7f ? '?' : *c);
	if (!*label)
		printf("%u", i);
}

/* The largest outputs, largest first; of equal ones the first. */
static void print_top(const struct session *session)
{
	const float *values = session->values;
	uint32_t last = UINT32_MAX;

	for (unsigned n = 0; n < session->options->top && n < session->outputs; n++) {
		uint32_t best = UINT32_MAX;

		for (uint32_t i = 0; i < session->outputs; i++) {
			bool left = last == UINT32_MAX || values[i] < values[last] ||
				    (!(values[i] > values[last]) && i > last);

			if (left && (best == UINT32_MAX || values[i] > values[best]))
				best = i;
		}
		if (best == UINT32_MAX)
			break; /* what is left is no number */
		fputs(n ? " " : "", stdout);
		print_label(session, best);
		putchar('=');
		print_value(session, best);
		last = best;
	}
	putchar('\n');
}

static void run_sample(struct session *session)
{
	nn_run(&session->run);
	nn_value_read(&session->run, nn_model_output(&session->file.model), session->values);
	if (session->options->top) {
		print_top(session);
		return;
	}
	for (uint32_t i = 0; i < session->outputs; i++) {
		fputs(i ? " " : "", stdout);
		print_value(session, i);
	}
	putchar('\n');
}

/* --- what to look at ------------------------------------------------------------------------------------------- */

static int run_samples(struct session *session)
{
	const struct nn_tensor *input = nn_model_input(&session->file.model);
	char reason[SAMPLES_REASON];
	struct samples samples;
	int r = 0;

	if (samples_open(session->options->input, input, &session->options->form, &samples, reason) < 0)
		return tool_fail(session->command, "%s: %s", session->options->input, reason);
	for (uint64_t i = 0; i < samples.n && r == 0; i++) {
		r = samples_write(&samples, i, &session->run, input);
		if (r == 0)
			run_sample(session);
	}
	samples_clear(&samples);
	return r < 0 ? tool_fail(session->command, "out of memory") : 0;
}

static void run_frame(struct session *session, const struct frame *frame)
{
	const struct nn_model *model = &session->file.model;
	float planes[FRAME_ZONES_MAX * 2];
	struct nn_hand hand;

	if (nn_preprocess(&model->main->preprocess, frame, planes, &hand) != 0) {
		puts("not 8x8");
	} else if (!hand.present) {
		puts("no hand");
	} else {
		nn_value_write(&session->run, nn_model_input(model), planes);
		run_sample(session);
	}
}

static int run_recordings(struct session *session)
{
	char reason[RECORDING_REASON];
	struct recording_list list;
	int r = recording_list_open(session->options->input, &list, reason);

	if (r < 0)
		return tool_fail(session->command, "%s: %s", session->options->input, reason);
	for (size_t i = 0; i < list.n && r == 0; i++) {
		struct recording recording;

		r = recording_read(list.paths[i], &recording, reason);
		if (r < 0) {
			tool_fail(session->command, "%s: %s", list.paths[i], reason);
			break;
		}
		for (size_t k = 0; k < recording.n; k++)
			run_frame(session, &recording.frames[k]);
		recording_clear(&recording);
	}
	recording_list_clear(&list);
	return r < 0 ? 1 : 0;
}

static int run_model(const struct command *command, const struct run_options *options)
{
	struct session session = {.command = command, .options = options};
	int r = open_session(&session);

	if (r == 0 && !samples_is_recording(options->input))
		r = run_samples(&session);
	else if (r == 0 && session.file.model.main->input_form != NN_INPUT_FRAME)
		r = tool_fail(command, "the model takes no sensor frames; a .npy or a picture is needed");
	else if (r == 0)
		r = run_recordings(&session);
	close_session(&session);
	return r;
}

static int run_run(const struct command *command, int argc, char **argv)
{
	static const struct option long_options[] = {
		{"raw", no_argument, NULL, 'r'},
		{"top", required_argument, NULL, 't'},
		{"preprocess", required_argument, NULL, 'p'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	struct run_options options = {0};
	int option;
	char *end;

	while ((option = getopt_long(argc, argv, "h", long_options, NULL)) >= 0) {
		if (option == 'h')
			return tool_help(command);
		if (option == 'r')
			options.raw = true;
		else if (option == 't' && (options.top = (unsigned)strtoul(optarg, &end, 10)) > 0 && !*end)
			continue;
		else if (option != 'p' || samples_parse_form(optarg, &options.form) < 0)
			return tool_misuse(command);
	}
	if (argc - optind != 2)
		return tool_misuse(command);
	options.model = argv[optind];
	options.input = argv[optind + 1];
	return run_model(command, &options);
}

const struct command command_run = {
	.name = "run",
	.arguments = "[options] MODEL INPUT",
	.summary = "Prints what a model says to arrays, pictures and recordings",
	.help = "MODEL is a file that import takes or makes; \"\" is the built-in model. INPUT is an array (.npy, any batch),\n"
		"a picture (PNG, PPM, PGM, BMP) of the network's size, or a recording (.npz or a directory of them).\n"
		"One line of outputs a sample.\n\n"
		"      --raw              the integers of a quantised network as they are\n"
		"      --top=K            only the K largest, as LABEL=VALUE\n"
		"      --preprocess=FORM  what bytes mean: scale (0..1), signed (-1..1), MEAN,STD ((x/255 - MEAN) / STD,\n"
		"                         one pair or as many means and then deviations as channels), none (as they are)\n",
	.run = run_run,
};
