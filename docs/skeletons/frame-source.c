/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame-source.c - skeleton of a frame source (sensor/source.h). Copy it to sensor/NAME.c and fill in what is marked
 * "Yours". It delivers an empty 8x8 frame at the configured rate.
 *
 * Then: declare the ops in sensor/source.h, add them to the list in source_open() (sensor/source.c), the word to
 * source_types in daemon/config-keys.c, the file to sensor/local.mk, and a test to tests/unit/.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "sensor/clock.h"
#include "sensor/source.h"

#define NS_PER_S 1000000000ull

struct skeleton {
	struct source source;
	int fd; /* Yours: whatever becomes readable when a frame is there; it never changes */
	uint32_t seq;
	struct source_health health; /* with a thread of your own: under a lock */
};

const struct source_ops skeleton_source_ops;

static struct skeleton *skeleton_of(struct source *source)
{
	return (struct skeleton *)(void *)((char *)source - offsetof(struct skeleton, source));
}

static struct source *skeleton_free(struct source *source)
{
	struct skeleton *skeleton = source ? skeleton_of(source) : NULL;

	if (!skeleton)
		return NULL;
	if (skeleton->fd >= 0)
		close(skeleton->fd);
	free(skeleton);
	return NULL;
}

static int start_timer(int fd, unsigned rate_hz)
{
	long period_ns = (long)(NS_PER_S / rate_hz);
	struct timespec period = {.tv_sec = period_ns / (long)NS_PER_S, .tv_nsec = period_ns % (long)NS_PER_S};
	struct itimerspec timer = {.it_interval = period, .it_value = period};

	return timerfd_settime(fd, 0, &timer, NULL) < 0 ? -errno : 0;
}

static int skeleton_open(const struct source_config *config, struct source **ret_source)
{
	struct skeleton *skeleton = calloc(1, sizeof(*skeleton));
	int r;

	if (!skeleton)
		return -ENOMEM;
	skeleton->source.ops = &skeleton_source_ops;
	skeleton->health.state = SOURCE_RUNNING;
	skeleton->health.state_since_ns = clock_now_ns(clock_monotonic());
	skeleton->health.rate_hz = config->rate_hz ? config->rate_hz : 15;
	snprintf(skeleton->health.device, sizeof(skeleton->health.device), "skeleton");

	/*
	 * Yours: open what frames come from. A device that is not there yet is no error: be SOURCE_WAITING, say in
	 * health.reason what to do, and start when it appears.
	 */
	skeleton->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	r = skeleton->fd < 0 ? -errno : start_timer(skeleton->fd, skeleton->health.rate_hz);
	if (r < 0) {
		skeleton_free(&skeleton->source);
		return r;
	}
	*ret_source = &skeleton->source;
	return 0;
}

static int skeleton_fd(struct source *source)
{
	return skeleton_of(source)->fd;
}

static int skeleton_dispatch(struct source *source, struct frame *ret_frame)
{
	struct skeleton *skeleton = skeleton_of(source);
	uint64_t expirations;

	if (read(skeleton->fd, &expirations, sizeof(expirations)) < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;

	/* Yours: check every byte from outside, count what is thrown away in health.rejects, then fill the zones. */
	memset(ret_frame, 0, sizeof(*ret_frame));
	memset(ret_frame->status, FRAME_STATUS_NONE, sizeof(ret_frame->status));
	ret_frame->cols = ret_frame->rows = 8;
	ret_frame->t_ns = clock_now_ns(clock_monotonic());
	ret_frame->seq = skeleton->seq++;
	ret_frame->lost = (uint32_t)(expirations - 1);
	skeleton->health.lost += expirations - 1;
	skeleton->health.frames++;
	return 1;
}

static int skeleton_recover(struct source *source, enum source_rung rung)
{
	(void)source;
	(void)rung;
	return -EOPNOTSUPP; /* Yours, when there is something that can be restarted */
}

static void skeleton_health(struct source *source, struct source_health *ret_health)
{
	*ret_health = skeleton_of(source)->health;
}

const struct source_ops skeleton_source_ops = {
	.name = "skeleton", /* what [sensor] type says */
	.open = skeleton_open,
	.fd = skeleton_fd,
	.dispatch = skeleton_dispatch,
	.recover = skeleton_recover,
	.health = skeleton_health,
	.free = skeleton_free,
};
