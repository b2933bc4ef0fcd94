/* SPDX-License-Identifier: Apache-2.0 */
/* nn-runner.c - see nn-runner.h. */
#include "tests/unit/nn-runner.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn/export/pnn.h"
#include "nn/runtime/run.h"
#include "tests/unit/nn-fixture.h"

uint32_t runner_run(const struct graph *graph, const float *in, size_t n, size_t inputs, size_t outputs, float *out)
{
	char reason[GRAPH_REASON];
	struct nn_model model;
	struct nn_run run;
	void *bytes, *arena;
	uint32_t arena_bytes;
	size_t size;

	if (pnn_write(graph, &bytes, &size, reason) < 0)
		fail_msg("%s", reason);
	assert_int_equal(nn_model_parse(bytes, size, &model), 0);
	assert_int_equal(nn_tensor_elements(nn_model_input(&model)), inputs);
	assert_int_equal(nn_tensor_elements(nn_model_output(&model)), outputs);
	arena_bytes = model.main->arena_bytes;
	arena = aligned_alloc(16, nn_run_bytes(&model));
	assert_int_equal(nn_run_start(&run, &model, arena, nn_run_bytes(&model)), 0);
	for (size_t i = 0; i < n; i++) {
		memcpy(nn_run_tensor(&run, nn_model_input(&model)), in + i * inputs, inputs * sizeof(float));
		nn_run(&run);
		memcpy(out + i * outputs, nn_run_tensor(&run, nn_model_output(&model)), outputs * sizeof(float));
	}
	free(arena);
	free(bytes);
	return arena_bytes;
}

size_t runner_load_npy(const char *path, void **ret_values)
{
	const char *found = fixture_shared(path);
	uint8_t head[10];
	FILE *file;
	long begin, end;

	assert_non_null(found);
	file = fopen(found, "rb");
	assert_int_equal(fread(head, 1, sizeof(head), file), sizeof(head));
	begin = 10 + head[8] + 256 * head[9];
	fseek(file, 0, SEEK_END);
	end = ftell(file);
	fseek(file, begin, SEEK_SET);
	*ret_values = malloc((size_t)(end - begin));
	assert_int_equal(fread(*ret_values, 1, (size_t)(end - begin), file), end - begin);
	fclose(file);
	return (size_t)(end - begin);
}

float runner_worst(const float *a, const float *b, size_t n)
{
	float worst = 0;

	for (size_t i = 0; i < n; i++)
		worst = fmaxf(worst, fabsf(a[i] - b[i]));
	return worst;
}

size_t runner_largest(const float *values, size_t n)
{
	size_t largest = 0;

	for (size_t i = 1; i < n; i++)
		if (values[i] > values[largest])
			largest = i;
	return largest;
}

unsigned runner_count(const struct graph *graph, enum nn_operator_code code)
{
	unsigned count = 0;

	for (uint16_t n = 0; n < graph->node_count; n++)
		count += graph->nodes[n].code == code;
	return count;
}
