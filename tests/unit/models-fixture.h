/* SPDX-License-Identifier: Apache-2.0 */
/*
 * models-fixture.h - the M4's firmware on a bench, with memory for models, and a file to send to it message by message.
 * The bench's own network is the baked one.
 */
#ifndef TESTS_UNIT_MODELS_FIXTURE_H
#define TESTS_UNIT_MODELS_FIXTURE_H

#include "mcu-offload/firmware/m4-models.h"
#include "tests/offload/bench.h"

enum {
	SLOT_BYTES = 256 * 1024,
	ROOM_BYTES = 64 * 1024,
};

extern struct bench bench;
extern struct m4_models models;
extern uint8_t slots[M4_MODELS_SLOTS][SLOT_BYTES];

/* A model's file as it is sent, and what is claimed of it. */
struct file {
	uint8_t bytes[SLOT_BYTES] __attribute__((aligned(16)));
	uint32_t size, arena_bytes;
	uint8_t sha256[PROTOCOL_SHA256_BYTES];
};

extern struct file file;

/* A good one; int8 as it is shipped, float32 with every operator. */
void use_file(const void *bytes, size_t size);
void use_int8(void);
void use_float(void);

struct nn_header *header(void);
/* Both check sums made right again, and the claims. */
void seal(void);

/* The M4 boots, a session begins. */
void begin(void);

struct protocol_upload ask_begin(void);
struct protocol_upload ask_chunk(uint32_t offset, uint32_t bytes);
struct protocol_upload ask_commit(void);
/* A request without a body. */
struct protocol_message ask(uint8_t type);
/* All chunks from what it wants on. */
void send_chunks(uint32_t offset, uint32_t end);
/* The whole way; what stopped it, or what COMMIT said. */
struct protocol_upload upload(void);

/* A frame with a hand. */
struct protocol_message frame(uint32_t number, uint32_t tag);
/* The file's network is the active one, and gives what it gives here. */
void answers_are_right(void);
/* Nothing but the baked network, which doubles as a sum. */
void baked_is_active(void);

#endif
