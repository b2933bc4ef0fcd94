/* SPDX-License-Identifier: Apache-2.0 */
/* bench-text.c - tables for people: totals side by side, layers, and whether it fits. */
#include <inttypes.h>
#include <stdio.h>

#include "nn/runtime/operators.h"
#include "nn/tool/bench.h"

uint64_t bench_flash_bytes(const struct bench *bench)
{
	return bench->core == CORE_HOST ? bench->measurement.weights_bytes : core_flash_bytes(&bench->cost);
}

uint64_t bench_ram_bytes(const struct bench *bench)
{
	return bench->core == CORE_HOST ? bench->measurement.arena_bytes : core_ram_bytes(&bench->cost);
}

unsigned bench_fits(const struct bench *bench, const struct bench_budget *budget, struct bench_fit fits[BENCH_FITS])
{
	uint64_t ram = bench_ram_bytes(bench), flash = bench_flash_bytes(bench);
	unsigned n = 0;

	if (budget->ram)
		fits[n++] = (struct bench_fit){"RAM", ram, budget->ram};
	if (budget->flash)
		fits[n++] = (struct bench_fit){"flash", flash, budget->flash};
	if (budget->all)
		fits[n++] = (struct bench_fit){budget->all_name, ram + flash, budget->all};
	return n;
}

/* --- totals ---------------------------------------------------------------------------------------------------- */

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

static uint64_t get_code(const struct bench *bench)
{
	return bench->cost.code_bytes;
}

static uint64_t get_constants(const struct bench *bench)
{
	return bench->cost.constant_bytes;
}

static uint64_t get_room(const struct bench *bench)
{
	return bench->cost.room_bytes + bench->cost.state_bytes;
}

static uint64_t get_stack(const struct bench *bench)
{
	return bench->cost.stack_bytes;
}

static uint64_t get_instructions(const struct bench *bench)
{
	return bench->cost.instructions;
}

struct row {
	const char *what;
	uint64_t (*get)(const struct bench *);
};

static const struct row work_rows[] = {
	{"MACC (ST, network)", get_macc},
	{"MACC (ST, C code)", get_macc_code},
	{"multiplications", get_macs},
	{0},
};

static const struct row host_rows[] = {
	{"flash: weights, bytes", get_weights},
	{"flash: model file, bytes", get_file},
	{"RAM: arena, bytes", get_arena},
	{"time here, min, ns", get_min},
	{"time here, median, ns", get_median},
	{"time here, p99, ns", get_p99},
	{0},
};

static const struct row core_rows[] = {
	{"flash: weights, bytes", get_constants},
	{"flash: code, bytes", get_code},
	{"RAM: arena, bytes", get_room},
	{"RAM: stack, bytes", get_stack},
	{"instructions of a run", get_instructions},
	{0},
};

static void print_rows(const struct row *row, const struct bench *benches, unsigned n)
{
	for (; row->what; row++) {
		printf("%-26s", row->what);
		for (unsigned i = 0; i < n; i++)
			printf(" %16" PRIu64, row->get(&benches[i]));
		if (n == 2 && row->get(&benches[0]))
			printf("   x %.3f", (double)row->get(&benches[1]) / (double)row->get(&benches[0]));
		putchar('\n');
	}
}

/* Instructions are exact, cycles are not known: between one and two each, as these cores mostly do. */
static void print_times(const struct bench *benches, unsigned n)
{
	printf("est. us, 1 cycle each     ");
	for (unsigned i = 0; i < n; i++)
		printf(" %16.1f", (double)benches[i].cost.instructions / benches[i].clock_mhz);
	printf("\nest. us, 2 cycles each    ");
	for (unsigned i = 0; i < n; i++)
		printf(" %16.1f", 2 * (double)benches[i].cost.instructions / benches[i].clock_mhz);
	printf("\n(an estimate at %g MHz: instructions are counted in an emulator, cycles are not)\n",
	       benches[0].clock_mhz);
}

static void print_totals(const struct bench *benches, unsigned n)
{
	printf("%-26s", "model");
	for (unsigned i = 0; i < n; i++)
		printf(" %16.16s", benches[i].file.model.main->name);
	printf("\n%-26s", "core");
	for (unsigned i = 0; i < n; i++)
		printf(" %16s", core_kinds[benches[i].core].title);
	putchar('\n');
	if (benches[0].core != CORE_HOST) {
		printf("%-26s", "as");
		for (unsigned i = 0; i < n; i++)
			printf(" %16s", benches[i].cost.module ? "exported C" : "runtime");
		putchar('\n');
	}
	print_rows(work_rows, benches, n);
	print_rows(benches[0].core == CORE_HOST ? host_rows : core_rows, benches, n);
	if (benches[0].score.n) {
		printf("%-26s", "accuracy, %");
		for (unsigned i = 0; i < n; i++)
			printf(" %16.2f", trials_percent(benches[i].score));
		putchar('\n');
	}
	if (benches[0].core != CORE_HOST)
		print_times(benches, n);
}

/* --- layers ---------------------------------------------------------------------------------------------------- */

static void print_host_layers(const struct bench *bench)
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

static double share(const struct core_layer *layer, const struct core_cost *cost)
{
	return 100 * (double)layer->instructions / (double)(cost->instructions ? cost->instructions : 1);
}

static void print_module_layers(const struct core_cost *cost)
{
	printf("\n%12s %6s  %s\n", "instructions", "%", "call");
	for (unsigned i = 0; i < cost->layer_count; i++)
		printf("%12" PRIu64 " %6.1f  %s\n", cost->layers[i].instructions, share(&cost->layers[i], cost),
		       cost->layers[i].call);
}

/* Operators that run in one stand in one line. */
static void print_runtime_layers(const struct bench *bench)
{
	const struct nn_model *model = &bench->file.model;
	uint32_t op = 0;

	if (*bench->cost.why)
		printf("\nRun by the table-driven runtime; it can't be exported to C: %s\n", bench->cost.why);
	printf("\n%12s %6s %12s  %s\n", "instructions", "%", "MACC", "layer");
	for (unsigned i = 0; i < bench->cost.layer_count; i++) {
		const struct core_layer *layer = &bench->cost.layers[i];
		uint64_t macc = 0;

		for (uint32_t k = op; k < op + layer->operators && k < model->operator_count; k++)
			macc += bench->measurement.layers[k].macc.network;
		printf("%12" PRIu64 " %6.1f %12" PRIu64 " ", layer->instructions, share(layer, &bench->cost), macc);
		for (uint32_t end = op + layer->operators; op < end && op < model->operator_count; op++)
			printf(" %s", nn_operator_kind(model->operators[op].code)->name);
		putchar('\n');
	}
}

static void print_outputs(const struct core_cost *cost)
{
	if (!cost->outputs_differ)
		printf("\nIts output is that of the runtime here, bit by bit.\n");
	else if (cost->integer)
		printf("\n%zu bytes of its output are NOT those of the runtime here.\n", cost->outputs_differ);
	else
		printf("\nIts output differs from that of the runtime here by %.2g at most.\n", cost->output_error);
}

static void print_layers(const struct bench *bench)
{
	if (bench->core == CORE_HOST) {
		print_host_layers(bench);
		return;
	}
	if (bench->cost.module)
		print_module_layers(&bench->cost);
	else
		print_runtime_layers(bench);
	print_outputs(&bench->cost);
}

void bench_print(const struct bench *benches, unsigned n, const struct bench_budget *budget)
{
	print_totals(benches, n);
	for (unsigned i = 0; i < n; i++) {
		struct bench_fit fits[BENCH_FITS];
		unsigned asked = bench_fits(&benches[i], budget, fits);

		print_layers(&benches[i]);
		for (unsigned k = 0; k < asked; k++)
			printf("%s: %" PRIu64 " of %" PRIu64 " bytes, %s\n", fits[k].name, fits[k].needed,
			       fits[k].budget, fits[k].needed <= fits[k].budget ? "fits" : "does not fit");
	}
}
