/* SPDX-License-Identifier: Apache-2.0 */
/* test-m4-models.c - models on their way to the M4 and in it: message by message, good ones and hostile ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mcu-offload/firmware/m4-models.h"
#include "nn/export/pnn.h"
#include "nn/models/builtin.h"
#include "nn/runtime/crc32.h"
#include "nn/runtime/sha256.h"
#include "nn/runtime/value.h"
#include "tests/offload/bench.h"
#include "tests/unit/nn-fixture.h"

enum {
	SLOT_BYTES = 256 * 1024,
	ROOM_BYTES = 64 * 1024,
};

static struct bench bench;
static struct m4_models models;
static uint8_t slots[M4_MODELS_SLOTS][SLOT_BYTES] __attribute__((aligned(16)));
static uint8_t room[ROOM_BYTES] __attribute__((aligned(16)));

/* A model's file as it is sent, and what is claimed of it. */
static struct file {
	uint8_t bytes[SLOT_BYTES] __attribute__((aligned(16)));
	uint32_t size, arena_bytes;
	uint8_t sha256[PROTOCOL_SHA256_BYTES];
} file;

static struct nn_header *header(void)
{
	return (struct nn_header *)(void *)file.bytes;
}

/* Both check sums made right again, and the claims. */
static void seal(void)
{
	nn_sha256_of(file.bytes + 64, file.size - 64, header()->sha256);
	header()->crc32 = nn_crc32(file.bytes + 20, file.size - 20);
	memcpy(file.sha256, header()->sha256, sizeof(file.sha256));
}

static void use_file(const void *bytes, size_t size)
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
static void use_int8(void)
{
	use_file(model_builtin_begin, model_builtin_size());
}

static void use_float(void)
{
	size_t size;
	void *bytes = fixture_model(&size);

	use_file(bytes, size);
	free(bytes);
}

static struct nn_operator *operator_at(unsigned i)
{
	return (struct nn_operator *)(void *)(file.bytes + header()->sections[NN_SECTION_OPERATORS].offset) + i;
}

static void begin(void)
{
	static const struct m4_models_memory memory = {{slots[0], slots[1]}, room, SLOT_BYTES, ROOM_BYTES};

	bench_start(&bench);
	memset(&models, 0, sizeof(models));
	bench.core.session.network = m4_models_start(&models, &bench.network, &memory);
	bench_probe(&bench);
	bench_hello(&bench);
}

static struct protocol_upload ask_begin(void)
{
	struct protocol_message message =
		bench_message(&bench, PROTOCOL_MODEL_BEGIN, sizeof(struct protocol_model_begin));

	message.body.model_begin.bytes = file.size;
	message.body.model_begin.arena_bytes = file.arena_bytes;
	memcpy(message.body.model_begin.sha256, file.sha256, sizeof(file.sha256));
	return bench_ask(&bench, &message).body.upload;
}

static struct protocol_upload ask_chunk(uint32_t offset, uint32_t bytes)
{
	struct protocol_message message = bench_message(&bench, PROTOCOL_MODEL_CHUNK, 8 + bytes);

	message.body.model_chunk.offset = offset;
	message.body.model_chunk.bytes = (uint16_t)bytes;
	if (offset < file.size)
		memcpy(message.body.model_chunk.data, file.bytes + offset, bytes);
	return bench_ask(&bench, &message).body.upload;
}

static struct protocol_upload ask_commit(void)
{
	struct protocol_message message =
		bench_message(&bench, PROTOCOL_MODEL_COMMIT, sizeof(struct protocol_model_commit));

	memcpy(message.body.model_commit.sha256, file.sha256, sizeof(file.sha256));
	return bench_ask(&bench, &message).body.upload;
}

static struct protocol_message ask(uint8_t type)
{
	struct protocol_message message = bench_message(&bench, type, (size_t)protocol_body_least(type));

	return bench_ask(&bench, &message);
}

/* All chunks from what it wants on. */
static void send_chunks(uint32_t offset, uint32_t end)
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
static struct protocol_upload upload(void)
{
	struct protocol_upload reply = ask_begin();

	if (reply.status != PROTOCOL_STATUS_OK)
		return reply;
	send_chunks(reply.offset, file.size);
	return ask_commit();
}

static struct protocol_message frame(uint32_t number, uint32_t tag)
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
static void answers_are_right(void)
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
static void baked_is_active(void)
{
	struct protocol_message message = frame(3, BENCH_TAG);
	struct protocol_result result = bench_ask(&bench, &message).body.result;

	assert_int_equal(result.status, PROTOCOL_STATUS_OK);
	assert_int_equal(result.output_bytes, BENCH_OUTPUTS * sizeof(float));
	assert_int_equal(ask(PROTOCOL_PING).body.pong.state, PROTOCOL_STATE_READY);
}

static void refused(int status, int detail, uint32_t op)
{
	struct protocol_upload reply = upload();

	assert_int_equal(reply.status, status);
	assert_int_equal(reply.detail, detail);
	assert_int_equal(reply.offset, op);
	baked_is_active();
}

/* --- good ones --------------------------------------------------------------------------------------------------- */

static void models_of_all_kinds_become_active(void **unused)
{
	struct protocol_message hello;
	struct protocol_hello_ack ack;

	(void)unused;
	begin();
	for (unsigned round = 0; round < 3; round++) {
		use_int8();
		assert_int_equal(upload().status, PROTOCOL_STATUS_OK);
		answers_are_right();
		use_float();
		assert_int_equal(upload().status, PROTOCOL_STATUS_OK);
		answers_are_right();
	}
	hello = bench_message(&bench, PROTOCOL_HELLO, sizeof(struct protocol_hello));
	hello.header.boot_id = 0;
	hello.body.hello.version_min = hello.body.hello.version_max = PROTOCOL_VERSION;
	ack = bench_ask(&bench, &hello).body.hello_ack;
	assert_memory_equal(ack.model_sha256, file.sha256, sizeof(file.sha256));
	assert_int_equal(ack.input_elements, 128);
	assert_int_equal(ack.output_elements, 3);
	assert_int_equal(ack.output_type, NN_TYPE_F32);
	assert_int_equal(ack.model_bytes_max, SLOT_BYTES);
	assert_int_equal(ack.arena_bytes, ROOM_BYTES);
	assert_int_equal(ack.chunk_bytes_max, PROTOCOL_CHUNK_BYTES);
	assert_true(ack.can & PROTOCOL_CAN_UPLOAD);
	answers_are_right(); /* a new session does not lose it */
	assert_int_equal(ask(PROTOCOL_STATS).body.stats.uploads, 6);
}

/* The baked one needs no bytes, and what is active none either. */
static void what_is_there_is_not_sent(void **unused)
{
	uint32_t tag = BENCH_TAG;

	(void)unused;
	begin();
	use_int8();
	assert_int_equal(upload().status, PROTOCOL_STATUS_OK);
	assert_int_equal(ask_begin().status, PROTOCOL_STATUS_ALREADY);
	assert_int_equal(ask_commit().status, PROTOCOL_STATUS_ALREADY);
	answers_are_right();
	memset(file.sha256, 0, sizeof(file.sha256));
	memcpy(file.sha256, &tag, sizeof(tag));
	assert_int_equal(ask_begin().status, PROTOCOL_STATUS_ALREADY);
	baked_is_active();
}

/* While the old one answers; an INFER that waits for it when the new one comes is refused. */
static void the_old_one_answers_until_the_switch(void **unused)
{
	struct protocol_message message, reply;

	(void)unused;
	begin();
	use_float();
	assert_int_equal(upload().status, PROTOCOL_STATUS_OK);
	use_int8();
	assert_int_equal(ask_begin().status, PROTOCOL_STATUS_OK);
	for (uint32_t offset = 0; offset < file.size; offset += PROTOCOL_CHUNK_BYTES) {
		send_chunks(offset,
			    offset + PROTOCOL_CHUNK_BYTES < file.size ? offset + PROTOCOL_CHUNK_BYTES : file.size);
		use_float();
		answers_are_right();
		use_int8();
	}
	use_float();
	message = frame(1, protocol_model_tag(file.sha256));
	bench_send(&bench, &message);
	use_int8();
	assert_int_equal(ask_commit().status, PROTOCOL_STATUS_OK);
	assert_true(bench_receive(&bench, &reply));
	assert_int_equal(reply.body.result.status, PROTOCOL_STATUS_MODEL_TAG);
	answers_are_right();
}

/* --- the way ------------------------------------------------------------------------------------------------------ */

static void chunks_in_any_order(void **unused)
{
	struct protocol_upload reply;
	struct protocol_message message;

	(void)unused;
	begin();
	use_int8();
	assert_int_equal(ask_begin().status, PROTOCOL_STATUS_OK);
	assert_int_equal(ask_chunk(448, 448).offset, 0); /* too early */
	assert_int_equal(ask_chunk(0, 448).offset, 448);
	assert_int_equal(ask_chunk(0, 448).offset, 448); /* twice */
	assert_int_equal(ask_chunk(100, 448).offset, 448);
	assert_int_equal(ask_chunk(UINT32_MAX, 448).offset, 448);
	assert_int_equal(ask_chunk(448, 0).offset, 448);
	send_chunks(448, file.size - 7);
	reply = ask_chunk(file.size - 7, 8); /* beyond the end */
	assert_int_equal(reply.status, PROTOCOL_STATUS_BAD_LENGTH);
	assert_int_equal(reply.offset, file.size - 7);
	message = bench_message(&bench, PROTOCOL_MODEL_CHUNK, 8 + 6); /* less than it says */
	message.body.model_chunk.offset = file.size - 7;
	message.body.model_chunk.bytes = 7;
	assert_int_equal(bench_ask(&bench, &message).body.upload.status, PROTOCOL_STATUS_BAD_LENGTH);
	assert_int_equal(ask_chunk(file.size - 7, 7).offset, file.size);
	assert_int_equal(ask_chunk(file.size, 1).status, PROTOCOL_STATUS_BAD_LENGTH);
	assert_int_equal(ask_commit().status, PROTOCOL_STATUS_OK);
	answers_are_right();
}

/* The same model again goes on where it was; another one, another session and ABORT begin anew. */
static void going_on_after_a_loss(void **unused)
{
	(void)unused;
	begin();
	use_int8();
	assert_int_equal(ask_begin().offset, 0);
	send_chunks(0, 1344);
	assert_int_equal(ask_begin().offset, 1344);
	use_float();
	assert_int_equal(ask_begin().offset, 0);
	send_chunks(0, 448);
	use_int8();
	assert_int_equal(ask_begin().offset, 0);
	send_chunks(0, 448);
	bench_hello(&bench);
	assert_int_equal(ask(PROTOCOL_PING).body.pong.state, PROTOCOL_STATE_READY);
	assert_int_equal(ask_chunk(448, 448).status, PROTOCOL_STATUS_NO_UPLOAD);
	assert_int_equal(ask_begin().offset, 0);
	send_chunks(0, 448);
	assert_int_equal(ask(PROTOCOL_MODEL_ABORT).body.upload.status, PROTOCOL_STATUS_OK);
	assert_int_equal(ask_begin().offset, 0);
	send_chunks(0, file.size);
	assert_int_equal(ask_commit().status, PROTOCOL_STATUS_OK);
	answers_are_right();
}

static void a_boot_forgets_it(void **unused)
{
	(void)unused;
	begin();
	use_int8();
	assert_int_equal(upload().status, PROTOCOL_STATUS_OK);
	begin();
	baked_is_active();
	assert_int_equal(upload().status, PROTOCOL_STATUS_OK);
	answers_are_right();
}

/* --- hostile ones -------------------------------------------------------------------------------------------------- */

static void bytes_that_do_not_match(void **unused)
{
	(void)unused;
	begin();
	use_int8();
	file.bytes[5000] ^= 1;
	refused(PROTOCOL_STATUS_HASH, 0, NN_NO_OPERATOR);
	use_int8();
	file.sha256[31] ^= 1;
	refused(PROTOCOL_STATUS_HASH, 0, NN_NO_OPERATOR);
	use_int8();
	header()->sha256[0] ^= 1; /* the claims are right, the header isn't */
	refused(PROTOCOL_STATUS_HASH, 0, NN_NO_OPERATOR);

	/* Another one's COMMIT, and one that comes too early. */
	use_int8();
	assert_int_equal(ask_begin().status, PROTOCOL_STATUS_OK);
	send_chunks(0, file.size);
	file.sha256[0] ^= 1;
	assert_int_equal(ask_commit().status, PROTOCOL_STATUS_HASH);
	use_int8();
	assert_int_equal(ask_begin().offset, 0);
	send_chunks(0, file.size - 1);
	assert_int_equal(ask_commit().status, PROTOCOL_STATUS_HASH);
	baked_is_active();
}

static void sizes_that_do_not_fit(void **unused)
{
	struct nn_main *main_;

	(void)unused;
	begin();
	use_int8();
	file.size = SLOT_BYTES + 1;
	refused(PROTOCOL_STATUS_NO_MEMORY, 0, NN_NO_OPERATOR);
	use_int8();
	file.arena_bytes = ROOM_BYTES + 1;
	refused(PROTOCOL_STATUS_NO_MEMORY, 0, NN_NO_OPERATOR);
	use_int8();
	file.size = sizeof(struct nn_header) - 1;
	refused(PROTOCOL_STATUS_BAD_MODEL, NN_ERROR_TRUNCATED, NN_NO_OPERATOR);

	/* The arena's size is a lie: the model says another one. The old one answers on. */
	use_float();
	assert_int_equal(upload().status, PROTOCOL_STATUS_OK);
	use_int8();
	main_ = (struct nn_main *)(void *)(file.bytes + header()->sections[NN_SECTION_MAIN].offset);
	main_->arena_bytes = ROOM_BYTES + 1;
	seal();
	assert_int_equal(upload().status, PROTOCOL_STATUS_NO_MEMORY);
	use_float();
	answers_are_right();
}

static void truncated_files(void **unused)
{
	(void)unused;
	begin();
	for (uint32_t cut = 1; cut < 5000; cut += 97) {
		use_int8();
		file.size -= cut;
		seal();
		refused(PROTOCOL_STATUS_BAD_MODEL, NN_ERROR_TRUNCATED, NN_NO_OPERATOR);
	}
}

/* Newer than this firmware, or forged. */
static void the_operator_that_is_refused_is_named(void **unused)
{
	(void)unused;
	begin();
	use_int8();
	operator_at(3)->code = 77;
	seal();
	refused(PROTOCOL_STATUS_BAD_MODEL, NN_ERROR_OPERATOR, 3);
	use_int8();
	operator_at(1)->parameters[NN_PARAMETER_STRIDE_H] = 0;
	seal();
	refused(PROTOCOL_STATUS_BAD_MODEL, NN_ERROR_SHAPE, 1);
	use_int8();
	header()->minor++;
	seal();
	refused(PROTOCOL_STATUS_BAD_MODEL, NN_ERROR_VERSION, NN_NO_OPERATOR);
}

/* Any byte of header and tables, check sums made right: refused as a whole or a network that runs. */
static void forged_bytes(void **unused)
{
	unsigned taken = 0;

	(void)unused;
	begin();
	for (unsigned i = 0; i < 1500; i++) {
		uint32_t at = 64 + i * 2654435761u % 2500;
		struct protocol_upload reply;

		use_int8();
		file.bytes[at] ^= (uint8_t)(1u << i % 8);
		seal();
		reply = upload();
		taken += reply.status == PROTOCOL_STATUS_OK;
		if (reply.status == PROTOCOL_STATUS_OK)
			answers_are_right();
		else if (reply.status != PROTOCOL_STATUS_BAD_MODEL && reply.status != PROTOCOL_STATUS_SELFTEST &&
			 reply.status != PROTOCOL_STATUS_NO_MEMORY)
			fail_msg("byte %u: status %d", at, reply.status);
		begin();
	}
	print_message("# %u of 1500 are networks after all\n", taken);
	assert_true(taken > 0 && taken < 1400);
}

#define SHAPE(...) ((const uint32_t[]){__VA_ARGS__})

static uint16_t append(struct graph *graph, struct graph_node node, uint16_t in, const uint32_t *shape)
{
	node.input[0] = in;
	node.output = fixture_variable(graph, 4, shape);
	assert_int_equal(graph_add_node(graph, &node), 0);
	return node.output;
}

/* Convolutions one after the other, each of 147456 multiplications but the first. */
static void use_chain(unsigned layers)
{
	struct graph *graph = fixture_graph();
	char reason[GRAPH_REASON];
	uint64_t state = 1;
	uint32_t channels = 2;
	uint16_t t = graph->input;
	size_t size;
	void *bytes;

	graph->node_count = 0;
	for (unsigned i = 0; i < layers; i++, channels = 16)
		t = append(
			graph,
			(struct graph_node){.code = NN_OPERATOR_CONV_2D,
					    .activation = NN_ACTIVATION_RELU6,
					    .inputs = 3,
					    .input = {0, fixture_constant(graph, 4, SHAPE(3, 3, channels, 16), &state),
						      fixture_constant(graph, 1, SHAPE(16), &state)},
					    .parameters = {1, 1, 1, 1, 1, 1, 1, 1}},
			t, SHAPE(1, 8, 8, 16));
	graph->output = append(graph,
			       (struct graph_node){.code = NN_OPERATOR_AVERAGE_POOL_2D,
						   .inputs = 1,
						   .parameters = {1, 1, 1, 1, 0, 0, 0, 0, 8, 8}},
			       t, SHAPE(1, 1, 1, 16));
	assert_int_equal(graph_set_labels(graph, "0,1,2,3,4,5,6,7,8,9,a,b,c,d,e,f"), 0);
	if (pnn_write(graph, &bytes, &size, reason) < 0)
		fail_msg("%s", reason);
	graph_free(graph);
	use_file(bytes, size);
	free(bytes);
}

/* More than the watchdog lets pass. */
static void too_much_work(void **unused)
{
	(void)unused;
	begin();
	use_chain(5);
	refused(PROTOCOL_STATUS_BAD_MODEL, NN_ERROR_LIMIT, NN_NO_OPERATOR);
	use_chain(3);
	assert_int_equal(upload().status, PROTOCOL_STATUS_OK);
	answers_are_right();
}

/* --- self-test ----------------------------------------------------------------------------------------------------- */

/* A bit that flips in memory: the network is not used any more, and can be sent again. */
static void damage_is_found_and_healed(void **unused)
{
	struct protocol_message message;

	(void)unused;
	begin();
	assert_int_equal(ask(PROTOCOL_SELFTEST).body.selftest.status, PROTOCOL_STATUS_OK);
	use_int8();
	assert_int_equal(upload().status, PROTOCOL_STATUS_OK);
	assert_int_equal(ask(PROTOCOL_SELFTEST).body.selftest.status, PROTOCOL_STATUS_OK);
	answers_are_right();
	slots[models.active][file.size - 100] ^= 4;
	assert_int_equal(ask(PROTOCOL_SELFTEST).body.selftest.status, PROTOCOL_STATUS_SELFTEST);
	message = frame(1, protocol_model_tag(file.sha256));
	assert_int_equal(bench_ask(&bench, &message).body.result.status, PROTOCOL_STATUS_MODEL_TAG);
	baked_is_active();
	assert_int_equal(upload().status, PROTOCOL_STATUS_OK);
	answers_are_right();
}

/* Weights as they were packed have no check sum: what they make is compared with what the file's make. */
static void packed_weights_that_differ_are_found(void **unused)
{
	struct nn_header *in_slot;

	(void)unused;
	begin();
	use_int8();
	assert_int_equal(upload().status, PROTOCOL_STATUS_OK);
	if (!models.run.steps)
		skip();
	in_slot = (struct nn_header *)(void *)slots[models.active];
	for (uint32_t i = 0; i < in_slot->sections[NN_SECTION_DATA].bytes; i++)
		((uint8_t *)in_slot)[in_slot->sections[NN_SECTION_DATA].offset + i] ^= 0x10;
	nn_sha256_of((uint8_t *)in_slot + 64, in_slot->bytes - 64, in_slot->sha256);
	assert_int_equal(ask(PROTOCOL_SELFTEST).body.selftest.status, PROTOCOL_STATUS_SELFTEST);
	baked_is_active();
}

static void the_baked_ones_fault_is_told(void **unused)
{
	(void)unused;
	begin();
	bench.selftest_fails = true;
	assert_int_equal(ask(PROTOCOL_SELFTEST).body.selftest.status, PROTOCOL_STATUS_SELFTEST);
	assert_int_equal(ask(PROTOCOL_PING).body.pong.state, PROTOCOL_STATE_FAULT);
	use_int8();
	assert_int_equal(upload().status, PROTOCOL_STATUS_INTERNAL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(models_of_all_kinds_become_active),
		cmocka_unit_test(what_is_there_is_not_sent),
		cmocka_unit_test(the_old_one_answers_until_the_switch),
		cmocka_unit_test(chunks_in_any_order),
		cmocka_unit_test(going_on_after_a_loss),
		cmocka_unit_test(a_boot_forgets_it),
		cmocka_unit_test(bytes_that_do_not_match),
		cmocka_unit_test(sizes_that_do_not_fit),
		cmocka_unit_test(truncated_files),
		cmocka_unit_test(the_operator_that_is_refused_is_named),
		cmocka_unit_test(forged_bytes),
		cmocka_unit_test(too_much_work),
		cmocka_unit_test(damage_is_found_and_healed),
		cmocka_unit_test(packed_weights_that_differ_are_found),
		cmocka_unit_test(the_baked_ones_fault_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
