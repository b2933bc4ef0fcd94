/* SPDX-License-Identifier: Apache-2.0 */
/* tflite-models.h - graphs of small networks in the types that .tflite files have. */
#ifndef TESTS_UNIT_TFLITE_MODELS_H
#define TESTS_UNIT_TFLITE_MODELS_H

#include "nn/graph/graph.h"

enum tflite_kind {
	TFLITE_KIND_FLOAT,
	TFLITE_KIND_INT8,
	TFLITE_KIND_INT16X8,
	TFLITE_KIND_UINT8,
	TFLITE_KIND_HYBRID,
	TFLITE_KINDS,
};

extern const char *const tflite_kind_names[TFLITE_KINDS];

/*
 * 8x8x2 -> conv 3x3 s2 relu6 -> depthwise (multiplier 2) -> max pool -> multiply -> add -> average pool -> reshape ->
 * dense -> softmax. Weights per channel but for uint8, whose have a zero point.
 */
struct graph *tflite_small_graph(enum tflite_kind kind);

/*
 * MobileNet v1 for side x side x 3, 1001 classes, uint8 with a scale a tensor; its width in quarters: of one, 467,593
 * weights and biases.
 */
struct graph *tflite_mobilenet(uint32_t side, unsigned quarters);

#endif
