/* SPDX-License-Identifier: Apache-2.0 */
/* onnx.c - reads the message, makes the graph's input, then one node behind the other. */
#include "nn/import/onnx.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_ONNX
#include "nn/import/onnx-values.h"

enum {
	OPSET_MIN = 7,
	OPSET_MAX = 23,
	NODES_MAX = 4096, /* in the file; most constants and identities become nothing */
};

/* --- the message ------------------------------------------------------------------------------------------------- */

/* Empty messages take two bytes in a file and a hundred in memory: what unpacking may allocate is counted. */
struct budget {
	ProtobufCAllocator allocator;
	size_t left;
};

static void *budget_alloc(void *data, size_t size)
{
	struct budget *budget = data;

	if (size > budget->left)
		return NULL;
	budget->left -= size;
	return malloc(size);
}

static void budget_free(void *data, void *pointer)
{
	(void)data;
	free(pointer);
}

static int refuse_file(char *ret_reason, const char *why)
{
	snprintf(ret_reason, GRAPH_REASON, "%s", why);
	return -EBADMSG;
}

static int check_opset(const Onnx__ModelProto *model, struct onnx_import *in)
{
	for (size_t i = 0; i < model->n_opset_import; i++)
		if (!*model->opset_import[i]->domain || !strcmp(model->opset_import[i]->domain, "ai.onnx"))
			in->opset = model->opset_import[i]->version;
	if (in->opset >= OPSET_MIN && in->opset <= OPSET_MAX)
		return 0;
	snprintf(in->reason, GRAPH_REASON, "opset %lld is not supported; export with one of %d to %d",
		 (long long)in->opset, OPSET_MIN, OPSET_MAX);
	return -EOPNOTSUPP;
}

/* --- ends of the graph ------------------------------------------------------------------------------------------- */

/* The input's shape as ONNX has it; a first dimension without a number is a batch of one. */
static int input_shape(struct onnx_import *in, const Onnx__ValueInfoProto *info, unsigned *ret_dims,
		       uint32_t shape[NN_DIMS_MAX])
{
	const Onnx__TensorTypeProto *type = info->type ? info->type->tensor_type : NULL;

	if (!type || !type->shape || !type->shape->n_dim || type->shape->n_dim > NN_DIMS_MAX)
		return onnx_refuse(in, "input \"%.60s\" has no shape of 1 to %d dimensions", info->name, NN_DIMS_MAX);
	if (type->elem_type != 1)
		return onnx_refuse(in, "input \"%.60s\" is not made of floats (type %d)", info->name,
				   (int)type->elem_type);
	for (size_t i = 0; i < type->shape->n_dim; i++) {
		int64_t size = type->shape->dim[i]->dim_value;

		if (size < 1 && !i && type->shape->n_dim > 1)
			size = 1;
		if (size < 1 || size > NN_FORMAT_BYTES_MAX)
			return onnx_refuse(in,
					   "dimension %zu of input \"%.60s\" is not fixed or impossible; give every "
					   "dimension but the batch a number",
					   i + 1, info->name);
		shape[i] = (uint32_t)size;
	}
	if (type->shape->n_dim == 4 && shape[0] != 1)
		return onnx_refuse(in, "input \"%.60s\" takes a batch of %u; export with a batch of 1", info->name,
				   shape[0]);
	*ret_dims = (unsigned)type->shape->n_dim;
	return 0;
}

static int import_input(struct onnx_import *in, const Onnx__GraphProto *graph)
{
	const Onnx__ValueInfoProto *info = NULL;
	uint32_t shape[NN_DIMS_MAX] = {1, 1, 1, 1};
	unsigned dims = 0;
	int tensor, r;

	for (size_t i = 0; i < graph->n_input; i++) {
		if (onnx_find(in, graph->input[i]->name))
			continue;
		if (info)
			return onnx_refuse(in, "inputs \"%.60s\" and \"%.60s\": one is supported", info->name,
					   graph->input[i]->name);
		info = graph->input[i];
	}
	if (!info)
		return onnx_refuse(in, "the model has no input");
	r = input_shape(in, info, &dims, shape);
	if (r < 0)
		return r;
	if (dims == 4) {
		uint32_t channels = shape[1];

		shape[1] = shape[2];
		shape[2] = shape[3];
		shape[3] = channels;
	}
	tensor = graph_add_tensor(in->graph, info->name, NN_TYPE_F32, dims, shape);
	if (tensor < 0)
		return onnx_graph_failed(in, tensor);
	in->graph->input = (uint16_t)tensor;
	tensor = onnx_from_nhwc(in, tensor);
	return tensor < 0 ? tensor : onnx_define_tensor(in, info->name, tensor);
}

static int import_output(struct onnx_import *in, const Onnx__GraphProto *graph)
{
	const struct onnx_value *value;
	int tensor;

	in->node = NULL;
	if (graph->n_output != 1)
		return onnx_refuse(in, "the model has %zu outputs; one is supported", graph->n_output);
	value = onnx_find(in, graph->output[0]->name);
	if (!value || value->tensor < 0)
		return onnx_refuse(in, "no node makes the output \"%.60s\"", graph->output[0]->name);
	tensor = onnx_to_nhwc(in, value->tensor);
	if (tensor < 0)
		return tensor;
	in->graph->output = (uint16_t)tensor;
	return 0;
}

/* --- nodes ------------------------------------------------------------------------------------------------------- */

static const struct onnx_operator *const tables[] = {
	onnx_window_operators,	 onnx_pair_operators,	   onnx_plain_operators,  onnx_shape_operators,
	onnx_constant_operators, onnx_quantised_operators, onnx_reduce_operators,
};

enum {
	TABLES = sizeof(tables) / sizeof(tables[0]),
};

/* What to do about operators that files of classifiers often have. */
static const struct {
	const char *name, *remedy;
} remedies[] = {
	{"LogSoftmax", "end with Softmax, or before it: the largest output stays the largest"},
	{"ArgMax", "end before it: run --top=1 tells the largest output"},
	{"TopK", "end before it: run --top=K tells the largest outputs"},
	{"Elu", "Relu, LeakyRelu, PRelu, HardSwish, Sigmoid and Tanh are"},
	{"Selu", "Relu, LeakyRelu, PRelu, HardSwish, Sigmoid and Tanh are"},
	{"Gelu", "Relu, LeakyRelu, PRelu, HardSwish, Sigmoid and Tanh are"},
	{"Erf", "(of a GELU?) Relu, LeakyRelu, PRelu, HardSwish, Sigmoid and Tanh are"},
	{"Softplus", "Relu, LeakyRelu, PRelu, HardSwish, Sigmoid and Tanh are"},
	{"InstanceNormalization", "BatchNormalization is, and costs nothing"},
	{"LayerNormalization", "BatchNormalization is, and costs nothing"},
	{"Split", "computed values can't be cut; Conv with groups can stand for it"},
	{"ConvTranspose", "networks that make images are not; classifiers are"},
	{"Resize", "networks that make images are not; classifiers are"},
	{"Upsample", "networks that make images are not; classifiers are"},
	{"QLinearConv", "quantise with QuantizeLinear and DequantizeLinear (QuantFormat.QDQ), or here"},
	{"QLinearMatMul", "quantise with QuantizeLinear and DequantizeLinear (QuantFormat.QDQ), or here"},
	{"ConvInteger", "give the float model, and quantise it here (quantize --mode=drq)"},
	{"MatMulInteger", "give the float model, and quantise it here (quantize --mode=drq)"},
};

static int refuse_unknown(struct onnx_import *in)
{
	char known[GRAPH_REASON] = "";
	size_t n = 0;

	for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++)
		if (!strcmp(in->node->op_type, remedies[i].name))
			return onnx_refuse(in, "not supported; %s", remedies[i].remedy);
	for (unsigned i = 0; i < TABLES; i++)
		for (const struct onnx_operator *op = tables[i]; op->name && n < sizeof(known); op++)
			n += (size_t)snprintf(known + n, sizeof(known) - n, " %s", op->name);
	return onnx_refuse(in, "not supported;%s are", known);
}

static int import_node(struct onnx_import *in)
{
	if (*in->node->domain && strcmp(in->node->domain, "ai.onnx") != 0)
		return onnx_refuse(in, "operators of \"%.40s\" are not supported, only ONNX' own", in->node->domain);
	if (!in->node->n_output)
		return onnx_refuse(in, "makes nothing");
	for (unsigned i = 0; i < TABLES; i++)
		for (const struct onnx_operator *op = tables[i]; op->name; op++)
			if (!strcmp(op->name, in->node->op_type))
				return op->import(in);
	return refuse_unknown(in);
}

static int import_graph(struct onnx_import *in, const Onnx__GraphProto *graph)
{
	int r = 0;

	if (graph->n_node > NODES_MAX || graph->n_initializer > NODES_MAX)
		return onnx_refuse(in, "%zu nodes and %zu constants; at most %d of each are supported", graph->n_node,
				   graph->n_initializer, NODES_MAX);
	snprintf(in->graph->name, sizeof(in->graph->name), "%s", *graph->name ? graph->name : "onnx");
	for (size_t i = 0; i < graph->n_initializer && r == 0; i++)
		r = onnx_define_proto(in, graph->initializer[i]->name, graph->initializer[i]);
	r = r < 0 ? r : import_input(in, graph);
	for (size_t i = 0; i < graph->n_node && r == 0; i++) {
		in->node = graph->node[i];
		r = import_node(in);
	}
	return r < 0 ? r : import_output(in, graph);
}

int onnx_import(const void *bytes, size_t size, struct graph *graph, char *ret_reason)
{
	struct budget budget = {
		.allocator = {.alloc = budget_alloc, .free = budget_free, .allocator_data = &budget},
		.left = size * 4 + 1024 * 1024,
	};
	struct onnx_import in = {.graph = graph, .reason = ret_reason};
	Onnx__ModelProto *model = size ? onnx__model_proto__unpack(&budget.allocator, size, bytes) : NULL;
	int r;

	if (!model)
		return refuse_file(ret_reason, "not an ONNX file, or a damaged one");
	if (model->graph) {
		r = check_opset(model, &in);
		r = r < 0 ? r : import_graph(&in, model->graph);
	} else {
		r = refuse_file(ret_reason, "not an ONNX file: no graph in it");
	}
	onnx_clear(&in);
	onnx__model_proto__free_unpacked(model, &budget.allocator);
	return r;
}

#else

int onnx_import(const void *bytes, size_t size, struct graph *graph, char *ret_reason)
{
	(void)bytes;
	(void)size;
	(void)graph;
	snprintf(
		ret_reason, GRAPH_REASON,
		"built without protobuf-c; install it (Debian: libprotobuf-c-dev and protobuf-c-compiler) and configure again");
	return -EOPNOTSUPP;
}

#endif
