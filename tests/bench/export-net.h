/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export-net.h - ST's posture network with 8-bit integers, made from float weights, and its arithmetic once more: written
 * down step by step from the published rules, sharing nothing with kernels or exporter.
 */
#ifndef TESTS_BENCH_EXPORT_NET_H
#define TESTS_BENCH_EXPORT_NET_H

#include "nn/runtime/model.h"

enum {
	NET_INPUTS = 128,
	NET_OUTPUTS = 8,
};

struct net_dense {
	int8_t weights[72 * 32]; /* [in][out] */
	int32_t bias[32], multiplier, shift;
};

/* All of it in one piece; model points into it. */
struct net {
	struct nn_model model;
	struct nn_header header;
	struct nn_main main;
	struct nn_tensor tensors[16];
	struct nn_operator operators[6];
	uint16_t operands[32];
	struct {
		float scale[8];
		int32_t zero[8];
	} scales[16];
	int32_t multipliers[4][16];
	int8_t conv_weights[18 * 8]; /* [taps][out] */
	int32_t conv_bias[8];
	struct net_dense dense[2];
	int32_t zeros[4]; /* of input, convolution, dense layers */
	bool single;
};

/* From a float model of that shape; the inputs say how large its numbers become. */
void net_make(struct net *net, const struct nn_model *float_model, const float (*inputs)[NET_INPUTS], unsigned count,
	      bool single);
void net_quantise(const struct net *net, const float in[NET_INPUTS], int8_t ret_in[NET_INPUTS]);
void net_run(const struct net *net, const int8_t in[NET_INPUTS], int8_t ret_out[NET_OUTPUTS]);

#endif
