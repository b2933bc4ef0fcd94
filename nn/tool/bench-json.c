/* SPDX-License-Identifier: Apache-2.0 */
/* bench-json.c - the same for programs: one object a model, in an array. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "nn/runtime/operators.h"
#include "nn/tool/bench.h"

static void add(cJSON *object, const char *name, uint64_t number)
{
	cJSON_AddNumberToObject(object, name, (double)number);
}

static void add_host(cJSON *object, const struct bench *bench)
{
	const struct measurement *m = &bench->measurement;
	const struct nn_model *model = &bench->file.model;
	cJSON *layers = cJSON_AddArrayToObject(object, "layers");

	add(object, "weights_bytes", m->weights_bytes);
	add(object, "arena_bytes", m->arena_bytes);
	add(object, "min_ns", m->min_ns);
	add(object, "median_ns", m->median_ns);
	add(object, "p99_ns", m->p99_ns);
	for (uint32_t i = 0; i < model->operator_count; i++) {
		const struct nn_operator *op = &model->operators[i];
		cJSON *layer = cJSON_CreateObject();

		cJSON_AddStringToObject(layer, "operator", nn_operator_kind(op->code)->name);
		cJSON_AddStringToObject(layer, "tensor",
					model->strings + nn_model_operand(model, op, op->inputs)->name);
		add(layer, "macc", m->layers[i].macc.network);
		add(layer, "weights_bytes", m->layers[i].weights_bytes);
		add(layer, "min_ns", m->layers[i].min_ns);
		cJSON_AddItemToArray(layers, layer);
	}
}

static void add_core(cJSON *object, const struct bench *bench)
{
	const struct core_cost *cost = &bench->cost;
	cJSON *layers;

	cJSON_AddBoolToObject(object, "exported", cost->module);
	if (*cost->why)
		cJSON_AddStringToObject(object, "why_not_exported", cost->why);
	add(object, "weights_bytes", cost->constant_bytes);
	add(object, "code_bytes", cost->code_bytes);
	add(object, "arena_bytes", cost->room_bytes + cost->state_bytes);
	add(object, "stack_bytes", cost->stack_bytes);
	add(object, "instructions", cost->instructions);
	cJSON_AddNumberToObject(object, "clock_mhz", bench->clock_mhz);
	cJSON_AddNumberToObject(object, "estimated_us_at_1_cycle", (double)cost->instructions / bench->clock_mhz);
	cJSON_AddNumberToObject(object, "estimated_us_at_2_cycles", 2 * (double)cost->instructions / bench->clock_mhz);
	add(object, "output_bytes_that_differ", cost->outputs_differ);
	layers = cJSON_AddArrayToObject(object, "layers");
	for (unsigned i = 0; i < cost->layer_count; i++) {
		cJSON *layer = cJSON_CreateObject();

		if (cost->module)
			cJSON_AddStringToObject(layer, "call", cost->layers[i].call);
		else
			add(layer, "operators", cost->layers[i].operators);
		add(layer, "instructions", cost->layers[i].instructions);
		cJSON_AddItemToArray(layers, layer);
	}
}

static cJSON *describe(const struct bench *bench, const struct bench_budget *budget)
{
	cJSON *object = cJSON_CreateObject(), *list;
	struct bench_fit fits[BENCH_FITS];
	unsigned asked = bench_fits(bench, budget, fits);

	cJSON_AddStringToObject(object, "model", bench->file.model.main->name);
	cJSON_AddStringToObject(object, "path", bench->path);
	cJSON_AddStringToObject(object, "core", core_kinds[bench->core].name);
	add(object, "macc", bench->measurement.macc.network);
	add(object, "macc_code", bench->measurement.macc.code);
	add(object, "multiplications", bench->file.model.macs);
	add(object, "file_bytes", bench->file.model.header->bytes);
	if (bench->score.n)
		cJSON_AddNumberToObject(object, "accuracy", trials_percent(bench->score) / 100);
	if (bench->core == CORE_HOST)
		add_host(object, bench);
	else
		add_core(object, bench);
	list = cJSON_AddArrayToObject(object, "fits");
	for (unsigned i = 0; i < asked; i++) {
		cJSON *fit = cJSON_CreateObject();

		cJSON_AddStringToObject(fit, "memory", fits[i].name);
		add(fit, "needed_bytes", fits[i].needed);
		add(fit, "budget_bytes", fits[i].budget);
		cJSON_AddBoolToObject(fit, "fits", fits[i].needed <= fits[i].budget);
		cJSON_AddItemToArray(list, fit);
	}
	return object;
}

int bench_print_json(const struct bench *benches, unsigned n, const struct bench_budget *budget)
{
	cJSON *array = cJSON_CreateArray();
	char *text;

	for (unsigned i = 0; i < n; i++)
		cJSON_AddItemToArray(array, describe(&benches[i], budget));
	text = cJSON_Print(array);
	cJSON_Delete(array);
	if (!text)
		return -ENOMEM;
	puts(text);
	free(text);
	return 0;
}
