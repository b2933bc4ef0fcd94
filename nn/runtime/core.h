/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core.h - kernels for one core: each takes the operators that it suits, and packs their weights once in the order in
 * which it reads them. The portable kernels of nn/runtime/operators.c are the definition: for whatever lies in the arena
 * a core's kernel makes the same bytes, floats but for the order of sums. Freestanding C11.
 *
 * One list for a core, in nn/runtime/cores/: the first kernel that takes an operator runs it, and whatever no kernel
 * takes is run by its portable one.
 */
#ifndef NN_RUNTIME_CORE_H
#define NN_RUNTIME_CORE_H

#include "nn/runtime/ops.h"

struct nn_step;

typedef void nn_step_run(const struct nn_step *step, uint8_t *arena);

/* One or more operators, ready to run. */
struct nn_step {
	const struct nn_core_kernel *kernel; /* NULL: the portable one */
	nn_operator_run *portable;
	const struct nn_model *model;
	const struct nn_operator *op; /* the first one */
	uint32_t count;		      /* operators that the kernel does in one */
	void *packed;		      /* the kernel's own, aligned to NN_FORMAT_ALIGN; kept from run to run */
	void *scratch;		      /* likewise; shared with all other steps */
};

/* Memory that a kernel wants for an operator. */
struct nn_core_need {
	uint64_t packed_bytes, scratch_bytes;
};

struct nn_core_kernel {
	uint16_t code;		 /* enum nn_operator_code, of the first operator */
	enum nn_variant variant; /* likewise */
	/*
	 * How many operators, beginning with op, this kernel does in one; 0: it does not take op. This is where shapes,
	 * weights and what the processor can do are looked at.
	 */
	uint32_t (*takes)(const struct nn_model *model, const struct nn_operator *op);
	struct nn_core_need (*need)(const struct nn_model *model, const struct nn_operator *op, uint32_t count);
	/* Fills step->packed; everything else in the step is there. NULL: nothing to fill. */
	void (*pack)(struct nn_step *step);
	nn_step_run *run; /* NULL ends a list */
};

/*
 * The lists: of Armv7E-M and its DSP instructions, of NEON, of x86-64 with and without AVX2, and of plain C that gains
 * from being prepared.
 */
extern const struct nn_core_kernel nn_core_m4[], nn_core_neon[], nn_core_avx2[], nn_core_sse2[], nn_core_any[];

/* The first kernel for op of this core's lists, and what its takes() said; NULL: the portable one. */
const struct nn_core_kernel *nn_core_find(const struct nn_model *model, const struct nn_operator *op,
					  uint32_t *ret_count);

/* Memory beyond the arena for every step of a model; 0: more than is sensible, so the model runs without. */
size_t nn_core_bytes(const struct nn_model *model);
/* memory[nn_core_bytes()], aligned to NN_FORMAT_ALIGN. Returns steps[operator_count]. */
const struct nn_step *nn_core_prepare(const struct nn_model *model, void *memory);

#endif
