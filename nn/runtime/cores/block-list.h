/* SPDX-License-Identifier: Apache-2.0 */
/*
 * block-list.h - a core's list of kernels: NN_LIST, from what block-run.h and pool-run.h make of NN_TARGET, NN_INTERLEAVE,
 * NN_SHIFT_FORM and NN_CPU_SUITS; NN_RUN_STRAIGHT_I8() and
 * NN_CONVOLVE_F32(), if a core has its own. Taken in once, at the end of the core's file.
 */
#include "nn/runtime/cores/block-run.h"
#include "nn/runtime/cores/f32-run.h"
#include "nn/runtime/cores/pool-run.h"
#include "nn/runtime/cores/tail.h"

#ifndef NN_CONVOLVE_F32
#define NN_CONVOLVE_F32(call) nn_f32_convolve(call)
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

static const void *in_of(const struct nn_step *step, uint8_t *arena)
{
	return nn_input_data(step->model, step->op, 0, arena);
}

static void *out_of(const struct nn_step *step, uint8_t *arena)
{
	return arena + nn_tail_output(step->model, step->op, step->count)->location;
}

NN_TARGET static __attribute__((noinline)) void run_any_i8(const struct nn_block *l, const void *in, void *out)
{
	nn_block_run(l, NN_BLOCK_I8, in, out);
}

NN_TARGET static void run_i8(const struct nn_step *step, uint8_t *arena)
{
	const struct nn_block *l = step->packed;

#ifdef NN_RUN_STRAIGHT_I8
	if (nn_block_is_straight(l)) {
		NN_RUN_STRAIGHT_I8(l, in_of(step, arena), out_of(step, arena));
		return;
	}
#endif
	run_any_i8(l, in_of(step, arena), out_of(step, arena));
}

NN_TARGET static void run_i16(const struct nn_step *step, uint8_t *arena)
{
	nn_block_run(step->packed, NN_BLOCK_I16, in_of(step, arena), out_of(step, arena));
}

NN_TARGET static void run_hybrid(const struct nn_step *step, uint8_t *arena)
{
	nn_block_run(step->packed, NN_BLOCK_HYBRID, in_of(step, arena), out_of(step, arena));
	nn_operator_limit_channels(step->model, step->op, arena);
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
	nn_pool_run(step->packed, in_of(step, arena), step->op->low, step->op->high, out_of(step, arena), false);
}

NN_TARGET static void run_max_pool_i16(const struct nn_step *step, uint8_t *arena)
{
	nn_pool_run(step->packed, in_of(step, arena), step->op->low, step->op->high, out_of(step, arena), true);
}

NN_KERNEL struct nn_f32_call call_f32(const struct nn_step *step, uint8_t *arena)
{
	return (struct nn_f32_call){
		.window = *(const struct nn_window *)step->packed,
		.range = nn_operator_range(step->op),
		.in = in_of(step, arena),
		.weights = nn_input_data(step->model, step->op, 1, arena),
		.bias = nn_input_data(step->model, step->op, 2, arena),
		.out = out_of(step, arena),
	};
}

NN_TARGET static void run_f32(const struct nn_step *step, uint8_t *arena)
{
	const struct nn_f32_call call = call_f32(step, arena);

	NN_CONVOLVE_F32(&call);
	nn_operator_limit_channels(step->model, step->op, arena);
}

/* With a multiplier, neighbours have the same inputs: nothing for vectors. */
static uint32_t depthwise_f32_takes(const struct nn_model *model, const struct nn_operator *op)
{
	struct nn_window window = nn_operator_window(model, op);

	return NN_CPU_SUITS && window.in_c == window.out_c;
}

NN_TARGET static void run_depthwise_f32(const struct nn_step *step, uint8_t *arena)
{
	const struct nn_f32_call call = call_f32(step, arena);

	nn_f32_depthwise(&call);
	nn_operator_limit_channels(step->model, step->op, arena);
}

NN_TARGET static void run_max_pool_f32(const struct nn_step *step, uint8_t *arena)
{
	const struct nn_window window = *(const struct nn_window *)step->packed;

	nn_f32_pool(&window, in_of(step, arena), nn_operator_range(step->op), out_of(step, arena));
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
	{NN_OPERATOR_DEPTHWISE_CONV_2D, NN_VARIANT_F32, depthwise_f32_takes, window_need, window_pack,
	 run_depthwise_f32},
	BY_WINDOW(NN_OPERATOR_MAX_POOL_2D, NN_VARIANT_F32, run_max_pool_f32),
	BY_WINDOW(NN_OPERATOR_MAX_POOL_2D, NN_VARIANT_I8, run_max_pool_i8),
	BY_WINDOW(NN_OPERATOR_MAX_POOL_2D, NN_VARIANT_I16, run_max_pool_i16),
	{0},
};
