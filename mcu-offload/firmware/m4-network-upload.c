/* SPDX-License-Identifier: Apache-2.0 */
/* m4-network-upload.c - the network of firmware that takes uploads, and the memory for them, which link.ld places. */
#include "mcu-offload/firmware/m4-models.h"

enum {
	SLOT_BYTES = 48 * 1024,
	ROOM_BYTES = 64 * 1024,
};

static uint8_t slots[M4_MODELS_SLOTS][SLOT_BYTES] __attribute__((section(".slots"), aligned(NN_FORMAT_ALIGN)));
static uint8_t room[ROOM_BYTES] __attribute__((section(".room"), aligned(NN_FORMAT_ALIGN)));
static struct m4_models models;

struct m4_network *m4_network_start(void)
{
	static const struct m4_models_memory memory = {{slots[0], slots[1]}, room, SLOT_BYTES, ROOM_BYTES};

	return m4_models_start(&models, m4_baked_start(), &memory);
}
