/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-nn-vectors.c - every core's kernels against the portable ones, byte for byte: random shapes, channels that fill no
 * block, extreme zero points and weights, limits of each channel, both ways to round. What each kernel was given to
 * write into is checked for bytes written too far.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn/runtime/core.h"
#include "tests/unit/vectors-fixture.h"

enum {
	ROUNDS = 600,
};

static const struct {
	const char *name;
	const struct nn_core_kernel *list;
} lists[] = {
#if defined(__x86_64__)
	{"AVX2", nn_core_avx2},
	{"SSE2", nn_core_sse2},
#elif defined(__arm__)
	{"NEON", nn_core_neon},
#endif
	{"any", nn_core_any},
};

/* How many operators some kernel took, by list. */
static unsigned taken[sizeof(lists) / sizeof(lists[0])];

static void compare(const struct core_case *c, const char *name, const uint8_t *is, const uint8_t *wanted)
{
	for (size_t i = 0; i < c->arena_bytes; i++)
		if (is[i] != wanted[i])
			fail_msg("%s, %s: byte %zu of %zu behind the output's beginning: %d, wanted %d", name, c->text,
				 i - c->tensors[c->out].location, (size_t)c->tensors[c->out].bytes, is[i], wanted[i]);
}

static void run_kernel(const struct core_case *c, const struct nn_core_kernel *kernel, uint32_t count, uint8_t *arena)
{
	struct nn_core_need need = kernel->need(&c->model, c->model.operators, count);
	struct nn_step step = {.kernel = kernel, .model = &c->model, .op = c->model.operators, .count = count};

	step.packed = core_memory(need.packed_bytes);
	step.scratch = core_memory(need.scratch_bytes);
	if (kernel->pack)
		kernel->pack(&step);
	kernel->run(&step, arena);
	core_check_memory(step.packed, need.packed_bytes);
	core_check_memory(step.scratch, need.scratch_bytes);
	free(step.packed);
	free(step.scratch);
}

static void check_case(const struct core_case *c)
{
	const struct nn_operator *op = c->model.operators;
	enum nn_variant variant = nn_operator_variant(&c->model, op);
	uint8_t *wanted = core_arena(c), *is;

	for (uint32_t i = 0; i < c->model.operator_count; i++)
		nn_operator_kind(op[i].code)->run[nn_operator_variant(&c->model, &op[i])](&c->model, &op[i], wanted);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (const struct nn_core_kernel *kernel = lists[i].list; kernel->run; kernel++) {
			uint32_t count;

			if (kernel->code != op->code || kernel->variant != variant)
				continue;
			count = kernel->takes(&c->model, op);
			if (count != c->model.operator_count)
				continue;
			taken[i]++;
			is = core_arena(c);
			run_kernel(c, kernel, count, is);
			compare(c, lists[i].name, is, wanted);
			free(is);
		}
	free(wanted);
}

static void check_operator(uint16_t code, enum nn_variant variant)
{
	uint64_t state = code * 100u + variant;

	for (int i = 0; i < ROUNDS; i++) {
		struct core_case *c = core_random(&state, code, variant);

		check_case(c);
		core_free(c);
	}
}

static void convolutions_are_exact(void **unused)
{
	(void)unused;
	check_operator(NN_OPERATOR_CONV_2D, NN_VARIANT_I8);
	check_operator(NN_OPERATOR_CONV_2D, NN_VARIANT_I16);
	check_operator(NN_OPERATOR_CONV_2D, NN_VARIANT_HYBRID);
}

static void depthwise_convolutions_are_exact(void **unused)
{
	(void)unused;
	check_operator(NN_OPERATOR_DEPTHWISE_CONV_2D, NN_VARIANT_I8);
	check_operator(NN_OPERATOR_DEPTHWISE_CONV_2D, NN_VARIANT_I16);
	check_operator(NN_OPERATOR_DEPTHWISE_CONV_2D, NN_VARIANT_HYBRID);
}

static void dense_layers_are_exact(void **unused)
{
	(void)unused;
	check_operator(NN_OPERATOR_DENSE, NN_VARIANT_I8);
	check_operator(NN_OPERATOR_DENSE, NN_VARIANT_I16);
	check_operator(NN_OPERATOR_DENSE, NN_VARIANT_HYBRID);
}

static void pools_are_exact(void **unused)
{
	(void)unused;
	check_operator(NN_OPERATOR_MAX_POOL_2D, NN_VARIANT_I8);
	check_operator(NN_OPERATOR_MAX_POOL_2D, NN_VARIANT_I16);
}

/* A list that takes nothing would pass all of the above. */
static void kernels_were_there(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		print_message("# %s: %u operators\n", lists[i].name, taken[i]);
#if defined(__x86_64__)
	assert_true(taken[1] > ROUNDS);
#elif defined(__ARM_NEON)
	assert_true(taken[0] > ROUNDS);
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(convolutions_are_exact), cmocka_unit_test(depthwise_convolutions_are_exact),
		cmocka_unit_test(dense_layers_are_exact), cmocka_unit_test(pools_are_exact),
		cmocka_unit_test(kernels_were_there),
	};

	return cmocka_run_group_tests_name("nn-vectors", tests, NULL, NULL);
}
