/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.c - a frame source over recordings: a file or a whole directory, sorted by path (see source.h).
 *
 * One file is in memory at a time. In real time a timerfd says when the next frame is due; fast, an eventfd is
 * readable all the time and a frame costs no system call. A broken file among good ones is counted as a
 * warning and skipped.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "sensor/clock.h"
#include "sensor/recording.h"
#include "sensor/source.h"

#define NS_PER_S	     1000000000ull
#define GAP_BETWEEN_FILES_NS NS_PER_S	     /* recorded pauses are cut to this */
#define GAP_IN_FILE_NS	     (10 * NS_PER_S) /* a recorder's clock that jumped must not stop the show */
#define LATE_MAX_NS	     NS_PER_S	     /* behind by more than this (a suspended machine): start anew from now */
#define DEFAULT_PERIOD_NS    (NS_PER_S / 10) /* ST's logger, for files with a single frame */
#define FAST_START_NS	     NS_PER_S	     /* fast replay has a clock of its own, the same in every run */

struct replay {
	struct source source;
	struct recording_list list;
	size_t next_path;
	struct recording recording; /* the current file */
	size_t next_frame;
	uint64_t period_ns;    /* 0 = as recorded */
	uint64_t due_ns;       /* of the next frame */
	uint64_t last_wall_us; /* of the last frame of the file before */
	uint32_t seq;
	unsigned good_files; /* in this pass over the list */
	bool any_good;
	bool fast, loop, delivered;
	int fd;
	int error; /* what ended it */
	pthread_mutex_t lock;
	struct source_health health; /* under lock */
};

static struct replay *as_replay(struct source *source)
{
	return (struct replay *)(void *)source;
}

static void arm(struct replay *replay, uint64_t at_ns)
{
	struct itimerspec when = {
		.it_value = {.tv_sec = (time_t)(at_ns / NS_PER_S), .tv_nsec = (long)(at_ns % NS_PER_S)},
	};

	if (!replay->fast)
		(void)timerfd_settime(replay->fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void note_broken(struct replay *replay, const char *path, const char *reason)
{
	pthread_mutex_lock(&replay->lock);
	replay->health.warnings++;
	/* The sentence first: names in ST's layout are long and end up cut. */
	snprintf(replay->health.warning, sizeof(replay->health.warning), "skipped: %.80s: %s", reason, base_name(path));
	snprintf(replay->health.reason, sizeof(replay->health.reason), "%.95s: %.90s", reason, base_name(path));
	pthread_mutex_unlock(&replay->lock);
}

static void end(struct replay *replay, int error)
{
	replay->error = error;
	pthread_mutex_lock(&replay->lock);
	replay->health.state = SOURCE_ENDED;
	replay->health.state_since_ns = clock_now_ns(clock_monotonic());
	replay->health.error = error == -ENODATA ? 0 : error;
	if (error == -ENODATA)
		snprintf(replay->health.reason, sizeof(replay->health.reason), "all recordings were played");
	pthread_mutex_unlock(&replay->lock);
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The mean distance of the file's frames in time. */
static uint64_t own_period_ns(const struct recording *recording)
{
	if (recording->n < 2 || recording->frames[recording->n - 1].t_ns == 0)
		return DEFAULT_PERIOD_NS;
	return recording->frames[recording->n - 1].t_ns / (recording->n - 1);
}

/* When the first frame of a newly opened file comes, seen from the last one of the file before. */
static uint64_t gap_ns(const struct replay *replay)
{
	uint64_t wall_us = replay->recording.frames[0].wall_us;

	if (!replay->delivered)
		return 0;
	if (replay->period_ns)
		return replay->period_ns;
	if (wall_us <= replay->last_wall_us)
		return smaller(own_period_ns(&replay->recording), GAP_BETWEEN_FILES_NS);
	return smaller((wall_us - replay->last_wall_us) * 1000, GAP_BETWEEN_FILES_NS);
}

static void show_rate(struct replay *replay)
{
	uint64_t period = replay->period_ns ? replay->period_ns : own_period_ns(&replay->recording);
	uint64_t rate = (NS_PER_S + period / 2) / period;

	pthread_mutex_lock(&replay->lock);
	replay->health.rate_hz = (uint16_t)smaller(rate ? rate : 1, UINT16_MAX);
	replay->health.reason[0] = '\0';
	pthread_mutex_unlock(&replay->lock);
}

/* Opens the next readable file. Returns 0, -ENODATA when all were played, or why not one could be read. */
static int next_file(struct replay *replay)
{
	int first_error = 0;

	recording_clear(&replay->recording);
	for (;;) {
		char reason[RECORDING_REASON];
		const char *path;
		int r;

		if (replay->next_path == replay->list.n) {
			if (replay->good_files == 0 && !replay->any_good)
				return first_error ? first_error : -ENODATA;
			if (replay->good_files == 0 || !replay->loop)
				return -ENODATA;
			replay->next_path = 0;
			replay->good_files = 0;
		}
		path = replay->list.paths[replay->next_path++];
		r = recording_read(path, &replay->recording, reason);
		if (r == 0)
			break;
		if (first_error == 0)
			first_error = r;
		note_broken(replay, path, reason);
	}
	replay->good_files++;
	replay->any_good = true;
	replay->next_frame = 0;
	replay->due_ns += gap_ns(replay);
	show_rate(replay);
	return 0;
}

/* Moves to the frame after the one just delivered, and on to the next file when this one is over. */
static void advance(struct replay *replay)
{
	const struct frame *last = &replay->recording.frames[replay->next_frame++];
	int r = 0;

	replay->delivered = true;
	replay->last_wall_us = last->wall_us;
	if (replay->next_frame == replay->recording.n)
		r = next_file(replay);
	else if (replay->period_ns)
		replay->due_ns += replay->period_ns;
	else
		replay->due_ns += smaller(last[1].t_ns - last->t_ns, GAP_IN_FILE_NS);
	if (r < 0)
		end(replay, r);
	arm(replay, replay->due_ns);
}

static int replay_dispatch(struct source *source, struct frame *ret_frame)
{
	struct replay *replay = as_replay(source);

	if (replay->error)
		return replay->error;
	if (!replay->fast) {
		uint64_t now = clock_now_ns(clock_monotonic());

		if (now < replay->due_ns) {
			arm(replay, replay->due_ns); /* also clears a stale expiry */
			return 0;
		}
		if (now - replay->due_ns > LATE_MAX_NS)
			replay->due_ns = now;
	}
	*ret_frame = replay->recording.frames[replay->next_frame];
	ret_frame->t_ns = replay->due_ns;
	ret_frame->seq = replay->seq++;
	pthread_mutex_lock(&replay->lock);
	replay->health.frames++;
	if (ret_frame->fields & FRAME_HAS_TEMPERATURE)
		replay->health.temperature_c = ret_frame->temperature_c;
	pthread_mutex_unlock(&replay->lock);
	advance(replay);
	return 1;
}

static int replay_fd(struct source *source)
{
	return as_replay(source)->fd;
}

static int replay_recover(struct source *source, enum source_rung rung)
{
	(void)source;
	(void)rung;
	return -EOPNOTSUPP;
}

static void replay_health(struct source *source, struct source_health *ret_health)
{
	struct replay *replay = as_replay(source);

	pthread_mutex_lock(&replay->lock);
	*ret_health = replay->health;
	pthread_mutex_unlock(&replay->lock);
}

static struct source *replay_free(struct source *source)
{
	struct replay *replay;

	if (!source)
		return NULL;
	replay = as_replay(source);
	if (replay->fd >= 0)
		close(replay->fd);
	recording_clear(&replay->recording);
	recording_list_clear(&replay->list);
	pthread_mutex_destroy(&replay->lock);
	free(replay);
	return NULL;
}

static int open_fd(struct replay *replay)
{
	if (replay->fast)
		replay->fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	else
		replay->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	return replay->fd < 0 ? -errno : 0;
}

static int replay_open(const struct source_config *config, struct source **ret_source)
{
	char reason[RECORDING_REASON];
	struct replay *replay;
	int r;

	if (!config->path || !config->path[0])
		return -EINVAL;
	replay = calloc(1, sizeof(*replay));
	if (!replay)
		return -ENOMEM;
	replay->source.ops = &replay_source_ops;
	replay->fd = -1;
	replay->fast = config->fast;
	replay->loop = config->loop;
	replay->period_ns = config->rate_hz ? NS_PER_S / config->rate_hz : 0;
	pthread_mutex_init(&replay->lock, NULL);
	replay->health.state = SOURCE_RUNNING;
	replay->health.state_since_ns = clock_now_ns(clock_monotonic());
	replay->due_ns = replay->fast ? FAST_START_NS : replay->health.state_since_ns;
	snprintf(replay->health.device, sizeof(replay->health.device), "%.95s", config->path);

	r = open_fd(replay);
	if (r == 0)
		r = recording_list_open(config->path, &replay->list, reason);
	if (r < 0) {
		replay_free(&replay->source);
		return r;
	}
	/* Nothing readable is no error here: health can say what is wrong with the file, an errno can't. */
	r = next_file(replay);
	if (r < 0)
		end(replay, r);
	arm(replay, replay->due_ns);
	*ret_source = &replay->source;
	return 0;
}

const struct source_ops replay_source_ops = {
	.name = "replay",
	.open = replay_open,
	.fd = replay_fd,
	.dispatch = replay_dispatch,
	.recover = replay_recover,
	.health = replay_health,
	.free = replay_free,
};
