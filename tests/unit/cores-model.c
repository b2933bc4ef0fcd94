/* SPDX-License-Identifier: Apache-2.0 */
/* cores-model.c - see cores-model.h. */
#include "tests/unit/cores-model.h"

#include <string.h>

#include "nn/runtime/ops.h"

struct cores_model cores_model;
#define m cores_model

/* low..high */
static int32_t any(int32_t low, int32_t high)
{
	m.state = m.state * 1664525 + 1013904223;
	return low + (int32_t)((uint64_t)(m.state >> 8) * (uint32_t)(high - low + 1) >> 24);
}

int8_t cores_any_i8(void)
{
	int32_t kind = any(0, 15);

	return (int8_t)(kind == 0 ? -128 : kind == 1 ? 127 : any(-128, 127));
}

float cores_any_f32(void)
{
	return any(0, 20) ? (float)any(-0x7fffff, 0x7fffff) / (float)(1 << any(10, 25)) : 0;
}

static uint32_t add_quantisation(const void *bytes, uint32_t size)
{
	uint32_t at = m.quantisation_bytes;

	memcpy(m.quantisation + at, bytes, size);
	m.quantisation_bytes += size;
	return at;
}

static uint16_t add_tensor(enum nn_type type, uint8_t dims, const uint32_t shape[4], int32_t zero_point)
{
	struct nn_tensor tensor = {.type = (uint8_t)type, .dims = dims, .scale_count = 1};
	float scale = 1;

	memcpy(tensor.shape, shape, sizeof(tensor.shape));
	tensor.bytes = nn_tensor_elements(&tensor) * (type == NN_TYPE_I8 ? 1 : 4);
	tensor.scales = add_quantisation(&scale, 4);
	add_quantisation(&zero_point, 4);
	m.tensors[m.tensor_count] = tensor;
	return (uint16_t)m.tensor_count++;
}

static uint8_t *make_constant(uint16_t tensor)
{
	uint8_t *bytes = m.data + m.data_bytes;

	m.tensors[tensor].flags = NN_TENSOR_CONSTANT;
	m.tensors[tensor].location = m.data_bytes;
	m.data_bytes += (m.tensors[tensor].bytes + 15) / 16 * 16;
	return bytes;
}

static uint16_t add_bytes(uint8_t dims, const uint32_t shape[4], int32_t zero_point)
{
	uint16_t tensor = add_tensor(NN_TYPE_I8, dims, shape, zero_point);
	uint8_t *bytes = make_constant(tensor);

	for (uint32_t i = 0; i < m.tensors[tensor].bytes; i++)
		bytes[i] = (uint8_t)cores_any_i8();
	return tensor;
}

static uint16_t add_bias(uint32_t channels, uint64_t products, int32_t weights_zero)
{
	uint16_t tensor = add_tensor(NN_TYPE_I32, 1, (const uint32_t[4]){channels, 1, 1, 1}, 0);
	int64_t bound = (int64_t)products * 255 * (128 + (weights_zero < 0 ? -weights_zero : weights_zero));
	int64_t most = INT32_MAX - bound;
	int32_t *bias = (void *)make_constant(tensor);

	most = any(0, 7) ? most >> 12 : most;
	for (uint32_t i = 0; i < channels; i++)
		bias[i] = any(0, 9) ? any(-(int32_t)(most / 128), (int32_t)(most / 128))
				    : (int32_t)(any(0, 1) ? most : -most);
	return tensor;
}

/* n pairs; halves and more seldom, because few kernels take them. */
static void add_multipliers(struct nn_operator *op, uint32_t n, int32_t shift_low)
{
	int32_t shift_high = any(0, 3) ? -1 : 3, pair;

	op->multiplier_count = n;
	op->multipliers = m.quantisation_bytes;
	for (uint32_t i = 0; i < n; i++) {
		pair = any(0, 30) ? (1 << 30) + any(0, (1 << 24) - 1) * 64 : any(0, 1) ? 0 : INT32_MAX;
		add_quantisation(&pair, 4);
	}
	for (uint32_t i = 0; i < n; i++) {
		pair = any(0, 20) ? any(shift_low, shift_high) : any(-31, 8);
		add_quantisation(&pair, 4);
	}
}

static struct nn_operator *add_operator(enum nn_operator_code code, unsigned inputs, const uint16_t *operands)
{
	struct nn_operator *op = &m.operators[m.operator_count++];

	*op = (struct nn_operator){
		.code = (uint16_t)code,
		.rounding = (uint8_t)(any(0, 1) ? NN_ROUNDING_SINGLE : NN_ROUNDING_DOUBLE),
		.inputs = (uint8_t)inputs,
		.outputs = 1,
		.operands = m.operand_count,
		.low = INT8_MIN,
		.high = INT8_MAX,
	};
	if (!any(0, 3)) {
		op->low = (int16_t)any(-128, 20);
		op->high = (int16_t)any(op->low, 127);
	}
	memcpy(m.operands + m.operand_count, operands, (inputs + 1) * sizeof(*operands));
	m.operand_count += inputs + 1;
	return op;
}

static void set_window(struct nn_operator *op, int32_t stride_h, int32_t stride_w, int32_t dilation,
		       const int32_t pad[4])
{
	op->parameters[NN_PARAMETER_STRIDE_H] = stride_h;
	op->parameters[NN_PARAMETER_STRIDE_W] = stride_w;
	op->parameters[NN_PARAMETER_DILATION_H] = dilation;
	op->parameters[NN_PARAMETER_DILATION_W] = dilation;
	memcpy(op->parameters + NN_PARAMETER_PAD_TOP, pad, 4 * sizeof(*pad));
}

struct shapes {
	uint32_t in[4], out[4];
	int32_t kernel[2], stride[2], dilation, pad[4]; /* top, left, bottom, right */
};

static bool any_shapes(struct shapes *s, bool holes)
{
	static const int32_t channels[] = {1, 2, 3, 4, 5, 8, 12, 16, 17, 31, 32, 40};

	int32_t most = any(0, 3) ? 12 : 20;

	*s = (struct shapes){
		.in = {1, (uint32_t)any(1, most), (uint32_t)any(1, most), (uint32_t)channels[any(0, 11)]},
		.out = {1, 1, 1, (uint32_t)any(1, 20)},
		.dilation = holes && !any(0, 5) ? 2 : 1,
	};
	for (int i = 0; i < 2; i++) {
		int32_t extent;

		s->kernel[i] = any(0, 1) ? 3 : any(1, 5);
		s->stride[i] = any(0, 2) ? 1 : any(1, 3);
		extent = (s->kernel[i] - 1) * s->dilation + 1;
		s->pad[i] = any(0, 1) ? 0 : any(0, extent - 1);
		s->pad[i + 2] = any(0, 1) ? s->pad[i] : any(0, extent - 1);
		if ((int32_t)s->in[i + 1] + s->pad[i] + s->pad[i + 2] < extent)
			return false;
		s->out[i + 1] =
			(uint32_t)(((int32_t)s->in[i + 1] + s->pad[i] + s->pad[i + 2] - extent) / s->stride[i]) + 1;
	}
	return true;
}

/* Limits of each channel, and what converters leave of batch normalisation, behind a layer. */
static void add_tail(uint16_t in, uint32_t channels)
{
	for (int32_t n = any(0, 2) ? 0 : any(1, CORES_CHAIN_MAX - 1); n; n--) {
		uint16_t out = add_tensor(NN_TYPE_I8, m.tensors[in].dims, m.tensors[in].shape, cores_any_i8());
		uint16_t other = add_bytes(1, (const uint32_t[4]){any(0, 4) ? channels : 1, 1, 1, 1}, cores_any_i8());
		static const enum nn_operator_code codes[] = {NN_OPERATOR_MULTIPLY, NN_OPERATOR_ADD,
							      NN_OPERATOR_SUBTRACT, NN_OPERATOR_QUANTIZE};
		enum nn_operator_code code = codes[any(0, 3)];
		bool one = code == NN_OPERATOR_QUANTIZE;
		struct nn_operator *op = add_operator(
			code, one ? 1 : 2, one ? (const uint16_t[]){in, out} : (const uint16_t[]){in, other, out});

		add_multipliers(op, code == NN_OPERATOR_ADD || code == NN_OPERATOR_SUBTRACT ? 3 : 1, -10);
		in = out;
	}
}

/* The largest of each 2x2. */
static void add_pool(uint16_t in)
{
	const struct nn_tensor *tensor = &m.tensors[in];
	uint32_t shape[4] = {1, tensor->shape[1] / 2, tensor->shape[2] / 2, tensor->shape[3]};
	static const int32_t no_pad[4];
	uint16_t out = add_tensor(NN_TYPE_I8, 4, shape, 0);
	struct nn_operator *op = add_operator(NN_OPERATOR_MAX_POOL_2D, 1, (const uint16_t[]){in, out});

	m.tensors[out].scales = tensor->scales;
	set_window(op, 2, 2, 1, no_pad);
	op->parameters[NN_PARAMETER_KERNEL_H] = 2;
	op->parameters[NN_PARAMETER_KERNEL_W] = 2;
}

static void add_layer(enum nn_operator_code code, const struct shapes *s)
{
	bool depthwise = code == NN_OPERATOR_DEPTHWISE_CONV_2D, dense = code == NN_OPERATOR_DENSE, limited = !any(0, 5);
	uint32_t kh = (uint32_t)s->kernel[0], kw = (uint32_t)s->kernel[1], ci = s->in[3], co = s->out[3];
	uint32_t products = depthwise ? kh * kw : dense ? ci : kh * kw * ci;
	uint32_t shape[4] = {kh, kw, ci, depthwise ? co / ci : co};
	bool by_channel = any(0, 3);
	int32_t zero = by_channel || any(0, 1) ? 0 : cores_any_i8();
	uint16_t operands[5];
	struct nn_operator *op;

	operands[0] = add_tensor(NN_TYPE_I8, 4, s->in, cores_any_i8());
	operands[1] = dense ? add_bytes(2, (const uint32_t[4]){ci, co, 1, 1}, zero) : add_bytes(4, shape, zero);
	operands[2] = add_bias(co, products, zero);
	if (limited) {
		operands[3] = add_bytes(2, (const uint32_t[4]){2, co, 1, 1}, 0);
		for (uint32_t c = 0; c < co; c++) {
			int8_t *low = (int8_t *)m.data + m.tensors[operands[3]].location + c, *high = low + co;

			*high = *high < *low ? *low : *high;
		}
	}
	operands[3 + limited] = add_tensor(NN_TYPE_I8, 4, s->out, cores_any_i8());
	if (!any(0, 3)) /* a pruned channel */
		for (uint32_t i = (uint32_t)any(0, (int32_t)co - 1); i < m.tensors[operands[1]].bytes; i += co)
			m.data[m.tensors[operands[1]].location + i] = (uint8_t)zero;
	op = add_operator(code, 3 + limited, operands);
	add_multipliers(op, by_channel ? co : 1, -14);
	set_window(op, s->stride[0], s->stride[1], s->dilation, s->pad);
	if (code == NN_OPERATOR_CONV_2D && s->out[1] > 1 && s->out[2] > 1 && any(0, 1))
		add_pool(operands[3 + limited]);
	else
		add_tail(operands[3 + limited], co);
}

static uint16_t add_floats(uint8_t dims, const uint32_t shape[4])
{
	uint16_t tensor = add_tensor(NN_TYPE_F32, dims, shape, 0);
	float *values = (void *)make_constant(tensor);

	for (uint32_t i = 0; i < nn_tensor_elements(&m.tensors[tensor]); i++)
		values[i] = cores_any_f32();
	return tensor;
}

/* A convolution, dense layer or pool of floats. */
static void make_float(enum nn_operator_code code, const struct shapes *s)
{
	uint32_t ci = s->in[3], co = s->out[3];
	bool dense = code == NN_OPERATOR_DENSE, pool = !dense && code != NN_OPERATOR_CONV_2D;
	const uint32_t shape[4] = {(uint32_t)s->kernel[0], (uint32_t)s->kernel[1], ci, co};
	uint16_t operands[4] = {add_tensor(NN_TYPE_F32, 4, s->in, 0)};
	struct nn_operator *op;

	if (!pool) {
		operands[1] = dense ? add_floats(2, (const uint32_t[4]){ci, co, 1, 1}) : add_floats(4, shape);
		operands[2] = add_floats(1, (const uint32_t[4]){co, 1, 1, 1});
	}
	operands[pool ? 1 : 3] = add_tensor(NN_TYPE_F32, 4, s->out, 0);
	op = add_operator(code, pool ? 1 : 3, operands);
	op->low = op->high = 0;
	op->rounding = NN_ROUNDING_FLOAT;
	op->activation = (uint8_t)any(NN_ACTIVATION_NONE, NN_ACTIVATION_RELU6);
	if (dense)
		return;
	set_window(op, s->stride[0], s->stride[1], pool ? 1 : s->dilation, s->pad);
	op->parameters[NN_PARAMETER_KERNEL_H] = pool ? s->kernel[0] : 0;
	op->parameters[NN_PARAMETER_KERNEL_W] = pool ? s->kernel[1] : 0;
}

static bool make_layer(enum nn_operator_code code)
{
	struct shapes s;

	if (!any_shapes(&s, code != NN_OPERATOR_MAX_POOL_2D && code != NN_OPERATOR_AVERAGE_POOL_2D))
		return false;
	switch (code) {
	case NN_OPERATOR_DENSE:
		memcpy(s.in, (const uint32_t[4]){1, 1, 1, (uint32_t)any(1, 300)}, sizeof(s.in));
		memcpy(s.out, (const uint32_t[4]){1, 1, 1, (uint32_t)any(1, 40)}, sizeof(s.out));
		break;
	case NN_OPERATOR_DEPTHWISE_CONV_2D:
		s.out[3] = s.in[3] * (uint32_t)(any(0, 3) ? 1 : 2);
		break;
	case NN_OPERATOR_MAX_POOL_2D:
	case NN_OPERATOR_AVERAGE_POOL_2D:
		s.out[3] = s.in[3];
		break;
	default:
		break;
	}
	if (code != NN_OPERATOR_DEPTHWISE_CONV_2D && !any(0, 3)) {
		make_float(code, &s);
		return true;
	}
	if (code == NN_OPERATOR_MAX_POOL_2D || code == NN_OPERATOR_AVERAGE_POOL_2D) {
		int32_t zero = cores_any_i8();
		uint16_t in = add_tensor(NN_TYPE_I8, 4, s.in, zero), out = add_tensor(NN_TYPE_I8, 4, s.out, zero);
		struct nn_operator *op = add_operator(code, 1, (const uint16_t[]){in, out});

		set_window(op, s.stride[0], s.stride[1], 1, s.pad);
		op->parameters[NN_PARAMETER_KERNEL_H] = s.kernel[0];
		op->parameters[NN_PARAMETER_KERNEL_W] = s.kernel[1];
		return true;
	}
	add_layer(code, &s);
	return true;
}

static void make_softmax(void)
{
	uint32_t shape[4] = {(uint32_t)any(1, 3), (uint32_t)any(1, 60), 1, 1};
	uint16_t in = add_tensor(NN_TYPE_I8, 2, shape, cores_any_i8()), out = add_tensor(NN_TYPE_I8, 2, shape, -128);
	struct nn_operator *op = add_operator(NN_OPERATOR_SOFTMAX, 1, (const uint16_t[]){in, out});
	int32_t shift = any(17, 27), lowest = -(int32_t)((INT64_C(31) << 26) >> shift), pairs[4];

	op->low = op->high = 0;
	op->rounding = NN_ROUNDING_SINGLE;
	pairs[0] = (1 << 30) + any(0, (1 << 24) - 1) * 64;
	pairs[1] = lowest;
	pairs[2] = shift;
	pairs[3] = 0;
	op->multiplier_count = 2;
	op->multipliers = add_quantisation(pairs, sizeof(pairs));
}

/*
 * The first operator's output before its input as near as it may, or behind; the others in place, or behind, or the last
 * one anywhere over the first one's input.
 */
static void place(void)
{
	struct nn_tensor *in = &m.tensors[m.main.input];
	uint32_t lead = 0;

	in->location = 8192;
	if (nn_operator_kind(m.operators[0].code)->by_rows && any(0, 1)) {
		while (lead < 8192 && !nn_operator_may_overlap_at(&m.model, m.operators, lead))
			lead += 16;
		m.tensors[m.operands[m.operators[0].operands + m.operators[0].inputs]].location = 8192 - lead;
	} else {
		m.tensors[m.operands[m.operators[0].operands + m.operators[0].inputs]].location = 16384;
	}
	for (uint32_t i = 1; i < m.operator_count; i++)
		m.tensors[m.operands[m.operators[i].operands + m.operators[i].inputs]].location =
			m.tensors[m.operands[m.operators[i].operands]].location;
	if (m.operator_count > 1 && any(0, 2)) {
		const struct nn_tensor *last = nn_model_operand(&m.model, &m.operators[m.operator_count - 1], 0);
		uint32_t to = any(0, 4) ? 8192 + 16 * (uint32_t)any(-4, (int32_t)in->bytes / 16) : 24576;

		if (to >= last->location + last->bytes || to + last->bytes <= last->location)
			m.tensors[m.main.output].location = to;
	}
}

bool cores_model_make(uint32_t number, uint16_t code)
{
	static const uint16_t codes[] = {NN_OPERATOR_CONV_2D, NN_OPERATOR_CONV_2D,     NN_OPERATOR_DEPTHWISE_CONV_2D,
					 NN_OPERATOR_DENSE,   NN_OPERATOR_MAX_POOL_2D, NN_OPERATOR_AVERAGE_POOL_2D,
					 NN_OPERATOR_SOFTMAX};
	bool made = true;

	memset(&m, 0, offsetof(__typeof__(m), quantisation));
	m.tensor_count = m.operator_count = m.operand_count = m.quantisation_bytes = m.data_bytes = 0;
	m.state = number * 2654435761u + 1;
	any(0, 1);
	code = code ? code : codes[any(0, sizeof(codes) / sizeof(codes[0]) - 1)];
	m.model = (struct nn_model){
		.header = &m.header,
		.main = &m.main,
		.tensors = m.tensors,
		.operators = m.operators,
		.operands = m.operands,
		.quantisation = m.quantisation,
		.data = m.data,
	};
	if (code == NN_OPERATOR_SOFTMAX)
		make_softmax();
	else
		made = make_layer((enum nn_operator_code)code);
	m.model.tensor_count = m.tensor_count;
	m.model.operator_count = m.operator_count;
	m.main.input = 0;
	m.main.output = (uint16_t)(m.operand_count ? m.operands[m.operand_count - 1] : 0);
	m.main.arena_bytes = CORES_ARENA_BYTES;
	if (!made || m.tensors[m.main.input].bytes > 6000 || m.tensors[m.main.output].bytes > 6000 ||
	    m.data_bytes > CORES_DATA_BYTES)
		return false;
	place();
	for (uint32_t i = 0; i < m.operator_count; i++) {
		uint64_t work;

		if (nn_operator_kind(m.operators[i].code)
			    ->check(&m.model, &m.operators[i], nn_operator_variant(&m.model, &m.operators[i]), &work))
			return false;
	}
	return true;
}
