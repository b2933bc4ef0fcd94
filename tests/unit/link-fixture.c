/* SPDX-License-Identifier: Apache-2.0 */
/* link-fixture.c - a link to be brought into any state (see link-fixture.h). */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/link-fixture.h"

struct wire wire;
struct link link_;
uint8_t model_bytes[MODEL_BYTES];
uint64_t now = 100 * S;

static int wire_send(void *userdata, const struct protocol_message *message, size_t size)
{
	struct wire *out = userdata;

	assert_int_equal(size, PROTOCOL_HEADER_BYTES + message->header.body_bytes);
	if (out->error)
		return out->error;
	assert_true(out->count < SENT_MAX);
	out->sent[out->count++] = *message;
	return 0;
}

const struct protocol_message *last(void)
{
	assert_true(wire.count > 0);
	return &wire.sent[wire.count - 1];
}

void begin(void)
{
	struct link_model model = {
		.sha256 = {1, 2, 3, 4}, .bytes = model_bytes, .bytes_size = MODEL_BYTES, .arena_bytes = 1000};

	wire = (struct wire){.count = 0};
	link_init(&link_, &model, 42, wire_send, &wire);
}

struct protocol_message reply(uint8_t type, uint16_t body_bytes)
{
	return (struct protocol_message){.header = {.type = type,
						    .body_bytes = body_bytes,
						    .session = link_.session,
						    .seq = link_.seq,
						    .boot_id = BOOT}};
}

bool take(const struct protocol_message *message)
{
	uint32_t token;

	return link_take(&link_, message, PROTOCOL_STATUS_OK, now, &token);
}

struct protocol_message hello_ack(void)
{
	struct protocol_message message = reply(PROTOCOL_HELLO_ACK, sizeof(struct protocol_hello_ack));

	message.body.hello_ack = (struct protocol_hello_ack){.version = 1,
							     .body_bytes_max = PROTOCOL_BODY_BYTES,
							     .boot_id = BOOT,
							     .can = PROTOCOL_CAN_UPLOAD | PROTOCOL_CAN_STATS,
							     .arena_bytes = 4096,
							     .model_bytes_max = 65536,
							     .in_flight_max = 2,
							     .chunk_bytes_max = PROTOCOL_CHUNK_BYTES,
							     .model_sha256 = {1, 2, 3, 4}};
	return message;
}

int infer(uint32_t token)
{
	struct protocol_infer frame = {.frame = token};

	return link_infer(&link_, &frame, token, now + 20 * MS, now);
}

void go_ready(void)
{
	struct protocol_message message;

	link_opened(&link_, now);
	message = hello_ack();
	take(&message);
	assert_int_equal(link_.state, LINK_READY);
}

void go_to(enum link_state state)
{
	struct protocol_message message;

	begin();
	switch (state) {
	case LINK_ABSENT:
		break;
	case LINK_HELLO:
		link_opened(&link_, now);
		break;
	case LINK_UPLOAD:
		link_opened(&link_, now);
		message = hello_ack();
		message.body.hello_ack.model_sha256[0] = 77;
		take(&message);
		break;
	case LINK_READY:
		go_ready();
		assert_int_equal(infer(5), 0);
		break;
	case LINK_SUSPECT:
		go_ready();
		assert_int_equal(infer(5), 0);
		wire.error = -EAGAIN;
		while (link_.state == LINK_READY)
			assert_int_equal(infer(6), -EAGAIN);
		wire.error = 0;
		link_.seq = link_.requests[PROTOCOL_IN_FLIGHT_MAX - 1].seq; /* of the reply that is to come */
		break;
	case LINK_PARKED:
		go_ready();
		link_park(&link_, "a test", now);
		break;
	}
	assert_int_equal(link_.state, state);
}

void pass(uint64_t passed)
{
	uint64_t end = now + passed;

	while (link_wake(&link_) <= end) {
		assert_true(link_wake(&link_) >= now);
		now = link_wake(&link_);
		link_tick(&link_, now);
	}
	now = end;
	link_tick(&link_, now);
}
