/* SPDX-License-Identifier: Apache-2.0 */
/*
 * m4-frames.c - recordings for the M4, and what it made of them beside what this core makes of them.
 *
 *   m4-frames [-m MODEL] COMMAND ...
 *
 *   ask IN RECORDINGS...      the questions, one message a frame, and STATS at the end
 *   ping IN COUNT             COUNT times PING instead
 *   upload IN                 MODEL alone
 *   check OUT RECORDINGS...   the answers; every byte of every result has to be that of this core
 *   live CHANNEL RECORDINGS...   the same by the service's own classifier, "both", over a channel of transport.h
 *
 * With MODEL the M4 is sent that one first, and asked for its self-test; without, the one that is shipped is in it.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mcu-offload/framing.h"
#include "mcu-offload/remote.h"
#include "nn/model-file.h"
#include "nn/runtime/run.h"
#include "nn/runtime/value.h"
#include "sensor/recording.h"

enum { SESSION = 7, BOOT = 1, DEADLINE_US = 2000000 };

static struct {
	const char *path; /* of MODEL, or NULL */
	struct model_file model;
	struct nn_run run;
	FILE *file;
	struct framing framing;
	struct classifier *remote;
	uint32_t seq;
	unsigned long frames, hands, wrong;
} job;

static int complain(const char *what, const char *reason)
{
	fprintf(stderr, "m4-frames: %s: %s\n", what, reason);
	return 1;
}

static int model_start(void)
{
	char reason[MODEL_FILE_REASON];
	size_t bytes;
	void *memory;

	if (model_file_open(job.path, &job.model, reason) < 0)
		return complain("model", reason);
	bytes = nn_run_bytes(&job.model.model);
	memory = aligned_alloc(NN_FORMAT_ALIGN, bytes);
	return !memory || nn_run_start(&job.run, &job.model.model, memory, bytes) != 0;
}

static int ask(uint8_t type, const void *body, size_t bytes)
{
	struct protocol_message message = {.header = {.type = type,
						      .body_bytes = (uint16_t)bytes,
						      .session = SESSION,
						      .seq = ++job.seq,
						      .boot_id = type == PROTOCOL_HELLO ? 0 : BOOT}};

	memcpy(&message.body, body, bytes);
	return fwrite(&message, 1, protocol_seal(&message), job.file) == 0;
}

static int ask_frame(const struct frame *frame)
{
	struct protocol_infer infer = {
		.model_tag = protocol_model_tag(job.model.model.header->sha256),
		.frame = (uint32_t)job.frames++,
	};

	for (unsigned zone = 0; zone < PROTOCOL_ZONES; zone++) {
		if (frame->status[zone] == FRAME_STATUS_VALID || frame->status[zone] == FRAME_STATUS_VALID_WIDE)
			infer.seen[zone / 8] |= (uint8_t)(1u << zone % 8);
		infer.distance_q2[zone] = frame->distance_q2[zone];
		infer.signal_q11[zone] = frame->signal_q11[zone];
	}
	return ask(PROTOCOL_INFER, &infer, sizeof(infer));
}

/* What the file header says, and the file. */
static int ask_upload(void)
{
	const struct nn_header *header = job.model.model.header;
	struct protocol_model_begin begin = {.bytes = header->bytes, .arena_bytes = job.model.model.main->arena_bytes};
	struct protocol_model_commit commit;
	struct protocol_model_chunk chunk = {0};

	memcpy(begin.sha256, header->sha256, sizeof(begin.sha256));
	memcpy(commit.sha256, header->sha256, sizeof(commit.sha256));
	if (ask(PROTOCOL_MODEL_BEGIN, &begin, sizeof(begin)))
		return 1;
	for (; chunk.offset < header->bytes; chunk.offset += chunk.bytes) {
		uint32_t left = header->bytes - chunk.offset;

		chunk.bytes = (uint16_t)(left < PROTOCOL_CHUNK_BYTES ? left : PROTOCOL_CHUNK_BYTES);
		memcpy(chunk.data, (const uint8_t *)header + chunk.offset, chunk.bytes);
		if (ask(PROTOCOL_MODEL_CHUNK, &chunk, offsetof(struct protocol_model_chunk, data) + chunk.bytes))
			return 1;
	}
	return ask(PROTOCOL_MODEL_COMMIT, &commit, sizeof(commit));
}

/* The next answer; false: there is none. */
static bool next_answer(struct protocol_message *ret_message)
{
	int status;

	while ((status = framing_next(&job.framing, ret_message)) == 1) {
		uint8_t byte;

		if (fread(&byte, 1, 1, job.file) != 1)
			return false;
		framing_put(&job.framing, &byte, 1);
	}
	return status == PROTOCOL_STATUS_OK;
}

static bool same_bits(float a, float b)
{
	return memcmp(&a, &b, sizeof(a)) == 0;
}

static bool result_is_ours(const struct protocol_result *result, const struct frame *frame)
{
	const struct nn_model *model = &job.model.model;
	const struct nn_tensor *output = nn_model_output(model);
	float planes[2 * FRAME_ZONES_MAX];
	struct nn_hand hand;

	if (nn_preprocess(&model->main->preprocess, frame, planes, &hand) != 0)
		return false;
	nn_value_write(&job.run, nn_model_input(model), planes);
	if (hand.present)
		nn_run(&job.run);
	job.hands += hand.present;
	return result->status == PROTOCOL_STATUS_OK && result->frame == job.frames && result->present == hand.present &&
	       result->zones == hand.zones && same_bits(result->nearest_mm, hand.nearest_mm) &&
	       same_bits(result->centroid_col, hand.centroid_col) &&
	       same_bits(result->centroid_row, hand.centroid_row) &&
	       result->output_bytes == (hand.present ? output->bytes : 0) &&
	       memcmp(result->output, nn_run_tensor(&job.run, output), result->output_bytes) == 0;
}

static int check_frame(const struct frame *frame)
{
	struct protocol_message answer;

	if (!next_answer(&answer))
		return complain("answers", "they end too early");
	job.wrong += answer.header.type != PROTOCOL_RESULT || !result_is_ours(&answer.body.result, frame);
	job.frames++;
	return 0;
}

/* Until the two have met: a busy machine may take longer to start the other core than the link waits for it. */
static void live_meet(void)
{
	const struct classifier_ops *ops = job.remote->ops;
	struct pollfd wait = {.fd = ops->fd(job.remote), .events = POLLIN};
	struct remote_status status;
	struct nn_result result;

	for (int i = 0; i < 300; i++) {
		remote_status(job.remote, &status);
		if (status.state == LINK_READY)
			return;
		poll(&wait, 1, 100);
		ops->result(job.remote, &result); /* there is none, but it looks after the link */
	}
}

/* One frame at a time: given as soon as it is taken, waited for until its result is there. */
static int live_frame(const struct frame *frame)
{
	const struct classifier_ops *ops = job.remote->ops;
	struct pollfd wait = {.fd = ops->fd(job.remote), .events = POLLIN};
	struct nn_result result;
	int r;

	while ((r = ops->submit(job.remote, frame)) == -EBUSY) {
		poll(&wait, 1, 100);
		ops->result(job.remote, &result); /* there is none, but it looks after the link */
	}
	while (r == 0 && (r = ops->result(job.remote, &result)) == 0)
		poll(&wait, 1, 100);
	job.frames++;
	return r < 0 ? complain("frame", strerror(-r)) : 0;
}

/* Every frame of every recording of these paths. */
static int for_frames(char **paths, int (*take)(const struct frame *frame))
{
	char reason[RECORDING_REASON];
	int r = 0;

	for (; *paths && r == 0; paths++) {
		struct recording_list list;

		if (recording_list_open(*paths, &list, reason) < 0)
			return complain(*paths, reason);
		for (size_t i = 0; i < list.n && r == 0; i++) {
			struct recording recording;

			if (recording_read(list.paths[i], &recording, reason) < 0) {
				r = complain(list.paths[i], reason);
				break;
			}
			for (size_t k = 0; k < recording.n && r == 0; k++)
				r = take(&recording.frames[k]);
			recording_clear(&recording);
		}
		recording_list_clear(&list);
	}
	return r;
}

static int ask_hello(const char *path)
{
	struct protocol_hello hello = {.version_min = PROTOCOL_VERSION_MIN, .version_max = PROTOCOL_VERSION_MAX};

	job.file = fopen(path, "wb");
	return job.file ? ask(PROTOCOL_HELLO, &hello, sizeof(hello)) : complain(path, strerror(errno));
}

static int ask_all(const char *path, char **recordings)
{
	if (ask_hello(path) || (job.path && (ask_upload() || ask(PROTOCOL_SELFTEST, "", 0))) ||
	    for_frames(recordings, ask_frame) || ask(PROTOCOL_STATS, "", 0) || fclose(job.file))
		return 1;
	printf("%lu frames\n", job.frames);
	return 0;
}

static int ask_model(const char *path)
{
	return ask_hello(path) || ask_upload() || fclose(job.file);
}

static int ask_pings(const char *path, unsigned long count)
{
	struct protocol_ping ping = {0};

	if (ask_hello(path))
		return 1;
	for (; ping.opaque < count; ping.opaque++)
		if (ask(PROTOCOL_PING, &ping, sizeof(ping)))
			return 1;
	return fclose(job.file);
}

/* Every message of the upload was taken, and what is there now works. */
static int check_upload(const char *path)
{
	struct protocol_message answer;

	do {
		if (!next_answer(&answer) || (answer.header.type & 0xf0) != (PROTOCOL_MODEL_BEGIN | PROTOCOL_REPLY))
			return complain(path, "no answer to an upload's request");
		if (answer.body.upload.status == PROTOCOL_STATUS_BAD_MODEL)
			return complain(path, nn_error_text(answer.body.upload.detail));
		if (answer.body.upload.status != PROTOCOL_STATUS_OK)
			return complain(path, protocol_status_text(answer.body.upload.status));
	} while (answer.header.type != (PROTOCOL_MODEL_COMMIT | PROTOCOL_REPLY));
	if (!next_answer(&answer) || answer.header.type != PROTOCOL_SELFTEST_REPLY ||
	    answer.body.selftest.status != PROTOCOL_STATUS_OK)
		return complain(path, "the self-test failed");
	return 0;
}

static int check_all(const char *path, char **recordings)
{
	struct protocol_message answer;

	job.file = fopen(path, "rb");
	if (!job.file)
		return complain(path, strerror(errno));
	if (!next_answer(&answer) || answer.header.type != PROTOCOL_HELLO_ACK ||
	    (!job.path &&
	     memcmp(answer.body.hello_ack.model_sha256, job.model.model.header->sha256, PROTOCOL_SHA256_BYTES) != 0))
		return complain(path, "no HELLO_ACK, or of another model");
	if (job.path && check_upload(path))
		return 1;
	if (for_frames(recordings, check_frame))
		return 1;
	if (!next_answer(&answer) || answer.header.type != PROTOCOL_STATS_REPLY)
		return complain(path, "no STATS");
	printf("%lu frames, %lu with a hand, %lu differ; stack free %" PRIu32 " bytes\n", job.frames, job.hands,
	       job.wrong, answer.body.stats.stack_free_least_bytes);
	return job.wrong > 0;
}

static int live_all(const char *channel, char **recordings)
{
	struct remote_config config = {
		.mode = REMOTE_BOTH, .deadline_us = DEADLINE_US, .channel = channel, .root = "", .patient = true};
	char reason[MODEL_FILE_REASON];
	struct remote_status status;

	if (remote_open(&(struct nn_config){.model = job.path}, &config, &job.remote, reason) < 0)
		return complain(channel, reason);
	live_meet();
	if (for_frames(recordings, live_frame))
		return 1;
	remote_status(job.remote, &status);
	classifier_free(job.remote);
	printf("%lu frames, %" PRIu64 " compared, %" PRIu64 " differ, %" PRIu64 " local for want of an answer\n",
	       job.frames, status.compared, status.mismatches, status.fallbacks);
	return status.compared != job.frames || status.mismatches || status.fallbacks;
}

int main(int argc, char **argv)
{
	const char *command;

	if (argc > 2 && strcmp(argv[1], "-m") == 0) {
		job.path = argv[2];
		argc -= 2;
		argv += 2;
	}
	command = argc > 2 ? argv[1] : "";
	if (model_start())
		return 1;
	if (strcmp(command, "upload") == 0)
		return ask_model(argv[2]);
	if (argc < 4)
		command = "";
	if (strcmp(command, "ask") == 0)
		return ask_all(argv[2], argv + 3);
	if (strcmp(command, "ping") == 0)
		return ask_pings(argv[2], strtoul(argv[3], NULL, 10));
	if (strcmp(command, "check") == 0)
		return check_all(argv[2], argv + 3);
	if (strcmp(command, "live") == 0)
		return live_all(argv[2], argv + 3);
	fprintf(stderr, "usage: m4-frames [-m MODEL] ask|ping|upload|check|live FILE|CHANNEL RECORDINGS...|COUNT\n");
	return 2;
}
