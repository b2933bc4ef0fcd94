/* SPDX-License-Identifier: Apache-2.0 */
/* tflite-plan.h - what a .tflite will hold: its tensors and operators in TensorFlow Lite's terms. Inside nn/export/. */
#ifndef NN_EXPORT_TFLITE_PLAN_H
#define NN_EXPORT_TFLITE_PLAN_H

#include "nn/graph/graph.h"
#include "nn/import/tflite-schema.h"

enum { TFLITE_PLAN_OPTIONS_MAX = 8 };

struct tflite_plan_tensor {
	char name[NN_FORMAT_NAME];
	enum tflite_type type;
	uint8_t dims;
	int32_t shape[NN_DIMS_MAX];
	void *data; /* of a constant, owned */
	uint32_t bytes;
	float *scales;		    /* owned */
	const int32_t *zero_points; /* the graph's; NULL: zeros */
	uint32_t scale_count;
	int32_t quantised_dim;
};

struct tflite_plan_option {
	uint8_t slot, bytes; /* 1 or 4 */
	int32_t value;	     /* or the bits of a float */
};

struct tflite_plan_operator {
	enum tflite_operator code;
	int32_t version;
	enum tflite_options options_type;
	struct tflite_plan_option options[TFLITE_PLAN_OPTIONS_MAX];
	unsigned option_count;
	int32_t inputs[GRAPH_INPUTS_MAX];
	unsigned input_count;
	int32_t output;
};

struct tflite_plan {
	const char *name;
	struct tflite_plan_tensor *tensors;
	struct tflite_plan_operator *operators;
	uint32_t tensor_count, operator_count;
	int32_t input, output;
	/* While it is made: */
	const struct graph *graph;
	uint32_t tensor_room, operator_room;
	int32_t places[NN_TENSORS_MAX]; /* of the graph's tensors; -1: not yet */
	char *reason;
};

/* The graph must outlive the plan. Errors: those of tflite_write(). */
int tflite_plan_make(const struct graph *graph, struct tflite_plan **ret_plan, char *ret_reason);
void tflite_plan_free(struct tflite_plan *plan);

/* --- parts of it (tflite-constant.c) --------------------------------------------------------------------------- */

int tflite_plan_no_memory(struct tflite_plan *plan);
/* An empty tensor; its number, or -ENOMEM. */
int32_t tflite_plan_add_tensor(struct tflite_plan *plan, const char *name, const char *suffix, enum nn_type type);
/* A tensor made at run time: the same number each time. */
int32_t tflite_plan_variable(struct tflite_plan *plan, uint16_t tensor);
/* Another one of type, shape and scales of `like`. */
int32_t tflite_plan_another(struct tflite_plan *plan, uint16_t like, const char *suffix);
/* int32 numbers: a shape, axes, paddings. */
int32_t tflite_plan_integers(struct tflite_plan *plan, const char *name, const int32_t *values, unsigned rows,
			     unsigned columns);

enum tflite_plan_layout {
	TFLITE_PLAN_AS_IT_IS,
	TFLITE_PLAN_CONV,      /* [kh][kw][ci][co] to [co][kh][kw][ci] */
	TFLITE_PLAN_DENSE,     /* [in][out] to [out][in] */
	TFLITE_PLAN_DEPTHWISE, /* [kh][kw][ci][m] to [1][kh][kw][ci * m] */
};

int32_t tflite_plan_constant(struct tflite_plan *plan, uint16_t tensor, enum tflite_plan_layout layout);
/* A bias's scales are those of its input times those of its weights. */
int32_t tflite_plan_bias(struct tflite_plan *plan, uint16_t bias, uint16_t input, uint16_t weights);

/* --- operators (tflite-plan-operator.c) -------------------------------------------------------------------------- */

static inline const struct graph_tensor *tflite_plan_tensor_of(const struct tflite_plan *plan, uint16_t tensor)
{
	return &plan->graph->tensors[tensor];
}

/* -EOPNOTSUPP, with the node and what would work in the plan's reason. */
int tflite_plan_refuse(struct tflite_plan *plan, const struct graph_node *node, const char *what, const char *remedy);
int tflite_plan_add_operator(struct tflite_plan *plan, const struct tflite_plan_operator *operator);
void tflite_plan_add_option(struct tflite_plan_operator *operator, unsigned slot, unsigned bytes, int32_t value);
void tflite_plan_add_activation(struct tflite_plan_operator *operator, unsigned slot, enum nn_activation activation);
/* An input that may be a constant; half precision gets the DEQUANTIZE that TensorFlow Lite wants. */
int32_t tflite_plan_use(struct tflite_plan *plan, uint16_t tensor, enum tflite_plan_layout layout, bool expanded);
/* The oldest version of an operator that knows the type of its activations. */
int32_t tflite_plan_version_for(const struct tflite_plan *plan, const struct graph_node *node, int32_t floats,
				int32_t i8, int32_t i16);

/* --- operators with windows or weights (tflite-plan-layers.c) ---------------------------------------------------- */

int tflite_plan_pool(struct tflite_plan *plan, const struct graph_node *node);
int tflite_plan_conv(struct tflite_plan *plan, const struct graph_node *node);
int tflite_plan_dense(struct tflite_plan *plan, const struct graph_node *node);

#endif
