/* SPDX-License-Identifier: Apache-2.0 */
/* bus-payload.c - see bus-payload.h. */
#include "daemon/posturectl/bus-payload.h"

#include <string.h>

#include "daemon/payload.h"

static struct decision decision_of(const struct bus_posture *posture, int index, int previous)
{
	return (struct decision){
		.posture = index,
		.previous = previous,
		.confidence = (float)posture->confidence,
		.hand = posture->hand,
		.distance_mm = (float)posture->distance_mm,
		.seq = posture->seq,
	};
}

char *bus_payload_event(const struct bus_posture *posture)
{
	const struct decision decision = decision_of(posture, 0, 1);
	const struct nn_description model = {.classes = 2, .labels = {posture->posture, posture->previous}};

	return payload_event(
		&(struct message){.decision = &decision, .model = &model, .wall_us = posture->realtime_us});
}

/* What is no label of the frame is "None". */
static int label_find(const struct bus_frame *frame, const char *name)
{
	for (unsigned i = 0; i < frame->classes; i++)
		if (strcmp(frame->label[i], name) == 0)
			return (int)i;
	return DECIDE_NONE;
}

char *bus_payload_frame(const struct bus_frame *frame)
{
	const struct decision decision =
		decision_of(&frame->state, label_find(frame, frame->state.posture), DECIDE_NONE);
	int best = label_find(frame, frame->class);
	struct nn_description model = {.classes = frame->classes};
	struct nn_result result = {
		.classes = (uint8_t)frame->classes,
		.best = (uint8_t)(best < 0 ? 0 : best),
		.hand = {.present = best >= 0},
	};

	for (unsigned i = 0; i < frame->classes; i++) {
		model.labels[i] = frame->label[i];
		result.probability[i] = (float)frame->probability[i];
	}
	return payload_frame(&(struct message){.decision = &decision,
					       .model = &model,
					       .result = &result,
					       .frame = &frame->frame,
					       .wall_us = frame->frame.wall_us},
			     true);
}
