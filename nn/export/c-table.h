/* SPDX-License-Identifier: Apache-2.0 */
/* c-table.h - operators behind a layer that look at one 8-bit number only, as one table for each channel. */
#ifndef NN_EXPORT_C_TABLE_H
#define NN_EXPORT_C_TABLE_H

#include "nn/runtime/model.h"

/*
 * How many operators behind the layer at `position` can be part of it: products and sums with constants, other scales,
 * functions.
 */
uint32_t c_table_count(const struct nn_model *model, uint32_t position);
/* What they make of every number: [channels][256] from -128 up, owned by the caller; NULL: out of memory. */
int8_t *c_table_make(const struct nn_model *model, uint32_t position, uint32_t count);

#endif
