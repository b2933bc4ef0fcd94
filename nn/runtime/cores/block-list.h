/* SPDX-License-Identifier: Apache-2.0 */
/*
 * block-list.h - a core's list of kernels: NN_LIST, from what block-run.h and pool-run.h make of NN_TARGET, NN_INTERLEAVE,
 * NN_SHIFT_FORM and NN_CPU_SUITS. Taken in once, at the end of the core's file.
 */
#include "nn/runtime/cores/block-run.h"
#include "nn/runtime/cores/pool-run.h"

static uint32_t takes(const struct nn_model *model, const struct nn_operator *op)
{
	return NN_CPU_SUITS ? nn_block_takes(model, op) : 0;
}

static void pack(struct nn_step *step)
{
	static const struct nn_block_form form = {NN_INTERLEAVE, NN_SHIFT_FORM};

	nn_block_pack(step, &form);
}

NN_TARGET static void run_i8(const struct nn_step *step, uint8_t *arena)
{
	nn_block_run(step, arena, NN_BLOCK_I8);
}

NN_TARGET static void run_i16(const struct nn_step *step, uint8_t *arena)
{
	nn_block_run(step, arena, NN_BLOCK_I16);
}

NN_TARGET static void run_hybrid(const struct nn_step *step, uint8_t *arena)
{
	nn_block_run(step, arena, NN_BLOCK_HYBRID);
}

static uint32_t pool_takes(const struct nn_model *model, const struct nn_operator *op)
{
	(void)model;
	(void)op;
	return NN_CPU_SUITS;
}

static struct nn_core_need pool_need(const struct nn_model *model, const struct nn_operator *op, uint32_t count)
{
	(void)model;
	(void)op;
	(void)count;
	return (struct nn_core_need){.packed_bytes = sizeof(struct nn_window)};
}

static void pool_pack(struct nn_step *step)
{
	struct nn_window *window = step->packed;

	*window = nn_operator_window(step->model, step->op);
}

NN_TARGET static void run_max_pool_i8(const struct nn_step *step, uint8_t *arena)
{
	nn_pool_run(step, arena, false);
}

NN_TARGET static void run_max_pool_i16(const struct nn_step *step, uint8_t *arena)
{
	nn_pool_run(step, arena, true);
}

#define WITH_WEIGHTS(code)                                                                                             \
	{code, NN_VARIANT_I8, takes, nn_block_need, pack, run_i8},                                                     \
		{code, NN_VARIANT_I16, takes, nn_block_need, pack, run_i16},                                           \
	{                                                                                                              \
		code, NN_VARIANT_HYBRID, takes, nn_block_need, pack, run_hybrid                                        \
	}

const struct nn_core_kernel NN_LIST[] = {
	WITH_WEIGHTS(NN_OPERATOR_CONV_2D),
	WITH_WEIGHTS(NN_OPERATOR_DEPTHWISE_CONV_2D),
	WITH_WEIGHTS(NN_OPERATOR_DENSE),
	{NN_OPERATOR_MAX_POOL_2D, NN_VARIANT_I8, pool_takes, pool_need, pool_pack, run_max_pool_i8},
	{NN_OPERATOR_MAX_POOL_2D, NN_VARIANT_I16, pool_takes, pool_need, pool_pack, run_max_pool_i16},
	{0},
};
