/* SPDX-License-Identifier: Apache-2.0 */
/*
 * c.h - a model as a C module of its own: NAME.h and NAME.c with weights in the order that a core's kernels want, a plan
 * of the arena, and only the kernels that it needs (nn/export/kernels), whose shapes are constants.
 */
#ifndef NN_EXPORT_C_H
#define NN_EXPORT_C_H

#include "nn/runtime/model.h"

enum {
	C_NAME = 48,
	C_REASON = 320,
};

enum c_core {
	C_GENERIC, /* plain C */
	C_M4,	   /* DSP extension, single-precision FPU */
	C_A7,	   /* NEON */
	C_X86,	   /* AVX2 or SSE2, whichever it is compiled for */
	C_CORES,
};

/* Whether the core's modules have the runtime's vectors, for what the core has no special kernel for. */
static inline bool c_core_is_vector(enum c_core core)
{
	return core == C_A7 || core == C_X86;
}

struct c_options {
	const char
		*name; /* of the files and the prefix of all symbols: a C identifier of up to C_NAME - 1 characters */
	enum c_core core;
	/* An input and what the network makes of it, both as the tensors hold them: becomes the module's self-test. */
	const void *sample_in, *sample_out;
};

struct c_module {
	char *header, *source; /* owned */
	uint32_t arena_bytes;
};

/* "m4", "a7", "generic", "x86". Returns 0 or -EINVAL. */
int c_core_parse(const char *text, enum c_core *ret_core);

/* 0; -EINVAL: a bad name; -ENOTSUP: what can't be exported, and where; -ENOMEM. ret_reason (C_REASON bytes) says it. */
int c_export(const struct nn_model *model, const struct c_options *options, struct c_module *ret_module,
	     char *ret_reason);
void c_module_free(struct c_module *module);

#endif
