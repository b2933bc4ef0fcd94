/* SPDX-License-Identifier: Apache-2.0 */
/* command-eval.c - how good a model is on labelled recordings, as text or JSON. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

#include "nn/model-file.h"
#include "nn/tool/any-model.h"
#include "nn/tool/evaluation.h"
#include "nn/tool/forgetting.h"
#include "nn/tool/run-directory.h"
#include "nn/tool/tool.h"

static double percent(struct tally tally)
{
	return 100 * evaluation_share(tally);
}

static void print_confusion(const struct evaluation *e)
{
	const unsigned classes = e->description.classes;

	printf("\nconfusion (rows: label, columns: answer)\n%-12s", "");
	for (unsigned i = 0; i < classes; i++)
		printf(" %10.10s", e->description.labels[i]);
	putchar('\n');
	for (unsigned i = 0; i < classes; i++) {
		printf("%-12.12s", e->description.labels[i]);
		for (unsigned j = 0; j < classes; j++)
			printf(" %10u", e->confusion[i][j]);
		putchar('\n');
	}
}

static void print_text(const struct evaluation *e)
{
	printf("model             %s (%.12s...)\n", e->description.model, e->description.sha256);
	printf("frames            %u in %u files, %u judged\n", e->frames, e->files, e->all.n);
	printf("skipped           %u no hand in the gate, %u without a known label, %u not 8x8\n", e->no_hand,
	       e->no_label, e->not_supported);
	printf("accuracy          %6.2f %%\n", percent(e->all));
	printf("balanced accuracy %6.2f %%\n", 100 * evaluation_balanced(e));
	printf("above %.1f         %6.2f %% of the frames, %.2f %% of them right\n", (double)EVALUATION_CONFIDENT,
	       percent((struct tally){e->confident.n, e->all.n}), percent(e->confident));
	printf("\n%-12s %8s %10s\n", "class", "frames", "recall");
	for (unsigned i = 0; i < e->description.classes; i++) {
		struct tally tally = evaluation_class(e, i);

		if (tally.n)
			printf("%-12.12s %8u %8.2f %%\n", e->description.labels[i], tally.n, percent(tally));
		else
			printf("%-12.12s %8u %10s\n", e->description.labels[i], 0, "-");
	}
	printf("\n%-12s %8s %10s\n", "user", "frames", "accuracy");
	for (unsigned i = 0; i < e->user_count; i++)
		printf("%-12s %8u %8.2f %%\n", e->users[i].name, e->users[i].tally.n, percent(e->users[i].tally));
	print_confusion(e);
}

static void print_forgetting(const struct forgetting *f)
{
	printf("\nagainst %.12s...: of %u made-up inputs that it is sure of, %.2f %% get the same answer\n", f->sha256,
	       f->all.n, percent(f->all));
	for (unsigned i = 0; i < f->classes; i++)
		if (f->of_class[i].n)
			printf("%-12.12s %8u %8.2f %%\n", f->labels[i], f->of_class[i].n, percent(f->of_class[i]));
	for (unsigned i = 0; i < f->strange_count; i++)
		if (f->strange[i].frames.right)
			printf("%s is surely %s to it in %.2f %% of %u frames\n", f->strange[i].label,
			       f->strange[i].taken_for, percent(f->strange[i].frames), f->strange[i].frames.n);
}

static void add_tally(cJSON *object, const char *name, struct tally tally, const char *share)
{
	cJSON *entry = cJSON_AddObjectToObject(object, name);

	cJSON_AddNumberToObject(entry, "frames", tally.n);
	if (tally.n)
		cJSON_AddNumberToObject(entry, share, evaluation_share(tally));
	else
		cJSON_AddNullToObject(entry, share);
}

static void add_forgetting(cJSON *root, const struct forgetting *f)
{
	cJSON *object = cJSON_AddObjectToObject(root, "against"), *classes;

	cJSON_AddStringToObject(object, "sha256", f->sha256);
	add_tally(object, "all", f->all, "same");
	classes = cJSON_AddObjectToObject(object, "classes");
	for (unsigned i = 0; i < f->classes; i++)
		add_tally(classes, f->labels[i], f->of_class[i], "same");
	classes = cJSON_AddObjectToObject(object, "unknown");
	for (unsigned i = 0; i < f->strange_count; i++) {
		add_tally(classes, f->strange[i].label, f->strange[i].frames, "taken");
		cJSON_AddStringToObject(cJSON_GetObjectItemCaseSensitive(classes, f->strange[i].label), "for",
					f->strange[i].taken_for);
	}
}

static cJSON *make_json(const struct evaluation *e)
{
	cJSON *root = cJSON_CreateObject(), *object, *row;

	cJSON_AddStringToObject(root, "model", e->description.model);
	cJSON_AddStringToObject(root, "sha256", e->description.sha256);
	cJSON_AddNumberToObject(root, "files", e->files);
	cJSON_AddNumberToObject(root, "frames", e->frames);
	cJSON_AddNumberToObject(root, "judged", e->all.n);
	object = cJSON_AddObjectToObject(root, "skipped");
	cJSON_AddNumberToObject(object, "no_hand", e->no_hand);
	cJSON_AddNumberToObject(object, "no_label", e->no_label);
	cJSON_AddNumberToObject(object, "not_supported", e->not_supported);
	cJSON_AddNumberToObject(root, "accuracy", evaluation_share(e->all));
	cJSON_AddNumberToObject(root, "balanced_accuracy", evaluation_balanced(e));
	add_tally(root, "confident", e->confident, "accuracy");
	object = cJSON_AddObjectToObject(root, "classes");
	for (unsigned i = 0; i < e->description.classes; i++)
		add_tally(object, e->description.labels[i], evaluation_class(e, i), "recall");
	object = cJSON_AddObjectToObject(root, "users");
	for (unsigned i = 0; i < e->user_count; i++)
		add_tally(object, e->users[i].name, e->users[i].tally, "accuracy");
	object = cJSON_AddArrayToObject(root, "confusion");
	for (unsigned i = 0; i < e->description.classes; i++) {
		row = cJSON_CreateArray();
		for (unsigned j = 0; j < e->description.classes; j++)
			cJSON_AddItemToArray(row, cJSON_CreateNumber(e->confusion[i][j]));
		cJSON_AddItemToArray(object, row);
	}
	return root;
}

static int print_json(const struct command *command, const struct evaluation *evaluation,
		      const struct forgetting *forgetting)
{
	cJSON *root = make_json(evaluation);
	char *text;

	if (forgetting)
		add_forgetting(root, forgetting);
	text = cJSON_Print(root);
	cJSON_Delete(root);
	if (!text)
		return tool_fail(command, "out of memory");
	puts(text);
	free(text);
	return 0;
}

struct request {
	const char *model, *data;
	const char *against; /* NULL: nothing */
	bool json;
};

static int measure(const struct request *request, struct evaluation *evaluation, struct forgetting *forgetting,
		   struct classifier **ret_classifier, char *ret_reason)
{
	struct nn_config config = {0};
	struct model_file file = {0};
	int r = any_model_open(request->model, &file, ret_reason);

	if (r == 0) {
		config.bytes = file.model.header;
		config.bytes_size = file.model.header->bytes;
		r = local_classifier_ops.open(&config, ret_classifier, ret_reason);
	}
	r = r < 0 ? r : evaluation_run(*ret_classifier, request->data, evaluation, ret_reason);
	if (r == 0 && request->against) {
#ifdef HAVE_YAML
		r = forgetting_measure(request->against, &file.model, request->data, forgetting, ret_reason);
#else
		(void)forgetting;
		snprintf(ret_reason, RUN_DIRECTORY_REASON, "--against: this program was built without training");
		r = -EOPNOTSUPP;
#endif
	}
	model_file_close(&file);
	return r;
}

static int evaluate(const struct command *command, const struct request *request)
{
	struct evaluation *evaluation = calloc(1, sizeof(*evaluation));
	struct forgetting forgetting;
	struct classifier *classifier = NULL;
	char reason[RUN_DIRECTORY_REASON] = "out of memory";
	int r = evaluation ? measure(request, evaluation, &forgetting, &classifier, reason) : -ENOMEM;

	if (r < 0) {
		r = tool_fail(command, "%s", reason);
	} else if (request->json) {
		r = print_json(command, evaluation, request->against ? &forgetting : NULL);
	} else {
		print_text(evaluation);
		if (request->against)
			print_forgetting(&forgetting);
	}
	classifier_free(classifier);
	free(evaluation);
	return r;
}

static int eval_run(const struct command *command, int argc, char **argv)
{
	static const struct option long_options[] = {
		{"against", required_argument, NULL, 'a'},
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	struct request request = {.json = false};
	int option;

	while ((option = getopt_long(argc, argv, "h", long_options, NULL)) >= 0) {
		if (option == 'h')
			return tool_help(command);
		if (option == 'a')
			request.against = optarg;
		else if (option == 'j')
			request.json = true;
		else
			return tool_misuse(command);
	}
	if (argc - optind != 2)
		return tool_misuse(command);
	request.model = argv[optind];
	request.data = argv[optind + 1];
	return evaluate(command, &request);
}

const struct command command_eval = {
	.name = "eval",
	.arguments = "[--json] [--against=OLD] MODEL DATASET",
	.summary = "Measures a model on labelled recordings",
	.help = "MODEL is a file that import takes or makes; \"\" is the built-in model. DATASET is a recording or a directory of them, in ST's layout.\n"
		"Frames without a hand in the model's gate, or without a label that it knows, are counted apart.\n\n"
		"      --json         one JSON object instead of text\n"
		"      --against=OLD  also: how much of what OLD is sure of MODEL still says, on made-up inputs\n",
	.run = eval_run,
};
