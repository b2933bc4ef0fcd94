/* SPDX-License-Identifier: Apache-2.0 */
/*
 * block-list.h - a core's list of kernels: NN_LIST, from what block-run.h and pool-run.h make of NN_TARGET, NN_INTERLEAVE,
 * NN_SHIFT_FORM and NN_CPU_SUITS; NN_RUN_I8 and NN_CONVOLVE_F32, if a core has its own. Taken in once, at the end of the
 * core's file.
 */
#include "nn/runtime/cores/block-run.h"
#include "nn/runtime/cores/f32-run.h"
#include "nn/runtime/cores/pool-run.h"

#ifndef NN_RUN_I8
#define NN_RUN_I8(step, arena) nn_block_run(step, arena, NN_BLOCK_I8)
#endif
#ifndef NN_CONVOLVE_F32
#define NN_CONVOLVE_F32 NULL
#endif

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
	NN_RUN_I8(step, arena);
}

NN_TARGET static void run_i16(const struct nn_step *step, uint8_t *arena)
{
	nn_block_run(step, arena, NN_BLOCK_I16);
}

NN_TARGET static void run_hybrid(const struct nn_step *step, uint8_t *arena)
{
	nn_block_run(step, arena, NN_BLOCK_HYBRID);
}

static uint32_t window_takes(const struct nn_model *model, const struct nn_operator *op)
{
	(void)model;
	(void)op;
	return NN_CPU_SUITS;
}

static struct nn_core_need window_need(const struct nn_model *model, const struct nn_operator *op, uint32_t count)
{
	(void)model;
	(void)op;
	(void)count;
	return (struct nn_core_need){.packed_bytes = sizeof(struct nn_window)};
}

static void window_pack(struct nn_step *step)
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

NN_TARGET static void run_f32(const struct nn_step *step, uint8_t *arena)
{
	nn_f32_run(step, arena, NN_CONVOLVE_F32);
}

NN_TARGET static void run_max_pool_f32(const struct nn_step *step, uint8_t *arena)
{
	nn_f32_pool(step, arena);
}

#define BY_WINDOW(code, variant, run)                                                                                  \
	{                                                                                                              \
		code, variant, window_takes, window_need, window_pack, run                                             \
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
	BY_WINDOW(NN_OPERATOR_CONV_2D, NN_VARIANT_F32, run_f32),
	BY_WINDOW(NN_OPERATOR_DENSE, NN_VARIANT_F32, run_f32),
	BY_WINDOW(NN_OPERATOR_MAX_POOL_2D, NN_VARIANT_F32, run_max_pool_f32),
	BY_WINDOW(NN_OPERATOR_MAX_POOL_2D, NN_VARIANT_I8, run_max_pool_i8),
	BY_WINDOW(NN_OPERATOR_MAX_POOL_2D, NN_VARIANT_I16, run_max_pool_i16),
	{0},
};
