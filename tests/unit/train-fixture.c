/* SPDX-License-Identifier: Apache-2.0 */
/* train-fixture.c - see train-fixture.h. */
#include "tests/unit/train-fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nn/graph/graph.h"
#include "nn/runtime/sha256.h"
#include "nn/train/random.h"

void train_samples_fill(const void *context, uint32_t i, uint32_t epoch, float *ret_input, float *ret_target)
{
	const struct train_samples *samples = context;
	uint32_t label = i % samples->classes;
	struct random pattern = random_of(99, 0, label), noise = random_of(7, epoch, i);

	for (uint32_t k = 0; k < samples->inputs; k++)
		ret_input[k] =
			random_between(&pattern, -1, 1) + random_between(&noise, -samples->noise, samples->noise);
	ret_target[label] = 1;
}

struct graph *train_build(const struct layers *layers, uint64_t seed, struct trainer_options *options)
{
	struct graph *graph = NULL;
	char reason[GRAPH_REASON] = "";

	if (layers_build(layers, seed, &graph, options, reason) < 0)
		fail_msg("%s", reason);
	return graph;
}

struct graph *train_build_maker(const char *name, const uint32_t input[3], uint32_t classes,
				struct trainer_options *options)
{
	const struct layers_maker *maker = layers_find_maker(name);
	struct layers layers;

	assert_non_null(maker);
	layers_make(maker, input ? input : maker->input, classes, maker->dropout, &layers);
	return train_build(&layers, 1, options);
}

struct trainer *train_open(struct graph *graph, const struct trainer_options *options)
{
	struct trainer *trainer = NULL;
	char reason[GRAPH_REASON] = "";

	if (trainer_open(graph, options, &trainer, reason) < 0)
		fail_msg("%s", reason);
	return trainer;
}

void train_hash(const struct graph *graph, char ret_text[65])
{
	uint8_t digest[NN_SHA256_BYTES];
	struct nn_sha256 sha;

	nn_sha256_start(&sha);
	for (uint16_t i = 0; i < graph->tensor_count; i++)
		if (graph->tensors[i].data)
			nn_sha256_add(&sha, graph->tensors[i].data, graph_tensor_bytes(&graph->tensors[i]));
	nn_sha256_end(&sha, digest);
	nn_sha256_text(digest, ret_text);
}
