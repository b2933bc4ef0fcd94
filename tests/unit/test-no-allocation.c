/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-no-allocation.c - no memory is asked for between the chip's registers and the decision, whatever the thread.
 *
 * Every allocation of our own code is counted (the linker's --wrap); the real chip driver runs on the emulated chip.
 */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "daemon/config.h"
#include "daemon/pipeline.h"

enum {
	WARM_UP_FRAMES = 100,
	COUNTED_FRAMES = 1000,
};

static atomic_ulong allocations;

void *__real_malloc(size_t n);
void *__real_calloc(size_t count, size_t n);
void *__real_realloc(void *old, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t count, size_t n);
void *__wrap_realloc(void *old, size_t n);

void *__wrap_malloc(size_t n)
{
	allocations++;
	return __real_malloc(n);
}

void *__wrap_calloc(size_t count, size_t n)
{
	allocations++;
	return __real_calloc(count, n);
}

void *__wrap_realloc(void *old, size_t n)
{
	allocations++;
	return __real_realloc(old, n);
}

/* Lets so many frames pass. */
static void take(struct pipeline *pipeline, int frames)
{
	struct pollfd fd = {.fd = pipeline->source->ops->fd(pipeline->source), .events = POLLIN};

	while (frames > 0) {
		int r = pipeline_take(pipeline, 16);

		assert_true(r >= 0);
		frames -= r;
		if (r == 0)
			assert_int_equal(poll(&fd, 1, 10000), 1);
	}
}

static void test_frames(void **state)
{
	static struct pipeline pipeline;
	static struct health health;
	struct source_config source = {
		.type = "vl53l8cx",
		.bus = "emulator",
		.firmware = "",
		.int_line = "",
		.lpn_line = "",
		.scene = "demo",
		.address = 0x29,
		.resolution = 8,
		.rate_hz = 15,
		.integration_ms = 10,
		.sharpener_percent = 5,
		.order = SOURCE_ORDER_CLOSEST,
		.xtalk_margin_kcps = 50,
		.virtual_time = true,
		.seed = 1,
	};
	const struct nn_config nn = {.model = ""};
	unsigned long before;
	char reason[192];

	(void)state;
	pipeline_init(&pipeline);
	pipeline.health = &health;
	pipeline.clock = clock_monotonic();
	pipeline.filter = true;
	assert_int_equal(local_classifier_ops.open(&nn, &pipeline.classifier, reason), 0);
	pipeline.classifier->ops->describe(pipeline.classifier, &pipeline.model);
	pipeline.rules.classes = (uint8_t)pipeline.model.classes;
	pipeline.rules.none_class = 0;
	pipeline.rules.absence_ms = 500;
	for (unsigned i = 0; i < pipeline.rules.classes; i++)
		pipeline.rules.rule[i] = (struct decide_rule){
			.threshold = 0.9f, .confirm_frames = 5, .enabled = true, .release_ms = 500};
	assert_int_equal(source_open(&source, &pipeline.source), 0);

	take(&pipeline, WARM_UP_FRAMES);
	before = allocations;
	assert_true(before > 0); /* opening did: the count counts */
	take(&pipeline, COUNTED_FRAMES);
	assert_int_equal(allocations, before);
	assert_true(health.events >= 3); /* and it was not for want of postures */

	pipeline.source = source_free(pipeline.source);
	pipeline.classifier = classifier_free(pipeline.classifier);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_frames)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
