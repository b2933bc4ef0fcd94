/* SPDX-License-Identifier: Apache-2.0 */
/* command-bench.c - what a model costs and whether it fits, one or two side by side. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "nn/runtime/operators.h"
#include "nn/tool/any-model.h"
#include "nn/tool/measurement.h"
#include "nn/tool/tool.h"
#include "nn/tool/trials.h"

enum {
	MODELS_MAX = 2,
	RUNS = 200,
	RUNS_MAX = 1000000,
};

/* Memory that a network may take; 0: it is not asked. */
struct budget {
	uint64_t ram, flash;
};

/* One model, all that was measured of it. */
struct bench {
	const char *path;
	struct model_file file;
	struct runner runner;
	struct measurement measurement;
	struct trials_score score;
};

struct bench_options {
	const struct command *command;
	struct trials_source data;
	struct budget budget;
	unsigned runs;
	bool compare;
};

/* --- options --------------------------------------------------------------------------------------------------- */

/* "44640", "64K", "1M". */
static int parse_bytes(const char *text, uint64_t *ret_bytes)
{
	char *end;
	double number = strtod(text, &end);
	double unit = *end == 'K' || *end == 'k' ? 1024 : *end == 'M' || *end == 'm' ? 1048576 : 1;

	if (end == text || (unit > 1 ? end[1] : *end) || !(number > 0) || number > 1e12)
		return -EINVAL;
	*ret_bytes = (uint64_t)(number * unit);
	return 0;
}

/* The Cortex-M4 of an STM32MP15x as its SRAM is usually shared out: SRAM1 for code and constants, SRAM2 for data. */
static int parse_target(const char *text, struct budget *budget)
{
	if (strcmp(text, "mp1") != 0)
		return -EINVAL;
	*budget = (struct budget){.ram = 128 * 1024, .flash = 128 * 1024};
	return 0;
}

static int parse_option(int option, const char *text, struct bench_options *options)
{
	char *end;

	switch (option) {
	case 'c':
		options->compare = true;
		return 0;
	case 'C':
		return strcmp(text, "host") == 0 ? 0 : -EINVAL;
	case 'd':
		options->data.path = text;
		return 0;
	case 'l':
		options->data.labels = text;
		return 0;
	case 'p':
		return samples_parse_form(text, &options->data.form);
	case 'r':
		return parse_bytes(text, &options->budget.ram);
	case 'f':
		return parse_bytes(text, &options->budget.flash);
	case 't':
		return parse_target(text, &options->budget);
	case 'n':
		options->runs = (unsigned)strtoul(text, &end, 10);
		return options->runs && options->runs <= RUNS_MAX && !*end ? 0 : -EINVAL;
	default:
		return -EINVAL;
	}
}

/* 0: go on, 1: help was asked for, negative: wrong. */
static int parse_options(int argc, char **argv, struct bench_options *options)
{
	static const struct option long_options[] = {
		{"compare", no_argument, NULL, 'c'},
		{"core", required_argument, NULL, 'C'},
		{"data", required_argument, NULL, 'd'},
		{"labels", required_argument, NULL, 'l'},
		{"preprocess", required_argument, NULL, 'p'},
		{"ram", required_argument, NULL, 'r'},
		{"flash", required_argument, NULL, 'f'},
		{"target", required_argument, NULL, 't'},
		{"runs", required_argument, NULL, 'n'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "h", long_options, NULL)) >= 0) {
		if (option == 'h')
			return 1;
		if (parse_option(option, optarg, options) < 0)
			return -EINVAL;
	}
	return argc - optind == (options->compare ? 2 : 1) ? 0 : -EINVAL;
}

/* --- measuring ------------------------------------------------------------------------------------------------- */

/* Without data: numbers from -1 to 1 that look like none in particular. */
static void make_input(float *input, uint32_t n)
{
	uint32_t state = 1;

	for (uint32_t i = 0; i < n; i++) {
		state = state * 1664525 + 1013904223;
		input[i] = (float)(state >> 8) / 8388608 - 1;
	}
}

static int measure(struct bench *bench, const struct bench_options *options)
{
	char reason[ANY_MODEL_REASON];
	struct trials trials = {0};
	float *input;
	int r;

	if (any_model_open(bench->path, &bench->file, reason) < 0)
		return tool_fail(options->command, "%s", reason);
	r = runner_open(&bench->file.model, &bench->runner);
	if (r < 0)
		return tool_fail(options->command, "%s: %s", bench->path, strerror(-r));
	if (options->data.path && trials_read(&options->data, &bench->file.model, &trials, reason) < 0)
		return tool_fail(options->command, "%s", reason);
	input = malloc(bench->runner.inputs * sizeof(*input));
	r = input ? 0 : -ENOMEM;
	if (r == 0) {
		if (trials.n)
			memcpy(input, trials_input(&trials, 0), bench->runner.inputs * sizeof(*input));
		else
			make_input(input, bench->runner.inputs);
		r = measurement_take(&bench->runner, input, options->runs, &bench->measurement);
	}
	r = r < 0 || !trials.n ? r : trials_judge(&trials, &bench->file.model, &bench->score);
	free(input);
	trials_clear(&trials);
	return r < 0 ? tool_fail(options->command, "%s: %s", bench->path, strerror(-r)) : 0;
}

/* --- telling --------------------------------------------------------------------------------------------------- */

static void print_numbers(const char *what, const struct bench *benches, unsigned n,
			  uint64_t (*get)(const struct bench *))
{
	printf("%-26s", what);
	for (unsigned i = 0; i < n; i++)
		printf(" %16" PRIu64, get(&benches[i]));
	if (n == 2 && get(&benches[0]))
		printf("   x %.3f", (double)get(&benches[1]) / (double)get(&benches[0]));
	putchar('\n');
}

static uint64_t get_macc(const struct bench *bench)
{
	return bench->measurement.macc.network;
}

static uint64_t get_macc_code(const struct bench *bench)
{
	return bench->measurement.macc.code;
}

static uint64_t get_macs(const struct bench *bench)
{
	return bench->file.model.macs;
}

static uint64_t get_weights(const struct bench *bench)
{
	return bench->measurement.weights_bytes;
}

static uint64_t get_file(const struct bench *bench)
{
	return bench->file.model.header->bytes;
}

static uint64_t get_arena(const struct bench *bench)
{
	return bench->measurement.arena_bytes;
}

static uint64_t get_min(const struct bench *bench)
{
	return bench->measurement.min_ns;
}

static uint64_t get_median(const struct bench *bench)
{
	return bench->measurement.median_ns;
}

static uint64_t get_p99(const struct bench *bench)
{
	return bench->measurement.p99_ns;
}

static void print_totals(const struct bench *benches, unsigned n)
{
	printf("%-26s", "model");
	for (unsigned i = 0; i < n; i++)
		printf(" %16.16s", benches[i].file.model.main->name);
	putchar('\n');
	print_numbers("MACC (ST, network)", benches, n, get_macc);
	print_numbers("MACC (ST, C code)", benches, n, get_macc_code);
	print_numbers("multiplications", benches, n, get_macs);
	print_numbers("flash: weights, bytes", benches, n, get_weights);
	print_numbers("flash: model file, bytes", benches, n, get_file);
	print_numbers("RAM: arena, bytes", benches, n, get_arena);
	print_numbers("time here, min, ns", benches, n, get_min);
	print_numbers("time here, median, ns", benches, n, get_median);
	print_numbers("time here, p99, ns", benches, n, get_p99);
	if (!benches[0].score.n)
		return;
	printf("%-26s", "accuracy, %");
	for (unsigned i = 0; i < n; i++)
		printf(" %16.2f", trials_percent(benches[i].score));
	putchar('\n');
}

static void print_layers(const struct bench *bench)
{
	const struct nn_model *model = &bench->file.model;

	printf("\n%-18s %12s %12s %10s %10s  %s\n", "layer", "MACC", "weights", "out bytes", "min ns", "tensor");
	for (uint32_t i = 0; i < model->operator_count; i++) {
		const struct nn_operator *op = &model->operators[i];
		const struct measurement_layer *layer = &bench->measurement.layers[i];
		const struct nn_tensor *out = nn_model_operand(model, op, op->inputs);

		printf("%-18s %12" PRIu64 " %12" PRIu64 " %10u %10" PRIu64 "  %s\n", nn_operator_kind(op->code)->name,
		       layer->macc.network, layer->weights_bytes, out->bytes, layer->min_ns,
		       model->strings + out->name);
	}
}

/* Returns whether it fits. */
static bool print_fit(const char *what, uint64_t needed, uint64_t budget)
{
	if (budget)
		printf("%s: %" PRIu64 " of %" PRIu64 " bytes, %s\n", what, needed, budget,
		       needed <= budget ? "fits" : "does not fit");
	return !budget || needed <= budget;
}

static bool print_fits(const struct bench *bench, struct budget budget)
{
	bool ram = print_fit("RAM", get_arena(bench), budget.ram);

	return print_fit("flash", get_weights(bench), budget.flash) && ram;
}

static int bench_run(const struct command *command, int argc, char **argv)
{
	struct bench_options options = {.command = command, .runs = RUNS};
	struct bench *benches = calloc(MODELS_MAX, sizeof(*benches));
	int r = parse_options(argc, argv, &options);
	unsigned n = options.compare ? 2 : 1;

	if (!benches)
		return tool_fail(command, "out of memory");
	if (r) {
		free(benches);
		return r > 0 ? tool_help(command) : tool_misuse(command);
	}
	for (unsigned i = 0; i < n && r == 0; i++) {
		benches[i].path = argv[optind + (int)i];
		r = measure(&benches[i], &options);
	}
	if (r == 0) {
		print_totals(benches, n);
		for (unsigned i = 0; i < n; i++) {
			print_layers(&benches[i]);
			r |= !print_fits(&benches[i], options.budget);
		}
	}
	for (unsigned i = 0; i < n; i++) {
		runner_close(&benches[i].runner);
		model_file_close(&benches[i].file);
	}
	free(benches);
	return r;
}

const struct command command_bench = {
	.name = "bench",
	.arguments = "[options] MODEL | --compare [options] A B",
	.summary = "Shows what a model costs in work, memory and time, and whether it fits",
	.help = "MODEL is one that import takes or makes; \"\" is the built-in one. MACC is counted as ST's tools do; flash is\n"
		"weights with their scales, RAM the arena with input and output. Exit status 1: it does not fit.\n\n"
		"      --compare          two models side by side\n"
		"      --core=host        where time is measured: this machine\n"
		"      --runs=N           how often [200]\n"
		"      --data=DATA        accuracy too: recordings, an array (.npy) or a picture\n"
		"      --labels=FILE      labels of an array: .npy, or .csv with the label last\n"
		"      --preprocess=FORM  what bytes of arrays mean: scale, signed, MEAN,STD, none\n"
		"      --ram=N[K|M]       bytes that activations may take\n"
		"      --flash=N[K|M]     bytes that weights may take\n"
		"      --target=mp1       both for the Cortex-M4 of an STM32MP15x: 128K and 128K\n",
	.run = bench_run,
};
