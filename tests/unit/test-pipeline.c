/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-pipeline.c - the way of a frame with stand-ins at both ends: a source with so many frames, a classifier that
 * answers at once or later or is busy, a publisher that remembers.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/pipeline.h"

#define PERIOD_NS 100000000ull

enum { LIKE = 1 };

/* --- stand-ins ------------------------------------------------------------------------------------------------ */

struct test_clock {
	struct clock clock;
	uint64_t now_ns;
};

static uint64_t test_now(struct clock *clock)
{
	return ((struct test_clock *)(void *)clock)->now_ns;
}

struct test_source {
	struct source source;
	uint32_t made, limit;
	int at_end;
};

static int source_dispatch(struct source *source, struct frame *ret_frame)
{
	struct test_source *self = (struct test_source *)(void *)source;

	if (self->made == self->limit)
		return self->at_end;
	memset(ret_frame, 0, sizeof(*ret_frame));
	ret_frame->seq = self->made++;
	ret_frame->t_ns = self->made * PERIOD_NS;
	ret_frame->wall_us = 1000 + ret_frame->seq;
	return 1;
}

/* Answers in order, only so many as `ready` allows; holds at most `room`. */
struct test_classifier {
	struct classifier classifier;
	struct nn_result queue[16];
	unsigned head, tail, room, ready;
	int refuse;
	float probability;
};

static int classifier_submit(struct classifier *classifier, const struct frame *frame)
{
	struct test_classifier *self = (struct test_classifier *)(void *)classifier;
	struct nn_result *result = &self->queue[self->tail % 16];

	if (self->refuse)
		return self->refuse;
	if (self->tail - self->head == self->room)
		return -EBUSY;
	self->tail++;
	*result = (struct nn_result){.t_ns = frame->t_ns, .seq = frame->seq, .classes = 2, .best = LIKE};
	result->probability[LIKE] = self->probability;
	result->hand = (struct nn_hand){.present = true, .nearest_mm = 250};
	return 0;
}

static int classifier_result(struct classifier *classifier, struct nn_result *ret_result)
{
	struct test_classifier *self = (struct test_classifier *)(void *)classifier;

	if (self->head == self->tail || self->ready == 0)
		return 0;
	self->ready--;
	*ret_result = self->queue[self->head++ % 16];
	return 1;
}

static void classifier_describe(struct classifier *classifier, struct nn_description *ret_description)
{
	(void)classifier;
	*ret_description = (struct nn_description){.model = "other", .classes = 2, .labels = {"None", "Wave"}};
}

struct test_publisher {
	struct publisher publisher;
	unsigned seen[5];
	uint64_t wall_us;
	uint32_t frame_seq;
	int posture;
	char label[16];
};

static int publisher_publish(struct publisher *publisher, const struct message *message)
{
	struct test_publisher *self = (struct test_publisher *)(void *)publisher;

	self->seen[message->kind]++;
	self->wall_us = message->wall_us;
	if (message->kind == MESSAGE_FRAME) {
		assert_non_null(message->result);
		assert_int_equal(message->frame->seq, message->result->seq);
		self->frame_seq = message->frame->seq;
	}
	if (message->decision) {
		self->posture = message->decision->posture;
		strcpy(self->label, self->posture < 0 ? "None" : message->model->labels[self->posture]);
	}
	return -ENOBUFS; /* counted by itself, nobody else's business */
}

struct bench {
	struct test_clock clock;
	struct test_source source;
	struct test_classifier classifier;
	struct test_publisher publisher;
	struct health health;
	struct pipeline pipeline;
};

static void set_up(struct bench *bench, uint32_t frames)
{
	static const struct clock_ops clock_ops = {.now_ns = test_now};
	static const struct source_ops source_ops = {.dispatch = source_dispatch};
	static const struct classifier_ops classifier_ops = {
		.submit = classifier_submit, .result = classifier_result, .describe = classifier_describe};
	static const struct publisher_ops publisher_ops = {.publish = publisher_publish};
	struct pipeline *pipeline = &bench->pipeline;

	*bench = (struct bench){
		.clock = {.clock = {.ops = &clock_ops}},
		.source = {.source = {.ops = &source_ops}, .limit = frames, .at_end = -ENODATA},
		.classifier = {.classifier = {.ops = &classifier_ops}, .room = 4, .ready = 1000, .probability = 0.95f},
		.publisher = {.publisher = {.ops = &publisher_ops}},
	};
	pipeline_init(pipeline);
	pipeline->source = &bench->source.source;
	pipeline->classifier = &bench->classifier.classifier;
	pipeline->model = (struct nn_description){.model = "test", .classes = 2, .labels = {"None", "Like"}};
	pipeline->rules = (struct decide_config){.classes = 2, .none_class = 0, .absence_ms = 500};
	for (int i = 0; i < 2; i++)
		pipeline->rules.rule[i] = (struct decide_rule){
			.threshold = 0.9f, .confirm_frames = 3, .release_ms = 1000, .enabled = true};
	pipeline->publishers[pipeline->publishers_count++] = &bench->publisher.publisher;
	pipeline->health = &bench->health;
	pipeline->clock = &bench->clock.clock;
	health_init(&bench->health, 0);
}

/* --- tests ---------------------------------------------------------------------------------------------------- */

static void test_at_once(void **state)
{
	struct bench bench;

	(void)state;
	set_up(&bench, 10);
	bench.clock.now_ns = 11 * PERIOD_NS;
	assert_int_equal(pipeline_take(&bench.pipeline, 4), 4);
	assert_int_equal(pipeline_take(&bench.pipeline, 100), 6);
	assert_int_equal(pipeline_take(&bench.pipeline, 100), -ENODATA);
	assert_int_equal(bench.publisher.seen[MESSAGE_EVENT], 1);
	assert_int_equal(bench.publisher.seen[MESSAGE_POSTURE], 2); /* the first at all, and the change */
	assert_int_equal(bench.publisher.seen[MESSAGE_FRAME], 10);
	assert_string_equal(bench.publisher.label, "Like");
	assert_string_equal(pipeline_posture(&bench.pipeline), "Like");
	assert_int_equal(bench.publisher.wall_us, 1009); /* the frame's own */
	assert_int_equal(bench.health.frames_classified, 10);
	assert_int_equal(bench.health.events, 1);
	assert_int_equal(bench.health.latency.total, 10);
	assert_in_range(latency_percentile(&bench.health.latency, 0), 100000, 113000);
}

static void test_later(void **state)
{
	struct bench bench;

	(void)state;
	set_up(&bench, 3);
	bench.classifier.ready = 0;
	assert_int_equal(pipeline_take(&bench.pipeline, 100), 3);
	assert_int_equal(pipeline_take(&bench.pipeline, 100), 0); /* the end waits for the results */
	assert_int_equal(bench.publisher.seen[MESSAGE_FRAME], 0);
	bench.classifier.ready = 2;
	pipeline_results(&bench.pipeline);
	assert_int_equal(bench.publisher.seen[MESSAGE_FRAME], 2);
	assert_int_equal(bench.publisher.frame_seq, 1);
	bench.classifier.ready = 1;
	pipeline_results(&bench.pipeline);
	assert_int_equal(bench.publisher.seen[MESSAGE_EVENT], 1);
	assert_int_equal(pipeline_take(&bench.pipeline, 100), -ENODATA);
}

static void test_busy(void **state)
{
	struct bench bench;

	(void)state;
	set_up(&bench, 6);
	bench.classifier.ready = 0;
	assert_int_equal(pipeline_take(&bench.pipeline, 100), 6); /* two more than there is room for */
	assert_int_equal(bench.health.frames_dropped, 2);
	bench.classifier.ready = 1000;
	pipeline_results(&bench.pipeline);
	assert_int_equal(bench.health.frames_classified, 4);
	assert_int_equal(bench.publisher.frame_seq, 3);
}

static void test_filter_drops_nothing(void **state)
{
	struct bench bench;
	int r, taken = 0, turns = 0;

	(void)state;
	set_up(&bench, 50);
	bench.pipeline.filter = true;
	bench.classifier.ready = 0;
	do {
		r = pipeline_take(&bench.pipeline, 100);
		taken += r > 0 ? r : 0;
		bench.classifier.ready = 1;
		pipeline_results(&bench.pipeline);
		bench.classifier.ready = 0;
		turns++;
	} while (r >= 0 && turns < 1000);
	assert_int_equal(r, -ENODATA);
	assert_int_equal(taken, 50);
	assert_int_equal(bench.health.frames_classified, 50);
	assert_int_equal(bench.health.frames_dropped, 0);
	assert_int_equal(bench.publisher.seen[MESSAGE_FRAME], 50);
	assert_int_equal(bench.health.latency.total, 0);
}

static void test_refused(void **state)
{
	struct bench bench;

	(void)state;
	set_up(&bench, 5);
	bench.classifier.refuse = -EINVAL;
	assert_int_equal(pipeline_take(&bench.pipeline, 100), 5);
	assert_int_equal(bench.pipeline.refused, 5);
	assert_int_equal(pipeline_take(&bench.pipeline, 100), -ENODATA);
}

static void test_source_error(void **state)
{
	struct bench bench;

	(void)state;
	set_up(&bench, 2);
	bench.source.at_end = -EIO;
	assert_int_equal(pipeline_take(&bench.pipeline, 100), 2);
	assert_int_equal(pipeline_take(&bench.pipeline, 100), -EIO);
}

static void test_idle(void **state)
{
	struct bench bench;

	(void)state;
	set_up(&bench, 3);
	bench.source.at_end = 0;
	pipeline_take(&bench.pipeline, 100);
	assert_int_equal(bench.publisher.posture, LIKE);
	bench.clock.now_ns = 4 * PERIOD_NS;
	pipeline_idle(&bench.pipeline);
	assert_int_equal(bench.publisher.seen[MESSAGE_EVENT], 1);
	bench.clock.now_ns = 9 * PERIOD_NS;
	pipeline_idle(&bench.pipeline);
	assert_int_equal(bench.publisher.seen[MESSAGE_EVENT], 2);
	assert_int_equal(bench.publisher.seen[MESSAGE_POSTURE], 3);
	assert_int_equal(bench.publisher.posture, DECIDE_NONE);
	assert_true(bench.publisher.wall_us > 1000000); /* no frame: the machine's time */
	pipeline_repeat(&bench.pipeline);
	assert_int_equal(bench.publisher.seen[MESSAGE_POSTURE], 4);
}

static void test_change_model(void **state)
{
	struct test_classifier other;
	struct bench bench;

	(void)state;
	set_up(&bench, 6);
	other = bench.classifier;
	pipeline_take(&bench.pipeline, 3);
	assert_string_equal(bench.publisher.label, "Like");
	pipeline_change_model(&bench.pipeline, &other.classifier);
	assert_int_equal(bench.publisher.posture, DECIDE_NONE);
	assert_int_equal(bench.publisher.seen[MESSAGE_EVENT], 2);
	pipeline_take(&bench.pipeline, 3);
	assert_string_equal(bench.publisher.label, "Wave");
	/* Nothing is told twice when there was no posture. */
	set_up(&bench, 6);
	pipeline_change_model(&bench.pipeline, &other.classifier);
	assert_int_equal(bench.publisher.seen[MESSAGE_EVENT], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_at_once), cmocka_unit_test(test_later),
		cmocka_unit_test(test_busy),	cmocka_unit_test(test_filter_drops_nothing),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_source_error),
		cmocka_unit_test(test_idle),	cmocka_unit_test(test_change_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
