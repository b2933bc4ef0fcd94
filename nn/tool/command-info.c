/* SPDX-License-Identifier: Apache-2.0 */
/* command-info.c - what is in a model file. */
#include <getopt.h>
#include <string.h>

#include "nn/runtime/operators.h"
#include "nn/runtime/sha256.h"
#include "nn/runtime/value.h"
#include "nn/tool/any-model.h"
#include "nn/tool/info-graph.h"
#include "nn/tool/tool.h"

static const char *shape_text(const struct nn_tensor *tensor, char text[64])
{
	int n = 0;

	for (unsigned i = 0; i < tensor->dims; i++)
		n += snprintf(text + n, 64 - (size_t)n, "%s%u", i ? "x" : "", tensor->shape[i]);
	return text;
}

/* What the integers at one end of the network stand for. */
static void print_step(const struct nn_model *model, const struct nn_tensor *tensor)
{
	float scale = nn_value_scale(model, tensor);

	if (scale > 0)
		printf(", real = %.9g * (stored - %d)", (double)scale, nn_value_zero_point(model, tensor));
}

static void print_input(const struct nn_model *model)
{
	const struct nn_preprocess *p = &model->main->preprocess;
	char shape[64];

	printf("input        %s %s", shape_text(nn_model_input(model), shape),
	       info_type_name(nn_model_input(model)->type));
	print_step(model, nn_model_input(model));
	if (model->main->input_form == NN_INPUT_PLAIN) {
		puts(", filled by the caller");
		return;
	}
	printf(", from sensor frames\n");
	printf("gate         %g to %g mm, background %g mm behind the nearest zone\n", (double)p->min_mm,
	       (double)p->max_mm, (double)p->background_mm);
	if (p->representation == NN_REPRESENTATION_ST)
		printf("planes       (distance - %g) / %g, (signal - %g) / %g; background %g mm, signal 0",
		       (double)p->distance_offset, (double)p->distance_scale, (double)p->signal_offset,
		       (double)p->signal_scale, (double)p->default_mm);
	else
		printf("planes       nearness %g to %g, relative reflectance; background %g, %g",
		       (double)p->distance_offset, (double)(p->distance_offset + p->distance_scale),
		       (double)p->background_distance, (double)p->background_signal);
	puts(p->flags & NN_PREPROCESS_CENTRE ? "; centred" : "");
}

static void print_operators(const struct nn_model *model)
{
	static const char *const activations[] = {"", " + relu", " + relu6"};

	puts("operators");
	for (uint32_t i = 0; i < model->operator_count; i++) {
		const struct nn_operator *op = &model->operators[i];
		const struct nn_tensor *in = nn_model_operand(model, op, 0);
		const struct nn_tensor *out = nn_model_operand(model, op, op->inputs);
		char from[64], to[64], what[40];
		const struct nn_operator_kind *kind = nn_operator_kind(op->code);
		uint64_t work = 0;

		kind->check(model, op, nn_operator_variant(model, op), &work);
		snprintf(what, sizeof(what), "%s%s", kind->name, activations[op->activation]);
		printf("  %-24s %s -> %s, %llu multiplications (%s)\n", what, shape_text(in, from), shape_text(out, to),
		       kind->multiplies ? (unsigned long long)work : 0, model->strings + out->name);
	}
}

static uint64_t count_parameters(const struct nn_model *model)
{
	uint64_t parameters = 0;

	for (uint32_t i = 0; i < model->tensor_count; i++)
		if (model->tensors[i].flags & NN_TENSOR_CONSTANT)
			parameters += nn_tensor_elements(&model->tensors[i]);
	return parameters;
}

/* Texts of a file are shown, not obeyed: no control characters reach the terminal. */
static void print_text(const char *text, size_t size, const char *indent)
{
	fputs(indent, stdout);
	for (size_t i = 0; i < size; i++) {
		bool end = text[i] == '\n';

		putchar(((unsigned char)text[i] < 0x20 && !end) || text[i] == 0x7f ? '?' : text[i]);
		if (end && i + 1 < size)
			fputs(indent, stdout);
	}
}

static void print_model(const struct nn_model *model)
{
	char hash[NN_SHA256_TEXT];

	nn_sha256_text(model->header->sha256, hash);
	fputs("name        ", stdout);
	print_text(model->main->name, strlen(model->main->name), " ");
	printf("\nformat       %u.%u, %u bytes\nsha256       %s\n", model->header->major, model->header->minor,
	       model->header->bytes, hash);
	print_input(model);
	printf("output       %u values %s", nn_tensor_elements(nn_model_output(model)),
	       info_type_name(nn_model_output(model)->type));
	print_step(model, nn_model_output(model));
	fputs("\nlabels      ", stdout);
	for (uint32_t i = 0; i < model->main->classes; i++)
		print_text(model->labels[i], strlen(model->labels[i]), " ");
	printf("%s\nsize         %llu parameters, %u bytes of constants, %u bytes of arena, %llu multiplications\n",
	       model->main->classes ? "" : " none", (unsigned long long)count_parameters(model),
	       model->header->sections[NN_SECTION_DATA].bytes, model->main->arena_bytes,
	       (unsigned long long)model->macs);
	print_operators(model);
	puts("provenance");
	print_text(model->provenance, model->provenance_bytes, "  ");
}

static int info_run(const struct command *command, int argc, char **argv)
{
	static const struct option long_options[] = {
		{"graph", no_argument, NULL, 'g'}, {"help", no_argument, NULL, 'h'}, {0}};
	char reason[ANY_MODEL_REASON];
	struct model_file file;
	bool graph = false;
	int option;

	while ((option = getopt_long(argc, argv, "h", long_options, NULL)) >= 0) {
		if (option != 'g')
			return option == 'h' ? tool_help(command) : tool_misuse(command);
		graph = true;
	}
	if (argc - optind > 1)
		return tool_misuse(command);
	if (any_model_open(argv[optind], &file, reason) < 0)
		return tool_fail(command, "%s", reason);
	if (graph)
		info_print_graph(&file.model);
	else
		print_model(&file.model);
	model_file_close(&file);
	return 0;
}

const struct command command_info = {
	.name = "info",
	.arguments = "[--graph] [MODEL]",
	.summary = "Shows what is in a model file, or in the built-in model",
	.help = "      --graph   every operator with its operands: numbers, shapes, types, and where they lie\n",
	.run = info_run,
};
