/* SPDX-License-Identifier: Apache-2.0 */
/*
 * driver.h - Linux' side of the rings, as virtio_rpmsg_bus plays it: the counterpart of m4-core where there is no Linux
 * (the emulated board, tests). Laid out as on STM32MP15: a page for each ring, then 16 buffers of 512 bytes for each.
 * Freestanding C11.
 */
#ifndef MCU_OFFLOAD_FIRMWARE_MPS2_DRIVER_H
#define MCU_OFFLOAD_FIRMWARE_MPS2_DRIVER_H

#include "mcu-offload/firmware/m4-channel.h"
#include "mcu-offload/firmware/m4-core.h"

enum {
	DRIVER_RINGS = 2,
	DRIVER_SIZE = 16,
	DRIVER_ALIGN = 16,
	DRIVER_PAGE = 0x1000,
	DRIVER_BUFFERS = DRIVER_RINGS * DRIVER_PAGE,
	DRIVER_BYTES = DRIVER_BUFFERS + DRIVER_RINGS * DRIVER_SIZE * M4_CHANNEL_BUFFER_BYTES,
};

struct driver {
	volatile struct m4_vdev *vdev;
	uint8_t *memory;  /* DRIVER_BYTES, aligned to 16 */
	uint32_t address; /* of it, as the M4 sees it */
	struct m4_ring rings[DRIVER_RINGS];
	uint16_t made[DRIVER_RINGS]; /* available->index */
	uint16_t used[DRIVER_RINGS]; /* used->index, as far as we have looked */
	uint32_t sent;		     /* buffers for sending that have been used once */
	bool broken;		     /* the M4 gave back what it never had */
	uint32_t dropped;	     /* messages that Linux warns of; their buffers are lost */
};

/* As a driver's probe: zeroed rings, buffers to receive into, DRIVER_OK. Also a second time. */
void driver_start(struct driver *driver, volatile struct m4_vdev *vdev, void *memory, uint32_t address);
void driver_stop(struct driver *driver);

/* False: the M4 has all buffers. Ring the M4's vring 1 afterwards. */
bool driver_send(struct driver *driver, uint32_t source, uint32_t destination, const void *bytes, uint16_t size);

/* The next message's payload bytes, its buffer posted again; -1: none. Ring the M4's vring 0 afterwards. */
int driver_receive(struct driver *driver, struct m4_channel_header *ret_header, void *bytes);

#endif
