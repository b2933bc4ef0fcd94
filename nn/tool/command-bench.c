/* SPDX-License-Identifier: Apache-2.0 */
/* command-bench.c - what a model costs and whether it fits, one or two side by side. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "nn/tool/any-model.h"
#include "nn/tool/bench.h"
#include "nn/tool/tool.h"

enum {
	MODELS_MAX = 2,
	RUNS = 200,
	RUNS_MAX = 1000000,
};

struct bench_options {
	const struct command *command;
	struct trials_source data;
	struct bench_budget budget;
	enum core core;
	double clock_mhz; /* 0: the core's */
	unsigned runs;
	bool compare, json, runtime;
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

/* What an STM32MP15x has for its Cortex-M4, which runs code from RAM: one memory holds everything. */
static int parse_target(const char *text, struct bench_budget *budget)
{
	if (!strcmp(text, "mp1")) {
		budget->all = 384 * 1024;
		budget->all_name = "MCUSRAM";
	} else if (!strcmp(text, "mp1-retram")) {
		budget->all = 64 * 1024;
		budget->all_name = "RETRAM";
	} else {
		return -EINVAL;
	}
	return 0;
}

static int parse_clock(const char *text, double *ret_mhz)
{
	char *end;
	double mhz = strtod(text, &end);

	if (end == text || *end || !(mhz > 0) || mhz > 1e5)
		return -EINVAL;
	*ret_mhz = mhz;
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
		return core_parse(text, &options->core);
	case 'm':
		return parse_clock(text, &options->clock_mhz);
	case 'j':
		options->json = true;
		return 0;
	case 'R':
		options->runtime = true;
		return 0;
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
		{"compare", no_argument, NULL, 'c'},	  {"core", required_argument, NULL, 'C'},
		{"clock", required_argument, NULL, 'm'},  {"json", no_argument, NULL, 'j'},
		{"runtime", no_argument, NULL, 'R'},	  {"data", required_argument, NULL, 'd'},
		{"labels", required_argument, NULL, 'l'}, {"preprocess", required_argument, NULL, 'p'},
		{"ram", required_argument, NULL, 'r'},	  {"flash", required_argument, NULL, 'f'},
		{"target", required_argument, NULL, 't'}, {"runs", required_argument, NULL, 'n'},
		{"help", no_argument, NULL, 'h'},	  {0},
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
	char reason[ANY_MODEL_REASON], core_reason[CORE_REASON];
	struct trials trials = {0};
	bool failed = false;
	float *input;
	int r;

	bench->core = options->core;
	bench->clock_mhz = options->clock_mhz > 0 ? options->clock_mhz : core_kinds[options->core].clock_mhz;

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
		r = measurement_take(&bench->runner, input, options->core ? 1 : options->runs, &bench->measurement);
	}
	if (r == 0 && options->core)
		failed = core_measure(&bench->runner, input, options->core, options->runtime, &bench->cost,
				      core_reason) < 0;
	r = r < 0 || !trials.n ? r : trials_judge(&trials, &bench->file.model, &bench->score);
	free(input);
	trials_clear(&trials);
	if (failed)
		return tool_fail(options->command, "%s: %s", *bench->path ? bench->path : "built-in model",
				 core_reason);
	return r < 0 ? tool_fail(options->command, "%s: %s", bench->path, strerror(-r)) : 0;
}

/* --- all of it ------------------------------------------------------------------------------------------------- */

static bool fits(const struct bench *bench, const struct bench_budget *budget)
{
	struct bench_fit asked[BENCH_FITS];
	unsigned n = bench_fits(bench, budget, asked);

	for (unsigned i = 0; i < n; i++)
		if (asked[i].needed > asked[i].budget)
			return false;
	return true;
}

static int tell(const struct bench *benches, unsigned n, const struct bench_options *options)
{
	int status = 0;

	if (!options->json)
		bench_print(benches, n, &options->budget);
	else if (bench_print_json(benches, n, &options->budget) < 0)
		return tool_fail(options->command, "out of memory");
	for (unsigned i = 0; i < n; i++)
		status |= !fits(&benches[i], &options->budget);
	return status;
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
	r = r ? r : tell(benches, n, &options);
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
	.help = "MODEL is one that import takes or makes; \"\" is the built-in one. MACC is counted as ST's tools do. Here flash is\n"
		"weights with their scales, RAM the arena with input and output, and time is measured; on another core the\n"
		"model is exported to C, compiled and run in QEMU: code and stack count, too, and instructions instead of\n"
		"time. Exit status 1: it does not fit, or can't be measured.\n\n"
		"      --compare          two models side by side\n"
		"      --core=CORE        host, a7 or m4 [host]\n"
		"      --clock=MHZ        of another core, for the estimated time [a7: 650, m4: 209]\n"
		"      --runtime          on another core by the table-driven runtime, not exported\n"
		"      --json             an array with one object a model\n"
		"      --runs=N           how often on this machine [200]\n"
		"      --data=DATA        accuracy too: recordings, an array (.npy) or a picture\n"
		"      --labels=FILE      labels of an array: .npy, or .csv with the label last\n"
		"      --preprocess=FORM  what bytes of arrays mean: scale, signed, MEAN,STD, none\n"
		"      --ram=N[K|M]       bytes that there are for data\n"
		"      --flash=N[K|M]     bytes that there are for constants and code\n"
		"      --target=TARGET    one memory for all of it, of an STM32MP15x' Cortex-M4: mp1 (MCUSRAM, 384K) or\n"
		"                         mp1-retram (RETRAM, 64K)\n",
	.run = bench_run,
};
