/* SPDX-License-Identifier: Apache-2.0 */
/* tflite-file.h - one import of a .tflite at work: its tensors, and what became of them. Inside nn/import/ only. */
#ifndef NN_IMPORT_TFLITE_FILE_H
#define NN_IMPORT_TFLITE_FILE_H

#include "nn/graph/graph.h"
#include "nn/import/flatbuffer.h"
#include "nn/import/tflite-schema.h"

enum {
	TFLITE_TENSORS_MAX = 4096, /* in a file; those that a graph takes are fewer */
	TFLITE_OPERATORS_MAX = 4096,
};

/* What became of a tensor of the file. */
enum tflite_fate {
	TFLITE_FATE_NONE,  /* nothing yet; a constant becomes something when it is used */
	TFLITE_FATE_GRAPH, /* number in the graph */
	TFLITE_FATE_ALIAS, /* a constant that another one, number in the file, gives dequantised */
	TFLITE_FATE_SHAPE, /* arithmetic with shapes, which are all known: never computed */
};

struct tflite_place {
	enum tflite_fate fate;
	uint16_t number;
};

/* A tensor as the file describes it. */
struct tflite_tensor {
	uint32_t index;
	char name[NN_FORMAT_NAME];
	enum nn_type type;
	uint8_t dims;
	uint32_t shape[NN_DIMS_MAX]; /* 1 behind the last dimension */
	const uint8_t *data;	     /* NULL: made at run time */
	bool dequantised;	     /* the file turns these constants into floats before they are used */
	struct flatbuffer_vector scales, zero_points;
	int32_t quantised_dim;
};

struct tflite {
	struct flatbuffer file;
	struct graph *graph;
	char *reason;
	struct flatbuffer_vector codes, buffers, tensors;
	struct tflite_place *places; /* [tensors.count] */
	size_t constant_bytes;	     /* so far */
	/* The operator at hand. */
	uint32_t position;
	int32_t code;
	struct flatbuffer_table options;
	struct flatbuffer_vector inputs, outputs;
};

/* Why the file can't be taken, beginning with the operator at hand. Returns -EOPNOTSUPP. */
int tflite_refuse(struct tflite *in, const char *what, const char *remedy);
/* The same about one of its tensors. */
int tflite_refuse_tensor(struct tflite *in, const struct tflite_tensor *tensor, const char *what, const char *remedy);
/* In words for what graph.h's functions return. */
int tflite_graph_failed(struct tflite *in, int r);
int tflite_damaged(struct tflite *in); /* -EBADMSG */

/* "CONV_2D"; codes without a name are "operator 143". */
const char *tflite_operator_name(int32_t code, char buffer[24]);

/* The file's tensor of that number. */
int tflite_read_tensor(struct tflite *in, int32_t index, struct tflite_tensor *ret_tensor);
/* Input i of the operator at hand; -ENOENT for one that is left out. */
int tflite_input(struct tflite *in, uint32_t i, struct tflite_tensor *ret_tensor);
bool tflite_has_input(struct tflite *in, uint32_t i);
int tflite_output(struct tflite *in, struct tflite_tensor *ret_tensor);

static inline uint32_t tflite_elements(const struct tflite_tensor *tensor)
{
	return tensor->shape[0] * tensor->shape[1] * tensor->shape[2] * tensor->shape[3];
}

/* --- into the graph (tflite-graph.c) ----------------------------------------------------------------------------- */

/* How a constant is laid out in the graph. */
struct tflite_layout {
	bool transposed; /* first dimension to the end: [out][...] becomes [...][out] */
	uint8_t dims;	 /* 0: as in the file */
	uint32_t shape[NN_DIMS_MAX];
	uint8_t quantised_dim;
	uint32_t repeat; /* a single number, so many times; 0: as it is */
	bool weights;	 /* half precision stays, it is expanded where it is used; else it becomes float */
};

/* A tensor that something made before, or the subgraph's input. */
int tflite_use(struct tflite *in, const struct tflite_tensor *tensor, uint16_t *ret_number);
/* What the operator at hand makes. */
int tflite_make(struct tflite *in, const struct tflite_tensor *tensor, uint16_t *ret_number);
/* An intermediate of the graph that the file does not have, of the type and scales of `like`. */
int tflite_make_another(struct tflite *in, const struct tflite_tensor *like, const char *suffix, unsigned dims,
			const uint32_t *shape, uint16_t *ret_number);
int tflite_constant(struct tflite *in, const struct tflite_tensor *tensor, const struct tflite_layout *layout,
		    uint16_t *ret_number);
/* Zeros for a layer without a bias, of the type that its kernel wants. */
int tflite_zero_bias(struct tflite *in, enum nn_type type, uint32_t n, uint16_t *ret_number);
/* Integers of a constant: axes, paddings, permutations. */
int tflite_integers(struct tflite *in, const struct tflite_tensor *tensor, uint32_t max, int32_t *ret_values,
		    uint32_t *ret_count);
int tflite_add_node(struct tflite *in, const struct graph_node *node);

/* The operator at hand into nodes (tflite-operators.c). */
int tflite_import_operator(struct tflite *in);
/* Those with windows or weights (tflite-layers.c). */
int tflite_import_conv(struct tflite *in);
int tflite_import_depthwise(struct tflite *in);
int tflite_import_fully_connected(struct tflite *in);
int tflite_import_max_pool(struct tflite *in);
int tflite_import_average_pool(struct tflite *in);
int tflite_import_reduce_max(struct tflite *in);
/* Functions of each value, and softmax (tflite-activations.c). */
int tflite_import_relu(struct tflite *in);
int tflite_import_relu6(struct tflite *in);
int tflite_import_logistic(struct tflite *in);
int tflite_import_tanh(struct tflite *in);
int tflite_import_hard_swish(struct tflite *in);
int tflite_import_leaky_relu(struct tflite *in);
int tflite_import_relu_n1_to_1(struct tflite *in);
int tflite_import_prelu(struct tflite *in);
int tflite_import_softmax(struct tflite *in);
/* A node with one input, that of the operator at hand, and its output. */
int tflite_import_unary(struct tflite *in, struct graph_node node);
/* The fused activation in a slot of the options. */
int tflite_activation(struct tflite *in, unsigned slot, enum nn_activation *ret_activation);

#endif
