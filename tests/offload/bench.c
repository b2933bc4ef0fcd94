/* SPDX-License-Identifier: Apache-2.0 */
/* bench.c - see bench.h. */
#include "tests/offload/bench.h"

#include <string.h>

#include "mcu-offload/firmware/m4-upload.h"
#include "nn/runtime/format.h"
#include "nn/runtime/model.h"

enum { SESSION = 0x5e55 };

static struct bench *bench_of(struct m4_board *board)
{
	return (struct bench *)(void *)board;
}

static uint32_t events(struct m4_board *board)
{
	struct bench *bench = bench_of(board);
	uint32_t seen = bench->to_m4;
	void (*look)(struct bench * bench) = bench->while_looking;

	bench->to_m4 &= ~(1u << M4_DOORBELL_VRING0 | 1u << M4_DOORBELL_VRING1);
	bench->while_looking = NULL;
	if (look)
		look(bench);
	return seen;
}

static void acknowledge(struct m4_board *board, enum m4_doorbell doorbell)
{
	bench_of(board)->to_m4 &= ~(1u << doorbell);
	bench_of(board)->acknowledged |= 1u << doorbell;
}

static bool ring(struct m4_board *board, enum m4_doorbell doorbell)
{
	struct bench *bench = bench_of(board);

	if (bench->to_linux & 1u << doorbell)
		return false;
	bench->to_linux |= 1u << doorbell;
	bench->rings++;
	return true;
}

static void *memory(struct m4_board *board, uint64_t address, uint32_t bytes)
{
	uint64_t offset = address - BENCH_ADDRESS;

	if (address < BENCH_ADDRESS || offset > DRIVER_BYTES || bytes > DRIVER_BYTES - offset)
		return NULL;
	return bench_of(board)->memory + offset;
}

static uint32_t now_ms(struct m4_board *board)
{
	return bench_of(board)->now_us / 1000;
}

static uint32_t now_us(struct m4_board *board)
{
	return bench_of(board)->now_us;
}

static uint32_t cycles(struct m4_board *board)
{
	return bench_of(board)->now_us * 200 + 1;
}

static void trace(struct m4_board *board, const char *what, uint32_t number)
{
	(void)board;
	(void)what;
	(void)number;
}

static uint32_t nothing(struct m4_board *board)
{
	(void)board;
	return 0;
}

/* A hand in the gate when zone 0 is seen; the output is its distance and the sum of all signals. */
static int infer(struct m4_network *network, const struct frame *frame, struct nn_hand *ret_hand)
{
	struct bench *bench = (struct bench *)(void *)((uint8_t *)network - offsetof(struct bench, network));
	float sum = 0;

	for (unsigned zone = 0; zone < PROTOCOL_ZONES; zone++)
		sum += (float)frame->signal_q11[zone];
	bench->output[0] = frame->distance_q2[0];
	bench->output[1] = sum;
	*ret_hand = (struct nn_hand){.present = frame->status[0] == FRAME_STATUS_VALID, .nearest_mm = 12, .zones = 3};
	bench->now_us += bench->network_us;
	if (bench->while_running)
		bench->while_running(bench);
	return bench->network_error;
}

static bool selftest(struct m4_network *network)
{
	struct bench *bench = (struct bench *)(void *)((uint8_t *)network - offsetof(struct bench, network));

	bench->now_us += bench->network_us;
	network->faulty = bench->selftest_fails;
	return !network->faulty;
}

static const void *output(const struct m4_network *network)
{
	return ((const struct bench *)(const void *)((const uint8_t *)network - offsetof(struct bench, network)))
		->output;
}

static void upload_begin(struct m4_network *network, const struct protocol_model_begin *request,
			 struct protocol_upload *reply)
{
	reply->status = PROTOCOL_STATUS_OK;
	reply->offset = 0;
	network->loading = request->bytes > 0;
}

static void upload_chunk(struct m4_network *network, const struct protocol_model_chunk *request,
			 struct protocol_upload *reply)
{
	(void)network;
	reply->offset = request->offset + request->bytes;
}

static void upload_commit(struct m4_network *network, const struct protocol_model_commit *request,
			  struct protocol_upload *reply)
{
	(void)reply;
	memcpy(network->sha256, request->sha256, sizeof(network->sha256));
	network->loading = false;
	network->active = true;
}

static void upload_drop(struct m4_network *network)
{
	network->loading = false;
}

void bench_start(struct bench *bench)
{
	static const struct m4_boot boot = {.boot_id = BENCH_BOOT, .boot_count = 3, .core_hz = 200000000};
	uint32_t tag = BENCH_TAG;

	memset(bench, 0, sizeof(*bench));
	bench->board = (struct m4_board){
		.events = events,
		.acknowledge = acknowledge,
		.ring = ring,
		.memory = memory,
		.now_ms = now_ms,
		.now_us = now_us,
		.cycles = cycles,
		.trace = trace,
		.stack_free_bytes = nothing,
		.watchdog_margin_us = nothing,
	};
	bench->network = (struct m4_network){
		.infer = infer,
		.output = output,
		.selftest = selftest,
		.active = true,
		.input_elements = 128,
		.output_elements = BENCH_OUTPUTS,
		.output_bytes = sizeof(bench->output),
		.input_type = NN_TYPE_F32,
		.output_type = NN_TYPE_F32,
	};
	memcpy(bench->network.sha256, &tag, sizeof(tag));
	bench->upload_ops =
		(struct m4_upload_ops){m4_upload_take, upload_begin, upload_chunk, upload_commit, upload_drop};
	for (unsigned i = 0; i < M4_VDEV_VRINGS; i++)
		bench->vdev.vring[i] =
			(struct m4_vring){.address = UINT32_MAX, .align = 16, .size = 16, .notify_id = i};
	m4_core_start(&bench->core, &bench->board, &bench->vdev, &bench->network, &boot);
}

void bench_probe(struct bench *bench)
{
	driver_start(&bench->driver, &bench->vdev, bench->memory, BENCH_ADDRESS);
	bench->to_m4 |= 1u << M4_DOORBELL_VRING0;
}

struct protocol_message bench_message(struct bench *bench, uint8_t type, size_t body_bytes)
{
	return (struct protocol_message){
		.header = {.type = type,
			   .body_bytes = (uint16_t)body_bytes,
			   .session = SESSION,
			   .seq = ++bench->seq,
			   .boot_id = BENCH_BOOT},
	};
}

struct protocol_message bench_ping(struct bench *bench, uint64_t opaque)
{
	struct protocol_message message = bench_message(bench, PROTOCOL_PING, sizeof(struct protocol_ping));

	message.body.ping.opaque = opaque;
	return message;
}

bool bench_send(struct bench *bench, struct protocol_message *message)
{
	size_t size = protocol_seal(message);

	if (!driver_send(&bench->driver, BENCH_LINUX, PROTOCOL_ADDRESS, message, (uint16_t)size))
		return false;
	bench->to_m4 |= 1u << M4_DOORBELL_VRING1;
	return true;
}

void bench_run(struct bench *bench)
{
	while (m4_core_turn(&bench->core))
		continue;
}

bool bench_receive(struct bench *bench, struct protocol_message *ret_message)
{
	struct m4_channel_header header;
	uint8_t bytes[PROTOCOL_MESSAGE_BYTES];
	int size;

	bench->to_linux = 0;
	while ((size = driver_receive(&bench->driver, &header, bytes)) >= 0) {
		bench->to_m4 |= 1u << M4_DOORBELL_VRING0;
		if (header.destination == BENCH_LINUX && header.source == PROTOCOL_ADDRESS &&
		    protocol_open(bytes, (size_t)size, ret_message) == PROTOCOL_STATUS_OK)
			return true;
	}
	return false;
}

struct protocol_message bench_ask(struct bench *bench, struct protocol_message *message)
{
	struct protocol_message reply;

	if (!bench_send(bench, message))
		return (struct protocol_message){0};
	bench_run(bench);
	return bench_receive(bench, &reply) ? reply : (struct protocol_message){0};
}

void bench_hello(struct bench *bench)
{
	struct protocol_message hello = bench_message(bench, PROTOCOL_HELLO, sizeof(struct protocol_hello));

	hello.header.boot_id = 0;
	hello.body.hello.version_min = hello.body.hello.version_max = PROTOCOL_VERSION;
	bench_ask(bench, &hello);
}
