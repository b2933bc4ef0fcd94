/* SPDX-License-Identifier: Apache-2.0 */
/* remote-result.c - the other core's answers: checked, turned into results, compared. */
#include <string.h>

#include "mcu-offload/remote-private.h"
#include "nn/runtime/math.h"
#include "nn/runtime/value.h"

static bool is_possible(const struct remote *remote, const struct protocol_result *wire)
{
	const struct nn_tensor *output = nn_model_output(remote->model);
	uint32_t bytes = wire->present ? output->bytes : 0;

	return wire->model_tag == protocol_model_tag(remote->link.model.sha256) && wire->present <= 1 &&
	       wire->output_bytes == bytes && (!wire->present || wire->output_type == output->type) &&
	       wire->zones <= PROTOCOL_ZONES && nn_is_finite(wire->nearest_mm) && nn_is_finite(wire->centroid_col) &&
	       nn_is_finite(wire->centroid_row);
}

bool remote_result_take(struct remote *remote, struct remote_slot *slot, const struct protocol_result *wire)
{
	const struct nn_model *model = remote->model;
	struct nn_result result = {
		.t_ns = slot->frame.t_ns,
		.seq = slot->frame.seq,
		.classes = (uint8_t)model->main->classes,
		.hand = {.present = wire->present,
			 .nearest_mm = wire->nearest_mm,
			 .zones = wire->zones,
			 .centroid_col = wire->centroid_col,
			 .centroid_row = wire->centroid_row},
	};

	if (!is_possible(remote, wire) || wire->frame != slot->frame.seq)
		return false;
	if (wire->present) {
		memcpy(nn_run_tensor(&remote->run, nn_model_output(model)), wire->output, wire->output_bytes);
		nn_value_read(&remote->run, nn_model_output(model), result.probability);
		for (uint8_t i = 0; i < result.classes; i++)
			if (!nn_is_finite(result.probability[i]))
				return false;
		result.best = nn_result_best(&result);
	}
	slot->remote = result;
	slot->has_remote = true;
	return true;
}

static bool same_bits(float a, float b)
{
	return memcmp(&a, &b, sizeof(a)) == 0;
}

/* An output and the number that it stands for are one to one: equal numbers are equal bytes. */
bool remote_result_same(const struct nn_result *a, const struct nn_result *b)
{
	return a->hand.present == b->hand.present && a->hand.zones == b->hand.zones &&
	       same_bits(a->hand.nearest_mm, b->hand.nearest_mm) &&
	       same_bits(a->hand.centroid_col, b->hand.centroid_col) &&
	       same_bits(a->hand.centroid_row, b->hand.centroid_row) && a->classes == b->classes &&
	       memcmp(a->probability, b->probability, a->classes * sizeof(a->probability[0])) == 0;
}
