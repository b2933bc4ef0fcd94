/* SPDX-License-Identifier: Apache-2.0 */
/*
 * m4-session.h - the M4's side of the protocol: what it says to which message in which state (mcu-offload/PROTOCOL.md).
 * It knows nothing of rings. Freestanding C11.
 */
#ifndef MCU_OFFLOAD_FIRMWARE_M4_SESSION_H
#define MCU_OFFLOAD_FIRMWARE_M4_SESSION_H

#include "mcu-offload/firmware/m4-board.h"
#include "mcu-offload/firmware/m4-network.h"
#include "mcu-offload/protocol.h"
#include "sensor/frame.h"

enum {
	M4_SESSION_QUEUE = 2, /* INFERs that may wait; a sensor makes 60 frames a second at most */
};

#define M4_SESSION_FIRMWARE "postured-m4 1"

struct m4_session_slot {
	struct protocol_message message;
	uint32_t source, arrived_us;
};

struct m4_session {
	struct m4_board *board;
	struct m4_network *network;
	struct m4_boot boot;
	uint32_t id, last_seq; /* id 0: none */
	/* A ring of slots: the first `queued` from `oldest` wait, the next one takes what arrives. */
	struct m4_session_slot slots[M4_SESSION_QUEUE + 1];
	uint8_t oldest, queued;
	struct protocol_stats stats;
	uint32_t run_us_sum, runs_summed; /* halved before they overflow: no 64-bit division on the M4 */
	struct frame frame;
	struct protocol_message reply; /* and what arrives, until it is checked */
	uint32_t reply_to;	       /* RPMsg address */
};

void m4_session_start(struct m4_session *session, struct m4_board *board, struct m4_network *network,
		      const struct m4_boot *boot);

/* Where the next message goes: PROTOCOL_MESSAGE_BYTES. */
void *m4_session_room(struct m4_session *session);

/* What stands there has arrived. Returns the bytes of session->reply for session->reply_to; 0: no reply. */
size_t m4_session_take(struct m4_session *session, size_t size, uint32_t source);

/* Runs the oldest INFER that waits. Returns as above. */
size_t m4_session_work(struct m4_session *session);

/* The link is gone, and the session with it. */
void m4_session_end(struct m4_session *session);

#endif
