/* SPDX-License-Identifier: Apache-2.0 */
/*
 * framing.h - messages out of a byte stream: a tty, or an emulator's socket.
 *
 * There is nothing between two messages. A receiver that has lost its place looks for the next magic whose length and
 * check sum are right; noise costs no more than the message it hits. Bytes of a message that is never completed are
 * dropped when nothing more came for FRAMING_PATIENCE_MS; the caller has the clock. Freestanding C11.
 */
#ifndef MCU_OFFLOAD_FRAMING_H
#define MCU_OFFLOAD_FRAMING_H

#include "mcu-offload/protocol.h"

enum {
	FRAMING_PATIENCE_MS = 100,
};

struct framing {
	uint8_t bytes[PROTOCOL_MESSAGE_BYTES];
	size_t used;
	uint32_t skipped; /* bytes that belonged to no message */
};

/* Takes as many of bytes[size] as there is room for and returns how many. Take all messages out, then give the rest. */
size_t framing_put(struct framing *framing, const void *bytes, size_t size);

/*
 * The next whole message: its status as of protocol_open(), OK or BAD_VERSION, with ret_message filled; 1: none yet. What
 * is no message is skipped and counted.
 */
int framing_next(struct framing *framing, struct protocol_message *ret_message);

/* Forgets what has begun: the stream was opened anew, or the patience is over. */
void framing_reset(struct framing *framing);

#endif
