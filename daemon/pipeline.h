/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pipeline.h - the way of a frame through the hall: source -> classifier -> decide -> publishers.
 *
 * It knows no event loop: app.c calls it when descriptors are readable and when time has passed. It borrows what it
 * connects.
 */
#ifndef DAEMON_PIPELINE_H
#define DAEMON_PIPELINE_H

#include "daemon/decide.h"
#include "daemon/health.h"
#include "daemon/publish.h"
#include "nn/classifier.h"
#include "sensor/clock.h"
#include "sensor/source.h"

enum {
	PIPELINE_PUBLISHERS_MAX = 4,
	PIPELINE_FRAMES = 8, /* kept until their result comes; more than a classifier may hold at once */
};

struct pipeline {
	struct source *source;
	struct classifier *classifier;
	struct nn_description model; /* of classifier */
	struct decide_config rules;
	struct publisher *publishers[PIPELINE_PUBLISHERS_MAX];
	unsigned publishers_count;
	struct health *health;
	struct clock *clock;
	bool filter; /* frames have a clock of their own, and none may be dropped */

	struct decide_state state;
	struct decision last; /* the newest; what a heartbeat repeats */
	bool told;	      /* the first posture has been published */
	uint64_t result_ns;   /* when the newest result came, 0 = none yet */
	uint64_t posture_ns;  /* when MESSAGE_POSTURE was last published */
	uint64_t refused;     /* frames that the classifier can't take, such as 4x4 */
	struct frame frames[PIPELINE_FRAMES];
	unsigned next;	    /* slot of the next frame */
	unsigned submitted; /* frames whose results are still to come */
	bool waiting;	    /* filter: frames[next] was read, and the classifier was busy */
};

void pipeline_init(struct pipeline *pipeline);

/*
 * Takes at most max frames from the source and all results that are there. Returns how many frames were taken,
 * -ENODATA when the source has ended and no result is to come, or another negative errno of the source.
 */
int pipeline_take(struct pipeline *pipeline, unsigned max);

/* Results that came later. */
void pipeline_results(struct pipeline *pipeline);

/* No frame came for a while: lets postures end. Not for a filter, whose time is that of its frames. */
void pipeline_idle(struct pipeline *pipeline);

/* Another network: what was seen with the old one ends. */
void pipeline_change_model(struct pipeline *pipeline, struct classifier *classifier);

/* The newest posture once more. */
void pipeline_repeat(struct pipeline *pipeline);

/* To all publishers; fills model and, when it is 0, the wall clock's time. */
void pipeline_publish(struct pipeline *pipeline, struct message *message);

/* CLOCK_REALTIME of now in microseconds; 0 for a filter. */
uint64_t pipeline_wall_us(const struct pipeline *pipeline);

/* "Like", "None" */
const char *pipeline_posture(const struct pipeline *pipeline);

#endif
