/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bus-driver.c - clients that take frames, well-behaved and not; each mode prints one line for bus-service.sh.
 *
 *   frames N CREDIT   takes N frames and tops its credit up as it reads
 *   stall N           gives credit for N and waits for more
 *   slow N            gives credit for N, pauses, goes on: is what it missed what it is told?
 *   crowd N           N clients at once
 *   sleep N           gives credit and never reads
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <time.h>
#include <unistd.h>

#include "daemon/dbus-names.h"

enum { CROWD_MAX = 32 };

struct stream {
	sd_bus *bus;
	unsigned frames;
	unsigned unexplained; /* gaps that are not as large as the signal says */
	uint32_t seq, jump, dropped;
};

static int on_frame(sd_bus_message *signal, void *userdata, sd_bus_error *error)
{
	struct stream *stream = userdata;
	uint64_t t_ns, wall_us;
	uint32_t seq, lost, dropped;

	(void)error;
	if (sd_bus_message_read(signal, "ttuuu", &t_ns, &wall_us, &seq, &lost, &dropped) < 0)
		exit(3);
	stream->jump = seq - stream->seq;
	stream->unexplained += stream->frames > 0 && stream->jump != dropped + 1;
	stream->seq = seq;
	stream->dropped = dropped;
	stream->frames++;
	return 0;
}

static void open_stream(struct stream *stream)
{
	*stream = (struct stream){.frames = 0};
	if (sd_bus_open_user(&stream->bus) < 0 ||
	    sd_bus_match_signal(stream->bus, NULL, DBUS_NAME, DBUS_PATH, DBUS_FRAMES, "Frame", on_frame, stream) < 0)
		exit(2);
}

static int give(struct stream *stream, unsigned credit, sd_bus_error *error)
{
	return sd_bus_call_method(stream->bus, DBUS_NAME, DBUS_PATH, DBUS_FRAMES, "StartFrames", error, NULL, "u",
				  credit);
}

/* Until so many frames are there, at most so long. */
static void take(struct stream *stream, unsigned frames, double seconds)
{
	struct timespec start, now;

	clock_gettime(CLOCK_MONOTONIC, &start);
	while (stream->frames < frames) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		if ((double)(now.tv_sec - start.tv_sec) + (double)(now.tv_nsec - start.tv_nsec) / 1e9 > seconds)
			return;
		if (sd_bus_process(stream->bus, NULL) == 0)
			(void)sd_bus_wait(stream->bus, 100000);
	}
}

static int run_frames(unsigned wanted, unsigned credit)
{
	struct stream stream;

	open_stream(&stream);
	if (give(&stream, credit, NULL) < 0)
		return 2;
	for (unsigned part = credit / 2; stream.frames < wanted;) {
		unsigned before = stream.frames;

		take(&stream, stream.frames + part < wanted ? stream.frames + part : wanted, 10);
		if (stream.frames == before || give(&stream, part, NULL) < 0)
			break;
	}
	printf("frames %u unexplained %u\n", stream.frames, stream.unexplained);
	sd_bus_flush_close_unref(stream.bus);
	return stream.frames == wanted ? 0 : 1;
}

static int run_stall(unsigned credit)
{
	struct stream stream;

	open_stream(&stream);
	if (give(&stream, credit, NULL) < 0)
		return 2;
	take(&stream, credit, 10);
	take(&stream, credit + 1, 1);
	printf("frames %u\n", stream.frames);
	sd_bus_flush_close_unref(stream.bus);
	return 0;
}

static int run_slow(unsigned credit)
{
	struct stream stream;

	open_stream(&stream);
	if (give(&stream, credit, NULL) < 0)
		return 2;
	take(&stream, credit, 10);
	sleep(1);
	if (give(&stream, 1, NULL) < 0)
		return 2;
	take(&stream, credit + 1, 10);
	if (stream.frames == credit + 1 && stream.dropped > 0 && stream.jump == stream.dropped + 1)
		printf("missed as counted\n");
	else
		printf("frames %u, jump %" PRIu32 ", dropped %" PRIu32 "\n", stream.frames, stream.jump,
		       stream.dropped);
	sd_bus_flush_close_unref(stream.bus);
	return 0;
}

static int run_crowd(unsigned n)
{
	struct stream stream[CROWD_MAX];
	sd_bus_error error = SD_BUS_ERROR_NULL;

	for (unsigned i = 0; i < n && i < CROWD_MAX; i++)
		open_stream(&stream[i]);
	for (unsigned i = 0; i < n && i < CROWD_MAX; i++)
		if (give(&stream[i], 1, &error) < 0)
			printf("%s\n", strrchr(error.name, '.') + 1);
	for (unsigned i = 0; i < n && i < CROWD_MAX; i++)
		sd_bus_flush_close_unref(stream[i].bus);
	sd_bus_error_free(&error);
	return 0;
}

static int run_sleep(unsigned credit)
{
	struct stream stream;

	open_stream(&stream);
	if (give(&stream, credit, NULL) < 0)
		return 2;
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	unsigned n = argc > 2 ? (unsigned)atoi(argv[2]) : 0;

	if (argc > 3 && strcmp(argv[1], "frames") == 0)
		return run_frames(n, (unsigned)atoi(argv[3]));
	if (argc > 2 && strcmp(argv[1], "stall") == 0)
		return run_stall(n);
	if (argc > 2 && strcmp(argv[1], "slow") == 0)
		return run_slow(n);
	if (argc > 2 && strcmp(argv[1], "crowd") == 0)
		return run_crowd(n);
	if (argc > 2 && strcmp(argv[1], "sleep") == 0)
		return run_sleep(n);
	fprintf(stderr, "usage: bus-driver frames N CREDIT | stall N | slow N | crowd N | sleep N\n");
	return 2;
}
