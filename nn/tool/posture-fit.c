/* SPDX-License-Identifier: Apache-2.0 */
/*
 * posture-fit.c - makes nn/models/handposture.pnn from recordings. Measures first what the recipe is worth on
 * users and recordings it was not trained on, then trains on everything and writes both into the model. See
 * nn/models/README.md for the command.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/export/pnn.h"
#include "nn/model-file.h"
#include "nn/tool/dataset-file.h"
#include "nn/train/fit.h"

enum {
	FOLDS = 5,
};

static const char label_list[] = "None,FlatHand,Like,Love,Dislike,BreakTime,CrossHands,Fist";
static const char *const labels[] = {"None", "FlatHand", "Like", "Love", "Dislike", "BreakTime", "CrossHands", "Fist"};

struct options {
	const char *dataset, *extra, *output;
	bool measure;
	struct recipe recipe;
};

static void print_usage(FILE *file)
{
	fprintf(file,
		"Usage: posture-fit [options] DATASET -o MODEL.pnn\n"
		"Trains the built-in hand posture model from labelled recordings.\n\n"
		"  -o, --output=FILE   the model to write; without it only measure\n"
		"      --extra=DIR     more recordings to train on, never measured on (frames of made-up scenes)\n"
		"      --epochs=N      passes over the data [%u]\n"
		"      --seed=N        start of the random numbers [%u]\n"
		"      --nones=N       made-up frames without a posture, per epoch [%u]\n"
		"      --measure       first train with users and recordings left out, and tell how those are recognised\n"
		"  -h, --help\n",
		fit_recipe.epochs, (unsigned)fit_recipe.seed, fit_recipe.nones);
}

static int parse_number(const char *option, const char *text, unsigned long max, unsigned long *ret_number)
{
	char *end;
	unsigned long number;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno || end == text || *end || number > max || *text == '-') {
		fprintf(stderr, "posture-fit: --%s=%s: a number from 0 to %lu is needed\n", option, text, max);
		return -EINVAL;
	}
	*ret_number = number;
	return 0;
}

/* 0: go on, 1: done, negative: wrong. */
static int parse_options(int argc, char **argv, struct options *options)
{
	static const struct option long_options[] = {
		{"output", required_argument, NULL, 'o'}, {"extra", required_argument, NULL, 'x'},
		{"epochs", required_argument, NULL, 'e'}, {"seed", required_argument, NULL, 's'},
		{"nones", required_argument, NULL, 'n'},  {"measure", no_argument, NULL, 'm'},
		{"help", no_argument, NULL, 'h'},	  {0},
	};
	unsigned long number = 0;
	int option, r = 0;

	while (r == 0 && (option = getopt_long(argc, argv, "o:h", long_options, NULL)) >= 0) {
		switch (option) {
		case 'o':
			options->output = optarg;
			break;
		case 'x':
			options->extra = optarg;
			break;
		case 'e':
			r = parse_number("epochs", optarg, 100000, &number);
			options->recipe.epochs = (unsigned)number;
			break;
		case 's':
			r = parse_number("seed", optarg, 1UL << 31, &number);
			options->recipe.seed = number;
			break;
		case 'n':
			r = parse_number("nones", optarg, 1000000, &number);
			options->recipe.nones = (unsigned)number;
			break;
		case 'm':
			options->measure = true;
			break;
		case 'h':
			print_usage(stdout);
			return 1;
		default:
			return -EINVAL;
		}
	}
	if (r == 0 && optind + 1 != argc) {
		print_usage(stderr);
		return -EINVAL;
	}
	options->dataset = argv[optind];
	return r;
}

static double percent(unsigned part, unsigned whole)
{
	return whole ? 100.0 * part / whole : 0;
}

/* One user or one log in five left out; `extra` samples are always trained on and never scored. */
static bool left_out(const struct dataset *dataset, size_t extra_begin, size_t sample, const char *user, unsigned fold)
{
	const struct sample *s = &dataset->samples[sample];

	if (sample >= extra_begin)
		return false;
	return user ? !strcmp(dataset->groups[s->group].user, user) : s->group % FOLDS == fold;
}

static int measure_one(const struct options *options, const struct dataset *dataset, size_t extra_begin,
		       const char *user, unsigned fold, struct score *ret_score)
{
	bool *train = calloc(dataset->n, sizeof(*train)), *test = calloc(dataset->n, sizeof(*test));
	struct graph *graph = NULL;
	int r = -ENOMEM;

	if (train && test) {
		for (size_t i = 0; i < dataset->n; i++) {
			test[i] = left_out(dataset, extra_begin, i, user, fold);
			train[i] = !test[i];
		}
		r = fit_start(&options->recipe, &graph);
		if (r == 0)
			r = fit_train(&options->recipe, dataset, train, graph);
		if (r == 0)
			r = fit_score(&options->recipe, dataset, test, graph, ret_score);
	}
	graph_free(graph);
	free(train);
	free(test);
	return r;
}

static void note_score(struct graph *graph, const char *what, const struct score *score)
{
	unsigned n = score->right + score->wrong;

	printf("%-22s %6.2f %% of %5u frames right; above 0.9: %5.1f %% kept, %6.2f %% of them right\n", what,
	       percent(score->right, n), n, percent(score->confident, n),
	       percent(score->confident_right, score->confident));
	fflush(stdout);
	graph_add_provenance(graph, what, "%.2f %% of %u frames", percent(score->right, n), n);
}

/* Every user once, then every fifth recording, five times. */
static int measure(const struct options *options, const struct dataset *dataset, size_t extra_begin,
		   struct graph *graph)
{
	struct score score, sum = {0};
	int r;

	for (size_t g = 0; g < dataset->group_count; g++) {
		const char *user = dataset->groups[g].user;
		char what[64];
		bool seen = !*user;

		for (size_t i = 0; i < g; i++)
			seen = seen || !strcmp(dataset->groups[i].user, user);
		if (seen || dataset->samples[extra_begin - 1].group < g)
			continue;
		r = measure_one(options, dataset, extra_begin, user, 0, &score);
		if (r < 0)
			return r;
		snprintf(what, sizeof(what), "accuracy.new.%s", user);
		note_score(graph, what, &score);
	}
	for (unsigned fold = 0; fold < FOLDS; fold++) {
		r = measure_one(options, dataset, extra_begin, NULL, fold, &score);
		if (r < 0)
			return r;
		sum.right += score.right;
		sum.wrong += score.wrong;
		sum.confident += score.confident;
		sum.confident_right += score.confident_right;
	}
	note_score(graph, "accuracy.new.recording", &sum);
	return 0;
}

/* --- the model ------------------------------------------------------------------------------------------------- */

static void describe(struct graph *graph, const struct options *options, const struct dataset *dataset,
		     size_t extra_begin)
{
	const struct recipe *r = &options->recipe;
	const struct augmentation *a = &r->augmentation;

	snprintf(graph->name, sizeof(graph->name), "handposture");
	graph->input_form = NN_INPUT_FRAME;
	graph->preprocess = r->preprocess;
	graph_set_labels(graph, label_list);
	graph_add_provenance(graph, "tool", "posture-fit %s", PACKAGE_VERSION);
	graph_add_provenance(graph, "data.sha256", "%s", dataset->sha256);
	graph_add_provenance(graph, "data.frames", "%zu", extra_begin);
	graph_add_provenance(graph, "data.extra", "%zu", dataset->n - extra_begin);
	graph_add_provenance(
		graph, "recipe",
		"epochs %u, batch %u, AdamW %g cosine, decay %g, dropout %g, %u made-up frames without posture",
		r->epochs, r->batch, (double)r->rate, (double)r->decay, (double)r->dropout, r->nones);
	graph_add_provenance(graph, "augmentation", "mirror, rotation %g, zoom %g, shift %g, jump %g, noise %g mm",
			     (double)a->rotation, (double)a->zoom, (double)a->shift, (double)a->jump,
			     (double)a->noise_mm);
	graph_add_provenance(graph, "seed", "%llu", (unsigned long long)r->seed);
}

static int write_model(const struct options *options, const struct dataset *dataset, struct graph *graph)
{
	bool *use = calloc(dataset->n, sizeof(*use));
	char reason[GRAPH_REASON] = "out of memory";
	struct score score;
	void *bytes = NULL;
	size_t size;
	int r = -ENOMEM;

	if (use) {
		memset(use, true, dataset->n);
		r = fit_train(&options->recipe, dataset, use, graph);
		if (r == 0)
			r = fit_score(&options->recipe, dataset, use, graph, &score);
	}
	if (r == 0) {
		note_score(graph, "accuracy.trained_on", &score);
		r = pnn_write(graph, &bytes, &size, reason);
	}
	if (r == 0) {
		r = model_file_write(options->output, bytes, size);
		snprintf(reason, sizeof(reason), "%.160s: %s", options->output, strerror(-r));
	}
	if (r < 0)
		fprintf(stderr, "posture-fit: %s\n", reason);
	free(bytes);
	free(use);
	return r;
}

static int read_data(const struct options *options, struct dataset *ret_dataset, size_t *ret_extra_begin)
{
	char reason[DATASET_FILE_REASON];
	struct dataset extra = {0};
	int r = dataset_file_read(options->dataset, labels, sizeof(labels) / sizeof(labels[0]), ret_dataset, reason);

	*ret_extra_begin = ret_dataset->n;
	if (r == 0 && !ret_dataset->n) {
		snprintf(reason, sizeof(reason), "%.160s: no frame with a known label", options->dataset);
		r = -ENODATA;
	}
	if (r == 0 && options->extra) {
		r = dataset_file_read(options->extra, labels, sizeof(labels) / sizeof(labels[0]), &extra, reason);
		if (r == 0 && (r = dataset_append(ret_dataset, &extra)) < 0)
			snprintf(reason, sizeof(reason), "out of memory");
		dataset_clear(&extra);
	}
	if (r < 0)
		fprintf(stderr, "posture-fit: %s\n", reason);
	return r;
}

int main(int argc, char **argv)
{
	struct options options = {.recipe = fit_recipe};
	struct dataset dataset = {0};
	struct graph *graph = NULL;
	size_t extra_begin;
	int r = parse_options(argc, argv, &options);

	if (r)
		return r < 0 ? 2 : 0;
	r = read_data(&options, &dataset, &extra_begin);
	if (r == 0) {
		r = fit_start(&options.recipe, &graph);
	}
	if (r == 0) {
		describe(graph, &options, &dataset, extra_begin);
		if (options.measure)
			r = measure(&options, &dataset, extra_begin, graph);
	}
	if (r == 0 && options.output)
		r = write_model(&options, &dataset, graph);
	graph_free(graph);
	dataset_clear(&dataset);
	return r < 0 ? 1 : 0;
}
