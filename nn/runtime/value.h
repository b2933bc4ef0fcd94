/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value.h - real values into and out of a model's tensors of the arena, whatever their type: real = scale *
 * (stored - zero point). For whoever fills the input and reads the output. Freestanding C11.
 */
#ifndef NN_RUNTIME_VALUE_H
#define NN_RUNTIME_VALUE_H

#include "nn/runtime/run.h"

/*
 * Whether these functions can handle the tensor: f32, or i8, u8, i16, i32 with one scale or none (then the stored
 * number is the value).
 */
bool nn_value_supported(const struct nn_tensor *tensor);

/* values[nn_tensor_elements()] into the tensor: to the nearest, halves away from zero, limited to the type. */
void nn_value_write(const struct nn_run *run, const struct nn_tensor *tensor, const float *values);
/* The other way round. */
void nn_value_read(const struct nn_run *run, const struct nn_tensor *tensor, float *ret_values);

/* The size of one step: 0 for floats and what is not quantised. */
float nn_value_scale(const struct nn_model *model, const struct nn_tensor *tensor);
/* What is stored for 0. */
int32_t nn_value_zero_point(const struct nn_model *model, const struct nn_tensor *tensor);

#endif
