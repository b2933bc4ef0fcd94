/* SPDX-License-Identifier: Apache-2.0 */
/* tflite-activations.c - operators of a .tflite that are functions of each value, and softmax. */
#include <errno.h>
#include <string.h>

#include "nn/graph/compose.h"
#include "nn/import/tflite-file.h"

int tflite_import_relu(struct tflite *in)
{
	return tflite_import_unary(
		in, (struct graph_node){.code = NN_OPERATOR_ACTIVATION, .activation = NN_ACTIVATION_RELU});
}

int tflite_import_relu6(struct tflite *in)
{
	return tflite_import_unary(
		in, (struct graph_node){.code = NN_OPERATOR_ACTIVATION, .activation = NN_ACTIVATION_RELU6});
}

int tflite_import_logistic(struct tflite *in)
{
	return tflite_import_unary(in, (struct graph_node){.code = NN_OPERATOR_SIGMOID});
}

int tflite_import_tanh(struct tflite *in)
{
	return tflite_import_unary(in, (struct graph_node){.code = NN_OPERATOR_TANH});
}

int tflite_import_hard_swish(struct tflite *in)
{
	return tflite_import_unary(in, (struct graph_node){.code = NN_OPERATOR_HARD_SWISH});
}

int tflite_import_leaky_relu(struct tflite *in)
{
	struct graph_node node = {.code = NN_OPERATOR_LEAKY_RELU};
	float alpha = flatbuffer_f32(&in->file, in->options, TFLITE_LEAKY_RELU_ALPHA, 0);

	memcpy(&node.parameters[0], &alpha, sizeof(alpha));
	return tflite_import_unary(in, node);
}

/* What nodes of floats have made of the input is what the operator makes. */
static int take(struct tflite *in, const struct tflite_tensor *y, int tensor)
{
	if (tensor < 0)
		return tflite_graph_failed(in, tensor);
	if (in->places[y->index].fate != TFLITE_FATE_NONE || y->data)
		return tflite_refuse_tensor(in, y, "is made twice", "");
	in->places[y->index] = (struct tflite_place){TFLITE_FATE_GRAPH, (uint16_t)tensor};
	return 0;
}

/* Input and output of the same shape, and floats. */
static int floats_like(struct tflite *in, struct tflite_tensor *x, struct tflite_tensor *y, uint16_t *ret_number)
{
	int r = tflite_input(in, 0, x);

	r = r < 0 ? r : tflite_output(in, y);
	if (r < 0)
		return r;
	if (x->type != NN_TYPE_F32 || y->type != NN_TYPE_F32 || memcmp(x->shape, y->shape, sizeof(x->shape)) != 0)
		return tflite_refuse_tensor(in, x, "is of a type that is not supported here",
					    "convert to floats and quantise here, or train with RELU or LEAKY_RELU");
	return tflite_use(in, x, ret_number);
}

int tflite_import_relu_n1_to_1(struct tflite *in)
{
	struct tflite_tensor x, y;
	uint16_t number = 0;
	int r = floats_like(in, &x, &y, &number);

	return r < 0 ? r : take(in, &y, graph_compose_clip(in->graph, y.name, number, -1, 1));
}

/* Slopes for each channel, or for each element. */
int tflite_import_prelu(struct tflite *in)
{
	struct tflite_layout layout = {.dims = 1};
	struct tflite_tensor x, slopes, y;
	uint16_t number = 0, constant = 0;
	uint32_t n;
	int r = floats_like(in, &x, &y, &number);

	r = r < 0 ? r : tflite_input(in, 1, &slopes);
	if (r < 0)
		return r;
	n = tflite_elements(&slopes);
	layout.shape[0] = x.shape[x.dims - 1];
	layout.shape[1] = layout.shape[2] = layout.shape[3] = 1;
	if (!slopes.data ||
	    (n != tflite_elements(&x) && (n != layout.shape[0] || slopes.shape[slopes.dims - 1] != layout.shape[0])))
		return tflite_refuse_tensor(in, &slopes, "are slopes that are not supported",
					    "constants for each channel or each element are");
	if (n != layout.shape[0]) {
		layout.dims = x.dims;
		memcpy(layout.shape, x.shape, sizeof(layout.shape));
	}
	r = tflite_constant(in, &slopes, &layout, &constant);
	return r < 0 ? r : take(in, &y, graph_compose_prelu(in->graph, y.name, number, constant));
}

/* beta 1 is written as 0: what models have, and what no parameter means. */
int tflite_import_softmax(struct tflite *in)
{
	struct graph_node node = {.code = NN_OPERATOR_SOFTMAX};
	float beta = flatbuffer_f32(&in->file, in->options, TFLITE_SOFTMAX_BETA, 0);

	if (!(beta > 0 && beta < 1e6f))
		return tflite_refuse(in, "its beta is not a positive number", "1 is usual");
	if (beta < 1 || beta > 1)
		memcpy(&node.parameters[0], &beta, sizeof(beta));
	return tflite_import_unary(in, node);
}
