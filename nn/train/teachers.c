/* SPDX-License-Identifier: Apache-2.0 */
/* teachers.c - see teachers.h. */
#include "nn/train/teachers.h"

#include <errno.h>
#include <stdalign.h>
#include <string.h>

#include "nn/runtime/run.h"
#include "nn/runtime/value.h"

int teachers_add(struct teachers *teachers, struct model_file *model)
{
	if (teachers->n == TEACHERS_MAX || nn_run_bytes(&model->model) > TEACHERS_ARENA) {
		model_file_close(model);
		return -E2BIG;
	}
	teachers->models[teachers->n++] = *model;
	return 0;
}

void teachers_ask(const struct teachers *teachers, const float *input, uint32_t classes, float *ret_answer)
{
	alignas(NN_FORMAT_ALIGN) uint8_t arena[TEACHERS_ARENA];
	float answer[NN_FORMAT_LABELS_MAX];
	struct nn_run run;

	memset(ret_answer, 0, classes * sizeof(*ret_answer));
	for (unsigned i = 0; i < teachers->n; i++) {
		const struct nn_model *model = &teachers->models[i].model;

		if (nn_run_start(&run, model, arena, sizeof(arena)) != 0)
			continue;
		nn_value_write(&run, nn_model_input(model), input);
		nn_run(&run);
		nn_value_read(&run, nn_model_output(model), answer);
		for (uint32_t c = 0; c < classes; c++)
			ret_answer[c] += answer[c] / (float)teachers->n;
	}
}

void teachers_clear(struct teachers *teachers)
{
	while (teachers->n)
		model_file_close(&teachers->models[--teachers->n]);
}
