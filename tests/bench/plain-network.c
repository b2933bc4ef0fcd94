/* SPDX-License-Identifier: Apache-2.0 */
/* plain-network.c - see plain-network.h. */
#include "tests/bench/plain-network.h"

#include <float.h>
#include <string.h>

#include "nn/runtime/kernels-f32.h"
#include "nn/runtime/math.h"

/* What a forward pass leaves behind for the backward pass. */
struct activations {
	float map[NETWORK_MAP][NETWORK_MAP][NETWORK_FILTERS];
	float flat[NETWORK_FLAT];   /* after pool and dropout */
	uint8_t from[NETWORK_FLAT]; /* position in the map that won the pool */
	float kept[NETWORK_FLAT];   /* dropout's factor */
	float hidden[NETWORK_HIDDEN];
	float probability[NETWORK_CLASSES];
};

static const struct nn_range relu = {0, FLT_MAX}, linear = {-FLT_MAX, FLT_MAX};

static void fill_uniform(float *weights, size_t n, size_t inputs, size_t outputs, struct random *random)
{
	float limit = nn_sqrt(6.0f / (float)(inputs + outputs)); /* Glorot */

	for (size_t i = 0; i < n; i++)
		weights[i] = random_between(random, -limit, limit);
}

void network_start(struct network *network, struct random *random)
{
	const size_t taps = NETWORK_KERNEL * NETWORK_KERNEL;

	*network = (struct network){0};
	fill_uniform(&network->conv[0][0][0][0], sizeof(network->conv) / sizeof(float), taps * NETWORK_PLANES,
		     taps * NETWORK_FILTERS, random);
	fill_uniform(&network->hidden[0][0], sizeof(network->hidden) / sizeof(float), NETWORK_FLAT, NETWORK_HIDDEN,
		     random);
	fill_uniform(&network->output[0][0], sizeof(network->output) / sizeof(float), NETWORK_HIDDEN, NETWORK_CLASSES,
		     random);
}

static void pool(struct activations *a)
{
	unsigned i = 0;

	for (unsigned y = 0; y < NETWORK_POOLED; y++)
		for (unsigned x = 0; x < NETWORK_POOLED; x++)
			for (unsigned f = 0; f < NETWORK_FILTERS; f++, i++) {
				a->flat[i] = -FLT_MAX;
				for (unsigned p = 0; p < 4; p++) {
					unsigned row = 2 * y + p / 2, col = 2 * x + p % 2;

					if (a->map[row][col][f] > a->flat[i]) {
						a->flat[i] = a->map[row][col][f];
						a->from[i] = (uint8_t)(row * NETWORK_MAP + col);
					}
				}
			}
}

static void forward(const struct network *network, const float *input, float dropout, struct random *random,
		    struct activations *a)
{
	static const struct nn_window window = {
		.in_h = NETWORK_SIDE,
		.in_w = NETWORK_SIDE,
		.in_c = NETWORK_PLANES,
		.out_h = NETWORK_MAP,
		.out_w = NETWORK_MAP,
		.out_c = NETWORK_FILTERS,
		.kernel_h = NETWORK_KERNEL,
		.kernel_w = NETWORK_KERNEL,
		.stride_h = 1,
		.stride_w = 1,
		.dilation_h = 1,
		.dilation_w = 1,
	};
	float logits[NETWORK_CLASSES];

	nn_conv_2d_f32(&window, input, &network->conv[0][0][0][0], network->conv_bias, relu, &a->map[0][0][0]);
	pool(a);
	for (unsigned i = 0; i < NETWORK_FLAT; i++) {
		a->kept[i] = dropout > 0 && random_between(random, 0, 1) < dropout ? 0 : 1 / (1 - dropout);
		a->flat[i] *= a->kept[i];
	}
	nn_dense_f32(NETWORK_FLAT, NETWORK_HIDDEN, a->flat, &network->hidden[0][0], network->hidden_bias, relu,
		     a->hidden);
	nn_dense_f32(NETWORK_HIDDEN, NETWORK_CLASSES, a->hidden, &network->output[0][0], network->output_bias, linear,
		     logits);
	nn_softmax_f32(1, NETWORK_CLASSES, 1, logits, a->probability);
}

void network_run(const struct network *network, const float input[NETWORK_INPUT], float probability[NETWORK_CLASSES])
{
	struct activations a;

	forward(network, input, 0, NULL, &a);
	memcpy(probability, a.probability, sizeof(a.probability));
}

/* Gradient of the first layer: only the positions that won the pool get any. */
static void backward_conv(const struct activations *a, const float *input, const float *d_flat,
			  struct network *gradient)
{
	for (unsigned i = 0; i < NETWORK_FLAT; i++) {
		unsigned f = i % NETWORK_FILTERS, row = a->from[i] / NETWORK_MAP, col = a->from[i] % NETWORK_MAP;

		if (a->flat[i] <= 0) /* ReLU or dropout */
			continue;
		gradient->conv_bias[f] += d_flat[i];
		for (unsigned ky = 0; ky < NETWORK_KERNEL; ky++)
			for (unsigned kx = 0; kx < NETWORK_KERNEL; kx++)
				for (unsigned c = 0; c < NETWORK_PLANES; c++)
					gradient->conv[ky][kx][c][f] +=
						d_flat[i] *
						input[((row + ky) * NETWORK_SIDE + col + kx) * NETWORK_PLANES + c];
	}
}

bool network_learn(const struct network *network, const float input[NETWORK_INPUT], unsigned label, float dropout,
		   struct random *random, struct network *gradient)
{
	struct activations a;
	float d_output[NETWORK_CLASSES], d_hidden[NETWORK_HIDDEN], d_flat[NETWORK_FLAT];
	unsigned best = 0;

	forward(network, input, dropout, random, &a);
	for (unsigned k = 0; k < NETWORK_CLASSES; k++) {
		best = a.probability[k] > a.probability[best] ? k : best;
		d_output[k] = a.probability[k] - (float)(k == label);
		gradient->output_bias[k] += d_output[k];
	}
	for (unsigned j = 0; j < NETWORK_HIDDEN; j++) {
		float sum = 0;

		for (unsigned k = 0; k < NETWORK_CLASSES; k++) {
			gradient->output[j][k] += a.hidden[j] * d_output[k];
			sum += network->output[j][k] * d_output[k];
		}
		d_hidden[j] = a.hidden[j] > 0 ? sum : 0;
		gradient->hidden_bias[j] += d_hidden[j];
	}
	for (unsigned i = 0; i < NETWORK_FLAT; i++) {
		float sums[8] = {0}, sum = 0;

		for (unsigned j = 0; j < NETWORK_HIDDEN; j += 8)
			for (unsigned lane = 0; lane < 8; lane++) {
				gradient->hidden[i][j + lane] += a.flat[i] * d_hidden[j + lane];
				sums[lane] += network->hidden[i][j + lane] * d_hidden[j + lane];
			}
		for (unsigned lane = 0; lane < 8; lane++)
			sum += sums[lane];
		d_flat[i] = sum * a.kept[i];
	}
	backward_conv(&a, input, d_flat, gradient);
	return best == label;
}

void network_forget(struct optimiser *optimiser)
{
	*optimiser = (struct optimiser){.first_share = 1, .second_share = 1};
}

void network_step(struct optimiser *optimiser, struct network *network, const struct network *gradient, float rate,
		  float decay)
{
	const float beta1 = 0.9f, beta2 = 0.999f;
	float *weights = (float *)network;
	const float *slopes = (const float *)gradient;

	optimiser->first_share *= beta1;
	optimiser->second_share *= beta2;
	for (unsigned i = 0; i < NETWORK_PARAMETERS; i++) {
		float *m = &optimiser->first[i], *v = &optimiser->second[i];

		*m = beta1 * *m + (1 - beta1) * slopes[i];
		*v = beta2 * *v + (1 - beta2) * slopes[i] * slopes[i];
		weights[i] -= rate * decay * weights[i];
		weights[i] -= rate * (*m / (1 - optimiser->first_share)) /
			      (nn_sqrt(*v / (1 - optimiser->second_share)) + 1e-8f);
	}
}
