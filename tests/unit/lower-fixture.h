/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lower-fixture.h - a network of one node with real numbers at both ends: made in any type, lowered, run, compared.
 * Every function fails the test that calls it when something does not work.
 */
#ifndef TESTS_UNIT_LOWER_FIXTURE_H
#define TESTS_UNIT_LOWER_FIXTURE_H

#include "nn/export/pnn.h"
#include "nn/runtime/run.h"
#include "tests/unit/nn-fixture.h"

enum { VALUES = 4096 };
#define SHAPE(...) ((const uint32_t[]){__VA_ARGS__})

struct lower_network {
	struct graph *graph;
	void *bytes, *arena;
	struct nn_model model;
	struct nn_run run;
	uint8_t input[VALUES * 4];
	double in[VALUES], out[VALUES]; /* real */
};

/* A type with its scales at both ends, and how many steps of the output it may be off. */
struct lower_form {
	enum nn_type type;
	float in_scale, out_scale;
	int32_t in_zero, out_zero;
	double steps;
};

uint16_t lower_add(struct graph *graph, enum nn_type type, float scale, int32_t zero_point, unsigned dims,
		   const uint32_t *shape, const void *data);
double lower_real_of(const struct graph_tensor *tensor, const void *data, size_t i);
void lower_work(struct lower_network *net, enum nn_rounding rounding, uint64_t *state);
void lower_release(struct lower_network *net);
struct lower_network *lower_start(enum nn_type in, float in_scale, int32_t in_zero, unsigned dims,
				  const uint32_t *shape);
void lower_finish(struct lower_network *net, struct graph_node node, enum nn_type type, float scale, int32_t zero_point,
		  unsigned dims, const uint32_t *shape);
void lower_expect(const struct lower_network *net, size_t i, double wanted, double steps);
void lower_in_every_form(void (*test)(const struct lower_form *form, enum nn_rounding rounding, uint64_t *state));
struct lower_network *lower_dense(enum nn_type type, enum nn_type weights_type, float in_scale, int32_t in_zero,
				  float out_scale, int32_t out_zero, double weights[120], double biases[6],
				  uint64_t *state);

#endif
