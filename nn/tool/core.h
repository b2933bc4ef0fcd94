/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core.h - what a model costs on another core, counted and not timed: it is exported to C, compiled for that core in a
 * folder of its own, and run in QEMU with a counter of instructions. What the exporter does not take is run by the
 * table-driven runtime, compiled likewise.
 */
#ifndef NN_TOOL_CORE_H
#define NN_TOOL_CORE_H

#include <stdbool.h>

#include "nn/export/c.h"
#include "nn/tool/runner.h"

enum core {
	CORE_HOST, /* no other one */
	CORE_A7,
	CORE_M4,
	CORES,
};

enum {
	CORE_CALL = 96,
	CORE_REASON = 640,
	CORE_LAYERS_MAX = 2 * NN_OPS_MAX,
};

/* What core a name stands for, and how fast it is where it is on an STM32MP157. */
struct core_kind {
	const char *name, *title;
	double clock_mhz;
};
extern const struct core_kind core_kinds[CORES];

struct core_layer {
	uint64_t instructions;
	uint32_t operators;   /* of the runtime: how many run in one; 0 in a module */
	char call[CORE_CALL]; /* of a module */
};

struct core_cost {
	bool module;	       /* exported C; else the runtime */
	char why[C_REASON];    /* it could not be exported; empty: it was not to be */
	uint64_t instructions; /* of one run */
	uint64_t code_bytes, constant_bytes;
	uint64_t room_bytes;  /* arena; of the runtime with what it prepares for the core */
	uint64_t state_bytes; /* of the runtime besides */
	uint64_t stack_bytes;
	struct core_layer layers[CORE_LAYERS_MAX];
	unsigned layer_count;
	bool integer;	       /* outputs: */
	size_t outputs_differ; /* bytes that are not those of the runtime here */
	double output_error;   /* of float ones, the largest */
};

/* -EINVAL. */
int core_parse(const char *text, enum core *ret_core);

/*
 * input: real numbers for the runner's model. core is not CORE_HOST. runtime: not as a module, even where it could be. Errors: -ENOPKG when compiler or emulator is missing,
 * others when they fail; ret_reason (CORE_REASON bytes) tells.
 */
int core_measure(struct runner *runner, const float *input, enum core core, bool runtime, struct core_cost *ret_cost,
		 char *ret_reason);

uint64_t core_flash_bytes(const struct core_cost *cost);
uint64_t core_ram_bytes(const struct core_cost *cost);

#endif
