/* SPDX-License-Identifier: Apache-2.0 */
/* source-rig.c - a frame source on the emulated chip, for tests (see source-rig.h). */
#include "tests/unit/source-rig.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct source_config rig_config(void)
{
	return (struct source_config){
		.type = "vl53l8cx",
		.bus = "emulator",
		.address = 0x29,
		.int_line = "INT",
		.lpn_line = "LPN",
		.resolution = 8,
		.rate_hz = 15,
		.integration_ms = 10,
		.sharpener_percent = 5,
		.order = SOURCE_ORDER_CLOSEST,
		.xtalk_margin_kcps = 50,
		.scene = "empty",
		.virtual_time = true,
	};
}

struct source *rig_open(const struct source_config *config)
{
	struct source *source = NULL;

	assert_int_equal(source_open(config, &source), 0);
	return source;
}

int rig_next(struct source *source, struct frame *ret_frame)
{
	for (;;) {
		struct pollfd fd = {.fd = source->ops->fd(source), .events = POLLIN};
		int r = source->ops->dispatch(source, ret_frame);

		if (r != 0)
			return r;
		if (poll(&fd, 1, RIG_PATIENCE_MS) != 1) {
			struct source_health health;

			source->ops->health(source, &health);
			fail_msg("no frame; %s, %s", source_state_text(health.state), health.reason);
		}
	}
}

void rig_skip(struct source *source, unsigned frames)
{
	struct frame frame;

	for (unsigned i = 0; i < frames; i++)
		assert_int_equal(rig_next(source, &frame), 1);
}

struct source_health rig_health(struct source *source)
{
	struct source_health health;

	source->ops->health(source, &health);
	return health;
}

void rig_await(struct source *source, enum source_state state)
{
	for (int i = 0; i < RIG_PATIENCE_MS; i++) {
		if (rig_health(source).state == state)
			return;
		poll(NULL, 0, 1);
	}
	fail_msg("state %s, not %s: %s", source_state_text(rig_health(source).state), source_state_text(state),
		 rig_health(source).reason);
}
