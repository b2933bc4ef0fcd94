/* SPDX-License-Identifier: Apache-2.0 */
/* builtin.h - the shipped model, handposture.pnn, inside the program: it works before anything is installed. */
#ifndef NN_MODELS_BUILTIN_H
#define NN_MODELS_BUILTIN_H

#include <stddef.h>
#include <stdint.h>

extern const uint8_t model_builtin_begin[], model_builtin_end[];

static inline size_t model_builtin_size(void)
{
	return (size_t)(model_builtin_end - model_builtin_begin);
}

#endif
