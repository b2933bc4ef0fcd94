/* SPDX-License-Identifier: Apache-2.0 */
/* fake-m4.c - the other core, faults to order (see fake-m4.h). */
#include "tests/unit/fake-m4.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "nn/runtime/crc32.h"
#include "nn/runtime/math.h"
#include "nn/runtime/value.h"

static void use_model(struct fake_m4 *m4)
{
	size_t bytes = nn_run_bytes(&m4->model.model);

	free(m4->arena);
	m4->arena = aligned_alloc(NN_FORMAT_ALIGN, bytes);
	assert_int_equal(nn_run_start(&m4->run, &m4->model.model, m4->arena, bytes), 0);
	m4->has_model = true;
}

void fake_m4_start(struct fake_m4 *m4, const char *path, bool stream, bool with_model)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char reason[MODEL_FILE_REASON];

	*m4 = (struct fake_m4){.fd = -1, .stream = stream, .boot_id = 100, .can_upload = !with_model};
	snprintf(m4->path, sizeof(m4->path), "%s", path);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	m4->listener = socket(AF_UNIX, (stream ? SOCK_STREAM : SOCK_SEQPACKET) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(m4->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(m4->listener, 4), 0);
	if (with_model) {
		assert_int_equal(model_file_open(NULL, &m4->model, reason), 0);
		use_model(m4);
	}
}

void fake_m4_stop(struct fake_m4 *m4)
{
	if (m4->fd >= 0)
		close(m4->fd);
	close(m4->listener);
	unlink(m4->path);
	if (m4->has_model)
		model_file_close(&m4->model);
	free(m4->arena);
}

void fake_m4_reboot(struct fake_m4 *m4, bool channel_goes)
{
	m4->boot_id++;
	m4->session = 0;
	m4->keeps = false;
	if (channel_goes && m4->fd >= 0) {
		close(m4->fd);
		m4->fd = -1;
	}
}

/* --- answers ------------------------------------------------------------------------------------------------------ */

static void put(struct fake_m4 *m4, const struct protocol_message *message, size_t size)
{
	(void)!send(m4->fd, message, size, MSG_NOSIGNAL);
}

static void answer(struct fake_m4 *m4, const struct protocol_message *request, uint8_t type, uint16_t body_bytes,
		   struct protocol_message *message)
{
	message->header.type = type;
	message->header.body_bytes = body_bytes;
	message->header.session = request->header.session;
	message->header.seq = request->header.seq;
	message->header.boot_id = m4->boot_id;
	put(m4, message, protocol_seal(message));
}

static void answer_error(struct fake_m4 *m4, const struct protocol_message *request, int status)
{
	struct protocol_message message = {
		.body.error = {
			.status = (int16_t)status, .type = request->header.type, .version_min = 2, .version_max = 2}};

	answer(m4, request, PROTOCOL_ERROR, sizeof(struct protocol_error), &message);
}

static void on_hello(struct fake_m4 *m4, const struct protocol_message *request)
{
	struct protocol_message message = {
		.body.hello_ack = {.version = m4->fault == FAKE_FUTURE ? 2 : 1,
				   .state = m4->has_model ? PROTOCOL_STATE_READY : PROTOCOL_STATE_NO_MODEL,
				   .body_bytes_max = PROTOCOL_BODY_BYTES,
				   .boot_id = m4->boot_id,
				   .can = PROTOCOL_CAN_STATS | PROTOCOL_CAN_SELFTEST |
					  (m4->can_upload ? PROTOCOL_CAN_UPLOAD : 0u),
				   .arena_bytes = 1u << 20,
				   .model_bytes_max = sizeof(m4->staging),
				   .in_flight_max = 2,
				   .chunk_bytes_max = PROTOCOL_CHUNK_BYTES,
				   .firmware = "fake"}};

	m4->hellos++;
	if (m4->fault == FAKE_VERSION) {
		answer_error(m4, request, PROTOCOL_STATUS_BAD_VERSION);
		return;
	}
	m4->session = request->header.session;
	m4->last_seq = request->header.seq;
	m4->keeps = false;
	if (m4->has_model)
		memcpy(message.body.hello_ack.model_sha256, m4->model.model.header->sha256, PROTOCOL_SHA256_BYTES);
	answer(m4, request, PROTOCOL_HELLO_ACK, sizeof(struct protocol_hello_ack), &message);
}

static void infer(struct fake_m4 *m4, const struct protocol_infer *infer, struct protocol_result *result)
{
	const struct nn_model *model = &m4->model.model;
	const struct nn_tensor *output = nn_model_output(model);
	struct frame frame = {.cols = 8, .rows = 8};
	struct nn_hand hand;
	float input[PROTOCOL_ZONES * 2];

	for (unsigned z = 0; z < PROTOCOL_ZONES; z++) {
		frame.status[z] = infer->seen[z / 8] >> z % 8 & 1 ? FRAME_STATUS_VALID : FRAME_STATUS_NONE;
		frame.distance_q2[z] = infer->distance_q2[z];
		frame.signal_q11[z] = infer->signal_q11[z];
	}
	assert_int_equal(nn_preprocess(&model->main->preprocess, &frame, input, &hand), 0);
	*result = (struct protocol_result){.output_type = output->type,
					   .present = hand.present,
					   .frame = infer->frame,
					   .model_tag = protocol_model_tag(model->header->sha256),
					   .nearest_mm = hand.nearest_mm,
					   .centroid_col = hand.centroid_col,
					   .centroid_row = hand.centroid_row,
					   .zones = hand.zones};
	if (!hand.present)
		return;
	nn_value_write(&m4->run, nn_model_input(model), input);
	nn_run(&m4->run);
	result->output_bytes = (uint16_t)output->bytes;
	memcpy(result->output, nn_run_tensor(&m4->run, output), output->bytes);
}

static void spoil(struct fake_m4 *m4, struct protocol_message *message)
{
	struct protocol_result *result = &message->body.result;
	uint32_t nan = 0x7fc00000;

	if (m4->fault == FAKE_WRONG && result->present)
		result->output[0] ^= 1;
	if (m4->fault == FAKE_HUGE)
		result->output_bytes = 250;
	if (m4->fault == FAKE_NAN)
		memcpy(&result->nearest_mm, &nan, sizeof(nan));
	if (m4->fault == FAKE_BUSY)
		result->status = PROTOCOL_STATUS_BUSY;
	if (m4->fault == FAKE_STALE)
		message->header.session++;
}

static void on_infer(struct fake_m4 *m4, const struct protocol_message *request)
{
	struct protocol_message message = {.header = {.type = PROTOCOL_RESULT,
						      .session = request->header.session,
						      .seq = request->header.seq,
						      .boot_id = m4->boot_id}};
	size_t size;

	m4->infers++;
	infer(m4, &request->body.infer, &message.body.result);
	message.header.body_bytes =
		(uint16_t)(offsetof(struct protocol_result, output) + message.body.result.output_bytes);
	spoil(m4, &message);
	size = protocol_seal(&message);
	if (m4->fault == FAKE_CORRUPT)
		message.body.result.zones ^= 1;
	if (m4->fault == FAKE_TRUNCATED)
		size--;
	if (m4->fault == FAKE_KEPT && !m4->keeps) {
		m4->kept = message;
		m4->keeps = true;
		return;
	}
	put(m4, &message, size);
	if (m4->fault == FAKE_TWICE)
		put(m4, &message, size);
	if (m4->keeps)
		put(m4, &m4->kept, PROTOCOL_HEADER_BYTES + (size_t)m4->kept.header.body_bytes);
	m4->keeps = false;
}

/* --- uploads ------------------------------------------------------------------------------------------------------ */

static void on_upload(struct fake_m4 *m4, const struct protocol_message *request)
{
	struct protocol_message message = {.header = {.type = 0}};
	const struct protocol_model_chunk *chunk = &request->body.model_chunk;
	char reason[MODEL_FILE_REASON];

	if (request->header.type == PROTOCOL_MODEL_BEGIN) {
		m4->staging_bytes = request->body.model_begin.bytes;
		m4->staged = 0;
	} else if (request->header.type == PROTOCOL_MODEL_CHUNK && chunk->offset == m4->staged) {
		memcpy(m4->staging + m4->staged, chunk->data, chunk->bytes);
		m4->staged += chunk->bytes;
	} else if (request->header.type == PROTOCOL_MODEL_COMMIT) {
		if (m4->staged != m4->staging_bytes ||
		    model_file_open_memory(m4->staging, m4->staged, &m4->model, reason) != 0 ||
		    nn_model_verify(&m4->model.model) != 0)
			message.body.upload.status = PROTOCOL_STATUS_HASH;
		else
			use_model(m4);
		m4->uploads++;
	}
	message.body.upload.offset = m4->staged;
	answer(m4, request, request->header.type | PROTOCOL_REPLY, sizeof(struct protocol_upload), &message);
}

/* --- what comes --------------------------------------------------------------------------------------------------- */

static void on_stats(struct fake_m4 *m4, const struct protocol_message *request)
{
	struct protocol_message message = {.body.stats = {.uptime_ms = 5000,
							  .inferences = m4->infers,
							  .run_us_min = 480,
							  .run_us_average = 495,
							  .run_us_max = 520,
							  .stack_free_least_bytes = 632}};

	m4->asked_stats++;
	answer(m4, request, PROTOCOL_STATS_REPLY, sizeof(struct protocol_stats), &message);
}

static void on_message(struct fake_m4 *m4, const struct protocol_message *request)
{
	struct protocol_message pong = {.body.pong.opaque = request->body.ping.opaque};
	struct protocol_message selftest = {
		.body.selftest = {.status = m4->fault == FAKE_SICK ? PROTOCOL_STATUS_SELFTEST : PROTOCOL_STATUS_OK}};

	if (m4->fault == FAKE_SILENT)
		return;
	if (request->header.type == PROTOCOL_HELLO) {
		on_hello(m4, request);
		return;
	}
	if (m4->session == 0 || request->header.session != m4->session || request->header.boot_id != m4->boot_id) {
		answer_error(m4, request, PROTOCOL_STATUS_NO_SESSION);
		return;
	}
	assert_true(protocol_seq_after(request->header.seq, m4->last_seq));
	m4->last_seq = request->header.seq;
	if (request->header.type == PROTOCOL_PING)
		answer(m4, request, PROTOCOL_PONG, sizeof(struct protocol_pong), &pong);
	else if (request->header.type == PROTOCOL_SELFTEST)
		answer(m4, request, PROTOCOL_SELFTEST_REPLY, sizeof(struct protocol_selftest), &selftest);
	else if (request->header.type == PROTOCOL_INFER)
		on_infer(m4, request);
	else if (request->header.type == PROTOCOL_STATS)
		on_stats(m4, request);
	else if (request->header.type == PROTOCOL_BYE)
		m4->byes++;
	else
		on_upload(m4, request);
}

void fake_m4_work(struct fake_m4 *m4)
{
	uint64_t bytes[PROTOCOL_MESSAGE_BYTES / 8];
	struct protocol_message message;
	ssize_t n;
	int fd = accept4(m4->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0) {
		if (m4->fd >= 0)
			close(m4->fd);
		m4->fd = fd;
		framing_reset(&m4->framing);
	}
	while (m4->fd >= 0 && (n = recv(m4->fd, bytes, sizeof(bytes), 0)) > 0) {
		if (!m4->stream) {
			assert_int_equal(protocol_open(bytes, (size_t)n, &message), PROTOCOL_STATUS_OK);
			on_message(m4, &message);
			continue;
		}
		for (size_t at = 0; at < (size_t)n;) {
			at += framing_put(&m4->framing, (uint8_t *)bytes + at, (size_t)n - at);
			while (framing_next(&m4->framing, &message) == PROTOCOL_STATUS_OK)
				on_message(m4, &message);
		}
	}
}
