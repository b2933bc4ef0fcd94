/* SPDX-License-Identifier: Apache-2.0 */
/* m4-upload.h - requests of an upload: which of them has its place in which state (mcu-offload/PROTOCOL.md). Freestanding C11. */
#ifndef MCU_OFFLOAD_FIRMWARE_M4_UPLOAD_H
#define MCU_OFFLOAD_FIRMWARE_M4_UPLOAD_H

#include "mcu-offload/firmware/m4-network.h"

/* For m4_upload_ops.take, by the other functions there. */
void m4_upload_take(struct m4_network *network, const struct protocol_message *message, struct protocol_upload *reply);

#endif
