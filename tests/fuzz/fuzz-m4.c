/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz-m4.c - whatever Linux' side of the rings holds: messages, descriptors, indexes, mailboxes. An input is a list of
 * steps: one byte that says what happens, one of length, then as many bytes of content.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/offload/bench.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum step { RAW, SEALED, MEMORY, EVENTS, PROBE, STOP, READ, STEPS };

/* A message that is right as far as the check sum goes, and belongs to the session if it says so by its first byte. */
static void send_sealed(struct bench *bench, const uint8_t *bytes, size_t size)
{
	struct protocol_message message = bench_message(bench, 0, 0);

	if (size < 2)
		return;
	message.header.type = bytes[1];
	if (bytes[0] & 1)
		message.header.session++;
	message.header.body_bytes = (uint16_t)(size - 2);
	memcpy(message.body.bytes, bytes + 2, size - 2);
	bench_send(bench, &message);
}

static void take_step(struct bench *bench, enum step step, const uint8_t *bytes, size_t size)
{
	struct protocol_message message;
	uint16_t place;

	switch (step) {
	case RAW:
		driver_send(&bench->driver, BENCH_LINUX, PROTOCOL_ADDRESS, bytes, (uint16_t)size);
		break;
	case SEALED:
		send_sealed(bench, bytes, size);
		break;
	case MEMORY: /* rings and buffers, or their place and form */
		if (size < 3)
			break;
		memcpy(&place, bytes, sizeof(place));
		if (place % 8 == 7)
			memcpy(&bench->vdev.vring[place / 8 % 2], bytes + 2, size - 2 < 12 ? size - 2 : 12);
		else
			memcpy(bench->memory + place % (DRIVER_BYTES - 256), bytes + 2, size - 2);
		break;
	case EVENTS:
		bench->to_m4 |= size > 0 ? bytes[0] : 0u;
		break;
	case PROBE:
		bench_probe(bench);
		bench_hello(bench);
		break;
	case STOP:
		driver_stop(&bench->driver);
		break;
	default:
		bench_receive(bench, &message);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bench bench;

	bench_start(&bench);
	bench.network.upload = &bench.upload_ops;
	bench_probe(&bench);
	bench_hello(&bench);
	while (size >= 2) {
		enum step step = data[0] % STEPS;
		size_t bytes = data[1] < size - 2 ? data[1] : size - 2;

		take_step(&bench, step, data + 2, bytes);
		for (unsigned i = 0; i < 64 && m4_core_turn(&bench.core); i++)
			continue;
		data += 2 + bytes;
		size -= 2 + bytes;
	}
	return 0;
}
