/* SPDX-License-Identifier: Apache-2.0 */
/* pipeline.c - the way of a frame through the hall (see pipeline.h). */
#include "daemon/pipeline.h"

#include <errno.h>
#include <time.h>

#include "daemon/payload.h"

#define NS_PER_US 1000ull

void pipeline_init(struct pipeline *pipeline)
{
	*pipeline = (struct pipeline){.filter = false};
	decide_reset(&pipeline->state);
	pipeline->last = (struct decision){.posture = DECIDE_NONE, .previous = DECIDE_NONE};
}

const char *pipeline_posture(const struct pipeline *pipeline)
{
	return payload_label(&pipeline->model, pipeline->state.posture);
}

/* --- out ------------------------------------------------------------------------------------------------------ */

/* A filter says the same today and tomorrow: only recorded times. */
uint64_t pipeline_wall_us(const struct pipeline *pipeline)
{
	struct timespec ts;

	if (pipeline->filter)
		return 0;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / NS_PER_US;
}

void pipeline_publish(struct pipeline *pipeline, struct message *message)
{
	message->model = &pipeline->model;
	if (message->wall_us == 0)
		message->wall_us = pipeline_wall_us(pipeline);
	/* What a publisher could not take it has counted itself; the others don't care. */
	for (unsigned i = 0; i < pipeline->publishers_count; i++)
		(void)pipeline->publishers[i]->ops->publish(pipeline->publishers[i], message);
}

static void publish_posture(struct pipeline *pipeline, struct message *message)
{
	message->kind = MESSAGE_POSTURE;
	pipeline_publish(pipeline, message);
	pipeline->posture_ns = clock_now_ns(pipeline->clock);
	pipeline->told = true;
}

/* result and frame are NULL when only time has passed. */
static void tell(struct pipeline *pipeline, const struct decision *decision, const struct nn_result *result,
		 const struct frame *frame)
{
	struct message message = {
		.t_ns = decision->t_ns,
		.wall_us = frame ? frame->wall_us : 0,
		.decision = decision,
		.result = result,
		.frame = frame,
	};

	if (decision->changed) {
		pipeline->health->events++;
		message.kind = MESSAGE_EVENT;
		pipeline_publish(pipeline, &message);
	}
	if (decision->changed || decision->hand_changed || !pipeline->told)
		publish_posture(pipeline, &message);
	if (frame) {
		message.kind = MESSAGE_FRAME;
		pipeline_publish(pipeline, &message);
	}
	pipeline->last = *decision;
}

/* --- in ------------------------------------------------------------------------------------------------------- */

static const struct frame *frame_of(const struct pipeline *pipeline, const struct nn_result *result)
{
	for (unsigned back = 1; back <= PIPELINE_FRAMES; back++) {
		const struct frame *frame = &pipeline->frames[(pipeline->next - back) % PIPELINE_FRAMES];

		if (frame->seq == result->seq && frame->t_ns == result->t_ns)
			return frame;
	}
	return NULL;
}

void pipeline_results(struct pipeline *pipeline)
{
	struct nn_result result;

	while (pipeline->classifier->ops->result(pipeline->classifier, &result) > 0) {
		struct decision decision = decide_step(&pipeline->rules, &pipeline->state, &result, result.t_ns);

		if (pipeline->submitted > 0)
			pipeline->submitted--;
		tell(pipeline, &decision, &result, frame_of(pipeline, &result));
		pipeline->result_ns = clock_now_ns(pipeline->clock);
		health_frame(pipeline->health, pipeline->filter ? 0 : result.t_ns, pipeline->result_ns);
	}
}

/* Hands frames[next] over. Returns false when it has to wait. */
static bool submit(struct pipeline *pipeline)
{
	int r = pipeline->classifier->ops->submit(pipeline->classifier, &pipeline->frames[pipeline->next]);

	pipeline->waiting = r == -EBUSY && pipeline->filter;
	if (pipeline->waiting)
		return false;
	if (r == 0) {
		pipeline->submitted++;
		pipeline->next = (pipeline->next + 1) % PIPELINE_FRAMES;
	} else if (r == -EBUSY) {
		pipeline->health->frames_dropped++;
	} else {
		pipeline->refused++;
	}
	return true;
}

int pipeline_take(struct pipeline *pipeline, unsigned max)
{
	int taken = 0;

	if (pipeline->waiting && !submit(pipeline)) {
		pipeline_results(pipeline);
		return 0;
	}
	while ((unsigned)taken < max) {
		int r = pipeline->source->ops->dispatch(pipeline->source, &pipeline->frames[pipeline->next]);

		if (r == -ENODATA && pipeline->submitted > 0)
			break;
		if (r < 0)
			return taken > 0 ? taken : r;
		if (r == 0)
			break;
		taken++;
		if (!submit(pipeline))
			break;
		pipeline_results(pipeline);
	}
	return taken;
}

void pipeline_idle(struct pipeline *pipeline)
{
	struct decision decision = decide_step(&pipeline->rules, &pipeline->state, NULL, clock_now_ns(pipeline->clock));

	if (decision.changed || decision.hand_changed)
		tell(pipeline, &decision, NULL, NULL);
}

void pipeline_change_model(struct pipeline *pipeline, struct classifier *classifier)
{
	struct decision decision = pipeline->last;

	decision.previous = pipeline->state.posture;
	decision.changed = pipeline->state.posture != DECIDE_NONE;
	decision.posture = DECIDE_NONE;
	decision.confidence = 0.0f;
	decision.t_ns = clock_now_ns(pipeline->clock);
	if (decision.changed)
		tell(pipeline, &decision, NULL, NULL);
	decide_reset(&pipeline->state);
	pipeline->classifier = classifier;
	pipeline->submitted = 0;
	pipeline->waiting = false;
	classifier->ops->describe(classifier, &pipeline->model);
	pipeline->last = (struct decision){.posture = DECIDE_NONE, .previous = DECIDE_NONE};
}

void pipeline_repeat(struct pipeline *pipeline)
{
	struct message message = {.t_ns = clock_now_ns(pipeline->clock), .decision = &pipeline->last};

	publish_posture(pipeline, &message);
}
