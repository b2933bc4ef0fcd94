/* SPDX-License-Identifier: Apache-2.0 */
/* test-m4-hostile.c - models that the M4 has to refuse, sent message by message: the old one stays, and the right reason is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn/export/pnn.h"
#include "tests/unit/models-fixture.h"
#include "tests/unit/nn-fixture.h"

static struct nn_operator *operator_at(unsigned i)
{
	return (struct nn_operator *)(void *)(file.bytes + header()->sections[NN_SECTION_OPERATORS].offset) + i;
}

static void refused(int status, int detail, uint32_t op)
{
	struct protocol_upload reply = upload();

	assert_int_equal(reply.status, status);
	assert_int_equal(reply.detail, detail);
	assert_int_equal(reply.offset, op);
	baked_is_active();
}

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

/* A network that makes no numbers fits and is whole; the one before it answers on, as it was prepared. */
static void outputs_that_are_no_numbers(void **unused)
{
	static const uint32_t nan = 0x7fc00000;

	(void)unused;
	begin();
	use_int8();
	assert_int_equal(upload().status, PROTOCOL_STATUS_OK);
	use_float();
	for (uint32_t at = 0; at < header()->sections[NN_SECTION_DATA].bytes; at += sizeof(nan))
		memcpy(file.bytes + header()->sections[NN_SECTION_DATA].offset + at, &nan, sizeof(nan));
	seal();
	assert_int_equal(upload().status, PROTOCOL_STATUS_SELFTEST);
	use_int8();
	answers_are_right();
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_that_do_not_match),
		cmocka_unit_test(sizes_that_do_not_fit),
		cmocka_unit_test(truncated_files),
		cmocka_unit_test(outputs_that_are_no_numbers),
		cmocka_unit_test(the_operator_that_is_refused_is_named),
		cmocka_unit_test(forged_bytes),
		cmocka_unit_test(too_much_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
