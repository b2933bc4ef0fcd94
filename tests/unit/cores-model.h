/* SPDX-License-Identifier: Apache-2.0 */
/* cores-model.h - random models of one operator, or of a layer and what follows it, put together without a file. */
#ifndef TESTS_UNIT_CORES_MODEL_H
#define TESTS_UNIT_CORES_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "nn/runtime/model.h"

enum {
	CORES_DATA_BYTES = 128 * 1024,
	CORES_ARENA_BYTES = 32 * 1024,
	CORES_CHAIN_MAX = 4,
};

/* The model, and what its pointers point to. */
struct cores_model {
	struct nn_model model;
	struct nn_header header;
	struct nn_main main;
	struct nn_tensor tensors[16];
	struct nn_operator operators[CORES_CHAIN_MAX];
	uint16_t operands[32];
	uint8_t quantisation[16384] __attribute__((aligned(16)));
	uint8_t data[CORES_DATA_BYTES] __attribute__((aligned(16)));
	uint32_t tensor_count, operator_count, operand_count, quantisation_bytes, data_bytes;
	uint32_t state; /* of the random numbers */
};

extern struct cores_model cores_model;

/* Makes case `number`, of that operator or, with code 0, of any. False: there is no such case. */
bool cores_model_make(uint32_t number, uint16_t code);

/* Mostly anything, often an end of the range. */
int8_t cores_any_i8(void);
/* Of so many bits that products and sums are rounded, now and then zero. */
float cores_any_f32(void);

#endif
