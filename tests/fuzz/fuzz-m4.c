/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz-m4.c - whatever Linux' side of the rings holds: messages, descriptors, indexes, mailboxes; and whatever is sent as a
 * model. An input is a list of steps: one byte that says what happens, one of length, then as many bytes of content.
 */
#include <stdlib.h>
#include <string.h>

#include "mcu-offload/firmware/m4-models.h"
#include "nn/models/builtin.h"
#include "nn/runtime/crc32.h"
#include "nn/runtime/sha256.h"
#include "tests/offload/bench.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum step { RAW, SEALED, MEMORY, EVENTS, PROBE, STOP, READ, MODEL, STEPS };

enum {
	SLOT_BYTES = 16 * 1024,
	ROOM_BYTES = 32 * 1024,
};

static struct m4_models models;
static uint8_t slots[M4_MODELS_SLOTS][SLOT_BYTES] __attribute__((aligned(16)));
static uint8_t room[ROOM_BYTES] __attribute__((aligned(16)));

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

/* The shipped model with some of its bytes turned, from a place on; both check sums right, if bytes[0] says so. */
static uint32_t make_model(uint8_t *file, const uint8_t *bytes, size_t size)
{
	uint32_t total = (uint32_t)model_builtin_size(), at;
	struct nn_header *header = (struct nn_header *)(void *)file;

	memcpy(file, model_builtin_begin, total);
	at = (uint32_t)(bytes[1] | bytes[2] << 8) % total;
	for (size_t i = 3; i < size && at < total; i++, at++)
		file[at] ^= bytes[i];
	if (bytes[0] & 1) {
		nn_sha256_of(file + 64, total - 64, header->sha256);
		header->crc32 = nn_crc32(file + 20, total - 20);
	}
	return total;
}

/* Sends it as Linux does, but for the answers, and what follows: a self-test, and a frame for it. */
static void send_model(struct bench *bench, const uint8_t *bytes, size_t size)
{
	static uint8_t file[SLOT_BYTES] __attribute__((aligned(16)));
	struct protocol_message message;
	uint32_t total, n;

	if (size < 3)
		return;
	total = make_model(file, bytes, size);
	message = bench_message(bench, PROTOCOL_MODEL_BEGIN, sizeof(struct protocol_model_begin));
	memcpy(message.body.model_begin.sha256, file + 32, PROTOCOL_SHA256_BYTES);
	message.body.model_begin.bytes = total;
	bench_ask(bench, &message);
	for (uint32_t at = 0; at < total; at += n) {
		n = total - at < PROTOCOL_CHUNK_BYTES ? total - at : PROTOCOL_CHUNK_BYTES;
		message = bench_message(bench, PROTOCOL_MODEL_CHUNK, 8 + n);
		message.body.model_chunk.offset = at;
		message.body.model_chunk.bytes = (uint16_t)n;
		memcpy(message.body.model_chunk.data, file + at, n);
		bench_ask(bench, &message);
	}
	message = bench_message(bench, PROTOCOL_MODEL_COMMIT, sizeof(struct protocol_model_commit));
	memcpy(message.body.model_commit.sha256, file + 32, PROTOCOL_SHA256_BYTES);
	bench_ask(bench, &message);
	message = bench_message(bench, PROTOCOL_SELFTEST, 0);
	bench_ask(bench, &message);
	message = bench_message(bench, PROTOCOL_INFER, sizeof(struct protocol_infer));
	message.body.infer.model_tag = protocol_model_tag(file + 32);
	memset(message.body.infer.seen, 0x5a, sizeof(message.body.infer.seen));
	for (unsigned zone = 0; zone < PROTOCOL_ZONES; zone++)
		message.body.infer.distance_q2[zone] = (int16_t)(zone * 37 + size * 11);
	bench_ask(bench, &message);
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
	case MODEL:
		send_model(bench, bytes, size);
		break;
	default:
		bench_receive(bench, &message);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct m4_models_memory memory = {{slots[0], slots[1]}, room, SLOT_BYTES, ROOM_BYTES};
	static struct bench bench;

	bench_start(&bench);
	memset(&models, 0, sizeof(models));
	bench.core.session.network = m4_models_start(&models, &bench.network, &memory);
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
