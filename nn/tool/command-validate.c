/* SPDX-License-Identifier: Apache-2.0 */
/* command-validate.c - the same data through two models: who is right, where they differ, and in which layer it began. */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/runtime/operators.h"
#include "nn/runtime/value.h"
#include "nn/tool/any-model.h"
#include "nn/tool/runner.h"
#include "nn/tool/tool.h"
#include "nn/tool/trials.h"

/* A layer that both models have, and how much its outputs differ. */
struct pair {
	uint32_t a, b; /* operators */
	uint32_t n;    /* elements */
	float *values; /* [n], what a made of the current trial */
	double signal, noise, sum, largest;
	uint64_t count;
};

struct comparison {
	const struct command *command;
	struct trials_source source;
	const char *paths[2];
	struct model_file files[2];
	struct runner runners[2];
	struct trials trials;
	struct pair pairs[NN_OPS_MAX];
	unsigned pair_count;
	struct trials_score scores[2];
	size_t agreed;
	double sum, largest;
	float *buffer; /* for the largest output of b */
};

static const struct nn_tensor *output_of(const struct nn_model *model, uint32_t i)
{
	const struct nn_operator *op = &model->operators[i];

	return nn_model_operand(model, op, op->inputs);
}

static const char *name_of(const struct nn_model *model, uint32_t i)
{
	return model->strings + output_of(model, i)->name;
}

/* --- pairs ----------------------------------------------------------------------------------------------------- */

static bool can_pair(const struct nn_model *a, uint32_t i, const struct nn_model *b, uint32_t j)
{
	const struct nn_tensor *x = output_of(a, i), *y = output_of(b, j);

	return nn_tensor_elements(x) == nn_tensor_elements(y) && nn_value_supported(x) && nn_value_supported(y);
}

/* By name; what has no namesake is paired in order, with the next operator of its kind and size. */
static void find_pairs(struct comparison *comparison)
{
	const struct nn_model *a = &comparison->files[0].model, *b = &comparison->files[1].model;
	bool used[NN_OPS_MAX] = {false};
	uint32_t after = 0;

	for (uint32_t i = 0; i < a->operator_count; i++) {
		uint32_t j = 0;

		while (j < b->operator_count &&
		       !(!used[j] && can_pair(a, i, b, j) && !strcmp(name_of(a, i), name_of(b, j))))
			j++;
		if (j == b->operator_count)
			for (j = after; j < b->operator_count; j++)
				if (!used[j] && can_pair(a, i, b, j) && a->operators[i].code == b->operators[j].code)
					break;
		if (j == b->operator_count)
			continue;
		used[j] = true;
		after = j + 1;
		comparison->pairs[comparison->pair_count++] =
			(struct pair){.a = i, .b = j, .n = nn_tensor_elements(output_of(a, i))};
	}
}

static int reserve_values(struct comparison *comparison)
{
	uint32_t most = 1;

	for (unsigned p = 0; p < comparison->pair_count; p++) {
		struct pair *pair = &comparison->pairs[p];

		pair->values = malloc(pair->n * sizeof(*pair->values));
		if (!pair->values)
			return -ENOMEM;
		most = pair->n > most ? pair->n : most;
	}
	comparison->buffer = malloc(most * sizeof(*comparison->buffer));
	return comparison->buffer ? 0 : -ENOMEM;
}

static int open_models(struct comparison *comparison)
{
	char reason[ANY_MODEL_REASON];

	for (unsigned m = 0; m < 2; m++) {
		int r;

		if (any_model_open(comparison->paths[m], &comparison->files[m], reason) < 0)
			return tool_fail(comparison->command, "%s", reason);
		r = runner_open(&comparison->files[m].model, &comparison->runners[m]);
		if (r < 0)
			return tool_fail(comparison->command, "%s: %s", comparison->paths[m], strerror(-r));
	}
	if (comparison->runners[0].inputs != comparison->runners[1].inputs ||
	    comparison->runners[0].outputs != comparison->runners[1].outputs)
		return tool_fail(comparison->command, "%s takes %u values and gives %u, %s %u and %u",
				 comparison->paths[0], comparison->runners[0].inputs, comparison->runners[0].outputs,
				 comparison->paths[1], comparison->runners[1].inputs, comparison->runners[1].outputs);
	if (memcmp(&comparison->files[0].model.main->preprocess, &comparison->files[1].model.main->preprocess,
		   sizeof(struct nn_preprocess)) != 0 ||
	    comparison->files[0].model.main->input_form != comparison->files[1].model.main->input_form)
		return tool_fail(comparison->command,
				 "the models prepare frames differently, so their layers can't be compared; use eval");
	return 0;
}

/* --- running --------------------------------------------------------------------------------------------------- */

static void add_difference(struct pair *pair, const float *values)
{
	for (uint32_t i = 0; i < pair->n; i++) {
		double a = (double)pair->values[i], d = (double)values[i] - a;

		pair->signal += a * a;
		pair->noise += d * d;
		pair->sum += fabs(d);
		pair->largest = fmax(pair->largest, fabs(d));
	}
	pair->count += pair->n;
}

/* One model, layer by layer; what it made is kept (a) or compared (b). */
static void run_layers(struct comparison *comparison, unsigned m, const float *input)
{
	struct runner *runner = &comparison->runners[m];
	const struct nn_model *model = runner->run.model;

	nn_value_write(&runner->run, nn_model_input(model), input);
	for (uint32_t i = 0; i < model->operator_count; i++) {
		nn_run_some(&runner->run, i, i + 1);
		for (unsigned p = 0; p < comparison->pair_count; p++) {
			struct pair *pair = &comparison->pairs[p];

			if ((m ? pair->b : pair->a) != i)
				continue;
			nn_value_read(&runner->run, output_of(model, i), m ? comparison->buffer : pair->values);
			if (m)
				add_difference(pair, comparison->buffer);
		}
	}
	nn_value_read(&runner->run, nn_model_output(model), runner->output);
}

static void compare_trial(struct comparison *comparison, size_t t)
{
	const int32_t label = comparison->trials.labels[t];
	const struct runner *a = &comparison->runners[0], *b = &comparison->runners[1];

	for (unsigned m = 0; m < 2; m++) {
		run_layers(comparison, m, trials_input(&comparison->trials, t));
		if (label == TRIALS_NO_LABEL)
			continue;
		comparison->scores[m].n++;
		comparison->scores[m].right += runner_best(&comparison->runners[m]) == (uint32_t)label;
	}
	comparison->agreed += runner_best(a) == runner_best(b);
	for (uint32_t i = 0; i < a->outputs; i++) {
		double d = fabs((double)a->output[i] - (double)b->output[i]);

		comparison->sum += d;
		comparison->largest = fmax(comparison->largest, d);
	}
}

/* --- telling --------------------------------------------------------------------------------------------------- */

static void print_layers(const struct comparison *comparison)
{
	const struct nn_model *a = &comparison->files[0].model, *b = &comparison->files[1].model;

	printf("\n%-18s %11s %11s %8s %9s %9s  %s\n", "layer", "mean diff", "largest", "SNR dB", "mean LSB", "max LSB",
	       "tensor");
	for (unsigned p = 0; p < comparison->pair_count; p++) {
		const struct pair *pair = &comparison->pairs[p];
		double scale = (double)nn_value_scale(b, output_of(b, pair->b)), mean = pair->sum / (double)pair->count;
		char snr[16] = "-", lsb[2][16] = {"-", "-"};

		if (pair->noise > 0 && pair->signal > 0)
			snprintf(snr, sizeof(snr), "%.1f", 10 * log10(pair->signal / pair->noise));
		if (scale > 0) {
			snprintf(lsb[0], sizeof(lsb[0]), "%.3f", mean / scale);
			snprintf(lsb[1], sizeof(lsb[1]), "%.2f", pair->largest / scale);
		}
		printf("%-18s %11.3g %11.3g %8s %9s %9s  %s\n", nn_operator_kind(a->operators[pair->a].code)->name,
		       mean, pair->largest, snr, lsb[0], lsb[1], name_of(a, pair->a));
	}
	if (comparison->pair_count < a->operator_count)
		printf("%u of %u layers of the first model have a counterpart in the second\n", comparison->pair_count,
		       a->operator_count);
}

static void print_comparison(const struct comparison *comparison)
{
	const struct trials_score *scores = comparison->scores;
	size_t n = comparison->trials.n;

	printf("samples            %zu, %zu with a label, %zu frames without a hand\n", n, scores[0].n,
	       comparison->trials.no_hand);
	for (unsigned m = 0; m < 2 && scores[0].n; m++)
		printf("accuracy %c         %.2f %%  %s\n", 'A' + (char)m, trials_percent(scores[m]),
		       comparison->paths[m]);
	printf("agreement          %.2f %% (%zu of %zu)\n", 100.0 * (double)comparison->agreed / (double)n,
	       comparison->agreed, n);
	printf("largest difference %.6g\nmean difference    %.6g\n", comparison->largest,
	       comparison->sum / (double)(n * comparison->runners[0].outputs));
	print_layers(comparison);
}

static int compare(struct comparison *comparison)
{
	char reason[TRIALS_REASON];
	int r = open_models(comparison);

	if (r)
		return r;
	if (trials_read(&comparison->source, &comparison->files[0].model, &comparison->trials, reason) < 0)
		return tool_fail(comparison->command, "%s", reason);
	find_pairs(comparison);
	if (reserve_values(comparison) < 0)
		return tool_fail(comparison->command, "out of memory");
	for (size_t t = 0; t < comparison->trials.n; t++)
		compare_trial(comparison, t);
	print_comparison(comparison);
	return 0;
}

static int parse_options(int argc, char **argv, struct comparison *comparison)
{
	static const struct option long_options[] = {
		{"data", required_argument, NULL, 'd'},
		{"labels", required_argument, NULL, 'l'},
		{"preprocess", required_argument, NULL, 'p'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "h", long_options, NULL)) >= 0) {
		if (option == 'h')
			return 1;
		if (option == 'd')
			comparison->source.path = optarg;
		else if (option == 'l')
			comparison->source.labels = optarg;
		else if (option != 'p' || samples_parse_form(optarg, &comparison->source.form) < 0)
			return -EINVAL;
	}
	if (argc - optind != 2 || !comparison->source.path)
		return -EINVAL;
	memcpy(comparison->paths, argv + optind, sizeof(comparison->paths));
	return 0;
}

static int validate_run(const struct command *command, int argc, char **argv)
{
	struct comparison *comparison = calloc(1, sizeof(*comparison));
	int r;

	if (!comparison)
		return tool_fail(command, "out of memory");
	comparison->command = command;
	r = parse_options(argc, argv, comparison);
	if (r)
		r = r > 0 ? tool_help(command) : tool_misuse(command);
	else
		r = compare(comparison);
	for (unsigned p = 0; p < comparison->pair_count; p++)
		free(comparison->pairs[p].values);
	for (unsigned m = 0; m < 2; m++) {
		runner_close(&comparison->runners[m]);
		model_file_close(&comparison->files[m]);
	}
	trials_clear(&comparison->trials);
	free(comparison->buffer);
	free(comparison);
	return r;
}

const struct command command_validate = {
	.name = "validate",
	.arguments = "[options] A B --data=DATA",
	.summary = "Runs the same data through two models and compares them, layer by layer",
	.help = "A and B are models that import takes or makes, with the same input and output; \"\" is the built-in one.\n"
		"Differences are in real values; LSB are steps of B's scale, where B has integers.\n\n"
		"      --data=DATA        recordings, an array (.npy) or a picture\n"
		"      --labels=FILE      labels of an array: .npy, or .csv with the label last\n"
		"      --preprocess=FORM  what bytes of arrays mean: scale, signed, MEAN,STD, none\n",
	.run = validate_run,
};
