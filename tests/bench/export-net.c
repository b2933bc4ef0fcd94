/* SPDX-License-Identifier: Apache-2.0 */
/* export-net.c - see export-net.h. */
#include "tests/bench/export-net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/runtime/run.h"

/* --- making it ------------------------------------------------------------------------------------------------- */

struct range {
	float low, high;
};

/* What the numbers of a float tensor become over all inputs. */
static struct range range_of(const struct nn_model *model, uint16_t tensor, uint32_t ops,
			     const float (*inputs)[NET_INPUTS], unsigned count)
{
	void *arena = aligned_alloc(64, 65536);
	struct range range = {0, 0};
	struct nn_run run;

	if (!arena || nn_run_start(&run, model, arena, 65536))
		abort();
	for (unsigned i = 0; i < count; i++) {
		const float *values = nn_run_tensor(&run, &model->tensors[tensor]);

		memcpy(nn_run_tensor(&run, nn_model_input(model)), inputs[i], sizeof(inputs[i]));
		nn_run_some(&run, 0, ops);
		for (uint32_t k = 0; k < nn_tensor_elements(&model->tensors[tensor]); k++) {
			range.low = fminf(range.low, values[k]);
			range.high = fmaxf(range.high, values[k]);
		}
	}
	free(arena);
	return range;
}

static void set_scale(struct net *net, unsigned tensor, unsigned count, const float *scales, int32_t zero)
{
	struct nn_tensor *t = &net->tensors[tensor];

	t->scales = (uint32_t)((uint8_t *)&net->scales[tensor] - (uint8_t *)net);
	t->scale_count = count;
	memcpy(net->scales[tensor].scale, scales, count * sizeof(float));
	for (unsigned i = 0; i < count; i++) /* behind the scales */
		memcpy((uint8_t *)&net->scales[tensor] + 4 * count + 4 * i, &zero, 4);
}

static float set_activation_scale(struct net *net, unsigned tensor, struct range range, int32_t *ret_zero)
{
	float scale = (range.high - range.low) / 255;

	*ret_zero = (int32_t)lrintf(-128 - range.low / scale);
	set_scale(net, tensor, 1, &scale, *ret_zero);
	return scale;
}

static void split(double real, int32_t *ret_multiplier, int32_t *ret_shift)
{
	int exponent;
	int64_t q = llround(frexp(real, &exponent) * 2147483648.0);

	if (q == INT64_C(1) << 31) {
		q /= 2;
		exponent++;
	}
	*ret_multiplier = (int32_t)q;
	*ret_shift = exponent;
}

static float quantise_weights(const float *in, int n, int stride, int8_t *out)
{
	float largest = 0;

	for (int i = 0; i < n; i++)
		largest = fmaxf(largest, fabsf(in[i * stride]));
	for (int i = 0; i < n; i++)
		out[i * stride] = (int8_t)lrintf(in[i * stride] * 127 / largest);
	return largest / 127;
}

static const float *constant(const struct nn_model *model, uint32_t op, unsigned i)
{
	return (const void *)(model->data + nn_model_operand(model, &model->operators[op], i)->location);
}

static unsigned add_tensor(struct net *net, unsigned number, uint8_t type, uint8_t dims, const uint32_t shape[4],
			   const void *data)
{
	struct nn_tensor *t = &net->tensors[number];

	*t = (struct nn_tensor){.type = type, .dims = dims, .flags = data ? NN_TENSOR_CONSTANT : 0};
	memcpy(t->shape, shape, sizeof(t->shape));
	t->bytes = nn_tensor_elements(t) * (type == NN_TYPE_I8 ? 1 : 4);
	if (data)
		t->location = (uint32_t)((const uint8_t *)data - (const uint8_t *)net);
	return number;
}

static void add_operator(struct net *net, unsigned number, uint16_t code, uint8_t inputs, const uint16_t *operands,
			 uint32_t multipliers)
{
	struct nn_operator *op = &net->operators[number];

	*op = (struct nn_operator){
		.code = code,
		.rounding = net->single ? NN_ROUNDING_SINGLE : NN_ROUNDING_DOUBLE,
		.inputs = inputs,
		.outputs = 1,
		.operands = 4 * number,
		.low = -128,
		.high = 127,
		.multipliers = (uint32_t)((uint8_t *)net->multipliers[number < 2 ? 0 : number - 2] - (uint8_t *)net),
		.multiplier_count = multipliers,
	};
	memcpy(net->operands + 4 * number, operands, (inputs + 1u) * sizeof(*operands));
}

/* Tensors 0 input, 1 conv, 2 pool, 3 and 4 dense, 5 softmax; weights and biases from 6 on. */
static void describe(struct net *net)
{
	static const uint32_t shapes[][4] = {{1, 8, 8, 2},   {1, 6, 6, 8},  {1, 3, 3, 8},  {1, 32, 1, 1},
					     {1, 8, 1, 1},   {1, 8, 1, 1},  {3, 3, 2, 8},  {8, 1, 1, 1},
					     {72, 32, 1, 1}, {32, 1, 1, 1}, {32, 8, 1, 1}, {8, 1, 1, 1}};
	const void *const data[] = {net->conv_weights,	net->conv_bias,	       net->dense[0].weights,
				    net->dense[0].bias, net->dense[1].weights, net->dense[1].bias};

	for (unsigned i = 0; i < 12; i++)
		add_tensor(net, i, i > 6 && i % 2 ? NN_TYPE_I32 : NN_TYPE_I8,
			   i < 3 || i == 6 ? 4 : (i > 6 && i % 2 ? 1 : 2), shapes[i], i < 6 ? NULL : data[i - 6]);
	net->tensors[3].type = net->tensors[5].type = NN_TYPE_I8;
	for (unsigned i = 0; i < 6; i++)
		net->tensors[i].bytes = nn_tensor_elements(&net->tensors[i]);
	add_operator(net, 0, NN_OPERATOR_CONV_2D, 3, (const uint16_t[]){0, 6, 7, 1}, 8);
	add_operator(net, 1, NN_OPERATOR_MAX_POOL_2D, 1, (const uint16_t[]){1, 2}, 0);
	add_operator(net, 2, NN_OPERATOR_DENSE, 3, (const uint16_t[]){2, 8, 9, 3}, 1);
	add_operator(net, 3, NN_OPERATOR_DENSE, 3, (const uint16_t[]){3, 10, 11, 4}, 1);
	add_operator(net, 4, NN_OPERATOR_SOFTMAX, 1, (const uint16_t[]){4, 5}, 2);
	net->operators[2].multipliers = (uint32_t)((uint8_t *)net->multipliers[1] - (uint8_t *)net);
	net->operators[3].multipliers = (uint32_t)((uint8_t *)net->multipliers[2] - (uint8_t *)net);
	net->operators[4].multipliers = (uint32_t)((uint8_t *)net->multipliers[3] - (uint8_t *)net);
	for (int i = 0; i < 4; i++)
		net->operators[0].parameters[i] = 1;
	for (int i = 0; i < 4; i++)
		net->operators[1].parameters[i] = i < 2 ? 2 : 1;
	net->operators[1].parameters[NN_PARAMETER_KERNEL_H] = net->operators[1].parameters[NN_PARAMETER_KERNEL_W] = 2;
	net->model = (struct nn_model){
		.header = &net->header,
		.main = &net->main,
		.tensors = net->tensors,
		.operators = net->operators,
		.operands = net->operands,
		.quantisation = (const uint8_t *)net,
		.data = (const uint8_t *)net,
		.tensor_count = 12,
		.operator_count = 5,
	};
	net->main.output = 5;
	net->main.arena_bytes = 400; /* as planned for such a network */
	strcpy(net->main.name, "net");
}

/* Conv, pool, (reshape,) dense, dense, softmax: where they are in the float model. */
static void find_operators(const struct nn_model *model, uint32_t found[4])
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < model->operator_count && n < 4; i++)
		if (model->operators[i].code != NN_OPERATOR_RESHAPE)
			found[n++] = i;
}

void net_make(struct net *net, const struct nn_model *model, const float (*inputs)[NET_INPUTS], unsigned count,
	      bool single)
{
	uint32_t op[4];
	float scale[4], w;

	memset(net, 0, sizeof(*net));
	net->single = single;
	describe(net);
	find_operators(model, op);
	for (int i = 0; i < 4; i++) {
		static const uint32_t tensor[] = {0, 1, 3, 4};
		uint32_t at = i ? op[i == 1 ? 0 : i] : 0;
		uint16_t real = i ? model->operands[model->operators[at].operands + model->operators[at].inputs]
				  : model->main->input;

		scale[i] = set_activation_scale(net, tensor[i], range_of(model, real, i ? at + 1 : 0, inputs, count),
						&net->zeros[i]);
	}
	set_scale(net, 2, 1, &scale[1], net->zeros[1]);
	w = 1.0f / 256;
	set_scale(net, 5, 1, &w, -128);
	for (int o = 0; o < 8; o++) {
		w = quantise_weights(constant(model, op[0], 1) + o, 18, 8, net->conv_weights + o);
		net->conv_bias[o] = (int32_t)lrintf(constant(model, op[0], 2)[o] / (scale[0] * w));
		split((double)scale[0] * (double)w / (double)scale[1], &net->multipliers[0][o],
		      &net->multipliers[0][8 + o]);
	}
	for (int d = 0; d < 2; d++) {
		int ins = d ? 32 : 72, outs = d ? 8 : 32;

		w = quantise_weights(constant(model, op[2 + d], 1), ins * outs, 1, net->dense[d].weights);
		for (int o = 0; o < outs; o++)
			net->dense[d].bias[o] = (int32_t)lrintf(constant(model, op[2 + d], 2)[o] / (scale[1 + d] * w));
		split((double)scale[1 + d] * (double)w / (double)scale[2 + d], &net->multipliers[1 + d][0],
		      &net->multipliers[1 + d][1]);
	}
	split((double)scale[3] * (1 << 26), &net->multipliers[3][0], &net->multipliers[3][2]);
	net->multipliers[3][1] = -(int32_t)floor(31 * exp2(26 - net->multipliers[3][2]));
}

void net_quantise(const struct net *net, const float in[NET_INPUTS], int8_t ret_in[NET_INPUTS])
{
	for (int i = 0; i < NET_INPUTS; i++)
		ret_in[i] =
			(int8_t)fminf(127, fmaxf(-128, rintf(in[i] / net->scales[0].scale[0]) + (float)net->zeros[0]));
}

/* --- its arithmetic -------------------------------------------------------------------------------------------- */

static int32_t high_product(int32_t a, int32_t b)
{
	int64_t product = (int64_t)a * b;

	return (int32_t)((product + (product >= 0 ? 1 << 30 : 1 - (1 << 30))) / (INT64_C(1) << 31));
}

static int32_t away_from_zero(int32_t x, int n)
{
	int64_t half = n ? INT64_C(1) << (n - 1) : 0, size = (llabs((long long)x) + half) >> n;

	return (int32_t)(x < 0 ? -size : size);
}

/* x * multiplier * 2^(shift - 31) + zero as int8 */
static int8_t scaled(const struct net *net, int32_t x, int32_t multiplier, int32_t shift, int32_t zero)
{
	int64_t y;

	if (net->single)
		y = ((int64_t)x * multiplier + (INT64_C(1) << (30 - shift))) >> (31 - shift);
	else
		y = away_from_zero(high_product(x * (1 << (shift > 0 ? shift : 0)), multiplier),
				   shift < 0 ? -shift : 0);
	y += zero;
	return (int8_t)(y < -128 ? -128 : y > 127 ? 127 : y);
}

static void dense(const struct net *net, int d, const int8_t *in, int ins, int outs, int8_t *out)
{
	for (int o = 0; o < outs; o++) {
		int32_t sum = net->dense[d].bias[o];

		for (int i = 0; i < ins; i++)
			sum += (in[i] - net->zeros[1 + d]) * net->dense[d].weights[i * outs + o];
		out[o] = scaled(net, sum, net->multipliers[1 + d][0], net->multipliers[1 + d][1], net->zeros[2 + d]);
	}
}

/* gemmlowp's e^x for x <= 0, Q5.26 to Q0.31 */
static int32_t exp_fixed(int32_t x)
{
	static const int32_t factors[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
	int32_t modulo = (x & 0xffffff) - 0x1000000, rest = modulo - x;
	int32_t a = modulo * 32 + (1 << 28), a2 = high_product(a, a), a3 = high_product(a2, a);
	int32_t a4 = away_from_zero(high_product(a2, a2), 2);
	int32_t series = away_from_zero(high_product(a4 + a3, 715827883) + a2, 1);
	int32_t y = 1895147668 + high_product(1895147668, a + series);

	for (int i = 0; i < 7; i++)
		if ((rest >> (24 + i)) & 1)
			y = high_product(y, factors[i]);
	return x == 0 ? INT32_MAX : y;
}

/* gemmlowp's 1 / (1 + x) for 0 <= x <= 1, Q0.31 */
static int32_t one_over_one_plus(int32_t x)
{
	int32_t half = (int32_t)(((int64_t)x + INT32_MAX + 1) / 2);
	int32_t y = 1515870810 + high_product(half, -1010580540);

	for (int i = 0; i < 3; i++)
		y += high_product(y, (1 << 29) - high_product(half, y)) * 4;
	return y >= 1 << 30 ? INT32_MAX : y * 2;
}

static void softmax(const struct net *net, const int8_t in[NET_OUTPUTS], int8_t *out)
{
	int32_t multiplier, shift, largest = in[0], sum = 0, zeros, scale;

	split((double)net->scales[4].scale[0] * (1 << 26), &multiplier, &shift);

	int32_t lowest = -(int32_t)floor(31.0 * (1 << 26) / pow(2, shift));

	for (int i = 1; i < NET_OUTPUTS; i++)
		largest = in[i] > largest ? in[i] : largest;
	for (int i = 0; i < NET_OUTPUTS; i++)
		if (in[i] - largest >= lowest)
			sum += away_from_zero(exp_fixed(high_product((in[i] - largest) * (1 << shift), multiplier)),
					      12);
	zeros = __builtin_clz((unsigned)sum);
	scale = one_over_one_plus((int32_t)(((uint32_t)sum << zeros) - (1u << 31)));
	for (int i = 0; i < NET_OUTPUTS; i++) {
		int32_t y = 0;

		if (in[i] - largest >= lowest)
			y = away_from_zero(high_product(scale, exp_fixed(high_product((in[i] - largest) * (1 << shift),
										      multiplier))),
					   12 - zeros + 31 - 8);
		out[i] = (int8_t)(y - 128 > 127 ? 127 : y - 128);
	}
}

void net_run(const struct net *net, const int8_t in[NET_INPUTS], int8_t ret_out[NET_OUTPUTS])
{
	int8_t pooled[72], hidden[32], last[NET_OUTPUTS];

	memset(pooled, -128, sizeof(pooled));
	for (int p = 0; p < 36; p++)
		for (int o = 0; o < 8; o++) {
			int8_t *to = &pooled[(p / 6 / 2 * 3 + p % 6 / 2) * 8 + o], y;
			int32_t sum = net->conv_bias[o];

			for (int t = 0; t < 18; t++)
				sum += (in[((p / 6 + t / 6) * 8 + p % 6 + t % 6 / 2) * 2 + t % 2] - net->zeros[0]) *
				       net->conv_weights[t * 8 + o];
			y = scaled(net, sum, net->multipliers[0][o], net->multipliers[0][8 + o], net->zeros[1]);
			*to = y > *to ? y : *to;
		}
	dense(net, 0, pooled, 72, 32, hidden);
	dense(net, 1, hidden, 32, 8, last);
	softmax(net, last, ret_out);
}
