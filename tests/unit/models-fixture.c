/* SPDX-License-Identifier: Apache-2.0 */
/* models-fixture.c - models sent to the M4 (see models-fixture.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/models-fixture.h"

#include "nn/models/builtin.h"
#include "nn/runtime/crc32.h"
#include "nn/runtime/sha256.h"
#include "nn/runtime/value.h"
#include "tests/unit/nn-fixture.h"

struct bench bench;
struct m4_models models;
uint8_t slots[M4_MODELS_SLOTS][SLOT_BYTES] __attribute__((aligned(16)));
static uint8_t room[ROOM_BYTES] __attribute__((aligned(16)));

struct file file;

struct nn_header *header(void)
{
	return (struct nn_header *)(void *)file.bytes;
}

/* Both check sums made right again, and the claims. */
void seal(void)
{
	nn_sha256_of(file.bytes + 64, file.size - 64, header()->sha256);
	header()->crc32 = nn_crc32(file.bytes + 20, file.size - 20);
	memcpy(file.sha256, header()->sha256, sizeof(file.sha256));
}

void use_file(const void *bytes, size_t size)
{
	struct nn_model model;

	assert_true(size <= sizeof(file.bytes));
	memcpy(file.bytes, bytes, size);
	file.size = (uint32_t)size;
	assert_int_equal(nn_model_parse(file.bytes, size, &model), 0);
	file.arena_bytes = model.main->arena_bytes;
	memcpy(file.sha256, header()->sha256, sizeof(file.sha256));
}

/* int8, the one that is shipped; float32 with every operator. */
void use_int8(void)
{
	use_file(model_builtin_begin, model_builtin_size());
}

void use_float(void)
{
	size_t size;
	void *bytes = fixture_model(&size);

	use_file(bytes, size);
	free(bytes);
}

void begin(void)
{
	static const struct m4_models_memory memory = {{slots[0], slots[1]}, room, SLOT_BYTES, ROOM_BYTES};

	bench_start(&bench);
	memset(&models, 0, sizeof(models));
	bench.core.session.network = m4_models_start(&models, &bench.network, &memory);
	bench_probe(&bench);
	bench_hello(&bench);
}

struct protocol_upload ask_begin(void)
{
	struct protocol_message message =
		bench_message(&bench, PROTOCOL_MODEL_BEGIN, sizeof(struct protocol_model_begin));

	message.body.model_begin.bytes = file.size;
	message.body.model_begin.arena_bytes = file.arena_bytes;
	memcpy(message.body.model_begin.sha256, file.sha256, sizeof(file.sha256));
	return bench_ask(&bench, &message).body.upload;
}

struct protocol_upload ask_chunk(uint32_t offset, uint32_t bytes)
{
	struct protocol_message message = bench_message(&bench, PROTOCOL_MODEL_CHUNK, 8 + bytes);

	message.body.model_chunk.offset = offset;
	message.body.model_chunk.bytes = (uint16_t)bytes;
	if (offset < file.size)
		memcpy(message.body.model_chunk.data, file.bytes + offset, bytes);
	return bench_ask(&bench, &message).body.upload;
}

struct protocol_upload ask_commit(void)
{
	struct protocol_message message =
		bench_message(&bench, PROTOCOL_MODEL_COMMIT, sizeof(struct protocol_model_commit));

	memcpy(message.body.model_commit.sha256, file.sha256, sizeof(file.sha256));
	return bench_ask(&bench, &message).body.upload;
}

struct protocol_message ask(uint8_t type)
{
	struct protocol_message message = bench_message(&bench, type, (size_t)protocol_body_least(type));

	return bench_ask(&bench, &message);
}

/* All chunks from what it wants on. */
void send_chunks(uint32_t offset, uint32_t end)
{
	while (offset < end) {
		uint32_t n = end - offset < PROTOCOL_CHUNK_BYTES ? end - offset : PROTOCOL_CHUNK_BYTES;
		struct protocol_upload reply = ask_chunk(offset, n);

		assert_int_equal(reply.status, PROTOCOL_STATUS_OK);
		assert_int_equal(reply.offset, offset + n);
		offset = reply.offset;
	}
}

/* The whole way; what stopped it, or what COMMIT said. */
struct protocol_upload upload(void)
{
	struct protocol_upload reply = ask_begin();

	if (reply.status != PROTOCOL_STATUS_OK)
		return reply;
	send_chunks(reply.offset, file.size);
	return ask_commit();
}

struct protocol_message frame(uint32_t number, uint32_t tag)
{
	struct protocol_message message = bench_message(&bench, PROTOCOL_INFER, sizeof(struct protocol_infer));

	message.body.infer = (struct protocol_infer){.model_tag = tag, .frame = number};
	memset(message.body.infer.seen, 0xff, sizeof(message.body.infer.seen));
	for (unsigned zone = 0; zone < PROTOCOL_ZONES; zone++) {
		message.body.infer.distance_q2[zone] = (int16_t)(800 + (zone * number * 7) % 400);
		message.body.infer.signal_q11[zone] = 20000 + zone * 300 * number;
	}
	return message;
}

/* The file's network is the active one, and gives what it gives here. */
void answers_are_right(void)
{
	struct nn_model model;
	struct nn_run run;
	void *memory;

	assert_int_equal(nn_model_parse(file.bytes, file.size, &model), 0);
	memory = aligned_alloc(NN_FORMAT_ALIGN, nn_run_bytes(&model));
	assert_int_equal(nn_run_start(&run, &model, memory, nn_run_bytes(&model)), 0);
	for (uint32_t number = 1; number < 20; number++) {
		struct protocol_message message = frame(number, protocol_model_tag(file.sha256));
		struct protocol_result result = bench_ask(&bench, &message).body.result;
		struct frame here = {.cols = 8, .rows = 8};
		float planes[2 * FRAME_ZONES_MAX];
		struct nn_hand hand;

		for (unsigned zone = 0; zone < PROTOCOL_ZONES; zone++) {
			here.status[zone] = FRAME_STATUS_VALID;
			here.distance_q2[zone] = message.body.infer.distance_q2[zone];
			here.signal_q11[zone] = message.body.infer.signal_q11[zone];
		}
		assert_int_equal(nn_preprocess(&model.main->preprocess, &here, planes, &hand), 0);
		nn_value_write(&run, nn_model_input(&model), planes);
		nn_run(&run);
		assert_int_equal(result.status, PROTOCOL_STATUS_OK);
		assert_int_equal(result.present, hand.present);
		assert_true(hand.present);
		assert_int_equal(result.output_type, nn_model_output(&model)->type);
		assert_int_equal(result.output_bytes, nn_model_output(&model)->bytes);
		assert_memory_equal(result.output, nn_run_tensor(&run, nn_model_output(&model)), result.output_bytes);
	}
	free(memory);
}

/* Nothing but the baked network, which doubles as a sum. */
void baked_is_active(void)
{
	struct protocol_message message = frame(3, BENCH_TAG);
	struct protocol_result result = bench_ask(&bench, &message).body.result;

	assert_int_equal(result.status, PROTOCOL_STATUS_OK);
	assert_int_equal(result.output_bytes, BENCH_OUTPUTS * sizeof(float));
	assert_int_equal(ask(PROTOCOL_PING).body.pong.state, PROTOCOL_STATE_READY);
}
