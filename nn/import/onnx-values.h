/* SPDX-License-Identifier: Apache-2.0 */
/* onnx-values.h - an ONNX import at work: its values by name, and the node at hand with inputs and attributes. */
#ifndef NN_IMPORT_ONNX_VALUES_H
#define NN_IMPORT_ONNX_VALUES_H

#include "nn/graph/graph.h"
#include "nn/import/onnx.pb-c.h"

/* Known when the file is read. Floats of any size become floats, integers and booleans 64-bit integers. */
struct onnx_constant {
	int32_t type;  /* ONNX' number, where the file says it */
	unsigned dims; /* 0: a single value */
	uint32_t shape[NN_DIMS_MAX];
	size_t n;
	float *floats; /* one of the two, owned */
	int64_t *ints;
};

struct onnx_value {
	const char *name;		/* in the message */
	int tensor;			/* of the graph, or -1 */
	const Onnx__TensorProto *proto; /* of an initialiser; decoded when it is used */
	struct onnx_constant constant;
};

struct onnx_import {
	struct graph *graph;
	char *reason;
	int64_t opset;
	size_t made_bytes; /* of constants that nodes make of others: small files could ask for much */
	struct onnx_value *values;
	size_t value_count, value_room;
	const Onnx__NodeProto *node; /* the one at hand, or NULL */
	bool line;		     /* and its window slides along lines: an image of height 1 stands for each */
};

/* "node NAME (OPERATOR): ..." into the reason; returns -EOPNOTSUPP. */
int onnx_refuse(struct onnx_import *in, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Says which error of graph_add_...() it was. */
int onnx_graph_failed(struct onnx_import *in, int r);

/* --- values ------------------------------------------------------------------------------------------------------ */

/* A new value; -EOPNOTSUPP when the name is taken, which is how cycles and doubled names end. */
int onnx_define_tensor(struct onnx_import *in, const char *name, int tensor);
int onnx_define_proto(struct onnx_import *in, const char *name, const Onnx__TensorProto *proto);
/* Takes over what the constant owns, also when it fails. */
int onnx_define_constant(struct onnx_import *in, const char *name, struct onnx_constant *constant);
const struct onnx_value *onnx_find(const struct onnx_import *in, const char *name);
void onnx_clear(struct onnx_import *in);
/* Asks for memory beyond what the file has; -EOPNOTSUPP when all that was asked for is too much. */
int onnx_charge(struct onnx_import *in, uint64_t bytes);

int onnx_decode(struct onnx_import *in, const Onnx__TensorProto *proto, struct onnx_constant *ret_constant);
int onnx_new_floats(struct onnx_import *in, unsigned dims, const uint32_t *shape, struct onnx_constant *ret_constant);
void onnx_clear_constant(struct onnx_constant *constant);

/* --- the node at hand -------------------------------------------------------------------------------------------- */

bool onnx_has_input(const struct onnx_import *in, unsigned i);
bool onnx_is_constant(const struct onnx_import *in, unsigned i);
/* Input i, which must be known when the file is read, as floats or as integers. */
int onnx_floats(struct onnx_import *in, unsigned i, const struct onnx_constant **ret_constant);
int onnx_integers(struct onnx_import *in, unsigned i, const struct onnx_constant **ret_constant);
/* Input i as a tensor of the graph; a constant becomes one. Its number or a negative error. */
int onnx_tensor(struct onnx_import *in, unsigned i);
/* Input i, which must be known, as it is. */
int onnx_constant(struct onnx_import *in, unsigned i, const struct onnx_constant **ret_constant);
/* The shape of input i, computed or known; ONNX' number of a known input's type, 0 for others. */
int onnx_shape_of(struct onnx_import *in, unsigned i, unsigned *ret_dims, uint32_t shape[NN_DIMS_MAX]);
int32_t onnx_type_of(const struct onnx_import *in, unsigned i);
bool onnx_is_integers(struct onnx_import *in, unsigned i);
/* Axes: an attribute up to opset 12 or 17, then input 1. NULL when there are none. */
int onnx_axes(struct onnx_import *in, const int64_t **ret_axes, size_t *ret_n);

int64_t onnx_int(const struct onnx_import *in, const char *attribute, int64_t otherwise);
float onnx_float(const struct onnx_import *in, const char *attribute, float otherwise);
/* "" when the node does not have it; at most size - 1 bytes. */
void onnx_text(const struct onnx_import *in, const char *attribute, char *ret_text, size_t size);
const Onnx__AttributeProto *onnx_attribute(const struct onnx_import *in, const char *name);

/* --- making nodes ------------------------------------------------------------------------------------------------ */

/* A node that makes a new tensor; inputs are set. The tensor's number or a negative error. */
int onnx_add(struct onnx_import *in, struct graph_node node, unsigned dims, const uint32_t *shape);
int onnx_add_floats(struct onnx_import *in, const char *suffix, unsigned dims, const uint32_t *shape,
		    const float *floats);
int onnx_add_transpose(struct onnx_import *in, int tensor, const int32_t perm[NN_DIMS_MAX]);
int onnx_add_reshape(struct onnx_import *in, int tensor, unsigned dims, const uint32_t *shape);
/* Images from ONNX' order to the graph's and back; other tensors stay. A negative tensor is passed on. */
int onnx_to_nhwc(struct onnx_import *in, int tensor);
int onnx_from_nhwc(struct onnx_import *in, int tensor);

/* Input 0, an image or a line, under a window as large as it: [1][1][1][channels]. Sets in->line. */
int onnx_add_global_pool(struct onnx_import *in, enum nn_operator_code code);

/* What the node at hand makes is this tensor. A negative tensor is passed on. */
int onnx_finish(struct onnx_import *in, int tensor);

/* Inputs that are integers, one behind the other, and two calculated with by + - * /, as what the node at hand makes. */
int onnx_join_integers(struct onnx_import *in);
int onnx_calculate(struct onnx_import *in, char operation);

static inline const struct graph_tensor *onnx_at(const struct onnx_import *in, int tensor)
{
	return &in->graph->tensors[tensor];
}

static inline uint32_t onnx_elements(const struct graph_tensor *tensor)
{
	return tensor->shape[0] * tensor->shape[1] * tensor->shape[2] * tensor->shape[3];
}

/* Adds the node at hand to the graph. One table a file. */
struct onnx_operator {
	const char *name;
	int (*import)(struct onnx_import *in);
};
extern const struct onnx_operator onnx_window_operators[], onnx_pair_operators[], onnx_plain_operators[],
	onnx_shape_operators[], onnx_constant_operators[], onnx_quantised_operators[],
	onnx_reduce_operators[]; /* till name is NULL */

#endif
