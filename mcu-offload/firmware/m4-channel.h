/* SPDX-License-Identifier: Apache-2.0 */
/*
 * m4-channel.h - RPMsg over two rings, the device's side: messages of at most 496 bytes behind a header of 16.
 * Freestanding C11.
 *
 *   0  source 4, destination 4, 0 4, bytes 2, flags 2, payload
 *
 * Ring 0 takes messages to Linux, ring 1 brings those of Linux. Source of facts: Linux 6.1, virtio_rpmsg_bus and rpmsg_ns.
 */
#ifndef MCU_OFFLOAD_FIRMWARE_M4_CHANNEL_H
#define MCU_OFFLOAD_FIRMWARE_M4_CHANNEL_H

#include "mcu-offload/firmware/m4-board.h"
#include "mcu-offload/firmware/m4-ring.h"

enum {
	M4_CHANNEL_NAME_SERVICE = 53,
	M4_CHANNEL_NAME_BYTES = 32,
	M4_CHANNEL_BUFFER_BYTES = 512,
	M4_CHANNEL_PAYLOAD_BYTES = 496,
};

struct m4_channel_header { /* 16 bytes */
	uint32_t source, destination, zero;
	uint16_t bytes, flags;
};

struct m4_channel_name { /* 40 bytes: the name service takes no other length */
	char name[M4_CHANNEL_NAME_BYTES];
	uint32_t address;
	uint32_t flags; /* 0: it is there now */
};

_Static_assert(sizeof(struct m4_channel_header) == 16, "header");
_Static_assert(sizeof(struct m4_channel_name) == 40, "name");

struct m4_channel {
	struct m4_board *board;
	struct m4_ring rings[2];
	uint32_t bells;	  /* bit m4_doorbell: to be rung */
	uint32_t waiting; /* of them: that could not be rung at the first try */
	bool broken;	  /* a ring makes no sense: nothing more until Linux begins anew */
	uint32_t no_buffer, bad_buffers, bell_waits;
};

/* rings[] are started. */
void m4_channel_start(struct m4_channel *channel);

/* name is announced at address. False: there was no buffer. */
bool m4_channel_announce(struct m4_channel *channel, const char *name, uint32_t address);

/*
 * Copies the payload of the next message for an address from first to last (others are dropped) to
 * bytes[M4_CHANNEL_PAYLOAD_BYTES] and gives its buffer back. Returns its bytes; -1: there is none.
 */
int m4_channel_receive(struct m4_channel *channel, uint32_t first, uint32_t last, void *bytes, uint32_t *ret_source);

/* False, and no_buffer counted, when Linux has left us no buffer. */
bool m4_channel_send(struct m4_channel *channel, uint32_t source, uint32_t destination, const void *bytes,
		     uint16_t size);

/* Rings what is to be rung and can be now. Call it whenever something has happened. */
void m4_channel_ring(struct m4_channel *channel);

#endif
