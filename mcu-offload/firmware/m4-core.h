/* SPDX-License-Identifier: Apache-2.0 */
/*
 * m4-core.h - the portable firmware: from Linux' resource table to answered messages. Freestanding C11.
 *
 *   OFFLINE  Linux has no driver for us (status without DRIVER_OK): nothing of the rings is looked at
 *   ONLINE   rings are in use, the endpoint is announced
 *   PARKED   Linux detaches, or a ring made no sense: nothing is touched until Linux begins anew
 *   OFF      Linux is about to reset us; acknowledged, nothing more happens
 *
 * Linux begins anew by taking DRIVER_OK away, or by zeroed rings under our feet when that went too fast to be seen.
 */
#ifndef MCU_OFFLOAD_FIRMWARE_M4_CORE_H
#define MCU_OFFLOAD_FIRMWARE_M4_CORE_H

#include "mcu-offload/firmware/m4-channel.h"
#include "mcu-offload/firmware/m4-session.h"

enum {
	M4_VDEV_DRIVER_OK = 4,
	M4_VDEV_VRINGS = 2,
};

struct m4_vring { /* as in the resource table */
	uint32_t address, align, size, notify_id, reserved;
};

struct m4_vdev { /* as in the resource table, behind its type; Linux writes features, status and the rings' addresses */
	uint32_t id, notify_id, device_features, guest_features, config_bytes;
	uint8_t status, vrings, reserved[2];
	struct m4_vring vring[M4_VDEV_VRINGS];
};

_Static_assert(sizeof(struct m4_vdev) == 64, "vdev");

enum m4_core_state { M4_CORE_OFFLINE, M4_CORE_ONLINE, M4_CORE_PARKED, M4_CORE_OFF };

struct m4_core {
	struct m4_board *board;
	const volatile struct m4_vdev *vdev;
	struct m4_channel channel;
	struct m4_session session;
	enum m4_core_state state;
};

/* core is zeroed memory. */
void m4_core_start(struct m4_core *core, struct m4_board *board, const volatile struct m4_vdev *vdev,
		   struct m4_network *network, const struct m4_boot *boot);

/*
 * The messages that are there, but after 20 ms no more of them, and at most one inference: whoever feeds a watchdog does it
 * between turns. Returns true if there is more to do at once; else the next ring of Linux, or a tick while OFFLINE or with a
 * bell to ring, is time enough.
 */
bool m4_core_turn(struct m4_core *core);

#endif
