/* SPDX-License-Identifier: Apache-2.0 */
/* float-rounding.c - see float-rounding.h. */
#include "tests/unit/float-rounding.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "nn/graph/edit.h"

struct place {
	const struct graph_tensor *in, *weights, *out;
	const int8_t *x, *w;
	const int32_t *parameters;
};

/* One output channel at one place of the image; depthwise layers read one channel of the input. */
static int32_t window_sum(const struct place *p, int32_t row, int32_t column, uint32_t channel, bool depthwise)
{
	const uint32_t *shape = p->weights->shape;
	uint32_t inputs = p->in->shape[3], channels = p->out->shape[3];
	int32_t sum = 0;

	for (uint32_t tap = 0; tap < shape[0] * shape[1]; tap++) {
		int32_t y = row * p->parameters[NN_PARAMETER_STRIDE_H] - p->parameters[NN_PARAMETER_PAD_TOP] +
			    (int32_t)(tap / shape[1]) * p->parameters[NN_PARAMETER_DILATION_H];
		int32_t x = column * p->parameters[NN_PARAMETER_STRIDE_W] - p->parameters[NN_PARAMETER_PAD_LEFT] +
			    (int32_t)(tap % shape[1]) * p->parameters[NN_PARAMETER_DILATION_W];
		const int8_t *pixel;

		if (y < 0 || x < 0 || y >= (int32_t)p->in->shape[1] || x >= (int32_t)p->in->shape[2])
			continue;
		pixel = p->x + ((size_t)y * p->in->shape[2] + (size_t)x) * inputs;
		for (uint32_t c = 0; !depthwise && c < inputs; c++)
			sum += (pixel[c] - p->in->zero_points[0]) * p->w[(tap * inputs + c) * channels + channel];
		if (depthwise)
			sum += (pixel[channel / (channels / inputs)] - p->in->zero_points[0]) *
			       p->w[tap * channels + channel];
	}
	return sum;
}

static int32_t layer_sum(const struct place *p, const struct graph_node *node, uint32_t i)
{
	uint32_t channels = p->out->shape[p->out->dims - 1], channel = i % channels, inputs = p->weights->shape[0];
	int32_t sum = 0;

	if (node->code != NN_OPERATOR_DENSE)
		return window_sum(p, (int32_t)(i / channels / p->out->shape[2]),
				  (int32_t)(i / channels % p->out->shape[2]), channel,
				  node->code == NN_OPERATOR_DEPTHWISE_CONV_2D);
	for (uint32_t k = 0; k < inputs; k++)
		sum += (p->x[i / channels * inputs + k] - p->in->zero_points[0]) * p->w[k * channels + channel];
	return sum;
}

static int32_t channel_sum(const struct place *p, uint32_t channel)
{
	size_t n = graph_elements(p->in), channels = p->in->shape[3];
	int32_t sum = 0;

	for (size_t k = channel; k < n; k += channels)
		sum += p->x[k] - p->in->zero_points[0];
	return sum;
}

int float_rounding(const struct graph *graph, const struct graph_node *node, const void *const in[], uint32_t i)
{
	const struct graph_tensor *other = &graph->tensors[node->input[node->inputs > 1]];
	struct place p = {
		.in = &graph->tensors[node->input[0]],
		.weights = other,
		.out = &graph->tensors[node->output],
		.x = in[0],
		.w = other->data ? other->data : in[node->inputs > 1],
		.parameters = node->parameters,
	};
	float scale = p.in->scales[0], rounded;
	int32_t sum;

	switch (node->code) {
	case NN_OPERATOR_CONV_2D:
	case NN_OPERATOR_DEPTHWISE_CONV_2D:
	case NN_OPERATOR_DENSE: {
		uint32_t channel = i % p.out->shape[p.out->dims - 1];

		sum = layer_sum(&p, node, i) + ((const int32_t *)graph->tensors[node->input[2]].data)[channel];
		scale = scale * other->scales[other->scale_count > 1 ? channel : 0] / p.out->scales[0];
		break;
	}
	case NN_OPERATOR_MULTIPLY:
		sum = (p.x[i] - p.in->zero_points[0]) * (p.w[i % graph_elements(other)] - other->zero_points[0]);
		scale = scale * other->scales[0] / p.out->scales[0];
		break;
	case NN_OPERATOR_MEAN:
		sum = channel_sum(&p, i);
		scale = scale / (p.out->scales[0] * (float)(p.in->shape[1] * p.in->shape[2]));
		break;
	default:
		fail_msg("operator %d is not requantised in float", (int)node->code);
		return 0;
	}
	rounded = rintf((float)sum * scale) + (float)p.out->zero_points[0];
	return (int)fminf(fmaxf(rounded, node->low), node->high);
}
