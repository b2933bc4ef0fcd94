/* SPDX-License-Identifier: Apache-2.0 */
/* measurement.c - see measurement.h. */
#include "nn/tool/measurement.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "nn/runtime/value.h"

enum {
	PAIR_BYTES = 8, /* scale and zero point, multiplier and shift */
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void measure_memory(const struct nn_model *model, struct measurement *m)
{
	m->arena_bytes = model->main->arena_bytes;
	m->input_bytes = nn_model_input(model)->bytes;
	m->output_bytes = nn_model_output(model)->bytes;
	for (uint32_t i = 0; i < model->operator_count; i++) {
		const struct nn_operator *op = &model->operators[i];
		struct measurement_layer *layer = &m->layers[i];

		layer->macc = macc_of_operator(model, op);
		layer->weights_bytes = (uint64_t)op->multiplier_count * PAIR_BYTES;
		for (unsigned k = 0; k < op->inputs; k++) {
			const struct nn_tensor *tensor = nn_model_operand(model, op, k);

			if (tensor->flags & NN_TENSOR_CONSTANT)
				layer->weights_bytes += tensor->bytes;
		}
		m->weights_bytes += layer->weights_bytes;
	}
}

static int compare_times(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Whole runs and layers apart: reading the clock between layers would cost the small ones more than their work. */
static void measure_time(struct runner *runner, const float *input, unsigned runs, uint64_t *times,
			 struct measurement *m)
{
	const struct nn_model *model = runner->run.model;

	runner_run(runner, input);
	for (unsigned i = 0; i < runs; i++) {
		uint64_t begin;

		nn_value_write(&runner->run, nn_model_input(model), input);
		begin = now_ns();
		nn_run(&runner->run);
		times[i] = now_ns() - begin;
	}
	qsort(times, runs, sizeof(*times), compare_times);
	m->min_ns = times[0];
	m->median_ns = times[runs / 2];
	m->p99_ns = times[(uint64_t)runs * 99 / 100];
	for (unsigned i = 0; i < runs; i++) {
		nn_value_write(&runner->run, nn_model_input(model), input);
		for (uint32_t op = 0, n; op < model->operator_count; op += n) {
			uint64_t begin = now_ns(), time;

			n = nn_run_together(&runner->run, op);
			nn_run_some(&runner->run, op, op + n);
			time = now_ns() - begin;
			if (i == 0 || time < m->layers[op].min_ns)
				m->layers[op].min_ns = time;
		}
	}
}

int measurement_take(struct runner *runner, const float *input, unsigned runs, struct measurement *ret_measurement)
{
	uint64_t *times = calloc(runs, sizeof(*times));

	if (!times)
		return -ENOMEM;
	*ret_measurement = (struct measurement){.macc = macc_of_model(runner->run.model)};
	measure_memory(runner->run.model, ret_measurement);
	measure_time(runner, input, runs, times, ret_measurement);
	free(times);
	return 0;
}
