/* SPDX-License-Identifier: Apache-2.0 */
/*
 * m4-models.h - the network of firmware that takes uploads: the baked one, until another one has arrived whole, fits, and
 * has passed its self-test. Two slots of equal size: one holds what runs, the other one what arrives. An uploaded network
 * is run from its file by nn/runtime with the kernels of this core. Freestanding C11.
 */
#ifndef MCU_OFFLOAD_FIRMWARE_M4_MODELS_H
#define MCU_OFFLOAD_FIRMWARE_M4_MODELS_H

#include "mcu-offload/firmware/m4-network.h"
#include "nn/runtime/run.h"

enum {
	M4_MODELS_SLOTS = 2,
	/*
	 * The work of a run in multiplications, of which each is 20 instructions in the slowest kernel; any other step, as it
	 * may be an exponential, counts as 16. A COMMIT runs the network twice and hashes the file, a hundred instructions a
	 * byte; the watchdog, which only the main loop feeds, gives it 321 ms, 67 million cycles.
	 */
	M4_MODELS_WORK_MAX = 1 << 19,
	M4_MODELS_STEP_WORK = 16,
};

/* All aligned to NN_FORMAT_ALIGN. */
struct m4_models_memory {
	uint8_t *slots[M4_MODELS_SLOTS];
	uint8_t *room; /* activations, and weights in the order of the kernels as far as they fit */
	uint32_t slot_bytes, room_bytes;
};

struct m4_models {
	struct m4_network network; /* the active one, whichever it is */
	struct m4_network *baked;
	struct m4_models_memory memory;
	unsigned active; /* slot; M4_MODELS_SLOTS: the baked one */
	struct nn_model models[M4_MODELS_SLOTS];
	struct nn_run run; /* of the active slot */
	/* What arrives, while network.loading, and where: the slot that was not active when it began. */
	unsigned staging;
	uint8_t wanted_sha256[PROTOCOL_SHA256_BYTES];
	uint32_t wanted_bytes, staged_bytes;
	float planes[2 * FRAME_ZONES_MAX];
	uint8_t output[PROTOCOL_OUTPUT_BYTES]; /* of a self-test's first run */
};

/* models is zeroed memory. Returns &models->network, which is as the baked one is. */
struct m4_network *m4_models_start(struct m4_models *models, struct m4_network *baked,
				   const struct m4_models_memory *memory);

#endif
