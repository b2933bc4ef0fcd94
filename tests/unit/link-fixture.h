/* SPDX-License-Identifier: Apache-2.0 */
/* link-fixture.h - a link whose messages are kept and whose time is made up, brought into any state. */
#ifndef TESTS_UNIT_LINK_FIXTURE_H
#define TESTS_UNIT_LINK_FIXTURE_H

#include "mcu-offload/link.h"

#define MS 1000000ull
#define S  (1000 * MS)

enum {
	SENT_MAX = 64,
	MODEL_BYTES = 2000,
	BOOT = 9,
};

/* What went out, and whether it can. */
struct wire {
	struct protocol_message sent[SENT_MAX];
	unsigned count;
	int error;
};

extern struct wire wire;
extern struct link link_;
extern uint8_t model_bytes[MODEL_BYTES];
extern uint64_t now;

void begin(void);
/* The last message that went out. */
const struct protocol_message *last(void);
/* An answer to it of this session and boot, and one that says hello. */
struct protocol_message reply(uint8_t type, uint16_t body_bytes);
struct protocol_message hello_ack(void);
/* True for a result. */
bool take(const struct protocol_message *message);
/* A frame with 20 ms. */
int infer(uint32_t token);
void go_ready(void);
/* Frame 5 is under way in READY and SUSPECT. */
void go_to(enum link_state state);
/* Lets `passed` go by, stopping wherever the link wants to be woken. */
void pass(uint64_t passed);

#endif
