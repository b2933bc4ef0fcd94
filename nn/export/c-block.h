/* SPDX-License-Identifier: Apache-2.0 */
/*
 * c-block.h - layers with 8-bit weights of any shape, as the table-driven runtime prepares them for a core's vectors
 * (nn/runtime/cores/block.h): what it would work out when a model is loaded is a constant of the module.
 */
#ifndef NN_EXPORT_C_BLOCK_H
#define NN_EXPORT_C_BLOCK_H

#include "nn/export/c-call.h"

/* How many operators from `position` on such a layer does in one; 0: none. */
uint32_t c_block_takes(const struct c_writer *writer, uint32_t position);
/* ret_scratch: bytes for one run. 0 or -ENOMEM. */
int c_block_write(struct c_writer *writer, uint32_t position, uint32_t count, uint32_t *ret_scratch);

#endif
