/* SPDX-License-Identifier: Apache-2.0 */
/* cores-check.c - see cores-check.h. */
#include "tests/unit/cores-check.h"

#include <string.h>

#include "nn/runtime/core.h"
#include "nn/runtime/run.h"
#include "tests/unit/cores-model.h"

#define m cores_model

static uint8_t memory[CORES_ARENA_BYTES + 512 * 1024] __attribute__((aligned(64)));
static uint8_t plain[CORES_ARENA_BYTES] __attribute__((aligned(64))), before[CORES_ARENA_BYTES];

static void fill_before(void)
{
	bool floats = m.tensors[m.main.input].type == NN_TYPE_F32;

	for (uint32_t i = 0; i < CORES_ARENA_BYTES; i += floats ? 4 : 1) {
		float value = floats ? cores_any_f32() : 0;

		if (floats)
			memcpy(before + i, &value, sizeof(value));
		else
			before[i] = (uint8_t)cores_any_i8();
	}
}

/* Whether nothing was written where no tensor is. */
static bool kept_within(void)
{
	static bool room[CORES_ARENA_BYTES];

	memset(room, false, sizeof(room));
	for (uint32_t t = 0; t < m.tensor_count; t++)
		if (!(m.tensors[t].flags & NN_TENSOR_CONSTANT))
			memset(room + m.tensors[t].location, true, m.tensors[t].bytes);
	for (uint32_t i = 0; i < CORES_ARENA_BYTES; i++)
		if (!room[i] && memory[i] != before[i])
			return false;
	return true;
}

static void run_case(uint32_t number, struct cores_report *report)
{
	const struct nn_tensor *out = &m.tensors[m.main.output];
	struct nn_run run;

	report->cases++;
	nn_run_start(&run, &m.model, plain, sizeof(plain));
	fill_before();
	memcpy(plain, before, sizeof(plain));
	nn_run(&run);
	if (nn_run_start(&run, &m.model, memory, sizeof(memory)) || !run.steps) {
		report->wrong++;
		return;
	}
	report->taken += run.steps->kernel != NULL;
	report->together += run.steps->count > 1;
	for (int again = 0; again < 2; again++) {
		memcpy(memory, before, CORES_ARENA_BYTES);
		nn_run(&run);
		if (memcmp(memory + out->location, plain + out->location, out->bytes) != 0 || !kept_within()) {
			report->first_wrong = report->wrong++ ? report->first_wrong : number;
			return;
		}
	}
}

struct cores_report cores_check(uint32_t first, uint32_t end, uint16_t code)
{
	struct cores_report report = {0};

	for (uint32_t i = first; i < end; i++)
		if (cores_model_make(i, code))
			run_case(i, &report);
	return report;
}
