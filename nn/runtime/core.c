/* SPDX-License-Identifier: Apache-2.0 */
/* core.c - chooses kernels, and lays their memory out: steps, what each has packed, scratch. */
#include "nn/runtime/core.h"

#include <string.h>

/* A model that wants more than this for its packed weights is run as it is. */
#define CORE_BYTES_MAX ((uint64_t)NN_FORMAT_BYTES_MAX * 2)

static const struct nn_core_kernel *const lists[] = {
#if defined(__arm__) || defined(__aarch64__)
	nn_core_neon,
	nn_core_m4,
#elif defined(__x86_64__)
	nn_core_avx2,
	nn_core_sse2,
#endif
	nn_core_any,
};

const struct nn_core_kernel *nn_core_find(const struct nn_model *model, const struct nn_operator *op,
					  uint32_t *ret_count)
{
	enum nn_variant variant = nn_operator_variant(model, op);

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (const struct nn_core_kernel *kernel = lists[i]; kernel->run; kernel++) {
			uint32_t count =
				kernel->code == op->code && kernel->variant == variant ? kernel->takes(model, op) : 0;

			if (count) {
				*ret_count = count;
				return kernel;
			}
		}
	return NULL;
}

static uint64_t aligned(uint64_t bytes)
{
	return (bytes + NN_FORMAT_ALIGN - 1) / NN_FORMAT_ALIGN * NN_FORMAT_ALIGN;
}

static uint64_t steps_bytes(const struct nn_model *model)
{
	return aligned(sizeof(struct nn_step) * (uint64_t)model->operator_count);
}

size_t nn_core_bytes(const struct nn_model *model)
{
	uint64_t bytes = steps_bytes(model), scratch = 0;

	for (uint32_t i = 0, count; i < model->operator_count; i += count) {
		const struct nn_operator *op = &model->operators[i];
		const struct nn_core_kernel *kernel = nn_core_find(model, op, &count);

		if (!kernel) {
			count = 1;
			continue;
		}

		struct nn_core_need need = kernel->need(model, op, count);

		bytes += aligned(need.packed_bytes);
		scratch = need.scratch_bytes > scratch ? need.scratch_bytes : scratch;
		if (bytes + scratch > CORE_BYTES_MAX)
			return 0;
	}
	return (size_t)(bytes + aligned(scratch));
}

const struct nn_step *nn_core_prepare(const struct nn_model *model, void *memory)
{
	struct nn_step *steps = memory;
	uint8_t *free = (uint8_t *)memory + steps_bytes(model);

	for (uint32_t i = 0; i < model->operator_count; i++) {
		const struct nn_operator *op = &model->operators[i];

		steps[i] = (struct nn_step){
			.portable = nn_operator_kind(op->code)->run[nn_operator_variant(model, op)],
			.model = model,
			.op = op,
			.count = 1,
		};
	}
	for (uint32_t i = 0; i < model->operator_count; i += steps[i].count) {
		const struct nn_operator *op = &model->operators[i];

		steps[i].kernel = nn_core_find(model, op, &steps[i].count);
		steps[i].packed = free;
		if (steps[i].kernel)
			free += aligned(steps[i].kernel->need(model, op, steps[i].count).packed_bytes);
	}
	for (uint32_t i = 0; i < model->operator_count; i++) {
		steps[i].scratch = free;
		if (steps[i].kernel && steps[i].kernel->pack)
			steps[i].kernel->pack(&steps[i]);
	}
	return steps;
}
