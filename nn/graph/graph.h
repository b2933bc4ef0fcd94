/* SPDX-License-Identifier: Apache-2.0 */
/*
 * graph.h - the one form that every importer fills, every pass changes and every exporter writes.
 *
 * Tensors are numbered; a node reads and writes them by number and has the operators and parameters of the model
 * file. Layout is that of the runtime: NHWC, batch 1, output channel innermost in weights.
 */
#ifndef NN_GRAPH_GRAPH_H
#define NN_GRAPH_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/runtime/model.h"

enum {
	GRAPH_INPUTS_MAX = 7,
	GRAPH_REASON = 320,
};

struct graph_tensor {
	char name[NN_FORMAT_NAME];
	enum nn_type type;
	uint8_t dims;
	uint32_t shape[NN_DIMS_MAX]; /* 1 behind the last dimension */
	void *data;		     /* of a constant, owned; NULL: made at run time */
	float *scales;		     /* owned; NULL: not quantised */
	int32_t *zero_points;
	uint32_t scale_count;
	uint8_t quantised_dim;
};

struct graph_node {
	enum nn_operator_code code;
	enum nn_activation activation;
	enum nn_rounding rounding;
	uint8_t inputs;
	uint16_t input[GRAPH_INPUTS_MAX];
	uint16_t output;
	int32_t parameters[NN_FORMAT_PARAMETERS];
	/* Set by graph_lower(): */
	int32_t *multipliers; /* [n], then shifts [n]; owned */
	uint32_t multiplier_count;
	int16_t low, high; /* of an integer output */
	uint16_t layer;	   /* 1 and more: in the file that it was read from, if that counts others than nodes */
};

struct graph {
	char name[NN_FORMAT_NAME];
	struct graph_tensor tensors[NN_TENSORS_MAX];
	struct graph_node nodes[NN_OPS_MAX]; /* in the order of execution */
	uint16_t tensor_count, node_count;
	uint16_t layer_count; /* of the file; 0: its layers are the nodes */
	uint16_t input, output;
	enum nn_input_form input_form;
	struct nn_preprocess preprocess;
	char labels[NN_FORMAT_LABELS_MAX][NN_LABEL_MAX];
	uint32_t label_count;
	char *provenance; /* lines of key=value, owned */
	size_t provenance_bytes;
};

struct graph *graph_new(void); /* NULL: out of memory */
struct graph *graph_free(struct graph *graph);
static inline void graph_freep(struct graph **graph)
{
	*graph = graph_free(*graph);
}

/* A tensor made at run time. Returns its number, or -E2BIG when there are too many, -ERANGE for an impossible shape. */
int graph_add_tensor(struct graph *graph, const char *name, enum nn_type type, unsigned dims, const uint32_t *shape);
/* A constant; data is copied. Also -ENOMEM. */
int graph_add_constant(struct graph *graph, const char *name, enum nn_type type, unsigned dims, const uint32_t *shape,
		       const void *data);
/* A node behind the last one; its operands exist already. -E2BIG when there are too many. */
int graph_add_node(struct graph *graph, const struct graph_node *node);
/* Adds a line key=value; a line feed in the value becomes a space. */
int graph_add_provenance(struct graph *graph, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* "None,FlatHand,..."; -EINVAL: an empty or too long label. */
int graph_set_labels(struct graph *graph, const char *comma_separated);

size_t graph_type_bytes(enum nn_type type);
size_t graph_tensor_bytes(const struct graph_tensor *tensor);

/* --- passes ---------------------------------------------------------------------------------------------------- */

/* A ReLU that alone reads what a node without activation makes becomes part of it. */
void graph_fuse_activations(struct graph *graph);

/*
 * The last pass: scales become integer multipliers, shifts, limits and tables as nn/runtime/ARITHMETIC.md says, U8
 * becomes I8, half-precision constants go where they are used. Integer nodes without a rounding mode get `rounding`.
 * Returns 0, -ENOMEM, or -ENOTSUP with the operator and its tensors in ret_reason (GRAPH_REASON bytes).
 */
int graph_lower(struct graph *graph, enum nn_rounding rounding, char *ret_reason);

/* Half-precision constants become float ones, which every pass knows; their values stay. -ENOMEM. */
int graph_widen_halves(struct graph *graph);

/* Where each tensor lies in the arena; offsets[tensor_count], constants get 0. Returns the arena's size. */
size_t graph_plan(const struct graph *graph, uint32_t *offsets);

#endif
