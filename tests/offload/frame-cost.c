/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame-cost.c - frames through the service's classifier as its event loop drives it, for counting: everything that a frame
 * costs on Linux' side lies between frame_begins() and frame_ends().
 *
 *   frame-cost local|m4 CHANNEL IN COUNT   IN: questions as `m4-frames ask` writes them; COUNT frames after 40 of
 *                                         warming up
 */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mcu-offload/remote.h"

enum { WARM_UP = 40, FRAMES_MAX = 1000, DEADLINE_US = 1000000 };

void frame_begins(void);
void frame_ends(void);

#define MARK(name)                                                                                                     \
	__attribute__((noipa)) void name(void)                                                                         \
	{                                                                                                              \
		__asm__ volatile("");                                                                                  \
	}
MARK(frame_begins)
MARK(frame_ends)

static struct frame frames[FRAMES_MAX];
static unsigned frames_count;

static void take_question(const struct protocol_infer *infer)
{
	struct frame *frame = &frames[frames_count++];

	*frame =
		(struct frame){.cols = 8, .rows = 8, .seq = infer->frame + 1, .t_ns = (infer->frame + 1) * 66666667ull};
	for (unsigned zone = 0; zone < PROTOCOL_ZONES; zone++) {
		bool seen = infer->seen[zone / 8] >> zone % 8 & 1;

		frame->count[zone] = seen;
		frame->status[zone] = seen ? FRAME_STATUS_VALID : FRAME_STATUS_NONE;
		frame->distance_q2[zone] = infer->distance_q2[zone];
		frame->signal_q11[zone] = infer->signal_q11[zone];
	}
}

static int read_questions(const char *path)
{
	struct protocol_message message;
	FILE *file = fopen(path, "rb");

	if (!file)
		return -1;
	while (frames_count < FRAMES_MAX && fread(&message.header, sizeof(message.header), 1, file) == 1 &&
	       message.header.body_bytes <= sizeof(message.body) &&
	       fread(&message.body, 1, message.header.body_bytes, file) == message.header.body_bytes)
		if (message.header.type == PROTOCOL_INFER)
			take_question(&message.body.infer);
	fclose(file);
	return frames_count > 0 ? 0 : -1;
}

/* What the service does: hand it over, look, and look again when there is something. */
static void run(struct classifier *classifier, const struct frame *frame, bool counts)
{
	struct pollfd fd = {.fd = classifier->ops->fd(classifier), .events = POLLIN};
	struct nn_result result;
	int r;

	if (counts)
		frame_begins();
	r = classifier->ops->submit(classifier, frame);
	while (r == 0 && (r = classifier->ops->result(classifier, &result)) == 0)
		(void)poll(&fd, 1, 1000);
	if (counts)
		frame_ends();
	if (r < 0)
		exit(1);
}

static void wait_ready(struct classifier *classifier)
{
	struct pollfd fd = {.fd = classifier->ops->fd(classifier), .events = POLLIN};
	struct remote_status status;
	struct nn_result result;

	for (unsigned i = 0; i < 100; i++) {
		remote_status(classifier, &status);
		if (status.state == LINK_READY)
			return;
		(void)poll(&fd, 1, 50);
		(void)classifier->ops->result(classifier, &result);
	}
	fprintf(stderr, "frame-cost: the other core isn't ready: %s\n", status.reason ? status.reason : "?");
	exit(1);
}

int main(int argc, char **argv)
{
	struct remote_config config = {.mode = REMOTE_LOCAL, .deadline_us = DEADLINE_US, .root = ""};
	struct classifier *classifier;
	struct remote_status status;
	char reason[REMOTE_REASON];
	unsigned count;

	if (argc != 5 || read_questions(argv[3]) < 0)
		return 2;
	config.mode = strcmp(argv[1], "m4") == 0 ? REMOTE_M4 : REMOTE_LOCAL;
	config.channel = argv[2];
	if (remote_open(&(struct nn_config){0}, &config, &classifier, reason) < 0) {
		fprintf(stderr, "frame-cost: %s\n", reason);
		return 1;
	}
	if (config.mode == REMOTE_M4)
		wait_ready(classifier);
	count = WARM_UP + (unsigned)strtoul(argv[4], NULL, 10);
	for (unsigned i = 0; i < count; i++) {
		frames[i % frames_count].seq = i + 1;
		run(classifier, &frames[i % frames_count], i >= WARM_UP);
	}
	remote_status(classifier, &status);
	classifier_free(classifier);
	/* All of them by the core that is counted, but for those that a session begins with. */
	if (config.mode == REMOTE_M4 && status.remote + 20 != count) {
		fprintf(stderr, "frame-cost: %" PRIu64 " of %u results are the other core's: %s, %s\n", status.remote,
			count, status.state_text, status.reason ? status.reason : "?");
		return 1;
	}
	return 0;
}
